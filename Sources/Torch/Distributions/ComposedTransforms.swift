/// Several transforms, one after the other. PyTorch: `torch.distributions.transforms.ComposeTransform`.
public final class ComposeTransform: DistributionTransform {
    /// The transforms, the first to be computed first.
    public let parts: [DistributionTransform]

    /// Composes transforms. Without any, it is the identity.
    public init(_ parts: [DistributionTransform], cacheSize: Int = 0) {
        self.parts = cacheSize == 0 ? parts : parts.map { $0.withCache(cacheSize) }
        super.init(cacheSize: cacheSize)
    }

    public override var bijective: Bool { parts.allSatisfy(\.bijective) }

    public override var domain: Constraint {
        guard let first = parts.first, let last = parts.last else { return .real }
        let domain = first.domain
        var dims = last.codomain.eventDim
        for part in parts.reversed() {
            dims = max(dims + part.domain.eventDim - part.codomain.eventDim, part.domain.eventDim)
        }
        return dims > domain.eventDim ? .independent(domain, dims - domain.eventDim) : domain
    }

    public override var codomain: Constraint {
        guard let first = parts.first, let last = parts.last else { return .real }
        let codomain = last.codomain
        var dims = first.domain.eventDim
        for part in parts {
            dims = max(dims + part.codomain.eventDim - part.domain.eventDim, part.codomain.eventDim)
        }
        return dims > codomain.eventDim ? .independent(codomain, dims - codomain.eventDim) : codomain
    }

    public override var sign: any TensorOperand { ComposeTransform.sign(of: parts) }

    /// The product of the signs of transforms.
    static func sign(of parts: [DistributionTransform]) -> any TensorOperand {
        var number = 1, product: Tensor?
        for part in parts {
            let sign = part.sign.operand
            if let factor = sign.numberValue?.int64Value {
                number *= Int(factor)
            } else {
                product = product.map { $0 * sign } ?? sign
            }
        }
        guard let product else { return number }
        return product * number
    }

    public override var inv: DistributionTransform { ComposeTransform(parts.reversed().map(\.inv)) }

    public override func withCache(_ cacheSize: Int = 1) -> DistributionTransform {
        cacheSize == self.cacheSize ? self : ComposeTransform(parts, cacheSize: cacheSize)
    }

    public override func callAsFunction(_ x: Tensor) -> Tensor { parts.reduce(x) { $1($0) } }
    public override func forward(_ x: Tensor) -> Tensor { self(x) }
    public override func inverse(_ y: Tensor) -> Tensor { parts.reversed().reduce(y) { $1.inv($0) } }

    public override func logAbsDetJacobian(_ x: Tensor, _ y: Tensor) -> Tensor {
        if parts.isEmpty { return Tensor.zerosLike(x) }
        var points = [x]
        for part in parts.dropLast() { points.append(part(points[points.count - 1])) }
        points.append(y)
        var dims = domain.eventDim, sum: Tensor?
        for (i, part) in parts.enumerated() {
            let term = part.logAbsDetJacobian(points[i], points[i + 1]).sumRightmost(dims - part.domain.eventDim)
            sum = sum.map { $0 + term } ?? term
            dims += part.codomain.eventDim - part.domain.eventDim
        }
        return sum ?? .void
    }

    public override func forwardShape(_ shape: [Int]) -> [Int] { parts.reduce(shape) { $1.forwardShape($0) } }
    public override func inverseShape(_ shape: [Int]) -> [Int] {
        parts.reversed().reduce(shape) { $1.inverseShape($0) }
    }
    public override func isEqual(to other: DistributionTransform) -> Bool {
        (other as? ComposeTransform).map { $0.parts == parts } ?? false
    }
    public override var description: String {
        "ComposeTransform(\n    \(parts.map(\.description).joined(separator: ",\n    "))\n)"
    }
}

/// The identity. PyTorch: `torch.distributions.transforms.identity_transform`.
public var identityTransform: DistributionTransform { ComposeTransform([]) }

/// A transform of which further rightmost dimensions are one event: their log det |dy/dx| is summed.
/// PyTorch: `torch.distributions.transforms.IndependentTransform`.
public final class IndependentTransform: DistributionTransform {
    /// The transform.
    public let baseTransform: DistributionTransform
    /// The number of dimensions that join the event.
    public let reinterpretedBatchNdims: Int

    /// Creates a transform whose events have more dimensions.
    public init(_ baseTransform: DistributionTransform, _ reinterpretedBatchNdims: Int, cacheSize: Int = 0) {
        self.baseTransform = baseTransform.withCache(cacheSize)
        self.reinterpretedBatchNdims = reinterpretedBatchNdims
        super.init(cacheSize: cacheSize)
    }

