import Testing
import Torch

/// Unusual files that PyTorch, NumPy and safetensors read. They are the fixtures of make.py's `make_odd`, with the
/// results of PyTorch 2.15.0, NumPy 2.4.6 and safetensors 0.8.0.
@Suite struct OddCheckpoints {
    @Test(arguments: ["bits.pth", "legacy_bits.pth"]) func conjugatesAndNegatives(name: String) throws {
        let state = try loadStateDict(Fixture.path("odd/\(name)"))
        func numbers(_ name: String) -> [Complex<Double>]? { state[name]?.toArray(as: Complex<Double>.self) }
        #expect(state["conj"]?.isConj() == true && state["neg"]?.isNeg() == true && state["plain"]?.isConj() == false)
        #expect(numbers("plain") == [Complex(1, 2), Complex(3, -4), Complex(5, 6)])
        #expect(numbers("conj") == [Complex(1, -2), Complex(3, 4), Complex(5, -6)])
        #expect(numbers("conj_tail") == [Complex(3, 4), Complex(5, -6)])
        #expect(numbers("neg") == [Complex(-1, -2), Complex(-3, 4), Complex(-5, -6)])
        #expect(numbers("both") == [Complex(-1, 2), Complex(-3, -4), Complex(-5, 6)])
        // The bits say what the memory means; all views share it.
        #expect(state["conj"]?.storage === state["conj_tail"]?.storage)
        #expect(state["conj"]?.storage === state["plain"]?.storage)
    }

    @Test func imaginaryPartOfAConjugate() throws {
        let state = try loadStateDict(Fixture.path("odd/imag.pth"))
        expectEqual(state["imag"], Tensor([-2.0, 4, -6]))
        #expect(state["imag"]?.stride() == [2])
    }

    @Test(arguments: ["protocol3.pth", "legacy_protocol3.pth"]) func protocol3(name: String) throws {
        let value = try load(Fixture.path("odd/\(name)"))
        expectEqual(value["w"]?.tensor, Tensor([0.0, 1, 2]))
        if name == "protocol3.pth" {
            if case .bytes(let raw)? = value["raw"] { #expect(raw == [0, 255]) } else { Issue.record("raw") }
        }
    }

    @Test(arguments: ["storages.pth", "legacy_storages.pth"]) func bareStorages(name: String) throws {
        let state = try loadStateDict(Fixture.path("odd/\(name)"))
        expectEqual(state["typed"], Tensor([0.0, 1, 2]))
        expectEqual(state["half"], Tensor([1.0, 1], dtype: .float16))
        if name == "storages.pth" { expectEqual(state["bytes"], Tensor([1, 0, 2, 0] as [UInt8])) }
    }

    /// The deepest lists that PyTorch pickles, also on a thread with a stack of half a megabyte.
    @Test func deepLists() throws {
        func depth(_ value: StateValue) -> Int {
            var depth = 0
            var inner: StateValue? = value
            while let list = inner?.list {
                depth += 1
                inner = list.first
            }
            return depth
        }
        #expect(depth(try load(Fixture.path("odd/deep.pth"))) == 497)
        let folder = TemporaryFolder()
        var deep: StateValue = []
        for _ in 1..<1000 { deep = [deep] }
        try save(deep, to: folder.path + "a.pth")
        #expect(depth(try load(folder.path + "a.pth")) == 1000)
        #expect(message { try save([deep], to: folder.path + "b.pth") }.contains("nested more than 1000 deep"))
        var map: StateMap = [:]
        for _ in 0..<1000 { map = ["a": .tuple([.dict(map)])] }
        #expect(message { try save(map, to: folder.path + "b.pth") }.contains("nested more than 1000 deep"))
        #expect(folder.names == ["a.pth"])
    }
}

@Suite struct OddArrays {
    private static func file(_ descr: String, _ elements: [UInt8], in folder: TemporaryFolder) -> String {
        let header = Array("{'descr': \(descr), 'fortran_order': False, 'shape': (1,), }\n".utf8)
        Fixture.write(
            [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.count), 0] + header + elements, to: folder.path + "a.npy"
        )
        return folder.path + "a.npy"
    }

    @Test func firstOfTwo() throws {
        expectEqual(try loadNpy(Fixture.path("odd/two.npy")), Tensor([0.0, 1, 2], dtype: .float64))
    }

    /// The dtype that `np.load` finds for each `descr`.
    private static let types: [(String, DType)] = [
        ("f4", .float32), ("float32", .float32), ("single", .float32), ("f", .float32), ("<f", .float32),
        ("|f4", .float32), ("=f4", .float32),
        ("d", .float64), ("float", .float64), ("double", .float64), ("e", .float16), ("half", .float16), ("?", .bool),
        ("bool", .bool), (">?", .bool),
        ("<b1", .bool), ("b", .int8), ("byte", .int8), ("B", .uint8), (">u1", .uint8), ("ubyte", .uint8), ("h", .int16),
        ("short", .int16), ("i", .int32),
        ("intc", .int32), ("l", .int64), ("int", .int64), ("q", .int64), ("<p", .int64), ("n", .int64),
        ("F", .complex64), ("c8", .complex64), ("D", .complex128), ("complex", .complex128)
    ]

