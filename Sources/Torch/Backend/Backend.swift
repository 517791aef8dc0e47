import CTorchKernels
import Foundation

/// What a device must be able to do: a small set of primitives on memory. Everything above is written with these.
///
/// The types of the parameters say what memory a primitive takes: `Strided` any strides, `Dense` contiguous memory,
/// `Indices` contiguous int64. The caller has checked shapes, dtypes and index ranges unless a method says otherwise;
/// `CheckedBackend` checks that it has. Outputs exist and do not overlap inputs; inputs are not written.
/// What needs scratch memory and says Bool returns false, with the error raised and the outputs undefined, if there is
/// none.
public protocol Backend: AnyObject, Sendable {
    /// Uninitialized memory; nil if there is none to be had.
    func allocate(byteCount: Int) -> Storage?

    // Pointwise
    /// out = formula(inputs), broadcast to out's sizes, evaluated in `compute`. Nothing is written and false returned
    /// where the formula has no such version.
    func pointwise(_ formula: Formula, compute: DType, out: Strided, _ inputs: [Strided]) -> Bool
    /// The same for `count` elements one after the other at each address, all of dtype `compute` (a predicate's `out`:
    /// bool). `b` is nil for one input.
    func pointwiseContiguous(
        _ formula: Formula, compute: DType, count: Int, out: UnsafeMutableRawPointer, _ a: UnsafeRawPointer,
        _ b: UnsafeRawPointer?
    ) -> Bool
    /// out = convert(source), same sizes.
    func copy(out: Strided, _ source: Strided)
    /// out, whose memory is dense: the sources, none of them empty and of any dtype, one after the other along `dim`.
    func cat(out: Strided, _ sources: [Strided], dim: Int)
    func fill(out: Strided, _ value: Scalar)
    /// The matrices of the last two dimensions, contiguous, with zeros above (or, of `upper` ones, below) the diagonal
    /// that begins `diagonal` columns right of the first.
    func triangle(upper: Bool, diagonal: Int, out: Dense, _ input: Dense)
    /// out, whose memory is dense, put together from `source`, of the same dtype: along each dimension of the result
    /// what the stretches say (at most three, one after the
    /// other), where none of the dimensions says filler.
    func assemble(out: Strided, _ source: Strided, _ dims: [[Stretch]], filler: Scalar)

    // Reductions: `out` has size 1 along each reduced dimension.
    func reduce(_ op: Reduction, out: Strided, _ input: Strided, dims: [Int]) -> Bool
    /// The extreme (NaN wins) and the first row-major index over `dims` where it stands.
    func reduceArg(max: Bool, values: Strided?, indices: Strided?, _ input: Strided, dims: [Int]) -> Bool
    /// Variance with `correction` taken from the count, and mean.
    func moments(correction: Double, variance: Strided?, mean: Strided?, _ input: Strided, dims: [Int]) -> Bool
    /// sum |x|^p.
    func reducePower(_ p: Double, out: Strided, _ input: Strided, dims: [Int]) -> Bool
    /// Inclusive scan of contiguous memory along `dim`; `indices` (int64) for the extremes.
    func scan(_ op: Scan, out: Dense, indices: Indices?, _ input: Dense, dim: Int) -> Bool

    // Sorting along the last dimension of contiguous memory. NaN is greater than every number, equal elements keep
    // their order.
    func sort(values: Dense?, indices: Indices?, _ input: Dense, descending: Bool) -> Bool
    /// As many of the largest (or smallest) elements as the results' last dimension holds, and their places.
    func topk(values: Dense, indices: Indices, _ input: Dense, largest: Bool, sorted: Bool) -> Bool
    /// One element of each row and its place; `k` (from 0) counts for the k-th smallest. The results have size 1 along
    /// the last dimension.
    func select(_ what: Selection, k: Int, values: Dense, indices: Indices, _ input: Dense) -> Bool
    /// The order of the rows of a contiguous matrix by their first elements, then their second and so on.
    func sortRows(order: Indices, _ input: Dense) -> Bool
    /// Numbers runs of equal neighbouring rows of a contiguous matrix and writes where each begins (`starts` has room
    /// for every row); returns how many there are.
    func runs(numbers: Indices, starts: Indices, _ input: Dense) -> Int

