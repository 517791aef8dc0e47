import CTorchKernels
import Foundation

/// Draws, in PyTorch's layout of threads and with its numbers.
extension CUDABackend {
    func draw(_ distribution: RandomDraw, out: Dense, from generator: Generator) -> Bool {
        // The CPU's default generator stands for this device's.
        let generator = generator === Generator.default ? Generator.default(of: device) : generator
        guard generator.draws(for: device) else { return true }
        return CUDAContext.attempt {
            try check(out.strided)
            if out.count == 0 { return }
            switch distribution {
            case .uniform(let a, let b): try draw("Uniform", out, generator, a, b)
            case .normal(let a, let b, _): try draw("Normal", out, generator, a, b)
            case .logNormal(let a, let b): try draw("LogNormal", out, generator, a, b)
            case .bernoulli(let p): try draw("Bernoulli", out, generator, p, 0)
            case .exponential(let rate): try draw("Exponential", out, generator, rate, 0)
            case .cauchy(let median, let sigma): try draw("Cauchy", out, generator, median, sigma)
            case .geometric(let p): try draw("Geometric", out, generator, p, 0)
            case .rreluSlopes(let input, let lower, let upper):
                try check(input.strided)
                try draw("RReluSlopes", out, generator, lower, upper, input)
            case .integers(let low, let high):
                let (low, high) = out.dtype.integerBounds(low, high)
                let range = UInt64(bitPattern: Int64(high)) &- UInt64(bitPattern: Int64(low))
                try drawIntegers(out, generator, range, low, isLong: range == 0 || range >= 1 << 28)
            case .allIntegers:
                let isLong = out.dtype == .int64 || out.dtype == .float64
                try drawIntegers(out, generator, out.dtype.randomIntegers, 0, isLong: isLong)
            case .bernoulliOf(let input): try drawBernoulli(out, generator, input)
            case .permutation: try drawPermutation(out, generator)
            case .categories(let weights): try drawCategories(out, generator, weights)
            case .gamma, .dirichlet, .poisson, .binomial: try drawByRejection(distribution, out, generator)
            }
        }
    }

    private func draw(
        _ name: String, _ out: Dense, _ generator: Generator, _ a: Double, _ b: Double, _ input: Dense? = nil
    ) throws {
        let dtype = out.dtype, wide = dtype.cudaWide
        try draw(name, "\(name)<\(dtype.cudaElement), \(wide)>", out, generator, dtype == .float64 ? 2 : 4) {
            $0.add(a)
            $0.add(b)
            if let input { $0.add(addressesOf: input.strided) }
        }
    }

    private func drawIntegers(
        _ out: Dense, _ generator: Generator, _ range: UInt64, _ base: Int, isLong: Bool
    ) throws {
        let words = isLong ? "LongWords" : "Words"
        try draw(words, "Integers<\(out.dtype.cudaElement), \(words)>", out, generator, isLong ? 2 : 4) {
            $0.add(range)
            $0.add(Int64(base))
        }
    }

    /// Launches a draw with PyTorch's grid. A thread makes `count` numbers of four words.
    private func draw(
        _ name: String, _ job: String, _ out: Dense, _ generator: Generator, _ count: Int,
        _ fill: (inout KernelArguments) -> Void
    ) throws {
        let n = out.count, most = context.multiprocessorCount * (context.threadsPerMultiprocessor / 256)
        let grid = min((n + 255) / 256, most)
        let start = try context.start(generator, ((n - 1) / (256 * grid * count) + 1) * 4)
        let number = KernelSource.draws.firstIndex(of: name)!
        let kernel = try kernel(.random, 8 + number, [out.dtype]) { .draw(name, job, out.dtype) }
        try context.launch(kernel, grid: (grid, 1), block: (256, 1)) {
            $0.add(start)
            $0.add(addressesOf: out.strided)
            $0.add(counts: n)
            fill(&$0)
        }
    }

    private func drawBernoulli(_ out: Dense, _ generator: Generator, _ probabilities: Dense) throws {
        try check(probabilities.strided)
        let n = out.count, start = try context.start(generator, 10)
        let kernel = try kernel(.random, 0, [out.dtype, probabilities.dtype]) {
            .drawBernoulli(out.dtype, probabilities.dtype)
        }
        try context.launch(kernel, grid: ((n + 1023) / 1024, 1), block: (256, 1)) {
            $0.add(start)
            $0.add(addressesOf: out.strided)
            $0.add(counts: n)
            $0.add(addressesOf: probabilities.strided)
        }
    }

