import CMPI
import Locks
import Torch

/// Processes that call collectives together. PyTorch: `torch.distributed.ProcessGroup`.
///
/// `dist.initProcessGroup` makes the group of all processes, which is the default of every call, and `dist.newGroup`
/// others.
public final class ProcessGroup: @unchecked Sendable {
    /// The ranks of the members among all processes, in the order of their ranks in the group.
    /// PyTorch: `torch.distributed.get_process_group_ranks`.
    public let ranks: [Int]
    /// The name in messages.
    public let name: String
    /// How long a call may take, in seconds, before the job is ended.
    public let timeout: Double
    /// Whether this process is a member. If it is not, calls on the group do nothing but warn.
    public var isMember: Bool { groupRank >= 0 }

    /// The rank of this process in the group; -1 if it is not a member.
    let groupRank: Int
    /// What connects this process with the others.
    let connection: any JobConnection
    private let messages: MessageEngine?
    /// What makes the group's calls of MPI.
    /// - Precondition: `nccl` is nil, and this process is a member.
    var engine: MessageEngine { messages! }
    /// NCCL's communicators, if the group's data goes over NCCL and this process is a member.
    let nccl: NCCLGroup?
    /// The number of the group, the same in all processes.
    let number: Int
    /// Collectives, sends of users, and the messages that other collectives are made of do not mix.
    let comm, pairComm, innerComm: cmpi_comm
    private let last = Atomic<UInt64>(0)
    private let sequence = Atomic<UInt64>(0)
    private let isDestroyed = Atomic<Bool>(false)

    /// Creates the communicators. All processes of the job call this together.
    init(_ engine: MessageEngine, number: Int, ranks: [Int], name: String, timeout: Double) throws {
        connection = engine
        messages = engine
        nccl = nil
        self.number = number
        self.ranks = ranks
        self.name = name
        self.timeout = timeout
        groupRank = ranks.firstIndex(of: engine.rank) ?? -1
        let (color, key) = (Int32(groupRank < 0 ? -1 : 0), Int32(max(0, groupRank)))
        var made: [cmpi_comm] = [0, 0, 0]
        try engine.exclusively {
            try MPILibrary.check(cmpi().pointee.split(engine.world, color, key, &made[0]))
            guard made[0] != 0 else { return }
            for i in 1...2 { try MPILibrary.check(cmpi().pointee.dup(made[0], &made[i])) }
            for comm in made { try MPILibrary.check(cmpi().pointee.return_errors(comm)) }
        }
        (comm, pairComm, innerComm) = (made[0], made[1], made[2])
    }

    /// Creates a group whose data goes over NCCL. All members call this together.
    init(_ engine: NCCLEngine, number: Int, ranks: [Int], name: String, timeout: Double) throws {
        connection = engine
        messages = nil
        self.number = number
        self.ranks = ranks
        self.name = name
        self.timeout = timeout
        groupRank = ranks.firstIndex(of: engine.rank) ?? -1
        nccl =
            groupRank < 0 ? nil : try NCCLGroup(engine, number: number, ranks: ranks, timeout: timeout)
        (comm, pairComm, innerComm) = (0, 0, 0)
    }

    /// The number of members. PyTorch: `ProcessGroup.size`.
    public var size: Int { ranks.count }
    /// The rank of this process in the group; -1 if it is not a member. PyTorch: `ProcessGroup.rank`.
    public var rank: Int { groupRank }

    var timeoutTicks: Int { Int(timeout * MessageEngine.ticksPerSecond) }

    /// Numbers a call.
    func next(_ kind: CollectiveCall.Kind) -> CollectiveCall {
        guard kind.isCollective else { return CollectiveCall(kind: kind, sequence: 0) }
        // Calls on one group follow one another, so a load and a store suffice.
        let number = sequence.load(ordering: .relaxed) + 1
        sequence.store(number, ordering: .relaxed)
        last.store(UInt64(kind.rawValue) << 40 | number, ordering: .relaxed)
        return CollectiveCall(kind: kind, sequence: number)
    }

