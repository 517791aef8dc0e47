import CNCCL
import Torch

// How collectives become calls of NCCL, on the communicators' streams. Reductions, broadcasts and gathering of equal
// tensors are NCCL's collectives; all else is groups of messages between pairs of processes.

extension ProcessGroup {
    /// Where the group's tensors are: the device of a group over NCCL, otherwise the host.
    var device: Device { nccl?.engine.device ?? .cpu }

    /// Returns whether a group over NCCL can take tensors of users. Raises PyTorch's error if not.
    func accepts(_ tensors: [Tensor]) -> Bool {
        for tensor in tensors where !tensor.isVoid {
            guard tensor.device.kind == .cuda else {
                raise(.runtime, "No backend type associated with device type \(tensor.device.kind)")
                return false
            }
            guard tensor.device == device else {
                raise(.value, "Tensor found on device \(tensor.device) but backend constrained to \(device)")
                return false
            }
        }
        return true
    }

    /// Calls NCCL. If the call is not asynchronous, makes the current stream wait for it.
    /// - Parameters:
    ///   - reads: the memory that NCCL reads.
    ///   - writes: the memory that NCCL writes, which is then stored in the callers' tensors.
    ///   - tensors: what `Work.result` returns.
    ///   - described: what debug mode compares between the processes.
    ///   - begin: calls NCCL with a communicator and a stream, and returns its code.
    private func run(
        _ communicator: NCCLCommunicator, _ kind: CollectiveCall.Kind, asyncOp: Bool, reads: [DeviceElements],
        writes: [DeviceElements], tensors: [Tensor], described: [Tensor], sender: Int = -1,
        completion: (@Sendable () -> Void)? = nil,
        _ begin: (cnccl_calls, cnccl_comm, UnsafeMutableRawPointer?) -> Int32
    ) -> Work? {
        guard !cuda.isCurrentStreamCapturing() else {
            raise(.notImplemented, "a collective cannot be captured in a CUDA graph")
            return nil
        }
        let call = next(kind)
        guard DebugChecks.agree(self, call, described) else { return nil }
        return launch(
            communicator, call, asyncOp: asyncOp, reads: reads, writes: writes, tensors: tensors, sender: sender,
            completion: completion, begin)
    }

    private func launch(
        _ communicator: NCCLCommunicator, _ call: CollectiveCall, asyncOp: Bool, reads: [DeviceElements],
        writes: [DeviceElements], tensors: [Tensor], sender: Int = -1, completion: (@Sendable () -> Void)? = nil,
        _ begin: (cnccl_calls, cnccl_comm, UnsafeMutableRawPointer?) -> Int32
    ) -> Work? {
        guard let event = communicator.run(call.description, begin) else { return nil }
        // The allocator keeps memory that its owner frees before the stream has come to the end of the call.
        for elements in reads + writes { elements.memory.recordStream(communicator.stream) }
        nccl?.engine.watch(call, self, event)
        let work = DeviceWork(
            call, self, event: event, device: device, sender: sender, waitsForEnd: call.kind == .barrier,
            tensors: tensors
        ) {
            for elements in writes { elements.store() }
            completion?()
        }
        if asyncOp { return work }
        work.wait()
        return nil
    }

    // MARK: Collectives

    func allReduce(_ nccl: NCCLGroup, _ tensor: Tensor, _ op: ReduceOp, asyncOp: Bool) -> Work? {
        guard !tensor.isVoid, let reduction = DeviceReduction(op, tensor.dtype, "all_reduce") else { return nil }
        let elements = DeviceElements(tensor, on: device)
        return run(
            nccl.all, .allReduce, asyncOp: asyncOp, reads: [], writes: [elements], tensors: [tensor],
            described: [tensor]
        ) { calls, comm, stream in
            calls.all_reduce(
                elements.address, elements.address, tensor.numel() * reduction.type.width, reduction.type.number,
                reduction.op, comm, stream)
        }
    }

    func reduce(_ nccl: NCCLGroup, _ tensor: Tensor, to root: Int, _ op: ReduceOp, asyncOp: Bool) -> Work? {
        guard !tensor.isVoid, let reduction = DeviceReduction(op, tensor.dtype, "reduce") else { return nil }
        let elements = DeviceElements(tensor, on: device), isRoot = root == groupRank
        return run(
            nccl.all, .reduce, asyncOp: asyncOp, reads: isRoot ? [] : [elements], writes: isRoot ? [elements] : [],
            tensors: [tensor], described: [tensor]
        ) { calls, comm, stream in
            calls.reduce(
                elements.address, elements.address, tensor.numel() * reduction.type.width, reduction.type.number,
                reduction.op, Int32(root), comm, stream)
        }
    }

