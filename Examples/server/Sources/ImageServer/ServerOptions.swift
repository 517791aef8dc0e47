/// The limits and the address of a server.
public struct ServerOptions: Sendable {
    /// The address that the server listens at. Port 0 is any free port.
    public var host = "127.0.0.1"
    public var port = 8080
    /// The images that are decoded at the same time.
    public var threads = 2
    /// The most images of one forward pass, and how long the first of them waits for others.
    public var maxBatch = 32
    public var maxDelay = Duration.zero
    /// The greatest body of a request in bytes, and the greatest height times width of an image.
    public var maxBody = 4 << 20
    public var maxPixels = 1 << 24
    /// The most requests that wait for the model or its thread, and the most bytes of all bodies together. More of
    /// either are answered with 503.
    public var maxQueue = 256
    public var maxUploads = 256 << 20
    /// The most connections. More wait until one is closed.
    public var maxConnections = 512
    /// How long a request may take to arrive, and how long a connection may do nothing.
    public var uploadTime = Duration.seconds(10)
    public var idleTime = Duration.seconds(30)

    public init() {}
}
