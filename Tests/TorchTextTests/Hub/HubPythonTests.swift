import Foundation
import HubServer
import Synchronization
import Testing
import Torch
@testable import TorchText

/// Programs that the tests start.
enum Programs {
    /// A Python with Hugging Face's libraries. `make test-hub` sets it.
    static let python = ProcessInfo.processInfo.environment["HUB_PYTHON"]

    /// Returns the path of a program of this package, built with the tests.
    static func sibling(_ name: String) -> String {
        URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
            .appendingPathComponent(name).path
    }

    static func start(
        _ program: String, _ arguments: [String], _ environment: [String: String]
    ) throws -> (process: Process, output: Pipe) {
        let process = Process(), output = Pipe()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        // Of the own environment what finds programs, and what a sanitizer is told.
        let own = ProcessInfo.processInfo.environment.filter { $0.key == "PATH" || $0.key.hasSuffix("SAN_OPTIONS") }
        process.environment = own.merging(["PYTHONDONTWRITEBYTECODE": "1"]) { $1 }.merging(environment) { $1 }
        process.standardOutput = output
        try process.run()
        return (process, output)
    }

    /// Runs a program and returns its output.
    static func run(_ program: String, _ arguments: [String], _ environment: [String: String]) throws -> Data {
        let (process, output) = try start(program, arguments, environment)
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw TorchError(.runtime, "\(program) \(arguments): ended with \(process.terminationStatus)")
        }
        return data
    }

    static func hubPython(_ arguments: String..., at position: HubFixture, offline: Bool = false) throws -> Data {
        try run(
            #require(python), [HubRecord.fixture("hub.py").path] + arguments, environment(position, offline: offline))
    }

    static func environment(_ position: HubFixture, offline: Bool = false) -> [String: String] {
        [
            "HF_ENDPOINT": position.server.endpoint, "HF_HOME": "\(position.folder)/home",
            "HF_HUB_OFFLINE": offline ? "1" : "0", "HF_HUB_DISABLE_PROGRESS_BARS": "1", "HF_HUB_DISABLE_TELEMETRY": "1"
        ]
    }
}

/// Two programs that share one cache.
@Suite(.serialized) struct HubProcessTests {
    @Test(.timeLimit(.minutes(2))) func twoProcessesAtOnce() async throws {
        let position = try HubFixture()
        // The answer takes long enough for the second program to start during the first one's download.
        position.server.inject { request, answer in
            if request.path.hasPrefix("/lfs/") { usleep(300_000) }
            return answer
        }
        let programs = try (0..<2).map { _ in
            try Programs.start(
                Programs.sibling("hub-download"), ["imdb", HubFixture.trainPath, "README.md"],
                Programs.environment(position)
            )
        }
        let repository = try await position.hub.info("imdb")
        let path = try await position.hub.download(HubFixture.trainPath, from: repository)
        let outputs = programs.map {
            String(decoding: $0.output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        }
        for program in programs { program.process.waitUntilExit() }
        #expect(programs.map(\.process.terminationStatus) == [0, 0])
        #expect(outputs.allSatisfy { $0.hasPrefix(path + "\n") })
        #expect(try HubFixture.bytes(path) == HubFixture.train)
        #expect(position.server.cdn.history.count == 1)
    }

    @Test(.timeLimit(.minutes(2))) func aProcessThatIsKilled() async throws {
        let position = try HubFixture()
        position.server.inject { request, answer in
            var answer = answer
            if request.path.hasPrefix("/lfs/") { (answer.cut, answer.stalls) = (100_000, true) }
            return answer
        }
        let program = try Programs.start(
            Programs.sibling("hub-download"), ["imdb", HubFixture.trainPath], Programs.environment(position))
        func size() -> String? {
            position.cached("datasets--imdb/blobs").first { $0.key.hasSuffix(".incomplete") }?.value
        }
        while size() != "100000", program.process.isRunning { try await Task.sleep(for: .milliseconds(10)) }
        kill(program.process.processIdentifier, SIGKILL)
        program.process.waitUntilExit()
        #expect(position.cached("datasets--imdb/snapshots").isEmpty)
        // The lock ended with the process, but the bytes are still there.
        position.server.inject(nil)
        let path = try await position.hub.download(HubFixture.trainPath, from: "imdb", type: .dataset)
        #expect(try HubFixture.bytes(path) == HubFixture.train)
        #expect(position.server.cdn.history.last?.headers["range"] == "bytes=100000-")
    }
}

/// Runs Python's own library with the same server and the same cache: `make test-hub`. With HUB_RECORD=1 the results
/// are recorded for `HubRecordedTests`.
@Suite(.serialized, .enabled(if: Programs.python != nil, "run by make test-hub")) struct HubPythonTests {
    private func agree(_ said: Data, with name: String) throws {
        if ProcessInfo.processInfo.environment["HUB_RECORD"] == "1" { try said.write(to: HubRecord.fixture(name)) }
        #expect(
            try said == Data(contentsOf: HubRecord.fixture(name)),
            "Python says something else than is recorded: make test-hub HUB_RECORD=1")
    }

