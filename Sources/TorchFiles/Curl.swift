#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif
import CCurl
import Locks
import Torch

/// libcurl, which is loaded at the first download. If it were linked at build time, every program would start 7 ms
/// later.
package struct Curl: @unchecked Sendable {
    /// A transfer that failed. `mayRecover` is true if another attempt at the same address could succeed.
    package struct Failure: Error {
        package let reason: String
        package let mayRecover: Bool

        package init(reason: String, mayRecover: Bool) {
            self.reason = reason
            self.mayRecover = mayRecover
        }
    }

    /// Fetches `url` over HTTP or HTTPS, and calls `write` with the body piece by piece. Calls `progress` with the
    /// bytes so far and, if known, the total.
    /// - Throws: `Failure`, also if the status of the server means an error.
    package func get(
        _ url: String, write: (UnsafeRawBufferPointer) throws -> Void, progress: (Int, Int?) -> Void
    ) throws {
        let response = try perform(
            HTTPRequest(url), receive: { if $0.status < 400 { try write($1) } }, progress: progress)
        if response.status >= 400 {
            throw Failure(
                reason: "The requested URL returned error: \(response.status)", mayRecover: response.status >= 500)
        }
    }

    /// Sends a request, calls `receive` with the body piece by piece, then returns the head of the answer, whatever its
    /// status. Calls `progress` with the bytes so far and, if known, the total; about once a second also while nothing
    /// arrives. If `receive` or `progress` throws an error, the transfer ends with this error.
    /// - Throws: `Failure` if there was no complete answer.
    package func perform(
        _ request: HTTPRequest, receive: (HTTPResponse, UnsafeRawBufferPointer) throws -> Void,
        progress: (Int, Int?) throws -> Void = { _, _ in }
    ) throws -> HTTPResponse {
        guard !request.headers.contains(where: { $0.utf8.contains { $0 < 32 } }) else {
            throw Failure(reason: "a header with control characters", mayRecover: false)
        }
        guard let handle = idle.take() ?? makeHandle() else {
            throw Failure(reason: "libcurl cannot start", mayRecover: false)
        }
        defer { if !idle.keep(handle, reset) { cleanup(handle) } }
        return try withoutActuallyEscaping(receive) { receive in
            try withoutActuallyEscaping(progress) { progress in
                let transfer = Transfer(receive: receive, progress: progress)
                let message = UnsafeMutablePointer<CChar>.allocate(capacity: 256)
                message.initialize(repeating: 0, count: 256)
                defer { message.deallocate() }
                let headers = request.headers.reduce(UnsafeMutableRawPointer?.none) { appendHeader($0, $1) ?? $0 }
                defer { freeHeaders(headers) }
                set(handle, CURL_OPTION_HEADERS, headers)
                set(handle, CURL_OPTION_ERROR_BUFFER, message)
                prepare(handle, request)
                setCallbacks(handle, transfer)
                let code = withExtendedLifetime(transfer) { perform(handle) }
                if let error = transfer.error { throw error }
                guard code == 0 else {
                    let words = String(cString: message)
                    throw Failure(
                        reason: words.isEmpty ? String(cString: describe(code)) : words,
                        mayRecover: !Curl.permanent.contains(code))
                }
                transfer.response.redirect = curl_get_text(getInfo, handle, Int32(CURL_INFO_REDIRECT_URL))
                    .map { String(cString: $0) }
                return transfer.response
            }
        }
    }

    /// The failures that another attempt does not fix: the address, the number of redirects, the certificate of the
    /// server.
    private static let permanent = Set(
        [
            CURL_ERROR_UNSUPPORTED_PROTOCOL, CURL_ERROR_FAILED_INIT, CURL_ERROR_URL_MALFORMED, CURL_ERROR_NOT_BUILT_IN,
            CURL_ERROR_TOO_MANY_REDIRECTS, CURL_ERROR_PEER_CERTIFICATE_OLD, CURL_ERROR_CLIENT_CERTIFICATE,
            CURL_ERROR_PEER_CERTIFICATE, CURL_ERROR_CA_FILE, CURL_ERROR_ISSUER, CURL_ERROR_PINNED_KEY
        ].map { Int32($0) })

    private func prepare(_ handle: Handle, _ request: HTTPRequest) {
        request.url.withCString { set(handle, CURL_OPTION_URL, $0) }
        "swift-torch".withCString { set(handle, CURL_OPTION_USER_AGENT, $0) }
        set(handle, CURL_OPTION_NO_BODY, request.method == .head ? 1 : 0)
        let protocols = Int(CURL_PROTOCOL_HTTP) | Int(CURL_PROTOCOL_HTTPS)
        set(handle, CURL_OPTION_PROTOCOLS, protocols)
        set(handle, CURL_OPTION_REDIRECT_PROTOCOLS, protocols)
        set(handle, CURL_OPTION_FOLLOW_LOCATION, request.followsRedirects ? 1 : 0)
        set(handle, CURL_OPTION_MAX_REDIRECTS, 10)
        set(handle, CURL_OPTION_NO_SIGNAL, 1)
        set(handle, CURL_OPTION_CONNECT_TIMEOUT, request.connectTimeout)
        set(handle, CURL_OPTION_LOW_SPEED_LIMIT, 1)
        set(handle, CURL_OPTION_LOW_SPEED_TIME, request.stallTimeout)
        set(handle, CURL_OPTION_NO_PROGRESS, 0)
    }

    /// Lets libcurl call `transfer` with headers, bytes of the body, and progress.
    private func setCallbacks(_ handle: Handle, _ transfer: Transfer) {
        let context = Unmanaged.passUnretained(transfer).toOpaque()
        let receiveHeader: curl_data_function = { bytes, size, count, context in
            let transfer = Unmanaged<Transfer>.fromOpaque(context!).takeUnretainedValue()
            return transfer.response.take(UnsafeRawBufferPointer(start: bytes, count: size * count)) ? size * count : -1
        }
        _ = curl_set_data_function(setOption, handle, Int32(CURL_OPTION_HEADER_FUNCTION), receiveHeader)
        set(handle, CURL_OPTION_HEADER_CONTEXT, context)
        let receiveBody: curl_data_function = { bytes, size, count, context in
            let transfer = Unmanaged<Transfer>.fromOpaque(context!).takeUnretainedValue()
            do {
                try transfer.receive(transfer.response, UnsafeRawBufferPointer(start: bytes, count: size * count))
                return size * count
            } catch {
                transfer.error = error
                return -1
            }
        }
        _ = curl_set_data_function(setOption, handle, Int32(CURL_OPTION_WRITE_FUNCTION), receiveBody)
        set(handle, CURL_OPTION_WRITE_CONTEXT, context)
        let reportProgress: curl_progress_function = { context, total, now, _, _ in
            let transfer = Unmanaged<Transfer>.fromOpaque(context!).takeUnretainedValue()
            do {
                try transfer.progress(Int(now), total > 0 ? Int(total) : nil)
                return 0
            } catch {
                transfer.error = error
                return 1
            }
        }
        _ = curl_set_progress_function(setOption, handle, Int32(CURL_OPTION_PROGRESS_FUNCTION), reportProgress)
        set(handle, CURL_OPTION_PROGRESS_CONTEXT, context)
    }

    /// Returns the library, which is loaded at the first call.
    /// - Throws: `TorchError` if the machine has no libcurl.
    package static func load() throws -> Curl {
        guard let curl = shared else {
            throw TorchError(.file, "downloads need libcurl, which was not found (Debian: apt-get install libcurl4)")
        }
        return curl
    }

    private final class Transfer {
        let receive: (HTTPResponse, UnsafeRawBufferPointer) throws -> Void
        let progress: (Int, Int?) throws -> Void
        var response = HTTPResponse()
        var error: (any Error)?

        init(
            receive: @escaping (HTTPResponse, UnsafeRawBufferPointer) throws -> Void,
            progress: @escaping (Int, Int?) throws -> Void
        ) {
            self.receive = receive
            self.progress = progress
        }
    }

    /// The handles that are not in use. Each keeps its connections, so the next request to the same server needs no new
    /// one.
    private final class IdleHandles: Sendable {
        private let handles = Mutex<[UInt]>([])

        func take() -> Handle? { handles.withLock { $0.popLast() }.flatMap { Handle(bitPattern: $0) } }

        func keep(_ handle: Handle, _ reset: (Handle) -> Void) -> Bool {
            reset(handle)
            let number = UInt(bitPattern: handle)
            return handles.withLock { handles in
                if handles.count >= 8 { return false }
                handles.append(number)
                return true
            }
        }
    }

    private typealias Handle = UnsafeMutableRawPointer

    private let idle = IdleHandles()
    private let makeHandle: @convention(c) () -> Handle?
    private let cleanup: @convention(c) (Handle) -> Void
    private let reset: @convention(c) (Handle) -> Void
    private let appendHeader:
        @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<CChar>) -> UnsafeMutableRawPointer?
    private let freeHeaders: @convention(c) (UnsafeMutableRawPointer?) -> Void
    private let perform: @convention(c) (Handle) -> Int32
    private let describe: @convention(c) (Int32) -> UnsafePointer<CChar>
    /// The addresses of `curl_easy_setopt` and `curl_easy_getinfo`.
    private let setOption, getInfo: UnsafeMutableRawPointer

    private func set(_ handle: Handle, _ option: some BinaryInteger, _ value: Int) {
        _ = curl_set_number(setOption, handle, Int32(option), value)
    }

    private func set(_ handle: Handle, _ option: some BinaryInteger, _ value: UnsafeRawPointer?) {
        _ = curl_set_address(setOption, handle, Int32(option), value)
    }

    private static let shared: Curl? = {
        let names = ["libcurl.so.4", "libcurl-gnutls.so.4", "libcurl.4.dylib"]
        guard let library = names.lazy.compactMap({ dlopen($0, RTLD_NOW | RTLD_LOCAL) }).first else { return nil }
        func find<Function>(_ name: String, as type: Function.Type) -> Function? {
            dlsym(library, name).map { unsafeBitCast($0, to: type) }
        }
        guard let globalInit = find("curl_global_init", as: (@convention(c) (Int) -> Int32).self),
            let makeHandle = find("curl_easy_init", as: (@convention(c) () -> Handle?).self),
            let cleanup = find("curl_easy_cleanup", as: (@convention(c) (Handle) -> Void).self),
            let reset = find("curl_easy_reset", as: (@convention(c) (Handle) -> Void).self),
            let append = find(
                "curl_slist_append",
                as: (@convention(c) (UnsafeMutableRawPointer?, UnsafePointer<CChar>) -> UnsafeMutableRawPointer?).self),
            let free = find("curl_slist_free_all", as: (@convention(c) (UnsafeMutableRawPointer?) -> Void).self),
            let perform = find("curl_easy_perform", as: (@convention(c) (Handle) -> Int32).self),
            let describe = find("curl_easy_strerror", as: (@convention(c) (Int32) -> UnsafePointer<CChar>).self),
            let setOption = dlsym(library, "curl_easy_setopt"), let getInfo = dlsym(library, "curl_easy_getinfo"),
            globalInit(Int(CURL_INITIALIZE_ALL)) == 0
        else { return nil }
        return Curl(
            makeHandle: makeHandle, cleanup: cleanup, reset: reset, appendHeader: append, freeHeaders: free,
            perform: perform, describe: describe, setOption: setOption, getInfo: getInfo)
    }()
}
