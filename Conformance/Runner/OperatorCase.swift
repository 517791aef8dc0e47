import Torch

/// One case of an operator, which properties call in other ways than PyTorch did.
struct OperatorCase {
    let operatorName: String
    let name: String
    /// The place of the case in its file.
    let number: Int
    let json: JSON
    /// Whether PyTorch raises an error.
    let mustFail: Bool
    let entry: Table.Entry
    let function: (Call) throws -> Value

    /// The number of calls that this process has made.
    nonisolated(unsafe) static var calls = 0

    /// Whether the result depends on the random generator.
    var draws: Bool { entry.isDraw || json["seed"] != nil }
    /// Whether the call itself writes to one of its arguments.
    var writes: Bool {
        entry.isDraw || (json["kwargs"] as? JSON)?["out"] != nil || Exceptions.writers[operatorName] != nil
    }
    var hasInPlace: Bool { entry.inPlace != nil && json["inplace"] != nil }

    func arguments() throws -> Arguments { try Arguments(json) }

    func call(_ arguments: Arguments) throws -> Value {
        start()
        return try function(Call(entry.signature, arguments))
    }

    /// Calls the in-place form.
    /// - Throws: `Unsupported` if there is no in-place form.
    func callInPlace(_ arguments: Arguments) throws -> Tensor {
        guard let inPlace = entry.inPlace else { throw Unsupported("no in-place adapter") }
        start()
        return try inPlace(Call(entry.signature, arguments))
    }

    private func start() {
        OperatorCase.calls += 1
        reseed()
    }

    /// Sets the generator to the state in which the call starts.
    func reseed() {
        if let seed = json["seed"] as? Int { manualSeed(seed) }
    }

    func tolerance(_ usual: Tolerance) -> Tolerance {
        json["special"] as? Bool == true ? .special : Deviations.tolerance(of: operatorName, usual)
    }

    /// The kinds of the arguments and the ranks of the tensors. Cases with the same kinds are alike.
    var kinds: String {
        func kind(_ value: Any) -> String {
            guard let json = value as? JSON, let (key, content) = json.first else { return "?" }
            switch content {
            case let tensor as JSON where key == "tensor":
                return "\(tensor["dtype"] ?? "")\((tensor["shape"] as? [Int])?.count ?? 0)"
            case let items as [Any]: return "\(key)(\(items.map(kind).joined(separator: ",")))"
            case let text as String where key == "str": return text
            default: return key
            }
        }
        let positional = (json["args"] as? [JSON] ?? []).map(kind)
        let keywords = (json["kwargs"] as? JSON ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\(kind($0.value))" }
        return (positional + keywords).joined(separator: " ")
    }
}