    /// Sorts the numbers below n by random keys, of as many bits as PyTorch takes, and permutes those of equal keys.
    private func drawPermutation(_ out: Dense, _ generator: Generator) throws {
        let n = out.count, count = Double(n)
        let bits = min(64, Int(log2(count - (6 * count * count + 1) / (12 * log(0.9))).rounded(.up)))
        let keySize = bits > 32 ? 8 : 4, dtype: DType = bits > 32 ? .int64 : .int32
        guard let storage = allocate(byteCount: n * keySize) else { throw context.outOfMemory(n * keySize) }
        // From the least to the greatest integer, without the greatest, as PyTorch draws them.
        let keys = Strided(storage: storage, layout: Layout([n]), dtype: dtype)
        let low = bits > 32 ? Int.min : Int(Int32.min), high = bits > 32 ? Int.max : Int(Int32.max)
        let range = UInt64(bitPattern: Int64(high)) &- UInt64(bitPattern: Int64(low))
        try drawIntegers(Dense(keys), generator, range, low, isLong: true)
        try launch(kernel(.random, 1 + keySize << 4) { .keepLowBits(keySize) }, over: n) {
            $0.add(addressesOf: keys)
            $0.add(counts: n)
            $0.add(Int32(bits))
        }
        try withScratch(n * 4) { places in
            try sortRecords(keys.deviceAddress, places, rows: 1, n: n, keySize: keySize, bits: bits) { keys, places in
                let start = try context.start(generator, n)
                let kernel = try kernel(.random, 2 + keySize << 4) { .permuteEqual(keySize) }
                try context.launch(kernel, grid: ((n + 255) / 256, 1), block: (256, 1)) {
                    $0.add(start)
                    $0.add(keys)
                    $0.add(places)
                    $0.add(counts: n)
                }
                try launch(self.kernel(.random, 3) { .writePlaces }, over: n) {
                    $0.add(places)
                    $0.add(addressesOf: out.strided)
                    $0.add(counts: n)
                }
            }
        }
    }

    private func drawCategories(_ out: Dense, _ generator: Generator, _ weights: Dense) throws {
        try check(weights.strided)
        try requireReal(weights.dtype, "multinomial_kernel_cuda")
        let rows = out.layout.sizes.dropLast().reduce(1, *), categories = weights.layout.sizes.last!
        let count = out.layout.sizes.last!, dtype = weights.dtype
        try withScratch(rows * categories * dtype.wide.itemSize) { sums in
            try context.launch(kernel(.random, 4, [dtype]) { .sumShares(dtype) }, grid: (rows, 1), block: (256, 1)) {
                $0.add(addressesOf: weights.strided)
                $0.add(sums)
                $0.add(counts: categories)
            }
            let grid = (x: (count + 127) / 128, y: min(rows, 65535))
            let start = try context.start(generator, ((rows - 1) / grid.y + 1) * 4)
            try context.launch(kernel(.random, 5, [dtype]) { .drawCategories(dtype) }, grid: grid, block: (128, 1)) {
                $0.add(start)
                $0.add(addressesOf: weights.strided)
                $0.add(sums)
                $0.add(addressesOf: out.strided)
                $0.add(counts: rows, categories, count)
            }
        }
    }
}

extension CUDABackend {
    /// Draws gamma, Dirichlet, Poisson or binomial numbers. Each thread has a sequence of numbers of its own.
    private func drawByRejection(_ distribution: RandomDraw, _ out: Dense, _ generator: Generator) throws {
        let (name, inputs, form, numbers) =
            switch distribution {
            case .poisson(let rate): ("Poisson", [rate], (threads: 512, each: 1), 20)
            case .binomial(let count, let p): ("Binomial", [count, p], (threads: 128, each: 8), 42)
            case .gamma(let concentration), .dirichlet(let concentration):
                ("Gamma", [concentration], (threads: 256, each: 1), 10)
            default: fatalError("a draw without rejection")
            }
        for input in inputs { try check(input.strided) }
        let dtype = out.dtype, n = out.count, start = try context.start(generator, numbers)
        let kernel = try kernel(.rejection, KernelSource.rejections.firstIndex(of: name)!, [dtype]) {
            .drawByRejection(name, dtype)
        }
        let block = form.threads * form.each
        try context.launch(kernel, grid: ((n + block - 1) / block, 1), block: (form.threads, 1)) {
            $0.add(start)
            $0.add(addressesOf: out.strided)
            $0.add(counts: n)
            for input in inputs { $0.add(addressesOf: input.strided) }
        }
        guard case .dirichlet = distribution, let columns = out.layout.sizes.last else { return }
        try context.launch(
            self.kernel(.rejection, 3, [dtype]) { .shareRows(dtype) }, grid: (n / columns, 1), block: (256, 1)
        ) {
            $0.add(addressesOf: out.strided)
            $0.add(counts: columns)
        }
    }
}

