// Softmax, log softmax and softmin.

extension Tensor {
    /// Returns exp(x) / Σ exp(x) along a dimension. PyTorch: `torch.softmax`.
    public func softmax(dim: Int, dtype: DType? = nil) -> Tensor { normalized(false, dim, dtype) }
    /// Returns the logarithm of softmax(x) along a dimension. PyTorch: `torch.log_softmax`.
    public func logSoftmax(dim: Int, dtype: DType? = nil) -> Tensor { normalized(true, dim, dtype) }
    /// Returns softmax(-x) along a dimension. PyTorch: `torch.nn.functional.softmin`.
    public func softmin(dim: Int, dtype: DType? = nil) -> Tensor { neg().softmax(dim: dim, dtype: dtype) }

    private func normalized(_ log: Bool, _ dim: Int, _ dtype: DType?) -> Tensor {
        let range = OperatorRange(log ? "aten::log_softmax" : "aten::softmax", [self, nil, nil])
        defer { range.end() }
        if dtype == nil, let cast = Autocast.float32OnCUDA(self) {
            return cast.run { $0(self).normalized(log, dim, nil) }
        }
        if let dtype, dtype != self.dtype { return to(dtype).normalized(log, dim, nil) }
        guard !isVoid, let d = wrap(dim) else { return .void }
        guard self.dtype.isFloatingPoint, !self.dtype.isForStorage else {
            let kernel = "\(log ? "log_softmax" : "softmax")\(d + 1 < self.dim ? "" : "_lastdim")_kernel_impl"
            return fail(.notImplemented, "\"\(kernel)\" not implemented for '\(self.dtype.scalarTypeName)'")
        }
        let input = layout.isContiguous ? self : contiguousCopy()
        let result = Tensor.allocate(Layout(sizes), self.dtype, device)
        if anyVoid(result, input) { return .void }
        guard result.numel() == 0 || backend.softmax(log: log, out: result.dense, input.dense, dim: d) else {
            return .void
        }
        return result.record(log ? "LogSoftmaxBackward0" : "SoftmaxBackward0", self, saveResult: true) { node, g in
            g.normalizedBackward(log, d, node.saved(0))
        }
    }

    /// The adjoint: returns the gradient of the input. This tensor is the gradient of the result `y`.
    private func normalizedBackward(_ log: Bool, _ d: Int, _ y: Tensor) -> Tensor {
        if isGradEnabled() {
            let dims = dim == 0 ? [] : [d]
            return log
                ? sub(y.exp().mul(sum(dim: dims, keepdim: true))) : y.mul(sub(mul(y).sum(dim: dims, keepdim: true)))
        }
        let (g, y) = (contiguous(), y.contiguous())
        let result = Tensor.allocate(Layout(sizes), dtype, device)
        if result.isVoid { return result }
        return result.numel() == 0
            || backend.softmaxBackward(log: log, out: result.dense, grad: g.dense, result: y.dense, dim: d)
            ? result : .void
    }
}
