import HTTPTypes
import Hummingbird
import Logging

/// Makes every error an answer in JSON, and counts and logs all answers.
struct RequestLog: RouterMiddleware {
    typealias Context = ServerContext

    /// The methods of each path.
    let methods: [String: [HTTPRequest.Method]]
    let metrics: Metrics

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        let path = request.uri.path, allowed = methods[path]
        var response: Response
        do {
            response = try await next(request, context)
        } catch let error as HTTPError where error.status == .notFound {
            response = try missing(path, allowed).response(from: request, context: context)
        } catch let error as HTTPError {
            response = try error.response(from: request, context: context)
        } catch {
            context.logger.error("\(request.method) \(path): \(error)")
            response = try HTTPError(.internalServerError, message: "the server failed")
                .response(from: request, context: context)
        }
        let time = start.duration(to: .now)
        // Paths that do not exist are one, so that strangers cannot make more and more counters.
        metrics.noteRequest(path: allowed == nil ? "other" : path, status: response.status.code, time: time)
        context.logger.debug("\(request.method) \(path): \(response.status.code) in \(time)")
        return response
    }

    private func missing(_ path: String, _ allowed: [HTTPRequest.Method]?) -> HTTPError {
        guard let allowed else { return HTTPError(.notFound, message: "there is no such page") }
        let names = allowed.map(\.rawValue).joined(separator: ", ")
        return HTTPError(.methodNotAllowed, headers: [.allow: names], message: "\(path) takes \(names)")
    }
}
