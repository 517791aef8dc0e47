import Locks

/// What an allocator of device memory needs of the device. Streams are numbers.
struct SegmentSource: Sendable {
    /// Allocates memory; nil if the device has none.
    var allocate: @Sendable (_ byteCount: Int) -> UInt64?
    /// Frees memory. All work that uses it has ended.
    var free: @Sendable (_ address: UInt64) -> Void
    /// Returns a mark after the work that a stream has now.
    var mark: @Sendable (_ stream: Int) -> any StreamMark
}

/// A place in a stream's work.
protocol StreamMark: Sendable {
    /// Whether the stream has passed the place.
    var hasPassed: Bool { get }
    /// Waits until the stream has passed it.
    func wait()
}

/// Device memory with PyTorch's sizes, rules and counters, so that `memoryAllocated` returns PyTorch's numbers.
///
/// Memory comes from the device in segments, which are split into blocks. A freed block can be used again at once on
/// its own stream, because a stream runs its work in order. If other streams have used it too (`record`), it waits
/// until they have passed that point. Segments are kept, because a device allocates slowly, and waits for all its work
/// before it frees memory.
final class CachingAllocator: Sendable {
    /// A part of a segment.
    final class Block: @unchecked Sendable {
        let pool: Int, stream: Int, isSmall: Bool, address: UInt64
        fileprivate(set) var size: Int
        fileprivate var requested = 0
        fileprivate var isAllocated = false
        /// The neighbours in the segment. The allocator keeps all blocks.
        fileprivate unowned(unsafe) var previous: Block?
        fileprivate unowned(unsafe) var next: Block?
        /// Other streams that use the block, and marks in them that it waits for.
        fileprivate var users: Set<Int> = []
        fileprivate var waiting = 0

        fileprivate init(pool: Int, stream: Int, isSmall: Bool, address: UInt64, size: Int) {
            self.pool = pool
            self.stream = stream
            self.isSmall = isSmall
            self.address = address
            self.size = size
        }

        fileprivate var isSplit: Bool { previous != nil || next != nil }
    }

    /// Sizes in bytes.
    private enum Size {
        /// Blocks are multiples of this.
        static let unit = 512
        /// The largest small block, and the segment for small blocks.
        static let small = 1 << 20, smallSegment = 2 << 20
        /// Blocks below this come from segments of the second size.
        static let medium = 10 << 20, mediumSegment = 20 << 20
        /// Larger segments are multiples of this.
        static let segmentUnit = 2 << 20
    }

    private struct State {
        /// Unused blocks, ordered by pool, stream, size and address.
        var small: [Block] = [], large: [Block] = []
        /// Freed blocks that wait for other streams.
        var waiting: [(mark: any StreamMark, block: Block)] = []
        /// The number of graphs that are being captured, and the freed blocks that other streams use. During a
        /// capture, events must not be queried, so these blocks wait for its end.
        var captures = 0
        var deferred: [Block] = []
        /// The users of graphs' pools: graphs, and the capture that fills it. Segments of a pool that has users stay.
        var pools: [Int: Int] = [:]
        var newestPool = 0
        /// All blocks. They refer to their neighbours without keeping them.
        var blocks: [ObjectIdentifier: Block] = [:]
        var statistics = AllocatorStatistics()
    }

    private let source: SegmentSource
    /// Whether segments are kept and split. If not, each block is a segment of its own, so that memory checkers
    /// such as compute-sanitizer find accesses outside of it.
    private let caches: Bool
    private let state = Mutex(State())

    init(_ source: SegmentSource, caches: Bool = true) {
        self.source = source
        self.caches = caches
    }

    static func roundedSize(_ byteCount: Int) -> Int {
        byteCount <= Size.unit ? Size.unit : (byteCount + Size.unit - 1) / Size.unit * Size.unit
    }

    private static func segmentSize(_ size: Int) -> Int {
        if size <= Size.small { return Size.smallSegment }
        if size < Size.medium { return Size.mediumSegment }
        return (size + Size.segmentUnit - 1) / Size.segmentUnit * Size.segmentUnit
    }

