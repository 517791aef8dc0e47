import Torch

/// One measured operation. Benchmarks/peer.py has the same cases, with the same names and inputs.
struct Case {
    /// Computes the numbers, which must be equal to PyTorch's.
    let result: () -> Tensor
    /// Repeats the work the given number of times.
    let loop: (Int) -> Void

    init(result: @escaping () -> Tensor, loop: @escaping (Int) -> Void) {
        self.result = result
        self.loop = loop
    }

    init(_ work: @escaping () -> Tensor) {
        self.init(result: work) { count in
            for _ in 0..<count { withExtendedLifetime(work()) {} }
        }
    }

    /// A step of training. `make` makes a step that starts anew. The numbers are the results of three steps.
    static func training(_ make: @escaping () -> () -> Tensor) -> Case {
        let step = Deferred(make)
        return Case {
            let step = make()
            return stack((0..<3).map { _ in step() })
        } loop: { count in
            for _ in 0..<count { withExtendedLifetime(step.value()) {} }
        }
    }

    static func all() -> [String: Case] {
        var cases = operators()
        let more = [overheads(), views(), movement(), indexing(), text(), images(), pictures(), sequences(), algebra()]
        for more in more { cases.merge(more) { $1 } }
        for batch in [1, 64, 1024] { cases["step-\(batch)"] = trainingStep(batch: batch) }
        return cases
    }

    /// Cases with almost nothing to compute. They measure the cost of a call.
    private static func overheads() -> [String: Case] {
        let a = Tensor.arange(8, dtype: .float32), b = Tensor.arange(8, 16, dtype: .float32)
        let leaf = Tensor.arange(8, dtype: .float32).requiresGrad_()
        return [
            "add-8": Case { a + b },
            "add-8-recorded": Case { leaf + b },
            "view": Case { a.view(2, 4) }
        ]
    }

    /// Operators on 1,000,000 elements.
    private static func operators() -> [String: Case] {
        manualSeed(0)
        let a = Tensor.randn(1000, 1000), b = Tensor.randn(1000, 1000)
        let positive = Tensor.rand(1000, 1000) + 0.5
        let mask = a .> b
        let i = Tensor.randint(0, 1000, [1000, 1000]), j = Tensor.randint(0, 1000, [1000, 1000])
        let rows = Tensor.randperm(1000)
        let upper = Tensor.randn(500, 1000), lower = Tensor.randn(500, 1000)
        let p = Tensor.randn(512, 512), q = Tensor.randn(512, 512)
        return [
            "add": Case { a + b },
            "mul": Case { a * b },
            "div": Case { a / positive },
            "exp": Case { a.exp() },
            "log": Case { positive.log() },
            "sqrt": Case { positive.sqrt() },
            "pow 2.5": Case { positive.pow(2.5) },
            "tanh": Case { a.tanh() },
            "sigmoid": Case { a.sigmoid() },
            "relu": Case { a.relu() },
            "gelu": Case { a.gelu() },
            "clamp": Case { a.clamp(min: -0.5, max: 0.5) },
            "where": Case { `where`(mask, a, b) },
            "masked_fill": Case { a.maskedFill(mask, 0) },
            "eq": Case { i.eq(j) },
            "int64 add": Case { i + j },
            "sum": Case { positive.sum() },
            "sum dim 0": Case { positive.sum(dim: 0) },
            "sum dim 1": Case { positive.sum(dim: 1) },
            "mean": Case { positive.mean() },
            "var": Case { a.var() },
            "norm": Case { a.norm() },
            "max": Case { a.max() },
            "argmax": Case { a.argmax() },
            "softmax": Case { a.softmax(dim: 1) },
            "log_softmax": Case { a.logSoftmax(dim: 1) },
            "cumsum": Case { positive.cumsum(1) },
            "matmul 512": Case { p.matmul(q) },
            "cat": Case { cat([upper, lower], dim: 0) },
            "transpose": Case { a.t().contiguous() },
            "index_select": Case { a.indexSelect(dim: 0, index: rows) },
            "gather": Case { a.gather(dim: 1, index: i) },
            "rand": drawn { Tensor.rand(1000, 1000) },
            "randn": drawn { Tensor.randn(1000, 1000) },
            "randperm": drawn { Tensor.randperm(1_000_000) }
        ]
    }

    /// Returns a case whose numbers come from the random generator.
    private static func drawn(_ draw: @escaping () -> Tensor) -> Case {
        Case {
            manualSeed(1)
            return draw()
        } loop: { count in
            for _ in 0..<count { withExtendedLifetime(draw()) {} }
        }
    }
}

/// A value that is made at its first use.
final class Deferred<Value> {
    private let make: () -> Value
    private(set) lazy var value = make()

    init(_ make: @escaping () -> Value) { self.make = make }
}
