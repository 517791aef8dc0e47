import Torch

/// Runs the cases of one schedule's file: what learning rate and momentum it sets for each of 24 steps.
struct SchedulerRunner {
    let name: String
    let cases: [JSON]

    /// The cases have no names: their arguments tell them apart.
    func caseName(_ index: Int) -> String {
        let arguments = cases[index]["kwargs"] as? [String: JSON] ?? [:]
        let texts = arguments.sorted { $0.key < $1.key }.map { name, value in "\(name)=\((try? Value(value)).map { "\($0)" } ?? "?")" }
        return "\(index) \(texts.joined(separator: " "))"
    }

    func run(_ index: Int) throws -> Verdict {
        let json = cases[index]
        guard let baseLr = json["base_lr"] as? Double, let baseMomentum = json["base_momentum"] as? Double,
              let rates = json["lr"] as? [Double], let momenta = json["momentum"] as? [Double], rates.count == momenta.count else {
            throw Malformed("a schedule's case without base_lr, base_momentum, lr, momentum")
        }
        guard let make = SchedulerTable.entries[name] else { return .unsupported("no adapter") }
        let options = try (json["kwargs"] as? [String: JSON] ?? [:]).mapValues { try Value($0) }
        let found: String? = try withError {
            let parameter = Tensor.zeros(1, requiresGrad: true)
            parameter.grad = Tensor.zeros(1)
            let optimizer = SGD([parameter], lr: baseLr, momentum: baseMomentum)
            let scheduler = try make(optimizer, Call(SchedulerTable.signatures[name] ?? "", [], options))
            for (i, (lr, momentum)) in zip(rates, momenta).enumerated() {
                let group = optimizer.paramGroups[0]
                if !isClose(group.lr, lr) { return "lr before step \(i) is \(group.lr) where \(lr) is expected" }
                if scheduler.getLastLr() != [group.lr] { return "getLastLr() before step \(i) is \(scheduler.getLastLr()) where \(group.lr) is expected" }
                if !isClose(group.momentum, momentum) { return "momentum before step \(i) is \(group.momentum) where \(momentum) is expected" }
                optimizer.step()
                scheduler.step()
            }
            return nil
        }
        return found.map { .failed($0) } ?? .passed
    }

    /// FORMAT.md's tolerance of float64, relative: learning rates are small.
    private func isClose(_ actual: Double, _ expected: Double) -> Bool { abs(actual - expected) <= 1e-7 * abs(expected) + 1e-12 }
}

/// How schedules are made in Swift.
enum SchedulerTable {
    static let signatures = [
        "StepLR": "step_size gamma",
        "MultiStepLR": "milestones gamma",
        "ExponentialLR": "gamma",
        "ConstantLR": "factor total_iters",
        "LinearLR": "start_factor end_factor total_iters",
        "PolynomialLR": "total_iters power",
        "CosineAnnealingLR": "T_max eta_min",
        "CosineAnnealingWarmRestarts": "T_0 T_mult eta_min",
        "CyclicLR": "base_lr max_lr step_size_up step_size_down mode gamma cycle_momentum base_momentum max_momentum",
        "OneCycleLR": "max_lr total_steps epochs steps_per_epoch pct_start anneal_strategy cycle_momentum base_momentum max_momentum div_factor final_div_factor three_phase",
    ]

    static let entries: [String: @Sendable (Optimizer, Call) throws -> LRScheduler] = [
        "StepLR": { o, c in try StepLR(o, stepSize: c.int("step_size"), gamma: c.double("gamma", 0.1)) },
        "MultiStepLR": { o, c in try MultiStepLR(o, milestones: c.ints("milestones"), gamma: c.double("gamma", 0.1)) },
        "ExponentialLR": { o, c in try ExponentialLR(o, gamma: c.double("gamma")) },
        "ConstantLR": { o, c in try ConstantLR(o, factor: c.double("factor", 1.0 / 3), totalIters: c.int("total_iters", 5)) },
        "LinearLR": { o, c in
            try LinearLR(o, startFactor: c.double("start_factor", 1.0 / 3), endFactor: c.double("end_factor", 1), totalIters: c.int("total_iters", 5))
        },
        "PolynomialLR": { o, c in try PolynomialLR(o, totalIters: c.int("total_iters", 5), power: c.double("power", 1)) },
        "CosineAnnealingLR": { o, c in try CosineAnnealingLR(o, tMax: c.int("T_max"), etaMin: c.double("eta_min", 0)) },
        "CosineAnnealingWarmRestarts": { o, c in
            try CosineAnnealingWarmRestarts(o, t0: c.int("T_0"), tMult: c.int("T_mult", 1), etaMin: c.double("eta_min", 0))
        },
        "CyclicLR": { o, c in
            guard let mode = try CyclicLR.Mode(rawValue: c.string("mode", "triangular")) else { throw Unsupported("argument mode") }
            return try CyclicLR(o, baseLr: c.double("base_lr"), maxLr: c.double("max_lr"), stepSizeUp: c.int("step_size_up", 2000), stepSizeDown: c.intOrNil("step_size_down"),
                                mode: mode, gamma: c.double("gamma", 1), cycleMomentum: c.bool("cycle_momentum", true),
                                baseMomentum: c.double("base_momentum", 0.8), maxMomentum: c.double("max_momentum", 0.9))
        },
        "OneCycleLR": { o, c in
            guard let strategy = try OneCycleLR.AnnealStrategy(rawValue: c.string("anneal_strategy", "cos")) else { throw Unsupported("argument anneal_strategy") }
            return try OneCycleLR(o, maxLr: c.double("max_lr"), totalSteps: c.intOrNil("total_steps"), epochs: c.intOrNil("epochs"), stepsPerEpoch: c.intOrNil("steps_per_epoch"),
                                  pctStart: c.double("pct_start", 0.3), annealStrategy: strategy, cycleMomentum: c.bool("cycle_momentum", true),
                                  baseMomentum: c.double("base_momentum", 0.85), maxMomentum: c.double("max_momentum", 0.95), divFactor: c.double("div_factor", 25),
                                  finalDivFactor: c.double("final_div_factor", 1e4), threePhase: c.bool("three_phase", false))
        },
    ]
}
