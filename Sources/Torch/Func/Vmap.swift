/// The dimensions of the examples in the arguments or results of `vmap`: one for all, nil for none, or a list of one
/// for each argument or tensor. PyTorch: `in_dims` and `out_dims`.
public enum VmapDims: ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral, ExpressibleByNilLiteral, Sendable {
    /// The dimension of all tensors; negative ones count from the end.
    case dim(Int)
    /// No dimension: all examples have the same tensor.
    case none
    /// One for each argument or tensor.
    indirect case each([VmapDims])

    public init(integerLiteral value: Int) { self = .dim(value) }
    public init(arrayLiteral elements: VmapDims...) { self = .each(elements) }
    public init(nilLiteral: ()) { self = .none }

    /// Returns a dimension for each tensor of trees with the given numbers of tensors; nil if the lists do not fit.
    func flat(_ counts: [Int]) -> [Int?]? {
        switch self {
        case .dim(let d): return [Int?](repeating: d, count: counts.reduce(0, +))
        case .none: return [Int?](repeating: nil, count: counts.reduce(0, +))
        case .each(let list):
            if list.count == counts.count {
                var result: [Int?] = []
                for (dims, count) in zip(list, counts) {
                    guard let part = dims.flat([Int](repeating: 1, count: count), single: count) else { return nil }
                    result += part
                }
                return result
            }
            return counts.count == 1 ? flat([Int](repeating: 1, count: counts[0]), single: counts[0]) : nil
        }
    }

    private func flat(_ ones: [Int], single count: Int) -> [Int?]? {
        if case .each(let list) = self {
            guard list.count == count else { return nil }
            return list.reduce([Int?]() as [Int?]?) { done, next in
                guard let done, let part = next.flat([1], single: 1) else { return nil }
                return done + part
            }
        }
        return flat(ones)
    }
}

extension VmapDims: CustomStringConvertible {
    /// The dimensions in Python's form: `0`, `None`, `(0, None)`.
    public var description: String {
        switch self {
        case .dim(let d): "\(d)"
        case .none: "None"
        case .each(let list): "(" + list.map(\.description).joined(separator: ", ") + (list.count == 1 ? ",)" : ")")
        }
    }
}

// `vmap` of functions with any number of arguments.

func vmapped<each Input: TensorTree, Output: TensorTree>(
    _ f: @escaping (repeat each Input) -> Output, inDims: VmapDims, outDims: VmapDims, randomness: VmapRandomness,
    chunkSize: Int?
) -> (repeat each Input) -> Output {
    { (inputs: repeat each Input) in
        let lists = leafLists(repeat each inputs)
        var call = Vmap(lists, inDims, outDims, randomness, chunkSize), structure: Output?
        while let examples = call.next() {
            let output = apply(f, examples, like: repeat each inputs)
            structure = output
            call.finish([output.leaves])
        }
        guard let structure else { return f(repeat (each inputs).mapTensors { _ in .void }) }
        var rest = call.results[...]
        return structure.replacingLeaves(&rest)
    }
}

func vmapped<each Input: TensorTree, First: TensorTree, Second: TensorTree>(
    _ f: @escaping (repeat each Input) -> (First, Second), inDims: VmapDims, outDims: VmapDims,
    randomness: VmapRandomness,
    chunkSize: Int?
) -> (repeat each Input) -> (First, Second) {
    { (inputs: repeat each Input) in
        let lists = leafLists(repeat each inputs)
        var call = Vmap(lists, inDims, outDims, randomness, chunkSize), structure: (First, Second)?
        while let examples = call.next() {
            let output = apply(f, examples, like: repeat each inputs)
            structure = output
            call.finish([output.0.leaves, output.1.leaves])
        }
        guard let structure else { return f(repeat (each inputs).mapTensors { _ in .void }) }
        var rest = call.results[...]
        let first = structure.0.replacingLeaves(&rest)
        return (first, structure.1.replacingLeaves(&rest))
    }
}

func vmapped<each Input: TensorTree, First: TensorTree, Second: TensorTree, Third: TensorTree>(
    _ f: @escaping (repeat each Input) -> (First, Second, Third), inDims: VmapDims, outDims: VmapDims,
    randomness: VmapRandomness,
    chunkSize: Int?
) -> (repeat each Input) -> (First, Second, Third) {
    { (inputs: repeat each Input) in
        let lists = leafLists(repeat each inputs)
        var call = Vmap(lists, inDims, outDims, randomness, chunkSize), structure: (First, Second, Third)?
        while let examples = call.next() {
            let output = apply(f, examples, like: repeat each inputs)
            structure = output
            call.finish([output.0.leaves, output.1.leaves, output.2.leaves])
        }
        guard let structure else { return f(repeat (each inputs).mapTensors { _ in .void }) }
        var rest = call.results[...]
        let (a, b) = (structure.0.replacingLeaves(&rest), structure.1.replacingLeaves(&rest))
        return (a, b, structure.2.replacingLeaves(&rest))
    }
}

/// The work of `vmap` on lists of tensors: `next` returns the examples of a chunk, with which the function is called,
/// and `finish` takes its results.
struct Vmap {
    private var chunks: [[Tensor]] = []
    private var wrapped: [Int?] = []
    private var level: BatchLevel?
    private var outer: BatchLevel?
    private var start = 0
    private let tensors: [Tensor], dims: [Int?], size: Int, step: Int
    private let outDims: VmapDims, randomness: VmapRandomness

