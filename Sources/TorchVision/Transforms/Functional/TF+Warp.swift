import CImages
import Foundation
import Torch

extension TF {
    /// Turns an image counterclockwise. PyTorch: `rotate`.
    /// - Parameters:
    ///   - image: the image.
    ///   - angle: the angle in degrees.
    ///   - interpolation: `.nearest` or `.bilinear`.
    ///   - expand: whether the result is large enough for the whole turned image.
    ///   - center: the center [x, y] in pixels. By default the middle.
    ///   - fill: the value outside the image: one number, or one for each channel. Without it, 0.
    public static func rotate(
        _ image: Tensor, _ angle: Double, interpolation: ImageInterpolation = .nearest, expand: Bool = false,
        center: [Double]? = nil, fill: [Double]? = nil
    ) -> Tensor {
        guard let size = size(image), let center = offset(center, size) else { return .failedImage }
        // torchvision's affine transforms turn clockwise.
        let matrix = inverseMatrix(center, -angle, [0, 0], 1, [0, 0])
        let new = expand ? expandedSize(matrix, size) : (size.height, size.width)
        return affine(image, size, matrix, new, interpolation, fill)
    }

    /// Turns clockwise, moves, scales and shears an image. PyTorch: `affine`.
    /// - Parameters:
    ///   - image: the image.
    ///   - angle: the angle in degrees.
    ///   - translate: the movement [x, y] in pixels, after the rotation.
    ///   - scale: the factor, positive.
    ///   - shear: the angles [x, y] in degrees, or one for x.
    ///   - interpolation: `.nearest` or `.bilinear`.
    ///   - fill: the value outside the image: one number, or one for each channel. Without it, 0.
    ///   - center: the center [x, y] in pixels. By default the middle.
    public static func affine(
        _ image: Tensor, angle: Double, translate: [Double], scale: Double, shear: some NumberOrNumbers,
        interpolation: ImageInterpolation = .nearest, fill: [Double]? = nil, center: [Double]? = nil
    ) -> Tensor {
        guard let size = size(image), let center = offset(center, size) else { return .failedImage }
        guard translate.count == 2 else {
            return failed(.value, "Argument translate should be a sequence of length 2")
        }
        guard scale > 0 else { return failed(.value, "Argument scale should be positive") }
        var angles = shear.numbers
        if angles.count == 1 { angles.append(shear.isNumber ? 0 : angles[0]) }
        guard angles.count == 2 else {
            return failed(.value, "Shear should be a sequence containing two values. Got \(shear.numbers)")
        }
        let matrix = inverseMatrix(center, angle, translate, scale, angles)
        return affine(image, size, matrix, (size.height, size.width), interpolation, fill)
    }

    /// Moves the corners of an image from `startpoints` to `endpoints`. PyTorch: `perspective`.
    /// - Parameters:
    ///   - image: the image.
    ///   - startpoints: four corners [x, y]: top left, top right, bottom right, bottom left.
    ///   - endpoints: the corners in the result.
    ///   - interpolation: `.nearest` or `.bilinear`.
    ///   - fill: the value outside the image: one number, or one for each channel. Without it, 0.
    public static func perspective(
        _ image: Tensor, startpoints: [[Int]], endpoints: [[Int]], interpolation: ImageInterpolation = .bilinear,
        fill: [Double]? = nil
    ) -> Tensor {
        guard let size = size(image) else { return .failedImage }
        guard startpoints.count == 4, endpoints.count == 4, (startpoints + endpoints).allSatisfy({ $0.count == 2 })
        else {
            return failed(
                .value,
                "Please provide exactly four corners, got \(startpoints.count) startpoints and \(endpoints.count) endpoints."
            )
        }
        guard let c = coefficients(from: endpoints, to: startpoints) else {
            return failed(.runtime, "perspective: three of the corners \(endpoints) lie on a line")
        }
        let (w, h) = (Double(size.width) / 2, Double(size.height) / 2)
        // The result is in half widths and half heights. The places begin at 0.
        let matrix = [c[0] / w, c[1] / w, c[2] / w, c[3] / h, c[4] / h, c[5] / h, c[6], c[7], 1]
        return warp(image, size, matrix, (size.height, size.width), (0.5, 0.5), true, interpolation, fill)
    }

    /// The height and width of an image that is turned and expanded.
    static func rotatedSize(_ size: ImageSize, _ angle: Double, _ center: [Double]?) -> (Int, Int) {
        guard let center = offset(center, size) else { return (size.height, size.width) }
        return expandedSize(inverseMatrix(center, -angle, [0, 0], 1, [0, 0]), size)
    }

