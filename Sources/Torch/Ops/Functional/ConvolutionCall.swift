/// The arguments of a convolution, as callers give them.
struct ConvolutionCall {
    var stride: KernelSize = 1
    var padding = ConvolutionPadding(KernelSize(0))
    var dilation: KernelSize = 1
    var outputPadding: KernelSize = 0
    var groups = 1
    var isTransposed = false

    /// Computes a convolution with `rank` spatial dimensions of an input with or without a batch.
    func callAsFunction(_ input: Tensor, _ weight: Tensor, _ bias: Tensor?, rank: Int, name: String) -> Tensor {
        let range = OperatorRange("aten::\(name)", [input, weight, bias, nil, nil, nil, nil])
        defer { range.end() }
        if let cast = Autocast.lowerPrecision {
            return cast.run { callAsFunction($0(input), $0(weight), $0(bias), rank: rank, name: name) }
        }
        if anyVoid(input, weight, bias) { return .void }
        if let bias, bias.dtype != input.dtype, !isTransposed {
            return fail(
                .runtime,
                "Input type (\(input.dtype.cName)) and bias type (\(bias.dtype.cName)) should be the same")
        }
        let isBatched = input.dim == rank + 2
        guard isBatched || input.dim == rank + 1 else {
            return fail(
                .runtime,
                "Expected \(rank + 1)D (unbatched) or \(rank + 2)D (batched) input to \(name), but got input of size: \(input.sizes)"
            )
        }
        let batched = isBatched ? input : input.unsqueeze(0)
        // PyTorch's words are for `rank` dimensions, whatever the weight has.
        let result: Tensor
        switch padding.kind {
        case .numbers: result = anyNumbers(batched, weight, bias, rank: rank)
        case .unknown(let word): return fail(.runtime, "Invalid padding string: '\(word)'")
        case .valid:
            var call = self
            call.padding = ConvolutionPadding(KernelSize(0))
            result = call.anyNumbers(batched, weight, bias, rank: rank)
        case .same: result = same(batched, weight, bias, rank: rank)
        }
        // Each weight meets each output of its channel, or each input if the convolution is transposed.
        let planes = isTransposed ? batched : result
        range.count(flops: [2, weight.numel(), planes.numel() / max(planes.dim > 1 ? planes.sizes[1] : 1, 1)])
        return isBatched ? result : result.squeeze(0)
    }

    /// Computes a convolution whose output has the input's size. PyTorch: `convolution_same`.
    private func same(_ input: Tensor, _ weight: Tensor, _ bias: Tensor?, rank: Int) -> Tensor {
        let k = weight.dim
        guard k > 2 else { return fail(.runtime, "weight should have at least three dimensions") }
        guard groups > 0 else { return fail(.runtime, "non-positive groups is not supported") }
        guard k == input.dim else {
            return fail(
                .runtime,
                "Expected \(k)-dimensional input for \(k)-dimensional weight\(weight.sizes), but got \(input.dim)-dimensional input of size \(input.sizes) instead"
            )
        }
        guard let strides = stride.expanded(to: k - 2) else {
            return fail(.runtime, "stride cannot broadcast to \(k - 2) dimensions")
        }
        guard let dilations = dilation.expanded(to: k - 2) else {
            return fail(.runtime, "dilation cannot broadcast to \(k - 2) dimensions")
        }
        guard strides.allSatisfy({ $0 == 1 }) else {
            return fail(.runtime, "padding='same' is not supported for strided convolutions")
        }
        var before: [Int] = [], extra: [Int] = []
        for (d, dilation) in dilations.enumerated() {
            let (total, overflow) = dilation.multipliedReportingOverflow(by: weight.sizes[d + 2] - 1)
            guard !overflow, total >= 0 else { return fail(.runtime, "negative padding is not supported") }
            before.append(total / 2)
            extra.append(total % 2)
        }
        var call = self
        call.padding = ConvolutionPadding(before)
        guard extra.contains(1) else { return call.anyNumbers(input, weight, bias, rank: rank) }
        warn(
            "Using padding='same' with even kernel lengths and odd dilation may require a zero-padded copy of the input be created"
        )
        return call.anyNumbers(input.pad(extra.reversed().flatMap { [0, $0] }), weight, bias, rank: rank)
    }

