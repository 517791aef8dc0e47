// Sliding blocks of images as columns, and their sums.

extension Tensor {
    /// Extracts the blocks of `kernelSize` that slide over images [N, C, H, W] (or [C, H, W]). Each block is a column
    /// of the result [N, C·kh·kw, blocks]. PyTorch: `torch.nn.functional.unfold`.
    ///
    /// The numbers are (height, width), or one for both.
    /// - Precondition: at least one block fits into the padded image.
    public func unfold(
        kernelSize: some KernelSizeConvertible, dilation: some KernelSizeConvertible = 1,
        padding: some KernelSizeConvertible = 0, stride: some KernelSizeConvertible = 1
    ) -> Tensor {
        if isVoid { return .void }
        guard
            let form = BlockForm(
                kernelSize.toKernelSize(), dilation.toKernelSize(), padding.toKernelSize(), stride.toKernelSize())
        else { return .void }
        guard dim == 3 || dim == 4, !sizes.suffix(3).contains(0) else {
            return fail(
                .runtime,
                "Expected 3D or 4D (batch mode) tensor with possibly 0 batch size and other non-zero dimensions for input, but got: \(sizes)"
            )
        }
        guard takesFolding("im2col_out_cpu") else { return .void }
        if dim == 3 {
            return unsqueeze(0).unfold(kernelSize: kernelSize, dilation: dilation, padding: padding, stride: stride)
                .squeeze(0)
        }
        let counts = form.counts(sizes[2], sizes[3])
        guard counts.0 >= 1, counts.1 >= 1 else {
            return fail(
                .runtime,
                "Given input with spatial size (\(sizes[2]), \(sizes[3])), kernel_size=\(form.kernel), dilation=\(form.dilation), padding=\(form.padding), "
                    + "calculated shape of the array of sliding blocks as \(counts), but its components must be at least one."
            )
        }
        let pad = form.padding
        let padded = pad == (0, 0) ? self : self.pad([pad.1, pad.1, pad.0, pad.0])
        if padded.isVoid { return .void }
        return padded.columns(SlidingBlocks(form: form, counts: counts))
    }

    /// Adds up columns [N, C·kh·kw, blocks] (or [C·kh·kw, blocks]) as blocks that slide over images [N, C, H, W] of
    /// `outputSize`: the adjoint of `unfold`. PyTorch: `torch.nn.functional.fold`.
    ///
    /// The numbers are (height, width), or one for both.
    /// - Precondition: there are as many columns as blocks fit into the padded image.
    public func fold(
        outputSize: some KernelSizeConvertible, kernelSize: some KernelSizeConvertible,
        dilation: some KernelSizeConvertible = 1, padding: some KernelSizeConvertible = 0,
        stride: some KernelSizeConvertible = 1
    ) -> Tensor {
        if isVoid { return .void }
        guard let output = BlockForm.pair(outputSize.toKernelSize(), "output_size"),
            let form = BlockForm(
                kernelSize.toKernelSize(), dilation.toKernelSize(), padding.toKernelSize(), stride.toKernelSize(),
                strideFirst: true)
        else { return .void }
        guard dim == 2 || dim == 3, !sizes.suffix(2).contains(0) else {
            return fail(
                .runtime,
                "Expected 2D or 3D (batch mode) tensor for input with possibly 0 batch size and non-zero dimensions for input, but got: \(sizes)"
            )
        }
        let (kernel, dilation, padding, stride) = (form.kernel, form.dilation, form.padding, form.stride)
        let (area, overflow) = kernel.0.multipliedReportingOverflow(by: kernel.1), rows = sizes[dim - 2]
        guard !overflow else {
            return fail(
                .runtime,
                "Given kernel_width = \(kernel.1) and kernel_height = \(kernel.0) the product of kernel_width and kernel_height overflowed."
            )
        }
        guard rows % area == 0 else {
            return fail(
                .runtime,
                "Expected size of input's dimension 1 to be divisible by the product of kernel_size, but got input.size(1)=\(rows) and kernel_size=\(kernel)."
            )
        }
        let counts = form.counts(output.0, output.1), blocks = sizes[dim - 1]
        let given =
            "Given output_size=\(output), kernel_size=\(kernel), dilation=\(dilation), padding=\(padding), stride=\(stride), "
        guard blocks == counts.0 &* counts.1 else {
            return fail(
                .runtime,
                given
                    + "expected size of input's dimension 2 to match the calculated number of sliding blocks \(counts.0) * \(counts.1) = \(counts.0 &* counts.1), but got input.size(2)=\(blocks)."
            )
        }
        guard counts.0 >= 1, counts.1 >= 1 else {
            return fail(
                .runtime,
                given
                    + "calculated shape of the array of sliding blocks as \(counts), which is too small (non-positive)"
            )
        }
        guard output.0 >= 1, output.1 >= 1 else {
            return fail(
                .runtime, "Expected output spatial size to be positive, but got: output_size=\(output).")
        }
        guard takesFolding("col2im_out_cpu") else { return .void }
        if dim == 2 {
            return unsqueeze(0).fold(
                outputSize: outputSize, kernelSize: kernelSize, dilation: form.list(dilation),
                padding: form.list(padding), stride: form.list(stride)
            ).squeeze(0)
        }
        let shown = SlidingBlocks(form: form, counts: counts)
        let whole = [sizes[0], rows / area, output.0 + 2 * padding.0, output.1 + 2 * padding.1]
        guard Layout.checkedCount(whole) != nil else {
            return fail(.runtime, "Storage size calculation overflowed with sizes=\(whole)")
        }
        let columns = [sizes[0], rows / area, kernel.0, kernel.1, counts.0, counts.1]
        let image = reshape(columns).added(into: whole, overlapping: [2, 3], through: shown.shown) {
            $0.columns(shown).reshape(columns)
        }
        if image.isVoid || padding == (0, 0) { return image }
        return image.narrow(2, padding.0, output.0).narrow(3, padding.1, output.1).clone(memoryFormat: .contiguous)
    }

