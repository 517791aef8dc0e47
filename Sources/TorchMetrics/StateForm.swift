import Torch

/// The shape and dtype of a metric's state on one rank. Ranks tell them to each other before they join the states.
struct StateForm {
    /// Whether the state has a batch. Without one, a rank may not know the form that the others have.
    let isKnown: Bool
    let dtype: DType
    let shape: [Int]

    private static let mostDimensions = 16

    init(isKnown: Bool, _ value: Tensor) {
        (self.isKnown, dtype, shape) = (isKnown, value.dtype, Array(value.shape))
    }

    /// The numbers that `gather` sends: without the sizes behind the most dimensions.
    private var numbers: [Int] {
        let most = StateForm.mostDimensions, sizes = shape.prefix(most)
        let rest = [Int](repeating: 0, count: most - sizes.count)
        return [isKnown ? 1 : 0, DType.allCases.firstIndex(of: dtype)!, shape.count] + sizes + rest
    }

    private init(_ numbers: [Int]) throws {
        guard numbers[2] <= StateForm.mostDimensions else {
            throw TorchError(.value, "a state of a metric has \(numbers[2]) dimensions: too many")
        }
        (isKnown, dtype, shape) = (numbers[0] == 1, DType.allCases[numbers[1]], Array(numbers[3..<3 + numbers[2]]))
    }

    /// Returns the forms of all states on all ranks: [states][ranks].
    /// - Throws: what the group throws, and `TorchError` if a state has too many dimensions. All ranks then throw.
    static func gather(_ forms: [StateForm], _ group: some MetricGroup) throws -> [[StateForm]] {
        let length = mostDimensions + 3
        let ranks = try group.allGather(Tensor(forms.flatMap(\.numbers))).map { $0.toArray(as: Int.self) }
        return try forms.indices.map { k in
            try ranks.map { try StateForm(Array($0[k * length..<(k + 1) * length])) }
        }
    }

    /// Whether the sizes and the dtype are equal. Of rows, the number does not count.
    func matches(_ other: StateForm, asRows: Bool) -> Bool {
        let skipped = asRows ? 1 : 0
        return dtype == other.dtype && shape.count == other.shape.count
            && shape.dropFirst(skipped) == other.shape.dropFirst(skipped)
    }

    /// Whether a tensor of this shape broadcasts to another one.
    func broadcasts(to other: StateForm) -> Bool {
        shape.count <= other.shape.count
            && zip(shape.reversed(), other.shape.reversed()).allSatisfy { $0 == 1 || $0 == $1 }
    }
}
