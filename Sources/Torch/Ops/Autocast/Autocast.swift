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
/// The operators are those of PyTorch's lists. In the lower precision run `linear`, matrix products, convolutions,
/// `prelu` and `scaledDotProductAttention`. On the CPU, in float32 run losses, `prod`, `quantile`, `cdist`, `trace`,
/// `gridSample`, three-dimensional pooling, unpooling, and padding by reflection or replication; in the widest dtype of
/// their operands `cat`, `stack` and `indexCopy`. On CUDA, in float32 run losses, exponentials, logarithms, powers,
/// reciprocals, some trigonometric functions, softmax, sums, products, scans, norms, normalizations and interpolation;
/// in the widest dtype `addcdiv`, `addcmul`, `atan2`, `bilinear`, `cross`, `dot`, `gridSample`, `indexPut`, `tensordot`
/// and `scatterAdd`; and `binaryCrossEntropy` is an error. On the CPU, recurrent layers compute in the dtype of their
/// weights, and their results have PyTorch's dtypes: an LSTM's the lower precision, a GRU's that of its initial state.
/// On CUDA they are left as they are.
/// - Parameters:
///   - device: the CPU or CUDA; operands on other devices are left as they are.
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
        if enabled, !Device.cuda.isAvailable {
            warn("User provided device_type of 'cuda', but CUDA is not available. Disabling")
            dtype = nil
        }
    case .meta:
        raise(.runtime, "User specified an unsupported autocast device_type 'meta'")
        dtype = AutocastState.dtype
    }
    if let wanted = dtype, wanted != .bfloat16, wanted != .float16 {
        let name = device.kind == .cuda ? "CUDA" : "CPU"
        warn(
            "In \(name) autocast, but the target dtype is not supported. Disabling autocast.\n\(name) Autocast only supports dtypes of torch.bfloat16, torch.float16 currently."
        )
        dtype = nil
    }
    let isCached = cacheEnabled ?? isAutocastCacheEnabled()
    return try AutocastState.with(device.kind, dtype, isCached: isCached).asCurrent(body)
}

/// Returns whether operators on a device are cast on this thread. PyTorch: `torch.is_autocast_enabled`.
public func isAutocastEnabled(_ device: Device = .cpu) -> Bool {
    switch device.kind {
    case .cpu: AutocastState.dtype != nil
    case .cuda: AutocastState.cudaDType != nil
    case .meta: false
    }
}

/// Returns the lower precision of autocast: that of the innermost block, otherwise bfloat16 on the CPU and float16 on
/// CUDA. PyTorch: `torch.get_autocast_dtype`.
public func getAutocastDType(_ device: Device = .cpu) -> DType {
    device.kind == .cuda ? AutocastState.cudaDType ?? .float16 : AutocastState.dtype ?? .bfloat16
}

/// Returns whether autocast keeps casts of leaves on this thread. PyTorch: `torch.is_autocast_cache_enabled`.
public func isAutocastCacheEnabled() -> Bool { !st_this_thread().pointee.casts_uncached }

/// Clears the casts that autocast keeps on this thread. The end of the outermost block does this.
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
    /// The dtype of operands on the CPU, and on CUDA; nil leaves them.
    private let cpu: DType?, cuda: DType?

    /// Nil if no operands are cast.
    @inline(__always)
    private init?(cpu: DType?, cuda: DType?) {
        if cpu == nil, cuda == nil { return nil }
        self.cpu = cpu
        self.cuda = cuda
    }

    /// The autocast of an operator that runs in the lower precision; nil if there is none.
    @inline(__always)
    static var lowerPrecision: Autocast? { Autocast(cpu: AutocastState.dtype, cuda: AutocastState.cudaDType) }

    /// The autocast of an operator that runs in the lower precision on CUDA only; nil if there is none.
    @inline(__always)
    static var lowerPrecisionOnCUDA: Autocast? { Autocast(cpu: nil, cuda: AutocastState.cudaDType) }

    /// Whether this thread has autocast. Operators that are not cast, but consist of such that are, run without it.
    @inline(__always)
    static var isOn: Bool { AutocastState.dtype != nil || AutocastState.cudaDType != nil }

    /// The autocast of an operator that runs in float32; nil if there is none.
    @inline(__always)
    static var float32: Autocast? {
        Autocast(
            cpu: AutocastState.dtype == nil ? nil : .float32, cuda: AutocastState.cudaDType == nil ? nil : .float32)
    }

    /// The autocast of an operator that runs in float32 on the CPU only; nil if there is none.
    @inline(__always)
    static var float32OnCPU: Autocast? { AutocastState.dtype == nil ? nil : Autocast(cpu: .float32, cuda: nil) }

    /// The autocast of an operator that runs in float32 on CUDA only; nil if there is none, or if the operand is not
    /// cast.
    @inline(__always)
    static func float32OnCUDA(_ operand: Tensor) -> Autocast? {
        AutocastState.cudaDType == nil || operand.dtype == .float32 || !isEligible(operand, .cuda)
            ? nil : Autocast(cpu: nil, cuda: .float32)
    }

    /// The autocast of an operator that runs in the widest dtype of its operands on the CPU only; nil if there is none.
    @inline(__always)
    static func widest(_ operands: @autoclosure () -> [Tensor]) -> Autocast? {
        guard let lower = AutocastState.dtype else { return nil }
        return Autocast(cpu: widest(of: operands(), lower, .cpu), cuda: nil)
    }

    /// The autocast of an operator that runs in the widest dtype of its operands on CUDA only; nil if there is none.
    @inline(__always)
    static func widestOnCUDA(_ operands: @autoclosure () -> [Tensor]) -> Autocast? {
        guard let lower = AutocastState.cudaDType else { return nil }
        return Autocast(cpu: nil, cuda: widest(of: operands(), lower, .cuda))
    }

    private static func widest(of operands: [Tensor], _ lower: DType, _ kind: Device.Kind) -> DType {
        for operand in operands where isEligible(operand, kind) && operand.dtype != lower {
            if operand.dtype != .float32 {
                raise(.runtime, "Unexpected floating ScalarType in at::autocast::prioritize")
            }
            return .float32
        }
        return lower
    }

    private static func isEligible(_ tensor: Tensor, _ kind: Device.Kind) -> Bool {
        tensor.dtype.isFloatingPoint && tensor.dtype != .float64 && tensor.device.kind == kind
    }

    /// Returns the operand in the operator's dtype.
    func callAsFunction(_ operand: Tensor) -> Tensor {
        let kind = operand.device.kind
        guard let dtype = kind == .cuda ? cuda : cpu, !operand.isVoid, operand.dtype != dtype,
            Autocast.isEligible(operand, kind)
        else { return operand }
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
