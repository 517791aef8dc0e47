// Overloads that take a `Size` in place of `[Int]`: `x.view(y.shape)`. Also overloads of factories with PyTorch's
// labels, such as `size:`.

extension Tensor {
    /// Same as `view(_:)`, for a `Size`.
    public func view(_ sizes: Size) -> Tensor { view(sizes.sizes) }

    /// Same as `reshape(_:)`, for a `Size`.
    public func reshape(_ sizes: Size) -> Tensor { reshape(sizes.sizes) }

    /// Same as `expand(_:)`, for a `Size`.
    public func expand(_ sizes: Size) -> Tensor { expand(sizes.sizes) }

    /// Same as `broadcastTo(_:)`, for a `Size`.
    public func broadcastTo(_ sizes: Size) -> Tensor { broadcastTo(sizes.sizes) }

    /// Same as `sumToSize(_:)`, for a `Size`.
    public func sumToSize(_ sizes: Size) -> Tensor { sumToSize(sizes.sizes) }

    /// Same as `repeat(_:)`, for a `Size`.
    public func `repeat`(_ sizes: Size) -> Tensor { self.repeat(sizes.sizes) }

    /// Same as `tile(_:)`, for a `Size`.
    public func tile(_ sizes: Size) -> Tensor { tile(sizes.sizes) }

    /// Same as `resize_(_:memoryFormat:)`, for a `Size`.
    @discardableResult
    public func resize_(_ sizes: Size, memoryFormat: MemoryFormat = .contiguous) -> Tensor {
        resize_(sizes.sizes, memoryFormat: memoryFormat)
    }

    /// Same as `unflatten(_:_:)`, for a `Size`.
    public func unflatten(_ dim: Int, _ sizes: Size) -> Tensor { unflatten(dim, sizes.sizes) }

    /// Same as `newEmpty(_:dtype:device:requiresGrad:)`, for a `Size`.
    public func newEmpty(
        _ sizes: Size, dtype: DType? = nil, device: Device? = nil, requiresGrad: Bool = false
    ) -> Tensor {
        newEmpty(sizes.sizes, dtype: dtype, device: device, requiresGrad: requiresGrad)
    }

    /// Same as `newZeros(_:dtype:device:requiresGrad:)`, for a `Size`.
    public func newZeros(
        _ sizes: Size, dtype: DType? = nil, device: Device? = nil, requiresGrad: Bool = false
    ) -> Tensor {
        newZeros(sizes.sizes, dtype: dtype, device: device, requiresGrad: requiresGrad)
    }

    /// Same as `newOnes(_:dtype:device:requiresGrad:)`, for a `Size`.
    public func newOnes(
        _ sizes: Size, dtype: DType? = nil, device: Device? = nil, requiresGrad: Bool = false
    ) -> Tensor {
        newOnes(sizes.sizes, dtype: dtype, device: device, requiresGrad: requiresGrad)
    }

    /// Same as `newFull(_:_:dtype:device:requiresGrad:)`, for a `Size`.
    public func newFull(
        _ sizes: Size, _ value: some ScalarConvertible, dtype: DType? = nil, device: Device? = nil,
        requiresGrad: Bool = false
    ) -> Tensor {
        newFull(sizes.sizes, value, dtype: dtype, device: device, requiresGrad: requiresGrad)
    }
}

extension Tensor {
    /// Same as `newZeros(_:dtype:device:requiresGrad:)`, for sizes one by one.
    public func newZeros(
        _ sizes: Int..., dtype: DType? = nil, device: Device? = nil, requiresGrad: Bool = false
    ) -> Tensor {
        newZeros(sizes, dtype: dtype, device: device, requiresGrad: requiresGrad)
    }

    /// Same as `newOnes(_:dtype:device:requiresGrad:)`, for sizes one by one.
    public func newOnes(
        _ sizes: Int..., dtype: DType? = nil, device: Device? = nil, requiresGrad: Bool = false
    ) -> Tensor {
        newOnes(sizes, dtype: dtype, device: device, requiresGrad: requiresGrad)
    }

    /// Same as `newFull(_:_:dtype:device:requiresGrad:)`, with PyTorch's label for the value.
    public func newFull(
        _ sizes: some Collection<Int>, fillValue: some ScalarConvertible, dtype: DType? = nil, device: Device? = nil,
        requiresGrad: Bool = false
    ) -> Tensor {
        newFull(Array(sizes), fillValue, dtype: dtype, device: device, requiresGrad: requiresGrad)
    }

