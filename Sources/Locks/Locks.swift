// The standard library's `Mutex` and `Atomic`. ThreadSanitizer does not see the locks of the module Synchronization, so
// `make check-thread` puts POSIX's in their place; it knows those.
@_exported import Synchronization

#if THREAD_SANITIZER
import Foundation

/// Like `Synchronization.Mutex`, over a lock of POSIX.
public final class Mutex<Value>: @unchecked Sendable {
    private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private var value: Value

    /// Creates a lock around a value.
    public init(_ value: sending Value) {
        self.value = value
        pthread_mutex_init(lock, nil)
    }

    /// Runs `body` with the value while this thread holds the lock.
    public func withLock<Result, Failure: Error>(
        _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        return try body(&value)
    }

    deinit {
        pthread_mutex_destroy(lock)
        lock.deallocate()
    }
}
#endif
