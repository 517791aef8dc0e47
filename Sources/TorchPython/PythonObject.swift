import Torch

/// A reference to a Python object: `try np.arange(6).reshape(2, 3)[0, 1]`.
///
/// Attributes, items and calls look as in Python. Calls throw Python's exceptions. Attributes and items written with
/// `.` and `[]` cannot throw in Swift. A missing attribute or item is therefore a programmer's error, like a wrong
/// shape: it stops the program, or `withError` throws it. `attribute(_:)`, `item(_:)` and the similar methods throw.
@dynamicMemberLookup
@dynamicCallable
public final class PythonObject: @unchecked Sendable {
    /// The `PyObject *`. It is valid as long as this object lives, which `withPointer` makes sure of.
    let pointer: ObjectPointer

    /// Takes over a reference.
    init(owning pointer: ObjectPointer) { self.pointer = pointer }

    /// Takes a new reference.
    init(borrowing pointer: ObjectPointer) {
        let python = CPython.inUse
        self.pointer = python.withGIL { python.retained(pointer) }
    }

    /// Takes over the result of a function of Python's library.
    /// - Precondition: the caller holds the global lock.
    /// - Throws: Python's exception if there is no result.
    convenience init(result: ObjectPointer?) throws {
        guard let result else { throw PythonError.current(.inUse) }
        self.init(owning: result)
    }

    deinit {
        let python = CPython.inUse
        python.withGIL { python.decRef(pointer) }
    }

    /// Calls `body` with the `PyObject *`. The reference still belongs to this object.
    public func withPointer<Result>(_ body: (UnsafeMutableRawPointer) throws -> Result) rethrows -> Result {
        try withExtendedLifetime(self) { try body(pointer) }
    }

    /// Returns a new reference, which the caller takes over.
    func retained() -> ObjectPointer {
        let python = CPython.inUse
        return python.withGIL { python.retained(pointer) }
    }

    private func checked(_ body: (CPython) throws -> ObjectPointer?) throws -> PythonObject {
        let python = CPython.inUse
        return try python.withGIL { try PythonObject(result: body(python)) }
    }

    private func done(_ body: (CPython) throws -> Int32) throws {
        let python = CPython.inUse
        try python.withGIL {
            guard try body(python) == 0 else { throw PythonError.current(python) }
        }
    }
}

// MARK: - Attributes

extension PythonObject {
    /// Returns an attribute. Python: `getattr(object, name)`.
    public func attribute(_ name: String) throws -> PythonObject { try checked { $0.getAttribute(pointer, name) } }

    /// Sets an attribute. Python: `setattr(object, name, value)`.
    public func setAttribute(_ name: String, _ value: any PythonConvertible) throws {
        try done { python in try value.toPython().withPointer { python.setAttribute(pointer, name, $0) } }
    }

    /// Returns whether the object has an attribute. Python: `hasattr(object, name)`.
    public func hasAttribute(_ name: String) -> Bool { (try? attribute(name)) != nil }

    /// An attribute, such as `array.shape`.
    public subscript(dynamicMember name: String) -> PythonObject {
        get { found { try attribute(name) } }
        set { found { try setAttribute(name, newValue) } }
    }

    /// Raises an exception of `body` as a programmer's error.
    private func found(_ body: () throws -> Void) {
        do { try body() } catch { raise(.runtime, "\(error)") }
    }

    private func found(_ body: () throws -> PythonObject) -> PythonObject {
        do {
            return try body()
        } catch {
            raise(.runtime, "\(error)")
            return PythonObject(borrowing: CPython.inUse.none)
        }
    }
}

// MARK: - Items

extension PythonObject {
    /// Returns an item. Several keys make a tuple. Python: `object[key]`.
    public func item(_ keys: any PythonConvertible...) throws -> PythonObject { try item(keys) }

    private func item(_ keys: [any PythonConvertible]) throws -> PythonObject {
        try checked { python in try key(keys).withPointer { python.getItem(pointer, $0) } }
    }

    /// Sets an item. Python: `object[key] = value`.
    public func setItem(_ keys: any PythonConvertible..., to value: any PythonConvertible) throws {
        try setItem(keys, value)
    }

    private func setItem(_ keys: [any PythonConvertible], _ value: any PythonConvertible) throws {
        try done { python in
            let value = try value.toPython()
            return try key(keys).withPointer { key in value.withPointer { python.setItem(pointer, key, $0) } }
        }
    }

    private func key(_ keys: [any PythonConvertible]) throws -> PythonObject {
        keys.count == 1 ? try keys[0].toPython() : try Python.tuple(of: keys)
    }

    /// An item, such as `array[1, 0..<2]`. It can be set: `array[0] = 42`.
    public subscript(_ keys: any PythonConvertible...) -> PythonObject {
        get { found { try item(keys) } }
        set { found { try setItem(keys, newValue) } }
    }
}

// MARK: - Calls

extension PythonObject {
    /// Calls the object with positional arguments.
    @discardableResult
    public func dynamicallyCall(withArguments arguments: [any PythonConvertible]) throws -> PythonObject {
        try checked { python in try Python.tuple(of: arguments).withPointer { python.call(pointer, $0, nil) } }
    }

    /// Calls the object with keyword arguments. Arguments without a label are positional and come first, as in Python.
    @discardableResult
    public func dynamicallyCall(
        withKeywordArguments arguments: KeyValuePairs<String, any PythonConvertible>
    ) throws -> PythonObject {
        try checked { python in
            let positional = try Python.tuple(of: arguments.filter(\.key.isEmpty).map(\.value))
            let named = try Python.dictionary(arguments.filter { !$0.key.isEmpty })
            return positional.withPointer { positional in named.withPointer { python.call(pointer, positional, $0) } }
        }
    }
}

// MARK: - Text

extension PythonObject: CustomStringConvertible, CustomDebugStringConvertible {
    /// The text of the object. Python: `str(object)`.
    public var description: String { text { $0.str(pointer) } }
    /// The text of the object for a programmer. Python: `repr(object)`.
    public var debugDescription: String { text { $0.repr(pointer) } }

    private func text(_ body: (CPython) -> ObjectPointer?) -> String {
        do { return try String(checked(body)) } catch {
            return "<an object whose text cannot be made: \((error as? PythonError)?.type ?? "\(error)")>"
        }
    }
}
