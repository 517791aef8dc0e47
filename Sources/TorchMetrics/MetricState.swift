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
    /// The value, in parts if it collects rows. Each part has more than the part behind it, so there are few, however
    /// many batches came: else every batch would cost as many steps as there were batches before.
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
        set { parts = [newValue.detach()] }
    }

    /// Adds the rows of a batch. They are copied, so the caller may write to the tensor later.
    /// - Precondition: the state collects rows.
    public func append(_ rows: Tensor) {
        guard reduction == .cat else { return raise(.value, "the state \(name) does not collect rows") }
        parts.append(rows.detach().clone())
        mergeParts()
    }

    /// Joins the last two parts while the last one has as many rows. A row is copied about log₂ times of all rows.
    private func mergeParts() {
        while let last = parts.last, let before = parts.dropLast().last, last.dim > 0, before.dim > 0,
            before.size(0) <= last.size(0)
        {
            parts.removeLast(2)
            parts.append(cat([before, last], dim: 0))
        }
    }

    /// The device of the value; nil without rows.
    var device: Device? { parts.first?.device }

    func move(to device: Device) { parts = parts.map { $0.to(device) } }

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
        let earlier = device.map { device in earlier.map { $0.to(device) } } ?? earlier
        if reduction == .cat {
            parts = earlier + parts
            mergeParts()
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

    /// The form of the value on this rank.
    /// - Parameter isUpdated: whether the metric had a batch.
    func form(isUpdated: Bool) -> StateForm {
        StateForm(isKnown: reduction == .cat ? !parts.isEmpty : isUpdated, value)
    }

    /// Joins the values of all ranks, whose forms are given. A rank without a batch takes the form of the others.
    /// - Throws: what the group throws, and `TorchError` if the forms do not fit each other. All ranks then throw.
    func sync(_ group: some MetricGroup, _ forms: [StateForm]) throws {
        let isRows = reduction == .cat, known = forms.filter(\.isKnown)
        // Nobody has rows.
        guard let form = known.first ?? (isRows ? nil : forms.first) else { return }
        guard known.allSatisfy({ $0.matches(form, asRows: isRows) }),
            isRows || forms.allSatisfy({ $0.broadcasts(to: form) })
        else { throw TorchError(.value, "\(name): the states of the ranks have different forms") }
        if isRows { return try syncRows(group, form, forms.map { $0.isKnown ? $0.shape.first ?? 0 : 0 }) }
        let all = stack(try group.allGather(value.to(form.dtype).expand(form.shape).contiguous()))
        value =
            switch reduction {
            case .sum, .cat: all.sum(dim: 0)
            case .mean: all.mean(dim: 0)
            case .max: all.amax(0)
            case .min: all.amin(0)
            }
    }

    /// Joins the rows of all ranks. Each rank gives as many as the one with the most: what is missing is filled up.
    /// - Parameter counts: the numbers of rows.
    private func syncRows(_ group: some MetricGroup, _ form: StateForm, _ counts: [Int]) throws {
        let filled = Tensor.zeros(
            [counts.max() ?? 0] + form.shape.dropFirst(), dtype: form.dtype, device: device ?? .default)
        if !parts.isEmpty { filled.narrow(0, 0, value.size(0)).copy_(value) }
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
