// Written by Scripts/functions.py: do not edit.
// `exp(x)` for `x.exp()`.

/// Function form of `Tensor.abs()`. PyTorch: `torch.abs`.
public func abs(_ input: Tensor) -> Tensor { input.abs() }

/// Function form of `Tensor.acos()`. PyTorch: `torch.acos`.
public func acos(_ input: Tensor) -> Tensor { input.acos() }

/// Function form of `Tensor.acosh()`. PyTorch: `torch.acosh`.
public func acosh(_ input: Tensor) -> Tensor { input.acosh() }

/// Function form of `Tensor.add(_:)`. PyTorch: `torch.add`.
public func add(_ input: Tensor, _ other: Tensor) -> Tensor { input.add(other) }

/// Function form of `Tensor.add(_:)`. PyTorch: `torch.add`.
public func add(_ input: Tensor, _ other: some ScalarConvertible) -> Tensor { input.add(other) }

/// Function form of `Tensor.add(_:alpha:)`. PyTorch: `torch.add`.
public func add(_ input: Tensor, _ other: some TensorOperand, alpha: some ScalarConvertible) -> Tensor {
    input.add(other, alpha: alpha)
}

/// Function form of `Tensor.addbmm(_:_:beta:alpha:)`. PyTorch: `torch.addbmm`.
public func addbmm(
    _ input: Tensor, _ batch1: Tensor, _ batch2: Tensor, beta: some ScalarConvertible = 1,
    alpha: some ScalarConvertible = 1
) -> Tensor {
    input.addbmm(batch1, batch2, beta: beta, alpha: alpha)
}

/// Function form of `Tensor.addcdiv(_:_:value:)`. PyTorch: `torch.addcdiv`.
public func addcdiv(
    _ input: Tensor, _ tensor1: Tensor, _ tensor2: Tensor, value: some ScalarConvertible = 1
) -> Tensor {
    input.addcdiv(tensor1, tensor2, value: value)
}

/// Function form of `Tensor.addcmul(_:_:value:)`. PyTorch: `torch.addcmul`.
public func addcmul(
    _ input: Tensor, _ tensor1: Tensor, _ tensor2: Tensor, value: some ScalarConvertible = 1
) -> Tensor {
    input.addcmul(tensor1, tensor2, value: value)
}

/// Function form of `Tensor.addmm(_:_:beta:alpha:)`. PyTorch: `torch.addmm`.
public func addmm(
    _ input: Tensor, _ mat1: Tensor, _ mat2: Tensor, beta: some ScalarConvertible = 1, alpha: some ScalarConvertible = 1
) -> Tensor {
    input.addmm(mat1, mat2, beta: beta, alpha: alpha)
}

/// Function form of `Tensor.addmv(_:_:beta:alpha:)`. PyTorch: `torch.addmv`.
public func addmv(
    _ input: Tensor, _ mat: Tensor, _ vec: Tensor, beta: some ScalarConvertible = 1, alpha: some ScalarConvertible = 1
) -> Tensor {
    input.addmv(mat, vec, beta: beta, alpha: alpha)
}

/// Function form of `Tensor.addr(_:_:beta:alpha:)`. PyTorch: `torch.addr`.
public func addr(
    _ input: Tensor, _ vec1: Tensor, _ vec2: Tensor, beta: some ScalarConvertible = 1, alpha: some ScalarConvertible = 1
) -> Tensor {
    input.addr(vec1, vec2, beta: beta, alpha: alpha)
}

/// Function form of `Tensor.adjoint()`. PyTorch: `torch.adjoint`.
public func adjoint(_ input: Tensor) -> Tensor { input.adjoint() }

/// Function form of `Tensor.all(_:keepdim:)`. PyTorch: `torch.all`.
public func all(_ input: Tensor, _ dim: Int, keepdim: Bool = false) -> Tensor { input.all(dim, keepdim: keepdim) }

/// Function form of `Tensor.all(_:keepdim:)`. PyTorch: `torch.all`.
public func all(_ input: Tensor, _ dim: [Int], keepdim: Bool = false) -> Tensor { input.all(dim, keepdim: keepdim) }

/// Function form of `Tensor.all()`. PyTorch: `torch.all`.
public func all(_ input: Tensor) -> Tensor { input.all() }

/// Function form of `Tensor.all(dim:keepdim:)`. PyTorch: `torch.all`.
public func all(_ input: Tensor, dim: Int, keepdim: Bool = false) -> Tensor { input.all(dim: dim, keepdim: keepdim) }

/// Function form of `Tensor.all(dim:keepdim:)`. PyTorch: `torch.all`.
public func all(_ input: Tensor, dim: [Int], keepdim: Bool = false) -> Tensor { input.all(dim: dim, keepdim: keepdim) }

/// Function form of `Tensor.allclose(_:rtol:atol:equalNan:)`. PyTorch: `torch.allclose`.
public func allclose(
    _ input: Tensor, _ other: Tensor, rtol: Double = 1e-5, atol: Double = 1e-8, equalNan: Bool = false
) -> Bool {
    input.allclose(other, rtol: rtol, atol: atol, equalNan: equalNan)
}

/// Function form of `Tensor.amax(_:keepdim:)`. PyTorch: `torch.amax`.
public func amax(_ input: Tensor, _ dim: Int, keepdim: Bool = false) -> Tensor { input.amax(dim, keepdim: keepdim) }

/// Function form of `Tensor.amax(_:keepdim:)`. PyTorch: `torch.amax`.
public func amax(_ input: Tensor, _ dim: [Int], keepdim: Bool = false) -> Tensor { input.amax(dim, keepdim: keepdim) }

/// Function form of `Tensor.amax(dim:keepdim:out:)`. PyTorch: `torch.amax`.
public func amax(_ input: Tensor, dim: [Int] = [], keepdim: Bool = false, out: Tensor? = nil) -> Tensor {
    input.amax(dim: dim, keepdim: keepdim, out: out)
}

/// Function form of `Tensor.amax(dim:keepdim:)`. PyTorch: `torch.amax`.
public func amax(_ input: Tensor, dim: Int, keepdim: Bool = false) -> Tensor { input.amax(dim: dim, keepdim: keepdim) }

/// Function form of `Tensor.amin(_:keepdim:)`. PyTorch: `torch.amin`.
public func amin(_ input: Tensor, _ dim: Int, keepdim: Bool = false) -> Tensor { input.amin(dim, keepdim: keepdim) }

/// Function form of `Tensor.amin(_:keepdim:)`. PyTorch: `torch.amin`.
public func amin(_ input: Tensor, _ dim: [Int], keepdim: Bool = false) -> Tensor { input.amin(dim, keepdim: keepdim) }

/// Function form of `Tensor.amin(dim:keepdim:out:)`. PyTorch: `torch.amin`.
public func amin(_ input: Tensor, dim: [Int] = [], keepdim: Bool = false, out: Tensor? = nil) -> Tensor {
    input.amin(dim: dim, keepdim: keepdim, out: out)
}

/// Function form of `Tensor.amin(dim:keepdim:)`. PyTorch: `torch.amin`.
public func amin(_ input: Tensor, dim: Int, keepdim: Bool = false) -> Tensor { input.amin(dim: dim, keepdim: keepdim) }

/// Function form of `Tensor.aminmax(dim:keepdim:out:)`. PyTorch: `torch.aminmax`.
public func aminmax(
    _ input: Tensor, dim: Int? = nil, keepdim: Bool = false, out: (min: Tensor, max: Tensor)? = nil
) -> (min: Tensor, max: Tensor) {
    input.aminmax(dim: dim, keepdim: keepdim, out: out)
}

/// Function form of `Tensor.angle()`. PyTorch: `torch.angle`.
public func angle(_ input: Tensor) -> Tensor { input.angle() }

/// Function form of `Tensor.any(_:keepdim:)`. PyTorch: `torch.any`.
public func any(_ input: Tensor, _ dim: Int, keepdim: Bool = false) -> Tensor { input.any(dim, keepdim: keepdim) }

/// Function form of `Tensor.any(_:keepdim:)`. PyTorch: `torch.any`.
public func any(_ input: Tensor, _ dim: [Int], keepdim: Bool = false) -> Tensor { input.any(dim, keepdim: keepdim) }

/// Function form of `Tensor.any()`. PyTorch: `torch.any`.
public func any(_ input: Tensor) -> Tensor { input.any() }

/// Function form of `Tensor.any(dim:keepdim:)`. PyTorch: `torch.any`.
public func any(_ input: Tensor, dim: Int, keepdim: Bool = false) -> Tensor { input.any(dim: dim, keepdim: keepdim) }

/// Function form of `Tensor.any(dim:keepdim:)`. PyTorch: `torch.any`.
public func any(_ input: Tensor, dim: [Int], keepdim: Bool = false) -> Tensor { input.any(dim: dim, keepdim: keepdim) }

/// Function form of `Tensor.argmax(_:keepdim:)`. PyTorch: `torch.argmax`.
public func argmax(_ input: Tensor, _ dim: Int? = nil, keepdim: Bool = false) -> Tensor {
    input.argmax(dim, keepdim: keepdim)
}

/// Function form of `Tensor.argmax(dim:keepdim:)`. PyTorch: `torch.argmax`.
public func argmax(_ input: Tensor, dim: Int?, keepdim: Bool = false) -> Tensor {
    input.argmax(dim: dim, keepdim: keepdim)
}

/// Function form of `Tensor.argmin(_:keepdim:)`. PyTorch: `torch.argmin`.
public func argmin(_ input: Tensor, _ dim: Int? = nil, keepdim: Bool = false) -> Tensor {
    input.argmin(dim, keepdim: keepdim)
}

/// Function form of `Tensor.argmin(dim:keepdim:)`. PyTorch: `torch.argmin`.
public func argmin(_ input: Tensor, dim: Int?, keepdim: Bool = false) -> Tensor {
    input.argmin(dim: dim, keepdim: keepdim)
}

/// Function form of `Tensor.argsort(_:descending:stable:)`. PyTorch: `torch.argsort`.
public func argsort(_ input: Tensor, _ dim: Int, descending: Bool = false, stable: Bool = false) -> Tensor {
    input.argsort(dim, descending: descending, stable: stable)
}

/// Function form of `Tensor.argsort(dim:descending:stable:)`. PyTorch: `torch.argsort`.
public func argsort(_ input: Tensor, dim: Int = -1, descending: Bool = false, stable: Bool = false) -> Tensor {
    input.argsort(dim: dim, descending: descending, stable: stable)
}

/// Function form of `Tensor.argwhere()`. PyTorch: `torch.argwhere`.
public func argwhere(_ input: Tensor) -> Tensor { input.argwhere() }

/// Function form of `Tensor.asStrided(_:_:_:)`. PyTorch: `torch.as_strided`.
public func asStrided(_ input: Tensor, _ sizes: Size, _ strides: [Int], _ storageOffset: Int? = nil) -> Tensor {
    input.asStrided(sizes, strides, storageOffset)
}

/// Function form of `Tensor.asStrided(size:stride:storageOffset:)`. PyTorch: `torch.as_strided`.
public func asStrided(_ input: Tensor, size: some Collection<Int>, stride: [Int], storageOffset: Int? = nil) -> Tensor {
    input.asStrided(size: size, stride: stride, storageOffset: storageOffset)
}

/// Function form of `Tensor.asStrided(_:_:_:)`. PyTorch: `torch.as_strided`.
public func asStrided(_ input: Tensor, _ sizes: [Int], _ strides: [Int], _ storageOffset: Int? = nil) -> Tensor {
    input.asStrided(sizes, strides, storageOffset)
}

/// Function form of `Tensor.asin()`. PyTorch: `torch.asin`.
public func asin(_ input: Tensor) -> Tensor { input.asin() }

/// Function form of `Tensor.asinh()`. PyTorch: `torch.asinh`.
public func asinh(_ input: Tensor) -> Tensor { input.asinh() }

/// Function form of `Tensor.atan()`. PyTorch: `torch.atan`.
public func atan(_ input: Tensor) -> Tensor { input.atan() }

/// Function form of `Tensor.atan2(_:)`. PyTorch: `torch.atan2`.
public func atan2(_ input: Tensor, _ other: Tensor) -> Tensor { input.atan2(other) }

/// Function form of `Tensor.atanh()`. PyTorch: `torch.atanh`.
public func atanh(_ input: Tensor) -> Tensor { input.atanh() }

/// Function form of `Tensor.baddbmm(_:_:beta:alpha:)`. PyTorch: `torch.baddbmm`.
public func baddbmm(
    _ input: Tensor, _ batch1: Tensor, _ batch2: Tensor, beta: some ScalarConvertible = 1,
    alpha: some ScalarConvertible = 1
) -> Tensor {
    input.baddbmm(batch1, batch2, beta: beta, alpha: alpha)
}

/// Function form of `Tensor.bernoulli(generator:)`. PyTorch: `torch.bernoulli`.
public func bernoulli(_ input: Tensor, generator: Generator = .default) -> Tensor {
    input.bernoulli(generator: generator)
}

/// Function form of `Tensor.bincount(weights:minlength:)`. PyTorch: `torch.bincount`.
public func bincount(_ input: Tensor, weights: Tensor? = nil, minlength: Int = 0) -> Tensor {
    input.bincount(weights: weights, minlength: minlength)
}

/// Function form of `Tensor.binomial(_:generator:)`. PyTorch: `torch.binomial`.
public func binomial(_ input: Tensor, _ prob: Tensor, generator: Generator = .default) -> Tensor {
    input.binomial(prob, generator: generator)
}

/// Function form of `Tensor.bitwiseAnd(_:)`. PyTorch: `torch.bitwise_and`.
public func bitwiseAnd(_ input: Tensor, _ other: some TensorOperand) -> Tensor { input.bitwiseAnd(other) }

/// Function form of `Tensor.bitwiseLeftShift(_:)`. PyTorch: `torch.bitwise_left_shift`.
public func bitwiseLeftShift(_ input: Tensor, _ other: some TensorOperand) -> Tensor { input.bitwiseLeftShift(other) }

/// Function form of `Tensor.bitwiseNot()`. PyTorch: `torch.bitwise_not`.
public func bitwiseNot(_ input: Tensor) -> Tensor { input.bitwiseNot() }

/// Function form of `Tensor.bitwiseOr(_:)`. PyTorch: `torch.bitwise_or`.
public func bitwiseOr(_ input: Tensor, _ other: some TensorOperand) -> Tensor { input.bitwiseOr(other) }

/// Function form of `Tensor.bitwiseRightShift(_:)`. PyTorch: `torch.bitwise_right_shift`.
public func bitwiseRightShift(_ input: Tensor, _ other: some TensorOperand) -> Tensor { input.bitwiseRightShift(other) }

