import Foundation
import Testing
import Torch

/// uint16, uint32, uint64, float8_e4m3fn and float8_e5m2, compared with numbers that Fixtures/storage_dtypes/make.py
/// computed with PyTorch 2.15.0.
@Suite struct StorageDTypes {
    static let unsigned: [DType] = [.uint16, .uint32, .uint64]
    static let float8: [DType] = [.float8_e4m3fn, .float8_e5m2]

    /// Returns a part of numbers.json.
    private static func numbers(_ part: String) throws -> Any {
        let path =
            String(#filePath.dropLast("Core/StorageDTypeTests.swift".count)) + "Fixtures/storage_dtypes/numbers.json"
        let object = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: path)))
        return try #require((object as? [String: Any])?[part])
    }

    /// Returns a tensor of the elements in a base64 text of the fixture.
    private static func tensor(_ text: Any?, _ dtype: DType, _ shape: [Int]? = nil) throws -> Tensor {
        let data = try #require((text as? String).flatMap { Data(base64Encoded: $0) })
        let result = Tensor.empty(shape ?? [data.count / dtype.itemSize], dtype: dtype)
        data.withUnsafeBytes {
            if $0.count > 0 { result.dataPtr().copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
        }
        return result
    }

    private static func bytes(_ tensor: Tensor) -> [UInt8] {
        Array(UnsafeRawBufferPointer(start: tensor.dataPtr(), count: tensor.numel() * tensor.itemSize))
    }

    @Test(arguments: float8) func float8Conversions(_ dtype: DType) throws {
        let forms = try #require((StorageDTypes.numbers("float8") as? [String: Any])?[dtype.name] as? [String: Any])
        let codes = Tensor((0..<256).map { UInt8($0) }).view(dtype),
            points = try StorageDTypes.tensor(forms["points"], .float32)
        func check(_ result: Tensor, _ name: String, _ type: DType) throws {
            #expect(result.dtype == type)
            let expected = try StorageDTypes.tensor(forms[name], type)
            // In PyTorch's vectors, the sign of NaN depends on the position, and `abs` keeps the sign of -0.
            if name == "of_bfloat16" || name == "abs" {
                #expect(result.double().allclose(expected.double(), rtol: 0, atol: 0, equalNan: true), "\(name)")
            } else {
                #expect(StorageDTypes.bytes(result) == StorageDTypes.bytes(expected), "\(name)")
            }
        }
        try check(codes.float(), "values", .float32)
        try check(points.to(dtype), "codes", dtype)
        try check(points.double().to(dtype), "of_float64", dtype)
        try check(points.half().to(dtype), "of_float16", dtype)
        try check(points.bfloat16().to(dtype), "of_bfloat16", dtype)
        let other: DType = dtype == .float8_e5m2 ? .float8_e4m3fn : .float8_e5m2
        try check(codes.to(other), "other", other)
        try check(codes.abs(), "abs", dtype)
        try check(codes.mul(codes), "squares", dtype)
        #expect(codes.isnan().toArray(as: Bool.self) == forms["isnan"] as? [Bool])
        #expect(codes.isinf().toArray(as: Bool.self) == forms["isinf"] as? [Bool])
        #expect(codes.eq(codes).toArray(as: Bool.self) == forms["equal"] as? [Bool])
        // Single elements give the same bytes as the whole tensor, and so do strided ones.
        #expect(
            (0..<points.numel()).allSatisfy {
                StorageDTypes.bytes(points.narrow(0, $0, 1).to(dtype))
                    == StorageDTypes.bytes(points.to(dtype).narrow(0, $0, 1).clone())
            })
        let pairs = stack([points, points], dim: 1)
        #expect(StorageDTypes.bytes(pairs.select(1, 1).to(dtype)) == StorageDTypes.bytes(points.to(dtype)))
    }

    @Test func unsignedConversions() throws {
        for form in try #require(try StorageDTypes.numbers("unsigned") as? [[String: Any]]) {
            let to = try #require((form["to"] as? String).flatMap(DType.init(name:)))
            if let name = form["top"] as? String {
                let dtype = try #require(DType(name: name)), bits = UInt64(8 * dtype.itemSize)
                let top = Tensor([0, 1, 1 << 15, 1 << (bits - 1), .max >> (64 - bits)] as [UInt64]).to(dtype)
                #expect(
                    StorageDTypes.bytes(top.to(to))
                        == StorageDTypes.bytes(try StorageDTypes.tensor(form["result"], to)), "\(dtype) to \(to)")
                continue
            }
            let from = try #require((form["from"] as? String).flatMap(DType.init(name:))),
                expected = try #require(form["result"] as? [String])
            let numbers = try #require(form["numbers"] as? [NSNumber])
            let source =
                from == .int64 ? Tensor(numbers.map(\.int64Value)) : Tensor(numbers.map(\.doubleValue), dtype: from)
            #expect(source.to(to).toArray(as: UInt64.self).map(String.init) == expected, "\(from) to \(to)")
        }
    }

    @Test func printedForms() throws {
        for form in try #require(try StorageDTypes.numbers("printed") as? [[String: Any]]) {
            let dtype = try #require((form["dtype"] as? String).flatMap(DType.init(name:)))
            let text = try StorageDTypes.tensor(form["data"], dtype, form["shape"] as? [Int]).description
            #expect(text == form["text"] as? String)
        }
    }

    // torch.tensor([2**64 - 1], dtype=torch.uint64).item(), torch.full((2,), -1, dtype=…), …
    @Test func numbersOfUnsignedIntegers() throws {
        let top = Tensor([UInt64.max, 1 << 63, 7])
        #expect(top.dtype == .uint64 && top.toArray(as: UInt64.self) == [.max, 1 << 63, 7])
        #expect(top.narrow(0, 0, 1).item(as: UInt64.self) == .max && top.narrow(0, 0, 1).itemScalar() == .uint(.max))
        #expect(
            "\(top)"
                == "tensor([18446744073709551615,  9223372036854775808,                    7],\n       dtype=torch.uint64)"
        )
        #expect(Tensor.full([1], UInt64.max, dtype: .uint64).equal(top.narrow(0, 0, 1)))
        #expect(
            Tensor([UInt16.max]).dtype == .uint16 && Tensor([UInt32.max]).dtype == .uint32
                && Tensor([UInt.max]).dtype == .uint64)
        for dtype in StorageDTypes.unsigned {
            #expect(
                Tensor.full([1], -1, dtype: dtype).equal(
                    Tensor.full([1], UInt64.max >> UInt64(64 - 8 * dtype.itemSize), dtype: dtype)))
            #expect(
                message { try withError { Tensor.zeros([2], dtype: dtype).fill_(-0.5) } }
                    == "value cannot be converted to type \(dtype.name)_t without overflow")
        }
        #expect(
            message { try withError { Tensor.full([1], 65536, dtype: .uint16) } }.hasSuffix(
                "value cannot be converted to type uint16_t without overflow"))
        #expect(
            message { try withError { Tensor.full([1], 500, dtype: .float8_e4m3fn) } }.hasSuffix(
                "value cannot be converted to type c10::Float8_e4m3fn without overflow"))
        #expect(Tensor.full([1], Double.infinity, dtype: .float8_e5m2).item() == .infinity)
    }

    // torch.promote_types of all pairs.
    @Test func promotion() throws {
        let floats: [DType] = [.float16, .bfloat16, .float32, .float64]
        for a in DType.allCases {
            for b in DType.allCases where a != b && (StorageDTypes.unsigned + StorageDTypes.float8).contains(a) {
                let isFloat8 = StorageDTypes.float8.contains(a) || StorageDTypes.float8.contains(b)
                if !isFloat8, floats.contains(b) {
                    #expect(promoteTypes(a, b) == b && promoteTypes(b, a) == b)
                } else {
                    let kind = isFloat8 ? "Float8 Types" : "uint16, uint32, uint64 types"
                    let sentence =
                        "Promotion for \(kind) is not supported, attempted to promote \(b.scalarTypeName) and \(a.scalarTypeName)"
                    #expect(message { try withError { promoteTypes(b, a) } } == sentence)
                    #expect(
                        message { try withError { Tensor.ones([2], dtype: b).mul(Tensor.ones([2], dtype: a)) } }
                            == sentence)
                }
            }
        }
        let x = Tensor.ones([2], dtype: .uint16), y = Tensor.ones([2], dtype: .float8_e4m3fn)
        #expect(
            resultType(x, true) == .uint16 && resultType(x, 1) == .uint16 && resultType(x, 1.5) == .float32
                && resultType(x, Complex<Double>(0, 1)) == .complex64)
        #expect(
            resultType(y, 1) == .float8_e4m3fn && resultType(y, 1.5) == .float8_e4m3fn
                && resultType(y, Tensor(1.5, dtype: .float64)) == .float8_e4m3fn)
        #expect(
            message { try withError { resultType(y, Complex<Double>(0, 1)) } }
                == "Unknown Complex ScalarType for Float8_e4m3fn")
        #expect(
            canCast(.uint64, to: .int8) && !canCast(.uint16, to: .bool) && canCast(.float8_e5m2, to: .float16)
                && !canCast(.float8_e5m2, to: .uint16))
    }

    // The purpose of storage dtypes: a gradient of a float8 leaf, a saved and loaded state, a search.
    @Test(arguments: unsigned + float8) func stored(_ dtype: DType) throws {
        let x = Tensor([0, 1, 2, 3, 112, 5], shape: [2, 3]).to(dtype), folder = TemporaryFolder()
        #expect(
            x.t().contiguous().toArray(as: Int.self) == x.t().toArray(as: Int.self)
                && x.t().toArray(as: Int.self) == [0, 3, 1, 112, 2, 5])
        #expect(
            cat([x, x]).shape == [4, 3]
                && x.indexSelect(dim: 1, index: Tensor([2, 0])).toArray(as: Int.self) == [2, 0, 5, 3])
        #expect(x.clone().fill_(3).eq(3).all().item() == 1 && x.ne(x).any().item() == 0 && x.equal(x.clone()))
        #expect(Torch.where(x.eq(2), 7, x).toArray(as: Int.self) == [0, 1, 7, 3, 112, 5])
        try save(["x": x, "y": x.t()], to: folder.path + "a.pth")
        try saveSafetensors(["x": x], to: folder.path + "a.safetensors")
        let loaded = try loadStateDict(folder.path + "a.pth")
        #expect(
            try loaded["x"]?.dtype == dtype && loaded["y"]?.toArray(as: Int.self) == x.t().toArray(as: Int.self)
                && loadSafetensors(folder.path + "a.safetensors")["x"]!.equal(x))
        if dtype.isFloatingPoint {
            let leaf = x.clone().requiresGrad_()
            leaf.float().mul(2).sum().backward()
            #expect(leaf.grad?.dtype == dtype && leaf.grad?.toArray(as: Double.self) == [2, 2, 2, 2, 2, 2])
        } else {
            #expect(
                x.sort(dim: 1, descending: true).values.toArray(as: Int.self) == [2, 1, 0, 112, 5, 3]
                    && x.sum().dtype == .int64 && x.sum().item() == 123)
            #expect(x.unique().toArray(as: Int.self) == [0, 1, 2, 3, 5, 112] && x.sin().dtype == .float32)
        }
    }
}
