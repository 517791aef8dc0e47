import Foundation
import ImageServer
import Torch

/// The server's program in a process of its own, with weights of PyTorch's `torch.manual_seed(0)`.
final class RunningServer {
    let port: UInt16
    private let process = Process()
    private let log: URL

    /// The folder that the build writes programs to.
    static let programs = Bundle.module.bundleURL.deletingLastPathComponent()

    /// A file with the weights of the network of Examples/fashion-mnist.
    static let weights: String = {
        let path = NSTemporaryDirectory() + "server-tests-\(getpid()).pth"
        manualSeed(0)
        try! Torch.save(NeuralNetwork().stateDict(), to: path)
        return path
    }()

    /// Starts the program and waits until it listens.
    init(_ arguments: [String] = [], model: String? = nil) throws {
        log = URL(fileURLWithPath: NSTemporaryDirectory() + "server-tests-\(UUID().uuidString).log")
        _ = FileManager.default.createFile(atPath: log.path, contents: nil)
        process.executableURL = RunningServer.programs.appending(path: "server")
        process.arguments = ["--port", "0", "--model", model ?? RunningServer.weights] + arguments
        process.standardError = try FileHandle(forWritingTo: log)
        try process.run()
        for _ in 0..<600 {
            if let text = try? String(contentsOf: log, encoding: .utf8),
                let match = text.firstMatch(of: /listening on 127\.0\.0\.1:(\d+)\n/)
            {
                port = UInt16(match.1)!
                return
            }
            if !process.isRunning { break }
            usleep(50_000)
        }
        throw Failure(text: "the server did not start: \((try? String(contentsOf: log, encoding: .utf8)) ?? "")")
    }

    struct Failure: Error {
        let text: String
    }

    var logged: String { (try? String(contentsOf: log, encoding: .utf8)) ?? "" }

    /// Sends SIGTERM.
    func terminate() { process.terminate() }

    /// Waits for the end and returns the exit code.
    func wait() -> Int32 {
        process.waitUntilExit()
        return process.terminationStatus
    }

    /// Runs the program until it ends by itself.
    /// - Returns: the exit code and what it wrote to stderr.
    static func run(_ arguments: [String]) throws -> (code: Int32, text: String) {
        let process = Process(), pipe = Pipe()
        process.executableURL = programs.appending(path: "server")
        process.arguments = arguments
        process.standardError = pipe
        try process.run()
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, text)
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        try? FileManager.default.removeItem(at: log)
    }
}
