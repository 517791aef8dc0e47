import Torch

/// What the modules that `fullyShard` has divided share, from the first pass of the outermost one on.
final class ShardingContext {
    private struct Member { weak var state: FSDPModule? }

    private var members: [Member]
    /// The module whose call began the forward pass that goes on.
    weak var forwardRoot: FSDPModule?
    private var awaitsEnd = false
    /// The modules in the order of their forward passes, for prefetching in the reverse order.
    private var order: [Member] = []
    /// The gradients that are being reduced. Only one group's are at a time, which bounds the memory.
    private var reductions: [ParameterGroup.Reduction] = []

    init(_ states: [FSDPModule]) { members = states.map(Member.init) }

    private var states: [FSDPModule] { members.compactMap(\.state) }

    // MARK: Order

    /// Notes a forward pass. Returns its position.
    func append(_ state: FSDPModule) -> Int {
        order.append(Member(state: state))
        return order.count - 1
    }

    /// The module whose forward pass came before that at `position`.
    func module(before position: Int) -> FSDPModule? {
        order.indices.contains(position - 1) ? order[position - 1].state : nil
    }

    // MARK: The backward pass

    /// Sees to it that the backward pass that goes on is completed at its end.
    func awaitEndOfBackward() {
        if awaitsEnd { return }
        awaitsEnd = true
        BackwardEnd.add { [weak self] hasFailed in self?.endBackward(hasFailed) }
    }

    /// Begins to reduce gradients, after those before have been reduced.
    func reduce(_ gradients: [ParameterGroup.Gradients], of group: ParameterGroup) {
        if gradients.isEmpty { return }
        finishReductions()
        reductions = gradients.map(group.reduce)
    }

    private func finishReductions() {
        for reduction in reductions { reduction.finish() }
        reductions = []
    }

    private func endBackward(_ hasFailed: Bool) {
        awaitsEnd = false
        if hasFailed { return reset() }
        for state in states { state.endBackward() }
        finishReductions()
        order = []
    }

    /// Forgets what a failed pass has left.
    func reset() {
        for state in states { state.forgetPass() }
        reductions = []
        forwardRoot = nil
        order = []
    }
}
