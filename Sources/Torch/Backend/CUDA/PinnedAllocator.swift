import Locks

/// Host memory that the device reads and writes by itself. Blocks have sizes that are powers of two and are kept. A
/// block that a copy uses is used again when the copy has ended. PyTorch: `CachingHostAllocator`.
final class PinnedAllocator: @unchecked Sendable {
    private struct Block {
        let address: UInt
        let size: Int
        /// Streams with copies of the block.
        var users: Set<Int> = []
    }
    private struct State {
        /// Blocks in use, by address.
        var used: [UInt: Block] = [:]
        var free: [Int: [UInt]] = [:]
        var waiting: [(marks: [any StreamMark], block: Block)] = []
        /// Graphs that are being captured, and blocks that were freed meanwhile.
        var captures = 0
        var deferred: [Block] = []
        /// The bounds of all blocks, to find other addresses quickly.
        var low = UInt.max, high: UInt = 0
    }

    private let driver: CUDADriver
    private let context: CUDADriver.Handle
    private let streams: StreamTable
    private let state = Mutex(State())

    init(_ driver: CUDADriver, _ context: CUDADriver.Handle, _ streams: StreamTable) {
        self.driver = driver
        self.context = context
        self.streams = streams
    }

    /// Returns pinned memory; nil if the system has none.
    func allocate(_ byteCount: Int) -> UnsafeMutableRawPointer? {
        guard byteCount <= 1 << 46 else { return nil }
        var size = 512
        while size < byteCount { size *= 2 }
        let found: UInt? = state.withLock { state -> UInt? in
            finishWaiting(&state)
            var address = state.free[size]?.popLast()
            if address == nil {
                guard driver.setCurrent(context) == 0 else { return nil }
                var pointer: UnsafeMutableRawPointer?
                // CU_MEMHOSTALLOC_PORTABLE: for the contexts of all devices.
                guard driver.allocateHost(&pointer, size, 1) == 0, let pointer else { return nil }
                address = UInt(bitPattern: pointer)
                state.low = min(state.low, address!)
                state.high = max(state.high, address! + UInt(size))
            }
            state.used[address!] = Block(address: address!, size: size)
            return address
        }
        return found.flatMap { UnsafeMutableRawPointer(bitPattern: $0) }
    }

    /// Frees a block.
    func free(_ pointer: UnsafeMutableRawPointer) {
        state.withLock { state in
            guard let block = state.used.removeValue(forKey: UInt(bitPattern: pointer)) else { return }
            if block.users.isEmpty {
                state.free[block.size, default: []].append(block.address)
            } else if state.captures > 0 {
                state.deferred.append(block)
            } else {
                state.waiting.append((block.users.map { streams.mark($0) }, block))
            }
        }
    }

    /// Notes that a capture begins. During a capture, events must not be queried.
    func beginCapture() { state.withLock { $0.captures += 1 } }

    /// Notes that a capture has ended.
    func endCapture() {
        state.withLock { state in
            state.captures -= 1
            guard state.captures == 0 else { return }
            for block in state.deferred { state.waiting.append((block.users.map { streams.mark($0) }, block)) }
            state.deferred = []
        }
    }

    /// Notes that a copy on `stream` uses the block that an address belongs to. Returns whether there is one.
    func record(_ pointer: UnsafeRawPointer, stream: Int) -> Bool {
        let address = UInt(bitPattern: pointer)
        return state.withLock { state in
            guard address >= state.low, address < state.high else { return false }
            for (start, block) in state.used where address >= start && address < start + UInt(block.size) {
                state.used[start]!.users.insert(stream)
                return true
            }
            return false
        }
    }

    private func finishWaiting(_ state: inout State) {
        if state.waiting.isEmpty || state.captures > 0 { return }
        let all = state.waiting
        state.waiting = []
        for entry in all {
            if entry.marks.allSatisfy(\.hasPassed) {
                state.free[entry.block.size, default: []].append(entry.block.address)
            } else {
                state.waiting.append(entry)
            }
        }
    }
}
