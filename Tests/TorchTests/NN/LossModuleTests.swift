import Testing
@testable import Torch

/// The numbers are PyTorch 2.15's. Losses that have recorded cases are not tested here.
@Suite struct LossModuleTests {
    private let x = Tensor.arange(24, dtype: .float32).view([2, 3, 4]).mul(0.37).sin()
    private var anchor: Tensor { x[0].t() }
    private var positive: Tensor { x[1].t() }
    private var negative: Tensor { positive.neg().add(0.1) }

    @Test func triplets() {
        let loss = TripletMarginLoss()(anchor, positive, negative)
        #expect(abs(loss.item() - 1.7826597690582275) < 1e-5)
        let other = TripletMarginWithDistanceLoss(
            distanceFunction: { cosineSimilarity($0, $1).rsub(1) }, margin: 0.3, swap: true)
        #expect(abs(other(anchor, positive, negative).item() - 1.1508070230484009) < 1e-5)
        #expect(throws: TorchError.self) { try withError { _ = TripletMarginLoss(margin: 0) } }
    }

    @Test func distances() {
        let cosine = CosineSimilarity()(anchor, positive).toArray(as: Double.self)
        #expect(zip(cosine, [-0.1386672, -0.3672537, -0.5129105, -0.540222]).allSatisfy { abs($0 - $1) < 1e-6 })
        let distance = PairwiseDistance(1, keepdim: true)(anchor, positive)
        #expect(distance.sizes == [4, 1])
        let expected = [3.0323782, 3.4950871, 3.4847527, 3.3132918]
        #expect(zip(distance.toArray(as: Double.self), expected).allSatisfy { abs($0 - $1) < 1e-5 })
    }

    @Test func randomizedSlopesAreDrawnInTrainingOnly() {
        manualSeed(5)
        let layer = RReLU(0.1, 0.3)
        #expect("\(layer)" == "RReLU(lower=0.1, upper=0.3)")
        let y = layer(Tensor([-1.0, 2])).toArray(as: Double.self)
        #expect(y[0] > -0.3 && y[0] <= -0.1 && y[1] == 2)
        layer.eval()
        #expect(abs(layer(Tensor([-1.0])).item() + 0.2) < 1e-6)
    }
}
