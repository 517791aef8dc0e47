import Foundation
import Torch
import TorchDistributed

/// `DistributedDataParallel` against one process with the whole batch, and against PyTorch's own over gloo.
enum DataParallelTests {
    static var n: Int { dist.worldSize }
    static var me: Int { dist.rank }

    /// What `record-ddp.py` has recorded.
    struct Recorded: Decodable {
        struct Run: Decodable {
            let losses: [Double]
            let norm_losses: [Double]
            let weights: [String: [Double]]
            let norm_state: [String: [Double]]
        }
        let ranks: [Run]
        let whole: Run
    }

    static func run() throws {
        try mean()
        hooksAfter()
        try recorded()
        try variants()
        unused()
        try uneven()
        hooks()
        try normalization()
        wrongModels()
    }

    static func network(_ seed: Int = 0) -> Sequential {
        manualSeed(seed)
        return Sequential {
            Linear(10, 300)
            Tanh()
            Linear(300, 900)
            Tanh()
            Linear(900, 3)
        }
    }

    static func normNetwork() -> Sequential {
        manualSeed(0)
        return Sequential {
            Linear(10, 6)
            BatchNorm1d(6)
            ReLU()
            Linear(6, 3)
        }
    }

    static let steps = 8

    static func data() -> (Tensor, Tensor) {
        manualSeed(1)
        return (Tensor.randn([steps, 64, 10]), Tensor.randint(0, 3, [steps, 64]))
    }

    /// Trains on a part of each batch. Returns the losses.
    static func train(
        _ model: some Layer, _ part: Range<Int>, steps: Int = steps,
        forward: ((Tensor) -> Tensor)? = nil
    ) -> [Double] {
        let (xs, ys) = data()
        let optimizer = SGD(model.parameters(), lr: 0.05, momentum: 0.9)
        return (0..<steps).map { i in
            let x = xs[i].narrow(0, part.lowerBound, part.count), y = ys[i].narrow(0, part.lowerBound, part.count)
            let loss = F.crossEntropy(forward?(x) ?? model(x), y)
            optimizer.zeroGrad()
            loss.backward()
            optimizer.step()
            return loss.item()
        }
    }

    /// This process's part of a batch of 64.
    static var part: Range<Int> {
        let size = 60 / n
        return (size * me)..<(size * (me + 1))
    }

    /// n processes with a part each compute what one process computes with all parts.
    static func mean() throws {
        let size = 60 / n * n
        let alone = network()
        let losses = train(alone, 0..<size)
        // Other initial weights in other processes: all get those of rank 0.
        let model = DistributedDataParallel(network(me))
        sharesMemory()
        let own = train(model, part)
        let total = Tensor(own, dtype: .float64)
        dist.allReduce(total, op: .avg)
        Check.close(total, Tensor(losses, dtype: .float64), 1e-6, "the mean of the losses")
        for (a, b) in zip(alone.parameters(), model.parameters()) { Check.close(b, a, 2e-6, "the weights") }
        let weight = model.parameters()[0].detach().clone()
        dist.broadcast(weight, src: 0)
        Check.equal(weight, model.parameters()[0].detach(), "all processes have the same bits")
        Check.that(
            model.stateDict().keys == alone.stateDict().keys, "the names have no module.: \(model.stateDict().keys)")
        try alone.loadStateDict(model.stateDict())
        try model.loadStateDict(alone.stateDict())
    }

    /// The buckets of processes on one machine lie in memory that all of them have mapped.
    static func sharesMemory() {
        #if os(Linux)
        let maps = (try? String(contentsOfFile: "/proc/self/maps", encoding: .utf8)) ?? ""
        let isWanted = ProcessInfo.processInfo.environment["SWIFT_TORCH_SHARED_MEMORY"] != "0"
        Check.that(maps.contains("/memfd:torch.distributed") == (isWanted && n > 1), "shared memory")
        #endif
    }

