#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif
import Torch

/// The names in a folder, in the order of their code points. Symbolic links are followed.
struct FolderListing {
    var folders: [String] = [], files: [String] = []

    /// Lists a folder.
    /// - Throws: `TorchError` with Python's sentence if it cannot be read.
    init(_ path: String) throws {
        guard let handle = opendir(path) else {
            throw TorchError(.file, "[Errno \(errno)] \(String(cString: strerror(errno))): '\(path)'")
        }
        defer { closedir(handle) }
        while let entry = readdir(handle) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: $0.pointee)) {
                    String(cString: $0)
                }
            }
            if name == "." || name == ".." { continue }
            var status = stat()
            // A link that leads nowhere is a file, as in Python.
            let isFolder = stat("\(path)/\(name)", &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
            if isFolder { folders.append(name) } else { files.append(name) }
        }
        folders.sort(by: FolderListing.isBefore)
        files.sort(by: FolderListing.isBefore)
    }

    /// Returns the paths of all files below a folder, folder by folder in the order of their paths. A folder that
    /// contains itself by a link is not entered again.
    static func walk(_ path: String) throws -> [String] {
        var found: [(folder: String, files: [String])] = []
        func visit(_ path: String, _ above: Set<Place>) {
            var status = stat()
            // Python leaves out folders that cannot be read.
            guard stat(path, &status) == 0, let listing = try? FolderListing(path) else { return }
            let place = Place(device: UInt64(status.st_dev), number: UInt64(status.st_ino))
            guard !above.contains(place), above.count < 256 else { return }
            found.append((path, listing.files))
            for folder in listing.folders { visit("\(path)/\(folder)", above.union([place])) }
        }
        visit(path, [])
        return found.sorted { isBefore($0.folder, $1.folder) }.flatMap { folder, files in
            files.map { "\(folder)/\($0)" }
        }
    }

    private struct Place: Hashable {
        let device, number: UInt64
    }

    /// Python's order of texts. UTF-8 has the order of code points.
    private static func isBefore(_ a: String, _ b: String) -> Bool {
        a.utf8.lexicographicallyPrecedes(b.utf8)
    }
}
