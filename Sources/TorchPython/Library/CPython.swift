#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif
import Torch

/// A `PyObject *`.
typealias ObjectPointer = UnsafeMutableRawPointer

/// The functions of Python's library that this module uses. All belong to the stable ABI and are looked up at run time.
final class CPython: @unchecked Sendable {
    typealias Unary = @convention(c) (ObjectPointer?) -> ObjectPointer?
    typealias Binary = @convention(c) (ObjectPointer?, ObjectPointer?) -> ObjectPointer?
    typealias Store = @convention(c) (ObjectPointer?, ObjectPointer?, ObjectPointer?) -> Int32
    typealias Name = UnsafePointer<CChar>
    typealias CapsuleDestructor = @convention(c) (ObjectPointer?) -> Void

    /// The library, opened and initialized once.
    static let loaded = Result { try CPython() }

    static func get() throws -> CPython { try loaded.get() }

    /// The library, for code that already has a Python object and so a loaded library.
    static var inUse: CPython {
        guard case .success(let python) = loaded else { fatalError("a Python object without Python") }
        return python
    }

    let incRef: @convention(c) (ObjectPointer?) -> Void
    let decRef: @convention(c) (ObjectPointer?) -> Void
    let ensureGIL: @convention(c) () -> Int32
    let releaseGIL: @convention(c) (Int32) -> Void

    let importModule: @convention(c) (Name) -> ObjectPointer?
    let getAttribute: @convention(c) (ObjectPointer?, Name) -> ObjectPointer?
    let setAttribute: @convention(c) (ObjectPointer?, Name, ObjectPointer?) -> Int32
    let getItem: Binary
    let setItem: Store
    let call: @convention(c) (ObjectPointer?, ObjectPointer?, ObjectPointer?) -> ObjectPointer?
    let str: Unary
    let repr: Unary
    let isTrue: @convention(c) (ObjectPointer?) -> Int32
    let isInstance: @convention(c) (ObjectPointer?, ObjectPointer?) -> Int32

    let tuple: @convention(c) (Int) -> ObjectPointer?
    let setTupleItem: @convention(c) (ObjectPointer?, Int, ObjectPointer?) -> Int32
    let list: @convention(c) (Int) -> ObjectPointer?
    let setListItem: @convention(c) (ObjectPointer?, Int, ObjectPointer?) -> Int32
    let dictionary: @convention(c) () -> ObjectPointer?
    let setDictionaryItem: Store
    let slice: @convention(c) (ObjectPointer?, ObjectPointer?, ObjectPointer?) -> ObjectPointer?
    let size: @convention(c) (ObjectPointer?) -> Int
    let sequenceItem: @convention(c) (ObjectPointer?, Int) -> ObjectPointer?

    let fromInt: @convention(c) (Int64) -> ObjectPointer?
    let toInt: @convention(c) (ObjectPointer?) -> Int64
    let fromDouble: @convention(c) (Double) -> ObjectPointer?
    let toDouble: @convention(c) (ObjectPointer?) -> Double
    let fromBool: @convention(c) (Int) -> ObjectPointer?
    let fromUTF8: @convention(c) (Name?, Int) -> ObjectPointer?
    let toUTF8: @convention(c) (ObjectPointer?, UnsafeMutablePointer<Int>) -> Name?

    let errorOccurred: @convention(c) () -> ObjectPointer?
    let fetchError:
        @convention(c) (
            UnsafeMutablePointer<ObjectPointer?>, UnsafeMutablePointer<ObjectPointer?>,
            UnsafeMutablePointer<ObjectPointer?>
        ) -> Void
    let normalizeError:
        @convention(c) (
            UnsafeMutablePointer<ObjectPointer?>, UnsafeMutablePointer<ObjectPointer?>,
            UnsafeMutablePointer<ObjectPointer?>
        ) -> Void
    let setError: @convention(c) (ObjectPointer?, Name) -> Void

    let capsule: @convention(c) (UnsafeMutableRawPointer, Name?, CapsuleDestructor?) -> ObjectPointer?
    let capsulePointer: @convention(c) (ObjectPointer?, Name?) -> UnsafeMutableRawPointer?
    let isCapsule: @convention(c) (ObjectPointer?, Name?) -> Int32
    let setCapsuleName: @convention(c) (ObjectPointer?, Name?) -> Int32
    let function: @convention(c) (UnsafeMutableRawPointer, ObjectPointer?, ObjectPointer?) -> ObjectPointer?

