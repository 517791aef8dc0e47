/// The base class of everything that holds parameters. PyTorch: `torch.nn.Module`.
///
/// A module declares its members as stored properties, in the order of its state dict:
///
///     final class Net: Module, Layer {
///         let flatten = Flatten()
///         let linearReluStack = Sequential { Linear(784, 512); ReLU(); Linear(512, 10) }
///         @Parameter var scale = Tensor.ones(10)
///
///         func forward(_ x: Tensor) -> Tensor { linearReluStack(flatten(x)) * scale }
///     }
///
/// Its children are modules, and arrays, tuples and dictionaries from strings that hold modules. `@Parameter` and
/// `@Buffer` mark its tensors. Reflection finds the members when they are requested, never during `forward`.
open class Module {
    /// Whether the module is in training mode (dropout is active) or in evaluation mode. PyTorch: `Module.training`.
    public package(set) final var isTraining = true

    final var hooks: ModuleHooks?

    /// Creates a module without members.
    public init() {}

    /// Returns the name of a stored property in the state dict and in print. The default is snake case:
    /// `linearReluStack` → `linear_relu_stack`. Override it if PyTorch's module uses another name.
    open class func stateName(of property: String) -> String { snakeCase(property) }

    /// The text between the brackets when the module is printed. PyTorch: `Module.extra_repr`.
    open var extraRepr: String { "" }

    /// The name of the class in print and in errors.
    open var typeName: String { String(describing: type(of: self)) }

    /// Changes a state dict before this module is loaded from it, for example the names of an older version. The
    /// caller's state dict stays as it is. PyTorch: overriding `_load_from_state_dict`.
    /// - Parameters:
    ///   - state: the whole state dict.
    ///   - prefix: what the names of this module's tensors begin with: its path and a point, or nothing.
    open func willLoad(_ state: inout StateDict, prefix: String) {}

    /// Returns the direct children with their names, in order. Each module appears once.
    /// PyTorch: `Module.named_children`.
    open func namedChildren() -> [(name: String, module: Module)] {
        var seen = Set<ObjectIdentifier>()
        return childEntries().filter { seen.insert(ObjectIdentifier($0.module)).inserted }
    }

    /// Returns the members that the module declares itself. Uses reflection; subclasses override it because their own
    /// code is faster.
    func members() -> ModuleMembers { reflectedMembers() }

    /// Returns whether a state dict may lack a buffer of this module. The buffer is then left as it is.
    func mayBeMissing(_ buffer: String) -> Bool { false }

    /// Returns the direct children under every name they have.
    final func childEntries() -> [(name: String, module: Module)] { allMembers().children }

    // MARK: Mode

    /// Switches this module and all modules below it to training mode, or to evaluation mode if `mode` is false.
    /// PyTorch: `Module.train`.
    @discardableResult
    public final func train(_ mode: Bool = true) -> Self {
        isTraining = mode
        for (_, child) in childEntries() { child.train(mode) }
        return self
    }

    /// Switches this module and all modules below it to evaluation mode. PyTorch: `Module.eval`.
    @discardableResult
    public final func eval() -> Self { train(false) }

    // MARK: All parameters and modules

    /// Calls `body` with every module below this one, then with this module. PyTorch: `Module.apply`.
    @discardableResult
    public final func apply(_ body: (Module) -> Void) -> Self {
        for child in namedChildren() { child.module.apply(body) }
        body(self)
        return self
    }

    /// Sets whether gradients of the parameters are recorded. PyTorch: `Module.requires_grad_`.
    @discardableResult
    public final func requiresGrad_(_ requires: Bool = true) -> Self {
        for parameter in parameters() { parameter.requiresGrad_(requires) }
        return self
    }

    /// Removes the parameters' gradients. Sets them to zero if `setToNone` is false. PyTorch: `Module.zero_grad`.
    public final func zeroGrad(setToNone: Bool = true) {
        DividedGradients.clear(parameters(), setToNone: setToNone)
    }
}

