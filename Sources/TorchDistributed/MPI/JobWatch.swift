import CMPI
import Foundation
import Torch

/// Watches the calls that wait for other processes. If one waits for long, the watch asks the others where they are. It
/// ends the job if a process does not answer, if one has left, or if the call's time is over, and says which rank was
/// missing.
struct JobWatch {
    /// A call that has not ended, and the tick at which it began.
    struct Outstanding {
        let call: CollectiveCall
        let group: ProcessGroup
        let began: Int
    }

    /// Where another process is, in the group that it was asked about.
    private struct Answer {
        var kind: CollectiveCall.Kind?
        var sequence: UInt64
        var hasLeft: Bool
    }

    private struct Peer {
        /// When it was asked first, of the questions that it has not answered.
        var askedAt: Int?
        var answeredAt: Int?
        var answer: Answer?
    }

    private static let questionTag: Int32 = 1, answerTag: Int32 = 2
    /// The numbers of a message: the group's number; in an answer also the kind and number of the last collective, and
    /// whether the process has left.
    private static let length = 4

    private let world: cmpi_comm
    private let comm: cmpi_comm
    private let rank: Int
    private var peers: [Peer]
    private var hasLeft = false
    private var sent: [(buffer: UnsafeMutablePointer<Int64>, request: cmpi_request)] = []
    /// A call that a thread makes without the engine's lock, and when it was seen first.
    private var direct: (packed: UInt64, tick: Int) = (0, 0)
    private var tick = 0
    /// After how many ticks a process that does not answer counts as lost; nil: never.
    private let patience: Int?

    init(_ world: cmpi_comm, rank: Int, size: Int) throws {
        var made: cmpi_comm = 0
        try MPILibrary.check(cmpi().pointee.dup(world, &made))
        self.world = world
        comm = made
        self.rank = rank
        peers = Array(repeating: Peer(), count: size)
        patience = JobWatch.patienceInSeconds.map { Int($0 * MessageEngine.ticksPerSecond) }
    }

    /// After how many seconds a process that does not answer counts as lost; nil: never.
    static let patienceInSeconds: Double? = {
        let seconds = LaunchEnvironment.variable("SWIFT_TORCH_HEARTBEAT_SEC").flatMap { Double($0) } ?? 4
        return seconds > 0 ? seconds : nil
    }()

    /// How long a call may wait before others are asked.
    private static let calm = Int(1 * MessageEngine.ticksPerSecond)

    mutating func firstSeen(_ packed: UInt64) -> Int {
        if direct.packed != packed { direct = (packed, tick) }
        return direct.tick
    }

    mutating func forgetDirect() { direct.packed = 0 }

    /// - Precondition: the caller holds the engine's lock.
    mutating func tick(_ now: Int, groups: [Int: ProcessGroup], waitingFor calls: [Outstanding]) {
        tick = now
        answerQuestions(groups)
        sent.removeAll { message in
            var request = message.request, isDone: Int32 = 0, source: Int32 = 0
            guard cmpi().pointee.test(&request, &isDone, &source) != 0 || isDone != 0 else { return false }
            message.buffer.deallocate()
            return true
        }
        guard let oldest = calls.min(by: { $0.began < $1.began }) else {
            // Those who were not asked about this call need not have answered.
            for i in peers.indices { peers[i] = Peer() }
            return
        }
        let age = now - oldest.began
        if age < JobWatch.calm { return }
        ask(oldest, now)
        if age >= oldest.group.timeoutTicks {
            let line = JobWatch.timeoutLine(oldest, age, rank: rank) { [peers] member in
                peers[member].answer.map { ($0.kind, $0.sequence) }
            }
            JobWatch.abort(world, line, code: 1)
        }
        for member in oldest.group.ranks where member != rank {
            if peers[member].answer?.hasLeft == true {
                JobWatch.abort(
                    world,
                    "[rank\(rank)]: RuntimeError: rank \(member) has left the job, but rank \(rank) waits for it in \(oldest.call.description) of group \(oldest.group.name)",
                    code: 1)
            }
            if let patience, let asked = peers[member].askedAt, now - asked >= patience {
                JobWatch.abort(
                    world,
                    "[rank\(rank)]: RuntimeError: rank \(member) does not answer: it has died, hangs or cannot be reached. Rank \(rank) waits for it in \(oldest.call.description) of group \(oldest.group.name)",
                    code: 1)
            }
        }
    }

