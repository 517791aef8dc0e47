import Torch
import TorchDistributed

/// Collectives against values that each process computes by itself.
enum CollectiveTests {
    static var n: Int { dist.worldSize }
    static var me: Int { dist.rank }

    static func run() throws {
        reductions()
        layouts()
        movement()
        uneven()
        asynchronous()
        pairs()
        // Again with messages that are cut into pieces of a few elements.
        let limit = MessagePieces.limit
        MessagePieces.limit = 24
        reductions()
        layouts()
        movement()
        uneven()
        asynchronous()
        MessagePieces.limit = limit
        // Again as messages between pairs, in pieces of a few elements.
        let (least, piece) = (PartExchange.leastBytes, PartExchange.pieceBytes)
        (PartExchange.leastBytes, PartExchange.pieceBytes) = (0, 24)
        reductions()
        layouts()
        asynchronous()
        (PartExchange.leastBytes, PartExchange.pieceBytes) = (least, piece)
        large()
    }

    /// The input of a rank: small numbers, whose sums and products all dtypes can hold.
    static func input(_ rank: Int, _ dtype: DType) -> Tensor {
        let numbers = (0..<7).map { Double(($0 * (rank + 2)) % 3 + (dtype == .uint8 || !dtype.isSigned ? 0 : -1)) }
        let real = Tensor(numbers, dtype: .float64)
        if dtype.isComplex { return Torch.complex(real, real.flip([0])).to(dtype) }
        return dtype == .bool ? real .> 0 : real.to(dtype)
    }

    static func reductions() {
        let all: [DType] = [
            .bool, .uint8, .int8, .int16, .int32, .int64, .float16, .bfloat16, .float32, .float64, .complex64,
            .complex128, .complex32
        ]
        for dtype in all {
            let wide: DType = dtype.isComplex ? .complex128 : .float64
            let inputs = (0..<n).map { input($0, dtype).to(wide) }
            var ops: [(ReduceOp, (Tensor, Tensor) -> Tensor)] = [(.sum, { $0 + $1 })]
            if !dtype.isComplex {
                ops.append((.product, { $0 * $1 }))
                ops.append((.min, { minimum($0, $1) }))
                ops.append((.max, { maximum($0, $1) }))
            }
            for (op, combine) in ops {
                var expected = inputs.dropFirst().reduce(inputs[0], combine)
                if dtype == .bool { expected = (expected .!= 0).to(.float64) }
                let x = input(me, dtype)
                let version = x.version
                dist.allReduce(x, op: op)
                Check.that(x.dtype == dtype && same(x, expected), "allReduce \(op) of \(dtype): \(x), \(expected)")
                Check.that(x.version > version, "allReduce raises the version")
                for root in 0..<n {
                    let y = input(me, dtype)
                    dist.reduce(y, dst: root, op: op)
                    Check.that(
                        same(y, root == me ? expected : inputs[me]), "reduce \(op) of \(dtype) to \(root): \(y)")
                }
            }
            if dtype != .bool {
                let x = input(me, dtype)
                dist.allReduce(x, op: .avg)
                let sum = inputs.dropFirst().reduce(inputs[0]) { $0 + $1 }
                let mean = dtype.isInexact ? (sum / n).to(dtype).to(wide) : (sum / n).trunc()
                Check.that(
                    (x.to(wide) - mean).abs().max().item() <= (dtype.toReal == .bfloat16 ? 0.02 : 0.002),
                    "average of \(dtype): \(x), \(mean)")
            }
            // Each rank gets the part of its number.
            let parts = (0..<n).map { input(me + $0, dtype) }
            let out = Tensor.zeros([7], dtype: dtype)
            dist.reduceScatter(out, parts)
            var expected = (0..<n).map { input($0 + me, dtype).to(wide) }.reduce(Tensor.zeros([7], dtype: wide)) {
                $0 + $1
            }
            if dtype == .bool { expected = (expected .!= 0).to(.float64) }
            Check.that(same(out, expected), "reduceScatter of \(dtype): \(out), \(expected)")
            let again = Tensor.zeros([7], dtype: dtype)
            dist.reduceScatterTensor(again, cat(parts))
            Check.that(same(again, expected), "reduceScatterTensor of \(dtype)")
        }
        for dtype in [DType.bool, .uint8, .int16, .int64] {
            let numbers = (0..<n).map { [Int64($0 + 1) % 2, Int64($0 % 2), 1, 0] }
            let x = Tensor(numbers[me]).to(dtype)
            let ops: [(ReduceOp, (Int64, Int64) -> Int64)] = [
                (.band, { $0 & $1 }), (.bor, { $0 | $1 }), (.bxor, { $0 ^ $1 })
            ]
            for (op, combine) in ops {
                let y = x.clone()
                dist.allReduce(y, op: op)
                let expected = (0..<4).map { i in numbers.dropFirst().map { $0[i] }.reduce(numbers[0][i], combine) }
                Check.equal(y.to(.int64), Tensor(expected), "\(op) of \(dtype)")
            }
        }
        // Sums of half types round once for each addition, in float32: 2048 + 1 is 2048 in float16.
        let x = Tensor([me == 0 ? 2048 : 1], dtype: .float32).to(.float16)
        dist.allReduce(x)
        Check.that(x.to(.float32).item() <= Double(2048 + n - 1), "float16 at its precision")
    }

