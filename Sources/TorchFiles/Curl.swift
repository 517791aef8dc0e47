#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif
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
                set(handle, 10023, Int(bitPattern: headers)) // HTTPHEADER
                set(handle, 10010, Int(bitPattern: message)) // ERRORBUFFER
                prepare(handle, request)
                listen(handle, transfer)
                let code = withExtendedLifetime(transfer) { perform(handle) }
                if let error = transfer.error { throw error }
                guard code == 0 else {
                    let words = String(cString: message)
                    throw Failure(
                        reason: words.isEmpty ? String(cString: describe(code)) : words,
                        mayRecover: !Curl.permanent.contains(code))
                }
                var redirect = 0
                info(handle, 0x10001f, &redirect) // REDIRECT_URL
                transfer.response.redirect = UnsafePointer<CChar>(bitPattern: redirect).map { String(cString: $0) }
                return transfer.response
            }
        }
    }

    /// The failures that another attempt does not fix: the address, the number of redirects, the certificate of the
    /// server.
    private static let permanent: Set<Int32> = [1, 2, 3, 4, 47, 51, 58, 60, 77, 83, 90]

    private func prepare(_ handle: Handle, _ request: HTTPRequest) {
        request.url.withCString { set(handle, 10002, Int(bitPattern: $0)) } // URL, which libcurl copies
        "swift-torch".withCString { set(handle, 10018, Int(bitPattern: $0)) } // USERAGENT
        set(handle, 44, request.method == .head ? 1 : 0) // NOBODY
        set(handle, 181, 3) // PROTOCOLS: HTTP and HTTPS
        set(handle, 182, 3) // REDIR_PROTOCOLS
        set(handle, 52, request.followsRedirects ? 1 : 0) // FOLLOWLOCATION
        set(handle, 68, 10) // MAXREDIRS
        set(handle, 99, 1) // NOSIGNAL
        set(handle, 78, request.connectTimeout) // CONNECTTIMEOUT, seconds
        set(handle, 19, 1) // LOW_SPEED_LIMIT, bytes a second
        set(handle, 20, request.stallTimeout) // LOW_SPEED_TIME, seconds
        set(handle, 43, 0) // NOPROGRESS
    }

    private func listen(_ handle: Handle, _ transfer: Transfer) {
        let context = Int(bitPattern: Unmanaged.passUnretained(transfer).toOpaque())
        let hear: @convention(c) (UnsafeMutableRawPointer?, Int, Int, UnsafeMutableRawPointer) -> Int = {
            bytes, size, count, context in
            let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
            return transfer.response.take(UnsafeRawBufferPointer(start: bytes, count: size * count)) ? size * count : -1
        }
        set(handle, 20079, Int(bitPattern: unsafeBitCast(hear, to: UnsafeRawPointer.self))) // HEADERFUNCTION
        set(handle, 10029, context) // HEADERDATA
        let receive: @convention(c) (UnsafeMutableRawPointer?, Int, Int, UnsafeMutableRawPointer) -> Int = {
            bytes, size, count, context in
            let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
            do {
                try transfer.receive(transfer.response, UnsafeRawBufferPointer(start: bytes, count: size * count))
                return size * count
            } catch {
                transfer.error = error
                return -1
            }
        }
        set(handle, 20011, Int(bitPattern: unsafeBitCast(receive, to: UnsafeRawPointer.self))) // WRITEFUNCTION
        set(handle, 10001, context) // WRITEDATA
        let watch: @convention(c) (UnsafeMutableRawPointer, Int64, Int64, Int64, Int64) -> Int32 = {
            context, total, now, _, _ in
            let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
            do {
                try transfer.progress(Int(now), total > 0 ? Int(total) : nil)
                return 0
            } catch {
                transfer.error = error
                return 1
            }
        }
        set(handle, 20219, Int(bitPattern: unsafeBitCast(watch, to: UnsafeRawPointer.self))) // XFERINFOFUNCTION
        set(handle, 10057, context) // XFERINFODATA
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
    /// `curl_easy_setopt` takes its third argument as a C variadic argument. That is the third integer register or, on
    /// Apple's arm64, the first word on the stack, where the ninth of nine plain arguments lies. The value is passed in
    /// all these places, so one plain call works on every machine.
    private typealias Setter = @convention(c) (Handle, Int32, Int, Int, Int, Int, Int, Int, Int) -> Int32

    private let idle = IdleHandles()
    private let makeHandle: @convention(c) () -> Handle?
    private let cleanup: @convention(c) (Handle) -> Void
    private let reset: @convention(c) (Handle) -> Void
    private let appendHeader:
        @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<CChar>) -> UnsafeMutableRawPointer?
    private let freeHeaders: @convention(c) (UnsafeMutableRawPointer?) -> Void
    private let perform: @convention(c) (Handle) -> Int32
    private let describe: @convention(c) (Int32) -> UnsafePointer<CChar>
    private let setOption: Setter
    private let getInfo: Setter

    private func set(_ handle: Handle, _ option: Int32, _ value: Int) {
        _ = setOption(handle, option, value, value, value, value, value, value, value)
    }

    private func info(_ handle: Handle, _ number: Int32, _ result: inout Int) {
        withUnsafeMutablePointer(to: &result) {
            let value = Int(bitPattern: $0)
            _ = getInfo(handle, number, value, value, value, value, value, value, value)
        }
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
            let setOption = find("curl_easy_setopt", as: Setter.self),
            let getInfo = find("curl_easy_getinfo", as: Setter.self),
            globalInit(3) == 0
        else { return nil }
        return Curl(
            makeHandle: makeHandle, cleanup: cleanup, reset: reset, appendHeader: append, freeHeaders: free,
            perform: perform, describe: describe,
            setOption: setOption, getInfo: getInfo)
    }()
}
