import Synchronization

/// How tensors are printed. PyTorch: what `torch.set_printoptions` sets.
public struct PrintOptions: Sendable, Hashable {
    /// Digits after the point of a floating-point element.
    public var precision: Int
    /// Tensors of more elements than this are summarised with `...`.
    public var threshold: Int
    /// Elements shown at each end of a summarised dimension.
    public var edgeItems: Int
    /// The width in characters that lines of elements are broken to.
    public var lineWidth: Int
    /// Whether floating-point elements have an exponent; nil leaves it to their magnitudes.
    public var sciMode: Bool?

    /// The options that PyTorch starts with, but for what is given.
    public init(
        precision: Int = 4, threshold: Int = 1000, edgeItems: Int = 3, lineWidth: Int = 80, sciMode: Bool? = nil
    ) {
        self.precision = precision
        self.threshold = threshold
        self.edgeItems = edgeItems
        self.lineWidth = lineWidth
        self.sciMode = sciMode
    }

    /// A named set of options. PyTorch: the `profile` of `torch.set_printoptions`.
    public enum Profile: String, Sendable, CaseIterable {
        case `default`
        /// Two digits after the point, two elements at each end.
        case short
        /// Every element, however many there are.
        case full
    }

    public init(_ profile: Profile) {
        switch profile {
        case .default: self.init()
        case .short: self.init(precision: 2, edgeItems: 2)
        case .full: self.init(threshold: .max)
        }
    }

    /// Every double has its exact decimal form within so many digits after the point.
    private static let maxPrecision = 1074

    /// Whether the options make sense; what does not is raised.
    var areValid: Bool {
        if precision < 0 || precision > PrintOptions.maxPrecision {
            raise(
                .value,
                "set_printoptions: precision must be in the range [0, \(PrintOptions.maxPrecision)], but got \(precision)"
            )
        } else if threshold < 0 {
            raise(.value, "set_printoptions: threshold must not be negative, but got \(threshold)")
        } else if edgeItems < 0 {
            raise(.value, "set_printoptions: edgeitems must not be negative, but got \(edgeItems)")
        } else if lineWidth < 0 {
            raise(.value, "set_printoptions: linewidth must not be negative, but got \(lineWidth)")
        } else {
            return true
        }
        return false
    }
}

private let current = Mutex(PrintOptions())

/// The options that tensors are printed with in this process. PyTorch: `torch._tensor_str.get_printoptions`.
public var printOptions: PrintOptions { current.withLock { $0 } }

/// Changes how tensors are printed from now on, on all threads. PyTorch: `torch.set_printoptions`.
///
/// - Parameters:
///   - precision: digits after the point, at most 1074.
///   - threshold: tensors of more elements than this are summarised.
///   - edgeItems: elements shown at each end of a summarised dimension.
///   - lineWidth: characters in a line.
///   - profile: a set of the four above to start from; what is given beside it counts.
///   - sciMode: with an exponent or without; as in PyTorch, a call without it goes back to choosing by magnitude.
/// - Precondition: no number is negative.
public func setPrintOptions(
    precision: Int? = nil, threshold: Int? = nil, edgeItems: Int? = nil, lineWidth: Int? = nil,
    profile: PrintOptions.Profile? = nil, sciMode: Bool? = nil
) {
    current.withLock { current in
        var new = profile.map(PrintOptions.init) ?? current
        if let precision { new.precision = precision }
        if let threshold { new.threshold = threshold }
        if let edgeItems { new.edgeItems = edgeItems }
        if let lineWidth { new.lineWidth = lineWidth }
        new.sciMode = sciMode
        if new.areValid { current = new }
    }
}
