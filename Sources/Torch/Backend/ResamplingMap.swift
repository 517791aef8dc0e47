import Foundation

/// The matrix of an interpolation along one dimension, by rows: result i is the sum of weights[k] · source[indices[k]]
/// over offsets[i] ≤ k < offsets[i + 1].
struct ResamplingMap {
    private(set) var offsets: [Int64] = [0], indices: [Int64] = [], weights: [Double] = []

    /// Whether uint8 is rounded after each dimension. It is not if elements are only copied.
    static func rounds(_ axes: [Resampling?], _ dtype: DType) -> Bool {
        dtype == .uint8
            && axes.contains { axis in axis.map { $0.filter != .nearest && $0.filter != .nearestExact } ?? false }
    }

    /// Returns the matrices of planes, [outer, depth, height, width, inner], of these sizes.
    static func of(
        _ axes: [Resampling?], from source: [Int], to result: [Int], _ dtype: DType, adjoint: Bool
    ) -> [ResamplingMap?] {
        axes.enumerated().map { d, axis in
            guard let axis else { return nil }
            let (n, m) = (source[d + 1], result[d + 1])
            return adjoint ? ResamplingMap(axis, m, n, dtype).transposed(m) : ResamplingMap(axis, n, m, dtype)
        }
    }

    /// The most elements of a row.
    var mostTaps: Int { zip(offsets, offsets.dropFirst()).reduce(0) { max($0, Int($1.1 - $1.0)) } }

    /// Returns the weights of bytes, in 16 bits with as many fractional bits as the largest allows, and this number
    /// (Pillow's arithmetic).
    var roundedWeights: (weights: [Int32], bits: Int) {
        let most = weights.max() ?? 0
        var bits = 0
        while bits < 22, Int(0.5 + most * Double(1 << (bits + 1))) < 1 << 15 { bits += 1 }
        return (
            weights.map { weight in
                let scaled = weight * Double(1 << bits)
                return Int32(scaled < 0 ? scaled - 0.5 : scaled + 0.5)
            }, bits
        )
    }

    private mutating func endRow() { offsets.append(Int64(indices.count)) }

    private mutating func add(_ index: Int, _ weight: Double) {
        indices.append(Int64(index))
        weights.append(weight)
    }

    /// Creates the matrix for `n` source coordinates and `m` results. PyTorch computes it in float64 for float64 and
    /// uint8, otherwise in float32.
    init(_ axis: Resampling, _ n: Int, _ m: Int, _ dtype: DType) {
        offsets.reserveCapacity(m + 1)
        switch axis.filter {
        case .nearest, .nearestExact:
            let scale = ResamplingMap.scale(Float.self, axis, n, m)
            for i in 0..<m {
                let place: Int =
                    if axis.filter == .nearestExact {
                        ResamplingMap.floor(Float((Double(i) + 0.5) * Double(scale)), n)
                    } else if m == n {
                        i
                    } else if m == n &* 2 {
                        i / 2
                    } else {
                        ResamplingMap.floor(Float(i) * scale, n)
                    }
                add(place, 1)
                endRow()
            }
        case .linear, .cubic, .lanczos:
            if dtype == .float64 {
                addRows(Double.self, axis, n, m)
            } else if dtype == .uint8, axis.antialias {
                addFilteredRows(Double.self, axis, n, m, rounds: true)
            } else if dtype == .uint8 {
                addRows(Double.self, axis, n, m)
                mergeEqualIndices()
            } else {
                addRows(Float.self, axis, n, m)
            }
        }
    }

    /// Adds the weights that one row gives to one element of the source, as at a border. Weights of bytes are rounded
    /// after this.
    private mutating func mergeEqualIndices() {
        let (starts, all, given) = (offsets, indices, weights)
        (offsets, indices, weights) = ([0], [], [])
        for row in 0..<(starts.count - 1) {
            for k in Int(starts[row])..<Int(starts[row + 1]) {
                if k > starts[row], all[k] == all[k - 1] {
                    weights[weights.count - 1] += given[k]
                } else {
                    add(Int(all[k]), given[k])
                }
            }
            endRow()
        }
    }

    /// Returns ⌊x⌋, or the nearest coordinate below n.
    private static func floor<T: BinaryFloatingPoint>(_ x: T, _ n: Int) -> Int {
        x > 0 ? x < T(n) ? Int(x) : n - 1 : 0
    }

    /// The distance in the source between neighbours of the result. PyTorch: `area_pixel_compute_scale`.
    private static func scale<T: BinaryFloatingPoint>(_ type: T.Type, _ axis: Resampling, _ n: Int, _ m: Int) -> T {
        if axis.alignCorners { return m > 1 ? T(n - 1) / T(m - 1) : 0 }
        if let factor = axis.factor, factor > 0 { return T(1 / factor) }
        return T(n) / T(m)
    }

