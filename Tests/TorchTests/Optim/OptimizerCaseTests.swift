import Foundation
import Testing
import Torch

/// PyTorch 2.15's own optimizer cases: six steps with given parameters and gradients.
@Suite struct OptimizerCaseTests {
    struct Options {
        let kwargs: [String: Any]
        func double(_ name: String, _ standard: Double) -> Double {
            CaseFiles.scalar(kwargs[name])?.doubleValue ?? standard
        }
        func bool(_ name: String) -> Bool { CaseFiles.scalar(kwargs[name])?.boolValue ?? false }
        var betas: (Double, Double) {
            guard let pair = (kwargs["betas"] as? [String: Any])?["tuple"] as? [Any], pair.count == 2,
                let a = CaseFiles.scalar(pair[0]), let b = CaseFiles.scalar(pair[1])
            else { return (0.9, 0.999) }
            return (a.doubleValue, b.doubleValue)
        }
    }

    static let builders: [String: @Sendable ([Tensor], Options) -> Optimizer] = [
        "SGD": { p, o in
            SGD(
                p, lr: o.double("lr", 1e-3), momentum: o.double("momentum", 0), dampening: o.double("dampening", 0),
                weightDecay: o.double("weight_decay", 0), nesterov: o.bool("nesterov"), maximize: o.bool("maximize"))
        },
        "Adam": { p, o in
            Adam(
                p, lr: o.double("lr", 1e-3), betas: o.betas, eps: o.double("eps", 1e-8),
                weightDecay: o.double("weight_decay", 0),
                amsgrad: o.bool("amsgrad"), maximize: o.bool("maximize"))
        },
        "AdamW": { p, o in
            AdamW(
                p, lr: o.double("lr", 1e-3), betas: o.betas, eps: o.double("eps", 1e-8),
                weightDecay: o.double("weight_decay", 1e-2),
                amsgrad: o.bool("amsgrad"), maximize: o.bool("maximize"))
        }
    ]

    /// `transposed`: whether the parameters, the gradients or both are not row-major.
    @Test(arguments: builders.keys.sorted(), [(false, false), (true, false), (false, true), (true, true)])
    func pytorchCases(_ name: String, _ transposed: (parameters: Bool, grads: Bool)) throws {
        let build = try #require(Self.builders[name])
        for item in try CaseFiles.cases("optimizers/\(name)") {
            let label = "\(name) \(item["desc"] ?? "")"
            let start = try (item["params"] as? [Any] ?? []).map { try #require(try CaseFiles.tensor($0)) }
            let params = start.map { (transposed.parameters ? Self.permutedStorage($0) : $0).requiresGrad_() }
            let optimizer = build(params, Options(kwargs: item["kwargs"] as? [String: Any] ?? [:]))
            let grads = item["grads"] as? [[Any]] ?? []
            let expected = item["expect"] as? [[Any]] ?? []
            #expect(grads.count == 6 && expected.count == 6)
            for (step, (grads, expected)) in zip(grads, expected).enumerated() {
                for (parameter, grad) in zip(params, grads) {
                    let grad = try #require(try CaseFiles.tensor(grad))
                    parameter.grad = transposed.grads ? Self.permutedStorage(grad) : grad
                }
                let versions = params.map(\.version)
                optimizer.step()
                #expect(params.map(\.version) == versions.map { $0 + 1 })
                for (i, (parameter, want)) in zip(params, expected).enumerated() {
                    if let why = CaseFiles.difference(parameter, try #require(try CaseFiles.tensor(want))) {
                        Issue.record("\(label): step \(step), parameter \(i): \(why)")
                    }
                }
            }
        }
    }

    /// Returns the same elements with the strides in reversed order.
    static func permutedStorage(_ tensor: Tensor) -> Tensor {
        let order = Array((0..<tensor.dim).reversed())
        return noGrad { tensor.permute(order).contiguous().permute(order).detach() }
    }
}