    /// Computes a real or complex convolution with numbers for the padding.
    private func anyNumbers(_ input: Tensor, _ weight: Tensor, _ bias: Tensor?, rank: Int) -> Tensor {
        guard input.dtype.isComplex else { return convolve(input, weight, bias) }
        guard weight.dtype == input.dtype else {
            return fail(
                .runtime,
                "Input type (\(input.typeName)) and weight type (\(weight.typeName)) should be the same")
        }
        if let bias, bias.dtype != input.dtype {
            return fail(
                .runtime,
                "Input type (\(input.typeName)) and bias type (\(bias.typeName)) should be the same")
        }
        // Three real convolutions instead of four: (x + iy)(u + iv) = a - b + i(c - a - b) with a = xu, b = yv and
        // c = (x + y)(u + v).
        let (x, y, u, v) = (input.real, input.imag, weight.real, weight.imag)
        let a = convolve(x, u, bias?.real)
        if a.isVoid { return .void }
        let b = convolve(y, v, nil)
        let c = convolve(x.add(y), u.add(v), bias.map { $0.real.add($0.imag) })
        return complex(a.sub(b), c.sub(a).sub(b))
    }

    /// Computes a real convolution. PyTorch: `torch.convolution`.
    func convolve(_ input: Tensor, _ weight: Tensor, _ bias: Tensor?) -> Tensor {
        if anyVoid(input, weight, bias) { return .void }
        guard let plan = plan(input, weight, bias) else { return .void }
        guard Tensor.commonDevice([input, weight] + (bias.map { [$0] } ?? [])) != nil else { return .void }
        if plan.isEmpty { return Convolution.ofNothing(input, weight, bias, plan, isTransposed: isTransposed) }
        return Convolution.run(isTransposed ? .backwardInput : .forward, plan, input, weight, bias: bias)
    }
}

// MARK: - Checks

