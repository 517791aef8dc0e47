import Foundation
import Torch
import TorchDistributed

/// `fullyShard` against one process with the whole batch, and against PyTorch's own over gloo.
enum FullyShardTests {
    static var n: Int { dist.worldSize }
    static var me: Int { dist.rank }
    private static let steps = 6

    /// What `record-fsdp.py` has recorded of one process.
    private struct Recorded: Decodable {
        let parts: [String: [Int]]
        let losses, norms, accumulated_losses, mixed_losses: [Double]
        let weights, accumulated_weights, mixed_weights: [String: [Double]]
    }

    static func run() throws {
        try recorded()
        try alone()
        memory()
        options()
        passes()
        passesWithoutBackward()
        mixed()
        clipping()
        scaling()
        try states()
        try pyTorchs()
        try errors()
    }

    /// Rows that 2 and 3 processes cannot divide evenly, and 2 rows for 3 and 5 processes.
    static func network() -> Sequential {
        manualSeed(0)
        return Sequential {
            Sequential {
                Linear(10, 7)
                Tanh()
            }
            Sequential {
                Linear(7, 5)
                Tanh()
            }
            Linear(5, 2)
        }
    }

    /// Divides the first two blocks, then the rest.
    @discardableResult
    static func shard(
        _ model: Sequential, reshardAfterForward: Bool? = nil, mpPolicy: MixedPrecisionPolicy = MixedPrecisionPolicy()
    ) -> Sequential {
        for block in model.prefix(2) {
            fullyShard(block as! Sequential, reshardAfterForward: reshardAfterForward, mpPolicy: mpPolicy)
        }
        return fullyShard(model, reshardAfterForward: reshardAfterForward, mpPolicy: mpPolicy)
    }

    private static func data(_ rows: Int = 12) -> (Tensor, Tensor) {
        manualSeed(1)
        return (Tensor.randn([steps, rows, 10]), Tensor.randint(0, 2, [steps, rows]))
    }

    private static func part(_ i: Int, of x: Tensor) -> Tensor {
        let size = x.shape.sizes[1] / n
        return x[i].narrow(0, size * me, size)
    }

    /// Trains on this process's parts of the batches. Returns the losses and the norms of the gradients.
    static func train(
        _ model: Sequential, _ optimizer: Optimizer, clip: Double? = nil, accumulates: Bool = false,
        forward: ((Tensor) -> Tensor)? = nil
    ) -> (losses: [Double], norms: [Double]) {
        let (xs, ys) = data()
        var losses: [Double] = [], norms: [Double] = []
        for i in 0..<steps {
            if accumulates { model.fsdp.setRequiresGradientSync(i % 2 == 1) }
            let x = part(i, of: xs)
            let loss = F.crossEntropy((forward?(x) ?? model(x)).to(.float32), part(i, of: ys))
            loss.backward()
            losses.append(loss.item())
            if accumulates, i % 2 == 0 { continue }
            if let clip { norms.append(clipGradNorm_(model.parameters(), maxNorm: clip).item()) }
            optimizer.step()
            optimizer.zeroGrad()
        }
        return (losses, norms)
    }

    /// The whole parameters, in every process.
    static func whole(_ model: Module) -> StateDict {
        dist.checkpoint.getModelStateDict(model, options: .init(fullStateDict: true))
    }

    private static func close(_ values: [Double], _ expected: [Double], _ tolerance: Double, _ what: String) {
        let differences = zip(values, expected).map { abs($0 - $1) }
        Check.that(
            values.count == expected.count && differences.allSatisfy { $0 <= tolerance },
            "\(what): \(values), expected \(expected)")
    }

    private static func close(
        _ model: Module, _ expected: [String: [Double]], _ tolerance: Double, _ what: String
    ) {
        for (name, value) in whole(model) {
            close(value.to(.float64).toArray(), expected[name] ?? [], tolerance, "\(what): \(name)")
        }
    }

