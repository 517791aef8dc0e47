import CImages
import Torch

extension TF {
    /// Resizes an image. PyTorch: `resize`, for tensors.
    ///
    /// Integers are computed in float32 and rounded. With bilinear or bicubic interpolation and `antialias`, a smaller
    /// image averages all pixels; the other modes ignore `antialias`.
    /// - Parameters:
    ///   - image: the image.
    ///   - size: the height and the width; or one number for the shorter side, and the other side in proportion.
    ///   - interpolation: how pixels are computed.
    ///   - maxSize: the greatest length of the longer side, if `size` is one number.
    ///   - antialias: whether a smaller image averages all pixels.
    public static func resize(
        _ image: Tensor, _ size: some PixelsOrList, interpolation: ImageInterpolation = .bilinear, maxSize: Int? = nil,
        antialias: Bool = true
    ) -> Tensor {
        resized(image, size.pixels, interpolation, maxSize, antialias, middle: nil)
    }

    /// Resizes an image, and returns the middle of the result, of which only these pixels are computed. The middle is
    /// that of `centerCrop`.
    static func resized(
        _ image: Tensor, _ size: [Int], _ interpolation: ImageInterpolation, _ maxSize: Int?, _ antialias: Bool,
        middle: (height: Int, width: Int)?
    ) -> Tensor {
        guard let old = TF.size(image) else { return .failedImage }
        guard let new = resizedSize(old, size, maxSize) else { return .failedImage }
        func cropped(_ image: Tensor) -> Tensor { middle.map { centerCrop(image, [$0.height, $0.width]) } ?? image }
        if new == (old.height, old.width) { return cropped(image) }
        guard new.0 > 0, new.1 > 0, old.height > 0, old.width > 0 else {
            return failed(
                .runtime,
                "Input and output sizes should be greater than 0, but got input (H: \(old.height), W: \(old.width)) output (H: \(new.0), W: \(new.1))"
            )
        }
        if image.requiresGrad, isGradEnabled() {
            return cropped(recordedResize(image, new, interpolation, antialias))
        }
        guard let middle, (1...new.0).contains(middle.height), (1...new.1).contains(middle.width) else {
            return cropped(Resampling(old, new, 0..<new.0, 0..<new.1, interpolation, antialias).run(image))
        }
        let (top, left) = (TF.middle(new.0 - middle.height), TF.middle(new.1 - middle.width))
        return Resampling(
            old, new, top..<top + middle.height, left..<left + middle.width, interpolation, antialias
        ).run(image)
    }

    /// Resizes with the tensors' own operator, which has a gradient.
    private static func recordedResize(
        _ image: Tensor, _ new: (Int, Int), _ interpolation: ImageInterpolation, _ antialias: Bool
    ) -> Tensor {
        inFloat(image) { batch in
            switch interpolation {
            case .nearest: batch.interpolate(size: [new.0, new.1], mode: .nearest)
            case .nearestExact: batch.interpolate(size: [new.0, new.1], mode: .nearestExact)
            case .bilinear: batch.interpolate(size: [new.0, new.1], mode: .bilinear, antialias: antialias)
            case .bicubic: batch.interpolate(size: [new.0, new.1], mode: .bicubic, antialias: antialias)
            }
        }
    }

    /// Crops, then resizes. PyTorch: `resized_crop`.
    public static func resizedCrop(
        _ image: Tensor, top: Int, left: Int, height: Int, width: Int, size: some PixelsOrList,
        interpolation: ImageInterpolation = .bilinear, antialias: Bool = true
    ) -> Tensor {
        resize(
            crop(image, top: top, left: left, height: height, width: width), size, interpolation: interpolation,
            antialias: antialias)
    }

    /// The height and width of the result. Raises and returns nil if the arguments are wrong.
    static func resizedSize(_ old: ImageSize, _ size: [Int], _ maxSize: Int?) -> (Int, Int)? {
        guard size.count == 1 || size.count == 2 else {
            _ = failed(
                .value,
                "Size must be an int or a 1 or 2 element tuple/list, not a \(size.count) element tuple/list")
            return nil
        }
        guard maxSize == nil || size.count == 1 else {
            _ = failed(
                .value,
                "max_size should only be passed if size specifies the length of the smaller edge, i.e. size should be an int or a sequence of length 1 in torchscript mode."
            )
            return nil
        }
        guard size.allSatisfy({ (0..<1 << 31).contains($0) }), (maxSize ?? 1).magnitude < 1 << 31 else {
            _ = failed(.value, "resize: no image has the size \(size)")
            return nil
        }
        if size.count == 2 { return (size[0], size[1]) }
        let isWide = old.width > old.height
        let (short, long) = isWide ? (old.height, old.width) : (old.width, old.height)
        guard short > 0 else {
            _ = failed(.value, "resize: the image has no pixels, \(old.height) x \(old.width)")
            return nil
        }
        // In floating point, as in Python.
        var new = (size[0], Int(Double(size[0] * long) / Double(short)))
        if let maxSize {
            guard maxSize > size[0] else {
                _ = failed(
                    .value,
                    "max_size = \(maxSize) must be strictly greater than the requested size for the smaller edge size = [\(size[0])]"
                )
                return nil
            }
            if new.1 > maxSize { new = (Int(Double(maxSize * new.0) / Double(new.1)), maxSize) }
        }
        return isWide ? new : (new.1, new.0)
    }
}

