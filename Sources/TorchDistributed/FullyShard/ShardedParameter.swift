import Locks
import Torch

/// A parameter that `fullyShard` has divided. Its tensor is this process's part of the rows, or all rows while they are
/// gathered.
final class ShardedParameter {
    /// The parameter's name in the module that was divided.
    let name: String
    /// The module's parameter.
    let tensor: Tensor
    /// The sizes of the whole parameter.
    let sizes: [Int]
    /// The processes that have parts.
    let group: ProcessGroup
    /// The number of elements that each process sends: those of its rows, and what is missing to the first one's.
    let paddedCount: Int
    /// This process's rows.
    let rows: Range<Int>

    /// What the tensor is while the rows are not gathered; nil while it is that.
    private var part: Tensor?
    private var partGradient: Tensor?
    /// The memory of the gathered rows: for each process, `paddedCount` elements. It is empty between the passes.
    private var whole: Tensor?
    private var wholeVersion: UInt32 = 0
    /// The gradient of passes without reduction, in the gathered rows' dtype.
    private var wholeGradient: Tensor?
    /// The same in the dtype of reductions, if that is another.
    private var unreduced: Tensor?

    /// Keeps this process's rows and frees the others.
    init(_ name: String, _ tensor: Tensor, _ group: ProcessGroup) {
        self.name = name
        self.tensor = tensor
        self.group = group
        sizes = tensor.shape.sizes
        let count = group.size
        let chunk = (sizes[0] + count - 1) / count
        paddedCount = chunk * sizes.dropFirst().reduce(1, *)
        let first = min(sizes[0], group.rank * chunk)
        rows = first..<min(sizes[0], first + chunk)
        tensor.grad = nil
        tensor.replaceData { [rows] in $0.narrow(0, rows.lowerBound, rows.count).clone() }
        ShardedParameters.add(self)
    }

    deinit { ShardedParameters.remove(tensor) }

    /// Returns the divided parameter that a tensor is, or nil.
    static func of(_ tensor: Tensor) -> ShardedParameter? { ShardedParameters.find(tensor) }

    var isGathered: Bool { part != nil }
    /// The dtype of the part.
    var dtype: DType { (part ?? tensor).dtype }
    var device: Device { (part ?? tensor).device }
    var partSizes: [Int] { [rows.count] + sizes.dropFirst() }
    private var count: Int { group.size }
    var partCount: Int { rows.count * sizes.dropFirst().reduce(1, *) }
    private var elementCount: Int { sizes.reduce(1, *) }

    // MARK: Parts of other tensors of the parameter's sizes, such as an optimizer's state

    /// Returns this process's part with its place.
    func shard(_ part: Tensor) -> TensorShard {
        TensorShard(part, offsets: [rows.lowerBound] + sizes.dropFirst().map { _ in 0 }, globalSizes: sizes)
    }

    /// Returns this process's rows, which do not keep the memory of the others.
    func part(of whole: Tensor) -> Tensor {
        noGrad { whole.detach().narrow(0, rows.lowerBound, rows.count).clone() }
    }

    /// Returns the rows of all processes. All call this.
    func gathered(_ part: Tensor) -> Tensor {
        let own = Tensor.empty([paddedCount], dtype: part.dtype, device: part.device)
        copy(part, toPadded: own)
        let parts = Tensor.empty([count * paddedCount], dtype: part.dtype, device: part.device)
        if count == 1 { return own.narrow(0, 0, elementCount).view(sizes) }
        _ = group.allGather(into: parts, own, asyncOp: false)
        return parts.narrow(0, 0, elementCount).view(sizes)
    }

    private func copy(_ part: Tensor, toPadded memory: Tensor) {
        noGrad {
            _ = memory.narrow(0, 0, partCount).copy_(part.detach().reshape([-1]))
            if partCount < paddedCount { _ = memory.narrow(0, partCount, paddedCount - partCount).zero_() }
        }
    }

    // MARK: Gathering

    /// Copies the part to memory of `paddedCount` elements.
    func copyPart(to memory: Tensor) { copy(part ?? tensor, toPadded: memory) }

    /// Makes the tensor whole.
    /// - Parameter parts: all elements in order, with what is missing to the first process's part of each, as parts of
    ///   equal size, in the dtype to compute with.
    func becomeWhole(from parts: Tensor) {
        if isGathered { return }
        let part = tensor.detach()
        partGradient = tensor.grad
        tensor.grad = nil
        if whole?.dtype != parts.dtype || whole?.device != parts.device {
            whole = Tensor.empty([count * paddedCount], dtype: parts.dtype, device: parts.device)
            // Far from the versions of parts, so that autograd never takes a part for what it has saved.
            wholeVersion = 1 << 30
            wholeGradient = nil
        }
        guard let whole, !whole.isVoid else { return }
        let hasMemory = whole.storage.refill(
            byteCount: count * paddedCount * parts.dtype.itemSize, version: wholeVersion
        ) {
            noGrad { _ = whole.view(parts.shape.sizes).copy_(parts) }
        }
        guard hasMemory else {
            return raise(.runtime, "fully_shard: not enough memory to gather the parameter \(name)")
        }
        self.part = part
        let rows = whole.narrow(0, 0, elementCount).view(sizes)
        tensor.replaceData { _ in rows }
        tensor.grad = wholeGradient
        wholeGradient = nil
    }

