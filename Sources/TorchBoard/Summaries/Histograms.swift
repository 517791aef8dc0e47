import Torch

extension SummaryWriter {
    /// Adds the distribution of a tensor's elements, such as weights or gradients. PyTorch: `add_histogram`.
    /// - Parameters:
    ///   - tag: the name.
    ///   - values: real elements, any shape. Elements outside of all bins count only in the number, sum and extremes.
    ///   - globalStep: the step of the training run.
    ///   - bins: the borders of the bins.
    ///   - walltime: the seconds since 1970; the default is now.
    ///   - maxBins: if there are more bins, neighbours are joined until there are about as many. PyTorch: `max_bins`.
    /// - Precondition: there are elements, of which one at least is in a bin. Borders ascend. Bins whose borders depend
    ///   on the elements need finite ones.
    public func addHistogram(
        _ tag: String, _ values: Tensor, globalStep: Int? = nil, bins: HistogramBins = .tensorflow,
        walltime: Double? = nil, maxBins: Int? = nil
    ) {
        guard values.numel() > 0 else { return raise(.value, "The input has no element.") }
        guard let message = histogram(values.detach().toArray(as: Double.self), bins, maxBins) else { return }
        add(Summary(tag) { $0.add(5, message) }, globalStep, walltime)
    }

    /// Adds a distribution whose bins are known. PyTorch: `add_histogram_raw`.
    /// - Parameters:
    ///   - tag: the name.
    ///   - min: the least value.
    ///   - max: the greatest value.
    ///   - num: the number of values.
    ///   - sum: their sum.
    ///   - sumSquares: the sum of their squares. PyTorch: `sum_squares`.
    ///   - bucketLimits: the upper border of each bin. PyTorch: `bucket_limits`.
    ///   - bucketCounts: the number of values in each bin. PyTorch: `bucket_counts`.
    ///   - globalStep: the step of the training run.
    ///   - walltime: the seconds since 1970; the default is now.
    /// - Precondition: there are as many limits as counts.
    public func addHistogramRaw(
        _ tag: String, min: Double, max: Double, num: Int, sum: Double, sumSquares: Double, bucketLimits: [Double],
        bucketCounts: [Double], globalStep: Int? = nil, walltime: Double? = nil
    ) {
        guard bucketLimits.count == bucketCounts.count else {
            return raise(.value, "len(bucket_limits) != len(bucket_counts), see the document.")
        }
        let message = HistogramSummary(
            min: min, max: max, count: num, sum: sum, sumSquares: sumSquares, limits: bucketLimits,
            counts: bucketCounts
        ).message
        add(Summary(tag) { $0.add(5, message) }, globalStep, walltime)
    }

    /// Returns the summary of values. Raises and returns nil if the bins do not fit.
    private func histogram(_ values: [Double], _ bins: HistogramBins, _ maxBins: Int?) -> ProtoMessage? {
        guard var (counts, limits) = bins.counts(values) else { return nil }
        if let maxBins, maxBins > 0, counts.count > maxBins {
            let step = counts.count / maxBins
            counts = stride(from: 0, to: counts.count, by: step).map { start in
                counts[start..<Swift.min(start + step, counts.count)].reduce(0, +)
            }
            limits = stride(from: 0, to: limits.count - 1, by: step).map { limits[$0] } + [limits[limits.count - 1]]
        }
        guard let first = counts.firstIndex(where: { $0 > 0 }), let last = counts.lastIndex(where: { $0 > 0 }) else {
            raise(.value, "The histogram is empty, please file a bug report.")
            return nil
        }
        // TensorBoard knows the upper limits of bins. An empty bin before the first one gives that bin its lower limit.
        return HistogramSummary(
            min: values.extreme(<), max: values.extreme(>), count: values.count, sum: PairwiseSum.of(values),
            sumSquares: PairwiseSum.of(values.map { $0 * $0 }), limits: Array(limits[first...last + 1]),
            counts: [0] + counts[first...last].map { Double($0) }
        ).message
    }
}

/// A `HistogramProto`.
private struct HistogramSummary {
    let min, max: Double
    let count: Int
    let sum, sumSquares: Double
    let limits, counts: [Double]

    var message: ProtoMessage {
        ProtoMessage {
            $0.add(1, min)
            $0.add(2, max)
            $0.add(3, Double(count))
            $0.add(4, sum)
            $0.add(5, sumSquares)
            $0.add(packed: 6, limits)
            $0.add(packed: 7, counts)
        }
    }
}

extension [Double] {
    /// The least or the greatest element; NaN if one is NaN, as in NumPy.
    fileprivate func extreme(_ isBetter: (Double, Double) -> Bool) -> Double {
        reduce(self[0]) { $0.isNaN || !($1.isNaN || isBetter($1, $0)) ? $0 : $1 }
    }
}

/// Sums in NumPy's order, so that the files agree.
enum PairwiseSum {
    static func of(_ values: [Double]) -> Double { 0 + of(values[...]) }

    private static func of(_ values: ArraySlice<Double>) -> Double {
        let (start, count) = (values.startIndex, values.count)
        if count < 8 { return values.reduce(-0.0, +) }
        if count > 128 {
            let half = count / 2 - count / 2 % 8
            return of(values.prefix(half)) + of(values.dropFirst(half))
        }
        var r = Array(values.prefix(8))
        let whole = count - count % 8
        for i in stride(from: 8, to: whole, by: 8) { for k in 0..<8 { r[k] += values[start + i + k] } }
        let sum = ((r[0] + r[1]) + (r[2] + r[3])) + ((r[4] + r[5]) + (r[6] + r[7]))
        return values[(start + whole)...].reduce(sum, +)
    }
}
