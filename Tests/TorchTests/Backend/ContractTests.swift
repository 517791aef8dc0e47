import CTorchKernels
import Testing
@testable import Torch

/// The contract between operators and backends. A call that violates it stops the program before a kernel runs.
@Suite struct ContractTests {
    @Test func onlyContiguousMemoryIsDense() async {
        await #expect(processExitsWith: .failure) { _ = Tensor.arange(6).reshape(2, 3).t().dense }
        await #expect(processExitsWith: .failure) { _ = Tensor([2]).expand(5).dense }
        await #expect(processExitsWith: .failure) { _ = Tensor([1.0]).indexMemory }
        #expect(Tensor.arange(6).reshape(2, 3).dense.count == 6 && Tensor([1, 2]).indexMemory.count == 2)
    }

    @Test func operandsThatReachOutside() async {
        await #expect(processExitsWith: .failure) {
            let short = Tensor.zeros(4), backend = CheckedBackend(CPUBackend())
            backend.copy(
                out: Strided(storage: short.storage, layout: Layout([5]), dtype: .float32), Tensor.ones(5).strided)
        }
        await #expect(processExitsWith: .failure) {
            let short = Tensor.zeros(4), backend = CheckedBackend(CPUBackend())
            backend.fill(
                out: Strided(
                    storage: short.storage, layout: Layout([2, 2], strides: [1 << 62, 1], offset: 0), dtype: .float32),
                1)
        }
    }

    @Test func operandsThatOverlap() async {
        await #expect(processExitsWith: .failure) {
            let x = Tensor.zeros(5), backend = CheckedBackend(CPUBackend())
            backend.copy(out: x[1...].strided, x[..<4].strided)
        }
        await #expect(processExitsWith: .failure) {
            let x = Tensor.zeros(1), backend = CheckedBackend(CPUBackend())
            backend.copy(out: x.expand(3).strided, Tensor.ones(3).strided)
        }
        // Elements that coincide exactly are allowed, and so are two columns side by side.
        let x = Tensor.arange(6, dtype: .float32).reshape(3, 2), backend = CheckedBackend(CPUBackend())
        backend.copy(out: x[.all, 0].strided, x[.all, 1].strided)
        #expect(backend.pointwise(.neg, compute: .float32, out: x.strided, [x.strided]))
        #expect(x.toArray(as: Float.self) == [-1, -1, -3, -3, -5, -5])
    }

    @Test func indicesThatWouldBeReadBehindTheirMemory() async {
        await #expect(processExitsWith: .failure) {
            let x = Tensor.zeros(5), backend = CheckedBackend(CPUBackend()), out = Tensor.zeros(3)
            let index = IndexOperand(index: Tensor([2]).indexMemory, strides: [1], size: 5, step: 1)
            _ = backend.indexGet(
                out: out.strided,
                Strided(storage: x.storage, layout: Layout([3], strides: [0], offset: 0), dtype: .float32), [index],
                wraps: false)
        }
    }

    @Test func decompositionsOfAnotherForm() async {
        await #expect(processExitsWith: .failure) {
            let a = Tensor.zeros(3, 2), info = Tensor.zeros([], dtype: .int32)
            _ = CheckedBackend(CPUBackend()).decompose(
                DecompositionForm(what: .cholesky), DecompositionArrays(a: a.dense, info: info.dense))
        }
        await #expect(processExitsWith: .failure) {
            let a = Tensor.zeros(4, 3, 3), info = Tensor.zeros([4], dtype: .int32)
            _ = CheckedBackend(CPUBackend()).decompose(
                DecompositionForm(what: .lu),
                DecompositionArrays(
                    a: a.dense, pivots: Tensor.zeros([4, 2], dtype: .int32).dense, info: info.dense))
        }
    }

    @Test func spectraOfAnotherForm() async {
        let form = SpectraForm(kind: .singular, vectors: .none, batch: 1, rows: 3, columns: 2)
        let info = Tensor.zeros([1], dtype: .int32)
        let done = CheckedBackend(CPUBackend()).spectra(
            form, values: Tensor.zeros([2]).dense, left: nil, right: nil, info: info.dense,
            overwriting: Tensor.ones([2, 3]).dense)
        #expect(done)
        await #expect(processExitsWith: .failure) {
            let form = SpectraForm(kind: .singular, vectors: .none, batch: 1, rows: 3, columns: 2)
            _ = CheckedBackend(CPUBackend()).spectra(
                form, values: Tensor.zeros([1]).dense, left: nil, right: nil,
                info: Tensor.zeros([1], dtype: .int32).dense, overwriting: Tensor.ones([2, 3]).dense)
        }
        await #expect(processExitsWith: .failure) {
            let form = SpectraForm(kind: .general, vectors: .thin, batch: 1, rows: 2, columns: 2)
            _ = CheckedBackend(CPUBackend()).spectra(
                form, values: Tensor.zeros([2], dtype: .complex64).dense, left: Tensor.zeros([2, 2]).dense, right: nil,
                info: Tensor.zeros([1], dtype: .int32).dense, overwriting: Tensor.ones([2, 2]).dense)
        }
    }

    @Test func statesOfAnotherForm() async {
        await #expect(processExitsWith: .failure) {
            let p = Tensor.zeros([4], dtype: .float64), backend = CheckedBackend(CPUBackend())
            let step = AdamStep(
                step: 1, lr: 0.1, beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0, decoupled: false, maximize: false
            )
            let tensors = AdamTensors(
                parameter: p.dense, grad: p.dense, expAvg: Tensor.zeros(4).dense, expAvgSq: Tensor.zeros(4).dense)
            backend.adam([tensors], step)
        }
    }
}

/// Errors that stop the program outside of `withError`.
@Suite struct StopTests {
    @Test func aVoidTensorOutsideItsBlock() async {
        await #expect(processExitsWith: .failure) {
            var total = Tensor.zeros(1)
            try? withError { total = total + Tensor.ones(2).matmul(Tensor.ones(3)) }
            _ = total * 2 + 1
        }
        await #expect(processExitsWith: .failure) {
            var total = Tensor.zeros(1)
            try? withError { total = total + Tensor.ones(2).matmul(Tensor.ones(3)) }
            _ = total.item()
        }
        await #expect(processExitsWith: .failure) {
            var total = Tensor.zeros(1)
            try? withError { total = total + Tensor.ones(2).matmul(Tensor.ones(3)) }
            print(total)
        }
    }

    @Test func whatWasPrintedBeforeIsWritten() async throws {
        let result = try await #require(
            processExitsWith: .failure, observing: [\.standardOutputContent, \.standardErrorContent]
        ) {
            for i in 0..<3 { print("epoch", i) }
            print(Tensor.zeros(2, 3).matmul(Tensor.zeros(2, 3)))
        }
        #expect(String(decoding: result.standardOutputContent, as: UTF8.self).contains("epoch 0\nepoch 1\nepoch 2\n"))
        #expect(
            String(decoding: result.standardErrorContent, as: UTF8.self).contains(
                "RuntimeError: mm: mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)"))
    }
}
