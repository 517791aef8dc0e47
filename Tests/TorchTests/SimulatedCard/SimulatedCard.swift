import Foundation
import Testing
@testable import Torch

/// The simulated device (Tests/CUDASimulator). `make test` runs the suites that need it in a process of its own, in
/// which the simulated libraries are the only ones; everywhere else they are skipped.
struct SimulatedCard: @unchecked Sendable {
    static let isHere = ProcessInfo.processInfo.environment["CUDASIM_FOLDER"] != nil

    typealias Address = CUDADriver.Address
    typealias Handle = CUDADriver.Handle

    let driver: CUDADriver
    let compiler: NVRTC
    let stream: Handle
    private let context: Handle
    private let reportCount: @convention(c) () -> Int32
    private let reportText: @convention(c) (Int32) -> UnsafePointer<CChar>
    private let forgiveAll: @convention(c) () -> Void
    private let set: @convention(c) (UnsafePointer<CChar>, UnsafePointer<CChar>) -> Void
    private let allocateAsync: @convention(c) (UnsafeMutablePointer<Address>, Int, Handle?) -> Int32
    private let freeAsync: @convention(c) (Address, Handle?) -> Int32
    private let copyOutAndWait: @convention(c) (UnsafeMutableRawPointer, Address, Int) -> Int32
    let beginCapture: @convention(c) (Handle?, Int32) -> Int32
    let endCapture: @convention(c) (Handle?, UnsafeMutablePointer<Handle?>) -> Int32
    let instantiate: @convention(c) (UnsafeMutablePointer<Handle?>, Handle?, UInt64) -> Int32
    let launchGraph: @convention(c) (Handle?, Handle?) -> Int32

    /// Starts the device on this thread.
    init() throws {
        driver = try CUDADriver()
        compiler = try NVRTC()
        var context: Handle?
        try driver.check(driver.retainContext(&context, 0), "retain")
        self.context = context!
        try driver.check(driver.setCurrent(context), "set current")
        let library = driver.library
        reportCount = try library.function("cudasim_report_count")
        reportText = try library.function("cudasim_report")
        forgiveAll = try library.function("cudasim_forgive")
        set = try library.function("cudasim_set")
        allocateAsync = try library.function("cuMemAllocAsync")
        freeAsync = try library.function("cuMemFreeAsync")
        copyOutAndWait = try library.function("cuMemcpyDtoH_v2")
        beginCapture = try library.function("cuStreamBeginCapture_v2")
        endCapture = try library.function("cuStreamEndCapture")
        instantiate = try library.function("cuGraphInstantiateWithFlags")
        launchGraph = try library.function("cuGraphLaunch")
        set("QUIET", "1")
        forgiveAll()
        var stream: Handle?
        try driver.check(driver.createStream(&stream, 1, 0), "create a stream")
        self.stream = stream!
    }

    private static let shared = Result { try SimulatedCard() }

    /// Calls `body` and expects no report.
    static func clean(order: String = "lazy", _ body: (SimulatedCard) throws -> Void) throws {
        let card = try shared.get()
        card.forgive()
        card.setting("ORDER", order)
        defer { card.setting("ORDER", "lazy") }
        try withError { try body(card) }
        cuda.synchronize()
        card.expectNoReport()
    }

    /// Makes the device's context this thread's.
    func makeCurrent() throws { try driver.check(driver.setCurrent(context), "set current") }

    // MARK: Reports

    var reports: [String] { (0..<reportCount()).map { String(cString: reportText($0)) } }
    func forgive() { forgiveAll() }
    func setting(_ name: String, _ value: String) { set(name, value) }

