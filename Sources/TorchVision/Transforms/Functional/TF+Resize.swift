import CImages
import Torch

extension TF {
    /// Resizes an image. PyTorch: `resize`, for tensors.
    ///
    /// Integers are computed in float32 and rounded. With bilinear or bicubic interpolation and `antialias`, a smaller
    /// image averages all pixels; the other modes ignore `antialias`. Has no gradient.
    /// - Parameters:
    ///   - size: the height and the width; or one number for the shorter side, and the other side in proportion.
    ///   - maxSize: the greatest length of the longer side, if `size` is one number.
    public static func resize(
        _ image: Tensor, _ size: some PixelsOrList, interpolation: ImageInterpolation = .bilinear, maxSize: Int? = nil,
        antialias: Bool = true
    ) -> Tensor {
        guard let old = TF.size(image) else { return .failedImage }
        guard let new = resizedSize(old, size.pixels, maxSize) else { return .failedImage }
        if new == (old.height, old.width) { return image }
        guard new.0 > 0, new.1 > 0, old.height > 0, old.width > 0 else {
            return failed(
                .runtime,
                "Input and output sizes should be greater than 0, but got input (H: \(old.height), W: \(old.width)) output (H: \(new.0), W: \(new.1))"
            )
        }
        return Resampling(old, new, interpolation, antialias).run(image)
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
    var starts: [Int64] = [], counts: [Int64] = []
    var weights: [T] = []
    var most = 0

    init(_ old: Int, _ new: Int, _ mode: ImageInterpolation, _ antialias: Bool) {
        let scale = T(old) / T(new)
        var lists: [(start: Int, weights: [T])] = []
        lists.reserveCapacity(new)
        for i in 0..<new {
            switch mode {
            case .nearest: lists.append((min(Int(T(i) * scale), old - 1), [1]))
            case .nearestExact: lists.append((min(Int((T(i) + 0.5) * scale), old - 1), [1]))
            case .bilinear, .bicubic:
                lists.append(
                    antialias
                        ? Taps.averaged(i, old, scale, mode == .bicubic) : Taps.plain(i, old, scale, mode == .bicubic))
            }
        }
        most = lists.reduce(1) { max($0, $1.weights.count) }
        weights = [T](repeating: 0, count: most * new)
        for (i, list) in lists.enumerated() {
            starts.append(Int64(list.start))
            counts.append(Int64(list.weights.count))
            for (j, weight) in list.weights.enumerated() { weights[i * most + j] = weight }
        }
    }

    /// The filter widens with the scale, as in Pillow.
    private static func averaged(_ i: Int, _ old: Int, _ scale: T, _ cubic: Bool) -> (Int, [T]) {
        let reach: T = (cubic ? 2 : 1) * max(scale, 1)
        let narrowing: T = scale >= 1 ? 1 / scale : 1
        let center = T(Double(scale) * (Double(i) + 0.5))
        let start = max(Int(Double(center - reach) + 0.5), 0)
        let end = max(min(Int(Double(center + reach) + 0.5), old), start + 1)
        var weights = (start..<end).map { place in
            let x = T(abs((Double(T(place) - center) + 0.5) * Double(narrowing)))
            return cubic ? curve(x, -0.5) : max(1 - x, 0)
        }
        let sum = weights.reduce(0, +)
        if sum != 0 { for j in weights.indices { weights[j] /= sum } }
        return (min(start, old - 1), weights)
    }

    /// Two or four neighbors. Those outside are the pixel at the edge.
    private static func plain(_ i: Int, _ old: Int, _ scale: T, _ cubic: Bool) -> (Int, [T]) {
        let place = scale * (T(i) + 0.5) - 0.5
        if !cubic {
            let x = max(place, 0)
            let start = min(Int(x), old - 1)
            let part = min(max(x - T(start), 0), 1)
            return start + 1 < old ? (start, [1 - part, part]) : (start, [1])
        }
        let first = Int(place.rounded(.down))
        let part = place - T(first)
        let start = min(max(first - 1, 0), old - 1)
        var weights = [T](repeating: 0, count: min(max(first + 2, 0), old - 1) - start + 1)
        for k in -1...2 {
            weights[min(max(first + k, 0), old - 1) - start] += curve(abs(T(k) - part), -0.75)
        }
        return (start, weights)
    }

    /// Keys's cubic curve, with fused products as in PyTorch.
    private static func curve(_ x: T, _ a: T) -> T {
        func fused(_ x: T, _ y: T, _ z: T) -> T { z.addingProduct(x, y) }
        if x < 1 { return fused(fused(a + 2, x, -(a + 3)) * x, x, 1) }
        return x < 2 ? fused(fused(fused(a, x, -5 * a), x, 8 * a), x, -4 * a) : 0
    }
}

/// Resizes with the weights of both sides.
struct Resampling {
    private let old: ImageSize
    private let new: (Int, Int)
    private let mode: ImageInterpolation
    private let antialias: Bool