/// Function form of `Tensor.bitwiseXor(_:)`. PyTorch: `torch.bitwise_xor`.
public func bitwiseXor(_ input: Tensor, _ other: some TensorOperand) -> Tensor { input.bitwiseXor(other) }

/// Function form of `Tensor.bmm(_:)`. PyTorch: `torch.bmm`.
public func bmm(_ input: Tensor, _ other: Tensor) -> Tensor { input.bmm(other) }

/// Function form of `Tensor.broadcastTo(_:)`. PyTorch: `torch.broadcast_to`.
public func broadcastTo(_ input: Tensor, _ sizes: Size) -> Tensor { input.broadcastTo(sizes) }

/// Function form of `Tensor.broadcastTo(size:)`. PyTorch: `torch.broadcast_to`.
public func broadcastTo(_ input: Tensor, size: some Collection<Int>) -> Tensor { input.broadcastTo(size: size) }

/// Function form of `Tensor.broadcastTo(_:)`. PyTorch: `torch.broadcast_to`.
public func broadcastTo(_ input: Tensor, _ sizes: [Int]) -> Tensor { input.broadcastTo(sizes) }

/// Function form of `Tensor.ceil()`. PyTorch: `torch.ceil`.
public func ceil(_ input: Tensor) -> Tensor { input.ceil() }

/// Function form of `Tensor.choleskyInverse(upper:)`. PyTorch: `torch.cholesky_inverse`.
public func choleskyInverse(_ input: Tensor, upper: Bool = false) -> Tensor { input.choleskyInverse(upper: upper) }

/// Function form of `Tensor.choleskySolve(_:upper:)`. PyTorch: `torch.cholesky_solve`.
public func choleskySolve(_ input: Tensor, _ L: Tensor, upper: Bool = false) -> Tensor {
    input.choleskySolve(L, upper: upper)
}

/// Function form of `Tensor.chunk(chunks:dim:)`. PyTorch: `torch.chunk`.
public func chunk(_ input: Tensor, chunks: Int, dim: Int = 0) -> [Tensor] { input.chunk(chunks: chunks, dim: dim) }

/// Function form of `Tensor.chunk(_:dim:)`. PyTorch: `torch.chunk`.
public func chunk(_ input: Tensor, _ chunks: Int, dim: Int = 0) -> [Tensor] { input.chunk(chunks, dim: dim) }

/// Function form of `Tensor.clamp(_:max:)`. PyTorch: `torch.clamp`.
public func clamp(_ input: Tensor, _ min: some TensorOperand, max: (any TensorOperand)? = nil) -> Tensor {
    input.clamp(min, max: max)
}

/// Function form of `Tensor.clamp(_:_:)`. PyTorch: `torch.clamp`.
public func clamp(_ input: Tensor, _ min: some TensorOperand, _ max: some TensorOperand) -> Tensor {
    input.clamp(min, max)
}

/// Function form of `Tensor.clamp(min:max:)`. PyTorch: `torch.clamp`.
public func clamp(_ input: Tensor, min: (any TensorOperand)? = nil, max: (any TensorOperand)? = nil) -> Tensor {
    input.clamp(min: min, max: max)
}

/// Function form of `Tensor.clampMax(_:)`. PyTorch: `torch.clamp_max`.
public func clampMax(_ input: Tensor, _ max: some TensorOperand) -> Tensor { input.clampMax(max) }

/// Function form of `Tensor.clampMax(max:)`. PyTorch: `torch.clamp_max`.
public func clampMax(_ input: Tensor, max: some TensorOperand) -> Tensor { input.clampMax(max: max) }

/// Function form of `Tensor.clampMin(_:)`. PyTorch: `torch.clamp_min`.
public func clampMin(_ input: Tensor, _ min: some TensorOperand) -> Tensor { input.clampMin(min) }

/// Function form of `Tensor.clampMin(min:)`. PyTorch: `torch.clamp_min`.
public func clampMin(_ input: Tensor, min: some TensorOperand) -> Tensor { input.clampMin(min: min) }

/// Function form of `Tensor.clone(memoryFormat:)`. PyTorch: `torch.clone`.
public func clone(_ input: Tensor, memoryFormat: MemoryFormat = .preserve) -> Tensor {
    input.clone(memoryFormat: memoryFormat)
}

/// Function form of `Tensor.conj()`. PyTorch: `torch.conj`.
public func conj(_ input: Tensor) -> Tensor { input.conj() }

/// Function form of `Tensor.conjPhysical()`. PyTorch: `torch.conj_physical`.
public func conjPhysical(_ input: Tensor) -> Tensor { input.conjPhysical() }

/// Function form of `Tensor.copysign(_:)`. PyTorch: `torch.copysign`.
public func copysign(_ input: Tensor, _ other: some TensorOperand) -> Tensor { input.copysign(other) }

/// Function form of `Tensor.corrcoef()`. PyTorch: `torch.corrcoef`.
public func corrcoef(_ input: Tensor) -> Tensor { input.corrcoef() }

/// Function form of `Tensor.cos()`. PyTorch: `torch.cos`.
public func cos(_ input: Tensor) -> Tensor { input.cos() }

/// Function form of `Tensor.cosh()`. PyTorch: `torch.cosh`.
public func cosh(_ input: Tensor) -> Tensor { input.cosh() }

/// Function form of `Tensor.countNonzero(_:)`. PyTorch: `torch.count_nonzero`.
public func countNonzero(_ input: Tensor, _ dim: Int) -> Tensor { input.countNonzero(dim) }

/// Function form of `Tensor.countNonzero(dim:)`. PyTorch: `torch.count_nonzero`.
public func countNonzero(_ input: Tensor, dim: [Int] = []) -> Tensor { input.countNonzero(dim: dim) }

/// Function form of `Tensor.countNonzero(dim:)`. PyTorch: `torch.count_nonzero`.
public func countNonzero(_ input: Tensor, dim: Int) -> Tensor { input.countNonzero(dim: dim) }

/// Function form of `Tensor.cov(correction:fweights:aweights:)`. PyTorch: `torch.cov`.
public func cov(_ input: Tensor, correction: Int = 1, fweights: Tensor? = nil, aweights: Tensor? = nil) -> Tensor {
    input.cov(correction: correction, fweights: fweights, aweights: aweights)
}

/// Function form of `Tensor.cross(_:dim:)`. PyTorch: `torch.cross`.
public func cross(_ input: Tensor, _ other: Tensor, dim: Int? = nil) -> Tensor { input.cross(other, dim: dim) }

/// Function form of `Tensor.cummax(_:)`. PyTorch: `torch.cummax`.
public func cummax(_ input: Tensor, _ dim: Int) -> (values: Tensor, indices: Tensor) { input.cummax(dim) }

/// Function form of `Tensor.cummax(dim:)`. PyTorch: `torch.cummax`.
public func cummax(_ input: Tensor, dim: Int) -> (values: Tensor, indices: Tensor) { input.cummax(dim: dim) }

/// Function form of `Tensor.cummin(_:)`. PyTorch: `torch.cummin`.
public func cummin(_ input: Tensor, _ dim: Int) -> (values: Tensor, indices: Tensor) { input.cummin(dim) }

/// Function form of `Tensor.cummin(dim:)`. PyTorch: `torch.cummin`.
public func cummin(_ input: Tensor, dim: Int) -> (values: Tensor, indices: Tensor) { input.cummin(dim: dim) }

/// Function form of `Tensor.cumprod(_:dtype:)`. PyTorch: `torch.cumprod`.
public func cumprod(_ input: Tensor, _ dim: Int, dtype: DType? = nil) -> Tensor { input.cumprod(dim, dtype: dtype) }

/// Function form of `Tensor.cumprod(dim:dtype:)`. PyTorch: `torch.cumprod`.
public func cumprod(_ input: Tensor, dim: Int, dtype: DType? = nil) -> Tensor { input.cumprod(dim: dim, dtype: dtype) }

/// Function form of `Tensor.cumsum(_:dtype:)`. PyTorch: `torch.cumsum`.
public func cumsum(_ input: Tensor, _ dim: Int, dtype: DType? = nil) -> Tensor { input.cumsum(dim, dtype: dtype) }

/// Function form of `Tensor.cumsum(dim:dtype:)`. PyTorch: `torch.cumsum`.
public func cumsum(_ input: Tensor, dim: Int, dtype: DType? = nil) -> Tensor { input.cumsum(dim: dim, dtype: dtype) }

/// Function form of `Tensor.cumulativeTrapezoid(dx:dim:)`. PyTorch: `torch.cumulative_trapezoid`.
public func cumulativeTrapezoid(_ input: Tensor, dx: some ScalarConvertible = 1, dim: Int = -1) -> Tensor {
    input.cumulativeTrapezoid(dx: dx, dim: dim)
}

/// Function form of `Tensor.cumulativeTrapezoid(x:dim:)`. PyTorch: `torch.cumulative_trapezoid`.
public func cumulativeTrapezoid(_ input: Tensor, x: Tensor, dim: Int = -1) -> Tensor {
    input.cumulativeTrapezoid(x: x, dim: dim)
}

/// Function form of `Tensor.deg2rad()`. PyTorch: `torch.deg2rad`.
public func deg2rad(_ input: Tensor) -> Tensor { input.deg2rad() }

/// Function form of `Tensor.det()`. PyTorch: `torch.det`.
public func det(_ input: Tensor) -> Tensor { input.det() }

/// Function form of `Tensor.detach()`. PyTorch: `torch.detach`.
public func detach(_ input: Tensor) -> Tensor { input.detach() }

/// Function form of `Tensor.diag(diagonal:)`. PyTorch: `torch.diag`.
public func diag(_ input: Tensor, diagonal: Int) -> Tensor { input.diag(diagonal: diagonal) }

/// Function form of `Tensor.diag(_:)`. PyTorch: `torch.diag`.
public func diag(_ input: Tensor, _ diagonal: Int = 0) -> Tensor { input.diag(diagonal) }

/// Function form of `Tensor.diagEmbed(offset:dim1:dim2:)`. PyTorch: `torch.diag_embed`.
public func diagEmbed(_ input: Tensor, offset: Int = 0, dim1: Int = -2, dim2: Int = -1) -> Tensor {
    input.diagEmbed(offset: offset, dim1: dim1, dim2: dim2)
}

/// Function form of `Tensor.diagflat(offset:)`. PyTorch: `torch.diagflat`.
public func diagflat(_ input: Tensor, offset: Int) -> Tensor { input.diagflat(offset: offset) }

/// Function form of `Tensor.diagflat(_:)`. PyTorch: `torch.diagflat`.
public func diagflat(_ input: Tensor, _ offset: Int = 0) -> Tensor { input.diagflat(offset) }

/// Function form of `Tensor.diagonal(_:dim1:dim2:)`. PyTorch: `torch.diagonal`.
public func diagonal(_ input: Tensor, _ offset: Int, dim1: Int = 0, dim2: Int = 1) -> Tensor {
    input.diagonal(offset, dim1: dim1, dim2: dim2)
}

/// Function form of `Tensor.diagonal(offset:dim1:dim2:)`. PyTorch: `torch.diagonal`.
public func diagonal(_ input: Tensor, offset: Int = 0, dim1: Int = 0, dim2: Int = 1) -> Tensor {
    input.diagonal(offset: offset, dim1: dim1, dim2: dim2)
}

/// Function form of `Tensor.diff(_:dim:)`. PyTorch: `torch.diff`.
public func diff(_ input: Tensor, _ n: Int, dim: Int = -1) -> Tensor { input.diff(n, dim: dim) }

/// Function form of `Tensor.diff(n:dim:prepend:append:)`. PyTorch: `torch.diff`.
public func diff(_ input: Tensor, n: Int = 1, dim: Int = -1, prepend: Tensor? = nil, append: Tensor? = nil) -> Tensor {
    input.diff(n: n, dim: dim, prepend: prepend, append: append)
}

/// Function form of `Tensor.digamma()`. PyTorch: `torch.digamma`.
public func digamma(_ input: Tensor) -> Tensor { input.digamma() }

/// Function form of `Tensor.dist(_:p:)`. PyTorch: `torch.dist`.
public func dist(_ input: Tensor, _ other: Tensor, p: Double = 2) -> Tensor { input.dist(other, p: p) }

/// Function form of `Tensor.div(_:)`. PyTorch: `torch.div`.
public func div(_ input: Tensor, _ other: some TensorOperand) -> Tensor { input.div(other) }

/// Function form of `Tensor.div(_:roundingMode:)`. PyTorch: `torch.div`.
public func div(_ input: Tensor, _ other: some TensorOperand, roundingMode: Tensor.RoundingMode?) -> Tensor {
    input.div(other, roundingMode: roundingMode)
}

/// Function form of `Tensor.dot(_:)`. PyTorch: `torch.dot`.
public func dot(_ input: Tensor, _ other: Tensor) -> Tensor { input.dot(other) }

/// Function form of `Tensor.dsplit(_:)`. PyTorch: `torch.dsplit`.
public func dsplit(_ input: Tensor, _ sections: Int) -> [Tensor] { input.dsplit(sections) }

/// Function form of `Tensor.dsplit(_:)`. PyTorch: `torch.dsplit`.
public func dsplit(_ input: Tensor, _ indices: [Int]) -> [Tensor] { input.dsplit(indices) }

/// Function form of `Tensor.eq(_:)`. PyTorch: `torch.eq`.
public func eq(_ input: Tensor, _ other: some TensorOperand) -> Tensor { input.eq(other) }

/// Function form of `Tensor.equal(_:)`. PyTorch: `torch.equal`.
public func equal(_ input: Tensor, _ other: Tensor) -> Bool { input.equal(other) }

/// Function form of `Tensor.erf()`. PyTorch: `torch.erf`.
public func erf(_ input: Tensor) -> Tensor { input.erf() }

/// Function form of `Tensor.erfc()`. PyTorch: `torch.erfc`.
public func erfc(_ input: Tensor) -> Tensor { input.erfc() }

/// Function form of `Tensor.erfinv()`. PyTorch: `torch.erfinv`.
public func erfinv(_ input: Tensor) -> Tensor { input.erfinv() }

/// Function form of `Tensor.exp()`. PyTorch: `torch.exp`.
public func exp(_ input: Tensor) -> Tensor { input.exp() }

/// Function form of `Tensor.exp2()`. PyTorch: `torch.exp2`.
public func exp2(_ input: Tensor) -> Tensor { input.exp2() }

/// Function form of `Tensor.expm1()`. PyTorch: `torch.expm1`.
public func expm1(_ input: Tensor) -> Tensor { input.expm1() }

/// Function form of `Tensor.fix()`. PyTorch: `torch.fix`.
public func fix(_ input: Tensor) -> Tensor { input.fix() }

