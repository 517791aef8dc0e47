import CTorchKernels

/// The time in which an operator runs, for a profile. An operator of several primitives begins one. The profile then
/// shows it under PyTorch's name, with the primitives inside. An operator of one primitive needs none, because
/// `ProfiledBackend` names it.
///
///     let range = OperatorRange("aten::linear", [input, weight, bias])
///     defer { range.end() }
///
/// While no profile runs it costs one test of a word of the thread.
struct OperatorRange {
    private let mark: ProfileMark?

    /// Begins an operator.
    /// - Parameters:
    ///   - name: PyTorch's name with its namespace.
    ///   - inputs: the arguments in PyTorch's order; nil in the place of one that is no tensor.
    ///   - kind: what the range is of.
    @inline(__always)
    init(
        _ name: @autoclosure () -> String, _ inputs: @autoclosure () -> [Tensor?] = [],
        kind: ProfiledRange.Kind = .function
    ) {
        mark = st_is_unwatched() ? nil : OperatorRange.begin(name, inputs, kind: kind)
    }

    /// Begins the operator that records a node of this name: `AvgPool2DBackward0` is of `aten::avg_pool2d`.
    @inline(__always)
    init(ofNode node: @autoclosure () -> String, _ inputs: @autoclosure () -> [Tensor?]) {
        mark = st_is_unwatched() ? nil : OperatorRange.begin({ OperatorRange.operatorName(ofNode: node()) }, inputs)
    }

    private init(_ mark: ProfileMark?) { self.mark = mark }

    private static func operatorName(ofNode node: String) -> String {
        let name = node.replacing("Backward0", with: "").replacing(/([0-9])D/) { "\($0.output.1)d" }
        return "aten::\(snakeCase(name))"
    }

    /// Adds the product of these numbers to the operator's floating-point operations.
    @inline(__always)
    func count(flops factors: @autoclosure () -> [Int]) {
        if let mark, mark.profile.options.recordsFlops { mark.count(flops: factors().product) }
    }

    /// Ends the operator.
    @inline(__always)
    func end() {
        if let mark { mark.end() }
    }

    /// Whether a profile of operators runs.
    static var isActive: Bool {
        @inline(__always) get { !st_is_unwatched() && st_meet_thread() }
    }

    /// - Parameter sequence: the node that the range runs; nil for the next one.
    @inline(never)
    static func begin(
        _ name: () -> String, _ inputs: () -> [Tensor?] = { [] }, kind: ProfiledRange.Kind = .function,
        sequence: UInt64? = nil, nests: Bool = true
    ) -> ProfileMark? {
        guard let profile = ThreadProfile.current else { return nil }
        var range = ProfiledRange(kind: kind, name: name())
        if profile.options.recordsShapes {
            range.inputs = inputs().map { $0.flatMap { $0.isVoid ? nil : .init($0.layout, $0.dtype) } }
        }
        range.sequence = sequence ?? (isGradEnabled() && kind == .function ? TapeCounter.next : nil)
        range.nests = nests
        return profile.begin(range, merges: kind == .function)
    }

    /// Begins a block that the program named and that may end on another thread, or after ranges that begin later.
    static func open(_ name: String) -> OperatorRange {
        OperatorRange(st_is_unwatched() ? nil : begin({ name }, kind: .user, nests: false))
    }

    // MARK: The backward pass

    /// Begins all that the engine does for a node.
    static func evaluation(of node: Node) -> OperatorRange {
        OperatorRange(
            begin(
                { "autograd::engine::evaluate_function: \(node.profiledName)" }, kind: .evaluation,
                sequence: node.sequence))
    }

    /// Begins a node's own step. `grads` are the gradients of its outputs.
    static func step(of node: Node, _ grads: [Tensor?]) -> OperatorRange {
        OperatorRange(begin({ node.profiledName }, { grads }, kind: .backward, sequence: node.sequence))
    }
}

extension Node {
    /// The name in a profile.
    fileprivate var profiledName: String { self is AccumulateGrad ? "torch::autograd::AccumulateGrad" : name }
}
