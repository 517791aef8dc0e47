import CTorchKernels

// DLPack lets the frameworks in one process exchange tensors without a copy.

/// A DLPack structure that another framework can take. PyTorch: the capsule of `torch.utils.dlpack.to_dlpack`.
///
/// The structure holds the tensor's memory. Its deleter is called exactly once: by the code that took the structure or,
/// if no code took it, when the capsule is released.
public final class DLPackCapsule {
    /// Whether the structure is a `DLManagedTensorVersioned` (DLPack 1.0 and later) rather than a `DLManagedTensor`.
    public let isVersioned: Bool
    private var structure: UnsafeMutableRawPointer?

    /// Creates a capsule that owns a structure.
    public init(_ structure: UnsafeMutableRawPointer, isVersioned: Bool) {
        self.structure = structure
        self.isVersioned = isVersioned
    }

    /// Returns the structure and passes its ownership to the caller, who must call its deleter once. Returns nil if it
    /// has been taken before.
    public func take() -> UnsafeMutableRawPointer? {
        defer { structure = nil }
        return structure
    }

    deinit {
        if let structure { DLPack.delete(structure, isVersioned: isVersioned) }
    }
}

extension Tensor {
    /// Exports the tensor's memory to another framework without a copy. Both see each other's writes.
    /// PyTorch: `torch.utils.dlpack.to_dlpack`.
    /// - Parameters:
    ///   - versioned: false for consumers that do not support DLPack 1.0.
    ///   - stream: of a CUDA tensor, the handle of the stream that the consumer works on, which will wait for the
    ///     tensor's work; nil or 1 is the legacy default stream, and -1 waits for nothing. Of a CPU tensor nil or -1.
    /// - Throws: `TorchError` if the tensor requires a gradient, or if there is no such stream.
    public func toDLPack(versioned: Bool = true, stream: Int? = nil) throws -> DLPackCapsule {
        if isVoid { throw TorchError(.value, "toDLPack: the tensor is void because an operator before failed") }
        if requiresGrad {
            throw TorchError(.runtime, "Can't export tensors that require gradient, use tensor.detach()")
        }
        // PyTorch also exports views of negatives, with the wrong signs.
        if isUnresolved {
            throw TorchError(.runtime, "Can't export tensors with the \(isConj() ? "conjugate" : "negative") bit set")
        }
        if hasSparseForm { throw TorchError(.runtime, "Can't export tensors with layout other than torch.strided") }
        switch device.kind {
        case .cpu:
            guard stream == nil || stream == -1 else { throw TorchError(.assertion, "stream should be None on cpu.") }
        case .cuda: try CUDAStream.inUse(on: device).letOthersWait(stream ?? 1)
        case .meta: throw TorchError(.runtime, "Cannot pack tensors on \(device)")
        }
        storage.pin()
        return DLPackCapsule(DLPack.export(raw, versioned: versioned), isVersioned: versioned)
    }

    /// Creates a tensor over memory from another framework without a copy. PyTorch: `torch.utils.dlpack.from_dlpack`.
    ///
    /// Takes ownership of `structure`, which is a `DLManagedTensorVersioned` if `versioned`, otherwise a
    /// `DLManagedTensor`. Its deleter is called once: when no tensor uses the memory any more, or before an error is
    /// thrown. The memory of a CUDA device must be ready for the current stream there: pass the producer the handle of
    /// `CUDAStream.current(device)`.
    /// - Throws: `TorchError` if the dtype or device is not supported, if a stride is negative, or if the memory is
    ///   read-only.
    public convenience init(dlpack structure: UnsafeMutableRawPointer, versioned: Bool) throws {
        do {
            self.init(try DLPack.imported(structure, versioned: versioned))
        } catch {
            DLPack.delete(structure, isVersioned: versioned)
            throw error
        }
    }

    /// Creates a tensor from a capsule. The capsule is empty afterwards.
    /// - Throws: `TorchError` if the capsule is empty.
    public convenience init(dlpack capsule: DLPackCapsule) throws {
        guard let structure = capsule.take() else {
            throw TorchError(.runtime, "from_dlpack: the capsule has been consumed already")
        }
        try self.init(dlpack: structure, versioned: capsule.isVersioned)
    }
}

private enum DLPack {
    /// Calls the structure's deleter.
    static func delete(_ structure: UnsafeMutableRawPointer, isVersioned: Bool) {
        if isVersioned {
            let managed = structure.assumingMemoryBound(to: st_dl_versioned.self)
            managed.pointee.deleter?(managed)
        } else {
            let managed = structure.assumingMemoryBound(to: st_dl_managed.self)
            managed.pointee.deleter?(managed)
        }
    }

    // MARK: Export

