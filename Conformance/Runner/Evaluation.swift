import Torch

/// Everything that a case computes: results, gradients, second gradients and the result of the in-place form. Each part
/// has a label.
struct Evaluation {
    enum Part {
        case value(Value, Tolerance)
        case nothing
        case error(TorchError)
        /// An error that is allowed in place of any result.
        case refused
    }

    enum Extent { case everything, gradients }

    private(set) var parts: [(label: String, part: Part)] = []

    /// Evaluates a case.
    /// - Parameters:
    ///   - rearrange: changes the arguments before each call.
    ///   - cotangent: changes each gradient that is passed to the backward pass. The second argument is its number.
    init(
        _ operatorCase: OperatorCase, _ extent: Extent = .everything,
        rearrange: (inout Arguments) throws -> Void = { _ in },
        cotangent: (Tensor, Int) throws -> Tensor = { t, _ in t }
    ) throws {
        func arguments() throws -> Arguments {
            var arguments = try operatorCase.arguments()
            try rearrange(&arguments)
            return arguments
        }
        if extent == .everything {
            try add("result", operatorCase.tolerance(.value)) { [.value(try operatorCase.call(arguments()))] }
        }
        if let grad = operatorCase.json["grad"] as? JSON {
            try add("gradient", operatorCase.tolerance(.gradient)) {
                try Evaluation.gradients(operatorCase, grad, arguments(), cotangent)
            }
        }
        if extent == .everything, operatorCase.hasInPlace {
            let arguments = try arguments()
            // A tensor whose elements share memory is not written in place.
            if let input = arguments.input, !input.repeatsElements {
                try add("in place", operatorCase.tolerance(.value)) {
                    [.value(.tensor(try operatorCase.callInPlace(arguments)))]
                }
            }
        }
    }

    /// Evaluates a module's case: its result, its parameters and buffers afterwards, and its gradients.
    /// - Parameters:
    ///   - rearrange: changes the arguments before each call.
    ///   - cotangent: changes each gradient that is passed to the backward pass. The second argument is its number.
    init(
        _ moduleCase: ModuleCase, rearrange: (inout ModuleCase) throws -> Void = { _ in },
        cotangent: (Tensor, Int) throws -> Tensor = { t, _ in t }
    ) throws {
        func fresh() throws -> ModuleCase {
            var moduleCase = try moduleCase.fresh()
            try rearrange(&moduleCase)
            return moduleCase
        }
        try add("result", .value) {
            let moduleCase = try fresh(), module = try moduleCase.module()
            let result = try moduleCase.forward(module)
            return [.value(result)]
                + module.stateDict().sorted { $0.key < $1.key }.map { .value(.tensor($0.value)) }
        }
        guard let grad = moduleCase.json["grad"] as? JSON else { return }
        try add("gradient", .gradient) {
            guard let paths = grad["inputs"] as? [String], let numbers = grad["outputs"] as? [Int],
                let cotangents = grad["cotangents"] as? [JSON]
            else {
                throw Malformed("a gradient without inputs, outputs, cotangents")
            }
            let moduleCase = try fresh(), module = try moduleCase.module()
            let inputs = try paths.map { try moduleCase.tensor(at: $0, of: module).requiresGrad_() }
            let tensors = try moduleCase.forward(module).tensors
            guard numbers.allSatisfy(tensors.indices.contains) else { return [] }
            let arriving = try cotangents.enumerated().map { i, json in
                try Value(json).tensors.first.map { try cotangent($0, i) }
            }
            let grads = Torch.grad(numbers.map { tensors[$0] }, inputs, gradOutputs: arriving, allowUnused: true)
            return grads.map { $0.map { .value(.tensor($0)) } ?? .nothing }
        }
    }

    private enum Found {
        case value(Value)
        case nothing
    }

    private mutating func add(_ label: String, _ tolerance: Tolerance, _ body: () throws -> [Found]) throws {
        do {
            for (i, found) in try withError(body).enumerated() {
                switch found {
                case .value(let value): parts.append((label: "\(label) \(i)", part: .value(value, tolerance)))
                case .nothing: parts.append((label: "\(label) \(i)", part: .nothing))
                }
            }
        } catch let error as TorchError {
            parts.append((label: "\(label) 0", part: .error(error)))
        }
    }

