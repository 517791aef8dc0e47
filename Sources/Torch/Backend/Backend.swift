import CTorchKernels
import Foundation

/// The primitives on memory that a device must implement. All operators are built on this small set.
///
/// The parameter types state which memory a primitive accepts: `Strided` any strides, `Dense` contiguous memory,
/// `Indices` contiguous int64. The caller checks shapes, dtypes and index ranges, unless a method states otherwise;
/// `CheckedBackend` verifies that. Outputs exist already and do not overlap inputs. Inputs are not written.
/// Methods that need scratch memory return a Bool. If there is not enough memory, they raise an error and return false;
/// the outputs are then undefined.
package protocol Backend: AnyObject, Sendable {
    /// Allocates uninitialized memory. Returns nil if there is not enough.
    func allocate(byteCount: Int) -> Storage?
    /// Returns the error for memory that `allocate` does not have.
    func outOfMemory(byteCount: Int) -> TorchError
    /// What the allocator counts.
    var memoryCounts: MemoryCounts { get }
    /// Sets the largest number of bytes held at one time to the number held now.
    func resetPeakMemory()
    /// Returns unused cached memory to the system.
    func emptyCache()

    // Pointwise

    /// out = formula(inputs), with inputs broadcast to out's sizes, evaluated in `compute`. Returns false and writes
    /// nothing if the formula has no version for `compute`.
    func pointwise(_ formula: Formula, compute: DType, out: Strided, _ inputs: [Strided]) -> Bool
    /// Like `pointwise`, for `count` contiguous elements at each address, all of dtype `compute` (bool for the `out` of
    /// a predicate). `b` is nil for formulas with one input.
    func pointwiseContiguous(
        _ formula: Formula, compute: DType, count: Int, out: UnsafeMutableRawPointer, _ a: UnsafeRawPointer,
        _ b: UnsafeRawPointer?
    ) -> Bool
    /// out = source, broadcast to out's sizes and converted to its dtype.
    func copy(out: Strided, _ source: Strided)
    /// Like `copy`. A copy between a device and pinned host memory may only have begun when this returns.
    func copyLater(out: Strided, _ source: Strided)
    /// Concatenates the sources along `dim` into `out`, whose memory is dense. Sources are not empty and may have any
    /// dtype.
    func cat(out: Strided, _ sources: [Strided], dim: Int)
    /// Sets all elements of `out` to `value`.
    func fill(out: Strided, _ value: Scalar)
    /// Copies the matrices of the last two dimensions, with zeros below the diagonal if `upper`, otherwise above it.
    /// `diagonal` is the offset of the diagonal to the right.
    func triangle(upper: Bool, diagonal: Int, out: Dense, _ input: Dense)
    /// Assembles `out`, whose memory is dense, from `source`, which has the same dtype. For each dimension, at most
    /// three stretches in sequence determine the source coordinates. An element is `filler` if one of its coordinates
    /// lies in a stretch without a start.
    func assemble(out: Strided, _ source: Strided, _ dims: [[Stretch]], filler: Scalar)

    /// Fills `out`, in row-major order, with PyTorch's draws from `generator`. Only `categories` needs scratch memory.
    func draw(_ distribution: RandomDraw, out: Dense, from generator: Generator) -> Bool

    // Reductions: `out` has size 1 along each reduced dimension.

    /// Reduces `input` over `dims` with `op`.
    func reduce(_ op: Reduction, out: Strided, _ input: Strided, dims: [Int]) -> Bool
    /// Computes the maximum or minimum over `dims` (NaN wins) and its first row-major index.
    func reduceArg(max: Bool, values: Strided?, indices: Strided?, _ input: Strided, dims: [Int]) -> Bool
    /// Computes the mean and the variance over `dims`. The divisor of the variance is the count minus `correction`.
    func moments(correction: Double, variance: Strided?, mean: Strided?, _ input: Strided, dims: [Int]) -> Bool
    /// Computes sum |x|^p over `dims`.
    func reducePower(_ p: Double, out: Strided, _ input: Strided, dims: [Int]) -> Bool
    /// Computes the inclusive scan of contiguous memory along `dim`. `indices` (int64) is for maximum and minimum
    /// scans.
    func scan(_ op: Scan, out: Dense, indices: Indices?, _ input: Dense, dim: Int) -> Bool

    // Sorting along the last dimension of contiguous memory. NaN is greater than every number, and the sort is stable.

    /// Sorts each row and writes the sorted values and their argsort.
    func sort(values: Dense?, indices: Indices?, _ input: Dense, descending: Bool) -> Bool
    /// Selects the largest (or smallest) elements of each row and their indices. The size of the results' last
    /// dimension is the number of elements.
    func topk(values: Dense, indices: Indices, _ input: Dense, largest: Bool, sorted: Bool) -> Bool
    /// Selects one element of each row and its index. `k` (from 0) is only used for the k-th smallest element. The
    /// results have size 1 along the last dimension.
    func select(_ what: Selection, k: Int, values: Dense, indices: Indices, _ input: Dense) -> Bool
    /// Computes the argsort of a contiguous matrix's rows, in lexicographic order.
    func sortRows(order: Indices, _ input: Dense) -> Bool
    /// Numbers the runs of equal consecutive rows of a contiguous matrix, and writes the index of each run's first row
    /// to `starts`, which has room for every row. Returns the number of runs.
    func runs(numbers: Indices, starts: Indices, _ input: Dense) -> Int

    // Softmax of contiguous memory along `dim`.

    /// Computes the softmax or, if `log`, the log-softmax.
    func softmax(log: Bool, out: Dense, _ input: Dense, dim: Int) -> Bool
    /// The adjoint of `softmax`: computes the gradient of its input from `grad` and its result.
    func softmaxBackward(log: Bool, out: Dense, grad: Dense, result: Dense, dim: Int) -> Bool

    // Losses.

    /// Computes the cross entropy of rows of logits [rows, classes] and one target for each row: the losses [rows], 0
    /// if the target is no class, and the statistics [2, rows], each row's maximum and the logarithm of its sum. Losses
    /// and statistics have the input's wide dtype. A target is a class or `ignored`. On a CUDA device the kernel checks
    /// this, because the caller would have to wait to read the targets.
    func crossEntropy(losses: Dense, statistics: Dense, _ input: Dense, target: Indices, ignored: Int) -> Bool
    /// The adjoint of `crossEntropy`: computes the gradient of the input. `scale`, one number for all rows or one for
    /// each row, is the gradient of the losses, in their dtype.
    func crossEntropyBackward(out: Dense, scale: Dense, statistics: Dense, _ input: Dense, target: Indices) -> Bool
    /// Computes the CTC losses [batch] of log-probabilities [steps, batch, classes] of float32 or float64, and the
    /// logarithms of the forward variables, [batch, steps, states].
    func ctcLoss(losses: Dense, alpha: Dense, _ input: Dense, _ sequences: CTCSequences)
    /// Computes the gradient of the input from that of the losses. If `zeroInfinity`, sequences with an infinite loss
    /// have gradient 0.
    func ctcLossBackward(
        out: Dense, grad: Dense, losses: Dense, alpha: Dense, _ input: Dense, _ sequences: CTCSequences,
        zeroInfinity: Bool
    ) -> Bool

    // Fourier transforms along the middle dimension of [outer, length, inner].

    /// Computes transforms. `FourierShape.swift` has the sizes and dtypes.
    func fourier(_ shape: FourierShape, out: Dense, _ input: Dense) -> Bool

    // Linear algebra. `Decompositions.swift` has the forms and operands.

    /// Decomposes each matrix of a batch in place, or solves with decompositions. Writes to `info` which matrices
    /// failed.
    func decompose(_ form: DecompositionForm, _ arrays: DecompositionArrays) -> Bool
    /// Computes eigenvalues or singular values, and overwrites `matrices`. `SpectraForm.swift` has the sizes and
    /// dtypes.
    func spectra(
        _ form: SpectraForm, values: Dense, left: Dense?, right: Dense?, info: Dense, overwriting matrices: Dense
    ) -> Bool

    // Attention in blocks. `AttentionOperands.swift` has them. No size is 0.

    /// Computes softmax(query · keyᵀ · scale + mask) · value.
    func attention(_ results: AttentionResults, _ inputs: AttentionInputs) -> Bool
    /// The adjoint of `attention`: computes gradients from the result's gradient `grad` and both results.
    func attentionBackward(
        _ gradients: AttentionGradients, grad: Strided, _ results: AttentionResults, _ inputs: AttentionInputs
    ) -> Bool

    // Normalization of memory without gaps: (x - mean) · rstd · weight + bias. `Dense` operands are in the order of the
    // memory, whatever their sizes. `Normalized.swift` has the forms and operands.

    /// Normalizes rows and writes their statistics. If `centered`, rstd is 1 / sqrt(variance + eps). Otherwise nothing
    /// is subtracted, and rstd is 1 / sqrt(mean of x² + eps).
    func normalize(
        _ form: NormalizedRows, centered: Bool, eps: Double, out: Dense, _ numbers: NormalizationNumbers, _ input: Dense
    ) -> Bool
    /// The adjoint of `normalize`.
    func normalizeBackward(
        _ form: NormalizedRows, centered: Bool, _ gradients: NormalizationGradients, grad: Dense,
        _ numbers: NormalizationNumbers, _ input: Dense
    ) -> Bool
    /// Normalizes channels. If `given`, reads the statistics. Otherwise computes and writes them and the variance (with
    /// divisor n), and rounds the mean to `meanDType`.
    func normalizeChannels(
        _ form: NormalizedChannels, given: Bool, eps: Double, meanDType: DType, out: Dense, variance: Dense?,
        _ numbers: NormalizationNumbers, _ input: Dense
    ) -> Bool
    /// The adjoint of `normalizeChannels`. If `given`, the statistics do not depend on the input.
    func normalizeChannelsBackward(
        _ form: NormalizedChannels, given: Bool, _ gradients: NormalizationGradients, grad: Dense,
        _ numbers: NormalizationNumbers, _ input: Dense
    ) -> Bool

    // Recurrent layers, all steps in one call. `Recurrent.swift` has the forms and operands.

    /// Computes one layer and direction from the inputs' part of its gates, and the last states of its sequences.
    func recurrent(_ form: RecurrentForm, _ arrays: RecurrentArrays, lastHidden: Dense, lastCell: Dense?) -> Bool
    /// The adjoint of `recurrent`: computes the gradients of the inputs' part of the gates and of the first states.
    func recurrentBackward(_ form: RecurrentForm, _ arrays: RecurrentArrays, _ gradients: RecurrentGradients) -> Bool

    // Index tensors. The layouts of `out` and `input` (or `source`) have the same sizes: those of the loops. The
    // methods return false if an index is out of range.

    /// out = input at the indices. `input` has stride 0 along the dimensions that only the indices determine.
    func indexGet(out: Strided, _ input: Strided, _ indices: [IndexOperand], wraps: Bool) -> Bool
    /// Writes or combines `source` into `out` at the indices according to `mode`. Several writes to one element happen
    /// in row-major order. If an index is out of range, nothing is written.
    func indexPut(_ mode: ScatterMode, out: Strided, _ source: Strided, _ indices: [IndexOperand], wraps: Bool) -> Bool
    /// Returns the coordinates of the nonzero elements of contiguous memory as a new int64 array [rank, count]; nil if
    /// there is not enough memory.
    func nonzero(_ input: Dense) -> Strided?
    /// Returns the elements of contiguous `input` at which the contiguous mask (bool, same size) is true, as a new
    /// vector; nil if there is not enough memory.
    func maskedSelect(_ input: Dense, mask: Dense) -> Strided?
    /// Writes the elements of contiguous `source`, in order, to the elements of contiguous `out` at which the mask is
    /// true. If `source` has too few elements, writes nothing and returns false.
    func maskedScatter(out: Dense, mask: Dense, source: Dense) -> Bool
    /// Computes the insertion index of each value in its ascending row. `sorted` is contiguous [rows, n], `sorter` is
    /// nil or the argsort (int64), and `values` is [rows, m] of the same dtype. Half dtypes are not supported. `out` is
    /// int64.
    func searchsorted(out: Indices, sorted: Dense, sorter: Indices?, values: Dense, right: Bool)

    /// out = a @ b (+ bias): [..., m, k] x [..., k, n]. The leading dimensions may be broadcast by stride 0. `out` is
    /// contiguous. For half dtypes, it may be float32 (without bias) and then receives the sums before rounding.
    func matmul(out: Dense, _ a: Strided, _ b: Strided, bias: Dense?) -> Bool

    /// Computes out [rows, width] = the sparse matrix of compressed rows times `dense` [inner, width]: row r is the sum
    /// of values[i] · dense[columns[i]] for i in starts[r]..<starts[r + 1], in order. Returns false if a start or a
    /// column is out of range, and nil if there is no kernel for the dtype.
    func rowProduct(out: Dense, starts: Indices, columns: Indices, values: Dense, _ dense: Dense) -> Bool?

    // Spatial operators on contiguous planes [outer, depth, height, width, inner]. The memory of a channels-last tensor
    // has its channels as the inner dimension, other memory has inner size 1.

    /// Computes the maximum of each window (NaN wins) and the index of its first maximum, or last NaN, in the source
    /// plane.
    func maxPool(values: Dense, indices: Indices?, _ input: Dense, _ windows: [PoolWindows])
    /// Computes the average of each window.
    func avgPool(out: Dense, _ input: Dense, _ windows: [PoolWindows], _ divisor: PoolDivisor)
    /// The adjoint of `avgPool`: computes the gradient of its input.
    func avgPoolBackward(out: Dense, grad: Dense, _ windows: [PoolWindows], _ divisor: PoolDivisor) -> Bool
    /// Sets `out` to zero and adds each element of `grad` at its index in the plane. Elements whose index is out of
    /// range are left out.
    func planeScatter(out: Dense, grad: Dense, indices: Indices) -> Bool
    /// Interpolates along the dimensions that have a resampling. `adjoint` computes the gradient of the input instead:
    /// the sizes of `out` are then those of the interpolation's input.
    func resample(out: Dense, _ input: Dense, _ axes: [Resampling?], adjoint: Bool) -> Bool
    /// Samples planes [N, C, *sizes] at the points of a grid [N, *points, coordinates]: out is [N, C, *points].
    func gridSample(out: Dense, _ input: Dense, grid: Dense, _ options: GridSampling)
    /// The adjoint of `gridSample`: computes the gradients of the planes and of the grid that are not nil.
    func gridSampleBackward(
        inputGrad: Dense?, gridGrad: Dense?, grad: Dense, _ input: Dense, grid: Dense, _ options: GridSampling
    ) -> Bool

    /// Computes one of the three operands of a convolution from the two others: the input [batch, channels, …], the
    /// weight [output channels, input channels of a group, …] and the output, of the plan's sizes and of one dtype.
    /// `out`, whose memory is dense, is the operand that `pass` names; `a` and `b` are the two others in this order.
    /// `bias`, one number for each channel of `out`, is added; a weight's gradient has none. No size is 0.
    func convolution(
        _ pass: ConvolutionPass, _ plan: ConvolutionPlan, out: Strided, _ a: Strided, _ b: Strided, bias: Dense?
    )
        -> Bool

    // Optimizer steps in one pass over contiguous memory. No memory occurs twice in a list.

    /// Performs one step of stochastic gradient descent for each parameter. If `first`, sets the momentum buffers
    /// instead of updating them.
    func sgd(_ list: [SGDTensors], first: Bool, _ options: SGDStep)
    /// Performs one step of Adam or AdamW for each parameter.
    func adam(_ list: [AdamTensors], _ options: AdamStep)
}

