import Foundation
import Testing
@testable import Torch

/// Mistakes of a host and of kernels, and how the simulated device answers them. A simulator that misses one proves
/// nothing about a backend. Each test makes one kind of mistake; many would go unnoticed on a real device.
@Suite(.serialized, .enabled(if: SimulatedCard.isHere, "the simulated device is not here (Tests/CUDASimulator/run.sh)"))
struct SimulatedCardMistakeTests {
    static let card = Result { try SimulatedCard() }
    /// Kernels on vectors of 100 numbers.
    nonisolated(unsafe) static let kernels = Result { try card.get().module(text, name: "mistakes") }
    private static let text = try! String(
        contentsOfFile: URL(fileURLWithPath: #filePath).deletingLastPathComponent().path
            + "/../../CUDASimulator/mistakes.cu", encoding: .utf8)

    /// Two vectors of 0, 1, …, 99 and a third for results, all written and waited for.
    struct Bench {
        let card: SimulatedCard
        let x = (0..<100).map(Float.init)
        let a, b, out: CUDADriver.Address

        init() throws {
            card = try SimulatedCardMistakeTests.card.get()
            // Tests may run on several threads, one after the other.
            try card.makeCurrent()
            card.forgive()
            card.setting("ORDER", "lazy")
            a = try card.memory(x)
            b = try card.memory(x)
            out = try card.memory([Float](repeating: 0, count: 100))
            #expect(card.wait() == 0)
        }

        func kernel(_ name: String) throws -> OpaquePointer {
            try card.kernel(SimulatedCardMistakeTests.kernels.get(), name)
        }

        func add(
            _ a: UInt64, _ b: UInt64, _ out: UInt64, count: Int32 = 100, stream: OpaquePointer? = nil
        ) throws {
            let status = card.launch(try kernel("add"), grid: 2, stream) {
                $0.add(a)
                $0.add(b)
                $0.add(out)
                $0.add(count)
            }
            #expect(status == 0)
        }

        /// Runs a kernel of x and y.
        func run(_ name: String, grid: UInt32 = 1, x: UInt64? = nil) throws -> Int32 {
            let status = card.launch(try kernel(name), grid: grid) {
                $0.add(x ?? a)
                $0.add(out)
            }
            #expect(status == 0)
            return card.wait()
        }
    }

    // MARK: Addresses

    /// The process ends at the access. What it prints names the byte and the allocation.
    @Test func theHostTouchesDeviceMemory() async throws {
        let result = await #expect(processExitsWith: .signal(SIGSEGV), observing: [\.standardErrorContent]) {
            let bench = try Bench()
            print(UnsafePointer<Float>(bitPattern: UInt(bench.a + 8))!.pointee)
        }
        let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(text.contains("the host touched device memory") && text.contains("byte 8 of allocation"))
    }

    @Test func aKernelReadsPastTheEnd() throws {
        let bench = try Bench()
        try bench.add(bench.a, bench.b, bench.out, count: 101)
        #expect(bench.card.wait() == 700)
        bench.card.expectReport("reads 4 bytes", "of 400 bytes")
    }

    @Test func aCopyReadsPastTheEnd() throws {
        let bench = try Bench()
        #expect(throws: TorchError.self) { try bench.card.floats(bench.a, 101) }
        bench.card.expectReport("a copy to the host reads 404 bytes")
    }

    /// After a fault every call answers the same.
    @Test func aFaultStays() throws {
        let bench = try Bench()
        try bench.add(bench.a, bench.b, bench.out, count: 101)
        #expect(bench.card.wait() == 700 && bench.card.wait() == 700)
        #expect(throws: TorchError.self) { try bench.card.memory(16) }
        bench.card.forgive()
        #expect(bench.card.wait() == 0)
    }

    @Test func memoryIsUsedAfterItWasFreed() throws {
        let bench = try Bench()
        #expect(bench.card.free(bench.a) == 0)
        try bench.add(bench.a, bench.b, bench.out)
        #expect(bench.card.wait() == 700)
        bench.card.expectReport("(freed)")
    }

    @Test func memoryIsFreedTwice() throws {
        let bench = try Bench()
        #expect(bench.card.free(bench.a) == 0 && bench.card.free(bench.a) == 0)
        #expect(bench.card.wait() == 1)
        bench.card.expectReport("freed twice")
    }

    @Test func aKernelGetsAHostPointer() throws {
        let bench = try Bench()
        try bench.x.withUnsafeBufferPointer {
            try bench.add(bench.a, UInt64(UInt(bitPattern: $0.baseAddress)), bench.out)
            #expect(bench.card.wait() == 700)
        }
        bench.card.expectReport("no device memory")
    }

    @Test func aVectorIsMisaligned() throws {
        let bench = try Bench()
        #expect(try bench.run("copy_vectors", x: bench.a + 4) == 716)
        bench.card.expectReport("misaligned")
    }