/// Function form of `Tensor.flatten(startDim:endDim:)`. PyTorch: `torch.flatten`.
public func flatten(_ input: Tensor, startDim: Int = 0, endDim: Int = -1) -> Tensor {
    input.flatten(startDim: startDim, endDim: endDim)
}

/// Function form of `Tensor.flatten(_:_:)`. PyTorch: `torch.flatten`.
public func flatten(_ input: Tensor, _ startDim: Int, _ endDim: Int = -1) -> Tensor { input.flatten(startDim, endDim) }

/// Function form of `Tensor.flip(dims:)`. PyTorch: `torch.flip`.
public func flip(_ input: Tensor, dims: [Int]) -> Tensor { input.flip(dims: dims) }

/// Function form of `Tensor.flip(_:)`. PyTorch: `torch.flip`.
public func flip(_ input: Tensor, _ dims: [Int]) -> Tensor { input.flip(dims) }

/// Function form of `Tensor.fliplr()`. PyTorch: `torch.fliplr`.
public func fliplr(_ input: Tensor) -> Tensor { input.fliplr() }

/// Function form of `Tensor.flipud()`. PyTorch: `torch.flipud`.
public func flipud(_ input: Tensor) -> Tensor { input.flipud() }

/// Function form of `Tensor.floatPower(_:)`. PyTorch: `torch.float_power`.
public func floatPower(_ input: Tensor, _ exponent: some TensorOperand) -> Tensor { input.floatPower(exponent) }

/// Function form of `Tensor.floor()`. PyTorch: `torch.floor`.
public func floor(_ input: Tensor) -> Tensor { input.floor() }

/// Function form of `Tensor.floorDivide(_:)`. PyTorch: `torch.floor_divide`.
public func floorDivide(_ input: Tensor, _ other: some TensorOperand) -> Tensor { input.floorDivide(other) }

/// Function form of `Tensor.fmax(_:)`. PyTorch: `torch.fmax`.
public func fmax(_ input: Tensor, _ other: Tensor) -> Tensor { input.fmax(other) }

/// Function form of `Tensor.fmin(_:)`. PyTorch: `torch.fmin`.
public func fmin(_ input: Tensor, _ other: Tensor) -> Tensor { input.fmin(other) }

/// Function form of `Tensor.fmod(_:)`. PyTorch: `torch.fmod`.
public func fmod(_ input: Tensor, _ other: some TensorOperand) -> Tensor { input.fmod(other) }

/// Function form of `Tensor.frac()`. PyTorch: `torch.frac`.
public func frac(_ input: Tensor) -> Tensor { input.frac() }

/// Function form of `Tensor.frexp()`. PyTorch: `torch.frexp`.
public func frexp(_ input: Tensor) -> (mantissa: Tensor, exponent: Tensor) { input.frexp() }

/// Function form of `Tensor.gather(_:_:)`. PyTorch: `torch.gather`.
public func gather(_ input: Tensor, _ dim: Int, _ index: Tensor) -> Tensor { input.gather(dim, index) }

/// Function form of `Tensor.gather(_:index:)`. PyTorch: `torch.gather`.
public func gather(_ input: Tensor, _ dim: Int, index: Tensor) -> Tensor { input.gather(dim, index: index) }

/// Function form of `Tensor.gather(dim:index:out:)`. PyTorch: `torch.gather`.
public func gather(_ input: Tensor, dim: Int, index: Tensor, out: Tensor? = nil) -> Tensor {
    input.gather(dim: dim, index: index, out: out)
}

/// Function form of `Tensor.gcd(_:)`. PyTorch: `torch.gcd`.
public func gcd(_ input: Tensor, _ other: Tensor) -> Tensor { input.gcd(other) }

/// Function form of `Tensor.ge(_:)`. PyTorch: `torch.ge`.
public func ge(_ input: Tensor, _ other: some TensorOperand) -> Tensor { input.ge(other) }

/// Function form of `Tensor.geqrf()`. PyTorch: `torch.geqrf`.
public func geqrf(_ input: Tensor) -> (a: Tensor, tau: Tensor) { input.geqrf() }

/// Function form of `Tensor.gradient(spacing:dim:edgeOrder:)`. PyTorch: `torch.gradient`.
public func gradient(
    _ input: Tensor, spacing: some ScalarConvertible = 1, dim: [Int]? = nil, edgeOrder: Int = 1
) -> [Tensor] {
    input.gradient(spacing: spacing, dim: dim, edgeOrder: edgeOrder)
}

/// Function form of `Tensor.gradient(spacing:dim:edgeOrder:)`. PyTorch: `torch.gradient`.
public func gradient(_ input: Tensor, spacing: [Scalar], dim: [Int]? = nil, edgeOrder: Int = 1) -> [Tensor] {
    input.gradient(spacing: spacing, dim: dim, edgeOrder: edgeOrder)
}

/// Function form of `Tensor.gradient(spacing:dim:edgeOrder:)`. PyTorch: `torch.gradient`.
public func gradient(_ input: Tensor, spacing: [Tensor], dim: [Int]? = nil, edgeOrder: Int = 1) -> [Tensor] {
    input.gradient(spacing: spacing, dim: dim, edgeOrder: edgeOrder)
}

/// Function form of `Tensor.gt(_:)`. PyTorch: `torch.gt`.
public func gt(_ input: Tensor, _ other: some TensorOperand) -> Tensor { input.gt(other) }

/// Function form of `Tensor.heaviside(_:)`. PyTorch: `torch.heaviside`.
public func heaviside(_ input: Tensor, _ values: Tensor) -> Tensor { input.heaviside(values) }

/// Function form of `Tensor.histc(bins:min:max:)`. PyTorch: `torch.histc`.
public func histc(
    _ input: Tensor, bins: Int = 100, min: some ScalarConvertible = 0, max: some ScalarConvertible = 0
) -> Tensor {
    input.histc(bins: bins, min: min, max: max)
}

/// Function form of `Tensor.histogram(bins:range:weight:density:)`. PyTorch: `torch.histogram`.
public func histogram(
    _ input: Tensor, bins: Int, range: (Double, Double)? = nil, weight: Tensor? = nil, density: Bool = false
) -> (hist: Tensor, binEdges: Tensor) {
    input.histogram(bins: bins, range: range, weight: weight, density: density)
}

/// Function form of `Tensor.histogram(bins:weight:density:)`. PyTorch: `torch.histogram`.
public func histogram(
    _ input: Tensor, bins: Tensor, weight: Tensor? = nil, density: Bool = false
) -> (hist: Tensor, binEdges: Tensor) {
    input.histogram(bins: bins, weight: weight, density: density)
}

/// Function form of `Tensor.histogramdd(bins:range:weight:density:)`. PyTorch: `torch.histogramdd`.
public func histogramdd(
    _ input: Tensor, bins: [Int], range: [Double]? = nil, weight: Tensor? = nil, density: Bool = false
) -> (hist: Tensor, binEdges: [Tensor]) {
    input.histogramdd(bins: bins, range: range, weight: weight, density: density)
}

/// Function form of `Tensor.histogramdd(bins:range:weight:density:)`. PyTorch: `torch.histogramdd`.
public func histogramdd(
    _ input: Tensor, bins: Int, range: [Double]? = nil, weight: Tensor? = nil, density: Bool = false
) -> (hist: Tensor, binEdges: [Tensor]) {
    input.histogramdd(bins: bins, range: range, weight: weight, density: density)
}

/// Function form of `Tensor.histogramdd(bins:weight:density:)`. PyTorch: `torch.histogramdd`.
public func histogramdd(
    _ input: Tensor, bins: [Tensor], weight: Tensor? = nil, density: Bool = false
) -> (hist: Tensor, binEdges: [Tensor]) {
    input.histogramdd(bins: bins, weight: weight, density: density)
}

/// Function form of `Tensor.hsplit(_:)`. PyTorch: `torch.hsplit`.
public func hsplit(_ input: Tensor, _ sections: Int) -> [Tensor] { input.hsplit(sections) }

/// Function form of `Tensor.hsplit(_:)`. PyTorch: `torch.hsplit`.
public func hsplit(_ input: Tensor, _ indices: [Int]) -> [Tensor] { input.hsplit(indices) }

/// Function form of `Tensor.hypot(_:)`. PyTorch: `torch.hypot`.
public func hypot(_ input: Tensor, _ other: Tensor) -> Tensor { input.hypot(other) }

/// Function form of `Tensor.i0()`. PyTorch: `torch.i0`.
public func i0(_ input: Tensor) -> Tensor { input.i0() }

/// Function form of `Tensor.igamma(_:)`. PyTorch: `torch.igamma`.
public func igamma(_ input: Tensor, _ other: Tensor) -> Tensor { input.igamma(other) }

/// Function form of `Tensor.igammac(_:)`. PyTorch: `torch.igammac`.
public func igammac(_ input: Tensor, _ other: Tensor) -> Tensor { input.igammac(other) }

/// Function form of `Tensor.indexAdd(_:_:_:)`. PyTorch: `torch.index_add`.
public func indexAdd(_ input: Tensor, _ dim: Int, _ index: Tensor, _ source: Tensor) -> Tensor {
    input.indexAdd(dim, index, source)
}

/// Function form of `Tensor.indexAdd(_:index:source:alpha:)`. PyTorch: `torch.index_add`.
public func indexAdd(
    _ input: Tensor, _ dim: Int, index: Tensor, source: Tensor, alpha: some ScalarConvertible = 1
) -> Tensor {
    input.indexAdd(dim, index: index, source: source, alpha: alpha)
}

/// Function form of `Tensor.indexAdd(dim:index:source:alpha:)`. PyTorch: `torch.index_add`.
public func indexAdd(
    _ input: Tensor, dim: Int, index: Tensor, source: Tensor, alpha: some ScalarConvertible = 1
) -> Tensor {
    input.indexAdd(dim: dim, index: index, source: source, alpha: alpha)
}

/// Function form of `Tensor.indexCopy(_:_:_:)`. PyTorch: `torch.index_copy`.
public func indexCopy(_ input: Tensor, _ dim: Int, _ index: Tensor, _ source: Tensor) -> Tensor {
    input.indexCopy(dim, index, source)
}

/// Function form of `Tensor.indexCopy(_:index:source:)`. PyTorch: `torch.index_copy`.
public func indexCopy(_ input: Tensor, _ dim: Int, index: Tensor, source: Tensor) -> Tensor {
    input.indexCopy(dim, index: index, source: source)
}

/// Function form of `Tensor.indexCopy(dim:index:source:)`. PyTorch: `torch.index_copy`.
public func indexCopy(_ input: Tensor, dim: Int, index: Tensor, source: Tensor) -> Tensor {
    input.indexCopy(dim: dim, index: index, source: source)
}

/// Function form of `Tensor.indexFill(_:_:_:)`. PyTorch: `torch.index_fill`.
public func indexFill(_ input: Tensor, _ dim: Int, _ index: Tensor, _ value: some TensorOperand) -> Tensor {
    input.indexFill(dim, index, value)
}

/// Function form of `Tensor.indexFill(_:index:value:)`. PyTorch: `torch.index_fill`.
public func indexFill(_ input: Tensor, _ dim: Int, index: Tensor, value: some TensorOperand) -> Tensor {
    input.indexFill(dim, index: index, value: value)
}

/// Function form of `Tensor.indexFill(dim:index:value:)`. PyTorch: `torch.index_fill`.
public func indexFill(_ input: Tensor, dim: Int, index: Tensor, value: some TensorOperand) -> Tensor {
    input.indexFill(dim: dim, index: index, value: value)
}

/// Function form of `Tensor.indexReduce(dim:index:source:reduce:includeSelf:)`. PyTorch: `torch.index_reduce`.
public func indexReduce(
    _ input: Tensor, dim: Int, index: Tensor, source: Tensor, reduce: ScatterReduction, includeSelf: Bool = true
) -> Tensor {
    input.indexReduce(dim: dim, index: index, source: source, reduce: reduce, includeSelf: includeSelf)
}

/// Function form of `Tensor.indexSelect(_:_:)`. PyTorch: `torch.index_select`.
public func indexSelect(_ input: Tensor, _ dim: Int, _ index: Tensor) -> Tensor { input.indexSelect(dim, index) }

/// Function form of `Tensor.indexSelect(_:index:)`. PyTorch: `torch.index_select`.
public func indexSelect(_ input: Tensor, _ dim: Int, index: Tensor) -> Tensor { input.indexSelect(dim, index: index) }

/// Function form of `Tensor.indexSelect(dim:index:out:)`. PyTorch: `torch.index_select`.
public func indexSelect(_ input: Tensor, dim: Int, index: Tensor, out: Tensor? = nil) -> Tensor {
    input.indexSelect(dim: dim, index: index, out: out)
}

/// Function form of `Tensor.inner(_:)`. PyTorch: `torch.inner`.
public func inner(_ input: Tensor, _ other: Tensor) -> Tensor { input.inner(other) }

/// Function form of `Tensor.inverse()`. PyTorch: `torch.inverse`.
public func inverse(_ input: Tensor) -> Tensor { input.inverse() }

/// Function form of `Tensor.isComplex()`. PyTorch: `torch.is_complex`.
public func isComplex(_ input: Tensor) -> Bool { input.isComplex() }

/// Function form of `Tensor.isConj()`. PyTorch: `torch.is_conj`.
public func isConj(_ input: Tensor) -> Bool { input.isConj() }

/// Function form of `Tensor.isFloatingPoint()`. PyTorch: `torch.is_floating_point`.
public func isFloatingPoint(_ input: Tensor) -> Bool { input.isFloatingPoint() }

/// Function form of `Tensor.isNeg()`. PyTorch: `torch.is_neg`.
public func isNeg(_ input: Tensor) -> Bool { input.isNeg() }

/// Function form of `Tensor.isclose(_:rtol:atol:equalNan:)`. PyTorch: `torch.isclose`.
public func isclose(
    _ input: Tensor, _ other: Tensor, rtol: Double = 1e-5, atol: Double = 1e-8, equalNan: Bool = false
) -> Tensor {
    input.isclose(other, rtol: rtol, atol: atol, equalNan: equalNan)
}

/// Function form of `Tensor.isfinite()`. PyTorch: `torch.isfinite`.
public func isfinite(_ input: Tensor) -> Tensor { input.isfinite() }

/// Function form of `Tensor.isinf()`. PyTorch: `torch.isinf`.
public func isinf(_ input: Tensor) -> Tensor { input.isinf() }

/// Function form of `Tensor.isnan()`. PyTorch: `torch.isnan`.
public func isnan(_ input: Tensor) -> Tensor { input.isnan() }

/// Function form of `Tensor.isneginf()`. PyTorch: `torch.isneginf`.
public func isneginf(_ input: Tensor) -> Tensor { input.isneginf() }