    /// Same as `newEmptyStrided(_:_:dtype:device:requiresGrad:)`, for a `Size`.
    public func newEmptyStrided(
        _ sizes: Size, _ strides: [Int], dtype: DType? = nil, device: Device? = nil, requiresGrad: Bool = false
    ) -> Tensor {
        newEmptyStrided(sizes.sizes, strides, dtype: dtype, device: device, requiresGrad: requiresGrad)
    }

    /// Same as `asStrided(_:_:_:)`, for a `Size`.
    public func asStrided(_ sizes: Size, _ strides: [Int], _ storageOffset: Int? = nil) -> Tensor {
        asStrided(sizes.sizes, strides, storageOffset)
    }

    /// Same as `asStrided(_:_:_:)`, with PyTorch's argument labels.
    public func asStrided(size: some Collection<Int>, stride: [Int], storageOffset: Int? = nil) -> Tensor {
        asStrided(Array(size), stride, storageOffset)
    }

    /// Same as `viewCopy(_:)`, for a `Size`.
    public func viewCopy(_ sizes: Size) -> Tensor { viewCopy(sizes.sizes) }

    /// Same as `expandCopy(_:)`, for a `Size`.
    public func expandCopy(_ sizes: Size) -> Tensor { expandCopy(sizes.sizes) }
}

// MARK: - Factories

extension Tensor {
    /// Same as `emptyStrided(_:_:dtype:device:requiresGrad:)`, for a `Size`.
    public static func emptyStrided(
        _ sizes: Size, _ strides: [Int], dtype: DType = defaultDType, device: Device = .default,
        requiresGrad: Bool = false
    ) -> Tensor {
        emptyStrided(sizes.sizes, strides, dtype: dtype, device: device, requiresGrad: requiresGrad)
    }

    /// Same as `empty(_:dtype:device:requiresGrad:)`, for a `Size`.
    public static func empty(
        _ sizes: Size, dtype: DType = defaultDType, device: Device = .default, requiresGrad: Bool = false
    ) -> Tensor {
        empty(sizes.sizes, dtype: dtype, device: device, requiresGrad: requiresGrad)
    }

    /// Same as `empty(_:dtype:device:requiresGrad:)`, with PyTorch's argument label.
    public static func empty(
        size: some Collection<Int>, dtype: DType = defaultDType, device: Device = .default, requiresGrad: Bool = false
    ) -> Tensor {
        empty(Array(size), dtype: dtype, device: device, requiresGrad: requiresGrad)
    }

    /// Same as `zeros(_:dtype:device:requiresGrad:)`, for a `Size`.
    public static func zeros(
        _ sizes: Size, dtype: DType = defaultDType, device: Device = .default, requiresGrad: Bool = false
    ) -> Tensor {
        zeros(sizes.sizes, dtype: dtype, device: device, requiresGrad: requiresGrad)
    }

    /// Same as `zeros(_:dtype:device:requiresGrad:)`, with PyTorch's argument label.
    public static func zeros(
        size: some Collection<Int>, dtype: DType = defaultDType, device: Device = .default, requiresGrad: Bool = false
    ) -> Tensor {
        zeros(Array(size), dtype: dtype, device: device, requiresGrad: requiresGrad)
    }

    /// Same as `ones(_:dtype:device:requiresGrad:)`, for a `Size`.
    public static func ones(
        _ sizes: Size, dtype: DType = defaultDType, device: Device = .default, requiresGrad: Bool = false
    ) -> Tensor {
        ones(sizes.sizes, dtype: dtype, device: device, requiresGrad: requiresGrad)
    }

    /// Same as `ones(_:dtype:device:requiresGrad:)`, with PyTorch's argument label.
    public static func ones(
        size: some Collection<Int>, dtype: DType = defaultDType, device: Device = .default, requiresGrad: Bool = false
    ) -> Tensor {
        ones(Array(size), dtype: dtype, device: device, requiresGrad: requiresGrad)
    }

    /// Same as `rand(_:generator:dtype:device:requiresGrad:)`, for a `Size`.
    public static func rand(
        _ sizes: Size, generator: Generator = .default, dtype: DType = defaultDType, device: Device = .default,
        requiresGrad: Bool = false
    ) -> Tensor {
        rand(sizes.sizes, generator: generator, dtype: dtype, device: device, requiresGrad: requiresGrad)
    }

