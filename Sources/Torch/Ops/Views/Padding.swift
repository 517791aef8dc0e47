// Padding, and the rearrangements of pixels and channels.

/// The kind of padding. PyTorch: the `mode` of `torch.nn.functional.pad`.
public enum PaddingMode: String, Sendable {
    /// One constant number.
    case constant
    /// The elements next to the edge, mirrored; the edge itself is not repeated.
    case reflect
    /// The edge element, repeated.
    case replicate
    /// The elements from the opposite end.
    case circular

    /// The name of PyTorch's nodes, without the number of dimensions.
    fileprivate var nodeName: String {
        switch self {
        case .constant: "ConstantPad"
        case .reflect: "ReflectionPad"
        case .replicate: "ReplicationPad"
        case .circular: "CircularPad"
        }
    }
}

extension Tensor {
    /// Pads the last dimensions. PyTorch: `torch.nn.functional.pad`.
    ///
    /// - Parameters:
    ///   - pad: the number of elements to add before and after the last dimension, then the one before it, and so on; a
    ///     negative number removes elements.
    ///   - mode: the kind of padding.
    ///   - value: the number for `.constant`.
    /// - Precondition: `.constant` pads any number of dimensions. The other modes pad the last 1, 2 or 3 dimensions of
    ///   a tensor that has one or two dimensions more, and the tensor has enough elements for the padding.
    public func pad(_ pad: [Int], mode: PaddingMode = .constant, value: Scalar? = nil) -> Tensor {
        let range = OperatorRange("aten::pad", [self, nil, nil, nil])
        defer { range.end() }
        // Autocast lists PyTorch's kernels of reflection and replication, except the reflection of volumes.
        if mode == .replicate || mode == .reflect && pad.count < 6, let cast = Autocast.float32OnCPU {
            return cast.run { $0(self).pad(pad, mode: mode, value: value) }
        }
        if isVoid { return .void }
        guard pad.count % 2 == 0 else { return fail(.runtime, "Padding length must be divisible by 2") }
        guard pad.count <= 2 * dim else {
            return fail(
                .runtime,
                "Padding length should be less than or equal to two times the input dimension but got padding length \(pad.count) and input of dimension \(dim)"
            )
        }
        guard pad.allSatisfy({ $0.magnitude < 1 << 60 }) else {
            return fail(.runtime, "Storage size calculation overflowed with padding=\(pad)")
        }
        // PyTorch takes the number as a float here.
        if mode == .constant { return constantPad(pad, value.map { $0.isComplex ? $0 : .double($0.doubleValue) } ?? 0) }
        guard value == nil || value?.doubleValue == 0 else {
            return fail(.runtime, "Padding mode \"\(mode.rawValue)\" doesn't take in value argument")
        }
        let padded = pad.count / 2
        guard (1...3).contains(padded), (padded + 1...padded + 2).contains(dim) else {
            return fail(
                .notImplemented,
                """
                Padding size \(pad.count) is not supported for \(dim)D input tensor.
                Supported combinations for non-constant padding:
                  - 2D or 3D input: padding size = 2 (pads last dimension)
                  - 3D or 4D input: padding size = 4 (pads last 2 dimensions)
                  - 4D or 5D input: padding size = 6 (pads last 3 dimensions)
                """)
        }
        guard checkBorder(pad, mode) else { return .void }
        if mode == .circular, pad.contains(where: { $0 < 0 }) {
            // Elements that are removed do not come in at the other end.
            let kept = (0..<padded).reduce(self) {
                $0.slice(dim - 1 - $1, Swift.max(-pad[2 * $1], 0), sizes[dim - 1 - $1] - Swift.max(-pad[2 * $1 + 1], 0))
            }
            return kept.pad(pad.map { Swift.max($0, 0) }, mode: mode)
        }
        let borders = (0..<padded).map {
            Border(
                d: dim - 1 - $0, size: sizes[dim - 1 - $0], before: Swift.max(pad[2 * $0], 0),
                after: Swift.max(pad[2 * $0 + 1], 0), mode: mode)
        }
        let whole = bordered(borders)
        // Negative padding removes elements from the padded tensor.
        if whole.isVoid || pad.allSatisfy({ $0 >= 0 }) { return whole }
        return (0..<padded).reduce(whole) {
            $0.slice(dim - 1 - $1, Swift.max(-pad[2 * $1], 0), $0.sizes[dim - 1 - $1] - Swift.max(-pad[2 * $1 + 1], 0))
        }
        .contiguous(memoryFormat: layout.suggestedFormat)
    }