/// A range of `length` result coordinates along a dimension. They map to the source coordinates `start`,
/// `start + step`, …, or to filler if `start` is nil.
package struct Stretch: Equatable, Sendable {
    /// The number of coordinates.
    package var length: Int
    /// The first source coordinate; nil for filler.
    package var start: Int?
    /// The step between source coordinates.
    package var step = 1
}

/// What random numbers are drawn.
package enum RandomDraw {
    /// Uniform in [from, to).
    case uniform(Double, Double)
    /// Normal with a mean and a standard deviation. If `singly`, by PyTorch's algorithm for strided memory.
    case normal(Double, Double, singly: Bool)
    /// 1 with the given probability, otherwise 0.
    case bernoulli(Double)
    /// 1 with the probability that the same element of contiguous memory gives, otherwise 0.
    case bernoulliOf(Dense)
    /// Exponential with the given rate.
    case exponential(Double)
    /// Cauchy with a median and a scale.
    case cauchy(Double, Double)
    /// The exponential of normal numbers with a mean and a standard deviation.
    case logNormal(Double, Double)
    /// The number of trials up to the first success of the given probability.
    case geometric(Double)
    /// Integers in [low, high).
    case integers(Int, Int)
    /// Integers from 0 up to the greatest that the dtype represents without gaps.
    case allIntegers
    /// The int64 numbers below the count, in random order.
    case permutation
    /// The slopes of rrelu for contiguous input: uniform in [lower, upper) for elements that are not positive, 1 for
    /// all others.
    case rreluSlopes(Dense, Double, Double)
    /// int64 categories, drawn with replacement by the weights of each row of contiguous memory.
    case categories(Dense)
    /// Standard gamma numbers with the concentrations in contiguous memory of the same dtype, float32 or float64.
    case gamma(Dense)
    /// Rows of Dirichlet numbers with the concentrations in contiguous memory of the same dtype, float32 or float64.
    case dirichlet(Dense)
    /// Poisson numbers with the rates, which are not negative, in contiguous memory of the same dtype.
    case poisson(Dense)
    /// Binomial numbers with the counts and probabilities in contiguous memory of the same dtype, float32 or float64.
    case binomial(Dense, Dense)
}

