import Foundation
import Testing
import Torch
@testable import TorchText

/// The code of TorchText's first page, in the same order, with the hub of the tests. `DocumentationTests` checks that
/// each line of the page is here.
@Suite struct FirstPage {
    @Test(.timeLimit(.minutes(2))) func fromTheHubToAModel() async throws {
        let position = try DatasetsFixture()
        // Replaces the library's function, which reads the address of the hub from the environment.
        func loadDataset(_ path: String) async throws -> DatasetDict { try await load(position.request(path)) }
        func streamDataset(_ path: String) async throws -> IterableDatasetDict {
            try await stream(position.request(path))
        }

        let dataset = try await loadDataset("imdb")
        print(dataset) // DatasetDict({ train: Dataset({ features: … }) … })
        let train = dataset["train"]
        print(train[0]) // {'text': "I rented it because …", 'label': 0}
        print(train[..<3]["label"]!) // the labels of the first three
        #expect(
            "\(dataset)".hasPrefix(
                "DatasetDict({\n    train: Dataset({\n        features: ['text', 'label'],\n        num_rows: "))
        #expect("\(train[0])".hasPrefix(#"{'text': "I rented it because "#) && "\(train[0])".hasSuffix("'label': 0}"))
        #expect("\(train[..<3]["label"]!)" == "[0, 0, 1]")

        let reviews = try await streamDataset("imdb")
        for try await row in reviews["train"].take(2) { print(row) }

        let good = try train.filter { row in row["label"]!.int == 1 }
        let sized = try train.map { row in
            ["length": .int(row["text"]!.string!.count)]
        }
        let shuffled = train.shuffle(seed: 42)
        let parts = try shuffled.trainTestSplit(testSize: 0.2, seed: 42)
        print(good.count, sized.columnNames, parts["test"].count)
        #expect(
            good.count > 0 && good.count < train.count && sized.columnNames == ["text", "label", "length"]
                && parts["test"].count == (train.count + 4) / 5)

        let path = TokenizerFixtures.folder + "bert-uncased.json"
        let tokenizer = try Tokenizer(path: path)
        let encoding = try tokenizer.encode("A film that moved me to tears.")
        print(encoding.tokens, encoding.ids)
        print(try tokenizer.decode(encoding.ids))
        #expect(try tokenizer.decode(encoding.ids) == "a film that moved me to tears.")

        let loader = DataLoader(train, batchSize: 8, shuffle: true) { rows in
            let texts = rows.map { $0["text"]!.string! }
            let labels = Tensor(rows.map { $0["label"]!.int! })
            let encodings = try tokenizer.encodeBatch(texts)
            return (Tokenizer.Encoding.collate(encodings), labels)
        }

        let lengths = sized.withFormat(.torch, columns: ["length", "label"])
        let numbers = DataLoader(lengths, batchSize: 8)
        try numbers.forEachBatch {
            #expect($0.tensor("length").dtype == .int64 && $0.tensor("length").shape == $0.tensor("label").shape)
        }

        let model = TextClassifier(tokenizer.vocabularySize, 2)
        let lossFn = CrossEntropyLoss()
        let optimizer = Adam(model.parameters(), lr: 1e-2)
        var losses: [Double] = []
        for _ in 0..<100 {
            var total = 0.0
            try loader.forEachBatch { batch, labels in
                let loss = lossFn(model.forward(batch), labels)
                loss.backward()
                optimizer.step()
                optimizer.zeroGrad()
                total += loss.item()
                #expect(batch.ids.shape == batch.attentionMask.shape && batch.ids.dim == 2)
            }
            losses.append(total / Double(loader.count))
        }
        // The network learns: the loss falls to less than half.
        #expect(losses.last! < losses[0] / 2, "\(losses)")

        let folder = "\(LanguageModelTests.folder)/gpt2"
        let gpt = try loadCausalLanguageModel(folder)
        let options = GenerationConfig(
            maxNewTokens: 8, doSample: true, temperature: 0.8, topK: 50)
        for token in gpt.stream([11, 12, 13], options) { print(token) }
    }

    final class TextClassifier: Module {
        let embedding: Embedding
        let fc: Linear

        init(_ words: Int, _ classes: Int) {
            embedding = Embedding(words, 32)
            fc = Linear(32, classes)
        }

        /// Computes the mean of the word vectors, without the padding.
        func forward(_ batch: EncodingBatch) -> Tensor {
            let mask = batch.attentionMask.unsqueeze(-1).float()
            let sums = (embedding(batch.ids) * mask).sum(dim: 1)
            return fc(sums / mask.sum(dim: 1))
        }
    }
}
