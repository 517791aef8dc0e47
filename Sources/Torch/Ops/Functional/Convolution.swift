// Convolution and its adjoints. Each of the three operands is linear in both others, so one function records all of
// them, and derivatives of any order are made of the same three.

import CTorchKernels

enum Convolution {
    /// Computes the operand of `plan` that `pass` names from the two others, and records it. `bias` is for the channels
    /// of the result. Derivatives have the memory format `format` of the operator that they come from.
    static func run(
        _ pass: ConvolutionPass, _ plan: ConvolutionPlan, _ a: Tensor, _ b: Tensor, bias: Tensor? = nil,
        format: MemoryFormat? = nil
    ) -> Tensor {
        if anyVoid(a, b, bias) { return .void }
        FlopTally.current?.add(format == nil ? .convolution : .convolutionBackward, pass, plan, a, b)
        let format = format ?? memoryFormat(plan, a, b)
        let sizes =
            switch pass {
            case .forward: plan.outputSizes
            case .backwardInput: plan.inputSizes
            case .backwardWeight: plan.weightSizes
            }
        guard let layout = format.layout(sizes) else { return .void }
        let result = Tensor.allocate(layout, a.dtype, a.device)
        if result.isVoid { return .void }
        guard
            a.backend.convolution(
                pass, plan, out: result.strided, operand(a, format), operand(b, format),
                bias: bias?.contiguous().dense)
        else { return .void }
        return result.record("ConvolutionBackward0", inputs: [a, b] + (bias.map { [$0] } ?? []), saved: [a, b]) {
            node, g in
            let (a, b) = (node.saved(0), node.saved(1))
            var grads: [Tensor?]
            switch pass {
            case .forward:
                grads = [
                    node.needs(0) ? run(.backwardInput, plan, g, b, format: format) : nil,
                    node.needs(1) ? run(.backwardWeight, plan, a, g, format: format) : nil
                ]
            case .backwardInput:
                grads = [
                    node.needs(0) ? run(.forward, plan, g, b, format: format) : nil,
                    node.needs(1) ? run(.backwardWeight, plan, g, a, format: format) : nil
                ]
            case .backwardWeight:
                grads = [
                    node.needs(0) ? run(.backwardInput, plan, b, g, format: format) : nil,
                    node.needs(1) ? run(.forward, plan, a, g, format: format) : nil
                ]
            }
            if bias != nil { grads.append(node.needs(2) ? biasGradient(g) : nil) }
            return grads
        }
    }

    /// Sums the gradient over everything but the channels.
    private static func biasGradient(_ g: Tensor) -> Tensor {
        g.sum(dim: [0] + Array(2..<g.dim))
    }

    /// The memory that the backend reads: dense in row-major order or with the channels innermost.
    private static func operand(_ x: Tensor, _ format: MemoryFormat) -> Strided {
        if x.layout.isContiguous || format != .contiguous && format.fits(x.layout) { return x.strided }
        return noGrad { x.detach().contiguous() }.strided
    }

    /// The memory format of a result: channels are innermost if they are in one of the operands. In three dimensions
    /// only float32 has this form, and only if the work is large enough. PyTorch: `determine_backend_memory_format`.
    private static func memoryFormat(_ plan: ConvolutionPlan, _ a: Tensor, _ b: Tensor) -> MemoryFormat {
        let formats = [a.layout.suggestedFormat, b.layout.suggestedFormat]
        if formats.contains(.channelsLast) { return .channelsLast }
        guard formats.contains(.channelsLast3d), a.dtype == .float32 else { return .contiguous }
        let (space, kernel) = (plan.input, plan.kernel)
        let isLarge =
            plan.groups > 1 || plan.batch > 1 || kernel[1] > 3 && kernel[2] > 3
            || Double(plan.inputChannels) * Double(space[0]) * Double(space[1]) > 20480
        return isLarge ? .channelsLast3d : .contiguous
    }

    /// The result if there are no images or no channels. PyTorch gives an input without channels an output without
    /// channels.
    static func ofNothing(
        _ input: Tensor, _ weight: Tensor, _ bias: Tensor?, _ plan: ConvolutionPlan, isTransposed: Bool
    ) -> Tensor {
        var sizes = isTransposed ? plan.inputSizes : plan.outputSizes
        if input.sizes[1] == 0 { sizes[1] = 0 }
        let result = Tensor.allocate(sizes, input.dtype, input.device)
        if result.isVoid { return .void }
        if result.numel() > 0 { result.zero_() }
        return result.record("ConvolutionBackward0", inputs: [input, weight] + (bias.map { [$0] } ?? [])) { _, g in
            ([input, weight] + (bias.map { [$0] } ?? [])).map {
                Tensor.zeros($0.sizes, dtype: $0.dtype, device: $0.device)
            }
        }
    }
}