    func broadcast(_ nccl: NCCLGroup, _ tensor: Tensor, from root: Int, asyncOp: Bool) -> Work? {
        guard let type = DeviceType(tensor.dtype) else { return nil }
        let isRoot = root == groupRank
        let elements = isRoot ? DeviceElements(tensor, on: device) : DeviceElements(writing: tensor, on: device)
        return run(
            nccl.all, .broadcast, asyncOp: asyncOp, reads: isRoot ? [elements] : [], writes: isRoot ? [] : [elements],
            tensors: [tensor], described: [tensor]
        ) { calls, comm, stream in
            calls.broadcast(
                elements.address, elements.address, tensor.numel() * type.width, type.number, Int32(root), comm, stream)
        }
    }

    /// Gathers equal inputs of all processes in one tensor.
    func allGather(_ nccl: NCCLGroup, into output: Tensor, _ input: Tensor, asyncOp: Bool) -> Work? {
        guard let type = DeviceType(input.dtype) else { return nil }
        return allGather(
            nccl, .allGatherSingle, into: output, input, type, asyncOp: asyncOp, tensors: [output],
            described: [output, input])
    }

    private func allGather(
        _ nccl: NCCLGroup, _ kind: CollectiveCall.Kind, into output: Tensor, _ input: Tensor, _ type: DeviceType,
        asyncOp: Bool, tensors: [Tensor], described: [Tensor], completion: (@Sendable () -> Void)? = nil
    ) -> Work? {
        let from = DeviceElements(input, on: device), to = DeviceElements(writing: output, on: device)
        return run(
            nccl.all, kind, asyncOp: asyncOp, reads: [from], writes: [to], tensors: tensors, described: described,
            completion: completion
        ) { calls, comm, stream in
            calls.all_gather(from.address, to.address, input.numel() * type.width, type.number, comm, stream)
        }
    }

    /// Gathers the inputs of all processes in a list.
    func allGather(_ nccl: NCCLGroup, _ list: [Tensor], _ tensor: Tensor, asyncOp: Bool) -> Work? {
        guard let type = DeviceType(tensor.dtype) else { return nil }
        guard list.allSatisfy({ $0.numel() == tensor.numel() && $0.dtype == tensor.dtype }) else {
            return exchange(
                nccl, .allGather, asyncOp: asyncOp, sends: list.map { _ in tensor }, receives: list,
                described: list + [tensor])
        }
        let whole = Tensor.empty([size, tensor.numel()], dtype: tensor.dtype, device: device)
        return allGather(
            nccl, .allGather, into: whole, tensor, type, asyncOp: asyncOp, tensors: list, described: list + [tensor]
        ) {
            noGrad { for (i, part) in list.enumerated() { _ = part.detach().copy_(whole[i].view(part.sizes)) } }
        }
    }

    /// Reduces the inputs of all processes. Each process gets one part of the result.
    func reduceScatter(
        _ nccl: NCCLGroup, _ kind: CollectiveCall.Kind, into output: Tensor, _ input: Tensor, _ op: ReduceOp,
        asyncOp: Bool, described: [Tensor]
    ) -> Work? {
        guard let reduction = DeviceReduction(op, input.dtype, "reduce_scatter") else { return nil }
        let from = DeviceElements(input, on: device), to = DeviceElements(writing: output, on: device)
        return run(
            nccl.all, kind, asyncOp: asyncOp, reads: [from], writes: [to], tensors: [output], described: described
        ) { calls, comm, stream in
            calls.reduce_scatter(
                from.address, to.address, output.numel() * reduction.type.width, reduction.type.number, reduction.op,
                comm, stream)
        }
    }

    /// Waits until all processes have come here and their devices have done what they had to do before.
    func barrier(_ nccl: NCCLGroup, asyncOp: Bool) -> Work? {
        let token = DeviceElements(Tensor.zeros([1], dtype: .float32, device: device), on: device)
        return run(nccl.all, .barrier, asyncOp: asyncOp, reads: [], writes: [token], tensors: [], described: []) {
            $0.all_reduce(token.address, token.address, 1, Int32(CNCCL_FLOAT32), Int32(CNCCL_SUM), $1, $2)
        }
    }

