import Torch
import TorchVision

/// Decodes an image file and makes it a model's input. It runs on a thread that may take its time.
public enum ImagePreparation: Sendable {
    /// One gray channel of 28 x 28 pixels, 0 to 1. FashionMNIST's clothes are light on black.
    case fashionMNIST
    /// Three channels, as torchvision prepares them for its models.
    case imageNet(ImageClassification)

    /// Returns the input, [C, H, W], for the bytes of a JPEG, PNG or WebP file.
    /// - Throws: `BadImage` if the file is not one of these, is damaged, has too many pixels, or is too narrow.
    public func callAsFunction(_ bytes: [UInt8], maxPixels: Int) throws -> Tensor {
        try self(decode(bytes, maxPixels))
    }

    /// Returns the input for an image of uint8 or uint16, [C, H, W].
    func callAsFunction(_ image: Tensor) throws -> Tensor {
        try withError {
            noGrad {
                // torchvision's functions take no uint16.
                let image = image.dtype == .uint16 ? image.to(.float32).div_(65535) : image
                switch self {
                case .fashionMNIST:
                    // A WebP has three or four channels in any case.
                    let gray = image.size(0) > 1 ? TF.rgbToGrayscale(image[..<3]) : image
                    return TF.convertImageDtype(TF.resize(gray, [28, 28]))
                case .imageNet(let transform):
                    return transform(image)
                }
            }
        }
    }

    /// How files begin that are taken: JPEG, PNG, and WebP. GIF is not, as it may have many pictures.
    private static let beginnings: [[UInt8]] = [[0xFF, 0xD8, 0xFF], [0x89, 0x50, 0x4E, 0x47], Array("RIFF".utf8)]

    private func decode(_ bytes: [UInt8], _ maxPixels: Int) throws -> Tensor {
        guard ImagePreparation.beginnings.contains(where: { bytes.starts(with: $0) }) else { throw BadImage.isNoImage }
        var mode = ImageReadMode.rgb
        if case .fashionMNIST = self { mode = .gray }
        let image: Tensor
        do {
            image = try decodeImage(bytes, mode: mode, applyExifOrientation: true, maxPixels: maxPixels)
        } catch let error as TorchError {
            throw error.kind == .value ? BadImage.isTooLarge(error.message) : BadImage.isDamaged(error.message)
        }
        let (height, width) = (image.size(1), image.size(2))
        // The shorter side is stretched to the model's size, and the longer one with it.
        guard max(height, width) <= 64 * min(height, width) else {
            throw BadImage.isTooNarrow(height: height, width: width)
        }
        return image
    }
}

/// Why an upload cannot be classified.
public enum BadImage: Error, Equatable {
    case isNoImage
    case isTooLarge(String)
    case isDamaged(String)
    case isTooNarrow(height: Int, width: Int)
}
