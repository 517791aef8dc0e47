import CTorchKernels

/// How random numbers are drawn inside `vmap`. PyTorch: the argument `randomness`.
public enum VmapRandomness: String, Sendable {
    /// Draws are errors.
    case error
    /// All examples get the same numbers.
    case same
    /// Each example gets its own numbers.
    case different
}

/// One running vmap: the backend of its thread while its function runs. `StorageBatch` says what its storages are.
///
/// A primitive whose operands are the same for all examples runs once, on the backend below. Otherwise its operands get
/// the examples as one more dimension, in front, with stride 0 for those that are the same; or, where the primitive has
/// no place for one more dimension, it runs for each example. The backend below is that of the outer vmap, or of the
/// device. So operators need no rules of their own.
final class BatchLevel: Sendable {
    /// The vmap around this one.
    let parent: BatchLevel?
    /// The number of examples.
    let size: Int
    let randomness: VmapRandomness
    /// 1 for the outermost vmap, as in PyTorch.
    let depth: Int

    /// What the level is, also where it stands inside another one.
    fileprivate let identity: Identity

    fileprivate final class Identity: Sendable {}

    init(size: Int, randomness: VmapRandomness, parent: BatchLevel?) {
        (self.size, self.randomness, self.parent, identity) = (size, randomness, parent, Identity())
        depth = (parent?.depth ?? 0) + 1
    }

    private init(_ level: BatchLevel, inside parent: BatchLevel) {
        (size, randomness, self.parent) = (level.size, level.randomness, parent)
        (identity, depth) = (level.identity, parent.depth + 1)
    }

    /// Returns this level and those around it inside `outer`. A vmap differentiates so through one that has ended.
    func inside(_ outer: BatchLevel) -> BatchLevel {
        if isInside(outer) { return self }
        return BatchLevel(self, inside: parent.map { $0.inside(outer) } ?? outer)
    }

    /// The error for a tensor of a vmap that has ended.
    static let escaped =
        "a tensor of a vmap is used outside of it. Either your tensor may have escaped from inside a function being vmapped and this is a user error (see https://pytorch.org/functorch/stable/ux_limitations.html), or there is an internal functorch error in `vmap` Please file an issue if it looks like the latter"

    /// The error for a look at the numbers of a tensor whose examples differ.
    static let hasNoItem =
        "vmap: It looks like you're calling .item() on a Tensor. We don't support vmap over calling .item() on a Tensor, please try to rewrite what you're doing with other operations. If error is occurring somewhere inside PyTorch internals, please file a bug report."

    /// The innermost vmap that this thread is in.
    static var current: BatchLevel? {
        @inline(__always) get {
            st_this_thread().pointee.batch_level.map { Unmanaged<BatchLevel>.fromOpaque($0).takeUnretainedValue() }
        }
    }

    /// Whether this thread is in a vmap.
    @inline(__always) static var isActive: Bool { st_this_thread().pointee.batch_level != nil }

    /// Makes a vmap, or none, the innermost one of this thread while `body` runs.
    @inline(__always)
    static func with<Result>(_ level: BatchLevel?, _ body: () throws -> Result) rethrows -> Result {
        let outer = st_this_thread().pointee.batch_level
        makeCurrent(level)
        defer { st_set_batch_level(outer) }
        return try withExtendedLifetime(level, body)
    }

    /// Makes a vmap, which the caller keeps, or none, the innermost one of this thread.
    @inline(__always)
    static func makeCurrent(_ level: BatchLevel?) {
        st_set_batch_level(level.map { Unmanaged.passUnretained($0).toOpaque() })
    }

    /// Returns whether this vmap is `other` or inside it.
    func isInside(_ other: BatchLevel) -> Bool {
        var level: BatchLevel? = self
        while let l = level {
            if l == other { return true }
            level = l.parent
        }
        return false
    }

    /// Calls `body` with the backend below, outside of this vmap.
    @inline(__always)
    func below<Result>(_ device: Device, _ body: (any Backend) -> Result) -> Result {
        BatchLevel.with(parent) { body(Backends.of(device)) }
    }
}

