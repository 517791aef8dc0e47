/// The base of everything that holds parameters. PyTorch: `torch.nn.Module`.
///
/// A module declares what it has as stored properties, in the order that its state dict shall have:
///
///     final class Net: Module, Layer {
///         let flatten = Flatten()
///         let linearReluStack = Sequential { Linear(784, 512); ReLU(); Linear(512, 10) }
///         @Parameter var scale = Tensor.ones(10)
///
///         func forward(_ x: Tensor) -> Tensor { linearReluStack(flatten(x)) * scale }
///     }
///
/// Modules, arrays of modules and dictionaries from strings to modules are its children; `@Parameter` and `@Buffer`
/// mark its tensors. They are found by reflection
/// when they are asked for, never during `forward`.
open class Module {
    /// Whether the module trains (dropout drops) or is evaluated. PyTorch: `Module.training`.
    public private(set) final var isTraining = true

    final var hooks: ModuleHooks?

    public init() {}

    /// The name of a stored property in the state dict and in print: snake case by default, `linearReluStack` →
    /// `linear_relu_stack`.
    /// Overridden where PyTorch's module has another name for it.
    open class func stateName(of property: String) -> String { snakeCase(property) }

    /// What stands between the brackets when the module is printed. PyTorch: `Module.extra_repr`.
    open var extraRepr: String { "" }

    /// The class's name when the module is printed and in errors.
    open var typeName: String { String(describing: type(of: self)) }

    /// The direct children with their names, in order, each module once. PyTorch: `Module.named_children`.
    open func namedChildren() -> [(name: String, module: Module)] {
        var seen = Set<ObjectIdentifier>()
        return childEntries().filter { seen.insert(ObjectIdentifier($0.module)).inserted }
    }

    /// What the module declares itself: by reflection, or, quicker, in its own words.
    func members() -> ModuleMembers { reflectedMembers() }

    /// The direct children under every name they have.
    final func childEntries() -> [(name: String, module: Module)] { members().children }

    // MARK: Mode

    /// Switches this module and all below it to training (`mode` true) or evaluation. PyTorch: `Module.train`.
    @discardableResult
    public final func train(_ mode: Bool = true) -> Self {
        forEachModule { $0.isTraining = mode }
        return self
    }

    /// PyTorch: `Module.eval`.
    @discardableResult
    public final func eval() -> Self { train(false) }

    // MARK: Everything at once

    /// Calls `body` with every module below this one, then with this one. PyTorch: `Module.apply`.
    @discardableResult
    public final func apply(_ body: (Module) -> Void) -> Self {
        for child in namedChildren() { child.module.apply(body) }
        body(self)
        return self
    }

    /// Whether the tape follows the parameters. PyTorch: `Module.requires_grad_`.
    @discardableResult
    public final func requiresGrad_(_ requires: Bool = true) -> Self {
        for parameter in parameters() { parameter.requiresGrad_(requires) }
        return self
    }

    /// Forgets the parameters' gradients, or sets them to zero. PyTorch: `Module.zero_grad`.
    public final func zeroGrad(setToNone: Bool = true) {
        for parameter in parameters() { parameter.clearGrad(setToNone: setToNone) }
    }
}

/// A module that has neither parameters nor buffers nor children, so that nobody needs to look for them.
public class StatelessModule: Module {
    final override func members() -> ModuleMembers { ModuleMembers() }
}

extension Module {
    /// Converts the floating-point and complex parameters (with their gradients) and buffers; the tensors stay the same
    /// objects, so an optimizer keeps them.
    /// PyTorch: `Module.to(dtype)`.
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

    /// Moves parameters and buffers to a device. PyTorch: `Module.to(device)`.
    @discardableResult
    public final func to(_ device: Device) -> Self {
        for tensor in parameters() + buffers() where tensor.device != device {
            tensor.replaceData { $0.to(device) }
        }
        return self
    }

    @discardableResult public final func to(_ device: Device, _ dtype: DType) -> Self { to(device).to(dtype) }
    @discardableResult public final func cpu() -> Self { to(.cpu) }
    @discardableResult public final func cuda() -> Self { to(.cuda) }
    // These leave complex tensors as they are.
    @discardableResult public final func float() -> Self { convert(to: .float32) { $0.isFloatingPoint() } }
    @discardableResult public final func double() -> Self { convert(to: .float64) { $0.isFloatingPoint() } }
    @discardableResult public final func half() -> Self { convert(to: .float16) { $0.isFloatingPoint() } }
    @discardableResult public final func bfloat16() -> Self { convert(to: .bfloat16) { $0.isFloatingPoint() } }
}

extension Tensor {
    /// Forgets the gradient, or sets it to zero outside the tape.
    func clearGrad(setToNone: Bool) {
        guard let old = accumulatedGrad else { return }
        if setToNone {
            grad = nil
        } else {
            let zeros = old.detach()
            noGrad { _ = zeros.zero_() }
            grad = zeros
        }
    }

    /// Puts converted memory in the place of a leaf's own and of its gradient's. PyTorch: assignment to `param.data`.
    func replaceData(_ convert: (Tensor) -> Tensor) {
        let new = noGrad { convert(detach()) }
        if new.isVoid { return }
        let newGrad = accumulatedGrad.map { old in noGrad { convert(old.detach()) } }
        grad = nil
        strided = new.strided
        (node as? AccumulateGrad)?.follow(self)
        grad = newGrad
    }
}
