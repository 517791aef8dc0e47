/// A differentiable change of variables whose log det |dy/dx| is known. It is called like a function.
/// PyTorch: `torch.distributions.transforms.Transform`.
///
/// ```swift
/// let t = ComposeTransform([ExpTransform(), AffineTransform(loc: 1, scale: 2)])
/// let y = t(x)
/// let x = t.inv(y)
/// ```
///
/// With `cacheSize` 1, the inverse of the last result is its argument itself, and the other way round. A subclass
/// overrides `forward`, `inverse` and the properties.
open class DistributionTransform: CustomStringConvertible {
    /// The number of results that are kept: 0 or 1.
    public final let cacheSize: Int
    private final var last: (x: Tensor, y: Tensor)?

    /// Creates a transform that keeps no result or one.
    public init(cacheSize: Int = 0) {
        if cacheSize != 0 && cacheSize != 1 { raise(.value, "cache_size must be 0 or 1") }
        self.cacheSize = cacheSize
    }

    // MARK: Properties

    /// Whether every element of the codomain is the result of exactly one argument.
    open var bijective: Bool { false }
    /// The constraint that arguments satisfy.
    open var domain: Constraint { .dependent }
    /// The constraint that results satisfy.
    open var codomain: Constraint { .dependent }

    /// The number of dimensions of an event, if the domain and the codomain agree on it.
    open var eventDim: Int {
        let dims = domain.eventDim
        if dims != codomain.eventDim {
            raise(.value, "Please use either .domain.event_dim or .codomain.event_dim")
        }
        return dims
    }

    /// The sign of the derivative of a transform of single numbers: 1 or -1, or a tensor of these.
    open var sign: any TensorOperand {
        fail(.notImplemented, "\(String(describing: Self.self)) does not implement sign")
    }

    /// The inverse transform.
    open var inv: DistributionTransform { InverseTransform(self) }

    /// Returns the same transform with another cache.
    open func withCache(_ cacheSize: Int = 1) -> DistributionTransform {
        if cacheSize == self.cacheSize { return self }
        raise(.notImplemented, "\(String(describing: Self.self)).with_cache is not implemented")
        return self
    }

    /// Computes the transform, without the cache.
    open func forward(_ x: Tensor) -> Tensor {
        fail(.notImplemented, "\(String(describing: Self.self)) does not implement its call")
    }

    /// Computes the inverse, without the cache.
    open func inverse(_ y: Tensor) -> Tensor {
        fail(.notImplemented, "\(String(describing: Self.self)) does not implement its inverse")
    }

    /// Returns log |dy/dx| at `x`, with y = t(x).
    open func logAbsDetJacobian(_ x: Tensor, _ y: Tensor) -> Tensor {
        fail(.notImplemented, "\(String(describing: Self.self)) does not implement log_abs_det_jacobian")
    }

    /// Returns the shape of the result for a shape of the argument.
    open func forwardShape(_ shape: [Int]) -> [Int] { shape }

    /// Returns the shape of the argument for a shape of the result.
    open func inverseShape(_ shape: [Int]) -> [Int] { shape }

    /// Returns whether another transform computes the same.
    open func isEqual(to other: DistributionTransform) -> Bool { self === other }

    // MARK: Calls

    /// Computes the transform.
    open func callAsFunction(_ x: Tensor) -> Tensor {
        if cacheSize == 0 { return forward(x) }
        if let last, last.x === x { return last.y }
        let y = forward(x)
        last = (x, y)
        return y
    }

    final func inverseCall(_ y: Tensor) -> Tensor {
        if cacheSize == 0 { return inverse(y) }
        if let last, last.y === y { return last.x }
        let x = inverse(y)
        last = (x, y)
        return x
    }

    /// The name of the class, like PyTorch's `repr`.
    open var description: String { "\(String(describing: Self.self))()" }
}

extension DistributionTransform: Equatable {
    /// Returns whether two transforms compute the same.
    public static func == (a: DistributionTransform, b: DistributionTransform) -> Bool { a.isEqual(to: b) }
}

/// The inverse of a transform.
final class InverseTransform: DistributionTransform {
    private let base: DistributionTransform

    init(_ base: DistributionTransform) {
        self.base = base
        super.init(cacheSize: base.cacheSize)
    }

    override var bijective: Bool { base.bijective }
    override var domain: Constraint { base.codomain }
    override var codomain: Constraint { base.domain }
    override var sign: any TensorOperand { base.sign }
    override var inv: DistributionTransform { base }
    override func withCache(_ cacheSize: Int = 1) -> DistributionTransform { base.withCache(cacheSize).inv }
    override func callAsFunction(_ x: Tensor) -> Tensor { base.inverseCall(x) }
    override func forward(_ x: Tensor) -> Tensor { base.inverse(x) }
    override func inverse(_ y: Tensor) -> Tensor { base.forward(y) }
    override func logAbsDetJacobian(_ x: Tensor, _ y: Tensor) -> Tensor { -base.logAbsDetJacobian(y, x) }
    override func forwardShape(_ shape: [Int]) -> [Int] { base.inverseShape(shape) }
    override func inverseShape(_ shape: [Int]) -> [Int] { base.forwardShape(shape) }
    override func isEqual(to other: DistributionTransform) -> Bool {
        (other as? InverseTransform).map { base.isEqual(to: $0.base) } ?? false
    }
    override var description: String { "_InverseTransform(\(base))" }
}
