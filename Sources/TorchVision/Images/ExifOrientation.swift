import Torch

/// How an image must be turned to be upright: tag 0x0112 of EXIF (CIPA DC-008), 1 to 8.
struct ExifOrientation {
    let value: Int

    /// Finds the orientation in a JPEG file's APP1 segment or a PNG file's eXIf chunk, before the pixels.
    init?(_ bytes: [UInt8], _ format: ImageFormat) {
        let exif: ArraySlice<UInt8>?
        switch format {
        case .jpeg: exif = ExifOrientation.segment(bytes)
        case .png: exif = ExifOrientation.chunk(bytes)
        case .webp, .gif: exif = nil
        }
        guard let exif, let value = ExifOrientation.tag(exif), (1...8).contains(value) else { return nil }
        self.value = value
    }

    /// Returns the image [channels, height, width] upright.
    func upright(_ image: Tensor) -> Tensor {
        switch value {
        case 2: return image.flip([-1])
        case 3: return image.flip([-1, -2])
        case 4: return image.flip([-2])
        case 5: return image.transpose(-1, -2)
        case 6: return image.transpose(-1, -2).flip([-1])
        case 7: return image.transpose(-1, -2).flip([-2, -1])
        case 8: return image.transpose(-1, -2).flip([-2])
        default: return image
        }
    }

    private static func segment(_ bytes: [UInt8]) -> ArraySlice<UInt8>? {
        var place = 2
        while place + 4 <= bytes.count, bytes[place] == 0xFF {
            let marker = bytes[place + 1]
            if marker == 0xFF {
                place += 1
                continue
            }
            // The start of the pixels, and the end of the image.
            if marker == 0xDA || marker == 0xD9 { return nil }
            let length = Int(bytes[place + 2]) << 8 | Int(bytes[place + 3])
            guard length >= 2, place + 2 + length <= bytes.count else { return nil }
            let body = bytes[place + 4..<place + 2 + length]
            if marker == 0xE1, body.starts(with: Array("Exif\0\0".utf8)) { return body.dropFirst(6) }
            place += 2 + length
        }
        return nil
    }

    private static func chunk(_ bytes: [UInt8]) -> ArraySlice<UInt8>? {
        var place = 8
        while place + 12 <= bytes.count {
            let length = bytes[place..<place + 4].reduce(0) { $0 << 8 | Int($1) }
            let kind = bytes[place + 4..<place + 8]
            guard length <= bytes.count - place - 12, !kind.elementsEqual("IDAT".utf8) else { return nil }
            if kind.elementsEqual("eXIf".utf8) { return bytes[place + 8..<place + 8 + length] }
            place += 12 + length
        }
        return nil
    }

    /// Reads the tag from the first directory of a TIFF structure.
    private static func tag(_ exif: ArraySlice<UInt8>) -> Int? {
        let isLittle: Bool
        if exif.starts(with: Array("II".utf8)) {
            isLittle = true
        } else if exif.starts(with: Array("MM".utf8)) {
            isLittle = false
        } else {
            return nil
        }
        func number(_ offset: Int, _ count: Int) -> Int? {
            guard offset >= 0, offset <= exif.count - count else { return nil }
            let bytes = exif.dropFirst(offset).prefix(count)
            return isLittle ? bytes.reversed().reduce(0) { $0 << 8 | Int($1) } : bytes.reduce(0) { $0 << 8 | Int($1) }
        }
        guard number(2, 2) == 42, let start = number(4, 4), let count = number(start, 2) else { return nil }
        for entry in 0..<count {
            let place = start + 2 + 12 * entry
            guard let tag = number(place, 2) else { return nil }
            if tag == 0x0112 { return number(place + 8, 2) }
        }
        return nil
    }
}
