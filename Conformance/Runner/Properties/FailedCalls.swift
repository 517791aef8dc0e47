import Torch

/// A call that fails does not change data, versions, layouts or the state of the generator. The same holds if the
/// tensors are unresolved views.
enum FailedCalls: Property {
    static let name = "failures"
    static let usualCases = 3

    static func variants(of operatorCase: OperatorCase) throws -> [Variant] {
        func variant(_ name: String, _ change: @escaping (inout Arguments) throws -> Void) -> Variant {
            let attempt = Attempt(operatorCase: operatorCase, change: change)
            return Variant(name) { try attempt.problem() }
        }
        if operatorCase.mustFail {
            let overlaps = operatorCase.json["regex"] as? String == "unsupported operation"
            return [variant("as it is") { if overlaps { try $0.shareOut() } }]
        }
        let arguments = try operatorCase.arguments()
        let all = [("as it is", { (_: inout Arguments) in })] + changes(of: arguments)
        let forms = [(Rearrangement.conjugates, all), (Rearrangement.negatives, Array(all.prefix(1)))]
        return try all.map { variant($0.0, $0.1) }
            + forms.filter { try $0.0.changes(arguments.tensors) }.flatMap { form, changes in
                changes.map { name, change in
                    variant("\(form.name), \(name)") { arguments in
                        try change(&arguments)
                        try arguments.replaceTensors { t, number in try form.laid(t, number, PoisonedBlocks()) }
                    }
                }
            }
    }

    static func variants(of moduleCase: ModuleCase) throws -> [Variant] {
        let changes = [("as it is", { (_: inout Arguments) in })] + changes(of: moduleCase.call)
        return changes.map { name, change in
            Variant(name) { try Attempt.problem(moduleCase, change) }
        }
    }

    /// Returns changes of arguments, after most of which a call fails.
    private static func changes(of arguments: Arguments) -> [(String, (inout Arguments) throws -> Void)] {
        var changes: [(String, (inout Arguments) throws -> Void)] = []
        for (path, value) in arguments.root.paths() {
            let position = path.joined(separator: "/")
            switch value {
            case .tensor(let t):
                changes.append(
                    (
                        "\(position) with another size",
                        { arguments in
                            let sizes = t.shape.sizes.dropLast() + [(t.shape.sizes.last ?? 0) + 6]
                            arguments.replace(path, by: .tensor(Tensor.ones(Array(sizes), dtype: t.dtype)))
                        }
                    ))
                changes.append(
                    (
                        "\(position) with more dimensions",
                        { arguments in
                            arguments.replace(path, by: .tensor(Tensor.ones([3, 5] + t.shape.sizes, dtype: t.dtype)))
                        }
                    ))
                changes.append(
                    (
                        "\(position) of another dtype",
                        { arguments in
                            let other: DType = t.dtype.isComplex ? .bool : t.dtype.isInexact ? .complex64 : .float32
                            arguments.replace(path, by: .tensor(t.to(other)))
                        }
                    ))
                if !t.dtype.isInexact, t.dtype != .bool, t.numel() > 0 {
                    for bad in [-100, 100] {
                        changes.append(
                            (
                                "\(position) with \(bad) at its end",
                                { arguments in
                                    let other = t.clone()
                                    other.reshape([-1])[other.numel() - 1] = Tensor(bad, dtype: t.dtype)
                                    arguments.replace(path, by: .tensor(other))
                                }
                            ))
                    }
                }
            case .int:
                for bad in [-100, 100] {
                    changes.append(("\(position) is \(bad)", { $0.replace(path, by: .int(bad)) }))
                }
            default: break
            }
        }
        return changes
    }
}
