// The Swift side of Benchmarks/tokenizing.py. Each line of standard input is a command. The answer is a line of JSON on
// standard output:
//   time NAME|COUNT  {"seconds": S, "tokens": N} for COUNT passes over the texts
#if canImport(Glibc)
@preconcurrency import Glibc
#else
import Darwin
#endif
import Foundation
import Torch
import TorchText

/// Reads the texts of one file. Each ends with a NUL.
func texts(_ path: String) throws -> [String] {
    try Data(contentsOf: URL(fileURLWithPath: path)).split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
}

guard CommandLine.arguments.count == 3 else {
    print("usage: bench-text TEXTS FOLDER, where the folder has wordpiece.json, gpt2.json and llama3.json")
    exit(2)
}
let corpus = try texts(CommandLine.arguments[1])
let folder = CommandLine.arguments[2]
let vocabulary = try Vocabulary(
    counting: corpus, tokenizer: .basicEnglish, specials: ["<unk>"], maxTokens: 20_000, defaultIndex: 0)
setNumThreads(1)

var work: [String: () throws -> Int] = [
    "basic_english": { try corpus.reduce(0) { $0 + (try vocabulary.ids(of: $1, tokenizer: .basicEnglish)).count } }
]
for name in ["wordpiece", "gpt2", "llama3"] {
    let tokenizer = try Tokenizer(path: "\(folder)/\(name).json")
    work[name] = { try corpus.reduce(0) { $0 + (try tokenizer.encode($1)).count } }
    work[name + " batch"] = {
        setNumThreads(ProcessInfo.processInfo.activeProcessorCount)
        defer { setNumThreads(1) }
        return try tokenizer.encodeBatch(corpus).reduce(0) { $0 + $1.count }
    }
    work[name + " load"] = { try Tokenizer(path: "\(folder)/\(name).json").vocabularySize }
}
while let line = readLine() {
    let parts = line.dropFirst("time ".count).split(separator: "|").map(String.init)
    guard parts.count == 2, let run = work[parts[0]], let count = Int(parts[1]) else {
        print("{\"error\": \"no such command\"}")
        continue
    }
    var tokens = 0
    let duration = try ContinuousClock().measure { for _ in 0..<count { tokens = try run() } }
    let (seconds, attoseconds) = duration.components
    print("{\"seconds\": \(Double(seconds) + Double(attoseconds) * 1e-18), \"tokens\": \(tokens)}")
    fflush(stdout)
}
