import Torch

/// Runs the files of the folder distributions.
struct DistributionRunner {
    let name: String
    private let cases: [JSON]
    private let run: (JSON) throws -> String?

    /// Reads a file; nil if it is of another kind.
    init?(_ json: JSON) {
        guard let name = json["distribution"] as? String else { return nil }
        self.name = name
        let kinds: [(String, (JSON) throws -> String?)] = [
            ("cases", DistributionRunner.moments), ("divergences", DistributionRunner.divergence),
            ("transforms", DistributionRunner.transform), ("constraints", DistributionRunner.constraint),
            ("mistakes", DistributionRunner.mistake)
        ]
        guard let (key, run) = kinds.first(where: { json[$0.0] != nil }), let cases = json[key] as? [JSON] else {
            return nil
        }
        self.cases = cases
        self.run = run
    }

    var count: Int { cases.count }

    func caseName(_ index: Int) -> String {
        let json = cases[index]
        if let text = (json["repr"] ?? json["constraint"] ?? json["mistake"]) as? String { return "\(index) \(text)" }
        let names = ["p", "q"].compactMap { (json[$0] as? JSON)?["name"] as? String }
        return "\(index) \(names.joined(separator: " ‖ "))"
    }

    func run(_ index: Int) throws -> Verdict {
        let json = cases[index]
        return try run(json).map { .failed($0) } ?? .passed
    }

    // MARK: Kinds of files

    private static func moments(_ json: JSON) throws -> String? {
        guard let of = json["of"] as? JSON, let seed = json["seed"] as? Int, let samples = json["samples"] as? JSON
        else { throw Malformed("a case without of, seed and samples") }
        var checks = Checks(json)
        try withError {
            let d = try DistributionSpec(of).distribution()
            try throwIfFailed()
            checks.text("repr", d.description)
            checks.shape("batch_shape", d.batchShape)
            checks.shape("event_shape", d.eventShape)
            checks.text("support", d.support.description)
            try checks.tensor("mean") { d.mean }
            try checks.tensor("mode") { d.mode }
            try checks.tensor("variance") { d.variance }
            try checks.tensor("stddev") { d.stddev }
            try checks.tensor("entropy") { d.entropy() }
            try checks.tensor("perplexity") { d.perplexity() }
            try checks.tensor("enumerate_support") { d.enumerateSupport() }
            manualSeed(seed)
            try checks.value("samples", .draw) { .list([[], [4], [2, 3]].map { .tensor(d.sample($0)) }) }
            guard case .list(let draws) = try Value(samples), draws.count > 1, case .tensor(let values) = draws[1]
            else { throw Malformed("samples that are no three tensors") }
            try checks.tensor("log_prob") { d.logProb(values) }
            try checks.tensor("cdf") { d.cdf(values) }
            if let at = json["at"] as? JSON, case .tensor(let at) = try Value(at) {
                try checks.tensor("icdf") { d.icdf(at) }
            }
            if let expanded = json["expanded"] as? JSON {
                let larger = d.expand([2] + d.batchShape.sizes)
                var inner = Checks(expanded)
                inner.text("repr", larger.description)
                inner.shape("batch_shape", larger.batchShape)
                try inner.tensor("log_prob") { larger.logProb(values.unsqueeze(1)) }
                checks.found += inner.found.map { "expanded: \($0)" }
            }
            let spec = try DistributionSpec(of), leaves = spec.leaves
            for leaf in leaves { leaf.requiresGrad_() }
            let recorded = try spec.distribution()
            if !leaves.isEmpty {
                _ = recorded.logProb(values)
                try checks.value("log_prob_grads", .slope) { gradients(recorded.logProb(values), leaves) }
                manualSeed(seed)
                if json["rsample"] != nil {
                    let draw = recorded.rsample([4])
                    try checks.value("rsample", .draw) { .tensor(draw) }
                    try checks.value("rsample_grads", .gradient) { gradients(draw, leaves) }
                }
                checks.text("repr_after", recorded.description)
            }
        }
        return checks.summary
    }

    private static func divergence(_ json: JSON) throws -> String? {
        guard let p = json["p"] as? JSON, let q = json["q"] as? JSON else { throw Malformed("a pair without p and q") }
        var checks = Checks(json)
        try withError {
            let spec = try DistributionSpec(p), leaves = spec.leaves
            for leaf in leaves { leaf.requiresGrad_() }
            let value = klDivergence(try spec.distribution(), try DistributionSpec(q).distribution())
            try throwIfFailed()
            try checks.tensor("divergence") { value }
            try checks.value("grads", .slope) { gradients(value, leaves) }
        }
        return checks.summary
    }

    private static func transform(_ json: JSON) throws -> String? {
        guard let of = json["of"] as? JSON, let x = json["x"] as? JSON, let y = json["y"] as? JSON,
            case .tensor(let x) = try Value(x), case .tensor(let y) = try Value(y)
        else { throw Malformed("a transform without of, x and y") }
        var checks = Checks(json)
        try withError {
            let t = try DistributionSpec(of).transform()
            checks.text("repr", t.description)
            checks.text("domain", t.domain.description)
            checks.text("codomain", t.codomain.description)
            checks.text("bijective", t.bijective ? "True" : "False")
            try checks.tensor("y") { t(x) }
            try checks.tensor("back") { t.inv(y) }
            try checks.tensor("jacobian") { t.logAbsDetJacobian(x, y) }
            checks.shape("forward_shape", Size(t.forwardShape(x.shape.sizes)))
            checks.shape("inverse_shape", Size(t.inverseShape(y.shape.sizes)))
        }
        return checks.summary
    }

