import Foundation

/// Where the library is not to do what PyTorch did, and why.
enum Deviations {
    /// By operator: the part of a case that is not compared.
    private static let parts: [String: (part: String, why: String)] = [
        "as_strided_scatter": (
            "grad", "PyTorch's gradient keeps the places that were overwritten; its own gradcheck rejects that"
        )
    ]

    /// By operator and PyTorch's regular expression: one that our message, which says as much in other words, satisfies
    /// instead.
    private static let wordings: [String: [String: String]] = [
        "nn.functional.gaussian_nll_loss": ["abc is not valid": "abc is not a valid value for reduction"]
    ]

    /// Operators of which PyTorch returns a 0-dimensional input as a copy and any other as itself; either is right.
    static let mayShareMemory: Set<String> = ["sum_to_size"]

    /// By operator: how far PyTorch's own float64 numbers are from the function, as mpmath computes it; ours need not
    /// follow them closer.
    private static let errors: [String: Double] = [
        "special.bessel_j0": 4e-7, "special.bessel_j1": 5e-7, "special.bessel_y0": 9e-7, "special.bessel_y1": 9e-7,
        "special.airy_ai": 2e-6
    ]

    static func tolerance(of name: String, _ usual: Tolerance) -> Tolerance {
        errors[name].map { .within($0) } ?? usual
    }

    static func leavesOut(_ part: String, of name: String) -> Bool { parts[name]?.part == part }

    static func agrees(_ message: String, _ pattern: String, operator name: String) throws -> Bool {
        if try matches(message, pattern) { return true }
        guard let other = wordings[name]?[pattern] else { return false }
        return try matches(message, other)
    }

    private static func matches(_ message: String, _ pattern: String) throws -> Bool {
        guard let regex = try? NSRegularExpression(pattern: pattern) else {
            throw Malformed("the regular expression \(pattern)")
        }
        return regex.firstMatch(in: message, range: NSRange(message.startIndex..., in: message)) != nil
    }
}
