import Foundation
import HubServer
import LoopbackServer
import Testing
import Torch
@testable import TorchText

/// The hub's client against the hub's double.
@Suite struct HubTests {
    @Test func aRepositoryAndItsFiles() async throws {
        let place = try HubPlace()
        defer { place.server.stop() }
        let repository = try await place.hub.info("imdb")
        #expect(repository.id == "stanfordnlp/imdb")
        #expect(repository.files.map(\.path) == ["README.md", "plain_text/train.parquet"])
        let paths = try await place.hub.download(repository.files.map(\.path), from: repository)
        #expect(try paths.map { try place.bytes($0) } == [HubPlace.readme, HubPlace.train])
    }
}
