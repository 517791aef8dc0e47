extension Tensor {
    /// Returns the device that operands share. 0-dimensional CPU tensors go with every device. Raises and returns nil
    /// if the operands are on different devices.
    static func commonDevice(_ operands: [Tensor]) -> Device? {
        var common = operands[0].device
        if operands.allSatisfy({ $0.device == common }) { return common }
        let tied = operands.filter { $0.dim > 0 || $0.device.kind != .cpu }
        common = tied[0].device
        guard let other = tied.first(where: { $0.device != common }) else { return common }
        raise(.runtime, "Tensor on device \(other.device) is not on the expected device \(common)!")
        return nil
    }

    /// Returns whether the operands are on one device. Raises if they are not. 0-dimensional CPU tensors go with every
    /// device.
    @inline(__always)
    static func shareDevice(_ a: Tensor, _ b: Tensor) -> Bool {
        a.device == b.device || commonDevice([a, b]) != nil
    }

    /// Whether the memory can be reached by an address of this process.
    @inline(__always)
    var isOnHost: Bool { Unmanaged.passUnretained(raw.storage)._withUnsafeGuaranteedRef { $0.isOnHost } }

    /// Whether the tensor's storage has memory of the host already. For paths on which each instruction counts.
    @inline(__always)
    var hasHostMemory: Bool { Unmanaged.passUnretained(raw.storage)._withUnsafeGuaranteedRef { $0.hasHostMemory } }

    /// The address of the first element in `raw`, for callers that have asked `isOnHost` or `hasHostMemory`.
    @inline(__always)
    var uncheckedAddress: UnsafeMutableRawPointer {
        raw.storage.address + raw.layout.offset * raw.dtype.itemSize
    }

    /// Whether the tensor has elements that can be looked at, on whatever device. On `meta` it has none, and those of a
    /// sparse tensor are not in its memory.
    @inline(__always)
    var hasElements: Bool { device.kind != .meta && !flags.contains(.sparse) && !raw.storage.isBatched }

    /// Returns whether the tensor has elements. Raises if it has none.
    func hasData() -> Bool { raw.storage.hasData() }

    /// This tensor, or a copy on the host of a device's tensor, without autograd history. Reading it waits for the
    /// device.
    var onHost: Tensor { isOnHost || !hasElements ? self : noGrad { detach().to(.cpu) } }

    /// Returns the truth of a tensor with one element, or `unknown` if there is no data to look at. In a vmap, examples
    /// that differ are found: with `unknown` true, it must be true for all of them, else for one.
    func isTrue(ifUnknown unknown: Bool) -> Bool {
        if hasElements { return itemScalar().boolValue }
        guard raw.storage.isBatched, dtype == .bool else { return unknown }
        let examples = ofAllExamples.toArray(as: Bool.self)
        return unknown ? examples.allSatisfy { $0 } : examples.contains(true)
    }
}

extension Storage {
    /// Returns whether there are bytes. Raises if there are none.
    func hasData() -> Bool {
        if device.kind != .meta, sparseContents == nil, !isBatched { return true }
        raise(noData)
        return false
    }

    /// Throws if there are no bytes.
    func checkHasData() throws {
        if device.kind == .meta || sparseContents != nil || isBatched { throw noData }
    }

    /// This storage, or a copy on the host of a device's storage. Returns nil, after an error was raised, if that
    /// cannot be made.
    var onHost: Storage? {
        if isOnHost || !hasData() { return self }
        let bytes = Tensor(Strided(storage: self, layout: Layout([byteCount]), dtype: .uint8)).onHost
        return bytes.isVoid ? nil : bytes.storage
    }

    private var noData: TorchError {
        if isBatched { return TorchError(.runtime, BatchLevel.hasNoItem) }
        return sparseContents != nil
            ? TorchError(.runtime, "Cannot access data pointer of Tensor that doesn't have storage")
            : TorchError(.notImplemented, "Cannot copy out of \(device) tensor; no data!")
    }
}
