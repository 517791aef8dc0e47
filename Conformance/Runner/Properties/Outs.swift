import Torch

/// A tensor given as `out` receives the result in any layout. If it cannot, the call fails with PyTorch's message.
enum Outs: Property {
    static let name = "outs"
    static let usualCases = 6
    static let exceptions = Exceptions.outs

    static func variants(of operatorCase: OperatorCase) throws -> [Variant] {
        let names = operatorCase.entry.signature.split(separator: " ")
        guard !operatorCase.mustFail, names.contains("out") else { return [] }
        let expected = Lazy { try withError { try operatorCase.call(withoutOut(operatorCase)) } }
        func variant(
            _ name: String, refusal: String? = nil, _ out: @escaping (Tensor, PoisonedBlocks) throws -> Tensor?
        ) -> Variant {
            Variant(name) {
                let blocks = PoisonedBlocks()
                let results = try expected().tensors
                var arguments = try withoutOut(operatorCase)
                let outs = try results.compactMap { try out($0, blocks) }
                guard outs.count == results.count, !outs.isEmpty else { return nil }
                let given = outs.map { Value.tensor($0) }
                arguments.setKeyword("out", outs.count == 1 ? given[0] : .list(given))
                let before = outs.map { $0.version }
                do {
                    let written = try withError { try operatorCase.call(arguments) }.tensors
                    if let refusal { return "no error; PyTorch: \(refusal)" }
                    for (i, (out, result)) in zip(outs, results).enumerated() {
                        if written.count != outs.count || written[i] !== out {
                            return "the result is not the tensor that was given"
                        }
                        if let found = difference(out, result, .exact) { return found }
                        if out.version == before[i] { return "the version was not raised" }
                    }
                    return blocks.damage
                } catch let error as TorchError {
                    guard let refusal else { return "\(error.kind.rawValue): \(error.message)" }
                    if outs.map(\.version) != before { return "a call that failed raised the version of out" }
                    if error.message.contains(refusal) { return nil }
                    return "the message is '\(error.message)'; PyTorch: \(refusal)"
                }
            }
        }
        return [
            variant("right-sized") { result, blocks in try blocks.lay(result, Layout(result.shape.sizes)) },
            variant("empty") { result, _ in Tensor.empty(0, dtype: result.dtype) },
            variant("strided") { result, blocks in
                try Rearrangement.stepped.layout(result, 0).map { try blocks.lay(result, $0) }
            },
            variant("transposed") { result, blocks in
                try Rearrangement.transposed.layout(result, 0).map { try blocks.lay(result, $0) }
            },
            variant("conjugates") { result, blocks in
                guard result.dtype.isComplex else { return nil }
                return try Rearrangement.conjugates.laid(result, 0, blocks)
            },
            variant("negatives") { result, blocks in
                guard Rearrangement.negatives.layout(result, 0) != nil else { return nil }
                return try Rearrangement.negatives.laid(result, 0, blocks)
            },
            variant("expanded", refusal: "more than one element of the written-to tensor") { result, blocks in
                guard result.numel() > 1, let layout = Rearrangement.expandedWhole.layout(result, 0) else { return nil }
                return try blocks.lay(result, layout)
            },
            variant("of another dtype", refusal: "out") { result, _ in
                // A complex or floating-point result cannot be cast to int8, nor an int8 result to bool.
                Tensor.empty(result.shape.sizes, dtype: result.dtype == .int8 ? .bool : .int8)
            }
        ]
    }

    private static func withoutOut(_ operatorCase: OperatorCase) throws -> Arguments {
        var arguments = try operatorCase.arguments()
        arguments.setKeyword("out", .none)
        return arguments
    }
}