extension ConvolutionCall {
    /// Checks the arguments and returns the sizes. Raises and returns nil if they do not fit.
    private func plan(_ input: Tensor, _ weight: Tensor, _ bias: Tensor?) -> ConvolutionPlan? {
        func refuse(_ message: String) -> ConvolutionPlan? {
            raise(.runtime, message)
            return nil
        }
        let rank = weight.dim - 2
        guard rank > 0 else { return refuse("weight should have at least three dimensions") }
        guard groups > 0 else { return refuse("non-positive groups is not supported") }
        guard case .numbers(let pads) = padding.kind else { return nil }
        func expand(_ size: KernelSize, _ name: String) -> [Int]? {
            if let values = size.expanded(to: rank) { return values }
            raise(
                .runtime,
                "expected \(name) to be a single integer value or a list of \(rank) values to match the convolution dimensions, but got \(name)=\(size.values)"
            )
            return nil
        }
        guard let stride = expand(stride, "stride"), let padding = expand(pads, "padding"),
            let dilation = expand(dilation, "dilation"), let extra = expand(outputPadding, "output_padding")
        else { return nil }
        guard padding.allSatisfy({ $0 >= 0 }) else { return refuse("negative padding is not supported") }
        guard extra.allSatisfy({ $0 >= 0 }) else { return refuse("negative output_padding is not supported") }
        guard stride.allSatisfy({ $0 > 0 }) else { return refuse("non-positive stride is not supported") }
        guard dilation.allSatisfy({ $0 > 0 }) else { return refuse("dilation should be greater than zero") }
        let sizes = weight.sizes
        guard weight.dim == input.dim else {
            return refuse(
                "Expected \(weight.dim)-dimensional input for \(weight.dim)-dimensional weight \(sizes), but got \(input.dim)-dimensional input of size \(input.sizes) instead"
            )
        }
        guard sizes[0] >= groups else {
            return refuse(
                "Given groups=\(groups), expected weight to be at least \(groups) at dimension 0, but got weight of size \(sizes) instead"
            )
        }
        guard sizes[0] % groups == 0 else {
            return refuse(
                "Given groups=\(groups), expected weight to be divisible by \(groups) at dimension 0, but got weight of size [\(sizes)] instead"
            )
        }
        for (d, pad) in padding.enumerated() where pad > Int.max / 2 {
            return refuse(
                "Given padding=\(pad) at dimension \(d) , expected padding to be at most \(Int.max / 2)")
        }
        let others = sizes[1].multipliedReportingOverflow(by: groups)
        let given = isTransposed ? "transposed=1" : "groups=\(groups)"
        let channels = isTransposed ? sizes[0] : others.overflow ? Int.max : others.partialValue
        let results = isTransposed ? others.overflow ? Int.max : others.partialValue : sizes[0]
        guard input.sizes[1] == channels else {
            return refuse(
                "Given \(given), weight of size \(sizes), expected input\(input.sizes) to have \(channels) channels, but got \(input.sizes[1]) channels instead"
            )
        }
        if let bias, bias.dim != 1 || bias.sizes[0] != results {
            return refuse(
                "Given \(isTransposed ? "transposed=1, " : "")weight of size \(sizes), expected bias to be 1-dimensional with \(results) elements, but got bias of size \(bias.sizes) instead"
            )
        }
        let (space, kernel) = (Array(input.sizes.dropFirst(2)), Array(sizes.dropFirst(2)))
        guard kernel.allSatisfy({ $0 > 0 }) else {
            return refuse(
                "kernel size should be greater than zero, but got \(Self.named("kernel", kernel))")
        }
        guard
            let result = isTransposed
                ? transposedSizes(space, kernel, stride, padding, dilation, extra)
                : Self.outputSizes(space, kernel, stride, padding, dilation)
        else { return nil }
        guard checkTypes(input, weight, bias, dilated: dilation.contains { $0 > 1 }, rank: rank) else { return nil }
        let isEmpty = input.sizes.contains(0)
        if isEmpty, input.sizes[0] != 0, input.sizes[1] != 0 {
            return refuse(
                "Only zero batch or zero channel inputs are supported, but got input shape: \(input.sizes)")
        }
        let (larger, windows) = isTransposed ? (result, space) : (space, result)
        return ConvolutionPlan(
            batch: input.sizes[0], groups: groups, inputChannels: isTransposed ? results : channels,
            outputChannels: isTransposed ? channels : results, input: larger, output: windows, kernel: kernel,
            stride: zip(stride, windows).enumerated().map { d, window in
                guard window.1 == 1 else { return window.0 }
                // A single window has no step. Kernels get the least one with which no second window fits, because they
                // must not see a huge one.
                let extent = Self.saturating(kernel[d] - 1, dilation[d], plus: 1)
                let room = Self.saturating(larger[d], 1, plus: 2 * padding[d]) - extent
                return Swift.min(window.0 - 1, Swift.max(room, 0)) + 1
            }, padding: padding,
            // A single element has no distance.
            dilation: zip(dilation, kernel).map { $1 == 1 ? 1 : $0 })
    }

    /// Returns the spatial sizes of the output. Raises and returns nil if the kernel is greater than the padded input.
    private static func outputSizes(
        _ space: [Int], _ kernel: [Int], _ stride: [Int], _ padding: [Int], _ dilation: [Int]
    ) -> [Int]? {
        let padded = zip(space, padding).map { saturating($0, 1, plus: 2 * $1) }
        let extents = zip(kernel, dilation).map { saturating($0 - 1, $1, plus: 1) }
        guard zip(padded, extents).allSatisfy({ $0 >= $1 }) else {
            func text(_ sizes: [Int]) -> String { sizes.map(String.init).joined(separator: " x ") }
            raise(
                .runtime,
                "Calculated padded input size per channel: (\(text(padded))). Kernel size: (\(text(extents))). Kernel size can't be greater than actual input size"
            )
            return nil
        }
        return padded.indices.map { (padded[$0] - extents[$0]) / stride[$0] + 1 }
    }

