import Foundation
import Testing
import LoopbackServer
import TorchVision

@Suite struct DownloadTests {
    private static let body = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ ($0 >> 9)) }
    /// Computed with Python's hashlib.
    private static let md5 = "de2701d3baed44597bf04487103ff830"

    @Test func aWholeFile() throws {
        let server = try LoopbackServer { path, _ in
            path == "/moved"
                ? .init(status: "302 Found", headers: ["Location: /file.bin"], body: []) : .init(body: Self.body)
        }
        defer { server.stop() }
        let folder = TemporaryFolder()
        try downloadURL(server.address("file.bin"), root: folder.path + "/deep/er", md5: Self.md5.uppercased())
        #expect(folder.read("deep/er/file.bin") == Self.body)
        #expect(folder.files == ["deep/er/file.bin"])
        try downloadURL(server.address("moved"), root: folder.path, filename: "other", md5: Self.md5)
        #expect(folder.read("other") == Self.body)
        // A correct file is not fetched again.
        let before = server.requests.count
        try downloadURL(server.address("file.bin"), root: folder.path, filename: "other", md5: Self.md5)
        #expect(server.requests.count == before)
    }

    @Test func aCutConnectionIsTriedAgain() throws {
        let server = try LoopbackServer { _, before in
            before < 2
                ? .init(body: Array(Self.body.prefix(1000 * before)), promised: Self.body.count)
                : .init(body: Self.body)
        }
        defer { server.stop() }
        let folder = TemporaryFolder()
        try downloadURL(server.address("file.bin"), root: folder.path, md5: Self.md5)
        #expect(folder.read("file.bin") == Self.body)
        #expect(server.requests.count == 3)
    }

    @Test func whatNeverComesWholeIsNotThere() throws {
        let server = try LoopbackServer { path, _ in
            switch path {
            case "/cut": .init(body: Array(Self.body.prefix(5000)), promised: Self.body.count)
            case "/missing": .init(status: "404 Not Found", body: Array("<html>".utf8))
            case "/broken": .init(status: "503 Service Unavailable", body: [])
            default: .init(body: Array(Self.body.dropLast()) + [0])
            }
        }
        defer { server.stop() }
        let folder = TemporaryFolder()
        func fetch(_ path: String) -> String {
            message { try downloadURL(server.address(path), root: folder.path, md5: Self.md5) } ?? "no error"
        }
        #expect(
            fetch("cut").hasPrefix(
                "Error downloading \(folder.path)/cut:\nTried \(server.address("cut")), got: transfer closed with 295000 bytes remaining to read"
            ))
        #expect(server.requests.count == 3)
        #expect(
            fetch("missing")
                == "Error downloading \(folder.path)/missing:\nTried \(server.address("missing")), got: The requested URL returned error: 404"
        )
        #expect(server.requests.count == 4)
        #expect(fetch("broken").contains("The requested URL returned error: 503"))
        #expect(server.requests.count == 7)
        #expect(fetch("wrong").contains("got: a file with MD5 "))
        #expect(folder.files.isEmpty)
        #expect(message { try downloadURL("file:///etc/passwd", root: folder.path) } != nil)
        #expect(folder.files.isEmpty)
    }

    @Test func anOldFileStaysUntilTheNewOneIsWhole() throws {
        let server = try LoopbackServer { _, _ in .init(body: [1, 2, 3]) }
        defer { server.stop() }
        let folder = TemporaryFolder()
        try folder.write("file.bin", [9])
        #expect(message { try downloadURL(server.address("file.bin"), root: folder.path, md5: Self.md5) } != nil)
        #expect(folder.read("file.bin") == [9])
        #expect(folder.files == ["file.bin"])
    }

    @Test func mirrorsAreTriedInTurn() throws {
        let server = try LoopbackServer { path, _ in
            path.hasPrefix("/a/") ? .init(status: "404 Not Found", body: []) : .init(body: Self.body)
        }
        defer { server.stop() }
        let folder = TemporaryFolder()
        let text =
            message {
                _ = try KMNIST(root: folder.path, download: true, mirrors: [server.address("a"), server.address("b/")])
            } ?? "no error"
        #expect(
            text.contains(
                "Tried \(server.address("a/train-images-idx3-ubyte.gz")), got: The requested URL returned error: 404"))
        #expect(
            text.contains(
                "Tried \(server.address("b/train-images-idx3-ubyte.gz")), got: a file with MD5 \(Self.md5), expected bdb82020997e1d708af4cf47b453dcf7"
            ))
        #expect(server.requests.first == "/a/train-images-idx3-ubyte.gz")
        #expect(server.requests.count == 4)
        #expect(folder.files.isEmpty)
    }
}
