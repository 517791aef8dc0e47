/// Converts a name to snake case: `linearReluStack` → `linear_relu_stack`. A run of capitals is one word: `weightIH` →
/// `weight_ih`.
func snakeCase(_ name: String) -> String {
    let letters = Array(name)
    var result = ""
    for (i, c) in letters.enumerated() {
        if c.isUppercase, i > 0, letters[i - 1] != "_" {
            let startsWord = !letters[i - 1].isUppercase || (i + 1 < letters.count && letters[i + 1].isLowercase)
            if startsWord { result.append("_") }
        }
        result += c.lowercased()
    }
    return result
}
