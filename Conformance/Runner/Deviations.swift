import Foundation

/// The differences from PyTorch that are intended, and the reasons.
enum Deviations {
    /// The part of a case that is not compared, by operator.
    private static let parts: [String: (part: String, why: String)] = [
        "as_strided_scatter": (
            "grad", "PyTorch's gradient keeps the places that were overwritten; its own gradcheck rejects that"
        )
    ]

    /// By operator: the dtypes whose values are not compared, and why.
    private static let wrongValues: [String: (dtypes: Set<String>, why: String)] = [
        "matrix_exp": (
            ["bfloat16", "float16"], "PyTorch reads the bytes of float64 coefficients as numbers of the half type"
        )
    ]

    /// By operator and PyTorch's regular expression: another expression, for a message of this library that says the
    /// same in other words.
    private static let wordings: [String: [String: String]] = [
        "nn.functional.gaussian_nll_loss": ["abc is not valid": "abc is not a valid value for reduction"]
    ]

    /// Operators for which PyTorch copies a 0-dimensional input and returns any other input itself. Both are accepted.
    static let mayShareMemory: Set<String> = ["sum_to_size"]

    /// By operator: the error of PyTorch's own float64 numbers, measured with mpmath. Results may differ from PyTorch's
    /// by this much.
    private static let errors: [String: Double] = [
        "special.bessel_j0": 4e-7, "special.bessel_j1": 5e-7, "special.bessel_y0": 9e-7, "special.bessel_y1": 9e-7,
        "special.airy_ai": 2e-6
    ]

    static func tolerance(of name: String, _ usual: Tolerance) -> Tolerance {
        errors[name].map { .within($0) } ?? usual
    }

    static func skips(_ part: String, of name: String) -> Bool { parts[name]?.part == part }

    static func skipsValues(of name: String, dtype: String) -> Bool {
        wrongValues[name]?.dtypes.contains(dtype) == true
    }

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
