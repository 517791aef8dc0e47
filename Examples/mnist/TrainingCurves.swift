import ArgumentParser
import ExampleShared
import Torch
import TorchPlot

/// The flag `--plot`.
struct PlotOption: ParsableArguments {
    @Option(help: "A file, .svg or .png, for a picture of the losses and of the confused classes.") var plot: String?

    func validate() throws {
        guard let plot else { return }
        guard plot.hasSuffix(".svg") || plot.hasSuffix(".png") else {
            throw ValidationError("--plot \(plot): the name must end in .svg or .png.")
        }
        if let obstacle = obstacle(at: plot) { throw ValidationError("--plot \(plot): \(obstacle).") }
    }
}

/// What a training run was like.
final class TrainingCurves {
    private var train: (epochs: [Double], losses: [Double]) = ([], [])
    private var test: (epochs: [Int], losses: [Double]) = ([], [])
    private var confusion: Tensor?

    /// Adds the loss of a step, at a part of an epoch.
    func addTrainLoss(_ epoch: Double, _ loss: Double) {
        train.epochs.append(epoch)
        train.losses.append(loss)
    }

    /// Adds the loss after an epoch. Its confusion matrix replaces that of the epoch before.
    func addTest(_ epoch: Int, _ loss: Double, _ confusion: Tensor) {
        test.epochs.append(epoch)
        test.losses.append(loss)
        self.confusion = confusion
    }

    /// Draws the losses, and beside them the confusion matrix.
    func figure(_ classes: [String]) -> Figure {
        let (figure, axes) = subplots(1, 2, figsize: (12, 5.4))
        let loss = axes[0][0], matrix = axes[0][1]
        loss.plot(train.epochs, train.losses, label: "train", smoothing: 0.9)
        loss.plot(test.epochs, test.losses, label: "test", marker: .circle)
        loss.setYScale(.log)
        loss.setXLabel("epoch")
        loss.setYLabel("loss")
        loss.legend()
        if let confusion { matrix.confusionMatrix(confusion, classes: classes) }
        return figure
    }
}
