import Torch

/// Averages the gradients of a model over the processes while the backward pass goes on. PyTorch: `c10d::Reducer`.
///
/// A hook of each parameter runs when its gradient is complete, copies it to its bucket, and begins to reduce the
/// bucket if it is full and all buckets before it have begun. The hook that begins the last bucket waits for all.
final class Reducer {
    let parameters: [Tensor]
    private let names: [String]
    private let group: ProcessGroup
    private let findsUnused: Bool
    private let isStatic: Bool
    private let gradientsAreViews: Bool
    private let bucketBytes: Int
    private var buckets: [GradBucket] = []
    /// The bucket of each parameter and its place there.
    private var places: [(bucket: Int, slot: Int)] = []
    private var hooks: [HookHandle] = []
    /// The accumulator of each parameter, as the graph names it. Keeping it keeps its identity.
    private let accumulators: [ObjectIdentifier: Int]
    private let keptAccumulators: [Node]

    var communicationHook: CommunicationHook?
    /// What gradients are divided by: the number of processes, or of those that still have inputs.
    var divisor: Int

    // The state of one pass.
    private var isExpecting = false
    private var isReady: [Bool]
    private var nextBucket = 0
    private var readyOrder: [Int] = []
    private var isRebuilt = false
    private var hasReduced = false
    /// Whether this process used each parameter, since the last reduction.
    private var isUsed: [Bool]
    /// The gradient of each parameter that was copied to a bucket in this pass, and its version then.
    private var stored: [(tensor: Tensor, version: Int)?]
    /// The parameters that this pass does not use. They are ready with its first gradient.
    private var unused: [Int] = []
    /// The parameters that the first pass of a static graph did not use.
    private var staticUnused: [Int]?

    /// The size of the first bucket, which should begin early. PyTorch: `_DEFAULT_FIRST_BUCKET_BYTES`.
    static let firstBucketBytes = 1 << 20

    init(
        _ named: [(name: String, parameter: Tensor)], _ group: ProcessGroup, bucketBytes: Int, findsUnused: Bool,
        isStatic: Bool, gradientsAreViews: Bool
    ) {
        parameters = named.map(\.parameter)
        names = named.map(\.name)
        self.group = group
        self.bucketBytes = bucketBytes
        self.findsUnused = findsUnused
        self.isStatic = isStatic
        self.gradientsAreViews = gradientsAreViews
        divisor = group.size
        isReady = Array(repeating: false, count: named.count)
        isUsed = isReady
        stored = named.map { _ in nil }
        keptAccumulators = setGradEnabled(true) {
            named.compactMap { $0.parameter.viewAs($0.parameter).gradFn?.nextFunctions[0] }
        }
        accumulators = Dictionary(
            keptAccumulators.enumerated().map { (ObjectIdentifier($1), $0) }, uniquingKeysWith: { first, _ in first })
        // The last layers' gradients are ready first.
        build(Array(parameters.indices.reversed()))
        hooks = parameters.enumerated().map { i, parameter in
            parameter.registerPostAccumulateGradHook { [weak self] _ in self?.gradientIsReady(i) }
        }
    }

    deinit { for hook in hooks { hook.remove() } }

    private func build(_ order: [Int]) {
        let assigned = GradBucket.assign(
            order, parameters, firstBytes: min(Reducer.firstBucketBytes, bucketBytes), bytes: bucketBytes)
        // Gradients that lie in the old buckets keep their values.
        let old = gradientsAreViews ? parameters.map { viewedGradient($0) } : []
        let shared = shareMemory(assigned.map { $0.map { parameters[$0] } })
        buckets = assigned.enumerated().map { i, members in
            GradBucket(
                index: i, members: members, parameters: members.map { parameters[$0] },
                isLast: i == assigned.count - 1, group: group, shared: shared[i])
        }
        places = Array(repeating: (0, 0), count: parameters.count)
        for bucket in buckets {
            for (slot, i) in bucket.members.enumerated() {
                places[i] = (bucket.index, slot)
                if gradientsAreViews, let grad = old[i] {
                    noGrad { _ = bucket.views[slot].copy_(grad) }
                    parameters[i].grad = bucket.views[slot]
                }
            }
        }
    }

    /// Returns shared memory for each bucket, or nil for all if the processes share none.
    private func shareMemory(_ buckets: [[Tensor]]) -> [SharedBucket?] {
        var offsets: [Int] = [], end = SharedMemory.header
        for parameters in buckets {
            offsets.append(end)
            end += SharedBucket.byteCount(
                GradBucket.count(parameters), parameters[0].dtype, processes: group.size,
                overwritesParts: gradientsAreViews)
        }
        guard buckets.allSatisfy({ $0[0].device.kind == .cpu }),
            let memory = SharedMemory.make(group, byteCount: end)
        else { return buckets.map { _ in nil } }
        return zip(buckets, offsets).map { parameters, offset in
            SharedBucket(
                memory, offset: offset, count: GradBucket.count(parameters), dtype: parameters[0].dtype, group: group,
                overwritesParts: gradientsAreViews
            ) { GradBucket.views(of: $0, parameters) }
        }
    }

