import CTorchKernels
import Foundation
import Testing
@testable import Torch

/// The results of all instruction sets are equal to the bit. Only matrix products may differ in the last bits.
@Suite struct InstructionSetTests {
    /// Runs `body` with each instruction set of the processor. Returns the results, beginning with the baseline.
    private static func each<Result>(_ body: () -> Result) -> [Result] {
        let chosen = st_isa()
        defer { st_set_isa(chosen) }
        return (ST_BASELINE...st_isa_of_processor()).map {
            st_set_isa($0)
            return body()
        }
    }

    /// Returns the bytes of a tensor, with all NaNs made equal. If two operands are NaN, a processor returns one of
    /// them depending on their order, which the compiler chooses.
    private static func bytes(_ tensor: Tensor) -> [UInt8] {
        let parts = tensor.isComplex() ? tensor.viewAsReal() : tensor
        let value = parts.dtype.isFloatingPoint ? parts.maskedFill(parts.ne(parts), Double.nan) : parts
        let plain = value.contiguous()
        return withExtendedLifetime(plain) {
            Array(UnsafeRawBufferPointer(start: plain.strided.pointer, count: plain.numel() * plain.dtype.itemSize))
        }
    }

    /// Returns numbers of every size and sign, special values, and vectors that mix small and large numbers.
    private static func inputs(_ dtype: DType, count: Int, seed: UInt64) -> Tensor {
        var state = seed
        func next() -> Double {
            state = state &* 6364136223846793005 &+ 1442695040888963407
            return Double(Int64(bitPattern: state) >> 11) / 0x1p52
        }
        let special: [Double] = [
            0, -0.0, 1, -1, 2, 0.5, 15, 125, 1e14, .infinity, -.infinity, .nan, 0x1p-1030, 1e-40, 3e38, 1e300
        ]
        let numbers = (0..<count).map { i -> Double in
            switch i / 64 % 6 {
            case 0: next()
            case 1: next() * 10
            case 2: next() * 1000
            case 3: exp2(next() * 120) * (next() < 0 ? -1 : 1)
            case 4: special[Int(abs(next()) * 15.99)]
            default: i % 2 == 0 ? next() : next() * 1e5
            }
        }
        if !dtype.isFloatingPoint && !dtype.isComplex {
            return Tensor(numbers.map { $0.isFinite ? $0.remainder(dividingBy: 100) : 0 }).to(dtype)
        }
        return Tensor(numbers, dtype: .float64).to(dtype)
    }

