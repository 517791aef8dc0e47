/// A number or a list of numbers. PyTorch: an argument that is `float` or a sequence.
public protocol NumberOrNumbers: Sendable {
    /// The numbers of the list, or the only number.
    var numbers: [Double] { get }
    /// Whether it was written as a number, not as a list.
    var isNumber: Bool { get }
}

/// A number that a list of numbers can hold.
public protocol ListedNumber: Sendable {
    /// The number as a `Double`.
    var listed: Double { get }
}

extension Int: ListedNumber, NumberOrNumbers {
    /// The number as a `Double`.
    public var listed: Double { Double(self) }
    /// The numbers of the list, or the only number.
    public var numbers: [Double] { [Double(self)] }
    /// Whether it was written as a number, not as a list.
    public var isNumber: Bool { true }
}

extension Double: ListedNumber, NumberOrNumbers {
    /// The number as a `Double`.
    public var listed: Double { self }
    /// The numbers of the list, or the only number.
    public var numbers: [Double] { [self] }
    /// Whether it was written as a number, not as a list.
    public var isNumber: Bool { true }
}

extension Array: NumberOrNumbers where Element: ListedNumber {
    /// The numbers of the list, or the only number.
    public var numbers: [Double] { map(\.listed) }
    /// Whether it was written as a number, not as a list.
    public var isNumber: Bool { false }
}

/// A number of pixels or a list of such numbers. PyTorch: an argument that is `int` or a sequence.
public protocol PixelsOrList: Sendable {
    /// The numbers of the list, or the only number.
    var pixels: [Int] { get }
    /// Whether it was written as a number, not as a list.
    var isNumber: Bool { get }
}

extension Int: PixelsOrList {
    /// The numbers of the list, or the only number.
    public var pixels: [Int] { [self] }
}

extension Array: PixelsOrList where Element == Int {
    /// The numbers of the list, or the only number.
    public var pixels: [Int] { self }
}

extension PixelsOrList {
    /// Height and width: one number stands for both. Returns nil for a list of another length.
    var heightAndWidth: (Int, Int)? {
        switch pixels.count {
        case 1: (pixels[0], pixels[0])
        case 2: (pixels[0], pixels[1])
        default: nil
        }
    }

    /// Like `heightAndWidth`. Raises and returns zeros for a list of another length.
    func heightAndWidthOrFail() -> (Int, Int) {
        if let size = heightAndWidth { return size }
        _ = TF.failed(.value, "Please provide only two dimensions (h, w) for size.")
        return (0, 0)
    }
}