    /// The collective that this process called last.
    var lastCall: CollectiveCall? {
        let packed = last.load(ordering: .relaxed)
        guard packed != 0, let kind = CollectiveCall.Kind(rawValue: UInt8(packed >> 40)) else { return nil }
        return CollectiveCall(kind: kind, sequence: packed & 0xff_ffff_ffff)
    }

    /// Frees the communicators. All members call this together.
    func destroy() {
        guard isMember, !isDestroyed.exchange(true, ordering: .relaxed) else { return }
        connection.forget(self)
        if let nccl { return nccl.destroy() }
        engine.exclusively { for comm in [comm, pairComm, innerComm] { _ = cmpi().pointee.free_comm(comm) } }
    }

    /// Whether the group can be used. Raises if it was destroyed.
    var isUsable: Bool {
        if !isDestroyed.load(ordering: .relaxed) { return true }
        raise(.value, "Invalid process group specified")
        return false
    }
}

/// What connects the processes of a job and makes their groups: MPI or NCCL.
protocol JobConnection: AnyObject, Sendable {
    /// The number of this process among all.
    var rank: Int { get }
    /// The number of all processes.
    var worldSize: Int { get }
    /// How long a collective may take, in seconds, if nobody says it.
    var defaultTimeout: Double { get }

    /// Creates a group. All processes call this together, whether or not they become members.
    func makeGroup(_ ranks: [Int], name: String?, timeout: Double) throws -> ProcessGroup
    /// Takes note that a group is destroyed.
    func forget(_ group: ProcessGroup)
}

extension ProcessGroup: CustomStringConvertible {
    /// The group's name and members.
    public var description: String { "<ProcessGroup \(name), ranks \(ranks)>" }
}

/// How a reduction combines the elements of the processes. PyTorch: `torch.distributed.ReduceOp`.
public enum ReduceOp: Sendable {
    /// The sum; of bools, whether any is true.
    case sum
    /// The product.
    case product
    /// The least element.
    case min
    /// The greatest element.
    case max
    /// And, bit by bit, of integers and bools.
    case band
    /// Or, bit by bit, of integers and bools.
    case bor
    /// Exclusive or, bit by bit, of integers and bools.
    case bxor
    /// The sum, divided by the number of processes. Quotients of integers are rounded towards 0.
    case avg

    var name: String {
        switch self {
        case .sum: "SUM"
        case .product: "PRODUCT"
        case .min: "MIN"
        case .max: "MAX"
        case .band: "BAND"
        case .bor: "BOR"
        case .bxor: "BXOR"
        case .avg: "AVG"
        }
    }
}

/// Processes that work together, under PyTorch's names. PyTorch: `torch.distributed`, imported as `dist`.
///
/// A program runs as several processes, which `mpirun -n 4 program` starts:
///
///     try dist.initProcessGroup("mpi")
///     let x = Tensor([Float(dist.getRank())])
///     dist.allReduce(x)                       // the sum of all ranks, in every process
///     dist.destroyProcessGroup()
///
/// All processes of a group call the same collectives in the same order. A process that fails, ends early or does not
/// answer ends the whole job within seconds, with a message that names it.
public enum dist {
    private struct State {
        var backend = ""
        var groups: [ProcessGroup] = []
    }

    private static let state = Mutex(State())
    /// The group of all processes. Every call reads it, so it has no lock: no call may overlap with those that set it,
    /// `initProcessGroup` and `destroyProcessGroup`.
    @exclusivity(unchecked) nonisolated(unsafe) private(set) static var world: ProcessGroup?

