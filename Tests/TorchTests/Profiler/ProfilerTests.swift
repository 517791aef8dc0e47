import Foundation
import Testing
@testable import Torch

/// The profiler, beside what PyTorch 2.15 recorded (Fixtures/profiles/make.py). A profile is of all threads, so the
/// tests look only at events of their own one, and do not run side by side.
@Suite(.serialized) struct ProfilerTests {
    private struct Recorded: Decodable {
        struct Network: Decodable {
            let groups: [Group], memory: [String: Int]
        }
        /// A name, shapes, the number of calls and of operations.
        struct Group: Decodable {
            let name: String, shapes: [[Int]], count: Int, flops: Int
            init(from decoder: any Decoder) throws {
                var list = try decoder.unkeyedContainer()
                name = try list.decode(String.self)
                shapes = try list.decode([[Int]].self)
                count = try list.decode(Int.self)
                flops = try list.decode(Int.self)
            }
        }
        struct Cycle: Decodable, Equatable {
            let step: Int, names: [String]
            init(_ step: Int, _ names: [String]) { (self.step, self.names) = (step, names) }
            init(from decoder: any Decoder) throws {
                var list = try decoder.unkeyedContainer()
                step = try list.decode(Int.self)
                names = try list.decode([String].self)
            }
        }
        let network: Network
        let tables: [String], schedules: [[String]], cycles: [Cycle]
    }