    private func takesFolding(_ kernel: String) -> Bool {
        isTaken(
            dtype == .bool || isComputedFloat || dtype == .complex64 || dtype == .complex128, by: kernel)
    }

    private func columns(_ blocks: SlidingBlocks) -> Tensor {
        let shown = alias(blocks.shown(layout))
        let copy = shown.contiguousCopy()
        if copy.isVoid { return copy }
        let s = shown.sizes
        return copy.alias(Layout([s[0], s[1] * s[2] * s[3], s[4] * s[5]])).record("Im2ColBackward0", self) {
            [sizes] _, g in
            g.reshape(s).added(into: sizes, overlapping: [2, 3], through: blocks.shown) {
                $0.columns(blocks).reshape(s)
            }
        }
    }
}

/// The arguments of `unfold` and `fold`, each (height, width).
private struct BlockForm {
    let kernel, dilation, padding, stride: (Int, Int)

    /// Raises PyTorch's error and returns nil if the arguments are no sizes.
    init?(
        _ kernel: KernelSize, _ dilation: KernelSize, _ padding: KernelSize, _ stride: KernelSize,
        strideFirst: Bool = false
    ) {
        guard let kernel = BlockForm.pair(kernel, "kernel_size"), let dilation = BlockForm.pair(dilation, "dilation"),
            let padding = BlockForm.pair(padding, "padding"), let stride = BlockForm.pair(stride, "stride")
        else { return nil }
        (self.kernel, self.dilation, self.padding, self.stride) = (kernel, dilation, padding, stride)
        func check(_ pair: (Int, Int), _ least: Int, _ text: String, _ name: String) -> Bool {
            if pair.0 >= least, pair.1 >= least { return true }
            raise(.runtime, "\(text), but got \(name)_height: \(pair.0) \(name)_width: \(pair.1)")
            return false
        }
        func positive(_ pair: (Int, Int), _ text: String, _ name: String) -> Bool {
            check(pair, 1, "\(text) should be greater than zero", name)
        }
        guard positive(kernel, "kernel size", "kernel"), !strideFirst || positive(stride, "stride", "stride"),
            positive(dilation, "dilation", "dilation"), check(padding, 0, "padding should be non-negative", "pad"),
            positive(stride, "stride", "stride")
        else { return nil }
        let all = [kernel, dilation, padding, stride].flatMap { [$0.0, $0.1] }
        if all.contains(where: { $0 >= 1 << 61 }) {
            raise(.runtime, "Storage size calculation overflowed with padding=\(padding)")
            return nil
        }
    }

    static func pair(_ size: KernelSize, _ name: String) -> (Int, Int)? {
        guard let values = size.expanded(to: 2) else {
            return refuse("It is expected \(name) equals to 2, but got size \(size.values.count)")
        }
        return (values[0], values[1])
    }

    func list(_ pair: (Int, Int)) -> [Int] { [pair.0, pair.1] }

    /// Returns how many blocks fit along height and width; none if it is not positive.
    func counts(_ height: Int, _ width: Int) -> (Int, Int) {
        func count(_ size: Int, _ kernel: Int, _ dilation: Int, _ padding: Int, _ stride: Int) -> Int {
            let (reach, overflow) = dilation.multipliedReportingOverflow(by: kernel - 1)
            if overflow || size.magnitude > 1 << 61 { return 0 }
            return Int((Double(size + 2 * padding - reach - 1) / Double(stride)).rounded(.down)) + 1
        }
        return (
            count(height, kernel.0, dilation.0, padding.0, stride.0),
            count(width, kernel.1, dilation.1, padding.1, stride.1)
        )
    }
}

/// Describes how blocks of a kernel's size slide over a padded image.
private struct SlidingBlocks {
    let form: BlockForm
    let counts: (Int, Int)

    /// Shows images [N, C, H, W] as [N, C, kernel height, kernel width, rows of blocks, columns of blocks].
    func shown(_ image: Layout) -> Layout {
        let s = image.strides, (kernel, dilation, stride) = (form.kernel, form.dilation, form.stride)
        return Layout(
            [image.sizes[0], image.sizes[1], kernel.0, kernel.1, counts.0, counts.1],
            strides: [s[0], s[1], dilation.0 &* s[2], dilation.1 &* s[3], stride.0 &* s[2], stride.1 &* s[3]],
            offset: image.offset)
    }
}
