import Foundation
import Testing

/// PyTorch 2.15's own operator, module and optimizer cases, run by the `conformance` program: what Conformance/passing.txt lists must go on passing.
@Suite struct ConformanceTests {
    @Test func nothingThatPassedIsLost() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let folder = try #require(Bundle.main.executableURL).resolvingSymlinksInPath().deletingLastPathComponent()
        let program = folder.appendingPathComponent("conformance")
        try #require(FileManager.default.isExecutableFile(atPath: program.path), "\(program.path): not built")

        let process = Process()
        let output = Pipe()
        process.executableURL = program
        process.arguments = [root.appendingPathComponent("Conformance/Cases").path, "--baseline", root.appendingPathComponent("Conformance/passing.txt").path]
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        let lost = text.split(separator: "\n").filter { $0.hasPrefix("lost: ") }.joined(separator: "\n")
        #expect(process.terminationStatus == 0, "\(lost.isEmpty ? text : lost)")
    }
}