extension DType {
    /// The number of integers that `random_()` draws from.
    fileprivate var randomIntegers: UInt64 {
        switch self {
        case .bool: 2
        case .uint8: 1 << 8
        case .int8: 1 << 7
        case .int16: 1 << 15
        case .int32: 1 << 31
        case .int64: 1 << 63
        case .float16: (1 << 11) + 1
        case .bfloat16: (1 << 8) + 1
        case .float32: (1 << 24) + 1
        default: (1 << 53) + 1
        }
    }

    /// Moves the bounds of a range of integers to those that a floating-point dtype represents, as PyTorch does.
    fileprivate func integerBounds(_ low: Int, _ high: Int) -> (low: Int, high: Int) {
        let digits =
            switch self {
            case .float16: 11
            case .bfloat16: 8
            case .float32: 24
            case .float64: 53
            default: 0
            }
        if digits == 0 { return (low, high) }
        func spacing(_ x: Int) -> Int {
            let size = Int.bitWidth - 1 - Int(x.magnitude.leadingZeroBitCount)
            return x != 0 && size >= digits - 1 ? 1 << (size - digits + 1) : 0
        }
        func rounded(_ x: Int) -> Int {
            var number = Number()
            number.set(.int(Int64(x)), self)
            return withUnsafeBytes(of: number) { Int(exactly: read($0.baseAddress!, as: self).doubleValue) ?? Int.max }
        }
        var (low, high) = (low, high)
        if low < Int.max, rounded(low + 1) < low { low = rounded(low + 1) + spacing(low + 1) }
        if high > Int.min, rounded(high - 1) >= high { high = rounded(high - 1) - spacing(high - 1) }
        return (low, high)
    }
}

extension KernelSource {
    /// The names of the jobs of random.cuh.
    static let draws = [
        "Uniform", "Normal", "LogNormal", "Bernoulli", "Exponential", "Cauchy", "Geometric", "RReluSlopes", "Words",
        "LongWords"
    ]

    static func draw(_ name: String, _ job: String, _ dtype: DType) -> KernelSource {
        KernelSource(
            "draw_\(name)_\(dtype.name)", header: "random",
            "(Start start, \(dtype.cudaElement) *out, long long n, \(job) job) { draw(start, out, n, job); }"
        )
    }

    /// The names of the jobs of rejection.cuh.
    static let rejections = ["Gamma", "Poisson", "Binomial"]

    static func drawByRejection(_ name: String, _ dtype: DType) -> KernelSource {
        let element = dtype.cudaElement, job = "\(name)Number<\(element), \(dtype.cudaWide)>"
        return KernelSource(
            "draw_\(name)_\(dtype.name)", header: "rejection",
            "(Start start, \(element) *out, long long n, \(job) job) { draw_rejected(start, out, n, job); }")
    }

    static func shareRows(_ dtype: DType) -> KernelSource {
        KernelSource(
            "share_rows_\(dtype.name)", header: "rejection",
            "(\(dtype.cudaElement) *out, long long n) { share_rows<\(dtype.cudaElement), \(dtype.cudaWide)>(out, n); }"
        )
    }

    static func drawBernoulli(_ dtype: DType, _ probabilities: DType) -> KernelSource {
        KernelSource(
            "draw_bernoulli_\(dtype.name)_\(probabilities.name)", header: "random",
            "(Start start, \(dtype.cudaElement) *out, long long n, const \(probabilities.cudaElement) *in) { draw_bernoulli(start, out, n, in); }"
        )
    }

    static func keepLowBits(_ size: Int) -> KernelSource {
        KernelSource(
            "keep_low_bits", header: "random", ofSize: size,
            "(K *keys, long long n, int bits) { keep_low_bits(keys, n, bits); }")
    }

    static func permuteEqual(_ size: Int) -> KernelSource {
        KernelSource(
            "permute_equal", header: "random", ofSize: size,
            "(Start start, const K *keys, uint32_t *places, long long n) { permute_equal(start, keys, places, n); }"
        )
    }

    static var writePlaces: KernelSource {
        KernelSource(
            "places_written", header: "random",
            "(const uint32_t *places, long long *out, long long n) { write_places(places, out, n); }")
    }

    static func sumShares(_ dtype: DType) -> KernelSource {
        KernelSource(
            "sum_shares_\(dtype.name)", header: "random",
            "(const \(dtype.cudaElement) *in, \(dtype.cudaWide) *sums, long long n) { sum_shares(in, sums, n); }")
    }

    static func drawCategories(_ dtype: DType) -> KernelSource {
        KernelSource(
            "draw_categories_\(dtype.name)", header: "random",
            "(Start start, const \(dtype.cudaElement) *in, const \(dtype.cudaWide) *sums, long long *out, long long rows, long long n, long long count) { draw_categories(start, in, sums, out, rows, n, count); }"
        )
    }
}
