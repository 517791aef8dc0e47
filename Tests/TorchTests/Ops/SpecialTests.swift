import Testing
import Torch

/// Values computed with mpmath, at the ends and in the middle of the pieces of each function.
@Suite struct SpecialTests {
    private static let functions: [(name: String, function: @Sendable (Tensor) -> Tensor, expected: [Double])] = [
        (
            "besselJ0", special.besselJ0,
            [
                0.9384698072408129, -0.26005195490193344, -0.0068438694178191968, 0.19436184484127824,
                0.14751745404437767, 0.16702466434058315
            ]
        ),
        (
            "besselJ1", special.besselJ1,
            [
                0.24226845767487389, 0.33905895852593646, -0.34143821542904335, 0.2191793999217512, 0.24760776698159288,
                0.066833124175850046
            ]
        ),
        (
            "besselY0", special.besselY0,
            [
                -0.44451873350670656, 0.37685001001279038, -0.33948059288191104, 0.20652094814437577,
                0.23809132870223481, 0.062640596809383831
            ]
        ),
        (
            "besselY1", special.besselY1,
            [
                -1.4714723926702431, 0.32467442479179998, -0.023758238956389618, -0.18172107728057313,
                -0.13314879595249593, -0.1655116143625213
            ]
        ),
        (
            "besselK0", special.modifiedBesselK0,
            [
                0.92441907122766586, 0.034739504386279248, 0.0021387085659502874, 0.00016286766768765322,
                0.00013173427864935837, 5.7412378153365243e-10
            ]
        ),
        (
            "besselK1", special.modifiedBesselK1,
            [
                1.6564411200033009, 0.040156431128194184, 0.0023255690088490052, 0.00017288430649238984,
                0.00013964122894503081, 5.8830579695570382e-10
            ]
        ),
        (
            "i1", special.i1,
            [
                0.25789430539089632, 3.9533702174026094, 38.588164616327393, 363.85394408450839, 439.48430891035846,
                42454973.38512777
            ]
        ),
        (
            "airyAi", special.airyAi,
            [
                0.23169360648083349, 0.0065911393574607191, 3.3685311908599814e-5, 6.2396400972839342e-8,
                3.5224356235735715e-8, 1.6916728686705403e-27
            ]
        ),
        (
            "erfcx", special.erfcx,
            [
                0.61569034419292587, 0.17900115118138995, 0.10096221839949909, 0.070857477367397131,
                0.069133920177343152, 0.028174348741051319
            ]
        )
    ]

    /// PyTorch's own float64 Bessel and Airy functions have only 6 or 7 correct digits.
    @Test func functionsAreRightToTwelveDigits() {
        let x = Tensor([0.5, 3, 5.5, 7.9, 8.1, 20], dtype: .float64)
        for (name, function, expected) in Self.functions {
            for (value, right) in zip(function(x).toArray(as: Double.self), expected) {
                #expect(abs(value - right) <= 1e-12 * abs(right), "\(name): \(value), not \(right)")
            }
        }
        for (value, right) in zip(
            special.airyAi(Tensor([-2.338, -5.5, -20], dtype: .float64)).toArray(as: Double.self),
            [7.5317376523394373e-5, 0.017781541276574976, -0.17640612707798469])
        {
            #expect(abs(value - right) <= 1e-14)
        }
    }

    @Test func incompleteGamma() {
        let a = Tensor([0.5, 27.5, 300, 100], dtype: .float64), x = Tensor([2, 19.25, 310, 150], dtype: .float64)
        let p = a.igamma(x).toArray(as: Double.self), q = a.igammac(x).toArray(as: Double.self)
        for (i, right) in [0.95449973610364159, 0.044549903308987503, 0.72248875417186111, 0.99999407545966452]
            .enumerated()
        {
            #expect(abs(p[i] - right) <= 1e-13 && abs(q[i] - (1 - right)) <= 1e-13)
        }
    }

    @Test func zetaOfAFarNegativeArgumentEnds() {
        let far = special.zeta(Tensor([4.0], dtype: .float64), Tensor([-1e12 - 0.5], dtype: .float64)).item()
        // The sum over all half-integers.
        #expect(abs(far - 2 * 15 * Double.pi * Double.pi * Double.pi * Double.pi / 90) < 1e-9)
    }
}

@Suite struct GeneratorStateTests {
    @Test func drawsGoOnFromAState() {
        let generator = Generator(seed: 5)
        // An odd number of scalar draws leaves one value in the cache.
        _ = Tensor.randn(3, generator: generator)
        let state = generator.getState()
        let next = Tensor.randn(40, generator: generator), scalar = Tensor.randn(1, generator: generator)
        let other = Generator(seed: 9).setState(state)
        #expect(Tensor.randn(40, generator: other).equal(next) && Tensor.randn(1, generator: other).equal(scalar))
        #expect(other.initialSeed == 5)
    }

    @Test func damagedStatesAreRefused() {
        let state = Generator(seed: 1).getState()
        state[8].fill_(255)
        state[11].fill_(127)
        for bad in [state, Tensor.zeros(7, dtype: .uint8), Tensor.zeros(5056)] {
            #expect(throws: TorchError.self) { try withError { Generator().setState(bad) } }
        }
    }
}