    @Test(arguments: OddArrays.types) func namesOfTypes(descr: String, dtype: DType) throws {
        let folder = TemporaryFolder()
        let tensor = try loadNpy(OddArrays.file("'\(descr)'", [1] + [UInt8](repeating: 0, count: 15), in: folder))
        #expect(tensor.dtype == dtype && tensor.shape == [1])
    }

    @Test(arguments: [
        "<float32", ">complex64", " f4", "F4", "float_", "bool8", "b8", "i16", "longdouble", "g", "", "<", "<U3", "|S5",
        "<M8[ns]"
    ])
    func namesOfNoType(descr: String) {
        let folder = TemporaryFolder()
        let path = OddArrays.file("'\(descr)'", [UInt8](repeating: 0, count: 16), in: folder)
        #expect(message { try loadNpy(path) }.contains("dtype '\(descr)' is not supported"))
    }

    @Test func otherHeaders() throws {
        let folder = TemporaryFolder()
        expectEqual(try loadNpy(OddArrays.file("'>i'", [0, 0, 1, 2], in: folder)), Tensor([258] as [Int32]))
        expectEqual(try loadNpy(OddArrays.file("u'<i4'", [2, 1, 0, 0], in: folder)), Tensor([258] as [Int32]))
        // If a key occurs twice, Python keeps the last value.
        expectEqual(
            try loadNpy(OddArrays.file("'<f8', 'descr': '<i2'", [2, 1, 0, 0], in: folder)), Tensor([258] as [Int16]))
        // The file has more bytes than the array needs.
        expectEqual(try loadNpy(OddArrays.file("'<i2'", [2, 1, 9], in: folder)), Tensor([258] as [Int16]))
    }
}

@Suite struct OddArchives {
    @Test func oddMembersHideNoOthers() throws {
        let arrays = try loadNpz(Fixture.path("odd/members.npz"))
        #expect(arrays.keys == ["a", "b", "bare", "folder/c", "behind"])
        expectEqual(arrays["a"], Tensor([0.0, 1, 2], dtype: .float64))
        expectEqual(arrays["bare"], Tensor([0.0, 1, 2], dtype: .float64))
        expectEqual(arrays["behind"], Tensor([0.0, 1], dtype: .float64))
        let file = try NpzFile(Fixture.path("odd/members.npz"))
        #expect(
            file.files == [
                "readme.txt", "a", "format", "object", "b", "bare", "folder/", "folder/c", "false", "fields", "none",
                "behind"
            ])
        expectEqual(try file["b"], Tensor([0.0, 1], dtype: .float64))
        expectEqual(try file["b.npy"], Tensor([0.0, 1], dtype: .float64))
        for (name, reason) in [
            ("readme.txt", "'readme.txt' is no .npy file"), ("format", "dtype '<U3'"), ("object", "dtype '|O'"),
            ("folder/", "'folder/' is no .npy file"),
            ("false", "'false.npy' is no .npy file"), ("fields", "structured"), ("none", "'none.npy' is no .npy file"),
            ("x", "x is not a file in the archive")
        ] { #expect(message { try file[name] }.contains(reason), "\(name)") }
    }

    @Test func lastOfTwo() throws {
        let arrays = try loadNpz(Fixture.path("odd/twice.npz"))
        #expect(arrays.keys == ["a", "b"])
        expectEqual(arrays["a"], Tensor([0.0, 1], dtype: .float64))
    }

    @Test func damageIsAnErrorAndHidesNoOthers() throws {
        #expect(
            message { try loadNpz(Fixture.path("odd/cut.npz")) }.contains(
                "'a.npy': 21 bytes of elements, 24 are wanted"))
        let file = try NpzFile(Fixture.path("odd/cut.npz"))
        #expect(message { try file["a"] }.contains("21 bytes of elements, 24 are wanted"))
        expectEqual(try file["b"], Tensor([0.0, 1], dtype: .float64))
    }

    @Test func namesAndMethodsOfOtherPrograms() throws {
        #expect(try loadNpz(Fixture.path("odd/code_page.npz")).keys == ["éß", "b"])
        #expect(try loadNpz(Fixture.path("odd/method.npz")).keys == ["b"])
        #expect(message { try NpzFile(Fixture.path("odd/method.npz"))["a"] }.contains("compressed by method 12"))
    }

    /// `np.savez` without arrays writes only the end of a zip directory, 22 bytes.
    @Test(arguments: [false, true]) func empty(compressed: Bool) throws {
        let folder = TemporaryFolder()
        try saveNpz([:], to: folder.path + "a.npz", compressed: compressed)
        #expect(Fixture.bytes(folder.path + "a.npz") == [0x50, 0x4b, 5, 6] + [UInt8](repeating: 0, count: 18))
        #expect(try loadNpz(folder.path + "a.npz").isEmpty)
        #expect(message { try saveNpz(["a\0b": Tensor(1)], to: folder.path + "b.npz") }.contains("a zero in it"))
        #expect(folder.names == ["a.npz"])
    }
}

