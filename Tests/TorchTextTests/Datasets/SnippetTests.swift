import Foundation
import Testing
@testable import TorchText

/// Runs the note's first lines as a program, Snippets/01-load-imdb.swift. The output equals Python's for the same
/// repository.
@Suite(.serialized) struct SnippetTests {
    private let expected: String

    init() throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
            "../../../Snippets/Expected/01-load-imdb.out")
        expected = try String(contentsOf: file, encoding: .utf8)
    }

    private func run(_ place: DatasetsPlace, offline: Bool = false) throws -> String {
        try String(
            decoding: Programs.run(Programs.sibling("01-load-imdb"), [], place.environment(offline: offline)),
            as: UTF8.self)
    }

    @Test func fromTheHubAndThenFromTheCache() throws {
        let place = try DatasetsPlace()
        #expect(try run(place) == expected)
        place.server.stop()
        #expect(try run(place, offline: true) == expected)
        // The network is off, and the program is not told so.
        #expect(try run(place) == expected)
    }

    @Test func fromACacheThatPythonFilled() throws {
        let place = try DatasetsPlace()
        place.server.stop()
        try FileManager.default.createDirectory(atPath: place.home, withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: DatasetsPlace.fixture("prepared"), toPath: "\(place.home)/datasets")
        let before = place.prepared()
        #expect(try run(place, offline: true) == expected)
        #expect(place.prepared() == before)
    }
}
