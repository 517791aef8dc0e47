import Torch

// Shares memory between NumPy's arrays and tensors.

extension Tensor {
    /// Creates a tensor that shares the memory of a NumPy array, without a copy. Each sees what the other writes. The
    /// memory lives as long as one of the two. PyTorch: `torch.from_numpy`.
    ///
    /// An object of another framework is shared over DLPack. PyTorch: `torch.from_dlpack`.
    /// - Throws: `TorchError` if the library does not have the dtype, or if the array is read-only, is not aligned, has
    ///   another byte order than this machine, or has a stride that is negative or not a multiple of the element's
    ///   size. `asTensor` and `Tensor(copying:)` copy such arrays.
    public convenience init(sharing array: PythonObject) throws {
        try self.init(
            aliasing: Python.withGIL {
                guard let array = try NumPyArray(array) else { return try Tensor(sharingOverDLPack: array) }
                if let obstacle = array.obstacle { throw obstacle }
                return try array.shared()
            })
    }

    /// Creates a tensor with a copy of the elements of a NumPy array or number. PyTorch: `torch.tensor`.
    /// - Throws: `TorchError` if the library does not have the dtype.
    public convenience init(copying array: PythonObject, dtype: DType? = nil) throws {
        try self.init(
            aliasing: Python.withGIL {
                guard let array = try NumPyArray(NumPyArray.arrayOfNumber(array)) else {
                    let tensor = try Tensor(sharingOverDLPack: array)
                    return tensor.to(dtype ?? tensor.dtype, copy: true)
                }
                // A copy only reads the array, so it may be read-only.
                let tensor = try array.isShareable ? array.shared() : array.copied().shared()
                return tensor.contiguous().to(dtype ?? tensor.dtype, copy: tensor.isContiguous())
            })
    }

    private convenience init(aliasing tensor: Tensor) throws {
        try self.init(
            storage: tensor.storage,
            layout: Layout(tensor.shape.sizes, strides: tensor.stride(), offset: tensor.storageOffset()),
            dtype: tensor.dtype)
    }

    /// Returns a NumPy array that shares the memory of the tensor, without a copy. Each sees what the other writes. The
    /// memory lives as long as one of the two. PyTorch: `Tensor.numpy`.
    /// - Parameter force: if true, also accepts a tensor that requires a gradient or is on another device. The result
    ///   may then be a copy.
    /// - Throws: `TorchError` if the tensor requires a gradient, is not on the CPU, or has a dtype that NumPy does not
    ///   have (bfloat16, complex32).
    public func numpy(force: Bool = false) throws -> PythonObject {
        if force { return try detach().cpu().resolveConj().resolveNeg().numpy() }
        if isVoid { throw TorchError(.value, "numpy: the tensor is void because an operator before failed") }
        if isSparse || isSparseCsr {
            let form = isSparse ? "Sparse" : "SparseCsr"
            throw TorchError(
                .type, "can't convert \(form) layout tensor to numpy. Use Tensor.to_dense() first.")
        }
        if device.kind != .cpu {
            throw TorchError(
                .type,
                "can't convert \(device) device type tensor to numpy. Use Tensor.cpu() to copy the tensor to host memory first."
            )
        }
        if requiresGrad {
            throw TorchError(
                .runtime, "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.")
        }
        if isConj() || isNeg() {
            let (bit, name) = isConj() ? ("conjugate", "conj") : ("negative", "neg")
            throw TorchError(
                .runtime,
                "Can't call numpy() on Tensor that has \(bit) bit set. Use tensor.resolve_\(name)().numpy() instead.")
        }
        guard let typeCode = dtype.numpyTypeCode else {
            throw TorchError(.type, "Got unsupported ScalarType \(dtype.scalarTypeName)")
        }
        // Uses the array interface, because NumPy before 2.0 makes an array from DLPack read-only.
        storage.pin()
        return try Python.withGIL {
            let interface = try Python.dictionary(
                [
                    ("version", 3), ("typestr", typeCode), ("shape", try Python.tuple(of: shape.sizes)),
                    ("strides", try Python.tuple(of: stride().map { $0 * itemSize })),
                    ("data", try Python.tuple(Int(bitPattern: storage.pointer) + storageOffset() * itemSize, false))
                ] as [(String, any PythonConvertible)])
            // NumPy keeps the object that has the interface.
            let owner = try Python.import("types").SimpleNamespace(
                __array_interface__: interface, storage: PythonObject(keeping: storage))
            return try Python.import("numpy").asarray(owner)
        }
    }
}

/// Returns a tensor of the elements of a NumPy array or number. It shares the memory if possible, and copies otherwise.
/// PyTorch: `torch.as_tensor`.
/// - Throws: `TorchError` if the library does not have the dtype.
public func asTensor(_ array: PythonObject, dtype: DType? = nil) throws -> Tensor {
    let tensor: Tensor = try Python.withGIL {
        guard let array = try NumPyArray(NumPyArray.arrayOfNumber(array)) else {
            return try Tensor(sharingOverDLPack: array)
        }
        return try array.obstacle == nil ? array.shared() : Tensor(copying: array.object)
    }
    return dtype.map { tensor.to($0) } ?? tensor
}

extension PythonObject {
    /// Creates a Python object that retains a Swift object.
    /// - Precondition: the caller holds the global lock.
    convenience init(keeping object: AnyObject) throws {
        let python = try CPython.get()
        let kept = Unmanaged.passRetained(object)
        do {
            try self.init(
                result: python.capsule(kept.toOpaque(), nil) { capsule in
                    Unmanaged<AnyObject>.fromOpaque(CPython.inUse.capsulePointer(capsule, nil)!).release()
                })
        } catch {
            kept.release()
            throw error
        }
    }
}

