import Foundation
import Testing
import Torch

/// Cases that Fixtures/formats/make.py wrote with Python and tqdm.
enum FormatFixture {
    static func read(_ name: String) throws -> [[Any]] {
        let path = String(#filePath.dropLast("FormatTests.swift".count)) + "../Fixtures/formats/" + name
        return try #require(
            try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: path))) as? [[Any]])
    }
}

@Suite struct FormatTests {
    /// Formats a fixture's value.
    private static func text(_ kind: String, _ value: String, _ spec: String) -> String {
        switch kind {
        case "float": UInt64(value, radix: 16).map { format(Double(bitPattern: $0), spec) } ?? ""
        case "int": Int(value).map { format($0, spec) } ?? UInt(value).map { format($0, spec) } ?? ""
        case "bool": format(value == "True", spec)
        default: format(value, spec)
        }
    }

    /// Compares thousands of values and formats with what Python 3.11 gave, its errors included.
    @Test func pythons() throws {
        let cases = try FormatFixture.read("formats.json")
        #expect(cases.count > 2500)
        for entry in cases {
            guard let kind = entry[0] as? String, let value = entry[1] as? String, let spec = entry[2] as? String
            else {
                Issue.record("\(entry)")
                continue
            }
            do {
                let text = try withError { FormatTests.text(kind, value, spec) }
                #expect(Array(text.utf8) == (entry[3] as? String).map { Array($0.utf8) }, "\(kind) \(value) \(spec)")
            } catch {
                #expect("\(error)" == entry.last as? String, "\(kind) \(value) \(spec)")
            }
        }
    }

    @Test func interpolation() {
        let loss = Tensor(0.6931472, requiresGrad: true)
        #expect("loss: \(loss, ">7f")  [\(64, ">5d")/\(60000, ">5d")]" == "loss: 0.693147  [   64/60000]")
        #expect("\(0.4551, ".1%") \(1234567, ",") \("a", "^5")|" == "45.5% 1,234,567   a  |")
        #expect("\(Float(0.1), ".3f") \(UInt8(255), "#x") \(true, "") \(true, "d")" == "0.100 0xff True 1")
    }

    /// PyTorch: `format(torch.tensor(…), …)`.
    @Test func tensors() throws {
        #expect(format(Tensor(3), "03d") == "003" && format(Tensor(2.5)) == "2.5" && format(Tensor(true)) == "True")
        #expect(format(Tensor([1, 2])) == "tensor([1, 2])")
        #expect(throws: TorchError(.type, "unsupported format string passed to Tensor.__format__")) {
            try withError { format(Tensor([1.0]), ".2f") }
        }
        #expect(throws: TorchError(.value, "Unknown format code 'd' for object of type 'float'")) {
            try withError { format(Tensor(1.0), "d") }
        }
    }
}
