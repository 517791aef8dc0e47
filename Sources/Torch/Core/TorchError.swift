import CTorchKernels
import Foundation

/// What went wrong, in PyTorch's own sentence.
public struct TorchError: Error, Sendable, Equatable {
    /// PyTorch's exception: RuntimeError, IndexError, ValueError, TypeError, NotImplementedError, KeyError.
    public enum Kind: String, Sendable {
        case runtime = "RuntimeError"
        case index = "IndexError"
        case value = "ValueError"
        case type = "TypeError"
        case notImplemented = "NotImplementedError"
        case key = "KeyError"
        /// A warning that was made an error by `setWarnings`.
        case warning = "UserWarning"
        /// A file, download or other input from outside.
        case file = "FileError"
    }

    public let kind: Kind
    public let message: String

    public init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }
}

extension TorchError: CustomStringConvertible {
    public var description: String { message }
}

/// Runs `body` and throws the first mistake that an operator finds in it. Outside of such a block a mistake stops the
/// program.
///
/// The body is not left at the mistake: Swift cannot unwind it. The failed operator's result is void, and so is
/// whatever is computed from it. After the mistake no tensor is written in place, no number is drawn and no gradient
/// is changed until the end of the block. `throwIfFailed()` leaves the body early, before something else is done with
/// a result that is not there.
/// The scope is the calling thread's: hand no tensor work to another thread inside it.
@discardableResult
public func withError<Result>(_ body: () throws -> Result) throws -> Result {
    let thread = st_this_thread()
    let box = ErrorBox()
    let outer = thread.pointee.error_box
    thread.pointee.error_box = Unmanaged.passUnretained(box).toOpaque()
    defer { thread.pointee.error_box = outer }
    let result = Swift.Result { try withExtendedLifetime(box) { try body() } }
    if let first = box.first { throw first }
    return try result.get()
}

/// Throws the first mistake of the enclosing `withError`, if there was one. Outside of any it does nothing.
///
/// ```swift
/// let reply = try withError {
///     let label = model(input).argmax(dim: 1)[0]
///     try throwIfFailed()               // nothing below happens after a mistake
///     return names[label.item(as: Int.self)]
/// }
/// ```
public func throwIfFailed() throws {
    if let first = ErrorBox.current?.first { throw first }
}

/// The first mistake of one `withError`.
final class ErrorBox {
    var first: TorchError?

    /// The innermost one of this thread; nil outside of any.
    static var current: ErrorBox? {
        st_this_thread().pointee.error_box.map { Unmanaged<ErrorBox>.fromOpaque($0).takeUnretainedValue() }
    }

    /// Whether a mistake was made in the innermost `withError`: then nothing is written any more until its end.
    @inline(__always)
    static var hasFailed: Bool { st_this_thread().pointee.error_box != nil && current?.first != nil }

    /// Grows with each mistake of this thread, so that a caller can tell whether one happened in between.
    static var mistakes: UInt32 { st_this_thread().pointee.mistakes }
}

/// Reports a programmer's mistake: recorded inside `withError`, otherwise the program stops with the sentence.
@inline(never)
@_spi(Interop) public func raise(_ kind: TorchError.Kind, _ message: String) {
    raise(TorchError(kind, message))
}

@inline(never)
func raise(_ error: TorchError) {
    st_this_thread().pointee.mistakes &+= 1
    guard let box = ErrorBox.current else {
        // What was printed before would otherwise stay in the buffers.
        fflush(nil)
        fatalError("\(error.kind.rawValue): \(error.message)")
    }
    if box.first == nil { box.first = error }
}

extension TorchError {
    /// There is no memory, in PyTorch's words.
    static func outOfMemory(_ byteCount: Int) -> TorchError {
        TorchError(
            .runtime,
            "DefaultCPUAllocator: can't allocate memory: you tried to allocate \(byteCount) bytes. Error code 12 (Cannot allocate memory)"
        )
    }
}

/// Reports a mistake and returns the void tensor in the result's place.
@inline(never)
func fail(_ error: TorchError) -> Tensor {
    raise(error)
    return .void
}

@inline(never)
func fail(_ kind: TorchError.Kind = .runtime, _ message: String) -> Tensor {
    raise(kind, message)
    return .void
}

extension Tensor {
    /// Reports a programmer's mistake as the operators do, and returns a void tensor in the result's place.
    /// For operators and transforms of your own.
    public static func failed(_ kind: TorchError.Kind, _ message: String) -> Tensor { fail(kind, message) }
}
