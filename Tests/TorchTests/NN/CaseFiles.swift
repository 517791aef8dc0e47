import Foundation
import Torch

/// PyTorch's numbers, in the format of Conformance/Cases/FORMAT.md.
enum CaseFiles {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Conformance/Cases")

    struct Problem: Error, CustomStringConvertible {
        let description: String
    }

    /// Returns the cases of one file, such as `modules/Linear`.
    static func cases(_ name: String) throws -> [[String: Any]] {
        let data = try Data(contentsOf: folder.appendingPathComponent(name + ".json"))
        let object = try JSONSerialization.jsonObject(with: data) as? [String: Any]
        guard let cases = object?["cases"] as? [[String: Any]], !cases.isEmpty else {
            throw Problem(description: "\(name): no cases")
        }
        return cases
    }

    /// Returns the tensor of `{"tensor": …}`, or nil if the value is something else.
    static func tensor(_ value: Any?) throws -> Tensor? {
        guard let t = (value as? [String: Any])?["tensor"] as? [String: Any] else { return nil }
        guard let name = t["dtype"] as? String, let dtype = DType(name: name), let shape = t["shape"] as? [Int],
            let text = t["data"] as? String, let data = Data(base64Encoded: text)
        else { throw Problem(description: "a tensor that is not understood") }
        if t["strides"] != nil { throw Problem(description: "strided tensors are not expected here") }
        switch dtype {
        case .float32: return elements(data, Float.self, shape)
        case .int64: return elements(data, Int64.self, shape)
        default: throw Problem(description: "dtype \(dtype) is not expected here")
        }
    }

    private static func elements<T: TensorElement>(_ data: Data, _ type: T.Type, _ shape: [Int]) -> Tensor {
        let values = data.withUnsafeBytes { bytes in
            (0..<(bytes.count / MemoryLayout<T>.size)).map {
                bytes.loadUnaligned(fromByteOffset: $0 * MemoryLayout<T>.size, as: T.self)
            }
        }
        return Tensor(values, shape: shape)
    }

    /// Returns a number or bool.
    static func scalar(_ value: Any?) -> Scalar? {
        guard let v = value as? [String: Any] else { return nil }
        if let i = v["int"] as? Int { return .int(Int64(i)) }
        if let d = v["float"] as? Double { return .double(d) }
        if let b = v["bool"] as? Bool { return .bool(b) }
        return nil
    }

    static func string(_ value: Any?) -> String? { (value as? [String: Any])?["str"] as? String }
    static func isNone(_ value: Any?) -> Bool { (value as? [String: Any])?["none"] != nil }

    /// Returns the difference between two tensors, or nil if it is within the tolerances. `exact` compares bits.
    static func difference(_ got: Tensor, _ want: Tensor, exact: Bool = false, gradient: Bool = false) -> String? {
        guard got.shape == want.shape else { return "shape \(got.shape), expected \(want.shape)" }
        guard got.dtype == want.dtype else { return "dtype \(got.dtype), expected \(want.dtype)" }
        let a = got.toArray(as: Double.self), b = want.toArray(as: Double.self)
        let largest = b.filter(\.isFinite).map(abs).max() ?? 0
        for (i, (x, y)) in zip(a, b).enumerated() where !(x == y || x.isNaN && y.isNaN) {
            if exact || !got.dtype.isFloatingPoint { return "element \(i): \(x), expected \(y)" }
            let close = abs(x - y) <= 1e-5 + 1e-4 * abs(y) || abs(x - y) <= 1e-5 * largest
            if !close { return "element \(i): \(x), expected \(y)" }
        }
        return nil
    }
}