    private mutating func addRows<T: BinaryFloatingPoint>(_ type: T.Type, _ axis: Resampling, _ n: Int, _ m: Int) {
        if axis.antialias { return addFilteredRows(type, axis, n, m, rounds: false) }
        let scale = ResamplingMap.scale(type, axis, n, m)
        for i in 0..<m {
            if axis.filter == .linear, n == m {
                add(i, 1)
                endRow()
                continue
            }
            let half: T = 0.5, i = T(i)
            var x: T = axis.alignCorners ? scale * i : scale * (i + half) - half
            if axis.filter == .linear, x < 0 { x = 0 }
            // PyTorch rounds down in float32, also for float64.
            let lowered = Float(x).rounded(.down)
            let place = lowered < Float(n - 1) ? Int(Swift.max(lowered, -2)) : n - 1
            let t: T = Swift.min(Swift.max(x - T(place), 0 as T), 1 as T)
            if axis.filter == .linear {
                add(place, Double(1 - t))
                add(place < n - 1 ? place + 1 : place, Double(t))
            } else {
                for (k, weight) in ResamplingMap.cubicWeights(t).enumerated() {
                    add(Swift.min(Swift.max(place + k - 1, 0), n - 1), Double(weight))
                }
            }
            endRow()
        }
    }

    /// Cubic convolution with parameter `a`, for |x| ≤ 1.
    private static func near<T: BinaryFloatingPoint>(_ x: T, _ a: T) -> T {
        let two: T = 2, three: T = 3, one: T = 1
        let slope: T = (a + two) * x - (a + three)
        return slope * x * x + one
    }

    /// Cubic convolution with parameter `a`, for 1 < |x| < 2.
    private static func far<T: BinaryFloatingPoint>(_ x: T, _ a: T) -> T {
        let four: T = 4, five: T = 5, eight: T = 8
        let first: T = a * x - five * a
        let second: T = first * x + eight * a
        return second * x - four * a
    }

    private static func cubicWeights<T: BinaryFloatingPoint>(_ t: T) -> [T] {
        let a: T = -0.75, one: T = 1, two: T = 2
        return [far(t + one, a), near(t, a), near(one - t, a), far(two - t, a)]
    }

    /// Adds rows of a filter that is sampled at all coordinates it reaches, and normalized. A filter without
    /// antialiasing gives the weight of coordinates outside to the first or last one.
    private mutating func addFilteredRows<T: BinaryFloatingPoint>(
        _ type: T.Type, _ axis: Resampling, _ n: Int, _ m: Int, rounds: Bool
    ) {
        let scale = ResamplingMap.scale(type, axis, n, m)
        let radius: T =
            switch axis.filter {
            case .cubic: 2
            case .lanczos: 3
            default: 1
            }
        let widens = axis.antialias && scale >= 1
        let support = widens ? radius * scale : radius, inverse: T = widens ? 1 / scale : 1
        let delta: T = rounds && axis.alignCorners && !axis.antialias ? 0.5 : 0
        let lowest: T = -16, highest: T = T(n + 16)
        // An infinite scale gives NaN.
        func place(_ x: T) -> Int { x.isNaN ? 0 : Int(Swift.min(Swift.max(x, lowest), highest)) }
        for i in 0..<m {
            let half: T = 0.5, center: T = scale * (T(i) + half - delta), shift: T = half + delta
            let first = place(center - support + shift), end = place(center + support + shift)
            let low = Swift.min(Swift.max(first, 0), n), count = Swift.max(Swift.min(end, n) - low, 0)
            var row = [T](repeating: 0, count: count), total: T = 0, next = 0
            if axis.antialias {
                for j in 0..<count {
                    row[j] = ResamplingMap.weight((T(j + low) - center + half) * inverse, axis)
                    total += row[j]
                }
            } else if count > 0 {
                for j in first..<end {
                    let weight = ResamplingMap.weight(T(j) - center + half - delta, axis)
                    if j <= 0 { next = 0 } else if j >= n - 1 { next = count - 1 }
                    row[Swift.min(next, count - 1)] += weight
                    total += weight
                    next += 1
                }
            }
            for j in 0..<count { add(low + j, Double(total != 0 ? row[j] / total : row[j])) }
            endRow()
        }
    }

    private static func weight<T: BinaryFloatingPoint>(_ distance: T, _ axis: Resampling) -> T {
        let x = distance.magnitude
        switch axis.filter {
        case .cubic:
            let a: T = axis.antialias ? -0.5 : -0.75
            return x < 1 ? near(x, a) : x < 2 ? far(x, a) : 0
        case .lanczos:
            func sinc(_ x: Double) -> Double {
                let angle = Double.pi * x
                return x == 0 ? 1 : sin(angle) / angle
            }
            return x < 3 ? T(sinc(Double(x)) * sinc(Double(x) / 3)) : 0
        default: return x < 1 ? 1 - x : 0
        }
    }

    /// Returns the transposed matrix, for `n` results.
    func transposed(_ n: Int) -> ResamplingMap {
        var result = self
        result.offsets = [Int64](repeating: 0, count: n + 1)
        for index in indices { result.offsets[Int(index) + 1] += 1 }
        for i in 0..<n { result.offsets[i + 1] += result.offsets[i] }
        var next = result.offsets
        for row in 0..<(offsets.count - 1) {
            for k in Int(offsets[row])..<Int(offsets[row + 1]) {
                let place = Int(next[Int(indices[k])])
                result.indices[place] = Int64(row)
                result.weights[place] = weights[k]
                next[Int(indices[k])] += 1
            }
        }
        return result
    }
}
