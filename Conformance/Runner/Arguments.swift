import Torch

/// The arguments of one call, read anew from a case.
struct Arguments {
    /// `args` and `kwargs`, by which the paths in a case file begin.
    private(set) var root: Value

    init(_ json: JSON) throws {
        let positional = try (json["args"] as? [JSON] ?? []).map { try Value($0) }
        let keywords = try (json["kwargs"] as? [String: JSON] ?? [:]).mapValues { try Value($0) }
        root = .dict(["args": .list(positional), "kwargs": .dict(keywords)])
    }

    var positional: [Value] { if case .list(let items) = root.at(["args"]) { items } else { [] } }
    var keywords: [String: Value] { if case .dict(let items) = root.at(["kwargs"]) { items } else { [:] } }

    /// All tensors, positional ones first.
    var tensors: [Tensor] { root.tensors }

    /// The tensor of a method call.
    var input: Tensor? { if case .tensor(let t) = positional.first { t } else { nil } }

    /// Returns the tensor at a path.
    /// - Throws: `Malformed` if there is no tensor at this path.
    func tensor(at path: String) throws -> Tensor {
        guard case .tensor(let t) = root.at(path.split(separator: "/")) else { throw Malformed("no tensor at \(path)") }
        return t
    }

    /// Replaces each part that has no parts with what `body` returns for it.
    mutating func replaceEach(_ body: (Value) throws -> Value) rethrows { root = try root.mapped(body) }

    /// Calls `body` with each tensor and its number, and replaces the tensor with the result.
    mutating func replaceTensors(_ body: (Tensor, Int) throws -> Tensor) rethrows {
        var number = 0
        try replaceEach { value in
            guard case .tensor(let t) = value else { return value }
            defer { number += 1 }
            return .tensor(try body(t, number))
        }
    }

    mutating func replace(_ path: [Substring], by value: Value) { root = root.replacing(path[...], by: value) }

    mutating func setKeyword(_ name: String, _ value: Value) {
        var keywords = keywords
        keywords[name] = value
        root = .dict(["args": .list(positional), "kwargs": .dict(keywords)])
    }

    /// Moves `out` to where it was in PyTorch's own case: into the memory of the argument whose elements it has. A case
    /// file cannot describe shared memory.
    mutating func shareOut() throws {
        guard case .tensor(let out) = keywords["out"], out.isContiguous() else { return }
        guard out.numel() > 0 else {
            if let argument = positional.flatMap(\.tensors).first(where: { $0.shape == out.shape }) {
                setKeyword("out", .tensor(argument))
            }
            return
        }
        func bytes(_ t: Tensor) -> [UInt8] {
            let start = t.storage.pointer + t.storageOffset() * t.itemSize
            return Array(UnsafeRawBufferPointer(start: start, count: t.numel() * t.itemSize))
        }
        let candidates = positional.flatMap(\.tensors).filter { $0.dtype == out.dtype && $0.isContiguous() }
        if let argument = candidates.first(where: { bytes($0).starts(with: bytes(out)) }) {
            setKeyword("out", .tensor(try argument.over(Layout(out.shape.sizes, offset: argument.storageOffset()))))
        }
    }
}

extension Value {
    /// Returns the same value, with `body` applied to each part that has no parts.
    func mapped(_ body: (Value) throws -> Value) rethrows -> Value {
        switch self {
        case .list(let items): .list(try items.map { try $0.mapped(body) })
        case .slice(let items): .slice(try items.map { try $0.mapped(body) })
        case .dict(let items):
            .dict(
                Dictionary(
                    uniqueKeysWithValues: try items.sorted { $0.key < $1.key }.map {
                        ($0.key, try $0.value.mapped(body))
                    }))
        default: try body(self)
        }
    }

    /// Returns the same value with the part at a path replaced.
    func replacing(_ path: ArraySlice<Substring>, by new: Value) -> Value {
        guard let step = path.first else { return new }
        func replaced(_ items: [Value]) -> [Value] {
            guard let i = Int(step), items.indices.contains(i) else { return items }
            var items = items
            items[i] = items[i].replacing(path.dropFirst(), by: new)
            return items
        }
        switch self {
        case .list(let items): return .list(replaced(items))
        case .slice(let items): return .slice(replaced(items))
        case .dict(var items):
            items[String(step)] = items[String(step)]?.replacing(path.dropFirst(), by: new)
            return .dict(items)
        default: return self
        }
    }

    /// Returns the paths of all parts in order, including this value and whole lists.
    func paths(_ here: [Substring] = []) -> [(path: [Substring], value: Value)] {
        let own = here.count > 1 ? [(path: here, value: self)] : []
        switch self {
        case .list(let items), .slice(let items): return own + items.enumerated().flatMap { $1.paths(here + ["\($0)"]) }
        case .dict(let items):
            return own + items.sorted { $0.key < $1.key }.flatMap { $0.value.paths(here + [Substring($0.key)]) }
        default: return own
        }
    }
}
