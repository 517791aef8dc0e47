import CTorchKernels
import Testing

@testable import Torch

/// The fused kernels of recurrent layers against the same layers computed step by step. PyTorch's own cases check the
/// steps.
@Suite(.serialized) struct RecurrentLayerTests {
    struct Case: CustomTestStringConvertible {
        var cell: RecurrentCell
        var input = 3, hidden: Int
        var projection: Int?
        var batchSizes: [Int]
        var isPacked = false, isReversed = false, hasBias = true
        var dtype = DType.float64

        var testDescription: String {
            "\(cell) of \(hidden)\(projection.map { " to \($0)" } ?? ""), \(isReversed ? "reversed " : "")\(isPacked ? "packed " : "")\(batchSizes), \(dtype)"
        }
    }

    /// Sizes below, at and above those of a vector, of a panel and of a piece.
    static let cases: [Case] = {
        var cases: [Case] = []
        for cell in [RecurrentCell.tanh, .relu, .lstm, .gru] {
            for dtype in [DType.float32, .float64] {
                cases += [
                    Case(cell: cell, hidden: 1, batchSizes: [1], dtype: dtype),
                    Case(cell: cell, hidden: 7, batchSizes: [1, 1, 1], isReversed: true, dtype: dtype),
                    Case(cell: cell, hidden: 16, batchSizes: [5, 5], hasBias: false, dtype: dtype),
                    Case(cell: cell, hidden: 37, batchSizes: [9, 9, 9, 9], isReversed: true, dtype: dtype),
                    Case(cell: cell, hidden: 150, batchSizes: [3, 3, 3], dtype: dtype),
                    Case(cell: cell, hidden: 160, batchSizes: [2, 1, 1], isPacked: true, dtype: dtype),
                    Case(cell: cell, hidden: 19, batchSizes: [40, 40, 40], dtype: dtype),
                    Case(cell: cell, hidden: 11, batchSizes: [6, 4, 4, 1], isPacked: true, dtype: dtype),
                    Case(
                        cell: cell, hidden: 11, batchSizes: [6, 4, 4, 1, 1], isPacked: true, isReversed: true,
                        dtype: dtype),
                    Case(cell: cell, hidden: 13, batchSizes: [50, 35, 20, 20, 3], isPacked: true, dtype: dtype),
                    Case(
                        cell: cell, hidden: 13, batchSizes: [50, 35, 20, 20, 3], isPacked: true, isReversed: true,
                        dtype: dtype)
                ]
            }
        }
        for dtype in [DType.float32, .float64] {
            cases += [
                Case(cell: .lstm, hidden: 20, projection: 3, batchSizes: [1, 1, 1], dtype: dtype),
                Case(cell: .lstm, hidden: 70, projection: 45, batchSizes: [4, 4, 4], isReversed: true, dtype: dtype),
                Case(cell: .lstm, hidden: 18, projection: 9, batchSizes: [40, 33, 2], isPacked: true, dtype: dtype),
                Case(
                    cell: .lstm, hidden: 200, projection: 150, batchSizes: [7, 5, 2], isPacked: true, isReversed: true,
                    dtype: dtype)
            ]
        }
        return cases
    }()

    /// What a layer computes: results and gradients of all operands.
    private func results(_ test: Case, fused: Bool, seed: Int = 1) -> [Tensor] {
        manualSeed(seed)
        let steps = RecurrentSteps(batchSizes: test.batchSizes, isPacked: test.isPacked)
        let size = test.projection ?? test.hidden, gates = test.cell.gates * test.hidden
        func leaf(_ sizes: [Int], _ scale: Double) -> Tensor {
            (Tensor.randn(sizes, dtype: .float64) * scale).to(test.dtype).requiresGrad_()
        }
        let scale = 1 / Double(test.hidden).squareRoot()
        let input = leaf(steps.sizes(test.input), 1)
        let state = RecurrentState(
            hidden: leaf([steps.batch, size], 1), cell: test.cell == .lstm ? leaf([steps.batch, test.hidden], 1) : nil)
        let weights = RecurrentWeights(
            input: leaf([gates, test.input], scale), hidden: leaf([gates, size], scale),
            inputBias: test.hasBias ? leaf([gates], scale) : nil, hiddenBias: test.hasBias ? leaf([gates], scale) : nil,
            projection: test.projection.map { leaf([$0, test.hidden], scale) })
        let (output, last) =
            fused
            ? RecurrentLayer(cell: test.cell, isReversed: test.isReversed, steps: steps)(input, state, weights)
            : steps.compute(test.cell, isReversed: test.isReversed, input, state, weights)
        let outputs = [output, last.hidden] + [last.cell].compactMap { $0 }
        let leaves = [input, state.hidden] + [state.cell].compactMap { $0 } + weights.all
        let grads = grad(
            outputs, leaves, gradOutputs: outputs.map { Tensor.randn($0.sizes, dtype: .float64).to(test.dtype) })
        return outputs + grads.map { $0 ?? .void }
    }