    /// Returns the center relative to the middle. Raises and returns nil for a wrong list.
    private static func offset(_ center: [Double]?, _ size: ImageSize) -> (Double, Double)? {
        guard let center else { return (0, 0) }
        guard center.count == 2 else {
            _ = failed(.value, "center should be a sequence of length 2.")
            return nil
        }
        return (center[0] - Double(size.width) * 0.5, center[1] - Double(size.height) * 0.5)
    }

    /// The inverse of translation · center · rotation · shear · scale · center⁻¹: two rows of three numbers.
    private static func inverseMatrix(
        _ center: (Double, Double), _ angle: Double, _ translate: [Double], _ scale: Double, _ shear: [Double]
    ) -> [Double] {
        func radians(_ degrees: Double) -> Double { degrees * (Double.pi / 180) }
        let turn = radians(angle), sx = radians(shear[0]), sy = radians(shear[1])
        let a = cos(turn - sy) / cos(sy), b = -cos(turn - sy) * tan(sx) / cos(sy) - sin(turn)
        let c = sin(turn - sy) / cos(sy), d = -sin(turn - sy) * tan(sx) / cos(sy) + cos(turn)
        var m = [d, -b, 0, -c, a, 0].map { $0 / scale }
        let (x, y) = (-center.0 - translate[0], -center.1 - translate[1])
        m[2] += m[0] * x + m[1] * y
        m[5] += m[3] * x + m[4] * y
        m[2] += center.0
        m[5] += center.1
        return m
    }

    /// The height and width that hold the whole image, computed in float32 as in torchvision.
    private static func expandedSize(_ matrix: [Double], _ size: ImageSize) -> (Int, Int) {
        let m = matrix.map { Float($0) }
        let (w, h) = (0.5 * Float(size.width), 0.5 * Float(size.height))
        let corners: [(Float, Float)] = [(-w, -h), (-w, h), (w, h), (w, -h)]
        func extent(_ row: Int, _ half: Float) -> Int {
            let values = corners.map { m[row] * $0.0 + m[row + 1] * $0.1 + m[row + 2] + half }
            func cut(_ x: Float) -> Float { (x / 1e-4).rounded(.towardZero) * 1e-4 }
            let size = cut(values.max()!).rounded(.up) - cut(values.min()!).rounded(.down)
            return Int(exactly: size.rounded(.towardZero)) ?? 0
        }
        return (extent(3, h), extent(0, w))
    }

    private static func affine(
        _ image: Tensor, _ size: ImageSize, _ m: [Double], _ new: (Int, Int), _ interpolation: ImageInterpolation,
        _ fill: [Double]?
    ) -> Tensor {
        let (w, h) = (0.5 * Double(size.width), 0.5 * Double(size.height))
        // torchvision rounds the matrix before it divides.
        let single = image.dtype != .float64
        func rounded(_ x: Double) -> Double { single ? Double(Float(x)) : x }
        let matrix = [0, 1, 2].map { rounded(m[$0]) / w } + [3, 4, 5].map { rounded(m[$0]) / h }
        let first = (Double(new.1) * -0.5 + 0.5, Double(new.0) * -0.5 + 0.5)
        return warp(image, size, matrix, new, first, false, interpolation, fill)
    }

