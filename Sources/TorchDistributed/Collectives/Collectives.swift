import Torch

// Collectives. Each returns nil, or with `asyncOp` a `Work` to wait for; nil too if this process is no member.

extension dist {
    /// Replaces the tensor of every process by the combination of all. PyTorch: `torch.distributed.all_reduce`.
    ///
    /// Every dtype can be summed except float8, of complex tensors also the mean, and no other operation. All processes
    /// get the same bits.
    /// - Precondition: the tensors have the same number of elements and dtype.
    @discardableResult
    public static func allReduce(
        _ tensor: Tensor, op: ReduceOp = .sum, group: ProcessGroup? = nil, asyncOp: Bool = false
    ) -> Work? {
        self.group(group, "all_reduce", [tensor])?.allReduce(tensor, op, asyncOp: asyncOp)
    }

    /// Combines the tensors of all processes in the tensor of one. Those of the others do not change.
    /// PyTorch: `torch.distributed.reduce`.
    /// - Parameters:
    ///   - tensor: this process's part; at the destination, the result.
    ///   - dst: the rank, among all processes, of the one that gets the result.
    ///   - op: how elements are combined.
    ///   - group: the processes that take part; nil for all.
    ///   - asyncOp: whether the call returns before the work has ended.
    ///   - groupDst: the same by its rank in the group.
    @discardableResult
    public static func reduce(
        _ tensor: Tensor, dst: Int? = nil, op: ReduceOp = .sum, group: ProcessGroup? = nil, asyncOp: Bool = false,
        groupDst: Int? = nil
    ) -> Work? {
        guard let group = self.group(group, "reduce", [tensor]), let root = member(group, dst, groupDst, isNeeded: true)
        else {
            return nil
        }
        return group.reduce(tensor, to: root, op, asyncOp: asyncOp)
    }

    /// Copies the tensor of one process to those of all. PyTorch: `torch.distributed.broadcast`.
    /// - Parameters:
    ///   - tensor: what is copied, and elsewhere what it is written to.
    ///   - src: the rank, among all processes, of the one whose tensor is copied.
    ///   - group: the processes that take part; nil for all.
    ///   - asyncOp: whether the call returns before the work has ended.
    ///   - groupSrc: the same by its rank in the group.
    @discardableResult
    public static func broadcast(
        _ tensor: Tensor, src: Int? = nil, group: ProcessGroup? = nil, asyncOp: Bool = false, groupSrc: Int? = nil
    ) -> Work? {
        guard let group = self.group(group, "broadcast", [tensor]),
            let root = member(group, src, groupSrc, isNeeded: true)
        else { return nil }
        return group.broadcast(tensor, from: root, asyncOp: asyncOp)
    }

    /// Gathers the tensors of all processes in a list, in the order of the ranks. The tensors of different processes
    /// may have different sizes, if every process knows them. PyTorch: `torch.distributed.all_gather`.
    /// - Precondition: `tensorList` has a tensor of the right size for each process.
    @discardableResult
    public static func allGather(
        _ tensorList: [Tensor], _ tensor: Tensor, group: ProcessGroup? = nil, asyncOp: Bool = false
    ) -> Work? {
        guard let group = self.group(group, "all_gather", tensorList + [tensor]), haveOneDType(tensorList + [tensor])
        else { return nil }
        guard tensorList.count == group.size else {
            raise(
                .value,
                "ProcessGroupMPI::allgather: All gather: number of output tensors should equal to the world size")
            return nil
        }
        guard hasSize(tensorList[group.rank], of: tensor, at: group.rank, "allgather") else { return nil }
        if let nccl = group.nccl { return group.allGather(nccl, tensorList, tensor, asyncOp: asyncOp) }
        let input = HostElements(tensor), outputs = tensorList.map { HostElements(writing: $0) }
        for output in outputs { output.willWrite() }
        let whole = input.bytes
        return group.exchange(
            .allGather, asyncOp: asyncOp, sends: tensorList.map { _ in whole }, receives: outputs.map(\.bytes),
            tensors: tensorList, described: tensorList + [tensor], keeping: [input] + outputs
        ) {
            for output in outputs { output.store() }
        }
    }

    /// Gathers the tensors of all processes in one, one behind the other or, if `output` has one dimension more,
    /// stacked. PyTorch: `torch.distributed.all_gather_into_tensor`, `all_gather_single`.
    /// - Precondition: `output` has as many elements as the inputs of all processes, which are equally long.
    @discardableResult
    public static func allGatherIntoTensor(
        _ outputTensor: Tensor, _ inputTensor: Tensor, group: ProcessGroup? = nil, asyncOp: Bool = false
    ) -> Work? {
        self.group(group, "all_gather_into_tensor", [outputTensor, inputTensor])?
            .allGather(into: outputTensor, inputTensor, asyncOp: asyncOp)
    }

