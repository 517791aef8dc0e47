import ArgumentParser
import ExampleShared
import Torch

/// Trains a graph attention network (Veličković et al., 2018) to classify papers by their words and citations. This is
/// the program `gat` of pytorch/examples.
@main
struct TrainGAT: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gat", abstract: "Trains a graph attention network on the papers of Cora.",
        discussion: "The files are those of https://linqs-data.soe.ucsc.edu/public/lbc/cora.tgz.")

    @Option(help: "Passes over the graph.") var epochs = 300
    @Option(help: "The learning rate.") var lr = 0.005
    @Option(help: "The part of the features and weights that is dropped.") var dropoutP = 0.6
    @Option(help: "Hidden features.") var hiddenDim = 64
    @Option(help: "Attention heads of the first layer.") var numHeads = 8
    @Flag(help: "Concatenate the heads of the first layer, instead of taking their mean.") var concatHeads = false
    @Option(help: "Seeds the random numbers.") var seed = 13
    @OptionGroup var options: CitationOptions

    func validate() throws {
        guard epochs >= 0 else { throw ValidationError("--epochs must not be negative.") }
        guard lr.isFinite, lr >= 0 else { throw ValidationError("--lr must be a finite number and not negative.") }
        guard 0...1 ~= dropoutP else { throw ValidationError("--dropout-p must lie between 0 and 1.") }
        guard hiddenDim > 0, numHeads > 0 else {
            throw ValidationError("--hidden-dim and --num-heads must be positive.")
        }
        guard !concatHeads || hiddenDim.isMultiple(of: numHeads) else {
            throw ValidationError("--hidden-dim must be a multiple of --num-heads.")
        }
    }

    /// A layer: the transformed features of a paper's neighbours, weighted by attention.
    final class GraphAttention: Module {
        let heads, width, outputs: Int
        let concat: Bool
        let dropout: Double
        @Parameter var W: Tensor
        @Parameter var a: Tensor

        init(_ inputs: Int, _ outputs: Int, heads: Int, concat: Bool, dropout: Double) {
            self.heads = heads
            self.outputs = outputs
            self.concat = concat
            self.dropout = dropout
            width = concat ? outputs / heads : outputs
            W = Tensor.empty(inputs, width * heads)
            a = Tensor.empty(heads, 2 * width, 1)
            super.init()
            Init.xavierNormal_(W)
            Init.xavierNormal_(a)
        }

        func callAsFunction(_ x: Tensor, _ adjacency: Tensor) -> Tensor {
            let count = x.size(0)
            let h = F.dropout(mm(x, W), p: dropout, training: isTraining).view(count, heads, width).permute(1, 0, 2)
            let source = h.matmul(a[.all, ..<width]), target = h.matmul(a[.all, width...])
            let scores = F.leakyRelu(source + target.mT, negativeSlope: 0.2)
            let connected = Torch.where(adjacency.gt(0), scores, -9e16 * Tensor.onesLike(scores))
            let attention = F.dropout(F.softmax(connected, dim: -1), p: dropout, training: isTraining)
            let output = attention.matmul(h)
            return concat ? output.permute(1, 0, 2).contiguous().view(count, outputs) : output.mean(dim: 0)
        }
    }

    final class Net: Module {
        let gat1, gat2: GraphAttention

        init(_ inputs: Int, _ hidden: Int, heads: Int, _ classes: Int, concat: Bool, dropout: Double) {
            gat1 = GraphAttention(inputs, hidden, heads: heads, concat: concat, dropout: dropout)
            gat2 = GraphAttention(hidden, classes, heads: 1, concat: false, dropout: dropout)
        }

        func callAsFunction(_ x: Tensor, _ adjacency: Tensor) -> Tensor {
            F.logSoftmax(gat2(F.elu(gat1(x, adjacency)), adjacency), dim: 1)
        }
    }

    func run() throws {
        try options.train(epochs: epochs, lr: lr, seed: seed) { graph, device in
            let features = graph.features.to(device), adjacency = graph.adjacency.to(device)
            let model = Net(
                features.size(1), hiddenDim, heads: numHeads, graph.classes, concat: concatHeads, dropout: dropoutP
            ).to(device)
            return (model, { model(features, adjacency) })
        }
    }
}
