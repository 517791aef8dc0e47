import Torch

/// Sets a random rectangle of an image to a value, with probability `p`.
/// PyTorch: `torchvision.transforms.RandomErasing`.
///
/// Draws `rand(1)`. If the image changes, up to ten times draws the area and the logarithm of the ratio of height to
/// width (`uniform_`); for a rectangle that fits, draws its values if they are random (`normal_`), its top and its left
/// edge (`randint`).
public struct RandomErasing: Transform {
    /// What the rectangle is filled with.
    public enum Value: Sendable, ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral {
        /// One number, or one for each channel.
        case numbers([Double])
        /// Normally distributed numbers.
        case random

        /// Creates the value from a literal.
        public init(floatLiteral value: Double) { self = .numbers([value]) }
        /// Creates the value from a literal.
        public init(integerLiteral value: Int) { self = .numbers([Double(value)]) }
        /// Creates the value from a literal.
        public init(arrayLiteral elements: Double...) { self = .numbers(elements) }
    }

    private let p: Double
    private let scale, ratio: (Double, Double)
    private let value: Value

    /// Creates a transform.
    /// - Parameters:
    ///   - p: the probability.
    ///   - scale: the least and greatest part of the image's area.
    ///   - ratio: the least and greatest ratio of height to width.
    ///   - value: what the rectangle is filled with.
    public init(
        p: Double = 0.5, scale: (Double, Double) = (0.02, 0.33), ratio: (Double, Double) = (0.3, 3.3), value: Value = 0
    ) {
        if scale.0 < 0 || scale.1 > 1 { raise(.value, "Scale should be between 0 and 1") }
        if p < 0 || p > 1 { raise(.value, "Random erasing probability should be between 0 and 1") }
        self.p = p
        self.scale = scale
        self.ratio = ratio
        self.value = value
    }

    /// Draws the top and left edge, the height and the width, and random values.
    public func choose(_ size: inout ImageSize, _ generator: Generator) -> [Double] {
        let draws = Draws(generator)
        guard draws.isBelow(p) else { return [-1] }
        for _ in 0..<10 {
            let area = Double(size.height * size.width) * draws.uniform(scale.0, scale.1)
            let ratio = draws.ratio(ratio)
            let height = pythonRound((area * ratio).squareRoot()), width = pythonRound((area / ratio).squareRoot())
            guard height < size.height, width < size.width else { continue }
            var values: [Double] = []
            if case .random = value {
                values = Tensor.empty([size.channels, height, width], dtype: .float32).normal_(generator: generator)
                    .toArray(as: Double.self)
            }
            let top = draws.integer(0, size.height - height + 1)
            let left = draws.integer(0, size.width - width + 1)
            return [Double(top), Double(left), Double(height), Double(width)] + values
        }
        return [-1]
    }

    /// Transforms the batch with the choices that were drawn.
    public func apply(_ images: Tensor, _ choices: [[Double]]) -> Tensor {
        each(images, choices) { image, choice in
            if choice[0] < 0 { return nil }
            let (height, width) = (Int(choice[2]), Int(choice[3]))
            let filling: Tensor
            switch value {
            case .random:
                filling = Tensor(Array(choice[4...]), dtype: .float32).view(-1, height, width)
            case .numbers(let numbers):
                guard numbers.count == 1 || numbers.count == image.size(-3) else {
                    return Tensor.failed(
                        .value,
                        "If value is a sequence, it should have either a single value or \(image.size(-3)) (number of input channels)"
                    )
                }
                filling = Tensor(numbers, dtype: .float32).view(-1, 1, 1)
            }
            return TF.erase(image, i: Int(choice[0]), j: Int(choice[1]), h: height, w: width, v: filling)
        }
    }
}
