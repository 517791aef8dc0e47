import CTorchKernels

/// A thread's autocast: the dtype of operators that are quicker in a lower precision, or nil if there is none.
struct AutocastState {
    private let dtype: UInt8, isUncached: Bool

    /// The state of this thread.
    static var current: AutocastState {
        let thread = st_this_thread()
        return AutocastState(dtype: thread.pointee.autocast, isUncached: thread.pointee.casts_uncached)
    }

    /// Creates a state. A nil `dtype` is none.
    init(dtype: DType?, isCached: Bool) {
        self.init(dtype: dtype.map { $0.rawValue + 1 } ?? 0, isUncached: !isCached)
    }

    private init(dtype: UInt8, isUncached: Bool) {
        self.dtype = dtype
        self.isUncached = isUncached
    }

    /// The dtype of this thread's autocast; nil if there is none.
    @inline(__always)
    static var dtype: DType? {
        let code = st_this_thread().pointee.autocast
        return code == 0 ? nil : DType(rawValue: code - 1)
    }

    /// Forgets the casts that this thread keeps.
    static func clearCasts() {
        let thread = st_this_thread()
        guard let casts = thread.pointee.casts else { return }
        thread.pointee.casts = nil
        Unmanaged<AnyObject>.fromOpaque(casts).release()
    }

    /// Runs `body` in this state, as a block of autocast. The end of the outermost block forgets the casts.
    func asCurrent<Result>(_ body: () throws -> Result) rethrows -> Result {
        let thread = st_this_thread()
        let outer = AutocastState.current
        thread.pointee.autocast = dtype
        thread.pointee.casts_uncached = isUncached
        thread.pointee.autocast_nesting += 1
        defer {
            thread.pointee.autocast_nesting -= 1
            if thread.pointee.autocast_nesting == 0 { AutocastState.clearCasts() }
            thread.pointee.autocast = outer.dtype
            thread.pointee.casts_uncached = outer.isUncached
        }
        return try body()
    }

    /// Runs `body` without autocast. Operators that autocast has cast run so.
    @inline(__always)
    static func off<Result>(_ body: () throws -> Result) rethrows -> Result {
        let thread = st_this_thread()
        let outer = thread.pointee.autocast
        thread.pointee.autocast = 0
        defer { thread.pointee.autocast = outer }
        return try body()
    }
}
