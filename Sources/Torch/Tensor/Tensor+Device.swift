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
    var isOnHost: Bool { Unmanaged.passUnretained(strided.storage)._withUnsafeGuaranteedRef { $0.isOnHost } }

    /// The address of the first element, for callers that have asked `isOnHost`.
    @inline(__always)
    var uncheckedAddress: UnsafeMutableRawPointer {
        strided.storage.pointer + strided.layout.offset * strided.dtype.itemSize
    }

    /// Returns whether the elements can be read by this process. Raises if they cannot.
    func hasData() -> Bool { strided.storage.hasData() }

    /// Returns the truth of a tensor with one element, or `unknown` if there is no data to look at.
    func isTrue(ifUnknown unknown: Bool) -> Bool {
        strided.storage.isOnHost ? itemScalar().boolValue : unknown
    }
}

extension Storage {
    /// Returns whether the memory can be read by this process. Raises if it cannot.
    func hasData() -> Bool {
        if isOnHost { return true }
        raise(noData)
        return false
    }

    /// Throws if the memory cannot be read by this process.
    func checkHasData() throws {
        if !isOnHost { throw noData }
    }

    private var noData: TorchError { TorchError(.notImplemented, "Cannot copy out of \(device) tensor; no data!") }
}
