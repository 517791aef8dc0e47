/// A module that computes a parameter of another module from one or several tensors, which are trained instead.
///
///     final class Symmetric: Module, Layer, Parametrization {
///         func forward(_ x: Tensor) -> Tensor { x.triu() + x.triu(1).mT }
///     }
///     registerParametrization(linear, "weight", Symmetric())
public protocol Parametrization: Module {
    /// Computes the parameter from the original tensors.
    func forward(_ originals: [Tensor]) -> Tensor
}

extension Parametrization where Self: Layer {
    /// Computes the parameter from the only original tensor.
    public func forward(_ originals: [Tensor]) -> Tensor { self(originals[0]) }
}

/// A parametrization that finds original tensors for a value, so the parameter can begin with it and be assigned.
public protocol InvertibleParametrization: Parametrization {
    /// Returns tensors from which `forward` computes the value, or something near it. Of several tensors, each becomes
    /// a parameter. PyTorch: `right_inverse`.
    func rightInverse(_ value: Tensor) -> [Tensor]
}

/// The parametrizations of one parameter and the tensors that it is computed from.
/// PyTorch: `torch.nn.utils.parametrize.ParametrizationList`.
public final class ParametrizationList: Module {
    private var items: [any Parametrization]
    /// Whether the parametrizations may change the parameter's sizes and dtype.
    fileprivate var isUnsafe: Bool
    /// The original tensors.
    public private(set) var originals: [Tensor] = []
    /// Whether the originals are one tensor, which is the same object as the parameter was.
    let isTensor: Bool

    /// Creates a list with one parametrization. Raises and returns nil if it does not fit the parameter.
    fileprivate init?(_ first: some Parametrization, of parameter: Tensor, unsafe: Bool) {
        items = [first]
        isUnsafe = unsafe
        let values = noGrad {
            (first as? any InvertibleParametrization)?.rightInverse(parameter.detach()) ?? [parameter]
        }
        isTensor = values.count == 1
        super.init()
        if anyVoid(values) { return nil }
        func refuse(_ message: String) { raise(.value, message) }
        if isTensor {
            guard values[0].dtype == parameter.dtype else {
                refuse(
                    "When `right_inverse` outputs one tensor, it may not change the dtype.\noriginal.dtype: \(parameter.dtype)\nright_inverse(original).dtype: \(values[0].dtype)"
                )
                return nil
            }
        }
        // Everything is checked with other tensors, so that a parametrization that does not fit changes nothing.
        originals = isTensor ? [values[0].detach()] : values.map { $0.detach() }
        if !unsafe {
            let result = noGrad { forward() }
            if result.isVoid { return nil }
            guard result.dtype == parameter.dtype else {
                refuse(
                    "Registering a parametrization may not change the dtype of the tensor, unless `unsafe` flag is enabled.\nunparametrized dtype: \(parameter.dtype)\nparametrized dtype: \(result.dtype)"
                )
                return nil
            }
            guard result.sizes == parameter.sizes else {
                refuse(
                    "Registering a parametrization may not change the shape of the tensor, unless `unsafe` flag is enabled.\nunparametrized shape: \(parameter.shape)\nparametrized shape: \(result.shape)"
                )
                return nil
            }
        }
        if isTensor {
            parameter.setData(values[0])
            originals = [parameter]
        } else {
            for original in originals { original.requiresGrad_(parameter.requiresGrad) }
        }
    }

    /// The number of parametrizations.
    public var count: Int { items.count }
    /// The parametrization at an index.
    public subscript(index: Int) -> any Parametrization { items[index] }

    /// Computes the parameter.
    public func forward() -> Tensor {
        items.dropFirst().reduce(items[0].forward(originals)) { $1.forward([$0]) }
    }

    /// Sets the originals so that the parameter becomes `value`, or something near it.
    /// PyTorch: `ParametrizationList.right_inverse`.
    public func rightInverse(_ value: Tensor) {
        if value.isVoid || ErrorBox.hasFailed { return }
        var values = [value.detach()]
        for item in items.reversed() {
            guard let inverse = item as? any InvertibleParametrization else {
                return raise(.runtime, "parametrization \(item.typeName) does not implement right_inverse.")
            }
            values = noGrad { inverse.rightInverse(values[0]) }
            if anyVoid(values) { return }
        }
        guard values.count == originals.count else {
            return raise(
                .value,
                "'right_inverse' must return a sequence of tensors of length \(originals.count). Got a sequence of length \(values.count)."
            )
        }
        for (i, (original, new)) in zip(originals, values).enumerated() where original.dtype != new.dtype {
            return raise(
                .value,
                isTensor
                    ? "The tensor returned by `right_inverse` has dtype \(new.dtype) while `original` has dtype \(original.dtype)"
                    : "Tensor \(i) returned by `right_inverse` has dtype \(new.dtype) while `original\(i)` has dtype \(original.dtype)"
            )
        }
        for (original, new) in zip(originals, values) { original.setData(new) }
    }

