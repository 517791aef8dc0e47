import Torch

/// The keys and values of earlier tokens, one pair for each attention layer. With it, a language model computes only
/// new tokens. `transformers`: `DynamicCache`.
///
/// A cache is a value: a copy shares the memory until one of them changes. Keys and values are [N, heads, length,
/// size].
///
///     var cache = KeyValueCache(layers: 6)
///     let (keys, values) = cache.append(keys: k, values: v, layer: 0)
public struct KeyValueCache {
    /// Keys and values, with room for more tokens.
    private final class Memory {
        let keys, values: Tensor

        init(keys: Tensor, values: Tensor) {
            self.keys = keys
            self.values = values
        }

        var capacity: Int { keys.size(2) }

        func tokens(_ range: Range<Int>) -> (keys: Tensor, values: Tensor) {
            (keys.narrow(2, range.lowerBound, range.count), values.narrow(2, range.lowerBound, range.count))
        }
    }

    private struct Entry {
        var memory: Memory?
        var length = 0
    }

    private var entries: [Entry]
    /// The largest number of tokens, or nil if there is no limit.
    public let maxLength: Int?

    /// Creates an empty cache.
    /// - Parameters:
    ///   - layers: the number of attention layers.
    ///   - maxLength: the number of positions that the model knows, or nil if there is no limit.
    public init(layers: Int, maxLength: Int? = nil) {
        if layers < 0 { raise(.value, "layers must not be negative, but got \(layers)") }
        entries = Array(repeating: Entry(), count: max(0, layers))
        self.maxLength = maxLength
    }

    /// The number of attention layers.
    public var layerCount: Int { entries.count }

    /// The number of tokens that all layers have. `transformers`: `get_seq_length`.
    public var length: Int { entries.map(\.length).min() ?? 0 }

    /// The bytes of the keys and values, without the room for more.
    public var byteCount: Int {
        entries.reduce(0) { sum, entry in
            guard let (keys, values) = entry.memory?.tokens(0..<entry.length) else { return sum }
            return sum + keys.numel() * keys.dtype.itemSize + values.numel() * values.dtype.itemSize
        }
    }

    /// Appends the keys and values of new tokens, and returns those of all tokens. Records no gradients.
    /// `transformers`: `DynamicCache.update`.
    /// - Parameters:
    ///   - keys: [N, heads, new, size].
    ///   - values: [N, heads, new, size of values].
    ///   - layer: the number of the attention layer.
    /// - Precondition: all but the number of tokens is as it was before, and the length stays within `maxLength`.
    public mutating func append(keys: Tensor, values: Tensor, layer: Int) -> (keys: Tensor, values: Tensor) {
        if keys.isVoid || values.isVoid { return (.void, .void) }
        guard entries.indices.contains(layer) else {
            return (fail(.index, "layer \(layer) is out of range: the cache has \(entries.count) layers"), .void)
        }
        guard keys.dim == 4, values.dim == 4, (0..<3).allSatisfy({ keys.size($0) == values.size($0) }) else {
            return (
                fail(
                    .value,
                    "keys and values must be [N, heads, length, size], but got \(keys.shape) and \(values.shape)"
                ), .void
            )
        }
        let start = entries[layer].length, end = start + keys.size(2)
        guard end <= maxLength ?? .max else {
            return (
                fail(.index, "\(start) earlier and \(keys.size(2)) new tokens are more than \(maxLength!) positions"),
                .void
            )
        }
        return noGrad {
            guard makeRoom(for: end, keys.detach(), values.detach(), layer) else { return (.void, .void) }
            let memory = entries[layer].memory!, new = memory.tokens(start..<end)
            new.keys.copy_(keys.detach())
            new.values.copy_(values.detach())
            entries[layer].length = end
            return memory.tokens(0..<end)
        }
    }

