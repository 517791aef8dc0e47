// Views that replace a tensor's own shape, and `resize_`.

extension Tensor {
    /// In-place version of `transpose(_:_:)`. PyTorch: `Tensor.transpose_`.
    @discardableResult
    public func transpose_(_ dim0: Int, _ dim1: Int) -> Tensor { inPlaceView { $0.transpose(dim0, dim1) } }
    /// Like `transpose_(_:_:)`. PyTorch: `Tensor.swapaxes_`, `Tensor.swapdims_`.
    @discardableResult
    public func swapaxes_(_ axis0: Int, _ axis1: Int) -> Tensor { transpose_(axis0, axis1) }
    /// Like `transpose_(_:_:)`.
    @discardableResult
    public func swapdims_(_ dim0: Int, _ dim1: Int) -> Tensor { transpose_(dim0, dim1) }
    /// In-place version of `t()`. PyTorch: `Tensor.t_`.
    @discardableResult
    public func t_() -> Tensor { inPlaceView { $0.t() } }
    /// In-place version of `squeeze()`. PyTorch: `Tensor.squeeze_`.
    @discardableResult
    public func squeeze_() -> Tensor { inPlaceView { $0.squeeze() } }
    /// In-place version of `squeeze(_:)`.
    @discardableResult
    public func squeeze_(_ dim: Int) -> Tensor { inPlaceView { $0.squeeze(dim) } }
    /// In-place version of `squeeze(_:)`.
    @discardableResult
    public func squeeze_(_ dims: [Int]) -> Tensor { inPlaceView { $0.squeeze(dims) } }
    /// In-place version of `unsqueeze(_:)`. PyTorch: `Tensor.unsqueeze_`.
    @discardableResult
    public func unsqueeze_(_ dim: Int) -> Tensor { inPlaceView { $0.unsqueeze(dim) } }
    /// In-place version of `asStrided(_:_:_:)`. PyTorch: `Tensor.as_strided_`.
    @discardableResult
    public func asStrided_(_ sizes: [Int], _ strides: [Int], _ storageOffset: Int? = nil) -> Tensor {
        inPlaceView { $0.asStrided(sizes, strides, storageOffset) }
    }

    /// Changes the sizes of this tensor over the same memory. The memory grows if it is too small; new elements are
    /// uninitialized. PyTorch: `Tensor.resize_`.
    /// - Precondition: the tensor does not require gradients. Memory that has to grow belongs to the library.
    @discardableResult
    public func resize_(_ sizes: [Int], memoryFormat: MemoryFormat = .contiguous) -> Tensor {
        if isVoid { return self }
        guard !requiresGrad else { return fail(.runtime, "cannot resize variables that require grad") }
        if let bad = sizes.first(where: { $0 < 0 }) {
            return fail(.runtime, "Trying to create tensor with negative dimension \(bad): \(sizes)")
        }
        guard memoryFormat != .preserve else { return fail(.runtime, "Unsupported memory format Preserve") }
        guard let target = memoryFormat.layout(sizes) else { return .void }
        let layout = Layout(sizes, strides: target.strides, offset: layout.offset)
        guard !layout.overflows else { return fail(.runtime, "numel: integer multiplication overflow") }
        guard let end = Tensor.checkedExtent(layout), end <= Int.max / 16 else {
            return fail(.runtime, "Storage size calculation overflowed with sizes=\(sizes)")
        }
        guard end * itemSize <= storage.byteCount || storage.resize(byteCount: end * itemSize) else {
            return fail(.runtime, "Trying to resize storage that is not resizable")
        }
        raw.layout = layout
        bumpVersion()
        return self
    }

    /// Like `resize_(_:memoryFormat:)`, for a list of sizes.
    @discardableResult
    public func resize_(_ sizes: Int...) -> Tensor { resize_(sizes) }
}
