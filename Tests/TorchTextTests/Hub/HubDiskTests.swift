import Foundation
import HubServer
import LoopbackServer
import Testing
import Torch
@testable import TorchText

/// A disk of a few bytes, which exists as long as the value lives.
private final class SmallDisk {
    let path: String

    init?(bytes: Int) {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("disk-\(UUID().uuidString)").path
        try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        guard SmallDisk.run("mount", "-t", "tmpfs", "-o", "size=\(bytes)", "tmpfs", path) else { return nil }
    }

    deinit {
        _ = SmallDisk.run("umount", path)
        rmdir(path)
    }

    static let isPossible = SmallDisk(bytes: 65536) != nil

    private static func run(_ command: String...) -> Bool {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = command
        (process.standardOutput, process.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
        do { try process.run() } catch { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }
}

@Suite(.enabled(if: SmallDisk.isPossible, "needs the right to mount a small file system")) struct HubDiskTests {
    private let title = "imdb (dataset, revision main), \(HubFixture.trainPath): "

    @Test func aDiskThatIsTooSmall() async throws {
        let position = try HubFixture()
        let disk = try #require(SmallDisk(bytes: 128 << 10))
        position.configuration.cache = "\(disk.path)/cache"
        let error = await failure {
            _ = try await position.hub.download(HubFixture.trainPath, from: "imdb", type: .dataset)
        }
        #expect(
            error.hasPrefix(
                title + "no space: 300000 bytes are wanted in \(disk.path)/cache/datasets--imdb/blobs, and "))
        // The client requests no bytes that it cannot store.
        #expect(position.downloads.isEmpty)
        #expect(position.cached("datasets--imdb/snapshots").isEmpty)
    }

    @Test func aDiskThatFillsUpMeanwhile() async throws {
        let position = try HubFixture()
        let disk = try #require(SmallDisk(bytes: 512 << 10))
        position.configuration.cache = "\(disk.path)/cache"
        let filler = "\(disk.path)/filler"
        position.server.inject { request, answer in
            if request.path.hasPrefix("/lfs/") {
                try? HubFixture.write([UInt8](repeating: 1, count: 300 << 10), to: filler)
            }
            return answer
        }
        let error = await failure {
            _ = try await position.hub.download(HubFixture.trainPath, from: "imdb", type: .dataset)
        }
        #expect(error.hasPrefix(title + "cannot write \(disk.path)/cache/datasets--imdb/blobs/"))
        #expect(error.hasSuffix("No space left on device"))
        #expect(position.cached("datasets--imdb").isEmpty)
        // When there is space again, the download works.
        position.server.inject(nil)
        try FileManager.default.removeItem(atPath: filler)
        #expect(
            try await HubFixture.bytes(position.hub.download(HubFixture.trainPath, from: "imdb", type: .dataset))
                == HubFixture.train)
    }
}
