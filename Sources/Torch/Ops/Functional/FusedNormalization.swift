// The operator behind the norms: one pass computes the result, and one pass all gradients. If the backward pass is
// recorded, the gradients are computed by recorded operators, so they can be differentiated again.

/// A normalization (x - mean) · rstd · weight + bias of a floating-point tensor that is not empty.
struct Normalization {
    /// Which elements share statistics and weights.
    enum Form {
        /// Rows of row-major memory. If they are not centered, nothing is subtracted.
        case rows(NormalizedRows, centered: Bool)
        /// Channels, the second dimension, of memory in a format.
        case channels(NormalizedChannels, MemoryFormat)
    }

    /// The name of the node.
    let name: String
    let form: Form
    let eps: Double
    /// The format of the result and of the input's gradient.
    var resultFormat = MemoryFormat.contiguous
    /// The dtype to which a channel's computed mean is rounded.
    var meanDType = DType.float32
    /// Whether the statistics do not depend on the input.
    var isGiven = false

    struct Result {
        var output = Tensor.void
        var mean: Tensor?
        var variance: Tensor?
        var rstd = Tensor.void
    }

    /// The format of the memory that the backend walks.
    private var format: MemoryFormat {
        switch form {
        case .rows: .contiguous
        case .channels(_, let format): format
        }
    }

    private var statistics: Int {
        switch form {
        case .rows(let rows, _): rows.rows
        case .channels(let channels, _): channels.channels
        }
    }

    private var weights: Int {
        switch form {
        case .rows(let rows, _): rows.weights
        case .channels(let channels, _): channels.channels
        }
    }

    // MARK: Forward

    /// Computes and records the result. `given` are the mean and rstd of channels, in the wide dtype; nil to compute
    /// them. Returns nil if it failed.
    func callAsFunction(
        _ input: Tensor, weight: Tensor?, bias: Tensor?, given: (mean: Tensor, rstd: Tensor)? = nil
    ) -> Result? {
        guard Tensor.commonDevice([input] + [weight, bias].compactMap { $0 }) != nil,
            let layout = format.layout(input.sizes)
        else { return nil }
        let (device, wide) = (input.device, input.dtype.wide)
        var result = Result()
        let computed: Bool = noGrad {
            let x = input.detach().contiguous(memoryFormat: format)
            let w = weight.map { plain($0, wide) }, b = bias.map { plain($0, wide) }
            result.output = Tensor.allocate(layout, input.dtype, device)
            switch form {
            case .rows(let rows, let centered):
                if centered { result.mean = Tensor.allocate([statistics], wide, device) }
                result.rstd = Tensor.allocate([statistics], wide, device)
                guard !anyVoid([x, result.output, result.rstd] + [w, b, result.mean].compactMap { $0 }) else {
                    return false
                }
                return input.backend.normalize(
                    rows, centered: centered, eps: eps, out: result.output.denseVector,
                    NormalizationNumbers(
                        mean: result.mean?.dense, rstd: result.rstd.dense, weight: w?.dense, bias: b?.dense),
                    x.denseVector)
            case .channels(let channels, _):
                let mean = given?.mean.detach().contiguous() ?? Tensor.allocate([statistics], wide, device)
                result.mean = mean
                result.rstd = given?.rstd.detach().contiguous() ?? Tensor.allocate([statistics], wide, device)
                if given == nil { result.variance = Tensor.allocate([statistics], wide, device) }
                guard
                    !anyVoid([x, result.output, result.rstd, mean] + [w, b, result.variance].compactMap { $0 })
                else { return false }
                return input.backend.normalizeChannels(
                    channels, given: given != nil, eps: eps, meanDType: meanDType, out: result.output.denseVector,
                    variance: result.variance?.dense,
                    NormalizationNumbers(
                        mean: mean.dense, rstd: result.rstd.dense, weight: w?.dense, bias: b?.dense), x.denseVector)
            }
        }
        guard computed else { return nil }
        if resultFormat != format { result.output = result.output.contiguous(memoryFormat: resultFormat) }
        let places = (weight: weight == nil ? nil : 1, bias: bias == nil ? nil : weight == nil ? 1 : 2)
        let forms = [weight, bias].map { $0.map { ($0.sizes, $0.dtype) } }
        let isCentered = result.mean != nil
        result.output = result.output.record(
            name, inputs: [input, weight, bias].compactMap { $0 },
            saved: [input, result.rstd] + [result.mean, weight].compactMap { $0 }
        ) { node, grad in
            let saved = (0..<2 + (isCentered ? 1 : 0) + (places.weight ?? 0)).map { node.saved($0) }
            if anyVoid(saved) { return [] }
            let weight = places.weight == nil ? nil : saved[saved.count - 1]
            let wanted = (
                input: node.needs(0), weight: places.weight.map { node.needs($0) } ?? false,
                bias: places.bias.map { node.needs($0) } ?? false
            )
            let gradients =
                isGradEnabled()
                ? recordedGradients(grad, saved[0], weight, saved[1], isCentered ? saved[2] : nil)
                : fusedGradients(grad, saved[0], weight, saved[1], isCentered ? saved[2] : nil, wanted)
            var list = [wanted.input ? gradients.input : nil]
            for (i, gradient) in [gradients.weight, gradients.bias].enumerated() {
                guard let (sizes, dtype) = forms[i] else { continue }
                list.append(gradient.map { $0.reshape(sizes).to(dtype) })
            }
            return list
        }
        return result
    }

