/// A module that makes one tensor of one tensor, and is called like a function: `model(x)`.
public protocol Layer: Module {
    /// The computation itself, without the hooks. PyTorch: `Module.forward`.
    func forward(_ input: Tensor) -> Tensor
}

extension Layer {
    /// `forward` with the module's hooks around it. PyTorch: `Module.__call__`.
    public func callAsFunction(_ input: Tensor) -> Tensor {
        hooks == nil ? forward(input) : withHooks([input]) { forward($0[0]) }
    }
}

/// A module that makes one tensor of two, as a loss does of input and target.
public protocol BinaryLayer: Module {
    func forward(_ input: Tensor, _ other: Tensor) -> Tensor
}

extension BinaryLayer {
    /// `forward` with the module's hooks around it.
    public func callAsFunction(_ input: Tensor, _ other: Tensor) -> Tensor {
        hooks == nil ? forward(input, other) : withHooks([input, other]) { forward($0[0], $0[1]) }
    }
}
