import Foundation
import Testing
import Torch
@testable import TorchText

/// The locale of a program may use a decimal comma, but files use a point.
@Suite(.serialized) struct LocaleTests {
    private static let sources = "/usr/share/i18n/locales/de_DE"

    /// Runs `body` in a locale with a decimal comma, which `localedef` creates.
    private func withDecimalComma(_ body: () throws -> Void) throws {
        let folder = try FormatFixtures.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let localedef = Process()
        localedef.executableURL = URL(fileURLWithPath: "/usr/bin/localedef")
        localedef.arguments = ["-i", "de_DE", "-f", "UTF-8", "\(folder)/de_DE.UTF-8"]
        try localedef.run()
        localedef.waitUntilExit()
        setenv("LOCPATH", folder, 1)
        defer {
            setlocale(LC_ALL, "C")
            unsetenv("LOCPATH")
        }
        try #require(setlocale(LC_ALL, "de_DE.UTF-8") != nil)
        #expect(String(format: "%.1f", 1.5) == "1,5")
        try body()
    }

    @Test(
        .enabled(
            if: FileManager.default.fileExists(atPath: sources)
                && FileManager.default.isExecutableFile(atPath: "/usr/bin/localedef"), "no localedef with de_DE"))
    func filesHavePoints() throws {
        let folder = try FormatFixtures.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try withDecimalComma {
            let features = Features(["x": .value("float64"), "h": .value("float16"), "j": .json])
            let dataset = try ArrowDataset(
                [
                    "x": [.double(1.5e-20), .double(2.5e17), 0.25], "h": [0.0001, 1234.0, 1.5],
                    "j": [.double(1.5e-20), "x", 2.5]
                ], features: features)
            try dataset.toJSON("\(folder)/a.jsonl")
            try dataset.toCSV("\(folder)/a.csv")
            #expect(try ArrowDataset(["a": [1.5]]).castColumn("a", .value("string"))["a"].values() == ["1.5"])
            #expect(
                throws: TorchError(
                    .value,
                    "column a: Float value 1.500000 was truncated converting to int64")
            ) {
                try ArrowDataset(["i": [0]]).map(
                    features: Features([
                        "i": .value("int64"),
                        "a": .value("int64")
                    ])
                ) { _ in ["a": 1.5] }
            }
        }
        // The output of datasets 5.2.
        #expect(
            try String(contentsOfFile: "\(folder)/a.jsonl", encoding: .utf8)
                == "{\"x\":1.5e-20,\"h\":0.0001000166,\"j\":1.5e-20}\n{\"x\":2.5e+17,\"h\":1234.0,\"j\":\"x\"}\n{\"x\":0.25,\"h\":1.5,\"j\":2.5}\n"
        )
        #expect(
            try String(contentsOfFile: "\(folder)/a.csv", encoding: .utf8)
                == "x,h,j\n1.5e-20,0.0001,1.5e-20\n2.5e+17,1.234e+03,\"\"\"x\"\"\"\n0.25,1.5,2.5\n")
    }
}
