import CZlib
import Torch

/// PNG files (RFC 2083) of 8 bits a channel, which are not interlaced. TorchVision's `encodePNG` is libpng; this writer
/// is for modules that should not depend on the libraries of JPEG, PNG and WebP for the sake of a few pictures.
package enum PNGFile {
    private static let signature: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]

    /// Returns a file.
    /// - Parameters:
    ///   - pixels: rows of pixels of `channels` bytes each.
    ///   - channels: 1 (gray), 2 (gray and alpha), 3 (red, green, blue) or 4 (these and alpha).
    /// - Precondition: `pixels` has width × height × channels bytes.
    /// - Throws: `TorchError` if no file can hold an image of this size, or if memory is exhausted.
    package static func encode(_ pixels: [UInt8], width: Int, height: Int, channels: Int) throws -> [UInt8] {
        precondition(pixels.count == width * height * channels)
        guard let columns = UInt32(exactly: width), let rows = UInt32(exactly: height), columns > 0, rows > 0,
            pixels.count + height < Int32.max
        else { throw TorchError(.value, "No PNG file can hold an image of \(height) x \(width) pixels") }
        let colorType: UInt8 =
            switch channels {
            case 1: 0
            case 2: 4
            case 3: 2
            case 4: 6
            default: throw TorchError(.value, "A PNG file has 1 to 4 channels, not \(channels)")
            }
        var file = signature
        append("IHDR", bigEndian(columns) + bigEndian(rows) + [8, colorType, 0, 0, 0], to: &file)
        append("IDAT", try compressed(filtered(pixels, stride: width * channels, step: channels)), to: &file)
        append("IEND", [], to: &file)
        return file
    }

    /// Returns the width, the height and the number of channels of a file, from its head; nil if it is no PNG file.
    package static func form(of file: [UInt8]) -> (width: Int, height: Int, channels: Int)? {
        guard file.count >= 33, file.starts(with: signature), file[12..<16].elementsEqual("IHDR".utf8) else {
            return nil
        }
        func number(_ position: Int) -> Int { file[position..<position + 4].reduce(0) { $0 << 8 | Int($1) } }
        // A palette has three channels.
        let channels: [UInt8: Int] = [0: 1, 2: 3, 3: 3, 4: 2, 6: 4]
        guard let count = channels[file[25]] else { return nil }
        let (width, height) = (number(16), number(20))
        guard (1...Int(Int32.max)).contains(width), (1...Int(Int32.max)).contains(height) else { return nil }
        return (width, height, count)
    }

    /// Returns each row after the number of its filter. Of the five filters each row has the one whose bytes, as
    /// signed numbers, have the least sum of magnitudes, as the PNG specification advises.
    private static func filtered(_ pixels: [UInt8], stride: Int, step: Int) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(pixels.count + pixels.count / stride)
        var above = [UInt8](repeating: 0, count: stride)
        var trials = [[UInt8]](repeating: above, count: 5)
        for start in Swift.stride(from: 0, to: pixels.count, by: stride) {
            let row = Array(pixels[start..<start + stride])
            for i in 0..<stride {
                let left = i < step ? 0 : row[i - step], up = above[i], corner = i < step ? 0 : above[i - step]
                trials[0][i] = row[i]
                trials[1][i] = row[i] &- left
                trials[2][i] = row[i] &- up
                trials[3][i] = row[i] &- UInt8((Int(left) + Int(up)) / 2)
                trials[4][i] = row[i] &- paeth(left, up, corner)
            }
            let sums = trials.map { $0.reduce(0) { $0 + Int(Int8(bitPattern: $1).magnitude) } }
            let best = sums.indices.min { sums[$0] < sums[$1] }!
            result.append(UInt8(best))
            result += trials[best]
            above = row
        }
        return result
    }

    /// The neighbour that is closest to left + up - corner.
    private static func paeth(_ left: UInt8, _ up: UInt8, _ corner: UInt8) -> UInt8 {
        let guess = Int(left) + Int(up) - Int(corner)
        let (a, b, c) = (abs(guess - Int(left)), abs(guess - Int(up)), abs(guess - Int(corner)))
        return a <= b && a <= c ? left : b <= c ? up : corner
    }

    private static func compressed(_ bytes: [UInt8]) throws -> [UInt8] {
        var size = compressBound(uLong(bytes.count))
        var status = Z_OK
        let result = [UInt8](unsafeUninitializedCapacity: Int(size)) { buffer, count in
            status = bytes.withUnsafeBufferPointer {
                compress2(buffer.baseAddress, &size, $0.baseAddress, uLong($0.count), 6)
            }
            count = status == Z_OK ? Int(size) : 0
        }
        guard status == Z_OK else { throw TorchError(.runtime, "zlib cannot compress: error \(status)") }
        return result
    }

    private static func append(_ type: String, _ data: [UInt8], to file: inout [UInt8]) {
        let body = Array(type.utf8) + data
        var checksum = CRC32()
        body.withUnsafeBytes { checksum.update($0) }
        file += bigEndian(UInt32(data.count)) + body + bigEndian(checksum.value)
    }

    private static func bigEndian(_ value: UInt32) -> [UInt8] { withUnsafeBytes(of: value.bigEndian) { Array($0) } }
}