    @Test func pythonStillSaysWhatIsRecorded() async throws {
        let position = try HubFixture()
        try agree(Programs.hubPython("download", at: position), with: "download.json")
        try agree(Programs.hubPython("rules", at: position), with: "rules.json")
        // Reads offline the files that Python has downloaded.
        try await HubRecordedTests.readOffline(HubRecord.read(), position)
    }

    @Test func pythonReadsWhatSwiftHasDownloaded() async throws {
        struct Answer: Decodable {
            var contents: [String: [String]]
            var snapshot: String
            var absent: String
            var isKnownToBeAbsent: Bool

            enum CodingKeys: String, CodingKey {
                case contents, snapshot, absent
                case isKnownToBeAbsent = "known to be absent"
            }
        }
        let record = try HubRecord.read(), position = try HubFixture()
        try await HubRecordedTests.download(record, position)
        let before = position.server.requests.count
        let answer = try JSONDecoder().decode(
            Answer.self, from: Programs.hubPython("offline", at: position, offline: true))
        #expect(answer.contents == Dictionary(uniqueKeysWithValues: record.repositories.map { ($0.name, $0.contents) }))
        #expect(answer.snapshot == record.repositories[0].sha)
        #expect(answer.absent == "LocalEntryNotFoundError")
        #expect(answer.isKnownToBeAbsent)
        #expect(position.server.requests.count == before)
    }

    @Test(.timeLimit(.minutes(2))) func pythonAndSwiftAtOnce() async throws {
        let position = try HubFixture()
        position.server.inject { request, answer in
            if request.path.hasPrefix("/lfs/") { usleep(1_000_000) }
            return answer
        }
        let python = try Programs.start(
            #require(Programs.python), [HubRecord.fixture("hub.py").path, "one", "imdb", HubFixture.trainPath],
            Programs.environment(position))
        // Python holds the lock while it requests the bytes. Swift waits for it.
        while position.server.cdn.history.isEmpty, python.process.isRunning {
            try await Task.sleep(for: .milliseconds(5))
        }
        let path = try await position.hub.download(HubFixture.trainPath, from: "imdb", type: .dataset)
        #expect(try HubFixture.bytes(path) == HubFixture.train)
        #expect(
            try JSONDecoder().decode(String.self, from: python.output.fileHandleForReading.readDataToEndOfFile())
                == path)
        #expect(position.server.cdn.history.count == 1)
        // The same in the other direction.
        let second = try HubFixture()
        second.server.inject { request, answer in
            if request.path.hasPrefix("/lfs/") { usleep(3_000_000) }
            return answer
        }
        let hub = second.hub
        let swift = Task { try await hub.download(HubFixture.trainPath, from: "imdb", type: .dataset) }
        while second.server.cdn.history.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
        let other = try Programs.hubPython("one", "imdb", HubFixture.trainPath, at: second)
        #expect(try await JSONDecoder().decode(String.self, from: other) == swift.value)
        #expect(second.server.cdn.history.count == 1)
    }
}
