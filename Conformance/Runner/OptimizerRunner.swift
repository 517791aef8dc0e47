import Torch

/// Runs the cases of one optimizer's file: six steps with given gradients.
struct OptimizerRunner {
    let name: String
    let cases: [JSON]

    func caseName(_ index: Int) -> String { cases[index]["desc"] as? String ?? "\(index)" }

    func run(_ index: Int) throws -> Verdict {
        let json = cases[index]
        guard let start = json["params"] as? [JSON], let grads = json["grads"] as? [[JSON]], let expected = json["expect"] as? [[JSON]],
              grads.count == expected.count else { throw Malformed("an optimizer's case without params, grads, expect") }
        guard let make = OptimizerTable.entries[name] else { return .unsupported("no adapter") }
        let options = try (json["kwargs"] as? [String: JSON] ?? [:]).mapValues { try Value($0) }
        func tensors(_ json: [JSON]) throws -> [Tensor] { try json.flatMap { try Value($0).tensors } }
        let found: String? = try withError {
            let parameters = try tensors(start)
            for parameter in parameters { parameter.requiresGrad_() }
            let optimizer = try make(parameters, Call(OptimizerTable.signatures[name] ?? "", [], options))
            for (i, (grads, expected)) in zip(grads, expected).enumerated() {
                for (parameter, grad) in zip(parameters, try tensors(grads)) { parameter.grad = grad }
                optimizer.step()
                for (j, (parameter, value)) in zip(parameters, expected).enumerated() {
                    if let found = try difference(.tensor(parameter), value) { return "after step \(i + 1), parameter \(j): \(found)" }
                }
            }
            return nil
        }
        return found.map { .failed($0) } ?? .passed
    }
}

/// How optimizers are made in Swift.
enum OptimizerTable {
    static let signatures = [
        "SGD": "lr momentum dampening weight_decay nesterov maximize",
        "Adam": "lr betas eps weight_decay amsgrad maximize",
        "AdamW": "lr betas eps weight_decay amsgrad maximize",
    ]

    static let entries: [String: @Sendable ([Tensor], Call) throws -> Optimizer] = [
        "SGD": { p, c in
            try SGD(p, lr: c.double("lr", 1e-3), momentum: c.double("momentum", 0), dampening: c.double("dampening", 0), weightDecay: c.double("weight_decay", 0),
                    nesterov: c.bool("nesterov", false), maximize: c.bool("maximize", false))
        },
        "Adam": { p, c in
            try Adam(p, lr: c.double("lr", 1e-3), betas: c.pair("betas", (0.9, 0.999)), eps: c.double("eps", 1e-8), weightDecay: c.double("weight_decay", 0),
                     amsgrad: c.bool("amsgrad", false), maximize: c.bool("maximize", false))
        },
        "AdamW": { p, c in
            try AdamW(p, lr: c.double("lr", 1e-3), betas: c.pair("betas", (0.9, 0.999)), eps: c.double("eps", 1e-8), weightDecay: c.double("weight_decay", 1e-2),
                      amsgrad: c.bool("amsgrad", false), maximize: c.bool("maximize", false))
        },
    ]
}
