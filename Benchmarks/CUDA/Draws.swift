import Torch

/// Draws of each distribution from the seed 0. draws.py draws the same with PyTorch.
struct Draws {
    /// Numbers of elements. The last is beyond what one launch's threads draw at once on a large device.
    private let sizes: [Int]
    private var found: [(String, Tensor)] = []

    init(_ isRehearsal: Bool) { sizes = isRehearsal ? [1000] : [1000, 300_000] }

    /// Keeps the first and the last 1000 numbers of a draw.
    private mutating func add(_ name: String, _ draw: () -> Tensor) {
        manualSeed(0)
        let all = draw().flatten().cpu(), count = all.numel()
        found.append((name, count > 2000 ? cat([all[..<1000], all[(count - 1000)...]]) : all))
    }

    mutating func save(to path: String) throws {
        for size in sizes {
            let chances = Tensor.linspace(0, 1, size).to(.cuda), rates = Tensor.linspace(0, 20, size).to(.cuda)
            for dtype in [DType.float32, .float64, .float16, .bfloat16] {
                func fresh() -> Tensor { Tensor.empty([size], dtype: dtype, device: .cuda) }
                let kind = "\(dtype) \(size)"
                add("uniform_ \(kind)") { fresh().uniform_(-2, 3) }
                add("normal_ \(kind)") { fresh().normal_(1, 2) }
                add("log_normal_ \(kind)") { fresh().logNormal_() }
                add("exponential_ \(kind)") { fresh().exponential_() }
                add("cauchy_ \(kind)") { fresh().cauchy_() }
                add("geometric_ \(kind)") { fresh().geometric_(0.3) }
                add("bernoulli_ \(kind)") { fresh().bernoulli_(0.3) }
                add("bernoulli \(kind)") { chances.to(dtype).bernoulli() }
                add("random_ \(kind)") { fresh().random_() }
                add("poisson \(kind)") { rates.to(dtype).poisson() }
                add("binomial \(kind)") { rates.floor().to(dtype).binomial(chances.to(dtype)) }
            }
            for dtype in [DType.int64, .int32, .uint8] {
                add("random_ 0 100 \(dtype) \(size)") {
                    Tensor.empty([size], dtype: dtype, device: .cuda).random_(0, 100)
                }
            }
            add("random_ 0 2**40 \(size)") { Tensor.empty([size], dtype: .int64, device: .cuda).random_(0, 1 << 40) }
            add("randperm \(size)") { Tensor.randperm(size, device: .cuda) }
            add("poisson 5000 \(size)") { Tensor.full([size], 5000.0, device: .cuda).poisson() }
            add("binomial 1000 \(size)") { Tensor.full([size], 1000.0, device: .cuda).binomial(chances) }
            add("gamma \(size)") { Gamma(rates + 0.1, 1.0).sample() }
            add("dirichlet \(size)") { Dirichlet((rates + 0.1).reshape([-1, 10])).sample() }
            add("multinomial \(size)") { (chances + 0.1).multinomial(1000, replacement: true) }
            add("dropout \(size)") { F.dropout(rates, p: 0.3) }
        }
        try Torch.save(StateDict(found), to: path)
        print("\(found.count) draws")
    }
}
