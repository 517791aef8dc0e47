import ArgumentParser
import ExampleShared
import Torch
import TorchText

/// Prints how similar sentences are in meaning: the cosines of the angles between their vectors.
@main
struct Embed: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "embed",
        abstract: "Prints the cosine similarities of sentences, with a model of BERT's kind such as all-MiniLM-L6-v2.")

    @Argument(help: "A folder with config.json, weights and tokenizer.json.") var model: String
    @Argument(help: "The sentences.") var sentences: [String]
    @OptionGroup var threads: ThreadOption

    func validate() throws {
        guard !sentences.isEmpty else { throw ValidationError("Give at least one sentence.") }
    }

    func run() throws {
        let console = Console(quiet: false)
        threads.apply()
        let encoder = try SentenceEncoder(model)
        let vectors = F.normalize(try encoder.encode(sentences))
        let similarities = vectors.matmul(vectors.t())
        for (i, sentence) in sentences.enumerated() {
            let row = similarities[i].toArray(as: Double.self).map { "\($0, ".4f")" }
            console.print("\(row.joined(separator: "  "))  \(sentence)")
        }
    }
}
