// Tensors from Swift numbers and arrays.

extension NestedNumbers where Self: TensorElement {
    /// Appends the number to `result`.
    public static func flatten(_ value: Self, into result: inout FlattenedNumbers<Self>) {
        result.numbers.append(value)
    }
}

extension Array: NestedNumbers where Element: NestedNumbers {
    /// Appends the numbers of the array's elements to `result`.
    public static func flatten(_ value: [Element], into result: inout FlattenedNumbers<Element.Number>) {
        result.readArray(count: value.count) { result in
            if let row = value as? [Element.Number] {
                result.numbers.append(contentsOf: row)
            } else {
                for element in value { Element.flatten(element, into: &result) }
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
                memcpyBytes(source.raw.pointer, bytes.baseAddress!, bytes.count)
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
        var flat = FlattenedNumbers<Numbers.Number>()
        Numbers.flatten(nested, into: &flat)
        if let (level, length) = flat.mismatch {
            raise(.value, "expected sequence of length \(flat.sizes[level]) at dim \(level) (got \(length))")
            self.init(Tensor.void.strided, isVoid: true)
        } else {
            self.init(flat.numbers, shape: flat.sizes, dtype: dtype, device: device, requiresGrad: requiresGrad)
        }
    }
}