    @Test(arguments: cases) func fusedLayersAreThoseOfSingleSteps(test: Case) {
        let fused = results(test, fused: true), single = results(test, fused: false)
        #expect(fused.count == single.count)
        for (i, (a, b)) in zip(fused, single).enumerated() {
            #expect(a.sizes == b.sizes && a.dtype == b.dtype)
            let tolerance = test.dtype == .float64 ? 1e-11 : 2e-4
            #expect(a.allclose(b, rtol: tolerance, atol: tolerance), "result \(i)")
        }
    }

    @Test(arguments: [DType.bfloat16, .float16]) func halfTypesRoundWhereSingleStepsDo(dtype: DType) {
        for cell in [RecurrentCell.tanh, .relu, .lstm, .gru] {
            let test = Case(cell: cell, hidden: 17, batchSizes: [4, 3, 3, 1], isPacked: true, dtype: dtype)
            let fused = results(test, fused: true), single = results(test, fused: false)
            let tolerance = dtype == .bfloat16 ? 1.6e-2 : 2e-3
            for (i, (a, b)) in zip(fused, single).enumerated() {
                let scale = max(1, b.float().abs().max().item())
                #expect(a.dtype == dtype)
                #expect(
                    a.float().allclose(b.float(), rtol: tolerance, atol: 4 * tolerance * scale), "\(cell), result \(i)")
            }
        }
    }

    /// Gradients of a part of the results only.
    @Test func gradientsOfSomeResults() {
        manualSeed(2)
        let lstm = LSTM(3, 4, bidirectional: true, dtype: .float64)
        let x = Tensor.randn(5, 2, 3, dtype: .float64).requiresGrad_()
        for part in 0..<3 {
            func loss() -> Tensor {
                let (output, (h, c)) = lstm(x)
                return (part == 0 ? output : part == 1 ? h : c).square().sum()
            }
            let exact = grad(loss(), x), recorded = grad(loss(), x, createGraph: true)
            #expect(exact.allclose(recorded, rtol: 1e-12, atol: 1e-14) && recorded.requiresGrad)
        }
    }

    @Test func bitsDoNotDependOnThreads() {
        let threads = getNumThreads()
        defer { setNumThreads(threads) }
        let tests = [
            Case(cell: .lstm, hidden: 200, batchSizes: [1, 1, 1, 1], dtype: .float32),
            Case(cell: .gru, hidden: 150, batchSizes: [7, 7, 7], dtype: .float32),
            Case(cell: .lstm, hidden: 64, projection: 30, batchSizes: [70, 50, 9], isPacked: true, dtype: .float32),
            Case(cell: .gru, hidden: 90, batchSizes: [45, 45, 45], isReversed: true, dtype: .float64)
        ]
        for test in tests {
            setNumThreads(1)
            let one = results(test, fused: true)
            for count in [2, 5] {
                setNumThreads(count)
                #expect(zip(results(test, fused: true), one).allSatisfy { $0.equal($1) })
            }
        }
    }

    /// Each instruction set of this machine computes the same layer.
    @Test func everyInstructionSetComputesIt() {
        let isa = st_isa()
        defer { st_set_isa(isa) }
        for test in RecurrentLayerTests.cases where test.hidden == 37 || test.hidden == 13 || test.hidden == 18 {
            let best = results(test, fused: true)
            for other in 0..<isa {
                st_set_isa(other)
                let tolerance = test.dtype == .float64 ? 1e-11 : 2e-4
                let own = results(test, fused: true)
                #expect(zip(own, best).allSatisfy { $0.allclose($1, rtol: tolerance, atol: tolerance) }, "\(test)")
            }
            st_set_isa(isa)
        }
    }

    @Test func layoutsDoNotMatter() {
        manualSeed(3)
        let gru = GRU(4, 6, bidirectional: true, dtype: .float64)
        let x = Tensor.randn(5, 3, 4, dtype: .float64), h = Tensor.randn(2, 3, 6, dtype: .float64)
        let (output, last) = gru(x, h)
        let grads = grad([output, last], gru.parameters(), gradOutputs: [output.detach(), last.detach()])
        let strided = Tensor.zeros([5, 3, 8], dtype: .float64)[.all, .all, Slice(by: 2)]
        strided.copy_(x)
        let turned = h.transpose(0, 2).contiguous().transpose(0, 2)
        for parameter in gru.parameters() where parameter.dim == 2 {
            parameter.replaceData { $0.t().contiguous().t() }
        }
        let (same, sameLast) = gru(strided, turned)
        #expect(same.equal(output) && sameLast.equal(last))
        let again = grad([same, sameLast], gru.parameters(), gradOutputs: [output.detach(), last.detach()])
        #expect(zip(grads, again).allSatisfy { $0!.allclose($1!, rtol: 1e-13, atol: 1e-13) })
    }
}
