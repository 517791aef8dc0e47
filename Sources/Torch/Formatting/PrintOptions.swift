import Locks

/// The options for printing tensors. PyTorch: the settings of `torch.set_printoptions`.
public struct PrintOptions: Sendable, Hashable {
    /// The number of digits after the decimal point of a floating-point element.
    public var precision: Int
    /// The number of elements above which tensors are summarised with `...`.
    public var threshold: Int
    /// The number of elements shown at each end of a summarised dimension.
    public var edgeItems: Int
    /// The line width in characters, at which lines of elements are wrapped.
    public var lineWidth: Int
    /// Whether floating-point elements are printed with an exponent; nil chooses it by their magnitudes.
    public var sciMode: Bool?

    /// Creates options; the default values are PyTorch's.
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
        /// PyTorch's default options.
        case `default`
        /// Two digits after the decimal point, and two elements at each end.
        case short
        /// Prints all elements of every tensor.
        case full
    }

    /// Creates the options of a profile.
    public init(_ profile: Profile) {
        switch profile {
        case .default: self.init()
        case .short: self.init(precision: 2, edgeItems: 2)
        case .full: self.init(threshold: .max)
        }
    }

    /// The number of digits after the decimal point within which every double has its exact decimal form.
    private static let maxPrecision = 1074

    /// Whether the options are valid; raises an error if they are not.
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

/// The options for printing tensors in this process. PyTorch: `torch._tensor_str.get_printoptions`.
public var printOptions: PrintOptions { current.withLock { $0 } }

/// Changes the options for printing tensors, for all threads. PyTorch: `torch.set_printoptions`.
///
/// - Parameters:
///   - precision: digits after the decimal point, at most 1074.
///   - threshold: the number of elements above which tensors are summarised.
///   - edgeItems: elements shown at each end of a summarised dimension.
///   - lineWidth: characters in a line.
///   - profile: a set of options to start from; the other arguments override it.
///   - sciMode: whether to print an exponent. If nil, the magnitudes decide from now on, as in PyTorch.
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
