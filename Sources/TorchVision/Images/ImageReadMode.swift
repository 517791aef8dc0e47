/// The channels that a decoder returns. PyTorch: `torchvision.io.ImageReadMode`.
public enum ImageReadMode: Int, Sendable, CaseIterable {
    /// The file's own channels. A CMYK JPEG gives four inks, a PNG with a palette its indices.
    case unchanged = 0
    /// One channel.
    case gray = 1
    /// Gray, then alpha.
    case grayAlpha = 2
    /// Red, green, blue.
    case rgb = 3
    /// Red, green, blue, alpha.
    case rgbAlpha = 4
}
