import Torch

/// A type whose values can be passed to Python.
public protocol PythonConvertible {
    /// Returns the value as a Python object.
    /// - Throws: `TorchError` if there is no Python, `PythonError` if Python has no memory.
    func toPython() throws -> PythonObject
}

/// A type whose values can be made from a Python object.
public protocol ConvertibleFromPython {
    /// Creates a value from a Python object.
    /// - Throws: `PythonError` if the object has another type or its value does not fit.
    init(_ object: PythonObject) throws
}

extension PythonObject: PythonConvertible, ConvertibleFromPython {
    /// Returns the object itself.
    public func toPython() -> PythonObject { self }
    /// Creates another reference to the object.
    public convenience init(_ object: PythonObject) { self.init(owning: object.retained()) }
}

/// Calls a function of Python's library that makes an object.
private func make(_ body: (CPython) -> ObjectPointer?) throws -> PythonObject {
    let python = try CPython.get()
    return try python.withGIL { try PythonObject(result: body(python)) }
}

/// Calls a function of Python's library that reads an object. If it returns `failure`, checks for an exception and
/// throws it.
private func read<Value: Equatable>(_ object: PythonObject, failure: Value, _ body: (CPython) -> Value) throws -> Value
{
    let python = CPython.inUse
    return try python.withGIL {
        let value = body(python)
        if value == failure, python.errorOccurred() != nil { throw PythonError.current(python) }
        return value
    }
}

extension Int: PythonConvertible, ConvertibleFromPython {
    /// Returns a Python `int`.
    public func toPython() throws -> PythonObject { try make { $0.fromInt(Int64(self)) } }
    /// Converts a Python `int`, or an object with `__index__`.
    public init(_ object: PythonObject) throws {
        self = Int(try read(object, failure: -1) { python in object.withPointer { python.toInt($0) } })
    }
}

extension Double: PythonConvertible, ConvertibleFromPython {
    /// Returns a Python `float`.
    public func toPython() throws -> PythonObject { try make { $0.fromDouble(self) } }
    /// Converts a Python `float`, or an object with `__float__`.
    public init(_ object: PythonObject) throws {
        self = try read(object, failure: -1) { python in object.withPointer { python.toDouble($0) } }
    }
}

extension Float: PythonConvertible, ConvertibleFromPython {
    /// Returns a Python `float`.
    public func toPython() throws -> PythonObject { try Double(self).toPython() }
    /// Converts a Python `float`, rounded to float32.
    public init(_ object: PythonObject) throws { self = Float(try Double(object)) }
}

extension Bool: PythonConvertible, ConvertibleFromPython {
    /// Returns a Python `bool`.
    public func toPython() throws -> PythonObject { try make { $0.fromBool(self ? 1 : 0) } }
    /// Creates the truth value of an object. Python: `bool(object)`.
    public init(_ object: PythonObject) throws {
        self = try read(object, failure: -1) { python in object.withPointer { python.isTrue($0) } } == 1
    }
}

extension String: PythonConvertible, ConvertibleFromPython {
    /// Returns a Python `str`.
    public func toPython() throws -> PythonObject {
        var copy = self
        return try make { python in
            copy.withUTF8 { bytes in
                bytes.withMemoryRebound(to: CChar.self) { python.fromUTF8($0.baseAddress, $0.count) }
            }
        }
    }

    /// Creates a string from a `str`. For `str(object)` use `description`.
    /// - Throws: `PythonError` if the object is not a `str`.
    public init(_ object: PythonObject) throws {
        let python = CPython.inUse
        self = try python.withGIL {
            try object.withPointer { pointer in
                var count = 0
                guard let bytes = python.toUTF8(pointer, &count) else { throw PythonError.current(python) }
                return String(decoding: UnsafeRawBufferPointer(start: bytes, count: count), as: UTF8.self)
            }
        }
    }
}

extension Optional: PythonConvertible where Wrapped: PythonConvertible {
    /// Returns `None` for nil.
    public func toPython() throws -> PythonObject { try self?.toPython() ?? Python.none }
}

extension Range<Int>: PythonConvertible {
    /// Returns a slice. Python: `slice(lower, upper)`.
    public func toPython() throws -> PythonObject { try Python.slice(lowerBound, upperBound) }
}

extension Array: PythonConvertible where Element: PythonConvertible {
    /// Returns a Python `list` of the converted elements.
    public func toPython() throws -> PythonObject { try Python.list(self) }
}

extension Array: ConvertibleFromPython where Element: ConvertibleFromPython {
    /// Creates an array from the elements of a sequence: a list, a tuple, the first dimension of an array.
    public init(_ object: PythonObject) throws {
        let python = CPython.inUse
        self = try python.withGIL {
            try object.withPointer { sequence in
                let count = python.size(sequence)
                if count < 0 { throw PythonError.current(python) }
                return try (0..<count).map { try Element(PythonObject(result: python.sequenceItem(sequence, $0))) }
            }
        }
    }
}

extension Dictionary: PythonConvertible where Key == String, Value: PythonConvertible {
    /// Returns a Python `dict` of the converted values.
    public func toPython() throws -> PythonObject { try Python.dictionary(lazy.map { ($0.key, $0.value) }) }
}

extension Tensor: PythonConvertible {
    /// Returns a NumPy array that shares the memory of the tensor.
    public func toPython() throws -> PythonObject { try numpy() }
}

// MARK: - Literals

/// Literals become Python objects in assignments: `array[0] = 42`. If there is no Python, they stop the program.
extension PythonObject: ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByStringLiteral, ExpressibleByArrayLiteral
{
    /// Creates a Python `int` from a literal.
    public convenience init(integerLiteral value: Int) { self.init(PythonObject.literal(value)) }
    /// Creates a Python `float` from a literal.
    public convenience init(floatLiteral value: Double) { self.init(PythonObject.literal(value)) }
    /// Creates a Python `bool` from a literal.
    public convenience init(booleanLiteral value: Bool) { self.init(PythonObject.literal(value)) }
    /// Creates a Python `str` from a literal.
    public convenience init(stringLiteral value: String) { self.init(PythonObject.literal(value)) }
    /// Creates a Python `list` from a literal.
    public convenience init(arrayLiteral elements: PythonObject...) { self.init(PythonObject.literal(elements)) }

    private static func literal(_ value: some PythonConvertible) -> PythonObject {
        do { return try value.toPython() } catch { fatalError("\(error)") }
    }
}