    /// Same as `rand(_:generator:dtype:device:requiresGrad:)`, with PyTorch's argument label.
    public static func rand(
        size: some Collection<Int>, generator: Generator = .default, dtype: DType = defaultDType,
        device: Device = .default, requiresGrad: Bool = false
    ) -> Tensor {
        rand(Array(size), generator: generator, dtype: dtype, device: device, requiresGrad: requiresGrad)
    }

    /// Same as `randn(_:generator:dtype:device:requiresGrad:)`, for a `Size`.
    public static func randn(
        _ sizes: Size, generator: Generator = .default, dtype: DType = defaultDType, device: Device = .default,
        requiresGrad: Bool = false
    ) -> Tensor {
        randn(sizes.sizes, generator: generator, dtype: dtype, device: device, requiresGrad: requiresGrad)
    }

    /// Same as `randn(_:generator:dtype:device:requiresGrad:)`, with PyTorch's argument label.
    public static func randn(
        size: some Collection<Int>, generator: Generator = .default, dtype: DType = defaultDType,
        device: Device = .default, requiresGrad: Bool = false
    ) -> Tensor {
        randn(Array(size), generator: generator, dtype: dtype, device: device, requiresGrad: requiresGrad)
    }

    /// Same as `full(_:_:dtype:device:requiresGrad:)`, for a `Size`.
    public static func full(
        _ sizes: Size, _ value: some ScalarConvertible, dtype: DType? = nil, device: Device = .default,
        requiresGrad: Bool = false
    ) -> Tensor {
        full(sizes.sizes, value, dtype: dtype, device: device, requiresGrad: requiresGrad)
    }

    /// Same as `full(_:_:dtype:device:requiresGrad:)`, with PyTorch's label for the value.
    public static func full(
        _ sizes: some Collection<Int>, fillValue: some ScalarConvertible, dtype: DType? = nil,
        device: Device = .default,
        requiresGrad: Bool = false
    ) -> Tensor {
        full(Array(sizes), fillValue, dtype: dtype, device: device, requiresGrad: requiresGrad)
    }

    /// Same as `full(_:_:dtype:device:requiresGrad:)`, with PyTorch's argument labels.
    public static func full(
        size: some Collection<Int>, fillValue: some ScalarConvertible, dtype: DType? = nil, device: Device = .default,
        requiresGrad: Bool = false
    ) -> Tensor {
        full(Array(size), fillValue, dtype: dtype, device: device, requiresGrad: requiresGrad)
    }

    /// Creates a tensor of random integers in [low, high). PyTorch: `torch.randint`.
    public static func randint(
        _ low: Int, _ high: Int, _ sizes: Size, generator: Generator = .default, dtype: DType = .int64,
        device: Device = .default
    ) -> Tensor {
        randint(low, high, sizes.sizes, generator: generator, dtype: dtype, device: device)
    }

    /// Creates a tensor of random integers in [0, high). PyTorch: `torch.randint`.
    public static func randint(
        _ high: Int, _ sizes: [Int], generator: Generator = .default, dtype: DType = .int64, device: Device = .default
    ) -> Tensor {
        randint(0, high, sizes, generator: generator, dtype: dtype, device: device)
    }

    /// Creates a tensor of random integers in [0, high). PyTorch: `torch.randint`.
    public static func randint(
        _ high: Int, _ sizes: Size, generator: Generator = .default, dtype: DType = .int64, device: Device = .default
    ) -> Tensor {
        randint(0, high, sizes.sizes, generator: generator, dtype: dtype, device: device)
    }

    /// Creates a tensor of random integers in [low, high). PyTorch: `torch.randint`.
    public static func randint(
        _ low: Int, _ high: Int, size: some Collection<Int>, generator: Generator = .default, dtype: DType = .int64,
        device: Device = .default
    ) -> Tensor {
        randint(low, high, Array(size), generator: generator, dtype: dtype, device: device)
    }

    /// Creates a tensor of random integers in [0, high). PyTorch: `torch.randint`.
    public static func randint(
        _ high: Int, size: some Collection<Int>, generator: Generator = .default, dtype: DType = .int64,
        device: Device = .default
    ) -> Tensor {
        randint(0, high, Array(size), generator: generator, dtype: dtype, device: device)
    }

    /// Creates a tensor of random integers in [low, high). PyTorch: `torch.randint`.
    public static func randint(
        low: Int = 0, high: Int, size: some Collection<Int>, generator: Generator = .default, dtype: DType = .int64,
        device: Device = .default
    ) -> Tensor {
        randint(low, high, Array(size), generator: generator, dtype: dtype, device: device)
    }

