import Locks
import Torch

/// The smaller groups of processes that keep whole parameters between the forward and the backward pass.
enum KeepingGroups {
    private struct Known {
        weak var world: ProcessGroup?
        weak var own: ProcessGroup?
    }

    /// By their size. All modules share a group.
    private static let known = Mutex<[Int: Known]>([:])

    /// Returns the group of `count` processes that this one belongs to. All processes call this. Raises and returns nil
    /// if there can be none.
    static func own(_ count: Int, of group: ProcessGroup) -> ProcessGroup? {
        guard let world = dist.defaultGroup() else { return nil }
        guard group.ranks == world.ranks else {
            raise(
                .notImplemented,
                "fullyShard: reshardAfterForward as a number is not implemented for a group of some of the processes")
            return nil
        }
        if let entry = known.withLock({ $0[count] }), entry.world === world, let own = entry.own { return own }
        var own: ProcessGroup?
        do {
            for start in stride(from: 0, to: group.size, by: count) {
                let made = try dist.newGroup(Array(group.ranks[start..<start + count]))
                if made.isMember { own = made }
            }
        } catch {
            raise(.runtime, "fullyShard: the processes cannot be connected: \(error)")
            return nil
        }
        let entry = Known(world: world, own: own)
        known.withLock { $0[count] = entry }
        return own
    }
}
