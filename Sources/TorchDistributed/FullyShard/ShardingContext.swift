import Torch

/// A recorded forward pass. The hooks of its outputs keep it, so it ends with the graph.
final class ForwardPass {
    private(set) weak var state: FSDPModule?
    /// The pass that came before, for prefetching in the reverse order; nil if no backward pass can come to it.
    private(set) weak var before: ForwardPass?

    init(_ state: FSDPModule, after before: ForwardPass?) {
        self.state = state
        self.before = before
    }
}

/// What the modules that `fullyShard` has divided share, from the first pass of the outermost one on.
final class ShardingContext {
    private struct Member { weak var state: FSDPModule? }

    private var members: [Member]
    /// The module whose call began the forward pass that goes on.
    weak var forwardRoot: FSDPModule?
    private var awaitsEnd = false
    private weak var lastPass: ForwardPass?
    /// The gradients that are being reduced. Only one group's are at a time, which bounds the memory.
    private var reductions: [ParameterGroup.Reduction] = []

    init(_ states: [FSDPModule]) { members = states.map(Member.init) }

    private var states: [FSDPModule] { members.compactMap(\.state) }

    // MARK: The forward pass

    /// Notes a recorded forward pass.
    func pass(of state: FSDPModule) -> ForwardPass {
        let pass = ForwardPass(state, after: lastPass)
        lastPass = pass
        return pass
    }

    /// The number of passes that exist still, up to the first one that does not.
    var openPassCount: Int {
        var count = 0, pass = lastPass
        while let open = pass {
            count += 1
            pass = open.before
        }
        return count
    }

    /// Ends the forward pass of the outermost module.
    func endForward(of root: FSDPModule, _ output: Any) {
        for state in states.reversed() where state !== root { state.endIncompleteForward(output) }
        forwardRoot = nil
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
        lastPass = nil
        // A module that was called alone, without those that it was divided with, began a pass that has no end.
        if !states.contains(where: \.isInForward) { forwardRoot = nil }
    }

    /// Forgets what a failed pass has left.
    func reset() {
        for state in states { state.forgetPass() }
        reductions = []
        forwardRoot = nil
        lastPass = nil
    }
}
