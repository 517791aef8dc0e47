import Torch

/// What can be handed to Python.
public protocol PythonConvertible {
    /// The value as a Python object.
    /// - Throws: `TorchError` where there is no Python, `PythonError` where Python has no memory.
    func toPython() throws -> PythonObject
}

/// What a Python object can be turned into.
public protocol ConvertibleFromPython {
    /// - Throws: `PythonError` where the object is of another kind or does not fit.
    init(_ object: PythonObject) throws
}

extension PythonObject: PythonConvertible, ConvertibleFromPython {
    public func toPython() -> PythonObject { self }
    public convenience init(_ object: PythonObject) { self.init(owning: object.retained()) }
}

/// Makes an object with one function of Python's library.
private func make(_ body: (CPython) -> ObjectPointer?) throws -> PythonObject {
    let python = try CPython.get()
    return try python.withGIL { try PythonObject(result: body(python)) }
}

/// Reads an object; a result that may stand for an exception is looked after.
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
    public func toPython() throws -> PythonObject { try make { $0.fromInt(Int64(self)) } }
    public init(_ object: PythonObject) throws {
        self = Int(try read(object, failure: -1) { python in object.withPointer { python.toInt($0) } })
    }
}

extension Double: PythonConvertible, ConvertibleFromPython {
    public func toPython() throws -> PythonObject { try make { $0.fromDouble(self) } }
    public init(_ object: PythonObject) throws {
        self = try read(object, failure: -1) { python in object.withPointer { python.toDouble($0) } }
    }
}

extension Float: PythonConvertible, ConvertibleFromPython {
    public func toPython() throws -> PythonObject { try Double(self).toPython() }
    public init(_ object: PythonObject) throws { self = Float(try Double(object)) }
}

extension Bool: PythonConvertible, ConvertibleFromPython {
    public func toPython() throws -> PythonObject { try make { $0.fromBool(self ? 1 : 0) } }
    /// Python: `bool(object)`.
    public init(_ object: PythonObject) throws {
        self = try read(object, failure: -1) { python in object.withPointer { python.isTrue($0) } } == 1
    }
}

extension String: PythonConvertible, ConvertibleFromPython {
    public func toPython() throws -> PythonObject {
        var copy = self
        return try make { python in
            copy.withUTF8 { bytes in
                bytes.withMemoryRebound(to: CChar.self) { python.fromUTF8($0.baseAddress, $0.count) }
            }
        }
    }

    /// - Throws: `PythonError` where the object is no `str`; its `description` is what `str(object)` gives.
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
    /// nil is `None`.
    public func toPython() throws -> PythonObject { try self?.toPython() ?? Python.none }
}

extension Range<Int>: PythonConvertible {
    /// Python: `slice(lower, upper)`.
    public func toPython() throws -> PythonObject { try Python.slice(lowerBound, upperBound) }
}

extension Array: PythonConvertible where Element: PythonConvertible {
    public func toPython() throws -> PythonObject { try Python.list(self) }
}

extension Array: ConvertibleFromPython where Element: ConvertibleFromPython {
    /// The elements of a sequence: a list, a tuple, an array's first dimension.
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
    public func toPython() throws -> PythonObject { try Python.dictionary(lazy.map { ($0.key, $0.value) }) }
}

extension Tensor: PythonConvertible {
    /// A NumPy array over the tensor's memory.
    public func toPython() throws -> PythonObject { try numpy() }
}

// MARK: - Literals

/// Literals stand for Python's objects in assignments: `array[0] = 42`. Where there is no Python, they stop the
/// program.
extension PythonObject: ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByStringLiteral, ExpressibleByArrayLiteral
{
    public convenience init(integerLiteral value: Int) { self.init(PythonObject.literal(value)) }
    public convenience init(floatLiteral value: Double) { self.init(PythonObject.literal(value)) }
    public convenience init(booleanLiteral value: Bool) { self.init(PythonObject.literal(value)) }
    public convenience init(stringLiteral value: String) { self.init(PythonObject.literal(value)) }
    public convenience init(arrayLiteral elements: PythonObject...) { self.init(PythonObject.literal(elements)) }

    private static func literal(_ value: some PythonConvertible) -> PythonObject {
        do { return try value.toPython() } catch { fatalError("\(error)") }
    }
}
