import Foundation
import Torch

/// The borders of a histogram's bins. NumPy: the argument `bins` of `numpy.histogram`.
///
/// An integer literal is a number of bins, an array literal is a list of borders.
public enum HistogramBins: Sendable, Equatable {
    /// TensorFlow's: each border is 1.1 times the one before, from 1e-12 to 1e20, and likewise below zero.
    case tensorflow
    /// The finer of `fd` and `sturges`, but not finer than twice `sqrt`.
    case auto
    /// Freedman and Diaconis: by the distance of the quartiles.
    case fd
    /// Doane: Sturges' rule for skewed distributions.
    case doane
    /// Scott: by the standard deviation.
    case scott
    /// Stone: the number of bins with the least estimated error.
    case stone
    /// Rice: twice the cube root of the number of values.
    case rice
    /// Sturges: the logarithm of the number of values.
    case sturges
    /// The square root of the number of values.
    case sqrt
    /// Bins of equal width between the least and the greatest value.
    case count(Int)
    /// Borders in ascending order. The last one belongs to the last bin.
    case edges([Double])

    private static let tensorflowEdges: [Double] = {
        var borders: [Double] = [], border = 1e-12
        while border < 1e20 {
            borders.append(border)
            border *= 1.1
        }
        return borders.reversed().map { -$0 } + [0] + borders
    }()

    /// Returns the number of values in each bin, and the borders. Raises NumPy's error and returns nil if the bins do
    /// not fit the values.
    func counts(_ values: [Double]) -> (counts: [Int], edges: [Double])? {
        switch self {
        case .tensorflow:
            let edges = HistogramBins.tensorflowEdges
            return (HistogramBins.tally(values, edges), edges)
        case .edges(let edges):
            guard edges.count >= 2 else {
                raise(.value, "`bins` must have at least two borders")
                return nil
            }
            guard zip(edges, edges.dropFirst()).allSatisfy({ $0 <= $1 }) else {
                raise(.value, "`bins` must increase monotonically, when an array")
                return nil
            }
            return (HistogramBins.tally(values, edges), edges)
        case .count(let count):
            guard count >= 1 else {
                raise(.value, "`bins` must be positive, when an integer")
                return nil
            }
            guard let range = EqualBins.range(values), HistogramBins.fits(Double(count)) else { return nil }
            return EqualBins(first: range.first, last: range.last, count: count).counts(values)
        default:
            guard let range = EqualBins.range(values) else { return nil }
            let width = BinWidth(values, range).of(self)
            var count = 1.0
            if width > 0 { count = ((range.last - range.first) / width).rounded(.up) }
            guard HistogramBins.fits(count) else { return nil }
            return EqualBins(first: range.first, last: range.last, count: Int(count)).counts(values)
        }
    }

    /// Returns whether there is memory for so many bins; raises if not. NumPy would run out of memory.
    private static func fits(_ count: Double) -> Bool {
        if count <= 1e8 { return true }
        raise(.value, "Too many bins for data range. Cannot create \(PythonRepr.of(count)) finite-sized bins.")
        return false
    }

    /// Counts the values between each two borders. Values outside of all, and NaN, are left out.
    private static func tally(_ values: [Double], _ edges: [Double]) -> [Int] {
        var counts = [Int](repeating: 0, count: edges.count - 1)
        let last = edges[edges.count - 1]
        edges.withUnsafeBufferPointer { edges in
            for value in values where value >= edges[0] && value <= last {
                // The number of borders that are not above the value.
                var low = 0, high = edges.count
                while low < high {
                    let middle = (low + high) / 2
                    if edges[middle] <= value { low = middle + 1 } else { high = middle }
                }
                if low == edges.count {
                    // The last border belongs to the last bin, even if equal borders make that bin a point.
                    low -= 1
                }
                counts[low - 1] += 1
            }
        }
        return counts
    }
}

extension HistogramBins: ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral {
    public init(integerLiteral count: Int) { self = .count(count) }
    public init(arrayLiteral edges: Double...) { self = .edges(edges) }
}

/// Bins of equal width.
struct EqualBins {
    let first, last: Double
    let count: Int