    init(_ old: ImageSize, _ new: (Int, Int), _ mode: ImageInterpolation, _ antialias: Bool) {
        self.old = old
        self.new = new
        self.mode = mode
        self.antialias = antialias
    }

    func run(_ image: Tensor) -> Tensor {
        let leading = image.shape.sizes.dropLast(2)
        let result: Tensor
        if image.dtype == .float64 {
            result = doubles(image.detach().contiguous())
        } else if image.dtype == .uint8 {
            let numbers = singles(image.detach())
            if numbers.isVoid { return numbers }
            result = Tensor.empty(numbers.shape.sizes, dtype: .uint8)
            numbers.withUnsafeElements(as: Float.self) { from in
                result.withUnsafeMutableElements(as: UInt8.self) {
                    ci_round_to_bytes(from.baseAddress, $0.baseAddress, from.count)
                }
            }
        } else {
            let numbers = singles(image.detach().to(.float32))
            let isExact = image.dtype == .float32
            result = isExact ? numbers : (image.isFloatingPoint() ? numbers : numbers.round()).to(image.dtype)
        }
        return result.view(leading + [new.0, new.1])
    }

    /// Whether the memory is [..., height, width, channels], as decoders return it.
    private func isInterleaved(_ image: Tensor) -> Bool {
        image.dim == 3 && old.channels > 1 && image.stride() == [1, old.width * old.channels, old.channels]
    }

    private func singles(_ image: Tensor) -> Tensor {
        let interleaved = isInterleaved(image)
        let memory = interleaved ? image.permute(1, 2, 0) : image.contiguous()
        let rows = Taps<Float>(old.height, new.0, mode, antialias)
        let columns = Taps<Float>(old.width, new.1, mode, antialias)
        let result = Tensor.empty([image.numel() / (old.height * old.width) * new.0 * new.1], dtype: .float32)
        let status = result.withUnsafeMutableElements(as: Float.self) { out in
            with(rows, columns, interleaved ? old.channels : 1, image) { size in
                image.dtype == .uint8
                    ? memory.withUnsafeElements(as: UInt8.self) {
                        ci_resize_bytes($0.baseAddress, out.baseAddress, columns.weights, rows.weights, size)
                    }
                    : memory.withUnsafeElements(as: Float.self) {
                        ci_resize_floats($0.baseAddress, out.baseAddress, columns.weights, rows.weights, size)
                    }
            }
        }
        return status == 0 ? result : TF.failed(.runtime, "resize: no memory")
    }

    private func doubles(_ image: Tensor) -> Tensor {
        let rows = Taps<Double>(old.height, new.0, mode, antialias)
        let columns = Taps<Double>(old.width, new.1, mode, antialias)
        let result = Tensor.empty([image.numel() / (old.height * old.width) * new.0 * new.1], dtype: .float64)
        let status = result.withUnsafeMutableElements(as: Double.self) { out in
            with(rows, columns, 1, image) { size in
                image.withUnsafeElements(as: Double.self) {
                    ci_resize_doubles($0.baseAddress, out.baseAddress, columns.weights, rows.weights, size)
                }
            }
        }
        return status == 0 ? result : TF.failed(.runtime, "resize: no memory")
    }

    private func with<T>(
        _ rows: Taps<T>, _ columns: Taps<T>, _ interleaved: Int, _ image: Tensor,
        _ body: (UnsafePointer<ci_resize>) -> Int32
    ) -> Int32 {
        rows.starts.withUnsafeBufferPointer { rowStarts in
            rows.counts.withUnsafeBufferPointer { rowCounts in
                columns.starts.withUnsafeBufferPointer { columnStarts in
                    columns.counts.withUnsafeBufferPointer { columnCounts in
                        var size = ci_resize(
                            planes: image.numel() / (old.height * old.width * interleaved), interleaved: interleaved,
                            height: old.height, width: old.width, new_height: new.0, new_width: new.1,
                            rows: ci_taps(
                                starts: rowStarts.baseAddress, counts: rowCounts.baseAddress, most: rows.most),
                            columns: ci_taps(
                                starts: columnStarts.baseAddress, counts: columnCounts.baseAddress, most: columns.most)
                        )
                        return body(&size)
                    }
                }
            }
        }
    }
}
