#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif
import CMPI
import Locks
import Torch

/// Memory that the processes of a group share because they run on one machine.
final class SharedMemory: @unchecked Sendable {
    /// The memory, whose first bytes are the mark by which the processes know it.
    let start: UnsafeMutableRawPointer
    private let byteCount: Int

    /// The bytes at the start that are not for use.
    static let header = 64

    private init(_ start: UnsafeMutableRawPointer, byteCount: Int) {
        self.start = start
        self.byteCount = byteCount
    }

    deinit { cmpi_shared_free(start, byteCount) }

    /// Returns memory of zeros, or nil in all processes if they cannot share any. All members call this together.
    static func make(_ group: ProcessGroup, byteCount: Int) -> SharedMemory? {
        if group.size == 1 || group.nccl != nil { return nil }
        // Debug mode compares messages, and here are none.
        let isWanted =
            LaunchEnvironment.variable("SWIFT_TORCH_SHARED_MEMORY") != "0" && DebugChecks.level != .detail
        var memory: UnsafeMutableRawPointer?, handle: Int32 = -1
        var facts: [Int64] = [0, -1, Int64(byteCount), 0]
        if group.rank == 0, isWanted {
            memory = cmpi_shared_make(byteCount, &handle)
            facts = [Int64(getpid()), Int64(handle), Int64(byteCount), .random(in: 1 ... .max)]
            memory?.storeBytes(of: facts[3], as: Int64.self)
        }
        let message = Tensor(facts, device: .cpu)
        _ = group.broadcast(message, from: 0, asyncOp: false)
        facts = message.toArray()
        if group.rank != 0, isWanted, facts[1] >= 0, facts[2] == Int64(byteCount) {
            memory = cmpi_shared_open(
                Int32(truncatingIfNeeded: facts[0]), Int32(truncatingIfNeeded: facts[1]), byteCount)
            if let found = memory, found.load(as: Int64.self) != facts[3] {
                cmpi_shared_free(found, byteCount)
                memory = nil
            }
        }
        let shared = memory.map { SharedMemory($0, byteCount: byteCount) }
        let isShared = Tensor([Int32(shared == nil ? 0 : 1)], device: .cpu)
        _ = group.allReduce(isShared, .min, asyncOp: false)
        if handle >= 0, memory != nil { cmpi_shared_close(handle) }
        return isShared.item(as: Int.self) == 1 ? shared : nil
    }
}

/// The gradients of a bucket in memory that the processes of one machine share, and their sums. Each process writes
/// its part. When all have, the parts are added, always in the order of the ranks, so that all get the same bits.
///
/// Of two processes each adds all elements by itself. Of more, each adds one stretch, which the others then read.
final class SharedBucket {
    /// Where this process writes.
    let part: Tensor

    private let group: ProcessGroup
    private let parts: [Tensor]
    /// The sum of all parts, if stretches are added.
    private let sum: Tensor?
    /// The elements that this process adds.
    private let stretch: Range<Int>
    /// The places of the bucket's tensors in each part, or in the sum.
    private let sources: [[Tensor]]
    /// Of each process, how often it has written its part, and how often it needed the others' parts no more.
    private let written, read: [UnsafeMutablePointer<Atomic<UInt64>>]
    private var round: UInt64 = 0
    private var call: CollectiveCall?
    /// Whether the parts of this round are still needed.
    private var isOpen = false

    private static let lineBytes = 64, pageBytes = 4096

    private static func pages(_ bytes: Int) -> Int { (bytes + pageBytes - 1) / pageBytes * pageBytes }

    private static func hasSum(_ processes: Int, _ overwritesParts: Bool) -> Bool { processes > 2 || overwritesParts }

    /// Returns the bytes of shared memory that a bucket of `count` elements needs.
    static func byteCount(_ count: Int, _ dtype: DType, processes: Int, overwritesParts: Bool) -> Int {
        let regions = processes + (hasSum(processes, overwritesParts) ? 1 : 0)
        return pages(2 * processes * lineBytes) + regions * pages(count * dtype.itemSize)
    }

