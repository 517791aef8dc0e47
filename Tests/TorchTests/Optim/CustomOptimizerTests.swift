import Testing
import Torch

/// Lion (Chen et al., 2023): steps by the sign of a mean of gradients, with decoupled weight decay. It is written with
/// the public API only.
///
/// u = sign(β₁ · m + (1 - β₁) · g); p = p · (1 - lr · weightDecay) - lr · u; m = β₂ · m + (1 - β₂) · g.
private final class Lion: Optimizer {
    init(_ groups: [ParamGroup], lr: Double, betas: (Double, Double) = (0.9, 0.99), weightDecay: Double = 0) {
        super.init(
            groups,
            defaults: [
                ("lr", .double(lr)), ("betas", .tuple([.double(betas.0), .double(betas.1)])),
                ("weight_decay", .double(weightDecay))
            ])
    }

    override var stateNames: [String] { ["exp_avg"] }

    override func check(_ group: ParamGroup) -> TorchError? {
        group.lr >= 0 ? nil : TorchError(.value, "Invalid learning rate: \(group.lr)")
    }

    override func step() {
        noGrad {
            for group in paramGroups {
                for (i, parameter) in group.params.enumerated() {
                    guard let grad = parameter.grad else { continue }
                    let mean = group.states[i].tensors.first.flatMap { $0 } ?? Tensor.zerosLike(parameter.detach())
                    let direction = (mean * group.betas.0 + grad * (1 - group.betas.0)).sign()
                    parameter.mul_(1 - group.lr * group.weightDecay).add_(direction, alpha: -group.lr)
                    mean.mul_(group.betas.1).add_(grad, alpha: 1 - group.betas.1)
                    group.states[i].tensors = [mean]
                }
            }
        }
    }
}

@Suite struct CustomOptimizerTests {
    private func leaf(_ values: [Double]) -> Tensor { Tensor(values, dtype: .float64, requiresGrad: true) }

    private func step(_ optimizer: Optimizer, _ parameter: Tensor, _ grad: [Double]) {
        parameter.grad = Tensor(grad, dtype: .float64)
        optimizer.step()
    }

    private func values(_ tensor: Tensor?) -> [Double] { tensor?.toArray() ?? [] }

    /// All numbers are exact in binary, so they can be computed by hand.
    @Test func stepsAndSaves() throws {
        let p = leaf([1, -2])
        let lion = Lion([ParamGroup([p])], lr: 0.5, betas: (0.5, 0.75), weightDecay: 0.25)
        #expect(lion.state(of: p) == nil)

        // The mean is 0, so u = sign(g) = [1, -1]; p = p · 0.875 - 0.5 · u; m = 0.25 · g.
        step(lion, p, [4, -8])
        #expect(values(p) == [0.375, -1.25])
        #expect(values(lion.state(of: p)?.tensors[0]) == [1, -2])

        // u = sign(0.5 · [1, -2] + 0.5 · [-2, 2]) = sign([-0.5, 0]) = [-1, 0].
        step(lion, p, [-2, 2])
        #expect(values(p) == [0.828125, -1.09375])
        #expect(values(lion.state(of: p)?.tensors[0]) == [0.25, -1])

        // An optimizer that loads the state continues in the same way.
        let state = lion.stateDict()
        #expect(state["state"]?[0]?["exp_avg"]?.tensor?.toArray(as: Double.self) == [0.25, -1])
        let q = leaf([0.828125, -1.09375])
        let resumed = Lion([ParamGroup([q])], lr: 9)
        try resumed.loadStateDict(state)
        #expect(resumed.paramGroups[0].lr == 0.5 && resumed.paramGroups[0].betas == (0.5, 0.75))
        step(lion, p, [1, 1])
        step(resumed, q, [1, 1])
        #expect(values(p) == values(q))
    }

    @Test func groupsSchedulesAndChecks() {
        let a = leaf([0]), b = leaf([0])
        let lion = Lion([ParamGroup([a]), ParamGroup([b], lr: 0.25)], lr: 0.5)
        let schedule = StepLR(lion, stepSize: 1, gamma: 0.5)
        a.grad = Tensor([3.0], dtype: .float64)
        b.grad = Tensor([-3.0], dtype: .float64)
        lion.step()
        schedule.step()
        lion.step()
        #expect(values(a) == [-0.75] && values(b) == [0.375])
        #expect(lion.step { Tensor(7.0) }.item() == 7 && values(a) == [-1])
        #expect(throws: TorchError(.value, "Invalid learning rate: -1.0")) {
            try withError { _ = Lion([ParamGroup([a])], lr: -1) }
        }
    }
}
