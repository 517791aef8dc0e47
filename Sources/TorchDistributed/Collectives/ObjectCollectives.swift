import Foundation
import Torch

// Collectives of values that are not tensors. They travel as binary property lists, so any `Codable` value can be sent,
// and what a process receives is decoded as the type that it expects.

extension dist {
    /// Gathers the values of all processes. PyTorch: `torch.distributed.all_gather_object`.
    /// - Returns: the values in the order of the ranks; none if this process is no member.
    /// - Throws: an error if a value cannot be encoded or decoded.
    public static func allGatherObject<Value: Codable>(_ obj: Value, group: ProcessGroup? = nil) throws -> [Value] {
        guard let group = self.group(group, "all_gather_object") else { return [] }
        let bytes = try encode(obj, on: group.device)
        let sizes = Tensor.zeros([group.size], dtype: .int64, device: group.device)
        _ = group.allGather(into: sizes, Tensor([Int64(bytes.numel())], device: group.device), asyncOp: false)
        let counts: [Int] = sizes.toArray()
        let parts = counts.map { Tensor.empty([$0], dtype: .uint8, device: group.device) }
        allGather(parts, bytes, group: group)
        return try parts.map { try decode($0) }
    }

    /// Gathers the values of all processes in one. PyTorch: `torch.distributed.gather_object`.
    /// - Returns: the values in the order of the ranks at the destination, nil elsewhere.
    /// - Throws: an error if a value cannot be encoded or decoded.
    public static func gatherObject<Value: Codable>(
        _ obj: Value, dst: Int? = nil, group: ProcessGroup? = nil, groupDst: Int? = nil
    ) throws -> [Value]? {
        guard let group = self.group(group, "gather_object"), let root = member(group, dst, groupDst, isNeeded: false)
        else { return nil }
        let bytes = try encode(obj, on: group.device)
        let sizes = Tensor.zeros([group.size], dtype: .int64, device: group.device)
        _ = group.allGather(into: sizes, Tensor([Int64(bytes.numel())], device: group.device), asyncOp: false)
        let counts: [Int] = sizes.toArray()
        let parts = root == group.rank ? counts.map { Tensor.empty([$0], dtype: .uint8, device: group.device) } : nil
        gather(bytes, gatherList: parts, group: group, groupDst: root)
        return try parts?.map { try decode($0) }
    }

    /// Copies a list of values of one process to all. PyTorch: `torch.distributed.broadcast_object_list`.
    /// - Parameters:
    ///   - objectList: the values. Only those of the source count; afterwards all have them.
    ///   - src: the rank, among all processes, of the source; by default 0.
    ///   - group: the processes that take part; nil for all.
    ///   - groupSrc: the same by its rank in the group.
    /// - Throws: an error if a value cannot be encoded or decoded.
    public static func broadcastObjectList<Value: Codable>(
        _ objectList: inout [Value], src: Int? = nil, group: ProcessGroup? = nil, groupSrc: Int? = nil
    ) throws {
        guard let group = self.group(group, "broadcast_object_list"),
            let root = member(group, src, groupSrc, isNeeded: false)
        else { return }
        let isRoot = root == group.rank
        let device = group.device
        var bytes =
            isRoot ? try encode(objectList, on: device) : Tensor.empty([0], dtype: .uint8, device: device)
        let size = Tensor([Int64(bytes.numel())], device: group.device)
        broadcast(size, group: group, groupSrc: root)
        if !isRoot { bytes = Tensor.empty([size.item(as: Int.self)], dtype: .uint8, device: group.device) }
        broadcast(bytes, group: group, groupSrc: root)
        if !isRoot { objectList = try decode(bytes) }
    }

