// The Swift side of the benchmark. Each line of standard input is a command. The answer is a line of JSON on standard
// output:
//   save NAME|PATH   writes the numbers of the case as .npy
//   time NAME|COUNT  {"seconds": S} for COUNT repetitions
#if canImport(Glibc)
@preconcurrency import Glibc
#else
import Darwin
#endif
import Torch

struct Mistake: Error, CustomStringConvertible {
    let description: String
}

func answer(_ line: String, _ cases: [String: Case]) throws -> String {
    let parts = line.split(separator: " ", maxSplits: 1)
    let words = parts.count == 2 ? parts[1].split(separator: "|", maxSplits: 1).map(String.init) : []
    guard words.count == 2, let subject = cases[words[0]] else {
        throw Mistake(description: "no such command or case: \(line)")
    }
    let argument = words[1]
    switch parts[0] {
    case "save":
        let result = try withError { subject.result().detach() }
        // NumPy has no bfloat16.
        try saveNpy((result.dtype == .bfloat16 ? result.float() : result).contiguous(), to: argument)
        return "{}"
    case "time":
        guard let count = Int(argument), count > 0 else { throw Mistake(description: "not a count: \(argument)") }
        let clock = ContinuousClock()
        let duration = try withError { clock.measure { subject.loop(count) } }
        let (seconds, attoseconds) = duration.components
        return "{\"seconds\": \(Double(seconds) + Double(attoseconds) * 1e-18)}"
    default:
        throw Mistake(description: "no such command: \(parts[0])")
    }
}

func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"", "\\": result += "\\\(scalar)"
        case "\n": result += "\\n"
        case _ where scalar.value < 0x20: result += " "
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result + "\""
}

if CommandLine.arguments.count == 2, let threads = Int(CommandLine.arguments[1]), threads > 0 { setNumThreads(threads) }
let cases = Case.all()
while let line = readLine() {
    do {
        print(try answer(line, cases))
    } catch {
        print("{\"error\": \(quoted("\(error)"))}")
    }
    fflush(stdout)
}
