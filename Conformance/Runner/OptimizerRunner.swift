import Torch

/// Runs the cases of one optimizer's file: six steps with given gradients, on any device.
struct OptimizerRunner {
    let name: String
    let cases: [JSON]
    var device = Device.cpu

    func caseName(_ index: Int) -> String { cases[index]["desc"] as? String ?? "\(index)" }

    func run(_ index: Int) throws -> Verdict {
        let json = cases[index]
        guard let start = json["params"] as? [JSON], let grads = json["grads"] as? [[JSON]],
            let expected = json["expect"] as? [[JSON]],
            grads.count == expected.count
        else { throw Malformed("an optimizer's case without params, grads, expect") }
        guard let make = OptimizerTable.entries[name] else { return .unsupported("no adapter") }
        let options = try (json["kwargs"] as? [String: JSON] ?? [:]).mapValues { try Value($0) }
        func tensors(_ json: [JSON]) throws -> [Tensor] {
            try json.flatMap { try Value($0).tensors.map { $0.to(device) } }
        }
        let found: String? = try withError {
            let parameters = try tensors(start)
            for parameter in parameters { parameter.requiresGrad_() }
            let optimizer = try make(parameters, Call(OptimizerTable.signatures[name] ?? "", [], options))
            for (i, (grads, expected)) in zip(grads, expected).enumerated() {
                for (parameter, grad) in zip(parameters, try tensors(grads)) { parameter.grad = grad }
                // Optimizers that need the loss get a constant one.
                optimizer.step { Tensor(1.0) }
                for (j, (parameter, value)) in zip(parameters, expected).enumerated() {
                    if let found = try difference(.tensor(parameter.detach().cpu()), value) {
                        return "after step \(i + 1), parameter \(j): \(found)"
                    }
                }
            }
            return nil
        }
        return (found ?? (device == .cpu ? nil : Cuda.report())).map { .failed($0) } ?? .passed
    }
}