    public override var bijective: Bool { baseTransform.bijective }
    public override var domain: Constraint { .independent(baseTransform.domain, reinterpretedBatchNdims) }
    public override var codomain: Constraint { .independent(baseTransform.codomain, reinterpretedBatchNdims) }
    public override var sign: any TensorOperand { baseTransform.sign }
    public override func withCache(_ cacheSize: Int = 1) -> DistributionTransform {
        cacheSize == self.cacheSize
            ? self : IndependentTransform(baseTransform, reinterpretedBatchNdims, cacheSize: cacheSize)
    }
    public override func forward(_ x: Tensor) -> Tensor {
        guard x.dim >= domain.eventDim else { return fail(.value, "Too few dimensions on input") }
        return baseTransform(x)
    }
    public override func inverse(_ y: Tensor) -> Tensor {
        guard y.dim >= codomain.eventDim else { return fail(.value, "Too few dimensions on input") }
        return baseTransform.inv(y)
    }
    public override func logAbsDetJacobian(_ x: Tensor, _ y: Tensor) -> Tensor {
        baseTransform.logAbsDetJacobian(x, y).sumRightmost(reinterpretedBatchNdims)
    }
    public override func forwardShape(_ shape: [Int]) -> [Int] { baseTransform.forwardShape(shape) }
    public override func inverseShape(_ shape: [Int]) -> [Int] { baseTransform.inverseShape(shape) }
    public override var description: String { "IndependentTransform(\(baseTransform), \(reinterpretedBatchNdims))" }
}

/// Transforms of parts along a dimension. PyTorch: `torch.distributions.transforms.CatTransform`.
public final class CatTransform: DistributionTransform {
    /// The transforms of the parts.
    public let transforms: [DistributionTransform]
    /// The dimension, and the lengths of the parts along it.
    public let dim: Int, lengths: [Int]

    /// Creates a transform of parts. By default, each has length 1.
    public init(_ transforms: [DistributionTransform], dim: Int = 0, lengths: [Int]? = nil, cacheSize: Int = 0) {
        self.transforms = cacheSize == 0 ? transforms : transforms.map { $0.withCache(cacheSize) }
        self.dim = dim
        self.lengths = lengths ?? transforms.map { _ in 1 }
        super.init(cacheSize: cacheSize)
        if self.lengths.count != transforms.count {
            raise(.assertion, "lengths (\(self.lengths.count)) must match transforms (\(transforms.count))")
        }
    }

    /// The sum of the lengths.
    public var length: Int { lengths.reduce(0, +) }

    public override var eventDim: Int { transforms.map(\.eventDim).max() ?? 0 }
    public override var bijective: Bool { transforms.allSatisfy(\.bijective) }
    public override var domain: Constraint { .cat(transforms.map(\.domain), dim: dim, lengths: lengths) }
    public override var codomain: Constraint { .cat(transforms.map(\.codomain), dim: dim, lengths: lengths) }
    public override func withCache(_ cacheSize: Int = 1) -> DistributionTransform {
        cacheSize == self.cacheSize
            ? self : CatTransform(transforms, dim: dim, lengths: lengths, cacheSize: cacheSize)
    }

    private func parts(_ x: Tensor, _ name: String, called: String = "tensor") -> [Tensor]? {
        guard x.hasDimension(dim, called) else { return nil }
        guard x.size(dim) == length else {
            raise(.assertion, "\(name).size(\(dim)) = \(x.size(dim)) must equal length \(length)")
            return nil
        }
        var start = 0
        return zip(transforms, lengths).map { _, length in
            defer { start += length }
            return x.narrow(dim, start, length)
        }
    }

    public override func forward(_ x: Tensor) -> Tensor {
        guard let parts = parts(x, "x") else { return .void }
        return cat(zip(transforms, parts).map { $0($1) }, dim: dim)
    }
    public override func inverse(_ y: Tensor) -> Tensor {
        guard let parts = parts(y, "y") else { return .void }
        return cat(zip(transforms, parts).map { $0.inv($1) }, dim: dim)
    }
    public override func logAbsDetJacobian(_ x: Tensor, _ y: Tensor) -> Tensor {
        guard let xs = parts(x, "x", called: "x"), let ys = parts(y, "y", called: "y") else { return .void }
        let dims = eventDim
        let terms = zip(transforms, zip(xs, ys)).map { transform, pair in
            transform.logAbsDetJacobian(pair.0, pair.1).sumRightmost(dims - transform.eventDim)
        }
        let last = (dim >= 0 ? dim - x.dim : dim) + dims
        if last < 0 { return cat(terms, dim: last) }
        return terms.dropFirst().reduce(terms[0]) { $0 + $1 }
    }
}

