#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif
import Locks
import Torch

/// Work that a device does on a stream of its own. `wait` makes the current stream wait for it; the program goes on.
final class DeviceWork: Work, @unchecked Sendable {
    private let event: CUDAEvent
    private let device: Device
    private let sender: Int
    /// Whether `wait` waits until the work has ended.
    private let waitsForEnd: Bool
    private let isAwaited = Atomic<Bool>(false)

    /// Creates work that ends with an event.
    /// - Parameters:
    ///   - sender: the rank that a receive comes from; -1 for other work.
    ///   - waitsForEnd: whether `wait` waits until the work has ended.
    init(
        _ call: CollectiveCall, _ group: ProcessGroup, event: CUDAEvent, device: Device, sender: Int, waitsForEnd: Bool,
        tensors: [Tensor], completion: @escaping @Sendable () -> Void
    ) {
        self.event = event
        self.device = device
        self.sender = sender
        self.waitsForEnd = waitsForEnd
        super.init(call, group, tensors: tensors, completion: completion)
    }

    /// Makes later work of the current stream wait for this work. With a timeout, or if this is a barrier, waits until
    /// the work has ended.
    @discardableResult
    override func wait(timeout: Double? = nil) -> Bool {
        if let timeout {
            let deadline = ContinuousClock.now + .seconds(timeout)
            while !event.query() {
                guard ContinuousClock.now < deadline else {
                    raise(
                        .runtime,
                        "Timed out waiting \(Int(timeout * 1000))ms for \(call.waitingName) operation to complete")
                    return false
                }
                usleep(200)
            }
        }
        event.wait(.current(device))
        if waitsForEnd { event.synchronize() }
        isAwaited.store(true, ordering: .relaxed)
        complete()
        return true
    }

    override var isCompleted: Bool {
        guard event.query() else { return false }
        complete()
        return true
    }

    override var exception: TorchError? { nil }

    override func result() -> [Tensor] { isAwaited.load(ordering: .relaxed) ? tensors : super.result() }

    override func sourceRank() -> Int { sender }
}