/// Returns whether two levels are the same one.
func == (a: BatchLevel?, b: BatchLevel?) -> Bool { a?.identity === b?.identity }
func != (a: BatchLevel?, b: BatchLevel?) -> Bool { !(a == b) }

extension StorageBatch {
    var batchLevel: BatchLevel? { level.map { unsafeDowncast($0, to: BatchLevel.self) } }
    var scopeLevel: BatchLevel? { scope.map { unsafeDowncast($0, to: BatchLevel.self) } }
}

extension Storage {
    /// The vmap whose examples the memory holds; nil if all are the same.
    var batchLevel: BatchLevel? { isBatched ? batch?.batchLevel : nil }
}

// MARK: - Memory

extension BatchLevel {
    /// Allocates memory below.
    func allocate(_ byteCount: Int, _ device: Device) -> Storage? {
        if let parent { return Storage(deferring: byteCount, on: device, in: parent) }
        let backend = Backends.withoutBatches(device)
        if let storage = backend.allocate(byteCount: byteCount) { return storage }
        raise(backend.outOfMemory(byteCount: byteCount))
        return nil
    }

    /// Allocates row-major memory below.
    func allocate(_ sizes: [Int], _ dtype: DType, _ device: Device) -> Strided? {
        let layout = Layout(sizes), (bytes, overflow) = layout.count.multipliedReportingOverflow(by: dtype.itemSize)
        if overflow || layout.overflows {
            raise(.runtime, "Storage size calculation overflowed with sizes=\(sizes)")
            return nil
        }
        return allocate(bytes, device).map { Strided(storage: $0, layout: layout, dtype: dtype) }
    }

    /// Gives each example its own memory. Raises and returns false if the storage comes from outside.
    func makeBatched(_ storage: Storage) -> Bool {
        if storage.batchLevel == self { return true }
        guard let scope = storage.batch?.scopeLevel, scope.isInside(self) else {
            raise(
                .runtime,
                "vmap: inplace arithmetic(self, *extra_args) is not possible because there exists a Tensor `other` in extra_args that has more elements than `self`. This happened due to `other` being vmapped over but `self` not being vmapped over in a vmap. Please try to use out-of-place operators instead of inplace arithmetic. If said operator is being called inside the PyTorch framework, please file a bug report instead."
            )
            return false
        }
        return spread(storage, stride: storage.byteCount)
    }

    /// Copies a storage to memory with `stride` bytes for each example.
    private func spread(_ storage: Storage, stride: Int) -> Bool {
        let count = storage.byteCount
        guard let memory = allocate([size, stride], .uint8, storage.device) else { return false }
        let batch = StorageBatch(scope: storage.batch?.scope, level: self, physical: memory.storage, stride: stride)
        let wasDeferred = storage.placement == .deferred
        let old = storage.replaceMemory(by: batch)
        if wasDeferred || count == 0 || size == 0 { return true }
        let source = full(Strided(storage: old, layout: Layout([count]), dtype: .uint8))
        let out = Strided(
            storage: memory.storage, layout: Layout([size, count], strides: [stride, 1], offset: 0), dtype: .uint8)
        below(storage.device) { $0.copy(out: out, source) }
        return true
    }

    /// The elements from an example to the next. Memory whose examples are not aligned to the dtype is copied first.
    private func step(_ storage: Storage, _ dtype: DType) -> Int {
        if let batch = storage.batch, batch.stride % dtype.itemSize != 0 {
            _ = spread(storage, stride: (storage.byteCount + 15) / 16 * 16)
        }
        return (storage.batch?.stride ?? 0) / dtype.itemSize
    }
}

// MARK: - Operands

extension BatchLevel {
    /// Returns the operand for all examples: their number is the first size. `rank` is the least number of dimensions
    /// after it.
    func full(_ s: Strided, rank: Int = 0) -> Strided {
        let lead = Swift.max(rank - s.layout.rank, 0), layout = s.layout
        var storage = s.storage, stride = 0
        if storage.batchLevel == self {
            stride = step(storage, s.dtype)
            storage = storage.batch?.physical ?? storage
        }
        return Strided(
            storage: storage,
            layout: Layout(
                [size] + [Int](repeating: 1, count: lead) + layout.sizes,
                strides: [stride] + [Int](repeating: 0, count: lead) + layout.strides, offset: layout.offset),
            dtype: s.dtype)
    }

