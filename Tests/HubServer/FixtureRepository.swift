import Foundation
import Synchronization
import TorchFiles

/// A file with the properties that the hub reports.
package struct FixtureFile: Sendable {
    package let path: String
    package let bytes: [UInt8]
    /// The name of the git object.
    package let oid: String
    /// The SHA-256 of a large file.
    package let sha256: String?
    /// The size in bytes of the pointer that git stores for a large file.
    package let pointerSize: Int

    init(path: String, bytes: [UInt8]) {
        self.path = path
        self.bytes = bytes
        // The suffixes that the hub's default .gitattributes assign to LFS.
        let suffixes = [".parquet", ".arrow", ".bin", ".gz", ".zip", ".zst", ".safetensors", ".npy"]
        if suffixes.contains(where: path.hasSuffix) || bytes.count > 10_000_000 {
            var digest = Digest<SHA256>()
            digest.update(bytes)
            let sha256 = digest.finish()
            let pointer = Array(
                "version https://git-lfs.github.com/spec/v1\noid sha256:\(sha256)\nsize \(bytes.count)\n".utf8)
            self.sha256 = sha256
            pointerSize = pointer.count
            oid = FixtureFile.gitName(pointer)
        } else {
            sha256 = nil
            pointerSize = 0
            oid = FixtureFile.gitName(bytes)
        }
    }

    static func gitName(_ bytes: [UInt8], type: String = "blob") -> String {
        var digest = Digest<SHA1>()
        digest.update(Array("\(type) \(bytes.count)\0".utf8) + bytes)
        return digest.finish()
    }
}

/// One commit of a fixture repository.
package struct FixtureCommit: Sendable {
    package let sha: String
    /// The files by path.
    package let files: [String: FixtureFile]

    init(folder: String) {
        var files: [String: FixtureFile] = [:]
        for case let path as String in FileManager.default.enumerator(atPath: folder) ?? .init() {
            var isFolder: ObjCBool = false
            let name = "\(folder)/\(path)"
            guard FileManager.default.fileExists(atPath: name, isDirectory: &isFolder), !isFolder.boolValue,
                let data = FileManager.default.contents(atPath: name)
            else { continue }
            files[path] = FixtureFile(path: path, bytes: [UInt8](data))
        }
        self.files = files
        // This is not a git commit, but like one it depends only on the contents of the files.
        sha = FixtureFile.gitName(
            Array(files.keys.sorted().map { "\($0) \(files[$0]!.oid)\n" }.joined().utf8), type: "commit")
    }
}
