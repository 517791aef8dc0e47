import Torch

/// Inside `vmap`, each example has the results, gradients and in-place results that it has alone.
enum Vmapped: Property {
    static let name = "vmap"
    static let usualCases = 4

    /// Which tensors differ between the examples.
    private enum Batched: String, CaseIterable { case all, first, others }

    static func variants(of operatorCase: OperatorCase) throws -> [Variant] {
        if operatorCase.mustFail || operatorCase.draws || operatorCase.writes { return [] }
        let count = try operatorCase.arguments().tensors.count
        if count == 0 { return [] }
        return Batched.allCases.filter { count > 1 || $0 == .all }.map { batched in
            Variant("\(batched)") { try check(operatorCase) { batched == .all || (batched == .first) == ($0 == 0) } }
        }
    }

    private static func check(_ operatorCase: OperatorCase, isBatched: @escaping (Int) -> Bool) throws -> String? {
        // The second example is smaller, which keeps signs, ranges and definiteness.
        var factors = [1, 0.75]
        var alone = try factors.map { try evaluation(operatorCase, $0, isBatched) }
        if alone[1].hasOtherForm(than: alone[0]) {
            factors = [1, 1]
            alone[1] = alone[0]
        }
        var inputs: [Tensor] = []
        var template = try operatorCase.arguments()
        try template.replaceTensors { t, number in
            if isBatched(number) {
                inputs.append(try withError { stack(factors.map { example(t, $0) }, dim: number % 2 == 0 ? 0 : -1) })
            }
            return t
        }
        var inside: Evaluation?, failure: (any Error)?
        var moved: [Tensor] = [], next = 0
        try template.replaceTensors { t, number in
            if isBatched(number) {
                moved.append(number % 2 == 0 ? inputs[next] : try withError { inputs[next].movedim(-1, 0) })
                next += 1
            }
            return t
        }
        let call = vmap { (examples: [Tensor]) -> [Tensor] in
            do {
                let found = try Evaluation(
                    operatorCase,
                    rearrange: { arguments in
                        var next = 0
                        arguments.replaceTensors { t, number in
                            if !isBatched(number) { return t }
                            next += 1
                            return examples[next - 1].alias
                        }
                    })
                inside = found
                return found.tensors
            } catch {
                failure = error
                return []
            }
        }
        let results = try withError { call(moved) }
        if let failure { throw failure }
        guard let inside else { return nil }
        for i in factors.indices {
            var rest = results[...]
            let one = inside.mapTensors { _ in rest.popFirst()!.select(0, i) }
            if let found = one.withoutRefusals(operatorCase, like: alone[i]).difference(from: alone[i]) {
                return "example \(i): \(found)"
            }
        }
        return nil
    }

    private static func evaluation(
        _ operatorCase: OperatorCase, _ factor: Double, _ isBatched: (Int) -> Bool
    ) throws
        -> Evaluation
    {
        try Evaluation(
            operatorCase,
            rearrange: { arguments in
                arguments.replaceTensors { t, number in isBatched(number) ? example(t, factor) : t }
            })
    }

    private static func example(_ t: Tensor, _ factor: Double) -> Tensor {
        factor == 1 || !(t.isFloatingPoint() || t.isComplex()) ? t : (t * factor).to(t.dtype)
    }
}

extension Tensor {
    /// A tensor that can be made a leaf.
    fileprivate var alias: Tensor { detach() }
}

extension Evaluation {
    /// The tensors of all parts, in order.
    fileprivate var tensors: [Tensor] {
        var result: [Tensor] = []
        _ = mapTensors {
            result.append($0)
            return $0
        }
        return result
    }

    /// Whether a part is an error, or has other sizes, in only one of two evaluations.
    fileprivate func hasOtherForm(than other: Evaluation) -> Bool {
        let (a, b) = (tensors, other.tensors)
        if a.count != b.count || parts.count != other.parts.count { return true }
        return zip(a, b).contains { $0.shape != $1.shape }
    }

    /// Replaces PyTorch's refusals of vmap by what is expected there: in-place writes to what all examples share, and
    /// operators whose results' sizes or form depend on the numbers.
    fileprivate func withoutRefusals(_ operatorCase: OperatorCase, like other: Evaluation) -> Evaluation {
        let mayRefuse = Exceptions.needData[operatorCase.operatorName] != nil
        return dropping { label, error in
            guard error.message.contains("vmap") else { return false }
            return mayRefuse || label.hasPrefix("in place") && error.message.contains("inplace")
        }
    }
}
