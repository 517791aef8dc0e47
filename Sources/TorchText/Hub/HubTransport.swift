import Foundation
import Locks
import Torch
import TorchFiles

/// The reason why a request to the hub failed.
struct HubFailure: Error {
    enum Kind {
        /// No connection, no answer in time, or a server that is down. The cache may answer instead.
        case unreachable
        case repositoryNotFound, revisionNotFound, entryNotFound, forbidden, other
    }

    var kind: Kind
    var reason: String
    /// Whether another attempt may succeed.
    var mayRecover = false
    /// The number of seconds that the server asks the client to wait.
    var retryAfter: Double?
    var status = 0
    /// The commit that does not have the requested file.
    var commit: String?
}

/// Stops work that blocks a thread if the waiting task is cancelled.
final class Cancellation: Sendable {
    private let isCancelled = Atomic(false)

    func cancel() { isCancelled.store(true, ordering: .relaxed) }

    func check() throws { if isCancelled.load(ordering: .relaxed) { throw CancellationError() } }

    func pause(_ seconds: Double) throws {
        let end = ContinuousClock.now + .seconds(seconds)
        while ContinuousClock.now < end {
            try check()
            usleep(UInt32(max(1, min(50_000, (end - ContinuousClock.now) / .microseconds(1)))))
        }
        try check()
    }
}

/// Sends requests to the hub, and handles redirects, the token, errors and repeated attempts.
struct HubTransport {
    let configuration: HubConfiguration
    let cancellation: Cancellation

    static let maximumRedirects = 10
    /// The longest `Retry-After`, in seconds, that the client waits for.
    static let maximumWait = 300.0

    /// Sends a request. Follows a redirect if `follow` returns true.
    /// - Parameter receive: gets the body of a successful answer, piece by piece.
    /// - Returns: the last answer's head, and the address that it came from.
    /// - Throws: `HubFailure`, `CancellationError`, and the errors of `receive`.
    func exchange(
        _ method: HTTPRequest.Method, _ url: String, headers: [String] = [], timeout: Int,
        follow: (HTTPResponse, String) -> Bool = { _, _ in true },
        receive: (HTTPResponse, UnsafeRawBufferPointer) throws -> Void = { _, _ in }
    ) throws -> (response: HTTPResponse, url: String) {
        let curl = try Curl.load()
        var url = url
        for _ in 0...HubTransport.maximumRedirects {
            try cancellation.check()
            var request = HTTPRequest(url)
            request.method = method
            request.followsRedirects = false
            request.connectTimeout = timeout
            request.stallTimeout = timeout
            // Compression would change the file's length and ranges.
            request.headers = ["Accept-Encoding: identity"] + headers
            if let token = configuration.token, isHub(url) { request.headers.append("Authorization: Bearer \(token)") }
            var complaint: [UInt8] = []
            let response: HTTPResponse
            do {
                response = try curl.perform(
                    request,
                    receive: { response, bytes in
                        switch response.status {
                        case 200..<300: try receive(response, bytes)
                        case 400...: complaint += bytes.prefix(max(0, 1 << 16 - complaint.count))
                        default: break
                        }
                    }, progress: { _, _ in try cancellation.check() })
            } catch let failure as Curl.Failure {
                throw HubFailure(
                    kind: .unreachable, reason: "\(HubTransport.shown(url)): \(failure.reason)",
                    mayRecover: failure.mayRecover)
            }
            if (300..<400).contains(response.status), let next = response.redirect {
                if !follow(response, next) { return (response, url) }
                url = next
                continue
            }
            guard (200..<300).contains(response.status) else { throw failure(response, complaint, url) }
            return (response, url)
        }
        throw HubFailure(
            kind: .other,
            reason: "redirected more than \(HubTransport.maximumRedirects) times, at last to \(HubTransport.shown(url))"
        )
    }

    /// Returns the body of an answer in memory.
    func body(_ url: String, limit: Int = 1 << 27) throws -> (response: HTTPResponse, bytes: Data) {
        var bytes = Data()
        let (response, _) = try exchange(
            .get, url, timeout: configuration.metadataTimeout,
            receive: { _, piece in
                guard bytes.count + piece.count <= limit else {
                    throw HubFailure(
                        kind: .other, reason: "\(HubTransport.shown(url)): an answer of more than \(limit) bytes")
                }
                bytes.append(contentsOf: piece)
            })
        return (response, bytes)
    }