    /// Gathers the tensors of all processes in a list of one of them. PyTorch: `torch.distributed.gather`.
    /// - Parameters:
    ///   - tensor: this process's tensor.
    ///   - gatherList: a tensor for each process, at the destination only.
    ///   - dst: the rank, among all processes, of the destination; by default 0.
    ///   - group: the processes that take part; nil for all.
    ///   - asyncOp: whether the call returns before the work has ended.
    ///   - groupDst: the same by its rank in the group.
    @discardableResult
    public static func gather(
        _ tensor: Tensor, gatherList: [Tensor]? = nil, dst: Int? = nil, group: ProcessGroup? = nil,
        asyncOp: Bool = false, groupDst: Int? = nil
    ) -> Work? {
        guard let group = self.group(group, "gather", [tensor] + (gatherList ?? [])),
            haveOneDType([tensor] + (gatherList ?? [])),
            let root = member(group, dst, groupDst, isNeeded: false)
        else { return nil }
        let list = gatherList ?? []
        guard isListRight(list, root == group.rank, "gather_list", "destination") else { return nil }
        if root == group.rank {
            guard list.count == group.size else {
                raise(
                    .value,
                    "Incorrect output list size \(list.count). Output list size should be \(group.size), same as size of the process group."
                )
                return nil
            }
            guard hasSize(list[root], of: tensor, at: root, "gather") else { return nil }
        }
        if let nccl = group.nccl {
            var sends = [Tensor?](repeating: nil, count: group.size)
            sends[root] = tensor
            return group.exchange(
                nccl, .gather, asyncOp: asyncOp, sends: sends, receives: list.isEmpty ? sends.map { _ in nil } : list,
                described: [tensor])
        }
        let input = HostElements(tensor)
        var sends = [UnsafeMutableRawBufferPointer?](repeating: nil, count: group.size)
        var receives = sends
        sends[root] = input.bytes
        let outputs = list.map { HostElements(writing: $0) }
        if root == group.rank {
            for output in outputs { output.willWrite() }
            receives = outputs.map(\.bytes)
        }
        return group.exchange(
            .gather, asyncOp: asyncOp, sends: sends, receives: receives, tensors: list, described: [tensor],
            keeping: [input] + outputs
        ) {
            for output in outputs { output.store() }
        }
    }

    /// Gives each process one tensor of a list of one process. PyTorch: `torch.distributed.scatter`.
    /// - Parameters:
    ///   - tensor: what the process's part is written to.
    ///   - scatterList: a tensor for each process, at the source only.
    ///   - src: the rank, among all processes, of the source; by default 0.
    ///   - group: the processes that take part; nil for all.
    ///   - asyncOp: whether the call returns before the work has ended.
    ///   - groupSrc: the same by its rank in the group.
    @discardableResult
    public static func scatter(
        _ tensor: Tensor, scatterList: [Tensor]? = nil, src: Int? = nil, group: ProcessGroup? = nil,
        asyncOp: Bool = false, groupSrc: Int? = nil
    ) -> Work? {
        guard let group = self.group(group, "scatter", [tensor] + (scatterList ?? [])),
            haveOneDType([tensor] + (scatterList ?? [])),
            let root = member(group, src, groupSrc, isNeeded: false)
        else { return nil }
        let list = scatterList ?? []
        guard isListRight(list, root == group.rank, "scatter_list", "source") else { return nil }
        if root == group.rank {
            guard list.count == group.size else {
                raise(
                    .value,
                    "Incorrect input list size \(list.count). Input list size should be \(group.size), same as size of the process group."
                )
                return nil
            }
            guard hasSize(list[root], of: tensor, at: root, "scatter") else { return nil }
        }
        if let nccl = group.nccl {
            var receives = [Tensor?](repeating: nil, count: group.size)
            receives[root] = tensor
            return group.exchange(
                nccl, .scatter, asyncOp: asyncOp, sends: list.isEmpty ? receives.map { _ in nil } : list,
                receives: receives, described: [tensor])
        }
        let output = HostElements(writing: tensor)
        output.willWrite()
        var receives = [UnsafeMutableRawBufferPointer?](repeating: nil, count: group.size)
        var sends = receives
        receives[root] = output.bytes
        let inputs = list.map { HostElements($0) }
        if root == group.rank { sends = inputs.map(\.bytes) }
        return group.exchange(
            .scatter, asyncOp: asyncOp, sends: sends, receives: receives, tensors: [tensor], described: [tensor],
            keeping: [output] + inputs
        ) { output.store() }
    }

