import CTorchKernels
import Foundation
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
    /// Grows with every node, so that a node's inputs are older than itself. Of nodes that are ready the greatest goes
    /// first; the end of the tape at a leaf has the greatest of all.
    let sequence: UInt64
    var edges: [Edge]
    var outputs: [OutputForm]
    /// Called with the gradient of an output before the node runs; they may replace it.
    var hooks = HookList<Hook>()
    /// Tensors that keep the gradient which all hooks have made.
    private(set) var keepers: [Keeper] = []

    struct Hook {
        let output: Int32
        let body: (Tensor) -> Tensor?
    }

    struct Keeper {
        let output: Int32
        weak var extras: TensorExtras?
    }

    private static let counter = Atomic<UInt64>(1)

    init(_ name: String, edges: [Edge], outputs: [OutputForm], isLeaf: Bool = false) {
        self.name = name
        sequence = isLeaf ? .max : Node.counter.wrappingAdd(1, ordering: .relaxed).oldValue
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

    /// The operator's name alone, as PyTorch's errors have it: `Mul` of `MulBackward0`.
    var operatorName: Substring {
        let bare = name[..<(name.lastIndex { !$0.isNumber }.map { name.index(after: $0) } ?? name.endIndex)]
        return bare.hasSuffix("Backward") ? bare.dropLast(8) : name[...]
    }

    func keepGradient(of output: Int32, in extras: TensorExtras) {
        keepers.append(Keeper(output: output, extras: extras))
    }

    func stopKeeping(in extras: TensorExtras) {
        if !keepers.isEmpty { keepers.removeAll { $0.extras === extras || $0.extras == nil } }
    }
}

/// The end of the tape at a leaf: adds what arrives to the leaf's `.grad`. PyTorch: `AccumulateGrad`.
final class AccumulateGrad: Node {
    var grad: Tensor?
    /// Called when a gradient has been accumulated.
    var postHooks = HookList<() -> Void>()
    /// How the leaf lies in memory; its gradient lies so too.
    private var layout: Layout
    /// Held while a gradient is accumulated: several threads may differentiate through one leaf.
    private let lock = Mutex(())

    init(_ leaf: Tensor) {
        layout = leaf.layout
        super.init("AccumulateGrad", edges: [], outputs: [OutputForm(leaf)], isLeaf: true)
    }

    /// Takes over the form of the leaf after that has changed.
    func follow(_ leaf: Tensor) {
        layout = leaf.layout
        outputs = [OutputForm(leaf)]
    }

    /// `own` says that nobody else holds `new`'s memory, so that it can be kept without a copy.
    func accumulate(_ new: Tensor, own: Bool) {
        lock.withLock { _ in
            if let old = grad {
                if isGradEnabled() { grad = old + new } else { old.accumulateInPlace(new) }
            } else {
                grad = own && !isGradEnabled() && liesRight(new) ? new : copy(new)
            }
        }
        for hook in postHooks.bodies { hook() }
    }

    /// Whether a gradient lies in memory as PyTorch's would: as the leaf does, or row-major if that has gaps or
    /// overlaps.
    private func liesRight(_ grad: Tensor) -> Bool {
        if layout.isContiguous { return grad.layout.isContiguous }
        guard layout.isDense else { return grad.layout.isContiguous }
        return zip(layout.sizes, zip(layout.strides, grad.layout.strides)).allSatisfy { $0 == 1 || $1.0 == $1.1 }
    }

    /// A copy of a gradient that lies right.
    private func copy(_ new: Tensor) -> Tensor {
        if !isGradEnabled(), layout.isContiguous || !layout.isDense { return new.detach().contiguousCopy() }
        if layout.isContiguous || !layout.isDense { return new.clone(memoryFormat: .contiguous) }
        return Tensor.emptyStrided(layout.sizes, layout.strides, dtype: new.dtype).copy_(new)
    }
}

/// Takes graphs apart without recursion, however deep they are: what a released node held waits until the release above
/// it has returned.
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

    /// Releases what waits, and what waits because of that, unless a release above is doing so. The flag is behind
    /// calls into C:
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
        let new = Unmanaged.passRetained(Waiting()).toOpaque()
        thread.pointee.release_box = new
        pthread_setspecific(threadExit, new)
        return Unmanaged<Waiting>.fromOpaque(new).takeUnretainedValue()
    }

    /// Frees a thread's box when the thread ends.
    private static let threadExit: pthread_key_t = {
        var key = pthread_key_t()
        pthread_key_create(&key) { box in
            guard let box else { return }
            st_this_thread().pointee.release_box = nil
            Unmanaged<Waiting>.fromOpaque(box).release()
        }
        return key
    }()
}