/// A module without parameters, buffers and children. It skips the reflection.
public class StatelessModule: Module {
    final override func members() -> ModuleMembers { ModuleMembers() }
}

extension Module {
    /// Converts the floating-point and complex parameters, their gradients and the buffers to a dtype. The tensors stay
    /// the same objects, so an optimizer keeps them. PyTorch: `Module.to(dtype)`.
    /// - Precondition: `dtype` is floating point or complex.
    @discardableResult
    public final func to(_ dtype: DType) -> Self {
        guard dtype.isInexact else {
            raise(.type, "nn.Module.to only accepts floating point or complex dtypes, but got desired dtype=\(dtype)")
            return self
        }
        return convert(to: dtype) { $0.dtype.isInexact }
    }

    private func convert(to dtype: DType, where wanted: (Tensor) -> Bool) -> Self {
        for tensor in parameters() + buffers() where wanted(tensor) { tensor.replaceData { $0.to(dtype) } }
        return self
    }

    /// Moves the parameters and buffers to a device. PyTorch: `Module.to(device)`.
    /// - Precondition: if parameters are on `meta`, so is `device`: use `toEmpty(device:)` to bring them to memory.
    @discardableResult
    public final func to(_ device: Device) -> Self {
        let tensors = parameters() + buffers()
        if device.kind != .meta, tensors.contains(where: { $0.device.kind == .meta }) {
            raise(
                .notImplemented,
                "Cannot copy out of meta tensor; no data! Please use torch.nn.Module.to_empty() instead of torch.nn.Module.to() when moving module from meta to a different device."
            )
            return self
        }
        for tensor in tensors where tensor.device != device.withIndex {
            tensor.replaceData { $0.to(device) }
        }
        return self
    }

    /// Gives the parameters and buffers uninitialized memory on a device. A module that was created on `meta` gets its
    /// memory so, before `loadStateDict`. PyTorch: `Module.to_empty`.
    @discardableResult
    public final func toEmpty(device: Device) -> Self {
        for tensor in parameters() + buffers() { tensor.replaceData { Tensor.emptyLike($0, device: device) } }
        return self
    }

    /// Moves the parameters and buffers to a device and converts them to a dtype.
    @discardableResult public final func to(_ device: Device, _ dtype: DType) -> Self { to(device).to(dtype) }
    /// Moves the parameters and buffers to the CPU.
    @discardableResult public final func cpu() -> Self { to(.cpu) }
    /// Moves the parameters and buffers to the GPU.
    @discardableResult public final func cuda() -> Self { to(.cuda) }
    /// Converts the floating-point parameters and buffers to float32. Complex tensors stay unchanged.
    @discardableResult public final func float() -> Self { convert(to: .float32) { $0.isFloatingPoint() } }
    /// Converts the floating-point parameters and buffers to float64. Complex tensors stay unchanged.
    @discardableResult public final func double() -> Self { convert(to: .float64) { $0.isFloatingPoint() } }
    /// Converts the floating-point parameters and buffers to float16. Complex tensors stay unchanged.
    @discardableResult public final func half() -> Self { convert(to: .float16) { $0.isFloatingPoint() } }
    /// Converts the floating-point parameters and buffers to bfloat16. Complex tensors stay unchanged.
    @discardableResult public final func bfloat16() -> Self { convert(to: .bfloat16) { $0.isFloatingPoint() } }
}

extension Tensor {
    /// Replaces the memory of a leaf and of its gradient by converted memory. PyTorch: assignment to `param.data`.
    package func replaceData(_ convert: (Tensor) -> Tensor) {
        let new = noGrad { convert(detach()) }
        if new.isVoid { return }
        let newGrad = accumulatedGrad.map { old in noGrad { convert(old.detach()) } }
        grad = nil
        takeMemory(of: new)
        (node as? AccumulateGrad)?.adoptLayout(of: self)
        grad = newGrad
    }
}
