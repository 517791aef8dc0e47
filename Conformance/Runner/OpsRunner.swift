import Foundation
import Torch

/// The result of one case.
enum Verdict {
    case passed
    case failed(String)
    case unsupported(String)
}

/// Runs the cases of one operator's file.
struct OpsRunner {
    let name: String
    let cases: [JSON]
    let errors: [JSON]
    let entry: Table.Entry?

    init(_ file: JSON, _ table: Table) throws {
        guard let op = file["op"] as? String, let cases = file["cases"] as? [JSON],
            let errors = file["errors"] as? [JSON]
        else {
            throw Malformed("an operator's file without op, cases and errors")
        }
        let variant = file["variant"] as? String ?? ""
        name = variant.isEmpty ? op : "\(op)@\(variant)"
        self.cases = cases
        self.errors = errors
        entry = table.entries[name] ?? table.entries[op]
    }

    var count: Int { cases.count + errors.count }

    /// The cases for properties: first those that must succeed, then those that must fail. Empty if there is no
    /// adapter.
    var operatorCases: [OperatorCase] {
        guard let entry, let call = entry.call else { return [] }
        return (cases + errors).enumerated().map { i, json in
            OperatorCase(
                operatorName: name, name: caseName(i), number: i, json: json, mustFail: i >= cases.count, entry: entry,
                function: call)
        }
    }

    func caseName(_ index: Int) -> String {
        (index < cases.count ? cases[index] : errors[index - cases.count])["name"] as? String ?? "\(index)"
    }

    func run(_ index: Int) throws -> Verdict {
        guard let entry, let call = entry.call else { return .unsupported("no adapter") }
        return try index < cases.count
            ? runCase(cases[index], entry, call) : runError(errors[index - cases.count], entry, call)
    }

    // MARK: Cases that must succeed

    private func runCase(_ json: JSON, _ entry: Table.Entry, _ call: (Call) throws -> Value) throws -> Verdict {
        guard let expected = json["expect"] as? JSON else { throw Malformed("a case without expect") }
        var problems: [String] = []
        let seed = json["seed"] as? Int
        func reseed() { if let seed { manualSeed(seed) } }
        func check(_ part: String, _ body: () throws -> String?) throws {
            do {
                if let found = try withError(body) { problems.append("\(part): \(found)") }
            } catch let error as TorchError {
                problems.append("\(part): \(error.kind.rawValue): \(error.message)")
            }
        }
        try check("result") {
            let arguments = try Arguments(json)
            reseed()
            let result = try call(Call(entry.signature, arguments))
            if let dtype = json["dtype"] as? String, Deviations.skipsValues(of: name, dtype: dtype) { return nil }
            if let found = try difference(result, expected, entry.isDraw ? .exact : tolerance(of: json, .value)) {
                return found
            }
            return try memoryDifference(result, json, arguments)
        }
        if problems.isEmpty, let grad = json["grad"] as? JSON, !Deviations.skips("grad", of: name) {
            try check("grad") {
                let arguments = try Arguments(json)
                reseed()
                return try gradientDifference(
                    grad, json["gradgrad"] as? JSON, arguments, tolerance(of: json, .gradient)
                ) {
                    try call(Call(entry.signature, arguments))
                }
            }
        }
        var missing: String?
        if let after = json["inplace"] as? JSON {
            if let inPlace = entry.inPlace {
                try check("in place") {
                    let arguments = try Arguments(json)
                    guard let input = arguments.input else { throw Malformed("an in-place case without a tensor") }
                    reseed()
                    let result = try inPlace(Call(entry.signature, arguments))
                    if result !== input { return "the result is not the tensor itself" }
                    return try difference(.tensor(input), after)
                }
            } else {
                missing = "no in-place adapter"
            }
        }
        if !problems.isEmpty { return .failed(problems.joined(separator: "; ")) }
        return missing.map { .unsupported($0) } ?? .passed
    }

    private func tolerance(of json: JSON, _ usual: Tolerance) -> Tolerance {
        json["special"] as? Bool == true ? .special : Deviations.tolerance(of: name, usual)
    }

