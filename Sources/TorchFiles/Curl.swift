#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif
import Torch

/// libcurl, loaded when something is downloaded: linked at build time it would cost every program 7 ms of start-up.
package struct Curl: @unchecked Sendable {
    /// A transfer that failed; `mayRecover` where another attempt at the same address could do better.
    package struct Failure: Error {
        package let reason: String
        package let mayRecover: Bool

        package init(reason: String, mayRecover: Bool) {
            self.reason = reason
            self.mayRecover = mayRecover
        }
    }

    /// Fetches `url` over HTTP or HTTPS, handing the body to `write` piece by piece; `progress` hears the bytes so far and, where known, in all.
    package func get(_ url: String, write: (UnsafeRawBufferPointer) throws -> Void, progress: (Int, Int?) -> Void) throws {
        guard let handle = makeHandle() else { throw Failure(reason: "libcurl cannot start", mayRecover: false) }
        defer { cleanup(handle) }
        try withoutActuallyEscaping(write) { write in
            try withoutActuallyEscaping(progress) { progress in
                let transfer = Transfer(write: write, progress: progress)
                let context = Unmanaged.passUnretained(transfer).toOpaque()
                let message = UnsafeMutablePointer<CChar>.allocate(capacity: 256)
                message.initialize(repeating: 0, count: 256)
                defer { message.deallocate() }
                url.withCString { set(handle, 10002, Int(bitPattern: $0)) }  // URL, which libcurl copies
                "swift-torch".withCString { set(handle, 10018, Int(bitPattern: $0)) }  // USERAGENT
                set(handle, 10010, Int(bitPattern: message))  // ERRORBUFFER
                set(handle, 181, 3)  // PROTOCOLS: HTTP and HTTPS
                set(handle, 182, 3)  // REDIR_PROTOCOLS
                set(handle, 52, 1)  // FOLLOWLOCATION
                set(handle, 68, 10)  // MAXREDIRS
                set(handle, 45, 1)  // FAILONERROR
                set(handle, 99, 1)  // NOSIGNAL
                set(handle, 78, 20)  // CONNECTTIMEOUT, seconds
                // A connection that gives less than 1 byte a second for 30 seconds is dead.
                set(handle, 19, 1)  // LOW_SPEED_LIMIT
                set(handle, 20, 30)  // LOW_SPEED_TIME
                set(handle, 43, 0)  // NOPROGRESS
                let receive: @convention(c) (UnsafeMutableRawPointer?, Int, Int, UnsafeMutableRawPointer) -> Int = { bytes, size, count, context in
                    let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
                    do {
                        try transfer.write(UnsafeRawBufferPointer(start: bytes, count: size * count))
                        return size * count
                    } catch {
                        transfer.error = error
                        return -1
                    }
                }
                set(handle, 20011, Int(bitPattern: unsafeBitCast(receive, to: UnsafeRawPointer.self)))  // WRITEFUNCTION
                set(handle, 10001, Int(bitPattern: context))  // WRITEDATA
                let watch: @convention(c) (UnsafeMutableRawPointer, Int64, Int64, Int64, Int64) -> Int32 = { context, total, now, _, _ in
                    Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue().progress(Int(now), total > 0 ? Int(total) : nil)
                    return 0
                }
                set(handle, 20219, Int(bitPattern: unsafeBitCast(watch, to: UnsafeRawPointer.self)))  // XFERINFOFUNCTION
                set(handle, 10057, Int(bitPattern: context))  // XFERINFODATA

                let code = withExtendedLifetime(transfer) { perform(handle) }
                if let error = transfer.error { throw error }
                if code == 0 { return }
                var status = 0
                info(handle, 0x200002, &status)  // RESPONSE_CODE
                let words = String(cString: message)
                throw Failure(reason: words.isEmpty ? String(cString: describe(code)) : words, mayRecover: !(400..<500).contains(status))
            }
        }
    }

    /// - Throws: `TorchError` where the machine has no libcurl.
    package static func load() throws -> Curl {
        guard let curl = shared else {
            throw TorchError(.file, "downloads need libcurl, which was not found (Debian: apt-get install libcurl4)")
        }
        return curl
    }

    private final class Transfer {
        let write: (UnsafeRawBufferPointer) throws -> Void
        let progress: (Int, Int?) -> Void
        var error: (any Error)?

        init(write: @escaping (UnsafeRawBufferPointer) throws -> Void, progress: @escaping (Int, Int?) -> Void) {
            self.write = write
            self.progress = progress
        }
    }

    private typealias Handle = UnsafeMutableRawPointer
    /// `curl_easy_setopt` takes its third argument as C's `...` does. That is the third integer register, or, on Apple's arm64, the first word on the stack, where
    /// the ninth of nine plain arguments lies: with the value in all those places one plain call serves every machine.
    private typealias Setter = @convention(c) (Handle, Int32, Int, Int, Int, Int, Int, Int, Int) -> Int32

    private let makeHandle: @convention(c) () -> Handle?
    private let cleanup: @convention(c) (Handle) -> Void
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
        guard let library = names.lazy.compactMap({ dlopen($0, RTLD_NOW | RTLD_LOCAL) }).first,
              let globalInit = dlsym(library, "curl_global_init"),
              let makeHandle = dlsym(library, "curl_easy_init"), let cleanup = dlsym(library, "curl_easy_cleanup"),
              let perform = dlsym(library, "curl_easy_perform"), let describe = dlsym(library, "curl_easy_strerror"),
              let setOption = dlsym(library, "curl_easy_setopt"), let getInfo = dlsym(library, "curl_easy_getinfo"),
              unsafeBitCast(globalInit, to: (@convention(c) (Int) -> Int32).self)(3) == 0 else { return nil }
        return Curl(makeHandle: unsafeBitCast(makeHandle, to: (@convention(c) () -> Handle?).self),
                    cleanup: unsafeBitCast(cleanup, to: (@convention(c) (Handle) -> Void).self),
                    perform: unsafeBitCast(perform, to: (@convention(c) (Handle) -> Int32).self),
                    describe: unsafeBitCast(describe, to: (@convention(c) (Int32) -> UnsafePointer<CChar>).self),
                    setOption: unsafeBitCast(setOption, to: Setter.self), getInfo: unsafeBitCast(getInfo, to: Setter.self))
    }()
}
