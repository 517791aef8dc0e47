import Foundation
import Testing
import Torch
import TorchBoard

/// Compares tables with what lightning_fabric 2.6.6 writes after the same calls.
@Suite struct CSVLoggerTests {
    @Test func theTableIsLightnings() throws {
        let folder = TemporaryFolder(), logger = try CSVLogger(folder.path, name: "n", prefix: "p")
        func table() throws -> String { String(decoding: try bytes(logger.path), as: UTF8.self) }
        #expect(logger.logDir == "\(folder.path)/n/version_0")
        try logger.logMetrics(["loss": 0.5, "n": 3])
        #expect(!FileManager.default.fileExists(atPath: logger.path))
        try logger.logMetrics(["loss": Tensor(1e-7 as Float), "b": true], step: 99)
        #expect(try table() == "p-b,p-loss,p-n,step\r\n,0.5,3,0\r\nTrue,1.0000000116860974e-07,,99\r\n")
        try logger.logMetrics(["loss": Tensor(0.1 as Float), "a, \"q\"": Double.nan], step: 100)
        try logger.save()
        try logger.logMetrics(["loss": 2], step: 5)
        try logger.save()
        #expect(
            try table()
                == "\"p-a, \"\"q\"\"\",p-b,p-loss,p-n,step\r\n,,0.5,3,0\r\n,True,1.0000000116860974e-07,,99\r\nnan,,0.10000000149011612,,100\r\n,,2,,5\r\n"
        )
        #expect(try CSVLogger(folder.path, name: "n").logDir == "\(folder.path)/n/version_1")
        #expect(try CSVLogger(folder.path, name: "n", version: "x").logDir == "\(folder.path)/n/x")
    }

    @Test func aVersionIsReplaced() throws {
        let folder = TemporaryFolder()
        for value in [1, 2] {
            let logger = try CSVLogger(folder.path, version: 7, flushLogsEveryNSteps: 1)
            try logger.logMetrics(["a": value])
            try logger.logMetrics(["a": 5], step: 0)
            let text = String(decoding: try bytes("\(folder.path)/lightning_logs/version_7/metrics.csv"), as: UTF8.self)
            #expect(text == "a,step\r\n\(value),0\r\n5,0\r\n")
        }
    }

    /// Names that have no number, or a number without a next one, do not count.
    @Test func otherNamesInTheFolder() throws {
        let folder = TemporaryFolder(), runs = "\(folder.path)/lightning_logs/"
        for name in ["version_", "version__", "version_x", "version_-7", "version_\(Int.max)", "version"] {
            try FileManager.default.createDirectory(atPath: runs + name, withIntermediateDirectories: true)
        }
        #expect(try CSVLogger(folder.path).logDir == "\(runs)version_0")
        try FileManager.default.createDirectory(atPath: runs + "version_4_old", withIntermediateDirectories: true)
        #expect(try CSVLogger(folder.path).logDir == "\(runs)version_5")
    }

    @Test func aLoggerSavesAtItsEnd() throws {
        let folder = TemporaryFolder()
        var logger: CSVLogger? = try CSVLogger(folder.path, version: 0)
        let path = try #require(logger?.path)
        try logger?.logMetrics(["a": 1])
        logger = nil
        #expect(String(decoding: try bytes(path), as: UTF8.self) == "a,step\r\n1,0\r\n")
        #expect(
            message {
                try withError { try CSVLogger(folder.path).logMetrics(["a": Tensor.zeros(2)]) }
            } == "a Tensor with 2 elements cannot be converted to Scalar")
    }
}
