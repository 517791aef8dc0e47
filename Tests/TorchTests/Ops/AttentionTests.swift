import CTorchKernels
import Testing
import Torch

/// Attention in blocks. Numbers in lists are PyTorch's, in float64, for operands sin(f · 0), sin(f · 1), …; all others
/// follow from the definition, which `definition` computes with other operators.
@Suite struct AttentionTests {
    private static func wave(_ sizes: [Int], _ f: Double) -> Tensor {
        Tensor.arange(sizes.reduce(1, *), dtype: .float64).mul(f).sin().view(sizes)
    }

    /// softmax(query · keyᵀ · scale + mask) · value, with 0 for rows that see no key.
    private static func definition(
        _ q: Tensor, _ k: Tensor, _ v: Tensor, mask: Tensor?, isCausal: Bool, scale: Double?
    ) -> Tensor {
        var scores = q.matmul(k.mT).mul(scale ?? 1 / Double(q.size(-1)).squareRoot())
        let mask =
            isCausal ? Tensor.ones([q.size(-2), k.size(-2)], dtype: .bool, device: q.device).tril() : mask
        guard let mask else { return scores.softmax(dim: -1).matmul(v) }
        scores =
            mask.dtype == .bool ? scores.maskedFill(mask.logicalNot(), -Double.infinity) : scores.add(mask.to(q.dtype))
        let isDead = scores.detach().eq(-Double.infinity).all(dim: -1, keepdim: true)
        return scores.maskedFill(isDead, 0).softmax(dim: -1).maskedFill(isDead, 0).matmul(v)
    }

    private static func close(_ a: Tensor?, _ b: [Double]) -> Bool {
        guard let a, a.numel() == b.count else { return false }
        return zip(a.flatten().toArray(as: Double.self), b).allSatisfy { abs($0 - $1) < 1e-8 }
    }

    // MARK: PyTorch's numbers

