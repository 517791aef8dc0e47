import ArgumentParser
import ExampleShared
import Torch

/// Trains a graph convolutional network (Kipf and Welling, 2017) to classify papers by their words and citations. This
/// is the program `gcn` of pytorch/examples.
@main
struct TrainGCN: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gcn", abstract: "Trains a graph convolutional network on the papers of Cora.",
        discussion: "The files are those of https://linqs-data.soe.ucsc.edu/public/lbc/cora.tgz.")

    @Option(help: "Passes over the graph.") var epochs = 200
    @Option(help: "The learning rate.") var lr = 0.01
    @Option(help: "The part of the hidden features that is dropped.") var dropoutP = 0.5
    @Option(help: "Hidden features.") var hiddenDim = 16
    @Flag(help: "Add a bias in each layer.") var includeBias = false
    @Option(help: "Seeds the random numbers.") var seed = 42
    @OptionGroup var options: CitationOptions

    func validate() throws {
        guard epochs >= 0 else { throw ValidationError("--epochs must not be negative.") }
        guard lr.isFinite, lr >= 0 else { throw ValidationError("--lr must be a finite number and not negative.") }
        guard 0...1 ~= dropoutP else { throw ValidationError("--dropout-p must lie between 0 and 1.") }
        guard hiddenDim > 0 else { throw ValidationError("--hidden-dim must be positive.") }
    }

    /// A layer: the features of a paper's neighbours, added up and transformed.
    final class GraphConv: Module {
        @Parameter var kernel: Tensor
        @Parameter var bias: Tensor?

        init(_ inputs: Int, _ outputs: Int, bias useBias: Bool) {
            kernel = Tensor.empty(inputs, outputs)
            bias = useBias ? Tensor.zeros(outputs) : nil
            super.init()
            Init.xavierNormal_(kernel)
        }

        func callAsFunction(_ x: Tensor, _ adjacency: Tensor) -> Tensor {
            let output = spmm(adjacency, mm(x, kernel))
            return bias.map { output + $0 } ?? output
        }
    }

    final class Net: Module {
        let gc1, gc2: GraphConv
        let dropout: Dropout

        init(_ inputs: Int, _ hidden: Int, _ classes: Int, bias: Bool, dropout: Double) {
            gc1 = GraphConv(inputs, hidden, bias: bias)
            gc2 = GraphConv(hidden, classes, bias: bias)
            self.dropout = Dropout(dropout)
        }

        func callAsFunction(_ x: Tensor, _ adjacency: Tensor) -> Tensor {
            F.logSoftmax(gc2(dropout(F.relu(gc1(x, adjacency))), adjacency), dim: 1)
        }
    }

    func run() throws {
        try options.train(epochs: epochs, lr: lr, seed: seed) { graph, device in
            let features = graph.features.toSparse().to(device), adjacency = graph.normalizedAdjacency.to(device)
            let model = Net(features.size(1), hiddenDim, graph.classes, bias: includeBias, dropout: dropoutP).to(device)
            return (model, { model(features, adjacency) })
        }
    }
}
