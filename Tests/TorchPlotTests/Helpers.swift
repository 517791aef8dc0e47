import Foundation
import Torch
import TorchFiles

@testable import TorchPlot

func fixture(_ name: String) throws -> Data {
    try Data(
        contentsOf: URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
            "Fixtures/\(name)"))
}

/// The pixels of a figure, drawn at one pixel a point.
struct Picture {
    let width, height: Int
    let bytes: [UInt8]

    init(width: Int, height: Int, scale: Double = 1, _ draw: (RasterCanvas) throws -> Void) rethrows {
        let canvas = RasterCanvas(width: width, height: height, scale: scale)
        try draw(canvas)
        (self.width, self.height, bytes) = (width, height, canvas.bytes)
    }

    /// Red, green and blue of a pixel.
    subscript(x: Int, y: Int) -> [UInt8] {
        let i = (y * width + x) * 3
        return Array(bytes[i..<i + 3])
    }

    /// How dark the picture is: the sum over its pixels, of which a black one counts 1.
    var ink: Double { bytes.reduce(0) { $0 + (1 - Double($1) / 255) / 3 } }
}
