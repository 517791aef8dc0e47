// What Python's users write by habit and Swift does not have. Nothing here can be called: the compiler shows the
// message, which says what to write instead.

extension Tensor {
    // MARK: Comparison

    @available(
        *, unavailable,
        message: "elementwise comparison is `a .== b`; the whole tensor: `a.equal(b)`; the same object: `a === b`"
    )
    public static func == (a: Tensor, b: Tensor) -> Bool { fatalError("unavailable") }
    @available(*, unavailable, message: "elementwise comparison is `a .== b`; the only element: `a.item() == b`")
    public static func == (a: Tensor, b: some TensorOperand) -> Bool { fatalError("unavailable") }

    @available(*, unavailable, message: "elementwise comparison is `a .!= b`; the whole tensor: `!a.equal(b)`")
    public static func != (a: Tensor, b: Tensor) -> Bool { fatalError("unavailable") }
    @available(*, unavailable, message: "elementwise comparison is `a .!= b`; the only element: `a.item() != b`")
    public static func != (a: Tensor, b: some TensorOperand) -> Bool { fatalError("unavailable") }

    @available(*, unavailable, message: "elementwise comparison is `a .< b`; the only element: `a.item() < b`")
    public static func < (a: Tensor, b: some TensorOperand) -> Bool { fatalError("unavailable") }
    @available(*, unavailable, message: "elementwise comparison is `a .<= b`; the only element: `a.item() <= b`")
    public static func <= (a: Tensor, b: some TensorOperand) -> Bool { fatalError("unavailable") }
    @available(*, unavailable, message: "elementwise comparison is `a .> b`; the only element: `a.item() > b`")
    public static func > (a: Tensor, b: some TensorOperand) -> Bool { fatalError("unavailable") }
    @available(*, unavailable, message: "elementwise comparison is `a .>= b`; the only element: `a.item() >= b`")
    public static func >= (a: Tensor, b: some TensorOperand) -> Bool { fatalError("unavailable") }

    @available(*, unavailable, message: "the operator of tensors is `a & b`, without a point")
    public static func .& (a: Tensor, b: Tensor) -> Tensor { fatalError("unavailable") }
    @available(*, unavailable, message: "the operator of tensors is `a | b`, without a point")
    public static func .| (a: Tensor, b: Tensor) -> Tensor { fatalError("unavailable") }

    // MARK: Elements

    @available(*, unavailable, message: "name the type of the elements: `toArray(as: Float.self)`")
    public func tolist() -> [Double] { fatalError("unavailable") }
    @available(*, unavailable, message: "`import TorchPython` has numpy(); in Swift, `toArray(as: Float.self)`")
    public func numpy() -> [Double] { fatalError("unavailable") }
}

// MARK: - Numbers of tensors

extension BinaryFloatingPoint {
    @available(*, unavailable, message: "the only element of a tensor is `x.item()`, or `x.item(as: Float.self)`")
    public init(_ tensor: Tensor) { fatalError("unavailable") }
}

extension BinaryInteger {
    @available(*, unavailable, message: "the only element of a tensor is `x.item(as: Int.self)`")
    public init(_ tensor: Tensor) { fatalError("unavailable") }
}

extension Bool {
    @available(*, unavailable, message: "the only element of a tensor is `x.item(as: Bool.self)`")
    public init(_ tensor: Tensor) { fatalError("unavailable") }
}
