import Foundation
import Testing
@testable import Torch

/// Small files that ask for much. The time and memory to read them are proportional to their size.
@Suite struct CheckpointBudgets {
    private static func text(_ s: String) -> [UInt8] {
        [UInt8(ascii: "X")] + withUnsafeBytes(of: UInt32(s.utf8.count).littleEndian) { Array($0) } + Array(s.utf8)
    }

    private static func file(_ pickle: [UInt8], in folder: TemporaryFolder) throws -> String {
        let path = folder.path + "a.pth"
        let file = try OutputFile(path: path)
        var zip = StoredZipWriter(file)
        try zip.add("archive/data.pkl", [0x80, 2] + pickle + [UInt8(ascii: ".")])
        try zip.add("archive/data/0", [UInt8](repeating: 0, count: 16))
        try zip.finish()
        try file.commit()
        return path
    }

    private static func repeated(_ bytes: [UInt8], _ count: Int) -> [UInt8] {
        Array(repeatElement(bytes, count: count).joined())
    }

    /// Seconds that a file in proportion may take. Sanitizers make everything slower.
    private static let patience =
        ProcessInfo.processInfo.environment.keys.contains { $0.hasSuffix("SAN_OPTIONS") } ? 100.0 : 5

    private static func seconds(_ body: () -> Void) -> Double {
        let time = ContinuousClock().measure(body)
        return Double(time.components.seconds) + Double(time.components.attoseconds) * 1e-18
    }

    /// Returns a pickle written in ASCII. `<` stands for 0x85, a tuple of one; `>` stands for 0x86, a tuple of two.
    private static func code(_ s: String) -> [UInt8] {
        s.utf8.map { $0 == UInt8(ascii: "<") ? 0x85 : $0 == UInt8(ascii: ">") ? 0x86 : $0 }
    }

    private static let ones = repeated(code("K\u{1}"), 50_000)
    private static let long = text(String(repeating: "x", count: 500_000)) + code("q\0")
    private static let calls = repeated(code("h\u{1}h\0<R"), 100_000)
    private static let keys = repeated(code("}h\0Ns"), 100_000)

    /// Each of these defines something long once, then repeats it many times in a few bytes.
    private static let repeats: [[UInt8]] = [
        // Sets made from one list, in a list.
        code("(c__builtin__\nset\nq\u{1})R]q\0(") + ones + code("e(") + calls + code("tt"),
        // Ordered dictionaries made from one list of pairs.
        code("(ccollections\nOrderedDict\nq\u{1})R]q\0(") + repeated(code("NN>"), 50_000) + code("e(") + calls
            + code("tt"),
        // Dictionaries whose key is one long tuple or one long text.
        code("((") + ones + code("tq\0(") + keys + code("tt"),
        code("(") + long + code("(") + keys + code("tt"),
        // The bytes of one text.
        code("(c_codecs\nencode\nq\u{1}") + text("") + text("latin1") + code("q\u{2}>R") + long + code("(")
            + repeated(code("h\u{1}h\0h\u{2}>R"), 100_000) + code("tt")
    ]

    @Test(arguments: CheckpointBudgets.repeats.indices) func repeatedWork(number: Int) throws {
        let folder = TemporaryFolder()
        let path = try CheckpointBudgets.file(CheckpointBudgets.repeats[number], in: folder)
        var text = ""
        let time = CheckpointBudgets.seconds { text = message { try load(path) } }
        #expect(text.contains("ask for the same again and again"), "\(text)")
        #expect(time < CheckpointBudgets.patience, "\(time) s")
    }

    /// Long files whose size shows it: many tensors with one large metadata dictionary, many empty containers.
    @Test func proportional() throws {
        let folder = TemporaryFolder()
        let id =
            CheckpointBudgets.text("storage") + CheckpointBudgets.code("ctorch\nFloatStorage\n")
            + CheckpointBudgets.text("0") + CheckpointBudgets.text("cpu")
        let first =
            CheckpointBudgets.code("(ctorch._utils\n_rebuild_tensor_v2\nq\u{7}((") + id
            + CheckpointBudgets.code("K\u{4}tQq\u{6}K\0K\u{4}<q\u{8}K\u{1}<q\u{9}")
            + [0x89] + CheckpointBudgets.code("NtR}q\u{5}(")
        var metadata: [UInt8] = []
        for i in 0..<50_000 { metadata += CheckpointBudgets.text(String(i)) + [0x89] }
        let tensor =
            CheckpointBudgets.code("h\u{7}(h\u{6}K\0h\u{8}h\u{9}") + [0x89] + CheckpointBudgets.code("Nh\u{5}tR")
        let path = try CheckpointBudgets.file(
            first + metadata + CheckpointBudgets.code("u(") + CheckpointBudgets.repeated(tensor, 50_000)
                + CheckpointBudgets.code("tt"), in: folder)
        var time = CheckpointBudgets.seconds { #expect((try? load(path))?[2]?.list?.count == 50_000) }
        #expect(time < CheckpointBudgets.patience, "\(time) s")
        for container in ["}", "]", ")"] {
            let pickle =
                CheckpointBudgets.code("(") + CheckpointBudgets.repeated(CheckpointBudgets.code(container), 1_000_000)
                + CheckpointBudgets.code("t")
            let path = try CheckpointBudgets.file(pickle, in: folder)
            time = CheckpointBudgets.seconds { #expect((try? load(path))?.list?.count == 1_000_000) }
            #expect(time < CheckpointBudgets.patience, "\(container) \(time) s")
        }
    }
}
