/// What a module declares with `@Parameter` or `@Buffer`: a tensor, or a tensor that may be absent.
public protocol ModuleTensor {
    var moduleTensor: Tensor? { get }
}

extension Tensor: ModuleTensor { public var moduleTensor: Tensor? { self } }
extension Optional: ModuleTensor where Wrapped == Tensor { public var moduleTensor: Tensor? { self } }

/// What reflection looks for in a module: the place of a parameter or a buffer, without the type it was declared with.
public class ModuleSlot {
    var tensor: Tensor? { nil }
}

public class ParameterSlot: ModuleSlot {}

public class BufferSlot: ModuleSlot {
    let isPersistent: Bool
    init(persistent: Bool) { isPersistent = persistent }
}

/// A tensor that training changes: part of the module's `parameters()` and of its state dict. PyTorch:
/// `torch.nn.Parameter`.
///
///     @Parameter var weight: Tensor
///     @Parameter var bias: Tensor?
///
/// A tensor that is put here becomes a leaf that requires a gradient; it stays the same object, so that one tensor in
/// two modules is one shared parameter.
/// What the tape has computed is put here detached, over the same memory.
/// - Precondition: the tensor is floating point.
@propertyWrapper
public final class Parameter<Value: ModuleTensor>: ParameterSlot {
    @usableFromInline var stored: Value

    public init(wrappedValue: Value) {
        stored = Parameter.adopt(wrappedValue)
    }

    @inlinable public var wrappedValue: Value {
        get { stored }
        set { stored = Parameter.adopt(newValue) }
    }

    @usableFromInline static func adopt(_ value: Value) -> Value {
        guard let tensor = value.moduleTensor, !tensor.isVoid else { return value }
        let leaf = tensor.isLeaf && tensor.base == nil ? tensor : tensor.detach()
        leaf.requiresGrad_()
        return leaf as? Value ?? value
    }

    override var tensor: Tensor? { stored.moduleTensor }
}

extension Parameter where Value == Tensor? {
    /// An absent parameter. PyTorch: `register_parameter(name, None)`.
    public convenience init() { self.init(wrappedValue: nil) }
}

/// A tensor that belongs to a module's state but is not trained, as running statistics are. PyTorch:
/// `Module.register_buffer`.
///
///     @Buffer var runningMean: Tensor
///     @Buffer(persistent: false) var positions: Tensor
///
/// A buffer that is not persistent moves with the module and stays out of the state dict.
@propertyWrapper
public final class Buffer<Value: ModuleTensor>: BufferSlot {
    @usableFromInline var stored: Value

    public init(wrappedValue: Value, persistent: Bool = true) {
        stored = wrappedValue
        super.init(persistent: persistent)
    }

    @inlinable public var wrappedValue: Value {
        get { stored }
        set { stored = newValue }
    }

    override var tensor: Tensor? { stored.moduleTensor }
}

extension Buffer where Value == Tensor? {
    public convenience init(persistent: Bool = true) { self.init(wrappedValue: nil, persistent: persistent) }
}