/// An index tensor with its strides over the loop sizes. Its indices address `size` positions that are `step` elements
/// apart.
package struct IndexOperand {
    /// The indices.
    package var index: Indices
    /// The strides of the indices over the loop sizes, in elements.
    package var strides: [Int]
    /// The number of positions, and the step between them in elements.
    package var size, step: Int
}

/// The targets of a CTC loss and the lengths of its sequences.
package struct CTCSequences {
    /// The labels of all targets.
    package var targets: Indices
    /// For each sequence, the position of its first label, its number of labels, and its number of steps.
    package var targetStarts, targetLengths, inputLengths: [Int]
    /// The class between labels.
    package var blank: Int
}

/// The options of one step of stochastic gradient descent.
package struct SGDStep: Equatable, Sendable {
    /// The learning rate, momentum, dampening and weight decay.
    package var lr, momentum, dampening, weightDecay: Double
    /// Whether to use Nesterov momentum, and whether to maximize.
    package var nesterov, maximize: Bool
}

/// A parameter, its gradient and its momentum, of one dtype and count.
package struct SGDTensors {
    package var parameter, grad: Dense
    package var momentumBuffer: Dense?
}

/// A parameter, its gradient, and its running means, of one dtype and count.
package struct AdamTensors {
    package var parameter, grad, expAvg, expAvgSq: Dense
    package var maxExpAvgSq: Dense?
    /// A float32 number on a CUDA device in the place of the option `step`, if the device counts the steps.
    package var countedStep: Dense? = nil
}

