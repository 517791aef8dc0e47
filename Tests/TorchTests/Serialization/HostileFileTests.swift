import Testing
import Torch

/// The bad files of the fixtures, and the words that the error must contain besides the file's name.
private enum Bad {
    static let checkpoints: [(String, String)] = [
        ("float8", "['w']: a tensor of dtype torch.float8_e8m0fnu"),
        ("sparse", "size is inconsistent with indices: for dim 0, size is 2 but found index 5"),
        // The sentence is PyTorch's, the overflow in it included.
        (
            "sparse_rows",
            "a sparse tensor: crow_indices.shape[-1] must be equal to the number of rows + 1 (=-9223372036854775808), but got 1"
        ),
        ("quantized", "torch._utils._rebuild_qtensor"),
        ("protocol4", "pickle protocol 4"), ("whole_module", "torch.nn.modules.container.Sequential"),
        ("meta", "_rebuild_meta_tensor_no_storage"), ("numpy_scalar", "numpy"),
        ("complex_number", "__builtin__.complex"), ("evil", "data.pkl': byte 2: 'posix.system'"),
        ("getattr", "__builtin__.getattr"),
        ("opcode", "byte 2: opcode 0x49"), ("no_stop", "ends in the middle"), ("empty_stack", "nothing on the stack"),
        ("memo", "memoized under 5"), ("cycle", "holds itself"),
        ("bomb", "'archive/data.pkl' is compressed and expands to 5000005 bytes"),
        ("dicts", "expands to 4000005 bytes"), ("deep", "nested more than 1000"), ("laughs", "repeat each other"),
        ("long_string", "4294967295 bytes wanted"), ("missing_storage", "no entry 'archive/data/0'"),
        ("short_storage", "has 16 bytes, 20 are wanted"), ("long_storage", "has 16 bytes, 8 are wanted"),
        ("huge_storage", "a storage of 4611686018427387904 elements"),
        ("negative_storage", "a storage of -4 elements"),
        ("size_out_of_range", "reach outside a storage of 4 elements"), ("offset_out_of_range", "reach outside"),
        ("negative_offset", "reach outside"),
        ("huge_offset", "reach outside"), ("negative_size", "impossible sizes"), ("negative_stride", "reach outside"),
        ("huge_stride", "reach outside"), ("overflowing_sizes", "impossible sizes"),
        ("ranks_differ", "1 sizes and 2 strides"), ("many_dimensions", "65 dimensions"),
        ("integer_gradient", "requires a gradient"), ("version", "version '99'"),
        ("byteorder", "byte order 'middle'"), ("torchscript", "TorchScript"), ("no_pickle", "no data.pkl"),
        ("empty", "the file is empty"), ("text", "not a file of torch.save"),
        ("signature", "no directory"), ("cut_short", "no directory"), ("cut_at_end", "no directory"),
        ("prefix", "not a file of torch.save"), ("legacy_cut", "cut short"), ("legacy_magic", "no magic number"),
        ("legacy_tar", "not a file of torch.save"), ("checksum", "'archive/data/0': CRC error"), ("overlap", "overlap"),
        ("lying_size", "out of range"), ("lying_expansion", "claims to hold 2147483648 bytes in 16"),
        ("method", "compressed by method 12"), ("duplicate", "two entries are named 'archive/data/0'")
    ]

    static let safetensors: [(String, String)] = [
        ("float8", "'w' has dtype F8_E8M0"), ("empty", "shorter than a header"),
        ("huge_header", "a header of 9223372036854775808 bytes"), ("long_header", "cut short"),
        ("no_json", "byte 1: '\"' expected"), ("nested", "nested more than 125 deep"),
        ("gap", "'b' begins at byte 12 of the data, 8 expected"), ("overlap", "'b' begins at byte 4"),
        ("left_over", "8 bytes of data, the file has 16"),
        ("cut_short", "32 bytes of data, the file has 16"), ("wrong_size", "takes 12 bytes"),
        ("backwards", "data_offsets are [16, 0]"), ("overflow", "impossible sizes"),
        ("empty_overflow", "reach outside a storage of 0 elements"),
        ("beyond_64_bits", "beyond 64 bits"), ("negative", "non-negative integer"), ("float", "expected"),
        ("dtype", "'a' has dtype X9"), ("missing_field", "lacks"),
        ("duplicate", "'a' begins at byte 8 of the data, 0 expected"),
        ("metadata", "'\"' expected"), ("not_utf8", "not UTF-8"), ("half_surrogate", "half a character"),
        ("behind", "the end expected"), ("many_dimensions", "more than 64")
    ]

