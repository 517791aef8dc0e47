// The layout of the rows of a sequence of steps, and a layer computed step by step by recorded operators.

/// The steps of one layer. Rows are packed: those of a step follow those of the step before it.
struct RecurrentSteps {
    /// More steps are refused. Their numbers alone would fill the memory.
    static let most = 1 << 28

    /// The rows of each step; they do not increase.
    let batchSizes: [Int]
    /// The first row of each step, and behind them the number of rows.
    let offsets: [Int]
    /// Whether sequences may have different lengths. Otherwise arrays have the sizes [T, N, *].
    let isPacked: Bool

    init(batchSizes: [Int], isPacked: Bool) {
        self.batchSizes = batchSizes
        self.isPacked = isPacked
        var offsets = [0]
        offsets.reserveCapacity(batchSizes.count + 1)
        for size in batchSizes { offsets.append(offsets[offsets.count - 1] + size) }
        self.offsets = offsets
    }

    var count: Int { batchSizes.count }
    var rows: Int { offsets[offsets.count - 1] }
    var batch: Int { batchSizes[0] }

    /// The sizes of an array with a vector of `size` elements for each row.
    func sizes(_ size: Int) -> [Int] { isPacked ? [rows, size] : [count, batch, size] }

    /// A range of rows of the hidden states before the steps: rows of the results, or of the initial states.
    struct Segment {
        var isInitial: Bool
        var start, length: Int
    }

    /// Returns where the hidden states before the steps are, in the order of the rows.
    func statesBefore(isReversed: Bool) -> [Segment] {
        var segments: [Segment] = []
        func add(_ isInitial: Bool, _ start: Int, _ length: Int) {
            if length == 0 { return }
            if let last = segments.last, last.isInitial == isInitial, last.start + last.length == start {
                segments[segments.count - 1].length += length
            } else {
                segments.append(Segment(isInitial: isInitial, start: start, length: length))
            }
        }
        for t in 0..<count {
            if isReversed {
                let continued = t + 1 < count ? batchSizes[t + 1] : 0
                add(false, offsets[t + 1], continued)
                add(true, continued, batchSizes[t] - continued)
            } else if t == 0 {
                add(true, 0, batchSizes[0])
            } else {
                add(false, offsets[t - 1], batchSizes[t])
            }
        }
        return segments
    }

    /// Computes a layer step by step. `input` is [T, N, I] or [rows, I].
    func compute(
        _ cell: RecurrentCell, isReversed: Bool, _ input: Tensor, _ state: RecurrentState, _ weights: RecurrentWeights
    ) -> (output: Tensor, state: RecurrentState) {
        let gates = input.linear(weights.input, weights.inputBias)
        let inputs =
            isPacked ? gates.split(batchSizes, dim: 0) : gates.unbind(dim: 0)
        if gates.isVoid || inputs.count != count { return (.void, state.map { _ in .void }) }
        var outputs: [Tensor] = []
        var now = state
        if isReversed {
            var rows = batchSizes[count - 1]
            now = state.map { $0.narrow(0, 0, rows) }
            for t in (0..<count).reversed() {
                if batchSizes[t] > rows {
                    let more = batchSizes[t] - rows
                    now = .concatenated([now, state.map { $0.narrow(0, rows, more) }])
                    rows = batchSizes[t]
                }
                now = cell.step(inputs[t], now, weights)
                outputs.append(now.hidden)
            }
            outputs.reverse()
        } else {
            var rows = batch
            var finished: [RecurrentState] = []
            for t in 0..<count {
                let left = batchSizes[t]
                if left < rows {
                    finished.append(now.map { $0.narrow(0, left, rows - left) })
                    now = now.map { $0.narrow(0, 0, left) }
                    rows = left
                }
                now = cell.step(inputs[t], now, weights)
                outputs.append(now.hidden)
            }
            now = .concatenated([now] + finished.reversed())
        }
        return (isPacked ? cat(outputs) : stack(outputs, dim: 0), now)
    }
}
