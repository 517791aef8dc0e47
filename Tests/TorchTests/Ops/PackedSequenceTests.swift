import Testing
import Torch

/// The numbers and sentences are those of PyTorch 2.15.0.
@Suite struct PackedSequenceTests {
    private let grid = Tensor([0, 1, 2, 3, 4, 5] as [Float]).view(3, 2)

    @Test func packsAndPads() {
        let packed = packPaddedSequence(grid, lengths: [3, 2])
        #expect(packed.data.toArray(as: Int.self) == [0, 1, 2, 3, 4])
        #expect(packed.batchSizes.toArray(as: Int.self) == [2, 2, 1] && packed.sortedIndices == nil)
        #expect(
            "\(packPaddedSequence(grid, lengths: [1, 3], enforceSorted: false))"
                == "PackedSequence(data=tensor([1., 0., 3., 5.]), batch_sizes=tensor([2, 1, 1]), sorted_indices=tensor([1, 0]), unsorted_indices=tensor([1, 0]))"
        )
        #expect(
            "\(packed)"
                == "PackedSequence(data=tensor([0., 1., 2., 3., 4.]), batch_sizes=tensor([2, 2, 1]), sorted_indices=None, unsorted_indices=None)"
        )
        let (padded, lengths) = padPackedSequence(
            packPaddedSequence(grid, lengths: Tensor([1, 3]), enforceSorted: false), batchFirst: true, paddingValue: -1,
            totalLength: 5)
        #expect(padded.toArray(as: Int.self) == [0, -1, -1, -1, -1, 1, 3, 5, -1, -1] && padded.shape == [2, 5])
        #expect(lengths.toArray(as: Int.self) == [1, 3])
        let sequences = unpackSequence(packSequence([Tensor([4, 5, 6]), Tensor([1, 2])]))
        #expect(sequences.map { $0.toArray(as: Int.self) } == [[4, 5, 6], [1, 2]])
        #expect(unpadSequence(grid, lengths: Tensor([2, 9])).map { $0.toArray(as: Int.self) } == [[0, 2], [1, 3, 5]])
        #expect(grid.shape == [3, 2])
    }

    @Test func convertsItsElements() {
        let packed = packPaddedSequence(grid, lengths: [1, 3], enforceSorted: false)
        let wide = packed.double()
        #expect(wide.data.dtype == .float64 && wide.batchSizes === packed.batchSizes)
        #expect(packed.to(dtype: .float32).data === packed.data && packed.long().data.dtype == .int64)
        let meta = packed.to(.meta)
        #expect(meta.data.device == .meta && meta.sortedIndices?.device == .meta && meta.batchSizes.device == .cpu)
        let padded = padPackedSequence(PackedSequence(data: meta.data, batchSizes: meta.batchSizes)).0
        #expect(padded.shape == [3, 2] && padded.device == .meta)
    }

    @Test func gradientsOfPackingAndPadding() {
        let x = Tensor([0, 1, 2, 3, 4, 5] as [Double]).view(3, 2).requiresGrad_()
        let packed = packPaddedSequence(x, lengths: [1, 3], enforceSorted: false)
        #expect(packed.data.gradFn?.name == "PackPaddedSequenceBackward0")
        let (padded, _) = padPackedSequence(packed, paddingValue: 7, totalLength: 4)
        let first = grad((padded * padded * padded).sum(), x, createGraph: true)
        #expect(first.toArray(as: Int.self) == [0, 3, 0, 27, 0, 75])
        #expect(grad(first.sum(), x).toArray(as: Int.self) == [0, 6, 0, 18, 0, 30])
    }

    private func message(_ body: () -> Void) -> String? {
        do {
            try withError(body)
            return nil
        } catch { return (error as? TorchError)?.message }
    }

    @Test func refusesWrongLengths() {
        func pack(_ lengths: [Int], _ input: Tensor? = nil) -> String? {
            message { _ = packPaddedSequence(input ?? grid, lengths: lengths) }
        }
        #expect(pack([3]) == "Expected `len(lengths)` to be equal to batch_size, but got 1 (batch_size=2)")
        #expect(pack([]) == "Expected `len(lengths)` to be equal to batch_size, but got 0 (batch_size=2)")
        let notPositive =
            "Length of all samples has to be greater than 0, but found an element in 'lengths' that is <= 0"
        #expect(pack([3, 0]) == notPositive && pack([3, .min]) == notPositive)
        #expect(
            pack([2, 3])
                == "`lengths` array must be sorted in decreasing order when `enforce_sorted` is True. You can pass `enforce_sorted=False` to pack_padded_sequence and/or pack_sequence to sidestep this requirement if you do not need ONNX exportability."
        )
        // PyTorch makes a packed sequence here that no layer takes.
        #expect(pack([.max, 2])?.hasPrefix("Length of all samples has to be at most 3") == true)
        #expect(pack([3, 2], Tensor.zeros(0, 2)) == "Cannot pack empty tensors.")
        #expect(
            pack([3], Tensor.zeros(3)) == "Dimension out of range (expected to be in range of [-1, 0], but got 1)")
        #expect(
            message { _ = packPaddedSequence(grid, lengths: Tensor([[3, 2]])) }
                == "'lengths' argument should be a 1D CPU int64 tensor, but got 2D cpu Long tensor")
        #expect(message { _ = packSequence([]) } == "received an empty list of sequences")
        #expect(
            message { _ = padPackedSequence(packPaddedSequence(grid, lengths: [3, 2]), totalLength: 2) }
                == "Expected total_length to be at least the length of the longest sequence in input, but got total_length=2 and max sequence length being 3"
        )
        #expect(
            message { _ = unpadSequence(grid, lengths: Tensor([2])) } == "zip() argument 2 is shorter than argument 1")
        #expect(
            message { _ = PackedSequence(data: grid, batchSizes: Tensor.empty(2, dtype: .int64, device: .meta)) }?
                .hasPrefix("batch_sizes should always be on CPU. ") == true)
        for sizes in [[1, 2], [2, 0], [2], [2, 2], [], [.max, .max]] {
            let wrong = PackedSequence(data: Tensor.zeros(3, 2), batchSizes: Tensor(sizes, dtype: .int64))
            #expect(message { _ = LSTM(2, 3)(wrong) }?.hasPrefix("batch_sizes of a PackedSequence") == true)
            #expect(message { _ = padPackedSequence(wrong) }?.hasPrefix("batch_sizes of a PackedSequence") == true)
        }
    }
}
