/// The type of a property marked `@Parameter` or `@Buffer`: `Tensor` or `Tensor?`.
public protocol ModuleTensor {
    /// The tensor, or nil if it is absent.
    var moduleTensor: Tensor? { get }
}

extension Tensor: ModuleTensor { public var moduleTensor: Tensor? { self } }
extension Optional: ModuleTensor where Wrapped == Tensor { public var moduleTensor: Tensor? { self } }

/// Holds a parameter or a buffer of a module. Reflection finds slots, independent of the declared type.
public class ModuleSlot {
    var tensor: Tensor? { nil }

    /// Holds a tensor as it is, without making it a leaf.
    func hold(_ tensor: Tensor) {}
}

/// A slot that holds a parameter, or what a parameter is computed from.
public class ParameterSlot: ModuleSlot {
    /// What the parameter is computed from; nil for an ordinary parameter.
    final var parametrization: ParametrizationList? {
        didSet { isParametrized = parametrization != nil }
    }
    @usableFromInline final var isParametrized = false
}

/// A slot that holds a buffer.
public class BufferSlot: ModuleSlot {
    let isPersistent: Bool
    init(persistent: Bool) { isPersistent = persistent }
}

/// A tensor that training changes. It belongs to the module's `parameters()` and to its state dict.
/// PyTorch: `torch.nn.Parameter`.
///
///     @Parameter var weight: Tensor
///     @Parameter var bias: Tensor?
///
/// An assigned tensor becomes a leaf that requires a gradient. It stays the same object, so one tensor in two modules
/// is one shared parameter. A tensor that was computed with recording is stored as a detached alias of the same memory.
/// - Precondition: the tensor is floating point or complex.
@propertyWrapper
public final class Parameter<Value: ModuleTensor>: ParameterSlot {
    @usableFromInline var stored: Value

    /// Creates a parameter from a tensor.
    public init(wrappedValue: Value) {
        stored = Parameter.adopt(wrappedValue)
    }

    /// Explains at compile time how a parameter is declared.
    @available(*, unavailable, message: "write '@Parameter var weight = Tensor.ones(3)'")
    public convenience init(_ tensor: Value) { fatalError("unavailable") }

    /// The tensor. Setting it makes the new tensor a leaf that requires a gradient.
    @inlinable public var wrappedValue: Value {
        get { isParametrized ? computed : stored }
        set { if isParametrized { invert(newValue) } else { stored = Parameter.adopt(newValue) } }
    }

    @usableFromInline var computed: Value { parametrization?.forward() as? Value ?? stored }

    /// Sets the tensors that the parameter is computed from.
    @usableFromInline func invert(_ value: Value) {
        if let tensor = value.moduleTensor { parametrization?.rightInverse(tensor) }
    }

    override func hold(_ tensor: Tensor) { stored = tensor as? Value ?? stored }

    @usableFromInline static func adopt(_ value: Value) -> Value {
        guard let tensor = value.moduleTensor, !tensor.isVoid else { return value }
        let leaf = tensor.isLeaf && tensor.base == nil ? tensor : tensor.detach()
        leaf.requiresGrad_()
        return leaf as? Value ?? value
    }

    override var tensor: Tensor? { stored.moduleTensor }
}

extension Parameter where Value == Tensor? {
    /// Creates an absent parameter. PyTorch: `register_parameter(name, None)`.
    public convenience init() { self.init(wrappedValue: nil) }
}

/// A tensor that belongs to a module's state but is not trained, for example running statistics.
/// PyTorch: `Module.register_buffer`.
///
///     @Buffer var runningMean: Tensor
///     @Buffer(persistent: false) var positions: Tensor
///
/// A buffer that is not persistent moves with the module, but is not part of the state dict.
@propertyWrapper
public final class Buffer<Value: ModuleTensor>: BufferSlot {
    @usableFromInline var stored: Value

    /// Creates a buffer from a tensor. If `persistent` is false, the state dict does not contain it.
    public init(wrappedValue: Value, persistent: Bool = true) {
        stored = wrappedValue
        super.init(persistent: persistent)
    }

    /// The tensor.
    @inlinable public var wrappedValue: Value {
        get { stored }
        set { stored = newValue }
    }

    override func hold(_ tensor: Tensor) { stored = tensor as? Value ?? stored }

    override var tensor: Tensor? { stored.moduleTensor }
}

extension Buffer where Value == Tensor {
    /// Creates an empty buffer, which the module's `init` replaces after `super.init()`.
    public convenience init(persistent: Bool) { self.init(wrappedValue: Tensor.empty(0), persistent: persistent) }
}

extension Buffer where Value == Tensor? {
    /// Creates an absent buffer.
    public convenience init(persistent: Bool = true) { self.init(wrappedValue: nil, persistent: persistent) }
}
