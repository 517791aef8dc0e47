import ArgumentParser
import Foundation
import Torch

/// A graph of papers in the files of the data set Cora: `cora.content` has a line for each paper (its number, a 0 or 1
/// for each word, its class), `cora.cites` has a line for each citation (two papers' numbers).
package struct CitationGraph {
    /// The words of each paper, [papers, words], so that each row adds up to 1.
    package let features: Tensor
    /// The class of each paper.
    package let labels: Tensor
    /// A dense matrix [papers, papers]: the number of citations, and 1 on the diagonal.
    package let adjacency: Tensor
    /// The number of classes.
    package let classes: Int

    /// Reads a folder.
    /// - Throws: `ValidationError` if a line cannot be understood.
    package init(_ folder: String) throws {
        let papers = try CitationGraph.rows("\(folder)/cora.content")
        var numbers: [Substring: Int] = [:]
        for (i, paper) in papers.enumerated() { numbers[paper[0]] = i }
        let width = papers.first?.count ?? 0
        guard width > 2, papers.allSatisfy({ $0.count == width }), numbers.count == papers.count else {
            throw ValidationError("\(folder)/cora.content: not a line of a number, words and a class for each paper.")
        }
        let words = papers.flatMap { $0.dropFirst().dropLast().map { Float($0) ?? .nan } }
        guard words.allSatisfy(\.isFinite) else {
            throw ValidationError("\(folder)/cora.content: a word that is not a number.")
        }
        let names = Set(papers.map { $0[width - 1] }).sorted()
        let citations = try CitationGraph.rows("\(folder)/cora.cites").map { line in
            guard line.count == 2, let from = numbers[line[0]], let to = numbers[line[1]] else {
                throw ValidationError("\(folder)/cora.cites: '\(line.joined(separator: " "))' are not two papers.")
            }
            return [from, to]
        }
        let count = papers.count, rows = Tensor(words).view(count, width - 2)
        features = CitationGraph.finite(1 / rows.sum(dim: 1)).diag().toSparse().matmul(rows)
        labels = Tensor(papers.map { names.firstIndex(of: $0[width - 1])! })
        classes = names.count
        let ends = Tensor(citations.flatMap { $0 }).view(citations.count, 2)
        let edges = Tensor.sparseCooTensor(ends.t(), Tensor.ones(citations.count), [count, count])
        adjacency = Tensor.eye(count) + edges
    }

    /// The adjacency as a sparse matrix, with rows and columns divided by the square roots of their sums.
    package var normalizedAdjacency: Tensor {
        let degrees = CitationGraph.finite((1 / adjacency.sum(dim: 1)).sqrt()).diag().toSparse()
        return degrees.matmul(adjacency).matmul(degrees).toSparse()
    }

    private static func finite(_ x: Tensor) -> Tensor { x.maskedFill(x.isinf(), 0) }

    private static func rows(_ path: String) throws -> [[Substring]] {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw ValidationError("\(path) cannot be read.")
        }
        return text.split(whereSeparator: \.isNewline).map { $0.split(whereSeparator: \.isWhitespace) }
    }
}

/// The flags of the programs on citation graphs, and the loop that trains their networks.
package struct CitationOptions: ParsableArguments {
    @Option(help: "The folder with cora.content and cora.cites.") var data = "cora"
    @Option(help: "The factor of the weight decay.") var l2 = 5e-4
    @Option(help: "Epochs between two printed lines.") var valEvery = 20
    @Option(help: "Papers that are only tested.") var testPapers = 1000
    @Option(help: "Papers on which the training is watched.") var valPapers = 500
    @Flag(help: "Make one step only, to see that everything works.") var dryRun = false
    @OptionGroup var device: DeviceOption
    @OptionGroup var threads: ThreadOption
    @Flag(help: "Print nothing but errors.") var quiet = false

    package init() {}

    package func validate() throws {
        guard l2.isFinite, l2 >= 0 else { throw ValidationError("--l2 must be a finite number from 0 on.") }
        guard valEvery > 0 else { throw ValidationError("--val-every must be positive.") }
        guard testPapers > 0, valPapers > 0 else {
            throw ValidationError("--test-papers and --val-papers must be positive.")
        }
    }

    /// Reads the graph and trains the network that `make` builds from it. `make` also returns what the network is
    /// given.
    package func train(
        epochs: Int, lr: Double, seed: Int,
        _ make: (CitationGraph, Device) -> (model: Module, forward: () -> Tensor)
    ) throws {
        threads.apply()
        manualSeed(seed)
        let console = Console(quiet: quiet), device = device.begin(console)
        let graph = try CitationGraph(data)
        guard testPapers + valPapers < graph.labels.count else {
            throw ValidationError(
                "\(graph.labels.count) papers are too few for \(testPapers) to test and \(valPapers) to watch.")
        }
        let labels = graph.labels.to(device), order = Tensor.randperm(graph.labels.count).to(device)
        let test = order[..<testPapers], val = order[testPapers..<(testPapers + valPapers)]
        let train = order[(testPapers + valPapers)...]
        let (model, forward) = make(graph, device)
        let optimizer = Adam(model.parameters(), lr: lr, weightDecay: l2)
        func score(_ papers: Tensor) -> (loss: Double, accuracy: Double) {
            noGrad {
                model.eval()
                let output = forward()[papers], target = labels[papers]
                let hits = output.argmax(dim: 1).eq(target).float().sum() / Double(target.count)
                return (F.nllLoss(output, target).item(), hits.item())
            }
        }
        for epoch in 0..<epochs {
            model.train()
            optimizer.zeroGrad()
            F.nllLoss(forward()[train], labels[train]).backward()
            optimizer.step()
            if epoch % valEvery == 0 {
                let (a, b) = (score(train), score(val))
                console.print(
                    "Epoch: \(epoch + 1, "04d") loss_train: \(a.loss, ".4f") acc_train: \(a.accuracy, ".4f") "
                        + "loss_val: \(b.loss, ".4f") acc_val: \(b.accuracy, ".4f")")
            }
            if dryRun { break }
        }
        let result = score(test)
        console.print("Test set results: loss \(result.loss, ".4f") accuracy \(result.accuracy, ".4f")")
    }
}
