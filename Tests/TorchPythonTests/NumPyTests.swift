import Testing
import Torch
import TorchPython

@Suite(.needsNumPy) struct NumPyTests {
    let np: PythonObject
    init() throws { np = try Python.import("numpy") }

    static let dtypes = DType.allCases.filter { ![.bfloat16, .complex32, .float8_e4m3fn, .float8_e5m2].contains($0) }

    @Test(arguments: dtypes) func bothSidesSeeWhatEitherWrites(_ dtype: DType) throws {
        let array = try np.zeros([2, 3], dtype: dtype.name)
        let tensor = try Tensor(sharing: array)
        #expect(tensor.dtype == dtype && tensor.shape == [2, 3] && tensor.stride() == [3, 1])
        array[0, 1] = 1
        tensor[1, 2] = 1
        #expect(tensor.toArray(as: Double.self) == [0, 1, 0, 0, 0, 1])
        #expect(try [Double](array.real.ravel()) == [0, 1, 0, 0, 0, 1])

        let back = try tensor.numpy()
        #expect("\(back.dtype)" == dtype.name && "\(back.shape)" == "(2, 3)")
        back[0, 0] = 1
        #expect(tensor.toArray(as: Double.self) == [1, 1, 0, 0, 0, 1])
        #expect(try [Double](array.real.ravel()) == [1, 1, 0, 0, 0, 1])
        #expect(try Bool(np.shares_memory(array, back)))
    }

    @Test func stridesAndOffsetsAreKept() throws {
        let base = try np.arange(24).reshape(4, 6)
        let part = base.T[1..<5, 1..<3]
        let tensor = try Tensor(sharing: part)
        #expect(
            tensor.shape == [4, 2] && tensor.stride() == [1, 6]
                && tensor.toArray(as: Int.self) == [7, 13, 8, 14, 9, 15, 10, 16])
        tensor[3, 1] = -1
        #expect(try Int(base[2, 4]) == -1)
        let stepped = try Tensor(sharing: base[Python.slice(nil, nil, 2), Python.slice(1, nil, 3)])
        #expect(stepped.stride() == [12, 3] && stepped.toArray(as: Int.self) == [1, 4, 13, -1])

