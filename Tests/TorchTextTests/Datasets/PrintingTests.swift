import Testing
import Torch
@testable import TorchText

/// Values, features and data sets have the same text as in Python 3.11, pandas and datasets 5.2.
@Suite struct PrintingTests {
    @Test func texts() {
        for pair in Expected.all["strings"].list { #expect(Value.string(pair[0].text).description == pair[1].text) }
        #expect(Expected.all["strings"].list.count == 7)
    }

    @Test func numbers() throws {
        let pairs = Expected.all["floats"].list
        #expect(pairs.count == 20)
        for pair in pairs { #expect(Value.double(try #require(Double(pair[0].text))).description == pair[1].text) }
        #expect(Value.uint(.max).description == "18446744073709551615")
        #expect(
            "\(Row([("a", .null), ("b'", .bool(true)), ("c", .list([.int(-1), .row(Row([("d", .bool(false))]))]))]))"
                == #"{'a': None, "b'": True, 'c': [-1, {'d': False}]}"#)
        #expect(Value.decimal("-12.50").description == "Decimal('-12.50')")
    }

    @Test func bytes() {
        for pair in Expected.all["bytes"].list {
            #expect(Value.bytes(pair[0].numbers.map { UInt8($0) }).description == pair[1].text)
        }
    }

    @Test func times() throws {
        for (name, pair) in Expected.all["times"].members {
            let type = try #require(DataType(dtype: name))
            #expect(type.dtype == name)
            for (number, text) in zip(pair[0].numbers, pair[1].list) {
                let value: Value =
                    switch type {
                    case .timestamp(let unit, let zone): .timestamp(number, unit, zone: zone)
                    case .date32: .date(number)
                    case .time(let unit): .time(number, unit)
                    case .duration(let unit): .duration(number, unit)
                    default: .null
                    }
                #expect(value.description == text.text, "\(name) \(number)")
            }
        }
    }

    @Test func timesFarAway() {
        for unit in Value.TimeUnit.allCases {
            for count in [Int.min, Int.max] {
                #expect(!Value.timestamp(count, unit, zone: "Europe/Paris").description.isEmpty)
                #expect(!Value.duration(count, unit).description.isEmpty)
                #expect(!Value.time(count, unit).description.isEmpty)
            }
        }
        #expect(!Value.date(.max).description.isEmpty && !Value.date(.min).description.isEmpty)
    }

    @Test func features() throws {
        let expected = Expected.all["features"]
        let json = try Metadata.value(json: Array(expected["json"].text.utf8), source: "json")
        let features = try #require(Features(json: json))
        #expect(features.description == expected["text"].text)
        #expect(Metadata.json(features.json) == expected["json"].text)
        let yaml = try Metadata.value(yaml: expected["yaml"].text, source: "yaml")
        #expect(Features(yaml: yaml) == features)
        let schema = try features.schema()
        #expect(schema.metadata["huggingface"] == expected["metadata"].text)
        #expect(Features(schema) == features)
        // Without the metadata, only the types: class labels are integers, translations are structures.
        let plain = Features(Schema(fields: schema.fields))
        #expect(
            plain["label"] == .value("int64")
                && plain["tr"] == .structure(Features(["en": .value("string"), "fr": .value("string")]))
                && plain["seq"] == features["seq"])
    }

    @Test func classLabels() throws {
        let label = ClassLabel(names: ["neg", "pos"])
        #expect(
            label.int2str(1) == "pos" && label.str2int("neg") == 0 && label.str2int(" 1") == 1 && label.numClasses == 2)
        #expect(throws: TorchError(.value, "Invalid integer class label 7")) { try withError { label.int2str(7) } }
        #expect(throws: TorchError(.value, "Invalid string class label zz")) { try withError { label.str2int("zz") } }
    }

    @Test func aCardThatIsABomb() {
        var yaml = "a0: &a0 [x, x]\n"
        for level in 1..<40 { yaml += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n" }
        #expect(throws: TorchError.self) { try Metadata.value(yaml: yaml, source: "card") }
        #expect(throws: TorchError.self) {
            try Metadata.value(yaml: String(repeating: "[", count: 100_000), source: "card")
        }
    }
}
