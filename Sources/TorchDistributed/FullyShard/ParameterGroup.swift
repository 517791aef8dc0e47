import Torch

/// The parameters of one call of `fullyShard`, which are gathered together and whose gradients are reduced together.
/// PyTorch: `FSDPParamGroup`.
final class ParameterGroup {
    let parameters: [ShardedParameter]
    let group: ProcessGroup
    private let policy: MixedPrecisionPolicy
    /// What sums of gradients are divided by; nil for the number of processes.
    var divisor: Double?

    /// Parameters whose parts are on their way.
    private struct Gathering {
        let parameters: [ShardedParameter]
        /// The parts of all processes: [processes, elements].
        let parts: Tensor
        let work: Work?
    }
    private var gathering: [Gathering] = []
    /// Rows that the processes of a smaller group keep between the forward and the backward pass.
    private struct Kept {
        let parameters: [ShardedParameter]
        /// Of each parameter, the part of the whole that this process keeps, one behind the other.
        let elements: Tensor
        let group: ProcessGroup
    }
    private var kept: [Kept] = []
    /// Whether the parameters are whole, or will be.
    private(set) var isGathered = false

    init(_ parameters: [ShardedParameter], _ group: ProcessGroup, _ policy: MixedPrecisionPolicy) {
        self.parameters = parameters
        self.group = group
        self.policy = policy
    }

    /// Divides a list of parameters by a dtype of each; the order is the same in all processes.
    private func byDType(
        _ list: [ShardedParameter], _ dtype: (ShardedParameter) -> DType
    ) -> [(dtype: DType, parameters: [ShardedParameter])] {
        var result: [(dtype: DType, parameters: [ShardedParameter])] = []
        for parameter in list {
            let own = dtype(parameter)
            if let i = result.firstIndex(where: { $0.dtype == own }) {
                result[i].parameters.append(parameter)
            } else {
                result.append((own, [parameter]))
            }
        }
        return result
    }

    // MARK: Gathering

    /// The dtype to compute with.
    private func gatheredDType(_ parameter: ShardedParameter) -> DType {
        parameter.dtype.isFloatingPoint ? policy.paramDType ?? parameter.dtype : parameter.dtype
    }

    /// Whether a smaller group keeps the parameters.
    var isKept: Bool { !kept.isEmpty }

    /// Begins to gather the parameters.
    /// - Parameter fromKept: whether from the rows that a smaller group keeps, if it does.
    func unshard(fromKept: Bool = false) {
        if isGathered { return }
        isGathered = true
        if fromKept, isKept { return gatherKept() }
        kept = []
        for (dtype, list) in byDType(parameters, gatheredDType) {
            let total = list.reduce(0) { $0 + $1.paddedCount }
            let own = Tensor.empty([total], dtype: dtype, device: list[0].device)
            var offset = 0
            for parameter in list {
                parameter.copyPart(to: own.narrow(0, offset, parameter.paddedCount))
                offset += parameter.paddedCount
            }
            if group.size == 1 {
                gathering.append(Gathering(parameters: list, parts: own.view([1, total]), work: nil))
                continue
            }
            let parts = Tensor.empty([group.size, total], dtype: dtype, device: own.device)
            let work = group.allGather(into: parts, own, asyncOp: true)
            gathering.append(Gathering(parameters: list, parts: parts, work: work))
        }
    }

    private func gatherKept() {
        for entry in kept {
            let own = entry.elements, count = entry.group.size
            let parts = Tensor.empty([count, own.numel()], dtype: own.dtype, device: own.device)
            let work = entry.group.allGather(into: parts, own, asyncOp: true)
            gathering.append(Gathering(parameters: entry.parameters, parts: parts, work: work))
        }
        kept = []
    }

    /// Waits until the parameters are whole.
    func waitForUnshard() {
        let ready = gathering
        gathering = []
        for entry in ready {
            entry.work?.wait()
            var offset = 0
            for parameter in entry.parameters {
                let count = parameter.paddedCount * group.size / entry.parts.shape.sizes[0]
                parameter.becomeWhole(from: entry.parts.narrow(1, offset, count))
                offset += count
            }
        }
    }

    /// Makes the parameters this process's parts, and frees the rest.
    func reshard() {
        kept = []
        free()
    }