    /// What a hook does to a gradient after it was taken, in one process only, changes no mean.
    static func hooksAfter() {
        func mean(_ change: Bool) -> Tensor {
            let last = Linear(40, 30)
            let model = DistributedDataParallel(Sequential([Linear(5, 40), last]))
            // The gradients of the first layer are ready later, so the last layer's are not averaged yet.
            let hook = last.weight.registerPostAccumulateGradHook { parameter in
                if change, me == 0 { noGrad { _ = parameter.grad?.mul_(10) } }
            }
            defer { hook.remove() }
            model(Tensor.ones([2, 5]) * (me + 1)).sum().backward()
            return last.weight.grad ?? Tensor.zeros([0])
        }
        manualSeed(2)
        let unchanged = mean(false)
        manualSeed(2)
        Check.equal(mean(true), unchanged, "the mean after a hook has changed a gradient")
    }

    /// The same numbers as PyTorch's DistributedDataParallel, 2 processes of batch 32.
    static func recorded() throws {
        guard n <= 2, let path = ProcessInfo.processInfo.environment["DDP_FIXTURE"] else { return }
        let recorded = try JSONDecoder().decode(Recorded.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
        let run = n == 2 ? recorded.ranks[me] : recorded.whole
        let part = n == 2 ? (32 * me)..<(32 * me + 32) : 0..<64
        let model = DistributedDataParallel(network(), bucketCapMb: 1)
        let losses = train(model, part)
        Check.close(
            Tensor(losses, dtype: .float64), Tensor(run.losses, dtype: .float64), 1e-6, "PyTorch's losses")
        for (name, tensor) in model.stateDict() {
            guard let expected = run.weights[name] else {
                Check.that(false, "PyTorch has no \(name)")
                continue
            }
            Check.close(
                tensor.flatten().narrow(0, 0, expected.count), Tensor(expected, dtype: .float64), 1e-6,
                "PyTorch's \(name)")
        }
        let norm = DistributedDataParallel(normNetwork())
        let normLosses = train(norm, part)
        Check.close(
            Tensor(normLosses, dtype: .float64), Tensor(run.norm_losses, dtype: .float64), 2e-6,
            "PyTorch's losses with batch normalization")
        // Buffers are those of rank 0 before a forward pass, so after the last one each has its own.
        for (name, tensor) in norm.stateDict() {
            Check.close(
                tensor.flatten(), Tensor(run.norm_state[name] ?? [], dtype: .float64), 2e-6, "PyTorch's \(name)")
        }
        // The mean over 2 processes of 32 is one process of 64.
        if n == 2 {
            let total = Tensor(losses, dtype: .float64)
            dist.allReduce(total, op: .avg)
            Check.close(total, Tensor(recorded.whole.losses, dtype: .float64), 1e-6, "2 of 32 are 1 of 64")
        }
    }

    /// Other options give the same gradients.
    static func variants() throws {
        func gradients(_ model: some Layer, times: Int = 1, body: ((Int, () -> Void) -> Void)? = nil) -> [Tensor] {
            let (xs, ys) = data()
            for i in 0..<times {
                let step = {
                    let x = xs[i].narrow(0, part.lowerBound, part.count)
                    let y = ys[i].narrow(0, part.lowerBound, part.count)
                    F.crossEntropy(model(x), y).backward()
                }
                if let body { body(i, step) } else { step() }
            }
            return model.parameters().map { $0.grad?.clone() ?? Tensor.zeros([0]) }
        }
        let plain = gradients(DistributedDataParallel(network()))
        // Small buckets are summed by MPI, in an order of its own if there are more than three processes.
        let rounding = n > 3 ? 1e-8 : 0
        for bytes in [0.00001, 0.1, 25] {
            for views in [false, true] {
                for isStatic in [false, true] {
                    for finds in [false, true] {
                        let model = DistributedDataParallel(
                            network(), bucketCapMb: bytes, findUnusedParameters: finds, gradientAsBucketView: views,
                            staticGraph: isStatic)
                        let label = "bucket \(bytes), views \(views), static \(isStatic), finds \(finds)"
                        for (a, b) in zip(gradients(model), plain) { Check.close(a, b, rounding, label) }
                        // A second pass, whose buckets are in the order of the first.
                        model.zeroGrad(setToNone: !views)
                        for (a, b) in zip(gradients(model), plain) { Check.close(a, b, rounding, "again, \(label)") }
                    }
                }
            }
        }
        // Without reduction the gradients add up; the next pass averages the sum.
        for views in [false, true] {
            let model = DistributedDataParallel(network(), gradientAsBucketView: views)
            let summed = gradients(model, times: 3) { i, step in if i < 2 { model.noSync(step) } else { step() } }
            let every = DistributedDataParallel(network())
            let each = gradients(every, times: 3)
            for (a, b) in zip(summed, each) { Check.close(a, b, 1e-6, "noSync, views \(views)") }
        }
        // Evaluation in between, and a forward pass without a backward pass.
        let model = DistributedDataParallel(network())
        let (xs, _) = data()
        noGrad { _ = model(xs[0]) }
        _ = model(xs[0])
        for (a, b) in zip(gradients(model), plain) { Check.equal(a, b, "after other forward passes") }
        // In float64 and in bfloat16.
        for dtype in [DType.float64, .bfloat16] {
            let model = DistributedDataParallel(network().to(dtype))
            let (xs, ys) = data()
            F.crossEntropy(
                model(xs[0].narrow(0, part.lowerBound, part.count).to(dtype)),
                ys[0].narrow(0, part.lowerBound, part.count)
            ).backward()
            for (p, b) in zip(model.parameters(), plain) {
                Check.close(p.grad ?? Tensor.zeros([0]), b, dtype == .bfloat16 ? 0.02 : 1e-5, "gradients of \(dtype)")
            }
        }
    }

    /// Two branches of which a pass may use one.
    final class Branches: Module {
        let left = Linear(4, 3), right = Linear(4, 3), never = Linear(2, 2)

        func callAsFunction(_ x: Tensor, usesRight: Bool) -> [String: Tensor] {
            ["result": usesRight ? right(x) : left(x)]
        }
    }

    static func unused() {
        func make() -> Branches {
            manualSeed(5)
            return Branches()
        }
        let x = Tensor.ones([2, 4]) * (me + 1)
        // Rank 0 uses the left branch, the others the right one.
        let model = DistributedDataParallel(make(), findUnusedParameters: true)
        for _ in 0..<2 {
            model.zeroGrad()
            model.forward { $0(x, usesRight: me > 0) }["result"]?.sum().backward()
        }
        let left = Tensor.full([3, 4], 2 / Double(n))
        Check.close(model.module.left.weight.grad ?? Tensor.zeros([0]), left, 1e-6, "what only rank 0 uses")
        let others = (1..<max(n, 1)).reduce(0) { $0 + 2 * ($1 + 1) }
        if n > 1 {
            Check.close(
                model.module.right.weight.grad ?? Tensor.zeros([0]), Tensor.full([3, 4], Double(others) / Double(n)),
                1e-6, "what the others use")
        } else {
            Check.that(model.module.right.weight.grad == nil, "what nobody uses has no gradient")
        }
        Check.that(model.module.never.weight.grad == nil, "what nobody uses keeps no gradient")

        // Without the option, the next forward pass names the parameters.
        let strict = DistributedDataParallel(make())
        strict.forward { $0(x, usesRight: false) }["result"]?.sum().backward()
        do {
            try withError { _ = strict.forward { $0(x, usesRight: false) } }
            Check.that(false, "no error for unused parameters")
        } catch {
            let text = "\(error)"
            Check.that(
                text.hasPrefix("Expected to have finished reduction in the prior iteration before starting a new one.")
                    && text.contains(
                        "Parameters which did not receive grad for rank \(me): right.weight, right.bias, never.weight, never.bias"
                    ) && text.contains("Parameter indices which did not receive grad for rank \(me): 2 3 4 5"),
                "the error of unused parameters: \(text)")
        }
    }

    /// Rank r has r + 2 inputs.
    static func uneven() throws {
        manualSeed(3)
        let layer = Linear(2, 1, bias: false)
        let model = DistributedDataParallel(layer)
        let optimizer = SGD(model.parameters(), lr: 0.1)
        let start = layer.weight.detach().clone()
        model.join {
            for _ in 0..<(me + 2) {
                optimizer.zeroGrad()
                model(Tensor.ones([1, 2])).sum().backward()
                optimizer.step()
            }
        }
        // Each pass moves the weights by lr times the share of the processes that still have inputs.
        var expected = 0.0
        for step in 0..<(n + 1) {
            let active = (0..<n).filter { $0 + 2 > step }.count
            expected += 0.1 * Double(active) / Double(n)
        }
        Check.close(layer.weight.detach(), start - expected, 1e-5, "join")
        let early = DistributedDataParallel(Linear(2, 1))
        if n > 1 {
            do {
                try withError {
                    try early.join(throwOnEarlyTermination: true) {
                        for _ in 0..<(me + 1) {
                            early(Tensor.ones([1, 2])).sum().backward()
                            try throwIfFailed()
                        }
                    }
                }
                Check.that(false, "no error at an early end")
            } catch {
                Check.that("\(error)".hasPrefix("Detected at least one rank that exhausted inputs."), "\(error)")
            }
        }
    }

    static func hooks() {
        let (xs, ys) = data()
        func gradients(_ hook: CommunicationHook?) -> [Tensor] {
            let model = DistributedDataParallel(network())
            if let hook { model.registerCommHook(hook) }
            let loss = F.crossEntropy(
                model(xs[0].narrow(0, part.lowerBound, part.count)), ys[0].narrow(0, part.lowerBound, part.count))
            loss.backward()
            return model.parameters().map { $0.grad ?? Tensor.zeros([0]) }
        }
        let plain = gradients(nil)
        for (a, b) in zip(gradients(CommunicationHooks.allReduce), plain) { Check.close(a, b, 1e-7, "allReduce hook") }
        for (a, b) in zip(gradients(CommunicationHooks.bf16Compress), plain) {
            Check.close(a, b, 1e-3, "bfloat16 hook")
        }
        for (a, b) in zip(gradients(CommunicationHooks.fp16Compress), plain) { Check.close(a, b, 1e-4, "float16 hook") }
        var sizes: [Int] = []
        _ = gradients { bucket in
            sizes.append(bucket.gradients().count)
            return CommunicationHooks.allReduce(bucket)
        }
        Check.that(sizes.reduce(0, +) == 6, "a hook sees every gradient: \(sizes)")
        Check.raises("register_comm_hook or register_builtin_comm_hook can only be called once.") {
            let model = DistributedDataParallel(Linear(2, 2))
            model.registerCommHook(CommunicationHooks.allReduce)
            model.registerCommHook(CommunicationHooks.allReduce)
        }
    }

    /// Batch normalization over all processes is that of one process with the whole batch.
    static func normalization() throws {
        let size = 60 / n * n
        let alone = normNetwork()
        let losses = train(alone, 0..<size)
        for wraps in [true, false] {
            let model = DistributedDataParallel(SyncBatchNorm.convertSyncBatchNorm(normNetwork()))
            Check.that("\(model)".contains("SyncBatchNorm(6"), "the printed class: \(model)")
            let own = train(model, part)
            let total = Tensor(own, dtype: .float64)
            dist.allReduce(total, op: .avg)
            Check.close(total, Tensor(losses, dtype: .float64), 1e-5, "the losses with SyncBatchNorm")
            for ((name, a), (_, b)) in zip(alone.stateDict(), model.stateDict()) {
                Check.close(b, a, 2e-5, "\(name) with SyncBatchNorm")
            }
            if !wraps { _ = model.eval()(Tensor.zeros([2, 10])) }
        }
        let own = SyncBatchNorm(3)
        let x = Tensor.arange(24, dtype: .float32).reshape([2, 3, 4]) + 100 * me
        let y = own(x)
        let all = Tensor.zeros([2 * n, 3, 4]), results = Tensor.zeros([2 * n, 3, 4])
        dist.allGatherIntoTensor(all, x)
        dist.allGatherIntoTensor(results, y.detach())
        Check.close(results, BatchNorm1d(3)(all).detach(), 1e-5, "SyncBatchNorm itself")
        Check.raises("expected at least 2D input (got 1D input)") { _ = own(Tensor.zeros([3])) }
    }

    static func wrongModels() {
        Check.raises(
            "DistributedDataParallel is not needed when a module doesn't have any parameter that requires a gradient."
        ) { _ = DistributedDataParallel(ReLU()) }
        guard n > 1 else { return }
        Check.raises("DDP expects same model across all ranks, but Rank \(me) has \(me == 0 ? 1 : 2) params") {
            _ = DistributedDataParallel(Linear(2, 2, bias: me > 0))
        }
    }
}
