// Interpolation to other spatial sizes.

/// The kind of interpolation. PyTorch: the argument `mode` of `torch.nn.functional.interpolate`.
public enum InterpolationMode: String, Sendable, CaseIterable {
    /// The element before (`⌊i·scale⌋`). For 3, 4 or 5 dimensions.
    case nearest
    /// The nearest element. For 3, 4 or 5 dimensions.
    case nearestExact = "nearest-exact"
    /// Linear, for [N, C, L].
    case linear
    /// Linear in height and width, for [N, C, H, W].
    case bilinear
    /// Linear in depth, height and width, for [N, C, D, H, W].
    case trilinear
    /// Cubic convolution in height and width, for [N, C, H, W].
    case bicubic
    /// Averages, as `adaptiveAvgPool2d`. For 3, 4 or 5 dimensions.
    case area
    /// A windowed sinc function, for [N, C, H, W] with `antialias`.
    case lanczos
}

extension Tensor {
    /// Interpolates [N, C, L], [N, C, H, W] or [N, C, D, H, W] to other spatial sizes.
    /// PyTorch: `torch.nn.functional.interpolate`.
    ///
    /// - Parameters:
    ///   - size: the spatial sizes of the result, or one number for all.
    ///   - mode: the kind of interpolation.
    ///   - alignCorners: whether the centers of the corner elements coincide in input and result, not the outer edges.
    ///     Only for linear and cubic modes; nil is false.
    ///   - antialias: whether the filter is widened if the result is smaller. Only for `.bilinear`, `.bicubic` and
    ///     `.lanczos`.
    public func interpolate(
        size: some KernelSizeConvertible, mode: InterpolationMode = .nearest, alignCorners: Bool? = nil,
        antialias: Bool = false
    ) -> Tensor {
        if let cast = Autocast.float32OnCUDA(self), mode != .area {
            return cast.run {
                $0(self).interpolate(size: size, mode: mode, alignCorners: alignCorners, antialias: antialias)
            }
        }
        if isVoid { return .void }
        guard checkCorners(mode, alignCorners) else { return .void }
        let size = size.toKernelSize(), count = dim - 2
        guard size.isNumber || size.values.count == count else {
            return fail(
                .value,
                "Input and output must have the same number of spatial dimensions, but got input with spatial dimensions of \(Array(sizes.dropFirst(2))) and output size of \(size). Please provide input tensor in (N, C, d1, d2, ...,dK) format and output size in (o1, o2, ...,oK) format."
            )
        }
        let target = size.isNumber ? [Int](repeating: size.values[0], count: Swift.max(count, 0)) : size.values
        return interpolated(target, mode, alignCorners ?? false, antialias, nil)
    }

    /// Like `interpolate(size:mode:alignCorners:antialias:)`, for a result whose sizes are the input's times
    /// `scaleFactor`, rounded down.
    ///
    /// - Parameters:
    ///   - scaleFactor: the factor of all sizes, or one for each.
    ///   - mode: how elements are computed.
    ///   - alignCorners: whether the corner elements of input and result lie at the same place.
    ///   - recomputeScaleFactor: whether the sizes of input and result decide where elements are read, not the factor
    ///     itself.
    ///   - antialias: whether a smaller result averages all elements.
    public func interpolate(
        scaleFactor: some ScaleFactorConvertible, mode: InterpolationMode = .nearest, alignCorners: Bool? = nil,
        recomputeScaleFactor: Bool? = nil, antialias: Bool = false
    ) -> Tensor {
        if let cast = Autocast.float32OnCUDA(self), mode != .area {
            return cast.run {
                $0(self).interpolate(
                    scaleFactor: scaleFactor, mode: mode, alignCorners: alignCorners,
                    recomputeScaleFactor: recomputeScaleFactor, antialias: antialias)
            }
        }
        if isVoid { return .void }
        guard checkCorners(mode, alignCorners) else { return .void }
        let factor = scaleFactor.toScaleFactor(), count = Swift.max(dim - 2, 0)
        guard factor.isNumber || factor.values.count == dim - 2 else {
            return fail(
                .value,
                "Input and scale_factor must have the same number of spatial dimensions, but got input with spatial dimensions of \(Array(sizes.dropFirst(2))) and scale_factor of shape \(factor). Please provide input tensor in (N, C, d1, d2, ...,dK) format and scale_factor in (s1, s2, ...,sK) format."
            )
        }
        let factors = factor.isNumber ? [Double](repeating: factor.values[0], count: count) : factor.values
        let recomputes = recomputeScaleFactor ?? false || mode == .area
        var target: [Int] = []
        for (size, factor) in zip(sizes.dropFirst(2), factors) {
            let product = Double(size) * factor
            if recomputes {
                guard let scaled = Int(pythonic: product) else { return .void }
                target.append(scaled)
            } else {
                guard product.magnitude < 0x1p63 else {
                    return fail(.runtime, "value cannot be converted to type int64_t without overflow")
                }
                target.append(Int(product))
            }
        }
        return interpolated(target, mode, alignCorners ?? false, antialias, recomputes ? nil : factors)
    }

