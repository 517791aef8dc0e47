import CMPI
import Torch

// Messages between two processes, and barriers.

/// A send or a receive that `batchIsendIrecv` begins. PyTorch: `torch.distributed.P2POp`.
public struct P2POp {
    enum Direction { case send, receive }
    let direction: Direction
    let tensor: Tensor
    let peer: Int
    let group: ProcessGroup?
    let tag: Int

    /// A send to a rank.
    public static func isend(_ tensor: Tensor, _ peer: Int, group: ProcessGroup? = nil, tag: Int = 0) -> P2POp {
        P2POp(direction: .send, tensor: tensor, peer: peer, group: group, tag: tag)
    }

    /// A receive from a rank.
    public static func irecv(_ tensor: Tensor, _ peer: Int, group: ProcessGroup? = nil, tag: Int = 0) -> P2POp {
        P2POp(direction: .receive, tensor: tensor, peer: peer, group: group, tag: tag)
    }
}

extension dist {
    /// Begins to send a tensor. It must not be written until the work has ended. PyTorch: `torch.distributed.isend`.
    /// - Parameters:
    ///   - tensor: what is sent.
    ///   - dst: the rank of the receiver among all processes.
    ///   - group: the group of both processes; nil for that of all.
    ///   - tag: a number that the receive must have too.
    ///   - groupDst: the rank of the receiver in the group.
    public static func isend(
        _ tensor: Tensor, dst: Int? = nil, group: ProcessGroup? = nil, tag: Int = 0, groupDst: Int? = nil
    ) -> Work? {
        guard let group = self.group(group, "isend", [tensor]), let peer = member(group, dst, groupDst, isNeeded: true),
            isOther(peer, group, "destination")
        else { return nil }
        return group.send(tensor, to: peer, tag: tag)
    }

    /// Begins to receive a tensor. PyTorch: `torch.distributed.irecv`.
    /// - Parameters:
    ///   - tensor: what is written.
    ///   - src: the rank of the sender among all processes; nil, with `groupSrc` nil too, for any.
    ///   - group: the group of both processes; nil for that of all.
    ///   - tag: the number that the sender gives.
    ///   - groupSrc: the rank of the sender in the group.
    public static func irecv(
        _ tensor: Tensor, src: Int? = nil, group: ProcessGroup? = nil, tag: Int = 0, groupSrc: Int? = nil
    ) -> Work? {
        guard let group = self.group(group, "irecv", [tensor]) else { return nil }
        if src == nil, groupSrc == nil { return group.receive(tensor, from: nil, tag: tag) }
        guard let peer = member(group, src, groupSrc, isNeeded: true), isOther(peer, group, "source") else {
            return nil
        }
        return group.receive(tensor, from: peer, tag: tag)
    }

    /// Sends a tensor. PyTorch: `torch.distributed.send`.
    public static func send(
        _ tensor: Tensor, dst: Int? = nil, group: ProcessGroup? = nil, tag: Int = 0, groupDst: Int? = nil
    ) {
        isend(tensor, dst: dst, group: group, tag: tag, groupDst: groupDst)?.wait()
    }

    /// Receives a tensor. PyTorch: `torch.distributed.recv`.
    /// - Returns: the rank of the sender among all processes; -1 if this process is no member.
    @discardableResult
    public static func recv(
        _ tensor: Tensor, src: Int? = nil, group: ProcessGroup? = nil, tag: Int = 0, groupSrc: Int? = nil
    ) -> Int {
        guard let work = irecv(tensor, src: src, group: group, tag: tag, groupSrc: groupSrc), work.wait() else {
            return -1
        }
        return getGlobalRank(work.group, work.sourceRank())
    }

    /// Begins several sends and receives. PyTorch: `torch.distributed.batch_isend_irecv`.
    public static func batchIsendIrecv(_ p2pOpList: [P2POp]) -> [Work] {
        if let group = p2pOpList.first?.group ?? world, let nccl = group.nccl {
            return exchange(p2pOpList, group, nccl)
        }
        return p2pOpList.compactMap { op in
            op.direction == .send
                ? isend(op.tensor, dst: op.peer, group: op.group, tag: op.tag)
                : irecv(op.tensor, src: op.peer, group: op.group, tag: op.tag)
        }
    }

    /// Makes several sends and receives one call, so that none waits for another.
    private static func exchange(_ list: [P2POp], _ group: ProcessGroup, _ nccl: NCCLGroup) -> [Work] {
        guard list.allSatisfy({ ($0.group ?? world) === group }) else {
            raise(.value, "All ops need to use the same group.")
            return []
        }
        guard self.group(group, "batch_isend_irecv", list.map(\.tensor)) != nil else { return [] }
        var messages: [ProcessGroup.Message] = []
        for op in list {
            guard let peer = member(group, op.peer, nil, isNeeded: true),
                isOther(peer, group, op.direction == .send ? "destination" : "source")
            else { return [] }
            messages.append(.init(isSend: op.direction == .send, tensor: op.tensor, member: peer))
        }
        return group.exchange(nccl, .batch, messages, asyncOp: true, described: []).map { [$0] } ?? []
    }

