import CTorchKernels

/// Returns whether autograd records the operators on this thread. PyTorch: `torch.is_grad_enabled`.
public func isGradEnabled() -> Bool { !st_this_thread().pointee.grad_disabled }

/// Runs `body` without recording. PyTorch: `torch.no_grad`.
@discardableResult
public func noGrad<Result>(_ body: () throws -> Result) rethrows -> Result {
    try setGradEnabled(false, body)
}

/// Runs `body` with recording, even inside `noGrad`. PyTorch: `torch.enable_grad`.
@discardableResult
public func enableGrad<Result>(_ body: () throws -> Result) rethrows -> Result {
    try setGradEnabled(true, body)
}

/// Runs `body` with recording on or off. PyTorch: `torch.set_grad_enabled` as a context.
@discardableResult
public func setGradEnabled<Result>(_ enabled: Bool, _ body: () throws -> Result) rethrows -> Result {
    let thread = st_this_thread()
    let outer = thread.pointee.grad_disabled
    thread.pointee.grad_disabled = !enabled
    defer { thread.pointee.grad_disabled = outer }
    return try body()
}

/// Recording switched on until `leave`, for generic code that cannot use closures.
struct EnabledGrad {
    private let outer: Bool

    init() {
        outer = st_this_thread().pointee.grad_disabled
        st_this_thread().pointee.grad_disabled = false
    }

    func leave() { st_this_thread().pointee.grad_disabled = outer }
}