/// Function form of `Tensor.isposinf()`. PyTorch: `torch.isposinf`.
public func isposinf(_ input: Tensor) -> Tensor { input.isposinf() }

/// Function form of `Tensor.isreal()`. PyTorch: `torch.isreal`.
public func isreal(_ input: Tensor) -> Tensor { input.isreal() }

/// Function form of `Tensor.istft(_:hopLength:winLength:window:center:normalized:onesided:length:returnComplex:)`.
/// PyTorch: `torch.istft`.
public func istft(
    _ input: Tensor, _ nFFT: Int, hopLength: Int? = nil, winLength: Int? = nil, window: Tensor? = nil,
    center: Bool = true, normalized: Bool = false, onesided: Bool? = nil, length: Int? = nil,
    returnComplex: Bool = false
) -> Tensor {
    input.istft(
        nFFT, hopLength: hopLength, winLength: winLength, window: window, center: center, normalized: normalized,
        onesided: onesided, length: length, returnComplex: returnComplex)
}

/// Function form of `Tensor.istft(nFFT:hopLength:winLength:window:center:normalized:onesided:length:returnComplex:)`.
/// PyTorch: `torch.istft`.
public func istft(
    _ input: Tensor, nFFT: Int, hopLength: Int? = nil, winLength: Int? = nil, window: Tensor? = nil,
    center: Bool = true, normalized: Bool = false, onesided: Bool? = nil, length: Int? = nil,
    returnComplex: Bool = false
) -> Tensor {
    input.istft(
        nFFT: nFFT, hopLength: hopLength, winLength: winLength, window: window, center: center, normalized: normalized,
        onesided: onesided, length: length, returnComplex: returnComplex)
}

/// Function form of `Tensor.kron(_:)`. PyTorch: `torch.kron`.
public func kron(_ input: Tensor, _ other: Tensor) -> Tensor { input.kron(other) }

/// Function form of `Tensor.kthvalue(_:dim:keepdim:out:)`. PyTorch: `torch.kthvalue`.
public func kthvalue(
    _ input: Tensor, _ k: Int, dim: Int = -1, keepdim: Bool = false, out: (values: Tensor, indices: Tensor)? = nil
) -> (values: Tensor, indices: Tensor) {
    input.kthvalue(k, dim: dim, keepdim: keepdim, out: out)
}

/// Function form of `Tensor.kthvalue(k:dim:keepdim:)`. PyTorch: `torch.kthvalue`.
public func kthvalue(
    _ input: Tensor, k: Int, dim: Int = -1, keepdim: Bool = false
) -> (values: Tensor, indices: Tensor) {
    input.kthvalue(k: k, dim: dim, keepdim: keepdim)
}

/// Function form of `Tensor.lcm(_:)`. PyTorch: `torch.lcm`.
public func lcm(_ input: Tensor, _ other: Tensor) -> Tensor { input.lcm(other) }

/// Function form of `Tensor.ldexp(_:)`. PyTorch: `torch.ldexp`.
public func ldexp(_ input: Tensor, _ other: Tensor) -> Tensor { input.ldexp(other) }

/// Function form of `Tensor.le(_:)`. PyTorch: `torch.le`.
public func le(_ input: Tensor, _ other: some TensorOperand) -> Tensor { input.le(other) }

/// Function form of `Tensor.lerp(_:_:)`. PyTorch: `torch.lerp`.
public func lerp(_ input: Tensor, _ end: Tensor, _ weight: some TensorOperand) -> Tensor { input.lerp(end, weight) }

/// Function form of `Tensor.lerp(_:weight:)`. PyTorch: `torch.lerp`.
public func lerp(_ input: Tensor, _ end: Tensor, weight: some TensorOperand) -> Tensor {
    input.lerp(end, weight: weight)
}

/// Function form of `Tensor.lgamma()`. PyTorch: `torch.lgamma`.
public func lgamma(_ input: Tensor) -> Tensor { input.lgamma() }

/// Function form of `Tensor.log()`. PyTorch: `torch.log`.
public func log(_ input: Tensor) -> Tensor { input.log() }

/// Function form of `Tensor.log10()`. PyTorch: `torch.log10`.
public func log10(_ input: Tensor) -> Tensor { input.log10() }

/// Function form of `Tensor.log1p()`. PyTorch: `torch.log1p`.
public func log1p(_ input: Tensor) -> Tensor { input.log1p() }

/// Function form of `Tensor.log2()`. PyTorch: `torch.log2`.
public func log2(_ input: Tensor) -> Tensor { input.log2() }

/// Function form of `Tensor.logSoftmax(_:dtype:)`. PyTorch: `torch.log_softmax`.
public func logSoftmax(_ input: Tensor, _ dim: Int, dtype: DType? = nil) -> Tensor {
    input.logSoftmax(dim, dtype: dtype)
}

/// Function form of `Tensor.logSoftmax(dim:dtype:)`. PyTorch: `torch.log_softmax`.
public func logSoftmax(_ input: Tensor, dim: Int, dtype: DType? = nil) -> Tensor {
    input.logSoftmax(dim: dim, dtype: dtype)
}

/// Function form of `Tensor.logaddexp(_:)`. PyTorch: `torch.logaddexp`.
public func logaddexp(_ input: Tensor, _ other: Tensor) -> Tensor { input.logaddexp(other) }

/// Function form of `Tensor.logaddexp2(_:)`. PyTorch: `torch.logaddexp2`.
public func logaddexp2(_ input: Tensor, _ other: Tensor) -> Tensor { input.logaddexp2(other) }

/// Function form of `Tensor.logcumsumexp(_:)`. PyTorch: `torch.logcumsumexp`.
public func logcumsumexp(_ input: Tensor, _ dim: Int) -> Tensor { input.logcumsumexp(dim) }

/// Function form of `Tensor.logcumsumexp(dim:)`. PyTorch: `torch.logcumsumexp`.
public func logcumsumexp(_ input: Tensor, dim: Int) -> Tensor { input.logcumsumexp(dim: dim) }

/// Function form of `Tensor.logdet()`. PyTorch: `torch.logdet`.
public func logdet(_ input: Tensor) -> Tensor { input.logdet() }

/// Function form of `Tensor.logicalAnd(_:)`. PyTorch: `torch.logical_and`.
public func logicalAnd(_ input: Tensor, _ other: some TensorOperand) -> Tensor { input.logicalAnd(other) }

/// Function form of `Tensor.logicalNot()`. PyTorch: `torch.logical_not`.
public func logicalNot(_ input: Tensor) -> Tensor { input.logicalNot() }

/// Function form of `Tensor.logicalOr(_:)`. PyTorch: `torch.logical_or`.
public func logicalOr(_ input: Tensor, _ other: some TensorOperand) -> Tensor { input.logicalOr(other) }

/// Function form of `Tensor.logicalXor(_:)`. PyTorch: `torch.logical_xor`.
public func logicalXor(_ input: Tensor, _ other: some TensorOperand) -> Tensor { input.logicalXor(other) }

/// Function form of `Tensor.logit(eps:)`. PyTorch: `torch.logit`.
public func logit(_ input: Tensor, eps: Double? = nil) -> Tensor { input.logit(eps: eps) }

/// Function form of `Tensor.logsumexp(_:keepdim:)`. PyTorch: `torch.logsumexp`.
public func logsumexp(_ input: Tensor, _ dim: Int, keepdim: Bool = false) -> Tensor {
    input.logsumexp(dim, keepdim: keepdim)
}

/// Function form of `Tensor.logsumexp(_:keepdim:)`. PyTorch: `torch.logsumexp`.
public func logsumexp(_ input: Tensor, _ dim: [Int], keepdim: Bool = false) -> Tensor {
    input.logsumexp(dim, keepdim: keepdim)
}

/// Function form of `Tensor.logsumexp(dim:keepdim:)`. PyTorch: `torch.logsumexp`.
public func logsumexp(_ input: Tensor, dim: [Int], keepdim: Bool = false) -> Tensor {
    input.logsumexp(dim: dim, keepdim: keepdim)
}

/// Function form of `Tensor.logsumexp(dim:keepdim:)`. PyTorch: `torch.logsumexp`.
public func logsumexp(_ input: Tensor, dim: Int, keepdim: Bool = false) -> Tensor {
    input.logsumexp(dim: dim, keepdim: keepdim)
}

/// Function form of `Tensor.lt(_:)`. PyTorch: `torch.lt`.
public func lt(_ input: Tensor, _ other: some TensorOperand) -> Tensor { input.lt(other) }

/// Function form of `Tensor.lu(pivot:)`. PyTorch: `torch.lu`.
public func lu(_ input: Tensor, pivot: Bool = true) -> (LU: Tensor, pivots: Tensor) { input.lu(pivot: pivot) }

/// Function form of `Tensor.luSolve(_:_:)`. PyTorch: `torch.lu_solve`.
public func luSolve(_ input: Tensor, _ luData: Tensor, _ luPivots: Tensor) -> Tensor { input.luSolve(luData, luPivots) }

/// Function form of `Tensor.maskedFill(_:_:)`. PyTorch: `torch.masked_fill`.
public func maskedFill(_ input: Tensor, _ mask: Tensor, _ value: some TensorOperand) -> Tensor {
    input.maskedFill(mask, value)
}

/// Function form of `Tensor.maskedFill(_:_:)`. PyTorch: `torch.masked_fill`.
public func maskedFill(_ input: Tensor, _ mask: Tensor, _ value: Double) -> Tensor { input.maskedFill(mask, value) }

/// Function form of `Tensor.maskedFill(_:value:)`. PyTorch: `torch.masked_fill`.
public func maskedFill(_ input: Tensor, _ mask: Tensor, value: some TensorOperand) -> Tensor {
    input.maskedFill(mask, value: value)
}

/// Function form of `Tensor.maskedFill(mask:value:)`. PyTorch: `torch.masked_fill`.
public func maskedFill(_ input: Tensor, mask: Tensor, value: some TensorOperand) -> Tensor {
    input.maskedFill(mask: mask, value: value)
}

/// Function form of `Tensor.maskedScatter(_:_:)`. PyTorch: `torch.masked_scatter`.
public func maskedScatter(_ input: Tensor, _ mask: Tensor, _ source: Tensor) -> Tensor {
    input.maskedScatter(mask, source)
}

/// Function form of `Tensor.maskedSelect(_:out:)`. PyTorch: `torch.masked_select`.
public func maskedSelect(_ input: Tensor, _ mask: Tensor, out: Tensor? = nil) -> Tensor {
    input.maskedSelect(mask, out: out)
}

/// Function form of `Tensor.maskedSelect(mask:)`. PyTorch: `torch.masked_select`.
public func maskedSelect(_ input: Tensor, mask: Tensor) -> Tensor { input.maskedSelect(mask: mask) }

/// Function form of `Tensor.matmul(_:)`. PyTorch: `torch.matmul`.
public func matmul(_ input: Tensor, _ other: Tensor) -> Tensor { input.matmul(other) }

/// Function form of `Tensor.matrixExp()`. PyTorch: `torch.matrix_exp`.
public func matrixExp(_ input: Tensor) -> Tensor { input.matrixExp() }

/// Function form of `Tensor.matrixPower(_:)`. PyTorch: `torch.matrix_power`.
public func matrixPower(_ input: Tensor, _ n: Int) -> Tensor { input.matrixPower(n) }

/// Function form of `Tensor.matrixPower(n:)`. PyTorch: `torch.matrix_power`.
public func matrixPower(_ input: Tensor, n: Int) -> Tensor { input.matrixPower(n: n) }

/// Function form of `Tensor.max(_:keepdim:)`. PyTorch: `torch.max`.
public func max(_ input: Tensor, _ dim: Int, keepdim: Bool = false) -> (values: Tensor, indices: Tensor) {
    input.max(dim, keepdim: keepdim)
}

/// Function form of `Tensor.max()`. PyTorch: `torch.max`.
public func max(_ input: Tensor) -> Tensor { input.max() }

/// Function form of `Tensor.max(dim:keepdim:)`. PyTorch: `torch.max`.
public func max(_ input: Tensor, dim: Int, keepdim: Bool = false) -> (values: Tensor, indices: Tensor) {
    input.max(dim: dim, keepdim: keepdim)
}

/// Function form of `Tensor.max(_:)`. PyTorch: `torch.max`.
public func max(_ input: Tensor, _ other: Tensor) -> Tensor { input.max(other) }

/// Function form of `Tensor.maximum(_:)`. PyTorch: `torch.maximum`.
public func maximum(_ input: Tensor, _ other: Tensor) -> Tensor { input.maximum(other) }

/// Function form of `Tensor.mean(_:keepdim:dtype:)`. PyTorch: `torch.mean`.
public func mean(_ input: Tensor, _ dim: Int, keepdim: Bool = false, dtype: DType? = nil) -> Tensor {
    input.mean(dim, keepdim: keepdim, dtype: dtype)
}

/// Function form of `Tensor.mean(_:keepdim:dtype:)`. PyTorch: `torch.mean`.
public func mean(_ input: Tensor, _ dim: [Int], keepdim: Bool = false, dtype: DType? = nil) -> Tensor {
    input.mean(dim, keepdim: keepdim, dtype: dtype)
}

/// Function form of `Tensor.mean(dtype:)`. PyTorch: `torch.mean`.
public func mean(_ input: Tensor, dtype: DType? = nil) -> Tensor { input.mean(dtype: dtype) }

/// Function form of `Tensor.mean(dim:keepdim:dtype:)`. PyTorch: `torch.mean`.
public func mean(_ input: Tensor, dim: Int, keepdim: Bool = false, dtype: DType? = nil) -> Tensor {
    input.mean(dim: dim, keepdim: keepdim, dtype: dtype)
}

/// Function form of `Tensor.mean(dim:keepdim:dtype:)`. PyTorch: `torch.mean`.
public func mean(_ input: Tensor, dim: [Int], keepdim: Bool = false, dtype: DType? = nil) -> Tensor {
    input.mean(dim: dim, keepdim: keepdim, dtype: dtype)
}

/// Function form of `Tensor.median(_:keepdim:)`. PyTorch: `torch.median`.
public func median(_ input: Tensor, _ dim: Int, keepdim: Bool = false) -> (values: Tensor, indices: Tensor) {
    input.median(dim, keepdim: keepdim)
}

/// Function form of `Tensor.median()`. PyTorch: `torch.median`.
public func median(_ input: Tensor) -> Tensor { input.median() }

/// Function form of `Tensor.median(dim:keepdim:)`. PyTorch: `torch.median`.
public func median(_ input: Tensor, dim: Int, keepdim: Bool = false) -> (values: Tensor, indices: Tensor) {
    input.median(dim: dim, keepdim: keepdim)
}