/// The options of one step of Adam, or AdamW if `decoupled`.
package struct AdamStep: Equatable, Sendable {
    /// The number of the step, from 1; 0 if a device counts the steps.
    package var step: Int
    /// The learning rate, the decay rates of the moments, the added epsilon, and the weight decay.
    package var lr, beta1, beta2, eps, weightDecay: Double
    /// Whether the weight decay is decoupled (AdamW), and whether to maximize.
    package var decoupled, maximize: Bool
}

/// The backends of this process.
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
    private static let meta: any Backend = MetaBackend()

    /// Returns the backend of a device that holds memory already, or that `isAvailable` has confirmed.
    @inline(__always)
    static func of(_ device: Device) -> any Backend {
        st_is_unwatched() ? withoutBatches(device) : watched(device)
    }

    /// Returns the backend of a device with what stands before it on this thread: a vmap, else a profile.
    @inline(never)
    private static func watched(_ device: Device) -> any Backend {
        let isProfiled = st_meet_thread()
        if let level = BatchLevel.current { return level }
        return isProfiled ? ProfiledBackend(withoutBatches(device)) : withoutBatches(device)
    }

    /// Like `of`, for the memory of a device itself, also inside `vmap`.
    @inline(__always)
    static func withoutBatches(_ device: Device) -> any Backend {
        device.kind == .cpu ? cpu : backend(of: device)!
    }

    /// Returns the backend of a device, or nil if this process has no such device.
    static func backend(of device: Device) -> (any Backend)? {
        switch device.kind {
        case .cpu: cpu
        case .cuda: cudaBackend(device)
        case .meta: meta
        }
    }

    @inline(never)
    private static func cudaBackend(_ device: Device) -> (any Backend)? {
        guard let devices = try? CUDADevices.shared.get(), let number = devices.number(of: device) else { return nil }
        return devices.backend(number)
    }
}

extension Backend {
    package func copyLater(out: Strided, _ source: Strided) { copy(out: out, source) }
    package func outOfMemory(byteCount: Int) -> TorchError { .outOfMemory(byteCount) }
    package func rowProduct(out: Dense, starts: Indices, columns: Indices, values: Dense, _ dense: Dense) -> Bool? {
        nil
    }
}
