// Diagonals and triangles of matrices.

extension Tensor {
    /// Returns a view of the elements whose index in `dim2` is their index in `dim1` plus `offset`. The diagonal
    /// becomes the last dimension. PyTorch: `torch.diagonal`.
    /// - Precondition: `dim1` and `dim2` are different dimensions.
    public func diagonal(offset: Int = 0, dim1: Int = 0, dim2: Int = 1) -> Tensor {
        guard !isVoid, let (a, b) = diagonalDims(dim1, dim2, dim) else { return .void }
        return view(as: layout.diagonal(offset: offset, a, b), "DiagonalBackward0") { [sizes] _, g in
            g.embedded(in: sizes, at: { $0.diagonal(offset: offset, a, b) }) {
                $0.diagonal(offset: offset, dim1: a, dim2: b)
            }
        }
    }

    /// Returns zeros with this tensor's last dimension on a diagonal of the matrices in dimensions `dim1` and `dim2` of
    /// the result. PyTorch: `torch.diag_embed`.
    /// - Precondition: this tensor has at least one dimension; `dim1` and `dim2` are two different dimensions of the
    ///   result.
    public func diagEmbed(offset: Int = 0, dim1: Int = -2, dim2: Int = -1) -> Tensor {
        guard !isVoid, let (a, b) = diagonalDims(dim1, dim2, dim + 1) else { return .void }
        guard let length = sizes.last else {
            return fail(.index, "Dimension specified as -1 but tensor has no dimensions")
        }
        let (side, overflow) = length.addingReportingOverflow(Int(clamping: offset.magnitude))
        var target = Array(sizes.dropLast())
        target.insert(side, at: Swift.min(a, b))
        target.insert(side, at: Swift.max(a, b))
        guard !overflow else { return fail(.runtime, "Storage size calculation overflowed with sizes=\(target)") }
        return embedded(in: target, at: { $0.diagonal(offset: offset, a, b) }) {
            $0.diagonal(offset: offset, dim1: a, dim2: b)
        }.named("DiagEmbedBackward0")
    }

    /// Returns the matrix with a vector on its diagonal, or a copy of the diagonal of a matrix. PyTorch: `torch.diag`.
    public func diag(_ diagonal: Int = 0) -> Tensor {
        switch dim {
        case 1: diagEmbed(offset: diagonal)
        case 2: diagonalCopy(offset: diagonal)
        default: isVoid ? .void : fail(.runtime, "diag(): Supports 1D or 2D tensors. Got \(dim)D")
        }
    }

    /// Returns the matrix with all elements of this tensor on a diagonal. PyTorch: `torch.diagflat`.
    public func diagflat(_ offset: Int = 0) -> Tensor { contiguous().view(-1).diagEmbed(offset: offset) }

    private func diagonalDims(_ dim1: Int, _ dim2: Int, _ rank: Int) -> (Int, Int)? {
        guard let a = wrapDim(dim1, rank), let b = wrapDim(dim2, rank) else { return nil }
        guard a != b else {
            raise(.runtime, "diagonal dimensions cannot be identical \(dim1), \(dim2)")
            return nil
        }
        return (a, b)
    }
}

// MARK: - Triangles

extension Tensor {
    /// Returns the matrices of the last two dimensions with zeros above a diagonal. PyTorch: `torch.tril`.
    /// - Precondition: the tensor has at least two dimensions.
    public func tril(_ diagonal: Int = 0) -> Tensor {
        triangle(upper: false, diagonal).record("TrilBackward0", self) { _, g in g.tril(diagonal) }
    }

    /// Returns the matrices of the last two dimensions with zeros below a diagonal. PyTorch: `torch.triu`.
    /// - Precondition: the tensor has at least two dimensions.
    public func triu(_ diagonal: Int = 0) -> Tensor {
        triangle(upper: true, diagonal).record("TriuBackward0", self) { _, g in g.triu(diagonal) }
    }

    /// In-place version of `tril(_:)`. PyTorch: `Tensor.tril_`.
    @discardableResult
    public func tril_(_ diagonal: Int = 0) -> Tensor { triangle_(upper: false, diagonal) }

    /// In-place version of `triu(_:)`. PyTorch: `Tensor.triu_`.
    @discardableResult
    public func triu_(_ diagonal: Int = 0) -> Tensor { triangle_(upper: true, diagonal) }

    private func triangle_(upper: Bool, _ diagonal: Int) -> Tensor {
        guard layout.overlapsItself, dim >= 2 else { return inPlace { upper ? $0.triu(diagonal) : $0.tril(diagonal) } }
        // If several indices share an element, it becomes zero if one of these indices lies outside the triangle.
        let outside: Tensor = noGrad {
            Tensor.ones(Array(sizes.suffix(2)), dtype: .bool, device: device).triangle(upper: upper, diagonal)
                .logicalNot()
        }
        return maskedFill_(outside, 0)
    }

    private func triangle(upper: Bool, _ diagonal: Int) -> Tensor {
        if isVoid { return .void }
        guard dim >= 2 else {
            return fail(.runtime, "\(upper ? "triu" : "tril"): input tensor must have at least 2 dimensions")
        }
        guard supportsKernel(upper ? "triu" : "tril") else { return .void }
        let input = noGrad { detach().contiguous() }
        let result = Tensor.allocate(Layout(sizes), dtype, device)
        if anyVoid(result, input) { return .void }
        backend.triangle(upper: upper, diagonal: diagonal, out: result.dense, input.dense)
        return result
    }
}