    /// The losses, norms and weights of PyTorch's fully_shard with 2 and 3 processes.
    private static func recorded() throws {
        guard n == 2 || n == 3, let path = ProcessInfo.processInfo.environment["DDP_FIXTURE"] else { return }
        let file = URL(fileURLWithPath: path).deletingLastPathComponent().appendingPathComponent("fsdp.json")
        let all = try JSONDecoder().decode([String: [Recorded]].self, from: Data(contentsOf: file))
        guard let expected = all["\(n)"]?[me] else { return Check.that(false, "recorded processes") }
        let model = shard(network())
        for (name, value) in model.stateDict() {
            Check.that(value.shape.sizes == expected.parts[name], "\(name): the part's shape \(value.shape)")
        }
        let found = train(model, Adam(model.parameters(), lr: 0.02), clip: 0.1)
        close(found.losses, expected.losses, 1e-6, "the losses of PyTorch")
        close(found.norms, expected.norms, 1e-6, "the norms of PyTorch")
        close(model, expected.weights, 1e-5, "the weights of PyTorch")

        let other = shard(network())
        let losses = train(other, SGD(other.parameters(), lr: 0.1, momentum: 0.9), accumulates: true).losses
        close(losses, expected.accumulated_losses, 1e-6, "the losses of PyTorch with accumulation")
        close(other, expected.accumulated_weights, 1e-5, "the weights of PyTorch with accumulation")

        // The products round otherwise: a bfloat16 has 8 bits.
        let mixed = shard(network(), mpPolicy: MixedPrecisionPolicy(paramDType: .bfloat16, reduceDType: .float32))
        let mixedLosses = train(mixed, SGD(mixed.parameters(), lr: 0.1, momentum: 0.9)).losses
        close(mixedLosses, expected.mixed_losses, 1e-2, "the losses of PyTorch in bfloat16")
        close(mixed, expected.mixed_weights, 2e-2, "the weights of PyTorch in bfloat16")
    }

    /// The steps of one process with the batches of all.
    private static func alone() throws {
        let (xs, ys) = data(12 * n)
        let single = network(), model = shard(network())
        let one = SGD(single.parameters(), lr: 0.1, momentum: 0.9)
        // An optimizer may be made before or after the division.
        let all = SGD(model.parameters(), lr: 0.1, momentum: 0.9)
        for i in 0..<steps {
            let expected = F.crossEntropy(single(xs[i]), ys[i])
            let loss = F.crossEntropy(model(part(i, of: xs)), part(i, of: ys))
            expected.backward()
            loss.backward()
            let mean = loss.detach()
            dist.allReduce(mean, op: .avg)
            Check.close(mean, expected.detach(), 1e-6, "the loss of step \(i)")
            for (a, b) in zip(model.parameters(), single.parameters()) {
                guard let grad = a.grad, let expected = b.grad else {
                    return Check.that(false, "a gradient is missing")
                }
                Check.that(grad.shape == a.shape, "the gradient of a part")
                Check.close(grad, Array(expected.chunk(n))[safe: me] ?? expected.narrow(0, 0, 0), 1e-6, "a gradient")
            }
            one.step()
            all.step()
            one.zeroGrad()
            all.zeroGrad()
        }
        for (name, value) in whole(model) { Check.close(value, single.stateDict()[name]!, 1e-6, name) }
    }

    /// Notes how much memory is in use when it is called.
    private final class Probe: Module, Layer {
        var bytes: [Int] = []
        func forward(_ x: Tensor) -> Tensor {
            bytes.append(memoryAllocated())
            return x
        }
    }