    /// Returns a parameter as the kernels read it.
    private func plain(_ parameter: Tensor, _ dtype: DType) -> Tensor {
        parameter.detach().to(dtype).contiguous()
    }

    // MARK: Backward

    private typealias Gradients = (input: Tensor?, weight: Tensor?, bias: Tensor?)

    private func fusedGradients(
        _ grad: Tensor, _ input: Tensor, _ weight: Tensor?, _ rstd: Tensor, _ mean: Tensor?,
        _ wanted: (input: Bool, weight: Bool, bias: Bool)
    ) -> Gradients {
        let wide = input.dtype.wide
        let x = input.detach().contiguous(memoryFormat: format), g = grad.contiguous(memoryFormat: format)
        let w = weight.map { plain($0, wide) }, layout = wanted.input ? format.layout(input.sizes) : nil
        let result = (
            input: layout.map { Tensor.allocate($0, input.dtype, input.device) },
            weight: wanted.weight ? Tensor.allocate([weights], wide, input.device) : nil,
            bias: wanted.bias ? Tensor.allocate([weights], wide, input.device) : nil
        )
        if anyVoid([x, g, rstd] + [w, mean, result.input, result.weight, result.bias].compactMap { $0 }) {
            return (nil, nil, nil)
        }
        let gradients = NormalizationGradients(
            input: result.input?.denseVector, weight: result.weight?.dense, bias: result.bias?.dense)
        let numbers = NormalizationNumbers(mean: mean?.dense, rstd: rstd.dense, weight: w?.dense, bias: nil)
        let computed =
            switch form {
            case .rows(let rows, let centered):
                input.backend.normalizeBackward(
                    rows, centered: centered, gradients, grad: g.denseVector, numbers, x.denseVector)
            case .channels(let channels, _):
                input.backend.normalizeChannelsBackward(
                    channels, given: isGiven, gradients, grad: g.denseVector, numbers, x.denseVector)
            }
        guard computed else { return (nil, nil, nil) }
        return (
            resultFormat == format ? result.input : result.input?.contiguous(memoryFormat: resultFormat), result.weight,
            result.bias
        )
    }

    /// The same gradients as functions of the gradient, the input and the weight.
    private func recordedGradients(
        _ grad: Tensor, _ input: Tensor, _ weight: Tensor?, _ rstd: Tensor, _ mean: Tensor?
    ) -> Gradients {
        let shape: [Int], own: [Int], shared: [Int], weightShape: [Int]
        switch form {
        case .rows(let rows, _):
            let perRow = rows.length / rows.inner
            shape = [rows.rows / rows.groups, rows.groups, perRow, rows.inner]
            (own, shared, weightShape) = ([2, 3], [0, 3], [1, rows.groups, perRow, 1])
        case .channels(let channels, _):
            let count = input.sizes[0]
            shape = [count, channels.channels, channels.outer / count &* channels.inner]
            (own, shared, weightShape) = ([0, 2], [0, 2], [1, channels.channels, 1])
        }
        let wide = input.dtype.wide
        let x = input.to(wide).reshape(shape), g = grad.to(wide).reshape(shape)
        let scaled = weight.map { g.mul($0.to(wide).reshape(weightShape)) } ?? g
        let normalized: Tensor, factor: Tensor
        if isGiven, let mean {
            factor = rstd.reshape(weightShape)
            normalized = x.sub(mean.reshape(weightShape)).mul(factor)
        } else {
            let centered = mean == nil ? x : x.sub(x.mean(dim: own, keepdim: true))
            factor = centered.square().mean(dim: own, keepdim: true).add(eps).rsqrt()
            normalized = centered.mul(factor)
        }
        var gradient = scaled
        if !isGiven {
            if mean != nil { gradient = gradient.sub(scaled.mean(dim: own, keepdim: true)) }
            gradient = gradient.sub(normalized.mul(scaled.mul(normalized).mean(dim: own, keepdim: true)))
        }
        return (
            gradient.mul(factor).to(input.dtype).reshape(input.sizes), g.mul(normalized).sum(dim: shared),
            g.sum(dim: shared)
        )
    }
}

extension Tensor {
    /// Whether the fused normalization computes with this tensor.
    var isNormalizedInOnePass: Bool { dtype.isFloatingPoint && !dtype.isForStorage && numel() > 0 }

    /// Returns whether the dtypes of weights and statistics fit: that of the input, or float32 for a half type. Raises
    /// if they do not fit.
    func takesParameters(_ parameters: Tensor?...) -> Bool {
        let others = parameters.compactMap { $0?.dtype }.filter { $0 != dtype }
        if others.isEmpty { return true }
        if parameters.contains(where: { $0.map { $0.dtype != .float32 } ?? false }) {
            raise(.runtime, "mixed dtype (CPU): expect parameter to have scalar type of Float")
            return false
        }
        if dtype == .float16 || dtype == .bfloat16 { return true }
        raise(.runtime, "mixed dtype (CPU): all inputs must share same datatype.")
        return false
    }
}
