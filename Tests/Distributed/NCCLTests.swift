import Foundation
import Torch
import TorchDistributed

/// Collectives and training over NCCL, with the simulated library on the simulated device. The values are those that
/// each process computes by itself on the CPU.
enum NCCLTests {
    static var n: Int { dist.worldSize }
    static var me: Int { dist.rank }
    static var total: Double { Double(n * (n - 1) / 2) }

    static func run() throws {
        Check.that(dist.getBackend() == "nccl", "the backend")
        Check.that(cuda.currentDevice() == me, "each process has the device of its number")
        reductions()
        layouts()
        movement()
        asynchronous()
        pairs()
        try groups()
        try errors()
    }

    /// A tensor of this process's device.
    static func here(_ values: [Double], _ dtype: DType = .float32) -> Tensor {
        Tensor(values, dtype: .float64, device: .cpu).to(dtype).to(.cuda)
    }

    static func equal(_ x: Tensor, _ expected: [Double], _ what: @autoclosure () -> String) {
        let values = x.to(.cpu).to(.float64).reshape([-1])
        Check.that(
            x.isCUDA && values.equal(Tensor(expected, dtype: .float64)),
            "\(what()): got \(values), expected \(expected)")
    }

    static func reductions() {
        let dtypes: [DType] = [
            .bool, .uint8, .int8, .int32, .int64, .float16, .bfloat16, .float32, .float64, .uint32, .uint64
        ]
        for dtype in dtypes {
            func input(_ rank: Int) -> [Double] {
                dtype == .bool ? [Double(rank % 2), 0, 1] : [Double(rank + 1), 2, Double(3 - rank)]
            }
            func combined(_ combine: (Double, Double) -> Double) -> [Double] {
                (0..<3).map { i in (1..<n).reduce(input(0)[i]) { combine($0, input($1)[i]) } }
            }
            var ops: [(ReduceOp, [Double])] = [
                (.sum, combined { dtype == .bool ? max($0, $1) : $0 + $1 }), (.product, combined(*)),
                (.min, combined(min)), (.max, combined(max))
            ]
            if dtype != .bool {
                let sum = ops[0].1
                ops.append((.avg, dtype.isInexact ? [] : sum.map { ($0 / Double(n)).rounded(.towardZero) }))
            }
            for (op, expected) in ops {
                let x = here(input(me), dtype)
                dist.allReduce(x, op: op)
                if op == .avg, dtype.isInexact {
                    let mean = Tensor(ops[0].1.map { $0 / Double(n) }, dtype: .float64)
                    Check.close(
                        x.to(.cpu), mean, dtype == .bfloat16 ? 0.03 : dtype == .float16 ? 0.004 : 1e-6,
                        "average of \(dtype)")
                } else {
                    equal(x, expected, "allReduce \(op) of \(dtype)")
                }
            }
            let y = here(input(me), dtype)
            dist.reduce(y, dst: n - 1, op: .max)
            equal(y, me == n - 1 ? combined(max) : input(me), "reduce of \(dtype)")
            let parts = (0..<n).map { here(input((me + $0) % n), dtype) }
            let out = here([0, 0, 0], dtype)
            dist.reduceScatter(out, parts, op: .min)
            equal(out, combined(min), "reduceScatter of \(dtype)")
            if [.float32, .bool].contains(dtype) {
                dist.reduceScatterTensor(out, cat(parts), op: .max)
                equal(out, combined(max), "reduceScatterTensor of \(dtype)")
            }
        }
        let z = Torch.complex(Tensor([Float(me), 1]), Tensor([2, Float(me)])).to(.cuda)
        dist.allReduce(z)
        equal(z.real, [total, Double(n)], "the real part of a complex sum")
        equal(z.imag, [Double(2 * n), total], "the imaginary part of a complex sum")
        // Sums of half types round once for each addition: 2048 + 1 is 2048 in float16.
        let x = here([me == 0 ? 2048 : 1], .float16)
        dist.allReduce(x)
        equal(x, [2048], "float16 at its precision")
    }