    static func same(_ a: Tensor, _ b: Tensor) -> Bool {
        a.shape == b.shape && a.to(b.dtype).equal(b)
    }

    /// Transposed, expanded, strided and conjugated tensors, and those without elements or dimensions.
    static func layouts() {
        let base = Tensor.arange(24, dtype: .float32).reshape([4, 6])
        let t = (base + me).t()
        dist.allReduce(t)
        let total = Double(n * (n - 1) / 2)
        Check.equal(t, (base * n + total).t(), "a transposed tensor")
        Check.that(!t.isContiguous(), "it stays transposed")
        let whole = (base + me).clone()
        dist.allReduce(whole[0..., 1])
        Check.equal(whole[0..., 1], base[0..., 1] * n + total, "a column")
        Check.equal(whole[0..., 2], base[0..., 2] + me, "its neighbour is as it was")
        let c = Torch.complex(base, base + me).conj()
        dist.allReduce(c)
        Check.that(c.isConj() && c.imag.equal(-(base * n + total)), "a conjugated view")
        let empty = Tensor.zeros([0, 3])
        dist.allReduce(empty)
        dist.broadcast(empty, src: 0)
        let gathered = Tensor.zeros([n * 0, 3])
        dist.allGatherIntoTensor(gathered, empty)
        let scalar = Tensor(Double(me + 1))
        dist.allReduce(scalar)
        Check.equal(scalar, Tensor(total + Double(n)), "a tensor without dimensions")
        let leaf = Tensor.full([2], Double(me)).requiresGrad_()
        dist.allReduce(leaf)
        Check.equal(leaf.detach(), Tensor.full([2], total), "a leaf that requires a gradient")
        let out = Tensor.zeros([3, n]).t()
        dist.allGatherIntoTensor(out, Tensor.full([3], Double(me)))
        Check.equal(out, Tensor.arange(n, dtype: .float32).unsqueeze(1).expand([n, 3]), "gathering into a transposed")
    }

    static func movement() {
        for dtype in DType.allCases {
            func value(_ rank: Int) -> Tensor {
                let x = Tensor((0..<5).map { Double(($0 + rank) % 2) }, dtype: .float64)
                return x.to(dtype)
            }
            func isValue(_ x: Tensor, _ rank: Int) -> Bool {
                x.dtype == dtype
                    && x.to(dtype.isComplex ? .complex128 : .float64).equal(
                        value(rank).to(dtype.isComplex ? .complex128 : .float64))
            }
            let root = n - 1
            let x = value(me)
            dist.broadcast(x, src: root)
            Check.that(isValue(x, root), "broadcast of \(dtype)")
            let list = (0..<n).map { _ in Tensor.zeros([5], dtype: dtype) }
            dist.allGather(list, value(me))
            Check.that(list.enumerated().allSatisfy { isValue($1, $0) }, "allGather of \(dtype)")
            let whole = Tensor.zeros([n, 5], dtype: dtype)
            dist.allGatherIntoTensor(whole, value(me))
            Check.that((0..<n).allSatisfy { isValue(whole[$0], $0) }, "allGatherIntoTensor of \(dtype)")
            let gathered = (0..<n).map { _ in Tensor.zeros([5], dtype: dtype) }
            dist.gather(value(me), gatherList: me == root ? gathered : nil, dst: root)
            Check.that(
                me != root || gathered.enumerated().allSatisfy { isValue($1, $0) }, "gather of \(dtype)")
            let part = Tensor.zeros([5], dtype: dtype)
            dist.scatter(part, scatterList: me == root ? (0..<n).map { value($0 + 1) } : nil, src: root)
            Check.that(isValue(part, me + 1), "scatter of \(dtype)")
            let exchanged = (0..<n).map { _ in Tensor.zeros([5], dtype: dtype) }
            dist.allToAll(exchanged, (0..<n).map { value(me + 3 * $0) })
            Check.that(exchanged.enumerated().allSatisfy { isValue($1, $0 + 3 * me) }, "allToAll of \(dtype)")
            let single = Tensor.zeros([n, 5], dtype: dtype)
            dist.allToAllSingle(single, stack((0..<n).map { value(me + 3 * $0) }))
            Check.that((0..<n).allSatisfy { isValue(single[$0], $0 + 3 * me) }, "allToAllSingle of \(dtype)")
        }
    }

