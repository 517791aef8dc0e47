// Tensors from Swift numbers and arrays.

extension NestedNumbers where Self: TensorElement {
    public func appendSizes(to sizes: inout [Int]) {}
    public func append(to numbers: inout [Self], _ sizes: [Int], level: Int, mismatch: inout NestingMismatch?) {
        numbers.append(self)
    }
}

extension Array: NestedNumbers where Element: NestedNumbers {
    public func appendSizes(to sizes: inout [Int]) {
        sizes.append(count)
        first?.appendSizes(to: &sizes)
    }

    public func append(to numbers: inout [Element.Number], _ sizes: [Int], level: Int, mismatch: inout NestingMismatch?)
    {
        guard level < sizes.count, count == sizes[level] else {
            if mismatch == nil { mismatch = NestingMismatch(level: level, length: count) }
            return
        }
        if let row = self as? [Element.Number] {
            numbers.append(contentsOf: row)
        } else {
            for element in self where mismatch == nil {
                element.append(to: &numbers, sizes, level: level + 1, mismatch: &mismatch)
            }
        }
    }
}

extension Tensor {
    /// Creates a tensor from elements in row-major order. By default, Double elements become the default dtype, complex
    /// Double elements become its complex dtype, and other elements keep their own.
    /// - Precondition: the product of the sizes is the number of elements.
    public convenience init<T: TensorElement>(
        _ elements: [T], shape: [Int]? = nil, dtype: DType? = nil, device: Device = .default, requiresGrad: Bool = false
    ) {
        let sizes = shape ?? [elements.count]
        let ok = Layout.checkedCount(sizes) == elements.count
        if !ok { raise(.runtime, "shape '\(sizes)' is invalid for input of size \(elements.count)") }
        if !device.isAvailable { raise(.runtime, Tensor.unavailable(device)) }
        var source = Tensor.allocate(ok ? sizes : [elements.count], T.dtype, .cpu)
        elements.withUnsafeBytes { bytes in
            if bytes.count > 0 && !source.isVoid {
                memcpyBytes(source.strided.pointer, bytes.baseAddress!, bytes.count)
            }
        }
        source = source.to(
            dtype ?? (T.dtype == .float64 ? defaultDType : T.dtype == .complex128 ? defaultDType.toComplex : T.dtype))
        if device.kind != .cpu, device.isAvailable { source = source.to(device) }
        self.init(source.strided, isVoid: !ok || source.isVoid || !device.isAvailable)
        if requiresGrad { requiresGrad_() }
    }

    /// Creates a tensor from nested arrays. `Tensor([[1, 2], [3, 4]])` is int64; one float among the literals makes it
    /// float32. PyTorch: `torch.tensor`.
    /// - Precondition: all arrays of a level have the same length.
    public convenience init<Row: NestedNumbers>(
        _ rows: [[Row]], dtype: DType? = nil, device: Device = .default, requiresGrad: Bool = false
    ) {
        self.init(nested: rows, dtype: dtype, device: device, requiresGrad: requiresGrad)
    }

    convenience init<Numbers: NestedNumbers>(nested: Numbers, dtype: DType?, device: Device, requiresGrad: Bool) {
        var sizes: [Int] = [], numbers: [Numbers.Number] = [], mismatch: NestingMismatch?
        nested.appendSizes(to: &sizes)
        nested.append(to: &numbers, sizes, level: 0, mismatch: &mismatch)
        if let mismatch {
            let expected = mismatch.level < sizes.count ? sizes[mismatch.level] : 0
            raise(.value, "expected sequence of length \(expected) at dim \(mismatch.level) (got \(mismatch.length))")
            self.init(Tensor.void.strided, isVoid: true)
        } else {
            self.init(numbers, shape: sizes, dtype: dtype, device: device, requiresGrad: requiresGrad)
        }
    }
}
