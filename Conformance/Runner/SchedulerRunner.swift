import Torch

/// Runs the cases of one schedule's file: the learning rate and the momentum at each of 24 steps.
struct SchedulerRunner {
    let name: String
    let cases: [JSON]

    /// Returns a name made from the arguments. The cases have no names.
    func caseName(_ index: Int) -> String {
        let arguments = cases[index]["kwargs"] as? [String: JSON] ?? [:]
        let texts = arguments.sorted { $0.key < $1.key }.map { name, value in
            "\(name)=\((try? Value(value)).map { "\($0)" } ?? "?")"
        }
        return "\(index) \(texts.joined(separator: " "))"
    }

    func run(_ index: Int) throws -> Verdict {
        let json = cases[index]
        guard let baseLr = json["base_lr"] as? Double, let baseMomentum = json["base_momentum"] as? Double,
            let rates = json["lr"] as? [Double], let momenta = json["momentum"] as? [Double],
            rates.count == momenta.count
        else {
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
                if scheduler.getLastLr() != [group.lr] {
                    return "getLastLr() before step \(i) is \(scheduler.getLastLr()) where \(group.lr) is expected"
                }
                if !isClose(group.momentum, momentum) {
                    return "momentum before step \(i) is \(group.momentum) where \(momentum) is expected"
                }
                optimizer.step()
                scheduler.step()
            }
            return nil
        }
        return found.map { .failed($0) } ?? .passed
    }

    /// The relative tolerance of FORMAT.md for float64. Learning rates are small, so the absolute part is smaller.
    private func isClose(_ actual: Double, _ expected: Double) -> Bool {
        abs(actual - expected) <= 1e-7 * abs(expected) + 1e-12
    }
}