    /// Calls `body` until it succeeds, fails permanently, or has used all attempts. The wait between attempts grows.
    /// - Parameter progressed: is called after a failure; if it returns true, the count of attempts starts again.
    func retrying<Result>(
        attempts: Int? = nil, progressed: () -> Bool = { false }, _ body: () throws -> Result
    ) throws -> Result {
        let attempts = max(1, attempts ?? configuration.attempts)
        let first = configuration.backoff / .seconds(1)
        var attempt = 1, wait = first
        while true {
            do {
                return try body()
            } catch var failure as HubFailure {
                if progressed() { (attempt, wait) = (1, first) }
                guard failure.mayRecover, attempt < attempts else {
                    if attempt > 1 { failure.reason += " (after \(attempt) attempts)" }
                    throw failure
                }
                if let asked = failure.retryAfter {
                    guard asked <= HubTransport.maximumWait else {
                        failure.reason += "; asks to be left alone for \(Int(min(asked, 1e9))) seconds"
                        throw failure
                    }
                    try cancellation.pause(asked)
                } else {
                    try cancellation.pause(wait)
                    wait = min(2 * wait, 8 * first)
                }
                attempt += 1
            }
        }
    }

    /// Returns whether an address belongs to the hub; only such addresses receive the token. Compares byte by byte, up
    /// to a byte that no parser takes as part of the host name.
    func isHub(_ url: String) -> Bool {
        func lower(_ byte: UInt8) -> UInt8 { (0x41...0x5a).contains(byte) ? byte + 32 : byte }
        return [configuration.origin, "https://huggingface.co", "https://hf.co"].contains { origin in
            let rest = url.utf8.dropFirst(origin.utf8.count)
            return url.utf8.count >= origin.utf8.count
                && zip(url.utf8, origin.utf8).allSatisfy { lower($0) == lower($1) }
                && (rest.isEmpty || "/?#".utf8.contains(rest.first!))
        }
    }

    /// Returns an address without its query, which may hold signatures, and without the user part, which may hold
    /// passwords.
    static func shown(_ url: String) -> String {
        let url = url.prefix { $0 != "?" }
        guard let scheme = url.range(of: "://") else { return String(url) }
        let authority = url[scheme.upperBound...].prefix { $0 != "/" }
        guard let at = authority.lastIndex(of: "@") else { return String(url) }
        return String(url[..<scheme.upperBound] + url[url.index(after: at)...])
    }

    private func failure(_ response: HTTPResponse, _ body: [UInt8], _ url: String) -> HubFailure {
        struct Complaint: Decodable { var error: String? }
        let words = response["X-Error-Message"] ?? (try? JSONDecoder().decode(Complaint.self, from: Data(body)))?.error
        // Shorten the text only after the token is removed; otherwise part of the token could stay.
        let shown = words.map { configuration.knownToken?.removed(from: $0) ?? $0 }
        let said = "\(HubTransport.shown(url)) answers \(response.status)" + (shown.map { ": \($0.prefix(500))" } ?? "")
        var failure = HubFailure(kind: .other, reason: said, status: response.status)
        switch (response["X-Error-Code"], response.status) {
        case ("RevisionNotFound", _):
            failure.kind = .revisionNotFound
            failure.reason = "the repository has no such revision (\(said))"
        case ("EntryNotFound", _):
            failure.kind = .entryNotFound
            failure.reason = "the repository has no such file (\(said))"
            failure.commit = response["X-Repo-Commit"]
        case ("GatedRepo", _):
            failure.kind = .forbidden
            failure.reason =
                "the repository is gated: ask for access on its page at \(HubTransport.shown(configuration.endpoint)), and set HF_TOKEN to a token of the account that has it (\(said))"
        case ("RepoNotFound", _), (nil, 401):
            failure.kind = .repositoryNotFound
            failure.reason =
                "there is no such repository, or it is private and "
                + (configuration.token == nil ? "no token was given: set HF_TOKEN" : "the token gives no access to it")
                + " (\(said))"
        case (_, 401), (_, 403):
            failure.kind = .forbidden
            failure.reason = "the hub refuses access (\(said))"
        case (_, 408), (_, 429), (_, 500), (_, 502), (_, 503), (_, 504):
            failure.kind = response.status == 429 ? .other : .unreachable
            failure.mayRecover = true
            failure.retryAfter = HubTransport.retryAfter(response)
        default: break
        }
        return failure
    }

    /// Returns the wait in seconds, from `Retry-After` as a number or a date, or from the hub's
    /// `RateLimit: "api";r=0;t=55`.
    static func retryAfter(_ response: HTTPResponse, now: Date = Date()) -> Double? {
        if let text = response["RateLimit"] {
            let parts = text.split(separator: ";").map { $0.trimmingCharacters(in: .whitespaces) }
            if parts.contains("r=0"), let time = parts.first(where: { $0.hasPrefix("t=") }),
                let seconds = Double(time.dropFirst(2)), seconds >= 0
            {
                return seconds
            }
        }
        guard let text = response["Retry-After"] else { return nil }
        if let seconds = Double(text) { return seconds >= 0 ? seconds : nil }
        let dates = DateFormatter()
        dates.locale = Locale(identifier: "en_US_POSIX")
        dates.timeZone = TimeZone(secondsFromGMT: 0)
        dates.dateFormat = "EEE, dd MMM yyyy HH:mm:ss zzz"
        return dates.date(from: text).map { max(0, $0.timeIntervalSince(now)) }
    }
}