        let view = Tensor.arange(12).reshape(3, 4).t().slice(0, 1, 3)
        let array = try view.numpy()
        #expect(
            try "\(array.shape) \(array.strides)" == "(2, 3) (8, 32)"
                && "\(array.tolist())" == "[[1, 5, 9], [2, 6, 10]]")
        let expanded = try Tensor.ones(1, 3).expand(4, 3).numpy()
        #expect(try "\(expanded.strides)" == "(0, 4)" && Double(expanded.sum()) == 12)
    }

    @Test func scalarsAndEmptyArrays() throws {
        #expect(try Tensor(sharing: np.array(2.5)).item() == 2.5)
        #expect("\(try Tensor(7).numpy())" == "7")
        #expect(try Tensor(sharing: np.zeros([0, 3])).shape == [0, 3])
        #expect("\(try Tensor.zeros(2, 0).numpy().shape)" == "(2, 0)")
        #expect(try Tensor(sharing: np.arange(5)[Python.slice(3, 3, -1)]).numel() == 0)
    }

    @Test func whoeverLivesLongerKeepsTheMemory() throws {
        let gc = try Python.import("gc")
        // The tensor outlives the array.
        let weakref = try Python.import("weakref")
        var array: PythonObject? = try np.full(100_000, 3.0)
        let observer = try weakref.ref(array!)
        var tensor: Tensor? = try Tensor(sharing: array!)
        let view = tensor!.slice(0, 10)
        array = nil
        tensor = nil
        try gc.collect()
        #expect(try "\(observer())" != "None")
        #expect(view.sum().item() == 3 * 99_990)

        // The array outlives the tensor, and so does an array made from it.
        let before = memoryAllocated()
        var made: Tensor? = Tensor.full([1 << 20], 5)
        var shared: PythonObject? = try made!.numpy()[0..<1000]
        made = nil
        #expect(memoryAllocated() - before >= 4 << 20)
        #expect(try Double(shared!.sum()) == 5000)
        shared = nil
        try gc.collect()
        #expect(memoryAllocated() - before < 4 << 20)
    }

    @Test func theLastReferenceReleasesTheArray() throws {
        let weakref = try Python.import("weakref")
        let observer: PythonObject
        do {
            let array = try np.ones(10)
            observer = try weakref.ref(array)
            _ = try Tensor(sharing: array).add(1)
        }
        #expect(try "\(observer())" == "None")
    }

    @Test func whatCannotBeSharedIsCopiedOrRefused() throws {
        func refusal(_ array: PythonObject) -> String {
            do {
                _ = try Tensor(sharing: array)
                return "no error"
            } catch { return "\((error as? TorchError)?.kind.rawValue ?? "?"): \(error)" }
        }
        func copies(_ array: PythonObject) throws -> Bool {
            let tensor = try asTensor(array)
            #expect(try tensor.toArray(as: Double.self) == [Double](array.ravel()))
            #expect(try Tensor(copying: array).toArray(as: Double.self) == [Double](array.ravel()))
            return try !Bool(np.may_share_memory(tensor.numpy(), array))
        }
        let plain = try np.arange(6, dtype: "float32").reshape(2, 3)
        #expect(refusal(plain) == "no error")
        #expect(try !copies(plain))

        let negative = try plain[Python.slice(nil, nil, -1)]
        #expect(
            refusal(negative).hasPrefix(
                "ValueError: At least one stride in the given numpy array is negative, and tensors with negative strides are not currently supported."
            ))
        #expect(try copies(negative))
        let swapped = try plain.astype(">f4")
        #expect(
            refusal(swapped)
                == "ValueError: given numpy array has byte order different from the native byte order. Conversion between byte orders is currently not supported."
        )
        #expect(try copies(swapped))
        let packed = try np.zeros(3, dtype: [Python.tuple("a", "i1"), Python.tuple("b", "f4")])["b"]
        #expect(
            refusal(packed)
                == "ValueError: given numpy array strides not a multiple of the element byte size. Copy the numpy array to reallocate the memory."
        )
        #expect(try copies(packed))
        let unaligned = try np.frombuffer(Python.builtins.bytearray(17), dtype: "f4", offset: 1)
        #expect(refusal(unaligned).hasPrefix("ValueError: the given NumPy array is not aligned"))
        #expect(try copies(unaligned))
        let readOnly = try np.arange(4)
        readOnly.flags.writeable = false
        #expect(refusal(readOnly).hasPrefix("ValueError: the given NumPy array is not writable"))
        #expect(try copies(readOnly))
        let number = try np.float64(2.5)
        #expect(refusal(number) == "TypeError: expected np.ndarray (got numpy.float64)")
        #expect(try asTensor(number).item() == 2.5 && Tensor(copying: number).dim == 0)

        #expect(refusal([1, 2]) == "TypeError: expected np.ndarray (got list)")
        #expect(refusal(3) == "TypeError: expected np.ndarray (got int)")
        let supported =
            ". The only supported types are: float64, float32, float16, complex64, complex128, int64, int32, int16, int8, uint64, uint32, uint16, uint8, and bool."
        for (dtype, name) in [
            ("object", "object_"), ("U3", "str_"), ("datetime64[s]", "datetime64"), ("i4,f4", "void"),
            ("longdouble", nil)
        ] as [(String, String?)] {
            let array = try np.zeros(2, dtype: dtype)
            let name = try name ?? "\(array.dtype.type.attribute("__name__"))"
            #expect(refusal(array) == "TypeError: can't convert np.ndarray of type numpy.\(name)\(supported)")
        }
    }

    @Test func asTensorConvertsWhereAskedTo() throws {
        let array = try np.arange(4)
        let same = try asTensor(array, dtype: .int64), other = try asTensor(array, dtype: .float32)
        array[0] = 9
        #expect(
            same.toArray(as: Int.self) == [9, 1, 2, 3] && other.dtype == .float32
                && other.toArray(as: Int.self) == [0, 1, 2, 3])
        let copy = try Tensor(copying: array), converted = try Tensor(copying: array.reshape(2, 2).T, dtype: .float64)
        array[0] = 5
        #expect(
            copy.toArray(as: Int.self) == [9, 1, 2, 3] && converted.toArray(as: Int.self) == [9, 2, 1, 3]
                && converted.isContiguous())
    }

    @Test func numpyRefusesAsPyTorchDoes() throws {
        let recorded = Tensor.ones(2, requiresGrad: true)
        #expect(
            throws: TorchError(
                .runtime, "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.")
        ) { try recorded.numpy() }
        #expect(throws: TorchError(.type, "Got unsupported ScalarType BFloat16")) {
            try Tensor.ones(2, dtype: .bfloat16).numpy()
        }
        #expect("\(try recorded.numpy(force: true))" == "[1. 1.]")
        // The error thrown is that of the first failure.
        #expect(throws: TorchError(.runtime, "shape '[3]' is invalid for input of size 2")) {
            try withError { try Tensor.ones(2).view(3).numpy() }
        }
        #expect("\(try recorded.detach().numpy())" == "[1. 1.]")
    }

    @Test func sharedMemoryStaysWhereItIs() throws {
        let tensor = Tensor.arange(4)
        let array = try tensor.numpy()
        #expect(throws: TorchError(.runtime, "Trying to resize storage that is not resizable")) {
            try withError { tensor.resize_(1000) }
        }
        #expect("\(array)" == "[0 1 2 3]")
    }

    @Test func tensorsAreArgumentsOfNumPy() throws {
        let tensor = Tensor.arange(6).reshape(2, 3)
        #expect("\(try np.sum(tensor, axis: 0))" == "[3 5 7]")
        try np.negative(tensor, out: tensor)
        #expect(tensor.toArray(as: Int.self) == [0, -1, -2, -3, -4, -5])
    }

    @Test func dlpackGoesBothWays() throws {
        let tensor = Tensor.arange(6, dtype: .float32).reshape(2, 3)
        let array = try np.from_dlpack(tensor.dlpack())
        tensor[0, 0] = 8
        #expect("\(try array.tolist())" == "[[8.0, 1.0, 2.0], [3.0, 4.0, 5.0]]")

        // An object that supports only DLPack.
        let source = try np.arange(4)
        let object = try Python.import("types").SimpleNamespace(
            __dlpack__: source.attribute("__dlpack__"), __dlpack_device__: source.attribute("__dlpack_device__"))
        let shared = try Tensor(sharing: object)
        shared[1] = 70
        #expect("\(source)" == "[ 0 70  2  3]")
        #expect(throws: TorchError(.runtime, "Can't export tensors that require gradient, use tensor.detach()")) {
            try Tensor.ones(2, requiresGrad: true).dlpack()
        }

        // If nobody opens the capsule, it releases the tensor.
        let before = memoryAllocated()
        do {
            let large = Tensor.zeros(1 << 20)
            let capsule = try large.dlpack().attribute("__dlpack__")()
            #expect(capsule.debugDescription.hasPrefix("<capsule object \"dltensor\""))
        }
        #expect(memoryAllocated() - before < 4 << 20)
    }

    @Test func threadsShareAndRelease() async throws {
        let total = try await withThrowingTaskGroup(of: Double.self) { group in
            for i in 0..<8 {
                group.addTask {
                    let np = try Python.import("numpy")
                    var sum = 0.0
                    for j in 0..<50 {
                        let array = try np.full(1000, i)
                        let tensor = try Tensor(sharing: array)
                        tensor.select(0, j).fill_(j)
                        sum += try Double(tensor.mul(2).numpy().sum()) - Double(2 * j)
                    }
                    return sum
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(total == 50 * 2 * 999 * 28)
    }
}