    /// Between its blocks, a process has 1/N of the parameters; in a block also that block's.
    private static func memory() {
        let width = 512, blocks = 6, blockBytes = width * width * 4
        let base = memoryAllocated()
        let outside = Probe(), inside = Probe()
        let layers = (0..<blocks).map { _ in
            Sequential {
                Linear(width, width, bias: false)
                inside
            }
        }
        let model = Sequential(layers.flatMap { [$0, outside] as [any Layer] })
        Check.that(memoryAllocated() - base >= blocks * blockBytes, "the whole model")
        for layer in layers { fullyShard(layer) }
        fullyShard(model)
        let expected = blocks * ((width + n - 1) / n) * width * 4
        // The allocator rounds sizes up by at most a quarter.
        func between(_ bytes: Int, _ expected: Int, _ what: String) {
            let own = bytes - base, slack = 64 << 10
            Check.that(
                own >= expected - slack && own <= expected + expected / 4 + slack,
                "\(what): \(own) bytes, expected about \(expected)")
        }
        between(memoryAllocated(), expected, "the parts")
        let padded = (width + n - 1) / n * n * width * 4
        for records in [false, true] {
            setGradEnabled(records) {
                inside.bytes = []
                outside.bytes = []
                let y = model(Tensor.ones([1, width]))
                for bytes in outside.bytes { between(bytes, expected, "between two blocks") }
                for bytes in inside.bytes { between(bytes, expected + padded, "in a block") }
                if records { y.sum().backward() }
            }
        }
        Check.that(outside.bytes.count == blocks, "the probes were called")
        // Now each part has a gradient of its size.
        between(memoryAllocated(), 2 * expected, "after the backward pass")
    }

    /// Options that change when parameters are gathered, not what is computed.
    private static func options() {
        func weights(_ prepare: (Sequential) -> Void = { _ in }, _ reshard: Bool? = nil) -> StateDict {
            let model = shard(network(), reshardAfterForward: reshard)
            prepare(model)
            _ = train(model, SGD(model.parameters(), lr: 0.1, momentum: 0.9))
            return whole(model)
        }
        let expected = weights()
        let changed: [(String, StateDict)] = [
            ("reshardAfterForward: false", weights({ _ in }, false)),
            ("reshardAfterForward: true", weights({ _ in }, true)),
            ("setReshardAfterForward", weights { $0.fsdp.setReshardAfterForward(false) }),
            (
                "prefetching",
                weights {
                    $0.fsdp.setModulesToForwardPrefetch([$0[0]])
                    $0[0].fsdp.setModulesToForwardPrefetch([$0[1]])
                    $0[1].fsdp.setModulesToBackwardPrefetch([$0[0]])
                }
            )
        ]
        for (what, found) in changed {
            for (name, value) in found { Check.equal(value, expected[name]!, "\(what): \(name)") }
        }
        let model = shard(network())
        let handle = model[0].fsdp.unshard(asyncOp: true)
        handle?.wait()
        Check.that(model[0].parameters()[0].shape == [7, 10], "unshard")
        model[0].fsdp.reshard()
        Check.that(model[0].parameters()[0].shape[0] == FullyShardTests.rows(7), "reshard")
        // Half the mean, by a factor of one's own.
        let (xs, ys) = data()
        func gradients(_ factor: Double?) -> [Tensor] {
            let model = shard(network())
            if let factor { for module in [model, model[0], model[1]] { module.fsdp.setGradientDivideFactor(factor) } }
            F.crossEntropy(model(part(0, of: xs)), part(0, of: ys)).backward()
            return model.parameters().compactMap(\.grad)
        }
        for (a, b) in zip(gradients(2 * Double(n)), gradients(nil)) { Check.close(a * 2, b, 1e-7, "divide factor") }
    }

    /// The number of this process's rows of `count`.
    private static func rows(_ count: Int) -> Int {
        let chunk = (count + n - 1) / n
        return max(0, min(chunk, count - chunk * me))
    }

    /// Runs a pass that does not call the module itself.
    private static func within(_ model: Module, _ body: () -> Tensor) -> Tensor {
        model.isFullySharded ? model.fsdp.forward(body) : body()
    }

    /// A step whose backward pass calls `grad`: the gradient of Σ x³.
    private enum Energy: Function {
        static func forward(_ context: FunctionContext, _ inputs: [Tensor]) -> [Tensor] {
            context.saveForBackward(inputs[0])
            return [inputs[0].pow(3)]
        }