    /// The gradient of a parameter, if it lies in a bucket.
    private func viewedGradient(_ parameter: Tensor) -> Tensor? {
        guard let grad = parameter.grad, buckets.contains(where: { $0.buffer.storage === grad.storage }) else {
            return nil
        }
        return grad
    }

    // MARK: Before the backward pass

    /// Whether a backward pass has begun that did not reduce every gradient.
    private var isUnfinished: Bool { isExpecting && isReady.contains(true) }

    /// Prepares for a backward pass. `outputs` are searched for parameters that have no part in them.
    func prepareForBackward(_ outputs: [Tensor]) {
        isExpecting = true
        for i in isReady.indices { isReady[i] = false }
        for bucket in buckets {
            bucket.waitsFor = bucket.members.count
            bucket.reduce = nil
            // Left open by a pass that did not reduce every gradient.
            bucket.shared?.close()
        }
        nextBucket = 0
        readyOrder = []
        unused = []
        for i in stored.indices { stored[i] = nil }
        if findsUnused || isStatic {
            unused = staticUnused ?? unusedParameters(outputs)
            if isStatic { staticUnused = unused }
        }
    }

    /// Notes that the next backward pass reduces nothing.
    func skipReduction() { isExpecting = false }

    /// Raises an error and returns false if the last pass has not reduced every gradient.
    func lastPassIsComplete() -> Bool {
        guard isUnfinished else { return true }
        let missing = isReady.indices.filter { !isReady[$0] }
        isExpecting = false
        var words =
            "Expected to have finished reduction in the prior iteration before starting a new one. "
            + "This error indicates that your module has parameters that were not used in producing loss. "
        let advice =
            "making sure all `forward` function outputs participate in calculating loss. \nIf you already have done the above, then the distributed data parallel module wasn't able to locate the output tensors in the return value of your module's `forward` function. Please include the loss function and the structure of the return value of `forward` of your module when reporting this issue (e.g. list, dict, iterable)."
        if isStatic {
            words =
                "Expected to have finished reduction in the prior iteration before starting a new one. This error indicates that your training graph has changed in this iteration, e.g., one parameter is used in first iteration, but then got unused in the second iteration. this is not compatible with static_graph set to True."
        } else if findsUnused {
            words +=
                "Since `find_unused_parameters=True` is enabled, this likely  means that not all `forward` outputs participate in computing loss. You can fix this by "
                + advice
        } else {
            words +=
                "You can enable unused parameter detection by passing the keyword argument `find_unused_parameters=True` to `torch.nn.parallel.DistributedDataParallel`, and by \n"
                + advice
        }
        raise(
            .runtime,
            words
                + "\nParameters which did not receive grad for rank \(group.rank): \(missing.map { names[$0] }.joined(separator: ", "))"
                + "\nParameter indices which did not receive grad for rank \(group.rank): \(missing.map(String.init).joined(separator: " "))"
        )
        return false
    }

    /// Makes the buckets anew after the first pass, in the order in which gradients became ready in rank 0.
    func rebuildOnce() {
        guard hasReduced, !isRebuilt, !findsUnused || isStatic, readyOrder.count == parameters.count else { return }
        isRebuilt = true
        let order = Tensor(readyOrder.map { Int64($0) }, device: .cpu)
        _ = group.broadcast(order, from: 0, asyncOp: false)
        build(order.toArray(as: Int.self))
    }

    /// Returns the parameters that no output depends on.
    private func unusedParameters(_ outputs: [Tensor]) -> [Int] {
        var unused = Set(parameters.indices)
        var seen = Set<ObjectIdentifier>()
        var open: [Node] = outputs.compactMap { output in
            output.gradFn ?? (output.requiresGrad ? output.viewAs(output).gradFn : nil)
        }
        while let node = open.popLast() {
            guard seen.insert(ObjectIdentifier(node)).inserted else { continue }
            if let i = accumulators[ObjectIdentifier(node)] { unused.remove(i) }
            for next in node.nextFunctions { if let next { open.append(next) } }
        }
        return unused.sorted()
    }

    // MARK: In the backward pass

    private func gradientIsReady(_ i: Int) {
        isUsed[i] = true
        guard isExpecting else { return }
        let others = unused
        unused = []
        for other in others { markReady(other, isUnused: true) }
        markReady(i, isUnused: false)
    }