    /// Returns the spatial sizes of a transposed convolution's output. Raises and returns nil if there is none.
    private func transposedSizes(
        _ space: [Int], _ kernel: [Int], _ stride: [Int], _ padding: [Int], _ dilation: [Int], _ extra: [Int]
    ) -> [Int]? {
        for d in space.indices where extra[d] >= stride[d] && extra[d] >= dilation[d] {
            raise(
                .runtime,
                "output padding must be smaller than either stride or dilation, but got \(Self.named("output_padding", extra)) \(Self.named("stride", stride)) \(Self.named("dilation", dilation))"
            )
            return nil
        }
        let sizes = space.indices.map { d in
            let extent = Self.saturating(kernel[d] - 1, dilation[d], plus: extra[d])
            let whole = Self.saturating(Swift.max(space[d], 1) - 1, stride[d], plus: extent)
            return whole == .max ? whole : whole - 2 * padding[d] + 1
        }
        if sizes.allSatisfy({ $0 > 0 }) || space.contains(0) { return sizes.map { Swift.max($0, 0) } }
        func text(_ sizes: [Int]) -> String { sizes.map(String.init).joined(separator: " x ") }
        raise(
            .runtime,
            "Given input size per channel: (\(text(space))). Calculated output size per channel: (\(text(sizes))). Output size is too small"
        )
        return nil
    }

    /// Whether PyTorch's kernels take the dtypes. Raises if they do not.
    private func checkTypes(_ input: Tensor, _ weight: Tensor, _ bias: Tensor?, dilated: Bool, rank: Int) -> Bool {
        for (other, role) in [(weight, "weight"), (bias ?? weight, "bias")] where other.dtype != input.dtype {
            let message =
                input.dtype == .float32
                ? "Input type (\(input.typeName)) and \(role) type (\(other.typeName)) should be the same or input should be a MKLDNN tensor and \(role) is a dense tensor"
                : "expected scalar type \(input.dtype.scalarTypeName) but found \(other.dtype.scalarTypeName)"
            raise(.runtime, message)
            return false
        }
        let kernel =
            isTransposed
            ? "slow_conv_transpose\(Swift.max(rank, 2))d_out_cpu"
            : dilated ? "slow_conv_dilated<>" : rank == 3 ? "compute_columns3d" : "slow_conv2d_cpu"
        let isNarrowInteger = [.uint8, .int8, .int16, .int32].contains(input.dtype)
        if input.dtype == .bool || isNarrowInteger && (isTransposed || dilated) {
            raise(.notImplemented, "\"\(kernel)\" not implemented for '\(input.dtype.scalarTypeName)'")
            return false
        }
        return input.supportsKernel(kernel)
    }

    /// Returns a · b + c, or `Int.max` if that overflows. No operand is negative.
    private static func saturating(_ a: Int, _ b: Int, plus c: Int) -> Int {
        let (product, overflow) = a.multipliedReportingOverflow(by: b)
        let (sum, carry) = product.addingReportingOverflow(c)
        return overflow || carry ? .max : sum
    }

    /// Returns numbers with the names of their dimensions, as PyTorch's kernels print them. One dimension is a row of
    /// height 1.
    private static func named(_ name: String, _ values: [Int]) -> String {
        let all = values.count == 1 ? [name == "output_padding" ? 0 : 1] + values : values
        return zip(["depth", "height", "width"].suffix(all.count), all).map { "\(name)_\($0): \($1)" }.joined(
            separator: " ")
    }
}

extension ConvolutionPlan {
    /// Whether an operand has no elements.
    var isEmpty: Bool { inputSizes.contains(0) || weightSizes.contains(0) || outputSizes.contains(0) }
}