    private static func isOther(_ peer: Int, _ group: ProcessGroup, _ role: String) -> Bool {
        if peer != group.rank { return true }
        raise(
            .value,
            "Invalid \(role) rank: \(role) rank should not be the same as the rank of the current process.")
        return false
    }

    // MARK: Barriers

    /// Waits until all processes of the group have come here. PyTorch: `torch.distributed.barrier`.
    @discardableResult
    public static func barrier(group: ProcessGroup? = nil, asyncOp: Bool = false) -> Work? {
        guard let group = self.group(group, "barrier") else { return nil }
        if let nccl = group.nccl { return group.barrier(nccl, asyncOp: asyncOp) }
        return group.run(.barrier, asyncOp: asyncOp, tensors: [], described: [], completion: {}) { requests, _ in
            requests.add { cmpi().pointee.ibarrier(group.comm, $0) }
        }
    }

    /// Waits until all processes of the group have come here. Raises an error that names those that are late.
    /// PyTorch: `torch.distributed.monitored_barrier`.
    ///
    /// - Parameters:
    ///   - group: the processes that take part; nil for all.
    ///   - timeout: the longest time to wait, in seconds; by default the group's.
    ///   - waitAllRanks: whether the error names all ranks that are late, not only the first.
    public static func monitoredBarrier(
        group: ProcessGroup? = nil, timeout: Double? = nil, waitAllRanks: Bool = false
    ) {
        guard let group = self.group(group, "monitored_barrier") else { return }
        guard group.nccl == nil else {
            return raise(.value, "monitored_barrier requires a group with a CPU-capable backend (e.g. GLOO).")
        }
        let timeout = timeout ?? group.timeout
        let call = group.next(.monitoredBarrier)
        // Tags of their own, so that a late message does not pass another barrier.
        let tag = Int32(2 + 2 * (call.sequence % 10_000))
        let token = UnsafeMutablePointer<UInt8>.allocate(capacity: 2 * group.size)
        token.initialize(repeating: 0, count: 2 * group.size)
        func begin(_ body: (inout Requests) -> Void) -> Work {
            group.engine.begin(
                CollectiveCall(kind: .receive, sequence: 0), group, tensors: [], completion: {}, body)
        }
        let milliseconds = Int(timeout * 1000)
        if group.rank != 0 {
            _ = begin { $0.add { cmpi().pointee.isend(token, 1, 0, tag, group.innerComm, $0) } }
            let reply = begin { $0.add { cmpi().pointee.irecv(token + 1, 1, 0, tag + 1, group.innerComm, $0) } }
            // The memory of messages that are still on their way is not released.
            if group.engine.wait(for: reply, timeout: timeout) { return token.deallocate() }
            group.engine.abandon(reply)
            return raise(
                .runtime,
                "Rank \(group.rank) successfully reached monitoredBarrier, but received errors while waiting for send/recv from rank 0. Please check rank 0 logs for faulty rank.\n Original exception: \nTimed out waiting \(milliseconds)ms for recv operation to complete"
            )
        }
        let arrivals = (1..<max(1, group.size)).map { member in
            begin { $0.add { cmpi().pointee.irecv(token + member, 1, Int32(member), tag, group.innerComm, $0) } }
        }
        var late: [Int] = []
        for (i, arrival) in arrivals.enumerated() {
            // Who has the whole time at the first rank has had it at the others.
            if group.engine.wait(for: arrival, timeout: late.isEmpty ? timeout : 0) { continue }
            late.append(i + 1)
            if !waitAllRanks { break }
        }
        guard late.isEmpty else {
            for arrival in arrivals where !group.engine.isFinished(arrival) { group.engine.abandon(arrival) }
            let list = late.map(String.init).joined(separator: ", ")
            let words =
                "[Rank 0]: Rank\(waitAllRanks ? "s" : "") \(list) failed to pass monitoredBarrier in \(milliseconds) ms"
            return raise(
                .runtime,
                waitAllRanks
                    ? words
                    : "\(words)\n Original exception: \nTimed out waiting \(milliseconds)ms for recv operation to complete"
            )
        }
        let replies = (1..<max(1, group.size)).map { member in
            begin {
                $0.add {
                    cmpi().pointee.isend(token + group.size + member, 1, Int32(member), tag + 1, group.innerComm, $0)
                }
            }
        }
        for reply in replies { _ = group.engine.wait(for: reply, timeout: nil) }
        token.deallocate()
    }
}