    private mutating func ask(_ call: Outstanding, _ now: Int) {
        for member in call.group.ranks where member != rank {
            if let last = peers[member].askedAt ?? peers[member].answeredAt, now - last < 10 { continue }
            if peers[member].askedAt == nil { peers[member].askedAt = now }
            send([Int64(call.group.number), 0, 0, 0], to: member, JobWatch.questionTag)
        }
    }

    private mutating func send(_ words: [Int64], to member: Int, _ tag: Int32) {
        let buffer = UnsafeMutablePointer<Int64>.allocate(capacity: JobWatch.length)
        buffer.initialize(from: words, count: JobWatch.length)
        var request: cmpi_request = 0
        if cmpi().pointee.isend(buffer, Int32(8 * JobWatch.length), Int32(member), tag, comm, &request) == 0 {
            sent.append((buffer, request))
        } else {
            buffer.deallocate()
        }
    }

    private mutating func answerQuestions(_ groups: [Int: ProcessGroup]) {
        var flag: Int32 = 0, source: Int32 = 0, tag: Int32 = 0
        while cmpi().pointee.iprobe(comm, &flag, &source, &tag) == 0, flag != 0 {
            let words = UnsafeMutablePointer<Int64>.allocate(capacity: JobWatch.length)
            defer { words.deallocate() }
            words.initialize(repeating: 0, count: JobWatch.length)
            var request: cmpi_request = 0, isDone: Int32 = 0, from: Int32 = 0
            guard cmpi().pointee.irecv(words, Int32(8 * JobWatch.length), source, tag, comm, &request) == 0 else {
                return
            }
            while cmpi().pointee.test(&request, &isDone, &from) == 0, isDone == 0 {}
            if tag == JobWatch.questionTag {
                let last = groups[Int(words[0])]?.lastCall
                send(
                    [words[0], last.map { Int64($0.kind.rawValue) } ?? -1, Int64(last?.sequence ?? 0), hasLeft ? 1 : 0],
                    to: Int(source), JobWatch.answerTag)
            } else {
                peers[Int(source)].askedAt = nil
                peers[Int(source)].answeredAt = tick
                peers[Int(source)].answer = Answer(
                    kind: UInt8(exactly: words[1]).flatMap { CollectiveCall.Kind(rawValue: $0) },
                    sequence: UInt64(max(0, words[2])), hasLeft: words[3] != 0)
            }
        }
    }

    /// Returns what is said about a call that took too long.
    /// - Parameters:
    ///   - age: how long it took, in ticks.
    ///   - rank: the rank of this process.
    ///   - position: returns the last call of another process in the group and its number; nil if it does not answer.
    static func timeoutLine(
        _ call: Outstanding, _ age: Int, rank: Int,
        position: (Int) -> (kind: CollectiveCall.Kind?, sequence: UInt64)?
    ) -> String {
        let milliseconds = Int(Double(age) / MessageEngine.ticksPerSecond * 1000)
        var late: [String] = []
        for member in call.group.ranks where member != rank {
            guard let answer = position(member) else {
                late.append("rank \(member) does not answer")
                continue
            }
            if answer.sequence >= call.call.sequence { continue }
            late.append(
                "rank \(member) has not called it; "
                    + (answer.kind.map { "its last call was \($0.name) (number \(answer.sequence))" }
                        ?? "it has called nothing yet"))
        }
        return
            "[rank\(rank)]: RuntimeError: Watchdog caught collective operation timeout: \(call.call.description) of group \(call.group.name) ran for \(milliseconds) milliseconds before timing out (timeout \(Int(call.group.timeout * 1000)) milliseconds). "
            + (late.isEmpty ? "All ranks have called it." : late.joined(separator: "; ") + ".")
    }

    /// Begins to wait for all others' end.
    mutating func sayFarewell() -> cmpi_request {
        hasLeft = true
        var request: cmpi_request = 0
        _ = cmpi().pointee.ibarrier(comm, &request)
        return request
    }

    /// Prints a line and ends all processes of the job.
    static func abort(_ world: cmpi_comm, _ line: String, code: Int32) -> Never {
        fflush(nil)
        FileHandle.standardError.write(Data((line + "\n").utf8))
        // If MPI cannot reach the launcher, this process still ends.
        let thread = Thread {
            sleep(2)
            _exit(code)
        }
        thread.start()
        _ = cmpi().pointee.abort(world, code)
        _exit(code)
    }
}
