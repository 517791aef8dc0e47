import Foundation
import Testing
import Torch

/// Schedules that PyTorch's cases do not cover: those made from functions, from other schedules, from a number. The
/// numbers are PyTorch 2.15's.
@Suite struct SchedulerTests {
    private func optimizer(_ rates: [Double] = [0.1], momentum: Double = 0) -> SGD {
        SGD(rates.map { ParamGroup([Tensor.zeros(1, requiresGrad: true)], lr: $0) }, momentum: momentum)
    }

    private func rates(_ optimizer: Optimizer) -> [Double] { optimizer.paramGroups.map(\.lr) }

    private func expect(
        _ actual: [Double], _ wanted: [Double], _ label: Comment? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(
            actual.count == wanted.count && zip(actual, wanted).allSatisfy { abs($0 - $1) < 1e-11 },
            "\(actual), not \(wanted)", sourceLocation: sourceLocation)
    }

    /// Returns the learning rate of the first group before each step.
    private func course(_ optimizer: Optimizer, _ scheduler: LRScheduler, _ steps: Int) -> [Double] {
        (0..<steps).map { _ in
            let lr = optimizer.paramGroups[0].lr
            #expect(scheduler.getLastLr()[0] == lr)
            scheduler.step()
            return lr
        }
    }

    @Test func functions() {
        let two = optimizer([0.1, 0.5])
        let lambda = LambdaLR(two, lrLambda: [{ Foundation.pow(0.5, Double($0)) }, { 1 / Double($0 + 1) }])
        for wanted in [[0.1, 0.5], [0.05, 0.25], [0.025, 0.5 / 3], [0.0125, 0.125]] {
            expect(rates(two), wanted)
            lambda.step()
        }
        let one = optimizer()
        expect(course(one, MultiplicativeLR(one) { $0 % 2 == 1 ? 0.9 : 0.5 }, 5), [0.1, 0.09, 0.045, 0.0405, 0.02025])
    }

    @Test func sequences() {
        let a = optimizer()
        let first = SequentialLR(
            a, schedulers: [ConstantLR(a, factor: 0.1, totalIters: 2), ExponentialLR(a, gamma: 0.9)], milestones: [3])
        expect(course(a, first, 6), [0.01, 0.01, 0.1, 0.1, 0.09, 0.081])
        let b = optimizer()
        let second = SequentialLR(
            b,
            schedulers: [
                LinearLR(b, startFactor: 0.5, totalIters: 3), CosineAnnealingLR(b, tMax: 4), StepLR(b, stepSize: 2)
            ], milestones: [2, 5])
        expect(course(b, second, 9), [0.05, 0.066666666667, 0.1, 0.085355339059, 0.05, 0.1, 0.1, 0.01, 0.01])
        let c = optimizer()
        expect(
            course(c, ChainedScheduler([ConstantLR(c, factor: 0.1, totalIters: 2), ExponentialLR(c, gamma: 0.9)]), 5),
            [0.01, 0.009, 0.081, 0.0729, 0.06561])
    }

    @Test func plateaus() {
        let a = optimizer()
        let falling = ReduceLROnPlateau(a, factor: 0.5, patience: 1, cooldown: 1, minLr: 0.02)
        let wanted = [0.1, 0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.025, 0.025, 0.025, 0.02, 0.02]
        for (lr, loss) in zip(wanted, [1, 0.9, 0.9, 0.9, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8]) {
            expect(rates(a), [lr])
            falling.step(Tensor(loss))
        }
        let b = optimizer()
        let rising = ReduceLROnPlateau(b, mode: .max, factor: 0.1, patience: 0, threshold: 0.1, thresholdMode: .abs)
        for (lr, score) in zip([0.1, 0.1, 0.01, 0.01, 0.001], [1, 1.05, 1.2, 1.2, 1.5]) {
            expect(rates(b), [lr])
            rising.step(score)
        }
    }

    @Test func partsOfEpochs() {
        let a = optimizer()
        let scheduler = CosineAnnealingWarmRestarts(a, t0: 2, tMult: 2)
        let found = [0, 0.5, 1.5, 2, 3.25, 6, 7.5].map { epoch -> Double in
            scheduler.step(epoch: epoch)
            return a.paramGroups[0].lr
        }
        expect(found, [0.1, 0.085355339059, 0.014644660941, 0.1, 0.077778511651, 0.1, 0.091573480615])
    }

    @Test func momentum() throws {
        let adam = Adam([Tensor.zeros(1, requiresGrad: true)], lr: 0.1, betas: (0.9, 0.99))
        let once = OneCycleLR(adam, maxLr: 0.3, totalSteps: 6)
        let lr = [0.012, 0.298324630635, 0.243523696185, 0.1387911308, 0.040043259057, 1.2e-06]
        let beta = [0.95, 0.850558458689, 0.868825509907, 0.903736504679, 0.936652593591, 0.95]
        for i in 0..<6 {
            expect(
                [adam.paramGroups[0].lr, adam.paramGroups[0].betas.0, adam.paramGroups[0].betas.1],
                [lr[i], beta[i], 0.99])
            once.step()
        }
        #expect(throws: TorchError(.value, "Tried to step 7 times. The specified number of total steps is 6")) {
            try withError { once.step() }
        }

