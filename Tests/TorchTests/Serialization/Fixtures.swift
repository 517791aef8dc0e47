import Foundation
import Testing
import Torch

/// The files that Fixtures/serialization/make.py wrote with PyTorch 2.15.0, safetensors 0.8.0 and NumPy 2.4.6.
enum Fixture {
    static let folder = String(#filePath.dropLast("Serialization/Fixtures.swift".count)) + "Fixtures/serialization/"

    static func path(_ name: String) -> String { folder + name }

    /// Returns the names of the fixtures in a folder that have this ending.
    static func names(_ subfolder: String, _ ending: String) -> [String] {
        guard let directory = opendir(folder + subfolder) else { return [] }
        defer { closedir(directory) }
        var result: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name.hasSuffix(ending) { result.append(subfolder + "/" + name) }
        }
        return result.sorted()
    }

    static func bytes(_ path: String) -> [UInt8] {
        guard let file = fopen(path, "rb") else { return [] }
        defer { fclose(file) }
        var result: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let n = fread(&buffer, 1, buffer.count, file)
            if n == 0 { return result }
            result += buffer[..<n]
        }
    }

    static func write(_ bytes: [UInt8], to path: String) {
        guard let file = fopen(path, "wb") else { return }
        fwrite(bytes, 1, bytes.count, file)
        fclose(file)
    }

    /// The `values` of make.py.
    static func values(_ dtype: DType) -> Tensor {
        let x: [Int64] = dtype.isSigned ? [-3, -2, -1, 0, 1, 122] : [0, 1, 2, 3, 4, 125]
        let real = Tensor(x, shape: [2, 3])
        return dtype.isComplex ? complex(real.double(), real.add(3.5).double()).to(dtype) : real.to(dtype)
    }
}

/// A folder that is removed with the test.
final class TemporaryFolder {
    let path: String

    init() {
        var template = Array("/tmp/swift-torch-test-XXXXXX".utf8CString)
        path = String(cString: mkdtemp(&template)) + "/"
    }

    var names: [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var result: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { result.append(name) }
        }
        return result.sorted()
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }
}

/// Checks that dtypes, sizes and elements are equal. The stored elements are compared as doubles, which is exact for
/// all fixtures.
func expectEqual(_ a: Tensor?, _ b: Tensor, _ name: String = "", sourceLocation: SourceLocation = #_sourceLocation) {
    guard let a else {
        Issue.record("\(name) is missing", sourceLocation: sourceLocation)
        return
    }
    #expect(a.dtype == b.dtype, "\(name)", sourceLocation: sourceLocation)
    #expect(a.shape == b.shape, "\(name)", sourceLocation: sourceLocation)
    #expect(
        a.toArray(as: Complex<Double>.self) == b.toArray(as: Complex<Double>.self), "\(name)",
        sourceLocation: sourceLocation)
}

/// Returns the message of the error that `body` throws.
func message(_ body: () throws -> some Any) -> String {
    do {
        _ = try body()
        return "(no error)"
    } catch {
        return "\(error)"
    }
}