    /// Creates a bucket in the bytes of `memory` from `offset` on.
    /// - Parameters:
    ///   - overwritesParts: whether a process writes the sum to its part.
    ///   - views: the places of the bucket's tensors in one tensor of `count` elements.
    init(
        _ memory: SharedMemory, offset: Int, count: Int, dtype: DType, group: ProcessGroup, overwritesParts: Bool,
        views: (Tensor) -> [Tensor]
    ) {
        let start = memory.start + offset, processes = group.size
        let counters = (0..<2 * processes).map {
            (start + $0 * SharedBucket.lineBytes).assumingMemoryBound(to: Atomic<UInt64>.self)
        }
        written = Array(counters.prefix(processes))
        read = Array(counters.suffix(processes))
        let first = start + SharedBucket.pages(2 * processes * SharedBucket.lineBytes)
        func region(_ i: Int) -> Tensor {
            let bytes = UnsafeMutableRawBufferPointer(
                start: first + i * SharedBucket.pages(count * dtype.itemSize), count: count * dtype.itemSize)
            return Tensor(
                sharing: bytes, shape: [count], dtype: dtype, deallocator: { withExtendedLifetime(memory) {} })
        }
        parts = (0..<processes).map(region)
        sum = SharedBucket.hasSum(processes, overwritesParts) ? region(processes) : nil
        part = parts[group.rank]
        self.group = group
        sources = (sum.map { [$0] } ?? parts).map(views)
        func bound(_ rank: Int) -> Int { rank == processes ? count : count / processes * rank / 16 * 16 }
        stretch = bound(group.rank)..<bound(group.rank + 1)
    }

    /// Whether sums are divided, not the parts before, which saves a pass. Half types could leave their range so.
    var dividesSums: Bool { sum == nil && (part.dtype == .float32 || part.dtype == .float64) }

    /// Waits until this process may write its part.
    func prepareToWrite() {
        if let call, sum == nil { wait(for: read, call) }
    }

    /// Tells the others that this process has written its part.
    func publish() {
        round += 1
        isOpen = true
        call = group.next(.allReduce)
        written[group.rank].pointee.store(round, ordering: .releasing)
    }

    /// Adds the stretch of this process, if stretches are added. Waits until all have written their parts.
    func addStretch() {
        guard isOpen, let sum, let call else { return }
        isOpen = false
        wait(for: written, call)
        let parts = parts.map { $0.narrow(0, stretch.lowerBound, stretch.count) }
        let own = sum.narrow(0, stretch.lowerBound, stretch.count)
        noGrad {
            own.setToSum(parts[0], parts[1])
            for part in parts.dropFirst(2) { _ = own.add_(part) }
        }
        read[group.rank].pointee.store(round, ordering: .releasing)
    }

    /// Waits until `store` can read the sums.
    func waitForAll() {
        addStretch()
        if let call { wait(for: sum == nil ? written : read, call) }
    }

    /// Stores the mean of the tensor in place `slot`: the sum of the parts, divided by `divisor` if `dividesSums`.
    /// - Parameter isOwnPart: whether the tensor holds the values of this process. They need not be read from the part.
    func store(_ slot: Int, in tensor: Tensor, isOwnPart: Bool, divisor: Int) {
        noGrad {
            if sum != nil {
                _ = tensor.copy_(sources[0][slot])
            } else if dividesSums {
                tensor.setToSum(
                    isOwnPart ? tensor : sources[group.rank][slot], sources[1 - group.rank][slot],
                    times: 1 / Double(divisor))
            } else {
                tensor.setToSum(sources[0][slot], sources[1][slot])
            }
        }
    }

    /// Tells the others that this process has read the sums, or never will.
    func close() {
        if !isOpen { return }
        isOpen = false
        read[group.rank].pointee.store(round, ordering: .releasing)
    }

    private func wait(for counters: [UnsafeMutablePointer<Atomic<UInt64>>], _ call: CollectiveCall) {
        let round = round
        if counters.allSatisfy({ $0.pointee.load(ordering: .acquiring) >= round }) { return }
        _ = group.engine.callDirectly(call, group) {
            for counter in counters {
                var turns = 0
                while counter.pointee.load(ordering: .acquiring) < round {
                    turns += 1
                    // First it is likely that the others are there at once; then they may need the processor.
                    if turns > 20_000 { usleep(50) } else if turns > 1000 { sched_yield() }
                }
            }
            return 0
        }
    }
}
