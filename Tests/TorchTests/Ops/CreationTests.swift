import Locks
import Testing
import Torch

@Suite struct CreationTests {
    @Test func nestedLiterals() throws {
        let whole = Tensor([[1, 2], [3, 4]])
        #expect(whole.dtype == .int64 && whole.shape == [2, 2] && whole.toArray(as: Int.self) == [1, 2, 3, 4])
        let mixed = Tensor([[1, 2.5], [3, 4]])
        #expect(mixed.dtype == .float32 && mixed.toArray(as: Float.self) == [1, 2.5, 3, 4])
        #expect(Tensor([[true, false]]).dtype == .bool)
        #expect(Tensor([[[1], [2]], [[3], [4]]]).shape == [2, 2, 1])
        let rows: [[Float]] = [[1, 2], [3, 4]]
        #expect(Tensor(rows, dtype: .float64).dtype == .float64)
        #expect(Tensor([[Int]]()).shape == [0] && Tensor([[], []] as [[Float]]).shape == [2, 0])
        #expect(whole.newTensor([[7, 8]]).dtype == .int64 && mixed.newTensor([1, 2]).dtype == .float32)
    }

    @Test func raggedArrays() {
        #expect(throws: TorchError(.value, "expected sequence of length 2 at dim 1 (got 3)")) {
            try withError { Tensor([[1, 2], [3, 4, 5]]) }
        }
        #expect(throws: TorchError(.value, "expected sequence of length 2 at dim 1 (got 1)")) {
            try withError { Tensor([[[1, 2], [3, 4]], [[1, 2]]]) }
        }
        #expect(throws: TorchError(.value, "expected sequence of length 0 at dim 1 (got 1)")) {
            try withError { Tensor([[], [1]]) }
        }
    }

    @Test func memoryOfSomebodyElse() throws {
        let freed = Mutex(0)
        do {
            nonisolated(unsafe) let buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: 6)
            _ = buffer.initialize(from: [0, 1, 2, 3, 4, 5])
            var x: Tensor? = Tensor(sharing: buffer, shape: [3, 2], strides: [1, 3]) {
                buffer.deallocate()
                freed.withLock { $0 += 1 }
            }
            #expect(
                x!.toArray(as: Float.self) == [0, 3, 1, 4, 2, 5]
                    && x!.dataPtr() == UnsafeMutableRawPointer(buffer.baseAddress!))
            x![0].fill_(9)
            #expect(buffer[3] == 9 && x!.storage.toArray(as: Float.self) == [9, 1, 2, 9, 4, 5])
            let view = x![1]
            x = nil
            #expect(freed.withLock { $0 } == 0 && view.toArray(as: Float.self) == [1, 4])
        }
        #expect(freed.withLock { $0 } == 1)
        var numbers = [1, 2, 3]
        numbers.withUnsafeMutableBufferPointer { buffer in
            nonisolated(unsafe) let buffer = buffer
            for body in [
                { Tensor(sharing: buffer, shape: [2, 2]) { freed.withLock { $0 += 1 } } },
                { Tensor(sharing: buffer, shape: [2], strides: [1, 1]) { freed.withLock { $0 += 1 } } }
            ] {
                #expect(throws: TorchError.self) { try withError(body) }
            }
            #expect(freed.withLock { $0 } == 3, "memory that no tensor was made of is given back, too")
            #expect(throws: TorchError.self) { try withError { Tensor(sharing: buffer, shape: [2], strides: [-1]) } }
            #expect(throws: TorchError.self) {
                try withError { Tensor(sharing: buffer, shape: [2], strides: [Int.max]) }
            }
            #expect(throws: TorchError(.runtime, "Trying to resize storage that is not resizable")) {
                try withError { Tensor(sharing: buffer).resize_(100) }
            }
        }
    }

    /// The numbers are equal to those of `torch.linspace(0.1, 0.7, 5)` to the bit.
    @Test func spacing() {
        #expect(Tensor.linspace(0.1, 0.7, steps: 5).toArray(as: Float.self) == [0.1, 0.25, 0.4, 0.55, 0.7])
        #expect(Tensor.linspace(0, 10, steps: 4, dtype: .int64).toArray(as: Int.self) == [0, 3, 6, 10])
        #expect(Tensor.arange(Int.max - 2, Int.max).toArray(as: Int.self) == [Int.max - 2, Int.max - 1])
        #expect(Tensor.arange(5, 0, step: -2).toArray(as: Int.self) == [5, 3, 1])
        #expect(Tensor.linspace(3, 7, steps: 1).toArray(as: Float.self) == [3])
    }

    /// The numbers are PyTorch's to the bit, on a processor with AVX2: the sums of the elements' last 16 bits, each
    /// times its place, are equal.
    @Test(arguments: [
        (DType.float32, 134_309_568, 13_830_702, 16_367_358_068), (.float64, 133_747_584, 11_565_745, 16_627_362_719),
        (.bfloat16, 83_711_355, 16_510_374, 8_208_248_585), (.float16, 90_625_488, 16_477_364, 8_158_899_298)
    ])
    func bitsOfSequences(_ dtype: DType, _ up: Int, _ down: Int, _ spaced: Int) {
        func sum(_ x: Tensor) -> Int {
            let bits = x.view(x.itemSize == 4 ? .int32 : x.itemSize == 8 ? .int64 : .int16).toArray(as: Int.self)
            return zip(1..., bits).map { $0 * ($1 & 0xffff) }.reduce(0, +)
        }
        #expect(sum(.arange(0, 10, step: 0.1, dtype: dtype)) == up)
        #expect(sum(.arange(5, -5, step: -0.37, dtype: dtype)) == down)
        #expect(sum(.linspace(-0.1, 3.3, steps: 1000, dtype: dtype)) == spaced)
        if dtype == .float32 {
            let x = Tensor.linspace(
                Complex(0.1, 1), Complex(1, -0.3), steps: 100, dtype: .complex64)
            #expect(sum(x.viewAsReal().reshape([-1])) == 621_917_546)
        }
    }
}
