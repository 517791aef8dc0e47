import Testing
@testable import Torch

/// The lists are those of "CPU Op-Specific Behavior" in PyTorch's docs/source/amp.md; all numbers and messages are
/// PyTorch 2.15's. nil: the operator is not here.
@Suite struct AutocastTests {
    private typealias Call = @Sendable (DType) -> Tensor
    private static func ones(_ sizes: Int...) -> @Sendable (DType) -> Tensor {
        { Tensor.ones(sizes, dtype: $0) }
    }
    private static let matrix = ones(3, 3), vector = ones(3), batch = ones(2, 3, 3), volume = ones(1, 2, 4, 4, 4)
    private static func one(_ matrix: Tensor) -> Tensor { Tensor.eye(3).to(matrix.dtype) }
    private static func of(_ body: @escaping @Sendable (Tensor) -> Tensor) -> Call { { body(matrix($0)) } }

    private static let lower: [(String, Call?)] = [
        ("conv1d", { conv1d(batch($0), ones(4, 3, 2)($0)) }),
        ("conv2d", { conv2d(ones(1, 1, 4, 4)($0), ones(1, 1, 2, 2)($0)) }),
        ("conv3d", { conv3d(volume($0), ones(1, 2, 2, 2, 2)($0)) }), ("bmm", { batch($0).bmm(batch($0)) }),
        ("mm", of { $0.mm($0) }), ("linalg_vecdot", of { linalg.vecdot($0, $0) }),
        ("baddbmm", { batch($0).baddbmm(batch($0), batch($0)) }), ("addmm", of { $0.addmm($0, $0) }),
        ("addbmm", { matrix($0).addbmm(batch($0), batch($0)) }),
        ("linear", { matrix($0).linear(matrix($0), vector($0)) }),
        ("matmul", { vector($0).matmul(vector($0)) }), ("_convolution", nil), ("conv_tbc", nil),
        ("mkldnn_rnn_layer", nil), ("conv_transpose1d", { convTranspose1d(batch($0), ones(3, 1, 2)($0)) }),
        ("conv_transpose2d", { convTranspose2d(ones(1, 1, 4, 4)($0), ones(1, 1, 2, 2)($0)) }),
        ("conv_transpose3d", { convTranspose3d(volume($0), ones(2, 1, 2, 2, 2)($0)) }),
        ("prelu", of { $0.prelu($0[0, ..<1]) }),
        ("scaled_dot_product_attention", { scaledDotProductAttention(batch($0), batch($0), batch($0)) }),
        ("_native_multi_head_attention", nil)
    ]

