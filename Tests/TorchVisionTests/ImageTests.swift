import Foundation
import Testing
import Torch
import TorchVision

/// Compares decoders with what Fixtures/images.py recorded of torchvision, and gives them damaged files.
@Suite struct ImageTests {
    private static let recorded = try? loadNpz(Fixtures.folder + "images.npz")
    private static let names =
        ((try? FileManager.default.contentsOfDirectory(atPath: Fixtures.folder + "Images")) ?? [])
        .filter { !$0.hasSuffix(".gif") }

    private func file(_ name: String) throws -> [UInt8] {
        [UInt8](try #require(FileManager.default.contents(atPath: Fixtures.folder + "Images/" + name)))
    }

    /// The greatest difference of two images, or nil if their forms differ.
    private func difference(_ a: Tensor, _ b: Tensor) -> Int? {
        guard a.shape == b.shape, a.dtype == b.dtype else { return nil }
        return a.to(.int32).sub(b.to(.int32)).abs().max().item(as: Int.self)
    }

    @Test(arguments: ImageTests.names.sorted()) func decodesLikeTorchvision(_ name: String) throws {
        let recorded = try #require(ImageTests.recorded)
        // Decoders of JPEG and WebP may round differently.
        let limit = name.hasSuffix(".png") ? 0 : 1
        for mode in ImageReadMode.allCases {
            guard let expected = recorded["\(name)|\(mode.rawValue)"] else { continue }
            let image = try readImage(Fixtures.folder + "Images/" + name, mode: mode)
            #expect(difference(image, expected).map { $0 <= limit } ?? false, "\(name), \(mode)")
            let again = try decodeImage(Tensor(try file(name)), mode: mode)
            #expect(again.equal(image))
        }
        if let expected = recorded["\(name)|upright"] {
            let image = try decodeImage(try file(name), mode: .rgb, applyExifOrientation: true)
            #expect(difference(image, expected).map { $0 <= limit } ?? false, "\(name), upright")
        }
    }

    /// What torchvision leaves undefined.
    @Test func palettes() throws {
        let indices = try decodePNG(try file("palette2.png"))
        #expect(indices.shape == [1, 13, 19] && indices.max().item(as: Int.self) <= 3)
        let colors = try decodePNG(try file("palette2.png"), mode: .rgbAlpha)
        #expect(colors.shape == [4, 13, 19] && colors.select(0, 3).eq(255).all().item(as: Bool.self))
    }

    @Test func refusals() throws {
        let jpeg = try file("rgb.jpg"), png = try file("rgb8.png"), webp = try file("lossy.webp")
        #expect(message { _ = try readImage("/nowhere.png") } == "/nowhere.png: No such file or directory")
        #expect(
            message { _ = try decodeImage([UInt8](repeating: 7, count: 30)) }
                == "image: Unsupported image file. Only jpeg, png, webp and gif are currently supported.")
        #expect(message { _ = try decodeImage([UInt8]()) }?.contains("Unsupported image file") == true)
        #expect(message { _ = try decodeImage(Tensor.ones(3)) } == "Expected a torch.uint8 tensor")
        #expect(
            message { _ = try decodeImage(Tensor.ones(3, 3, dtype: .uint8)) }
                == "Expected a non empty 1-dimensional tensor")
        #expect(
            message { _ = try decodeJPEG(jpeg, mode: .rgbAlpha) }
                == "JPEG image: The provided mode is not supported for JPEG files")
        #expect(message { _ = try decodePNG(jpeg) } == "PNG image: Content is not png!")
        #expect(message { _ = try decodeJPEG(png) } == "JPEG image: Not a JPEG file: starts with 0x89 0x50")
        #expect(message { _ = try decodeWebP(png) } == "WebP image: WebPGetFeatures failed.")
        #expect(
            message { _ = try decodeWebP(try file("animated.webp")) }
                == "WebP image: Animated webp files are not supported.")
        #expect(
            message { _ = try decodeImage(Array(jpeg.dropLast(30))) } == "image: Image is incomplete or truncated")
        #expect(message { _ = try decodeImage(Array(png[..<200])) } == "image: Image is incomplete or truncated")
        #expect(message { _ = try decodeImage(Array(webp.dropLast(90))) } == "image: WebPDecodeRGB[A] failed.")
        // A chunk of 512 MB before the pixels.
        #expect(
            message { _ = try decodeImage(try file("promised-exif.png")) }
                == "image: Image is incomplete or truncated")
        // Every prefix is refused or, if only the end's mark is missing, decoded.
        for bytes in [jpeg, png, webp] {
            for count in stride(from: 0, to: bytes.count, by: 7) {
                let text = message { _ = try decodeImage(Array(bytes[..<count])) }
                #expect(text?.hasPrefix("image: ") ?? true)
            }
            // Bytes after the end do not matter.
            #expect(try decodeImage(bytes + [1, 2, 3]).equal(decodeImage(bytes)))
        }
    }

    @Test(arguments: ["rgb.jpg", "progressive.jpg", "rgb8.png", "rgb16-interlaced.png", "lossy.webp"])
    func pixelLimits(_ name: String) throws {
        let bytes = try file(name), image = try decodeImage(bytes)
        let pixels = image.size(-1) * image.size(-2)
        #expect(try decodeImage(bytes, maxPixels: pixels).equal(image))
        for limit in [pixels - 1, 0, -1] {
            let error = #expect(throws: TorchError.self) { try decodeImage(bytes, maxPixels: limit) }
            let sentence = "image: has \(pixels) pixels, more than the limit of \(max(limit, 0))"
            #expect(error == TorchError(.value, sentence))
        }
    }

    /// A size that a file only promises must not take memory.
    @Test func promisedSizes() throws {
        var png = try file("rgb8.png"), interlaced = try file("rgb16-interlaced.png")
        for size: [UInt8] in [[0, 0x0F, 0x42, 0x40], [0x7F, 0xFF, 0xFF, 0xFF], [0xFF, 0xFF, 0xFF, 0xFF], [0, 0, 0, 0]] {
            for side in 0..<2 {
                for bytes in [png, interlaced] {
                    var bytes = bytes
                    bytes.replaceSubrange(16 + 4 * side..<20 + 4 * side, with: size)
                    let crc = crc32(bytes[12..<29])
                    bytes.replaceSubrange(29..<33, with: bigEndian(crc))
                    #expect(message { _ = try decodePNG(bytes) } != nil)
                }
            }
        }
        png.replaceSubrange(16..<24, with: [0, 0x0F, 0x42, 0x40, 0, 0x0F, 0x42, 0x40])
        png.replaceSubrange(29..<33, with: bigEndian(crc32(png[12..<29])))
        interlaced.removeAll()
        #expect(
            message { _ = try decodePNG(png) }
                == "PNG image: promises 1000000 x 1000000 pixels, more than its \(png.count) bytes can hold")
        for name in ["rgb.jpg", "progressive.jpg"] {
            var bytes = try file(name)
            let place = try #require(
                (2..<bytes.count).first { bytes[$0] == 0xFF && (bytes[$0 + 1] == 0xC0 || bytes[$0 + 1] == 0xC2) })
            bytes.replaceSubrange(place + 5..<place + 9, with: [0xFF, 0xDC, 0xFF, 0xDC])
            #expect(
                message { _ = try decodeJPEG(bytes) }
                    == "JPEG image: promises 65500 x 65500 pixels, more than its \(bytes.count) bytes can hold")
            bytes.replaceSubrange(place + 5..<place + 9, with: [0, 0, 0, 0])
            #expect(message { _ = try decodeJPEG(bytes) } != nil)
        }
    }

    @Test func encodes() throws {
        let folder = TemporaryFolder()
        let image = try decodeImage(try file("rgb444.jpg"))
        for channels in [1, 3] {
            let part = image.narrow(0, 0, channels)
            for level in [0, 6, 9] {
                #expect(try decodeImage(encodePNG(part, compressionLevel: level)).equal(part))
            }
            try writePNG(part, folder.path + "/a.png")
            #expect(try readImage(folder.path + "/a.png").equal(part))
            // A flat image survives.
            let flat = Tensor.full([channels, 9, 14], 77, dtype: .uint8)
            try writeJPEG(flat, folder.path + "/a.jpg", quality: 100)
            #expect(try difference(readImage(folder.path + "/a.jpg"), flat).map { $0 <= 1 } == true)
        }
        let small = try encodeJPEG(image, quality: 10), large = try encodeJPEG(image, quality: 95)
        #expect(small.numel() < large.numel())
        #expect(message { _ = try encodePNG(Tensor.ones(3, 2, 2)) } == "Input tensor dtype should be uint8")
        #expect(
            message { _ = try encodePNG(Tensor.ones(2, 2, dtype: .uint8)) }
                == "Input data should be a 3-dimensional tensor")
        #expect(
            message { _ = try encodeJPEG(Tensor.ones(4, 2, 2, dtype: .uint8)) }
                == "The number of channels should be 1 or 3, got: 4")
        #expect(
            message { _ = try encodeJPEG(image, quality: 0) }
                == "Image quality should be a positive number between 1 and 100")
        #expect(
            message { _ = try encodePNG(image, compressionLevel: 10) } == "Compression level should be between 0 and 9")
        #expect(
            message { _ = try encodePNG(Tensor.ones(3, 0, 2, dtype: .uint8)) }
                == "No file can hold an image of 0 x 2 pixels")
        #expect(message { _ = try encodeJPEG(Tensor.zeros([1, 1, 65501], dtype: .uint8)) } != nil)
        try writeFile(folder.path + "/b", small)
        #expect(try readFile(folder.path + "/b").equal(small))
    }

    @Test func gridsAndBoxes() throws {
        let recorded = try loadNpz(Fixtures.folder + "utils.npz")
        let image = recorded["image"]!, boxes = recorded["boxes"]!, batch = recorded["batch"]!
        for width in [0, 1, 2, 5] {
            #expect(drawBoundingBoxes(image, boxes, width: width).equal(recorded["boxes|\(width)"]!), "\(width)")
            let filled = drawBoundingBoxes(image, boxes, colors: [ImageColor("Orange")!], fill: true, width: width)
            #expect(filled.equal(recorded["filled|\(width)"]!), "\(width)")
        }
        let colors = ["red", "#0f0", "#0000FF", "navy", "teal"].compactMap { ImageColor($0) }
        #expect(drawBoundingBoxes(image.narrow(0, 0, 1), boxes, colors: colors).equal(recorded["gray"]!))
        let real = drawBoundingBoxes(image.div(255), boxes, fill: true)
        #expect(real.allclose(recorded["real"]!))
        #expect(makeGrid(batch).equal(recorded["grid"]!))
        #expect(makeGrid(batch, nrow: 3, padding: 1, padValue: 0.5).equal(recorded["grid|rows"]!))
        #expect(makeGrid(batch, nrow: 2, normalize: true).equal(recorded["grid|normal"]!))
        #expect(
            makeGrid(batch, nrow: 2, normalize: true, valueRange: (-2, 9), scaleEach: true)
                .equal(recorded["grid|range"]!))
        #expect(makeGrid(batch, normalize: true, scaleEach: true).equal(recorded["grid|each"]!))
        #expect(makeGrid(batch.select(0, 0)).equal(recorded["grid|one"]!))
        #expect(makeGrid(batch.unbind()).equal(recorded["grid"]!))
        let folder = TemporaryFolder()
        try saveImage(batch, folder.path + "/grid.png", normalize: true)
        let saved = try readImage(folder.path + "/grid.png")
        #expect(saved.equal(makeGrid(batch, normalize: true).mul(255).add(0.5).clamp(min: 0, max: 255).to(.uint8)))
        #expect(message { try saveImage(batch, folder.path + "/grid.tga") }?.contains("unknown file extension") == true)
        #expect(ImageColor("nocolor") == nil && ImageColor("#12345") == nil && ImageColor("#+1234f") == nil)
        #expect(
            message { _ = try withError { drawBoundingBoxes(image, Tensor([5.0, 1, 2, 3]).view(1, 4)) } }
                == "Boxes need to be in (xmin, ymin, xmax, ymax) format. Use torchvision.ops.box_convert to convert them"
        )
    }

    private func crc32(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        var crc: UInt32 = ~0
        for byte in bytes {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xedb8_8320 : crc >> 1 }
        }
        return ~crc
    }
}