    /// Gathers numbers of all processes, for debug mode.
    func gather(_ nccl: NCCLGroup, _ words: [Int64]) -> [Int64] {
        let from = DeviceElements(Tensor(words, device: device), on: device)
        let to = DeviceElements(Tensor.zeros([size * words.count], dtype: .int64, device: device), on: device)
        let call = CollectiveCall(kind: .barrier, sequence: lastCall?.sequence ?? 0)
        _ = launch(nccl.all, call, asyncOp: false, reads: [from], writes: [to], tensors: []) {
            $0.all_gather(from.address, to.address, words.count, Int32(CNCCL_INT64), $1, $2)
        }
        return to.memory.toArray()
    }

    // MARK: Messages between pairs

    /// A message to a member, or from it.
    struct Message {
        let isSend: Bool
        let tensor: Tensor
        let member: Int
    }

    /// Sends a part to each process and receives one from each. An empty part is not sent.
    func exchange(
        _ nccl: NCCLGroup, _ kind: CollectiveCall.Kind, asyncOp: Bool, sends: [Tensor?], receives: [Tensor?],
        described: [Tensor]
    ) -> Work? {
        if let own = sends[groupRank], let target = receives[groupRank], own !== target, own.numel() > 0 {
            noGrad {
                let same = own.dtype == target.dtype ? own.detach() : own.detach().view(dtype: target.dtype)
                _ = target.detach().copy_(same.reshape(target.sizes))
            }
        }
        var messages: [Message] = []
        for (isSend, parts) in [(true, sends), (false, receives)] {
            for (member, part) in parts.enumerated() where member != groupRank {
                if let part, part.numel() > 0 { messages.append(Message(isSend: isSend, tensor: part, member: member)) }
            }
        }
        return exchange(
            nccl, kind, messages, asyncOp: asyncOp, described: described, tensors: receives.compactMap { $0 })
    }

    /// Makes messages between pairs one call.
    func exchange(
        _ nccl: NCCLGroup, _ kind: CollectiveCall.Kind, _ messages: [Message], asyncOp: Bool, described: [Tensor],
        tensors: [Tensor] = []
    ) -> Work? {
        var parts: [(message: Message, type: DeviceType, elements: DeviceElements)] = []
        for message in messages {
            guard let type = DeviceType(message.tensor.dtype) else { return nil }
            let elements =
                message.isSend
                ? DeviceElements(message.tensor, on: device) : DeviceElements(writing: message.tensor, on: device)
            parts.append((message, type, elements))
        }
        return run(
            nccl.all, kind, asyncOp: asyncOp, reads: parts.filter(\.message.isSend).map(\.elements),
            writes: parts.filter { !$0.message.isSend }.map(\.elements), tensors: tensors, described: described
        ) { calls, comm, stream in
            var code = calls.group_start()
            for (message, type, elements) in parts where code == 0 {
                let count = message.tensor.numel() * type.width
                code =
                    message.isSend
                    ? calls.send(elements.address, count, type.number, Int32(message.member), comm, stream)
                    : calls.receive(elements.address, count, type.number, Int32(message.member), comm, stream)
            }
            // A group that has begun must end, also after an error.
            let end = calls.group_end()
            return code != 0 ? code : end
        }
    }

    func send(_ nccl: NCCLGroup, _ tensor: Tensor, to member: Int) -> Work? {
        let elements = DeviceElements(tensor, on: device)
        return withPair(nccl, tensor, member) { communicator, type, peer in
            run(
                communicator, .send, asyncOp: true, reads: [elements], writes: [], tensors: [tensor], described: []
            ) { $0.send(elements.address, tensor.numel() * type.width, type.number, peer, $1, $2) }
        }
    }

    func receive(_ nccl: NCCLGroup, _ tensor: Tensor, from member: Int?) -> Work? {
        guard let member else {
            raise(.runtime, "ProcessGroupNCCL does not support recvAnysource")
            return nil
        }
        let elements = DeviceElements(writing: tensor, on: device)
        return withPair(nccl, tensor, member) { communicator, type, peer in
            run(
                communicator, .receive, asyncOp: true, reads: [], writes: [elements], tensors: [tensor], described: [],
                sender: member
            ) { $0.receive(elements.address, tensor.numel() * type.width, type.number, peer, $1, $2) }
        }
    }

    /// Calls `body` with the communicator of this process and a member, and the member's rank there.
    private func withPair(
        _ nccl: NCCLGroup, _ tensor: Tensor, _ member: Int, _ body: (NCCLCommunicator, DeviceType, Int32) -> Work?
    ) -> Work? {
        guard let type = DeviceType(tensor.dtype) else { return nil }
        do {
            return body(try nccl.pair(member), type, ranks[member] < nccl.engine.rank ? 0 : 1)
        } catch {
            let error = error as? TorchError ?? TorchError(.runtime, "\(error)")
            raise(error.kind, error.message)
            return nil
        }
    }
}