    private func markReady(_ i: Int, isUnused: Bool) {
        guard !isReady[i] else {
            raise(
                .runtime,
                "Expected to mark a variable ready only once. This error is caused by one of the following reasons: "
                    + "1) Use of a module parameter outside the `forward` function. Please make sure model parameters are not shared across multiple concurrent forward-backward passes. or try to use _set_static_graph() as a workaround if this module graph does not change during training loop."
                    + "2) Reused parameters in multiple reentrant backward passes. For example, if you use multiple `checkpoint` functions to wrap the same part of your model, it would result in the same set of parameters been used by different reentrant backward passes multiple times, and hence marking a variable ready multiple times."
                    + "\nParameter at index \(i) with name \(names[i]) has been marked as ready twice. This means that multiple autograd engine  hooks have fired for this particular parameter during this iteration."
            )
            return
        }
        isReady[i] = true
        readyOrder.append(i)
        let (number, slot) = places[i]
        let bucket = buckets[number]
        if bucket.waitsFor == bucket.members.count { bucket.shared?.prepareToWrite() }
        store(i, in: bucket, bucket.views[slot], isUnused: isUnused)
        bucket.waitsFor -= 1
        while nextBucket < buckets.count, buckets[nextBucket].waitsFor == 0 {
            begin(buckets[nextBucket])
            nextBucket += 1
        }
        if nextBucket == buckets.count { finish() }
    }

    /// Whether the sums of a bucket are divided as they are made, not the gradients before.
    private func dividesSums(_ bucket: GradBucket) -> Bool {
        if let shared = bucket.shared { return shared.dividesSums }
        // Half types could leave their range so.
        return divisor == group.size && (bucket.buffer.dtype == .float32 || bucket.buffer.dtype == .float64)
    }

    /// Copies a gradient to its place, divided by the number of processes unless that is done later.
    private func store(_ i: Int, in bucket: GradBucket, _ view: Tensor, isUnused: Bool) {
        noGrad {
            // Passes without reduction may have left a gradient that waits to be reduced.
            guard let grad = parameters[i].grad, !isUnused || isUsed[i] else {
                _ = view.zero_()
                return
            }
            let isView = grad.storage === view.storage
            stored[i] = (grad, grad.version)
            if communicationHook != nil || dividesSums(bucket) {
                if !isView { _ = view.copy_(grad) }
            } else if isView {
                _ = view.mul_(1 / Double(divisor))
            } else {
                view.setToProduct(grad, 1 / Double(divisor))
            }
        }
    }

    private func begin(_ bucket: GradBucket) {
        if let communicationHook {
            bucket.reduce = communicationHook(bucket)
            return
        }
        if let shared = bucket.shared { return shared.publish() }
        let work = group.allReduce(bucket.buffer, dividesSums(bucket) ? .avg : .sum, asyncOp: true)
        bucket.reduce = {
            work?.wait()
            return bucket.buffer
        }
    }

    private func finish() {
        var counts: [Int32]?
        if findsUnused {
            let used = Tensor(isUsed.map { Int32($0 ? 1 : 0) }, device: .cpu)
            _ = group.allReduce(used, .sum, asyncOp: false)
            counts = used.toArray()
        }
        let shared = communicationHook == nil ? buckets.compactMap(\.shared) : []
        // All stretches are added before this process waits for those of others.
        for bucket in shared { bucket.addStretch() }
        for bucket in buckets {
            let sums = communicationHook == nil ? bucket.shared : nil
            if let sums {
                sums.waitForAll()
            } else if let reduced = bucket.reduce?() {
                bucket.reduce = nil
                if reduced.isVoid { return }
                if reduced !== bucket.buffer { noGrad { _ = bucket.buffer.copy_(reduced) } }
            }
            for (slot, i) in bucket.members.enumerated() {
                // What no process has used keeps its gradient, or has none.
                if let counts, counts[i] == 0 { continue }
                let view = bucket.views[slot], grad = gradient(of: parameters[i], view)
                if let sums {
                    sums.store(slot, in: grad, isOwnPart: isUnchanged(grad, i), divisor: divisor)
                } else if grad.storage !== view.storage {
                    noGrad { _ = grad.copy_(view) }
                }
            }
        }
        for bucket in shared { bucket.close() }
        for i in stored.indices { stored[i] = nil }
        for i in isUsed.indices { isUsed[i] = false }
        hasReduced = true
        isExpecting = false
    }

    /// Whether a gradient has the values that were copied to its bucket in this pass.
    private func isUnchanged(_ grad: Tensor, _ i: Int) -> Bool {
        guard let (tensor, version) = stored[i] else { return false }
        return tensor === grad && version == grad.version
    }

    /// Returns the gradient of a parameter, which the mean will be written to: its own, or its place in a bucket.
    private func gradient(of parameter: Tensor, _ view: Tensor) -> Tensor {
        if let grad = parameter.grad, !gradientsAreViews || grad.storage === view.storage { return grad }
        let grad = gradientsAreViews ? view : noGrad { view.clone() }
        parameter.grad = grad
        return grad
    }

    // MARK: Processes without inputs

    /// Takes part in the reductions of others' backward pass, with gradients of zero.
    func shadowBackward() {
        for bucket in buckets {
            bucket.shared?.prepareToWrite()
            noGrad { _ = bucket.buffer.zero_() }
            begin(bucket)
        }
        if findsUnused {
            let counts = Tensor.zeros([parameters.count], dtype: .int32, device: .cpu)
            _ = group.allReduce(counts, .sum, asyncOp: false)
        }
        for bucket in buckets { bucket.shared?.addStretch() }
        for bucket in buckets {
            _ = bucket.reduce?()
            bucket.reduce = nil
            bucket.shared?.close()
        }
    }
}