    /// Transposed, expanded and strided tensors, and those without elements or dimensions.
    static func layouts() {
        let base = Tensor.arange(24, dtype: .float32, device: .cpu).reshape([4, 6])
        let expected = base * Double(n) + total
        let t = (base + Double(me)).to(.cuda).t()
        dist.allReduce(t)
        equal(t, expected.t().contiguous().reshape([-1]).toArray(as: Double.self), "a transposed tensor")
        let whole = (base + Double(me)).to(.cuda)
        dist.allReduce(whole[0..., 1])
        equal(whole[0..., 1], expected[0..., 1].toArray(as: Double.self), "a column")
        equal(whole[0..., 2], (base[0..., 2] + Double(me)).toArray(as: Double.self), "its neighbour is as it was")
        let empty = Tensor.zeros([0, 3], device: .cuda)
        dist.allReduce(empty)
        dist.allGatherIntoTensor(Tensor.zeros([0, 3], device: .cuda), empty)
        let scalar = here([Double(me)]).squeeze()
        let version = scalar.version
        dist.allReduce(scalar)
        equal(scalar, [total], "a tensor without dimensions")
        Check.that(scalar.version > version, "allReduce raises the version")
    }

    static func movement() {
        let root = n - 1
        for dtype in [DType.float32, .bool, .bfloat16, .float8_e5m2, .complex64, .int64] {
            func value(_ rank: Int) -> [Double] { (0..<5).map { Double(($0 + rank) % 2) } }
            func tensor(_ rank: Int) -> Tensor { here(value(rank), dtype) }
            func zeros() -> Tensor { here([0, 0, 0, 0, 0], dtype) }
            func check(_ x: Tensor, _ rank: Int, _ what: String) {
                equal(dtype.isComplex ? x.real : x, value(rank), "\(what) of \(dtype)")
            }
            let x = tensor(me)
            dist.broadcast(x, src: root)
            check(x, root, "broadcast")
            let list = (0..<n).map { _ in zeros() }
            dist.allGather(list, tensor(me))
            for (i, part) in list.enumerated() { check(part, i, "allGather") }
            let whole = stack(list.map { $0.clone() })
            dist.allGatherIntoTensor(whole, tensor(me + 1))
            for i in 0..<n { check(whole[i], i + 1, "allGatherIntoTensor") }
            let gathered = me == root ? (0..<n).map { _ in zeros() } : nil
            dist.gather(tensor(me), gatherList: gathered, dst: root)
            for (i, part) in (gathered ?? []).enumerated() { check(part, i, "gather") }
            let part = zeros()
            dist.scatter(part, scatterList: me == root ? (0..<n).map { tensor($0 + 1) } : nil, src: root)
            check(part, me + 1, "scatter")
            let exchanged = (0..<n).map { _ in zeros() }
            dist.allToAll(exchanged, (0..<n).map { tensor(me + 3 * $0) })
            for (i, part) in exchanged.enumerated() { check(part, i + 3 * me, "allToAll") }
        }
        // Parts of different sizes: rank r has r + 1 rows, and sends r + s rows to rank s.
        let list = (0..<n).map { Tensor.zeros([$0 + 1, 2], device: .cuda) }
        dist.allGather(list, Tensor.full([me + 1, 2], Double(me), device: .cuda))
        for (i, part) in list.enumerated() {
            equal(part, [Double](repeating: Double(i), count: 2 * i + 2), "uneven allGather")
        }
        let sends = (0..<n).map { me + $0 }, count = sends.reduce(0, +)
        let output = Tensor.zeros([count, 2], device: .cuda)
        dist.allToAllSingle(
            output, Tensor.full([count, 2], Double(me), device: .cuda), outputSplitSizes: sends, inputSplitSizes: sends)
        equal(
            output[0..., 0], (0..<n).flatMap { [Double](repeating: Double($0), count: me + $0) },
            "uneven allToAllSingle")
    }