    /// Expects one report that has these words, and forgets it.
    func expectReport(_ words: String..., sourceLocation: SourceLocation = #_sourceLocation) {
        let all = reports
        #expect(
            all.contains { report in words.allSatisfy { report.contains($0) } }, "\(all)",
            sourceLocation: sourceLocation)
        forgive()
    }

    /// Expects that nothing was reported.
    func expectNoReport(sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(reports == [], sourceLocation: sourceLocation)
    }

    // MARK: Memory

    func memory(_ bytes: Int, _ stream: Handle? = nil) throws -> Address {
        var address: Address = 0
        try driver.check(allocateAsync(&address, bytes, stream ?? self.stream), "allocate")
        return address
    }

    func memory<Element>(_ values: [Element], _ stream: Handle? = nil) throws -> Address {
        let address = try memory(values.count * MemoryLayout<Element>.stride, stream)
        try copyIn(address, values, stream)
        return address
    }

    func copyIn<Element>(_ address: Address, _ values: [Element], _ stream: Handle? = nil) throws {
        try values.withUnsafeBytes {
            try driver.check(driver.copyIn(address, $0.baseAddress!, $0.count, stream ?? self.stream), "copy in")
        }
    }

    func free(_ address: Address) -> Int32 { freeAsync(address, stream) }

    func floats(_ address: Address, _ count: Int, _ stream: Handle? = nil) throws -> [Float] {
        try [Float](unsafeUninitializedCapacity: count) { buffer, filled in
            let copied = driver.copyOut(buffer.baseAddress!, address, count * 4, stream ?? self.stream)
            try driver.check(copied, "copy out")
            filled = count
        }
    }

    /// Copies through the legacy stream, which does not wait for a stream that is not blocking.
    func floatsByLegacyStream(_ address: Address, _ count: Int) -> [Float] {
        [Float](unsafeUninitializedCapacity: count) { buffer, filled in
            _ = copyOutAndWait(buffer.baseAddress!, address, count * 4)
            filled = count
        }
    }

    func pinned(_ count: Int) throws -> UnsafeMutableBufferPointer<Float> {
        var pointer: UnsafeMutableRawPointer?
        try driver.check(driver.allocateHost(&pointer, count * 4, 0), "allocate pinned memory")
        return UnsafeMutableBufferPointer(start: pointer!.bindMemory(to: Float.self, capacity: count), count: count)
    }

    func wait(_ stream: Handle? = nil) -> Int32 { driver.synchronizeStream(stream ?? self.stream) }

    func newStream() throws -> Handle {
        var stream: Handle?
        try driver.check(driver.createStream(&stream, 1, 0), "create a stream")
        return stream!
    }

    // MARK: Kernels

    /// Compiles a program and returns its kernels' module.
    func module(_ text: String, name: String = "test") throws -> Handle {
        let code = try compiler.compile(KernelSource(name: name, text: text), architecture: "sm_90")
        var module: Handle?
        try code.withUnsafeBytes { try driver.check(driver.loadModule(&module, $0.baseAddress!), "load") }
        return module!
    }

    func kernel(_ module: Handle, _ name: String) throws -> Handle {
        var function: Handle?
        try driver.check(driver.getFunction(&function, module, name), name)
        return function!
    }

    /// Launches with packed arguments.
    func launch(
        _ kernel: Handle, grid: UInt32 = 1, block: UInt32 = 64, shared: UInt32 = 0, _ stream: Handle? = nil,
        _ fill: (inout KernelArguments) -> Void
    ) -> Int32 {
        withUnsafeTemporaryAllocation(byteCount: KernelArguments.room, alignment: 16) { bytes in
            var arguments = KernelArguments(bytes)
            fill(&arguments)
            var count = arguments.count
            return withUnsafeMutablePointer(to: &count) { count in
                var extra: [UnsafeMutableRawPointer?] = [
                    UnsafeMutableRawPointer(bitPattern: 1), bytes.baseAddress, UnsafeMutableRawPointer(bitPattern: 2),
                    UnsafeMutableRawPointer(count), nil
                ]
                return extra.withUnsafeMutableBytes {
                    driver.launch(
                        kernel, grid, 1, 1, block, 1, 1, shared, stream ?? self.stream, nil, $0.baseAddress)
                }
            }
        }
    }
}