    /// Like `full`, but returns an operand that is the same for all examples as it is.
    func broadcast(_ s: Strided, rank: Int) -> Strided {
        s.storage.batchLevel == self ? full(s, rank: rank) : s
    }

    /// Returns one example of an operand.
    func example(_ s: Strided, _ i: Int) -> Strided {
        guard s.storage.batchLevel == self else { return s }
        let step = step(s.storage, s.dtype)
        return Strided(
            storage: s.storage.batch?.physical ?? s.storage, layout: s.layout.at(s.layout.offset + i * step),
            dtype: s.dtype)
    }
    func example(_ d: Dense, _ i: Int) -> Dense { Dense(example(d.strided, i)) }
    @_disfavoredOverload
    func example(_ d: Dense?, _ i: Int) -> Dense? { d.map { example($0, i) } }
    func example(_ d: Indices, _ i: Int) -> Indices { Indices(example(d.strided, i)) }
    @_disfavoredOverload
    func example(_ d: Indices?, _ i: Int) -> Indices? { d.map { example($0, i) } }

    /// What is to be done for a primitive.
    enum Plan {
        /// It runs once, below.
        case once
        /// It runs for all examples.
        case batched
        /// Nothing: there are no examples, or an error was raised.
        case nothing
    }

    /// Returns what is to be done for a primitive with these results and inputs. Gives the results memory for all
    /// examples if an operand differs between them.
    func plan(_ outs: [Strided?], _ inputs: [Strided?]) -> Plan {
        var isBatched = false
        for case let operand? in outs + inputs {
            guard let level = operand.storage.batchLevel else { continue }
            if level == self {
                isBatched = true
            } else if !isInside(level) {
                raise(.runtime, BatchLevel.escaped)
                return .nothing
            }
        }
        if !isBatched { return .once }
        for case let out? in outs {
            guard makeBatched(out.storage) else { return .nothing }
            out.storage.batch?.physical?.version &+= 1
        }
        return size == 0 ? .nothing : .batched
    }
}

/// The contiguous operands of one call for all examples. What cannot be contiguous is copied, and copied back.
struct BatchedOperands {
    private let level: BatchLevel
    private let device: Device
    private var copies: [(out: Strided, copy: Strided)] = []
    private var hasMemory = true

    init(_ level: BatchLevel, _ device: Device) { (self.level, self.device) = (level, device) }

    /// Returns an operand that is read. Its number of dimensions without the examples is at least `rank`.
    mutating func input(_ d: Dense, rank: Int = 0) -> Dense {
        let all = level.full(d.strided, rank: rank)
        if all.layout.isContiguous { return Dense(all) }
        return Dense(copied(all) ?? all.contiguousPlaceholder)
    }
    mutating func input(_ d: Dense?, rank: Int = 0) -> Dense? { d.map { input($0, rank: rank) } }
    mutating func input(_ d: Indices, rank: Int = 0) -> Indices { Indices(input(d.dense, rank: rank).strided) }
    mutating func input(_ d: Indices?, rank: Int = 0) -> Indices? { d.map { input($0, rank: rank) } }

    /// Returns an operand that is written.
    mutating func output(_ d: Dense, rank: Int = 0) -> Dense {
        written(level.full(d.strided, rank: rank), keepsValues: false)
    }
    mutating func output(_ d: Dense?, rank: Int = 0) -> Dense? { d.map { output($0, rank: rank) } }
    mutating func output(_ d: Indices, rank: Int = 0) -> Indices { Indices(output(d.dense, rank: rank).strided) }
    mutating func output(_ d: Indices?, rank: Int = 0) -> Indices? { d.map { output($0, rank: rank) } }

