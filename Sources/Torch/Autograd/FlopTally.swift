import CTorchKernels

/// Counts the floating-point operations of the matrix products, convolutions and attention that one thread computes.
/// Operators ask `current` before they compute, so that others cost nothing. `FlopCounter` is its public face.
final class FlopTally {
    /// The operators that are counted, under PyTorch's names.
    enum Operator: String, Sendable {
        case mm = "aten.mm", addmm = "aten.addmm", bmm = "aten.bmm", baddbmm = "aten.baddbmm"
        case convolution = "aten.convolution", convolutionBackward = "aten.convolution_backward"
        case attention = "aten._scaled_dot_product_flash_attention_for_cpu"
        case attentionBackward = "aten._scaled_dot_product_flash_attention_for_cpu_backward"
    }

    /// The sum of all counts.
    private(set) var total = 0
    /// The node that the backward pass runs, by its sequence number; nil outside of a backward pass.
    var runningNode: UInt64?
    private let count: (FlopTally, Operator, Int) -> Void

    /// Creates a tally that calls `count` for each operator, with the number of its operations.
    init(_ count: @escaping (FlopTally, Operator, Int) -> Void = { _, _, _ in }) { self.count = count }

    /// The tally of this thread; nil if nothing is counted.
    static var current: FlopTally? {
        @inline(__always) get {
            st_this_thread().pointee.flop_tally.map { Unmanaged<FlopTally>.fromOpaque($0).takeUnretainedValue() }
        }
    }

    /// Makes this tally the thread's own while `body` runs.
    func asCurrent<Result>(_ body: () throws -> Result) rethrows -> Result {
        let thread = st_this_thread(), outer = thread.pointee.flop_tally
        thread.pointee.flop_tally = Unmanaged.passUnretained(self).toOpaque()
        defer { thread.pointee.flop_tally = outer }
        return try withExtendedLifetime(self, body)
    }

    /// Adds two operations for each product of two numbers. Counts that overflow stay at the largest number.
    private func add(_ kind: Operator, products factors: [Int], of operands: [Tensor]) {
        let flops = ([2] + factors + FlopTally.examples(of: operands)).product
        total = total.addingUpToMost(flops)
        count(self, kind, flops)
    }

    /// Returns the numbers of examples of those vmaps whose examples differ in one of the operands.
    private static func examples(of operands: [Tensor]) -> [Int] {
        if !BatchLevel.isActive { return [] }
        var levels: [BatchLevel] = []
        for operand in operands {
            var storage: Storage? = operand.storage
            while let level = storage?.batchLevel {
                if !levels.contains(where: { $0 == level }) { levels.append(level) }
                storage = storage?.batch?.physical
            }
        }
        return levels.map(\.size)
    }

    /// Adds a product of matrices, or of batches of them, whose result has the sizes `sizes`.
    func add(_ kind: Operator, _ a: Tensor, _ b: Tensor, _ sizes: [Int]) {
        add(kind, products: sizes + [a.sizes[a.dim - 1]], of: [a, b])
    }

    /// Adds a convolution of two operands, or a gradient of one.
    func add(_ kind: Operator, _ pass: ConvolutionPass, _ plan: ConvolutionPlan, _ a: Tensor, _ b: Tensor) {
        let places = [plan.batch] + plan.output + plan.kernel
        // As in PyTorch, the gradient of a weight counts as if each input channel met each output channel, also if
        // there are groups.
        let inputs = pass == .backwardWeight || plan.groups == 0 ? plan.inputChannels : plan.inputChannels / plan.groups
        add(kind, products: places + [plan.outputChannels, inputs], of: [a, b])
    }

    /// Adds attention, or its gradients, for scores of the sizes `scores`, [..., L, S].
    func addAttention(scores: [Int], isBackward: Bool, _ query: Tensor, _ key: Tensor, _ value: Tensor) {
        let (wide, valueWide) = (query.sizes[query.dim - 1], value.sizes[value.dim - 1])
        // PyTorch has a fused operator for three and four dimensions and one head size. Its gradients take the scores
        // again. Otherwise it composes attention of products.
        let isFused = wide == valueWide && (scores.count == 3 || scores.count == 4)
        let kind: Operator = isFused ? isBackward ? .attentionBackward : .attention : .bmm
        let factor = !isBackward ? wide + valueWide : (isFused ? 3 : 2) * wide + 2 * valueWide
        add(kind, products: scores + [factor], of: [query, key, value])
    }

    /// Adds the products of a recurrent layer's hidden states with their weights, for `rows` states, and those with its
    /// projection.
    func add(_ kind: Operator, rows: Int, _ form: RecurrentForm, projects: Bool, _ input: Tensor) {
        add(kind, products: [rows, form.hidden, form.state, form.cell.gates], of: [input])
        if projects { add(.mm, products: [form.rows, form.hidden, form.state], of: [input]) }
    }
}
