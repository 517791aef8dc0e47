import Torch

/// What a plot can be drawn of: a tensor, an array of numbers, or a range of integers.
///
/// A number that is NaN or infinite has no place in a plot: a line has a gap there, and points and bars are left out.
public protocol PlotValues {
    /// The numbers in order.
    var plotValues: [Double] { get }
}

extension Tensor: PlotValues {
    /// The elements in order, from any device.
    public var plotValues: [Double] { detach().toArray(as: Double.self) }
}

extension Array: PlotValues where Element: TensorElement {
    /// The numbers in order.
    public var plotValues: [Double] { map(\.scalar.doubleValue) }
}

extension Range: PlotValues where Bound == Int {
    /// The numbers in order.
    public var plotValues: [Double] { map(Double.init) }
}

extension ClosedRange: PlotValues where Bound == Int {
    /// The numbers in order.
    public var plotValues: [Double] { map(Double.init) }
}

/// Smooths a series as TensorBoard does: returns the mean of each number and those before it, in which each step back
/// counts `weight` times as much.
///
/// The mean is corrected for its short past, so it begins with the first number. Numbers that are NaN or infinite stay
/// and do not count. A series of equal numbers stays as it is.
/// - Parameters:
///   - values: the series.
///   - weight: TensorBoard's slider, in 0...1; 0 changes nothing.
public func smoothed(_ values: some PlotValues, weight: Double) -> [Double] {
    let values = values.plotValues
    guard (0...1).contains(weight) else {
        raise(.value, "smoothed: the weight must lie in 0...1, got \(weight)")
        return values
    }
    if values.allSatisfy({ $0 == values[0] }) { return values }
    var last = 0.0, share = 1.0
    return values.map { value in
        guard value.isFinite else { return value }
        last = last * weight + (1 - weight) * value
        share *= weight
        return weight == 1 ? last : last / (1 - share)
    }
}