    private static func warp(
        _ image: Tensor, _ size: ImageSize, _ matrix: [Double], _ new: (Int, Int), _ first: (Double, Double),
        _ isProjective: Bool, _ interpolation: ImageInterpolation, _ fill: [Double]?
    ) -> Tensor {
        if let fill, fill.count != 1, fill.count != size.channels {
            return failed(
                .value,
                "The number of elements in 'fill' cannot broadcast to match the number of channels of the image (\(fill.count) != \(size.channels))"
            )
        }
        guard interpolation == .nearest || interpolation == .bilinear else {
            return failed(
                .value, "Interpolation mode '\(interpolation.rawValue)' is unsupported with Tensor input")
        }
        guard size.height > 0, size.width > 0 else {
            return failed(.runtime, "no pixels to move in an image of \(image.shape)")
        }
        let fill = fill.map { $0.count == 1 ? Array(repeating: $0[0], count: size.channels) : $0 }
        if image.requiresGrad, isGradEnabled() {
            return inFloat(image) { batch in
                let grid =
                    batch.dtype == .float64
                    ? Tensor(places(matrix, new, first, isProjective, as: Double.self), dtype: .float64)
                    : Tensor(places(matrix, new, first, isProjective, as: Float.self))
                return sampled(batch, grid.view(1, new.0, new.1, 2), interpolation, fill)
            }
        }
        return inFloat(image.detach()) { batch in
            let batch = batch.contiguous()
            let result = Tensor.empty([batch.size(0), batch.size(1), new.0, new.1], dtype: batch.dtype)
            var form = ci_warp(
                planes: batch.size(0) * batch.size(1), channels: size.channels, height: size.height,
                width: size.width, new_height: new.0, new_width: new.1, x: Float(first.0), y: Float(first.1),
                is_projective: isProjective ? 1 : 0, is_nearest: interpolation == .nearest ? 1 : 0)
            if batch.dtype == .float64 {
                batch.withUnsafeElements(as: Double.self) { from in
                    result.withUnsafeMutableElements(as: Double.self) {
                        ci_warp_doubles(from.baseAddress, $0.baseAddress, &form, matrix, fill)
                    }
                }
            } else {
                let (matrix, fill) = (matrix.map { Float($0) }, fill.map { $0.map { Float($0) } })
                batch.withUnsafeElements(as: Float.self) { from in
                    result.withUnsafeMutableElements(as: Float.self) {
                        ci_warp_floats(from.baseAddress, $0.baseAddress, &form, matrix, fill)
                    }
                }
            }
            return result
        }
    }

    /// Returns the places that the pixels of the result are taken from: x and y by turns, in -1...1. Like `ci_warp_…`.
    private static func places<T: BinaryFloatingPoint>(
        _ matrix: [Double], _ new: (Int, Int), _ first: (Double, Double), _ isProjective: Bool, as type: T.Type
    ) -> [T] {
        let m = matrix.map { T($0) }
        func line(_ row: Int, _ x: T, _ y: T) -> T { (x * m[row]).addingProduct(y, m[row + 1]) + m[row + 2] }
        var places: [T] = []
        places.reserveCapacity(2 * new.0 * new.1)
        for row in 0..<new.0 {
            for column in 0..<new.1 {
                let (x, y) = (T(column) + T(Float(first.0)), T(row) + T(Float(first.1)))
                let place = (line(0, x, y), line(3, x, y))
                let divisor = isProjective ? line(6, x, y) : 1
                places.append(isProjective ? place.0 / divisor - 1 : place.0)
                places.append(isProjective ? place.1 / divisor - 1 : place.1)
            }
        }
        return places
    }

    /// Takes pixels with the tensors' own operator, which has a gradient.
    private static func sampled(
        _ batch: Tensor, _ grid: Tensor, _ interpolation: ImageInterpolation, _ fill: [Double]?
    ) -> Tensor {
        let mode: GridSampleMode = interpolation == .nearest ? .nearest : .bilinear
        let n = batch.size(0), grid = grid.expand(n, -1, -1, -1)
        guard let fill else { return batch.gridSample(grid, mode: mode) }
        let mask = Tensor.ones([n, 1, batch.size(2), batch.size(3)], dtype: batch.dtype).gridSample(grid, mode: mode)
        let value = Tensor(fill, dtype: batch.dtype).view(1, -1, 1, 1)
        let result = batch.gridSample(grid, mode: mode)
        if mode == .nearest { return `where`(mask.lt(0.5), value, result) }
        return result.mul(mask).add(mask.neg().add(1).mul(value))
    }

    /// The eight coefficients of the projection that maps four points to four others, rounded to float32. Returns nil
    /// if there is none.
    private static func coefficients(from: [[Int]], to: [[Int]]) -> [Double]? {
        var rows: [[Double]] = []
        for (p, q) in zip(from, to) {
            let (x, y, u, v) = (Double(p[0]), Double(p[1]), Double(q[0]), Double(q[1]))
            rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y, u])
            rows.append([0, 0, 0, x, y, 1, -v * x, -v * y, v])
        }
        // Gaussian elimination, each time with the greatest element of the column.
        for k in 0..<8 {
            let best = (k..<8).max { abs(rows[$0][k]) < abs(rows[$1][k]) }!
            guard abs(rows[best][k]) > 1e-12 else { return nil }
            rows.swapAt(k, best)
            for i in 0..<8 where i != k {
                let factor = rows[i][k] / rows[k][k]
                if factor != 0 { for j in k..<9 { rows[i][j] -= factor * rows[k][j] } }
            }
        }
        return (0..<8).map { Double(Float(rows[$0][8] / rows[$0][$0])) }
    }
}
