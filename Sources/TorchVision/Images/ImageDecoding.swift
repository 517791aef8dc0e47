import CImages
import Torch
import TorchFiles

/// Reads a JPEG, PNG, WebP or GIF image. PyTorch: `torchvision.io.read_image`.
///
/// The format is found by the file's first bytes. The result is uint8 [channels, height, width], uint16 for a PNG of 16
/// bits; a GIF gives what `decodeGIF` returns. Its memory is interleaved ([height, width, channels]), as torchvision's.
/// - Parameters:
///   - path: the file.
///   - mode: the channels of the result. A GIF always has three.
///   - applyExifOrientation: if true, turns the image upright as the file's EXIF data says (JPEG and PNG).
///   - maxPixels: the greatest height times width that is decoded. A few kilobytes may become gigabytes, so set it for
///     images of strangers. A GIF's pictures count together.
/// - Throws: `TorchError` that names the file if it cannot be read, is not an image, is damaged or declares more pixels
///   than its bytes can hold, or if its format does not have the channels of `mode`. If there are more pixels than
///   `maxPixels`, it is a ValueError.
public func readImage(
    _ path: String, mode: ImageReadMode = .unchanged, applyExifOrientation: Bool = false, maxPixels: Int? = nil
) throws -> Tensor {
    try decodeImage(readBytes(path), nil, mode, applyExifOrientation, maxPixels, name: path)
}

/// Like `readImage`, for bytes in memory. PyTorch: `torchvision.io.decode_image`.
public func decodeImage(
    _ bytes: [UInt8], mode: ImageReadMode = .unchanged, applyExifOrientation: Bool = false, maxPixels: Int? = nil
) throws -> Tensor {
    try decodeImage(bytes, nil, mode, applyExifOrientation, maxPixels, name: "image")
}

/// Like `readImage`, for a uint8 tensor with one dimension that holds a file. PyTorch: `torchvision.io.decode_image`.
public func decodeImage(
    _ bytes: Tensor, mode: ImageReadMode = .unchanged, applyExifOrientation: Bool = false, maxPixels: Int? = nil
) throws -> Tensor {
    guard bytes.dtype == .uint8 else { throw TorchError(.runtime, "Expected a torch.uint8 tensor") }
    guard bytes.dim == 1, bytes.numel() > 0 else {
        throw TorchError(.runtime, "Expected a non empty 1-dimensional tensor")
    }
    return try decodeImage(
        bytes.toArray(as: UInt8.self), mode: mode, applyExifOrientation: applyExifOrientation, maxPixels: maxPixels)
}

/// Decodes a JPEG file in memory. PyTorch: `torchvision.io.decode_jpeg`. The modes with alpha are refused.
public func decodeJPEG(
    _ bytes: [UInt8], mode: ImageReadMode = .unchanged, applyExifOrientation: Bool = false, maxPixels: Int? = nil
) throws -> Tensor {
    try decodeImage(bytes, .jpeg, mode, applyExifOrientation, maxPixels, name: "JPEG image")
}

/// Decodes a PNG file in memory. PyTorch: `torchvision.io.decode_png`.
public func decodePNG(
    _ bytes: [UInt8], mode: ImageReadMode = .unchanged, applyExifOrientation: Bool = false, maxPixels: Int? = nil
) throws -> Tensor {
    try decodeImage(bytes, .png, mode, applyExifOrientation, maxPixels, name: "PNG image")
}

/// Decodes a WebP file in memory. PyTorch: `torchvision.io.decode_webp`. The gray modes give the file's own channels,
/// as in torchvision. Animations are refused.
public func decodeWebP(_ bytes: [UInt8], mode: ImageReadMode = .unchanged, maxPixels: Int? = nil) throws -> Tensor {
    try decodeImage(bytes, .webp, mode, false, maxPixels, name: "WebP image")
}

/// Decodes a GIF file in memory. PyTorch: `torchvision.io.decode_gif`.
///
/// Returns RGB colors, uint8 [3, height, width], or [N, 3, height, width] if there are N pictures. Each is drawn over
/// the one before it, or over the background's color if its own disposal method is 2; transparent pixels show that.
/// - Throws: `TorchError` if the file is no GIF, is damaged or declares more pixels than its bytes can hold.
public func decodeGIF(_ bytes: [UInt8], maxPixels: Int? = nil) throws -> Tensor {
    try decodeImage(bytes, .gif, .unchanged, false, maxPixels, name: "GIF image")
}