        static func backward(_ context: FunctionContext, _ grads: [Tensor?]) -> [Tensor?] {
            [grads[0].map { $0 * slope(at: context.savedTensors[0]) }]
        }

        static func slope(at x: Tensor) -> Tensor {
            enableGrad {
                let x = x.detach().requiresGrad_()
                return grad(x.pow(3).sum(), x)
            }
        }
    }

    /// Forms of passes: frozen parameters, modules that are used twice or not at all, checkpoints, gradients of inputs,
    /// other methods. Each gives the gradients that the module has without `fullyShard`.
    private static func passes() {
        let x = Tensor.arange(40, dtype: .float32).reshape([4, 10]) / 40 + Float(me)
        func compare(
            _ what: String, prepare: (Sequential) -> Void = { _ in }, _ loss: (Sequential, Tensor) -> Tensor
        ) {
            let plain = network(), model = network()
            prepare(plain)
            prepare(model)
            shard(model)
            let input = x.clone().requiresGrad_(), other = x.clone().requiresGrad_()
            for _ in 0..<2 {
                loss(plain, input).backward()
                loss(model, other).backward()
            }
            if let expected = input.grad {
                Check.close(other.grad ?? .zeros([0]), expected, 1e-6, "\(what): the input's gradient")
            }
            for ((name, a), b) in zip(plain.namedParameters(), model.parameters()) {
                Check.that((a.grad == nil) == (b.grad == nil), "\(what): whether \(name) has a gradient")
                guard let expected = a.grad, let grad = b.grad else { continue }
                dist.allReduce(expected, op: .avg)
                Check.close(
                    grad, Array(expected.chunk(n))[safe: me] ?? expected.narrow(0, 0, 0), 2e-6, "\(what): \(name)")
            }
            for module in model.modules() where module.isFullySharded {
                for parameter in module.parameters() {
                    Check.that(parameter.shape.sizes.first != 7 || n == 1, "\(what): parameters are parts at the end")
                }
            }
        }
        compare("plain") { $0($1).sum() }
        compare("twice in one pass") { ($0($1) * $0($1 * 2)).sum() }
        compare("no gradient of the input") { $0($1.detach()).sum() }
        compare("blocks that are not used") { model, x in model[0](x).sum() }
        compare("frozen block", prepare: { $0[1].requiresGrad_(false) }) { $0($1).sum() }
        compare("frozen weights", prepare: { $0[0].parameters()[0].requiresGrad_(false) }) { $0($1).sum() }
        compare("all frozen", prepare: { $0.requiresGrad_(false) }) { $0($1).sum() }
        for reentrant in [false, true] {
            compare("checkpoint, useReentrant: \(reentrant)") { model, x in
                within(model) {
                    let hidden = checkpoint(x, useReentrant: reentrant) { model[0]($0) }
                    return checkpoint(hidden, useReentrant: reentrant) { model[2](model[1]($0)) }.sum()
                }
            }
            compare("one checkpoint, useReentrant: \(reentrant)") { model, x in
                checkpoint(x, useReentrant: reentrant) { model($0) }.sum()
            }
        }
        compare("grad in a step of the backward pass") { model, x in
            within(model) { model[2](Energy.apply(model[1](model[0](x)))[0]).sum() }
        }
        compare("grad in a hook") { model, x in
            within(model) {
                let hidden = model[0](x)
                hidden.registerHook { $0 + Energy.slope(at: hidden.detach()) }
                return model[2](model[1](hidden)).sum()
            }
        }
        compare("another method") { model, x in within(model) { model[2](model[1](model[0](x)) * 2).sum() } }
        // `grad` computes gradients of inputs and accumulates nothing.
        let model = shard(network()), input = x.clone().requiresGrad_()
        let plain = network(), other = x.clone().requiresGrad_()
        let found = grad(model(input).sum(), input), expected = grad(plain(other).sum(), other)
        Check.close(found, expected, 1e-6, "grad")
        Check.that(model.parameters().allSatisfy { $0.grad == nil && ($0.shape.sizes[0] < 5 || n == 1) }, "after grad")
        // A pass that fails, and the next one.
        let failing = shard(network())
        do {
            try withError {
                let y = failing(x)
                y.registerHook { _ in
                    Tensor.zeros([1, 1])
                }
                y.sum().backward()
            }
            Check.that(false, "no error from a hook")
        } catch {}
        failing.fsdp.resetIterState()
        failing.zeroGrad()
        failing(x).sum().backward()
        Check.that(failing.parameters().allSatisfy { $0.grad != nil }, "a pass after one that failed")
    }