    /// Checks the arguments. `lists` are the tensors of each.
    init(
        _ lists: [[Tensor]], _ inDims: VmapDims, _ outDims: VmapDims, _ randomness: VmapRandomness, _ chunkSize: Int?
    ) {
        (tensors, self.outDims, self.randomness) = (lists.flatMap { $0 }, outDims, randomness)
        if !anyVoid(tensors), let checked = Vmap.checked(tensors, lists.map(\.count), inDims),
            let count = Vmap.batchSize(tensors, checked)
        {
            if let chunkSize, chunkSize <= 0 {
                raise(.value, "vmap: chunk_size should be None or greater than 0. (got \(chunkSize))")
            } else {
                (dims, size, step) = (checked, count, chunkSize ?? Swift.max(count, 1))
                return
            }
        }
        (dims, size, step, start) = ([], 0, 1, 1)
    }

    /// Enters the vmap of the next chunk and returns its examples; nil if there is none.
    mutating func next() -> [Tensor]? {
        if start > 0, start >= size { return nil }
        let count = Swift.min(step, size - start)
        let part =
            count == size ? tensors : zip(tensors, dims).map { t, d in d.map { t.narrow($0, start, count) } ?? t }
        start += step
        let level = BatchLevel(size: count, randomness: randomness, parent: .current)
        (self.level, outer) = (level, .current)
        let examples = zip(part, dims).map { t, d in d.map { t.enteringBatch(level, dim: $0) } ?? t }
        BatchLevel.makeCurrent(level)
        return examples
    }

    /// Leaves the vmap of a chunk with the tensors of each result of the function.
    mutating func finish(_ results: [[Tensor]]) {
        BatchLevel.makeCurrent(outer)
        guard let level else { return }
        guard let outs = outDims.flat(results.map(\.count)) else {
            raise(
                .value,
                "vmap(<lambda>, ..., out_dims=\(outDims))(<inputs>): out_dims is not compatible with the structure of `outputs`. out_dims has structure \(outDims) but outputs has structure of \(results.map(\.count)) tensors."
            )
            (chunks, wrapped) = ([], [])
            return
        }
        wrapped = []
        var found: [Tensor] = []
        for (result, out) in zip(results.flatMap { $0 }, outs) {
            if let out {
                let d = wrapDim(out, result.dim + 1)
                wrapped.append(d ?? 0)
                found.append(d.map { result.leavingBatch(level, dim: $0) } ?? .void)
            } else {
                wrapped.append(nil)
                let differs = result.raw.storage.batchLevel == level
                found.append(
                    differs
                        ? fail(
                            .value,
                            "vmap(<lambda>, ...): `<lambda>` can not return a BatchedTensor when out_dim is None")
                        : result)
            }
        }
        chunks.append(found)
    }

    /// The results of all chunks.
    var results: [Tensor] {
        guard let first = chunks.first else { return Tensor.voids() }
        if chunks.count == 1 { return first }
        return first.indices.map { i in
            wrapped[i].map { d in Torch.cat(chunks.map { $0[i] }, dim: d) } ?? first[i]
        }
    }

    /// Applies a function of tensors to all examples.
    static func run(
        _ tensors: [Tensor], _ inDims: VmapDims, _ outDims: VmapDims, _ randomness: VmapRandomness,
        _ chunkSize: Int?, _ body: ([Tensor]) -> [[Tensor]]
    ) -> [Tensor] {
        var call = Vmap([tensors], inDims, outDims, randomness, chunkSize)
        while let examples = call.next() { call.finish(body(examples)) }
        return call.results
    }

    private static func checked(_ tensors: [Tensor], _ counts: [Int], _ inDims: VmapDims) -> [Int?]? {
        let name = "vmap(<lambda>, in_dims=\(inDims), ...)(<inputs>): "
        if counts.isEmpty {
            raise(
                .value,
                "vmap(<lambda>)(<inputs>): got no inputs. Maybe you forgot to add inputs, or you are trying to vmap over a function with no inputs. The latter is unsupported."
            )
            return nil
        }
        guard let dims = inDims.flat(counts) else {
            raise(
                .value,
                name
                    + "in_dims is not compatible with the structure of `inputs`. in_dims has structure \(inDims) but inputs has structure of \(counts) tensors."
            )
            return nil
        }
        var result: [Int?] = []
        for (tensor, dim) in zip(tensors, dims) {
            guard let dim else {
                result.append(nil)
                continue
            }
            let rank = tensor.dim
            guard dim >= -rank, dim < rank else {
                raise(
                    .value,
                    name
                        + "Got in_dim=\(dim) for some input, but that input is a Tensor of dimensionality \(rank) so expected in_dim to satisfy -\(rank) <= in_dim < \(rank)."
                )
                return nil
            }
            result.append(dim < 0 ? dim + rank : dim)
        }
        return result
    }

    private static func batchSize(_ tensors: [Tensor], _ dims: [Int?]) -> Int? {
        let sizes = zip(tensors, dims).compactMap { t, d in d.map { t.sizes[$0] } }
        guard let first = sizes.first else {
            raise(.value, "vmap: Expected at least one Tensor to vmap over")
            return nil
        }
        guard sizes.allSatisfy({ $0 == first }) else {
            raise(
                .value,
                "vmap: Expected all tensors to have the same size in the mapped dimension, got sizes \(sizes) for the mapped dimension"
            )
            return nil
        }
        return first
    }
}