    /// Returns an operand that is read and written, if it differs between examples; otherwise it is only read.
    mutating func changed(_ d: Dense) -> Dense {
        let all = level.full(d.strided)
        if all.layout.isContiguous { return Dense(all) }
        guard let copy = copied(all) else { return Dense(all.contiguousPlaceholder) }
        if d.strided.storage.batchLevel == level { copies.append((all, copy)) }
        return Dense(copy)
    }
    mutating func changed(_ d: Dense?) -> Dense? { d.map { changed($0) } }

    /// Returns an operand that is read, [outer, ...], as [outer, examples, ...].
    mutating func input(_ d: Dense, inside outer: Int) -> Dense {
        let all = examplesInside(d, outer)
        return Dense(all.layout.isContiguous ? all : copied(all) ?? all.contiguousPlaceholder)
    }
    mutating func input(_ d: Dense?, inside outer: Int) -> Dense? { d.map { input($0, inside: outer) } }

    /// Returns an operand that is written, [outer, ...], as [outer, examples, ...].
    mutating func output(_ d: Dense, inside outer: Int) -> Dense {
        written(examplesInside(d, outer), keepsValues: false)
    }
    mutating func output(_ d: Dense?, inside outer: Int) -> Dense? { d.map { output($0, inside: outer) } }

    /// Returns an operand that is read and written, [outer, ...], as [outer, examples, ...].
    mutating func changed(_ d: Dense, inside outer: Int) -> Dense {
        written(examplesInside(d, outer), keepsValues: true)
    }

    /// Returns a lifted operand that is written, or memory that is copied to its place.
    private mutating func written(_ all: Strided, keepsValues: Bool) -> Dense {
        if all.layout.isContiguous { return Dense(all) }
        guard let copy = keepsValues ? copied(all) : new(all) else { return Dense(all.contiguousPlaceholder) }
        copies.append((all, copy))
        return Dense(copy)
    }

    /// Returns an operand as [outer, examples, elements].
    private func examplesInside(_ d: Dense, _ outer: Int) -> Strided {
        let all = level.full(d.reshaped([outer, d.count / Swift.max(outer, 1)]).strided)
        return Strided(storage: all.storage, layout: all.layout.transposed(0, 1), dtype: all.dtype)
    }

    /// Returns a row-major copy of a lifted operand.
    mutating func copied(_ all: Strided) -> Strided? {
        guard let copy = new(all) else { return nil }
        level.below(device) { $0.copy(out: copy, all) }
        return copy
    }

    /// Returns row-major memory of the sizes of a lifted operand.
    mutating func new(_ all: Strided) -> Strided? {
        let made = level.allocate(all.layout.sizes, all.dtype, device)
        if made == nil { hasMemory = false }
        return made
    }

    /// Notes that a result must be copied to its place.
    mutating func copyBack(_ copy: Strided, to out: Strided) { copies.append((out, copy)) }

    /// Runs the primitive below, and copies the results to their places.
    func run(_ body: (any Backend) -> Bool) -> Bool {
        guard hasMemory, level.below(device, body) else { return false }
        for (out, copy) in copies { level.below(device) { $0.copy(out: out, copy) } }
        return true
    }
}

extension Strided {
    /// The same memory as a contiguous operand, for calls that are not made.
    fileprivate var contiguousPlaceholder: Strided {
        Strided(storage: storage, layout: Layout(layout.sizes), dtype: dtype)
    }
}

extension Dense {
    /// The same elements with the first two dimensions as one.
    var folded: Dense {
        let sizes = layout.sizes
        if sizes.count < 2 { return self }
        return reshaped([sizes[0] * sizes[1]] + sizes.dropFirst(2))
    }

    /// The same elements in other sizes.
    func reshaped(_ sizes: [Int]) -> Dense {
        Dense(Strided(storage: strided.storage, layout: Layout(sizes, offset: layout.offset), dtype: dtype))
    }
}

extension Indices {
    /// The same indices with the first two dimensions as one.
    var folded: Indices { Indices(dense.folded.strided) }
}

extension BatchLevel: MemorySource {
    func memory(byteCount: Int, on device: Device) -> Storage? {
        let backend = Backends.withoutBatches(device)
        if let memory = backend.allocate(byteCount: byteCount) { return memory }
        raise(backend.outOfMemory(byteCount: byteCount))
        return nil
    }
}