/// Function form of `Tensor.min(_:keepdim:)`. PyTorch: `torch.min`.
public func min(_ input: Tensor, _ dim: Int, keepdim: Bool = false) -> (values: Tensor, indices: Tensor) {
    input.min(dim, keepdim: keepdim)
}

/// Function form of `Tensor.min()`. PyTorch: `torch.min`.
public func min(_ input: Tensor) -> Tensor { input.min() }

/// Function form of `Tensor.min(dim:keepdim:)`. PyTorch: `torch.min`.
public func min(_ input: Tensor, dim: Int, keepdim: Bool = false) -> (values: Tensor, indices: Tensor) {
    input.min(dim: dim, keepdim: keepdim)
}

/// Function form of `Tensor.min(_:)`. PyTorch: `torch.min`.
public func min(_ input: Tensor, _ other: Tensor) -> Tensor { input.min(other) }

/// Function form of `Tensor.minimum(_:)`. PyTorch: `torch.minimum`.
public func minimum(_ input: Tensor, _ other: Tensor) -> Tensor { input.minimum(other) }

/// Function form of `Tensor.mm(_:)`. PyTorch: `torch.mm`.
public func mm(_ input: Tensor, _ other: Tensor) -> Tensor { input.mm(other) }

/// Function form of `Tensor.mode(_:keepdim:)`. PyTorch: `torch.mode`.
public func mode(_ input: Tensor, _ dim: Int, keepdim: Bool = false) -> (values: Tensor, indices: Tensor) {
    input.mode(dim, keepdim: keepdim)
}

/// Function form of `Tensor.mode(dim:keepdim:)`. PyTorch: `torch.mode`.
public func mode(_ input: Tensor, dim: Int = -1, keepdim: Bool = false) -> (values: Tensor, indices: Tensor) {
    input.mode(dim: dim, keepdim: keepdim)
}

/// Function form of `Tensor.moveaxis(_:_:)`. PyTorch: `torch.moveaxis`.
public func moveaxis(_ input: Tensor, _ source: [Int], _ destination: [Int]) -> Tensor {
    input.moveaxis(source, destination)
}

/// Function form of `Tensor.moveaxis(_:_:)`. PyTorch: `torch.moveaxis`.
public func moveaxis(_ input: Tensor, _ source: Int, _ destination: Int) -> Tensor {
    input.moveaxis(source, destination)
}

/// Function form of `Tensor.movedim(source:destination:)`. PyTorch: `torch.movedim`.
public func movedim(_ input: Tensor, source: Int, destination: Int) -> Tensor {
    input.movedim(source: source, destination: destination)
}

/// Function form of `Tensor.movedim(source:destination:)`. PyTorch: `torch.movedim`.
public func movedim(_ input: Tensor, source: [Int], destination: [Int]) -> Tensor {
    input.movedim(source: source, destination: destination)
}

/// Function form of `Tensor.movedim(_:destination:)`. PyTorch: `torch.movedim`.
public func movedim(_ input: Tensor, _ source: Int, destination: Int) -> Tensor {
    input.movedim(source, destination: destination)
}

/// Function form of `Tensor.movedim(_:_:)`. PyTorch: `torch.movedim`.
public func movedim(_ input: Tensor, _ source: [Int], _ destination: [Int]) -> Tensor {
    input.movedim(source, destination)
}

/// Function form of `Tensor.movedim(_:_:)`. PyTorch: `torch.movedim`.
public func movedim(_ input: Tensor, _ source: Int, _ destination: Int) -> Tensor { input.movedim(source, destination) }

/// Function form of `Tensor.msort()`. PyTorch: `torch.msort`.
public func msort(_ input: Tensor) -> Tensor { input.msort() }

/// Function form of `Tensor.mul(_:)`. PyTorch: `torch.mul`.
public func mul(_ input: Tensor, _ other: some TensorOperand) -> Tensor { input.mul(other) }

/// Function form of `Tensor.multinomial(_:replacement:generator:out:)`. PyTorch: `torch.multinomial`.
public func multinomial(
    _ input: Tensor, _ numSamples: Int, replacement: Bool = false, generator: Generator = .default, out: Tensor? = nil
) -> Tensor {
    input.multinomial(numSamples, replacement: replacement, generator: generator, out: out)
}

/// Function form of `Tensor.multinomial(numSamples:replacement:generator:)`. PyTorch: `torch.multinomial`.
public func multinomial(
    _ input: Tensor, numSamples: Int, replacement: Bool = false, generator: Generator = .default
) -> Tensor {
    input.multinomial(numSamples: numSamples, replacement: replacement, generator: generator)
}

/// Function form of `Tensor.mv(_:)`. PyTorch: `torch.mv`.
public func mv(_ input: Tensor, _ vector: Tensor) -> Tensor { input.mv(vector) }

/// Function form of `Tensor.mvlgamma(_:)`. PyTorch: `torch.mvlgamma`.
public func mvlgamma(_ input: Tensor, _ p: Int) -> Tensor { input.mvlgamma(p) }

/// Function form of `Tensor.mvlgamma(p:)`. PyTorch: `torch.mvlgamma`.
public func mvlgamma(_ input: Tensor, p: Int) -> Tensor { input.mvlgamma(p: p) }

/// Function form of `Tensor.nanToNum(nan:posinf:neginf:)`. PyTorch: `torch.nan_to_num`.
public func nanToNum(_ input: Tensor, nan: Double = 0, posinf: Double? = nil, neginf: Double? = nil) -> Tensor {
    input.nanToNum(nan: nan, posinf: posinf, neginf: neginf)
}

/// Function form of `Tensor.nanmean(_:keepdim:dtype:)`. PyTorch: `torch.nanmean`.
public func nanmean(_ input: Tensor, _ dim: Int, keepdim: Bool = false, dtype: DType? = nil) -> Tensor {
    input.nanmean(dim, keepdim: keepdim, dtype: dtype)
}

/// Function form of `Tensor.nanmean(_:keepdim:dtype:)`. PyTorch: `torch.nanmean`.
public func nanmean(_ input: Tensor, _ dim: [Int], keepdim: Bool = false, dtype: DType? = nil) -> Tensor {
    input.nanmean(dim, keepdim: keepdim, dtype: dtype)
}

/// Function form of `Tensor.nanmean(dim:keepdim:dtype:)`. PyTorch: `torch.nanmean`.
public func nanmean(_ input: Tensor, dim: [Int] = [], keepdim: Bool = false, dtype: DType? = nil) -> Tensor {
    input.nanmean(dim: dim, keepdim: keepdim, dtype: dtype)
}

/// Function form of `Tensor.nanmean(dim:keepdim:dtype:)`. PyTorch: `torch.nanmean`.
public func nanmean(_ input: Tensor, dim: Int, keepdim: Bool = false, dtype: DType? = nil) -> Tensor {
    input.nanmean(dim: dim, keepdim: keepdim, dtype: dtype)
}

/// Function form of `Tensor.nanmedian(_:keepdim:)`. PyTorch: `torch.nanmedian`.
public func nanmedian(_ input: Tensor, _ dim: Int, keepdim: Bool = false) -> (values: Tensor, indices: Tensor) {
    input.nanmedian(dim, keepdim: keepdim)
}

/// Function form of `Tensor.nanmedian()`. PyTorch: `torch.nanmedian`.
public func nanmedian(_ input: Tensor) -> Tensor { input.nanmedian() }

/// Function form of `Tensor.nanmedian(dim:keepdim:)`. PyTorch: `torch.nanmedian`.
public func nanmedian(_ input: Tensor, dim: Int, keepdim: Bool = false) -> (values: Tensor, indices: Tensor) {
    input.nanmedian(dim: dim, keepdim: keepdim)
}

/// Function form of `Tensor.nanquantile(_:dim:keepdim:interpolation:)`. PyTorch: `torch.nanquantile`.
public func nanquantile(
    _ input: Tensor, _ q: Tensor, dim: Int? = nil, keepdim: Bool = false, interpolation: QuantileInterpolation = .linear
) -> Tensor {
    input.nanquantile(q, dim: dim, keepdim: keepdim, interpolation: interpolation)
}

/// Function form of `Tensor.nanquantile(_:dim:keepdim:interpolation:)`. PyTorch: `torch.nanquantile`.
public func nanquantile(
    _ input: Tensor, _ q: Double, dim: Int? = nil, keepdim: Bool = false, interpolation: QuantileInterpolation = .linear
) -> Tensor {
    input.nanquantile(q, dim: dim, keepdim: keepdim, interpolation: interpolation)
}

/// Function form of `Tensor.nanquantile(q:dim:keepdim:interpolation:)`. PyTorch: `torch.nanquantile`.
public func nanquantile(
    _ input: Tensor, q: Double, dim: Int? = nil, keepdim: Bool = false, interpolation: QuantileInterpolation = .linear
) -> Tensor {
    input.nanquantile(q: q, dim: dim, keepdim: keepdim, interpolation: interpolation)
}

/// Function form of `Tensor.nansum(_:keepdim:dtype:)`. PyTorch: `torch.nansum`.
public func nansum(_ input: Tensor, _ dim: Int, keepdim: Bool = false, dtype: DType? = nil) -> Tensor {
    input.nansum(dim, keepdim: keepdim, dtype: dtype)
}

/// Function form of `Tensor.nansum(_:keepdim:dtype:)`. PyTorch: `torch.nansum`.
public func nansum(_ input: Tensor, _ dim: [Int], keepdim: Bool = false, dtype: DType? = nil) -> Tensor {
    input.nansum(dim, keepdim: keepdim, dtype: dtype)
}

/// Function form of `Tensor.nansum(dim:keepdim:dtype:)`. PyTorch: `torch.nansum`.
public func nansum(_ input: Tensor, dim: [Int] = [], keepdim: Bool = false, dtype: DType? = nil) -> Tensor {
    input.nansum(dim: dim, keepdim: keepdim, dtype: dtype)
}

/// Function form of `Tensor.nansum(dim:keepdim:dtype:)`. PyTorch: `torch.nansum`.
public func nansum(_ input: Tensor, dim: Int, keepdim: Bool = false, dtype: DType? = nil) -> Tensor {
    input.nansum(dim: dim, keepdim: keepdim, dtype: dtype)
}

/// Function form of `Tensor.narrow(dim:start:length:)`. PyTorch: `torch.narrow`.
public func narrow(_ input: Tensor, dim: Int, start: Int, length: Int) -> Tensor {
    input.narrow(dim: dim, start: start, length: length)
}

/// Function form of `Tensor.narrow(_:start:length:)`. PyTorch: `torch.narrow`.
public func narrow(_ input: Tensor, _ dim: Int, start: Int, length: Int) -> Tensor {
    input.narrow(dim, start: start, length: length)
}

/// Function form of `Tensor.narrow(_:_:_:)`. PyTorch: `torch.narrow`.
public func narrow(_ input: Tensor, _ dim: Int, _ start: Int, _ length: Int) -> Tensor {
    input.narrow(dim, start, length)
}

/// Function form of `Tensor.narrow(_:_:_:)`. PyTorch: `torch.narrow`.
public func narrow(_ input: Tensor, _ dim: Int, _ start: Tensor, _ length: Int) -> Tensor {
    input.narrow(dim, start, length)
}

/// Function form of `Tensor.ne(_:)`. PyTorch: `torch.ne`.
public func ne(_ input: Tensor, _ other: some TensorOperand) -> Tensor { input.ne(other) }

/// Function form of `Tensor.neg()`. PyTorch: `torch.neg`.
public func neg(_ input: Tensor) -> Tensor { input.neg() }

/// Function form of `Tensor.nextafter(_:)`. PyTorch: `torch.nextafter`.
public func nextafter(_ input: Tensor, _ other: Tensor) -> Tensor { input.nextafter(other) }

/// Function form of `Tensor.nonzero()`. PyTorch: `torch.nonzero`.
public func nonzero(_ input: Tensor) -> Tensor { input.nonzero() }

/// Function form of `Tensor.nonzeroStatic(size:fillValue:)`. PyTorch: `torch.nonzero_static`.
public func nonzeroStatic(_ input: Tensor, size: Int, fillValue: Int = -1) -> Tensor {
    input.nonzeroStatic(size: size, fillValue: fillValue)
}

/// Function form of `Tensor.norm(_:dim:keepdim:dtype:)`. PyTorch: `torch.norm`.
public func norm(
    _ input: Tensor, _ p: linalg.NamedOrder, dim: [Int]? = nil, keepdim: Bool = false, dtype: DType? = nil
) -> Tensor {
    input.norm(p, dim: dim, keepdim: keepdim, dtype: dtype)
}

/// Function form of `Tensor.norm(_:dim:keepdim:dtype:)`. PyTorch: `torch.norm`.
public func norm(
    _ input: Tensor, _ p: Double = 2, dim: [Int] = [], keepdim: Bool = false, dtype: DType? = nil
) -> Tensor {
    input.norm(p, dim: dim, keepdim: keepdim, dtype: dtype)
}

/// Function form of `Tensor.norm(_:dim:keepdim:dtype:)`. PyTorch: `torch.norm`.
public func norm(_ input: Tensor, _ p: Double = 2, dim: Int, keepdim: Bool = false, dtype: DType? = nil) -> Tensor {
    input.norm(p, dim: dim, keepdim: keepdim, dtype: dtype)
}

/// Function form of `Tensor.norm(p:dim:keepdim:dtype:)`. PyTorch: `torch.norm`.
public func norm(_ input: Tensor, p: Double, dim: [Int] = [], keepdim: Bool = false, dtype: DType? = nil) -> Tensor {
    input.norm(p: p, dim: dim, keepdim: keepdim, dtype: dtype)
}

/// Function form of `Tensor.norm(p:dim:keepdim:dtype:)`. PyTorch: `torch.norm`.
public func norm(
    _ input: Tensor, p: linalg.NamedOrder, dim: [Int]? = nil, keepdim: Bool = false, dtype: DType? = nil
) -> Tensor {
    input.norm(p: p, dim: dim, keepdim: keepdim, dtype: dtype)
}

/// Function form of `Tensor.norm(p:dim:keepdim:dtype:)`. PyTorch: `torch.norm`.
public func norm(_ input: Tensor, p: Double, dim: Int, keepdim: Bool = false, dtype: DType? = nil) -> Tensor {
    input.norm(p: p, dim: dim, keepdim: keepdim, dtype: dtype)
}

/// Function form of `Tensor.numel()`. PyTorch: `torch.numel`.
public func numel(_ input: Tensor) -> Int { input.numel() }

/// Function form of `Tensor.orgqr(_:)`. PyTorch: `torch.orgqr`.
public func orgqr(_ input: Tensor, _ tau: Tensor) -> Tensor { input.orgqr(tau) }

