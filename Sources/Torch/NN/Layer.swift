import CTorchKernels

/// A module that computes one tensor from one tensor. It is called like a function: `model(x)`.
public protocol Layer: Module {
    /// Computes the result, without calling the hooks. PyTorch: `Module.forward`.
    func forward(_ input: Tensor) -> Tensor
}

extension Layer {
    /// Calls `forward` and the module's hooks. PyTorch: `Module.__call__`.
    public func callAsFunction(_ input: Tensor) -> Tensor {
        hooks == nil && st_is_unwatched() ? forward(input) : withHooks([input]) { forward($0[0]) }
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
        hooks == nil && st_is_unwatched()
            ? forward(input, other) : withHooks([input, other]) { forward($0[0], $0[1]) }
    }
}

// A method's parameters are not a pack that a protocol could name, so there is a protocol for each number of inputs.

/// A module that computes a result of any type from one input of any type: `model(sentence)`.
///
/// A module of one tensor that gives one tensor is a `Layer`. `BinaryModule`, `TernaryModule` and `QuaternaryModule`
/// have more inputs. A module with labels, defaults or still more inputs writes `callAsFunction` itself:
///
///     func callAsFunction(_ x: Tensor, mask: Tensor? = nil) -> (Tensor, Tensor) {
///         withHooks(x, mask) { forward($0, mask: $1) }
///     }
public protocol UnaryModule<Input, Output>: Module {
    /// The type of the input.
    associatedtype Input
    /// The type of the result: a tensor, a tuple of tensors, or any other.
    associatedtype Output
    /// Computes the result, without calling the hooks. PyTorch: `Module.forward`.
    func forward(_ input: Input) -> Output
}

extension UnaryModule {
    /// Calls `forward` and the module's hooks. PyTorch: `Module.__call__`.
    public func callAsFunction(_ input: Input) -> Output { withHooks(input) { forward($0) } }
}

/// A module that computes a result of any type from two inputs of any types: `model(x, mask)`.
///
///     final class Attention: Module, BinaryModule {
///         func forward(_ x: Tensor, _ mask: Tensor?) -> (Tensor, Tensor) { … }
///     }
///     let (y, weights) = attention(x, nil)
public protocol BinaryModule<First, Second, Output>: Module {
    /// The type of the first input.
    associatedtype First
    /// The type of the second input.
    associatedtype Second
    /// The type of the result: a tensor, a tuple of tensors, or any other.
    associatedtype Output
    /// Computes the result, without calling the hooks. PyTorch: `Module.forward`.
    func forward(_ first: First, _ second: Second) -> Output
}

extension BinaryModule {
    /// Calls `forward` and the module's hooks. PyTorch: `Module.__call__`.
    public func callAsFunction(_ first: First, _ second: Second) -> Output {
        withHooks(first, second) { forward($0, $1) }
    }
}

/// A module that computes a result of any type from three inputs of any types: `model(query, key, value)`.
public protocol TernaryModule<First, Second, Third, Output>: Module {
    /// The type of the first input.
    associatedtype First
    /// The type of the second input.
    associatedtype Second
    /// The type of the third input.
    associatedtype Third
    /// The type of the result: a tensor, a tuple of tensors, or any other.
    associatedtype Output
    /// Computes the result, without calling the hooks. PyTorch: `Module.forward`.
    func forward(_ first: First, _ second: Second, _ third: Third) -> Output
}

extension TernaryModule {
    /// Calls `forward` and the module's hooks. PyTorch: `Module.__call__`.
    public func callAsFunction(_ first: First, _ second: Second, _ third: Third) -> Output {
        withHooks(first, second, third) { forward($0, $1, $2) }
    }
}

/// A module that computes a result of any type from four inputs of any types: `model(query, key, value, mask)`.
public protocol QuaternaryModule<First, Second, Third, Fourth, Output>: Module {
    /// The type of the first input.
    associatedtype First
    /// The type of the second input.
    associatedtype Second
    /// The type of the third input.
    associatedtype Third
    /// The type of the fourth input.
    associatedtype Fourth
    /// The type of the result: a tensor, a tuple of tensors, or any other.
    associatedtype Output
    /// Computes the result, without calling the hooks. PyTorch: `Module.forward`.
    func forward(_ first: First, _ second: Second, _ third: Third, _ fourth: Fourth) -> Output
}

extension QuaternaryModule {
    /// Calls `forward` and the module's hooks. PyTorch: `Module.__call__`.
    public func callAsFunction(_ first: First, _ second: Second, _ third: Third, _ fourth: Fourth) -> Output {
        withHooks(first, second, third, fourth) { forward($0, $1, $2, $3) }
    }
}

extension Module {
    /// Explains at compile time why a module cannot be called.
    @available(
        *, unavailable,
        message:
            "these arguments do not fit, or the class names no protocol: write 'class Net: Module, Layer' if forward takes and returns one tensor, else UnaryModule, BinaryModule, TernaryModule or QuaternaryModule by its inputs"
    )
    public final func callAsFunction(_ inputs: Any?...) -> Tensor { .void }

    /// Explains the same for a result that is taken apart: `let (y, weights) = model(x)`.
    @available(
        *, unavailable,
        message:
            "these arguments do not fit, or the class names no protocol: write UnaryModule, BinaryModule, TernaryModule or QuaternaryModule by the inputs of forward: 'class Net: Module, BinaryModule'"
    )
    @_disfavoredOverload
    public final func callAsFunction(_ inputs: Any?...) -> (Tensor, Tensor) { (.void, .void) }
}