    /// Interpolates with antialiasing. The scales, if positive, decide where elements are read; otherwise the sizes do.
    /// PyTorch: `torch.ops.aten._upsample_bilinear2d_aa`.
    public func upsampleBilinear2dAA(
        _ outputSize: [Int], alignCorners: Bool, scalesH: Double? = nil, scalesW: Double? = nil
    ) -> Tensor {
        if let cast = Autocast.float32OnCUDA(self) {
            return cast.run {
                $0(self).upsampleBilinear2dAA(
                    outputSize, alignCorners: alignCorners, scalesH: scalesH, scalesW: scalesW)
            }
        }
        if isVoid { return .void }
        return upsampled(outputSize, .bilinear, alignCorners, true, [scalesH, scalesW])
    }

    private func checkCorners(_ mode: InterpolationMode, _ alignCorners: Bool?) -> Bool {
        let has = mode != .nearest && mode != .nearestExact && mode != .area
        if has || alignCorners == nil { return true }
        raise(
            .value,
            "align_corners option can only be set with the interpolating modes: linear | bilinear | bicubic | trilinear"
        )
        return false
    }

    private func interpolated(
        _ target: [Int], _ mode: InterpolationMode, _ alignCorners: Bool, _ antialias: Bool, _ factors: [Double]?
    ) -> Tensor {
        if antialias, ![.bilinear, .bicubic, .lanczos].contains(mode) || dim != 4 {
            return fail(
                .value,
                "Anti-alias option is restricted to bilinear, bicubic, and lanczos modes and requires a 4-D tensor as input"
            )
        }
        let fits =
            switch mode {
            case .nearest, .nearestExact, .area: (3...5).contains(dim)
            case .linear: dim == 3
            case .bilinear, .bicubic, .lanczos: dim == 4
            case .trilinear: dim == 5
            }
        guard fits else {
            let needed = [InterpolationMode.linear: 3, .bilinear: 4, .trilinear: 5][mode]
            if let needed, (3...5).contains(dim) {
                return fail(.notImplemented, "Got \(dim)D input, but \(mode.rawValue) mode needs \(needed)D input")
            }
            return fail(
                .notImplemented,
                "Input Error: Only 3D, 4D and 5D input Tensors supported (got \(dim)D) for the modes: nearest | linear | bilinear | bicubic | trilinear | lanczos | area | nearest-exact (got \(mode.rawValue))"
            )
        }
        if mode == .lanczos {
            if alignCorners { return fail(.value, "Lanczos mode does not support align_corners=True") }
            if !antialias { return fail(.value, "Lanczos mode requires antialias=True") }
        }
        if mode == .area {
            switch dim {
            case 3: return adaptiveAvgPool1d(target)
            case 4: return adaptiveAvgPool2d(target)
            default: return adaptiveAvgPool3d(target)
            }
        }
        return upsampled(
            target, mode, alignCorners, antialias, factors ?? [Double?](repeating: nil, count: target.count))
    }

