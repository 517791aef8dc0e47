import Foundation
import Synchronization
import Testing
import Torch
import TorchFiles

@Suite struct FileSourceTests {
    /// A file that cannot be opened is closed only once. A second close could close a file that another thread has
    /// opened meanwhile.
    @Test func aRefusedFileTakesNobodysDescriptor() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("source-\(UUID().uuidString)").path
        try HubFixture.write([1, 2, 3], to: "\(folder)/file")
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let failures = Atomic(0), isOver = Atomic(false)
        let threads = DispatchGroup()
        for _ in 0..<2 {
            DispatchQueue.global().async(group: threads) {
                while !isOver.load(ordering: .relaxed) {
                    do {
                        let source = try FileSource("\(folder)/file")
                        if try source.take(3, "the file") != [1, 2, 3] { failures.add(1, ordering: .relaxed) }
                    } catch { failures.add(1, ordering: .relaxed) }
                }
            }
        }
        for _ in 0..<20_000 {
            #expect(throws: TorchError(.file, "\(folder): is a directory")) { _ = try FileSource(folder) }
        }
        isOver.store(true, ordering: .relaxed)
        threads.wait()
        #expect(failures.load(ordering: .relaxed) == 0)
        #expect(throws: TorchError.self) { try FileSource("\(folder)/none") }
    }
}
