import Torch

/// The draws of torchvision's transforms.
struct Draws {
    let generator: Generator

    init(_ generator: Generator) { self.generator = generator }

    /// `torch.rand(1)`
    func number() -> Float { Tensor.rand([1], generator: generator, dtype: .float32).item(as: Float.self) }

    /// `torch.rand(1) < p`
    func isBelow(_ p: Double) -> Bool { number() < Float(p) }

    /// `torch.rand(1).item() < p`
    func isExactlyBelow(_ p: Double) -> Bool { Double(number()) < p }

    /// `torch.empty(1).uniform_(low, high).item()`
    func uniform(_ low: Double, _ high: Double) -> Double {
        Tensor.zeros([1], dtype: .float32).uniform_(low, high, generator: generator).item()
    }

    /// `torch.randint(low, high, (1,)).item()`
    func integer(_ low: Int, _ high: Int) -> Int {
        Tensor.randint(low, high, [1], generator: generator).item(as: Int.self)
    }

    /// `torch.exp(torch.empty(1).uniform_(log_ratio[0], log_ratio[1])).item()`, with the logarithms in float32.
    func ratio(_ ratio: (Double, Double)) -> Double {
        let logs = Tensor([ratio.0, ratio.1], dtype: .float32).log().toArray(as: Double.self)
        return Tensor.zeros([1], dtype: .float32).uniform_(logs[0], logs[1], generator: generator).exp().item()
    }
}

/// Rounds halves to even, as Python does. Numbers that are no integers in reach become 0.
func pythonRound(_ x: Double) -> Int { Int(exactly: x.rounded(.toNearestOrEven)) ?? 0 }

extension Transform {
    /// Applies `body` to each image [C, H, W] with its choices, and stacks the results. A result of nil means that the
    /// image does not change.
    func each(_ images: Tensor, _ choices: [[Double]], _ body: (Tensor, [Double]) -> Tensor?) -> Tensor {
        guard !images.isVoid, choices.count == images.size(0), !choices.isEmpty else { return images }
        var changed = false
        let results = choices.enumerated().map { n, choice in
            let image = images.select(0, n)
            guard let result = body(image, choice) else { return image }
            changed = true
            return result
        }
        if !changed { return images }
        return results.count == 1 ? results[0].unsqueeze(0) : stack(results, dim: 0)
    }

    /// Like `each`, for transforms with one choice: whether an image changes.
    func eachChosen(_ images: Tensor, _ choices: [[Double]], _ body: (Tensor) -> Tensor) -> Tensor {
        guard !images.isVoid, choices.contains([1]) else { return images }
        // Without a choice for some images, all change at once.
        if choices.allSatisfy({ $0 == [1] }) { return body(images) }
        return each(images, choices) { $1 == [1] ? body($0) : nil }
    }
}
