import Testing
import Torch

/// What the cases of Conformance/Cases/distributions do not try: distributions and formulas of users, caches, printed
/// errors. The numbers are PyTorch 2.15's.
@Suite struct DistributionTests {
    /// The exponential distribution, with what `ExponentialFamily` makes of its normalizer.
    private final class Decay: ExponentialFamily {
        var rate: Tensor { parameter("rate") ?? Tensor.zeros(0) }
        override var argConstraints: KeyValuePairs<String, Constraint> { ["rate": .positive] }
        override var support: Constraint { .nonnegative }
        override var meanCarrierMeasure: Double? { 0 }
        override var naturalParams: [Tensor] { [-rate] }
        override func logNormalizer(_ params: [Tensor]) -> Tensor { -(-params[0]).log() }
    }

    private final class Point: Distribution {}

    private func decay(_ rates: [Double]) -> Decay {
        Decay(batchShape: Size([rates.count]), parameters: ["rate": Tensor(rates)])
    }

    @Test func drawsArePyTorchs() {
        manualSeed(0)
        #expect(
            Normal(0, 1).sample([3]).toArray(as: Float.self) == [
                1.5409960746765137, -0.293428897857666, -2.1787893772125244
            ])
        #expect(Normal(0, 1).description == "Normal(loc: 0.0, scale: 1.0)")
        let gamma = Gamma(2.0, 1.0).sample([3]).toArray(as: Float.self)
        #expect(gamma == [2.513482093811035, 1.8824102878570557, 0.9999370574951172])
        #expect(Poisson(4.0).sample([5]).toArray(as: Float.self) == [3, 4, 4, 6, 3])
    }

    @Test func semidefiniteMatrices() {
        // Eigenvalues 1 and 3, 0 and 2, -1 and 3.
        let matrices = Tensor([[[2, 1], [1, 2]], [[1, 1], [1, 1]], [[1, 2], [2, 1]]] as [[[Double]]])
        #expect(Constraint.positiveSemidefinite.check(matrices).toArray(as: Bool.self) == [true, true, false])
        #expect(Constraint.positiveDefinite.check(matrices).toArray(as: Bool.self) == [true, false, false])
        #expect(transformTo(.positiveSemidefinite) is PositiveDefiniteTransform)
    }

    @Test func entropyOfAUsersExponentialFamily() {
        let entropy = decay([0.3, 2]).entropy().toArray(as: Double.self)
        #expect(abs(entropy[0] - 2.203972804325936) < 1e-6 && abs(entropy[1] - 0.3068528194400547) < 1e-6)
        // log(p / q) + q / p - 1, for the rates 0.3 and 2.
        let divergence = klDivergence(decay([0.3]), decay([2])).item()
        #expect(abs(divergence - 3.7695466817807857) < 1e-6)
    }

    @Test func theClosestFormulaCounts() throws {
        // Chi2 is a Gamma.
        let p = Chi2(Tensor(3.0 as Double)), q = Gamma(Tensor(2.0 as Double), 1.0)
        #expect(abs(klDivergence(p, q).item() - 0.21624288952606663) < 1e-6)
        #expect(throws: TorchError.self) { try withError { klDivergence(Normal(0, 1), Cauchy(0, 1)) } }
        registerKL(Point.self, Point.self) { _, _ in Tensor(7.0 as Double) }
        #expect(klDivergence(Point(), Point()).item() == 7)
    }

    @Test func cacheKeepsTheArgument() {
        let x = Tensor([0.5, -1] as [Float])
        let kept = ExpTransform(cacheSize: 1), forgetful = ExpTransform()
        #expect(kept.inv(kept(x)) === x)
        #expect(forgetful.inv(forgetful(x)) !== x)
        #expect(
            ComposeTransform([ExpTransform(), TanhTransform()]) == ComposeTransform([ExpTransform(), TanhTransform()]))
        #expect(ComposeTransform([ExpTransform()]) != ComposeTransform([TanhTransform()]))
    }

    @Test func checksCanBeLeftOut() throws {
        #expect(throws: TorchError.self) { try withError { Normal(0, -1) } }
        #expect(try withError { Normal(0, -1, validateArgs: false).scale.item() } == -1)
        let unchecked = Gamma(1, 1, validateArgs: false).expand([2])
        #expect(!unchecked.validateArgs && unchecked.batchShape == [2])
    }

    @Test func mistakesLeaveTheGeneratorAlone() throws {
        manualSeed(1)
        #expect(throws: TorchError.self) { try withError { Tensor([-1] as [Float]).poisson() } }
        #expect(throws: TorchError.self) { try withError { Tensor([2] as [Int]).binomial(Tensor([0.5] as [Float])) } }
        let after = Tensor.rand(1).item()
        manualSeed(1)
        #expect(Tensor.rand(1).item() == after)
    }
}
