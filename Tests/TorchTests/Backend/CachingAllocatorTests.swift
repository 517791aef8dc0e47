import Locks
import Testing
@testable import Torch

/// The sizes and rules are those of PyTorch's allocator (c10/cuda/CUDACachingAllocator.cpp): units of 512 bytes;
/// segments of 2 MiB for blocks up to 1 MiB, of 20 MiB below 10 MiB, else of multiples of 2 MiB.
@Suite struct CachingAllocatorTests {
    /// A device with a limit, whose streams pass marks when they are told to.
    final class Device: @unchecked Sendable {
        struct Mark: StreamMark {
            let device: Device, time: Int
            var hasPassed: Bool { device.time.withLock { $0 } > time }
            func wait() { device.time.withLock { $0 = max($0, time + 1) } }
        }
        let segments = Mutex<[UInt64: Int]>([:])
        let time = Mutex(0)
        private let next = Mutex<UInt64>(1 << 40)
        let limit: Int

        init(limit: Int = .max) { self.limit = limit }

        var source: SegmentSource {
            SegmentSource(
                allocate: { size in
                    self.segments.withLock { segments in
                        guard segments.values.reduce(size, +) <= self.limit else { return nil }
                        let address = self.next.withLock { next in
                            defer { next += UInt64(size) + 4096 }
                            return next
                        }
                        segments[address] = size
                        return address
                    }
                },
                free: { address in self.segments.withLock { $0[address] = nil } },
                mark: { _ in Mark(device: self, time: self.time.withLock { $0 }) })
        }
        var sizes: [Int] { segments.withLock { $0.values.sorted() } }
    }

    private static let mebibyte = 1 << 20

