/// An exception that Python raised.
public struct PythonError: Error, Sendable {
    /// The name of the exception's class, such as `ValueError`.
    public let type: String
    /// The result of `str(exception)`.
    public let message: String
    /// The exception itself.
    public let exception: PythonObject

    /// Takes over Python's current exception.
    /// - Precondition: the caller holds the global lock, and there is an exception.
    static func current(_ python: CPython) -> PythonError {
        var type: ObjectPointer?, value: ObjectPointer?, traceback: ObjectPointer?
        python.fetchError(&type, &value, &traceback)
        python.normalizeError(&type, &value, &traceback)
        defer { python.decRef(traceback) }
        let kind = PythonObject(owning: type ?? python.retained(python.none))
        let exception = PythonObject(owning: value ?? python.retained(python.none))
        return PythonError(
            type: (try? String(kind.attribute("__name__"))) ?? "Exception", message: exception.description,
            exception: exception)
    }
}

extension PythonError: CustomStringConvertible {
    public var description: String { message.isEmpty ? type : "\(type): \(message)" }
}

extension CPython {
    func retained(_ object: ObjectPointer) -> ObjectPointer {
        incRef(object)
        return object
    }
}