    /// Returns a block of at least `byteCount` bytes for work on `stream`, or nil if the device has no memory even when
    /// the cache is empty. `pool` is the memory of a captured graph, or 0.
    func allocate(_ byteCount: Int, stream: Int, pool: Int = 0) -> Block? {
        // Larger than any memory; the sums below must not overflow.
        guard byteCount < 1 << 60 else {
            state.withLock { $0.statistics.outOfMemory += 1 }
            return nil
        }
        let size = Self.roundedSize(byteCount)
        return state.withLock { state in
            finishWaiting(&state, wait: false)
            guard let found = takeUnused(&state, size, stream, pool) ?? newSegment(&state, size, stream, pool)
            else {
                state.statistics.outOfMemory += 1
                return nil
            }
            let block = split(&state, found, size)
            block.isAllocated = true
            block.requested = byteCount
            state.statistics.allocations.add(1, isSmall: block.isSmall)
            state.statistics.active.add(1, isSmall: block.isSmall)
            state.statistics.allocatedBytes.add(block.size, isSmall: block.isSmall)
            state.statistics.activeBytes.add(block.size, isSmall: block.isSmall)
            state.statistics.requestedBytes.add(byteCount, isSmall: block.isSmall)
            return block
        }
    }

    /// Frees a block.
    func free(_ block: Block) {
        state.withLock { state in
            block.isAllocated = false
            state.statistics.allocations.add(-1, isSmall: block.isSmall)
            state.statistics.allocatedBytes.add(-block.size, isSmall: block.isSmall)
            if block.users.isEmpty { return release(&state, block) }
            guard state.captures == 0 else {
                block.waiting = 1
                return state.deferred.append(block)
            }
            waitForUsers(&state, block)
        }
    }

    private func waitForUsers(_ state: inout State, _ block: Block) {
        block.waiting = 0
        for stream in block.users {
            state.waiting.append((source.mark(stream), block))
            block.waiting += 1
        }
        block.users = []
    }

    // MARK: Graphs

    /// Returns a new pool of memory, which has no users yet.
    func newPool() -> Int {
        state.withLock { state in
            state.newestPool += 1
            return state.newestPool
        }
    }

    /// Adds a user to a pool.
    func usePool(_ pool: Int) { state.withLock { $0.pools[pool, default: 0] += 1 } }

    /// Removes a user from a pool. The segments of a pool without users can be freed like all others.
    func leavePool(_ pool: Int) {
        state.withLock { state in
            state.pools[pool, default: 1] -= 1
            if state.pools[pool] == 0 { state.pools[pool] = nil }
        }
    }

    /// Notes that a capture begins.
    func beginCapture() { state.withLock { $0.captures += 1 } }

    /// Notes that a capture has ended.
    func endCapture() {
        state.withLock { state in
            state.captures -= 1
            guard state.captures == 0 else { return }
            let deferred = state.deferred
            state.deferred = []
            for block in deferred { waitForUsers(&state, block) }
        }
    }

    /// Notes that work on `stream` uses the block, so that it is not used again before that has ended.
    func record(_ block: Block, stream: Int) {
        if stream == block.stream { return }
        state.withLock { _ in _ = block.users.insert(stream) }
    }

    /// Frees all segments that are not in use.
    func emptyCache() {
        state.withLock { state in
            finishWaiting(&state, wait: true)
            releaseSegments(&state)
        }
    }

    var statistics: AllocatorStatistics { state.withLock { $0.statistics } }
    func resetPeaks() { state.withLock { $0.statistics.resetPeaks() } }

    // MARK: Finding memory

    /// Takes the smallest unused block of the stream that is large enough.
    private func takeUnused(_ state: inout State, _ size: Int, _ stream: Int, _ pool: Int) -> Block? {
        func take(_ blocks: inout [Block]) -> Block? {
            let at = blocks.lowerBound(pool, stream, size, 0)
            guard at < blocks.count, blocks[at].pool == pool, blocks[at].stream == stream else { return nil }
            return blocks.remove(at: at)
        }
        guard caches else { return nil }
        guard let block = size <= Size.small ? take(&state.small) : take(&state.large) else { return nil }
        if block.isSplit { countInactive(&state, block, -1) }
        return block
    }

    private func newSegment(_ state: inout State, _ size: Int, _ stream: Int, _ pool: Int) -> Block? {
        let segmentSize = caches ? Self.segmentSize(size) : size
        var address = source.allocate(segmentSize)
        if address == nil {
            state.statistics.retries += 1
            finishWaiting(&state, wait: true)
            releaseSegments(&state)
            address = source.allocate(segmentSize)
        }
        guard let address else { return nil }
        let block = Block(
            pool: pool, stream: stream, isSmall: size <= Size.small, address: address, size: segmentSize)
        state.blocks[ObjectIdentifier(block)] = block
        state.statistics.segments.add(1, isSmall: block.isSmall)
        state.statistics.reservedBytes.add(segmentSize, isSmall: block.isSmall)
        return block
    }