/// Function form of `Tensor.ormqr(_:_:left:transpose:)`. PyTorch: `torch.ormqr`.
public func ormqr(
    _ input: Tensor, _ tau: Tensor, _ other: Tensor, left: Bool = true, transpose: Bool = false
) -> Tensor {
    input.ormqr(tau, other, left: left, transpose: transpose)
}

/// Function form of `Tensor.outer(_:)`. PyTorch: `torch.outer`.
public func outer(_ input: Tensor, _ other: Tensor) -> Tensor { input.outer(other) }

/// Function form of `Tensor.permute(dims:)`. PyTorch: `torch.permute`.
public func permute(_ input: Tensor, dims: [Int]) -> Tensor { input.permute(dims: dims) }

/// Function form of `Tensor.permute(_:)`. PyTorch: `torch.permute`.
public func permute(_ input: Tensor, _ dims: [Int]) -> Tensor { input.permute(dims) }

/// Function form of `Tensor.pinverse(_:)`. PyTorch: `torch.pinverse`.
public func pinverse(_ input: Tensor, _ rcond: Double = 1e-15) -> Tensor { input.pinverse(rcond) }

/// Function form of `Tensor.pinverse(rcond:)`. PyTorch: `torch.pinverse`.
public func pinverse(_ input: Tensor, rcond: Double) -> Tensor { input.pinverse(rcond: rcond) }

/// Function form of `Tensor.poisson(generator:)`. PyTorch: `torch.poisson`.
public func poisson(_ input: Tensor, generator: Generator = .default) -> Tensor { input.poisson(generator: generator) }

/// Function form of `Tensor.polygamma(_:)`. PyTorch: `torch.polygamma`.
public func polygamma(_ input: Tensor, _ n: Int) -> Tensor { input.polygamma(n) }

/// Function form of `Tensor.polygamma(n:)`. PyTorch: `torch.polygamma`.
public func polygamma(_ input: Tensor, n: Int) -> Tensor { input.polygamma(n: n) }

/// Function form of `Tensor.positive()`. PyTorch: `torch.positive`.
public func positive(_ input: Tensor) -> Tensor { input.positive() }

/// Function form of `Tensor.pow(_:)`. PyTorch: `torch.pow`.
public func pow(_ input: Tensor, _ exponent: some TensorOperand) -> Tensor { input.pow(exponent) }

/// Function form of `Tensor.pow(exponent:)`. PyTorch: `torch.pow`.
public func pow(_ input: Tensor, exponent: some TensorOperand) -> Tensor { input.pow(exponent: exponent) }

/// Function form of `Tensor.prod(_:keepdim:dtype:)`. PyTorch: `torch.prod`.
public func prod(_ input: Tensor, _ dim: Int, keepdim: Bool = false, dtype: DType? = nil) -> Tensor {
    input.prod(dim, keepdim: keepdim, dtype: dtype)
}

/// Function form of `Tensor.prod(dtype:)`. PyTorch: `torch.prod`.
public func prod(_ input: Tensor, dtype: DType? = nil) -> Tensor { input.prod(dtype: dtype) }

/// Function form of `Tensor.prod(dim:keepdim:dtype:)`. PyTorch: `torch.prod`.
public func prod(_ input: Tensor, dim: Int, keepdim: Bool = false, dtype: DType? = nil) -> Tensor {
    input.prod(dim: dim, keepdim: keepdim, dtype: dtype)
}

/// Function form of `Tensor.put(_:_:accumulate:)`. PyTorch: `torch.put`.
public func put(_ input: Tensor, _ index: Tensor, _ source: Tensor, accumulate: Bool = false) -> Tensor {
    input.put(index, source, accumulate: accumulate)
}

/// Function form of `Tensor.quantile(_:dim:keepdim:interpolation:)`. PyTorch: `torch.quantile`.
public func quantile(
    _ input: Tensor, _ q: Tensor, dim: Int? = nil, keepdim: Bool = false, interpolation: QuantileInterpolation = .linear
) -> Tensor {
    input.quantile(q, dim: dim, keepdim: keepdim, interpolation: interpolation)
}

/// Function form of `Tensor.quantile(_:dim:keepdim:interpolation:)`. PyTorch: `torch.quantile`.
public func quantile(
    _ input: Tensor, _ q: Double, dim: Int? = nil, keepdim: Bool = false, interpolation: QuantileInterpolation = .linear
) -> Tensor {
    input.quantile(q, dim: dim, keepdim: keepdim, interpolation: interpolation)
}

/// Function form of `Tensor.quantile(q:dim:keepdim:interpolation:)`. PyTorch: `torch.quantile`.
public func quantile(
    _ input: Tensor, q: Double, dim: Int? = nil, keepdim: Bool = false, interpolation: QuantileInterpolation = .linear
) -> Tensor {
    input.quantile(q: q, dim: dim, keepdim: keepdim, interpolation: interpolation)
}

/// Function form of `Tensor.rad2deg()`. PyTorch: `torch.rad2deg`.
public func rad2deg(_ input: Tensor) -> Tensor { input.rad2deg() }

/// Function form of `Tensor.ravel()`. PyTorch: `torch.ravel`.
public func ravel(_ input: Tensor) -> Tensor { input.ravel() }

/// Function form of `Tensor.reciprocal()`. PyTorch: `torch.reciprocal`.
public func reciprocal(_ input: Tensor) -> Tensor { input.reciprocal() }

/// Function form of `Tensor.relu()`. PyTorch: `torch.relu`.
public func relu(_ input: Tensor) -> Tensor { input.relu() }

/// Function form of `Tensor.remainder(_:)`. PyTorch: `torch.remainder`.
public func remainder(_ input: Tensor, _ other: some TensorOperand) -> Tensor { input.remainder(other) }

/// Function form of `Tensor.renorm(p:dim:maxnorm:)`. PyTorch: `torch.renorm`.
public func renorm(_ input: Tensor, p: Double, dim: Int, maxnorm: Double) -> Tensor {
    input.renorm(p: p, dim: dim, maxnorm: maxnorm)
}

/// Function form of `Tensor.repeatInterleave(_:dim:outputSize:)`. PyTorch: `torch.repeat_interleave`.
public func repeatInterleave(_ input: Tensor, _ repeats: Int, dim: Int? = nil, outputSize: Int? = nil) -> Tensor {
    input.repeatInterleave(repeats, dim: dim, outputSize: outputSize)
}

/// Function form of `Tensor.repeatInterleave(_:dim:outputSize:)`. PyTorch: `torch.repeat_interleave`.
public func repeatInterleave(_ input: Tensor, _ repeats: Tensor, dim: Int? = nil, outputSize: Int? = nil) -> Tensor {
    input.repeatInterleave(repeats, dim: dim, outputSize: outputSize)
}

/// Function form of `Tensor.repeatInterleave(repeats:dim:outputSize:)`. PyTorch: `torch.repeat_interleave`.
public func repeatInterleave(_ input: Tensor, repeats: Int, dim: Int? = nil, outputSize: Int? = nil) -> Tensor {
    input.repeatInterleave(repeats: repeats, dim: dim, outputSize: outputSize)
}

/// Function form of `Tensor.reshape(_:)`. PyTorch: `torch.reshape`.
public func reshape(_ input: Tensor, _ sizes: Size) -> Tensor { input.reshape(sizes) }

/// Function form of `Tensor.reshape(shape:)`. PyTorch: `torch.reshape`.
public func reshape(_ input: Tensor, shape: some Collection<Int>) -> Tensor { input.reshape(shape: shape) }

/// Function form of `Tensor.reshape(_:)`. PyTorch: `torch.reshape`.
public func reshape(_ input: Tensor, _ sizes: [Int]) -> Tensor { input.reshape(sizes) }

/// Function form of `Tensor.resolveConj()`. PyTorch: `torch.resolve_conj`.
public func resolveConj(_ input: Tensor) -> Tensor { input.resolveConj() }

/// Function form of `Tensor.resolveNeg()`. PyTorch: `torch.resolve_neg`.
public func resolveNeg(_ input: Tensor) -> Tensor { input.resolveNeg() }

/// Function form of `Tensor.roll(_:dims:)`. PyTorch: `torch.roll`.
public func roll(_ input: Tensor, _ shifts: Int, dims: Int) -> Tensor { input.roll(shifts, dims: dims) }

/// Function form of `Tensor.roll(shifts:dims:)`. PyTorch: `torch.roll`.
public func roll(_ input: Tensor, shifts: Int, dims: Int? = nil) -> Tensor { input.roll(shifts: shifts, dims: dims) }

/// Function form of `Tensor.roll(shifts:dims:)`. PyTorch: `torch.roll`.
public func roll(_ input: Tensor, shifts: [Int], dims: [Int] = []) -> Tensor { input.roll(shifts: shifts, dims: dims) }

/// Function form of `Tensor.roll(_:dims:)`. PyTorch: `torch.roll`.
public func roll(_ input: Tensor, _ shifts: [Int], dims: [Int] = []) -> Tensor { input.roll(shifts, dims: dims) }

/// Function form of `Tensor.roll(_:dim:)`. PyTorch: `torch.roll`.
public func roll(_ input: Tensor, _ shift: Int, dim: Int? = nil) -> Tensor { input.roll(shift, dim: dim) }

/// Function form of `Tensor.rot90(k:dims:)`. PyTorch: `torch.rot90`.
public func rot90(_ input: Tensor, k: Int = 1, dims: [Int]) -> Tensor { input.rot90(k: k, dims: dims) }

/// Function form of `Tensor.rot90(_:dims:)`. PyTorch: `torch.rot90`.
public func rot90(_ input: Tensor, _ k: Int, dims: [Int]) -> Tensor { input.rot90(k, dims: dims) }

/// Function form of `Tensor.rot90(_:_:)`. PyTorch: `torch.rot90`.
public func rot90(_ input: Tensor, _ k: Int = 1, _ dims: [Int] = [0, 1]) -> Tensor { input.rot90(k, dims) }

/// Function form of `Tensor.round(decimals:)`. PyTorch: `torch.round`.
public func round(_ input: Tensor, decimals: Int = 0) -> Tensor { input.round(decimals: decimals) }

/// Function form of `Tensor.rsqrt()`. PyTorch: `torch.rsqrt`.
public func rsqrt(_ input: Tensor) -> Tensor { input.rsqrt() }

/// Function form of `Tensor.rsub(_:alpha:)`. PyTorch: `torch.rsub`.
public func rsub(_ input: Tensor, _ other: some TensorOperand, alpha: some ScalarConvertible = 1) -> Tensor {
    input.rsub(other, alpha: alpha)
}

/// Function form of `Tensor.scatter(_:_:_:)`. PyTorch: `torch.scatter`.
public func scatter(_ input: Tensor, _ dim: Int, _ index: Tensor, _ src: some TensorOperand) -> Tensor {
    input.scatter(dim, index, src)
}

/// Function form of `Tensor.scatter(_:index:src:)`. PyTorch: `torch.scatter`.
public func scatter(_ input: Tensor, _ dim: Int, index: Tensor, src: some TensorOperand) -> Tensor {
    input.scatter(dim, index: index, src: src)
}

/// Function form of `Tensor.scatter(_:index:value:)`. PyTorch: `torch.scatter`.
public func scatter(_ input: Tensor, _ dim: Int, index: Tensor, value: some ScalarConvertible) -> Tensor {
    input.scatter(dim, index: index, value: value)
}

/// Function form of `Tensor.scatter(dim:index:source:)`. PyTorch: `torch.scatter`.
public func scatter(_ input: Tensor, dim: Int, index: Tensor, source: some TensorOperand) -> Tensor {
    input.scatter(dim: dim, index: index, source: source)
}

/// Function form of `Tensor.scatter(dim:index:source:reduce:)`. PyTorch: `torch.scatter`.
public func scatter(
    _ input: Tensor, dim: Int, index: Tensor, source: some TensorOperand, reduce: ScatterReduction
) -> Tensor {
    input.scatter(dim: dim, index: index, source: source, reduce: reduce)
}

/// Function form of `Tensor.scatter(dim:index:src:)`. PyTorch: `torch.scatter`.
public func scatter(_ input: Tensor, dim: Int, index: Tensor, src: some TensorOperand) -> Tensor {
    input.scatter(dim: dim, index: index, src: src)
}

/// Function form of `Tensor.scatter(dim:index:value:)`. PyTorch: `torch.scatter`.
public func scatter(_ input: Tensor, dim: Int, index: Tensor, value: some ScalarConvertible) -> Tensor {
    input.scatter(dim: dim, index: index, value: value)
}

/// Function form of `Tensor.scatterAdd(_:_:_:)`. PyTorch: `torch.scatter_add`.
public func scatterAdd(_ input: Tensor, _ dim: Int, _ index: Tensor, _ src: Tensor) -> Tensor {
    input.scatterAdd(dim, index, src)
}

/// Function form of `Tensor.scatterAdd(_:index:src:)`. PyTorch: `torch.scatter_add`.
public func scatterAdd(_ input: Tensor, _ dim: Int, index: Tensor, src: Tensor) -> Tensor {
    input.scatterAdd(dim, index: index, src: src)
}

/// Function form of `Tensor.scatterAdd(dim:index:source:)`. PyTorch: `torch.scatter_add`.
public func scatterAdd(_ input: Tensor, dim: Int, index: Tensor, source: Tensor) -> Tensor {
    input.scatterAdd(dim: dim, index: index, source: source)
}

/// Function form of `Tensor.scatterAdd(dim:index:src:)`. PyTorch: `torch.scatter_add`.
public func scatterAdd(_ input: Tensor, dim: Int, index: Tensor, src: Tensor) -> Tensor {
    input.scatterAdd(dim: dim, index: index, src: src)
}

/// Function form of `Tensor.scatterReduce(_:_:_:reduce:includeSelf:)`. PyTorch: `torch.scatter_reduce`.
public func scatterReduce(
    _ input: Tensor, _ dim: Int, _ index: Tensor, _ src: Tensor, reduce: ScatterReduction, includeSelf: Bool = true
) -> Tensor {
    input.scatterReduce(dim, index, src, reduce: reduce, includeSelf: includeSelf)
}

/// Function form of `Tensor.scatterReduce(dim:index:source:reduce:includeSelf:)`. PyTorch: `torch.scatter_reduce`.
public func scatterReduce(
    _ input: Tensor, dim: Int, index: Tensor, source: Tensor, reduce: ScatterReduction, includeSelf: Bool = true
) -> Tensor {
    input.scatterReduce(dim: dim, index: index, source: source, reduce: reduce, includeSelf: includeSelf)
}

/// Function form of `Tensor.scatterReduce(dim:index:src:reduce:includeSelf:)`. PyTorch: `torch.scatter_reduce`.
public func scatterReduce(
    _ input: Tensor, dim: Int, index: Tensor, src: Tensor, reduce: ScatterReduction, includeSelf: Bool = true
) -> Tensor {
    input.scatterReduce(dim: dim, index: index, src: src, reduce: reduce, includeSelf: includeSelf)
}

