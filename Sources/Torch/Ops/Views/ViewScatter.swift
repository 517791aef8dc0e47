// Copies of a tensor in which one view has other elements.

extension Tensor {
    /// Returns a copy with `source` at one index of a dimension. PyTorch: `torch.select_scatter`.
    /// - Precondition: `source` has the shape of `select(dim, index)`.
    public func selectScatter(_ source: Tensor, dim: Int, index: Int) -> Tensor {
        scattering(source, "SelectScatterBackward0") { $0.select(dim, index) }
    }

    /// Returns a copy with `source` in a slice. PyTorch: `torch.slice_scatter`.
    /// - Precondition: `source` has the shape of `slice(dim, start, end, step: step)`.
    public func sliceScatter(
        _ source: Tensor, dim: Int = 0, start: Int? = nil, end: Int? = nil, step: Int = 1
    ) -> Tensor {
        scattering(source, "SliceScatterBackward0") { $0.slice(dim, start, end, step: step) }
    }

    /// Returns a copy with `source` on a diagonal. PyTorch: `torch.diagonal_scatter`.
    /// - Precondition: `source` has the shape of `diagonal(offset: offset, dim1: dim1, dim2: dim2)`.
    public func diagonalScatter(_ source: Tensor, offset: Int = 0, dim1: Int = 0, dim2: Int = 1) -> Tensor {
        scattering(source, "DiagonalScatterBackward0") { $0.diagonal(offset: offset, dim1: dim1, dim2: dim2) }
    }

    private func scattering(_ source: Tensor, _ node: String, _ region: @escaping (Tensor) -> Tensor) -> Tensor {
        if anyVoid(self, source) { return .void }
        let result: Tensor = noGrad { detach().clone() }
        let position: Tensor = noGrad { region(result) }
        if position.isVoid { return .void }
        guard source.sizes == position.sizes else {
            return fail(
                .runtime,
                "expected src to have a size equal to the slice of self. src size = \(source.sizes), slice size = \(position.sizes)"
            )
        }
        backend.copy(out: position.strided, source.strided)
        return result.record(node, self, source) { [sizes = source.sizes] node, g in
            [
                node.needs(0) ? g.scattering(Tensor.filled(0, sizes, g.dtype, g.device), "\(node.name)", region) : nil,
                node.needs(1) ? region(g) : nil
            ]
        }
    }
}
