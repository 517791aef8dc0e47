/// What a device's allocator counts, as PyTorch's does. PyTorch: `torch.cuda.memory_stats`.
struct AllocatorStatistics: Equatable, Sendable {
    /// A counter with its peak.
    struct Count: Equatable, Sendable {
        /// The number now, and the largest so far.
        private(set) var current = 0, peak = 0
        /// The sums of all increases and of all decreases.
        private(set) var allocated = 0, freed = 0

        mutating func add(_ amount: Int) {
            current += amount
            peak = max(peak, current)
            if amount > 0 { allocated += amount } else { freed -= amount }
        }

        mutating func resetPeak() { peak = current }
    }

    /// A counter for both pools together, for the large pool and for the small pool.
    struct Metric: Equatable, Sendable {
        private(set) var all = Count(), large = Count(), small = Count()

        mutating func add(_ amount: Int, isSmall: Bool) {
            all.add(amount)
            if isSmall { small.add(amount) } else { large.add(amount) }
        }

        mutating func resetPeak() {
            all.resetPeak()
            large.resetPeak()
            small.resetPeak()
        }
    }

    /// Bytes of blocks that tensors hold; bytes of these and of freed blocks that another stream still uses; requested
    /// bytes; bytes of segments; bytes of unused blocks whose segment is partly in use.
    var allocatedBytes = Metric(), activeBytes = Metric(), requestedBytes = Metric(), reservedBytes = Metric(),
        inactiveSplitBytes = Metric()
    /// The numbers of such blocks and of segments.
    var allocations = Metric(), active = Metric(), segments = Metric(), inactiveSplits = Metric()
    /// The number of allocations that failed, and the number of times that the cache was emptied for another attempt.
    var outOfMemory = 0, retries = 0

    mutating func resetPeaks() {
        allocatedBytes.resetPeak()
        activeBytes.resetPeak()
        requestedBytes.resetPeak()
        reservedBytes.resetPeak()
        inactiveSplitBytes.resetPeak()
        allocations.resetPeak()
        active.resetPeak()
        segments.resetPeak()
        inactiveSplits.resetPeak()
    }

    /// Returns the table that PyTorch prints. PyTorch: `torch.cuda.memory_summary`.
    func summary(device: Int, abbreviated: Bool) -> String {
        let bytes = Self.bytes, count = Self.count
        let metrics: [(String, Metric, (Int, Int) -> String)] = [
            ("Allocated memory", allocatedBytes, bytes), ("Active memory", activeBytes, bytes),
            ("Requested memory", requestedBytes, bytes), ("GPU reserved memory", reservedBytes, bytes),
            ("Non-releasable memory", inactiveSplitBytes, bytes), ("Allocations", allocations, count),
            ("Active allocs", active, count), ("GPU reserved segments", segments, count),
            ("Non-releasable allocs", inactiveSplits, count)
        ]
        let heavy = String(repeating: "=", count: 75), light = String(repeating: "-", count: 75)
        func row(_ name: String, _ values: Count, _ scale: Count, _ format: (Int, Int) -> String) -> String {
            " \(name.padded(21)) | \(format(values.current, scale.current)) | \(format(values.peak, scale.peak)) | "
                + "\(format(values.allocated, scale.allocated)) | \(format(values.freed, scale.freed)) "
        }
        let space = String(repeating: " ", count: 16)
        var lines = [
            heavy, " \(space) PyTorch CUDA memory summary, device ID \("\(device)".padded(17)) ", light,
            "  \(space.prefix(9)) CUDA OOMs: \("\(outOfMemory)".padded(12)) | \(space.prefix(6)) cudaMalloc retries: \("\(retries)".padded(8))  ",
            heavy, "        Metric         | Cur Usage  | Peak Usage | Tot Alloc  | Tot Freed  "
        ]
        for (name, metric, format) in metrics {
            lines += [light, row(name, metric.all, metric.all, format)]
            if abbreviated { continue }
            lines.append(row("      from large pool", metric.large, metric.all, format))
            lines.append(row("      from small pool", metric.small, metric.all, format))
        }
        // No allocation is too large for a block, as with PyTorch's usual settings.
        for name in ["Oversize allocations", "Oversize GPU segments"] {
            lines += [light, row(name, Count(), Count(), count)]
        }
        lines.append(heavy)
        return "|" + lines.joined(separator: "|\n|") + "|\n"
    }

    private static func bytes(_ value: Int, _ scale: Int) -> String {
        var value = value, scale = Double(scale), prefix = "B  "
        for next in ["KiB", "MiB", "GiB", "TiB", "PiB"] where scale >= 768 * 1024 {
            prefix = next
            value /= 1024
            scale /= 1024
        }
        return "\(value)".paddedLeft(6) + " " + prefix
    }

    private static func count(_ value: Int, _ scale: Int) -> String {
        var value = value, scale = Double(scale), prefix = " "
        for next in ["K", "M"] where scale >= 750 * 1000 {
            prefix = next
            value /= 1000
            scale /= 1000
        }
        return "\(value)".paddedLeft(7) + " \(prefix) "
    }
}

extension String {
    fileprivate func padded(_ width: Int) -> String { self + String(repeating: " ", count: max(0, width - utf8.count)) }
    fileprivate func paddedLeft(_ width: Int) -> String {
        String(repeating: " ", count: max(0, width - utf8.count)) + self
    }
}