    /// Splits a block if the rest beyond `size` is large enough for a block. Returns the first part, the same object.
    private func split(_ state: inout State, _ block: Block, _ size: Int) -> Block {
        let rest = block.size - size
        guard caches, block.isSmall ? rest >= Size.unit : rest > Size.small else { return block }
        let remainder = Block(
            pool: block.pool, stream: block.stream, isSmall: block.isSmall, address: block.address + UInt64(size),
            size: rest)
        remainder.previous = block
        remainder.next = block.next
        block.next?.previous = remainder
        block.next = remainder
        state.blocks[ObjectIdentifier(remainder)] = remainder
        block.size = size
        insert(&state, remainder)
        countInactive(&state, remainder, 1)
        return block
    }

    private func insert(_ state: inout State, _ block: Block) {
        if block.isSmall {
            state.small.insert(block, at: state.small.lowerBound(block.pool, block.stream, block.size, block.address))
        } else {
            state.large.insert(block, at: state.large.lowerBound(block.pool, block.stream, block.size, block.address))
        }
    }

    private func remove(_ state: inout State, _ block: Block) {
        if block.isSmall {
            state.small.remove(at: state.small.lowerBound(block.pool, block.stream, block.size, block.address))
        } else {
            state.large.remove(at: state.large.lowerBound(block.pool, block.stream, block.size, block.address))
        }
    }

    private func countInactive(_ state: inout State, _ block: Block, _ sign: Int) {
        state.statistics.inactiveSplits.add(sign, isSmall: block.isSmall)
        state.statistics.inactiveSplitBytes.add(sign * block.size, isSmall: block.isSmall)
    }

    // MARK: Freeing memory

    /// Makes a freed block available, joined with unused neighbours.
    private func release(_ state: inout State, _ freed: Block) {
        let statistics = (size: freed.size, requested: freed.requested)
        var block = freed
        for neighbour in [freed.previous, freed.next].compactMap({ $0 }) {
            guard !neighbour.isAllocated, neighbour.waiting == 0, neighbour.users.isEmpty else { continue }
            remove(&state, neighbour)
            countInactive(&state, neighbour, -1)
            let (first, second) = neighbour === block.previous ? (neighbour, block) : (block, neighbour)
            first.size += second.size
            first.next = second.next
            second.next?.previous = first
            state.blocks[ObjectIdentifier(second)] = nil
            block = first
        }
        state.statistics.active.add(-1, isSmall: block.isSmall)
        state.statistics.activeBytes.add(-statistics.size, isSmall: block.isSmall)
        state.statistics.requestedBytes.add(-statistics.requested, isSmall: block.isSmall)
        insert(&state, block)
        if block.isSplit { countInactive(&state, block, 1) }
        if !caches { releaseSegments(&state) }
    }

    /// Makes blocks available whose other streams have passed.
    private func finishWaiting(_ state: inout State, wait: Bool) {
        if state.waiting.isEmpty || state.captures > 0 { return }
        let all = state.waiting
        state.waiting = []
        for (mark, block) in all {
            if wait { mark.wait() }
            guard wait || mark.hasPassed else {
                state.waiting.append((mark, block))
                continue
            }
            block.waiting -= 1
            if block.waiting == 0 { release(&state, block) }
        }
    }

    /// Frees the segments that consist of one unused block.
    private func releaseSegments(_ state: inout State) {
        // To free memory, a device waits for all its work. No capture allows this.
        if state.captures > 0 { return }
        for block in state.small + state.large where !block.isSplit && state.pools[block.pool] == nil {
            remove(&state, block)
            source.free(block.address)
            state.blocks[ObjectIdentifier(block)] = nil
            state.statistics.segments.add(-1, isSmall: block.isSmall)
            state.statistics.reservedBytes.add(-block.size, isSmall: block.isSmall)
        }
    }
}

extension [CachingAllocator.Block] {
    /// Returns the place of the first block that is not before this pool, stream, size and address.
    fileprivate func lowerBound(_ pool: Int, _ stream: Int, _ size: Int, _ address: UInt64) -> Int {
        var low = 0, high = count
        while low < high {
            let middle = (low + high) / 2, block = self[middle]
            if (block.pool, block.stream, block.size, block.address) < (pool, stream, size, address) {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low
    }
}