@Suite struct OddSafetensors {
    private static let entry = #"{"dtype":"F32","shape":[4],"data_offsets":[0,16]}"#

    private static func file(_ header: String, in folder: TemporaryFolder, data: Int = 16) -> String {
        let length = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) }
        let numbers: [Float] = [1, 2, 3, 4]
        let bytes = numbers.withUnsafeBytes { Array($0.prefix(data)) }
        Fixture.write(length + Array(header.utf8) + bytes, to: folder.path + "a.safetensors")
        return folder.path + "a.safetensors"
    }

    /// Headers that safetensors reads.
    private static let goodHeaders: [String] = [
        #"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16],"note":{"x":[1,-2.5e3,null,true,false,"\u00e9",{},[]],"y":{"z":[[]]}}}}"#,
        #"{"a":{"note":1,"dtype":"F32","shape":[4],"note":2,"data_offsets":[0,16]}}"#,
        #"{"__metadata__":null,"a":\#(entry)}"#, " \n\t{\"a\":\(entry)} ",
        #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":\#(entry)}"#, #"{"a":["F32",[4],[0,16]]}"#,
        #"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16],"x":\#(String(repeating: "[", count: 125))\#(String(repeating: "]", count: 125))}}"#
    ]

    @Test(arguments: OddSafetensors.goodHeaders) func read(header: String) throws {
        let folder = TemporaryFolder()
        let state = try loadSafetensors(OddSafetensors.file(header, in: folder))
        #expect(state.keys == ["a"])
        expectEqual(state["a"], Tensor([1.0, 2, 3, 4]))
    }

    /// Headers that safetensors refuses.
    private static let badHeaders: [(String, String)] = [
        (#"{"a":{"dtype":"F32","dtype":"F32","shape":[4],"data_offsets":[0,16]}}"#, "'a' has the field 'dtype' twice"),
        (#"{"__metadata__":3,"a":\#(entry)}"#, "'{' expected"),
        (#"{"__metadata__":{"k":null},"a":\#(entry)}"#, "expected"),
        (#"{"__metadata__":{},"__metadata__":{},"a":\#(entry)}"#, "'__metadata__' is there twice"),
        ("\u{feff}{\"a\":\(entry)}", "does not begin with '{'"), (#"{"a":{"dtype":"XX"},"a":\#(entry)}"#, "lacks"),
        ("null", "does not begin with '{'"), ("  ", "does not begin with '{'"),
        (#"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16],"x":01}}"#, "begins with 0"),
        (#"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16],"x":1e999}}"#, "out of range"),
        (#"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16],"x":"\ud800"}}"#, "half a character"),
        (#"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16],"x":[1,]}}"#, "a value expected"),
        (#"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16],"x":{"y":1,}}}"#, "expected"),
        (#"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16],"x":}}"#, "a value expected"),
        (#"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16],"x":[1"#, "expected"),
        (#"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16],"x":nul}}"#, "a value expected"),
        (
            #"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16],"x":\#(String(repeating: "[", count: 126))\#(String(repeating: "]", count: 126))}}"#,
            "nested more than 125"
        ),
        (#"{"a":\#(entry),}"#, "expected"), (#"{"a":["F32",[4],[0,16],1]}"#, "']' expected")
    ]

    @Test(arguments: OddSafetensors.badHeaders) func refuse(header: String, what: String) {
        let folder = TemporaryFolder()
        let path = OddSafetensors.file(header, in: folder)
        let text = message { try loadSafetensors(path) }
        #expect(text.hasPrefix(path) && text.contains(what), "\(text)")
    }

    /// If the dtype of one tensor cannot be read, the other tensors can. safetensors' `safe_open` also reads them one
    /// by one.
    @Test func oneByOne() throws {
        let folder = TemporaryFolder()
        let header =
            #"{"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F8_E8M0","shape":[8],"data_offsets":[8,16]}}"#
        let file = try SafetensorsFile(OddSafetensors.file(header, in: folder))
        #expect(file.keys == ["b", "a"] && file.metadata.isEmpty)
        expectEqual(try file.tensor("b"), Tensor([1.0, 2]))
        #expect(message { try file.tensor("a") }.contains("'a' has dtype F8_E8M0, which is not supported"))
        #expect(message { try file.tensor("c") }.contains("no tensor 'c'"))
        #expect(
            message { try loadSafetensors(folder.path + "a.safetensors") }.contains(
                "'a' has dtype F8_E8M0, which is not supported"))
    }
}
