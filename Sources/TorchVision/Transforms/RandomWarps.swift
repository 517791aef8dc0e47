import Torch

/// Turns an image by a random angle. PyTorch: `torchvision.transforms.RandomRotation`. Draws one `uniform_`.
public struct RandomRotation: Transform {
    private let degrees: (Double, Double)
    private let interpolation: ImageInterpolation
    private let expand: Bool
    private let center: [Double]?
    private let fill: [Double]

    /// Creates a transform.
    /// - Parameters:
    ///   - degrees: the least and greatest angle; or one number d for -d...d.
    ///   - interpolation: `.nearest` or `.bilinear`.
    ///   - expand: whether the result is large enough for the whole turned image. Images of a batch must become equally
    ///     large.
    ///   - center: the center [x, y] in pixels. By default the middle.
    ///   - fill: the value outside the image: one number, or one for each channel.
    public init(
        _ degrees: some NumberOrNumbers, interpolation: ImageInterpolation = .nearest, expand: Bool = false,
        center: [Double]? = nil, fill: some NumberOrNumbers = 0
    ) {
        self.degrees = angles(degrees, "degrees")
        self.interpolation = interpolation
        self.expand = expand
        self.center = center
        self.fill = fill.numbers
    }

    /// Draws the choices for one image, and sets `size` to the size of the result.
    public func choose(_ size: inout ImageSize, _ generator: Generator) -> [Double] {
        let angle = Draws(generator).uniform(degrees.0, degrees.1)
        if expand { (size.height, size.width) = TF.rotatedSize(size, angle, center) }
        return [angle]
    }

    /// Transforms the batch with the choices that were drawn.
    public func apply(_ images: Tensor, _ choices: [[Double]]) -> Tensor {
        each(images, choices) {
            TF.rotate($0, $1[0], interpolation: interpolation, expand: expand, center: center, fill: fill)
        }
    }
}

/// Turns, moves, scales and shears an image by random amounts. PyTorch: `torchvision.transforms.RandomAffine`.
///
/// Draws `uniform_` for the angle, then for the movement (x, y), the scale and the shear (x, y), if they are given.
public struct RandomAffine: Transform {
    private let degrees: (Double, Double)
    private let translate: (Double, Double)?
    private let scale: (Double, Double)?
    private let shear: [Double]?
    private let interpolation: ImageInterpolation
    private let fill: [Double]
    private let center: [Double]?

    /// Creates a transform.
    /// - Parameters:
    ///   - degrees: the least and greatest angle; or one number d for -d...d.
    ///   - translate: the greatest movement, as parts of width and height.
    ///   - scale: the least and greatest factor.
    ///   - shear: the least and greatest angle for x; or four numbers, for x and y; or one number for x.
    ///   - interpolation: `.nearest` or `.bilinear`.
    ///   - fill: the value outside the image: one number, or one for each channel.
    ///   - center: the center [x, y] in pixels. By default the middle.
    public init(
        _ degrees: some NumberOrNumbers, translate: (Double, Double)? = nil, scale: (Double, Double)? = nil,
        shear: (any NumberOrNumbers)? = nil, interpolation: ImageInterpolation = .nearest,
        fill: some NumberOrNumbers = 0, center: [Double]? = nil
    ) {
        self.degrees = angles(degrees, "degrees")
        if let translate, !(0...1).contains(translate.0) || !(0...1).contains(translate.1) {
            raise(.value, "translation values should be between 0 and 1")
        }
        if let scale, !(scale.0 > 0) || !(scale.1 > 0) { raise(.value, "scale values should be positive") }
        self.translate = translate
        self.scale = scale
        if let shear {
            if shear.isNumber || shear.numbers.count == 2 {
                let range = angles(shear, "shear")
                self.shear = [range.0, range.1]
            } else {
                if shear.numbers.count != 4 { raise(.value, "shear should be a sequence of length 2 or 4.") }
                self.shear = shear.numbers
            }
        } else {
            self.shear = nil
        }
        self.interpolation = interpolation
        self.fill = fill.numbers
        self.center = center
    }

