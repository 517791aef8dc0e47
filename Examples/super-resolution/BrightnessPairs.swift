import Foundation
import Torch
import TorchVision

/// The brightness of images: small, and as it should become.
struct BrightnessPairs: Dataset {
    private let files: [String]
    private let cropSize: Int, factor: Int

    /// Finds the images in a folder. The squares that are cut from them become a multiple of `factor` in size.
    init(_ folder: String, cropSize: Int, factor: Int) throws {
        self.cropSize = cropSize - cropSize % factor
        self.factor = factor
        files = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
            .filter { name in [".png", ".jpg", ".jpeg"].contains { name.lowercased().hasSuffix($0) } }
            .map { "\(folder)/\($0)" }
        if files.isEmpty { throw TorchError(.value, "\(folder) has no images") }
    }

    var count: Int { files.count }

    subscript(index: Int) -> (Tensor, Tensor) {
        get throws {
            let image = try readImage(files[index], mode: .rgb)
            return try withError {
                let y = YCbCr(CenterCrop(cropSize)(image).float() / 255).y
                return (Resize(cropSize / factor)(y), y)
            }
        }
    }

    func collate(_ elements: [(Tensor, Tensor)]) throws -> (Tensor, Tensor) { try defaultCollate(elements) }
}

/// The brightness and two color differences of an image, each [1, H, W] in 0...1, as JPEG has them (ITU-R BT.601).
struct YCbCr {
    var y, cb, cr: Tensor

    init(y: Tensor, cb: Tensor, cr: Tensor) { (self.y, self.cb, self.cr) = (y, cb, cr) }

    /// Converts an image [3, H, W] with values in 0...1.
    init(_ rgb: Tensor) {
        let (r, g, b) = (rgb[0, .newAxis], rgb[1, .newAxis], rgb[2, .newAxis])
        y = 0.299 * r + 0.587 * g + 0.114 * b
        cb = (b - y) / 1.772 + 0.5
        cr = (r - y) / 1.402 + 0.5
    }

    /// The image [3, H, W].
    var rgb: Tensor {
        let r = y + 1.402 * (cr - 0.5), b = y + 1.772 * (cb - 0.5)
        let g = (y - 0.299 * r - 0.114 * b) / 0.587
        return cat([r, g, b]).clamp(min: 0, max: 1)
    }
}