    /// Creates a structure in one block of memory: the structure, the sizes, and the strides. It holds a reference to
    /// the storage.
    static func export(_ source: Strided, versioned: Bool) -> UnsafeMutableRawPointer {
        let rank = source.layout.rank
        let start = versioned ? MemoryLayout<st_dl_versioned>.stride : MemoryLayout<st_dl_managed>.stride
        let block = UnsafeMutableRawPointer.allocate(
            byteCount: start + 2 * rank * MemoryLayout<Int64>.stride, alignment: 16)
        let shape = (block + start).bindMemory(to: Int64.self, capacity: 2 * rank)
        let strides = shape + rank
        for i in 0..<rank {
            shape[i] = Int64(source.layout.sizes[i])
            // The stride of a dimension with fewer than 2 elements is 1, because consumers that test for row-major
            // order expect it.
            strides[i] = source.layout.sizes[i] < 2 ? 1 : Int64(source.layout.strides[i])
        }
        let device = source.storage.device
        let tensor = st_dl_tensor(
            data: source.storage.address + source.layout.offset * source.dtype.itemSize,
            device_type: Int32(device.kind == .cuda ? ST_DL_CUDA : ST_DL_CPU),
            device_id: Int32(device.index ?? 0), ndim: Int32(rank),
            dtype_code: source.dtype.dlpackCode, dtype_bits: UInt8(source.dtype.itemSize * 8), dtype_lanes: 1,
            shape: shape, strides: strides, byte_offset: 0)
        let manager = Unmanaged.passRetained(source.storage).toOpaque()
        if versioned {
            block.initializeMemory(
                as: st_dl_versioned.self,
                to: st_dl_versioned(
                    major: UInt32(ST_DL_MAJOR_VERSION), minor: UInt32(ST_DL_MINOR_VERSION), manager: manager,
                    deleter: { managed in
                        Unmanaged<Storage>.fromOpaque(managed.pointee.manager!).release()
                        UnsafeMutableRawPointer(managed).deallocate()
                    }, flags: 0, tensor: tensor))
        } else {
            block.initializeMemory(
                as: st_dl_managed.self,
                to: st_dl_managed(
                    tensor: tensor, manager: manager,
                    deleter: { managed in
                        Unmanaged<Storage>.fromOpaque(managed.pointee.manager!).release()
                        UnsafeMutableRawPointer(managed).deallocate()
                    }))
        }
        return block
    }

    // MARK: Import

    static func imported(_ structure: UnsafeMutableRawPointer, versioned: Bool) throws -> Strided {
        guard versioned else {
            return try imported(
                structure.assumingMemoryBound(to: st_dl_managed.self).pointee.tensor, structure, versioned)
        }
        let managed = structure.assumingMemoryBound(to: st_dl_versioned.self).pointee
        guard managed.major == ST_DL_MAJOR_VERSION else {
            throw TorchError(
                .runtime, "from_dlpack: DLPack version \(managed.major).\(managed.minor) is not supported; 1.x is")
        }
        guard managed.flags & UInt64(ST_DL_FLAG_READ_ONLY) == 0 else {
            throw TorchError(
                .value,
                "from_dlpack: the memory is read-only, and a tensor that shares it would be writable; hand over a copy")
        }
        return try imported(managed.tensor, structure, versioned)
    }

    private static func imported(
        _ tensor: st_dl_tensor, _ structure: UnsafeMutableRawPointer, _ versioned: Bool
    ) throws -> Strided {
        var device = Device.cpu
        switch Int(tensor.device_type) {
        case ST_DL_CPU, ST_DL_CUDA_HOST: break
        case ST_DL_CUDA: device = .cuda(Int(tensor.device_id))
        default: throw TorchError(.runtime, "from_dlpack: DLPack device type \(tensor.device_type) is not supported")
        }
        guard tensor.dtype_lanes == 1,
            let dtype = DType.allCases.first(where: {
                $0.dlpackCode == tensor.dtype_code && $0.itemSize * 8 == Int(tensor.dtype_bits)
            })
        else {
            throw TorchError(
                .type,
                "from_dlpack: DLPack type code \(tensor.dtype_code) with \(tensor.dtype_bits) bits and \(tensor.dtype_lanes) lanes is not supported"
            )
        }
        let rank = Int(tensor.ndim)
        guard rank >= 0, rank <= Layout.maxRank, rank == 0 || tensor.shape != nil else {
            throw TorchError(.value, "from_dlpack: \(rank) dimensions; at most \(Layout.maxRank) are supported")
        }
        if device.kind == .cuda {
            guard tensor.device_id >= 0, device.isAvailable else {
                throw TorchError(.runtime, "from_dlpack: " + Tensor.unavailable(device))
            }
            // An address of the host, or of another device, would break the context at its first use.
            if let data = tensor.data, try CUDADevices.shared.get().owner(of: data) != Int(tensor.device_id) {
                throw TorchError(.runtime, "from_dlpack: the memory is not that of the device \(device)")
            }
        }
        let sizes = (0..<rank).map { Int(tensor.shape![$0]) }
        let strides = tensor.strides.map { given in sizes.indices.map { Int(given[$0]) } }
        nonisolated(unsafe) let structure = structure
        return try ForeignMemory.strided(
            tensor.data.map { $0 + Int(tensor.byte_offset) }, sizes, strides: strides, dtype, device, "from_dlpack"
        ) {
            delete(structure, isVersioned: versioned)
        }
    }
}

extension DType {
    /// The DLDataTypeCode. Together with the element size it determines the dtype.
    fileprivate var dlpackCode: UInt8 {
        let code =
            switch self {
            case .bool: ST_DL_BOOL
            case .bfloat16: ST_DL_BFLOAT
            case .float8_e4m3fn: ST_DL_FLOAT8_E4M3FN
            case .float8_e5m2: ST_DL_FLOAT8_E5M2
            case _ where isComplex: ST_DL_COMPLEX
            case _ where isFloatingPoint: ST_DL_FLOAT
            default: isSigned ? ST_DL_INT : ST_DL_UINT
            }
        return UInt8(code)
    }
}
