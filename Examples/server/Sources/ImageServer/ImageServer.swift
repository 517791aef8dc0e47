import HTTPTypes
import Hummingbird
import Logging
import NIOPosix
import Torch

/// A server that classifies images with one model.
///
/// | request | answer |
/// | --- | --- |
/// | `POST /classify?top=5`, an image or a form with one | the most likely classes |
/// | `GET /` | a page with a form |
/// | `GET /health` | `{"status":"ok"}` |
/// | `GET /metrics` | counters in Prometheus' text form |
public struct ImageServer: Sendable {
    public let options: ServerOptions
    public let classifier: Classifier
    public let logger: Logger

    public init(options: ServerOptions, classifier: Classifier, logger: Logger) {
        self.options = options
        self.classifier = classifier
        self.logger = logger
    }

    /// Answers requests until the program gets SIGTERM or SIGINT, or the task is cancelled. Requests that have begun
    /// are answered before it returns.
    /// - Parameter onStart: gets the port.
    public func run(onStart: @escaping @Sendable (Int) async -> Void = { _ in }) async throws {
        // Nothing here may wait on the threads of NIO and of Swift's tasks, of which there is one for each core.
        let decoders = NIOThreadPool(numberOfThreads: options.threads)
        let thread = NIOThreadPool(numberOfThreads: 1)
        decoders.start()
        thread.start()
        let application = application(decoders, thread, onStart)
        let result: Result<Void, any Error>
        do {
            result = .success(try await application.runService())
        } catch {
            result = .failure(error)
        }
        try await decoders.shutdownGracefully()
        try await thread.shutdownGracefully()
        try result.get()
    }

    private func application(
        _ decoders: NIOThreadPool, _ thread: NIOThreadPool, _ onStart: @escaping @Sendable (Int) async -> Void
    ) -> some ApplicationProtocol {
        let metrics = Metrics()
        let queue = Gate(limit: options.maxQueue), uploads = Gate(limit: options.maxUploads)
        let classify = ClassifyRoute(
            options: options, classifier: classifier,
            batcher: Batcher(
                classifier, maxBatch: options.maxBatch, maxDelay: options.maxDelay, thread: thread, metrics: metrics),
            decoders: decoders, queue: queue, uploads: uploads)

        let router = Router(context: ServerContext.self, options: .autoGenerateHeadEndpoints)
        let reading: [HTTPRequest.Method] = [.get, .head]
        router.add(
            middleware: RequestLog(
                methods: ["/": reading, "/health": reading, "/metrics": reading, "/classify": [.post]],
                metrics: metrics))
        router.post("/classify") { request, _ in try await classify(request) }
        router.get("/") { _, _ in
            Response(
                status: .ok, headers: [.contentType: "text/html; charset=utf-8"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: page)))
        }
        router.get("/health") { _, _ in ["status": "ok"] }
        router.get("/metrics") { _, _ in
            let text = metrics.text(queued: queue.count, uploading: uploads.count)
            return Response(
                status: .ok, headers: [.contentType: "text/plain; version=0.0.4"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
        }

        let options = options
        return Application(
            router: router,
            server: .http1(
                configuration: .init(
                    additionalChannelHandlers: [
                        ConnectionGuard(uploadTime: options.uploadTime, maxBody: options.maxBody)
                    ],
                    idleTimeout: .init(options.idleTime),
                    httpDecoderConfiguration: .init(
                        maxHeaderFieldSize: 16 << 10, maxHeaderListSize: 32 << 10, maxHeaderFieldCount: 100))),
            configuration: .init(
                address: .hostname(options.host, port: options.port),
                availableConnectionsDelegate: .maximum(options.maxConnections, logger: logger)),
            onServerRunning: { channel in await onStart(channel.localAddress?.port ?? options.port) },
            logger: logger)
    }
}
