import Torch

/// The Swift calls for the draws of random.json.
enum RandomDraws {
    /// Makes a draw. Returns nil if there is no adapter.
    static func draw(_ name: String, seed: Int) throws -> Value? {
        manualSeed(seed)
        if let draw = named[name] { return try draw() }
        let words = name.split(separator: " ")
        guard words.count == 2 || words.count == 3, let n = Int(words[1]),
            let dtype = words.count == 3 ? DType(name: String(words[2])) : defaultDType
        else { return nil }
        return switch words[0] {
        case "rand": .tensor(Tensor.rand([n], dtype: dtype))
        case "randn": .tensor(Tensor.randn([n], dtype: dtype))
        case "randperm": .tensor(Tensor.randperm(n))
        default: nil
        }
    }

    private static let named: [String: @Sendable () throws -> Value] = [
        "randint 0 10 100": { Tensor.randint(0, 10, [100]).value },
        "randint -5 1000000 50": { Tensor.randint(-5, 1_000_000, [50]).value },
        "randint 0 2**40 20": { Tensor.randint(0, 1 << 40, [20]).value },
        "rand then randn then rand": { [Tensor.rand(3), Tensor.randn(3), Tensor.rand(3)].value },
        "randn 5 then randn 20 then randn 4": { [Tensor.randn(5), Tensor.randn(20), Tensor.randn(4)].value },
        "randn 1 thrice": { [Tensor.randn(1), Tensor.randn(1), Tensor.randn(1)].value },
        "rand 2x3": { Tensor.rand(2, 3).value },
        "randn bf16 20": { Tensor.randn(20, dtype: .bfloat16).value },
        "randn f16 20": { Tensor.randn(20, dtype: .float16).value },
        "rand f16 20": { Tensor.rand(20, dtype: .float16).value },
        "normal_ 2 3 40": { Tensor.empty(40).normal_(2, 3).value },
        "uniform_ -1 1 40": { Tensor.empty(40).uniform_(-1, 1).value },
        "bernoulli 0.3 40": { Tensor.full([40], 0.3).bernoulli().value },
        "bernoulli_ 0.3 40": { Tensor.empty(40).bernoulli_(0.3).value },
        "exponential_ 40": { Tensor.empty(40).exponential_().value },
        "geometric_ 0.4 20": { Tensor.empty(20).geometric_(0.4).value },
        "cauchy_ 20": { Tensor.empty(20).cauchy_().value },
        "log_normal_ 20": { Tensor.empty(20).logNormal_().value },
        "multinomial replace": { Tensor([0.1, 0.2, 0.3, 0.4]).multinomial(20, replacement: true).value },
        "multinomial no replace": { Tensor([0.1, 0.2, 0.3, 0.4]).multinomial(3).value },
        "generator state after 3 rand": {
            _ = Tensor.rand(3)
            return Generator.default.getState().value
        },
        "random_ 20 int64": { Tensor.empty(20, dtype: .int64).random_().value },
        "random_ 5 9": { Tensor.empty(20, dtype: .int64).random_(5, 9).value },
        "dropout 0.5 40": { dropout(Tensor.ones(40), p: 0.5).value },
        "dropout2d": { dropout2d(Tensor.ones(2, 8, 2, 2)).value },
        "init sparse_ 0.1": { Init.sparse_(Tensor.empty(8, 6), sparsity: 0.1).value },
        "init kaiming_uniform_ a=sqrt5": { Init.kaimingUniform_(Tensor.empty(8, 6), a: 5.0.squareRoot()).value },
        "init kaiming_normal_": { Init.kaimingNormal_(Tensor.empty(8, 6)).value },
        "init xavier_uniform_": { Init.xavierUniform_(Tensor.empty(8, 6)).value },
        "init xavier_normal_": { Init.xavierNormal_(Tensor.empty(8, 6)).value },
        "init trunc_normal_": { Init.truncNormal_(Tensor.empty(8, 6)).value },
        "init orthogonal_": { Init.orthogonal_(Tensor.empty(8, 6)).value },
        "dataloader shuffle batch 5": { Array(DataLoader(numbers(23), batchSize: 5, shuffle: true)).value },
        "dataloader shuffle drop_last": {
            Array(DataLoader(numbers(23), batchSize: 5, shuffle: true, dropLast: true)).value
        },
        "dataloader shuffle generator": {
            Array(DataLoader(numbers(23), batchSize: 4, shuffle: true, generator: Generator(seed: 99))).value
        },
        "dataloader two epochs": {
            let loader = DataLoader(numbers(11), batchSize: 4, shuffle: true)
            return [Array(loader), Array(loader)].value
        },
        "random_split": { randomSplit(numbers(20), [12, 8]).map { Tensor($0.indices) }.value },
        "random sampler replacement": {
            Tensor(Array(RandomSampler(count: 10, replacement: true, numSamples: 40))).value
        },
        "weighted sampler": { Tensor(Array(WeightedRandomSampler([0.1, 0.9, 0.4, 0.7], 12))).value },
        "subset random sampler": { Tensor(Array(SubsetRandomSampler(Array(5..<15)))).value },
        "initial_seed": { Int(initialSeed()).value }
    ]

    private static func numbers(_ count: Int) -> TensorDataset<Tensor> { TensorDataset(Tensor.arange(count)) }
}