    /// Connects the processes of the job. The processes are those that the launcher started: `mpirun`, `srun`, or
    /// whatever sets the variables RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT, as `torchrun` does. Without a
    /// launcher, the process is alone. PyTorch: `torch.distributed.init_process_group`.
    ///
    /// - Parameters:
    ///   - backend: `"mpi"`, or `"nccl"` for tensors on CUDA devices.
    ///   - timeout: how long a collective may take, in seconds, before the job is ended; by default 30 minutes, over
    ///     NCCL 10.
    ///   - deviceId: the CUDA device of this process, for NCCL. By default it is the thread's current device or, if
    ///     that is the first one, the one whose number is that of this process on its machine. It becomes the current
    ///     device.
    /// - Throws: `TorchError` if the library of the backend is not found, or the processes cannot be connected.
    public static func initProcessGroup(
        _ backend: String = "mpi", timeout: Double? = nil, deviceId: Device? = nil
    ) throws {
        let name = backend.lowercased()
        guard name == "mpi" || name == "nccl" else {
            switch name {
            case "gloo", "ucc", "xccl":
                throw TorchError(.runtime, "Distributed package doesn't have \(name.uppercased()) built in")
            default:
                throw TorchError(.value, "Invalid backend: '\(backend)'")
            }
        }
        if let timeout, !(timeout > 0) {
            throw TorchError(.value, "the timeout of a process group must be positive, but got \(timeout)")
        }
        guard !isInitialized() else {
            throw TorchError(.value, "trying to initialize the default process group twice!")
        }
        let connection: any JobConnection =
            name == "nccl"
            ? try NCCLEngine.get(deviceId, timeout: timeout ?? NCCLEngine.defaultTimeout) : try MessageEngine.get()
        self.world = try connection.makeGroup(
            Array(0..<connection.worldSize), name: "default_pg", timeout: timeout ?? connection.defaultTimeout)
        state.withLock { $0.backend = name }
    }

    /// Connects the processes of the job, with PyTorch's name for the backend.
    public static func initProcessGroup(backend: String, timeout: Double? = nil, deviceId: Device? = nil) throws {
        try initProcessGroup(backend, timeout: timeout, deviceId: deviceId)
    }

    /// Ends a group, or all of them. All members call this. The processes stay connected until they end, so a new
    /// default group may follow. PyTorch: `torch.distributed.destroy_process_group`.
    public static func destroyProcessGroup(_ group: ProcessGroup? = nil) {
        guard let world = defaultGroup() else { return }
        if let group, group !== world {
            state.withLock { $0.groups.removeAll { $0 === group } }
            return group.destroy()
        }
        let all = state.withLock { state in
            defer { state.groups = [] }
            return state.groups
        }
        self.world = nil
        for group in all.reversed() { group.destroy() }
        world.destroy()
    }

    /// Returns whether the default group exists. PyTorch: `torch.distributed.is_initialized`.
    public static func isInitialized() -> Bool { world != nil }

    /// Returns whether the package can be used. PyTorch: `torch.distributed.is_available`.
    public static func isAvailable() -> Bool { true }

    /// The default group. Raises and returns nil if there is none.
    static func defaultGroup() -> ProcessGroup? {
        if let world { return world }
        raise(
            .value,
            "Default process group has not been initialized, please make sure to call init_process_group.")
        return nil
    }

    /// Returns the name of the backend. PyTorch: `torch.distributed.get_backend`.
    public static func getBackend(_ group: ProcessGroup? = nil) -> String {
        guard group ?? defaultGroup() != nil else { return "" }
        return state.withLock { $0.backend }
    }

    /// Returns the rank of this process in a group, by default among all; -1 if it is not a member.
    /// PyTorch: `torch.distributed.get_rank`.
    public static func getRank(_ group: ProcessGroup? = nil) -> Int { (group ?? defaultGroup())?.rank ?? 0 }

    /// Returns the number of processes of a group, by default of all; -1 if this process is not a member.
    /// PyTorch: `torch.distributed.get_world_size`.
    public static func getWorldSize(_ group: ProcessGroup? = nil) -> Int {
        guard let group = group ?? defaultGroup() else { return 1 }
        return group.isMember ? group.size : -1
    }

    /// The rank of this process among all. PyTorch: `torch.distributed.get_rank`.
    public static var rank: Int { getRank() }
    /// The number of all processes. PyTorch: `torch.distributed.get_world_size`.
    public static var worldSize: Int { getWorldSize() }

