/// The Python interpreter of this process. It is loaded and started at its first use, and never stopped.
///
/// Every function can be called on any thread. Each takes Python's global lock for as long as it needs it.
public enum Python {
    /// Imports a module. Python: `import name`.
    /// - Throws: `TorchError` if there is no Python, `PythonError` if the module cannot be imported.
    public static func `import`(_ name: String) throws -> PythonObject {
        let python = try CPython.get()
        return try python.withGIL { try PythonObject(result: python.importModule(name)) }
    }

    /// The module of built-in functions and types: `try Python.builtins.len(x)`.
    public static var builtins: PythonObject { get throws { try Python.import("builtins") } }

    /// Python's `None`.
    public static var none: PythonObject {
        get throws { PythonObject(borrowing: try CPython.get().none) }
    }

    /// Returns Python's `start:stop:step` as an index; nil leaves a part empty. A range such as `0..<2` can be used
    /// directly.
    public static func slice(_ start: Int?, _ stop: Int?, _ step: Int? = nil) throws -> PythonObject {
        let python = try CPython.get()
        return try python.withGIL {
            let parts = try [start, stop, step].map { try $0.toPython() }
            return try withExtendedLifetime(parts) {
                try PythonObject(result: python.slice(parts[0].pointer, parts[1].pointer, parts[2].pointer))
            }
        }
    }

    /// Returns a tuple: `try a.transpose(Python.tuple(1, 0))`.
    public static func tuple(_ elements: any PythonConvertible...) throws -> PythonObject { try tuple(of: elements) }

    /// Like `tuple(_:)`, for the elements of an array.
    public static func tuple(of elements: [any PythonConvertible]) throws -> PythonObject {
        let python = try CPython.get()
        return try python.withGIL {
            let tuple = try PythonObject(result: python.tuple(elements.count))
            for (i, element) in elements.enumerated() {
                // The tuple takes over the reference.
                let element = try element.toPython().retained()
                guard tuple.withPointer({ python.setTupleItem($0, i, element) }) == 0 else {
                    throw PythonError.current(python)
                }
            }
            return tuple
        }
    }

    /// Returns a list. Its elements may have different types.
    public static func list(_ elements: [any PythonConvertible]) throws -> PythonObject {
        let python = try CPython.get()
        return try python.withGIL {
            let list = try PythonObject(result: python.list(elements.count))
            for (i, element) in elements.enumerated() {
                let element = try element.toPython().retained()
                guard list.withPointer({ python.setListItem($0, i, element) }) == 0 else {
                    throw PythonError.current(python)
                }
            }
            return list
        }
    }

    /// Returns a dictionary whose keys are strings.
    public static func dictionary(
        _ items: some Sequence<(key: String, value: any PythonConvertible)>
    ) throws -> PythonObject {
        let python = try CPython.get()
        return try python.withGIL {
            let dictionary = try PythonObject(result: python.dictionary())
            for (key, value) in items {
                let (key, value) = (try key.toPython(), try value.toPython())
                let status = dictionary.withPointer { dictionary in
                    key.withPointer { key in value.withPointer { python.setDictionaryItem(dictionary, key, $0) } }
                }
                guard status == 0 else { throw PythonError.current(python) }
            }
            return dictionary
        }
    }

    /// Runs `body` while holding Python's global lock. No Python code of another thread runs between its steps.
    public static func withGIL<Result>(_ body: () throws -> Result) throws -> Result { try CPython.get().withGIL(body) }
}