    static func asynchronous() {
        var works: [(Work, Tensor)] = []
        for i in 0..<10 {
            let x = Tensor.full([50 + i], Double(me + i), device: .cuda)
            if let work = dist.allReduce(x, asyncOp: true) { works.append((work, x)) }
            // Memory that is freed while it is summed is not used for something else.
            dist.allReduce(Tensor.full([1000], 1, device: .cuda), asyncOp: true)
            _ = Tensor.full([1000], Double.nan, device: .cuda)
        }
        for (i, (work, x)) in works.enumerated().reversed() {
            Check.that(work.wait(), "wait")
            Check.that(work.result().first === x, "the result")
            equal(x + 1, [Double](repeating: total + Double(n * i + 1), count: 50 + i), "asynchronous sum \(i)")
            Check.that(work.isCompleted && work.isSuccess && work.exception == nil, "after a result was read")
        }
        // Work of another stream waits for what the current one has to do, and the current one for it.
        let side = CUDAStream()
        let y = cuda.withStream(side) {
            let y = Tensor.zeros([3], device: .cuda) + Double(me)
            dist.allReduce(y)
            return y * 2
        }
        CUDAStream.current().waitStream(side)
        equal(y, [2 * total, 2 * total, 2 * total], "a sum on another stream")
        let x = here([Double(me), 1])
        let work = dist.broadcast(x, src: 0, asyncOp: true)
        var turns = 0
        while work?.isCompleted == false { turns += 1 }
        equal(x, [0, 1], "isCompleted")
        Check.that(dist.allReduce(x, asyncOp: true)?.wait(timeout: 60) == true, "a wait with a timeout")
        dist.barrier(asyncOp: true)?.wait()
        dist.barrier()
    }

    static func pairs() {
        guard n > 1 else { return }
        let next = (me + 1) % n, previous = (me + n - 1) % n
        let x = here([Double(me), 5]), y = here([0, 0])
        for work in dist.batchIsendIrecv([.isend(x, next), .irecv(y, previous)]) { work.wait() }
        equal(y, [Double(previous), 5], "batchIsendIrecv")
        guard me < 2 else { return }
        // A message does not wait for a collective that the other process has not called.
        if me == 0 {
            dist.send(here([7]), dst: 1)
            dist.recv(x, src: 1)
            equal(x, [8, 9], "recv")
        } else {
            let z = here([0])
            Check.that(dist.recv(z, src: 0) == 0, "the sender's rank")
            equal(z, [7], "send and recv")
            dist.isend(here([8, 9]), dst: 0)?.wait()
        }
    }

    static func groups() throws {
        let even = try dist.newGroup(Array(stride(from: 0, to: n, by: 2)))
        let odd = n > 1 ? try dist.newGroup(Array(stride(from: 1, to: n, by: 2))) : nil
        if let own = me.isMultiple(of: 2) ? even : odd {
            let x = here([Double(me)])
            dist.allReduce(x, group: own)
            equal(x, [Double(own.ranks.reduce(0, +))], "a sum in a group")
            dist.broadcast(x, group: own, groupSrc: 0)
            dist.destroyProcessGroup(own)
            Check.raises("Invalid process group specified") { dist.barrier(group: own) }
        }
        let turned = try dist.newGroup(Array((0..<n).reversed()), sortRanks: false)
        let whole = Tensor.zeros([n], device: .cuda)
        dist.allGatherIntoTensor(whole, here([Double(me)]), group: turned)
        equal(whole, (0..<n).reversed().map { Double($0) }, "a group in another order")
    }