    /// Returns the number of this process among those of its machine, for example to choose a device.
    /// PyTorch: `torch.distributed.get_node_local_rank`.
    /// - Parameter fallbackRank: the number if the launcher does not say it.
    /// - Precondition: the launcher says it, or there is a fallback.
    public static func getNodeLocalRank(fallbackRank: Int? = nil) -> Int {
        if let rank = LaunchEnvironment.localRank ?? fallbackRank { return rank }
        raise(
            .runtime,
            "LOCAL_RANK is not in the environment. Consider passing fallback_rank to allow `get_node_local_rank` to work, "
                + "assuming you are not running in a multi-device context and want the code to run locally instead.")
        return 0
    }

    /// Returns the rank in a group of a process that has `globalRank` among all.
    /// PyTorch: `torch.distributed.get_group_rank`.
    /// - Precondition: the process is a member.
    public static func getGroupRank(_ group: ProcessGroup, _ globalRank: Int) -> Int {
        if let rank = group.ranks.firstIndex(of: globalRank) { return rank }
        raise(.value, "Global rank \(globalRank) is not part of group \(group)")
        return -1
    }

    /// Returns the rank among all of a process that has `groupRank` in a group.
    /// PyTorch: `torch.distributed.get_global_rank`.
    /// - Precondition: the group has such a rank.
    public static func getGlobalRank(_ group: ProcessGroup, _ groupRank: Int) -> Int {
        if group.ranks.indices.contains(groupRank) { return group.ranks[groupRank] }
        raise(.value, "Group rank \(groupRank) is not part of group \(group)")
        return -1
    }

    /// Creates a group of some processes. All processes of the job call this, in the same order, whether or not they
    /// become members. PyTorch: `torch.distributed.new_group`.
    ///
    /// - Parameters:
    ///   - ranks: the members, by their ranks among all; nil means all.
    ///   - timeout: how long a collective of the group may take, in seconds; by default 30 minutes, over
    ///     NCCL 10.
    ///   - groupDesc: the group's name in messages.
    ///   - sortRanks: whether the members are numbered in ascending order, not in the order of `ranks`.
    /// - Throws: `TorchError` if the processes cannot be connected.
    public static func newGroup(
        _ ranks: [Int]? = nil, timeout: Double? = nil, groupDesc: String? = nil, sortRanks: Bool = true
    ) throws -> ProcessGroup {
        guard let world else {
            throw TorchError(
                .value,
                "Default process group has not been initialized, please make sure to call init_process_group.")
        }
        let members = ranks.map { sortRanks ? $0.sorted() : $0 } ?? Array(0..<world.size)
        guard Set(members).count == members.count else {
            throw TorchError(.value, "ranks list must not contain duplicate entries, got \(members)")
        }
        guard members.count <= world.size else {
            throw TorchError(
                .value,
                "the new group's world size should be less or equal to the world size set by init_process_group")
        }
        if let wrong = members.first(where: { $0 < 0 || $0 >= world.size }) {
            throw TorchError(
                .value,
                "Rank \(wrong) is out of range. Valid ranks are 0 to \(world.size - 1) (world_size=\(world.size))")
        }
        let connection = world.connection
        let group = try connection.makeGroup(
            members, name: groupDesc, timeout: timeout ?? connection.defaultTimeout)
        if group.isMember { state.withLock { $0.groups.append(group) } }
        return group
    }

    /// Creates a group of some processes, with PyTorch's name for them.
    public static func newGroup(
        ranks: [Int]?, timeout: Double? = nil, groupDesc: String? = nil, sortRanks: Bool = true
    ) throws -> ProcessGroup {
        try newGroup(ranks, timeout: timeout, groupDesc: groupDesc, sortRanks: sortRanks)
    }

    /// Returns the group that a call is meant for; nil, after a warning or an error, if this process cannot make it.
    /// - Parameter tensors: the tensors that the call gets.
    static func group(
        _ group: ProcessGroup?, _ operation: String, _ tensors: @autoclosure () -> [Tensor] = []
    ) -> ProcessGroup? {
        guard let group = group ?? defaultGroup(), group.isUsable else { return nil }
        if group.isMember { return group.nccl == nil || group.accepts(tensors()) ? group : nil }
        warn(
            "Running \(operation) on global rank \(group.connection.rank) which does not belong to the given group.")
        return nil
    }
}
