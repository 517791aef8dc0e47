/// The colors of numbers from 0 to 1. matplotlib: `Colormap`.
///
/// The colors of equally spaced numbers are matplotlib's; those between are interpolated.
public struct Colormap: Sendable {
    private let anchors: [PlotColor]

    /// Creates a map from the colors of equally spaced numbers, the first for 0 and the last for 1.
    /// - Precondition: there is a color.
    public init(_ anchors: [PlotColor]) {
        precondition(!anchors.isEmpty, "a color map needs a color")
        self.anchors = anchors
    }

    private init(hex anchors: [UInt32]) { self.init(anchors.map { PlotColor(hex: $0) }) }

    /// Returns the color of a number. Numbers beyond 0...1 have the color of the nearest end.
    public func callAsFunction(_ value: Double) -> PlotColor {
        let place = min(max(value.isNaN ? 0 : value, 0), 1) * Double(anchors.count - 1)
        let below = anchors[Int(place)], above = anchors[min(Int(place) + 1, anchors.count - 1)]
        let share = place - place.rounded(.down)
        func mix(_ part: KeyPath<PlotColor, Double>) -> Double {
            below[keyPath: part] + share * (above[keyPath: part] - below[keyPath: part])
        }
        return PlotColor(red: mix(\.red), green: mix(\.green), blue: mix(\.blue), alpha: mix(\.alpha))
    }

    /// From black to white. matplotlib: `gray`.
    public static let gray = Colormap(hex: [0x000000, 0xffffff])
    /// From dark violet over green to yellow; equal steps look equal. matplotlib: `viridis`.
    public static let viridis = Colormap(hex: [
        0x440154, 0x48186a, 0x472d7b, 0x424086, 0x3b528b, 0x33638d, 0x2c728e, 0x26828e, 0x21918c, 0x1fa088, 0x28ae80,
        0x3fbc73, 0x5ec962, 0x84d44b, 0xaddc30, 0xd8e219, 0xfde725
    ])
    /// From black over red to light yellow; equal steps look equal. matplotlib: `magma`.
    public static let magma = Colormap(hex: [
        0x000004, 0x0a0822, 0x1d1147, 0x36106b, 0x51127c, 0x6a1c81, 0x832681, 0x9c2e7f, 0xb73779, 0xd0416f, 0xe75263,
        0xf56b5c, 0xfc8961, 0xfea772, 0xfec488, 0xfde2a3, 0xfcfdbf
    ])
    /// From white to dark blue. matplotlib: `Blues`.
    public static let blues = Colormap(hex: [
        0xf7fbff, 0xdeebf7, 0xc6dbef, 0x9dcae1, 0x6aaed6, 0x4191c6, 0x2070b4, 0x08509b, 0x08306b
    ])
    /// From red over white to blue, for numbers of both signs. matplotlib: `RdBu`.
    public static let rdBu = Colormap(hex: [
        0x67001f, 0xb1182b, 0xd6604d, 0xf3a481, 0xfddbc7, 0xf6f7f7, 0xd1e5f0, 0x90c4dd, 0x4393c3, 0x2065ab, 0x053061
    ])
}
