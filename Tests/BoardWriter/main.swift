import Foundation
import Torch
import TorchBoard

// Writes scalars and histograms to a folder until it is killed: board-writer FOLDER. Prints each step that `flush` has
// written.
guard CommandLine.arguments.count == 2 else { fatalError("board-writer FOLDER") }
let writer = try SummaryWriter(CommandLine.arguments[1], maxQueue: 100)
let weights = Tensor.arange(1000).div(8)
for step in 0... {
    writer.addScalar("step", step, globalStep: step)
    writer.addHistogram("weights", weights, globalStep: step)
    if step % 10 == 9 {
        try writer.flush()
        print(step)
        fflush(nil)
    }
}