    @Test func segmentsHavePyTorchsSizes() throws {
        let device = Device(), allocator = CachingAllocator(device.source), mebibyte = Self.mebibyte
        let small = try #require(allocator.allocate(1, stream: 0))
        #expect(small.size == 512 && device.sizes == [2 * mebibyte])
        let other = try #require(allocator.allocate(513, stream: 0))
        #expect(other.size == 1024 && other.address == small.address + 512 && device.sizes.count == 1)
        let medium = try #require(allocator.allocate(3 * mebibyte, stream: 0))
        #expect(medium.size == 3 * mebibyte && device.sizes == [2 * mebibyte, 20 * mebibyte])
        // No 1 MiB is split off.
        let large = try #require(allocator.allocate(11 * mebibyte + 1, stream: 0))
        #expect(large.size == 11 * mebibyte + 512 && device.sizes.last == 20 * mebibyte)
        let larger = try #require(allocator.allocate(21 * mebibyte, stream: 0))
        #expect(larger.size == 22 * mebibyte && device.sizes.last == 22 * mebibyte)
        let statistics = allocator.statistics
        #expect(
            statistics.allocatedBytes.all.current == 512 + 1024 + 3 * mebibyte + 11 * mebibyte + 512 + 22 * mebibyte)
        #expect(statistics.reservedBytes.all.current == 44 * mebibyte && statistics.segments.all.current == 3)
        #expect(statistics.requestedBytes.all.current == 1 + 513 + 3 * mebibyte + 11 * mebibyte + 1 + 21 * mebibyte)
        #expect(statistics.inactiveSplits.small.current == 1 && statistics.inactiveSplits.large.current == 1)
    }

    @Test func freedBlocksAreJoinedAndUsedAgain() throws {
        let device = Device(), allocator = CachingAllocator(device.source)
        let blocks = try (0..<4).map { _ in try #require(allocator.allocate(4096, stream: 0)) }
        let first = blocks[0].address
        for i in [0, 2, 1, 3] { allocator.free(blocks[i]) }
        let statistics = allocator.statistics
        #expect(statistics.inactiveSplits.all.current == 0 && statistics.allocatedBytes.all.current == 0)
        #expect(statistics.allocatedBytes.all.peak == 16384 && statistics.allocations.all.freed == 4)
        let again = try #require(allocator.allocate(Self.mebibyte, stream: 0))
        #expect(again.address == first && device.sizes == [2 * Self.mebibyte])
        allocator.free(again)
        allocator.emptyCache()
        #expect(device.sizes == [] && allocator.statistics.reservedBytes.all.current == 0)
    }

    @Test func streamsHaveBlocksOfTheirOwn() throws {
        let device = Device(), allocator = CachingAllocator(device.source)
        let a = try #require(allocator.allocate(1000, stream: 0)), first = a.address
        allocator.free(a)
        let b = try #require(allocator.allocate(1000, stream: 1))
        #expect(b.address != first && device.sizes.count == 2)
        let c = try #require(allocator.allocate(1000, stream: 0))
        #expect(c.address == first)
    }

    /// A block that another stream used waits for it.
    @Test func recordedStreamsAreWaitedFor() throws {
        let device = Device(), allocator = CachingAllocator(device.source)
        let a = try #require(allocator.allocate(2 * Self.mebibyte, stream: 0)), first = a.address
        allocator.record(a, stream: 0)
        allocator.record(a, stream: 3)
        allocator.free(a)
        #expect(allocator.statistics.allocatedBytes.all.current == 0)
        #expect(allocator.statistics.activeBytes.all.current == 2 * Self.mebibyte)
        let b = try #require(allocator.allocate(2 * Self.mebibyte, stream: 0))
        #expect(b.address != first)
        device.time.withLock { $0 += 1 }
        let c = try #require(allocator.allocate(2 * Self.mebibyte, stream: 0))
        #expect(c.address == first && allocator.statistics.activeBytes.all.current == 4 * Self.mebibyte)
    }

    @Test func aFullDeviceGivesUpItsCacheFirst() throws {
        let mebibyte = Self.mebibyte
        let device = Device(limit: 64 * mebibyte), allocator = CachingAllocator(device.source)
        let a = try #require(allocator.allocate(40 * mebibyte, stream: 0))
        #expect(allocator.allocate(40 * mebibyte, stream: 0) == nil)
        #expect(allocator.statistics.outOfMemory == 1 && allocator.statistics.retries == 1)
        allocator.free(a)
        // On another stream, the segment must be given back first.
        #expect(allocator.allocate(40 * mebibyte, stream: 1) != nil)
        #expect(allocator.allocate(.max, stream: 1) == nil && allocator.statistics.outOfMemory == 2)
        #expect(device.sizes == [40 * mebibyte])
    }

    @Test func withoutACacheEachBlockIsASegment() throws {
        let device = Device(), allocator = CachingAllocator(device.source, caches: false)
        let a = try #require(allocator.allocate(1000, stream: 0))
        #expect(device.sizes == [1024])
        allocator.free(a)
        #expect(device.sizes == [] && allocator.statistics.segments.all.current == 0)
    }

    /// A graph's memory serves nobody else, and stays until the graph is gone.
    @Test func aPoolIsItsGraphs() throws {
        let device = Device(), allocator = CachingAllocator(device.source), mebibyte = Self.mebibyte
        let pool = allocator.newPool()
        allocator.usePool(pool)
        let a = try #require(allocator.allocate(1000, stream: 1, pool: pool)), first = a.address
        allocator.free(a)
        let b = try #require(allocator.allocate(1000, stream: 1))
        #expect(b.address != first && device.sizes == [2 * mebibyte, 2 * mebibyte])
        #expect(try #require(allocator.allocate(1000, stream: 1, pool: allocator.newPool())).address != first)
        let again = try #require(allocator.allocate(1000, stream: 1, pool: pool))
        #expect(again.address == first && device.sizes.count == 3)
        allocator.free(again)
        allocator.emptyCache()
        #expect(device.sizes.count == 3)
        allocator.leavePool(pool)
        allocator.emptyCache()
        #expect(device.sizes.count == 2)
    }

    /// While a graph is captured, nobody asks how far streams have come, and no memory goes back.
    @Test func aCaptureAsksNoStream() throws {
        let device = Device(), allocator = CachingAllocator(device.source)
        let a = try #require(allocator.allocate(1000, stream: 0)), first = a.address
        allocator.beginCapture()
        allocator.record(a, stream: 1)
        allocator.free(a)
        device.time.withLock { $0 = 5 }
        let b = try #require(allocator.allocate(1000, stream: 0))
        #expect(b.address != first)
        allocator.emptyCache()
        #expect(device.sizes.count == 1)
        allocator.endCapture()
        // The other stream is marked only now.
        let c = try #require(allocator.allocate(1000, stream: 0))
        #expect(c.address != first)
        device.time.withLock { $0 = 6 }
        #expect(try #require(allocator.allocate(1000, stream: 0)).address == first)
    }

    /// Many sizes in an order from a seed: blocks never overlap, and all memory comes back.
    @Test func blocksNeverOverlap() throws {
        let device = Device(), allocator = CachingAllocator(device.source)
        var seed: UInt64 = 7, held: [CachingAllocator.Block] = []
        func draw(_ below: Int) -> Int {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(seed >> 33) % below
        }
        for _ in 0..<3000 {
            if held.count > 40 || (!held.isEmpty && draw(2) == 0) {
                allocator.free(held.remove(at: draw(held.count)))
            } else {
                held.append(try #require(allocator.allocate(1 << draw(24) + draw(1000), stream: draw(2))))
            }
            let ranges = held.map { ($0.address, $0.address + UInt64($0.size)) }.sorted { $0.0 < $1.0 }
            #expect(zip(ranges, ranges.dropFirst()).allSatisfy { $0.1 <= $1.0 })
        }
        #expect(allocator.statistics.allocatedBytes.all.current == held.reduce(0) { $0 + $1.size })
        for block in held { allocator.free(block) }
        allocator.emptyCache()
        #expect(device.sizes == [] && allocator.statistics.inactiveSplitBytes.all.current == 0)
    }

    /// The lines are those that PyTorch's `memory_summary` prints for these counts.
    @Test func theSummaryIsPyTorchs() {
        var statistics = AllocatorStatistics()
        statistics.allocatedBytes.add(3 << 20, isSmall: false)
        statistics.allocatedBytes.add(512, isSmall: true)
        let lines = statistics.summary(device: 0, abbreviated: false).split(separator: "\n")
        #expect(lines[1] == "|                  PyTorch CUDA memory summary, device ID 0                 |")
        #expect(lines[3] == "|            CUDA OOMs: 0            |        cudaMalloc retries: 0         |")
        #expect(lines[7] == "| Allocated memory      |   3072 KiB |   3072 KiB |   3072 KiB |      0 B   |")
        #expect(lines[8] == "|       from large pool |   3072 KiB |   3072 KiB |   3072 KiB |      0 B   |")
        #expect(lines[9] == "|       from small pool |      0 KiB |      0 KiB |      0 KiB |      0 B   |")
    }
}
