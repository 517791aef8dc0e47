import CTorchKernels

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

/// Runs `body` and throws the first mistake that an operator finds in it, where otherwise the program would stop.
///
/// A failed operator's result is void, whatever is computed from it is void, and an in-place write from it does not happen.
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

private final class ErrorBox {
    var first: TorchError?
}

/// Reports a programmer's mistake: recorded inside `withError`, otherwise the program stops with the sentence.
@inline(never)
@_spi(Interop) public func raise(_ kind: TorchError.Kind, _ message: String) {
    raise(TorchError(kind, message))
}

@inline(never)
func raise(_ error: TorchError) {
    guard let pointer = st_this_thread().pointee.error_box else {
        fatalError("\(error.kind.rawValue): \(error.message)")
    }
    let box = Unmanaged<ErrorBox>.fromOpaque(pointer).takeUnretainedValue()
    if box.first == nil { box.first = error }
}

extension TorchError {
    /// There is no memory, in PyTorch's words.
    static func outOfMemory(_ byteCount: Int) -> TorchError {
        TorchError(.runtime, "DefaultCPUAllocator: can't allocate memory: you tried to allocate \(byteCount) bytes. Error code 12 (Cannot allocate memory)")
    }
}

/// Reports a mistake and gives the void tensor in the result's place.
@inline(never)
func fail(_ kind: TorchError.Kind = .runtime, _ message: String) -> Tensor {
    raise(kind, message)
    return .void
}

extension Tensor {
    /// Reports a programmer's mistake as the operators do: the program stops with the sentence, or inside `withError` the mistake is thrown at its end and this void tensor stands for
    /// the result that could not be had. For operators and transforms of your own.
    public static func failed(_ kind: TorchError.Kind, _ message: String) -> Tensor { fail(kind, message) }
}