    /// A recorded pass without a backward pass, at each point of the loop, changes no step.
    private static func passesWithoutBackward() {
        let (xs, ys) = data(12 * n)
        let places = ["before zeroGrad", "before backward", "before clipping", "before the step", "before the norm"]
        for (place, what) in places.enumerated() {
            for usesScaler in [false, true] {
                let single = network(), model = shard(network())
                let one = SGD(single.parameters(), lr: 0.1, momentum: 0.9)
                let all = SGD(model.parameters(), lr: 0.1, momentum: 0.9)
                let scaler = GradScaler(initScale: 4, enabled: usesScaler)
                for i in 0..<steps {
                    func validate(_ now: Int) { if now == place { _ = model(xs[0]) } }
                    one.zeroGrad()
                    let expected = F.crossEntropy(single(xs[i]), ys[i])
                    expected.backward()
                    let norm = clipGradNorm_(single.parameters(), maxNorm: 0.1)
                    one.step()

                    validate(0)
                    // Also between a forward and its backward pass.
                    if i % 2 == 0 { all.zeroGrad(setToNone: i % 4 == 0) }
                    let loss = F.crossEntropy(model(part(i, of: xs)), part(i, of: ys))
                    if i % 2 == 1 { model.zeroGrad(setToNone: i % 4 == 1) }
                    validate(1)
                    scaler.scale(loss).backward()
                    validate(2)
                    scaler.unscale_(all)
                    validate(4)
                    let own = clipGradNorm_(model.parameters(), maxNorm: 0.1)
                    Check.close(own, norm, 1e-5, "\(what), scaler \(usesScaler): the norm of step \(i)")
                    validate(3)
                    scaler.step(all)
                    scaler.update()
                }
                for (name, value) in whole(model) {
                    Check.close(value, single.stateDict()[name]!, 1e-5, "\(what), scaler \(usesScaler): \(name)")
                }
            }
        }
    }

    /// Notes the dtype of its input.
    private final class Kind: Module, Layer {
        var dtypes: [DType] = []
        let linear = Linear(5, 2)
        func forward(_ x: Tensor) -> Tensor {
            dtypes = [x.dtype, linear.weight.dtype]
            return linear(x)
        }
    }

    private static func mixed() {
        let kind = Kind()
        let model = Sequential(fullyShard(Linear(10, 5)), kind)
        fullyShard(
            kind,
            mpPolicy: MixedPrecisionPolicy(paramDType: .bfloat16, reduceDType: .float16, outputDType: .float64))
        fullyShard(model)
        let y = model(Tensor.ones([2, 10]))
        Check.that(kind.dtypes == [.bfloat16, .bfloat16], "the dtypes of the pass: \(kind.dtypes)")
        Check.that(y.dtype == .float64, "the dtype of the result")
        y.sum().backward()
        for parameter in model.parameters() {
            Check.that(parameter.dtype == .float32 && parameter.grad?.dtype == .float32, "the dtype of a part")
        }
        // Every gradient of the bias is 2: the sum over a batch of 2.
        Check.equal(kind.linear.bias!.grad!, Tensor.full([rows(2)], 2), "a gradient in float16")
        // Parameters of two dtypes in one module.
        let two = Sequential(Linear(3, 4), Linear(4, 2).to(.float64))
        let expected = two.parameters().map { $0.detach().clone() }
        fullyShard(two)
        two.fsdp.unshard()
        for (a, b) in zip(two.parameters(), expected) { Check.equal(a.detach(), b, "two dtypes") }
        two.fsdp.reshard()
    }