/// The weights for one side of an image: each new pixel is a sum of neighboring old pixels. Numbers are rounded to `T`
/// where PyTorch rounds.
struct Taps<T: BinaryFloatingPoint & Sendable> {
    private(set) var starts: [Int64] = [], counts: [Int64] = []
    private(set) var weights: [T] = []
    /// The greatest number of old pixels, and so the length of a row of `weights`.
    let most: Int

    /// Computes the weights of the new pixels `part` of a side that has `old` pixels and gets `new`.
    init(_ old: Int, _ new: Int, _ part: Range<Int>, _ mode: ImageInterpolation, _ antialias: Bool) {
        let scale = T(old) / T(new), isCubic = mode == .bicubic
        let isAveraged = antialias && (mode == .bilinear || isCubic)
        // The filter widens with the scale, as in Pillow.
        let reach: T = (isCubic ? 2 : 1) * max(scale, 1)
        most =
            switch mode {
            case .nearest, .nearestExact: 1
            case .bilinear, .bicubic: min(isAveraged ? 2 * Int(reach.rounded(.up)) + 2 : isCubic ? 4 : 2, old)
            }
        starts.reserveCapacity(part.count)
        counts.reserveCapacity(part.count)
        weights.reserveCapacity(part.count * most)
        for i in part {
            switch mode {
            case .nearest: add(min(Int(T(i) * scale), old - 1), 1)
            case .nearestExact: add(min(Int((T(i) + 0.5) * scale), old - 1), 1)
            case .bilinear, .bicubic:
                if isAveraged {
                    addAverage(i, old, scale, reach, isCubic)
                } else if isCubic {
                    addCurve(i, old, scale)
                } else {
                    addLine(i, old, scale)
                }
            }
            weights.append(contentsOf: repeatElement(0, count: starts.count * most - weights.count))
        }
    }

    private mutating func add(_ start: Int, _ list: T...) {
        starts.append(Int64(start))
        counts.append(Int64(list.count))
        weights.append(contentsOf: list)
    }

    private mutating func addAverage(_ i: Int, _ old: Int, _ scale: T, _ reach: T, _ isCubic: Bool) {
        let narrowing: T = scale >= 1 ? 1 / scale : 1
        let center = T(Double(scale) * (Double(i) + 0.5))
        let start = min(max(Int(Double(center - reach) + 0.5), 0), old - 1)
        let end = min(max(min(Int(Double(center + reach) + 0.5), old), start + 1), start + most)
        starts.append(Int64(start))
        counts.append(Int64(end - start))
        let first = weights.count
        var sum: T = 0
        for place in start..<end {
            let x = T(abs((Double(T(place) - center) + 0.5) * Double(narrowing)))
            let weight = isCubic ? Taps.curve(x, -0.5) : max(1 - x, 0)
            sum += weight
            weights.append(weight)
        }
        if sum != 0 { for j in first..<weights.count { weights[j] /= sum } }
    }

    /// Two neighbors. One outside is the pixel at the edge.
    private mutating func addLine(_ i: Int, _ old: Int, _ scale: T) {
        let x = max(scale * (T(i) + 0.5) - 0.5, 0)
        let start = min(Int(x), old - 1)
        let part = min(max(x - T(start), 0), 1)
        if start + 1 < old { add(start, 1 - part, part) } else { add(start, 1) }
    }

    /// Four neighbors. Those outside are the pixel at the edge.
    private mutating func addCurve(_ i: Int, _ old: Int, _ scale: T) {
        let place = scale * (T(i) + 0.5) - 0.5
        let before = Int(place.rounded(.down))
        let part = place - T(before)
        func inside(_ k: Int) -> Int { min(max(before + k, 0), old - 1) }
        let start = inside(-1), count = inside(2) - start + 1, first = weights.count
        starts.append(Int64(start))
        counts.append(Int64(count))
        weights.append(contentsOf: repeatElement(0, count: count))
        for k in -1...2 { weights[first + inside(k) - start] += Taps.curve(abs(T(k) - part), -0.75) }
    }