    /// Gives a layer memory of its own for `length` tokens like the new ones. Raises and returns false if the earlier
    /// tokens have another form, or if there is not enough memory.
    private mutating func makeRoom(for length: Int, _ keys: Tensor, _ values: Tensor, _ layer: Int) -> Bool {
        for (old, new) in [(entries[layer].memory?.keys, keys), (entries[layer].memory?.values, values)] {
            guard let old else { continue }
            let fits = [0, 1, 3].allSatisfy { old.size($0) == new.size($0) } && old.dtype == new.dtype
            guard fits, old.device == new.device else {
                raise(
                    .value,
                    "the cache has tensors like \(old.dtype) \(old.shape) on \(old.device), but got \(new.dtype) \(new.shape) on \(new.device)"
                )
                return false
            }
        }
        let isOwn = isKnownUniquelyReferenced(&entries[layer].memory)
        if isOwn, entries[layer].memory!.capacity >= length { return true }
        let capacity = min(max(64, length + length / 2), maxLength ?? .max)
        func empty(_ like: Tensor) -> Tensor {
            Tensor.empty(
                [like.size(0), like.size(1), capacity, like.size(3)], dtype: like.dtype, device: like.device)
        }
        let memory = Memory(keys: empty(keys), values: empty(values)), kept = entries[layer].length
        if memory.keys.isVoid || memory.values.isVoid { return false }
        if let old = entries[layer].memory?.tokens(0..<kept) {
            let new = memory.tokens(0..<kept)
            new.keys.copy_(old.keys)
            new.values.copy_(old.values)
        }
        entries[layer].memory = memory
        return true
    }

    /// Keeps the first `length` tokens. Does nothing if there are fewer. `transformers`: `DynamicCache.crop`.
    public mutating func trim(to length: Int) {
        guard length >= 0 else { return raise(.value, "length must not be negative, but got \(length)") }
        for layer in entries.indices { entries[layer].length = min(entries[layer].length, length) }
    }

    /// Keeps some rows of the batch, in the given order; a row may be repeated. The library transformers:
    /// `DynamicCache.reorder_cache`.
    /// - Parameter rows: the indices of the rows, int64 [rows].
    public mutating func select(rows: Tensor) {
        for (layer, entry) in entries.enumerated() {
            guard let old = entry.memory?.tokens(0..<entry.length) else { continue }
            let new = (old.keys.indexSelect(dim: 0, index: rows), old.values.indexSelect(dim: 0, index: rows))
            if new.0.isVoid || new.1.isVoid { return }
            entries[layer].memory = Memory(keys: new.0, values: new.1)
        }
    }
}

// MARK: - Files

extension KeyValueCache {
    /// Writes the cache to a `.safetensors` file: `layers.0.keys`, `layers.0.values`, ….
    /// - Throws: `TorchError` if the file cannot be written.
    public func save(to path: String) throws {
        var state = StateDict()
        for (layer, entry) in entries.enumerated() {
            guard let (keys, values) = entry.memory?.tokens(0..<entry.length) else { continue }
            state["layers.\(layer).keys"] = keys
            state["layers.\(layer).values"] = values
        }
        var metadata = ["layers": String(entries.count)]
        if let maxLength { metadata["max_length"] = String(maxLength) }
        try saveSafetensors(state, to: path, metadata: metadata)
    }

    /// Reads a file that `save(to:)` has written.
    /// - Throws: `TorchError` if the file is no such file, or if its layers do not fit each other.
    public init(contentsOf path: String) throws {
        let metadata = try loadSafetensorsMetadata(path), state = try loadSafetensors(path)
        // A layer without tokens has no tensors, so the number of layers is limited by itself.
        guard let count = metadata["layers"].flatMap({ Int($0) }), (0...100_000).contains(count) else {
            throw TorchError(.file, "\(path): not a key-value cache: its metadata has no number of layers")
        }
        self.init(layers: count, maxLength: metadata["max_length"].flatMap { Int($0) })
        guard state.count % 2 == 0, state.count <= 2 * count else {
            throw TorchError(.file, "\(path): \(state.count) tensors for \(count) layers")
        }
        for (layer, _) in entries.enumerated() {
            guard let keys = state["layers.\(layer).keys"], let values = state["layers.\(layer).values"] else {
                if state.isEmpty { return }
                throw TorchError(.file, "\(path): no keys or no values for layer \(layer)")
            }
            do {
                _ = try withError { append(keys: keys, values: values, layer: layer) }
            } catch {
                throw TorchError(.file, "\(path): layer \(layer): \(error)")
            }
        }
        guard Set(entries.map(\.length)).count <= 1 else {
            throw TorchError(.file, "\(path): the layers have different lengths")
        }
    }
}