    private static let classes = Tensor([0, 1, 2])
    private static let float32: [(String, Call?)] = [
        ("avg_pool3d", { volume($0).avgPool3d(2) }), ("binary_cross_entropy", of { binaryCrossEntropy($0, $0) }),
        ("grid_sampler", { ones(1, 1, 2, 2)($0).gridSample(ones(1, 1, 1, 2)($0)) }),
        (
            "grid_sampler_2d",
            {
                ones(1, 1, 2, 2)($0).gridSampler2d(
                    ones(1, 1, 1, 2)($0), mode: .bilinear, paddingMode: .zeros, alignCorners: false)
            }
        ), ("_grid_sampler_2d_cpu_fallback", nil),
        ("grid_sampler_3d", { volume($0).gridSample(ones(1, 1, 1, 1, 3)($0)) }), ("polar", of { polar($0, $0) }),
        ("prod", of { $0.prod() }), ("quantile", of { $0.quantile(0.5) }), ("nanquantile", of { $0.nanquantile(0.5) }),
        ("stft", of { $0.stft(2, hopLength: 1, returnComplex: true).real }), ("cdist", of { cdist($0, $0) }),
        ("trace", of { $0.trace() }),
        ("view_as_complex", { ones(3, 2)($0).viewAsComplex() }), ("cholesky_inverse", of { one($0).choleskyInverse() }),
        ("cholesky_solve", of { $0.choleskySolve(one($0)) }),
        ("inverse", of { one($0).inverse() }), ("lu_solve", of { $0.luSolve($0, Tensor([1, 2, 3], dtype: .int32)) }),
        ("orgqr", of { $0.orgqr($0[0]) }), ("ormqr", of { $0.ormqr($0[0], $0) }), ("pinverse", of { $0.pinverse() }),
        ("max_pool3d", { volume($0).maxPool3d(2) }),
        ("max_unpool2d", { ones(1, 1, 1)($0).maxUnpool2d(Tensor([[[0]]]), 2) }),
        ("max_unpool3d", { ones(1, 1, 1, 1)($0).maxUnpool3d(Tensor([[[[0]]]]), 2) }),
        ("adaptive_avg_pool3d", { volume($0).adaptiveAvgPool3d(2) }),
        ("reflection_pad1d", { batch($0).pad([1, 1], mode: .reflect) }),
        ("reflection_pad2d", { batch($0).pad([1, 1, 1, 1], mode: .reflect) }),
        ("replication_pad1d", { batch($0).pad([1, 1], mode: .replicate) }),
        ("replication_pad2d", { batch($0).pad([1, 1, 1, 1], mode: .replicate) }),
        ("replication_pad3d", { volume($0).pad([1, 1, 1, 1, 1, 1], mode: .replicate) }),
        ("mse_loss", of { mseLoss($0, $0) }), ("cosine_embedding_loss", of { cosineEmbeddingLoss($0, $0, $0[0]) }),
        ("nll_loss", of { nllLoss($0, classes) }),
        ("nll_loss2d", { nllLoss(ones(1, 3, 2, 2)($0), Tensor.zeros([1, 2, 2], dtype: .int64)) }),
        ("hinge_embedding_loss", of { hingeEmbeddingLoss($0, $0) }),
        ("poisson_nll_loss", of { poissonNllLoss($0, $0) }),
        ("cross_entropy_loss", of { crossEntropy($0, classes) }), ("l1_loss", of { l1Loss($0, $0) }),
        ("huber_loss", of { huberLoss($0, $0) }), ("margin_ranking_loss", of { marginRankingLoss($0, $0, $0) }),
        ("soft_margin_loss", of { softMarginLoss($0, $0) }),
        ("triplet_margin_loss", of { tripletMarginLoss($0, $0, $0) }),
        ("multi_margin_loss", of { multiMarginLoss($0, classes) }),
        (
            "ctc_loss",
            { ctcLoss(ones(4, 1, 3)($0), Tensor([[1]]), inputLengths: [4], targetLengths: [1]) }
        ), ("kl_div", of { klDiv($0, $0) }),
        ("multilabel_margin_loss", of { multilabelMarginLoss($0, Tensor.zeros([3, 3], dtype: .int64)) }),
        ("binary_cross_entropy_with_logits", of { binaryCrossEntropyWithLogits($0, $0) }),
        ("fft_fft", of { fft.fft($0).real }),
        ("fft_ifft", of { fft.ifft($0).real }), ("fft_fft2", of { fft.fft2($0).real }),
        ("fft_ifft2", of { fft.ifft2($0).real }), ("fft_fftn", of { fft.fftn($0).real }),
        ("fft_ifftn", of { fft.ifftn($0).real }),
        ("fft_rfft", of { fft.rfft($0).real }), ("fft_irfft", of { fft.irfft($0) }),
        ("fft_rfft2", of { fft.rfft2($0).real }), ("fft_irfft2", of { fft.irfft2($0) }),
        ("fft_rfftn", of { fft.rfftn($0).real }),
        ("fft_irfftn", of { fft.irfftn($0) }), ("fft_hfft", of { fft.hfft($0) }),
        ("fft_ihfft", of { fft.ihfft($0).real }), ("linalg_cond", of { linalg.cond($0) }),
        ("linalg_matrix_rank", of { linalg.matrixRank($0).to(.float32) }),
        ("linalg_solve", of { linalg.solve(one($0), $0) }), ("linalg_cholesky", of { linalg.cholesky(one($0)) }),
        ("linalg_svdvals", of { linalg.svdvals($0) }),
        ("linalg_eigvals", of { linalg.eigvals($0).real }),
        ("linalg_eigvalsh", of { linalg.eigvalsh($0) }), ("linalg_inv", of { linalg.inv(one($0)) }),
        ("linalg_householder_product", of { linalg.householderProduct($0, $0[0]) }),
        ("linalg_tensorinv", of { linalg.tensorinv(one($0), ind: 1) }),
        ("linalg_tensorsolve", of { linalg.tensorsolve(one($0), $0[0]) }), ("fake_quantize_per_tensor_affine", nil),
        ("geqrf", of { $0.geqrf().a }), ("_lu_with_info", nil),
        ("qr", nil), ("svd", of { $0.svd().S }), ("triangular_solve", of { $0.triangularSolve($0).solution }),
        ("fractional_max_pool2d", { batch($0).fractionalMaxPool2d(2, outputSize: 1) }),
        ("fractional_max_pool3d", { volume($0).fractionalMaxPool3d(2, outputSize: 1) }),
        ("adaptive_max_pool3d", { volume($0).adaptiveMaxPool3d(2) }), ("multilabel_margin_loss_forward", nil),
        ("linalg_qr", of { linalg.qr($0).Q }), ("linalg_cholesky_ex", of { linalg.choleskyEx($0).L }),
        ("linalg_svd", of { linalg.svd($0).S }), ("linalg_eig", of { linalg.eig($0).eigenvectors.real }),
        ("linalg_eigh", of { linalg.eigh($0).eigenvalues }), ("linalg_lstsq", of { linalg.lstsq($0, $0).solution }),
        ("linalg_inv_ex", of { linalg.invEx($0).inverse })
    ]

