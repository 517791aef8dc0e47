import CTorchKernels
import Foundation

/// An error with PyTorch's message.
public struct TorchError: Error, Sendable, Equatable {
    /// The PyTorch exception: RuntimeError, IndexError, ValueError, TypeError, NotImplementedError, KeyError,
    /// AssertionError, LinAlgError.
    public enum Kind: String, Sendable {
        /// A RuntimeError.
        case runtime = "RuntimeError"
        /// An IndexError.
        case index = "IndexError"
        /// A ValueError.
        case value = "ValueError"
        /// A TypeError.
        case type = "TypeError"
        /// A NotImplementedError.
        case notImplemented = "NotImplementedError"
        /// A KeyError.
        case key = "KeyError"
        /// An AssertionError.
        case assertion = "AssertionError"
        /// A matrix that has no inverse or no decomposition of the kind asked for. PyTorch: `torch.linalg.LinAlgError`.
        case linAlg = "LinAlgError"
        /// A warning that `setWarnings` turned into an error.
        case warning = "UserWarning"
        /// An error in a file, a download or other external input.
        case file = "FileError"
    }

    /// The PyTorch exception that this error corresponds to.
    public let kind: Kind
    /// PyTorch's error message.
    public let message: String

    /// Creates an error with a kind and a message.
    public init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }
}

extension TorchError: CustomStringConvertible {
    public var description: String { message }
}

/// Runs `body` and throws the first error that an operator raises in it. Outside of `withError`, an error stops the
/// program.
///
/// The error does not exit the body, because Swift cannot unwind it. The failed operator returns a void tensor, and so
/// does every operator that uses this result. After the error, until the end of the block, no tensor is written in
/// place, no random number is drawn and no gradient changes. `throwIfFailed()` exits the body early, before other code
/// uses a result that does not exist.
/// The scope belongs to the calling thread: do not pass tensor work to another thread inside it.
@discardableResult
public func withError<Result>(_ body: () throws -> Result) throws -> Result {
    let thread = st_this_thread()
    let box = ErrorBox()
    let outer = thread.pointee.error_box
    thread.pointee.error_box = Unmanaged.passUnretained(box).toOpaque()
    defer { thread.pointee.error_box = outer }
    let result = Swift.Result { try withExtendedLifetime(box) { try body() } }
    // What a device finds out later belongs to this scope too.
    for (work, queue) in box.lateWork { work.finish(queue) }
    if let first = box.first { throw first }
    return try result.get()
}

/// Throws the first error of the enclosing `withError`, if there is one. It does nothing outside of `withError`.
///
/// ```swift
/// let reply = try withError {
///     let label = model(input).argmax(dim: 1)[0]
///     try throwIfFailed()               // nothing below happens after an error
///     return names[label.item(as: Int.self)]
/// }
/// ```
public func throwIfFailed() throws {
    if let first = ErrorBox.current?.first { throw first }
}

/// A device whose work may turn out to be wrong after it was begun.
protocol LateWork: AnyObject {
    /// Waits for the work of a queue, and raises what was wrong.
    func finish(_ queue: Int)
}

/// Holds the first error of one `withError`.
final class ErrorBox {
    var first: TorchError?
    /// Queues of devices with work that may turn out to be wrong.
    private(set) var lateWork: [(work: any LateWork, queue: Int)] = []

    /// Notes that the end of the scope must wait for a queue.
    func waitsAtEnd(for work: any LateWork, _ queue: Int) {
        if !lateWork.contains(where: { $0.work === work && $0.queue == queue }) { lateWork.append((work, queue)) }
    }

    /// The box of the innermost `withError` on this thread; nil outside of `withError`.
    static var current: ErrorBox? {
        st_this_thread().pointee.error_box.map { Unmanaged<ErrorBox>.fromOpaque($0).takeUnretainedValue() }
    }

    /// Whether an operator has failed in the innermost `withError`. If so, nothing is written until its end.
    @inline(__always)
    static var hasFailed: Bool { st_this_thread().pointee.error_box != nil && current?.first != nil }

    /// The number of errors on this thread. Callers compare it to find out whether an error happened in between.
    static var errorCount: UInt32 { st_this_thread().pointee.error_count }
}

/// Reports a programmer's error: inside `withError` it is recorded, otherwise the program stops with the message.
@inline(never)
package func raise(_ kind: TorchError.Kind, _ message: String) {
    raise(TorchError(kind, message))
}

@inline(never)
func raise(_ error: TorchError) {
    st_this_thread().pointee.error_count &+= 1
    guard let box = ErrorBox.current else {
        // Without this call, printed text could stay in the buffers.
        fflush(nil)
        fatalError("\(error.kind.rawValue): \(error.message)")
    }
    if box.first == nil { box.first = error }
}

extension TorchError {
    /// The error for failed allocations, with PyTorch's message.
    static func outOfMemory(_ byteCount: Int) -> TorchError {
        TorchError(
            .runtime,
            "DefaultCPUAllocator: can't allocate memory: you tried to allocate \(byteCount) bytes. Error code 12 (Cannot allocate memory)"
        )
    }
}
