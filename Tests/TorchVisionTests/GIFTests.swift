import Foundation
import Testing
import Torch
import TorchVision

/// Compares the decoder of GIF with what Fixtures/gifs.py recorded of torchvision, and gives it damaged files.
@Suite struct GIFTests {
    private static let recorded = (try? loadNpz(Fixtures.folder + "gifs.npz")) ?? [:]

    private func file(_ name: String) throws -> [UInt8] {
        [UInt8](try #require(FileManager.default.contents(atPath: Fixtures.folder + "Images/" + name)))
    }

    @Test func decodesLikeTorchvision() throws {
        #expect(Self.recorded.count == 14)
        for (name, expected) in Self.recorded {
            let bytes = try file(name)
            #expect(try decodeGIF(bytes).equal(expected), "\(name)")
            // The mode has no effect, and bytes after the end do not matter.
            #expect(try decodeImage(bytes + [1, 2, 3], mode: .gray).equal(expected), "\(name)")
        }
        // Colors lie side by side, as for other formats.
        #expect(try decodeGIF(file("gif-16.gif")).stride() == [1, 143 * 3, 3])
    }

    @Test func refusals() throws {
        let bytes = try file("gif-disposals.gif")
        #expect(message { _ = try decodeGIF(try file("rgb8.png")) } == "GIF image: Content is not gif!")
        for count in 0..<bytes.count {
            #expect(message { _ = try decodeGIF(Array(bytes[..<count])) } != nil, "\(count) bytes")
        }
        #expect(message { _ = try decodeGIF(bytes.dropLast() + [7, 7]) } == "GIF image: a block of an unknown kind, 7")
        let header: [UInt8] = Array("GIF89a".utf8) + [2, 0, 2, 0, 0x80, 0, 0, 1, 2, 3, 4, 5, 6]
        #expect(message { _ = try decodeGIF(header + [0x3B]) } == "GIF image: no picture")
        let place: [UInt8] = [0x2C, 0, 0, 0, 0, 2, 0, 2, 0, 0]
        func pixels(_ data: [UInt8]) -> String? { message { _ = try decodeGIF(header + place + data + [0x3B]) } }
        // Three of four pixels; a code before its string is known; codes of 0 and 9 bits.
        #expect(pixels([2, 3, 0x44, 0x52, 0, 0]) == "GIF image: Image is incomplete or truncated")
        #expect(pixels([2, 2, 0x34, 0x00, 0]) == "GIF image: Image is incomplete or truncated")
        #expect(pixels([0, 1, 0, 0]) == "GIF image: Image is incomplete or truncated")
        #expect(pixels([9, 1, 0, 0]) == "GIF image: Image is incomplete or truncated")
        let noColors: [UInt8] = Array("GIF89a".utf8) + [2, 0, 2, 0, 0, 0, 0]
        #expect(
            message { _ = try decodeGIF(noColors + place + [2, 1, 0, 0, 0x3B]) }
                == "GIF image: Global and local color maps are missing.")
        let flat = header + [0x2C, 0, 0, 0, 0, 0, 0, 2, 0, 0] + [2, 1, 0, 0, 0x3B]
        #expect(message { _ = try decodeGIF(flat) } == "GIF image: no pixels")
    }

    /// A size that a file only promises must not take memory.
    @Test func promisedSizes() throws {
        var bytes = try file("gif-disposals.gif")
        bytes.replaceSubrange(6..<10, with: [0xFF, 0xFF, 0xFF, 0xFF])
        #expect(
            message { _ = try decodeGIF(bytes) }
                == "GIF image: promises 65535 x 65535 pixels in 1 pictures, more than its \(bytes.count) bytes can hold"
        )
        // Each picture is as large as all.
        bytes.replaceSubrange(6..<10, with: [0xFF, 0x0F, 0xFF, 0x07])
        #expect(
            message { _ = try decodeGIF(bytes) }
                == "GIF image: promises 4095 x 2047 pixels in 3 pictures, more than its \(bytes.count) bytes can hold")
    }

    /// The limit counts the pixels of all pictures: four of 17 x 21.
    @Test func pixelLimits() throws {
        let bytes = try file("gif-animated.gif")
        #expect(try decodeGIF(bytes, maxPixels: 1428).shape == [4, 3, 17, 21])
        for (limit, pixels) in [(1427, 1428), (1, 357)] {
            let error = #expect(throws: TorchError.self) { try decodeGIF(bytes, maxPixels: limit) }
            #expect(error == TorchError(.value, "GIF image: has \(pixels) pixels, more than the limit of \(limit)"))
        }
    }

    /// Every byte of a file, changed to some others: an image or an error, and no access outside of memory.
    @Test func damagedFiles() throws {
        for name in ["gif-disposals.gif", "gif-interlaced.gif", "gif-animated.gif"] {
            let bytes = try file(name)
            for place in stride(from: 6, to: bytes.count, by: bytes.count > 300 ? 7 : 1) {
                for value: UInt8 in [0, 1, 0x2C, 0x3B, 0x7F, 0xFF] {
                    // Sizes of millions of pixels take a while.
                    if (6..<10).contains(place), value > 1 { continue }
                    var damaged = bytes
                    damaged[place] = value
                    if let image = try? decodeGIF(damaged) { #expect(image.size(-3) == 3) }
                }
            }
        }
    }
}
