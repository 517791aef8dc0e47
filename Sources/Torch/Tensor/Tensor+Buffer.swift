// Memory of others as a tensor, and a tensor's memory for others.

extension Tensor {
    /// A tensor over memory that belongs to somebody else, without a copy. PyTorch: `torch.frombuffer`, in C++
    /// `torch::from_blob`.
    ///
    /// The memory must stay where it is until `deallocator` is called, which happens when the last tensor that shares
    /// it has gone.
    /// - Parameters:
    ///   - buffer: the elements; their type says the dtype.
    ///   - shape: the sizes; one dimension of all elements where none are given.
    ///   - strides: in elements; row-major where none are given.
    ///   - requiresGrad: whether what is computed from the tensor is recorded.
    ///   - deallocator: called on the thread that lets the last tensor go, or at once where no tensor can be made; by
    ///   -     default it does nothing.
    /// - Precondition: no stride is negative, and the sizes and strides stay inside the buffer.
    public convenience init<T: TensorElement>(
        sharing buffer: UnsafeMutableBufferPointer<T>, shape: [Int]? = nil, strides: [Int]? = nil,
        requiresGrad: Bool = false,
        deallocator: @escaping @Sendable () -> Void = {}
    ) {
        self.init(
            sharing: UnsafeMutableRawBufferPointer(buffer), shape: shape ?? [buffer.count], strides: strides,
            dtype: T.dtype, requiresGrad: requiresGrad, deallocator: deallocator)
    }

    /// The same for bytes whose dtype is known at run time only.
    public convenience init(
        sharing buffer: UnsafeMutableRawBufferPointer, shape: [Int], strides: [Int]? = nil, dtype: DType,
        device: Device = .cpu, requiresGrad: Bool = false,
        deallocator: @escaping @Sendable () -> Void = {}
    ) {
        let made = Tensor.sharing(buffer, shape, strides, dtype, device, deallocator)
        self.init(made.strided, isVoid: made.isVoid)
        if requiresGrad { requiresGrad_() }
    }

    private static func sharing(
        _ buffer: UnsafeMutableRawBufferPointer, _ shape: [Int], _ strides: [Int]?, _ dtype: DType, _ device: Device,
        _ deallocator: @escaping @Sendable () -> Void
    ) -> Tensor {
        // A buffer of nothing may have no address at all. Whatever goes wrong below, the storage's end calls the
        // deallocator.
        let storage = Storage(
            pointer: buffer.baseAddress ?? UnsafeMutableRawPointer(bitPattern: 64)!, byteCount: buffer.count,
            device: device, release: deallocator)
        guard device.isAvailable else { return fail(.runtime, unavailable(device)) }
        guard strides == nil || strides?.count == shape.count else {
            return fail(
                .runtime,
                "dimensionality of sizes (\(shape.count)) must match dimensionality of strides (\(strides?.count ?? 0))"
            )
        }
        guard Layout.checkedCount(shape) != nil else {
            return fail(.runtime, "Trying to create tensor with negative or overflowing dimensions: \(shape)")
        }
        do {
            return try Tensor(
                storage: storage, layout: strides.map { Layout(shape, strides: $0, offset: 0) } ?? Layout(shape),
                dtype: dtype)
        } catch let error as TorchError {
            return fail(error.kind, error.message)
        } catch {
            return .void
        }
    }

    /// The address of the first element. PyTorch: `Tensor.data_ptr()`.
    public func dataPtr() -> UnsafeMutableRawPointer { strided.pointer }
}

extension Storage {
    /// Everything in this memory from its start on, read as elements of `T`, whatever views lie over it. PyTorch:
    /// `storage.tolist()`.
    public func toArray<T: TensorElement>(as type: T.Type = T.self) -> [T] {
        let count = byteCount / T.dtype.itemSize
        return [T](unsafeUninitializedCapacity: count) { buffer, filled in
            filled = count
            if count > 0 { memcpyBytes(buffer.baseAddress!, pointer, count * T.dtype.itemSize) }
        }
    }
}