/// Function form of `Tensor.select(dim:index:)`. PyTorch: `torch.select`.
public func select(_ input: Tensor, dim: Int, index: Int) -> Tensor { input.select(dim: dim, index: index) }

/// Function form of `Tensor.select(_:index:)`. PyTorch: `torch.select`.
public func select(_ input: Tensor, _ dim: Int, index: Int) -> Tensor { input.select(dim, index: index) }

/// Function form of `Tensor.select(_:_:)`. PyTorch: `torch.select`.
public func select(_ input: Tensor, _ dim: Int, _ index: Int) -> Tensor { input.select(dim, index) }

/// Function form of `Tensor.sgn()`. PyTorch: `torch.sgn`.
public func sgn(_ input: Tensor) -> Tensor { input.sgn() }

/// Function form of `Tensor.sigmoid()`. PyTorch: `torch.sigmoid`.
public func sigmoid(_ input: Tensor) -> Tensor { input.sigmoid() }

/// Function form of `Tensor.sign()`. PyTorch: `torch.sign`.
public func sign(_ input: Tensor) -> Tensor { input.sign() }

/// Function form of `Tensor.signbit()`. PyTorch: `torch.signbit`.
public func signbit(_ input: Tensor) -> Tensor { input.signbit() }

/// Function form of `Tensor.sin()`. PyTorch: `torch.sin`.
public func sin(_ input: Tensor) -> Tensor { input.sin() }

/// Function form of `Tensor.sinc()`. PyTorch: `torch.sinc`.
public func sinc(_ input: Tensor) -> Tensor { input.sinc() }

/// Function form of `Tensor.sinh()`. PyTorch: `torch.sinh`.
public func sinh(_ input: Tensor) -> Tensor { input.sinh() }

/// Function form of `Tensor.slogdet()`. PyTorch: `torch.slogdet`.
public func slogdet(_ input: Tensor) -> (sign: Tensor, logabsdet: Tensor) { input.slogdet() }

/// Function form of `Tensor.softmax(_:dtype:)`. PyTorch: `torch.softmax`.
public func softmax(_ input: Tensor, _ dim: Int, dtype: DType? = nil) -> Tensor { input.softmax(dim, dtype: dtype) }

/// Function form of `Tensor.softmax(dim:dtype:)`. PyTorch: `torch.softmax`.
public func softmax(_ input: Tensor, dim: Int, dtype: DType? = nil) -> Tensor { input.softmax(dim: dim, dtype: dtype) }

/// Function form of `Tensor.sort(_:descending:stable:)`. PyTorch: `torch.sort`.
public func sort(
    _ input: Tensor, _ dim: Int, descending: Bool = false, stable: Bool = false
) -> (values: Tensor, indices: Tensor) {
    input.sort(dim, descending: descending, stable: stable)
}

/// Function form of `Tensor.sort(dim:descending:stable:)`. PyTorch: `torch.sort`.
public func sort(
    _ input: Tensor, dim: Int = -1, descending: Bool = false, stable: Bool = false
) -> (values: Tensor, indices: Tensor) {
    input.sort(dim: dim, descending: descending, stable: stable)
}

/// Function form of `Tensor.split(splitSize:dim:)`. PyTorch: `torch.split`.
public func split(_ input: Tensor, splitSize: Int, dim: Int = 0) -> [Tensor] {
    input.split(splitSize: splitSize, dim: dim)
}

/// Function form of `Tensor.split(_:dim:)`. PyTorch: `torch.split`.
public func split(_ input: Tensor, _ size: Int, dim: Int = 0) -> [Tensor] { input.split(size, dim: dim) }

/// Function form of `Tensor.split(_:dim:)`. PyTorch: `torch.split`.
public func split(_ input: Tensor, _ lengths: [Int], dim: Int = 0) -> [Tensor] { input.split(lengths, dim: dim) }

/// Function form of `Tensor.sqrt()`. PyTorch: `torch.sqrt`.
public func sqrt(_ input: Tensor) -> Tensor { input.sqrt() }

/// Function form of `Tensor.square()`. PyTorch: `torch.square`.
public func square(_ input: Tensor) -> Tensor { input.square() }

/// Function form of `Tensor.squeeze(dim:)`. PyTorch: `torch.squeeze`.
public func squeeze(_ input: Tensor, dim: Int) -> Tensor { input.squeeze(dim: dim) }

/// Function form of `Tensor.squeeze(dim:)`. PyTorch: `torch.squeeze`.
public func squeeze(_ input: Tensor, dim: [Int]) -> Tensor { input.squeeze(dim: dim) }

/// Function form of `Tensor.squeeze()`. PyTorch: `torch.squeeze`.
public func squeeze(_ input: Tensor) -> Tensor { input.squeeze() }

/// Function form of `Tensor.squeeze(_:)`. PyTorch: `torch.squeeze`.
public func squeeze(_ input: Tensor, _ dim: Int) -> Tensor { input.squeeze(dim) }

/// Function form of `Tensor.squeeze(_:)`. PyTorch: `torch.squeeze`.
public func squeeze(_ input: Tensor, _ dims: [Int]) -> Tensor { input.squeeze(dims) }

/// Function form of `Tensor.std(_:correction:keepdim:)`. PyTorch: `torch.std`.
public func std(_ input: Tensor, _ dim: Int, correction: Double = 1, keepdim: Bool = false) -> Tensor {
    input.std(dim, correction: correction, keepdim: keepdim)
}

/// Function form of `Tensor.std(_:unbiased:keepdim:)`. PyTorch: `torch.std`.
public func std(_ input: Tensor, _ dim: Int, unbiased: Bool, keepdim: Bool = false) -> Tensor {
    input.std(dim, unbiased: unbiased, keepdim: keepdim)
}

/// Function form of `Tensor.std(_:correction:keepdim:)`. PyTorch: `torch.std`.
public func std(_ input: Tensor, _ dim: [Int], correction: Double = 1, keepdim: Bool = false) -> Tensor {
    input.std(dim, correction: correction, keepdim: keepdim)
}

/// Function form of `Tensor.std(_:unbiased:keepdim:)`. PyTorch: `torch.std`.
public func std(_ input: Tensor, _ dim: [Int], unbiased: Bool, keepdim: Bool = false) -> Tensor {
    input.std(dim, unbiased: unbiased, keepdim: keepdim)
}

/// Function form of `Tensor.std(dim:correction:keepdim:)`. PyTorch: `torch.std`.
public func std(_ input: Tensor, dim: [Int] = [], correction: Double = 1, keepdim: Bool = false) -> Tensor {
    input.std(dim: dim, correction: correction, keepdim: keepdim)
}

/// Function form of `Tensor.std(dim:correction:keepdim:)`. PyTorch: `torch.std`.
public func std(_ input: Tensor, dim: Int, correction: Double = 1, keepdim: Bool = false) -> Tensor {
    input.std(dim: dim, correction: correction, keepdim: keepdim)
}

/// Function form of `Tensor.std(unbiased:)`. PyTorch: `torch.std`.
public func std(_ input: Tensor, unbiased: Bool) -> Tensor { input.std(unbiased: unbiased) }

/// Function form of `Tensor.std(dim:unbiased:keepdim:)`. PyTorch: `torch.std`.
public func std(_ input: Tensor, dim: [Int], unbiased: Bool, keepdim: Bool = false) -> Tensor {
    input.std(dim: dim, unbiased: unbiased, keepdim: keepdim)
}

/// Function form of `Tensor.std(dim:unbiased:keepdim:)`. PyTorch: `torch.std`.
public func std(_ input: Tensor, dim: Int, unbiased: Bool, keepdim: Bool = false) -> Tensor {
    input.std(dim: dim, unbiased: unbiased, keepdim: keepdim)
}

/// Function form of `Tensor.stdMean(_:correction:keepdim:)`. PyTorch: `torch.std_mean`.
public func stdMean(
    _ input: Tensor, _ dim: Int, correction: Double = 1, keepdim: Bool = false
) -> (std: Tensor, mean: Tensor) {
    input.stdMean(dim, correction: correction, keepdim: keepdim)
}

/// Function form of `Tensor.stdMean(_:correction:keepdim:)`. PyTorch: `torch.std_mean`.
public func stdMean(
    _ input: Tensor, _ dim: [Int], correction: Double = 1, keepdim: Bool = false
) -> (std: Tensor, mean: Tensor) {
    input.stdMean(dim, correction: correction, keepdim: keepdim)
}

/// Function form of `Tensor.stdMean(dim:correction:keepdim:)`. PyTorch: `torch.std_mean`.
public func stdMean(
    _ input: Tensor, dim: [Int] = [], correction: Double = 1, keepdim: Bool = false
) -> (std: Tensor, mean: Tensor) {
    input.stdMean(dim: dim, correction: correction, keepdim: keepdim)
}

/// Function form of `Tensor.stdMean(dim:correction:keepdim:)`. PyTorch: `torch.std_mean`.
public func stdMean(
    _ input: Tensor, dim: Int, correction: Double = 1, keepdim: Bool = false
) -> (std: Tensor, mean: Tensor) {
    input.stdMean(dim: dim, correction: correction, keepdim: keepdim)
}

/// Function form of `Tensor.stdMean(dim:unbiased:keepdim:)`. PyTorch: `torch.std_mean`.
public func stdMean(_ input: Tensor, dim: Int, unbiased: Bool, keepdim: Bool = false) -> (std: Tensor, mean: Tensor) {
    input.stdMean(dim: dim, unbiased: unbiased, keepdim: keepdim)
}

/// Same as `stft`. PyTorch: `torch.stft`.
public func stft(
    _ input: Tensor, _ nFFT: Int, hopLength: Int? = nil, winLength: Int? = nil, window: Tensor? = nil,
    center: Bool = true, padMode: PaddingMode = .reflect, normalized: Bool = false, onesided: Bool? = nil,
    returnComplex: Bool? = nil, alignToWindow: Bool? = nil
) -> Tensor {
    input.stft(
        nFFT, hopLength: hopLength, winLength: winLength, window: window, center: center, padMode: padMode,
        normalized: normalized, onesided: onesided, returnComplex: returnComplex, alignToWindow: alignToWindow)
}

/// Same as `stft`. PyTorch: `torch.stft`.
public func stft(
    _ input: Tensor, nFFT: Int, hopLength: Int? = nil, winLength: Int? = nil, window: Tensor? = nil,
    center: Bool = true, padMode: PaddingMode = .reflect, normalized: Bool = false, onesided: Bool? = nil,
    returnComplex: Bool? = nil, alignToWindow: Bool? = nil
) -> Tensor {
    input.stft(
        nFFT: nFFT, hopLength: hopLength, winLength: winLength, window: window, center: center, padMode: padMode,
        normalized: normalized, onesided: onesided, returnComplex: returnComplex, alignToWindow: alignToWindow)
}

/// Function form of `Tensor.sub(_:)`. PyTorch: `torch.sub`.
public func sub(_ input: Tensor, _ other: some TensorOperand) -> Tensor { input.sub(other) }

/// Function form of `Tensor.sub(_:alpha:)`. PyTorch: `torch.sub`.
public func sub(_ input: Tensor, _ other: some TensorOperand, alpha: some ScalarConvertible) -> Tensor {
    input.sub(other, alpha: alpha)
}

/// Function form of `Tensor.sum(_:keepdim:dtype:)`. PyTorch: `torch.sum`.
public func sum(_ input: Tensor, _ dim: Int, keepdim: Bool = false, dtype: DType? = nil) -> Tensor {
    input.sum(dim, keepdim: keepdim, dtype: dtype)
}

/// Function form of `Tensor.sum(_:keepdim:dtype:)`. PyTorch: `torch.sum`.
public func sum(_ input: Tensor, _ dim: [Int], keepdim: Bool = false, dtype: DType? = nil) -> Tensor {
    input.sum(dim, keepdim: keepdim, dtype: dtype)
}

/// Function form of `Tensor.sum(dtype:)`. PyTorch: `torch.sum`.
public func sum(_ input: Tensor, dtype: DType? = nil) -> Tensor { input.sum(dtype: dtype) }

/// Function form of `Tensor.sum(dim:keepdim:dtype:)`. PyTorch: `torch.sum`.
public func sum(_ input: Tensor, dim: Int, keepdim: Bool = false, dtype: DType? = nil) -> Tensor {
    input.sum(dim: dim, keepdim: keepdim, dtype: dtype)
}

/// Function form of `Tensor.sum(dim:keepdim:dtype:)`. PyTorch: `torch.sum`.
public func sum(_ input: Tensor, dim: [Int], keepdim: Bool = false, dtype: DType? = nil) -> Tensor {
    input.sum(dim: dim, keepdim: keepdim, dtype: dtype)
}

/// Function form of `Tensor.svd(some:computeUV:)`. PyTorch: `torch.svd`.
public func svd(_ input: Tensor, some: Bool = true, computeUV: Bool = true) -> (U: Tensor, S: Tensor, V: Tensor) {
    input.svd(some: some, computeUV: computeUV)
}

/// Function form of `Tensor.swapaxes(_:_:)`. PyTorch: `torch.swapaxes`.
public func swapaxes(_ input: Tensor, _ axis0: Int, _ axis1: Int) -> Tensor { input.swapaxes(axis0, axis1) }

/// Function form of `Tensor.swapdims(_:_:)`. PyTorch: `torch.swapdims`.
public func swapdims(_ input: Tensor, _ dim0: Int, _ dim1: Int) -> Tensor { input.swapdims(dim0, dim1) }

/// Function form of `Tensor.t()`. PyTorch: `torch.t`.
public func t(_ input: Tensor) -> Tensor { input.t() }

/// Function form of `Tensor.take(_:out:)`. PyTorch: `torch.take`.
public func take(_ input: Tensor, _ index: Tensor, out: Tensor? = nil) -> Tensor { input.take(index, out: out) }

/// Function form of `Tensor.take(index:)`. PyTorch: `torch.take`.
public func take(_ input: Tensor, index: Tensor) -> Tensor { input.take(index: index) }

/// Function form of `Tensor.takeAlongDim(_:_:)`. PyTorch: `torch.take_along_dim`.
public func takeAlongDim(_ input: Tensor, _ indices: Tensor, _ dim: Int? = nil) -> Tensor {
    input.takeAlongDim(indices, dim)
}

/// Function form of `Tensor.takeAlongDim(_:dim:)`. PyTorch: `torch.take_along_dim`.
public func takeAlongDim(_ input: Tensor, _ indices: Tensor, dim: Int) -> Tensor {
    input.takeAlongDim(indices, dim: dim)
}