    // Softmax of contiguous memory along `dim`.
    func softmax(log: Bool, out: Dense, _ input: Dense, dim: Int) -> Bool
    func softmaxBackward(log: Bool, out: Dense, grad: Dense, result: Dense, dim: Int) -> Bool

    // Index tensors. The layouts of `out` and `input` (or `source`) have the same sizes, those that are walked; false
    // says that an index is out of range.
    /// out = input at the indices; `input` has stride 0 along the dimensions that only the indices say.
    func indexGet(out: Strided, _ input: Strided, _ indices: [IndexOperand], wraps: Bool) -> Bool
    /// out at the indices (mode)= source, in row-major order where several meet. Nothing is written where an index is
    /// out of range.
    func indexPut(_ mode: ScatterMode, out: Strided, _ source: Strided, _ indices: [IndexOperand], wraps: Bool) -> Bool
    /// The coordinates of what is not zero in contiguous memory, as a fresh [rank, count] of int64; nil where there is
    /// no memory.
    func nonzero(_ input: Dense) -> Strided?
    /// The elements of contiguous `input` where the contiguous mask (bool, same size) is true, as a fresh vector; nil
    /// where there is no memory.
    func maskedSelect(_ input: Dense, mask: Dense) -> Strided?
    /// Writes the elements of contiguous `source`, in order, where the mask is true in contiguous `out`; false, with
    /// nothing written, where they are too few.
    func maskedScatter(out: Dense, mask: Dense, source: Dense) -> Bool
    /// The place of each value in its ascending row: contiguous [rows, n], its order (int64) or nil, and [rows, m]
    /// values of the same dtype, no half type; `out` is int64.
    func searchsorted(out: Indices, sorted: Dense, sorter: Indices?, values: Dense, right: Bool)

    /// out = a @ b (+ bias) over the leading dimensions, which may be broadcast by stride 0: [..., m, k] x [..., k, n].
    /// out is contiguous;
    /// of half types it may be float32 (without bias): the sums before they are rounded.
    func matmul(out: Dense, _ a: Strided, _ b: Strided, bias: Dense?) -> Bool

    // Optimizer steps, one pass over contiguous memory.
    func sgd(parameter: Dense, grad: Dense, momentumBuffer: Dense?, first: Bool, _ options: SGDStep)
    func adam(parameter: Dense, grad: Dense, expAvg: Dense, expAvgSq: Dense, maxExpAvgSq: Dense?, _ options: AdamStep)
}

/// `length` places along a dimension: the source's coordinates `start`, `start + step`, …; filler without a `start`.
public struct Stretch: Equatable, Sendable {
    public var length: Int
    public var start: Int?
    public var step = 1
}

/// An index tensor with its strides over the walked sizes; it points at `size` places, `step` elements apart.
public struct IndexOperand {
    public var index: Indices
    public var strides: [Int]
    public var size, step: Int
}

/// The numbers of one step of stochastic gradient descent.
public struct SGDStep: Sendable {
    public var lr, momentum, dampening, weightDecay: Double
    public var nesterov, maximize: Bool
}

/// The numbers of one step of Adam (`decoupled` false) or AdamW; `step` counts from 1.
public struct AdamStep: Sendable {
    public var step: Int
    public var lr, beta1, beta2, eps, weightDecay: Double
    public var decoupled, maximize: Bool
}

/// The backends this process has.
enum Backends {
    /// Whether each call of a primitive is checked: in debug builds, and if SWIFT_TORCH_CHECK is 1.
    static let areChecked: Bool = {
        #if DEBUG
        return true
        #else
        return getenv("SWIFT_TORCH_CHECK").map { String(cString: $0) == "1" } ?? false
        #endif
    }()

    static let cpu: any Backend = areChecked ? CheckedBackend(CPUBackend()) : CPUBackend()

    static func backend(of device: Device) -> (any Backend)? {
        device.kind == .cpu ? cpu : nil
    }
}
