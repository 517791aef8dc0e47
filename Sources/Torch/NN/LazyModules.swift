// Modules whose sizes are inferred from their first input. Their parameters have a dtype and a device from the start,
// and get a shape and memory, as the same objects, at the first forward pass or from a state dict.

extension Tensor {
    /// Returns a parameter or buffer without a shape, for a lazy module. Until `materialize`, it has no elements.
    /// PyTorch: `torch.nn.parameter.UninitializedParameter`, `UninitializedBuffer`.
    public static func uninitialized(dtype: DType = defaultDType, device: Device = .default) -> Tensor {
        let tensor = Tensor.empty([0], dtype: dtype, device: device)
        if !tensor.isVoid { tensor.ensureExtras().isUninitialized = true }
        return tensor
    }

    /// Gives an uninitialized parameter or buffer a shape and uninitialized memory. It stays the same object, so an
    /// optimizer keeps it. PyTorch: `UninitializedParameter.materialize`.
    /// - Parameters:
    ///   - shape: the sizes of the dimensions.
    ///   - device: the device of the memory; nil for the tensor's own.
    ///   - dtype: the type of the elements; nil for the tensor's own.
    /// - Precondition: the tensor is uninitialized.
    public func materialize(_ shape: [Int], device: Device? = nil, dtype: DType? = nil) {
        if isVoid { return }
        guard isUninitialized else {
            raise(.runtime, "materialize: the tensor is initialized already, with shape \(self.shape)")
            return
        }
        let new = Tensor.empty(shape, dtype: dtype ?? self.dtype, device: device ?? self.device)
        if new.isVoid { return }
        replaceData { _ in new }
        extras?.isUninitialized = false
    }
}

/// A module whose sizes are inferred from its first input. PyTorch: `torch.nn.modules.lazy.LazyModuleMixin`.
///
/// A subclass of the complete module declares its unknown parameters as `Tensor.uninitialized()`, materializes them in
/// `initializeParameters`, and calls `inferParameters` at the beginning of `forward`. If a state dict is loaded before
/// the first forward pass, the parameters take the shapes of its tensors.
public protocol LazyModule: Module {
    /// Materializes the uninitialized parameters and buffers for an input and gives them their initial values. It is
    /// called once, at the first forward pass, even if a state dict has initialized all parameters: then it only takes
    /// the sizes over, and raises if they do not fit the input. PyTorch: `initialize_parameters`.
    func initializeParameters(_ input: Tensor)
    /// Whether `initializeParameters` has still to be called. `inferParameters` sets it to false.
    var isLazy: Bool { get set }
}

extension LazyModule {
    /// Returns whether a parameter or buffer of this module has no shape yet. PyTorch: `has_uninitialized_params`.
    public func hasUninitializedParams() -> Bool {
        let members = allMembers()
        return members.parameters.contains { $0.tensor.isUninitialized }
            || members.buffers.contains { $0.tensor.isUninitialized }
    }

    /// Calls `initializeParameters` at the first forward pass. Returns whether all parameters are initialized, so that
    /// `forward` can compute.
    public func inferParameters(_ input: Tensor) -> Bool {
        if !isLazy { return true }
        if input.isVoid { return false }
        let errors = ErrorBox.errorCount
        initializeParameters(input)
        guard ErrorBox.errorCount == errors else { return false }
        guard !hasUninitializedParams() else {
            raise(.runtime, "module \(typeName) has not been fully initialized")
            return false
        }
        isLazy = false
        return true
    }
}

/// A `Linear` whose `inFeatures` is inferred from its first input, whose last size it is. After the first forward pass
/// it prints and computes as a `Linear`. PyTorch: `torch.nn.LazyLinear`.
public final class LazyLinear: Linear, LazyModule {
    /// Whether the sizes are still to be inferred.
    public var isLazy = true

    /// Creates a linear layer without parameters' shapes.
    /// - Precondition: `outFeatures` is not negative.
    public init(
        _ outFeatures: Int, bias: Bool = true, dtype: DType = defaultDType, device: Device = .default
    ) {
        super.init(
            uninitialized: outFeatures, weight: .uninitialized(dtype: dtype, device: device),
            bias: bias ? .uninitialized(dtype: dtype, device: device) : nil)
    }

    /// Takes the sizes from the first input and gives the parameters their initial values.
    public func initializeParameters(_ input: Tensor) {
        guard input.dim > 0 else {
            raise(.index, "tuple index out of range")
            return
        }
        let features = input.size(-1)
        if hasUninitializedParams() {
            if weight.isUninitialized { weight.materialize([outFeatures, features]) }
            if let bias, bias.isUninitialized { bias.materialize([outFeatures]) }
            inFeatures = features
            resetParameters()
        } else if weight.size(-1) != features {
            raise(
                .runtime,
                "The in_features inferred from input: \(features) is not equal to in_features from self.weight: \(weight.size(-1))"
            )
        } else {
            inFeatures = features
        }
    }

    /// Draws the parameters again, if they are initialized.
    public override func resetParameters() {
        if !hasUninitializedParams(), inFeatures != 0 { super.resetParameters() }
    }

    /// Computes the result, without calling the hooks.
    public override func forward(_ input: Tensor) -> Tensor {
        inferParameters(input) ? super.forward(input) : .void
    }

    /// The name of the class in print: the lazy one until the first forward pass.
    public override var typeName: String { isLazy ? "LazyLinear" : "Linear" }
}
