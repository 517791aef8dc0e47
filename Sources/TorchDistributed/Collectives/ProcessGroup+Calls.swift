import CMPI
import Torch

// How collectives become calls of MPI. Reductions, broadcasts and gathering into one tensor are MPI's collectives; all
// else is messages between pairs of processes, which may have any sizes.

extension ProcessGroup {
    /// Makes a call. If it is not asynchronous, waits for it.
    /// - Parameters:
    ///   - tensors: what the call writes.
    ///   - described: what debug mode compares between the processes.
    ///   - directly: the same call as one that waits inside MPI, if there is such. All processes choose alike, because
    ///     MPI's calls that wait do not match those that do not.
    ///   - begin: begins the work.
    ///   - completion: runs when the messages have arrived.
    func run(
        _ kind: CollectiveCall.Kind, asyncOp: Bool, tensors: [Tensor], described: [Tensor],
        directly: (() -> Int32)? = nil, completion: @escaping @Sendable () -> Void,
        _ begin: (inout Requests, CollectiveCall) -> Void
    ) -> Work? {
        let call = next(kind)
        guard DebugChecks.agree(self, call, described) else { return nil }
        if !asyncOp, let directly, engine.library.waitsInside {
            if MPILibrary.succeeds(engine.callDirectly(call, self, directly)) { completion() }
            return nil
        }
        let work = engine.begin(call, self, tensors: tensors, completion: completion) { begin(&$0, call) }
        if asyncOp { return work }
        work.wait()
        return nil
    }

    func allReduce(_ tensor: Tensor, _ op: ReduceOp, asyncOp: Bool) -> Work? {
        if let nccl { return allReduce(nccl, tensor, op, asyncOp: asyncOp) }
        let comm = comm, size = size
        // The common call of a few numbers, without any object.
        if !asyncOp, engine.callsPlainly, let start = tensor.writableElements {
            guard let reduction = Reduction(op, tensor.dtype, "all_reduce") else { return nil }
            let count = tensor.numel() * reduction.width
            if count * reduction.itemSize <= MessagePieces.limit {
                let code = engine.callDirectly(next(.allReduce), self) {
                    cmpi().pointee.allreduce(nil, start, Int32(count), reduction.type, reduction.op, comm)
                }
                guard code == 0 || MPILibrary.succeeds(code) else { return nil }
                if reduction.isMean { reduction.finish(tensor, size) }
                tensor.bumpVersion()
                return nil
            }
        }
        guard !tensor.isVoid, let reduction = Reduction(op, tensor.dtype, "all_reduce") else { return nil }
        let count = tensor.numel() * reduction.width
        let byteCount = count * reduction.itemSize
        let elements = HostElements(tensor)
        elements.willWrite()
        let pointer = elements.pointer
        let isDirect = !asyncOp && engine.library.waitsInside && byteCount <= MessagePieces.limit
        let isExchange = !isDirect && PartExchange.suits(byteCount, self)
        return run(
            .allReduce, asyncOp: asyncOp, tensors: [tensor], described: [tensor],
            directly: isDirect
                ? { cmpi().pointee.allreduce(nil, pointer, Int32(count), reduction.type, reduction.op, comm) } : nil,
            completion: {
                if !(isExchange && reduction.dividesPieces) { reduction.finish(elements.memory, size) }
                elements.store()
            }
        ) { requests, call in
            if isExchange {
                requests.add(PartExchange(reduction, self, call, reducing: pointer, count: count))
            } else {
                reduction.allReduce(pointer, count, comm, &requests)
            }
        }
    }

    func reduce(_ tensor: Tensor, to root: Int, _ op: ReduceOp, asyncOp: Bool) -> Work? {
        if let nccl { return reduce(nccl, tensor, to: root, op, asyncOp: asyncOp) }
        guard !tensor.isVoid, let reduction = Reduction(op, tensor.dtype, "reduce") else { return nil }
        let elements = HostElements(tensor)
        let isRoot = root == groupRank
        if isRoot { elements.willWrite() }
        let count = tensor.numel() * reduction.width, comm = comm, size = size
        let pointer = elements.pointer
        return run(
            .reduce, asyncOp: asyncOp, tensors: [tensor], described: [tensor],
            completion: {
                guard isRoot else { return }
                reduction.finish(elements.memory, size)
                elements.store()
            }
        ) { requests, _ in
            MessagePieces.each(count, itemSize: reduction.itemSize) { offset, count in
                let piece = pointer + offset * reduction.itemSize
                requests.add {
                    cmpi().pointee.ireduce(
                        isRoot ? nil : piece, isRoot ? piece : nil, Int32(count), reduction.type, reduction.op,
                        Int32(root), comm, $0)
                }
            }
        }
    }

