import Torch

/// A color with an opacity.
///
/// A string literal is a name, as in matplotlib: `"C0"` to `"C9"` are the colors of the series in their order,
/// `"tab:blue"` and the like the same ones by name, `"black"`, `"red"`, `"k"`, `"r"` and others the usual ones,
/// `"#1f77b4"` is written in hexadecimal digits, and `"0.5"` is a gray.
public struct PlotColor: Sendable, Hashable, ExpressibleByStringLiteral {
    /// Red, green, blue and the opacity, each in 0...1.
    public var red, green, blue, alpha: Double

    /// Creates a color of parts in 0...1. Others are clamped.
    public init(red: Double, green: Double, blue: Double, alpha: Double = 1) {
        func clamped(_ value: Double) -> Double { value.isNaN ? 0 : min(max(value, 0), 1) }
        (self.red, self.green, self.blue) = (clamped(red), clamped(green), clamped(blue))
        self.alpha = clamped(alpha)
    }

    /// Creates a color by its name, or nil if there is no such color.
    public init?(name: String) {
        if let hex = PlotColor.names[name] {
            self.init(hex: hex)
        } else if name.utf8.first == UInt8(ascii: "#"), [7, 9].contains(name.utf8.count),
            name.dropFirst().allSatisfy(\.isHexDigit), let digits = UInt32(name.dropFirst(), radix: 16)
        {
            self.init(hex: name.utf8.count == 7 ? digits : digits >> 8)
            if name.utf8.count == 9 { alpha = Double(digits & 0xff) / 255 }
        } else if name.utf8.first == UInt8(ascii: "C"), let number = UInt(name.dropFirst()) {
            self = PlotColor.cycle[Int(number % UInt(PlotColor.cycle.count))]
        } else if let gray = Double(name), (0...1).contains(gray) {
            self.init(red: gray, green: gray, blue: gray)
        } else {
            return nil
        }
    }

    /// Creates a color by its name.
    /// - Precondition: there is such a color.
    public init(stringLiteral name: String) {
        if let color = PlotColor(name: name) {
            self = color
        } else {
            raise(.value, "'\(name)' is not a valid value for color")
            self.init(hex: 0)
        }
    }

    init(hex: UInt32) {
        func part(_ shift: UInt32) -> Double { Double(hex >> shift & 0xff) / 255 }
        self.init(red: part(16), green: part(8), blue: part(0))
    }

    /// Returns the same color with its opacity times a factor.
    public func withAlpha(_ factor: Double) -> PlotColor {
        PlotColor(red: red, green: green, blue: blue, alpha: alpha * factor)
    }

    /// The colors of the series in their order. matplotlib: `tab10`.
    public static let cycle: [PlotColor] = tab10.map { PlotColor(hex: $0.value) }

    private static let tab10: KeyValuePairs<String, UInt32> = [
        "blue": 0x1f77b4, "orange": 0xff7f0e, "green": 0x2ca02c, "red": 0xd62728, "purple": 0x9467bd,
        "brown": 0x8c564b, "pink": 0xe377c2, "gray": 0x7f7f7f, "olive": 0xbcbd22, "cyan": 0x17becf
    ]
    private static let names: [String: UInt32] = [
        "b": 0x0000ff, "g": 0x008000, "r": 0xff0000, "c": 0x00bfbf, "m": 0xbf00bf, "y": 0xbfbf00, "k": 0, "w": 0xffffff,
        "black": 0, "white": 0xffffff, "red": 0xff0000, "green": 0x008000, "blue": 0x0000ff, "orange": 0xffa500,
        "purple": 0x800080, "brown": 0xa52a2a, "pink": 0xffc0cb, "gray": 0x808080, "grey": 0x808080,
        "olive": 0x808000, "cyan": 0x00ffff, "magenta": 0xff00ff, "yellow": 0xffff00, "navy": 0x000080,
        "teal": 0x008080, "silver": 0xc0c0c0, "gold": 0xffd700
    ].merging(tab10.map { ("tab:\($0.key)", $0.value) }) { $1 }
}