    private static let widest: [(String, @Sendable (Tensor, Tensor) -> Tensor)] = [
        ("cat", { cat([$0, $1]) }), ("stack", { stack([$0, $1]) }),
        ("index_copy", { $0.indexCopy(dim: 0, index: classes, source: $1) })
    ]

    /// Operators that are on no list. Their float32 operands stay float32, although some consist of products here.
    private static let unlisted: [(String, Call)] = [
        ("mv", { matrix($0).mv(vector($0)) }), ("dot", { vector($0).dot(vector($0)) }),
        ("vdot", { vector($0).vdot(vector($0)) }), ("addmv", { vector($0).addmv(matrix($0), vector($0)) }),
        ("addr", { matrix($0).addr(vector($0), vector($0)) }), ("outer", { vector($0).outer(vector($0)) }),
        ("inner", { vector($0).inner(vector($0)) }), ("kron", of { $0.kron($0) }),
        ("bilinear", of { bilinear($0, $0, batch($0.dtype)) }), ("add", of { $0 + $0 }),
        ("addmm_", of { $0.clone().addmm_($0, $0) }), ("softmax", of { $0.softmax(1) }), ("sum", of { $0.sum() })
    ]

    @Test func theListsHaveTheOperatorsOfThePage() {
        // `inverse` is on the page twice.
        #expect(Self.lower.count == 20 && Self.float32.count == 89 && Self.widest.count == 3)
        #expect(Set((Self.lower + Self.float32).map(\.0)).count == 109)
        #expect(Self.lower.filter { $0.1 == nil }.count == 4)
    }

    @Test(arguments: [DType.bfloat16, .float16]) func operatorsOfTheLists(_ dtype: DType) throws {
        for (name, call) in Self.lower {
            guard let call else { continue }
            #expect(try withError { call(.float32).dtype } == .float32, "\(name)")
            try withError {
                autocast(.cpu, dtype: dtype) {
                    #expect(call(.float32).dtype == dtype, "\(name)")
                    #expect(call(.float64).dtype == .float64, "\(name)")
                }
            }
        }
        for (name, call) in Self.float32 {
            guard let call else { continue }
            try withError {
                autocast(.cpu, dtype: dtype) {
                    let found = call(dtype).dtype
                    #expect(found == .float32 || found == .complex64, "\(name)")
                }
            }
        }
        for (name, call) in Self.widest {
            try withError {
                autocast(.cpu, dtype: dtype) {
                    #expect(call(Self.matrix(dtype), Self.matrix(dtype)).dtype == dtype, "\(name)")
                    #expect(call(Self.matrix(dtype), Self.matrix(.float32)).dtype == .float32, "\(name)")
                }
            }
        }
        for (name, call) in Self.unlisted {
            try withError {
                autocast(.cpu, dtype: dtype) { #expect(call(.float32).dtype == .float32, "\(name)") }
            }
        }
    }

    @Test func nestingAndDisabling() {
        let a = Self.matrix(.float32)
        #expect(!isAutocastEnabled() && getAutocastDType() == .bfloat16)
        autocast(.cpu, dtype: .bfloat16) {
            #expect(isAutocastEnabled() && a.mm(a).dtype == .bfloat16)
            autocast(.cpu, enabled: false) {
                #expect(!isAutocastEnabled() && a.mm(a).dtype == .float32)
                autocast(.cpu, dtype: .float16) {
                    #expect(getAutocastDType() == .float16 && a.mm(a).dtype == .float16)
                }
            }
            #expect(isAutocastEnabled() && a.mm(a).dtype == .bfloat16)
        }
        #expect(!isAutocastEnabled() && isAutocastCacheEnabled())
        #expect(throws: TorchError.self) { try withError { autocast(.meta) { a.mm(a) } } }
        struct Stop: Error {}
        #expect(throws: Stop.self) { try autocast(.cpu) { throw Stop() } }
        #expect(!isAutocastEnabled())
    }

    @Test func otherThreadsHaveNoAutocast() async {
        let before = autocast(.cpu) { isAutocastEnabled() }
        let elsewhere = await Task.detached { isAutocastEnabled() }.value
        #expect(before && !elsewhere)
    }

    @Test func aTrainingStep() {
        manualSeed(0)
        let model = Sequential(Linear(4, 8), ReLU(), Linear(8, 3))
        let x = Tensor.arange(8, dtype: .float32).reshape(2, 4).sin()
        let (y, loss) = autocast(.cpu, dtype: .bfloat16) {
            let y = model(x)
            return (y, crossEntropy(y, Tensor([0, 2])))
        }
        loss.backward()
        #expect(y.dtype == .bfloat16 && loss.dtype == .float32)
        #expect(
            y.toArray(as: Double.self) == [
                0.2001953125, 0.1318359375, -0.00738525390625, 0.255859375, -0.1337890625, 0.0732421875
            ])
        #expect(abs(loss.item() - 1.0566847324371338) < 1e-6)
        let weights = model.parameters()
        #expect(weights.allSatisfy { $0.grad?.dtype == .float32 })
    }

