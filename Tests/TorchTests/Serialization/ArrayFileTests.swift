import Testing
import Torch

@Suite struct SafetensorsFiles {
    static func state() -> StateDict {
        var state = StateDict()
        for (i, dtype) in DType.allCases.enumerated() where dtype != .complex128 && dtype != .complex32 {
            state["\(i).\(dtype.name)"] = Fixture.values(dtype)
        }
        state["scalar"] = Tensor(2.5)
        state["empty"] = .zeros(0, 3)
        state["quoted \" \\ \n é"] = Tensor([1.0])
        return state
    }

    @Test func reading() throws {
        let state = try loadSafetensors(Fixture.path("all.safetensors"))
        #expect(state.count == 19)
        for (name, tensor) in SafetensorsFiles.state() { expectEqual(state[name], tensor, name) }
        #expect(try loadSafetensorsMetadata(Fixture.path("all.safetensors")) == ["format": "pt"])
    }

    /// The file is equal to that of safetensors 0.8.0, byte for byte.
    @Test func writing() throws {
        let folder = TemporaryFolder()
        try saveSafetensors(SafetensorsFiles.state(), to: folder.path + "a.safetensors", metadata: ["format": "pt"])
        #expect(Fixture.bytes(folder.path + "a.safetensors") == Fixture.bytes(Fixture.path("all.safetensors")))
        #expect(folder.names == ["a.safetensors"])
    }

    @Test func viewsAreWrittenWhole() throws {
        let folder = TemporaryFolder()
        let matrix = Tensor.arange(6.0).view(2, 3)
        try saveSafetensors(["t": matrix.t(), "e": matrix.select(0, 1).expand(2, 3)], to: folder.path + "a")
        let state = try loadSafetensors(folder.path + "a")
        expectEqual(state["t"], Tensor([0.0, 3, 1, 4, 2, 5], shape: [3, 2]))
        expectEqual(state["e"], Tensor([3.0, 4, 5, 3, 4, 5], shape: [2, 3]))
        #expect(
            message { try saveSafetensors(["__metadata__": matrix], to: folder.path + "b") }.contains(
                "cannot be a tensor's name"))
    }
}

@Suite struct NumPyFiles {
    static let dtypes = DType.allCases.filter { ![.bfloat16, .complex32, .float8_e4m3fn, .float8_e5m2].contains($0) }

    static func arrays() -> [(String, Tensor)] {
        let matrix = Tensor.arange(6.0, dtype: .float64).view(2, 3)
        return dtypes.map { ($0.name, Fixture.values($0)) }
            + [
                ("scalar", Tensor(2.5)), ("empty", .zeros(0, 3)), ("vector", .arange(5)),
                ("fortran", matrix.t().contiguous().t())
            ]
    }

    @Test func reading() throws {
        for (name, tensor) in NumPyFiles.arrays() {
            expectEqual(try loadNpy(Fixture.path("\(name).npy")), tensor, name)
        }
        #expect(try loadNpy(Fixture.path("fortran.npy")).stride() == [1, 2])
        expectEqual(try loadNpy(Fixture.path("big_endian.npy")), Tensor([0, 1, 2, 3, 4, 5] as [Int32], shape: [2, 3]))
        for version in [2, 3] {
            expectEqual(try loadNpy(Fixture.path("version\(version).npy")), Tensor([0.0, 1, 2], dtype: .float64))
        }
    }

    /// The files are equal to those of NumPy 2.4.6, byte for byte.
    @Test func writing() throws {
        let folder = TemporaryFolder()
        for (name, tensor) in NumPyFiles.arrays() {
            let path = folder.path + "\(name).npy"
            try saveNpy(tensor, to: path)
            #expect(Fixture.bytes(path) == Fixture.bytes(Fixture.path("\(name).npy")), "\(name)")
        }
        // Neither row-major nor column-major: the tensor is copied.
        try saveNpy(Tensor.arange(8.0).view(2, 2, 2).transpose(0, 1), to: folder.path + "t.npy")
        expectEqual(try loadNpy(folder.path + "t.npy"), Tensor([0.0, 1, 4, 5, 2, 3, 6, 7], shape: [2, 2, 2]))
    }

    @Test(arguments: ["stored.npz", "deflated.npz"]) func archives(name: String) throws {
        let arrays = try loadNpz(Fixture.path(name))
        #expect(arrays.keys == NumPyFiles.arrays().map(\.0))
        for (name, tensor) in NumPyFiles.arrays() { expectEqual(arrays[name], tensor, name) }
    }

    @Test(arguments: [false, true]) func archivesComeBack(compressed: Bool) throws {
        let folder = TemporaryFolder()
        let path = folder.path + "a.npz"
        var zeros = StateDict(NumPyFiles.arrays())
        zeros["zeros"] = .zeros(100_000)
        try saveNpz(zeros, to: path, compressed: compressed)
        #expect(folder.names == ["a.npz"])
        #expect((Fixture.bytes(path).count < 400_000) == compressed)
        let back = try loadNpz(path)
        #expect(back.keys == zeros.keys)
        for (name, tensor) in zeros { expectEqual(back[name], tensor, name) }
    }
}

@Suite struct StateDictTests {
    @Test func keepsOrder() {
        var state: StateDict = ["b": Tensor(1), "a": Tensor(2)]
        #expect(state.keys == ["b", "a"])
        state["c"] = Tensor(3)
        state["b"] = Tensor(4)
        #expect(state.keys == ["b", "a", "c"])
        #expect(state["b"]?.item() == 4)
        state["a"] = nil
        state["missing"] = nil
        #expect(state.keys == ["b", "c"])
        #expect(state["c"]?.item() == 3)
        #expect(state.map { $0.key } == ["b", "c"])
    }
}
