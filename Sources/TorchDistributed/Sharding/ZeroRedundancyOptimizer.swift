import Foundation
import Torch

/// An optimizer whose state is divided among the processes: each updates some of the parameters and sends them to the
/// others. PyTorch: `torch.distributed.optim.ZeroRedundancyOptimizer`.
///
///     let optimizer = ZeroRedundancyOptimizer(model.parameters(), lr: 1e-3) { Adam($0, lr: 1e-3) }
///
/// All processes have the same gradients when `step` is called, as after `DistributedDataParallel`. Options that are
/// set in `paramGroups`, for example by a schedule, reach every process's part.
public final class ZeroRedundancyOptimizer: Optimizer {
    private let group: ProcessGroup?
    /// The owner of each parameter: its rank in the group.
    private let owners: [Int]
    private let all: [Tensor]
    private let local: Optimizer?

    /// Divides parameters among the processes of a group.
    /// - Parameters:
    ///   - params: the parameters, the same in all processes.
    ///   - lr: the learning rate that `paramGroups` shows.
    ///   - processGroup: the processes; by default all.
    ///   - optimizer: makes the optimizer of this process's part.
    public init(
        _ params: [Tensor], lr: Double? = nil, processGroup: ProcessGroup? = nil, optimizer: ([Tensor]) -> Optimizer
    ) {
        let group = processGroup ?? dist.defaultGroup()
        self.group = group
        all = params
        owners = ZeroRedundancyOptimizer.divide(params, group?.size ?? 1)
        let rank = group?.rank ?? 0
        let own = zip(params, owners).filter { $0.1 == rank }.map(\.0)
        local = own.isEmpty ? nil : optimizer(own)
        // A process without parameters still needs the options.
        let defaults = (local ?? params.first.map { optimizer([$0]) })?.defaults ?? []
        super.init([ParamGroup(params, lr: lr)], defaults: defaults)
    }

    /// The parameters that this process updates.
    public var localParameters: [Tensor] { local?.paramGroups.flatMap(\.params) ?? [] }

    /// Gives the largest parameters first, each to the process that has the fewest elements.
    private static func divide(_ params: [Tensor], _ count: Int) -> [Int] {
        var sizes = [Int](repeating: 0, count: count)
        var owners = [Int](repeating: 0, count: params.count)
        let order = params.indices.sorted { (params[$0].numel(), $1) > (params[$1].numel(), $0) }
        for i in order {
            let least = sizes.indices.min { (sizes[$0], $0) < (sizes[$1], $1) } ?? 0
            owners[i] = least
            sizes[least] += params[i].numel()
        }
        return owners
    }

    /// Updates this process's parameters and gives them to the others.
    public override func step() {
        if let local {
            for name in paramGroups[0].optionNames {
                for group in local.paramGroups { group[name] = paramGroups[0][name] }
            }
            local.step()
        }
        share()
    }

    private func share() {
        guard let group, group.isMember, group.size > 1 else { return }
        for owner in 0..<group.size {
            ParameterExchange.broadcast(zip(all, owners).filter { $0.1 == owner }.map(\.0), from: owner, group)
        }
    }

    // MARK: State

    /// Gathers the states of all parts in one process, in the form of an optimizer that is not divided. All processes
    /// call this. PyTorch: `consolidate_state_dict`, then `state_dict`.
    /// - Parameter rank: the rank, among all processes, of the one that gets it.
    /// - Returns: the state dict there, nil elsewhere.
    /// - Throws: an error if a state cannot be sent.
    public func consolidatedStateDict(to rank: Int = 0) throws -> StateValue? {
        let own = local.map { renumbered($0.stateDict(), owned: true) }
        var states = StateMap()
        for (owner, part) in try gather(own, to: rank).enumerated() {
            guard let entries = part?["state"]?.dict else { continue }
            for (key, value) in entries where owner >= 0 { states[key] = value }
        }
        guard dist.getRank() == rank else { return nil }
        var options = StateMap()
        for name in paramGroups[0].optionNames { options[.string(name)] = paramGroups[0][name] }
        options["params"] = .list(all.indices.map { .int($0) })
        return ["state": .dict(states), "param_groups": .list([.dict(options)])]
    }

    /// Takes this process's part of the state of an optimizer that is not divided.
    /// - Throws: `TorchError` if the state does not fit; nothing is then changed.
    public func loadConsolidatedStateDict(_ value: StateValue) throws {
        guard let saved = value["param_groups"]?.list?.first?.dict, let states = value["state"]?.dict,
            saved["params"]?.list?.count == all.count
        else {
            throw TorchError(
                .value, "loaded state dict contains a parameter group that doesn't match the size of optimizer's group")
        }
        if let local {
            var part = StateMap(), options = saved
            var indices: [StateValue] = []
            for (i, owner) in owners.enumerated() where owner == group?.rank ?? 0 {
                if let state = states[.int(i)] { part[.int(indices.count)] = state }
                indices.append(.int(indices.count))
            }
            options["params"] = .list(indices)
            try local.loadStateDict(["state": .dict(part), "param_groups": .list([.dict(options)])])
        }
        for (key, option) in saved where key != "params" {
            if case .string(let name) = key { paramGroups[0][name] = option }
        }
    }

    /// Returns a part's state with the parameters' numbers among all.
    private func renumbered(_ value: StateValue, owned: Bool) -> StateValue {
        let numbers = owners.indices.filter { owners[$0] == group?.rank ?? 0 }
        var result = StateMap()
        for (key, state) in value["state"]?.dict ?? StateMap() {
            if case .int(let i) = key, numbers.indices.contains(i) { result[.int(numbers[i])] = state }
        }
        return ["state": .dict(result)]
    }

    /// Gathers values in one process, as the bytes of checkpoints.
    private func gather(_ value: StateValue?, to rank: Int) throws -> [StateValue?] {
        guard let group, group.isMember else { return [value] }
        let folder = FileManager.default.temporaryDirectory
        let path = folder.appendingPathComponent("zero-\(UUID().uuidString).pth").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        var bytes = Data()
        if let value {
            try Torch.save(value, to: path)
            bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        }
        let own = Tensor([UInt8](bytes), device: group.device)
        let sizes = Tensor.zeros([group.size], dtype: .int64, device: .cpu)
        _ = group.allGather(into: sizes, Tensor([Int64(own.numel())], device: .cpu), asyncOp: false)
        let isRoot = dist.getRank() == rank
        let parts =
            isRoot
            ? sizes.toArray(as: Int.self).map { Tensor.empty([$0], dtype: .uint8, device: group.device) } : nil
        dist.gather(own, gatherList: parts, dst: rank, group: group)
        return try (parts ?? []).map { part in
            if part.numel() == 0 { return nil }
            try part.to(.cpu).withUnsafeElements(as: UInt8.self) { Data(buffer: $0) }.write(
                to: URL(fileURLWithPath: path))
            return try load(path)
        }
    }
}
