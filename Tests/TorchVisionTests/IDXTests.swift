import Testing
import Torch
import LoopbackServer
import TorchVision

@Suite struct IDXTests {
    @Test func everyElementType() throws {
        #expect(
            try IDX.decode(idx(sizes: [2, 2], [1, 2, 254, 255]), name: "u8").toArray(as: Int.self) == [1, 2, 254, 255])
        let types: [(UInt8, DType, [UInt8], [Double])] = [
            (0x08, .uint8, [0, 255], [0, 255]),
            (0x09, .int8, [127, 128], [127, -128]),
            (0x0B, .int16, bigEndian(Int16(-2)) + bigEndian(Int16(300)), [-2, 300]),
            (0x0C, .int32, bigEndian(Int32(-70000)) + bigEndian(Int32(5)), [-70000, 5]),
            (0x0D, .float32, bigEndian(Float(1.5).bitPattern) + bigEndian(Float(-0.25).bitPattern), [1.5, -0.25]),
            (0x0E, .float64, bigEndian(1e300.bitPattern) + bigEndian((-3.0).bitPattern), [1e300, -3])
        ]
        for (code, dtype, bytes, values) in types {
            let file = idx(type: code, sizes: [2], bytes)
            for tensor in [try IDX.decode(file, name: "plain"), try IDX.decode(gzipped: gzip(file), name: "gzipped")] {
                #expect(tensor.dtype == dtype)
                #expect(tensor.shape == [2])
                #expect(tensor.toArray(as: Double.self) == values)
            }
        }
        #expect(try IDX.decode(idx(sizes: [], [7]), name: "scalar").item() == 7)
        #expect(try IDX.decode(idx(sizes: [0, 28, 28], []), name: "empty").shape == [0, 28, 28])
    }

    @Test func filesAreKnownByTheirBytesNotTheirNames() throws {
        let folder = TemporaryFolder()
        let file = idx(sizes: [3], [1, 2, 3])
        try folder.write("really-gzipped", gzip(file))
        try folder.write("really-plain.gz", file)
        #expect(try IDX.read(folder.path + "/really-gzipped").toArray(as: Int.self) == [1, 2, 3])
        #expect(try IDX.read(folder.path + "/really-plain.gz").toArray(as: Int.self) == [1, 2, 3])
        #expect(
            message { _ = try IDX.read(folder.path + "/nothing") }
                == "\(folder.path)/nothing: No such file or directory")
        #expect(message { _ = try IDX.read(folder.path) } == "\(folder.path): is a directory")
    }

    @Test func liesAreRefused() {
        func decode(_ bytes: [UInt8]) -> String? { message { _ = try IDX.decode(bytes, name: "f") } }
        #expect(decode([]) == "f: ends after 0 of the 4 bytes of the IDX header")
        #expect(
            decode([0x89, 0x50, 0x4e, 0x47]) == "f: not an IDX file: starts with bytes 137, 80 where both must be 0")
        #expect(decode([0, 0, 7, 1, 0, 0, 0, 0]) == "f: not an IDX file: unknown element type 7 in byte 2")
        #expect(decode([0, 0, 8, 3, 0, 0, 0]) == "f: ends after 3 of the 12 bytes of the IDX header's sizes")
        #expect(decode([0, 0, 8, 255]) == "f: IDX header promises 255 dimensions")
        #expect(
            decode(idx(sizes: [4], [1, 2, 3])) == "f: holds 3 bytes after its IDX header, which promises 4 (4 of uint8)"
        )
        #expect(
            decode(idx(sizes: [2], [1, 2, 3])) == "f: holds 3 bytes after its IDX header, which promises 2 (2 of uint8)"
        )
        #expect(decode(idx(sizes: [0xffff_fff0], [])) == "f: IDX header promises a negative size -16 in dimension 0")
        let huge: UInt32 = 0x7fff_ffff
        #expect(
            decode(idx(sizes: [huge, huge, huge], []))
                == "f: IDX header promises sizes [2147483647, 2147483647, 2147483647], whose product overflows")
        #expect(
            decode(idx(type: 0x0E, sizes: [huge, 65536], [1]))
                == "f: holds 1 bytes after its IDX header, which promises 1125899906318336 (2147483647 x 65536 of float64)"
        )
    }

    @Test func damagedGzipIsRefused() {
        func decode(_ bytes: [UInt8]) -> String? { message { _ = try IDX.decode(gzipped: bytes, name: "f.gz") } }
        let good = gzip(idx(sizes: [100], [UInt8](repeating: 9, count: 100)))
        #expect(decode(good) == nil)
        #expect(decode(good + good) == "f.gz: goes on after the 100 bytes that its IDX header promises (100 of uint8)")
        #expect(decode(good + [0, 0, 0]) == nil)
        #expect(decode(Array(good.dropLast(4))) == "f.gz: gzip data ends early, after 108 decompressed bytes")
        #expect(decode(Array(good.prefix(60))) == "f.gz: gzip data ends early, after 45 decompressed bytes")
        var flipped = good
        flipped[40] ^= 1
        #expect(decode(flipped) == "f.gz: corrupt gzip data after 108 decompressed bytes (incorrect data check)")
        // A small file whose header says a petabyte, and a file with more bytes than its header says.
        #expect(
            decode(gzip(idx(type: 0x0E, sizes: [0x7fff_ffff, 65536], [1, 2])))
                == "f.gz: holds 2 bytes after its IDX header, which promises 1125899906318336 (2147483647 x 65536 of float64)"
        )
        #expect(
            decode(gzip(idx(sizes: [1], [UInt8](repeating: 0, count: 200_000))))
                == "f.gz: goes on after the 1 bytes that its IDX header promises (1 of uint8)")
    }
}
