import Torch

/// Changes brightness, contrast, saturation and hue by random amounts, in random order.
/// PyTorch: `torchvision.transforms.ColorJitter`.
///
/// Draws `randperm(4)`, then `uniform_` for each of the four that can change.
public struct ColorJitter: Transform {
    /// The ranges of the four factors, nil for one that does not change.
    private let ranges: [(Double, Double)?]

    /// Creates a transform. One number v means the range 1 - v...1 + v (not below 0), for the hue -v...v; a list is the
    /// range.
    public init(
        brightness: some NumberOrNumbers = 0, contrast: some NumberOrNumbers = 0, saturation: some NumberOrNumbers = 0,
        hue: some NumberOrNumbers = 0
    ) {
        ranges = [
            ColorJitter.range(brightness, "brightness"), ColorJitter.range(contrast, "contrast"),
            ColorJitter.range(saturation, "saturation"), ColorJitter.range(hue, "hue", isHue: true)
        ]
    }

    private static func range(_ value: some NumberOrNumbers, _ name: String, isHue: Bool = false) -> (Double, Double)? {
        let center: Double = isHue ? 0 : 1
        let bounds = isHue ? (-0.5, 0.5) : (0.0, Double.infinity)
        var range = value.numbers
        if value.isNumber {
            guard range[0] >= 0 else {
                raise(.value, "If \(name) is a single number, it must be non negative.")
                return nil
            }
            range = [center - range[0], center + range[0]]
            if !isHue { range[0] = max(range[0], 0) }
        }
        guard range.count == 2 else {
            raise(.type, "\(name) should be a single number or a list/tuple with length 2.")
            return nil
        }
        guard bounds.0 <= range[0], range[0] <= range[1], range[1] <= bounds.1 else {
            let least = isHue ? "(-0.5, 0.5)" : "(0, inf)"
            let got = range.map(PythonNumber.text).joined(separator: ", ")
            raise(.value, "\(name) values should be between \(least), but got [\(got)].")
            return nil
        }
        return range[0] == center && range[1] == center ? nil : (range[0], range[1])
    }

    /// Draws the order, then the factors (NaN for one that does not change).
    public func choose(_ size: inout ImageSize, _ generator: Generator) -> [Double] {
        let order = Tensor.randperm(4, generator: generator).toArray(as: Double.self)
        let draws = Draws(generator)
        return order + ranges.map { $0.map { draws.uniform($0.0, $0.1) } ?? .nan }
    }

    /// Transforms the batch with the choices that were drawn.
    public func apply(_ images: Tensor, _ choices: [[Double]]) -> Tensor {
        each(images, choices) { image, choice in
            choice[..<4].reduce(image) { image, kind in
                let factor = choice[4 + Int(kind)]
                if factor.isNaN { return image }
                switch Int(kind) {
                case 0: return TF.adjustBrightness(image, factor)
                case 1: return TF.adjustContrast(image, factor)
                case 2: return TF.adjustSaturation(image, factor)
                default: return TF.adjustHue(image, factor)
                }
            }
        }
    }
}

/// Blurs an image by a random amount. PyTorch: `torchvision.transforms.GaussianBlur`. Draws one `uniform_`.
public struct GaussianBlur: Transform {
    private let kernelSize: [Int]
    private let sigma: (Double, Double)

    /// Creates a transform.
    /// - Parameters:
    ///   - kernelSize: the width and the height in pixels, odd; or one number for both.
    ///   - sigma: the least and greatest standard deviation, or one number for both.
    public init(_ kernelSize: some PixelsOrList, sigma: some NumberOrNumbers = [0.1, 2.0]) {
        let (first, second) = kernelSize.heightAndWidthOrFail()
        self.kernelSize = [first, second]
        if !self.kernelSize.allSatisfy({ $0 > 0 && $0 % 2 == 1 }) {
            raise(.value, "Kernel size value should be an odd and positive number.")
        }
        let numbers = sigma.numbers
        if sigma.isNumber {
            if !(numbers[0] > 0) { raise(.value, "If sigma is a single number, it must be positive.") }
            self.sigma = (numbers[0], numbers[0])
        } else if numbers.count == 2 {
            if !(0 < numbers[0] && numbers[0] <= numbers[1]) {
                raise(.value, "sigma values should be positive and of the form (min, max).")
            }
            self.sigma = (numbers[0], numbers[1])
        } else {
            raise(.value, "sigma should be a single number or a list/tuple with length 2.")
            self.sigma = (1, 1)
        }
    }

    /// Draws the standard deviation.
    public func choose(_ size: inout ImageSize, _ generator: Generator) -> [Double] {
        [Draws(generator).uniform(sigma.0, sigma.1)]
    }

    /// Transforms the batch with the choices that were drawn.
    public func apply(_ images: Tensor, _ choices: [[Double]]) -> Tensor {
        each(images, choices) { TF.gaussianBlur($0, kernelSize, sigma: [$1[0], $1[0]]) }
    }
}
