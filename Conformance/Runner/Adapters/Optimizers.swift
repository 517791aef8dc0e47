import Torch

/// Creates optimizers in Swift.
enum OptimizerTable {
    static let signatures = [
        "SGD": "lr momentum dampening weight_decay nesterov maximize",
        "Adam": "lr betas eps weight_decay amsgrad maximize",
        "AdamW": "lr betas eps weight_decay amsgrad maximize",
        "Adagrad": "lr lr_decay weight_decay initial_accumulator_value eps maximize",
        "Adadelta": "lr rho eps weight_decay maximize",
        "Adamax": "lr betas eps weight_decay maximize",
        "NAdam": "lr betas eps weight_decay momentum_decay decoupled_weight_decay maximize",
        "RAdam": "lr betas eps weight_decay decoupled_weight_decay maximize",
        "RMSprop": "lr alpha eps weight_decay momentum centered maximize",
        "Rprop": "lr etas step_sizes maximize",
        "ASGD": "lr lambd alpha t0 weight_decay maximize",
        "LBFGS": "lr max_iter max_eval tolerance_grad tolerance_change history_size line_search_fn maximize",
        "Adafactor": "lr beta2_decay d weight_decay maximize",
        "Muon": "lr weight_decay momentum nesterov ns_coefficients eps ns_steps adjust_lr_fn"
    ]

    static let entries: [String: @Sendable ([Tensor], Call) throws -> Optimizer] = [
        "SGD": { p, c in
            try SGD(
                p, lr: c.double("lr", 1e-3), momentum: c.double("momentum", 0), dampening: c.double("dampening", 0),
                weightDecay: c.double("weight_decay", 0),
                nesterov: c.bool("nesterov", false), maximize: c.bool("maximize", false))
        },
        "Adam": { p, c in
            try Adam(
                p, lr: c.double("lr", 1e-3), betas: c.pair("betas", (0.9, 0.999)), eps: c.double("eps", 1e-8),
                weightDecay: c.double("weight_decay", 0),
                amsgrad: c.bool("amsgrad", false), maximize: c.bool("maximize", false))
        },
        "AdamW": { p, c in
            try AdamW(
                p, lr: c.double("lr", 1e-3), betas: c.pair("betas", (0.9, 0.999)), eps: c.double("eps", 1e-8),
                weightDecay: c.double("weight_decay", 1e-2),
                amsgrad: c.bool("amsgrad", false), maximize: c.bool("maximize", false))
        },
        "Adagrad": { p, c in
            try Adagrad(
                p, lr: c.double("lr", 1e-2), lrDecay: c.double("lr_decay", 0), weightDecay: c.double("weight_decay", 0),
                initialAccumulatorValue: c.double("initial_accumulator_value", 0), eps: c.double("eps", 1e-10),
                maximize: c.bool("maximize", false))
        },
        "Adadelta": { p, c in
            try Adadelta(
                p, lr: c.double("lr", 1), rho: c.double("rho", 0.9), eps: c.double("eps", 1e-6),
                weightDecay: c.double("weight_decay", 0),
                maximize: c.bool("maximize", false))
        },
        "Adamax": { p, c in
            try Adamax(
                p, lr: c.double("lr", 2e-3), betas: c.pair("betas", (0.9, 0.999)), eps: c.double("eps", 1e-8),
                weightDecay: c.double("weight_decay", 0),
                maximize: c.bool("maximize", false))
        },
        "NAdam": { p, c in
            try NAdam(
                p, lr: c.double("lr", 2e-3), betas: c.pair("betas", (0.9, 0.999)), eps: c.double("eps", 1e-8),
                weightDecay: c.double("weight_decay", 0),
                momentumDecay: c.double("momentum_decay", 4e-3),
                decoupledWeightDecay: c.bool("decoupled_weight_decay", false), maximize: c.bool("maximize", false))
        },
        "RAdam": { p, c in
            try RAdam(
                p, lr: c.double("lr", 1e-3), betas: c.pair("betas", (0.9, 0.999)), eps: c.double("eps", 1e-8),
                weightDecay: c.double("weight_decay", 0),
                decoupledWeightDecay: c.bool("decoupled_weight_decay", false), maximize: c.bool("maximize", false))
        },
        "RMSprop": { p, c in
            try RMSprop(
                p, lr: c.double("lr", 1e-2), alpha: c.double("alpha", 0.99), eps: c.double("eps", 1e-8),
                weightDecay: c.double("weight_decay", 0),
                momentum: c.double("momentum", 0), centered: c.bool("centered", false),
                maximize: c.bool("maximize", false))
        },
        "Rprop": { p, c in
            try Rprop(
                p, lr: c.double("lr", 1e-2), etas: c.pair("etas", (0.5, 1.2)),
                stepSizes: c.pair("step_sizes", (1e-6, 50)), maximize: c.bool("maximize", false))
        },
        "ASGD": { p, c in
            try ASGD(
                p, lr: c.double("lr", 1e-2), lambd: c.double("lambd", 1e-4), alpha: c.double("alpha", 0.75),
                t0: c.double("t0", 1e6),
                weightDecay: c.double("weight_decay", 0), maximize: c.bool("maximize", false))
        },
        "LBFGS": { p, c in
            try LBFGS(
                p, lr: c.double("lr", 1), maxIter: c.int("max_iter", 20), maxEval: c.intOrNil("max_eval"),
                toleranceGrad: c.double("tolerance_grad", 1e-7),
                toleranceChange: c.double("tolerance_change", 1e-9), historySize: c.int("history_size", 100),
                lineSearchFn: c["line_search_fn"] == nil
                    ? nil : LBFGS.LineSearch(rawValue: c.string("line_search_fn", "")),
                maximize: c.bool("maximize", false))
        },
        "Adafactor": { p, c in
            try Adafactor(
                p, lr: c.double("lr", 1e-2), beta2Decay: c.double("beta2_decay", -0.8), d: c.double("d", 1),
                weightDecay: c.double("weight_decay", 0),
                maximize: c.bool("maximize", false))
        },
        "Muon": { p, c in
            let coefficients =
                try c["ns_coefficients"] == nil
                ? [3.4445, -4.7750, 2.0315] : c.scalars("ns_coefficients").map(\.doubleValue)
            guard coefficients.count == 3 else { throw Unsupported("argument ns_coefficients") }
            return try Muon(
                p, lr: c.double("lr", 1e-3), weightDecay: c.double("weight_decay", 0.1),
                momentum: c.double("momentum", 0.95), nesterov: c.bool("nesterov", true),
                nsCoefficients: (coefficients[0], coefficients[1], coefficients[2]), eps: c.double("eps", 1e-7),
                nsSteps: c.int("ns_steps", 5),
                adjustLrFn: c["adjust_lr_fn"] == nil ? nil : Muon.AdjustLr(rawValue: c.string("adjust_lr_fn", "")))
        }
    ]
}
