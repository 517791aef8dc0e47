// Tensors over foreign memory, and access to a tensor's memory.

extension Tensor {
    /// Creates a tensor over foreign memory without a copy. PyTorch: `torch.frombuffer`, in C++ `torch::from_blob`.
    ///
    /// The memory must stay valid and in place until `deallocator` is called. It is called when the last tensor that
    /// shares the memory is released.
    /// - Parameters:
    ///   - buffer: the elements; their type determines the dtype.
    ///   - shape: the sizes; by default one dimension with all elements.
    ///   - strides: in elements; row-major by default.
    ///   - requiresGrad: whether autograd records operations on the tensor.
    ///   - deallocator: called on the thread that releases the last tensor, or at once if no tensor can be created;
    ///     does nothing by default.
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

    /// Like `init(sharing:shape:strides:requiresGrad:deallocator:)`, for bytes whose dtype is known only at run time.
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
        // An empty buffer may have no address. If an error occurs below, the release of the storage calls the
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

    /// Returns the address of the first element, on the device that holds it. PyTorch: `Tensor.data_ptr()`.
    /// - Precondition: the tensor has data; on `meta` it has none.
    public func dataPtr() -> UnsafeMutableRawPointer {
        guard hasData() else { return Tensor.void.raw.pointer }
        storage.handOut()
        return uncheckedAddress
    }
}

extension Storage {
    /// Returns the whole memory from its start as elements of `T`, independent of the views over it.
    /// PyTorch: `storage.tolist()`.
    public func toArray<T: TensorElement>(as type: T.Type = T.self) -> [T] {
        guard hasData(), let host = onHost else { return [] }
        let count = byteCount / T.dtype.itemSize
        return [T](unsafeUninitializedCapacity: count) { buffer, filled in
            filled = count
            if count > 0 { memcpyBytes(buffer.baseAddress!, host.pointer, count * T.dtype.itemSize) }
        }
    }
}

extension Tensor {
    /// The address of the elements for a write, if they are contiguous memory of the host; nil otherwise, and for void
    /// tensors. Who writes calls `bumpVersion` afterwards.
    package var writableElements: UnsafeMutableRawPointer? {
        guard flags.isEmpty, raw.layout.isContiguous, raw.storage.hasHostMemory else { return nil }
        raw.storage.willWrite()
        return raw.pointer
    }
}
