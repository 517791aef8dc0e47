import Torch

/// On the device `meta`, results, gradients and in-place results have the same shape, strides and dtype as on the CPU.
enum Meta: Property {
    static let name = "meta"
    static let usualCases = 6

    static func variants(of operatorCase: OperatorCase) throws -> [Variant] {
        if operatorCase.mustFail { return [] }
        // A factory has no argument that says where it works.
        let isFactory = try operatorCase.arguments().tensors.isEmpty
        return [
            Variant("as on the CPU") {
                let plain = try Evaluation(operatorCase)
                let found =
                    try isFactory
                    ? withDevice(.meta) { try Evaluation(operatorCase) }
                    : Evaluation(
                        operatorCase, rearrange: { $0.replaceTensors { t, _ in withoutData(t) } },
                        cotangent: { t, _ in withoutData(t) })
                let mayNeedData = Exceptions.needData[operatorCase.operatorName] != nil
                return found.formDifference(from: plain, mayNeedData: mayNeedData)
            }
        ]
    }

    /// Whether this is how PyTorch refuses to look at the data.
    fileprivate static func needsData(_ error: TorchError) -> Bool {
        error.message.contains("on meta tensors") || error.message.contains("no data!")
            || error.message.contains("with Meta tensors")
    }

    static func withoutData(_ t: Tensor) -> Tensor {
        Tensor.emptyStrided(t.shape.sizes, t.stride(), dtype: t.dtype, device: .meta)
    }
}

extension Evaluation {
    /// Returns the first difference of form from an evaluation on the CPU, or nil if there is none.
    fileprivate func formDifference(from other: Evaluation, mayNeedData: Bool) -> String? {
        for (mine, theirs) in zip(parts, other.parts) {
            let found: String? =
                switch (mine.part, theirs.part) {
                case (.value(let a, _), .value(let b, _)): Evaluation.formDifference(a, b)
                case (.error(let error), .value):
                    mayNeedData && Meta.needsData(error) ? nil : "\(error.kind.rawValue): \(error.message)"
                case (.value, .error(let error)): "a result where an error is expected: \(error.message)"
                case (.nothing, .value), (.value, .nothing): "only one of them has it"
                default: nil
                }
            if let found { return "\(mine.label): \(found)" }
        }
        return mayNeedData || parts.count == other.parts.count
            ? nil : "\(parts.count) results where \(other.parts.count) are expected"
    }

    private static func formDifference(_ a: Value, _ b: Value) -> String? {
        if a.tensors.count != b.tensors.count { return "\(a) where \(b) is expected" }
        for (x, y) in zip(a.tensors, b.tensors) {
            if x.device != .meta { return "a tensor on \(x.device)" }
            if x.shape != y.shape || x.dtype != y.dtype {
                return "\(x.dtype) of \(x.shape) where \(y.dtype) of \(y.shape) is expected"
            }
            let differs = zip(x.shape.sizes, zip(x.stride(), y.stride())).contains { $0 > 1 && $1.0 != $1.1 }
            if x.numel() > 0, differs {
                return "strides \(x.stride()) where \(y.stride()) are expected"
            }
        }
        return nil
    }
}
