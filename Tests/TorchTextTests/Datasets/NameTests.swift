import Foundation
import Testing
import Torch
@testable import TorchText

/// Names and values that differ only in their code points, and are equal for Swift's `String`. The results are those of
/// Python's library (Fixtures/datasets/streams.py).
@Suite struct NameTests {
    private let one = "\u{e9}", two = "e\u{301}"

    /// Compares bytes, because these texts are equal as `String`.
    private func expect(_ name: String, _ found: Any) {
        #expect(Array("\(found)".utf8) == Array(Expected.streams["names"][name].text.utf8), "\(name): \(found)")
    }

    private func load() async throws -> ArrowDataset {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("names-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        return try await loadDataset(
            "json", split: "train", dataFiles: .string(DatasetsFixture.fixture("names.jsonl")), cacheDir: folder)
    }

    @Test func columnsOfAFile() async throws {
        let rows = try await load()
        expect("features", rows.features)
        expect("rows", rows[0...])
        #expect(
            try rows[one].values() == [1, 2, 3]
                && rows[two].values().map { Array($0.string!.utf8) } == [one, two, one].map { Array($0.utf8) })
        #expect(rows[0][two] == .string(one) && rows[0][two] != .string(two) && rows[1]["n"]?.row?[two] == 7)
        #expect(try rows.unique(two) == [.string(one), .string(two)])
        expect("renamed", rows.renameColumn(two, "x").features)
        expect("renamed", rows.renameColumns([two: "x"]).features)
        expect("removed", rows.removeColumns([one]).features)
        expect("selected", rows.selectColumns([two, one])[0])
        let (one, two) = (one, two)
        expect(
            "mapped",
            try rows.map { row in Row([(one, .int(row[one]!.int! * 10)), (two, .string(row[two]!.string! + "!"))]) }[
                0...])
        expect("encoded", try rows.classEncodeColumn(two).features)
        expect("flat", try rows.flatten()[0])
        expect("joined", try concatenateDatasets([rows.selectColumns([one]), rows.selectColumns([two])], axis: 1)[0])
        expect("below", try concatenateDatasets([rows.selectColumns([one]), rows.selectColumns([two])])[0...])
    }

    @Test func rowsAndStructures() throws {
        #expect(
            Row([(one, 1), (two, 2)]).count == 2 && Row([(one, 1)]) != Row([(two, 1)])
                && Row([(one, 1)]).hashValue != Row([(two, 1)]).hashValue)
        expect("built", try ArrowDataset([Row([(one, 1)]), Row([(one, 2), (two, 3)])])[0...])
        expect(
            "rows together",
            try ArrowDataset([Row([("r", .row(Row([(one, 1)])))]), Row([("r", .row(Row([(two, 2), (one, 3)])))])])[0...]
        )
        let label = ClassLabel(names: [one, two])
        #expect(label.str2int(two) == 1 && label != ClassLabel(names: [two, one]))
        #expect(Features([(one, .value("int64")), (two, .value("string"))])[two] == .value("string"))
        #expect(Feature.translation(languages: [one]) != .translation(languages: [two]))
        let dictionary = try Column(
            [.string(one), .string(two), .string(one)], type: .dictionary(index: .int8, values: .string))
        #expect(try Array(dictionary.value(at: 1).string!.utf8) == Array(two.utf8))
    }
}
