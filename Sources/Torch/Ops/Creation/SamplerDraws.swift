import CTorchKernels

/// The random draws of loaders and samplers, in PyTorch's order.
enum SamplerDraws {
    /// Returns the value of `torch.empty((), dtype=torch.int64).random_()`. Passes and samplers seed their own
    /// generators with it.
    static func seed(_ generator: Generator) -> Int64 {
        Int64(generator.withState { st_random64(&$0) } & UInt64(Int64.max))
    }

    static func seeded(by seed: Int64) -> Generator { Generator(seed: UInt64(bitPattern: seed)) }

    static func permutation(_ count: Int, _ generator: Generator) -> [Int] {
        Tensor.randperm(count, generator: generator, device: .cpu).toArray()
    }

    static func integers(_ count: Int, below limit: Int, _ generator: Generator) -> [Int] {
        Tensor.randint(0, limit, [count], generator: generator, device: .cpu).toArray()
    }
}
