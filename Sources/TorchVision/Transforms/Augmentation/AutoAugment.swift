import Torch

/// Applies a random pair of operations of a learned policy to a uint8 image.
/// PyTorch: `torchvision.transforms.AutoAugment`.
///
/// Draws `randint` for the pair, `rand(2)` against the pair's probabilities and `randint(2, (2,))` for the signs.
public struct AutoAugment: Transform {
    private struct Step {
        let operation: AugmentOperation
        let probability: Double
        let strength: Int?
    }

    private let pairs: [[Step]]
    private let interpolation: ImageInterpolation
    private let fill: [Double]?

    /// Creates a transform.
    /// - Parameters:
    ///   - policy: the policy.
    ///   - interpolation: `.nearest` or `.bilinear`, for the operations that move pixels.
    ///   - fill: the value outside the image: one number, or one for each channel.
    public init(
        _ policy: AutoAugmentPolicy = .imageNet, interpolation: ImageInterpolation = .nearest,
        fill: (any NumberOrNumbers)? = nil
    ) {
        pairs = policy.table.split(separator: "\n").map { line in
            let words = line.split(separator: " ").map(String.init)
            return stride(from: 0, to: words.count, by: 3).map {
                Step(
                    operation: AugmentOperation(rawValue: words[$0])!, probability: Double(words[$0 + 1])!,
                    strength: Int(words[$0 + 2]))
            }
        }
        self.interpolation = interpolation
        self.fill = fill?.numbers
    }

    /// Draws the operations and strengths.
    public func choose(_ size: inout ImageSize, _ generator: Generator) -> [Double] {
        let pair = pairs[Draws(generator).integer(0, pairs.count)]
        let numbers = Tensor.rand([2], generator: generator, dtype: .float32).toArray(as: Float.self)
        let signs = Tensor.randint(0, 2, [2], generator: generator).toArray(as: Int.self)
        let space = AugmentStrengths.common(10, size) + [AugmentStrengths(.invert)]
        var steps: [AugmentStep] = []
        for (i, step) in pair.enumerated() where numbers[i] <= Float(step.probability) {
            let place = space.firstIndex { $0.operation == step.operation }!
            let strength = step.strength.map { space[place].strengths[$0] } ?? 0
            steps.append(
                AugmentStep(
                    place: place, strength: step.operation.isSigned && signs[i] == 0 ? -strength : strength))
        }
        return [Double(steps.count)] + AugmentStep.choices(steps)
    }

    /// Transforms the batch with the choices that were drawn.
    public func apply(_ images: Tensor, _ choices: [[Double]]) -> Tensor {
        let operations =
            AugmentStrengths.common(2, ImageSize(channels: 0, height: 1, width: 1)).map(\.operation)
            + [.invert]
        return each(images, choices) { image, choice in
            AugmentStep.steps(choice.dropFirst()).reduce(image) {
                operations[$1.place].apply($0, $1.strength, interpolation, fill)
            }
        }
    }
}

/// Applies `numOps` random operations of equal strength to a uint8 image (Cubuk et al., 2019,
/// https://arxiv.org/abs/1909.13719). PyTorch: `torchvision.transforms.RandAugment`.
///
/// For each operation draws `randint` for its place, and another for the sign if it has one.
public struct RandAugment: Transform {
    private let numOps, magnitude, bins: Int
    private let interpolation: ImageInterpolation
    private let fill: [Double]?

