import Torch

/// Applies transforms with probability `p`, all or none. PyTorch: `torchvision.transforms.RandomApply`.
///
/// Draws one `rand(1)`, then what the transforms draw.
public struct RandomApply: Transform {
    private let transforms: [any Transform]
    private let p: Double

    /// Creates a transform.
    public init(_ transforms: [any Transform], p: Double = 0.5) {
        self.transforms = transforms
        self.p = p
    }

    /// Creates a transform of the transforms in a closure, one per line.
    public init(p: Double = 0.5, @ListBuilder<any Transform> _ transforms: () -> [any Transform]) {
        self.init(transforms(), p: p)
    }

    /// Draws the choices for one image, and sets `size` to the size of the result.
    public func choose(_ size: inout ImageSize, _ generator: Generator) -> [Double] {
        Float(p) < Draws(generator).number() ? [0] : [1] + ChoiceList.choose(transforms, &size, generator)
    }

    /// Transforms the batch with the choices that were drawn.
    public func apply(_ images: Tensor, _ choices: [[Double]]) -> Tensor {
        each(images, choices) { $1[0] == 0 ? nil : ChoiceList.apply(transforms, $0, Array($1.dropFirst())) }
    }
}

/// Applies one of several transforms. PyTorch: `torchvision.transforms.v2.RandomChoice`.
///
/// Draws `multinomial` for the place, then what the transform draws. (The class in `torchvision.transforms` draws from
/// Python's own generator.)
public struct RandomChoice: Transform {
    private let transforms: [any Transform]
    private let p: [Double]

    /// Creates a transform.
    /// - Parameters:
    ///   - transforms: at least one transform.
    ///   - p: the weight of each, by default 1.
    public init(_ transforms: [any Transform], p: [Double]? = nil) {
        if transforms.isEmpty { raise(.value, "Pass at least one transform") }
        if let p, p.count != transforms.count {
            raise(
                .value, "Length of p doesn't match the number of transforms: \(p.count) != \(transforms.count)")
        }
        let weights = p ?? Array(repeating: 1, count: transforms.count)
        let sum = weights.reduce(0, +)
        self.transforms = transforms
        self.p = weights.map { $0 / sum }
    }

    /// Draws the choices for one image, and sets `size` to the size of the result.
    public func choose(_ size: inout ImageSize, _ generator: Generator) -> [Double] {
        let place = Tensor(p, dtype: .float32).multinomial(1, generator: generator).item(as: Int.self)
        guard transforms.indices.contains(place) else { return [0, 0] }
        return [Double(place)] + ChoiceList.choose([transforms[place]], &size, generator)
    }

    /// Transforms the batch with the choices that were drawn.
    public func apply(_ images: Tensor, _ choices: [[Double]]) -> Tensor {
        each(images, choices) {
            transforms.isEmpty ? nil : ChoiceList.apply([transforms[Int($1[0])]], $0, Array($1.dropFirst()))
        }
    }
}

/// Applies transforms in random order. PyTorch: `torchvision.transforms.v2.RandomOrder`.
///
/// Draws `randperm`, then what the transforms draw. (The class in `torchvision.transforms` draws from Python's own
/// generator.)
public struct RandomOrder: Transform {
    private let transforms: [any Transform]

    /// Creates a transform of at least one transform.
    public init(_ transforms: [any Transform]) {
        if transforms.isEmpty { raise(.value, "Pass at least one transform") }
        self.transforms = transforms
    }

    /// Draws the choices for one image, and sets `size` to the size of the result.
    public func choose(_ size: inout ImageSize, _ generator: Generator) -> [Double] {
        let order = Tensor.randperm(transforms.count, generator: generator).toArray(as: Int.self)
        return order.map { Double($0) } + ChoiceList.choose(order.map { transforms[$0] }, &size, generator)
    }

    /// Transforms the batch with the choices that were drawn.
    public func apply(_ images: Tensor, _ choices: [[Double]]) -> Tensor {
        each(images, choices) { image, choice in
            let order = choice.prefix(transforms.count).map { transforms[Int($0)] }
            return ChoiceList.apply(order, image, Array(choice.dropFirst(transforms.count)))
        }
    }
}