/// Transforms of the positions along a dimension. PyTorch: `torch.distributions.transforms.StackTransform`.
public final class StackTransform: DistributionTransform {
    /// The transforms of the positions.
    public let transforms: [DistributionTransform]
    /// The dimension.
    public let dim: Int

    /// Creates a transform with one transform for each position.
    public init(_ transforms: [DistributionTransform], dim: Int = 0, cacheSize: Int = 0) {
        self.transforms = cacheSize == 0 ? transforms : transforms.map { $0.withCache(cacheSize) }
        self.dim = dim
        super.init(cacheSize: cacheSize)
    }

    public override var bijective: Bool { transforms.allSatisfy(\.bijective) }
    public override var domain: Constraint { .stack(transforms.map(\.domain), dim: dim) }
    public override var codomain: Constraint { .stack(transforms.map(\.codomain), dim: dim) }
    public override func withCache(_ cacheSize: Int = 1) -> DistributionTransform {
        cacheSize == self.cacheSize ? self : StackTransform(transforms, dim: dim, cacheSize: cacheSize)
    }

    private func parts(_ x: Tensor, _ name: String, called: String = "tensor") -> [Tensor]? {
        guard x.hasDimension(dim, called) else { return nil }
        guard x.size(dim) == transforms.count else {
            raise(.assertion, "\(name).size(\(dim)) = \(x.size(dim)) must equal len(transforms) \(transforms.count)")
            return nil
        }
        return x.unbind(dim)
    }

    public override func forward(_ x: Tensor) -> Tensor {
        guard let parts = parts(x, "x") else { return .void }
        return stack(zip(transforms, parts).map { $0($1) }, dim: dim)
    }
    public override func inverse(_ y: Tensor) -> Tensor {
        guard let parts = parts(y, "y") else { return .void }
        return stack(zip(transforms, parts).map { $0.inv($1) }, dim: dim)
    }
    public override func logAbsDetJacobian(_ x: Tensor, _ y: Tensor) -> Tensor {
        guard let xs = parts(x, "x", called: "x"), let ys = parts(y, "y", called: "y") else { return .void }
        return stack(zip(transforms, zip(xs, ys)).map { $0.logAbsDetJacobian($1.0, $1.1) }, dim: dim)
    }
}

/// Another shape of the rightmost dimensions. PyTorch: `torch.distributions.transforms.ReshapeTransform`.
public final class ReshapeTransform: DistributionTransform {
    /// The shapes before and after.
    public let inShape, outShape: Size

    /// Creates a transform from one shape to another with as many elements.
    public init(_ inShape: [Int], _ outShape: [Int], cacheSize: Int = 0) {
        self.inShape = Size(inShape)
        self.outShape = Size(outShape)
        if self.inShape.numel != self.outShape.numel {
            raise(.value, "in_shape, out_shape have different numbers of elements")
        }
        super.init(cacheSize: cacheSize)
    }

    public override var bijective: Bool { true }
    public override var domain: Constraint { .independent(.real, inShape.count) }
    public override var codomain: Constraint { .independent(.real, outShape.count) }
    public override func withCache(_ cacheSize: Int = 1) -> DistributionTransform {
        cacheSize == self.cacheSize ? self : ReshapeTransform(inShape.sizes, outShape.sizes, cacheSize: cacheSize)
    }
    public override func forward(_ x: Tensor) -> Tensor {
        x.isVoid ? x : x.reshape(x.sizes.dropLast(inShape.count) + outShape.sizes)
    }
    public override func inverse(_ y: Tensor) -> Tensor {
        y.isVoid ? y : y.reshape(y.sizes.dropLast(outShape.count) + inShape.sizes)
    }
    public override func logAbsDetJacobian(_ x: Tensor, _ y: Tensor) -> Tensor {
        x.isVoid ? x : x.newZeros(Array(x.sizes.dropLast(inShape.count)))
    }
    public override func forwardShape(_ shape: [Int]) -> [Int] { changed(shape, inShape.sizes, outShape.sizes) }
    public override func inverseShape(_ shape: [Int]) -> [Int] { changed(shape, outShape.sizes, inShape.sizes) }

    private func changed(_ shape: [Int], _ old: [Int], _ new: [Int]) -> [Int] {
        guard shape.count >= old.count else {
            raise(.value, "Too few dimensions on input")
            return shape
        }
        let tail = Array(shape.suffix(old.count))
        if tail != old { raise(.value, "Shape mismatch: expected \(Size(tail)) but got \(Size(old))") }
        return shape.dropLast(old.count) + new
    }
}