    /// Norms of whole gradients, of all kinds.
    private static func clipping() {
        for p: Double in [2, 1, 3, 0.5, .infinity, -.infinity, -1] {
            let model = shard(network()), plain = network()
            let x = Tensor.arange(40, dtype: .float32).reshape([4, 10]) / 40
            model(x).pow(2).sum().backward()
            plain(x).pow(2).sum().backward()
            let norm = clipGradNorm_(model.parameters(), maxNorm: 0.01, normType: p)
            let expected = clipGradNorm_(plain.parameters(), maxNorm: 0.01, normType: p)
            Check.close(norm / expected, Tensor.ones([]), 1e-5, "the \(p)-norm")
            for (a, b) in zip(model.parameters(), plain.parameters()) {
                Check.close(
                    a.grad!, Array(b.grad!.chunk(n))[safe: me] ?? b.grad!.narrow(0, 0, 0), 1e-6, "clipped, \(p)-norm")
            }
        }
    }

    /// An infinite gradient in one process keeps the optimizers of all from stepping.
    private static func scaling() {
        for isBad in [false, true] {
            let model = shard(network()), scaler = GradScaler(initScale: 4)
            let optimizer = SGD(model.parameters(), lr: 0.1)
            scaler.scale(model(Tensor.ones([2, 10])).sum()).backward()
            if isBad, me == 0 { noGrad { _ = model.parameters()[0].grad!.fill_(Double.infinity) } }
            let before = model.parameters().map { $0.detach().clone() }
            scaler.step(optimizer)
            scaler.update()
            let changed = zip(model.parameters(), before).contains { !$0.detach().equal($1) }
            Check.that(changed == !isBad, "a step with an infinite gradient in rank 0: \(isBad)")
            Check.that(scaler.getScale() == (isBad ? 2 : 4), "the scale \(scaler.getScale())")
        }
    }

    // MARK: States

    static func trained() -> (Sequential, Adam) {
        let model = shard(network())
        let optimizer = Adam(model.parameters(), lr: 0.02)
        _ = train(model, optimizer, clip: 0.1)
        return (model, optimizer)
    }

    /// Writes a checkpoint; `record-fsdp.py --check` reads that of two processes.
    static func save(to folder: String) throws {
        let (model, optimizer) = trained()
        try dist.checkpoint.save(dist.checkpoint.getStateDict(model, optimizer), checkpointID: folder)
    }

    private static func same(_ model: Module, _ other: Module, _ what: String) {
        let expected = whole(other)
        for (name, value) in whole(model) { Check.equal(value, expected[name]!, "\(what): \(name)") }
    }

    static func sameState(_ a: StateValue, _ b: StateValue, _ what: String) {
        for (name, state) in a["state"]?.dict ?? StateMap() {
            for (key, value) in state.dict ?? StateMap() {
                guard let tensor = value.tensor, let other = b["state"]?[name]?[key]?.tensor else { continue }
                Check.equal(tensor, other, "\(what): \(name) \(key)")
            }
        }
        Check.that(a["state"]?.dict?.count == b["state"]?.dict?.count, "\(what): the states' number")
    }