    /// The kernel reads half types itself; the numbers are those of a cast.
    @Test(arguments: [DType.bfloat16, .float16]) func crossEntropyOfHalfTypes(_ dtype: DType) {
        for classes in [7, 16, 100] {
            let x = (Tensor.arange(4 * classes, dtype: .float32) * 0.37).sin().reshape(4, classes).to(dtype)
                .requiresGrad_()
            let y = x.detach().requiresGrad_(), target = Tensor([0, 3, -100, classes - 1])
            for reduction in [LossReduction.none, .mean] {
                (x.grad, y.grad) = (nil, nil)
                let loss = autocast(.cpu, dtype: dtype) { crossEntropy(x, target, reduction: reduction) }
                let expected = crossEntropy(y.float(), target, reduction: reduction)
                #expect(loss.dtype == .float32 && loss.equal(expected))
                loss.sum().backward(retainGraph: true)
                expected.sum().backward(retainGraph: true)
                #expect(x.grad!.dtype == dtype && x.grad!.equal(y.grad!))
                let (a, b) = (grad(loss.sum(), x, createGraph: true), grad(expected.sum(), y, createGraph: true))
                #expect(a.requiresGrad && a.float().allclose(b.float(), rtol: 1e-2, atol: 1e-5))
            }
        }
    }

