import CTorchKernels
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

extension Device {
    /// The device of new tensors: of the innermost `withDevice`, otherwise the one that `setDefaultDevice` set, which
    /// is the CPU at first. PyTorch: `torch.get_default_device`.
    public static var `default`: Device {
        let inner = st_this_thread().pointee.device
        return Device(code: inner > 0 ? inner - 1 : storedDefaultDevice.load(ordering: .relaxed))
    }
}

/// Returns the device of new tensors. PyTorch: `torch.get_default_device`.
public func getDefaultDevice() -> Device { .default }

/// Sets the device of new tensors, for all threads; nil sets the CPU. PyTorch: `torch.set_default_device`.
public func setDefaultDevice(_ device: Device?) {
    storedDefaultDevice.store((device ?? .cpu).code, ordering: .relaxed)
}

/// Runs `body` with another device of new tensors on this thread. PyTorch: `with torch.device(…):`.
///
/// ```swift
/// let model = withDevice(.meta) { Linear(784, 10) }
/// ```
public func withDevice<Result>(_ device: Device, _ body: () throws -> Result) rethrows -> Result {
    let thread = st_this_thread()
    let outer = thread.pointee.device
    thread.pointee.device = device.code + 1
    defer { thread.pointee.device = outer }
    return try body()
}

private let storedDefaultDevice = Atomic<Int32>(Device.cpu.code)