    private func upsampled(
        _ target: [Int], _ mode: InterpolationMode, _ alignCorners: Bool, _ antialias: Bool, _ factors: [Double?]
    ) -> Tensor {
        let spatial = factors.count
        guard target.count == spatial else {
            return fail(.runtime, "It is expected output_size equals to \(spatial), but got size \(target.count)")
        }
        guard dim == spatial + 2 else {
            return fail(.runtime, "It is expected input_size equals to \(spatial + 2), but got size \(dim)")
        }
        let source = Array(sizes.dropFirst(2))
        guard (source + target).allSatisfy({ $0 > 0 }) else {
            func named(_ values: [Int]) -> String {
                zip(["D", "H", "W"].suffix(spatial), values).map { "\($0): \($1)" }.joined(separator: ", ")
            }
            return fail(
                .runtime,
                "Input and output sizes should be greater than 0, but got input (\(named(source)))\(spatial == 1 ? " and" : "") output (\(named(target)))"
            )
        }
        guard sizes[1] != 0 else {
            return fail(.runtime, "Non-empty \(dim)D data tensor expected but got a tensor with sizes \(sizes)")
        }
        guard takesInterpolation(mode, antialias) else { return .void }
        let filter: Resampling.Filter =
            switch mode {
            case .nearest: .nearest
            case .nearestExact: .nearestExact
            case .bicubic: .cubic
            case .lanczos: .lanczos
            default: .linear
            }
        let axes = zip(zip(source, target), factors).map { sizes, factor -> Resampling? in
            let isSame = sizes.0 == sizes.1 && !(factor.map { $0 > 0 && $0 != 1 } ?? false)
            if isSame || sizes.0 == sizes.1 && (filter == .nearest || filter == .linear && !antialias) { return nil }
            return Resampling(filter: filter, alignCorners: alignCorners, antialias: antialias, factor: factor)
        }
        let name =
            switch mode {
            case .nearest: "Nearest"
            case .nearestExact: "NearestExact"
            case .linear: "Linear"
            case .bilinear: "Bilinear"
            case .trilinear: "Trilinear"
            case .lanczos: "Lanczos"
            default: "Bicubic"
            }
        return resampled(
            target, [Resampling?](repeating: nil, count: 3 - spatial) + axes,
            spatial == 1 ? .contiguous : layout.suggestedFormat, adjoint: false,
            "Upsample\(name)\(spatial)D\(antialias ? "Aa" : "")Backward0")
    }

    private func takesInterpolation(_ mode: InterpolationMode, _ antialias: Bool) -> Bool {
        if antialias {
            return isTaken(
                dtype == .uint8 || dtype == .float32 || dtype == .float64, by: "compute_index_ranges_weights")
        }
        switch mode {
        case .linear, .trilinear: return isTaken(isComputedFloat, by: "compute_indices_weights_linear")
        case .bilinear:
            return isTaken(isComputedFloat || dtype == .uint8, by: "upsample_bilinear2d_channels_last")
        case .bicubic: return isTaken(isComputedFloat || dtype == .uint8, by: "compute_indices_weights_cubic")
        default:
            return isTaken(
                isComputedFloat || dtype == .uint8,
                by: dim == 4 ? "upsample_nearest2d_channels_last" : "compute_indices_weights_nearest")
        }
    }

    /// Interpolates along the last dimensions, or computes the adjoint; each is the other's derivative.
    private func resampled(
        _ target: [Int], _ axes: [Resampling?], _ format: MemoryFormat, adjoint: Bool, _ node: String
    ) -> Tensor {
        if isVoid { return .void }
        let spatial = dim - 2, input = dense(in: format)
        let result = Tensor.allocate(sizes.prefix(2) + target, format, dtype, device)
        if anyVoid(input, result) { return .void }
        guard
            result.numel() == 0
                || backend.resample(
                    out: result.planes(spatial, format), input.planes(spatial, format), axes, adjoint: adjoint)
        else { return .void }
        return result.record(node, self) { [sizes] _, g in
            g.resampled(
                Array(sizes.dropFirst(2)), axes, spatial == 1 ? .contiguous : g.layout.suggestedFormat,
                adjoint: !adjoint, node)
        }
    }
}
