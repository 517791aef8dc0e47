import CTorchKernels
import Foundation
import Locks

/// The target of a gradient: the node that made a tensor, and the number of the node's output.
struct Edge {
    var node: Node?
    var index: Int32
}

/// The form that the gradient of a node's output must have.
struct OutputForm {
    var sizes: [Int]
    var dtype: DType
    var device: Device

    init(_ tensor: Tensor) {
        sizes = tensor.layout.sizes
        dtype = tensor.dtype
        device = tensor.device
    }
}

/// One recorded step of the computation. PyTorch: `torch.autograd.graph.Node`.
public class Node {
    /// PyTorch's name of the node, for example `MulBackward0`.
    public internal(set) final var name: String
    /// A number that grows with every node, so a node's inputs have smaller numbers. Among ready nodes the greatest
    /// number runs first. Accumulators of leaves have the greatest number of all.
    let sequence: UInt64
    var edges: [Edge]
    var outputs: [OutputForm]
    /// Functions called with the gradient of an output before the node runs. They may replace the gradient.
    var hooks = HookList<Hook>()
    /// Tensors that keep the gradient after all hooks have run.
    private(set) var gradientRetainers: [GradientRetainer] = []
    /// The stream on which the outputs were computed, if they are on a CUDA device. The node runs on it.
    final let stream: CUDAStream?
    /// The vmap in which the step was recorded. The node runs in it, and its gradients may differ between examples.
    final let batchLevel: BatchLevel?
    /// The call that recorded the step, if anomaly detection was on.
    final let forwardCall: ForwardCall?

    struct Hook {
        let output: Int32
        let body: (Tensor) -> Tensor?
    }

    /// A tensor that keeps the gradient of an output: PyTorch's `retain_grad`.
    struct GradientRetainer {
        let output: Int32
        weak var extras: TensorExtras?
    }

    init(_ name: String, edges: [Edge], outputs: [OutputForm], isLeaf: Bool = false) {
        self.name = name
        sequence = isLeaf ? .max : TapeCounter.take()
        self.edges = edges
        self.outputs = outputs
        batchLevel = .current
        forwardCall = AnomalyMode.isEnabled ? ForwardCall() : nil
        stream = outputs.first { $0.device.kind == .cuda }.map { CUDAStream.inUse(on: $0.device) }
    }

    deinit { GraphRelease.release(&edges) }

    /// Computes the gradients of the inputs, one per edge, from the gradients of the outputs (nil: zero). `isCapturing`
    /// is whether the pass is that of `grad`, not of `backward`.
    func apply(_ grads: [Tensor?], isCapturing: Bool) -> [Tensor?] { fatalError("abstract") }

    /// Releases what was saved for `apply`.
    func releaseSaved() {}

    /// The nodes that this node passes gradients to. PyTorch: `Node.next_functions`.
    public var nextFunctions: [Node?] { edges.map(\.node) }

    /// The sizes of each output.
    package final var outputSizes: [[Int]] { outputs.map(\.sizes) }

    /// The operator's name in PyTorch's errors: `Mul` for `MulBackward0`.
    package final var operatorName: Substring {
        let bare = name[..<(name.lastIndex { !$0.isNumber }.map { name.index(after: $0) } ?? name.endIndex)]
        return bare.hasSuffix("Backward") ? bare.dropLast(8) : name[...]
    }

    /// Stores the gradient of an output in `extras` when it is computed.
    func retainGradient(of output: Int32, in extras: TensorExtras) {
        gradientRetainers.append(GradientRetainer(output: output, extras: extras))
    }

    func stopRetaining(in extras: TensorExtras) {
        if !gradientRetainers.isEmpty { gradientRetainers.removeAll { $0.extras === extras || $0.extras == nil } }
    }
}

extension Node: CustomStringConvertible {
    /// The name in brackets, such as `<MulBackward0>`. PyTorch's `print(x.grad_fn)` adds an address.
    public var description: String { "<\(name)>" }
}

/// The accumulator of a leaf: adds the gradients that arrive to the leaf's `.grad`. PyTorch: `AccumulateGrad`.
final class AccumulateGrad: Node {
    var grad: Tensor?
    /// Functions called after a gradient has been accumulated.
    var postHooks = HookList<() -> Void>()
    /// The stream on which the gradient was written last, if it is on a CUDA device.
    private var writtenOn: CUDAStream?
    /// The layout of the leaf. Its gradient gets the same strides.
    private var layout: Layout
    /// Protects accumulation, because several threads may differentiate through one leaf.
    private let lock = Mutex(())

