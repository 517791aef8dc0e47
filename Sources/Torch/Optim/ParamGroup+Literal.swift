extension ParamGroup: ExpressibleByDictionaryLiteral {
    /// Creates a group from PyTorch's dict form: `["params": head.parameters(), "lr": 1e-2, "betas": (0.9, 0.99)]`.
    ///
    /// "params" is a tensor or a list of tensors. An option is a number, a flag, a string, a pair of numbers, or
    /// another value that `save` can write.
    /// - Precondition: there are parameters.
    public convenience init(dictionaryLiteral entries: (String, Any)...) {
        self.init(ParamGroup.parameters(entries.last { $0.0 == "params" }?.1))
        for (name, value) in entries where name != "params" {
            guard let option = ParamGroup.option(value) else {
                raise(.type, "an optimizer's option cannot be a \(type(of: value)) (\(name))")
                continue
            }
            self[name] = option
        }
    }

    private static func parameters(_ value: Any?) -> [Tensor] {
        switch value {
        case let tensors as [Tensor]: return tensors
        case let tensor as Tensor: return [tensor]
        case nil: raise(.key, "'params'")
        case let values as [Any]:
            let other = typeName(values.first { !($0 is Tensor) })
            raise(.type, "optimizer can only optimize Tensors, but one of the params is \(other)")
        default: raise(.type, "'\(typeName(value))' object is not iterable")
        }
        return []
    }

    private static func option(_ value: Any) -> StateValue? {
        switch value {
        case let value as any StateValueConvertible: value.stateValue
        case let pair as (Double, Double): .tuple([.double(pair.0), .double(pair.1)])
        default: nil
        }
    }

    private static func typeName(_ value: Any?) -> String {
        (value as? any StateValueConvertible)?.stateValue.typeName ?? value.map { "\(type(of: $0))" } ?? "None"
    }
}
