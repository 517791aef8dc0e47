import Torch

/// Creates schedulers in Swift.
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
        "OneCycleLR":
            "max_lr total_steps epochs steps_per_epoch pct_start anneal_strategy cycle_momentum base_momentum max_momentum div_factor final_div_factor three_phase"
    ]

    static let entries: [String: @Sendable (Optimizer, Call) throws -> LRScheduler] = [
        "StepLR": { o, c in try StepLR(o, stepSize: c.int("step_size"), gamma: c.double("gamma", 0.1)) },
        "MultiStepLR": { o, c in try MultiStepLR(o, milestones: c.ints("milestones"), gamma: c.double("gamma", 0.1)) },
        "ExponentialLR": { o, c in try ExponentialLR(o, gamma: c.double("gamma")) },
        "ConstantLR": { o, c in
            try ConstantLR(o, factor: c.double("factor", 1.0 / 3), totalIters: c.int("total_iters", 5))
        },
        "LinearLR": { o, c in
            try LinearLR(
                o, startFactor: c.double("start_factor", 1.0 / 3), endFactor: c.double("end_factor", 1),
                totalIters: c.int("total_iters", 5))
        },
        "PolynomialLR": { o, c in try PolynomialLR(o, totalIters: c.int("total_iters", 5), power: c.double("power", 1))
        },
        "CosineAnnealingLR": { o, c in try CosineAnnealingLR(o, tMax: c.int("T_max"), etaMin: c.double("eta_min", 0)) },
        "CosineAnnealingWarmRestarts": { o, c in
            try CosineAnnealingWarmRestarts(
                o, t0: c.int("T_0"), tMult: c.int("T_mult", 1), etaMin: c.double("eta_min", 0))
        },
        "CyclicLR": { o, c in
            guard let mode = try CyclicLR.Mode(rawValue: c.string("mode", "triangular")) else {
                throw Unsupported("argument mode")
            }
            return try CyclicLR(
                o, baseLr: c.double("base_lr"), maxLr: c.double("max_lr"), stepSizeUp: c.int("step_size_up", 2000),
                stepSizeDown: c.intOrNil("step_size_down"),
                mode: mode, gamma: c.double("gamma", 1), cycleMomentum: c.bool("cycle_momentum", true),
                baseMomentum: c.double("base_momentum", 0.8), maxMomentum: c.double("max_momentum", 0.9))
        },
        "OneCycleLR": { o, c in
            guard let strategy = try OneCycleLR.AnnealStrategy(rawValue: c.string("anneal_strategy", "cos")) else {
                throw Unsupported("argument anneal_strategy")
            }
            return try OneCycleLR(
                o, maxLr: c.double("max_lr"), totalSteps: c.intOrNil("total_steps"), epochs: c.intOrNil("epochs"),
                stepsPerEpoch: c.intOrNil("steps_per_epoch"),
                pctStart: c.double("pct_start", 0.3), annealStrategy: strategy,
                cycleMomentum: c.bool("cycle_momentum", true),
                baseMomentum: c.double("base_momentum", 0.85), maxMomentum: c.double("max_momentum", 0.95),
                divFactor: c.double("div_factor", 25),
                finalDivFactor: c.double("final_div_factor", 1e4), threePhase: c.bool("three_phase", false))
        }
    ]
}