    func broadcast(_ tensor: Tensor, from root: Int, asyncOp: Bool) -> Work? {
        if tensor.isVoid { return nil }
        if let nccl { return broadcast(nccl, tensor, from: root, asyncOp: asyncOp) }
        let isRoot = root == groupRank
        let elements = isRoot ? HostElements(tensor) : HostElements(writing: tensor)
        if !isRoot { elements.willWrite() }
        let comm = comm, pointer = elements.pointer, bytes = elements.byteCount
        return run(
            .broadcast, asyncOp: asyncOp, tensors: [tensor], described: [tensor],
            directly: bytes <= MessagePieces.limit
                ? { cmpi().pointee.bcast(pointer, Int32(bytes), Int32(root), comm) } : nil,
            completion: { if !isRoot { elements.store() } }
        ) { requests, _ in
            MessagePieces.each(bytes, itemSize: 1) { offset, count in
                requests.add { cmpi().pointee.ibcast(pointer + offset, Int32(count), Int32(root), comm, $0) }
            }
        }
    }

    /// Gathers equal inputs of all processes in one tensor.
    func allGather(into output: Tensor, _ input: Tensor, asyncOp: Bool) -> Work? {
        if output.isVoid || input.isVoid { return nil }
        guard input.dtype == output.dtype else {
            raise(.type, "output tensor must have the same type as input tensor")
            return nil
        }
        guard output.numel() == input.numel() * size else {
            raise(.value, "output tensor size must be equal to world_size times input tensor size")
            return nil
        }
        if let nccl { return allGather(nccl, into: output, input, asyncOp: asyncOp) }
        let from = HostElements(input), to = HostElements(writing: output)
        to.willWrite()
        let bytes = from.byteCount, comm = comm
        if bytes > MessagePieces.limit {
            let parts = (0..<size).map { UnsafeMutableRawBufferPointer(start: to.pointer + $0 * bytes, count: bytes) }
            let whole = UnsafeMutableRawBufferPointer(start: from.pointer, count: bytes)
            return exchange(
                .allGatherSingle, asyncOp: asyncOp, sends: (0..<size).map { _ in whole }, receives: parts,
                tensors: [output], described: [output, input], keeping: [from, to]
            ) { to.store() }
        }
        let source = from.pointer, target = to.pointer
        return run(
            .allGatherSingle, asyncOp: asyncOp, tensors: [output], described: [output, input],
            directly: { cmpi().pointee.allgather(source, Int32(bytes), target, comm) },
            completion: {
                withExtendedLifetime(from) {}
                to.store()
            }
        ) { requests, _ in
            requests.add { cmpi().pointee.iallgather(source, Int32(bytes), target, comm, $0) }
        }
    }

    /// Reduces the inputs of all processes. Each process gets one part of the result.
    func reduceScatter(
        _ kind: CollectiveCall.Kind, into output: Tensor, _ input: Tensor, _ op: ReduceOp, asyncOp: Bool,
        described: [Tensor]
    ) -> Work? {
        if output.isVoid || input.isVoid { return nil }
        guard input.dtype == output.dtype else {
            raise(.type, "input tensor must be the same type as the output tensor.")
            return nil
        }
        guard input.numel() == output.numel() * size else {
            raise(.value, "input tensor must be the same size as output size times world size")
            return nil
        }
        if let nccl {
            return reduceScatter(nccl, kind, into: output, input, op, asyncOp: asyncOp, described: described)
        }
        guard let reduction = Reduction(op, input.dtype, "reduce_scatter") else { return nil }
        let to = HostElements(writing: output)
        to.willWrite()
        let count = output.numel() * reduction.width, comm = comm, size = size
        let isExchange = PartExchange.suits(count * reduction.itemSize * size, self)
        let isOne = isExchange || count * reduction.itemSize <= MessagePieces.limit
        // MPI reads the parts of all processes one behind the other. A part that is too long for one call is cut, and
        // the pieces of all parts that are reduced together are copied side by side.
        let flat = HostElements(input)
        var stages: [(memory: Tensor, offset: Int, count: Int)] = []
        if !isOne {
            let parts = (reduction.width == 2 ? flat.memory.detach().viewAsReal() : flat.memory.detach())
                .reshape([size, count])
            MessagePieces.each(count, itemSize: reduction.itemSize) { offset, length in
                stages.append((noGrad { parts.narrow(1, offset, length).contiguous() }, offset, length))
            }
        }
        let kept = stages
        let target = to.pointer
        return run(
            kind, asyncOp: asyncOp, tensors: [output], described: described,
            completion: {
                withExtendedLifetime((flat, kept)) {}
                if !(isExchange && reduction.dividesPieces) { reduction.finish(to.memory, size) }
                to.store()
            }
        ) { requests, call in
            if isExchange {
                let source = flat.pointer
                return requests.add(PartExchange(reduction, self, call, source: source, count: count, target: target))
            }
            func add(_ source: UnsafeMutableRawPointer, _ offset: Int, _ count: Int) {
                requests.add {
                    cmpi().pointee.ireduce_scatter(
                        source, target + offset * reduction.itemSize, Int32(count), reduction.type, reduction.op, comm,
                        $0)
                }
            }
            if isOne { add(flat.pointer, 0, count) }
            for stage in kept { add(HostElements(stage.memory).pointer, stage.offset, stage.count) }
        }
    }

