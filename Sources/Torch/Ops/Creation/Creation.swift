// Tensors filled with one number, or uninitialized.

extension Tensor {
    /// Creates an uninitialized tensor. PyTorch: `torch.empty`.
    public static func empty(
        _ sizes: [Int], dtype: DType = defaultDType, device: Device = .default,
        memoryFormat: MemoryFormat = .contiguous,
        requiresGrad: Bool = false
    ) -> Tensor {
        let row = allocate(sizes, dtype, device)
        if row.isVoid || memoryFormat == .contiguous { return row.requiring(requiresGrad) }
        guard memoryFormat != .preserve else { return fail(.runtime, "unsupported memory format Preserve") }
        guard let layout = memoryFormat.layout(sizes) else { return .void }
        return row.alias(layout).requiring(requiresGrad)
    }

    /// Creates an uninitialized tensor with the given strides. PyTorch: `torch.empty_strided`.
    /// - Precondition: `sizes` and `strides` have the same count and no negative numbers.
    public static func emptyStrided(
        _ sizes: [Int], _ strides: [Int], dtype: DType = defaultDType, device: Device = .default,
        requiresGrad: Bool = false
    ) -> Tensor {
        guard sizes.count == strides.count else {
            return fail(
                .runtime,
                "dimensionality of sizes (\(sizes.count)) must match dimensionality of strides (\(strides.count))")
        }
        if let bad = sizes.first(where: { $0 < 0 }) {
            return fail(.runtime, "Trying to create tensor with negative dimension \(bad): \(sizes)")
        }
        let layout = Layout(sizes, strides: strides, offset: 0)
        guard strides.allSatisfy({ $0 >= 0 }), let extent = checkedExtent(layout) else {
            return fail(.runtime, "Storage size calculation overflowed with sizes=\(sizes) and strides=\(strides)")
        }
        guard !layout.overflows else { return fail(.runtime, "numel: integer multiplication overflow") }
        let storage = allocate([extent], dtype, device)
        return storage.isVoid ? storage : storage.alias(layout).requiring(requiresGrad)
    }

    /// Creates a tensor with `value` in every element. By default, the dtype is that of the number. Raises if the
    /// number does not fit in the dtype. PyTorch: `torch.full`.
    public static func full(
        _ sizes: [Int], _ value: some ScalarConvertible, dtype: DType? = nil, device: Device = .default,
        requiresGrad: Bool = false
    ) -> Tensor {
        let result = allocate(sizes, dtype ?? value.scalar.dtype, device)
        guard !result.isVoid, value.scalar.checkFits(result.dtype) else { return .void }
        result.backend.fill(out: result.strided, value.scalar)
        return result.requiring(requiresGrad)
    }

    /// Creates a tensor of zeros. PyTorch: `torch.zeros`.
    public static func zeros(
        _ sizes: [Int], dtype: DType = defaultDType, device: Device = .default, requiresGrad: Bool = false
    ) -> Tensor {
        full(sizes, 0, dtype: dtype, device: device, requiresGrad: requiresGrad)
    }

    /// Creates a tensor of ones. PyTorch: `torch.ones`.
    public static func ones(
        _ sizes: [Int], dtype: DType = defaultDType, device: Device = .default, requiresGrad: Bool = false
    ) -> Tensor {
        full(sizes, 1, dtype: dtype, device: device, requiresGrad: requiresGrad)
    }

    /// Like `empty(_:dtype:device:memoryFormat:requiresGrad:)`, for sizes given one by one.
    public static func empty(
        _ sizes: Int..., dtype: DType = defaultDType, device: Device = .default, requiresGrad: Bool = false
    ) -> Tensor {
        empty(sizes, dtype: dtype, device: device, requiresGrad: requiresGrad)
    }

    /// Like `zeros(_:dtype:device:requiresGrad:)`, for sizes given one by one.
    public static func zeros(
        _ sizes: Int..., dtype: DType = defaultDType, device: Device = .default, requiresGrad: Bool = false
    ) -> Tensor {
        zeros(sizes, dtype: dtype, device: device, requiresGrad: requiresGrad)
    }

    /// Like `ones(_:dtype:device:requiresGrad:)`, for sizes given one by one.
    public static func ones(
        _ sizes: Int..., dtype: DType = defaultDType, device: Device = .default, requiresGrad: Bool = false
    ) -> Tensor {
        ones(sizes, dtype: dtype, device: device, requiresGrad: requiresGrad)
    }

    /// Creates a 0-dimensional tensor. PyTorch: `torch.tensor(3.5)`, `torch.scalar_tensor`.
    public convenience init(
        _ value: some ScalarConvertible, dtype: DType? = nil, device: Device = .default, requiresGrad: Bool = false
    ) {
        let made = Tensor.scalar(value.scalar, dtype ?? value.scalar.dtype, device)
        self.init(made.strided, isVoid: made.isVoid)
        if requiresGrad { requiresGrad_() }
    }

    /// Creates a 0-dimensional tensor. A floating-point or complex dtype takes every real number; a number that is too
    /// large becomes infinity. In all other cases, the number must fit in the dtype.
    private static func scalar(_ value: Scalar, _ dtype: DType, _ device: Device) -> Tensor {
        let result = allocate([], dtype, device)
        guard !result.isVoid, dtype.isInexact && value.isComplex == false || value.checkFits(dtype) else {
            return .void
        }
        result.backend.fill(out: result.strided, value)
        return result
    }