    /// Combines the lists of all processes, element by element, and gives each process the element of its rank.
    /// PyTorch: `torch.distributed.reduce_scatter`.
    @discardableResult
    public static func reduceScatter(
        _ output: Tensor, _ inputList: [Tensor], op: ReduceOp = .sum, group: ProcessGroup? = nil, asyncOp: Bool = false
    ) -> Work? {
        guard let group = self.group(group, "reduce_scatter", inputList + [output]),
            haveOneDType(inputList + [output])
        else { return nil }
        guard inputList.count == group.size else {
            raise(.value, "invalid input tensor list size, must be world size")
            return nil
        }
        for (i, input) in inputList.enumerated() {
            guard hasSize(input, of: output, at: i, "reduce_scatter") else { return nil }
        }
        let input = noGrad { cat(inputList.map { $0.detach().reshape([-1]) }) }
        return group.reduceScatter(
            .reduceScatter, into: output, input, op, asyncOp: asyncOp, described: [output] + inputList)
    }

    /// Combines the tensors of all processes and gives each process an equal part of the result.
    /// PyTorch: `torch.distributed.reduce_scatter_tensor`, `reduce_scatter_single`.
    /// - Precondition: `input` has as many elements as the outputs of all processes.
    @discardableResult
    public static func reduceScatterTensor(
        _ output: Tensor, _ input: Tensor, op: ReduceOp = .sum, group: ProcessGroup? = nil, asyncOp: Bool = false
    ) -> Work? {
        self.group(group, "reduce_scatter_tensor", [output, input])?
            .reduceScatter(.reduceScatterSingle, into: output, input, op, asyncOp: asyncOp, described: [output, input])
    }

    /// Sends the i-th tensor of a list to process i, and receives the i-th of another list from it. The tensors may
    /// have different sizes. PyTorch: `torch.distributed.all_to_all`.
    @discardableResult
    public static func allToAll(
        _ outputTensorList: [Tensor], _ inputTensorList: [Tensor], group: ProcessGroup? = nil, asyncOp: Bool = false
    ) -> Work? {
        guard let group = self.group(group, "all_to_all", outputTensorList + inputTensorList),
            haveOneDType(outputTensorList + inputTensorList)
        else { return nil }
        guard inputTensorList.count == group.size, outputTensorList.count == group.size else {
            raise(.value, "Number of input and output tensors must be equal to the size of the process group")
            return nil
        }
        guard hasSize(outputTensorList[group.rank], of: inputTensorList[group.rank], at: group.rank, "alltoall") else {
            return nil
        }
        if let nccl = group.nccl {
            return group.exchange(
                nccl, .allToAll, asyncOp: asyncOp, sends: inputTensorList, receives: outputTensorList, described: [])
        }
        let inputs = inputTensorList.map { HostElements($0) }
        let outputs = outputTensorList.map { HostElements(writing: $0) }
        for output in outputs { output.willWrite() }
        return group.exchange(
            .allToAll, asyncOp: asyncOp, sends: inputs.map(\.bytes), receives: outputs.map(\.bytes),
            tensors: outputTensorList, described: [], keeping: inputs + outputs
        ) {
            for output in outputs { output.store() }
        }
    }

    /// Cuts a tensor along dimension 0 and sends a part to each process, which writes the parts that it receives one
    /// behind the other. PyTorch: `torch.distributed.all_to_all_single`.
    /// - Parameters:
    ///   - output: what the received parts are written to.
    ///   - input: what is cut and sent.
    ///   - outputSplitSizes: the sizes along dimension 0 that each process sends; nil if all are equal.
    ///   - inputSplitSizes: the sizes along dimension 0 of the parts for each process; nil if all are equal.
    ///   - group: the processes that take part; nil for all.
    ///   - asyncOp: whether the call returns before the work has ended.
    @discardableResult
    public static func allToAllSingle(
        _ output: Tensor, _ input: Tensor, outputSplitSizes: [Int]? = nil, inputSplitSizes: [Int]? = nil,
        group: ProcessGroup? = nil, asyncOp: Bool = false
    ) -> Work? {
        guard let group = self.group(group, "all_to_all_single", [output, input]), haveOneDType([output, input]),
            !output.isVoid, !input.isVoid,
            let received = splits(outputSplitSizes ?? [], of: output, group),
            let sent = splits(inputSplitSizes ?? [], of: input, group)
        else { return nil }
        guard received[group.rank] * rowBytes(output) == sent[group.rank] * rowBytes(input) else {
            raise(.runtime, "Split sizes doesn't match total dim 0 size")
            return nil
        }
        if let nccl = group.nccl {
            return group.exchange(
                nccl, .allToAllSingle, asyncOp: asyncOp, sends: rows(input, sent), receives: rows(output, received),
                described: [])
        }
        let from = HostElements(input), to = HostElements(writing: output)
        to.willWrite()
        func parts(_ elements: HostElements, _ sizes: [Int]) -> [UnsafeMutableRawBufferPointer?] {
            var offset = 0
            return sizes.map { size in
                let length = size * rowBytes(elements.memory)
                defer { offset += length }
                return UnsafeMutableRawBufferPointer(start: elements.pointer + offset, count: length)
            }
        }
        return group.exchange(
            .allToAllSingle, asyncOp: asyncOp, sends: parts(from, sent), receives: parts(to, received),
            tensors: [output], described: [], keeping: [from, to]
        ) { to.store() }
    }

