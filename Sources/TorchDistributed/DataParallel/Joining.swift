import Torch

/// A training loop in which some processes have fewer inputs. Before each pass, the processes count those that still
/// have some.
final class Joining {
    private let dividesByAll: Bool
    private let throwsEarly: Bool
    /// A process that still has inputs: its buffers count.
    private(set) var authority = 0

    init(dividesByAll: Bool, throwsEarly: Bool) {
        self.dividesByAll = dividesByAll
        self.throwsEarly = throwsEarly
    }

    /// What the processes tell each other before a pass.
    private struct Round {
        let active: Int
        let reducing: Int
        /// The greatest rank that is active; -1 if there is none.
        let authority: Int
    }

    private func round(_ group: ProcessGroup, isActive: Bool, reduces: Bool) -> Round {
        let counts = Tensor([Int64(isActive ? 1 : 0), Int64(reduces ? 1 : 0)], device: .cpu)
        let rank = Tensor([Int64(isActive ? group.rank : -1)], device: .cpu)
        _ = group.allReduce(counts, .sum, asyncOp: false)
        _ = group.allReduce(rank, .max, asyncOp: false)
        let numbers: [Int64] = counts.toArray()
        return Round(active: Int(numbers[0]), reducing: Int(numbers[1]), authority: rank.item(as: Int.self))
    }

    /// Tells the others that this process has an input.
    func announce(_ group: ProcessGroup, _ reducer: Reducer, reduces: Bool) {
        let round = round(group, isActive: true, reduces: reduces)
        authority = max(0, round.authority)
        reducer.divisor = dividesByAll ? group.size : round.active
        if throwsEarly, round.active < group.size { raiseEarly(group) }
    }

    private func raiseEarly(_ group: ProcessGroup) {
        raise(
            .runtime,
            "Detected at least one rank that exhausted inputs. Throwing across all ranks.")
    }

    /// Takes part in the others' passes until none has inputs left, then takes their parameters.
    func finish(_ group: ProcessGroup, _ reducer: Reducer, tensors: [Tensor], buffers: [Tensor]) {
        var shadowed = 0
        while true {
            let round = round(group, isActive: false, reduces: false)
            if round.active == 0 { break }
            if throwsEarly { return raiseEarly(group) }
            shadowed += 1
            ParameterExchange.broadcast(buffers, from: round.authority, group)
            if round.reducing > 0 { reducer.shadowBackward() }
            if shadowed == 1000 {
                warn(
                    "Detected uneven input skew of greater than 1000. This means that rank \(group.rank) has at least 1000 fewer inputs than other currently-active ranks. This level of skew could lead to performance degradation during training."
                )
            }
        }
        let last = Tensor([Int64(shadowed == 0 ? group.rank : -1)], device: .cpu)
        _ = group.allReduce(last, .max, asyncOp: false)
        ParameterExchange.broadcast(tensors, from: max(0, last.item(as: Int.self)), group)
    }
}

/// Copies the parameters and buffers of one process to all.
enum ParameterExchange {
    /// Copies tensors, those of one dtype and device together in pieces of 250 MiB.
    /// PyTorch: `dist._broadcast_coalesced`.
    static func broadcast(_ tensors: [Tensor], from root: Int, _ group: ProcessGroup) {
        var waiting: [(Work?, Tensor, [Tensor])] = []
        func send(_ list: [Tensor]) {
            if list.isEmpty { return }
            if list.count == 1, list[0].isContiguous() {
                let whole = list[0].detach()
                waiting.append((group.broadcast(whole, from: root, asyncOp: true), whole, []))
                return
            }
            let flat = noGrad { cat(list.map { $0.detach().reshape([-1]) }) }
            waiting.append((group.broadcast(flat, from: root, asyncOp: true), flat, list))
        }
        let kinds = tensors.map { "\($0.dtype) \($0.device)" }
        var order: [String] = []
        for kind in kinds where !order.contains(kind) { order.append(kind) }
        for kind in order {
            var list: [Tensor] = [], bytes = 0
            for (tensor, own) in zip(tensors, kinds) where own == kind && tensor.numel() > 0 {
                list.append(tensor)
                bytes += tensor.numel() * tensor.dtype.itemSize
                if bytes >= 250 << 20 {
                    send(list)
                    (list, bytes) = ([], 0)
                }
            }
            send(list)
        }
        for (work, flat, list) in waiting {
            work?.wait()
            var offset = 0
            for tensor in list {
                if root != group.rank {
                    noGrad {
                        _ = tensor.detach().copy_(flat.narrow(0, offset, tensor.numel()).view(tensor.sizes))
                    }
                }
                offset += tensor.numel()
            }
        }
    }

    /// Returns whether all processes have parameters of the same number and shapes. Raises an error if not.
    static func agree(_ parameters: [Tensor], _ group: ProcessGroup) -> Bool {
        let counts = Tensor.zeros([group.size], dtype: .int64, device: .cpu)
        _ = group.allGather(into: counts, Tensor([Int64(parameters.count)], device: .cpu), asyncOp: false)
        let numbers: [Int64] = counts.toArray()
        if let other = numbers.firstIndex(where: { $0 != Int64(parameters.count) }) {
            raise(
                .runtime,
                "DDP expects same model across all ranks, but Rank \(group.rank) has \(parameters.count) params, while rank \(other) has inconsistent \(numbers[other]) params."
            )
            return false
        }
        // The ranks first, so that the lists of sizes are equally long where they matter.
        let own = parameters.map { [Int64($0.dim)] + $0.sizes.map { Int64($0) } }
        let lengths = Tensor.zeros([group.size], dtype: .int64, device: .cpu)
        let words = own.flatMap { $0 }
        _ = group.allGather(into: lengths, Tensor([Int64(words.count)], device: .cpu), asyncOp: false)
        let sizes: [Int64] = lengths.toArray()
        let longest = Int(sizes.max() ?? 0)
        let padded = words + [Int64](repeating: -1, count: longest - words.count)
        let all = Tensor.zeros([group.size * longest], dtype: .int64, device: .cpu)
        _ = group.allGather(into: all, Tensor(padded, device: .cpu), asyncOp: false)
        let found: [Int64] = all.toArray()
        let first = Array(found.prefix(longest))
        if first == padded { return true }
        var position = 0
        for (i, form) in own.enumerated() {
            let theirs = Array(first.dropFirst(position).prefix(form.count))
            if theirs != form {
                raise(
                    .runtime,
                    "[\(group.rank)]: params[\(i)] in this process with sizes \(parameters[i].sizes) appears not to match sizes of the same param in process 0."
                )
                return false
            }
            position += form.count
        }
        return true
    }
}