    /// Creates a tensor of normal random numbers with one mean and standard deviation. PyTorch: `torch.normal`.
    public static func normal(
        _ mean: Double, _ std: Double, _ sizes: Size, generator: Generator = .default, dtype: DType = defaultDType,
        device: Device = .default, requiresGrad: Bool = false
    ) -> Tensor {
        normal(mean, std, sizes.sizes, generator: generator, dtype: dtype, device: device, requiresGrad: requiresGrad)
    }

    /// Creates a tensor of normal random numbers with one mean and standard deviation. PyTorch: `torch.normal`.
    public static func normal(
        _ mean: Double, _ std: Double, size: some Collection<Int>, generator: Generator = .default,
        dtype: DType = defaultDType, device: Device = .default, requiresGrad: Bool = false
    ) -> Tensor {
        normal(mean, std, Array(size), generator: generator, dtype: dtype, device: device, requiresGrad: requiresGrad)
    }

    /// Same as `eye(_:_:dtype:device:requiresGrad:)`, with PyTorch's argument label.
    public static func eye(
        n: Int, m: Int? = nil, dtype: DType = defaultDType, device: Device = .default, requiresGrad: Bool = false
    ) -> Tensor {
        eye(n, m, dtype: dtype, device: device, requiresGrad: requiresGrad)
    }

    /// Same as `randint(_:_:_:generator:dtype:device:)`, with PyTorch's argument labels.
    public static func randint(
        _ low: Int, high: Int, size: some Collection<Int>, generator: Generator = .default, dtype: DType = .int64,
        device: Device = .default
    ) -> Tensor {
        randint(low, high, Array(size), generator: generator, dtype: dtype, device: device)
    }

    /// Same as `randperm(_:generator:dtype:device:)`, with PyTorch's argument label.
    public static func randperm(
        n: Int, generator: Generator = .default, dtype: DType = .int64, device: Device = .default
    ) -> Tensor {
        randperm(n, generator: generator, dtype: dtype, device: device)
    }

    /// Same as `normal(_:_:_:generator:dtype:device:requiresGrad:)`, with PyTorch's argument labels.
    public static func normal(
        _ mean: Double, std: Double, size: some Collection<Int>, generator: Generator = .default,
        dtype: DType = defaultDType, device: Device = .default, requiresGrad: Bool = false
    ) -> Tensor {
        normal(mean, std, Array(size), generator: generator, dtype: dtype, device: device, requiresGrad: requiresGrad)
    }

    /// Same as `normal(_:_:_:generator:dtype:device:requiresGrad:)`, with PyTorch's argument labels.
    public static func normal(
        mean: Double, std: Double, size: some Collection<Int>, generator: Generator = .default,
        dtype: DType = defaultDType, device: Device = .default, requiresGrad: Bool = false
    ) -> Tensor {
        normal(mean, std, Array(size), generator: generator, dtype: dtype, device: device, requiresGrad: requiresGrad)
    }

    /// Same as `arange(_:_:step:dtype:device:requiresGrad:)`, without a label for the step.
    public static func arange(
        _ start: some ScalarConvertible, _ end: some ScalarConvertible, _ step: some ScalarConvertible,
        dtype: DType? = nil, device: Device = .default, requiresGrad: Bool = false
    ) -> Tensor {
        arange(start, end, step: step, dtype: dtype, device: device, requiresGrad: requiresGrad)
    }

    /// Same as `arange(_:_:step:dtype:device:requiresGrad:)`, with PyTorch's argument labels.
    public static func arange(
        _ start: some ScalarConvertible, end: some ScalarConvertible, step: some ScalarConvertible = 1,
        dtype: DType? = nil, device: Device = .default, requiresGrad: Bool = false
    ) -> Tensor {
        arange(start, end, step: step, dtype: dtype, device: device, requiresGrad: requiresGrad)
    }

    /// Same as `arange(_:_:step:dtype:device:requiresGrad:)`, with PyTorch's argument labels.
    public static func arange(
        start: some ScalarConvertible, end: some ScalarConvertible, step: some ScalarConvertible = 1,
        dtype: DType? = nil, device: Device = .default, requiresGrad: Bool = false
    ) -> Tensor {
        arange(start, end, step: step, dtype: dtype, device: device, requiresGrad: requiresGrad)
    }