    func requiring(_ requires: Bool) -> Tensor { requires ? requiresGrad_() : self }
}

// MARK: - Like another tensor

extension Tensor {
    /// Creates an uninitialized tensor with the sizes, dtype, device and memory format of another tensor.
    /// PyTorch: `torch.empty_like`.
    public static func emptyLike(
        _ other: Tensor, dtype: DType? = nil, device: Device? = nil, memoryFormat: MemoryFormat = .preserve,
        requiresGrad: Bool = false
    ) -> Tensor {
        guard !other.isVoid, let layout = other.layout.copied(memoryFormat) else { return .void }
        if let device, !device.isAvailable { return fail(.runtime, unavailable(device)) }
        if other.hasSparseForm {
            return other.sparseZeros(dtype ?? other.dtype, device ?? other.device).requiring(requiresGrad)
        }
        return allocate(layout, dtype ?? other.dtype, device ?? other.device).requiring(requiresGrad)
    }

    /// Creates a tensor like another one, with `value` in every element. PyTorch: `torch.full_like`.
    public static func fullLike(
        _ other: Tensor, _ value: some ScalarConvertible, dtype: DType? = nil, device: Device? = nil,
        memoryFormat: MemoryFormat = .preserve, requiresGrad: Bool = false
    ) -> Tensor {
        let result = emptyLike(other, dtype: dtype, device: device, memoryFormat: memoryFormat)
        guard !result.isVoid, value.scalar.checkFits(result.dtype) else { return .void }
        if result.hasSparseForm {
            return value.scalar.boolValue ? fail(other.unsupported("fill_.Scalar")) : result.requiring(requiresGrad)
        }
        result.backend.fill(out: result.strided, value.scalar)
        return result.requiring(requiresGrad)
    }

    /// Creates a tensor of zeros like another tensor. PyTorch: `torch.zeros_like`.
    public static func zerosLike(
        _ other: Tensor, dtype: DType? = nil, device: Device? = nil, memoryFormat: MemoryFormat = .preserve,
        requiresGrad: Bool = false
    ) -> Tensor {
        fullLike(other, 0, dtype: dtype, device: device, memoryFormat: memoryFormat, requiresGrad: requiresGrad)
    }

    /// Creates a tensor of ones like another tensor. PyTorch: `torch.ones_like`.
    public static func onesLike(
        _ other: Tensor, dtype: DType? = nil, device: Device? = nil, memoryFormat: MemoryFormat = .preserve,
        requiresGrad: Bool = false
    ) -> Tensor {
        fullLike(other, 1, dtype: dtype, device: device, memoryFormat: memoryFormat, requiresGrad: requiresGrad)
    }

    /// Creates an uninitialized tensor of the given sizes with this tensor's dtype and device.
    /// PyTorch: `Tensor.new_empty`.
    public func newEmpty(
        _ sizes: [Int], dtype: DType? = nil, device: Device? = nil, requiresGrad: Bool = false
    ) -> Tensor {
        isVoid
            ? .void
            : .empty(sizes, dtype: dtype ?? self.dtype, device: device ?? self.device, requiresGrad: requiresGrad)
    }

    /// Creates an uninitialized tensor with the given strides and this tensor's dtype and device.
    /// PyTorch: `Tensor.new_empty_strided`.
    public func newEmptyStrided(
        _ sizes: [Int], _ strides: [Int], dtype: DType? = nil, device: Device? = nil, requiresGrad: Bool = false
    ) -> Tensor {
        isVoid
            ? .void
            : .emptyStrided(
                sizes, strides, dtype: dtype ?? self.dtype, device: device ?? self.device, requiresGrad: requiresGrad)
    }

    /// Creates a tensor with `value` in every element and this tensor's dtype and device. PyTorch: `Tensor.new_full`.
    public func newFull(
        _ sizes: [Int], _ value: some ScalarConvertible, dtype: DType? = nil, device: Device? = nil,
        requiresGrad: Bool = false
    ) -> Tensor {
        isVoid
            ? .void
            : .full(sizes, value, dtype: dtype ?? self.dtype, device: device ?? self.device, requiresGrad: requiresGrad)
    }

    /// Creates a tensor of zeros with this tensor's dtype and device. PyTorch: `Tensor.new_zeros`.
    public func newZeros(
        _ sizes: [Int], dtype: DType? = nil, device: Device? = nil, requiresGrad: Bool = false
    ) -> Tensor {
        newFull(sizes, 0, dtype: dtype, device: device, requiresGrad: requiresGrad)
    }

    /// Creates a tensor of ones with this tensor's dtype and device. PyTorch: `Tensor.new_ones`.
    public func newOnes(
        _ sizes: [Int], dtype: DType? = nil, device: Device? = nil, requiresGrad: Bool = false
    ) -> Tensor {
        newFull(sizes, 1, dtype: dtype, device: device, requiresGrad: requiresGrad)
    }

    /// Creates a tensor from a number or from nested arrays of numbers, with this tensor's dtype and device.
    /// PyTorch: `Tensor.new_tensor`.
    public func newTensor<Numbers: NestedNumbers>(
        _ numbers: Numbers, dtype: DType? = nil, device: Device? = nil, requiresGrad: Bool = false
    ) -> Tensor {
        isVoid
            ? .void
            : Tensor(
                nested: numbers, dtype: dtype ?? self.dtype, device: device ?? self.device, requiresGrad: requiresGrad)
    }
}
