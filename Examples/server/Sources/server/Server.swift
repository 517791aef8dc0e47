import ArgumentParser
import ImageServer
import Logging
import Torch
import TorchVision

/// Classifies images that clients upload.
@main
struct Server: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "server", abstract: "Classifies images that clients upload, with one model for all requests.")

    @Option(help: "The address to listen at; 0.0.0.0 is every address of the machine.") var host = "127.0.0.1"
    @Option(help: "The port to listen at.") var port = 8080
    @Option(help: "A state dict, .pth or .safetensors. Without one the weights are random.") var model: String?
    @Option(help: "fashion-mnist, or one of torchvision's models, such as resnet18.") var network = "fashion-mnist"
    @Option(help: "A file with a name of a class in each line, if they are not those of FashionMNIST or ImageNet.")
    var classes: String?
    @Option(help: "Threads that an operator may use, and images that are decoded at once; by default one a core.")
    var threads: Int?
    @Option(help: "The most images of one forward pass.") var maxBatch = 32
    @Option(help: "The milliseconds that an image waits for others while the model is free.") var maxDelay = 0.0
    @Option(help: "The greatest body of a request, in bytes.") var maxBody = 4 << 20
    @Option(help: "The most requests that wait for the model. More are answered with 503.") var maxQueue = 256
    @Option(help: "The greatest height times width of an image.") var maxPixels = 1 << 24
    @Option(help: "The seconds that a request may take to arrive.") var timeout = 10.0
    @Option(help: "What is logged: trace, debug, info, notice, warning or error. debug logs each request.")
    var logLevel = Logger.Level.info

    func validate() throws {
        func check(_ fits: Bool, _ name: String, _ range: String) throws {
            if !fits { throw ValidationError("--\(name) must lie between \(range).") }
        }
        try check(0...65535 ~= port, "port", "0 and 65535")
        try check(1...1024 ~= threads ?? 1, "threads", "1 and 1024")
        try check(1...4096 ~= maxBatch, "max-batch", "1 and 4096")
        try check(0...10_000 ~= maxDelay, "max-delay", "0 and 10000")
        try check(1...1 << 30 ~= maxBody, "max-body", "1 and \(1 << 30)")
        try check(1...1_000_000 ~= maxQueue, "max-queue", "1 and 1000000")
        try check(1...1 << 32 ~= maxPixels, "max-pixels", "1 and \(1 << 32)")
        try check(0.001...3600 ~= timeout, "timeout", "0.001 and 3600")
    }

    func run() async throws {
        var logger = Logger(label: "server")
        logger.logLevel = logLevel
        if let threads { setNumThreads(threads) }

        var options = ServerOptions()
        options.host = host
        options.port = port
        options.threads = threads ?? getNumThreads()
        options.maxBatch = maxBatch
        options.maxDelay = .milliseconds(1) * maxDelay
        options.maxBody = maxBody
        options.maxUploads = max(options.maxUploads, 4 * maxBody)
        options.maxQueue = maxQueue
        options.maxPixels = maxPixels
        options.uploadTime = .milliseconds(1) * (timeout * 1000)

        let names = try classes.map { path in
            try String(decoding: readFile(path).toArray(as: UInt8.self), as: UTF8.self)
                .split(whereSeparator: \.isNewline).map(String.init)
        }
        let classifier = try Classifier(network: network, file: model, classes: names)
        if model == nil {
            logger.warning("no --model: the weights of \(network) are random, and so are the answers")
        } else {
            logger.info("\(network) has read \(model!)")
        }
        do {
            try await ImageServer(options: options, classifier: classifier, logger: logger).run()
        } catch {
            logger.critical("\(host):\(port): \(error)")
            throw ExitCode.failure
        }
        logger.info("stopped")
    }
}

extension Logger.Level: @retroactive ExpressibleByArgument {}