    private static func states() throws {
        let (model, optimizer) = trained()
        let full = dist.checkpoint.StateDictOptions(fullStateDict: true)
        let state = dist.checkpoint.getModelStateDict(model, options: full)
        let optimizerState = dist.checkpoint.getOptimizerStateDict(model, optimizer, options: full)
        Check.that(
            optimizerState["state"]?["0.0.weight"]?["exp_avg"]?.tensor?.shape == [7, 10], "a whole optimizer state")
        Check.that(
            optimizerState["param_groups"]?[0]?["params"]?[0]?.string == "0.0.weight", "the names of parameters")
        // Into a module that is not divided, and back.
        let plain = network()
        try plain.loadStateDict(state)
        same(plain, model, "a plain module")
        let other = shard(network())
        try dist.checkpoint.setModelStateDict(other, state, options: full)
        same(other, model, "a divided module")
        let another = Adam(other.parameters(), lr: 0.5)
        try dist.checkpoint.setOptimizerStateDict(other, another, optimizerState, options: full)
        sameState(another.stateDict(), optimizer.stateDict(), "an optimizer")
        Check.that(another.paramGroups[0].lr == 0.02, "the options of an optimizer")
        // From rank 0 alone.
        let only = dist.checkpoint.getModelStateDict(model, options: .init(fullStateDict: true, cpuOffload: true))
        Check.that(only.keys.isEmpty == (me != 0), "a state in rank 0 only")
        let third = shard(network())
        for parameter in third.parameters() { noGrad { _ = parameter.zero_() } }
        try dist.checkpoint.setModelStateDict(
            third, only, options: .init(fullStateDict: true, broadcastFromRank0: true))
        same(third, model, "from rank 0")
        do {
            try dist.checkpoint.setModelStateDict(
                third, ["0.0.weight": Tensor.zeros([2, 2]), "2.bias": Tensor.zeros([3])], options: full)
            Check.that(false, "no error")
        } catch {
            for name in ["0.0.weight", "2.bias"] {
                Check.that("\(error)".contains("size mismatch for \(name)"), "\(error)")
            }
        }
        same(third, model, "after an error")

        try ShardingTests.inFolder { folder in
            try dist.checkpoint.save(dist.checkpoint.getStateDict(model, optimizer), checkpointID: folder)
            let next = shard(network()), adam = Adam(next.parameters(), lr: 0.5)
            try dist.checkpoint.load(into: next, adam, checkpointID: folder)
            same(next, model, "a checkpoint")
            sameState(adam.stateDict(), optimizer.stateDict(), "a checkpoint's optimizer")
            // Not divided, and by one of fewer processes.
            let whole = network(), wholeAdam = Adam(whole.parameters(), lr: 0.5)
            try dist.checkpoint.load(into: whole, wholeAdam, checkpointID: folder)
            same(whole, model, "a checkpoint in one process")
            let moment = wholeAdam.stateDict()["state"]?[0]?["exp_avg"]?.tensor
            Check.equal(
                moment ?? .zeros([0]), optimizerState["state"]!["0.0.weight"]!["exp_avg"]!.tensor!, "a whole moment")
            if n > 2 {
                let pair = try dist.newGroup(ranks: [0, 1])
                if me < 2 {
                    let small = fullyShard(network(), processGroup: pair)
                    try dist.checkpoint.load(into: small, checkpointID: folder)
                    for (a, (_, b)) in zip(small.parameters(), state) {
                        Check.equal(a.detach(), b.chunk(2)[me], "a checkpoint in two processes")
                    }
                }
                dist.destroyProcessGroup(pair)
            }
        }
        // Sizes in the file `.metadata` that no part has.
        for (size, reason) in [(1 << 50, "is not complete"), (1 << 62, "are not possible")] {
            try ShardingTests.inFolder { folder in
                let entries: StateValue = ["state": ["0.0.weight": ["exp_avg": .tensor(Tensor.ones([2]))]]]
                let shard = TensorShard(Tensor.ones([2]), offsets: [0], globalSizes: [size])
                try dist.checkpoint.save(
                    ["optim": entries], shards: ["optim.state.0.0.weight.exp_avg": shard], checkpointID: folder)
                for load in [
                    { _ = try dist.checkpoint.load(checkpointID: folder) },
                    { try dist.checkpoint.load(into: model, optimizer, checkpointID: folder) }
                ] {
                    do {
                        try load()
                        Check.that(false, "no error")
                    } catch { Check.that("\(error)".contains(reason), "\(error)") }
                }
            }
        }
        // Training goes on as if nothing had happened.
        _ = train(model, optimizer)
        _ = train(other, another)
        same(other, model, "training goes on")
    }

