import CTorchKernels

/// Runs `body` with automatic mixed precision: operators that are quicker in a lower precision run in `dtype`, those
/// that need the range of float32 run in float32, and all others in the dtypes of their operands.
/// PyTorch: `torch.autocast`.
///
///     let loss = autocast(.cpu, dtype: .bfloat16) { crossEntropy(model(x), y) }
///     loss.backward()
///
/// The state belongs to the thread. Blocks may be nested, and `enabled: false` switches autocast off inside. float64,
/// other dtypes and other devices are left as they are, and so are in-place operators and those with `out:`. A cast of
/// a leaf that requires a gradient is recorded, so the gradient reaches the leaf, and kept until the outermost block
/// ends.
///
/// The operators are those of PyTorch's lists for the CPU. In the lower precision run `linear`, matrix products of two
/// or more dimensions, convolutions, `prelu` and `scaledDotProductAttention`; in float32 losses, `prod`, `quantile`,
/// `cdist`, `trace`, `gridSample`, three-dimensional pooling, unpooling, and padding by reflection or replication; in
/// the widest dtype of their operands `cat`, `stack` and `indexCopy`. Recurrent layers compute in the dtype of their
/// weights, and their results have PyTorch's dtypes: an LSTM's the lower precision, a GRU's that of its initial state.
/// - Parameters:
///   - device: the CPU; on other devices nothing is cast.
///   - dtype: bfloat16 or float16; nil is `getAutocastDType(device)`.
///   - enabled: whether operators are cast in `body`.
///   - cacheEnabled: whether casts of leaves are kept; nil is as outside.
///   - body: what is computed.
@discardableResult
public func autocast<Result>(
    _ device: Device, dtype: DType? = nil, enabled: Bool = true, cacheEnabled: Bool? = nil,
    _ body: () throws -> Result
) rethrows -> Result {
    var dtype: DType? = enabled ? dtype ?? getAutocastDType(device) : nil
    switch device.kind {
    case .cpu: break
    case .cuda:
        if enabled { warn("User provided device_type of 'cuda', but CUDA is not available. Disabling") }
        // The state of the CPU stays as it is.
        dtype = AutocastState.dtype
    case .meta:
        raise(.runtime, "User specified an unsupported autocast device_type 'meta'")
        dtype = AutocastState.dtype
    }
    if let wanted = dtype, wanted != .bfloat16, wanted != .float16 {
        warn(
            "In CPU autocast, but the target dtype is not supported. Disabling autocast.\nCPU Autocast only supports dtypes of torch.bfloat16, torch.float16 currently."
        )
        dtype = nil
    }
    let state = AutocastState(dtype: dtype, isCached: cacheEnabled ?? isAutocastCacheEnabled())
    return try state.asCurrent(body)
}

/// Returns whether operators on a device are cast on this thread. PyTorch: `torch.is_autocast_enabled`.
public func isAutocastEnabled(_ device: Device = .cpu) -> Bool { device.kind == .cpu && AutocastState.dtype != nil }

/// Returns the lower precision of autocast: that of the innermost block, otherwise bfloat16 on the CPU and float16 on
/// CUDA. PyTorch: `torch.get_autocast_dtype`.
public func getAutocastDType(_ device: Device = .cpu) -> DType {
    device.kind == .cuda ? .float16 : AutocastState.dtype ?? .bfloat16
}

/// Returns whether autocast keeps casts of leaves on this thread. PyTorch: `torch.is_autocast_cache_enabled`.
public func isAutocastCacheEnabled() -> Bool { !st_this_thread().pointee.casts_uncached }

/// Forgets the casts that autocast keeps on this thread. The end of the outermost block does this.
/// PyTorch: `torch.clear_autocast_cache`.
public func clearAutocastCache() { AutocastState.clearCasts() }

/// The casts of leaves that a thread keeps.
private final class CastCache {
    /// Also holds the leaf, so that its identity is not used again.
    var casts: [ObjectIdentifier: (leaf: Tensor, version: UInt32, cast: Tensor)] = [:]

    static var current: CastCache {
        let thread = st_this_thread()
        if let box = thread.pointee.casts { return Unmanaged<CastCache>.fromOpaque(box).takeUnretainedValue() }
        let new = CastCache()
        thread.pointee.casts = Unmanaged.passRetained(new).toOpaque()
        return new
    }
}

/// Casts the operands of one operator, which then runs without autocast.
struct Autocast {
    private let dtype: DType

    /// The autocast of an operator that runs in the lower precision; nil if there is none.
    @inline(__always)
    static var lowerPrecision: Autocast? { AutocastState.dtype.map { Autocast(dtype: $0) } }

    /// Whether this thread has autocast. Operators that are not cast, but consist of such that are, run without it.
    @inline(__always)
    static var isOn: Bool { AutocastState.dtype != nil }

    /// The autocast of an operator that runs in float32; nil if there is none.
    @inline(__always)
    static var float32: Autocast? { AutocastState.dtype == nil ? nil : Autocast(dtype: .float32) }

    /// The autocast of an operator that runs in the widest dtype of its operands; nil if there is none.
    @inline(__always)
    static func widest(_ operands: @autoclosure () -> [Tensor]) -> Autocast? {
        guard let lower = AutocastState.dtype else { return nil }
        return Autocast(dtype: widest(of: operands(), lower))
    }

    private static func widest(of operands: [Tensor], _ lower: DType) -> DType {
        for operand in operands where isEligible(operand) && operand.dtype != lower {
            if operand.dtype != .float32 {
                raise(.runtime, "Unexpected floating ScalarType in at::autocast::prioritize")
            }
            return .float32
        }
        return lower
    }

    private static func isEligible(_ tensor: Tensor) -> Bool {
        tensor.dtype.isFloatingPoint && tensor.dtype != .float64 && tensor.device.kind == .cpu
    }

    /// Returns the operand in the operator's dtype.
    func callAsFunction(_ operand: Tensor) -> Tensor {
        if operand.isVoid || operand.dtype == dtype || !Autocast.isEligible(operand) { return operand }
        let keeps =
            dtype != .float32 && operand.dtype == .float32 && operand.requiresGrad && operand.isLeaf
            && operand.base == nil && isAutocastCacheEnabled()
        guard keeps else { return operand.to(dtype) }
        let cache = CastCache.current, id = ObjectIdentifier(operand)
        if let kept = cache.casts[id], kept.leaf === operand, kept.version == operand.storage.version,
            kept.cast.dtype == dtype, kept.cast.requiresGrad || !isGradEnabled()
        {
            return kept.cast
        }
        let cast = operand.to(dtype)
        cache.casts[id] = (operand, operand.storage.version, cast)
        return cast
    }

    /// Like `callAsFunction(_:)`, for an operand that may be absent.
    func callAsFunction(_ operand: Tensor?) -> Tensor? { operand.map { callAsFunction($0) } }

    /// Runs the operator.
    func run<Result>(_ body: (Autocast) -> Result) -> Result { AutocastState.off { body(self) } }
}
