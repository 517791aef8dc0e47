import CTorchKernels
import Locks

/// Functions that run when the backward pass of their thread has ended, also if it failed. Passes inside it, which its
/// hooks and steps begin, are parts of it.
/// PyTorch: `torch.autograd.Variable._execution_engine.queue_callback`.
package enum BackwardEnd {
    package typealias Body = (_ hasFailed: Bool) -> Void

    private struct Waiting: @unchecked Sendable {
        var bodies: [UnsafeMutablePointer<st_thread>: [Body]] = [:]
    }

    /// How many functions wait on all threads, so that a pass without any takes no lock.
    private static let count = Atomic<Int>(0)
    private static let waiting = Mutex(Waiting())

    /// Adds a function. It runs once, at the end of the pass that goes on, otherwise of the next one.
    package static func add(_ body: @escaping Body) {
        let entry = Waiting(bodies: [st_this_thread(): [body]])
        waiting.withLock { $0.bodies.merge(entry.bodies) { $0 + $1 } }
        count.wrappingAdd(1, ordering: .relaxed)
    }

    /// Runs this thread's functions.
    @inline(__always)
    static func run(hasFailed: Bool) {
        if count.load(ordering: .relaxed) > 0 { runAll(hasFailed) }
    }

    @inline(never)
    private static func runAll(_ hasFailed: Bool) {
        let thread = st_this_thread()
        let taken = waiting.withLock { Waiting(bodies: [thread: $0.bodies.removeValue(forKey: thread) ?? []]) }
        for body in taken.bodies[thread] ?? [] {
            count.wrappingSubtract(1, ordering: .relaxed)
            body(hasFailed)
        }
    }
}
