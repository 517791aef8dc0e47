import CTorchKernels
import Foundation
import Locks

/// What one thread does during a profile. Only that thread adds to it, except for the ends of ranges that end on
/// another thread. The profile takes it all at its end. So its lock is nearly always free.
final class ThreadProfile: Sendable {
    let recorder: ProfileRecorder
    let options: ProfileRecorder.Options
    /// The system's number of the thread, and its name.
    let thread: UInt64, name: String
    private let state = Mutex(State())
    private let isClosed = Atomic(false)

    struct State: Sendable {
        fileprivate(set) var ranges: [ProfiledRange] = []
        fileprivate(set) var memory: [ProfiledMemory] = []
        /// The indices of the ranges that have begun and not ended, the innermost last.
        fileprivate var open: [Int] = []
        /// The addresses that were allocated since the last begin or end of a range, and when the first was.
        fileprivate var fresh: (addresses: [UInt], since: UInt64) = ([], 0)
    }

    init(_ recorder: ProfileRecorder) {
        self.recorder = recorder
        options = recorder.options
        thread = st_thread_id()
        name = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) {
            st_thread_name($0.baseAddress!, $0.count)
            return String(cString: $0.baseAddress!)
        }
    }

    /// The calling thread's part of the profile that runs; nil if none runs.
    @inline(never)
    static var current: ThreadProfile? {
        guard st_meet_thread() else { return nil }
        if let box = st_this_thread().pointee.profile {
            let known = Unmanaged<ThreadProfile>.fromOpaque(box).takeUnretainedValue()
            if !known.isClosed.load(ordering: .acquiring) { return known }
        }
        guard let new = ProfileRecorder.join({ ThreadProfile($0) }) else { return nil }
        let thread = st_this_thread(), old = thread.pointee.profile
        thread.pointee.profile = Unmanaged.passRetained(new).toOpaque()
        if let old { Unmanaged<ThreadProfile>.fromOpaque(old).release() }
        pthread_setspecific(threadExit, thread.pointee.profile)
        return new
    }

    /// Releases a thread's part when the thread ends.
    private static let threadExit: pthread_key_t = {
        var key = pthread_key_t()
        pthread_key_create(&key) { box in
            guard let box else { return }
            st_this_thread().pointee.profile = nil
            Unmanaged<ThreadProfile>.fromOpaque(box).release()
        }
        return key
    }()

    /// Begins a range.
    /// - Parameters:
    ///   - merges: whether a range of this name that is the innermost one already is this range too.
    ///   - output: the address of the memory that the range writes. If it was allocated just before, the range begins
    ///     with that.
    /// - Returns: the range, or nil if the profile has ended.
    func begin(_ range: ProfiledRange, merges: Bool = false, output: UInt? = nil) -> ProfileMark? {
        let stack = options.recordsStacks && range.kind != .module ? CallStack() : nil
        return state.withLock { state in
            if isClosed.load(ordering: .relaxed) { return nil }
            if merges, let last = state.open.last, state.ranges[last].name == range.name {
                return ProfileMark(profile: self, index: last, isMerged: true)
            }
            let index = state.ranges.count
            state.ranges.append(range)
            state.ranges[index].stack = stack
            let isFresh = output.map { state.fresh.addresses.contains($0) } ?? false
            state.ranges[index].begin = isFresh ? state.fresh.since : ProfileRecorder.now
            state.fresh.addresses = []
            if range.nests { state.open.append(index) }
            return ProfileMark(profile: self, index: index, isMerged: false)
        }
    }

    /// Ends a range, and those that began in it and did not end, because an error left them.
    fileprivate func end(_ index: Int, _ change: (inout ProfiledRange) -> Void) {
        let time = ProfileRecorder.now, thread = st_thread_id()
        state.withLock { state in
            if isClosed.load(ordering: .relaxed) { return }
            if let depth = state.open.lastIndex(of: index) {
                for inner in state.open[(depth + 1)...] { state.ranges[inner].end = time }
                state.open.removeSubrange(depth...)
            }
            state.ranges[index].end = time
            state.fresh.addresses = []
            if thread != self.thread { state.ranges[index].endThread = thread }
            change(&state.ranges[index])
        }
    }

    /// The name of the innermost range that has not ended.
    var innermostName: String? {
        state.withLock { state in state.open.last.map { state.ranges[$0].name } }
    }

    /// Changes a range that has not ended.
    fileprivate func change(_ index: Int, _ change: (inout ProfiledRange) -> Void) {
        state.withLock { state in
            if !isClosed.load(ordering: .relaxed) { change(&state.ranges[index]) }
        }
    }

    /// The module in whose call this thread is.
    var innermostModule: ProfiledRange.ModulePath? {
        state.withLock { state in
            for index in state.open.reversed() {
                if let module = state.ranges[index].module { return module }
            }
            return nil
        }
    }

    func add(_ memory: ProfiledMemory) {
        state.withLock { state in
            if isClosed.load(ordering: .relaxed) { return }
            state.memory.append(memory)
            if memory.bytes > 0 {
                if state.fresh.addresses.isEmpty { state.fresh.since = memory.time }
                state.fresh.addresses.append(memory.address)
            }
        }
    }

    /// Ends the profile of this thread. Ranges that have not ended end now.
    func close(at time: UInt64) -> State {
        state.withLock { state in
            isClosed.store(true, ordering: .releasing)
            for i in state.ranges.indices where state.ranges[i].end == 0 { state.ranges[i].end = time }
            let all = state
            state = State()
            return all
        }
    }
}

/// A range that has begun.
struct ProfileMark {
    let profile: ThreadProfile
    fileprivate let index: Int
    /// Whether the range belongs to an outer call, which ends it.
    fileprivate let isMerged: Bool

    /// Adds to the range's floating-point operations.
    func count(flops: Int) { profile.change(index) { $0.flops = $0.flops.addingUpToMost(flops) } }

    /// Ends the range.
    func end(_ change: (inout ProfiledRange) -> Void = { _ in }) {
        if isMerged { profile.change(index, change) } else { profile.end(index, change) }
    }
}
