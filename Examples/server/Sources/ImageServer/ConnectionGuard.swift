import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// A request did not arrive in time.
struct UploadTimeout: Error {}

/// Watches one connection.
///
/// A request has to arrive within a time: a client that sends a byte now and then cannot keep a connection for ever.
/// Clients such as curl ask before they send a large body (`Expect: 100-continue`). They are told to go on, unless the
/// body is too large: then the error is all that they get, and they need not send it.
final class ConnectionGuard: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundOut = HTTPResponsePart

    private let uploadTime: TimeAmount
    private let maxBody: Int
    private var timer: Scheduled<Void>?

    init(uploadTime: Duration, maxBody: Int) {
        self.uploadTime = TimeAmount(uploadTime)
        self.maxBody = maxBody
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            if head.headerFields[.expect]?.lowercased() == "100-continue",
                head.headerFields[.contentLength].flatMap({ Int($0) }).map({ $0 <= maxBody }) ?? true
            {
                context.writeAndFlush(wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
            }
            let place = context.eventLoop.assumeIsolated()
            timer = place.scheduleTask(in: uploadTime) {
                // Whoever reads the body gets the error and answers. Then there is no more to wait for.
                context.fireErrorCaught(UploadTimeout())
                self.timer = place.scheduleTask(in: .seconds(1)) { context.close(promise: nil) }
            }
        case .body:
            break
        case .end:
            stop()
        }
        context.fireChannelRead(data)
    }

    func channelInactive(context: ChannelHandlerContext) {
        stop()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { stop() }

    private func stop() {
        timer?.cancel()
        timer = nil
    }
}