    @Test func memoryIsReadThatNothingHasWritten() throws {
        let bench = try Bench()
        let fresh = try bench.card.memory(400)
        try bench.add(bench.a, fresh, bench.out)
        #expect(bench.card.wait() == 0)
        bench.card.expectReport("nothing has written")
    }

    /// The results are stale, as on a device on a bad day. The order `lazy` makes every day bad.
    @Test func aCopyIsNotWaitedFor() throws {
        let bench = try Bench()
        let host = try bench.card.pinned(100)
        host.initialize(repeating: -1)
        try bench.add(bench.a, bench.b, bench.out)
        #expect(bench.card.driver.copyOut(host.baseAddress!, bench.out, 400, bench.card.stream) == 0)
        #expect(host.allSatisfy { $0 == -1 })
        #expect(bench.card.wait() == 0 && Array(host) == bench.x.map { 2 * $0 })
        bench.card.expectNoReport()
    }

    @Test func pinnedMemoryIsWrittenBeforeItWasCopied() throws {
        let bench = try Bench()
        let host = try bench.card.pinned(100)
        _ = host.update(fromContentsOf: bench.x)
        #expect(bench.card.driver.copyIn(bench.a, host.baseAddress!, 400, bench.card.stream) == 0)
        host.update(repeating: 7)
        #expect(try bench.card.floats(bench.a, 100) == [Float](repeating: 7, count: 100))
    }

    // MARK: Order

    @Test func anotherStreamUsesMemoryBeforeItIsAllocated() throws {
        let bench = try Bench(), other = try bench.card.newStream()
        let fresh = try bench.card.memory(bench.x)
        try bench.add(fresh, bench.b, bench.out, stream: other)
        #expect(bench.card.wait(other) == 700)
        bench.card.expectReport("not yet allocated in its stream's order")
    }