    private static func constraint(_ json: JSON) throws -> String? {
        guard let name = json["constraint"] as? String, let value = json["value"] as? JSON,
            case .tensor(let value) = try Value(value), let arguments = json["arguments"] as? [JSON]
        else { throw Malformed("a constraint without name, arguments and value") }
        let bounds = try arguments.map { json -> Tensor in
            switch try Value(json) {
            case .int(let i): return i.operand
            case .float(let d): return d.operand
            default: throw Malformed("a bound that is no number")
            }
        }
        var checks = Checks(json)
        let constraint = try self.constraint(name, bounds)
        checks.text("repr", constraint.description)
        try checks.tensor("check") { try withError { constraint.check(value) } }
        checks.text("biject_to", message { bijectTo(constraint).description })
        checks.text("transform_to", message { transformTo(constraint).description })
        return checks.summary
    }

    private static func constraint(_ name: String, _ bounds: [Tensor]) throws -> Constraint {
        switch name {
        case "real": return .real
        case "real_vector": return .realVector
        case "boolean": return .boolean
        case "one_hot": return .oneHot
        case "positive": return .positive
        case "nonnegative": return .nonnegative
        case "unit_interval": return .unitInterval
        case "simplex": return .simplex
        case "nonnegative_integer": return .nonnegativeInteger
        case "positive_integer": return .positiveInteger
        case "lower_triangular": return .lowerTriangular
        case "lower_cholesky": return .lowerCholesky
        case "corr_cholesky": return .corrCholesky
        case "square": return .square
        case "symmetric": return .symmetric
        case "positive_definite": return .positiveDefinite
        case "greater_than": return .greaterThan(bounds[0])
        case "greater_than_eq": return .greaterThanEq(bounds[0])
        case "less_than": return .lessThan(bounds[0])
        case "interval": return .interval(bounds[0], bounds[1])
        case "half_open_interval": return .halfOpenInterval(bounds[0], bounds[1])
        case "integer_interval": return .integerInterval(bounds[0], bounds[1])
        case "multinomial": return .multinomial(bounds[0])
        default: throw Unsupported("no adapter for \(name)")
        }
    }

    private static func mistake(_ json: JSON) throws -> String? {
        guard let of = json["of"] as? JSON, let kind = json["kind"] as? String, let message = json["message"] as? String
        else { throw Malformed("a mistake without of, kind and message") }
        do {
            try withError {
                let d = try DistributionSpec(of).distribution()
                try throwIfFailed()
                if let value = json["value"] as? JSON, case .tensor(let value) = try Value(value) {
                    _ = d.logProb(value)
                }
            }
            return "no error where \(kind): \(message) is expected"
        } catch let error as TorchError {
            let found = "\(error.kind.rawValue): \(error.message)", expected = "\(kind): \(message)"
            return found == expected ? nil : "\(found) where \(expected) is expected"
        }
    }

    // MARK: Parts

    /// The gradients of a sum with weights, by leaves.
    private static func gradients(_ output: Tensor, _ leaves: [Tensor]) -> Value {
        let weights = Tensor.arange(1, output.numel() + 1, dtype: output.dtype).view(output.shape.sizes)
        let found = grad([(output * weights).sum()], leaves, retainGraph: true, allowUnused: true)
        return .list(found.map { $0.map { .tensor($0) } ?? .none })
    }

    private static func message(_ body: () -> String) -> String {
        do { return try withError { body() } } catch { return "\(error)" }
    }
}

/// Compares results with those of a case, if it has them, and collects the differences.
private struct Checks {
    private let json: JSON
    var found: [String] = []

    init(_ json: JSON) { self.json = json }

    var summary: String? { found.isEmpty ? nil : found.joined(separator: "; ") }

    mutating func text(_ key: String, _ actual: String) {
        let expected = (json[key] as? Bool).map { $0 ? "True" : "False" } ?? json[key] as? String
        guard let expected, expected != actual else { return }
        found.append("\(key) is '\(actual)' where '\(expected)' is expected")
    }

    mutating func shape(_ key: String, _ actual: Size) {
        guard let expected = json[key] as? [Int], actual != expected else { return }
        found.append("\(key) is \(actual) where \(expected) is expected")
    }

    mutating func tensor(_ key: String, _ compute: () throws -> Tensor) throws {
        try value(key, .density) { .tensor(try compute()) }
    }

    mutating func value(_ key: String, _ tolerance: Tolerance, _ compute: () throws -> Value) throws {
        guard let expected = json[key] as? JSON else { return }
        let actual = try compute()
        try throwIfFailed()
        if let difference = try difference(actual, expected, tolerance) { found.append("\(key): \(difference)") }
    }
}
