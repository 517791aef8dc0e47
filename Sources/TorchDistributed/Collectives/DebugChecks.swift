import CMPI
import Torch

/// With TORCH_DISTRIBUTED_DEBUG=DETAIL, the processes compare what they are about to do before each collective.
enum DebugChecks {
    /// PyTorch's levels.
    enum Level { case off, info, detail }

    /// The level that the environment asks for.
    static let level: Level =
        switch LaunchEnvironment.variable("TORCH_DISTRIBUTED_DEBUG")?.uppercased() {
        case "DETAIL": .detail
        case "INFO": .info
        default: .off
        }

    /// The numbers of a call: its kind, its number, the tensors' count; then for each tensor its dtype, its rank and
    /// its sizes. What does not fit is left out; the length before that counts everything.
    private static let length = 64

    /// Returns whether all processes make the same call. Raises an error that names two sides if not.
    static func agree(_ group: ProcessGroup, _ call: CollectiveCall, _ tensors: [Tensor]) -> Bool {
        guard level == .detail, call.kind.isCollective, group.size > 1 else { return true }
        // PyTorch counts from 0.
        var words = [Int64(call.kind.rawValue), Int64(call.sequence) - 1, Int64(tensors.count)]
        for tensor in tensors {
            words.append(Int64(tensor.dtype.rawValue))
            words.append(Int64(tensor.dim))
            words += tensor.sizes.map { Int64($0) }
        }
        words.append(Int64(words.count))
        words = Array(words.prefix(length)) + [Int64](repeating: 0, count: max(0, length - words.count))
        let all: [Int64]
        if let nccl = group.nccl {
            all = group.gather(nccl, words)
        } else {
            guard let gathered = gather(group, call, words) else { return false }
            all = gathered
        }
        let prints = (0..<group.size).map { Array(all[(length * $0)..<(length * ($0 + 1))]) }
        guard let other = prints.firstIndex(where: { $0 != words }) else { return true }
        // Every process names the first pair that differs, seen from itself.
        let (own, theirs) = (Fingerprint(words), Fingerprint(prints[other]))
        raise(
            .runtime,
            "Detected mismatch between collectives on ranks. Rank \(group.rank) is running collective: \(own), but Rank \(other) is running collective: \(theirs)."
                + own.differences(from: theirs))
        return false
    }

    /// Returns the words of all processes; nil, after an error, if that fails.
    private static func gather(_ group: ProcessGroup, _ call: CollectiveCall, _ words: [Int64]) -> [Int64]? {
        var words = words, all = [Int64](repeating: 0, count: length * group.size)
        let error = words.withUnsafeMutableBytes { own in
            all.withUnsafeMutableBytes { all in
                let work = group.engine.begin(
                    CollectiveCall(kind: .barrier, sequence: call.sequence), group, tensors: [], completion: {}
                ) { requests in
                    requests.add {
                        cmpi().pointee.iallgather(
                            own.baseAddress, Int32(own.count), all.baseAddress, group.innerComm, $0)
                    }
                }
                _ = group.engine.wait(for: work, timeout: nil)
                return work.exception
            }
        }
        if let error {
            raise(error.kind, error.message)
            return nil
        }
        return all
    }

    /// A call as the messages describe it.
    private struct Fingerprint: CustomStringConvertible {
        let kind: CollectiveCall.Kind?
        let sequence: Int64
        var shapes: [[Int64]] = []
        var dtypes: [DType?] = []

        init(_ words: [Int64]) {
            kind = UInt8(exactly: words[0]).flatMap { CollectiveCall.Kind(rawValue: $0) }
            sequence = words[1]
            var position = 3
            for _ in 0..<words[2] {
                guard position + 1 < words.count else { break }
                let rank = Int(words[position + 1])
                guard rank >= 0, position + 2 + rank <= words.count else { break }
                dtypes.append(UInt8(exactly: words[position]).flatMap { DType(rawValue: $0) })
                shapes.append(Array(words[(position + 2)..<(position + 2 + rank)]))
                position += 2 + rank
            }
        }

        private func shapeText(_ separator: String) -> String {
            shapes.flatMap { $0 }.map(String.init).joined(separator: separator)
        }
        private var dtypeText: String {
            dtypes.map { $0?.scalarTypeName ?? "?" }.reduce(into: [String]()) { list, name in
                if list.last != name { list.append(name) }
            }.joined(separator: ", ")
        }

        var description: String {
            let tensors = shapes.isEmpty ? "" : ", TensorShape=[\(shapeText(", "))], TensorDtypes=\(dtypeText)"
            return "CollectiveFingerPrint(SequenceNumber=\(sequence), OpType=\(kind?.name ?? "?")\(tensors))"
        }

        func differences(from other: Fingerprint) -> String {
            var text = ""
            if sequence != other.sequence { text += "\t Sequence number: \(sequence)vs \(other.sequence)" }
            if kind != other.kind { text += "  Op type: \(kind?.name ?? "?")vs \(other.kind?.name ?? "?")" }
            if shapes != other.shapes { text += "\t Tensor Tensor shapes: \(shapeText(" "))vs \(other.shapeText(" "))" }
            if dtypes != other.dtypes { text += "\t Tensor Tensor dtypes: \(dtypeText)vs \(other.dtypeText)" }
            return "Collectives differ in the following aspects: " + text
        }
    }
}