    // MARK: Checks

    /// Returns the rank in the group that a call names in one of two ways; 0 if it names none and need not.
    static func member(_ group: ProcessGroup, _ global: Int?, _ own: Int?, isNeeded: Bool) -> Int? {
        if global != nil, own != nil {
            raise(.value, "Can't specify both group_rank and global_rank")
            return nil
        }
        if let own {
            guard group.ranks.indices.contains(own) else {
                raise(.runtime, "invalid root rank: \(own)")
                return nil
            }
            return own
        }
        if global == nil, isNeeded {
            raise(.value, "Must specify global_rank or group_rank")
            return nil
        }
        let rank = getGroupRank(group, global ?? 0)
        return rank < 0 ? nil : rank
    }

    private static func haveOneDType(_ tensors: [Tensor]) -> Bool {
        if tensors.contains(where: \.isVoid) { return false }
        for tensor in tensors where tensor.dtype.toReal != tensors[0].dtype.toReal {
            raise(
                .value,
                "Invalid usage of tensors with different dtypesFound \(tensors[0].dtype.toReal) and  \(tensor.dtype)")
            return false
        }
        return true
    }

    private static func hasSize(_ tensor: Tensor, of other: Tensor, at index: Int, _ operation: String) -> Bool {
        if tensor.sizes == other.sizes || tensor.numel() * tensor.dtype.itemSize == other.numel() * other.dtype.itemSize
        {
            return true
        }
        raise(
            .value,
            "ProcessGroupMPI::\(operation): invalid tensor size at index \(index) (expected \(other.sizes), got \(tensor.sizes))"
        )
        return false
    }

    private static func isListRight(_ list: [Tensor], _ isRoot: Bool, _ name: String, _ role: String) -> Bool {
        if isRoot, list.isEmpty {
            raise(.value, "Argument ``\(name)`` must be specified on \(role) rank.")
        } else if !isRoot, !list.isEmpty {
            raise(.value, "Argument ``\(name)`` must NOT be specified on non-\(role) ranks.")
        } else {
            return true
        }
        return false
    }

    private static func splits(_ sizes: [Int], of tensor: Tensor, _ group: ProcessGroup) -> [Int]? {
        let rows = tensor.dim == 0 ? 1 : tensor.sizes[0]
        if sizes.isEmpty {
            guard rows.isMultiple(of: group.size) else {
                raise(.runtime, "Tensor's dim 0 does not divide equally across group size")
                return nil
            }
            return Array(repeating: rows / group.size, count: group.size)
        }
        if sizes.count != group.size {
            raise(.runtime, "Number of tensor splits not equal to group size")
        } else if sizes.contains(where: { $0 < 0 }) {
            raise(.runtime, "Split sizes must be non-negative")
        } else if sizes.reduce(0, { $0.addingReportingOverflow($1).partialValue }) != rows {
            raise(.runtime, "Split sizes doesn't match total dim 0 size")
        } else {
            return sizes
        }
        return nil
    }

    /// Cuts a tensor along dimension 0.
    private static func rows(_ tensor: Tensor, _ sizes: [Int]) -> [Tensor] {
        let whole = tensor.dim == 0 ? tensor.detach().view([1]) : tensor.detach()
        var offset = 0
        return sizes.map { size in
            defer { offset += size }
            return whole.narrow(0, offset, size)
        }
    }

    private static func rowBytes(_ tensor: Tensor) -> Int {
        tensor.sizes.dropFirst().reduce(tensor.dtype.itemSize, *)
    }
}

extension HostElements {
    /// The memory as bytes.
    var bytes: UnsafeMutableRawBufferPointer { UnsafeMutableRawBufferPointer(start: pointer, count: byteCount) }
}
