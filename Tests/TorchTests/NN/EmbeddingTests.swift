import Testing
import Torch

/// The numbers are PyTorch 2.15.0's for the same seeds and calls.
@Suite(.serialized) struct EmbeddingTests {
    private func close(_ tensor: Tensor, _ want: [Double]) -> Bool {
        let own = tensor.detach().toArray(as: Double.self)
        return own.count == want.count && zip(own, want).allSatisfy { abs($0 - $1) <= 1e-6 }
    }

    @Test func tablesAndTheirNamesArePyTorchs() {
        manualSeed(0)
        let table = Embedding(4, 3, paddingIdx: -1)
        #expect(
            close(
                table.weight,
                [
                    1.5409960746765137, -0.293428897857666, -2.1787893772125244, 0.5684312582015991,
                    -1.0845223665237427, -1.3985954523086548, 0.40334683656692505,
                    0.8380263447761536, -0.7192575931549072, 0, 0, 0
                ]))
        #expect("\(table)" == "Embedding(4, 3, padding_idx=3)")
        #expect("\(EmbeddingBag(4, 3))" == "EmbeddingBag(4, 3, mode='mean')")
        #expect(
            "\(EmbeddingBag(4, 3, maxNorm: 2, normType: 1, scaleGradByFreq: true, mode: .sum, includeLastOffset: true, paddingIdx: -1))"
                == "EmbeddingBag(4, 3, max_norm=2.0, norm_type=1.0, scale_grad_by_freq=True, mode='sum', padding_idx=3)"
        )
        let given = Embedding(pretrained: Tensor.ones(2, 3))
        #expect(!given.weight.requiresGrad && given(Tensor([1])).shape == [1, 3])
        #expect(throws: TorchError(.value, "Padding_idx must be within num_embeddings")) {
            try withError { Embedding(4, 3, paddingIdx: 7) }
        }
        #expect(throws: TorchError(.value, "padding_idx must be within num_embeddings")) {
            try withError { EmbeddingBag(4, 3, paddingIdx: -5) }
        }
        #expect(throws: TorchError(.value, "Embeddings parameter is expected to be 2-dimensional")) {
            try withError { EmbeddingBag(pretrained: Tensor.ones(3)) }
        }
    }

    @Test func bagsAndTheirGradientsArePyTorchs() {
        manualSeed(0)
        let sums = EmbeddingBag(4, 3, mode: .sum, paddingIdx: 1)
        let result = sums(
            Tensor([0, 1, 2, 2, 3, 1]), Tensor([0, 3, 3]), perSampleWeights: Tensor([1, 2, 0.5, -1, 2, 1] as [Float]))
        #expect(
            close(
                result,
                [
                    1.7426694631576538, 0.12558427453041077, -2.5384182929992676, 0, 0, 0, -1.210033893585205,
                    -2.031296968460083, 1.0833306312561035
                ]))
        (result * Tensor.arange(9, dtype: .float32).view(3, 3)).sum().backward()
        #expect(close(sums.weight.grad!, [0, 1, 2, 0, 0, 0, -6, -6.5, -7, 12, 14, 16]))
        manualSeed(0)
        #expect(
            close(
                EmbeddingBag(4, 3)(Tensor([0, 1, 3, 3]).view(2, 2)),
                [
                    1.0547137260437012, -0.6889756321907043, -1.7886924743652344, -0.40334352850914,
                    -0.5966353416442871, 0.18203648924827576
                ]))
        manualSeed(0)
        #expect(
            close(
                EmbeddingBag(4, 3, mode: .max, includeLastOffset: true)(Tensor([0, 1, 2, 3]), Tensor([0, 2, 4])),
                [
                    1.5409960746765137, -0.293428897857666, -1.3985954523086548, 0.40334683656692505,
                    0.8380263447761536, 0.18203648924827576
                ]))
    }

    @Test func sequencesArePaddedAsPyTorchDoes() throws {
        let rows = [Tensor([1, 2]), Tensor([3, 4, 5])]
        #expect(padSequence(rows, batchFirst: true).toArray(as: Int.self) == [1, 2, 0, 3, 4, 5])
        #expect(padSequence(rows, paddingValue: -1, paddingSide: .left).toArray(as: Int.self) == [-1, 3, 1, 4, 2, 5])
        #expect(padSequence([Tensor.ones(2, 3), Tensor.ones(4, 1)]).shape == [4, 2, 3])
        #expect(
            padSequence([Tensor([1, 1]), Tensor([1.5, 1.5, 1.5])], batchFirst: true).toArray(as: Int.self) == [
                1, 1, 0, 1, 1, 1
            ])
        let leaf = Tensor.ones(2, 3).requiresGrad_()
        (padSequence([leaf, Tensor.ones(4, 3)]) * 2).sum().backward()
        #expect(leaf.grad!.toArray(as: Double.self) == [Double](repeating: 2, count: 6))
        #expect(throws: TorchError(.runtime, "received an empty list of sequences")) {
            try withError { padSequence([]) }
        }
        #expect(
            throws: TorchError(
                .runtime, "The size of tensor a (3) must match the size of tensor b (4) at non-singleton dimension 1")
        ) {
            try withError { padSequence([Tensor.ones(2, 3), Tensor.ones(3, 4)]) }
        }
        #expect(throws: TorchError(.index, "Dimension specified as 0 but tensor has no dimensions")) {
            try withError { padSequence([Tensor.ones(2), Tensor(1.0)]) }
        }
    }
}
