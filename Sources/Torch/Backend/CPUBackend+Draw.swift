import CTorchKernels

extension CPUBackend {
    func draw(_ distribution: RandomDraw, out: Dense, from generator: Generator) -> Bool {
        guard generator.draws(for: .cpu) else { return true }
        switch distribution {
        case .bernoulliOf(let input), .rreluSlopes(let input, _, _), .categories(let input), .gamma(let input),
            .dirichlet(let input), .poisson(let input):
            guard areOnHost(out.strided, input.strided) else { return true }
        case .binomial(let count, let p):
            guard areOnHost(out.strided, count.strided, p.strided) else { return true }
        default: break
        }
        let n = Int64(out.count), to = out.pointer, dtype = out.dtype.kernel
        return generator.withState { g in
            switch distribution {
            case .uniform(let from, let upTo): st_fill_uniform(&g, from, upTo, n, to, dtype)
            case .normal(let mean, let std, singly: false): st_fill_normal(&g, mean, std, n, to, dtype)
            case .normal(let mean, let std, singly: true): st_fill_normal_scalar(&g, mean, std, n, to, dtype)
            case .bernoulli(let p): st_fill_bernoulli(&g, p, n, to, dtype)
            case .bernoulliOf(let p): st_fill_bernoulli_tensor(&g, n, p.pointer, p.dtype.kernel, to, dtype)
            case .exponential(let rate): st_fill_exponential(&g, rate, n, to, dtype)
            case .cauchy(let median, let sigma): st_fill_cauchy(&g, median, sigma, n, to, dtype)
            case .logNormal(let mean, let std): st_fill_log_normal(&g, mean, std, n, to, dtype)
            case .geometric(let p): st_fill_geometric(&g, p, n, to, dtype)
            case .integers(let low, let high): st_fill_randint(&g, Int64(low), Int64(high), n, to, dtype)
            case .allIntegers: st_fill_random(&g, n, to, dtype)
            case .permutation: st_fill_randperm(&g, n, to.assumingMemoryBound(to: Int64.self))
            case .rreluSlopes(let input, let lower, let upper):
                st_fill_rrelu(&g, lower, upper, n, input.pointer, to, dtype)
            case .categories(let weights):
                let rows = out.layout.sizes.dropLast().reduce(1, *), columns = weights.layout.sizes.last!
                return st_fill_categories(
                    &g, Int64(rows), Int64(columns), Int64(out.layout.sizes.last!), weights.pointer,
                    weights.dtype.kernel, to.assumingMemoryBound(to: Int64.self))
            case .gamma(let concentration): st_fill_gamma(&g, n, concentration.pointer, to, dtype)
            case .dirichlet(let concentration):
                if n == 0 { return true }
                let columns = Int64(out.layout.sizes.last ?? 1)
                return st_fill_dirichlet(&g, n / columns, columns, concentration.pointer, to, dtype)
            case .poisson(let rate): st_fill_poisson(&g, n, rate.pointer, to, dtype)
            case .binomial(let count, let p): st_fill_binomial(&g, n, count.pointer, p.pointer, to, dtype)
            }
            return true
        }
    }
}
