/// NumPy's default random number generator, bit for bit: PCG XSL RR 128/64, seeded by a `SeedSequence`.
/// NumPy: `numpy.random.default_rng`.
struct PCG64 {
    private var state: UInt128
    private let increment: UInt128
    /// The upper half of a 64-bit draw whose lower half was already returned.
    private var half: UInt32?

    private static let multiplier: UInt128 = 0x2360_ed05_1fc6_5da4_4385_df64_9fcc_f645

    init(seed: UInt64) {
        let words = SeedSequence(seed).words(4)
        let start = UInt128(words[0]) << 64 | UInt128(words[1])
        increment = (UInt128(words[2]) << 64 | UInt128(words[3])) << 1 | 1
        state = 0
        step()
        state &+= start
        step()
    }

    private mutating func step() { state = state &* PCG64.multiplier &+ increment }

    mutating func next64() -> UInt64 {
        step()
        let folded = UInt64(truncatingIfNeeded: state >> 64) ^ UInt64(truncatingIfNeeded: state)
        let turn = UInt64(truncatingIfNeeded: state >> 122)
        return folded >> turn | folded << (64 &- turn & 63)
    }

    mutating func next32() -> UInt32 {
        if let half {
            self.half = nil
            return half
        }
        let draw = next64()
        half = UInt32(truncatingIfNeeded: draw >> 32)
        return UInt32(truncatingIfNeeded: draw)
    }

    /// Returns a uniformly distributed number from 0 to `limit`, inclusive (Lemire 2019).
    /// NumPy: `random_bounded_uint64`.
    mutating func bounded(_ limit: UInt64) -> UInt64 {
        if limit == 0 { return 0 }
        if limit == UInt64(UInt32.max) { return UInt64(next32()) }
        if limit < UInt64(UInt32.max) {
            let count = limit + 1
            var product = UInt64(next32()) * count
            if UInt64(UInt32(truncatingIfNeeded: product)) < count {
                let threshold = (UInt64(UInt32.max) - limit) % count
                while UInt64(UInt32(truncatingIfNeeded: product)) < threshold { product = UInt64(next32()) * count }
            }
            return product >> 32
        }
        if limit == UInt64.max { return next64() }
        let count = limit + 1
        var product = next64().multipliedFullWidth(by: count)
        if product.low < count {
            let threshold = (UInt64.max - limit) % count
            while product.low < threshold { product = next64().multipliedFullWidth(by: count) }
        }
        return product.high
    }

    /// Returns a random number in 0 ..< 1. NumPy: `Generator.random`.
    mutating func double() -> Double { Double(next64() >> 11) * 0x1p-53 }

    /// Like `bounded(_:)`, with other draws: takes as many bits as `limit` needs, and repeats while the number exceeds
    /// `limit`. NumPy: `random_interval`.
    private mutating func interval(_ limit: UInt64) -> UInt64 {
        let mask = UInt64.max >> UInt64(limit.leadingZeroBitCount)
        while true {
            let draw = (limit <= UInt64(UInt32.max) ? UInt64(next32()) : next64()) & mask
            if draw <= limit { return draw }
        }
    }

    /// Shuffles an array in place. NumPy: `Generator.shuffle`.
    mutating func shuffle<Element>(_ elements: inout [Element]) {
        guard elements.count > 1 else { return }
        for i in stride(from: elements.count - 1, to: 0, by: -1) { elements.swapAt(i, Int(interval(UInt64(i)))) }
    }

    /// Returns the numbers from 0 to `count` - 1 in random order. NumPy: `Generator.permutation`.
    mutating func permutation(_ count: Int) -> [Int] {
        var order = Array(0..<count)
        shuffle(&order)
        return order
    }

    /// Returns `size` random indices of `probabilities`, drawn with these probabilities.
    /// NumPy: `Generator.choice(len(p), size, p=p)`.
    /// - Precondition: no probability is negative, and at least one is positive.
    mutating func choice(probabilities: [Double], size: Int) -> [Int] {
        var sum = 0.0
        let sums = probabilities.map { probability in
            sum += probability
            return sum
        }
        let shares = sums.map { $0 / sum }
        return (0..<size).map { _ in
            let draw = double()
            return shares.firstIndex { $0 > draw } ?? shares.count - 1
        }
    }

    /// Returns `size` different numbers below `count`, shuffled (Floyd's algorithm). NumPy: `Generator.choice(count,
    /// size, replace=False)` for counts up to 10,000.
    mutating func choice(_ count: Int, size: Int) -> [Int] {
        var chosen: [Int] = []
        var seen: Set<Int> = []
        for candidate in count - size..<count {
            let drawn = Int(bounded(UInt64(candidate)))
            let number = seen.insert(drawn).inserted ? drawn : candidate
            seen.insert(number)
            chosen.append(number)
        }
        for i in stride(from: size - 1, to: 0, by: -1) { chosen.swapAt(i, Int(bounded(UInt64(i)))) }
        return chosen
    }
}

/// Expands a seed to any number of words (O'Neill 2015). NumPy: `numpy.random.SeedSequence`.
private struct SeedSequence {
    private var pool: [UInt32] = []

    init(_ seed: UInt64) {
        let entropy =
            seed >> 32 == 0
            ? [UInt32(seed)] : [UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32)]
        var constant: UInt32 = 0x43b0_d7e5
        func hash(_ value: UInt32) -> UInt32 {
            var value = value ^ constant
            constant = constant &* 0x931e_8875
            value = value &* constant
            return value ^ value >> 16
        }
        for position in 0..<4 { pool.append(hash(position < entropy.count ? entropy[position] : 0)) }
        for source in 0..<4 {
            for target in 0..<4 where source != target {
                let mixed = 0xca01_f9dd &* pool[target] &- 0x4973_f715 &* hash(pool[source])
                pool[target] = mixed ^ mixed >> 16
            }
        }
    }

    func words(_ count: Int) -> [UInt64] {
        var constant: UInt32 = 0x8b51_f9dd
        let halves = (0..<2 * count).map { position in
            var value = pool[position % 4] ^ constant
            constant = constant &* 0x58f3_8ded
            value = value &* constant
            return value ^ value >> 16
        }
        return (0..<count).map { UInt64(halves[2 * $0]) | UInt64(halves[2 * $0 + 1]) << 32 }
    }
}
