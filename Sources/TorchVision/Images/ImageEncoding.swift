import CImages
import Torch

/// Writes an image as a PNG file. PyTorch: `torchvision.io.write_png`.
/// - Parameters:
///   - image: uint8 [channels, height, width] of one or three channels.
///   - path: the file.
///   - compressionLevel: zlib's level, 0 (none) to 9.
/// - Throws: `TorchError` if the image has another form, or if the file cannot be written. Then an older file stays.
public func writePNG(_ image: Tensor, _ path: String, compressionLevel: Int = 6) throws {
    try writeFile(path, encodePNG(image, compressionLevel: compressionLevel))
}

/// Writes an image as a JPEG file. PyTorch: `torchvision.io.write_jpeg`.
/// - Parameters:
///   - image: uint8 [channels, height, width] of one or three channels.
///   - path: the file.
///   - quality: 1 to 100.
/// - Throws: `TorchError` if the image has another form, or if the file cannot be written. Then an older file stays.
public func writeJPEG(_ image: Tensor, _ path: String, quality: Int = 75) throws {
    try writeFile(path, encodeJPEG(image, quality: quality))
}

/// Returns the bytes of a PNG file, uint8 with one dimension. PyTorch: `torchvision.io.encode_png`.
public func encodePNG(_ image: Tensor, compressionLevel: Int = 6) throws -> Tensor {
    guard (0...9).contains(compressionLevel) else {
        throw TorchError(.runtime, "Compression level should be between 0 and 9")
    }
    return try encode(image) { ci_encode_png($0, $1, $2, $3, Int32(compressionLevel), $4) }
}

/// Returns the bytes of a JPEG file, uint8 with one dimension. Colors have half the resolution in each direction.
/// PyTorch: `torchvision.io.encode_jpeg`.
public func encodeJPEG(_ image: Tensor, quality: Int = 75) throws -> Tensor {
    guard (1...100).contains(quality) else {
        throw TorchError(.value, "Image quality should be a positive number between 1 and 100")
    }
    return try encode(image) { ci_encode_jpeg($0, $1, $2, $3, Int32(quality), $4) }
}

private func encode(
    _ image: Tensor,
    with encoder: (UnsafePointer<UInt8>?, UInt32, UInt32, Int32, UnsafeMutablePointer<ci_image>?) -> Int32
) throws -> Tensor {
    guard image.dtype == .uint8 else { throw TorchError(.runtime, "Input tensor dtype should be uint8") }
    guard image.dim == 3 else { throw TorchError(.runtime, "Input data should be a 3-dimensional tensor") }
    let (channels, height, width) = (image.shape[0], image.shape[1], image.shape[2])
    guard channels == 1 || channels == 3 else {
        throw TorchError(.runtime, "The number of channels should be 1 or 3, got: \(channels)")
    }
    guard let rows = UInt32(exactly: height), let columns = UInt32(exactly: width), rows > 0, columns > 0 else {
        throw TorchError(.runtime, "No file can hold an image of \(height) x \(width) pixels")
    }
    let pixels = image.permute(1, 2, 0).contiguous()
    guard pixels.device.kind == .cpu else { throw TorchError(.runtime, "Input tensor should be on CPU.") }
    var file = ci_image()
    let status = pixels.withUnsafeElements(as: UInt8.self) {
        encoder($0.baseAddress, columns, rows, Int32(channels), &file)
    }
    guard status == 0, let bytes = file.bytes else { throw TorchError(.runtime, message(of: file)) }
    defer { ci_free(bytes) }
    return Tensor(Array(UnsafeBufferPointer(start: bytes, count: file.count)))
}