        let sgd = optimizer(momentum: 0.9)
        let cyclic = CyclicLR(sgd, baseLr: 0.1, maxLr: 0.2, stepSizeUp: 2, scaleFn: { 1 / $0 }, scaleMode: .cycle)
        for (lr, momentum) in zip(
            [0.1, 0.15, 0.2, 0.15, 0.1, 0.125, 0.15, 0.125], [0.9, 0.85, 0.8, 0.85, 0.9, 0.875, 0.85, 0.875])
        {
            expect([sgd.paramGroups[0].lr, sgd.paramGroups[0].momentum], [lr, momentum])
            cyclic.step()
        }
    }

    static let makers: [String: @Sendable (Optimizer) -> LRScheduler] = [
        "LambdaLR": { LambdaLR($0) { 1 / Double($0 + 1) } },
        "MultiplicativeLR": { MultiplicativeLR($0) { _ in 0.95 } },
        "StepLR": { StepLR($0, stepSize: 3) },
        "MultiStepLR": { MultiStepLR($0, milestones: [2, 6, 6]) },
        "ExponentialLR": { ExponentialLR($0, gamma: 0.9) },
        "ConstantLR": { ConstantLR($0) },
        "LinearLR": { LinearLR($0, totalIters: 7) },
        "PolynomialLR": { PolynomialLR($0, totalIters: 8, power: 2) },
        "CosineAnnealingLR": { CosineAnnealingLR($0, tMax: 6) },
        "CosineAnnealingWarmRestarts": { CosineAnnealingWarmRestarts($0, t0: 3, tMult: 2) },
        "CyclicLR": { CyclicLR($0, baseLr: 0.01, maxLr: [0.1], stepSizeUp: 3, mode: .triangular2) },
        "OneCycleLR": { OneCycleLR($0, maxLr: 0.3, totalSteps: 12, threePhase: true) },
        "SequentialLR": {
            SequentialLR($0, schedulers: [ConstantLR($0), ExponentialLR($0, gamma: 0.9)], milestones: [6])
        },
        "ChainedScheduler": { ChainedScheduler([ConstantLR($0), ExponentialLR($0, gamma: 0.9)]) }
    ]

    /// A schedule that is saved and resumed continues as without the interruption.
    @Test(arguments: makers.keys.sorted()) func resumes(_ name: String) throws {
        let make = try #require(Self.makers[name])
        let a = optimizer(momentum: 0.9), b = optimizer(momentum: 0.9)
        let first = make(a)
        for _ in 0..<5 { first.step() }
        let second = make(b)
        try b.loadStateDict(a.stateDict())
        try second.loadStateDict(first.stateDict())
        #expect(second.lastEpoch == first.lastEpoch && second.getLastLr() == first.getLastLr())
        for _ in 0..<6 {
            first.step()
            second.step()
            #expect(rates(a) == rates(b) && a.paramGroups[0].momentum == b.paramGroups[0].momentum)
        }
    }

    /// The form is PyTorch 2.15's.
    @Test func stateDicts() throws {
        let scheduler = StepLR(optimizer(), stepSize: 3)
        let names: [StateKey] = [
            "step_size", "gamma", "base_lrs", "last_epoch", "_step_count", "_is_initial", "_get_lr_called_within_step",
            "_last_lr"
        ]
        #expect(scheduler.stateDict().dict?.keys == names)
        scheduler.step()
        var bad = try #require(scheduler.stateDict().dict)
        bad["gamma"] = 0.5
        bad["step_size"] = 0
        #expect(throws: TorchError.self) { try scheduler.loadStateDict(.dict(bad)) }
        #expect(scheduler.stateDict()["step_size"]?.int == 3 && scheduler.stateDict()["gamma"]?.double == 0.1)
        bad["step_size"] = .int(.max)
        #expect(throws: TorchError(.value, "loaded state dict of StepLR has no valid 'step_size'")) {
            try scheduler.loadStateDict(.dict(bad))
        }
    }

    /// The messages are PyTorch's. A failed call does not change the optimizer.
    @Test func mistakes() {
        let checks: [(String, (Optimizer) -> Void)] = [
            ("Expected 2 lr_lambdas, but got 1", { _ = LambdaLR($0, lrLambda: [{ _ in 1 }]) }),
            ("Constant multiplicative factor expected to be between 0 and 1.", { _ = ConstantLR($0, factor: 2) }),
            (
                "Starting multiplicative factor expected to be greater than 0 and less or equal to 1.",
                { _ = LinearLR($0, startFactor: 0) }
            ),
            ("You must define either total_steps OR (epochs AND steps_per_epoch)", { _ = OneCycleLR($0, maxLr: 0.1) }),
            (
                "base_lr must have the same length as optimizer.param_groups. base_lr has 1 values, param_groups has 2.",
                { _ = CyclicLR($0, baseLr: [0.1], maxLr: 0.2) }
            ),
            ("Factor should be < 1.0.", { _ = ReduceLROnPlateau($0, factor: 1) }),
            ("expected 2 min_lrs, got 1", { _ = ReduceLROnPlateau($0, minLr: [0.1]) }),
            ("Expected positive integer T_0, but got 0", { _ = CosineAnnealingWarmRestarts($0, t0: 0) }),
            (
                "ChainedScheduler expects at least one scheduler to be chained, but got no scheduler.",
                { _ in _ = ChainedScheduler([]) }
            ),
            (
                "Sequential Schedulers expects number of schedulers provided to be one more than the number of milestone points, but got number of schedulers 1 and the number of milestones to be equal to 1",
                { _ = SequentialLR($0, schedulers: [StepLR($0, stepSize: 2)], milestones: [3]) }
            )
        ]
        for (sentence, make) in checks {
            let two = optimizer([0.1, 0.2])
            #expect(throws: TorchError(.value, sentence)) { try withError { make(two) } }
            #expect(rates(two) == [0.1, 0.2])
        }
        let zero = try? withError { StepLR(optimizer(), stepSize: 0) }
        #expect(zero == nil)
    }
}
