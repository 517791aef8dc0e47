#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif
import Torch

/// A lock that processes share through a file: it calls `flock` on the file, as Python's `filelock` does. The file
/// stays when the lock is released. If it were removed, waiting processes would lock different files.
package final class FileLock {
    private let descriptor: Int32

    /// Waits for the lock. Calls `wait` again and again meanwhile; an error that it throws ends the waiting.
    /// - Returns: nil if the file system has no locks.
    /// - Throws: `TorchError` if the file cannot be created.
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
            // If another process has removed the file meanwhile, this lock excludes no other process. Then try again.
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
