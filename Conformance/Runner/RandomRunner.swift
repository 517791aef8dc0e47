import Torch

/// Runs the draws of random.json.
struct RandomRunner {
    let draws: [JSON]

    func caseName(_ index: Int) -> String {
        "\(draws[index]["name"] as? String ?? "?") (seed \(draws[index]["seed"] ?? "?"))"
    }

    func run(_ index: Int) throws -> Verdict {
        guard let name = draws[index]["name"] as? String, let seed = draws[index]["seed"] as? Int,
            let expected = draws[index]["expect"] as? JSON
        else {
            throw Malformed("a draw without name, seed, expect")
        }
        let found = try withError {
            // The draw is followed by a QR decomposition, whose last bits depend on the LAPACK.
            guard let actual = try RandomDraws.draw(name, seed: seed) else { throw Unsupported("no adapter") }
            return try difference(actual, expected, name.contains("orthogonal") ? .value : .exact)
        }
        return found.map { .failed($0) } ?? .passed
    }
}