    init(_ leaf: Tensor) {
        layout = leaf.layout
        super.init("AccumulateGrad", edges: [], outputs: [OutputForm(leaf)], isLeaf: true)
    }

    /// Adopts the layout of the leaf after it has changed.
    func adoptLayout(of leaf: Tensor) {
        layout = leaf.layout
        outputs = [OutputForm(leaf)]
    }

    /// Adds `new` to the gradient. If `own` is true, nothing else holds its memory, so it can be kept without a copy.
    func accumulate(_ new: Tensor, own: Bool) {
        lock.withLock { _ in
            let stream = new.isCUDA ? CUDAStream.inUse(on: new.device) : nil
            defer { writtenOn = stream }
            if let old = grad {
                if let stream, let writtenOn, stream != writtenOn { stream.waitUnlessCapturing(writtenOn) }
                if isGradEnabled() || !old.canAccumulate(new) {
                    grad = old.sum(withGradient: new)
                } else {
                    old.accumulateInPlace(new)
                }
            } else {
                grad = own && !isGradEnabled() && liesRight(new) ? new : copy(new)
            }
        }
        for hook in postHooks.bodies { hook() }
    }

    /// Returns whether a gradient has the memory layout that PyTorch would use: the leaf's strides, or row-major order
    /// if the leaf has gaps or overlaps.
    private func liesRight(_ grad: Tensor) -> Bool {
        if let parts = grad.sparseParts {
            // Others may hold the values of a sparse tensor that is new itself.
            return parts.values.layout.isContiguous && isKnownUniquelyReferenced(&parts.values.raw.storage)
        }
        if layout.isContiguous { return grad.layout.isContiguous }
        guard layout.isDense else { return grad.layout.isContiguous }
        return zip(layout.sizes, zip(layout.strides, grad.layout.strides)).allSatisfy { $0 == 1 || $1.0 == $1.1 }
    }

    /// Returns a copy of a gradient in the memory layout that PyTorch would use.
    private func copy(_ new: Tensor) -> Tensor {
        if new.hasSparseForm { return isGradEnabled() ? new.clone() : new.detach().contiguousCopy() }
        if !isGradEnabled(), layout.isContiguous || !layout.isDense { return new.detach().contiguousCopy() }
        if layout.isContiguous || !layout.isDense { return new.clone(memoryFormat: .contiguous) }
        return Tensor.emptyStrided(layout.sizes, layout.strides, dtype: new.dtype, device: new.device).copy_(new)
    }
}

/// Releases graphs with bounded recursion, however deep they are. What a node holds is released at once, if few outer
/// releases have not ended. Otherwise it waits until the outermost one ends.
enum GraphRelease {
    private final class Waiting {
        var edges: [[Edge]] = []
        var saved: [[SavedTensor]] = []
    }

    static func release(_ edges: inout [Edge]) {
        if edges.isEmpty { return }
        guard st_enter_release() else {
            waiting.edges.append(edges)
            edges = []
            return
        }
        edges = []
        leave()
    }

    static func release(_ saved: inout [SavedTensor]) {
        if saved.isEmpty { return }
        guard st_enter_release() else {
            waiting.saved.append(saved)
            saved = []
            return
        }
        saved = []
        leave()
    }

    /// Ends a release. If it is the outermost, releases what waits, and what starts to wait because of that. The depth
    /// is behind calls into C, because the compiler assumes that a release reads no variables.
    private static func leave() { if st_leave_release() { drain() } }

    @inline(never)
    private static func drain() {
        guard st_enter_release() else { return }
        let waiting = waiting
        while waiting.edges.popLast() != nil || waiting.saved.popLast() != nil {}
        st_this_thread().pointee.release_waits = false
        _ = st_leave_release()
    }

    private static var waiting: Waiting {
        let thread = st_this_thread()
        thread.pointee.release_waits = true
        if let box = thread.pointee.release_box { return Unmanaged<Waiting>.fromOpaque(box).takeUnretainedValue() }
        let new = Unmanaged.passRetained(Waiting()).toOpaque()
        thread.pointee.release_box = new
        pthread_setspecific(threadExit, new)
        return Unmanaged<Waiting>.fromOpaque(new).takeUnretainedValue()
    }

    /// Releases a thread's `Waiting` object when the thread ends.
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
