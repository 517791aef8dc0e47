@_spi(Interop) import Torch

// NumPy's arrays and this library's tensors over the same memory.

extension Tensor {
    /// A tensor over the memory of a NumPy array, without a copy: both see what either writes, and whoever lives longer
    /// keeps the memory. PyTorch: `torch.from_numpy`.
    ///
    /// An object of another framework is shared over DLPack. PyTorch: `torch.from_dlpack`.
    /// - Throws: `TorchError` where there is no such dtype here, and where the array is read-only, has a negative
    /// -   stride or one that is no multiple of the element's size, is not
    ///   aligned, or has another machine's byte order: `asTensor` or `Tensor(copying:)` make a copy of such arrays.
    public convenience init(sharing array: PythonObject) throws {
        try self.init(
            aliasing: Python.withGIL {
                guard let array = try NumPyArray(array) else { return try Tensor(sharingOverDLPack: array) }
                if let obstacle = array.obstacle { throw obstacle }
                return try array.shared()
            })
    }

    /// A tensor with a copy of the elements of a NumPy array or number. PyTorch: `torch.tensor`.
    /// - Throws: `TorchError` where there is no such dtype here.
    public convenience init(copying array: PythonObject, dtype: DType? = nil) throws {
        try self.init(
            aliasing: Python.withGIL {
                guard let array = try NumPyArray(NumPyArray.arrayOfNumber(array)) else {
                    let tensor = try Tensor(sharingOverDLPack: array)
                    return tensor.to(dtype ?? tensor.dtype, copy: true)
                }
                // What is only read may be read-only.
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

    /// A NumPy array over the tensor's memory, without a copy: both see what either writes, and whoever lives longer
    /// keeps the memory. PyTorch: `Tensor.numpy`.
    /// - Parameter force: also for a tensor that requires a gradient or lies on another device, in which case it may be
    /// -   a copy.
    /// - Throws: `TorchError` where the tensor requires a gradient, is not on the CPU, or is of a dtype that NumPy has
    /// -   not (bfloat16, complex32).
    public func numpy(force: Bool = false) throws -> PythonObject {
        if force { return try detach().cpu().numpy() }
        if isVoid { throw TorchError(.value, "numpy: the tensor is void because an operator before failed") }
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
        guard let typeCode = dtype.numpyTypeCode else {
            throw TorchError(.type, "Got unsupported ScalarType \(dtype.scalarTypeName)")
        }
        // By the array interface: what NumPy before 2.0 gets over DLPack is read-only.
        storage.pin()
        return try Python.withGIL {
            let interface = try Python.dictionary(
                [
                    ("version", 3), ("typestr", typeCode), ("shape", try Python.tuple(of: shape.sizes)),
                    ("strides", try Python.tuple(of: stride().map { $0 * itemSize })),
                    ("data", try Python.tuple(Int(bitPattern: storage.pointer) + storageOffset() * itemSize, false))
                ] as [(String, any PythonConvertible)])
            // NumPy keeps the object that it got the interface from.
            let owner = try Python.import("types").SimpleNamespace(
                __array_interface__: interface, storage: PythonObject(keeping: storage))
            return try Python.import("numpy").asarray(owner)
        }
    }
}

/// A tensor of a NumPy array's or number's elements: over the array's memory where that can be, otherwise with a copy.
/// PyTorch: `torch.as_tensor`.
/// - Throws: `TorchError` where there is no such dtype here.
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
    /// A Python object that keeps a Swift object.
    /// - Precondition: the lock is held.
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

/// What a NumPy array says of its memory.
private struct NumPyArray {
    let object: PythonObject
    private let address: Int
    private let isReadOnly: Bool
    private let sizes: [Int]
    /// In bytes.
    private let strides: [Int]
    private let dtype: DType
    private let isSwapped: Bool

    /// Nil for an object of another framework that speaks DLPack.
    /// - Throws: PyTorch's TypeErrors for what is no array, and for dtypes that no tensor has.
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

    /// NumPy's numbers as arrays without a dimension; everything else as it is.
    static func arrayOfNumber(_ object: PythonObject) throws -> PythonObject {
        let numpy = try Python.import("numpy")
        return object.isInstance(of: numpy.generic) ? try numpy.array(object) : object
    }

    /// Whether a tensor can read this memory.
    var isShareable: Bool { formObstacle == nil }

    /// Why no tensor can share this memory though it could have a copy.
    var obstacle: TorchError? {
        formObstacle
            ?? (isReadOnly
                ? TorchError(
                    .value,
                    "the given NumPy array is not writable, and a tensor that shared its memory would be. Copy the array, or make it writable."
                ) : nil)
    }

    private var formObstacle: TorchError? {
        // PyTorch's sentences.
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

    /// The same elements in fresh memory, in row-major order and this machine's byte order.
    func copied() throws -> NumPyArray {
        let type = try object.attribute("dtype").newbyteorder("=")
        return try NumPyArray(Python.import("numpy").array(object, dtype: type, order: "C"))!
    }

    /// A tensor over the memory, which keeps the array.
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
    /// The type code of NumPy's array interface in this machine's byte order: `<f4`; nil where NumPy has no such dtype.
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

    /// The name of the object's type, with its module where that is not Python's own.
    var typeName: String { get throws { try attribute("__class__").fullName } }

    /// A type's name with its module.
    var fullName: String {
        get throws {
            let module = try attribute("__module__").description
            let name = try attribute("__qualname__").description
            return module == "builtins" ? name : "\(module).\(name)"
        }
    }
}