    /// The checkpoint that PyTorch wrote of two processes.
    private static func pyTorchs() throws {
        guard let path = ProcessInfo.processInfo.environment["DDP_FIXTURE"] else { return }
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
        let all = try JSONDecoder().decode(
            [String: [Recorded]].self, from: Data(contentsOf: folder.appendingPathComponent("fsdp.json")))
        let model = shard(network()), optimizer = Adam(model.parameters(), lr: 0.5)
        try dist.checkpoint.load(
            into: model, optimizer, checkpointID: folder.appendingPathComponent("Fixtures/fsdp").path)
        close(model, all["2"]?[0].weights ?? [:], 0, "PyTorch's checkpoint")
        Check.that(optimizer.paramGroups[0].lr == 0.02, "PyTorch's options")
        Check.that(optimizer.stateDict()["state"]?[0]?["step"]?.tensor?.item() == 6, "PyTorch's steps")
    }

    private static func errors() throws {
        Check.raises("fullyShard: CPU offload is not implemented") {
            fullyShard(Linear(2, 2), offloadPolicy: .cpu)
        }
        Check.raises("fully_shard does not support containers that do not implement forward") {
            fullyShard(ModuleList([Linear(2, 2)]))
        }
        Check.raises("Each distinct composable distributed API can only be applied to a module once.") {
            fullyShard(fullyShard(Linear(2, 2)))
        }
        Check.raises("Expected an FSDPModule") { Linear(2, 2).fsdp.reshard() }
        final class Scaled: Module, Layer {
            @Parameter var scale = Tensor.ones([])
            func forward(_ x: Tensor) -> Tensor { x * scale }
        }
        Check.raises("fully_shard doesn't support scalar parameters. Change scale to a 1D tensor") {
            fullyShard(Scaled())
        }
        // Modules that come and go on several threads leave nothing to those that come later at their addresses.
        DispatchQueue.concurrentPerform(iterations: 4) { _ in
            for _ in 0..<100 where !fullyShard(Linear(2, 2)).isFullySharded { fatalError("a module is not known") }
        }
        Check.that((0..<100).allSatisfy { _ in !Linear(2, 2).isFullySharded }, "modules that are not divided")
        // A result that is no output: nothing gathers the parameters for its backward pass, and autograd notices.
        final class Leaking: Module, Layer {
            let linear = Linear(4, 4)
            var hidden: Tensor?
            func forward(_ x: Tensor) -> Tensor {
                hidden = linear(x)
                return x * 2
            }
        }
        let leaking = fullyShard(Leaking(), reshardAfterForward: true)
        _ = leaking(Tensor.ones([1, 4]).requiresGrad_())
        Check.raises("one of the variables needed for gradient computation has been modified by an inplace operation") {
            leaking.hidden!.sum().backward()
        }
        let tied = Sequential(Linear(2, 2), Linear(2, 2))
        (tied[1] as! Linear).weight = (tied[0] as! Linear).weight
        fullyShard(tied[0] as! Linear)
        Check.raises("Parameter '1.weight' is shared with a parameter already managed by another FSDP group.") {
            fullyShard(tied)
        }
        let onMeta = withDevice(.meta) { Linear(4, 4) }
        fullyShard(onMeta)
        Check.raises("FSDP parameters should be materialized from meta device before training") {
            _ = onMeta(Tensor.ones([1, 4]))
        }
        // Made without memory, then given this process's parts of the values.
        onMeta.toEmpty(device: .cpu)
        let values = Linear(4, 4)
        try dist.checkpoint.setModelStateDict(onMeta, values.stateDict(), options: .init(fullStateDict: true))
        Check.equal(onMeta(Tensor.ones([1, 4])).detach(), values(Tensor.ones([1, 4])).detach(), "a module from meta")
    }
}

extension Array {
    /// The element at a position, or nil.
    fileprivate subscript(safe position: Int) -> Element? { indices.contains(position) ? self[position] : nil }
}
