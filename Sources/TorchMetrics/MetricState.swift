import Torch

/// How the states of several batches or ranks are joined. torchmetrics: `dist_reduce_fx`.
public enum MetricReduction: Sendable {
    /// The sum.
    case sum
    /// The mean, in which every batch and every rank counts the same.
    case mean
    /// The greatest element at each place.
    case max
    /// The least element at each place.
    case min
    /// All rows one after the other.
    case cat
}

/// A tensor that a metric keeps from batch to batch. torchmetrics: what `add_state` adds.
public final class MetricState {
    /// The name.
    public let name: String
    /// How two states are joined.
    public let reduction: MetricReduction
    private let initial: Tensor?
    private var parts: [Tensor]

    /// Creates a state that begins with a value.
    public init(_ name: String, _ initial: Tensor, reduction: MetricReduction = .sum) {
        self.name = name
        self.reduction = reduction
        self.initial = initial
        parts = [initial]
    }

    /// Creates a state that collects the rows of all batches. It begins without any.
    public init(rows name: String) {
        self.name = name
        reduction = .cat
        initial = nil
        parts = []
    }

    /// The value. If it collects rows, they are in one tensor; without rows that is an empty one.
    public var value: Tensor {
        get {
            if parts.count > 1 { parts = [cat(parts, dim: 0)] }
            return parts.first ?? Tensor.zeros(0)
        }
        set { parts = [newValue] }
    }

    /// Adds the rows of a batch.
    /// - Precondition: the state collects rows.
    public func append(_ rows: Tensor) {
        precondition(reduction == .cat, "\(name) does not collect rows")
        parts.append(rows)
    }

    /// Whether it has no rows yet.
    var isEmpty: Bool { parts.isEmpty }

    /// What a state can be set back to.
    typealias Snapshot = [Tensor]

    var snapshot: Snapshot {
        get { parts }
        set { parts = newValue }
    }

    func reset() { parts = initial.map { [$0] } ?? [] }

    /// Joins what came before with the value, which is that of one more batch.
    /// - Parameter count: the number of batches before.
    func join(after earlier: Snapshot, count: Int) {
        if reduction == .cat {
            parts = earlier + parts
        } else if count > 0, let old = earlier.first {
            value =
                switch reduction {
                case .sum: old + value
                case .mean: (old * count + value) / (count + 1)
                case .max: old.maximum(value)
                case .min: old.minimum(value)
                case .cat: value
                }
        }
    }

    /// Joins the values of all ranks.
    func sync(_ group: some MetricGroup) throws {
        if reduction == .cat { return try syncRows(group) }
        let all = stack(try group.allGather(value.contiguous()))
        value =
            switch reduction {
            case .sum, .cat: all.sum(dim: 0)
            case .mean: all.mean(dim: 0)
            case .max: all.amax(0)
            case .min: all.amin(0)
            }
    }

    /// Ranks may have different numbers of rows, and a rank without rows does not know their form. So the forms are
    /// gathered first, and then rows that are filled up to the largest number.
    private func syncRows(_ group: some MetricGroup) throws {
        let dtypes = DType.allCases, most = 16
        var form = [Int](repeating: 0, count: most + 2)
        if !isEmpty {
            guard value.dim <= most else { throw TorchError(.value, "\(name): more than \(most) dimensions") }
            form[0] = dtypes.firstIndex(of: value.dtype)! + 1
            form[1] = value.dim
            for (k, size) in value.shape.enumerated() { form[k + 2] = size }
        }
        let forms = try group.allGather(Tensor(form)).map { $0.toArray(as: Int.self) }
        guard let known = forms.first(where: { $0[0] > 0 }) else { return }
        guard forms.allSatisfy({ $0[0] == 0 || $0[..<2] == known[..<2] && $0[3...] == known[3...] }) else {
            throw TorchError(.value, "\(name): the rows of the ranks have different forms")
        }
        let inner = Array(known[3..<3 + max(0, known[1] - 1)]), counts = forms.map { $0[2] }, count = counts.max() ?? 0
        let filled = Tensor.zeros([count] + inner, dtype: dtypes[known[0] - 1])
        if !isEmpty { filled.narrow(0, 0, value.size(0)).copy_(value) }
        let all = try group.allGather(filled)
        parts = zip(all, counts).map { $0.narrow(0, 0, $1) }
    }
}

/// The ranks over which metrics are joined. `sync` needs nothing else of a library for distributed training:
///
/// ```swift
/// struct World: MetricGroup {
///     func allGather(_ tensor: Tensor) throws -> [Tensor] {
///         let parts = (0..<dist.worldSize).map { _ in Tensor.emptyLike(tensor) }
///         dist.allGather(parts, tensor)
///         return parts
///     }
/// }
/// ```
public protocol MetricGroup {
    /// Returns the tensors of all ranks in the order of the ranks. Every rank calls it with a contiguous tensor of the
    /// same shape and dtype.
    func allGather(_ tensor: Tensor) throws -> [Tensor]
}
