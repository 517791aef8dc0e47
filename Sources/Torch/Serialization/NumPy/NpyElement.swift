/// The element type of a `.npy` file, from its `descr`. The forms of `numpy.dtype` are accepted: `<f4`, `f4`, `f`,
/// `float32`.
struct NpyElement {
    /// NumPy's kind and size without the byte order, such as `f4`.
    let code: String
    /// Whether the byte order differs from this machine's.
    let isSwapped: Bool

    init(_ text: String) {
        let marks: [UInt8] = [UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "="), UInt8(ascii: "|")]
        let mark = text.utf8.first.flatMap { marks.contains($0) ? $0 : nil }
        let rest = mark == nil ? text : String(text.dropFirst())
        // A name cannot follow a byte order mark, but a letter can.
        let isNamed = mark == nil || rest.utf8.count == 1
        code = isNamed ? NpyElement.codes[rest] ?? rest : rest
        isSwapped = mark == UInt8(ascii: 1.littleEndian == 1 ? ">" : "<")
    }

    /// NumPy's letters and names for each code.
    private static let codes: [String: String] = {
        let names = [
            "b1": "? bool bool_", "i1": "b int8 byte", "u1": "B uint8 ubyte", "i2": "h int16 short",
            "u2": "H uint16 ushort", "i4": "i int32 intc",
            "u4": "I uint32 uintc", "i8": "l q p n int64 int int_ intp long longlong",
            "u8": "L Q P N uint64 uint uintp ulong ulonglong", "f2": "e float16 half", "f4": "f float32 single",
            "f8": "d float64 float double", "c8": "F complex64 csingle", "c16": "D complex128 complex cdouble"
        ]
        var result: [String: String] = [:]
        for (code, list) in names {
            for name in list.split(separator: " ") { result[String(name)] = code }
        }
        return result
    }()
}
