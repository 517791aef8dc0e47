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
        for place in 0..<ids.count - 1 { merges.append(table.find(ids[place], ids[place + 1])) }
        if ids.count > Self.longestScanned { return mergeWithHeap(table, into: &tokens) }
        var count = ids.count
        ids.withUnsafeMutableBufferPointer { ids in
            ends.withUnsafeMutableBufferPointer { ends in
                merges.withUnsafeMutableBufferPointer { merges in
                    while count > 1 {
                        var best = 0, rank = merges[0].rank
                        for place in 1..<max(1, count - 1) where merges[place].rank < rank {
                            (best, rank) = (place, merges[place].rank)
                        }
                        if rank == .max { break }
                        ids[best] = merges[best].id
                        ends[best] = ends[best + 1]
                        count -= 1
                        for place in best + 1..<max(best + 1, count) {
                            ids[place] = ids[place + 1]
                            ends[place] = ends[place + 1]
                        }
                        for place in best..<max(best, count - 1) { merges[place] = merges[place + 1] }
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
        for place in 0..<count {
            tokens.append(ModelToken(id: ids[place], start: start, end: ends[place]))
            start = ends[place]
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
        func key(_ place: Int) -> UInt64 { UInt64(UInt32(bitPattern: merges[place].rank)) << 32 | UInt64(place) }
        for place in 0..<count - 1 where merges[place].rank < .max { heap.push(key(place)) }
        while let least = heap.pop() {
            let place = Int(least & 0xFFFF_FFFF)
            // An entry is outdated if its symbol has been merged since; then its rank differs.
            guard !isGone[place], key(place) == least, Int(next[place]) < count else { continue }
            let gone = Int(next[place])
            ids[place] = merges[place].id
            ends[place] = ends[gone]
            isGone[gone] = true
            next[place] = next[gone]
            let following = Int(next[place])
            if following < count {
                previous[following] = Int32(place)
                merges[place] = table.find(ids[place], ids[following])
                if merges[place].rank < .max { heap.push(key(place)) }
            } else {
                merges[place].rank = .max
            }
            let before = Int(previous[place])
            if before >= 0 {
                merges[before] = table.find(ids[before], ids[place])
                if merges[before].rank < .max { heap.push(key(before)) }
            }
        }
        var start: Int32 = 0, place = 0
        while place < count {
            tokens.append(ModelToken(id: ids[place], start: start, end: ends[place]))
            start = ends[place]
            place = Int(next[place])
        }
    }
}

/// A binary heap that returns the smallest number first.
private struct MinimumHeap {
    private var elements: [UInt64] = []

    mutating func push(_ element: UInt64) {
        elements.append(element)
        var place = elements.count - 1
        while place > 0, elements[(place - 1) / 2] > elements[place] {
            elements.swapAt(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
    }

    mutating func pop() -> UInt64? {
        guard let least = elements.first else { return nil }
        let last = elements.removeLast()
        if elements.isEmpty { return least }
        elements[0] = last
        var place = 0
        while true {
            var child = 2 * place + 1
            guard child < elements.count else { return least }
            if child + 1 < elements.count, elements[child + 1] < elements[child] { child += 1 }
            if elements[place] <= elements[child] { return least }
            elements.swapAt(place, child)
            place = child
        }
    }
}