    /// Parts of different sizes: rank r has r + 1 rows, and sends r + s rows to rank s.
    static func uneven() {
        let list = (0..<n).map { Tensor.zeros([$0 + 1, 2]) }
        dist.allGather(list, Tensor.full([me + 1, 2], Double(me)))
        Check.that(
            list.enumerated().allSatisfy { $1.equal(Tensor.full([$0 + 1, 2], Double($0))) }, "uneven allGather")
        let sends = (0..<n).map { me + $0 }
        let input = Tensor.full([sends.reduce(0, +), 2], Double(me), dtype: .int64)
        let output = Tensor.zeros([sends.reduce(0, +), 2], dtype: .int64)
        dist.allToAllSingle(output, input, outputSplitSizes: sends, inputSplitSizes: sends)
        let expected = (0..<n).flatMap { [Int64](repeating: Int64($0), count: me + $0) }
        Check.equal(output[0..., 0], Tensor(expected), "uneven allToAllSingle")
    }

    static func asynchronous() {
        var works: [(Work, Tensor)] = []
        for i in 0..<20 {
            let x = Tensor.full([50 + i], Double(me + i))
            if let work = dist.allReduce(x, asyncOp: true) { works.append((work, x)) }
        }
        // In the other order than they began.
        for (i, (work, x)) in works.enumerated().reversed() {
            Check.that(work.wait(), "wait")
            Check.that(work.isCompleted && work.isSuccess && work.exception == nil, "after wait")
            Check.that(work.result().first === x, "the result")
            Check.equal(x, Tensor.full([50 + i], Double(n * (n - 1) / 2 + n * i)), "asynchronous sum \(i)")
        }
        Check.that(works.count == 20, "asyncOp gives a work")
        let x = Tensor.ones([1000])
        let work = dist.broadcast(x, src: 0, asyncOp: true)
        var turns = 0
        while work?.isCompleted == false { turns += 1 }
        Check.equal(x, Tensor.ones([1000]), "isCompleted")
        dist.barrier(asyncOp: true)?.wait()
        dist.barrier()
        dist.monitoredBarrier(timeout: 20)
        dist.monitoredBarrier(timeout: 20, waitAllRanks: true)
    }

    /// Reductions that go on at the same time, of so many elements that each process combines a part.
    static func large() {
        let sizes = [0, 1, 100_000, 500_001, 3]
        for (op, dtype): (ReduceOp, DType) in [(.sum, .float32), (.avg, .float64), (.max, .int32), (.avg, .bfloat16)] {
            func input(_ rank: Int, _ size: Int) -> Tensor { ((Tensor.arange(size) + rank) % 64).to(dtype) }
            let works = sizes.map { size in
                let x = input(me, size), part = Tensor.zeros([size], dtype: dtype)
                let all = cat((0..<n).map { input(me + $0, size) })
                return (
                    x, part, dist.allReduce(x, op: op, asyncOp: true),
                    dist.reduceScatterTensor(part, all, op: op, asyncOp: true)
                )
            }
            for (size, (x, part, first, second)) in zip(sizes, works) {
                second?.wait()
                first?.wait()
                for (found, start) in [(x, 0), (part, me)] {
                    let all = stack((0..<n).map { input($0 + start, size).to(.float64) })
                    let expected = op == .max ? size == 0 ? all[0] : all.amax(0) : op == .avg ? all.mean(0) : all.sum(0)
                    // Sums below 512 have up to a bit more than bfloat16 has, for each addition.
                    let tolerance = dtype == .bfloat16 ? Double(n) : op == .avg ? 1e-12 : 0
                    Check.close(found, expected, tolerance, "\(op) of \(size) \(dtype)")
                }
            }
        }
    }

    static func pairs() {
        guard n > 1 else { return }
        let next = (me + 1) % n, previous = (me + n - 1) % n
        let x = Tensor.full([4], Double(me)), y = Tensor.zeros([4])
        let work = dist.isend(x, dst: next, tag: 7)
        Check.that(dist.recv(y, src: previous, tag: 7) == previous, "the sender's rank")
        work?.wait()
        Check.equal(y, Tensor.full([4], Double(previous)), "send and recv")
        if me == 0 {
            var senders = Set<Int>()
            for _ in 1..<n {
                let z = Tensor.zeros([2])
                let sender = dist.recv(z, tag: 3)
                Check.equal(z, Tensor.full([2], Double(sender)), "from any rank")
                senders.insert(sender)
            }
            Check.that(senders == Set(1..<n), "one from each")
        } else {
            dist.send(Tensor.full([2], Double(me)), dst: 0, tag: 3)
        }
        let a = Tensor.full([3], Double(me)), b = Tensor.zeros([3])
        for work in dist.batchIsendIrecv([.isend(a, next), .irecv(b, previous)]) { work.wait() }
        Check.equal(b, Tensor.full([3], Double(previous)), "batchIsendIrecv")
    }
}
