/// The symbols of a word during merging.
struct BPESymbols {
    private var ids: [Int32] = []
    /// The end of each symbol, in bytes.
    private var ends: [Int32] = []
    private var merges: [BPEMerges.Merge] = []

    /// The maximum number of symbols that are merged by scanning. Longer words use a heap.
    private static let longestScanned = 64

    mutating func removeAll() {
        ids.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
    }

    @inline(__always)
    mutating func append(_ id: Int32, _ width: Int) {
        ids.append(id)
        ends.append((ends.last ?? 0) + Int32(width))
    }

    /// Merges all possible pairs, lowest rank first, then leftmost first. Appends the resulting tokens.
    mutating func merge(_ table: BPEMerges, into tokens: inout ModelTokens) {
        if ids.count <= 1 { return add(ids.count, to: &tokens) }
        merges.removeAll(keepingCapacity: true)
        for position in 0..<ids.count - 1 { merges.append(table.find(ids[position], ids[position + 1])) }
        if ids.count > Self.longestScanned { return mergeWithHeap(table, into: &tokens) }
        var count = ids.count
        ids.withUnsafeMutableBufferPointer { ids in
            ends.withUnsafeMutableBufferPointer { ends in
                merges.withUnsafeMutableBufferPointer { merges in
                    while count > 1 {
                        var best = 0, rank = merges[0].rank
                        for position in 1..<max(1, count - 1) where merges[position].rank < rank {
                            (best, rank) = (position, merges[position].rank)
                        }
                        if rank == .max { break }
                        ids[best] = merges[best].id
                        ends[best] = ends[best + 1]
                        count -= 1
                        for position in best + 1..<max(best + 1, count) {
                            ids[position] = ids[position + 1]
                            ends[position] = ends[position + 1]
                        }
                        for position in best..<max(best, count - 1) { merges[position] = merges[position + 1] }
                        if best > 0 { merges[best - 1] = table.find(ids[best - 1], ids[best]) }
                        if best < count - 1 { merges[best] = table.find(ids[best], ids[best + 1]) }
                    }
                }
            }
        }
        add(count, to: &tokens)
    }

    private func add(_ count: Int, to tokens: inout ModelTokens) {
        var start: Int32 = 0
        for position in 0..<count {
            tokens.append(ModelToken(id: ids[position], start: start, end: ends[position]))
            start = ends[position]
        }
    }

    private mutating func mergeWithHeap(_ table: BPEMerges, into tokens: inout ModelTokens) {
        let count = ids.count
        // A merged symbol stays at its first place. `isGone` marks the places that were merged into another symbol.
        var next = (0..<count).map { Int32($0 + 1) }
        var previous = (0..<count).map { Int32($0 - 1) }
        var isGone = [Bool](repeating: false, count: count)
        merges.append(BPEMerges.Merge(rank: .max, id: 0))
        var heap = MinimumHeap()
        func key(_ position: Int) -> UInt64 {
            UInt64(UInt32(bitPattern: merges[position].rank)) << 32 | UInt64(position)
        }
        for position in 0..<count - 1 where merges[position].rank < .max { heap.push(key(position)) }
        while let least = heap.pop() {
            let position = Int(least & 0xFFFF_FFFF)
            // An entry is outdated if its symbol has been merged since; then its rank differs.
            guard !isGone[position], key(position) == least, Int(next[position]) < count else { continue }
            let gone = Int(next[position])
            ids[position] = merges[position].id
            ends[position] = ends[gone]
            isGone[gone] = true
            next[position] = next[gone]
            let following = Int(next[position])
            if following < count {
                previous[following] = Int32(position)
                merges[position] = table.find(ids[position], ids[following])
                if merges[position].rank < .max { heap.push(key(position)) }
            } else {
                merges[position].rank = .max
            }
            let before = Int(previous[position])
            if before >= 0 {
                merges[before] = table.find(ids[before], ids[position])
                if merges[before].rank < .max { heap.push(key(before)) }
            }
        }
        var start: Int32 = 0, position = 0
        while position < count {
            tokens.append(ModelToken(id: ids[position], start: start, end: ends[position]))
            start = ends[position]
            position = Int(next[position])
        }
    }
}

/// A binary heap that returns the smallest number first.
private struct MinimumHeap {
    private var elements: [UInt64] = []

    mutating func push(_ element: UInt64) {
        elements.append(element)
        var position = elements.count - 1
        while position > 0, elements[(position - 1) / 2] > elements[position] {
            elements.swapAt(position, (position - 1) / 2)
            position = (position - 1) / 2
        }
    }

    mutating func pop() -> UInt64? {
        guard let least = elements.first else { return nil }
        let last = elements.removeLast()
        if elements.isEmpty { return least }
        elements[0] = last
        var position = 0
        while true {
            var child = 2 * position + 1
            guard child < elements.count else { return least }
            if child + 1 < elements.count, elements[child + 1] < elements[child] { child += 1 }
            if elements[position] <= elements[child] { return least }
            elements.swapAt(position, child)
            position = child
        }
    }
}