    @Test func anotherStreamDoesNotWait() throws {
        let bench = try Bench(), other = try bench.card.newStream()
        try bench.card.copyIn(bench.a, bench.x.map { $0 + 1 })
        try bench.add(bench.a, bench.b, bench.out, stream: other)
        #expect(try bench.card.floats(bench.out, 100, other) == bench.x.map { 2 * $0 })
        // With an event it does.
        var event: OpaquePointer?
        let driver = bench.card.driver
        #expect(driver.createEvent(&event, 2) == 0)
        try bench.card.copyIn(bench.a, bench.x.map { $0 + 2 })
        #expect(
            driver.recordEvent(event, bench.card.stream) == 0 && driver.waitForEvent(other, event, 0) == 0)
        try bench.add(bench.a, bench.b, bench.out, stream: other)
        #expect(try bench.card.floats(bench.out, 100, other) == bench.x.map { 2 * $0 + 2 })
        bench.card.expectNoReport()
    }

    @Test func aBlockingCopyDoesNotWaitForAStreamThatIsNotBlocking() throws {
        let bench = try Bench()
        try bench.add(bench.b, bench.b, bench.out)
        #expect(bench.card.floatsByLegacyStream(bench.out, 100) != bench.x.map { 2 * $0 })
        #expect(bench.card.wait() == 0)
        #expect(bench.card.floatsByLegacyStream(bench.out, 100) == bench.x.map { 2 * $0 })
    }

    // MARK: Launches

    @Test func aBlockHasTooManyThreads() throws {
        let bench = try Bench(), kernel = try bench.kernel("right")
        #expect(bench.card.launch(kernel, block: 2048) { $0.add(0) } == 1)
        bench.card.expectReport("no launch has", "2048")
    }

    @Test func aBlockAsksForTooMuchSharedMemory() throws {
        let bench = try Bench(), kernel = try bench.kernel("right")
        #expect(bench.card.launch(kernel, shared: 100 << 10) { $0.add(0) } == 1)
        bench.card.expectReport("102400 bytes of shared memory")
    }

    @Test func anArgumentIsForgotten() throws {
        let bench = try Bench()
        let status = bench.card.launch(try bench.kernel("add")) {
            $0.add(bench.a)
            $0.add(bench.b)
            $0.add(bench.out)
        }
        #expect(status == 1)
        bench.card.expectReport("add takes 28 bytes of arguments, not 24")
    }

    @Test func aKernelDoesNotExist() throws {
        let bench = try Bench()
        var function: OpaquePointer?
        let module = try Self.kernels.get()
        #expect(bench.card.driver.getFunction(&function, module, "no_such_kernel") == 500)
    }

    @Test func aThreadHasNoContext() throws {
        let bench = try Bench()
        let status = OtherThreadsNumber()
        let thread = Thread { status.value = bench.card.wait() }
        thread.start()
        status.wait()
        #expect(status.value == 201)
    }

    // MARK: Kernels

    @Test(
        arguments: [
            ("no_barrier", 0, "shared memory", 1), ("two_barriers", 719, "different barriers, in lines 13 and 15", 1),
            ("lost_lane", 719, "for ever", 1), ("blocks_meet", 0, "race for global memory", 2),
            ("plain_sum", 0, "race for global memory", 1), ("outside_shared", 700, "outside of its array", 1),
            ("shared_not_written", 0, "shared memory that nothing has written", 1), ("asserts", 710, "assertion", 1)
        ] as [(String, Int32, String, UInt32)])
    func aKernelIsWrong(_ name: String, _ status: Int32, _ words: String, _ grid: UInt32) throws {
        let bench = try Bench()
        #expect(try bench.run(name, grid: grid) == status)
        bench.card.expectReport(words, name)
    }

    @Test func aKernelIsRight() throws {
        let bench = try Bench()
        #expect(try bench.run("right") == 0)
        #expect(try bench.card.floats(bench.out, 64) == bench.x[..<64].reversed())
        bench.card.expectNoReport()
    }

    // MARK: Graphs

    @Test func aCaptureWaits() throws {
        let bench = try Bench(), card = bench.card
        var graph: OpaquePointer?
        #expect(card.beginCapture(card.stream, 0) == 0)
        try bench.add(bench.a, bench.b, bench.out)
        #expect(card.wait() == 900)
        #expect(card.endCapture(card.stream, &graph) == 901)
        // Memory that no stream orders.
        var address: UInt64 = 0
        #expect(card.beginCapture(card.stream, 0) == 0)
        #expect(card.driver.allocate(&address, 16) == 900)
        card.expectReport("while a graph is captured")
        #expect(card.endCapture(card.stream, &graph) == 901)
    }

    @Test func aCapturedStreamDoesNotComeBack() throws {
        let bench = try Bench(), card = bench.card, other = try card.newStream()
        var event: OpaquePointer?, graph: OpaquePointer?
        #expect(card.driver.createEvent(&event, 2) == 0 && card.beginCapture(card.stream, 0) == 0)
        #expect(card.driver.recordEvent(event, card.stream) == 0 && card.driver.waitForEvent(other, event, 0) == 0)
        try bench.add(bench.a, bench.b, bench.out, stream: other)
        #expect(card.endCapture(card.stream, &graph) == 904)
        card.expectReport("another stream has work of it")
    }

    @Test func aGraphsMemoryIsFreed() throws {
        let bench = try Bench(), card = bench.card
        let temporary = try card.memory(bench.x)
        var graph: OpaquePointer?, executable: OpaquePointer?
        #expect(card.wait() == 0 && card.beginCapture(card.stream, 0) == 0)
        try bench.add(temporary, bench.b, bench.out)
        #expect(card.endCapture(card.stream, &graph) == 0 && card.instantiate(&executable, graph, 0) == 0)
        #expect(card.launchGraph(executable, card.stream) == 0)
        #expect(try card.floats(bench.out, 100) == bench.x.map { 2 * $0 })
        #expect(card.free(temporary) == 0 && card.launchGraph(executable, card.stream) == 0)
        #expect(card.wait() == 700)
        card.expectReport("(freed)")
    }

    // MARK: Devices

    @Test func aKernelTouchesAnotherDevicesMemory() throws {
        let bench = try Bench(), driver = bench.card.driver
        try #require(driver.deviceCount > 1)
        var here: OpaquePointer?, other: OpaquePointer?, address: UInt64 = 0
        #expect(driver.retainContext(&here, 0) == 0 && driver.retainContext(&other, 1) == 0)
        #expect(driver.setCurrent(other) == 0)
        #expect(driver.allocate(&address, 400) == 0)
        // A stream of another device is refused.
        #expect(driver.copyIn(address, bench.x, 400, bench.card.stream) == 400)
        bench.card.expectReport("the stream is of device 0")
        #expect(driver.setCurrent(here) == 0)
        #expect(driver.copyBetween(address, other, bench.a, here, 400, bench.card.stream) == 0)
        try bench.add(address, bench.b, bench.out)
        #expect(bench.card.wait() == 700)
        bench.card.expectReport("touches memory of device 1")
    }

    @Test func aProgramIsNoProgram() throws {
        let error = #expect(throws: TorchError.self) {
            try Self.card.get().makeCurrent()
            return try Self.card.get().module("extern \"C\" __global__ void k() { nothing(); }", name: "broken")
        }
        #expect(error?.message.contains("broken.cu:1") == true && error?.message.contains("nothing") == true)
    }
}

/// A number that another thread gives.
private final class OtherThreadsNumber: @unchecked Sendable {
    private let done = DispatchSemaphore(value: 0)
    var value: Int32 = 0 { didSet { done.signal() } }
    func wait() { done.wait() }
}