    /// Makes the parameters this process's parts, but lets the processes of a smaller group keep the whole ones.
    func reshard(keepingAmong smaller: ProcessGroup) {
        waitForUnshard()
        if isGathered {
            kept = byDType(parameters, gatheredDType).map { dtype, list in
                let counts = list.map { $0.paddedCount * group.size / smaller.size }
                let elements = Tensor.empty([counts.reduce(0, +)], dtype: dtype, device: list[0].device)
                var offset = 0
                for (parameter, count) in zip(list, counts) {
                    parameter.copyGathered(
                        from: count * smaller.rank, to: elements.narrow(0, offset, count))
                    offset += count
                }
                return Kept(parameters: list, elements: elements, group: smaller)
            }
        }
        free()
    }

    private func free() {
        for entry in gathering { entry.work?.wait() }
        gathering = []
        isGathered = false
        for parameter in parameters { parameter.becomePart() }
    }

    // MARK: Reducing gradients

    /// Gradients on their way to the processes that have the parameters' parts.
    struct Reduction {
        fileprivate let parameters: [ShardedParameter]
        fileprivate let sums: Tensor
        fileprivate let divisor: Double
        fileprivate let work: Work?

        /// Waits for the sums and adds their means to the gradients of the parts.
        func finish() {
            work?.wait()
            if sums.isVoid { return }
            if divisor != 1 { noGrad { _ = sums.mul_(1 / divisor) } }
            var offset = 0
            for parameter in parameters {
                parameter.addPartGradient(sums.narrow(0, offset, parameter.partCount))
                offset += parameter.paddedCount
            }
        }
    }

    /// Gradients that were taken from the parameters, and wait for their turn to be reduced.
    struct Gradients {
        fileprivate let parameters: [ShardedParameter]
        fileprivate let memory: Tensor
    }

    private func reducedDType(_ parameter: ShardedParameter) -> DType { policy.reduceDType ?? parameter.dtype }

    /// Takes the gradients of all parameters that have one.
    func takeGradients() -> [Gradients] {
        byDType(parameters.filter(\.hasGradient), reducedDType).map { dtype, list in
            let total = list.reduce(0) { $0 + $1.paddedCount }
            let memory = Tensor.empty([group.size, total], dtype: dtype, device: list[0].device)
            var offset = 0
            for parameter in list {
                parameter.takeGradient(to: memory.narrow(1, offset, parameter.paddedCount))
                offset += parameter.paddedCount
            }
            return Gradients(parameters: list, memory: memory)
        }
    }

    /// Lets the gradients wait for a later pass.
    func keepGradients() {
        for parameter in parameters { parameter.keepGradient(in: reducedDType(parameter)) }
    }

    /// Begins to sum gradients over the processes.
    func reduce(_ gradients: Gradients) -> Reduction {
        let (before, after) = divisors(gradients.memory.dtype)
        if before != 1 { noGrad { _ = gradients.memory.mul_(1 / before) } }
        if group.size == 1 {
            return Reduction(
                parameters: gradients.parameters, sums: gradients.memory.view([-1]), divisor: after, work: nil)
        }
        let sums = Tensor.empty(
            [gradients.memory.shape.sizes[1]], dtype: gradients.memory.dtype, device: gradients.memory.device)
        let work = group.reduceScatter(
            .reduceScatterSingle, into: sums, gradients.memory, .sum, asyncOp: true,
            described: [sums, gradients.memory])
        return Reduction(parameters: gradients.parameters, sums: sums, divisor: after, work: work)
    }

    /// What gradients are divided by before and after they are summed. Those with a small range are divided by about
    /// the root of the number before, so that neither the sum nor a gradient leaves the range.
    private func divisors(_ dtype: DType) -> (before: Double, after: Double) {
        let whole = divisor ?? Double(group.size)
        guard dtype == .float16 else { return (1, whole) }
        var before = 1.0
        while whole.truncatingRemainder(dividingBy: before) == 0, whole / before > before { before *= 2 }
        return (before, whole / before)
    }

    /// Forgets what a failed pass has left.
    func reset() {
        reshard()
        for parameter in parameters { parameter.reset() }
    }
}