    /// Adds a parametrization of the computed parameter.
    fileprivate func append(_ item: some Parametrization, unsafe: Bool) -> Bool {
        if !unsafe {
            let old = noGrad { forward() }, new = noGrad { item.forward([old]) }
            if anyVoid(old, new) { return false }
            guard new.dtype == old.dtype, new.sizes == old.sizes else {
                let what = new.dtype == old.dtype ? "shape" : "dtype"
                raise(
                    .value,
                    "Registering a parametrization may not change the \(what) of the tensor, unless the `unsafe` flag is enabled."
                )
                return false
            }
        }
        items.append(item)
        isUnsafe = isUnsafe || unsafe
        return true
    }

    override func members() -> ModuleMembers {
        ModuleMembers(
            parameters: originals.enumerated().map { (isTensor ? "original" : "original\($0.offset)", $0.element) },
            children: items.enumerated().map { (String($0.offset), $0.element) })
    }

    /// Takes the names of PyTorch's older weight normalization.
    public override func willLoad(_ state: inout StateDict, prefix: String) {
        guard items[0] is WeightNorm, prefix.hasSuffix("."),
            let (before, name) = prefix.dropLast().description.parts(aroundLast: ".")
        else { return }
        let owner = before == "parametrizations" ? "" : before.dropLast("parametrizations".count).description
        guard let g = state["\(owner)\(name)_g"], let v = state["\(owner)\(name)_v"] else { return }
        (state["\(owner)\(name)_g"], state["\(owner)\(name)_v"]) = (nil, nil)
        (state["\(prefix)original0"], state["\(prefix)original1"]) = (g, v)
    }
}

extension Tensor {
    /// Takes the memory of another tensor. The object and its gradient stay. PyTorch: assignment to `param.data`.
    fileprivate func setData(_ new: Tensor) {
        let gradient = sizes == new.sizes ? accumulatedGrad : nil
        grad = nil
        replaceData { _ in new.storage === self.storage ? new : new.clone() }
        grad = gradient
    }
}

/// Replaces a parameter of a module by what a parametrization computes from it. The module then has the parameters
/// `parametrizations.weight.original`, or `original0`, `original1`, … if the inverse gives several tensors, which a new
/// optimizer must be given. Several parametrizations of one parameter are applied one after the other.
/// PyTorch: `torch.nn.utils.parametrize.register_parametrization`.
/// - Parameters:
///   - module: the module with the parameter.
///   - tensorName: the name of the parameter in the state dict.
///   - parametrization: what computes the parameter.
///   - unsafe: whether the parametrization may change the sizes and the dtype.
/// - Returns: the module.
@discardableResult
public func registerParametrization<Parametrized: Module>(
    _ module: Parametrized, _ tensorName: String, _ parametrization: some Parametrization, unsafe: Bool = false
) -> Parametrized {
    if ErrorBox.hasFailed { return module }
    guard let slot = module.parameterSlot(tensorName), let tensor = slot.parametrization?.originals.first ?? slot.tensor
    else {
        raise(
            .value,
            "Module '\(module)' does not have a parameter, a buffer, or a parametrized element with name '\(tensorName)'"
        )
        return module
    }
    parametrization.train(module.isTraining)
    if let list = slot.parametrization {
        _ = list.append(parametrization, unsafe: unsafe)
    } else if let list = ParametrizationList(parametrization, of: tensor, unsafe: unsafe) {
        list.isTraining = module.isTraining
        slot.parametrization = list
    }
    return module
}

/// Returns whether a parameter of a module is computed, or any if there is no name.
/// PyTorch: `torch.nn.utils.parametrize.is_parametrized`.
public func isParametrized(_ module: Module, _ tensorName: String? = nil) -> Bool {
    guard let tensorName else { return !module.members().parametrizations.isEmpty }
    return module.parameterSlot(tensorName)?.parametrization != nil
}

/// Makes a computed parameter an ordinary one again.
/// PyTorch: `torch.nn.utils.parametrize.remove_parametrizations`.
/// - Parameters:
///   - module: the module with the parameter.
///   - tensorName: the name of the parameter.
///   - leaveParametrized: whether the parameter keeps its computed value; otherwise it becomes its original, of which
///     there must be one.
/// - Returns: the module.
@discardableResult
public func removeParametrizations<Parametrized: Module>(
    _ module: Parametrized, _ tensorName: String, leaveParametrized: Bool = true
) -> Parametrized {
    if ErrorBox.hasFailed { return module }
    guard let slot = module.parameterSlot(tensorName), let list = slot.parametrization else {
        raise(.value, "Module \(module) does not have a parametrization on \(tensorName)")
        return module
    }
    guard leaveParametrized || list.isTensor else {
        raise(
            .value,
            "Cannot leave unparametrized (`leave_parametrized=False`) a tensor that is parametrized in terms of a sequence of tensors."
        )
        return module
    }
    let value = noGrad { list.forward() }
    if value.isVoid { return module }
    slot.parametrization = nil
    if list.isTensor {
        if leaveParametrized { list.originals[0].setData(value) }
        slot.hold(list.originals[0])
    } else {
        let leaf = value.detach()
        leaf.requiresGrad_(list.originals.contains { $0.requiresGrad })
        slot.hold(leaf)
    }
    return module
}