    @Test func castsOfWeightsAreKeptUntilTheOutermostBlockEnds() {
        let w = Self.matrix(.float32).requiresGrad_(), x = Self.matrix(.float32)
        func cast() -> Node? { x.mm(w).gradFn?.nextFunctions[1] }
        autocast(.cpu) {
            let first = cast()
            #expect(first === cast())
            autocast(.cpu) { #expect(first === cast()) }
            #expect(first === cast())
            // A write to the weight shows.
            noGrad { _ = w.mul_(2) }
            #expect(first !== cast() && x.mm(w)[0, 0].item() == 6)
            // A cast that was not recorded is not used where gradients are.
            clearAutocastCache()
            noGrad { _ = x.mm(w) }
            #expect(cast() != nil)
            autocast(.cpu, cacheEnabled: false) { #expect(cast() !== cast()) }
        }
        let (a, b) = (autocast(.cpu) { cast() }, autocast(.cpu) { cast() })
        #expect(a !== b)
    }

    /// The dtypes are those of PyTorch 2.15. Its LSTM of a whole tensor needs a processor that multiplies half types.
    @Test(arguments: [DType.bfloat16, .float16], [DType.float32, .bfloat16])
    func recurrentModulesHaveDTypes(_ lower: DType, _ ofWeights: DType) {
        let x = Self.batch(.float32)
        func packed(_ x: Tensor) -> PackedSequence { packPaddedSequence(x, lengths: [3, 1], batchFirst: true) }
        let lstm = LSTM(3, 3), projected = LSTM(3, 4, projSize: 3), gru = GRU(3, 3), rnn = RNN(3, 3)
        let (lstmCell, gruCell, rnnCell) = (LSTMCell(3, 3), GRUCell(3, 3), RNNCell(3, 3))
        for module in [lstm, projected, gru, rnn, lstmCell, gruCell, rnnCell] as [Module] { module.to(ofWeights) }
        autocast(.cpu, dtype: lower) {
            for ofInput in [DType.float32, lower] {
                let x = x.to(ofInput)
                for ofState in [nil, DType.float32, lower] {
                    let state = ofState ?? ofInput
                    func zeros(_ sizes: Int...) -> Tensor? { ofState.map { Tensor.zeros(sizes, dtype: $0) } }
                    func pair(_ h: Tensor?, _ c: Tensor?) -> (Tensor, Tensor)? { h.map { ($0, c!) } }
                    let batch = x.size(1), first = pair(zeros(1, batch, 3), zeros(1, batch, 3))
                    let (y, (h, c)) = lstm(x, first)
                    #expect([y.dtype, h.dtype, c.dtype] == [lower, lower, lower])
                    let (py, (ph, pc)) = projected(x, pair(zeros(1, batch, 3), zeros(1, batch, 4)))
                    #expect([py.dtype, ph.dtype, pc.dtype] == [lower, lower, state])
                    let (gy, gh) = gru(x, zeros(1, batch, 3))
                    #expect([gy.dtype, gh.dtype] == [state, state])
                    let (ry, rh) = rnn(x, zeros(1, batch, 3))
                    #expect([ry.dtype, rh.dtype] == [lower, lower])
                    let sequences = packed(x)
                    let (sy, (sh, sc)) = lstm(sequences, pair(zeros(1, x.size(0), 3), zeros(1, x.size(0), 3)))
                    #expect([sy.data.dtype, sh.dtype, sc.dtype] == [state, state, state])
                    let (ch, cc) = lstmCell(x[0], pair(zeros(batch, 3), zeros(batch, 3)))
                    #expect([ch.dtype, cc.dtype] == [state, state])
                    #expect(gruCell(x[0], zeros(batch, 3)).dtype == state)
                    #expect(rnnCell(x[0], zeros(batch, 3)).dtype == lower)
                }
            }
        }
    }

    @Test func recurrentModulesGiveTheirNumbers() {
        manualSeed(0)
        let x = Tensor.randn(5, 2, 3).requiresGrad_(), lstm = LSTM(3, 4, numLayers: 2, bidirectional: true)
        let gru = GRU(3, 4), wide = LSTM(3, 4, dtype: .float64)
        autocast(.cpu) {
            let (y, _) = lstm(x)
            let (z, _) = gru(x)
            (y.float().sum() + z.sum()).backward()
            // float64 is left as it is.
            #expect(wide(x.double()).0.dtype == .float64)
            AutocastState.off {
                #expect(y.float().allclose(lstm(x).0, rtol: 1e-2, atol: 1e-2))
                #expect(z.allclose(gru(x).0, rtol: 1e-2, atol: 1e-2))
            }
        }
        let found = x.grad!
        x.grad = nil
        (lstm(x).0.sum() + gru(x).0.sum()).backward()
        #expect(found.dtype == .float32 && found.allclose(x.grad!, rtol: 1e-2, atol: 1e-2))
    }

    @Test func checkpointsRememberAutocast() {
        let w = Self.matrix(.float32).requiresGrad_(), x = (Self.matrix(.float32) / 3).requiresGrad_()
        func step(_ runs: (Tensor) -> Tensor) -> [Double] {
            (w.grad, x.grad) = (nil, nil)
            let y = autocast(.cpu) { runs(x) }
            y.float().sum().backward()
            return w.grad!.toArray(as: Double.self) + x.grad!.toArray(as: Double.self)
        }
        let plain = step { $0.mm(w).sin().mm(w) }
        let checked = step { checkpoint($0) { $0.mm(w).sin().mm(w) } }
        #expect(plain == checked)
        let shared = step { x in
            let y = x.mm(w)
            return checkpoint(y) { $0.sin().mm(w) }
        }
        #expect(plain == shared)
    }
}