    /// Compares the memory of the result with PyTorch's: whether it is a view, and its strides. Returns the difference,
    /// or nil.
    private func memoryDifference(_ result: Value, _ json: JSON, _ arguments: Arguments) throws -> String? {
        guard case .tensor(let tensor) = result, tensor.numel() > 0 else { return nil }
        if let path = json["alias_of"] as? String {
            if try tensor.storage !== arguments.tensor(at: path).storage { return "is not a view of \(path)" }
        } else if !Deviations.mayShareMemory.contains(name),
            let shared = arguments.tensors.first(where: { $0.storage === tensor.storage })
        {
            return "shares its memory with an argument of shape \(shared.shape.sizes), PyTorch's does not"
        }
        if let strides = json["expect_strides"] as? [Int] {
            // The stride of a dimension of size 1 is not used.
            let wrong = zip(tensor.shape.sizes, zip(tensor.stride(), strides)).contains { $0 > 1 && $1.0 != $1.1 }
            return wrong ? "strides \(tensor.stride()) where \(strides) are expected" : nil
        }
        // The case files do not contain the strides of vectors.
        return tensor.dim < 2 || tensor.isContiguous()
            ? nil : "strides \(tensor.stride()) where a contiguous result is expected"
    }

    private func gradientDifference(
        _ grad: JSON, _ second: JSON?, _ arguments: Arguments, _ tolerance: Tolerance, _ call: () throws -> Value
    ) throws -> String? {
        guard let paths = grad["inputs"] as? [String], let numbers = grad["outputs"] as? [Int],
            let cotangents = grad["cotangents"] as? [JSON], let expected = grad["expect"] as? [JSON]
        else { throw Malformed("a gradient without inputs, outputs, cotangents, expect") }
        let inputs = try paths.map { try arguments.tensor(at: $0) }
        for input in inputs { input.requiresGrad_() }
        let tensors = try call().tensors
        guard numbers.allSatisfy(tensors.indices.contains) else { return "\(tensors.count) results" }
        let outputs = numbers.map { tensors[$0] }
        if let blind = outputs.firstIndex(where: { !$0.requiresGrad }) {
            return "result \(numbers[blind]) does not require a gradient"
        }
        let grads = Torch.grad(
            outputs, inputs, gradOutputs: try cotangents.map { try Value($0).tensors.first },
            createGraph: second != nil, allowUnused: true)
        for (i, (actual, json)) in zip(grads, expected).enumerated() {
            if let found = try difference(actual.map { .tensor($0) }, json, tolerance) {
                return "of \(paths[i]): \(found)"
            }
        }
        guard let second else { return nil }
        guard let chosen = second["grads"] as? [Int], let vectors = second["vectors"] as? [JSON],
            let expectedSecond = second["expect"] as? [JSON]
        else {
            throw Malformed("a second gradient without grads, vectors, expect")
        }
        // A gradient that does not depend on the inputs has no second gradient. That is the same as zeros.
        var first: [Tensor] = []
        var firstVectors: [Tensor?] = []
        for (i, vector) in zip(chosen, vectors) {
            guard grads.indices.contains(i), let g = grads[i] else {
                return "second: \(paths[i]) has no gradient to differentiate"
            }
            if !g.requiresGrad { continue }
            first.append(g)
            firstVectors.append(try Value(vector).tensors.first)
        }
        let seconds =
            first.isEmpty
            ? inputs.map { _ in nil } : Torch.grad(first, inputs, gradOutputs: firstVectors, allowUnused: true)
        for (i, (actual, json)) in zip(seconds, expectedSecond).enumerated() {
            let actual = actual ?? (json["none"] == nil ? Tensor.zerosLike(inputs[i]) : nil)
            if let found = try difference(actual.map { .tensor($0) }, json, tolerance) {
                return "second, of \(paths[i]): \(found)"
            }
        }
        return nil
    }

    // MARK: Cases that must fail

    private func runError(_ json: JSON, _ entry: Table.Entry, _ call: (Call) throws -> Value) throws -> Verdict {
        guard let pattern = json["regex"] as? String else { throw Malformed("an error without a regex") }
        var arguments = try Arguments(json)
        if pattern == "unsupported operation" || pattern.contains("written-to tensor refer to a single") {
            try arguments.shareOut()
        }
        do {
            let result = try withError { try call(Call(entry.signature, arguments)) }
            return .failed("no error but \(result); PyTorch: \(pattern)")
        } catch let error as TorchError {
            if try Deviations.agrees(error.message, pattern, operator: name) { return .passed }
            return .failed("the message is '\(error.message)'; PyTorch: \(pattern)")
        } catch let error as Unsupported where error.isMistyped {
            // Python finds the wrong type when it calls, Swift when it compiles.
            if json["type"] as? String == "TypeError" { return .passed }
            throw error
        }
    }
}