    /// Keys's cubic curve, with fused products as in PyTorch.
    private static func curve(_ x: T, _ a: T) -> T {
        func fused(_ x: T, _ y: T, _ z: T) -> T { z.addingProduct(x, y) }
        if x < 1 { return fused(fused(a + 2, x, -(a + 3)) * x, x, 1) }
        return x < 2 ? fused(fused(fused(a, x, -5 * a), x, 8 * a), x, -4 * a) : 0
    }

    /// Calls `body` with the table for C.
    func withTable<R>(_ body: (ci_taps) -> R) -> R {
        starts.withUnsafeBufferPointer { starts in
            counts.withUnsafeBufferPointer { counts in
                body(ci_taps(starts: starts.baseAddress, counts: counts.baseAddress, most: most))
            }
        }
    }
}

/// Resizes with the weights of both sides, and computes a part of the result.
struct Resampling {
    private let old: ImageSize
    private let new: (Int, Int)
    private let rows, columns: Range<Int>
    private let mode: ImageInterpolation
    private let antialias: Bool

    init(
        _ old: ImageSize, _ new: (Int, Int), _ rows: Range<Int>, _ columns: Range<Int>, _ mode: ImageInterpolation,
        _ antialias: Bool
    ) {
        self.old = old
        self.new = new
        self.rows = rows
        self.columns = columns
        self.mode = mode
        self.antialias = antialias
    }

    func run(_ image: Tensor) -> Tensor {
        let image = image.detach()
        switch image.dtype {
        case .uint8: return run(image, as: UInt8.self, in: Float.self, ci_resize_bytes)
        case .float32: return run(image, as: Float.self, in: Float.self, ci_resize_floats)
        case .float64: return run(image, as: Double.self, in: Double.self, ci_resize_doubles)
        default:
            let numbers = run(image.to(.float32), as: Float.self, in: Float.self, ci_resize_floats)
            return (image.isFloatingPoint() ? numbers : numbers.round()).to(image.dtype)
        }
    }

    private typealias Kernel<S, T> = (
        UnsafePointer<S>?, UnsafeMutablePointer<S>?, UnsafePointer<T>?, UnsafePointer<T>?, UnsafePointer<ci_resize>?
    ) -> Int32

    private func run<S: TensorElement, T: BinaryFloatingPoint & Sendable>(
        _ image: Tensor, as type: S.Type, in sums: T.Type, _ kernel: Kernel<S, T>
    ) -> Tensor {
        let leading = image.shape.sizes.dropLast(2)
        let result = Tensor.empty(leading + [rows.count, columns.count], dtype: image.dtype)
        if image.isVoid || result.isVoid || result.numel() == 0 { return result }
        let images = image.reshape([-1, old.channels, old.height, old.width])
        // Memory is [..., height, width, channels], as decoders return it, or its rows are contiguous.
        let pixel = images.stride(1) == 1 && old.channels > 1 ? old.channels : 1
        let memory = images.stride(3) == pixel || old.width == 1 ? images : images.contiguous()
        let interleaved = images.stride(3) == pixel || old.width == 1 ? pixel : 1
        let taps = (
            rows: Taps<T>(old.height, new.0, rows, mode, antialias),
            columns: Taps<T>(old.width, new.1, columns, mode, antialias)
        )
        let strides = memory.stride(), count = old.channels * rows.count * columns.count
        let reach = zip(memory.shape.sizes, strides).reduce(1) { $0 + ($1.0 - 1) * $1.1 }
        let status = taps.rows.withTable { rowTable in
            taps.columns.withTable { columnTable in
                var form = ci_resize(
                    planes: old.channels / interleaved, interleaved: interleaved, height: old.height,
                    plane_stride: strides[1], row_stride: strides[2], new_height: rows.count,
                    new_width: columns.count, rows: rowTable, columns: columnTable)
                return result.withUnsafeMutableElements(as: S.self) { out in
                    memory.asStrided([reach], [1]).withUnsafeElements(as: S.self) { pixels -> Int32 in
                        guard let pixels = pixels.baseAddress, let out = out.baseAddress else { return 0 }
                        for n in 0..<memory.size(0) {
                            let status = kernel(
                                pixels + n * strides[0], out + n * count, taps.columns.weights, taps.rows.weights,
                                &form)
                            if status != 0 { return status }
                        }
                        return 0
                    }
                }
            }
        }
        return status == 0 ? result : TF.failed(.runtime, "resize: no memory")
    }
}