    /// Returns a copy with the given borders.
    private func bordered(_ borders: [Border]) -> Tensor {
        if borders[0].mode != .circular {
            guard supportsKernel("\(borders[0].mode == .reflect ? "reflection" : "replication")_pad\(borders.count)d")
            else {
                return .void
            }
        }
        var target = sizes
        for border in borders { target[border.d] = border.range.upperBound + border.after }
        let format = borders[0].mode == .circular ? MemoryFormat.contiguous : layout.suggestedFormat
        guard !isVoid, let whole = format.layout(target) else { return .void }
        var dims = sizes.map { [Stretch(length: $0, start: 0)] }
        for border in borders { dims[border.d] = border.stretches }
        let result = assembled(whole, dims)
        return result.record("\(borders[0].mode.nodeName)\(borders.count)DBackward0", self) { _, g in
            g.unbordered(borders)
        }
    }

    /// The adjoint of `bordered`: adds each border element's gradient to the element it was copied from.
    private func unbordered(_ borders: [Border]) -> Tensor {
        let rest = contiguousCopy()
        if rest.isVoid || !supportsKernel("add_stub") { return .void }
        func add(_ piece: Layout, to target: Layout) {
            let out = rest.strided(target)
            _ = backend.pointwise(.add, compute: dtype, out: out, [out, rest.strided(piece)])
        }
        for (k, border) in borders.enumerated().reversed() {
            let region = Border.inside(rest.layout, borders[(k + 1)...])
            for piece in border.pieces where region.count > 0 {
                let d = border.d, position = piece.position(region), origin = piece.origin(region)
                if border.mode == .replicate {
                    for i in 0..<piece.length { add(position.selected(d, i), to: origin.selected(d, i)) }
                } else {
                    add(position, to: origin)
                }
            }
        }
        let inner = rest.alias(Border.inside(rest.layout, borders[...])).contiguousCopy()
        return inner.record("UnborderedBackward0", self) { _, g in g.bordered(borders) }
    }

    /// Whether the tensor has enough elements for the padding. Raises if it does not.
    private func checkBorder(_ pad: [Int], _ mode: PaddingMode) -> Bool {
        let padded = pad.count / 2, spatial = sizes.suffix(padded)
        func failed(_ message: String) -> Bool {
            raise(.runtime, message)
            return false
        }
        // The final sizes, and the sizes before elements are removed.
        var target = sizes, widest = sizes
        for k in 0..<padded {
            let d = dim - 1 - k, (before, after) = (pad[2 * k], pad[2 * k + 1])
            let (sum, o1) = sizes[d].addingReportingOverflow(Swift.max(before, 0)),
                (wide, o2) = sum.addingReportingOverflow(Swift.max(after, 0))
            if o1 || o2 { return failed("Storage size calculation overflowed with padding=\(pad)") }
            let total = wide + Swift.min(before, 0) + Swift.min(after, 0)
            (target[d], widest[d]) = (total, wide)
            if mode == .circular {
                if before > sizes[d] || after > sizes[d] {
                    return failed("Padding value causes wrapping around more than once.")
                }
                if total < 0 { return failed("Negative padding value is resulting in an empty dimension") }
            }
            if mode == .reflect, before >= sizes[d] || after >= sizes[d], numel() > 0 {
                return failed(
                    "Argument #\(2 * k + 4): Padding size should be less than the corresponding input dimension, but got: padding (\(before), \(after)) at dimension \(d) of input \(sizes)"
                )
            }
        }
        guard Layout.checkedCount(widest) != nil else {
            return failed("Storage size calculation overflowed with sizes=\(widest)")
        }
        if mode == .circular { return true }
        // Only the batch dimension may be empty.
        guard !sizes.suffix(padded + 1).contains(0) else {
            return failed(
                "Expected \(padded + 1)D or \(padded + 2)D (batch mode) tensor with possibly 0 batch size and other non-zero dimensions for input, but got: \(sizes)"
            )
        }
        guard target.suffix(padded).allSatisfy({ $0 >= 1 }) else {
            func named(_ sizes: some Collection<Int>) -> [String] {
                zip(["D", "H", "W"].suffix(padded), sizes).map { "\($0): \($1)" }
            }
            let input = named(spatial).joined(separator: ", "),
                output = named(target.suffix(padded)).joined(separator: " ")
            return failed("input (\(input)) is too small. Calculated output \(output)")
        }
        return true
    }