    private func recorded() throws -> Recorded {
        let path = #filePath.replacing("Profiler/ProfilerTests.swift", with: "Fixtures/profiles/profiles.json")
        return try JSONDecoder().decode(Recorded.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
    }

    /// The events of this thread: that of the block `name`.
    private func events(of profiler: Profiler, like name: String) throws -> EventList {
        let all = profiler.events, thread = try #require(all.first { $0.name == name }).thread
        return EventList(all.filter { $0.thread == thread }, all.options)
    }

    private final class Net: Module, Layer {
        let layers = [Linear(8, 16), Linear(16, 4)]
        // A name in stacks of release builds too.
        @inline(never) func forward(_ x: Tensor) -> Tensor { layers[1](layers[0](x).relu()) }
    }

    private func trainingStep(
        shapes: Bool = true, stack: Bool = false
    ) throws -> (profiler: Profiler, events: EventList) {
        let model = Net(), optimizer = SGD(model.parameters(), lr: 0.1)
        let x = Tensor.randn(5, 8), y = Tensor([1, 2, 0, 3, 1] as [Int64])
        let profiler = profile(
            recordShapes: shapes, profileMemory: true, withStack: stack, withFlops: shapes, withModules: true
        ) { _ in
            recordFunction("step") {
                let loss = recordFunction("loss") { crossEntropy(model(x), y) }
                loss.backward()
                optimizer.step()
                optimizer.zeroGrad()
            }
        }
        return try (profiler, events(of: profiler, like: "step"))
    }

    // MARK: Events

    @Test func aNetworkHasPyTorchsOperators() throws {
        let expected = try recorded().network, events = try trainingStep().events
        let groups = events.keyAverages(groupByInputShapes: true)
        for group in expected.groups {
            let found = groups.first { $0.key == group.name && $0.inputShapes == group.shapes }
            #expect(found?.count == group.count, "\(group.name) \(group.shapes)")
            #expect(found?.flops == group.flops, "\(group.name) \(group.shapes)")
        }
        for (name, bytes) in expected.memory {
            #expect(events.keyAverages().first { $0.key == name }?.cpuMemoryUsage == bytes, "\(name)")
        }
        #expect(events.allSatisfy { $0.selfCPUTimeTotal >= 0 && $0.deviceType == .cpu && !$0.isAsync })
    }

    @Test func eventsAreInsideThoseThatCausedThem() throws {
        let events = try trainingStep().events
        func parents(_ name: String) -> [String?] { events.filter { $0.name == name }.map { $0.cpuParent?.name } }
        #expect(parents("step") == [nil])
        #expect(parents("aten::linear") == ["loss", "loss"])
        #expect(parents("aten::addmm") == ["aten::linear", "aten::linear"])
        #expect(parents("AddmmBackward0").allSatisfy { $0 == "autograd::engine::evaluate_function: AddmmBackward0" })
        #expect(parents("aten::mm") == ["AddmmBackward0", "AddmmBackward0", "AddmmBackward0"])
        #expect(parents("aten::_fused_sgd_") == ["Optimizer.step#SGD.step"])
    }

    @Test func theBackwardPassKnowsItsModulesAndItsForwardPass() throws {
        let events = try trainingStep().events
        func modules(_ name: String) -> [String?] { events.filter { $0.name == name }.map(\.modulePath) }
        #expect(modules("aten::addmm") == ["layers.0", "layers.1"])
        #expect(modules("AddmmBackward0") == ["layers.1", "layers.0"])
        #expect(modules("aten::mm") == ["layers.1", "layers.1", "layers.0"])
        #expect(modules("aten::threshold_backward") == [""])
        #expect(modules("aten::cross_entropy_loss") == [nil])
        #expect(events.first { $0.name == "aten::mm" }?.moduleHierarchy == "Net.layers.1")
        for event in events where event.name == "AddmmBackward0" {
            #expect(event.fwdThread == event.thread)
            #expect(event.forward?.name == "aten::addmm" && event.forward?.modulePath == event.modulePath)
        }
    }

    @Test func memoryIsWhatWasAllocatedAndFreed() throws {
        let profiler = profile(profileMemory: true) { _ in
            var kept: Tensor?
            recordFunction("allocates") { kept = Tensor.ones(1000) }
            recordFunction("frees") { kept = nil }
            recordFunction("both") { _ = Tensor.ones(10).exp() }
            withExtendedLifetime(kept) {}
        }
        let groups = try events(of: profiler, like: "frees").keyAverages()
        func bytes(_ name: String) -> [Int?] {
            let group = groups.first { $0.key == name }
            return [group?.cpuMemoryUsage, group?.selfCPUMemoryUsage]
        }
        #expect(bytes("allocates") == [4000, 0])
        #expect(bytes("frees") == [-4000, -4000])
        #expect(bytes("both") == [0, -80])
        #expect(bytes("aten::exp") == [40, 40])
    }

    @Test func stacksNameTheCalls() throws {
        let (profiler, events) = try trainingStep(shapes: false, stack: true)
        let forward = try #require(events.first { $0.name == "aten::addmm" && $0.modulePath == "layers.0" })
        let backward = try #require(events.last { $0.name == "aten::mm" })
        #expect(forward.stack.contains { $0.contains("Net.forward") })
        #expect(backward.stack == forward.stack)
        let folder = TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        try profiler.exportStacks(folder.path + "stacks.txt")
        let lines = try String(contentsOfFile: folder.path + "stacks.txt", encoding: .utf8).split(separator: "\n")
        #expect(!lines.isEmpty && lines.allSatisfy { $0.split(separator: " ").count == 2 })
    }

    // MARK: Tables

    /// The events that make.py gives PyTorch.
    private func events(memory: Bool, flops: Bool) -> EventList {
        let shapes = [[[]], [[5, 8], [16, 8], [16]], [[16], [5, 8], [8, 16], [], []]] as [[[Int]]]
        let others = [[[5, 16], [4, 16], [4]], [[4], [5, 16], [16, 4], [], []]] as [[[Int]]]
        let rows: [(String, UInt64, UInt64, [[Int]], Int, Int)] = [
            ("step", 0, 2_500_000_000, [], 0, 0), ("aten::linear", 1_000, 900_000, shapes[1], 0, 0),
            ("aten::addmm", 2_000, 800_500, shapes[2], 1280, 320),
            ("aten::linear", 1_000_000, 1_012_345, others[0], 0, 0),
            ("aten::addmm", 1_000_100, 1_012_000, others[1], 640, 5_000_000),
            (
                "autograd::engine::evaluate_function: a name that is far too long for its column", 2_000_000, 3_000_000,
                [], 0, -3000
            )
        ]
        var ranges: [ProfiledRange] = [], changes: [ProfiledMemory] = []
        for (name, begin, end, shapes, flops, bytes) in rows {
            var range = ProfiledRange(kind: .function, name: name)
            (range.begin, range.end, range.flops) = (begin, end, flops)
            range.inputs = shapes.map { .init(Layout($0), .float32) }
            ranges.append(range)
            if bytes != 0 {
                changes.append(ProfiledMemory(time: begin + 1, device: .cpu, address: 64, bytes: bytes, total: 0))
            }
        }
        // The first event gets what the others did, but PyTorch was told that it did nothing.
        changes.append(
            ProfiledMemory(time: 2_000_000_000, device: .cpu, address: 64, bytes: 3000 - 5_000_320, total: 0))
        var options = ProfileRecorder.Options()
        (options.recordsMemory, options.recordsFlops, options.recordsShapes) = (memory, flops, true)
        let thread = ProfileRecorder.Thread(number: 1, name: "main", ranges: ranges, memory: changes)
        return ProfileTrace(options, start: 0, startSince1970: 0, end: 3_000_000_000, threads: [thread]).events
    }

    @Test func tablesArePyTorchs() throws {
        let expected = try recorded().tables
        #expect(events(memory: false, flops: false).keyAverages().table() == expected[0])
        let both = events(memory: true, flops: true)
        #expect(both.keyAverages().table(sortBy: .cpuTimeTotal, rowLimit: 2) == expected[1])
        #expect(
            both.keyAverages(groupByInputShapes: true).table(
                sortBy: .selfCPUTimeTotal, rowLimit: -1, maxShapesColumnWidth: 20, header: "A header") == expected[2])
        #expect(
            events(memory: false, flops: true).table(maxNameColumnWidth: 20, topLevelEventsOnly: true, timeUnit: .us)
                == expected[3])
    }

    // MARK: Schedules

    @Test func schedulesArePyTorchs() throws {
        let found = [
            schedule(wait: 1, warmup: 1, active: 2), schedule(wait: 1, warmup: 1, active: 2, repeat: 2),
            schedule(wait: 0, warmup: 0, active: 1), schedule(wait: 2, warmup: 1, active: 3, repeat: 1, skipFirst: 3),
            schedule(wait: 4, warmup: 1, active: 1, skipFirstWait: true)
        ].map { schedule in (0..<16).map { schedule($0).rawValue } }
        #expect(try found == recorded().schedules)
        #expect(throws: TorchError.self) { try withError { schedule(wait: 1, warmup: 0, active: 0) } }
    }

    @Test func aScheduleGivesATraceOfEachCycle() throws {
        var traces: [Recorded.Cycle] = [], counts: [Int] = []
        try profile(
            schedule: schedule(wait: 1, warmup: 1, active: 2, repeat: 2),
            onTraceReady: { prof in
                let steps = prof.keyAverages().filter { $0.key.hasPrefix("ProfilerStep") }
                traces.append(.init(prof.stepNum, steps.map(\.key)))
                counts.append(steps.first?.count ?? 0)
            }
        ) { prof in
            for _ in 0..<10 {
                _ = Tensor.ones(2).exp()
                prof.step()
            }
        }
        #expect(try traces == recorded().cycles)
        #expect(counts == [2, 2])
    }

    // MARK: Traces

    @Test(arguments: ["trace.json", "trace.json.gz"]) func tracesAreJSONOfNestedRanges(name: String) throws {
        let (profiler, _) = try trainingStep(), folder = TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        profiler.addMetadata("a \"name\"", "a\nvalue")
        try profiler.exportChromeTrace(folder.path + name)
        var data = try Data(contentsOf: URL(fileURLWithPath: folder.path + name))
        if name.hasSuffix(".gz") {
            #expect(data.starts(with: [0x1f, 0x8b]))
            let gunzip = Process(), pipe = Pipe()
            gunzip.executableURL = URL(fileURLWithPath: "/bin/gzip")
            gunzip.arguments = ["-dc", folder.path + name]
            gunzip.standardOutput = pipe
            try gunzip.run()
            data = pipe.fileHandleForReading.readDataToEndOfFile()
            gunzip.waitUntilExit()
        }
        let trace = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect(trace["a \"name\""] as? String == "a\nvalue" && trace["schemaVersion"] as? Int == 1)
        let events = try #require(trace["traceEvents"] as? [[String: Any]])
        func named(_ name: String) -> [[String: Any]] { events.filter { $0["name"] as? String == name } }
        let thread = try #require(named("step").first?["tid"] as? Int)
        let mine = events.filter { $0["tid"] as? Int == thread }

        // A range ends before those around it.
        var open: [Double] = []
        var ranges: [(begin: Double, end: Double)] = []
        for event in mine where event["ph"] as? String == "X" {
            let begin = try #require(event["ts"] as? Double), length = try #require(event["dur"] as? Double)
            ranges.append((begin, begin + length))
        }
        ranges.sort { $0.begin == $1.begin ? $0.end > $1.end : $0.begin < $1.begin }
        // Times count from the begin of a day, so a double keeps them to 2⁻¹⁶ microseconds.
        for (begin, end) in ranges {
            while let last = open.last, last <= begin + 1e-4 { open.removeLast() }
            if let last = open.last { #expect(end <= last + 1e-4) }
            open.append(end)
        }
        #expect(ranges.count > 30)
        // The two layers, the loss and relu have arrows to their steps.
        let begins = mine.filter { $0["ph"] as? String == "s" }, ends = mine.filter { $0["ph"] as? String == "f" }
        let sources = Set(begins.compactMap { $0["id"] as? Int }), targets = Set(ends.compactMap { $0["id"] as? Int })
        #expect(begins.count == 4 && sources.count == 4 && sources == targets)
        #expect(mine.contains { $0["name"] as? String == "thread_name" })
        let product = try #require(mine.first { $0["name"] as? String == "aten::addmm" }?["args"] as? [String: Any])
        #expect(product["Input Dims"] as? [[Int]] == [[16], [5, 8], [8, 16], [], []])
        #expect(product["Input type"] as? [String] == ["float", "float", "float", "", ""])
        #expect(product["Module Hierarchy"] as? String == "Net.layers.0" && product["flops"] as? Int == 1280)
        #expect(mine.contains { $0["name"] as? String == "nn.Module: Linear" })
    }

    @Test func tracesGoToTheFolderOfTensorBoard() throws {
        let folder = TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        try profile(onTraceReady: tensorboardTraceHandler(folder.path + "runs", workerName: "me", useGzip: true)) { _ in
            _ = Tensor.ones(2).exp()
        }
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path + "runs")
        #expect(files.count == 1)
        #expect(files[0].wholeMatch(of: /me\.[0-9]{19}\.pt\.trace\.json\.gz/) != nil)
        #expect(throws: TorchError.self) {
            try profile(onTraceReady: tensorboardTraceHandler("/dev/null/runs")) { _ in }
        }
    }

    // MARK: Threads and tasks

    @Test func workersOfALoaderAreInTheProfile() throws {
        let data = TensorDataset(Tensor.randn(32, 4), Tensor.randn(32))
        let profiler = profile { _ in
            let loader = DataLoader(data, batchSize: 8, numWorkers: 2)
            for batch in loader { _ = batch.0.sum() }
        }
        let name = "enumerate(DataLoader)#_MultiProcessingDataLoaderIter.__next__"
        #expect(try events(of: profiler, like: name).filter { $0.name == name }.count == 5)
        let workers = Set(profiler.events.map(\.threadName).filter { $0.hasPrefix("loader worker") })
        #expect(workers == ["loader worker 0", "loader worker 1"])
    }

    @Test func blocksThatWaitMayEndOnAnotherThread() async throws {
        let profiler = await profile { _ in
            await recordFunction("outer") {
                await withTaskGroup(of: Void.self) { group in
                    for i in 0..<4 {
                        group.addTask {
                            await recordFunction("task \(i)") {
                                _ = recordFunction("inner \(i)") { Tensor.ones(10).exp() }
                                try? await Task.sleep(for: .milliseconds(1))
                                _ = Tensor.ones(10).log()
                            }
                        }
                    }
                }
            }
        }
        let names = profiler.events.map(\.name)
        for i in 0..<4 { #expect(names.contains("task \(i)") && names.contains("inner \(i)")) }
        #expect(profiler.events.filter { $0.name.hasPrefix("inner") }.allSatisfy { $0.cpuChildren.count == 2 })
        let outer = try #require(profiler.events.first { $0.name == "outer" })
        #expect(outer.cpuTimeTotal >= 1000)
        #expect(profiler.events.allSatisfy { !$0.isAsync || $0.selfCPUTimeTotal == 0 })
    }

    // MARK: Mistakes

    @Test func anErrorEndsTheProfile() throws {
        #expect(throws: TorchError.self) { try profile { _ in throw TorchError(.value, "a mistake") } }
        #expect(throws: TorchError.self) {
            try profile(onTraceReady: { _ in }) { _ in throw TorchError(.value, "a mistake") }
        }
        let profiler = profile { _ in recordFunction("alone") {} }
        #expect(try events(of: profiler, like: "alone").count == 1)
    }

    @Test func onlyOneProfileRuns() {
        func message(_ body: () throws -> Void) -> String {
            do { try withError(body) } catch { return "\(error)" }
            return "none"
        }
        #expect(message { profile { _ in profile { _ in } } } == "Profiler is already enabled.")
        #expect(message { _ = Profiler(activities: []) } == "No valid profiler activities found")
        #expect(
            message { _ = Profiler().keyAverages() } == "Profiler must be initialized before getting key averages")
        #expect(throws: TorchError.self) { try Profiler().exportChromeTrace("/dev/null/trace.json") }
    }

    @Test func outsideOfAProfileNothingIsKept() {
        #expect(recordFunction("nothing") { 7 } == 7)
        #expect(ThreadProfile.current == nil)
    }
}
