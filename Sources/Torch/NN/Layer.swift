/// A module that computes one tensor from one tensor. It is called like a function: `model(x)`.
public protocol Layer: Module {
    /// Computes the result, without calling the hooks. PyTorch: `Module.forward`.
    func forward(_ input: Tensor) -> Tensor
}

extension Layer {
    /// Calls `forward` and the module's hooks. PyTorch: `Module.__call__`.
    public func callAsFunction(_ input: Tensor) -> Tensor {
        hooks == nil ? forward(input) : withHooks([input]) { forward($0[0]) }
    }
}

/// A module that computes one tensor from two, for example a loss from input and target.
public protocol BinaryLayer: Module {
    /// Computes the result, without calling the hooks.
    func forward(_ input: Tensor, _ other: Tensor) -> Tensor
}

extension BinaryLayer {
    /// Calls `forward` and the module's hooks.
    public func callAsFunction(_ input: Tensor, _ other: Tensor) -> Tensor {
        hooks == nil ? forward(input, other) : withHooks([input, other]) { forward($0[0], $0[1]) }
    }
}