    /// `None`, and the exception that a failed export raises.
    let none: ObjectPointer
    let bufferError: ObjectPointer

    private init() throws {
        let (handle, executable) = try PythonLibrary.open()
        func find<Symbol>(_ name: String, as type: Symbol.Type = Symbol.self) throws -> Symbol {
            guard let address = dlsym(handle, name) else {
                throw TorchError(.runtime, "Python's library has no \(name); version 3.10 or later is wanted")
            }
            return unsafeBitCast(address, to: Symbol.self)
        }
        incRef = try find("Py_IncRef")
        decRef = try find("Py_DecRef")
        ensureGIL = try find("PyGILState_Ensure")
        releaseGIL = try find("PyGILState_Release")
        importModule = try find("PyImport_ImportModule")
        getAttribute = try find("PyObject_GetAttrString")
        setAttribute = try find("PyObject_SetAttrString")
        getItem = try find("PyObject_GetItem")
        setItem = try find("PyObject_SetItem")
        call = try find("PyObject_Call")
        str = try find("PyObject_Str")
        repr = try find("PyObject_Repr")
        isTrue = try find("PyObject_IsTrue")
        isInstance = try find("PyObject_IsInstance")
        tuple = try find("PyTuple_New")
        setTupleItem = try find("PyTuple_SetItem")
        list = try find("PyList_New")
        setListItem = try find("PyList_SetItem")
        dictionary = try find("PyDict_New")
        setDictionaryItem = try find("PyDict_SetItem")
        slice = try find("PySlice_New")
        size = try find("PyObject_Size")
        sequenceItem = try find("PySequence_GetItem")
        fromInt = try find("PyLong_FromLongLong")
        toInt = try find("PyLong_AsLongLong")
        fromDouble = try find("PyFloat_FromDouble")
        toDouble = try find("PyFloat_AsDouble")
        fromBool = try find("PyBool_FromLong")
        fromUTF8 = try find("PyUnicode_FromStringAndSize")
        toUTF8 = try find("PyUnicode_AsUTF8AndSize")
        errorOccurred = try find("PyErr_Occurred")
        fetchError = try find("PyErr_Fetch")
        normalizeError = try find("PyErr_NormalizeException")
        setError = try find("PyErr_SetString")
        capsule = try find("PyCapsule_New")
        capsulePointer = try find("PyCapsule_GetPointer")
        isCapsule = try find("PyCapsule_IsValid")
        setCapsuleName = try find("PyCapsule_SetName")
        function = try find("PyCFunction_NewEx")

        let isInitialized: @convention(c) () -> Int32 = try find("Py_IsInitialized")
        if isInitialized() == 0 {
            // The interpreter's own path, from which the library finds its modules. Later versions of Python find them
            // without it.
            if let executable, let set = dlsym(handle, "Py_SetProgramName"),
                let decode = dlsym(handle, "Py_DecodeLocale")
            {
                let wide = unsafeBitCast(
                    decode, to: (@convention(c) (Name, UnsafeMutablePointer<Int>?) -> UnsafeMutableRawPointer?).self)(
                        executable, nil)
                unsafeBitCast(set, to: (@convention(c) (UnsafeMutableRawPointer?) -> Void).self)(wide)
            }
            // 0: without Python's signal handlers. Control-C stays with the program.
            let initialize: @convention(c) (Int32) -> Void = try find("Py_InitializeEx")
            initialize(0)
            // This thread releases the lock, so that every thread can take it.
            let saveThread: @convention(c) () -> UnsafeMutableRawPointer? = try find("PyEval_SaveThread")
            _ = saveThread()
        }
        none = try find("_Py_NoneStruct")
        bufferError = try find("PyExc_BufferError", as: UnsafePointer<ObjectPointer>.self).pointee
    }

    /// Runs `body` on any thread while holding Python's global lock.
    func withGIL<Result>(_ body: () throws -> Result) rethrows -> Result {
        let state = ensureGIL()
        defer { releaseGIL(state) }
        return try body()
    }
}