    /// Copies a value of one process to all.
    /// - Parameters:
    ///   - obj: the value at the source; nil elsewhere.
    ///   - src: the rank, among all processes, of the source.
    ///   - group: the processes that take part; nil for all.
    /// - Returns: the source's value.
    /// - Throws: an error if the value cannot be encoded or decoded, or if the source has none.
    public static func broadcastObject<Value: Codable>(
        _ obj: Value?, src: Int = 0, group: ProcessGroup? = nil
    ) throws -> Value {
        var list = obj.map { [$0] } ?? []
        try broadcastObjectList(&list, src: src, group: group)
        guard let value = list.first else { throw TorchError(.value, "broadcastObject: rank \(src) has no value") }
        return value
    }

    /// Gives each process one value of a list of one process. PyTorch: `torch.distributed.scatter_object_list`.
    /// - Parameters:
    ///   - inputList: a value for each process, at the source only.
    ///   - src: the rank, among all processes, of the source; by default 0.
    ///   - group: the processes that take part; nil for all.
    ///   - groupSrc: the same by its rank in the group.
    /// - Returns: this process's value; nil if it is no member.
    /// - Throws: an error if a value cannot be encoded or decoded.
    public static func scatterObjectList<Value: Codable>(
        _ inputList: [Value]?, src: Int? = nil, group: ProcessGroup? = nil, groupSrc: Int? = nil
    ) throws -> Value? {
        guard let group = self.group(group, "scatter_object_list"),
            let root = member(group, src, groupSrc, isNeeded: false)
        else { return nil }
        let isRoot = root == group.rank
        let parts = isRoot ? try (inputList ?? []).map { try encode($0, on: group.device) } : nil
        if isRoot, parts?.count != group.size {
            raise(.value, "Argument scatter_object_input_list must be a list of size of the process group.")
            return nil
        }
        let size = Tensor.zeros([1], dtype: .int64, device: group.device)
        scatter(
            size, scatterList: parts?.map { Tensor([Int64($0.numel())], device: group.device) }, group: group,
            groupSrc: root)
        let bytes = Tensor.empty([size.item(as: Int.self)], dtype: .uint8, device: group.device)
        scatter(bytes, scatterList: parts, group: group, groupSrc: root)
        return try decode(bytes)
    }

    /// Sends a value. PyTorch: `torch.distributed.send_object_list`.
    /// - Throws: an error if the value cannot be encoded.
    public static func sendObject(_ obj: some Codable, dst: Int, group: ProcessGroup? = nil) throws {
        guard let group = self.group(group, "send_object_list") else { return }
        let bytes = try encode(obj, on: group.device)
        send(Tensor([Int64(bytes.numel())], device: group.device), dst: dst, group: group)
        send(bytes, dst: dst, group: group)
    }

    /// Receives a value. PyTorch: `torch.distributed.recv_object_list`.
    /// - Parameters:
    ///   - type: the type of the value.
    ///   - src: the rank of the sender; nil for any.
    ///   - group: the group of both processes; nil for that of all.
    /// - Throws: an error if the value cannot be decoded.
    public static func recvObject<Value: Codable>(
        _ type: Value.Type = Value.self, src: Int? = nil, group: ProcessGroup? = nil
    ) throws -> Value {
        let device = (group ?? world)?.device ?? .cpu
        let size = Tensor.zeros([1], dtype: .int64, device: device)
        let sender = recv(size, src: src, group: group)
        let bytes = Tensor.empty([size.item(as: Int.self)], dtype: .uint8, device: device)
        recv(bytes, src: sender, group: group)
        return try decode(bytes)
    }

    private static func encode(_ value: some Encodable, on device: Device) throws -> Tensor {
        let encoder = PropertyListEncoder()
        encoder.outputFormat = .binary
        // A property list's outermost value is a container.
        return Tensor([UInt8](try encoder.encode([value])), device: device)
    }

    private static func decode<Value: Decodable>(_ bytes: Tensor) throws -> Value {
        let data = bytes.to(.cpu).withUnsafeElements(as: UInt8.self) { Data(buffer: $0) }
        let list = try PropertyListDecoder().decode([Value].self, from: data)
        guard let value = list.first, list.count == 1 else {
            throw TorchError(.value, "a message holds \(list.count) values where one is expected")
        }
        return value
    }
}
