import Torch

/// What `clipGradNorm_`, `GradScaler` and optimizers ask about gradients that are divided among processes.
enum ShardedGradients {
    static func install() {
        DividedGradients.answer(
            by: DividedGradients.Answers(
                norms: norms, isFound: isFound, makeParts: FSDPModule.reshardIdle,
                clear: { parameters, setToNone in
                    for parameter in parameters {
                        ShardedParameter.of(parameter)?.clearPartGradient(setToNone: setToNone)
                    }
                }))
    }

    /// Returns whether something is found in the gradients of any process; nil if no parameter is divided.
    private static func isFound(_ parameters: [Tensor], _ isFoundHere: () -> Bool) -> Bool? {
        var groups: [ProcessGroup] = []
        for parameter in parameters {
            guard let group = ShardedParameter.of(parameter)?.group else { continue }
            if !groups.contains(where: { $0 === group }) { groups.append(group) }
        }
        if groups.isEmpty { return nil }
        let found = Tensor([UInt8(isFoundHere() ? 1 : 0)], device: .cpu)
        for group in groups { _ = group.allReduce(found, .max, asyncOp: false) }
        return found.item() > 0
    }

    /// Returns the p-norms of the parameters' gradients as a vector; nil if no parameter is divided.
    private static func norms(_ parameters: [Tensor], _ p: Double) -> Tensor? {
        let trained = parameters.filter { $0.grad != nil }
        let divided = trained.map(ShardedParameter.of)
        guard divided.contains(where: { $0 != nil }) else { return nil }
        let grads = trained.compactMap(\.grad)
        var norms = zip(grads, divided).map { grad, parameter in
            parameter != nil && grad.numel() == 0
                ? (p == -.infinity ? Double.infinity : 0) : grad.norm(p).item(as: Double.self)
        }
        var open = Array(divided.indices).filter { divided[$0] != nil }
        while let group = open.first.flatMap({ divided[$0]?.group }) {
            let own = open.filter { divided[$0]?.group === group }
            open.removeAll(where: own.contains)
            for (i, norm) in zip(own, ofWhole(own.map { norms[$0] }, own.map { grads[$0].numel() > 0 }, p, group)) {
                norms[i] = norm
            }
        }
        let dtypes = Set(grads.map(\.dtype))
        return Tensor(norms, dtype: dtypes.count == 1 ? grads[0].dtype.toReal : .float32, device: grads[0].device)
    }

    /// Returns the norms of vectors whose parts in this process have these norms.
    private static func ofWhole(
        _ norms: [Double], _ haveElements: [Bool], _ p: Double, _ group: ProcessGroup
    ) -> [Double] {
        func reduce(_ numbers: [Double], _ op: ReduceOp) -> [Double] {
            let all = Tensor(numbers, dtype: .float64, device: .cpu)
            _ = group.allReduce(all, op, asyncOp: false)
            return all.toArray()
        }
        switch p {
        case .infinity: return reduce(norms, .max)
        case -.infinity: return reduce(norms, .min)
        case 0: return reduce(norms, .sum)
        default:
            let powers = Tensor(norms, dtype: .float64, device: .cpu).pow(p).toArray(as: Double.self)
            let sums = reduce(zip(powers, haveElements).map { $1 ? $0 : 0 }, .sum)
            return Tensor(sums, dtype: .float64, device: .cpu).pow(1 / p).toArray()
        }
    }
}