    /// Copies gathered elements from a position on.
    func copyGathered(from position: Int, to memory: Tensor) {
        guard isGathered, let whole else { return }
        noGrad { _ = memory.copy_(whole.narrow(0, position, memory.numel())) }
    }

    /// Makes the tensor this process's part again, and frees the memory of the gathered rows.
    func becomePart() {
        guard let part, let whole else { return }
        wholeGradient = tensor.grad
        tensor.grad = nil
        tensor.replaceData { _ in part }
        tensor.grad = partGradient
        self.part = nil
        partGradient = nil
        wholeVersion = whole.storage.drain()
    }

    // MARK: Gradients

    /// Whether passes have left a gradient that is not reduced yet.
    var hasGradient: Bool { unreduced != nil || (isGathered ? tensor.grad : wholeGradient) != nil }

    /// Lets the gradient of this pass wait for a later reduction, in that one's dtype.
    func keepGradient(in dtype: DType) {
        guard let grad = isGathered ? tensor.grad : wholeGradient, grad.dtype != dtype else { return }
        noGrad {
            if let unreduced { _ = unreduced.add_(grad) } else { unreduced = grad.detach().to(dtype) }
        }
        forgetGradient()
    }

    /// Clears the gradient that the part has while the rows are gathered.
    func clearPartGradient(setToNone: Bool) {
        if setToNone { partGradient = nil } else { noGrad { _ = partGradient?.zero_() } }
    }

    private func forgetGradient() {
        if isGathered { tensor.grad = nil } else { wholeGradient = nil }
    }

    /// Takes the gradient away, as memory for a reduction: for each process its rows.
    /// - Parameter memory: [count, paddedCount].
    func takeGradient(to memory: Tensor) {
        noGrad {
            if var grad = isGathered ? tensor.grad : wholeGradient {
                if grad.isSparse || grad.isSparseCsr { grad = grad.toDense() }
                copy(grad.detach().reshape([-1]), to: memory)
                if let unreduced {
                    let sum = Tensor.empty([count, paddedCount], dtype: memory.dtype, device: memory.device)
                    copy(unreduced.reshape([-1]), to: sum)
                    _ = memory.add_(sum)
                }
            } else if let unreduced {
                copy(unreduced.reshape([-1]), to: memory)
            }
        }
        unreduced = nil
        forgetGradient()
    }

    /// Copies all elements, in order, to rows of `paddedCount` elements. What remains of the rows becomes zero.
    private func copy(_ elements: Tensor, to memory: Tensor) {
        if paddedCount == 0 { return }
        let full = elementCount / paddedCount, rest = elementCount % paddedCount
        if full > 0 {
            _ = memory.narrow(0, 0, full).copy_(elements.narrow(0, 0, full * paddedCount).view([full, paddedCount]))
        }
        if full == count { return }
        _ = memory.narrow(0, full, count - full).zero_()
        if rest > 0 {
            _ = memory.select(0, full).narrow(0, 0, rest).copy_(elements.narrow(0, full * paddedCount, rest))
        }
    }

    /// Adds this process's part of a reduced gradient.
    /// - Parameter elements: the part's elements.
    func addPartGradient(_ elements: Tensor) {
        noGrad {
            let new = elements.view(partSizes).to(dtype)
            if let old = isGathered ? partGradient : tensor.grad {
                _ = old.add_(new)
            } else if isGathered {
                partGradient = new
            } else {
                tensor.grad = new
            }
        }
    }

    /// Forgets what a failed pass has left.
    func reset() {
        becomePart()
        wholeGradient = nil
        unreduced = nil
    }
}

/// The divided parameters of this process, by their tensors.
private enum ShardedParameters {
    private struct Entry: @unchecked Sendable { weak var parameter: ShardedParameter? }

    private static let known = Mutex<[ObjectIdentifier: Entry]>([:])

    static func add(_ parameter: ShardedParameter) {
        let entry = Entry(parameter: parameter)
        known.withLock { $0[ObjectIdentifier(parameter.tensor)] = entry }
    }

    static func remove(_ tensor: Tensor) { known.withLock { $0[ObjectIdentifier(tensor)] = nil } }

    static func find(_ tensor: Tensor) -> ShardedParameter? {
        known.withLock { $0[ObjectIdentifier(tensor)] }?.parameter
    }
}
