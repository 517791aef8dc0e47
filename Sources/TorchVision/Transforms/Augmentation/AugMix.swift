import Foundation
import Torch

/// Mixes a uint8 image with several chains of random operations (Hendrycks et al., 2019,
/// https://arxiv.org/abs/1912.02781). PyTorch: `torchvision.transforms.AugMix`.
///
/// Draws two Dirichlet distributions for the weights; then for each chain `randint` for its length if that is random,
/// and for each operation its place, its strength and its sign.
public struct AugMix: Transform {
    private let severity, width, depth: Int
    private let alpha: Double
    private let allOps: Bool
    private let interpolation: ImageInterpolation
    private let fill: [Double]?

    /// Creates a transform.
    /// - Parameters:
    ///   - severity: the greatest strength, 1...10.
    ///   - mixtureWidth: the number of chains.
    ///   - chainDepth: the length of a chain. If it is not positive, it is drawn from 1...3.
    ///   - alpha: the parameter of the distributions of the weights.
    ///   - allOps: whether brightness, contrast, color and sharpness are among the operations.
    ///   - interpolation: `.nearest` or `.bilinear`, for the operations that move pixels.
    ///   - fill: the value outside the image: one number, or one for each channel.
    public init(
        severity: Int = 3, mixtureWidth: Int = 3, chainDepth: Int = -1, alpha: Double = 1, allOps: Bool = true,
        interpolation: ImageInterpolation = .bilinear, fill: (any NumberOrNumbers)? = nil
    ) {
        if !(1...10).contains(severity) {
            raise(.value, "The severity must be between [1, 10]. Got \(severity) instead.")
        }
        self.severity = min(max(severity, 1), 10)
        width = min(max(mixtureWidth, 1), 1 << 16)
        depth = min(chainDepth, 1 << 16)
        self.alpha = alpha
        self.allOps = allOps
        self.interpolation = interpolation
        self.fill = fill?.numbers
    }

    /// Draws the weights and the chains.
    public func choose(_ size: inout ImageSize, _ generator: Generator) -> [Double] {
        let draws = Draws(generator)
        let mixing = draws.dirichlet([alpha, alpha])
        let weights = draws.dirichlet(Array(repeating: alpha, count: width))
        let space = AugmentStrengths.mix(10, size, all: allOps)
        // Products in float32, as in torchvision.
        var choice = [mixing[0]] + weights.map { Double(Float($0) * Float(mixing[1])) }
        for _ in 0..<width {
            let count = depth > 0 ? depth : draws.integer(1, 4)
            choice.append(Double(count))
            for _ in 0..<count {
                let place = draws.integer(0, space.count)
                let strengths = space[place].strengths
                let strength = strengths.isEmpty ? 0 : strengths[draws.integer(0, severity)]
                let isNegative = space[place].operation.isSigned && draws.integer(0, 2) == 1
                choice += [Double(place), isNegative ? -strength : strength]
            }
        }
        return choice
    }

    /// Transforms the batch with the choices that were drawn.
    public func apply(_ images: Tensor, _ choices: [[Double]]) -> Tensor {
        let space = AugmentStrengths.mix(2, ImageSize(channels: 0, height: 1, width: 1), all: allOps)
        return each(images, choices) { image, choice in
            var mix = image.mul(choice[0])
            var place = 1 + width
            for chain in 0..<width {
                let end = place + 1 + 2 * Int(choice[place])
                let changed = AugmentStep.steps(choice[place + 1..<end]).reduce(image) {
                    space[$1.place].operation.apply($0, $1.strength, interpolation, fill)
                }
                mix = mix.add(changed.mul(choice[1 + chain]))
                place = end
            }
            return mix.to(image.dtype)
        }
    }
}

extension Draws {
    /// `torch._sample_dirichlet` of a float32 vector: gamma variates divided by their sum.
    func dirichlet(_ concentration: [Double]) -> [Double] {
        let variates = concentration.map { gamma(Double(Float($0))) }
        let sum = variates.reduce(0, +)
        return variates.map {
            Double(min(max(Float($0 / sum), Float.leastNormalMagnitude), Float(1).nextDown))
        }
    }

    /// A gamma variate by rejection (Marsaglia and Tsang, 2000).
    private func gamma(_ alpha: Double) -> Double {
        var (alpha, scale) = (alpha, 1.0)
        if alpha < 1 {
            if !(alpha > 0) { return 0 }
            scale = pow(1 - double(), 1 / alpha)
            alpha += 1
        }
        let d = alpha - 1.0 / 3
        let c = 1 / (9 * d).squareRoot()
        // Nearly every try succeeds. After an error nothing is drawn, and none would.
        for _ in 0..<10_000 {
            var x, y: Double
            repeat {
                x = Tensor.zeros([1], dtype: .float64).normal_(generator: generator).item()
                y = 1 + c * x
            } while y <= 0 && c.isFinite
            let v = y * y * y, u = 1 - double(), xx = x * x
            if u < 1 - 0.0331 * xx * xx || log(u) < 0.5 * xx + d * (1 - v + log(v)) { return scale * d * v }
        }
        return .nan
    }

    private func double() -> Double {
        Tensor.zeros([1], dtype: .float64).uniform_(generator: generator).item()
    }
}
