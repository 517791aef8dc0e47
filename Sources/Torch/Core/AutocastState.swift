import CTorchKernels

/// A thread's autocast, on the CPU and on CUDA: the dtype of operators that are quicker in a lower precision, or none.
struct AutocastState {
    private var cpu: UInt8, cuda: UInt8, isUncached: Bool

    /// The state of this thread.
    static var current: AutocastState {
        let thread = st_this_thread().pointee
        return AutocastState(
            cpu: thread.autocast, cuda: thread.autocast_cuda, isUncached: thread.casts_uncached)
    }

    /// Returns a state that differs from this thread's on one kind of device. A nil `dtype` is none.
    static func with(_ kind: Device.Kind, _ dtype: DType?, isCached: Bool) -> AutocastState {
        var state = current
        let code = dtype.map { $0.rawValue + 1 } ?? 0
        if kind == .cuda { state.cuda = code } else { state.cpu = code }
        state.isUncached = !isCached
        return state
    }

    /// The dtype of this thread's autocast on the CPU; nil if there is none.
    @inline(__always)
    static var dtype: DType? {
        let code = st_this_thread().pointee.autocast
        return code == 0 ? nil : DType(rawValue: code - 1)
    }

    /// The dtype of this thread's autocast on CUDA; nil if there is none.
    @inline(__always)
    static var cudaDType: DType? {
        let code = st_this_thread().pointee.autocast_cuda
        return code == 0 ? nil : DType(rawValue: code - 1)
    }

    /// Clears the casts that this thread keeps.
    static func clearCasts() {
        let thread = st_this_thread()
        guard let casts = thread.pointee.casts else { return }
        thread.pointee.casts = nil
        Unmanaged<AnyObject>.fromOpaque(casts).release()
    }

    /// Runs `body` in this state, as a block of autocast. The end of the outermost block clears the casts.
    func asCurrent<Result>(_ body: () throws -> Result) rethrows -> Result {
        let thread = st_this_thread()
        let outer = AutocastState.current
        thread.pointee.autocast = cpu
        thread.pointee.autocast_cuda = cuda
        thread.pointee.casts_uncached = isUncached
        thread.pointee.autocast_nesting += 1
        defer {
            thread.pointee.autocast_nesting -= 1
            if thread.pointee.autocast_nesting == 0 { AutocastState.clearCasts() }
            thread.pointee.autocast = outer.cpu
            thread.pointee.autocast_cuda = outer.cuda
            thread.pointee.casts_uncached = outer.isUncached
        }
        return try body()
    }

    /// Runs `body` without autocast. Operators that autocast has cast run so.
    @inline(__always)
    static func off<Result>(_ body: () throws -> Result) rethrows -> Result {
        let thread = st_this_thread()
        let (outer, outerCUDA) = (thread.pointee.autocast, thread.pointee.autocast_cuda)
        (thread.pointee.autocast, thread.pointee.autocast_cuda) = (0, 0)
        defer { (thread.pointee.autocast, thread.pointee.autocast_cuda) = (outer, outerCUDA) }
        return try body()
    }
}