    /// Pads the last dimensions with one number. PyTorch: `torch.constant_pad_nd`.
    public func constantPadNd(_ pad: [Int], _ value: some ScalarConvertible = 0) -> Tensor {
        if isVoid { return .void }
        guard pad.count % 2 == 0 else {
            return fail(.runtime, "Length of pad must be even but instead it equals \(pad.count)")
        }
        guard pad.count <= 2 * dim else {
            return fail(
                .runtime,
                "Length of pad should be no more than twice the number of dimensions of the input. Pad length is \(pad.count) while the input has \(dim) dimensions."
            )
        }
        guard pad.allSatisfy({ $0.magnitude < 1 << 60 }) else {
            return fail(.runtime, "Storage size calculation overflowed with padding=\(pad)")
        }
        return constantPad(pad, value.scalar)
    }

    private func constantPad(_ pad: [Int], _ value: Scalar) -> Tensor {
        var target = sizes, dims = sizes.map { [Stretch(length: $0, start: 0)] }
        for k in 0..<(pad.count / 2) {
            let d = dim - 1 - k, (before, after) = (pad[2 * k], pad[2 * k + 1])
            let kept = sizes[d] + Swift.min(before, 0) + Swift.min(after, 0)
            let (sum, o1) = sizes[d].addingReportingOverflow(before), (total, o2) = sum.addingReportingOverflow(after)
            guard kept >= 0, !o1, !o2 else {
                return fail(
                    .runtime,
                    "The input size \(sizes[d]), plus negative padding \(before) and \(after), resulted in a negative output size, which is invalid. Check dimension \(d) of your input."
                )
            }
            target[d] = total
            dims[d] = [
                Stretch(length: Swift.max(before, 0)), Stretch(length: kept, start: Swift.max(-before, 0)),
                Stretch(length: Swift.max(after, 0))
            ].filter { $0.length > 0 }
        }
        guard value.checkFits(dtype), let layout = layout.suggestedFormat.layout(target) else { return .void }
        let result = assembled(layout, dims, filler: value)
        return result.record("ConstantPadNdBackward0", self) { _, g in g.constantPad(pad.map { 0 - $0 }, 0) }
    }
}

/// The border of one dimension, made of the elements inside it.
private struct Border {
    let d, size, before, after: Int
    let mode: PaddingMode

    /// The range of the original elements in the padded dimension.
    var range: Range<Int> { before..<(before + size) }

    /// A part of the border, and the elements it is copied from.
    struct Piece {
        let d, start, length, source: Int
        let mode: PaddingMode

        func position(_ region: Layout) -> Layout { region.sliced(d, start: start, length: length) }

        func origin(_ region: Layout) -> Layout {
            switch mode {
            case .reflect: region.sliced(d, start: source, length: length).reversed([d])
            case .replicate: region.sliced(d, start: source, length: length, step: 0)
            case .constant, .circular: region.sliced(d, start: source, length: length)
            }
        }
    }

    /// The stretches of the original dimension that form the whole padded dimension.
    var stretches: [Stretch] {
        let (first, last) =
            switch mode {
            case .reflect:
                (Stretch(length: before, start: before, step: -1), Stretch(length: after, start: size - 2, step: -1))
            case .replicate:
                (Stretch(length: before, start: 0, step: 0), Stretch(length: after, start: size - 1, step: 0))
            case .circular: (Stretch(length: before, start: size - before), Stretch(length: after, start: 0))
            case .constant: (Stretch(length: before), Stretch(length: after))
            }
        return [first, Stretch(length: size, start: 0), last].filter { $0.length > 0 }
    }

    var pieces: [Piece] {
        let (first, end) = (range.lowerBound, range.upperBound)
        let sources =
            switch mode {
            case .reflect: (first + 1, end - 1 - after)
            case .replicate: (first, end - 1)
            case .constant, .circular: (end - before, first)
            }
        return [
            Piece(d: d, start: 0, length: before, source: sources.0, mode: mode),
            Piece(d: d, start: end, length: after, source: sources.1, mode: mode)
        ].filter { $0.length > 0 }
    }

    /// Returns the part of a layout inside the borders.
    static func inside(_ layout: Layout, _ borders: ArraySlice<Border>) -> Layout {
        borders.reduce(layout) { $0.sliced($1.d, start: $1.before, length: $1.size) }
    }
}