    static func errors() throws {
        let me = me, total = total
        Check.raises("No backend type associated with device type cpu") { dist.allReduce(Tensor.ones([2])) }
        Check.raises("No backend type associated with device type cpu") {
            _ = DistributedDataParallel(Linear(2, 2, device: .cpu))
        }
        Check.raises("Input tensor data type is not supported for NCCL process group: Short") {
            dist.allReduce(here([1], .int16))
        }
        Check.raises("Unsupported Float8 type for NCCL reduction") { dist.allReduce(here([1], .float8_e4m3fn)) }
        Check.raises("Cannot use ReduceOp.BXOR with NCCL") { dist.allReduce(here([1], .int64), op: .bxor) }
        Check.raises("Cannot use ReduceOp.AVG with boolean inputs") { dist.allReduce(here([1], .bool), op: .avg) }
        Check.raises("all_reduce does not support RedOpType.MAX on complex tensors") {
            dist.allReduce(here([1], .complex64), op: .max)
        }
        Check.raises("monitored_barrier requires a group with a CPU-capable backend (e.g. GLOO).") {
            dist.monitoredBarrier()
        }
        if n > 1 {
            Check.raises("ProcessGroupNCCL does not support recvAnysource") { dist.recv(here([1])) }
        }
        Check.raises("trying to initialize the default process group twice!") { try dist.initProcessGroup("nccl") }
        Check.raises("the timeout of a process group must be positive") {
            dist.destroyProcessGroup()
            try dist.initProcessGroup("nccl", timeout: 0)
        }
        Check.raises("NCCL has been initialized on cuda:\(me), not on cuda:7") {
            try dist.initProcessGroup("nccl", deviceId: .cuda(7))
        }
        try dist.initProcessGroup("nccl", deviceId: .cuda(me))
        let x = here([Double(me)])
        dist.allReduce(x)
        equal(x, [total], "a call after mistakes, in the second default group")
    }

    // MARK: Training

    /// The ways to train in several processes.
    enum Method: CaseIterable { case wrapped, normalized, zero, sharded }

    /// Trains for some steps. Returns the mean losses of all processes.
    static func losses(_ method: Method, on device: Device) -> [Double] {
        manualSeed(0)
        let net = Sequential {
            Linear(6, 8)
            BatchNorm1d(8)
            Tanh()
            Linear(8, 3)
        }
        manualSeed(1)
        let rows = 12 / n
        let xs = Tensor.randn([3, 12, 6], device: .cpu), ys = Tensor.randint(0, 3, [3, 12], device: .cpu)
        net.to(device)
        let optimizer: Optimizer
        let forward: (Tensor) -> Tensor
        switch method {
        case .wrapped, .normalized, .zero:
            if method == .normalized { SyncBatchNorm.convertSyncBatchNorm(net) }
            let model = DistributedDataParallel(net, bucketCapMb: 0.0001)
            optimizer =
                method == .zero
                ? ZeroRedundancyOptimizer(model.parameters(), lr: 0.05) { Adam($0, lr: 0.05) }
                : SGD(model.parameters(), lr: 0.1, momentum: 0.9)
            forward = { model($0) }
        case .sharded:
            fullyShard(net[0])
            fullyShard(net)
            optimizer = Adam(net.parameters(), lr: 0.05)
            forward = { net($0) }
        }
        return (0..<3).map { i in
            let x = xs[i].narrow(0, rows * me, rows).to(device), y = ys[i].narrow(0, rows * me, rows).to(device)
            optimizer.zeroGrad()
            let loss = F.crossEntropy(forward(x), y)
            loss.backward()
            optimizer.step()
            let mean = loss.detach().clone()
            dist.allReduce(mean, op: .avg)
            return mean.item()
        }
    }

    /// Trains over MPI on the CPU, then over NCCL on the device.
    static func training() throws {
        try dist.initProcessGroup("mpi")
        let expected = Method.allCases.map { losses($0, on: .cpu) }
        dist.destroyProcessGroup()
        try dist.initProcessGroup("nccl")
        for (method, expected) in zip(Method.allCases, expected) {
            let own = losses(method, on: .cuda)
            Check.close(
                Tensor(own, dtype: .float64), Tensor(expected, dtype: .float64), 1e-6,
                "the losses of \(method): \(own), over MPI \(expected)")
        }
        dist.destroyProcessGroup()
    }
}
