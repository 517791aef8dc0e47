import CMPI

/// A reduction of many elements as messages between pairs: each process gets its part of all inputs, combines it, and,
/// if all need the result, sends it to the others. So all processes combine elements at the same time, and each sends
/// and receives as few bytes as is possible. MPI's own calls that do not wait let one process combine everything.
///
/// A part goes in pieces that stay in a processor's cache until they are combined. The engine's lock guards the object.
package final class PartExchange {
    /// The size of a message from which this is used, in bytes. Tests make it small.
    nonisolated(unsafe) package static var leastBytes = 64 << 10
    /// The greatest number of processes. Many are better served by MPI's trees and rings.
    private static let mostProcesses = 16
    /// The size of a piece in bytes. Tests make it small.
    nonisolated(unsafe) package static var pieceBytes = 256 << 10
    /// How many pieces of each process may be on their way.
    private static let window = 4

    /// Returns whether a reduction is to be made so.
    static func suits(_ byteCount: Int, _ group: ProcessGroup) -> Bool {
        byteCount >= leastBytes && 2...mostProcesses ~= group.size
    }

    /// A piece of a part: the process that has the part, and the elements.
    private struct Piece {
        let member: Int
        let number: Int
        let start: UnsafeMutableRawPointer
        let count: Int
    }

    private let reduction: Reduction
    private let group: ProcessGroup
    private let sharesResult: Bool
    private let pieceCount: Int
    private let others: [Int]
    private let tag: Int32

    /// This process's part: its pieces, and memory for those of the other processes.
    private let own: [Piece]
    private let scratch: UnsafeMutableRawPointer
    private let scratchStride: Int
    private var arriving: [[cmpi_request]]
    private var begunReceives = 0
    private var combined = 0
    private var nextOther = 0

    /// The pieces of the other parts. When one has been sent, its result may come to the same place.
    private let sent: [Piece]
    private var leaving: [cmpi_request] = []
    private var left = 0
    private var results: [cmpi_request] = []
    private var nextResult = 0
    private var code: Int32 = 0

    /// Begins to reduce elements in place, for all processes.
    convenience init(
        _ reduction: Reduction, _ group: ProcessGroup, _ call: CollectiveCall,
        reducing elements: UnsafeMutableRawPointer,
        count: Int
    ) {
        let partCount = (count + group.size - 1) / group.size
        self.init(
            reduction, group, call, source: elements, count: count, partCount: partCount,
            target: elements + group.rank * partCount * reduction.itemSize, sharesResult: true)
    }

    /// Begins to reduce a part for each process, `count` elements of each, into `target`.
    convenience init(
        _ reduction: Reduction, _ group: ProcessGroup, _ call: CollectiveCall, source: UnsafeMutableRawPointer,
        count: Int,
        target: UnsafeMutableRawPointer
    ) {
        let byteCount = count * reduction.itemSize
        target.copyMemory(from: source + group.rank * byteCount, byteCount: byteCount)
        self.init(
            reduction, group, call, source: source, count: count * group.size, partCount: count, target: target,
            sharesResult: false)
    }

    /// - Parameters:
    ///   - source: the parts one behind the other, `partCount` elements each; the last ones may be shorter or empty.
    ///   - target: where this process's part is combined. It has the part's elements.
    ///   - sharesResult: whether all processes get the results, in `source`.
    private init(
        _ reduction: Reduction, _ group: ProcessGroup, _ call: CollectiveCall, source: UnsafeMutableRawPointer,
        count: Int, partCount: Int, target: UnsafeMutableRawPointer, sharesResult: Bool
    ) {
        self.reduction = reduction
        self.group = group
        self.sharesResult = sharesResult
        let me = group.rank
        others = (0..<group.size).filter { $0 != me }
        // Calls that go on at the same time have different tags, of which MPI has at least 32767. 0 is another's.
        tag = Int32(1 + 2 * (call.sequence % 16000))
        let length = max(1, PartExchange.pieceBytes / reduction.itemSize)
        func pieces(_ member: Int, _ start: UnsafeMutableRawPointer) -> [Piece] {
            let part = max(0, min(partCount, count - member * partCount))
            return stride(from: 0, to: part, by: length).map {
                Piece(
                    member: member, number: $0 / length, start: start + $0 * reduction.itemSize,
                    count: min(length, part - $0))
            }
        }
        own = pieces(me, target)
        sent = others.flatMap { pieces($0, source + $0 * partCount * reduction.itemSize) }
            .sorted { ($0.number, $0.member) < ($1.number, $1.member) }
        pieceCount = own.count
        scratchStride = length * reduction.itemSize
        scratch = .allocate(
            byteCount: max(1, min(pieceCount, PartExchange.window) * others.count * scratchStride), alignment: 64)
        arriving = Array(repeating: [], count: pieceCount)
        beginReceives()
        for piece in sent {
            begin(&leaving) {
                cmpi().pointee.isend(piece.start, bytes(piece), Int32(piece.member), tag, group.innerComm, $0)
            }
        }
    }

    deinit { scratch.deallocate() }

    private func bytes(_ piece: Piece) -> Int32 { Int32(piece.count * reduction.itemSize) }

    private func begin(_ list: inout [cmpi_request], _ call: (UnsafeMutablePointer<cmpi_request>) -> Int32) {
        if code != 0 { return }
        var request: cmpi_request = 0
        code = call(&request)
        list.append(request)
    }

    private func place(_ piece: Int, _ other: Int) -> UnsafeMutableRawPointer {
        scratch + (piece % PartExchange.window * others.count + other) * scratchStride
    }

    /// Begins to receive the pieces of this process's part, as far as there is memory for them.
    private func beginReceives() {
        while begunReceives < min(pieceCount, combined + PartExchange.window) {
            let i = begunReceives
            for (other, member) in others.enumerated() {
                begin(&arriving[i]) {
                    cmpi().pointee.irecv(place(i, other), bytes(own[i]), Int32(member), tag, group.innerComm, $0)
                }
            }
            begunReceives += 1
        }
    }

    private func hasEnded(_ request: inout cmpi_request) -> Bool {
        if code != 0 { return false }
        var isDone: Int32 = 0, source: Int32 = -1
        code = cmpi().pointee.test(&request, &isDone, &source)
        return code == 0 && isDone != 0
    }

    /// Does what is possible now. Returns nil if something is still on its way, otherwise the code of an error or 0.
    func advance() -> Int32? {
        combine()
        receiveResults()
        while code == 0, nextResult < results.count, hasEnded(&results[nextResult]) { nextResult += 1 }
        if code != 0 { return code }
        return combined == pieceCount && left == sent.count && nextResult == results.count ? 0 : nil
    }

    private func reduce(_ elements: UnsafeMutableRawPointer, into target: UnsafeMutableRawPointer, _ count: Int) {
        if code == 0 {
            code = cmpi().pointee.reduce_local(elements, target, Int32(count), reduction.type, reduction.op)
        }
    }

    private func combine() {
        while code == 0, combined < pieceCount {
            let piece = own[combined]
            // In the order of the ranks, so that a sum has the same bits wherever its part begins. Those before this
            // process are combined where the first of them is.
            while nextOther < others.count {
                guard hasEnded(&arriving[combined][nextOther]) else { return }
                let first = place(combined, 0)
                if others[nextOther] > group.rank {
                    reduce(place(combined, nextOther), into: piece.start, piece.count)
                } else {
                    if nextOther > 0 { reduce(place(combined, nextOther), into: first, piece.count) }
                    if nextOther == group.rank - 1 { reduce(first, into: piece.start, piece.count) }
                }
                if code != 0 { return }
                nextOther += 1
            }
            nextOther = 0
            combined += 1
            if reduction.dividesPieces { reduction.divide(piece.start, piece.count, by: group.size) }
            beginReceives()
            guard sharesResult else { continue }
            for member in others {
                begin(&results) {
                    cmpi().pointee.isend(piece.start, bytes(piece), Int32(member), tag + 1, group.innerComm, $0)
                }
            }
        }
    }

    private func receiveResults() {
        while code == 0, left < sent.count, hasEnded(&leaving[left]) {
            let piece = sent[left]
            left += 1
            guard sharesResult else { continue }
            begin(&results) {
                cmpi().pointee.irecv(piece.start, bytes(piece), Int32(piece.member), tag + 1, group.innerComm, $0)
            }
        }
    }
}

extension Reduction {
    /// Whether `PartExchange` divides sums by the number of processes, piece by piece.
    var dividesPieces: Bool { isMean && (type == Int32(CMPI_F32) || type == Int32(CMPI_F64)) }

    /// Divides floating-point numbers.
    fileprivate func divide(_ start: UnsafeMutableRawPointer, _ count: Int, by divisor: Int) {
        func each<Number: BinaryFloatingPoint>(_ type: Number.Type) {
            let numbers = start.assumingMemoryBound(to: type), divisor = Number(divisor)
            for i in 0..<count { numbers[i] /= divisor }
        }
        if type == Int32(CMPI_F32) { each(Float.self) } else { each(Double.self) }
    }
}
