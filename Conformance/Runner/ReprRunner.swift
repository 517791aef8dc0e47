import Torch

/// Runs the cases of repr.json: the text of a tensor, with the default and with other print options.
struct ReprRunner {
    let tensors: [JSON]
    let options: [JSON]

    var count: Int { tensors.count + options.count }

    func caseName(_ index: Int) -> String {
        if index < tensors.count { return tensors[index]["name"] as? String ?? "\(index)" }
        return "options \(options[index - tensors.count]["options"] ?? "?")"
    }

    func run(_ index: Int) throws -> Verdict {
        let json = index < tensors.count ? tensors[index] : options[index - tensors.count]
        guard let text = json["str"] as? String, let value = json["value"] as? JSON else {
            throw Malformed("a printed tensor without str and value")
        }
        guard case .tensor(let leaf) = try Value(value) else { throw Malformed("a printed value that is no tensor") }
        let found = try withError {
            let printed = try tensor(leaf, json)
            // Interpolation would show a 0-dimensional tensor as its number, like Python's f-string.
            return try index < tensors.count
                ? printed.description : printed.description(printOptions(json["options"] as? JSON ?? [:]))
        }
        return found == text ? .passed : .failed("prints \(found) where \(text) is expected")
    }

    /// Returns the tensor with the history that its text shows.
    private func tensor(_ leaf: Tensor, _ json: JSON) throws -> Tensor {
        guard json["requires_grad"] as? Bool == true else { return leaf }
        leaf.requiresGrad_()
        switch json["grad_fn"] as? String {
        case nil: return leaf
        case "MulBackward0": return leaf.mul(1)
        case "MmBackward0":
            let n = leaf.size(1)
            return leaf.mm(`where`(Tensor.arange(n).unsqueeze(0).eq(Tensor.arange(n).unsqueeze(1)), 1.0, 0.0))
        case "SumBackward0": return leaf.sum()
        case let other?: throw Unsupported("grad_fn \(other)")
        }
    }

    private func printOptions(_ json: JSON) throws -> PrintOptions {
        var options = PrintOptions()
        if let name = json["profile"] as? String {
            guard let profile = PrintOptions.Profile(rawValue: name) else { throw Unsupported("profile \(name)") }
            options = PrintOptions(profile)
        }
        for (name, value) in json where name != "profile" {
            switch (name, value) {
            case ("precision", let n as Int): options.precision = n
            case ("threshold", let n as Int): options.threshold = n
            case ("edgeitems", let n as Int): options.edgeItems = n
            case ("linewidth", let n as Int): options.lineWidth = n
            case ("sci_mode", let flag as Bool): options.sciMode = flag
            default: throw Unsupported("print option \(name)")
            }
        }
        return options
    }
}