    /// Creates a transform.
    /// - Parameters:
    ///   - numOps: the number of operations.
    ///   - magnitude: the strength, from 0 to below `numMagnitudeBins`.
    ///   - numMagnitudeBins: the number of different strengths, at least 2.
    ///   - interpolation: `.nearest` or `.bilinear`, for the operations that move pixels.
    ///   - fill: the value outside the image: one number, or one for each channel.
    public init(
        _ numOps: Int = 2, _ magnitude: Int = 9, numMagnitudeBins: Int = 31,
        interpolation: ImageInterpolation = .nearest, fill: (any NumberOrNumbers)? = nil
    ) {
        if !(2...1 << 20).contains(numMagnitudeBins) || !(0..<numMagnitudeBins).contains(magnitude) || numOps < 0 {
            raise(
                .index,
                "RandAugment: magnitude \(magnitude) is out of bounds for \(numMagnitudeBins) bins, or numOps \(numOps) is negative"
            )
        }
        self.numOps = max(numOps, 0)
        self.magnitude = magnitude
        bins = numMagnitudeBins
        self.interpolation = interpolation
        self.fill = fill?.numbers
    }

    private func space(_ size: ImageSize) -> [AugmentStrengths] {
        [AugmentStrengths(.identity)] + AugmentStrengths.common(min(max(bins, 2), 1 << 20), size)
    }

    /// Draws the operations and their signs.
    public func choose(_ size: inout ImageSize, _ generator: Generator) -> [Double] {
        let draws = Draws(generator)
        let space = space(size)
        let steps = (0..<numOps).map { _ in
            let place = draws.integer(0, space.count)
            let strengths = space[place].strengths
            let strength = strengths.indices.contains(magnitude) ? strengths[magnitude] : 0
            let isNegative = space[place].operation.isSigned && draws.integer(0, 2) == 1
            return AugmentStep(place: place, strength: isNegative ? -strength : strength)
        }
        return [0] + AugmentStep.choices(steps)
    }

    /// Transforms the batch with the choices that were drawn.
    public func apply(_ images: Tensor, _ choices: [[Double]]) -> Tensor {
        let space = space(ImageSize(channels: 0, height: 1, width: 1))
        return each(images, choices) { image, choice in
            AugmentStep.steps(choice.dropFirst()).reduce(image) {
                space[$1.place].operation.apply($0, $1.strength, interpolation, fill)
            }
        }
    }
}

/// Applies one random operation of random strength to a uint8 image (Müller and Hutter, 2021,
/// https://arxiv.org/abs/2103.10158). PyTorch: `torchvision.transforms.TrivialAugmentWide`.
///
/// Draws `randint` for the operation, for the strength if it has one, and for the sign if it has one.
public struct TrivialAugmentWide: Transform {
    private let bins: Int
    private let interpolation: ImageInterpolation
    private let fill: [Double]?

    /// Creates a transform.
    /// - Parameters:
    ///   - numMagnitudeBins: the number of different strengths, at least 2.
    ///   - interpolation: `.nearest` or `.bilinear`, for the operations that move pixels.
    ///   - fill: the value outside the image: one number, or one for each channel.
    public init(
        numMagnitudeBins: Int = 31, interpolation: ImageInterpolation = .nearest, fill: (any NumberOrNumbers)? = nil
    ) {
        if !(2...1 << 20).contains(numMagnitudeBins) {
            raise(.value, "TrivialAugmentWide: at least 2 bins, got \(numMagnitudeBins)")
        }
        bins = min(max(numMagnitudeBins, 2), 1 << 20)
        self.interpolation = interpolation
        self.fill = fill?.numbers
    }

    /// Draws the operation and its strength.
    public func choose(_ size: inout ImageSize, _ generator: Generator) -> [Double] {
        let draws = Draws(generator)
        let space = AugmentStrengths.wide(bins)
        let place = draws.integer(0, space.count)
        let strengths = space[place].strengths
        let strength = strengths.isEmpty ? 0 : strengths[draws.integer(0, strengths.count)]
        let isNegative = space[place].operation.isSigned && draws.integer(0, 2) == 1
        return [Double(place), isNegative ? -strength : strength]
    }

    /// Transforms the batch with the choices that were drawn.
    public func apply(_ images: Tensor, _ choices: [[Double]]) -> Tensor {
        let space = AugmentStrengths.wide(2)
        return each(images, choices) {
            space[Int($1[0])].operation.apply($0, $1[1], interpolation, fill)
        }
    }
}