    /// Same as `arange(_:dtype:device:requiresGrad:)`, with PyTorch's argument label.
    public static func arange(
        end: some ScalarConvertible, dtype: DType? = nil, device: Device = .default, requiresGrad: Bool = false
    ) -> Tensor {
        arange(end, dtype: dtype, device: device, requiresGrad: requiresGrad)
    }

    /// Same as `linspace(_:_:steps:dtype:device:requiresGrad:)`, without a label for the number of steps.
    public static func linspace(
        _ start: some TensorOperand, _ end: some TensorOperand, _ steps: Int, dtype: DType? = nil,
        device: Device = .default, requiresGrad: Bool = false
    ) -> Tensor {
        linspace(start, end, steps: steps, dtype: dtype, device: device, requiresGrad: requiresGrad)
    }

    /// Same as `linspace(_:_:steps:dtype:device:requiresGrad:)`, with PyTorch's argument labels.
    public static func linspace(
        _ start: some TensorOperand, end: some TensorOperand, steps: Int, dtype: DType? = nil,
        device: Device = .default, requiresGrad: Bool = false
    ) -> Tensor {
        linspace(start, end, steps: steps, dtype: dtype, device: device, requiresGrad: requiresGrad)
    }

    /// Same as `linspace(_:_:steps:dtype:device:requiresGrad:)`, with PyTorch's argument labels.
    public static func linspace(
        start: some TensorOperand, end: some TensorOperand, steps: Int, dtype: DType? = nil, device: Device = .default,
        requiresGrad: Bool = false
    ) -> Tensor {
        linspace(start, end, steps: steps, dtype: dtype, device: device, requiresGrad: requiresGrad)
    }

    /// Same as `fullLike(_:_:dtype:device:memoryFormat:requiresGrad:)`, with PyTorch's label for the value.
    public static func fullLike(
        _ other: Tensor, fillValue: some ScalarConvertible, dtype: DType? = nil, device: Device? = nil,
        memoryFormat: MemoryFormat = .preserve, requiresGrad: Bool = false
    ) -> Tensor {
        fullLike(other, fillValue, dtype: dtype, device: device, memoryFormat: memoryFormat, requiresGrad: requiresGrad)
    }
}

// MARK: - Functions

/// Same as `layerNorm(_:_:weight:bias:eps:)`, for a `Size`.
public func layerNorm(
    _ input: Tensor, _ normalizedShape: Size, weight: Tensor? = nil, bias: Tensor? = nil, eps: Double = 1e-5
) -> Tensor {
    layerNorm(input, normalizedShape.sizes, weight: weight, bias: bias, eps: eps)
}

/// Same as `rmsNorm(_:_:weight:eps:)`, for a `Size`.
public func rmsNorm(_ input: Tensor, _ normalizedShape: Size, weight: Tensor? = nil, eps: Double? = nil) -> Tensor {
    rmsNorm(input, normalizedShape.sizes, weight: weight, eps: eps)
}

/// Same as `nativeLayerNorm(_:_:weight:bias:eps:)`, for a `Size`.
public func nativeLayerNorm(
    _ input: Tensor, _ normalizedShape: Size, weight: Tensor? = nil, bias: Tensor? = nil, eps: Double = 1e-5
) -> (output: Tensor, mean: Tensor, rstd: Tensor) {
    nativeLayerNorm(input, normalizedShape.sizes, weight: weight, bias: bias, eps: eps)
}

/// Same as `layerNorm(_:_:weight:bias:eps:)`, with PyTorch's argument label.
public func layerNorm(
    _ input: Tensor, normalizedShape: some Collection<Int>, weight: Tensor? = nil, bias: Tensor? = nil,
    eps: Double = 1e-5
) -> Tensor {
    layerNorm(input, Array(normalizedShape), weight: weight, bias: bias, eps: eps)
}

/// Same as `rmsNorm(_:_:weight:eps:)`, with PyTorch's argument label.
public func rmsNorm(
    _ input: Tensor, normalizedShape: some Collection<Int>, weight: Tensor? = nil, eps: Double? = nil
) -> Tensor {
    rmsNorm(input, Array(normalizedShape), weight: weight, eps: eps)
}

/// Same as `broadcastShapes(_:)`, for `Size` values.
public func broadcastShapes(_ first: Size, _ others: Size...) -> Size {
    broadcastShapes([first.sizes] + others.map(\.sizes))
}

/// Same as `unravelIndex(_:_:)`, for a `Size`.
public func unravelIndex(_ indices: Tensor, _ shape: Size) -> [Tensor] { unravelIndex(indices, shape.sizes) }