// MARK: - Pixels and channels

extension Tensor {
    /// Rearranges [*, C·r², H, W] to [*, C, H·r, W·r]. PyTorch: `torch.nn.functional.pixel_shuffle`.
    /// - Precondition: the tensor has at least three dimensions, and r² divides the number of channels.
    public func pixelShuffle(_ upscaleFactor: Int) -> Tensor {
        if isVoid { return .void }
        guard dim >= 3 else {
            return fail(
                .runtime,
                "pixel_shuffle expects input to have at least 3 dimensions, but got input with \(dim) dimension(s)")
        }
        guard upscaleFactor > 0 else {
            return fail(.runtime, "pixel_shuffle expects a positive upscale_factor, but got \(upscaleFactor)")
        }
        let r = upscaleFactor, lead = Array(sizes.dropLast(3)), n = lead.count
        let (channels, height, width) = (sizes[n], sizes[n + 1], sizes[n + 2])
        let (square, overflow) = r.multipliedReportingOverflow(by: r)
        guard !overflow, channels % square == 0 else {
            return fail(
                .runtime,
                "pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of upscale_factor, but input.size(-3)=\(channels) is not divisible by \(overflow ? Int.max : square)"
            )
        }
        return reshape(lead + [channels / square, r, r, height, width]).permute(
            Array(0..<n) + [n, n + 3, n + 1, n + 4, n + 2]
        )
        .clone(memoryFormat: .contiguous).view(lead + [channels / square, height &* r, width &* r])
        .contiguous(memoryFormat: layout.suggestedFormat).named("PixelShuffleBackward0")
    }

    /// Rearranges [*, C, H·r, W·r] to [*, C·r², H, W]. PyTorch: `torch.nn.functional.pixel_unshuffle`.
    /// - Precondition: the tensor has at least three dimensions, and r divides height and width.
    public func pixelUnshuffle(_ downscaleFactor: Int) -> Tensor {
        if isVoid { return .void }
        guard dim >= 3 else {
            return fail(
                .runtime,
                "pixel_unshuffle expects input to have at least 3 dimensions, but got input with \(dim) dimension(s)")
        }
        guard downscaleFactor > 0 else {
            return fail(.runtime, "pixel_unshuffle expects a positive downscale_factor, but got \(downscaleFactor)")
        }
        let r = downscaleFactor, lead = Array(sizes.dropLast(3)), n = lead.count
        let (channels, height, width) = (sizes[n], sizes[n + 1], sizes[n + 2])
        for (name, position, size) in [("height", -2, height), ("width", -1, width)] where size % r != 0 {
            return fail(
                .runtime,
                "pixel_unshuffle expects \(name) to be divisible by downscale_factor, but input.size(\(position))=\(size) is not divisible by \(r)"
            )
        }
        let merged = channels &* r &* r
        return reshape(lead + [channels, height / r, r, width / r, r]).permute(
            Array(0..<n) + [n, n + 2, n + 4, n + 1, n + 3]
        )
        .clone(memoryFormat: .contiguous).view(lead + [merged, height / r, width / r])
        .contiguous(memoryFormat: layout.suggestedFormat).named("PixelUnshuffleBackward0")
    }

    /// Divides the channels (dimension 1) into `groups` groups and interleaves the groups.
    /// PyTorch: `torch.nn.functional.channel_shuffle`.
    /// - Precondition: the tensor has more than two dimensions, and `groups` divides the number of channels.
    public func channelShuffle(_ groups: Int) -> Tensor {
        if isVoid { return .void }
        guard dim > 2 else {
            return fail(.runtime, "channel_shuffle expects input with > 2 dims, but got input with sizes \(sizes)")
        }
        guard groups > 0 else {
            return fail(.runtime, "Number of groups to divide channels in must be positive. Value of groups:\(groups)")
        }
        guard sizes[1] % groups == 0 else {
            return fail(
                .runtime,
                "Number of channels must be divisible by groups. Got \(sizes[1]) channels and \(groups) groups.")
        }
        let rest = Array(sizes.dropFirst(2))
        return reshape([sizes[0], groups, sizes[1] / groups] + rest).transpose(1, 2)
            .clone(memoryFormat: .contiguous).view(sizes).contiguous(memoryFormat: layout.suggestedFormat)
            .named("ChannelShuffleBackward0")
    }
}
