import CTorchKernels

extension CPUBackend {
    func convolution(
        _ pass: ConvolutionPass, _ plan: ConvolutionPlan, out: Strided, _ a: Strided, _ b: Strided, bias: Dense?
    ) -> Bool {
        guard canCompute(out, a, b, bias?.strided, by: "slow_conv2d_cpu") else { return false }
        var kernelPlan = plan.kernelPlan
        var (out, a, b) = (out, a, b)
        if !st_convolution_takes_strides(pass, out.dtype.kernel, &kernelPlan) {
            return rowMajor(pass, plan, out: out, a, b, bias: bias)
        }
        if let done = run(pass, plan, &kernelPlan, &out, &a, &b, bias) { return done }
        return rowMajor(pass, plan, out: out, a, b, bias: bias)
    }

    /// Calls the kernel with row-major operands. Copies those that are not.
    private func rowMajor(
        _ pass: ConvolutionPass, _ plan: ConvolutionPlan, out: Strided, _ a: Strided, _ b: Strided, bias: Dense?
    ) -> Bool {
        guard var a = contiguous(a), var b = contiguous(b) else { return false }
        var kernelPlan = plan.kernelPlan
        var target = out
        if !out.layout.isContiguous {
            guard let fresh = unfilled(out) else { return false }
            target = fresh
        }
        guard run(pass, plan, &kernelPlan, &target, &a, &b, bias) ?? false else { return false }
        if !out.layout.isContiguous { copy(out: out, target) }
        return true
    }

    /// Calls the kernel. Returns nil if it takes only row-major operands.
    private func run(
        _ pass: ConvolutionPass, _ plan: ConvolutionPlan, _ kernelPlan: inout st_convolution_plan, _ out: inout Strided,
        _ a: inout Strided, _ b: inout Strided, _ bias: Dense?
    ) -> Bool? {
        let (input, weight, output) = plan.operands(pass, out: out, a, b)
        var (x, w, y) = (input.convolutionOperand, weight.convolutionOperand, output.convolutionOperand)
        let packed =
            pass == .backwardWeight
            ? nil
            : PackedWeights.find(
                weight,
                PackedWeights.Key(
                    pass: pass, plan: plan, dtype: weight.dtype,
                    strides: [input, weight, output].map(\.layout.strides), offset: weight.layout.offset,
                    hasBias: bias != nil)
            ) {
                let bytes = st_convolution_packed_bytes(
                    pass, out.dtype.kernel, &kernelPlan, &x, &w, &y, bias != nil)
                guard bytes > 0, let memory = Storage(byteCount: Int(bytes)),
                    st_convolution_pack(
                        pass, out.dtype.kernel, &kernelPlan, &x, &w, &y, bias != nil, memory.pointer)
                else { return nil }
                return memory
            }
        let missing = st_convolution(
            pass, out.dtype.kernel, &kernelPlan, &x, &w, &y, bias.map { UnsafeRawPointer($0.pointer) },
            packed.map { UnsafeRawPointer($0.pointer) })
        withExtendedLifetime(packed) {}
        return missing == -2 ? nil : hadMemory(missing)
    }

    /// Returns new row-major memory for an operand's elements; nil, with the error raised, if there is none.
    private func unfilled(_ operand: Strided) -> Strided? {
        let (bytes, overflows) = operand.count.multipliedReportingOverflow(by: operand.dtype.itemSize)
        guard !overflows, let storage = Storage(byteCount: bytes) else {
            raise(.outOfMemory(overflows ? .max : bytes))
            return nil
        }
        return Strided(storage: storage, layout: Layout(operand.layout.sizes), dtype: operand.dtype)
    }

    private func contiguous(_ operand: Strided) -> Strided? {
        if operand.layout.isContiguous { return operand }
        guard let fresh = unfilled(operand) else { return nil }
        copy(out: fresh, operand)
        return fresh
    }
}

extension ConvolutionPlan {
    /// Returns the operands of a pass as input, weight and output.
    func operands(
        _ pass: ConvolutionPass, out: Strided, _ a: Strided, _ b: Strided
    ) -> (input: Strided, weight: Strided, output: Strided) {
        switch pass {
        case .forward: (a, b, out)
        case .backwardInput: (out, b, a)
        case .backwardWeight: (a, out, b)
        }
    }

    fileprivate var kernelPlan: st_convolution_plan {
        func three(_ values: [Int], _ filler: Int64) -> (Int64, Int64, Int64) {
            let all = [Int64](repeating: filler, count: 3 - values.count) + values.map(Int64.init)
            return (all[0], all[1], all[2])
        }
        return st_convolution_plan(
            batch: Int64(batch), groups: Int64(groups), in_channels: Int64(inputChannels),
            out_channels: Int64(outputChannels), in: three(input, 1), out: three(output, 1), kernel: three(kernel, 1),
            stride: three(stride, 1), padding: three(padding, 0), dilation: three(dilation, 1))
    }
}

extension Strided {
    fileprivate var convolutionOperand: st_convolution_operand {
        let s = layout.strides.map(Int64.init)
        let missing = 5 - s.count
        // The missing dimensions have size 1; the stride of the next one keeps channels outside them.
        let space = (0..<3).map {
            $0 < missing ? (s.count > 2 ? s[2] * Int64(layout.sizes[2]) : 1) : s[$0 - missing + 2]
        }
        return st_convolution_operand(data: pointer, strides: (s[0], s[1], space[0], space[1], space[2]))
    }
}