/// Function form of `Tensor.tan()`. PyTorch: `torch.tan`.
public func tan(_ input: Tensor) -> Tensor { input.tan() }

/// Function form of `Tensor.tanh()`. PyTorch: `torch.tanh`.
public func tanh(_ input: Tensor) -> Tensor { input.tanh() }

/// Function form of `Tensor.tensorSplit(_:dim:)`. PyTorch: `torch.tensor_split`.
public func tensorSplit(_ input: Tensor, _ sections: Int, dim: Int = 0) -> [Tensor] {
    input.tensorSplit(sections, dim: dim)
}

/// Function form of `Tensor.tensorSplit(_:dim:)`. PyTorch: `torch.tensor_split`.
public func tensorSplit(_ input: Tensor, _ indices: [Int], dim: Int = 0) -> [Tensor] {
    input.tensorSplit(indices, dim: dim)
}

/// Function form of `Tensor.tensorSplit(_:dim:)`. PyTorch: `torch.tensor_split`.
public func tensorSplit(_ input: Tensor, _ indicesOrSections: Tensor, dim: Int = 0) -> [Tensor] {
    input.tensorSplit(indicesOrSections, dim: dim)
}

/// Function form of `Tensor.tile(_:)`. PyTorch: `torch.tile`.
public func tile(_ input: Tensor, _ sizes: Size) -> Tensor { input.tile(sizes) }

/// Function form of `Tensor.tile(dims:)`. PyTorch: `torch.tile`.
public func tile(_ input: Tensor, dims: [Int]) -> Tensor { input.tile(dims: dims) }

/// Function form of `Tensor.tile(_:)`. PyTorch: `torch.tile`.
public func tile(_ input: Tensor, _ repeats: [Int]) -> Tensor { input.tile(repeats) }

/// Function form of `Tensor.topk(_:dim:largest:sorted:)`. PyTorch: `torch.topk`.
public func topk(
    _ input: Tensor, _ k: Int, dim: Int = -1, largest: Bool = true, sorted: Bool = true
) -> (values: Tensor, indices: Tensor) {
    input.topk(k, dim: dim, largest: largest, sorted: sorted)
}

/// Function form of `Tensor.topk(k:dim:largest:sorted:)`. PyTorch: `torch.topk`.
public func topk(
    _ input: Tensor, k: Int, dim: Int = -1, largest: Bool = true, sorted: Bool = true
) -> (values: Tensor, indices: Tensor) {
    input.topk(k: k, dim: dim, largest: largest, sorted: sorted)
}

/// Function form of `Tensor.trace()`. PyTorch: `torch.trace`.
public func trace(_ input: Tensor) -> Tensor { input.trace() }

/// Function form of `Tensor.transpose(dim0:dim1:)`. PyTorch: `torch.transpose`.
public func transpose(_ input: Tensor, dim0: Int, dim1: Int) -> Tensor { input.transpose(dim0: dim0, dim1: dim1) }

/// Function form of `Tensor.transpose(_:dim1:)`. PyTorch: `torch.transpose`.
public func transpose(_ input: Tensor, _ dim0: Int, dim1: Int) -> Tensor { input.transpose(dim0, dim1: dim1) }

/// Function form of `Tensor.transpose(_:_:)`. PyTorch: `torch.transpose`.
public func transpose(_ input: Tensor, _ dim0: Int, _ dim1: Int) -> Tensor { input.transpose(dim0, dim1) }

/// Function form of `Tensor.trapezoid(dx:dim:)`. PyTorch: `torch.trapezoid`.
public func trapezoid(_ input: Tensor, dx: some ScalarConvertible = 1, dim: Int = -1) -> Tensor {
    input.trapezoid(dx: dx, dim: dim)
}

/// Function form of `Tensor.trapezoid(x:dim:)`. PyTorch: `torch.trapezoid`.
public func trapezoid(_ input: Tensor, x: Tensor, dim: Int = -1) -> Tensor { input.trapezoid(x: x, dim: dim) }

/// Function form of `Tensor.trapz(dx:dim:)`. PyTorch: `torch.trapz`.
public func trapz(_ input: Tensor, dx: some ScalarConvertible = 1, dim: Int = -1) -> Tensor {
    input.trapz(dx: dx, dim: dim)
}

/// Function form of `Tensor.trapz(x:dim:)`. PyTorch: `torch.trapz`.
public func trapz(_ input: Tensor, x: Tensor, dim: Int = -1) -> Tensor { input.trapz(x: x, dim: dim) }

/// Function form of `Tensor.triangularSolve(_:upper:transpose:unitriangular:)`. PyTorch: `torch.triangular_solve`.
public func triangularSolve(
    _ input: Tensor, _ A: Tensor, upper: Bool = true, transpose: Bool = false, unitriangular: Bool = false
) -> (solution: Tensor, clonedCoefficient: Tensor) {
    input.triangularSolve(A, upper: upper, transpose: transpose, unitriangular: unitriangular)
}

/// Function form of `Tensor.tril(diagonal:)`. PyTorch: `torch.tril`.
public func tril(_ input: Tensor, diagonal: Int) -> Tensor { input.tril(diagonal: diagonal) }

/// Function form of `Tensor.tril(_:)`. PyTorch: `torch.tril`.
public func tril(_ input: Tensor, _ diagonal: Int = 0) -> Tensor { input.tril(diagonal) }

/// Function form of `Tensor.triu(diagonal:)`. PyTorch: `torch.triu`.
public func triu(_ input: Tensor, diagonal: Int) -> Tensor { input.triu(diagonal: diagonal) }

/// Function form of `Tensor.triu(_:)`. PyTorch: `torch.triu`.
public func triu(_ input: Tensor, _ diagonal: Int = 0) -> Tensor { input.triu(diagonal) }

/// Function form of `Tensor.trunc()`. PyTorch: `torch.trunc`.
public func trunc(_ input: Tensor) -> Tensor { input.trunc() }

/// Function form of `Tensor.unbind(_:)`. PyTorch: `torch.unbind`.
public func unbind(_ input: Tensor, _ dim: Int) -> [Tensor] { input.unbind(dim) }

/// Function form of `Tensor.unbind(dim:)`. PyTorch: `torch.unbind`.
public func unbind(_ input: Tensor, dim: Int = 0) -> [Tensor] { input.unbind(dim: dim) }

/// Function form of `Tensor.unflatten(_:_:)`. PyTorch: `torch.unflatten`.
public func unflatten(_ input: Tensor, _ dim: Int, _ sizes: Size) -> Tensor { input.unflatten(dim, sizes) }

/// Function form of `Tensor.unflatten(dim:sizes:)`. PyTorch: `torch.unflatten`.
public func unflatten(_ input: Tensor, dim: Int, sizes: [Int]) -> Tensor { input.unflatten(dim: dim, sizes: sizes) }

/// Function form of `Tensor.unflatten(_:sizes:)`. PyTorch: `torch.unflatten`.
public func unflatten(_ input: Tensor, _ dim: Int, sizes: some Collection<Int>) -> Tensor {
    input.unflatten(dim, sizes: sizes)
}

/// Function form of `Tensor.unflatten(_:_:)`. PyTorch: `torch.unflatten`.
public func unflatten(_ input: Tensor, _ dim: Int, _ sizes: [Int]) -> Tensor { input.unflatten(dim, sizes) }

/// Function form of `Tensor.unique(sorted:dim:)`. PyTorch: `torch.unique`.
public func unique(_ input: Tensor, sorted: Bool = true, dim: Int? = nil) -> Tensor {
    input.unique(sorted: sorted, dim: dim)
}

/// Function form of `Tensor.unique(sorted:returnInverse:returnCounts:dim:)`. PyTorch: `torch.unique`.
public func unique(
    _ input: Tensor, sorted: Bool = true, returnInverse: Bool = false, returnCounts: Bool = false, dim: Int? = nil
) -> (output: Tensor, inverseIndices: Tensor?, counts: Tensor?) {
    input.unique(sorted: sorted, returnInverse: returnInverse, returnCounts: returnCounts, dim: dim)
}

/// Function form of `Tensor.uniqueConsecutive(dim:)`. PyTorch: `torch.unique_consecutive`.
public func uniqueConsecutive(_ input: Tensor, dim: Int? = nil) -> Tensor { input.uniqueConsecutive(dim: dim) }

/// Function form of `Tensor.uniqueConsecutive(returnInverse:returnCounts:dim:)`. PyTorch: `torch.unique_consecutive`.
public func uniqueConsecutive(
    _ input: Tensor, returnInverse: Bool = false, returnCounts: Bool = false, dim: Int? = nil
) -> (output: Tensor, inverseIndices: Tensor?, counts: Tensor?) {
    input.uniqueConsecutive(returnInverse: returnInverse, returnCounts: returnCounts, dim: dim)
}

/// Function form of `Tensor.unsqueeze(dim:)`. PyTorch: `torch.unsqueeze`.
public func unsqueeze(_ input: Tensor, dim: Int) -> Tensor { input.unsqueeze(dim: dim) }

/// Function form of `Tensor.unsqueeze(_:)`. PyTorch: `torch.unsqueeze`.
public func unsqueeze(_ input: Tensor, _ dim: Int) -> Tensor { input.unsqueeze(dim) }

/// Function form of `Tensor.var(_:correction:keepdim:)`. PyTorch: `torch.var`.
public func `var`(_ input: Tensor, _ dim: Int, correction: Double = 1, keepdim: Bool = false) -> Tensor {
    input.var(dim, correction: correction, keepdim: keepdim)
}

/// Function form of `Tensor.var(_:unbiased:keepdim:)`. PyTorch: `torch.var`.
public func `var`(_ input: Tensor, _ dim: Int, unbiased: Bool, keepdim: Bool = false) -> Tensor {
    input.var(dim, unbiased: unbiased, keepdim: keepdim)
}

/// Function form of `Tensor.var(_:correction:keepdim:)`. PyTorch: `torch.var`.
public func `var`(_ input: Tensor, _ dim: [Int], correction: Double = 1, keepdim: Bool = false) -> Tensor {
    input.var(dim, correction: correction, keepdim: keepdim)
}

/// Function form of `Tensor.var(_:unbiased:keepdim:)`. PyTorch: `torch.var`.
public func `var`(_ input: Tensor, _ dim: [Int], unbiased: Bool, keepdim: Bool = false) -> Tensor {
    input.var(dim, unbiased: unbiased, keepdim: keepdim)
}

/// Function form of `Tensor.var(dim:correction:keepdim:)`. PyTorch: `torch.var`.
public func `var`(_ input: Tensor, dim: [Int] = [], correction: Double = 1, keepdim: Bool = false) -> Tensor {
    input.var(dim: dim, correction: correction, keepdim: keepdim)
}

/// Function form of `Tensor.var(dim:correction:keepdim:)`. PyTorch: `torch.var`.
public func `var`(_ input: Tensor, dim: Int, correction: Double = 1, keepdim: Bool = false) -> Tensor {
    input.var(dim: dim, correction: correction, keepdim: keepdim)
}

/// Function form of `Tensor.var(unbiased:)`. PyTorch: `torch.var`.
public func `var`(_ input: Tensor, unbiased: Bool) -> Tensor { input.var(unbiased: unbiased) }

/// Function form of `Tensor.var(dim:unbiased:keepdim:)`. PyTorch: `torch.var`.
public func `var`(_ input: Tensor, dim: [Int], unbiased: Bool, keepdim: Bool = false) -> Tensor {
    input.var(dim: dim, unbiased: unbiased, keepdim: keepdim)
}

/// Function form of `Tensor.var(dim:unbiased:keepdim:)`. PyTorch: `torch.var`.
public func `var`(_ input: Tensor, dim: Int, unbiased: Bool, keepdim: Bool = false) -> Tensor {
    input.var(dim: dim, unbiased: unbiased, keepdim: keepdim)
}

/// Function form of `Tensor.varMean(_:correction:keepdim:)`. PyTorch: `torch.var_mean`.
public func varMean(
    _ input: Tensor, _ dim: Int, correction: Double = 1, keepdim: Bool = false
) -> (var: Tensor, mean: Tensor) {
    input.varMean(dim, correction: correction, keepdim: keepdim)
}

/// Function form of `Tensor.varMean(_:correction:keepdim:)`. PyTorch: `torch.var_mean`.
public func varMean(
    _ input: Tensor, _ dim: [Int], correction: Double = 1, keepdim: Bool = false
) -> (var: Tensor, mean: Tensor) {
    input.varMean(dim, correction: correction, keepdim: keepdim)
}

/// Function form of `Tensor.varMean(dim:correction:keepdim:)`. PyTorch: `torch.var_mean`.
public func varMean(
    _ input: Tensor, dim: [Int] = [], correction: Double = 1, keepdim: Bool = false
) -> (var: Tensor, mean: Tensor) {
    input.varMean(dim: dim, correction: correction, keepdim: keepdim)
}

/// Function form of `Tensor.varMean(dim:correction:keepdim:)`. PyTorch: `torch.var_mean`.
public func varMean(
    _ input: Tensor, dim: Int, correction: Double = 1, keepdim: Bool = false
) -> (var: Tensor, mean: Tensor) {
    input.varMean(dim: dim, correction: correction, keepdim: keepdim)
}

/// Function form of `Tensor.varMean(dim:unbiased:keepdim:)`. PyTorch: `torch.var_mean`.
public func varMean(_ input: Tensor, dim: Int, unbiased: Bool, keepdim: Bool = false) -> (var: Tensor, mean: Tensor) {
    input.varMean(dim: dim, unbiased: unbiased, keepdim: keepdim)
}

/// Function form of `Tensor.vdot(_:)`. PyTorch: `torch.vdot`.
public func vdot(_ input: Tensor, _ other: Tensor) -> Tensor { input.vdot(other) }

/// Function form of `Tensor.viewAsComplex()`. PyTorch: `torch.view_as_complex`.
public func viewAsComplex(_ input: Tensor) -> Tensor { input.viewAsComplex() }

/// Function form of `Tensor.viewAsReal()`. PyTorch: `torch.view_as_real`.
public func viewAsReal(_ input: Tensor) -> Tensor { input.viewAsReal() }

/// Function form of `Tensor.vsplit(_:)`. PyTorch: `torch.vsplit`.
public func vsplit(_ input: Tensor, _ sections: Int) -> [Tensor] { input.vsplit(sections) }

/// Function form of `Tensor.vsplit(_:)`. PyTorch: `torch.vsplit`.
public func vsplit(_ input: Tensor, _ indices: [Int]) -> [Tensor] { input.vsplit(indices) }

/// Function form of `Tensor.xlogy(_:)`. PyTorch: `torch.xlogy`.
public func xlogy(_ input: Tensor, _ other: some TensorOperand) -> Tensor { input.xlogy(other) }
