// Tensors out of nothing, or out of Swift's values.

extension Tensor {
    /// Uninitialized. PyTorch: `torch.empty`.
    public static func empty(_ sizes: [Int], dtype: DType = defaultDType, device: Device = .cpu, requiresGrad: Bool = false) -> Tensor {
        allocate(sizes, dtype, device).requiring(requiresGrad)
    }

    /// Every element the same; the dtype is that of the number where none is given. PyTorch: `torch.full`.
    public static func full(_ sizes: [Int], _ value: some ScalarConvertible, dtype: DType? = nil, device: Device = .cpu, requiresGrad: Bool = false) -> Tensor {
        let result = allocate(sizes, dtype ?? value.scalar.dtype, device)
        if result.isVoid { return result }
        result.backend.fill(out: result.strided, value.scalar)
        return result.requiring(requiresGrad)
    }

    /// PyTorch: `torch.zeros`.
    public static func zeros(_ sizes: [Int], dtype: DType = defaultDType, device: Device = .cpu, requiresGrad: Bool = false) -> Tensor {
        full(sizes, 0, dtype: dtype, device: device, requiresGrad: requiresGrad)
    }

    /// PyTorch: `torch.ones`.
    public static func ones(_ sizes: [Int], dtype: DType = defaultDType, device: Device = .cpu, requiresGrad: Bool = false) -> Tensor {
        full(sizes, 1, dtype: dtype, device: device, requiresGrad: requiresGrad)
    }

    public static func empty(_ sizes: Int..., dtype: DType = defaultDType, device: Device = .cpu, requiresGrad: Bool = false) -> Tensor {
        empty(sizes, dtype: dtype, device: device, requiresGrad: requiresGrad)
    }

    public static func zeros(_ sizes: Int..., dtype: DType = defaultDType, device: Device = .cpu, requiresGrad: Bool = false) -> Tensor {
        zeros(sizes, dtype: dtype, device: device, requiresGrad: requiresGrad)
    }

    public static func ones(_ sizes: Int..., dtype: DType = defaultDType, device: Device = .cpu, requiresGrad: Bool = false) -> Tensor {
        ones(sizes, dtype: dtype, device: device, requiresGrad: requiresGrad)
    }

    /// PyTorch: `torch.empty_like` and its sisters; the strides are kept where they are dense.
    public static func emptyLike(_ other: Tensor, dtype: DType? = nil, requiresGrad: Bool = false) -> Tensor {
        other.isVoid ? .void : allocate(other.preservedLayout, dtype ?? other.dtype).requiring(requiresGrad)
    }

    public static func fullLike(_ other: Tensor, _ value: some ScalarConvertible, dtype: DType? = nil, requiresGrad: Bool = false) -> Tensor {
        let result = emptyLike(other, dtype: dtype)
        if result.isVoid { return result }
        result.backend.fill(out: result.strided, value.scalar)
        return result.requiring(requiresGrad)
    }

    public static func zerosLike(_ other: Tensor, dtype: DType? = nil, requiresGrad: Bool = false) -> Tensor {
        fullLike(other, 0, dtype: dtype, requiresGrad: requiresGrad)
    }

    public static func onesLike(_ other: Tensor, dtype: DType? = nil, requiresGrad: Bool = false) -> Tensor {
        fullLike(other, 1, dtype: dtype, requiresGrad: requiresGrad)
    }

    func requiring(_ requires: Bool) -> Tensor { requires ? requiresGrad_() : self }

    /// A tensor of these elements, in row-major order. Floats get `dtype`, or the default one; integers and bools keep their own.
    /// - Precondition: the sizes' product is the number of elements.
    public convenience init<T: TensorElement>(_ elements: [T], shape: [Int]? = nil, dtype: DType? = nil, requiresGrad: Bool = false) {
        let sizes = shape ?? [elements.count]
        let ok = Layout.checkedCount(sizes) == elements.count
        if !ok { raise(.runtime, "shape '\(sizes)' is invalid for input of size \(elements.count)") }
        var source = Tensor.allocate(Layout(ok ? sizes : [elements.count]), T.dtype)
        elements.withUnsafeBytes { bytes in
            if bytes.count > 0 && !source.isVoid { memcpyBytes(source.strided.pointer, bytes.baseAddress!, bytes.count) }
        }
        source = source.to(dtype ?? (T.dtype == .float64 ? defaultDType : T.dtype))
        self.init(source.strided, isVoid: !ok || source.isVoid)
        if requiresGrad { requiresGrad_() }
    }

    /// A 0-dimensional tensor. PyTorch: `torch.tensor(3.5)`.
    public convenience init(_ value: some ScalarConvertible, dtype: DType? = nil, requiresGrad: Bool = false) {
        let made = Tensor.full([], value, dtype: dtype)
        self.init(made.strided, isVoid: made.isVoid)
        if requiresGrad { requiresGrad_() }
    }

    /// start, start + step, … below `end`. PyTorch: `torch.arange`.
    public static func arange(_ start: some ScalarConvertible, _ end: some ScalarConvertible, step: some ScalarConvertible = 1, dtype: DType? = nil, requiresGrad: Bool = false) -> Tensor {
        let (a, b, s) = (start.scalar, end.scalar, step.scalar)
        let isFloat = a.isFloatingPoint || b.isFloatingPoint || s.isFloatingPoint
        let dtype = dtype ?? (isFloat ? defaultDType : .int64)
        guard s.doubleValue != 0 else { return fail(.runtime, "step must be nonzero") }
        guard (a.doubleValue.isFinite && b.doubleValue.isFinite) else { return fail(.runtime, "unsupported range: \(a) -> \(b)") }
        guard s.doubleValue > 0 ? a.doubleValue <= b.doubleValue : a.doubleValue >= b.doubleValue else {
            return fail(.runtime, "upper bound and lower bound inconsistent with step sign")
        }
        let span = isFloat ? (b.doubleValue - a.doubleValue) / s.doubleValue : Double(b.int64Value &- a.int64Value) / s.doubleValue
        guard span < 0x1p60 else { return fail(.runtime, "invalid size, possible overflow?") }
        let count = Int(span.rounded(.up))
        let wide: Tensor
        if dtype.isFloatingPoint {
            wide = allocate([count], .float64)
            if wide.isVoid { return wide }
            wide.withUnsafeMutableElements(as: Double.self) { out in
                for i in 0..<count { out[i] = a.doubleValue + s.doubleValue * Double(i) }
            }
        } else {
            wide = allocate([count], .int64)
            if wide.isVoid { return wide }
            wide.withUnsafeMutableElements(as: Int64.self) { out in
                for i in 0..<count { out[i] = a.int64Value &+ s.int64Value &* Int64(i) }
            }
        }
        return wide.to(dtype).requiring(requiresGrad)
    }

    public static func arange(_ end: some ScalarConvertible, dtype: DType? = nil, requiresGrad: Bool = false) -> Tensor {
        arange(0, end, dtype: dtype, requiresGrad: requiresGrad)
    }
}