    // MARK: Messages between pairs

    /// Sends a part to each process and receives one from each. An empty part is not sent.
    func exchange(
        _ kind: CollectiveCall.Kind, asyncOp: Bool, sends: [UnsafeMutableRawBufferPointer?],
        receives: [UnsafeMutableRawBufferPointer?], tensors: [Tensor], described: [Tensor], keeping: [HostElements],
        completion: @escaping @Sendable () -> Void
    ) -> Work? {
        let comm = innerComm, rank = groupRank
        if let from = sends[rank], let to = receives[rank], to.count == from.count, to.count > 0,
            let source = from.baseAddress, to.baseAddress != source
        {
            to.baseAddress?.copyMemory(from: source, byteCount: from.count)
        }
        return run(
            kind, asyncOp: asyncOp, tensors: tensors, described: described,
            completion: {
                withExtendedLifetime(keeping) {}
                completion()
            }
        ) { requests, _ in
            for (member, buffer) in receives.enumerated() where member != rank {
                guard let buffer, let start = buffer.baseAddress, buffer.count > 0 else { continue }
                MessagePieces.each(buffer.count, itemSize: 1) { offset, count in
                    requests.add { cmpi().pointee.irecv(start + offset, Int32(count), Int32(member), 0, comm, $0) }
                }
            }
            for (member, buffer) in sends.enumerated() where member != rank {
                guard let buffer, let start = buffer.baseAddress, buffer.count > 0 else { continue }
                MessagePieces.each(buffer.count, itemSize: 1) { offset, count in
                    requests.add { cmpi().pointee.isend(start + offset, Int32(count), Int32(member), 0, comm, $0) }
                }
            }
        }
    }

    func send(_ tensor: Tensor, to member: Int, tag: Int) -> Work? {
        if tensor.isVoid { return nil }
        if let nccl { return send(nccl, tensor, to: member) }
        let elements = HostElements(tensor)
        let comm = pairComm, start = elements.pointer
        return run(
            .send, asyncOp: true, tensors: [tensor], described: [],
            completion: { withExtendedLifetime(elements) {} }
        ) { requests, _ in
            MessagePieces.each(elements.byteCount, itemSize: 1) { offset, count in
                requests.add { cmpi().pointee.isend(start + offset, Int32(count), Int32(member), Int32(tag), comm, $0) }
            }
        }
    }

    /// Receives from a member, or from any if `member` is nil.
    func receive(_ tensor: Tensor, from member: Int?, tag: Int) -> Work? {
        if tensor.isVoid { return nil }
        if let nccl { return receive(nccl, tensor, from: member) }
        let elements = HostElements(writing: tensor)
        elements.willWrite()
        let comm = pairComm, start = elements.pointer
        guard member != nil || elements.byteCount <= MessagePieces.limit else {
            raise(
                .runtime,
                "a message of \(elements.byteCount) bytes comes in pieces, so it can only be received from a given rank"
            )
            return nil
        }
        return run(
            .receive, asyncOp: true, tensors: [tensor], described: [], completion: { elements.store() }
        ) { requests, _ in
            MessagePieces.each(elements.byteCount, itemSize: 1) { offset, count in
                requests.add {
                    cmpi().pointee.irecv(
                        start + offset, Int32(count), member.map { Int32($0) } ?? Int32(CMPI_ANY), Int32(tag), comm, $0)
                }
            }
        }
    }
}

extension Reduction {
    /// Begins a reduction in place, in pieces.
    fileprivate func allReduce(
        _ pointer: UnsafeMutableRawPointer, _ count: Int, _ comm: cmpi_comm, _ requests: inout Requests
    ) {
        MessagePieces.each(count, itemSize: itemSize) { offset, count in
            requests.add {
                cmpi().pointee.iallreduce(nil, pointer + offset * itemSize, Int32(count), type, op, comm, $0)
            }
        }
    }
}
