import Foundation
import Torch

/// Whole tensors of a state that is loaded: each process has them, or rank 0 alone. One after the other is handed on,
/// so that a process need not have memory for all.
struct WholeTensors {
    /// A tensor and the names that lead to it.
    struct Item {
        let path: [String]
        let tensor: Tensor
    }

    /// What the processes know of a tensor before they get it.
    struct Form: Codable {
        let path: [String]
        let dtype: String
        let sizes: [Int]
    }

    private let items: [Item]
    /// The processes that get rank 0's tensors; nil if each has its own.
    private let group: ProcessGroup?

    init(_ items: [Item], comesFromRank0: Bool) {
        self.items = items
        group = comesFromRank0 ? dist.defaultGroup().flatMap { $0.size > 1 ? $0 : nil } : nil
    }

    /// The tensors of an optimizer's state with names, by parameter and entry.
    static func items(ofOptimizer value: StateValue) -> [Item] {
        var items: [Item] = []
        for (name, state) in value["state"]?.dict ?? StateMap() {
            for (key, entry) in state.dict ?? StateMap() {
                guard case .string(let name) = name, case .string(let key) = key, case .tensor(let tensor) = entry
                else { continue }
                items.append(Item(path: [name, key], tensor: tensor))
            }
        }
        return items
    }

    /// Returns the forms of all tensors. With rank 0's, all processes call this.
    func forms() throws -> [Form] {
        let own = items.map { Form(path: $0.path, dtype: $0.tensor.dtype.name, sizes: $0.tensor.shape.sizes) }
        guard let group else { return own }
        return try dist.broadcastObject(group.rank == 0 ? own : nil)
    }

    /// Gives each tensor to `body`, on the device that `device` names, or else the host. With rank 0's, all processes
    /// call this.
    func each(
        _ forms: [Form], device: ([String]) -> Device?, _ body: ([String], Tensor) -> Void
    ) throws {
        guard let group else {
            for item in items { body(item.path, item.tensor.detach()) }
            return
        }
        for (i, form) in forms.enumerated() {
            guard let dtype = DType(name: form.dtype) else {
                throw TorchError(
                    .value, "\(form.path.joined(separator: ".")): the dtype \(form.dtype) is not known")
            }
            // A module on `meta` has no memory yet.
            let place = device(form.path).flatMap { $0.kind == .meta ? nil : $0 } ?? .cpu
            let tensor =
                group.rank == 0
                ? noGrad { items[i].tensor.detach().to(place).contiguous() }
                : Tensor.empty(form.sizes, dtype: dtype, device: place)
            _ = group.broadcast(tensor, from: 0, asyncOp: false)
            body(form.path, tensor)
        }
    }

    /// Returns rank 0's state of an optimizer without its tensors. All processes call this.
    /// - Throws: `TorchError` in all processes if rank 0 has none.
    func withoutTensors(_ value: StateValue) throws -> StateValue {
        guard let group else { return value }
        var message = Message(bytes: Data(), failure: nil)
        if group.rank == 0 {
            do {
                message = Message(bytes: try CheckpointBytes.of(WholeTensors.emptied(value)), failure: nil)
            } catch { message = Message(bytes: Data(), failure: "\(error)") }
        }
        message = try dist.broadcastObject(group.rank == 0 ? message : nil)
        if let failure = message.failure { throw TorchError(.value, "the state of rank 0: \(failure)") }
        return try CheckpointBytes.value(message.bytes)
    }

    private struct Message: Codable {
        let bytes: Data
        let failure: String?
    }

    private static func emptied(_ value: StateValue) -> StateValue {
        switch value {
        case .tensor: .null
        case .list(let elements): .list(elements.map(emptied))
        case .dict(let map):
            .dict(map.reduce(into: StateMap()) { $0[$1.key] = emptied($1.value) })
        default: value
        }
    }
}
