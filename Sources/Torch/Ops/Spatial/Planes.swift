// Spatial operators see tensors as planes: [outer, depth, height, width, inner].

extension Layout {
    /// Returns the same elements as planes whose spatial dimensions are the last `spatial` ones.
    /// - Precondition: the elements are contiguous in `format`.
    func planes(_ spatial: Int, _ format: MemoryFormat) -> Layout {
        let space = [Int](repeating: 1, count: 3 - spatial) + sizes.suffix(spatial)
        if format == .contiguous {
            return Layout([sizes.dropLast(spatial).reduce(1, &*)] + space + [1], offset: offset)
        }
        return Layout([sizes[0]] + space + [sizes[1]], offset: offset)
    }
}

extension Tensor {
    /// Returns the elements contiguous in `format`, without history. Copies only if they lie otherwise.
    func dense(in format: MemoryFormat) -> Tensor {
        format.fits(layout) ? alias(layout) : noGrad { alias(layout).clone(memoryFormat: format) }
    }

    /// Returns the memory as planes.
    /// - Precondition: the elements are contiguous in `format`.
    func planes(_ spatial: Int, _ format: MemoryFormat) -> Dense {
        Dense(strided(layout.planes(spatial, format)))
    }

    /// Allocates a tensor in a memory format. Raises if a size is negative.
    static func allocate(_ sizes: [Int], _ format: MemoryFormat, _ dtype: DType, _ device: Device) -> Tensor {
        if format == .contiguous || sizes.contains(where: { $0 < 0 }) { return allocate(sizes, dtype, device) }
        guard let layout = format.layout(sizes) else { return .void }
        return allocate(layout, dtype, device)
    }

    /// Returns whether a kernel takes the dtype. Raises PyTorch's error if it does not.
    func isTaken(_ taken: Bool, by kernel: @autoclosure () -> String) -> Bool {
        if !taken { raise(.notImplemented, "\"\(kernel())\" not implemented for '\(dtype.scalarTypeName)'") }
        return taken
    }

    /// Whether the dtype is float16, bfloat16, float32 or float64.
    var isComputedFloat: Bool { dtype.isFloatingPoint && !dtype.isForStorage }

    /// Returns whether the number of dimensions lies in a range. Raises PyTorch's error if it does not.
    func hasRank(_ range: ClosedRange<Int>, for name: String) -> Bool {
        if range.contains(dim) { return true }
        raise(
            .runtime,
            "Expected \(range.lowerBound) to \(range.upperBound) dimensions, but got \(dim)-dimensional tensor for argument #1 'self' (while checking arguments for \(name))"
        )
        return false
    }

    /// Returns whether no dimension from `first` on is empty. Raises PyTorch's error if one is.
    func isNotEmpty(from first: Int, for name: String) -> Bool {
        guard let empty = (first..<Swift.max(first, dim)).first(where: { sizes[$0] == 0 }) else { return true }
        raise(
            .runtime,
            "\(name): Expected input to have non-zero size for non-batch dimensions, but input has sizes \(sizes) with dimension \(empty) being empty"
        )
        return false
    }
}

extension MemoryFormat {
    /// The suffix of PyTorch's kernels for this format.
    var kernelSuffix: String { self == .contiguous ? "" : "_channels_last" }
}

/// Raises an error and returns nil.
func refuse<T>(_ kind: TorchError.Kind, _ message: String) -> T? {
    raise(kind, message)
    return nil
}

/// Raises a RuntimeError and returns nil.
func refuse<T>(_ message: String) -> T? { refuse(.runtime, message) }