    @Test(arguments: [
        DType.float32, .float64, .float16, .bfloat16, .complex64, .complex128, .int64, .int32, .int16, .int8, .uint8,
        .bool
    ])
    func formulas(_ dtype: DType) {
        var compared = 0
        for number in 0..<Formula._count.rawValue {
            let formula = Formula(rawValue: number)!
            let count = dtype.isInexact ? 384 : 96
            let operands = (0..<Int(st_formula_arity(formula))).map {
                Self.inputs(dtype, count: count, seed: UInt64(number) * 4 + UInt64($0))
            }
            let results = Self.each { () -> [UInt8]? in
                var out = Tensor.empty(count, dtype: st_formula_is_predicate(formula) ? .bool : dtype)
                if dtype.isComplex, [.abs, .angle].contains(formula) { out = Tensor.empty(count, dtype: dtype.toReal) }
                return out.backend.pointwise(formula, compute: dtype, out: out.strided, operands.map(\.strided))
                    ? Self.bytes(out) : nil
            }
            for other in results.dropFirst() { #expect(other == results[0], "\(formula) of \(dtype)") }
            if results[0] != nil { compared += 1 }
        }
        #expect(compared > (dtype == .bool ? 20 : 30))
    }

    @Test(arguments: [DType.float32, .float64, .float16, .bfloat16])
    func conversions(_ dtype: DType) {
        let x = Self.inputs(dtype, count: 2048, seed: 1)
        for other in [
            DType.bool, .uint8, .int8, .int16, .int32, .int64, .float16, .bfloat16, .float32, .float64, .complex64
        ] {
            let results = Self.each { [Self.bytes(x.to(other)), Self.bytes(x[Slice(by: 2)].to(other))] }
            for result in results { #expect(result == results[0], "\(dtype) to \(other)") }
        }
    }

    private static let operators: [(String, @Sendable (Tensor) -> [Tensor])] = [
        ("sum", { [$0.sum(), $0.sum(dim: 0), $0.sum(dim: 1), $0.mean(dim: 1)] }),
        ("product", { [$0.prod(dim: 1)] }),
        ("norms", { [$0.norm(1, dim: [1]), $0.norm(2, dim: [1]), $0.norm(3, dim: [0])] }),
        ("moments", { [$0.var(dim: 1), $0.std(dim: 0)] }),
        ("extremes", { [$0.max(dim: 1).values, $0.min(dim: 0).indices, $0.argmax(), $0.amax(dim: 0)] }),
        ("scans", { [$0.cumsum(1), $0.cumprod(0), $0.cummax(dim: 1).indices, $0.logcumsumexp(dim: 0)] }),
        (
            "softmax",
            {
                [
                    $0.softmax(dim: 0), $0.softmax(dim: 1), $0.logSoftmax(dim: 0), $0.logSoftmax(dim: 1),
                    $0[.all, ..<7].softmax(dim: 1)
                ]
            }
        ),
        (
            "order",
            { [$0.sort(dim: 1).indices, $0.topk(5, dim: 0).values, $0.median(dim: 1).indices, $0.flatten().argsort()] }
        ),
        (
            "copies",
            {
                [
                    $0.t().contiguous(), $0.flip([1]), $0[.all, Slice(by: 3)].contiguous(),
                    cat([$0, $0.t().reshape($0.sizes)], dim: 1)
                ]
            }
        ),
        (
            "indexing",
            {
                [
                    $0.indexSelect(dim: 0, index: Tensor([3, 1, 2])), $0.maskedSelect($0.gt(0.1)), $0.nonzero(),
                    $0.scatterAdd(dim: 1, index: Tensor.zeros(20, 40, dtype: .int64), source: $0)
                ]
            }
        )
    ]

    @Test(arguments: [DType.float32, .float64, .float16, .bfloat16])
    func operators(_ dtype: DType) {
        manualSeed(3)
        let x = Tensor.randn(20, 300, dtype: .float64).to(dtype)
        for (name, body) in Self.operators {
            let results = Self.each { body(x).map(Self.bytes) }
            for result in results { #expect(result == results[0], "\(name) of \(dtype)") }
        }
    }

    @Test func gradientsOfSoftmax() {
        manualSeed(4)
        let x = Tensor.randn(20, 300), g = Tensor.randn(20, 300)
        let results = Self.each {
            [0, 1].flatMap { dim in
                [false, true].map { log in
                    let leaf = x.clone().requiresGrad_()
                    (log ? leaf.logSoftmax(dim: dim) : leaf.softmax(dim: dim)).backward(g)
                    return Self.bytes(leaf.grad!)
                }
            }
        }
        for result in results { #expect(result == results[0]) }
    }

    @Test func draws() {
        let draws: [(Tensor) -> Tensor] = [
            { $0.uniform_(-1, 2) }, { $0.normal_(0.5, 2) }, { $0.exponential_(2) }, { $0.cauchy_() },
            { $0.logNormal_() }, { $0.geometric_(0.3) }, { $0.bernoulli_(0.3) }, { $0.random_() }
        ]
        for dtype in [DType.float32, .float64, .float16, .bfloat16] {
            for (i, draw) in draws.enumerated() {
                for count in [5, 1000] {
                    let results = Self.each {
                        manualSeed(7)
                        return Self.bytes(draw(Tensor.empty(count, dtype: dtype)))
                    }
                    for result in results { #expect(result == results[0], "draw \(i) of \(count) \(dtype)") }
                }
            }
        }
    }

    @Test func optimizers() {
        manualSeed(5)
        let start = Tensor.randn(1000), grads = (0..<3).map { _ in Tensor.randn(1000) }
        let make: [([Tensor]) -> Optimizer] = [
            { SGD($0, lr: 0.1, momentum: 0.9, weightDecay: 0.01, nesterov: true) },
            { SGD($0, lr: 0.1, weightDecay: 0.01) }, { Adam($0, weightDecay: 0.1, amsgrad: true) }, { AdamW($0) }
        ]
        for dtype in [DType.float32, .float64, .bfloat16] {
            for (i, make) in make.enumerated() {
                let results = Self.each {
                    let parameter = start.to(dtype).clone().requiresGrad_()
                    let optimizer = make([parameter])
                    for grad in grads {
                        parameter.grad = grad.to(dtype)
                        optimizer.step()
                    }
                    return Self.bytes(parameter.detach())
                }
                for result in results { #expect(result == results[0], "optimizer \(i) of \(dtype)") }
            }
        }
    }

    /// Products differ only in the last bits, because they add in another order.
    @Test(arguments: [DType.float32, .float64, .float16, .bfloat16, .int32])
    func products(_ dtype: DType) {
        manualSeed(6)
        let draw = dtype.isInexact ? { Tensor.randn($0, $1, dtype: .float64) } : { Tensor.randint(-50, 50, [$0, $1]) }
        for (m, k, n) in [(3, 5, 4), (70, 90, 50), (200, 700, 130), (1, 300, 200), (200, 300, 1)] {
            let a = draw(m, k).to(dtype), b = draw(k, n).to(dtype)
            let right = a.to(.float64).matmul(b.to(.float64)), bound = a.to(.float64).abs().matmul(b.to(.float64).abs())
            let precision: Double =
                switch dtype {
                case .float16: 1e-3
                case .bfloat16: 1e-2
                case .float32: 1e-5
                default: 1e-13
                }
            for (isa, result) in Self.each({ a.matmul(b) }).enumerated() {
                #expect(
                    result.to(.float64).sub(right).abs().le(bound.mul(precision)).all().itemScalar().boolValue,
                    "\(m) \(k) \(n) \(dtype) \(isa)")
            }
        }
    }

    /// Compares fused multiply-adds without a hardware instruction with Swift's: products and sums that nearly cancel,
    /// subnormals, infinities and zeros of both signs.
    @Test func fusedMultiplyAdds() {
        let chosen = st_isa()
        defer { st_set_isa(chosen) }
        st_set_isa(ST_BASELINE)
        func check<T: TensorElement & BinaryFloatingPoint>(_ dtype: DType, _: T.Type) {
            let x = Self.inputs(dtype, count: 6000, seed: 9).toArray(as: T.self),
                y = Self.inputs(dtype, count: 6000, seed: 10).toArray(as: T.self).shuffled(using: &generator)
            let near = zip(x, y).map { -($0 * $1) * (1 + T.ulpOfOne) },
                far = Self.inputs(dtype, count: 6000, seed: 11).toArray(as: T.self).shuffled(using: &generator)
            for z in [near, far, [T](repeating: -0.0, count: 6000)] {
                let out = Tensor.empty(6000, dtype: dtype)
                #expect(
                    out.backend.pointwise(
                        .addScaled, compute: dtype, out: out.strided, [z, y, x].map { Tensor($0, dtype: dtype).strided }
                    ))
                let right = (0..<6000).map { z[$0].addingProduct(y[$0], x[$0]) }
                let isEqual = Self.bytes(out) == Self.bytes(Tensor(right, dtype: dtype))
                #expect(isEqual, "\(dtype)")
            }
        }
        var generator = SystemRandomNumberGenerator()
        check(.float32, Float.self)
        check(.float64, Double.self)
    }
}