/// Returns a file's bytes, uint8 with one dimension. PyTorch: `torchvision.io.read_file`.
public func readFile(_ path: String) throws -> Tensor { Tensor(try readBytes(path)) }

/// Writes the bytes of a uint8 tensor with one dimension. PyTorch: `torchvision.io.write_file`.
public func writeFile(_ path: String, _ data: Tensor) throws {
    guard data.dtype == .uint8 else { throw TorchError(.runtime, "Input tensor dtype should be uint8") }
    guard data.dim == 1 else { throw TorchError(.runtime, "Input data should be a 1-dimensional tensor") }
    let file = try OutputFile(path: path)
    try data.contiguous().withUnsafeElements(as: UInt8.self) { try file.write(UnsafeRawBufferPointer($0)) }
    try file.commit()
}

/// The formats that can be decoded.
enum ImageFormat {
    case jpeg, png, webp, gif

    /// Finds the format by a file's first bytes.
    init?(_ bytes: [UInt8]) {
        if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
            self = .jpeg
        } else if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]) {
            self = .png
        } else if bytes.starts(with: Array("RIFF".utf8)), bytes.dropFirst(8).starts(with: Array("WEBP".utf8)) {
            self = .webp
        } else if bytes.starts(with: Array("GIF87a".utf8)) || bytes.starts(with: Array("GIF89a".utf8)) {
            self = .gif
        } else {
            return nil
        }
    }
}

/// Reads all bytes of a file. The memory grows with the bytes that arrive if the size is not known before.
func readBytes(_ path: String) throws -> [UInt8] {
    let source = try FileSource(path)
    if let size = source.available { return try source.take(size, "the file") }
    var bytes: [UInt8] = []
    try source.forEachPiece { bytes += $0 }
    return bytes
}

func decodeImage(
    _ bytes: [UInt8], _ format: ImageFormat?, _ mode: ImageReadMode, _ applyExifOrientation: Bool,
    _ maxPixels: Int?, name: String
) throws -> Tensor {
    guard let format = format ?? ImageFormat(bytes) else {
        throw TorchError(
            .file, "\(name): Unsupported image file. Only jpeg, png, webp and gif are currently supported.")
    }
    let decode: (UnsafePointer<UInt8>?, Int, Int32, UInt64, UnsafeMutablePointer<ci_image>?) -> Int32
    switch format {
    case .jpeg: decode = ci_decode_jpeg
    case .png: decode = ci_decode_png
    case .webp: decode = ci_decode_webp
    case .gif: decode = { ci_decode_gif($0, $1, $3, $4) }
    }
    var image = ci_image()
    let status = bytes.withUnsafeBufferPointer {
        decode($0.baseAddress, $0.count, Int32(mode.rawValue), UInt64(max(maxPixels ?? .max, 0)), &image)
    }
    guard status == 0, let pixels = image.bytes else {
        throw TorchError(image.is_too_large != 0 ? .value : .file, "\(name): \(message(of: image))")
    }
    let block = PixelMemory(pixels)
    let storage = Storage(pointer: pixels, byteCount: image.count) { block.free() }
    var sizes = [Int(image.height), Int(image.width), Int(image.channels)]
    if image.frames > 1 { sizes.insert(Int(image.frames), at: 0) }
    let result = try Tensor(storage: storage, layout: Layout(sizes), dtype: image.sample_size == 2 ? .uint16 : .uint8)
        .movedim(-1, -3)
    guard applyExifOrientation, let orientation = ExifOrientation(bytes, format) else { return result }
    return orientation.upright(result)
}

func message(of image: ci_image) -> String {
    withUnsafeBytes(of: image.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
}

/// Memory of the codecs that a storage takes over.
private struct PixelMemory: @unchecked Sendable {
    private let pointer: UnsafeMutablePointer<UInt8>
    init(_ pointer: UnsafeMutablePointer<UInt8>) { self.pointer = pointer }
    func free() { ci_free(pointer) }
}
