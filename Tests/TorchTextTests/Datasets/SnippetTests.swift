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

    private func run(_ position: DatasetsFixture, offline: Bool = false) throws -> String {
        try String(
            decoding: Programs.run(Programs.sibling("01-load-imdb"), [], position.environment(offline: offline)),
            as: UTF8.self)
    }

    @Test func fromTheHubAndThenFromTheCache() throws {
        let position = try DatasetsFixture()
        #expect(try run(position) == expected)
        position.server.stop()
        #expect(try run(position, offline: true) == expected)
        // The network is off, and the program is not told so.
        #expect(try run(position) == expected)
    }

    @Test func fromACacheThatPythonFilled() throws {
        let position = try DatasetsFixture()
        position.server.stop()
        try FileManager.default.createDirectory(atPath: position.home, withIntermediateDirectories: true)
        try FileManager.default.copyItem(
            atPath: DatasetsFixture.fixture("prepared"), toPath: "\(position.home)/datasets")
        let before = position.prepared()
        #expect(try run(position, offline: true) == expected)
        #expect(position.prepared() == before)
    }
}
