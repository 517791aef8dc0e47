import Foundation
import Testing
import Torch
@testable import TorchText

private let folder = ProcessInfo.processInfo.environment["TRAINED_WEIGHTS"]

/// Reads the trained model all-MiniLM-L6-v2. `make test-language` fetches it.
@Suite struct TrainedSentencesTests {
    /// The vectors come from transformers 5.24 (`Fixtures/LanguageModels/minilm.py`).
    @Test(.enabled(if: folder != nil, "run by make test-language"))
    func sentencesHaveTheVectorsOfTransformers() throws {
        let encoder = try SentenceEncoder("\(folder!)/minilm")
        let rows = try PretrainedFolder.json("\(LanguageModelTests.folder)/minilm.json").list
        let vectors = try encoder.encode(rows.map { $0["text"]!.text })
        for (row, expected) in rows.enumerated() {
            let wanted = LanguageModelTests.numbers(expected["vector"]!)
            let error = zip(vectors[row].toArray(as: Double.self), wanted).map { abs($0 - $1) }.max()!
            #expect(wanted.count == 384 && error < 1e-5, "sentence \(row): off by \(error)")
        }
    }
}
