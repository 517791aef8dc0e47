import Foundation
import Torch
import TorchFiles

/// A file's metadata, as the hub's answer to a HEAD request states it.
/// Python: `huggingface_hub.HfFileMetadata`.
struct HubMetadata {
    var commit: String
    var etag: String
    var size: Int?
    /// The address of the file's bytes.
    var location: String
    /// The ETag for an If-Range header; nil if the server that sends the bytes does not use this ETag.
    var condition: String?
}

/// Downloads a blob into the cache. A blob is stored only if it is complete and its hash is correct. After an error,
/// the received part stays beside its place as `ETAG.incomplete`, and the next attempt continues from there.
struct BlobDownload {
    let transport: HubTransport
    let metadata: HubMetadata
    let blob: String
    /// Whether this process holds the blob's lock. Without a lock, each download writes to a file of its own.
    let isLocked: Bool
    let progress: TransferProgress

    func run() throws {
        let name =
            isLocked
            ? "\(blob).incomplete" : "\(blob).\(String(UInt32.random(in: .min ... .max), radix: 16)).incomplete"
        let file = try PartialFile(name, hashes: Hub.isHexadecimal(metadata.etag, 64))
        if let size = metadata.size {
            if file.size > size { try file.truncate() }
            try checkSpace(size - file.size)
        }
        progress.add(file.size)
        let wasPartial = file.size > 0
        try fetch(into: file)
        var problem = try mismatch(file)
        if problem != nil, wasPartial {
            // The bytes of an earlier download may be damaged, so download everything again.
            try restart(file)
            try fetch(into: file)
            problem = try mismatch(file)
        }
        if let problem {
            file.remove()
            throw problem
        }
        try file.commit(as: blob)
    }

    private func fetch(into file: PartialFile) throws {
        // A download may go on if its connection breaks many times, but each attempt must make progress of at least
        // `step`.
        let step = min(1 << 20, max(1, (metadata.size ?? .max) / 100))
        var mark = file.size, hasRestarted = false
        do {
            try transport.retrying(progressed: {
                guard file.size - mark >= step else { return false }
                mark = file.size
                return true
            }) {
                if file.size == metadata.size { return }
                do {
                    try receive(into: file)
                } catch let failure as HubFailure where failure.status == 416 && file.size > 0 && !hasRestarted {
                    hasRestarted = true
                    try restart(file)
                    try receive(into: file)
                }
            }
        } catch let failure as DiskFull {
            // Remove the received part, so that it does not fill the disk.
            file.remove()
            throw HubFailure(kind: .other, reason: failure.reason)
        }
    }

    private func restart(_ file: PartialFile) throws {
        progress.add(-file.size)
        try file.truncate()
    }

    private func receive(into file: PartialFile) throws {
        let start = file.size
        var headers: [String] = []
        if start > 0 {
            headers.append("Range: bytes=\(start)-")
            if let condition = metadata.condition { headers.append("If-Range: \(condition)") }
        }
        var hasBegun = false
        func begin(_ response: HTTPResponse) throws {
            if hasBegun { return }
            hasBegun = true
            if response.status == 206 {
                // For example "bytes 100-199/200".
                let range = response["Content-Range"]?.split(whereSeparator: { " -/".contains($0) }) ?? []
                guard range.count == 4, Int(range[1]) == start,
                    metadata.size == nil || range[3] == "*" || Int(range[3]) == metadata.size
                else {
                    try restart(file)
                    throw HubFailure(
                        kind: .other,
                        reason:
                            "asked for the bytes from \(start) on, the server sends \(response["Content-Range"] ?? "others")",
                        mayRecover: true)
                }
            } else {
                if start > 0 { try restart(file) }
                if response["Transfer-Encoding"] == nil, let length = response["Content-Length"].flatMap({ Int($0) }),
                    let size = metadata.size, length != size
                {
                    throw HubFailure(
                        kind: .other, reason: "the server sends \(length) bytes of a file that has \(size)")
                }
            }
        }
        let (response, _) = try transport.exchange(
            .get, metadata.location, headers: headers, timeout: transport.configuration.downloadTimeout,
            receive: { response, bytes in
                try begin(response)
                if let size = metadata.size, bytes.count > size - file.size {
                    throw HubFailure(
                        kind: .other, reason: "the server sends more than the \(size) bytes that the file has")
                }
                try file.append(bytes)
                progress.add(bytes.count)
            })
        try begin(response)
        if let size = metadata.size, file.size < size {
            throw HubFailure(
                kind: .unreachable, reason: "the connection ended after \(file.size) of \(size) bytes", mayRecover: true
            )
        }
    }

    private func mismatch(_ file: PartialFile) throws -> HubFailure? {
        let found: String
        switch true {
        case Hub.isHexadecimal(metadata.etag, 64): found = file.digest
        case Hub.isHexadecimal(metadata.etag, 40):
            found = try Digest<SHA1>.of(FileSource(file.path), after: Array("blob \(file.size)\0".utf8))
        default: return nil
        }
        if found == metadata.etag { return nil }
        return HubFailure(
            kind: .other, reason: "what was downloaded has the hash \(found), but the hub says \(metadata.etag)")
    }

    private func checkSpace(_ needed: Int) throws {
        var status = statvfs()
        guard needed > 0, statvfs(Files.folder(of: blob), &status) == 0 else { return }
        let (free, overflows) = Int(clamping: status.f_bavail).multipliedReportingOverflow(
            by: Int(clamping: status.f_frsize))
        if !overflows, free < needed {
            throw HubFailure(
                kind: .other,
                reason: "no space: \(needed) bytes are wanted in \(Files.folder(of: blob)), and \(free) are free")
        }
    }
}

/// Thrown if the disk has no room for a download.
private struct DiskFull: Error {
    let reason: String
}

/// The file that holds the received part of a blob.
private final class PartialFile {
    let path: String
    private let descriptor: Int32
    private(set) var size = 0
    private var hash: Digest<SHA256>?

    /// - Parameter hashes: whether to compute the SHA-256 while bytes are written.
    init(_ path: String, hashes: Bool) throws {
        self.path = path
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o666)
        var status = stat()
        guard descriptor >= 0, fstat(descriptor, &status) == 0 else {
            throw TorchError(.file, "\(path): cannot write: \(systemMessage())")
        }
        size = Int(status.st_size)
        guard hashes else { return }
        hash = Digest()
        try FileSource(path).forEachPiece { hash!.update($0) }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    var digest: String { hash?.finish() ?? "" }

    func append(_ bytes: UnsafeRawBufferPointer) throws {
        var done = 0
        while done < bytes.count {
            let count = pwrite(descriptor, bytes.baseAddress! + done, bytes.count - done, off_t(size))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                let reason = "cannot write \(path): \(systemMessage())"
                if errno == ENOSPC || errno == EDQUOT { throw DiskFull(reason: reason) }
                throw TorchError(.file, reason)
            }
            hash?.update(UnsafeRawBufferPointer(rebasing: bytes[done..<done + count]))
            done += count
            size += count
        }
    }

    func truncate() throws {
        guard ftruncate(descriptor, 0) == 0 else {
            throw TorchError(.file, "\(path): cannot write: \(systemMessage())")
        }
        size = 0
        if hash != nil { hash = Digest() }
    }

    func remove() { unlink(path) }

    /// Flushes the file to the disk and renames it to its final name.
    func commit(as blob: String) throws {
        guard fsync(descriptor) == 0, rename(path, blob) == 0 else {
            let reason = "cannot write \(blob): \(systemMessage())"
            remove()
            throw TorchError(.file, reason)
        }
    }
}
