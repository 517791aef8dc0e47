import Synchronization

/// The dtype of new floating-point tensors. PyTorch: `torch.get_default_dtype`.
public var defaultDType: DType {
    DType(rawValue: storedDefaultDType.load(ordering: .relaxed))!
}

/// Sets the dtype of new floating-point tensors. PyTorch: `torch.set_default_dtype`.
/// - Precondition: `dtype` is floating point.
public func setDefaultDType(_ dtype: DType) {
    guard dtype.isFloatingPoint else {
        raise(.type, "only floating-point types are supported as the default type")
        return
    }
    storedDefaultDType.store(dtype.rawValue, ordering: .relaxed)
}

private let storedDefaultDType = Atomic<UInt8>(DType.float32.rawValue)