/// The description of a NumPy array's memory.
private struct NumPyArray {
    let object: PythonObject
    private let address: Int
    private let isReadOnly: Bool
    private let sizes: [Int]
    /// The strides in bytes.
    private let strides: [Int]
    private let dtype: DType
    private let isSwapped: Bool

    /// Reads the description. Returns nil for an object of another framework that supports DLPack.
    /// - Throws: PyTorch's TypeErrors if the object is not an array, or no tensor has its dtype.
    init?(_ object: PythonObject) throws {
        let numpy = try Python.import("numpy")
        var array = object
        if !object.isInstance(of: numpy.ndarray) {
            let isNumber = object.isInstance(of: numpy.generic)
            if !isNumber && object.hasAttribute("__dlpack__") { return nil }
            guard !isNumber && object.hasAttribute("__array_interface__") else {
                throw TorchError(.type, "expected np.ndarray (got \(try object.typeName))")
            }
            array = try numpy.asarray(object)
        }
        let interface = try array.attribute("__array_interface__")
        let type = Array(try String(interface.item("typestr")))
        guard type.count >= 3,
            let dtype = DType.allCases.first(where: { $0.numpyTypeCode?.dropFirst() == String(type[1...])[...] })
        else {
            throw TorchError(
                .type,
                "can't convert np.ndarray of type \(try array.attribute("dtype").attribute("type").fullName). The only supported types are: "
                    + "float64, float32, float16, complex64, complex128, int64, int32, int16, int8, uint64, uint32, uint16, uint8, and bool."
            )
        }
        self.object = array
        self.dtype = dtype
        isSwapped = type[0] == (1.littleEndian == 1 ? ">" : "<") && dtype.itemSize > 1
        sizes = try [Int](interface.item("shape"))
        strides = try [Int](array.attribute("strides"))
        let data = try interface.item("data")
        address = try Int(data.item(0))
        isReadOnly = try Bool(data.item(1))
    }

    /// Converts a NumPy number to an array without dimensions. Returns other objects unchanged.
    static func arrayOfNumber(_ object: PythonObject) throws -> PythonObject {
        let numpy = try Python.import("numpy")
        return object.isInstance(of: numpy.generic) ? try numpy.array(object) : object
    }

    /// Whether a tensor can read this memory.
    var isShareable: Bool { formObstacle == nil }

    /// The reason why no tensor can share this memory, although a copy is possible.
    var obstacle: TorchError? {
        formObstacle
            ?? (isReadOnly
                ? TorchError(
                    .value,
                    "the given NumPy array is not writable, and a tensor that shared its memory would be. Copy the array, or make it writable."
                ) : nil)
    }

    private var formObstacle: TorchError? {
        // These are PyTorch's sentences.
        if isSwapped {
            return TorchError(
                .value,
                "given numpy array has byte order different from the native byte order. Conversion between byte orders is currently not supported."
            )
        }
        let taken = zip(sizes, strides).filter { $0.0 > 1 && !sizes.contains(0) }.map(\.1)
        if taken.contains(where: { $0 < 0 }) {
            return TorchError(
                .value,
                "At least one stride in the given numpy array is negative, and tensors with negative strides are not currently supported. "
                    + "(You can probably work around this by making a copy of your array  with array.copy().) ")
        }
        if taken.contains(where: { $0 % dtype.itemSize != 0 }) {
            return TorchError(
                .value,
                "given numpy array strides not a multiple of the element byte size. Copy the numpy array to reallocate the memory."
            )
        }
        if address % min(dtype.itemSize, 8) != 0 && !sizes.contains(0) {
            return TorchError(
                .value, "the given NumPy array is not aligned to its elements. Copy the array to reallocate the memory."
            )
        }
        return nil
    }

    /// Returns the same elements in new memory, in row-major order and the byte order of this machine.
    func copied() throws -> NumPyArray {
        let type = try object.attribute("dtype").newbyteorder("=")
        return try NumPyArray(Python.import("numpy").array(object, dtype: type, order: "C"))!
    }

    /// Returns a tensor that shares the memory and keeps the array alive.
    func shared() throws -> Tensor {
        let array = object
        return try Tensor(
            sharing: UnsafeMutableRawPointer(bitPattern: address), shape: sizes,
            strides: strides.map { $0 / dtype.itemSize }, dtype: dtype
        ) {
            withExtendedLifetime(array) {}
        }
    }
}

extension DType {
    /// The type code of NumPy's array interface in the byte order of this machine, such as `<f4`; nil if NumPy does not
    /// have the dtype.
    var numpyTypeCode: String? {
        if self == .bfloat16 || self == .complex32 || self == .float8_e4m3fn || self == .float8_e5m2 { return nil }
        let kind = self == .bool ? "b" : isComplex ? "c" : isFloatingPoint ? "f" : isSigned ? "i" : "u"
        return (itemSize == 1 ? "|" : 1.littleEndian == 1 ? "<" : ">") + kind + "\(itemSize)"
    }
}

extension PythonObject {
    func isInstance(of type: PythonObject) -> Bool {
        let python = CPython.inUse
        return python.withGIL { type.withPointer { python.isInstance(pointer, $0) == 1 } }
    }

    /// The name of the object's type. It includes the module unless that is `builtins`.
    var typeName: String { get throws { try attribute("__class__").fullName } }

    /// The name of a type. It includes the module unless that is `builtins`.
    var fullName: String {
        get throws {
            let module = try attribute("__module__").description
            let name = try attribute("__qualname__").description
            return module == "builtins" ? name : "\(module).\(name)"
        }
    }
}