    /// Returns the least and the greatest value, or borders around the only one. Raises and returns nil if one is not
    /// finite.
    static func range(_ values: [Double]) -> (first: Double, last: Double)? {
        guard values.allSatisfy(\.isFinite), let least = values.min(), let most = values.max() else {
            raise(.value, "autodetected range of the values is not finite")
            return nil
        }
        return least == most ? (least - 0.5, most + 0.5) : (least, most)
    }

    private var edges: [Double] {
        // NumPy's linspace.
        let step = (last - first) / Double(count)
        return (0..<count).map { Double($0) * step + first } + [last]
    }

    func counts(_ values: [Double]) -> (counts: [Int], edges: [Double])? {
        let edges = edges
        guard zip(edges, edges.dropFirst()).allSatisfy({ $0 < $1 }) else {
            raise(.value, "Too many bins for data range. Cannot create \(count) finite-sized bins.")
            return nil
        }
        var counts = [Int](repeating: 0, count: count)
        for value in values where value >= first && value <= last {
            var bin = Int((value - first) / (last - first) * Double(count))
            if bin == count { bin -= 1 }
            // Rounding may have put a value beside its bin.
            if value < edges[bin] { bin -= 1 }
            if bin != count - 1, value >= edges[bin + 1] { bin += 1 }
            counts[bin] += 1
        }
        return (counts, edges)
    }
}

/// The rules that find a width of bins. NumPy: `numpy.histogram_bin_edges`.
private struct BinWidth {
    private let values: [Double]
    private let range: (first: Double, last: Double)
    private var size: Double { Double(values.count) }
    /// The distance of the least and the greatest value.
    private let spread: Double

    init(_ values: [Double], _ range: (first: Double, last: Double)) {
        self.values = values
        self.range = range
        spread = values.max()! - values.min()!
    }

    /// Returns the width; 0 for one bin.
    func of(_ rule: HistogramBins) -> Double {
        switch rule {
        case .sqrt: spread / size.squareRoot()
        case .sturges: spread / (log2(size) + 1)
        case .rice: spread / (2 * pow(size, 1 / 3))
        case .scott: pow(24 * Double.pi.squareRoot() / size, 1 / 3) * deviation
        case .fd: 2 * quartileDistance * pow(size, -1 / 3)
        case .auto: min(max(of(.fd), of(.sqrt) / 2), of(.sturges))
        case .doane: doane
        case .stone: stone
        case .tensorflow, .count, .edges: 0
        }
    }

    private var mean: Double { PairwiseSum.of(values) / size }
    private var deviation: Double {
        let mean = mean
        return (PairwiseSum.of(values.map { ($0 - mean) * ($0 - mean) }) / size).squareRoot()
    }

    private var quartileDistance: Double {
        let sorted = values.sorted()
        func quantile(_ q: Double) -> Double {
            let position = q * Double(sorted.count - 1), below = Int(position)
            let above = min(below + 1, sorted.count - 1), rest = position - Double(below)
            return sorted[below] + (sorted[above] - sorted[below]) * rest
        }
        return quantile(0.75) - quantile(0.25)
    }

    private var doane: Double {
        let deviation = deviation
        guard values.count > 2, deviation > 0 else { return 0 }
        let scale = (6 * (size - 2) / ((size + 1) * (size + 3))).squareRoot(), mean = mean
        let skewness = PairwiseSum.of(values.map { pow(($0 - mean) / deviation, 3) }) / size
        return spread / (1 + log2(size) + log2(1 + abs(skewness) / scale))
    }

    private var stone: Double {
        guard values.count > 1, spread > 0 else { return 0 }
        func error(_ count: Int) -> Double {
            let bins = EqualBins(first: range.first, last: range.last, count: count).counts(values)?.counts ?? []
            let squares = bins.reduce(0) { $0 + pow(Double($1) / size, 2) }
            return (2 - (size + 1) * squares) / (spread / Double(count))
        }
        let errors = (1...max(100, Int(size.squareRoot()))).map(error)
        let best = errors.indices.min { errors[$0] < errors[$1] }!
        return spread / Double(best + 1)
    }
}
