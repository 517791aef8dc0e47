import CTorchKernels
import Synchronization

/// Where a gradient goes: an input number of the node that made the tensor.
struct Edge {
    var node: Node?
    var index: Int32
}

/// What a node must know of a tensor it made: the form its gradient has to have.
struct OutputForm {
    var sizes: [Int]
    var dtype: DType

    init(_ tensor: Tensor) {
        sizes = tensor.layout.sizes
        dtype = tensor.dtype
    }
}

/// One recorded step of the computation. PyTorch: `torch.autograd.graph.Node`.
public class Node {
    /// PyTorch's name for it: `MulBackward0`.
    public let name: String
    /// Grows with every node; a node's inputs are always older than itself, so the greatest goes first.
    let sequence: UInt64
    var edges: [Edge]
    var outputs: [OutputForm]
    /// Called with the gradient of an output before the node runs; may replace it.
    var hooks: [NodeHook] = []

    struct NodeHook {
        let id: Int
        let output: Int32
        let body: (Tensor) -> Tensor?
    }

    private static let counter = Atomic<UInt64>(1)

    init(_ name: String, edges: [Edge], outputs: [OutputForm]) {
        self.name = name
        sequence = Node.counter.wrappingAdd(1, ordering: .relaxed).oldValue
        self.edges = edges
        self.outputs = outputs
    }

    deinit { GraphRelease.hand(&edges) }

    /// Gradients of the inputs, one an edge, from the gradients of the outputs (nil: zero).
    func apply(_ grads: [Tensor?]) -> [Tensor?] { fatalError("abstract") }

    /// Forgets what was saved for `apply`.
    func releaseSaved() {}

    /// Nodes this one passes gradients to. PyTorch: `Node.next_functions`.
    public var nextFunctions: [Node?] { edges.map(\.node) }
}

/// The end of the tape at a leaf: adds what arrives to the leaf's `.grad`. PyTorch: `AccumulateGrad`.
final class AccumulateGrad: Node {
    var grad: Tensor?
    var postHooks: [Int: (AccumulateGrad) -> Void] = [:]

    init(_ leaf: Tensor) {
        super.init("AccumulateGrad", edges: [], outputs: [OutputForm(leaf)])
    }

    override func apply(_ grads: [Tensor?]) -> [Tensor?] {
        if let grad = grads[0] { accumulate(grad, own: false) }
        return []
    }

    /// `own` says that nobody else holds `new`'s memory, so that it can be kept without a copy.
    func accumulate(_ new: Tensor, own: Bool) {
        if let old = grad {
            if isGradEnabled() { grad = old + new } else { old.accumulateInPlace(new) }
        } else if isGradEnabled() {
            grad = new.clone()
        } else {
            grad = own && new.isContiguous() ? new : new.detach().contiguousCopy()
        }
        for hook in postHooks.values { hook(self) }
    }
}

/// Takes graphs apart without recursion, however deep they are: what a released node held waits until the release above it has returned.
enum GraphRelease {
    private final class Waiting {
        var edges: [[Edge]] = []
        var saved: [[SavedTensor]] = []
    }

    static func hand(_ edges: inout [Edge]) {
        if edges.isEmpty { return }
        waiting.edges.append(edges)
        edges = []
        drain()
    }

    static func hand(_ saved: inout [SavedTensor]) {
        if saved.isEmpty { return }
        waiting.saved.append(saved)
        saved = []
        drain()
    }

    /// Releases what waits, and what waits because of that, unless a release above is doing so. The flag is behind calls into C:
    /// the compiler takes a release for something that reads no flags.
    @inline(never)
    private static func drain() {
        guard st_enter_release() else { return }
        let waiting = waiting
        while waiting.edges.popLast() != nil || waiting.saved.popLast() != nil {}
        st_leave_release()
    }

    private static var waiting: Waiting {
        let thread = st_this_thread()
        if let box = thread.pointee.release_box { return Unmanaged<Waiting>.fromOpaque(box).takeUnretainedValue() }
        let new = Waiting()
        thread.pointee.release_box = Unmanaged.passRetained(new).toOpaque()
        return new
    }
}
