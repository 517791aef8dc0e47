// The code of Sources/TorchPlot/TorchPlot.docc/Plots.md. Scripts/guides.py writes this file.
import Torch
import TorchPlot

func plots() async throws {
    manualSeed(0)
    let x = Tensor.randn(256, 8)
    let slopes = Tensor.linspace(-1, 1, steps: 8)
    let sums = (x * slopes).sum(dim: 1, keepdim: true)
    let y = sums + 0.3 * Tensor.randn(256, 1)
    let losses: [Double] = {
        let model = Linear(8, 1)
        let optimizer = SGD(model.parameters(), lr: 0.02)
        return (0..<200).map { step in
            let rows = Tensor.randint(0, 256, [16])
            let loss = mseLoss(model(x[rows]), y[rows])
            optimizer.zeroGrad()
            loss.backward()
            optimizer.step()
            return loss.item()
        }
    }()

    let (curves, ax) = subplots()
    ax.plot(losses, label: "train", smoothing: 0.9)
    ax.axhline(0.09, label: "noise", color: "0.4", linestyle: .dashed)
    ax.setXLabel("step")
    ax.setYLabel("loss")
    ax.legend()
    try curves.save("training.svg")

    let steps = Tensor.arange(0, 50)
    let (runs, error) = subplots()
    for (name, rate) in [("Adam", 0.08), ("SGD", 0.14)] {
        let mean = (steps * -rate).exp() + 0.001
        error.plot(steps, mean, label: name)
        error.fillBetween(steps, mean * 0.7, mean * 1.4)
    }
    error.setYScale(.log)
    error.setXLabel("epoch")
    error.setYLabel("error")
    error.legend()
    try runs.save("runs.svg")

    let (kinds, grid) = subplots(1, 3, figsize: (9, 3))
    let points = Tensor.randn(2, 150)
    grid[0][0].scatter(points[0], points[1], s: 16, c: points[0] + points[1])
    grid[0][0].setTitle("scatter")
    let (counts, edges) = grid[0][1].hist(x, bins: 20)
    grid[0][1].setTitle("hist")
    grid[0][2].bar(["cat", "dog", "bird"], [0.91, 0.87, 0.79])
    grid[0][2].setTitle("bar")
    try kinds.save("kinds.svg")
    print(counts.reduce(0, +), edges.count) // 2048.0 21

    let matrix = Tensor([[90, 6, 4], [8, 85, 7], [1, 11, 88]])
    let names = ["cat", "dog", "bird"]
    let (confusion, cells) = subplots(figsize: (4, 4))
    cells.confusionMatrix(matrix, classes: names, normalize: true)
    try confusion.save("confusion.svg")

    let line = Tensor.linspace(-1, 1, steps: 28)
    let squares = line.square() + line.unsqueeze(1).square()
    let images = stack(
        (1...5).map { k in
            (squares * (2 * k)).cos().square().unsqueeze(0)
        })
    let pictures = imageGrid(images, titles: (1...5).map { "image \($0)" })
    try pictures.save("images.svg")
}