    @Test func pytorchsNumbers() {
        let q = Self.wave([1, 2, 3, 2], 0.7).requiresGrad_(), k = Self.wave([1, 2, 5, 2], 1.3).requiresGrad_()
        let v = Self.wave([1, 2, 5, 2], 0.9).requiresGrad_(), g = Self.wave([1, 2, 3, 2], 0.4)
        let causal = scaledDotProductAttention(q, k, v, isCausal: true)
        #expect(
            Self.close(
                causal,
                [
                    0.0, 0.78332691, 0.334299058, 0.66113864, 0.333054027, 0.151134524, 0.412118485, -0.457535894,
                    -0.324996282, -0.618629989, 0.120798835, -0.145541725
                ]))
        let ofCausal = grad([causal], [q, k], gradOutputs: [g])
        #expect(
            Self.close(
                ofCausal[0],
                [
                    0.0, 0.0, 0.030145117, -0.0965649527, 0.449180802, -0.228575737, 0.0, 0.0, -0.0118909644,
                    -0.0729221346, 0.127850451, -0.193184316
                ]))
        #expect(
            Self.close(
                ofCausal[1],
                [
                    -0.0420470024, -0.0667921369, 0.155346815, -0.0518498926, -0.113299813, 0.118642029, 0.0, 0.0, 0.0,
                    0.0, 0.0448785286, 0.0307225899, 0.0638545892, 0.132822014, -0.108733118, -0.163544604, 0.0, 0.0,
                    0.0, 0.0
                ]))
        #expect(
            Self.close(
                scaledDotProductAttention(
                    Self.wave([1, 2, 5, 2], 0.7), Self.wave([1, 2, 3, 2], 1.3), Self.wave([1, 2, 3, 2], 0.9),
                    isCausal: true),
                [
                    0.0, 0.78332691, 0.334299058, 0.66113864, 0.333054027, 0.151134524, 0.153319882, -0.172995771,
                    0.033239055, -0.0987860904, -0.772764488, 0.0168139005, -0.449665776, 0.213399216, 0.41517759,
                    0.552982236, 0.53816491, 0.643508592, 0.0821170955, -0.0155858071
                ]))
        // The second query sees no key.
        let mask = Tensor([
            [true, false, true, true, false], [false, false, false, false, false],
            [true, true, true, true, true]
        ])
        let masked = scaledDotProductAttention(q, k, v, attnMask: mask, scale: 0.3)
        #expect(
            Self.close(
                masked,
                [
                    -0.387593831, -0.0173610523, 0.0, 0.0, 0.134479426, 0.260622337, 0.443601201, 0.326248477, 0.0, 0.0,
                    0.126228602, -0.126800139
                ]))
        #expect(
            Self.close(
                grad([masked], [q], gradOutputs: [g])[0],
                [
                    0.0324839288, 0.0256078489, 0.0, 0.0, -0.0214390355, -0.130761742, 0.0332315549, -0.0353839548, 0.0,
                    0.0, -0.0827705173, -0.0964400935
                ]))
        let added = scaledDotProductAttention(q, k, v, attnMask: Self.wave([1, 1, 3, 5], 2))
        #expect(
            Self.close(
                added,
                [
                    0.356099745, 0.502052256, -0.281615237, -0.0716098825, 0.0337570574, 0.418969087, -0.55514705,
                    -0.77144339, -0.0150403042, 0.29088446, 0.431842781, -0.204833416
                ]))
        #expect(
            Self.close(
                grad([added], [q], gradOutputs: [g])[0],
                [
                    -0.0228826282, -0.0191934914, 0.143064174, -0.0312568635, -0.302066019, -0.24883574, 0.0254575476,
                    0.0965115783, 0.0138975986, -0.0960547133, -0.179196589, 0.0317110971
                ]))
        let shared = scaledDotProductAttention(Self.wave([1, 4, 2, 2], 0.7), k, v, enableGQA: true)
        #expect(
            Self.close(
                shared,
                [
                    -0.0207547778, 0.219908329, -0.155993981, 0.259232061, 0.16764837, 0.280734879, 0.372552523,
                    0.34234932, -0.118300365, -0.245160076, 0.274514845, -0.082724618, 0.229171455, -0.104221744,
                    -0.262334223, -0.399679687
                ]))
        #expect(
            Self.close(
                grad([shared], [k], gradOutputs: [Self.wave([1, 4, 2, 2], 0.4)])[0],
                [
                    0.138311359, 0.131456133, 0.113227176, -0.0212809657, -0.016791272, 0.0975734042, -0.212632774,
                    -0.0606541155, -0.0221144888, -0.147094456, 0.0750937602, 0.10202296, 0.170922528, 0.0579416443,
                    -0.0399003691, -0.0625688104, -0.27099273, -0.151195573, 0.0648768102, 0.0537997786
                ]))
    }

    // MARK: The definition

    enum Mask: CaseIterable {
        case none, causal, bool, keys, numbers, float32
    }

    /// Sizes around the edges of blocks, of panels and of tiles.
    @Test(arguments: [(1, 1), (7, 300), (130, 33), (97, 257)], Mask.allCases)
    func agreesWithItsDefinition(_ lengths: (Int, Int), _ kind: Mask) {
        let generator = Generator()
        manualSeed(3)
        let (l, s) = lengths
        for (e, ev) in [(1, 3), (24, 16), (40, 24)] {
            let q = Tensor.randn(2, 3, l, e, dtype: .float64).requiresGrad_()
            // Memory [2, length, heads, size], as of one projection of all heads.
            let k = Tensor.randn(2, s, 3, e, dtype: .float64).requiresGrad_()
            let v = Tensor.randn(2, s, 1, ev, dtype: .float64).requiresGrad_()
            let mask: Tensor? =
                switch kind {
                case .none, .causal: nil
                case .bool: Tensor.rand([2, 1, l, s], generator: generator) .> 0.3
                case .keys: Tensor.rand([2, 3, 1, s], generator: generator) .> 0.3
                case .numbers: Tensor.randn([l, s], generator: generator).double().t().contiguous().t()
                case .float32: Tensor.randn([2, 1, 1, s], generator: generator)
                }
            func result(_ body: (Tensor, Tensor, Tensor) -> Tensor) -> [Tensor] {
                let y = body(q, k.transpose(1, 2), v.transpose(1, 2))
                let weights = Tensor.arange(y.numel(), dtype: .float64).cos().view(y.shape)
                return [y.detach()] + grad([y], [q, k, v], gradOutputs: [weights]).compactMap { $0 }
            }
            let isCausal = kind == .causal
            let wanted = result {
                Self.definition($0, $1, $2, mask: mask, isCausal: isCausal, scale: kind == .keys ? -0.7 : nil)
            }
            let found = result {
                scaledDotProductAttention(
                    $0, $1, $2, attnMask: mask, isCausal: isCausal, scale: kind == .keys ? -0.7 : nil)
            }
            #expect(found.count == 4)
            for (a, b) in zip(found, wanted) { #expect(a.allclose(b, rtol: 1e-9, atol: 1e-11)) }
        }
    }

    @Test(arguments: [DType.float32, .float16, .bfloat16])
    func halfTypesAreRoundedOnce(_ dtype: DType) {
        manualSeed(5)
        let inputs = (0..<3).map { _ in Tensor.randn(2, 4, 70, 20).to(dtype).requiresGrad_() }
        let cotangent = Tensor.randn(2, 4, 70, 20).to(dtype)
        func result(_ wide: Bool) -> [Tensor] {
            let x = wide ? inputs.map { $0.detach().double().requiresGrad_() } : inputs
            let y = scaledDotProductAttention(x[0], x[1], x[2], isCausal: true)
            return ([y.detach()] + grad([y], x, gradOutputs: [cotangent.to(y.dtype)]).compactMap { $0 }).map {
                $0.double()
            }
        }
        let unit = dtype == .float32 ? 1e-5 : dtype == .float16 ? 0x1p-10 : 0x1p-7
        for (i, (a, b)) in zip(result(false), result(true)).enumerated() {
            // The gradients also contain the rounding of the result.
            #expect(a.allclose(b, rtol: i == 0 ? unit : 4 * unit, atol: i == 0 ? 1e-5 : 8 * unit))
        }
    }

    @Test func resultsHaveTheStridesOfTheQueries() {
        let packed = Tensor.randn(2, 5, 3, 4).requiresGrad_(), x = packed.transpose(1, 2)
        let y = scaledDotProductAttention(x, x, x)
        #expect(y.stride() == [60, 4, 12, 1])
        #expect(grad([y.square().sum()], [x])[0]?.stride() == [60, 4, 12, 1])
        // Rows with gaps are copied.
        let gaps = Tensor.randn(2, 3, 5, 8)[.all, .all, .all, Slice(by: 2)]
        #expect(
            scaledDotProductAttention(gaps, gaps, gaps).equal(
                scaledDotProductAttention(gaps.contiguous(), gaps.contiguous(), gaps.contiguous())))
    }

    @Test func secondGradients() {
        manualSeed(7)
        let q = Tensor.randn(1, 4, 3, 2, dtype: .float64).requiresGrad_()
        let k = Tensor.randn(1, 2, 5, 2, dtype: .float64).requiresGrad_()
        let v = Tensor.randn(1, 2, 5, 3, dtype: .float64).requiresGrad_()
        func second(_ body: () -> Tensor) -> [Tensor] {
            let first = grad([body().sin().sum()], [q, k, v], createGraph: true).compactMap { $0 }
            return grad([first.reduce(Tensor(0.0, dtype: .float64)) { $0 + $1.square().sum() }], [q, k, v]).compactMap {
                $0
            }
        }
        let found = second { scaledDotProductAttention(q, k, v, isCausal: true, enableGQA: true) }
        let wanted = second {
            Self.definition(
                q, k.repeatInterleave(2, dim: 1), v.repeatInterleave(2, dim: 1), mask: nil, isCausal: true, scale: nil)
        }
        #expect(found.count == 3)
        for (a, b) in zip(found, wanted) { #expect(a.allclose(b, rtol: 1e-9, atol: 1e-10)) }
    }

    // MARK: Threads and memory

    @Test func theNumberOfThreadsDoesNotChangeTheBits() {
        let threads = getNumThreads()
        defer { setNumThreads(threads) }
        manualSeed(9)
        // One head is divided by its queries and keys, many heads are not.
        let one = (0..<3).map { _ in Tensor.randn(1, 1, 700, 24).requiresGrad_() }
        let many = (0..<3).map { _ in Tensor.randn(3, 8, 60, 24).requiresGrad_() }
        func results() -> [Tensor] {
            [one, many].flatMap { x in
                let y = scaledDotProductAttention(x[0], x[1], x[2], isCausal: true)
                return [y.detach()] + grad([y.square().sum()], x).compactMap { $0 }
            }
        }
        setNumThreads(1)
        let expected = results()
        for count in [2, 5] {
            setNumThreads(count)
            for (a, b) in zip(expected, results()) { #expect(a.equal(b)) }
        }
    }

    /// The scores would take 64 MiB.
    @Test func memoryIsLinearInTheLength() {
        let threads = getNumThreads()
        defer { setNumThreads(threads) }
        setNumThreads(2)
        let x = Tensor.randn(1, 1, 4096, 8).requiresGrad_()
        for mask in [nil, Tensor.ones([1, 4096], dtype: .bool)] {
            let before = memoryAllocated()
            resetPeakMemoryStats()
            scaledDotProductAttention(x, x, x, attnMask: mask, isCausal: mask == nil).sum().backward()
            #expect(maxMemoryAllocated() - before < 16 << 20)
        }
    }

    @Test func metaGivesShapes() {
        let q = Tensor.empty([2, 4, 5, 8], device: .meta).requiresGrad_()
        let y = scaledDotProductAttention(q, q, Tensor.empty([2, 4, 5, 3], device: .meta), isCausal: true)
        #expect(y.shape == [2, 4, 5, 3] && y.device == .meta)
        #expect(grad([y.sum()], [q])[0]?.shape == [2, 4, 5, 8])
    }

    // MARK: Errors

    @Test(
        arguments: [
            (
                [2, 3, 4], [2, 3, 4], DType.int32,
                "Expected attn_mask dtype to be bool or float or to match query dtype, but got attn_mask.dtype: int and  query.dtype: float instead."
            ),
            (
                [2, 3, 4], [2, 3, 4], .float64,
                "Expected attn_mask dtype to be bool or float or to match query dtype, but got attn_mask.dtype: double and  query.dtype: float instead."
            ),
            (
                [4, 5, 4], [3, 3, 4], .float32,
                "Number of heads in key and value must divide the number of heads in query"
            )
        ])
    func mistakes(_ q: [Int], _ k: [Int], _ mask: DType, _ sentence: String) {
        #expect(throws: TorchError(.runtime, sentence)) {
            try withError {
                _ = scaledDotProductAttention(
                    .randn(q), .randn(k), .randn(k), attnMask: .ones([3], dtype: mask), enableGQA: true)
            }
        }
    }

    @Test func aMaskOfAnotherSize() {
        #expect(throws: TorchError.self) {
            try withError {
                let x = Tensor.randn(2, 3, 5, 4)
                _ = scaledDotProductAttention(x, x, x, attnMask: .ones([4, 5], dtype: .bool))
            }
        }
    }
}
