import Torch

extension TF {
    /// Returns the gray values of an RGB image, 0.2989 R + 0.587 G + 0.114 B. PyTorch: `rgb_to_grayscale`.
    /// - Parameters:
    ///   - image: the image.
    ///   - numOutputChannels: 1, or 3 for three equal channels.
    public static func rgbToGrayscale(_ image: Tensor, numOutputChannels: Int = 1) -> Tensor {
        if image.isVoid { return image }
        guard image.dim >= 3 else {
            return failed(.type, "Input image tensor should have at least 3 dimensions, but found \(image.dim)")
        }
        guard let size = colorSize(image) else { return .failedImage }
        guard numOutputChannels == 1 || numOutputChannels == 3 else {
            return failed(.value, "num_output_channels should be either 1 or 3")
        }
        var gray = image
        if size.channels == 3 {
            let parts = image.unbind(dim: -3)
            gray = parts[0].mul(0.2989).add(parts[1].mul(0.587)).add(parts[2].mul(0.114)).to(image.dtype)
                .unsqueeze(-3)
        } else {
            gray = image.clone()
        }
        return numOutputChannels == 3 ? gray.expand(image.shape.sizes.dropLast(3) + [3, size.height, size.width]) : gray
    }

    /// Multiplies the values. 0 gives black, 1 the image. PyTorch: `adjust_brightness`.
    public static func adjustBrightness(_ image: Tensor, _ factor: Double) -> Tensor {
        guard check(image, factor, "brightness_factor") else { return .failedImage }
        return blend(image, Tensor.zerosLike(image), factor)
    }

    /// Moves the values away from their mean gray. 0 gives gray, 1 the image. PyTorch: `adjust_contrast`.
    public static func adjustContrast(_ image: Tensor, _ factor: Double) -> Tensor {
        guard check(image, factor, "contrast_factor") else { return .failedImage }
        let dtype = image.isFloatingPoint() ? image.dtype : .float32
        let gray = image.dim >= 3 && image.size(-3) == 3 ? rgbToGrayscale(image) : image
        return blend(image, gray.to(dtype).mean(dim: [-3, -2, -1], keepdim: true), factor)
    }

    /// Moves the colors away from gray. 0 gives gray, 1 the image. PyTorch: `adjust_saturation`.
    public static func adjustSaturation(_ image: Tensor, _ factor: Double) -> Tensor {
        guard check(image, factor, "saturation_factor") else { return .failedImage }
        return image.dim < 3 || image.size(-3) == 1 ? image : blend(image, rgbToGrayscale(image), factor)
    }

    /// Turns the colors around the color circle. PyTorch: `adjust_hue`.
    /// - Parameters:
    ///   - image: the image.
    ///   - factor: the part of the circle, -0.5...0.5.
    public static func adjustHue(_ image: Tensor, _ factor: Double) -> Tensor {
        guard (-0.5...0.5).contains(factor) else {
            return failed(.value, "hue_factor (\(PythonNumber.text(factor))) is not in [-0.5, 0.5].")
        }
        guard let size = colorSize(image, needsChannels: false) else { return .failedImage }
        if size.channels == 1 { return image }
        let (h, s, v) = hsv(convertImageDtype(image, .float32))
        return convertImageDtype(rgb(h.add(factor).remainder(1.0), s, v), image.dtype)
    }

    /// Computes gain · value^gamma. PyTorch: `adjust_gamma`.
    public static func adjustGamma(_ image: Tensor, _ gamma: Double, gain: Double = 1) -> Tensor {
        guard colorSize(image, needsChannels: false) != nil else { return .failedImage }
        guard gamma >= 0 else { return failed(.value, "Gamma should be a non-negative real number") }
        let numbers = image.isFloatingPoint() ? image : convertImageDtype(image, .float32)
        return convertImageDtype(numbers.pow(gamma).mul(gain).clamp(min: 0, max: 1), image.dtype)
    }

    private static func check(_ image: Tensor, _ factor: Double, _ name: String) -> Bool {
        guard factor >= 0 else {
            _ = failed(.value, "\(name) (\(PythonNumber.text(factor))) is not non-negative.")
            return false
        }
        return colorSize(image, needsChannels: false) != nil
    }

    /// Returns ratio · image + (1 - ratio) · other, within the range of images.
    static func blend(_ image: Tensor, _ other: Tensor, _ ratio: Double) -> Tensor {
        image.mul(ratio).add(other.mul(1 - ratio)).clamp(min: 0, max: bound(image.dtype)).to(image.dtype)
    }

    /// Converts RGB to hue, saturation and value, all in 0...1.
    private static func hsv(_ image: Tensor) -> (Tensor, Tensor, Tensor) {
        let parts = image.unbind(dim: -3)
        let (r, g, b) = (parts[0], parts[1], parts[2])
        let most = image.amax(dim: -3), least = image.amin(dim: -3)
        let isGray = most.eq(least)
        let range = most.sub(least)
        // A gray has saturation 0 and any hue. Division by 1 keeps NaN out.
        let saturation = range.div(`where`(isGray, 1.0, most).to(image.dtype))
        let divisor = `where`(isGray, 1.0, range).to(image.dtype)
        let (rc, gc, bc) = (most.sub(r).div(divisor), most.sub(g).div(divisor), most.sub(b).div(divisor))
        let isRed = most.eq(r), isGreen = most.eq(g).logicalAnd(isRed.logicalNot())
        let isBlue = most.eq(g).logicalNot().logicalAnd(isRed.logicalNot())
        let hue = isRed.mul(bc.sub(gc)).add(isGreen.mul(rc.add(2.0).sub(bc))).add(isBlue.mul(gc.add(4.0).sub(rc)))
        return (hue.div(6.0).add(1.0).fmod(1.0), saturation, most)
    }

    private static func rgb(_ h: Tensor, _ s: Tensor, _ v: Tensor) -> Tensor {
        let sector = h.mul(6.0).floor()
        let f = h.mul(6.0).sub(sector)
        let i = sector.to(.int32).remainder(6)
        let p = v.mul(s.neg().add(1.0)).clamp(min: 0.0, max: 1.0)
        let q = v.mul(s.mul(f).neg().add(1.0)).clamp(min: 0.0, max: 1.0)
        let t = v.mul(s.mul(f.neg().add(1.0)).neg().add(1.0)).clamp(min: 0.0, max: 1.0)
        let isSector = (0..<6).map { i.eq($0) }
        func choose(_ parts: [Tensor]) -> Tensor {
            (1..<6).reduce(parts[0]) { `where`(isSector[$1], parts[$1], $0) }
        }
        return stack([choose([v, q, p, p, t, v]), choose([t, v, v, q, p, p]), choose([p, p, t, v, v, q])], dim: -3)
    }
}

/// Numbers in error messages.
enum PythonNumber {
    /// Returns Python's text of a float.
    static func text(_ x: Double) -> String { x.isNaN ? "nan" : x.isInfinite ? (x < 0 ? "-inf" : "inf") : "\(x)" }
}
