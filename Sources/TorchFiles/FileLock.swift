#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif
import Torch

/// A lock that processes share by way of a file: flock on it, as Python's `filelock` does. The file stays when the lock
/// is gone, because removing it would part those who wait.
package final class FileLock {
    private let descriptor: Int32

    /// Waits for the lock; `wait` is called again and again meanwhile, and what it throws ends the waiting.
    /// - Returns: nil where the file system knows no locks.
    /// - Throws: `TorchError` where the file cannot be made.
    package init?(_ path: String, wait: () throws -> Void) throws {
        while true {
            let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o664)
            guard descriptor >= 0 else { throw TorchError(.file, "\(path): cannot make the lock: \(systemMessage())") }
            do {
                while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
                    if errno == EWOULDBLOCK || errno == EINTR {
                        try wait()
                    } else {
                        close(descriptor)
                        return nil
                    }
                }
            } catch {
                close(descriptor)
                throw error
            }
            // Whoever removed the file meanwhile has made a lock that nobody else will see.
            var here = stat(), there = stat()
            if fstat(descriptor, &here) == 0, stat(path, &there) == 0, here.st_ino == there.st_ino,
                here.st_dev == there.st_dev
            {
                self.descriptor = descriptor
                return
            }
            close(descriptor)
        }
    }

    deinit { close(descriptor) }
}