    private static func gradients(
        _ operatorCase: OperatorCase, _ grad: JSON, _ arguments: Arguments, _ cotangent: (Tensor, Int) throws -> Tensor
    ) throws -> [Found] {
        guard let paths = grad["inputs"] as? [String], let numbers = grad["outputs"] as? [Int],
            let cotangents = grad["cotangents"] as? [JSON]
        else {
            throw Malformed("a gradient without inputs, outputs, cotangents")
        }
        let inputs = try paths.map { try arguments.tensor(at: $0) }
        for input in inputs { input.requiresGrad_() }
        let tensors = try operatorCase.call(arguments).tensors
        guard numbers.allSatisfy(tensors.indices.contains) else { return [] }
        let outputs = numbers.map { tensors[$0] }
        guard outputs.allSatisfy(\.requiresGrad) else { return [] }
        let second = operatorCase.json["gradgrad"] as? JSON
        let arriving = try cotangents.enumerated().map { i, json in
            try Value(json).tensors.first.map { try cotangent($0, i) }
        }
        let grads = Torch.grad(outputs, inputs, gradOutputs: arriving, createGraph: second != nil, allowUnused: true)
        var found: [Found] = grads.map { $0.map { .value(.tensor($0)) } ?? .nothing }
        guard let second, let chosen = second["grads"] as? [Int], let vectors = second["vectors"] as? [JSON] else {
            return found
        }
        var first: [Tensor] = [], arrivingSecond: [Tensor?] = []
        for (i, (number, vector)) in zip(chosen, vectors).enumerated() {
            guard grads.indices.contains(number), let g = grads[number], g.requiresGrad else { continue }
            first.append(g)
            arrivingSecond.append(try Value(vector).tensors.first.map { try cotangent($0, i) })
        }
        if !first.isEmpty {
            let seconds = Torch.grad(first, inputs, gradOutputs: arrivingSecond, allowUnused: true)
            found += seconds.map { $0.map { .value(.tensor($0)) } ?? .nothing }
        }
        return found
    }

    /// Returns the same evaluation with other tensors. An error in `body` takes the place of its part.
    func mapTensors(_ body: (Tensor) throws -> Tensor) -> Evaluation {
        var result = self
        for (i, entry) in parts.enumerated() {
            guard case .value(let value, let tolerance) = entry.part else { continue }
            do {
                let mapped = try value.mapped { part in
                    if case .tensor(let t) = part { return .tensor(try withError { try body(t) }) }
                    return part
                }
                result.parts[i].part = .value(mapped, tolerance)
            } catch {
                result.parts[i].part = .error(error as? TorchError ?? TorchError(.runtime, "\(error)"))
            }
        }
        return result
    }

    /// Returns the first difference from another evaluation, or nil if there is none.
    func difference(from other: Evaluation, exact: Bool = false) -> String? {
        for (mine, theirs) in zip(parts, other.parts) where mine.label == theirs.label {
            let found: String? =
                switch (mine.part, theirs.part) {
                case (.value(let a, _), .value(let b, let tolerance)):
                    Evaluation.difference(a, b, exact ? .exact : tolerance)
                case (.error(let error), .value): "\(error.kind.rawValue): \(error.message)"
                case (.value(let value, _), .error(let error)): "\(value) where an error is expected: \(error.message)"
                case (.nothing, .value), (.value, .nothing): "only one of them has it"
                default: nil
                }
            if let found { return "\(mine.label): \(found)" }
        }
        if parts.contains(where: { if case .refused = $0.part { true } else { false } }) { return nil }
        // The in-place form may be missing.
        let labels = Set(parts.map(\.label))
        let missing = other.parts.first { !$0.label.hasPrefix("in place") && !labels.contains($0.label) }
        return missing.map { "\($0.label) is missing" }
    }

    private static func difference(_ a: Value, _ b: Value, _ tolerance: Tolerance) -> String? {
        switch (a, b) {
        case (.tensor(let x), .tensor(let y)): return conformance.difference(x, y, tolerance)
        case (.list(let x), .list(let y)):
            if x.count != y.count { return "\(x.count) results where \(y.count) are expected" }
            for (i, (p, q)) in zip(x, y).enumerated() {
                if let found = difference(p, q, tolerance) { return "[\(i)]: \(found)" }
            }
            return nil
        case (.float(let x), .float(let y)):
            return Tolerance.value.bounds(.float32).hold(x, y) ? nil : "\(x) where \(y) is expected"
        default: return "\(a)" == "\(b)" ? nil : "\(a) where \(b) is expected"
        }
    }
}

extension Tensor {
    /// Whether a dimension repeats the same element, as `expand` does.
    var repeatsElements: Bool { zip(shape.sizes, stride()).contains { $0 > 1 && $1 == 0 } }
}

extension Evaluation {
    /// Returns the evaluation without the errors for which `body` is true; they then count as missing parts that need
    /// not be there.
    func dropping(_ body: (String, TorchError) -> Bool) -> Evaluation {
        var result = self
        result.parts = parts.map { entry in
            if case .error(let error) = entry.part, body(entry.label, error) { return (entry.label, .refused) }
            return entry
        }
        return result
    }
}
