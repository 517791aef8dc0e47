import ArgumentParser
import ExampleShared
import Torch
import TorchText

/// Trains a network to classify reviews as good or bad. Words are looked up in an embedding table, and a review is the
/// mean of its words. This is the program of PyTorch's tutorial on text classification, for IMDB.
@main
struct TrainIMDB: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "imdb",
        abstract: "Trains a network on IMDB's reviews of films, or on texts with labels in the same form.")

    @Option(
        help:
            "The data set: a folder, or a name on the Hugging Face hub. It has the splits train and test, with the columns text and label."
    ) var data = "imdb"
    @OptionGroup var options: TrainingOptions

    final class TextClassifier: Module {
        let embedding: EmbeddingBag
        let fc: Linear

        init(_ words: Int, _ dimensions: Int, _ classes: Int) {
            embedding = EmbeddingBag(words, dimensions, mode: .mean)
            fc = Linear(dimensions, classes)
        }

        /// Computes a row of scores, one per class, for each text. `words` has the word numbers; `offsets` has the
        /// start of each text.
        func forward(_ words: Tensor, _ offsets: Tensor) -> Tensor { fc(embedding(words, offsets)) }
    }

    typealias Batch = (words: Tensor, offsets: Tensor, labels: Tensor)
    typealias Loader = DataLoader<CollatedDataset<ArrowDataset, Batch>>

    func train(
        _ loader: Loader, _ model: TextClassifier, _ lossFn: CrossEntropyLoss, _ optimizer: Adam, _ device: Device,
        _ console: Console
    ) throws {
        let size = loader.dataset.count
        model.train()
        let bar = console.bar(total: loader.count)
        var batch = 0
        try loader.forEachBatch { words, offsets, labels in
            let pred = model.forward(words.to(device), offsets.to(device))
            let loss = lossFn(pred, labels.to(device))

            loss.backward()
            optimizer.step()
            optimizer.zeroGrad()

            if batch % 100 == 0 {
                let current = min((batch + 1) * options.batchSize, size)
                console.print("loss: \(loss, ">7f")  [\(current, ">5d")/\(size, ">5d")]")
            }
            batch += 1
            bar.update()
        }
        bar.close()
    }

    func test(
        _ loader: Loader, _ model: TextClassifier, _ lossFn: CrossEntropyLoss, _ device: Device, _ console: Console
    ) throws {
        model.eval()
        var testLoss = 0.0, correct = 0.0
        try noGrad {
            try loader.forEachBatch { words, offsets, labels in
                let labels = labels.to(device)
                let pred = model.forward(words.to(device), offsets.to(device))
                testLoss += lossFn(pred, labels).item()
                correct += (pred.argmax(1) .== labels).type(.float32).sum().item()
            }
        }
        testLoss /= Double(loader.count)
        correct /= Double(loader.dataset.count)
        console.print(
            "Test Error: \n Accuracy: \(100 * correct, ".1f")%, Avg loss: \(testLoss, ">8f") \n")
    }

    func run() async throws {
        let dataset = try await loadDataset(data)
        guard let trainingData = dataset.split("train"), let testData = dataset.split("test"), trainingData.count > 0,
            testData.count > 0
        else {
            throw ValidationError(
                "--data \(data): needs the splits train and test with something in them, and has \(dataset.names.joined(separator: ", "))."
            )
        }
        guard case .classLabel(let classes)? = trainingData.features["label"],
            trainingData.features["text"] == .value("string"), testData.features == trainingData.features
        else {
            throw ValidationError(
                "--data \(data): needs a column text of strings and a column label of class labels, and has \(trainingData.features)."
            )
        }
        let (console, device) = options.begin()
        console.print("\(dataset)")

        let texts = try trainingData["text"].values().lazy.map { $0.string ?? "" }
        let vocabulary = try Vocabulary(
            counting: texts, tokenizer: .basicEnglish, specials: ["<unk>"], maxTokens: 50_000, defaultIndex: 0)
        console.print("Words: \(vocabulary.count)")

        @Sendable func collate(_ rows: [Row]) throws -> Batch {
            let texts = try rows.map { try vocabulary.ids(of: $0["text"]?.string ?? "", tokenizer: .basicEnglish) }
            let (words, offsets) = texts.concatenatedWithOffsets()
            return (
                words, offsets,
                Tensor(
                    try rows.map { row in
                        guard let label = row["label"]?.int, 0..<classes.numClasses ~= label else {
                            throw TorchError(.value, "a row without a label: \(row)")
                        }
                        return label
                    })
            )
        }
        let trainLoader = DataLoader(
            trainingData, batchSize: options.batchSize, shuffle: true, numWorkers: options.workers, collate: collate)
        let testLoader = DataLoader(
            testData, batchSize: options.batchSize, numWorkers: options.workers, collate: collate)

        var model = TextClassifier(vocabulary.count, 64, classes.numClasses).to(device)
        console.print("\(model)")

        let lossFn = CrossEntropyLoss()
        let optimizer = Adam(model.parameters(), lr: options.lr ?? 5e-3)

        for epoch in 0..<options.epochs {
            console.print("Epoch \(epoch + 1)\n-------------------------------")
            try train(trainLoader, model, lossFn, optimizer, device, console)
            try test(testLoader, model, lossFn, device, console)
        }
        console.print("Done!")

        try Torch.save(model.stateDict(), to: options.save)
        console.print("Saved PyTorch Model State to \(options.save)")

        model = TextClassifier(vocabulary.count, 64, classes.numClasses).to(device)
        try model.loadStateDict(loadStateDict(options.save))

        model.eval()
        let (words, offsets, label) = try collate([testData.row(0)])
        noGrad {
            let pred = model.forward(words.to(device), offsets.to(device))
            console.print(
                "Predicted: \"\(classes.int2str(pred[0].argmax(0).item(as: Int.self)))\", Actual: \"\(classes.int2str(label[0].item(as: Int.self)))\""
            )
        }
    }
}
