import Foundation
import Testing
import Torch
import TorchBoard

/// Tests with other programs.
@Suite(.serialized) struct ProgramTests {
    private static func start(_ program: String, _ arguments: [String]) throws -> (process: Process, output: Pipe) {
        let process = Process(), output = Pipe()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(["PYTHONDONTWRITEBYTECODE": "1"]) { $1 }
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        return (process, output)
    }

    /// A Python that has the package tensorboard, or nil: that of BOARD_PYTHON, or the system's.
    private static let python: String? = {
        let candidates = [ProcessInfo.processInfo.environment["BOARD_PYTHON"], "/usr/bin/python3"]
        return candidates.compactMap { $0 }.first { path in
            guard let (process, _) = try? start(path, ["-c", "import tensorboard"]) else { return false }
            process.waitUntilExit()
            return process.terminationStatus == 0
        }
    }()

    @Test(.enabled(if: python != nil)) func tensorBoardReadsEverything() throws {
        struct Run: Decodable {
            let scalars: [String: [[Double]]], histograms: [String: [[Double]]], images: [String: [[Int]]]
            let texts: [String: [String]], tensors: [String], graph: Int, hparams: [String: Double]
        }
        struct Found: Decodable { let runs: [String: Run] }
        let folder = TemporaryFolder(), writer = try SummaryWriter("\(folder.path)/run")
        for step in 0..<20 { writer.addScalar("loss", 0.5 / Double(step + 1), globalStep: step) }
        writer.addScalars("both", ["a": 1, "b": 2], globalStep: 1)
        writer.addHistogram("weights", Tensor.arange(100).float(), globalStep: 3)
        writer.addImage("image", Tensor.zeros(3, 4, 6), globalStep: 4)
        writer.addText("note", "größer")
        writer.addPRCurve("curve", Tensor([0, 1]), Tensor([0.25, 0.75]))
        writer.addGraph(Sequential { Linear(2, 2) }, Tensor.ones(1, 2))
        try writer.addHParams(["lr": 0.5, "layers": 3], ["result": 0.125], runName: "tried")
        try writer.close()

        let (process, output) = try Self.start(
            try #require(Self.python), [Fixtures.folder + "read.py", folder.path])
        let json = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        let runs = try JSONDecoder().decode(Found.self, from: json).runs
        #expect(Set(runs.keys) == ["run", "run/both_a", "run/both_b", "run/tried"])
        let run = try #require(runs["run"])
        #expect(run.scalars["loss"]?.map { $0[0] } == (0..<20).map { Double($0) })
        #expect(run.scalars["loss"]?[4][1] == Double(Float(0.1)))
        #expect(run.histograms["weights"] == [[3, 100, 0, 99]] && run.images["image"] == [[4, 6, 4]])
        #expect(run.texts == ["note/text_summary": ["größer"]] && run.tensors.contains("curve") && run.graph == 5)
        #expect(runs["run/both_b"]?.scalars == ["both": [[1, 2]]])
        #expect(runs["run/tried"]?.hparams == ["lr": 0.5, "layers": 3])
        #expect(runs["run/tried"]?.scalars == ["result": [[0, 0.125]]])
    }

    /// Whatever the moment of the end, the file has all events that were written before, and none of them is damaged.
    @Test(.timeLimit(.minutes(2))) func whatWasWrittenSurvivesKill() throws {
        let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
            .appendingPathComponent("board-writer").path
        for round in 1...3 {
            let folder = TemporaryFolder()
            let (process, output) = try Self.start(program, [folder.path])
            var text = ""
            while text.split(separator: "\n").count < 10 * round {
                let more = output.fileHandleForReading.availableData
                guard !more.isEmpty else { break }
                text += String(decoding: more, as: UTF8.self)
            }
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
            text += String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            let written = try #require(text.split(separator: "\n").compactMap { Int($0) }.last)
            let file = try EventFile.read(try #require(EventFile.paths(folder.path).first))
            // The version, then two events for each step.
            #expect(file.events.count >= 1 + 2 * (written + 1))
            #expect(file.events[1 + 2 * written].contains(subsequence: Array("step".utf8)))
        }
    }
}

extension [UInt8] {
    fileprivate func contains(subsequence: [UInt8]) -> Bool {
        indices.contains { self[$0...].starts(with: subsequence) }
    }
}