    static let arrays: [(String, String)] = [
        ("empty", "shorter than a header"), ("magic", "NUMPY"), ("long_header", "a header of 4294967295 bytes"),
        ("version", "version 9.0"), ("cut_short", "11 bytes of elements, 12 are wanted"),
        ("overflow", "impossible shape"), ("empty_overflow", "reach outside a storage of 0 elements"),
        ("beyond_64_bits", "beyond 64 bits"), ("negative", "a size expected"),
        ("call", "a size expected"), ("no_tuple", "',' expected"), ("missing", "is missing"),
        ("unknown_key", "unknown key 'x'"), ("object", "dtype '|O'"),
        ("complex", "dtype '<c4'"), ("unsigned", "dtype '<u3'"), ("structured", "structured"),
        ("behind", "behind the dictionary"), ("many_dimensions", "more than 64")
    ]

    static let archives = [
        ("bad_entry", "'a.npy': header: dtype '<U3'"), ("no_npy", "'a.txt' is no .npy"), ("cut_short", "no directory"),
        ("damaged", "'fortran.npy'")
    ]
}

@Suite struct HostileFiles {
    @Test(arguments: Bad.checkpoints) func checkpoint(name: String, what: String) {
        let path = Fixture.path("bad/\(name).pth")
        let text = message { try load(path) }
        #expect(text.hasPrefix(path) && text.contains(what), "\(text)")
    }

    @Test(arguments: Bad.safetensors) func safetensors(name: String, what: String) {
        let path = Fixture.path("bad/\(name).safetensors")
        let text = message { try loadSafetensors(path) }
        #expect(text.hasPrefix(path) && text.contains(what), "\(text)")
    }

    @Test(arguments: Bad.arrays) func array(name: String, what: String) {
        let path = Fixture.path("bad/\(name).npy")
        let text = message { try loadNpy(path) }
        #expect(text.hasPrefix(path) && text.contains(what), "\(text)")
    }

    @Test(arguments: Bad.archives) func archive(name: String, what: String) {
        let path = Fixture.path("bad/\(name).npz")
        let text = message { try loadNpz(path) }
        #expect(text.hasPrefix(path) && text.contains(what), "\(text)")
    }

    @Test func nothingThere() {
        #expect(message { try load("/nowhere/a.pth") } == "/nowhere/a.pth: cannot open: No such file or directory")
        #expect(message { try load("/tmp") } == "/tmp: not a regular file")
        #expect(message { try load("/dev/zero") } == "/dev/zero: not a regular file")
    }

    @Test func notAStateDict() {
        #expect(
            message { try loadStateDict(Fixture.path("checkpoint.pth")) }.contains(
                "['epoch']: a int where a state dict has a tensor"))
    }

    /// A file cut at any length is an error. A file with one damaged byte is an error or a valid file. Neither crashes.
    @Test(arguments: [
        ("deflated.pth", 0), ("rebuild_v1.pth", 0), ("legacy.pth", 0), ("all.safetensors", 1), ("fortran.npy", 2),
        ("big_endian.npy", 2)
    ]) func damage(name: String, reader: Int) {
        let folder = TemporaryFolder()
        let path = folder.path + "damaged"
        let whole = Fixture.bytes(Fixture.path(name))
        func read() throws {
            switch reader {
            case 0: _ = try load(path)
            case 1: _ = try loadSafetensors(path)
            default: _ = try loadNpy(path)
            }
        }
        for length in 0..<whole.count {
            Fixture.write(Array(whole[..<length]), to: path)
            #expect(throws: TorchError.self) { try read() }
        }
        for i in whole.indices {
            var bytes = whole
            bytes[i] ^= 0xff
            Fixture.write(bytes, to: path)
            _ = try? read()
        }
    }

    /// The inputs that the fuzzer found, and the most important inputs of its corpus.
    @Test func fuzzerInputs() {
        let names = Fixture.names("fuzz", "").filter { !$0.hasSuffix(".") }
        #expect(!names.isEmpty)
        for name in names {
            let path = Fixture.path(name)
            _ = try? load(path)
            _ = try? loadSafetensors(path)
            _ = try? loadNpy(path)
            _ = try? loadNpz(path)
        }
    }
}
