import Foundation
import Torch
import TorchDistributed

/// Groups of some processes.
enum GroupTests {
    static func run() throws {
        let n = dist.worldSize, me = dist.rank
        Check.that(dist.isInitialized() && dist.getBackend() == "mpi", "the default group")
        Check.that(dist.getRank() == me && dist.getWorldSize() == n, "rank and size")
        let even = try dist.newGroup(ranks: Array(stride(from: 0, to: n, by: 2)))
        let odd = n > 1 ? try dist.newGroup(Array(stride(from: 1, to: n, by: 2)), groupDesc: "odd") : nil
        let own = me.isMultiple(of: 2) ? even : odd
        if let own {
            let x = Tensor.full([3], Double(me))
            dist.allReduce(x, group: own)
            Check.equal(x, Tensor.full([3], Double(own.ranks.reduce(0, +))), "a sum in a group")
            Check.that(dist.getRank(own) == me / 2 && dist.getWorldSize(own) == own.size, "rank in the group")
            Check.that(dist.getGlobalRank(own, own.rank) == me && dist.getGroupRank(own, me) == own.rank, "both ranks")
            let y = Tensor.full([2], Double(me))
            dist.broadcast(y, src: own.ranks[own.size - 1], group: own)
            Check.equal(y, Tensor.full([2], Double(own.ranks[own.size - 1])), "broadcast by the rank among all")
            let z = Tensor.full([2], Double(me))
            dist.broadcast(z, group: own, groupSrc: 0)
            Check.equal(z, Tensor.full([2], Double(own.ranks[0])), "broadcast by the rank in the group")
        }
        if let odd {
            let other = me.isMultiple(of: 2) ? odd : even
            let x = Tensor.full([2], 5)
            Check.that(dist.allReduce(x, group: other, asyncOp: true) == nil, "no work for others")
            Check.equal(x, Tensor.full([2], 5), "and nothing changes")
            Check.that(dist.getRank(other) == -1 && dist.getWorldSize(other) == -1, "no member")
        }
        let turned = try dist.newGroup(Array((0..<n).reversed()), sortRanks: false)
        Check.that(dist.getRank(turned) == n - 1 - me, "ranks in a given order")
        let list = (0..<n).map { _ in Tensor.zeros([1]) }
        dist.allGather(list, Tensor([Float(me)]), group: turned)
        Check.equal(cat(list), Tensor.arange(n, dtype: .float32).flip([0]), "in its order")
        if let own { dist.destroyProcessGroup(own) }
        dist.destroyProcessGroup(turned)
        Check.raises("Invalid process group specified") { dist.barrier(group: turned) }
        if n > 1 {
            Check.raises("ranks list must not contain duplicate entries, got [0, 0]") { _ = try dist.newGroup([0, 0]) }
            Check.raises("Rank \(n) is out of range. Valid ranks are 0 to \(n - 1) (world_size=\(n))") {
                _ = try dist.newGroup([n])
            }
        }
    }
}

/// Collectives of values that are not tensors.
enum ObjectTests {
    struct Person: Codable, Equatable {
        var name: String
        var age: Int
        var scores: [Double]
        var friend: String?
    }

    static func person(_ rank: Int) -> Person {
        Person(
            name: "é\u{301}\(rank)", age: rank, scores: [Double](repeating: .pi, count: rank),
            friend: rank.isMultiple(of: 2) ? nil : "x")
    }

    static func run() throws {
        let n = dist.worldSize, me = dist.rank
        Check.that(try dist.allGatherObject(person(me)) == (0..<n).map(person), "allGatherObject")
        Check.that(try dist.allGatherObject(me) == Array(0..<n), "allGatherObject of numbers")
        let gathered = try dist.gatherObject("rank \(me)", dst: n - 1)
        Check.that(gathered == (me == n - 1 ? (0..<n).map { "rank \($0)" } : nil), "gatherObject")
        var list = me == 0 ? [person(7), person(8)] : []
        try dist.broadcastObjectList(&list, src: 0)
        Check.that(list == [person(7), person(8)], "broadcastObjectList")
        Check.that(try dist.broadcastObject(me == n - 1 ? "a" : nil, src: n - 1) == "a", "broadcastObject")
        let part = try dist.scatterObjectList(me == 0 ? (0..<n).map { Double($0) / 3 } : nil, src: 0)
        Check.that(part == Double(me) / 3, "scatterObjectList")
        if n > 1 {
            if me == 0 { try dist.sendObject(person(3), dst: 1) }
            if me == 1 { Check.that(try dist.recvObject(Person.self, src: 0) == person(3), "sendObject") }
        }
    }
}

/// PyTorch's sentences for wrong calls. Every process makes the same wrong call, and none waits for another.
enum ErrorTests {
    static func run() throws {
        let n = dist.worldSize, me = dist.rank
        Check.raises("all_reduce does not support RedOpType.MAX on complex tensors") {
            dist.allReduce(Tensor.zeros([2], dtype: .complex64), op: .max)
        }
        Check.raises("Cannot use ReduceOp.BAND with non-integral dtype") {
            dist.allReduce(Tensor.zeros([2]), op: .band)
        }
        Check.raises("Invalid scalar type") { dist.allReduce(Tensor.zeros([2], dtype: .float8_e5m2)) }
        Check.raises("Must specify global_rank or group_rank") { dist.broadcast(Tensor.zeros([2])) }
        Check.raises("Can't specify both group_rank and global_rank") {
            dist.broadcast(Tensor.zeros([2]), src: 0, groupSrc: 0)
        }
        Check.raises("Global rank \(n) is not part of group") { dist.broadcast(Tensor.zeros([2]), src: n) }
        Check.raises(
            "Invalid destination rank: destination rank should not be the same as the rank of the current process."
        ) {
            dist.send(Tensor.zeros([2]), dst: me)
        }
        Check.raises("Invalid usage of tensors with different dtypes") {
            dist.allGather((0..<n).map { _ in Tensor.zeros([2]) }, Tensor.zeros([2], dtype: .int64))
        }
        Check.raises("output tensor size must be equal to world_size times input tensor size") {
            dist.allGatherIntoTensor(Tensor.zeros([2 * n + 1]), Tensor.zeros([2]))
        }
        Check.raises(
            "Argument ``gather_list`` must \(me == 0 ? "be specified on destination rank." : "NOT be specified on non-destination ranks.")"
        ) {
            dist.gather(Tensor.zeros([2]), gatherList: me == 0 ? nil : [Tensor.zeros([2])], dst: 0)
        }
        Check.raises(
            "Argument ``scatter_list`` must \(me == 0 ? "be specified on source rank." : "NOT be specified on non-source ranks.")"
        ) {
            dist.scatter(Tensor.zeros([2]), scatterList: me == 0 ? nil : [Tensor.zeros([2])], src: 0)
        }
        Check.raises("Number of tensor splits not equal to group size") {
            dist.allToAllSingle(
                Tensor.zeros([n]), Tensor.zeros([n]), inputSplitSizes: [Int](repeating: 0, count: n + 1))
        }
        Check.raises("Split sizes doesn't match total dim 0 size") {
            dist.allToAllSingle(Tensor.zeros([n]), Tensor.zeros([n]), inputSplitSizes: [Int](repeating: 2, count: n))
        }
        Check.raises("trying to initialize the default process group twice!") { try dist.initProcessGroup("mpi") }
        // After a mistake nothing is written, and the next call works.
        let x = Tensor.full([2], Double(me))
        dist.allReduce(x)
        Check.equal(x, Tensor.full([2], Double(n * (n - 1) / 2)), "a call after a mistake")
    }
}