    /// Draws the angle, the movement, the scale and the shear.
    public func choose(_ size: inout ImageSize, _ generator: Generator) -> [Double] {
        let draws = Draws(generator)
        var choice = [draws.uniform(degrees.0, degrees.1), 0, 0, 1, 0, 0]
        if let translate {
            let (x, y) = (translate.0 * Double(size.width), translate.1 * Double(size.height))
            choice[1] = draws.uniform(-x, x).rounded(.toNearestOrEven)
            choice[2] = draws.uniform(-y, y).rounded(.toNearestOrEven)
        }
        if let scale { choice[3] = draws.uniform(scale.0, scale.1) }
        if let shear, shear.count >= 2 {
            choice[4] = draws.uniform(shear[0], shear[1])
            if shear.count == 4 { choice[5] = draws.uniform(shear[2], shear[3]) }
        }
        return choice
    }

    /// Transforms the batch with the choices that were drawn.
    public func apply(_ images: Tensor, _ choices: [[Double]]) -> Tensor {
        each(images, choices) {
            TF.affine(
                $0, angle: $1[0], translate: [$1[1], $1[2]], scale: $1[3], shear: [$1[4], $1[5]],
                interpolation: interpolation, fill: fill, center: center)
        }
    }
}

/// Moves the corners of an image to random places, with probability `p`.
/// PyTorch: `torchvision.transforms.RandomPerspective`.
///
/// Draws `rand(1)`, then `randint` for x and y of the four corners.
public struct RandomPerspective: Transform {
    private let distortionScale: Double
    private let p: Double
    private let interpolation: ImageInterpolation
    private let fill: [Double]

    /// Creates a transform.
    /// - Parameters:
    ///   - distortionScale: the greatest movement, as a part of half the image, 0...1.
    ///   - p: the probability.
    ///   - interpolation: `.nearest` or `.bilinear`.
    ///   - fill: the value outside the image: one number, or one for each channel.
    public init(
        distortionScale: Double = 0.5, p: Double = 0.5, interpolation: ImageInterpolation = .bilinear,
        fill: some NumberOrNumbers = 0
    ) {
        if !(0...1).contains(distortionScale) {
            raise(.value, "Argument distortion_scale value should be between 0 and 1")
        }
        self.distortionScale = distortionScale
        self.p = p
        self.interpolation = interpolation
        self.fill = fill.numbers
    }

    /// Draws the corners.
    public func choose(_ size: inout ImageSize, _ generator: Generator) -> [Double] {
        let draws = Draws(generator)
        guard draws.isBelow(p), (0...1).contains(distortionScale) else { return [-1] }
        let (w, h) = (size.width, size.height)
        let dx = Int(distortionScale * Double(w / 2)), dy = Int(distortionScale * Double(h / 2))
        func low(_ most: Int) -> Double { Double(draws.integer(0, most + 1)) }
        func high(_ length: Int, _ most: Int) -> Double { Double(draws.integer(length - most - 1, length)) }
        var choice: [Double] = []
        for (right, bottom) in [(false, false), (true, false), (true, true), (false, true)] {
            choice.append(right ? high(w, dx) : low(dx))
            choice.append(bottom ? high(h, dy) : low(dy))
        }
        return choice
    }

    /// Transforms the batch with the choices that were drawn.
    public func apply(_ images: Tensor, _ choices: [[Double]]) -> Tensor {
        each(images, choices) { image, choice in
            if choice.count < 8 { return nil }
            let (w, h) = (image.size(-1), image.size(-2))
            return TF.perspective(
                image, startpoints: [[0, 0], [w - 1, 0], [w - 1, h - 1], [0, h - 1]],
                endpoints: (0..<4).map { [Int(choice[2 * $0]), Int(choice[2 * $0 + 1])] },
                interpolation: interpolation, fill: fill)
        }
    }
}

/// A range of angles: one number d means -d...d.
private func angles(_ value: any NumberOrNumbers, _ name: String) -> (Double, Double) {
    let numbers = value.numbers
    if value.isNumber {
        if numbers[0] < 0 { raise(.value, "If \(name) is a single number, it must be positive.") }
        return (-numbers[0], numbers[0])
    }
    guard numbers.count == 2 else {
        raise(.value, "\(name) should be a sequence of length 2.")
        return (0, 0)
    }
    return (numbers[0], numbers[1])
}
