import Foundation
import Testing
import Torch

/// Eigenvalues, singular values and what is computed from them. Numbers are from PyTorch 2.15 where nothing else is
/// said. Vectors are compared by products that do not depend on their phases.
struct SpectraTests {
    private static let a = Tensor([[2, -1, 0.5], [0.25, 1, -0.75], [1.5, 0.5, -1]], dtype: .float64)
    private static let weights = Tensor([[1, 2, -1], [0.5, -0.5, 3], [-2, 1, 0.25]], dtype: .float64)
    private static let tall = Tensor([[2, -1], [0.25, 1], [1.5, 0.5]], dtype: .float64)
    private static let tallWeights = Tensor([[1, 2], [0.5, -0.5], [-2, 1]], dtype: .float64)
    private static let complexA = complex(a, a.flip(0).mul(0.5))

    private func close(_ tensor: Tensor?, _ want: [Double], _ tolerance: Double = 1e-8) -> Bool {
        guard let tensor else { return false }
        let own = (tensor.dtype.isComplex ? tensor.detach().viewAsReal() : tensor.detach()).toArray(as: Double.self)
        return own.count == want.count && zip(own, want).allSatisfy { abs($0 - $1) <= tolerance * (1 + abs($1)) }
    }

    private func message(_ body: () -> Void) -> TorchError? {
        do { try withError(body) } catch { return error as? TorchError }
        return nil
    }

    /// Compares a loss, its gradient, and the gradient of the gradient's sum with a factor.
    private func check(
        _ input: Tensor, _ value: Double, _ gradient: [Double], _ second: [Double], _ loss: (Tensor) -> Tensor,
        line: Int = #line
    ) {
        let x = input.clone().requiresGrad_(), y = loss(x)
        #expect(abs(y.item() - value) < 1e-9 * (1 + abs(value)), "\(line)")
        guard let g = grad([y], [x], createGraph: true)[0] else {
            Issue.record("no gradient, \(line)")
            return
        }
        #expect(close(g, gradient), "\(line): \(g)")
        let sum = g.dtype.isComplex ? g.mul(Scalar.complex(0.5, -0.25)).real.sum() : g.mul(0.5).sum()
        #expect(close(grad([sum], [x])[0], second), "\(line)")
    }

    /// The projector on a vector.
    private func projector(_ vectors: Tensor, _ i: Int) -> Tensor {
        let v = vectors.narrow(-1, i, 1)
        return v.matmul(v.mH)
    }

    @Test func singularValueGradients() {
        let weights = Self.weights, tallWeights = Self.tallWeights
        func square(_ x: Tensor) -> Tensor {
            let (U, S, Vh) = linalg.svd(x, fullMatrices: false), w = weights.to(x.dtype)
            let cubed = U.matmul(S.pow(3).diag().to(U.dtype)).matmul(Vh)
            return w.mul(cubed).sum().real.add(w.mul(projector(U, 0)).sum().real)
        }
        check(
            Self.a, -28.5359745004,
            [
                -1.65831686647, 19.9471211975, -11.4930132221, 6.24526972458, -13.6865153149, 15.1090462986,
                -15.7842135416, 3.61966083597, 9.87720345637
            ],
            [
                5.77605554621, 6.91234919107, 2.51811628835, 6.56436645389, 4.27024683387, -2.03840306393,
                -4.44414833041, -0.951524699444, -2.99615277053
            ], square)
        check(
            Self.complexA, -35.6061822577,
            [
                -0.101410628226, -1.15699126351, 22.7111925848, -1.09245586519, -11.721238909, 4.34122898922,
                6.25547614659, 2.26119653215, -14.5955791196, -4.86056890204, 17.6032195653, 2.62672327146,
                -18.9670158394, -4.1918976822, 4.98415254355, 4.351153203, 10.1771026734, -5.23104543234
            ],
            [
                7.23776700048, 0.684850087329, 7.98931853828, 0.282059698921, 4.16802866448, -2.48078094268,
                6.93910920682, 2.23525648904, 3.88762802209, 2.4334087274, -2.03715650726, -1.09144495907,
                -6.12513782305, 0.495217771836, -1.33145890426, 0.679990207175, -2.39750937902, -1.93186930852
            ], square)
        check(
            Self.tall, -6.64252590967,
            [
                0.980786210583, 6.04683299071, 4.01287365299, -2.26774586125, -5.62144064842, 3.08824164543
            ],
            [
                0.469497633381, 1.94014210223, 1.24503643245, 2.00710743144, -0.166763509605, -0.155655450196
            ]
        ) {
            let (U, S, Vh) = linalg.svd($0, fullMatrices: false)
            return tallWeights.mul(U.matmul(S.square().diag()).matmul(Vh)).sum().add(
                weights.mul(projector(U, 0)).sum())
        }
        check(
            Self.tall.mT.contiguous(), -6.64252590967,
            [
                0.980786210583, 4.01287365299, -5.62144064842, 6.04683299071, -2.26774586125, 3.08824164543
            ],
            [
                0.469497633381, 1.24503643245, -0.166763509605, 1.94014210223, 2.00710743144, -0.155655450196
            ]
        ) {
            let (U, S, Vh) = linalg.svd($0, fullMatrices: false)
            return tallWeights.mT.mul(U.matmul(S.square().diag()).matmul(Vh)).sum().add(
                weights.mul(projector(Vh.mT, 0)).sum())
        }
    }

    @Test func eigenvalueGradients() {
        let weights = Self.weights
        func hermitian(_ x: Tensor) -> Tensor {
            let (values, vectors) = linalg.eigh(x)
            return weights.mul(projector(vectors, 0).real).sum().add(values.pow(3).sum())
        }
        check(
            Self.a.add(Self.a.mT), 101.533518125,
            [
                61.5951604219, -14.9104980098, 12.7008792386, -14.9104980098, 13.8720224142, -4.79336768428,
                12.7008792386, -4.79336768428, 24.2828171638
            ],
            [
                15.7135621961, 9.38295263551, 7.52190398115, 9.38295263551, 3.05170562152, 1.12179235703,
                7.52190398115, 1.12179235703, -0.765267817617
            ], hermitian)
        check(
            Self.complexA.add(Self.complexA.mH), 116.202084726,
            [
                68.4049196851, 0, -15.4935431003, 2.55327734496, 12.650066431, -9.35455239213, -15.4935431003,
                -2.55327734496, 13.9680873364, 0, -5.33331893538, 2.58066475675, 12.650066431, 9.35455239213,
                -5.33331893538, -2.58066475675, 31.0644929785, 0
            ],
            [
                15.7174874095, 0, 9.38211819286, -2.06088206301, 7.52134636555, -4.12398272942, 9.38211819286,
                2.06088206301, 3.04729459624, 0, 1.1212988725, -2.06487458544, 7.52134636555, 4.12398272942,
                1.1212988725, 2.06487458544, -0.764782005722, 0
            ], hermitian)
        check(
            Self.a, -3.85532571284,
            [
                -0.858517445845, 8.41924779625, 3.26437297347, 3.39194009773, -5.24456088608, 1.51477302966,
                -3.66626240587, 1.15344755165, -5.64692166808
            ],
            [
                -0.359521979496, 1.84221053172, 1.74600768469, 2.69803331017, 3.82533300735, 3.35515656085,
                -0.401742225978, 0.480639047562, 0.784188972144
            ]
        ) {
            let (values, vectors) = linalg.eig($0)
            let product = vectors.matmul(values.square().diag()).matmul(linalg.inv(vectors))
            let projectors = (0..<3).map { projector(vectors, $0) }
            return ([product] + projectors).map { weights.mul($0.real).sum() }.reduce(Tensor.zeros([])) { $0.add($1) }
        }
    }

    /// First and second derivatives of real and complex matrices, against differences of values.
    @Test(arguments: [DType.float64, .complex128])
    func derivativesAgreeWithDifferences(dtype: DType) throws {
        let generator = Generator(seed: 21)
        func leaf(_ shape: [Int]) -> Tensor {
            Tensor.randn(shape, generator: generator, dtype: dtype, requiresGrad: true)
        }
        func projectors(_ vectors: Tensor) -> Tensor { vectors.unsqueeze(-2).mul(vectors.unsqueeze(-3).conj()) }
        let functions: [(String, [Int], (Tensor) -> [Tensor])] = [
            (
                "eigh", [2, 3, 3],
                {
                    let r = linalg.eigh($0.add($0.mH)); return [r.eigenvalues, projectors(r.eigenvectors)]
                }
            ),
            ("eigvalsh", [3, 3], { [linalg.eigvalsh($0.add($0.mH))] }),
            (
                "eig", [3, 3],
                {
                    let r = linalg.eig($0); return [r.eigenvalues, projectors(r.eigenvectors)]
                }
            ),
            (
                "svd", [2, 3, 3],
                {
                    let r = linalg.svd($0); return [r.S, projectors(r.U), projectors(r.Vh.mH)]
                }
            ),
            (
                "svd of tall", [4, 2],
                {
                    let r = $0.svd(); return [r.S, projectors(r.U), projectors(r.V), r.U.matmul(r.V.mH)]
                }
            ),
            (
                "svd of wide", [2, 4],
                {
                    let r = $0.svd(); return [r.S, projectors(r.U), projectors(r.V), r.U.matmul(r.V.mH)]
                }
            ),
            ("svdvals", [3, 4], { [linalg.svdvals($0)] }),
            ("pinv of tall", [4, 2], { [linalg.pinv($0)] }), ("pinv of wide", [2, 2, 3], { [$0.pinverse()] }),
            ("pinv of Hermitian", [3, 3], { [linalg.pinv($0.add($0.mH), hermitian: true)] }),
            (
                "polar", [2, 4, 2],
                {
                    let r = linalg.polar($0); return [r.U, r.H]
                }
            ),
            ("matrix_sqrth", [3, 3], { [linalg.matrixSqrth($0.mH.matmul($0))] }),
            ("matrix_exp", [2, 3, 3], { [$0.matrixExp()] }),
            ("nuc", [3, 2], { [linalg.matrixNorm($0, ord: .nuc), linalg.matrixNorm($0, ord: 2), linalg.cond($0)] }),
            ("cond", [3, 3], { [linalg.cond($0, .fro), linalg.cond($0, .nuc)] })
        ]
        for (name, shape, function) in functions {
            let x = leaf(shape)
            do {
                try gradcheck({ function($0[0]) }, [x])
                try gradgradcheck({ function($0[0]) }, [x])
            } catch {
                Issue.record("\(name): \(error)")
            }
        }
    }

    /// A loss that depends on the phase of complex vectors has no gradient.
    @Test func phases() {
        func backward(_ vectors: (Tensor) -> Tensor) -> String? {
            let x = Self.complexA.clone().requiresGrad_()
            return message { vectors(x).imag.sum().backward() }?.message
        }
        let singular =
            "svd_backward: The singular vectors in the complex case are specified up to multiplication by e^{i phi}. The specified loss function depends on this phase term, making it ill-defined."
        func eigen(_ name: String) -> String {
            "\(name)_backward: The eigenvectors in the complex case are specified up to multiplication by e^{i phi}. The specified loss function depends on this quantity, so it is ill-defined."
        }
        #expect(backward { linalg.svd($0).U } == singular && backward { linalg.svd($0).Vh } == singular)
        #expect(backward { linalg.eigh($0.add($0.mH)).eigenvectors } == eigen("linalg_eigh"))
        #expect(backward { linalg.eig($0).eigenvectors } == eigen("linalg_eig"))
    }

    @Test(arguments: [DType.float32, .float64, .complex64, .complex128])
    func vectorsMakeTheMatrix(dtype: DType) {
        let generator = Generator(seed: 3), tolerance = dtype.toReal == .float32 ? 2e-4 : 1e-11
        func agrees(_ a: Tensor, _ b: Tensor) -> Bool {
            a.shape == b.shape && a.sub(b).abs().max().item() <= tolerance
        }
        for sizes in [[3, 3], [5, 2], [2, 5], [2, 3, 7, 4], [40, 70], [1, 1], [64, 64]] {
            let x = Tensor.randn(sizes, generator: generator, dtype: dtype), k = sizes.suffix(2).min()!
            for isFull in [true, false] {
                let (U, S, Vh) = linalg.svd(x, fullMatrices: isFull)
                let product = U.narrow(-1, 0, k).mul(S.unsqueeze(-2)).matmul(Vh.narrow(-2, 0, k))
                #expect(agrees(product, x), "\(sizes)")
                let identity = Tensor.eye(U.size(-1), dtype: dtype).expandAs(U.mH.matmul(U))
                #expect(agrees(U.mH.matmul(U), identity))
                #expect(U.stride().suffix(2) == [1, sizes[sizes.count - 2]])
                #expect(Vh.stride(-2) == 1 && S.dtype == dtype.toReal)
                #expect(agrees(linalg.svdvals(x), S))
            }
            guard sizes[sizes.count - 1] == sizes[sizes.count - 2] else { continue }
            for uplo in [linalg.UPLO.lower, .upper] {
                let (values, vectors) = linalg.eigh(x, UPLO: uplo)
                let triangle = uplo == .lower ? x.tril(-1) : x.triu(1)
                let diagonal = x.diagonal(dim1: -2, dim2: -1).real.to(dtype).diagEmbed()
                let matrix = triangle.add(triangle.mH).add(diagonal)
                #expect(agrees(vectors.mul(values.unsqueeze(-2)).matmul(vectors.mH), matrix), "\(sizes)")
                #expect(agrees(linalg.eigvalsh(x, UPLO: uplo), values))
            }
            let (values, vectors) = linalg.eig(x)
            #expect(agrees(x.to(vectors.dtype).matmul(vectors), vectors.mul(values.unsqueeze(-2))), "\(sizes)")
            let sum = linalg.eigvals(x).sum().sub(values.sum()).abs().item()
            #expect(sum <= tolerance && vectors.dtype == dtype.toComplex)
        }
    }

    @Test func values() {
        let a = Self.a
        #expect(close(linalg.eigvalsh(a), [-1.67231400114, 0.945814139607, 2.72649986153]))
        #expect(close(linalg.eigvalsh(a, UPLO: .upper), [-1.25902271441, 0.461340291374, 2.79768242303]))
        #expect(close(linalg.svdvals(a), [2.56202261496, 1.94045470158, 0.213718673943]))
        #expect(close(a.svd(computeUV: false).S, [2.56202261496, 1.94045470158, 0.213718673943]))
        let rank = { (atol: Double) in linalg.matrixRank(a, atol: atol).item() }
        #expect([0, 0.5, 1.5, 3].map(rank) == [3, 2, 2, 0])
        #expect(
            close(
                linalg.pinv(a, atol: 1.5),
                [
                    0.292877195658, 0.0477200288358, 0.24532953426, -0.230600885134, 0.239260101851, 0.185929563409,
                    0.135096526883, -0.229767874407, -0.231621362149
                ]))
        #expect(linalg.pinv(a, rtol: 0.5).allclose(linalg.pinv(a, atol: 1.5)))
        let orders: [linalg.Order?] = [nil, 2, -2, 1, -1, .inf, .number(-.infinity), .fro, .nuc]
        let conditions = [
            11.9878275851, 11.9878275851, 0.0834179498243, 21.1764705882, 6.08823529412, 20.1764705882,
            3.05882352941, 15.2144986397, 26.3385777451
        ]
        for (order, want) in zip(orders, conditions) { #expect(close(linalg.cond(a, order), [want])) }
        let norms = [2.56202261496, 0.213718673943, 3.75, 2.25, 3.5, 2, 3.22102468168, 4.71619599047]
        for (order, want) in zip(orders.dropFirst(), norms) {
            #expect(close(linalg.matrixNorm(a, ord: order!), [want]))
        }
        let (U, H) = linalg.polar(Self.tall)
        #expect(
            close(
                U,
                [
                    0.744781066199, -0.549641607922, 0.170915178319, 0.705276698009, 0.645049738587, 0.447748681836
                ]))
        #expect(
            close(
                H,
                [
                    2.49986553486, -0.251341018587, -0.251341018587, 1.47879264685
                ]))
        #expect(
            close(
                linalg.matrixSqrth(a.mT.matmul(a)),
                [
                    2.47526385378, -0.332415790482, -0.273986489506, -0.332415790482, 1.2101761341, -0.821567688437,
                    -0.273986489506, -0.821567688437, 1.03075600259
                ]))
        let singular = Tensor.ones([2, 2])
        #expect(linalg.cond(singular, 1).item() == .infinity && linalg.cond(singular, .fro).item() == .infinity)
    }

    /// One scale for each polynomial.
    @Test func matrixExponentials() {
        let want: [(Double, [Double])] = [
            (
                1e-9,
                [
                    1.000000002, -1.00000000138e-09, 5.00000000625e-10, 2.49999999813e-10, 1.000000001,
                    -7.49999999938e-10, 1.50000000081e-09, 4.9999999925e-10, 0.999999999
                ]
            ),
            (
                1e-5,
                [
                    1.00002000023, -1.00001375011e-05, 5.00006250051e-06, 2.49998124992e-06, 1.00001000002,
                    -7.4999937501e-06, 1.50000812508e-05, 4.99992499959e-06, 0.999990000069
                ]
            ),
            (
                1e-3,
                [
                    1.0020022517, -0.0010013761048, 0.000500625510708, 0.000249812421807, 1.00100018764,
                    -0.000749937598969, 0.00150081332334, 0.000499249593454, 0.999000687594
                ]
            ),
            (
                0.02,
                [
                    1.04091374018, -0.0205589361514, 0.0102541304331, 0.00492436407584, 1.02007608996,
                    -0.0149757933682, 0.0303316513753, 0.00969670229615, 0.980275775074
                ]
            ),
            (
                0.2,
                [
                    1.50529124319, -0.264953303245, 0.129596482488, 0.0417568881668, 1.20865607947,
                    -0.148312017578, 0.339826572175, 0.0662327615257, 0.828518267977
                ]
            ),
            (
                1,
                [
                    8.609377699, -4.57026755316, 2.13568736481, -0.127727611795, 2.39519961631, -0.812388458814,
                    3.86647309425, -1.15213369424, 1.02587792227
                ]
            ),
            (
                5,
                [
                    79195.0825591, -52156.0307062, 23932.995126, -5193.66425403, 3443.82935448, -1579.16905492,
                    35333.6415167, -23257.4498708, 10672.8197527
                ]
            )
        ]
        for (scale, want) in want { #expect(close(Self.a.mul(scale).matrixExp(), want, 1e-10), "\(scale)") }
        // In a batch each matrix has its own polynomial.
        let batch = stack(want.map { Self.a.mul($0.0) }).matrixExp()
        #expect(close(batch, want.flatMap(\.1), 1e-10))
        #expect(Tensor([[Double.nan, 0], [0, 1]]).matrixExp().isnan().any().item(as: Bool.self))
    }

    @Test func emptyMatrices() {
        let (U, S, Vh) = linalg.svd(Tensor.zeros([2, 0, 3]))
        #expect(U.shape == [2, 0, 0] && S.shape == [2, 0])
        #expect(Vh.equal(Tensor.eye(3).expand([2, 3, 3])))
        #expect(linalg.eigh(Tensor.zeros([0, 0])).eigenvectors.shape == [0, 0])
        #expect(linalg.eig(Tensor.zeros([2, 0, 3, 3])).eigenvalues.shape == [2, 0, 3])
        #expect(linalg.pinv(Tensor.zeros([3, 0])).shape == [0, 3])
        for order in [linalg.Order.inf, 1, 2, .fro, .nuc] {
            #expect(linalg.matrixNorm(Tensor.zeros([2, 0, 3]), ord: order).equal(Tensor.zeros([2])))
            #expect(linalg.matrixNorm(Tensor.zeros([3, 0]), ord: order, keepdim: true).equal(Tensor.zeros([1, 1])))
        }
        let without = message { _ = linalg.matrixNorm(Tensor.zeros([3, 0]), ord: -1) }
        #expect(without == TorchError(.index, "amin(): Expected reduction dim 0 to have non-zero size."))
        let vectors = message { _ = linalg.vectorNorm(Tensor.zeros([0, 3]), ord: .infinity, dim: [0]) }
        #expect(
            vectors?.message
                == "linalg.vector_norm cannot compute the inf norm on the dimension 0because this dimension is empty and the operation does not have an identity"
        )
        #expect(linalg.cond(Tensor.zeros([2, 0, 0])).equal(Tensor.zeros([2])))
        #expect(linalg.matrixRank(Tensor.zeros([2, 0, 3])).equal(Tensor.zeros([2], dtype: .int64)))
        #expect(Tensor.zeros([0, 0]).matrixExp().shape == [0, 0])
        #expect(linalg.polar(Tensor.zeros([3, 0])).H.shape == [0, 0])
    }

    /// PyTorch's sentences for matrices that are not finite.
    @Test func numbersThatAreNotFinite() {
        let nan = Tensor.full([3, 3], Double.nan), batch = stack([Tensor.eye(3), nan])
        let inf = Tensor.full([20, 20], Double.infinity)
        func error(_ body: @escaping () -> Tensor) -> TorchError? { message { _ = body() } }
        let notFinite = "The algorithm failed to converge because the input matrix contained non-finite values."
        func repeated(_ values: String, _ code: Int) -> String {
            "The algorithm failed to converge because the input matrix is ill-conditioned or has too many repeated \(values) (error code: \(code))."
        }
        #expect(error { linalg.svdvals(nan) } == TorchError(.linAlg, "linalg.svd: " + notFinite))
        #expect(error { linalg.svd(batch).S }?.message == "linalg.svd: (Batch element 1): " + notFinite)
        #expect(error { linalg.svd(inf).S }?.message == "linalg.svd: " + repeated("singular values", 19))
        #expect(linalg.svdvals(inf).isnan().all().item(as: Bool.self))
        #expect(error { linalg.eigh(nan).eigenvalues }?.message == "linalg.eigh: " + repeated("eigenvalues", 2))
        #expect(
            error { linalg.eigvalsh(batch) }?.message == "linalg.eigh: (Batch element 1): " + repeated("eigenvalues", 1)
        )
        #expect(error { linalg.eigh(inf).eigenvalues }?.message == "linalg.eigh: " + repeated("eigenvalues", 19))
        for body in [{ linalg.eig(nan).eigenvalues }, { linalg.eigvals(inf) }] {
            #expect(
                error(body)
                    == TorchError(.runtime, "torch.linalg.eig: input tensor should not contain infs or NaNs."))
        }
        // Only one triangle is read.
        let half = Tensor.eye(4)
        half[3, 0] = Tensor(Float.nan)
        #expect(linalg.eigvalsh(half, UPLO: .upper).equal(Tensor.ones([4])))
        #expect(linalg.matrixSqrth(Tensor.full([2, 2], Double.nan)).isnan().all().item(as: Bool.self))
    }

    @Test func mistakes() {
        func error(_ body: @escaping () -> Tensor) -> String? {
            message { _ = body() }.map { "\($0.kind.rawValue): \($0.message)" }
        }
        let wide = Tensor.ones([2, 3]), half = Tensor.eye(2).to(.float16), integers = Tensor.eye(2).to(.int64)
        #expect(
            error { linalg.eigh(wide).eigenvalues }
                == "RuntimeError: linalg.eigh: A must be batches of square matrices, but they are 2 by 3 matrices")
        #expect(
            error { linalg.eigvalsh(half) } == "NotImplementedError: \"linalg_eigh_cpu\" not implemented for 'Half'")
        #expect(error { linalg.eigvals(integers) } == "RuntimeError: Unknown Complex ScalarType for Long")
        #expect(
            error { linalg.eigvals(half) } == "NotImplementedError: \"linalg_eig_out_cpu\" not implemented for 'Half'")
        #expect(
            error { linalg.svdvals(integers) }
                == "NotImplementedError: linalg.svd: Expected a floating point or complex tensor as input. Got Long")
        #expect(
            error { linalg.svd(wide, driver: .gesvd).S }
                == "RuntimeError: torch.linalg.svd: keyword argument `driver=` is only supported on CUDA inputs with cuSOLVER backend."
        )
        #expect(
            error { Tensor.ones([3]).svd().S }
                == "RuntimeError: linalg.svd: input should have at least 2 dimensions, but has 1 dimensions instead")
        #expect(
            error { Tensor.ones([3]).pinverse() }
                == "RuntimeError: linalg.pinv(Float{[3]}): expected a tensor with 2 or more dimensions of float, double, cfloat or cdouble types"
        )
        #expect(
            error { linalg.pinv(wide, rtol: Scalar.complex(0, 1)) }
                == "RuntimeError: torch.linalg.pinv: rtol tensor of complex type is not supported. Got ComplexDouble")
        #expect(
            error { linalg.matrixRank(half) }
                == "RuntimeError: This function doesn't handle types other than float and double")
        #expect(error { linalg.cond(wide, 3) } == "ValueError: linalg.cond got an invalid norm type: 3")
        #expect(
            error { linalg.cond(wide, .inf) }
                == "RuntimeError: linalg.cond(ord=inf): A must be batches of square matrices, but they are 2 by 3 matrices"
        )
        #expect(
            error { linalg.matrixNorm(half, ord: .nuc) }
                == "NotImplementedError: linalg.matrix_norm: Low precision dtypes not supported. Got Half")
        #expect(
            error { linalg.matrixNorm(wide.to(.float64), ord: 2, dtype: .float32) }
                == "RuntimeError: linalg.matrix_norm: the dtype of the input (Double) should be convertible without narrowing to the specified dtype (Float)"
        )
        #expect(
            error { Tensor.ones([2, 3, 3]).norm(.nuc) }
                == "RuntimeError: linalg.matrix_norm: dim must be a 2-tuple. Got 0 1 2")
        #expect(
            error { linalg.polar(wide).U }
                == "RuntimeError: linalg.polar: input must have at least as many rows as columns, but got 2 by 3 matrices"
        )
    }

    @Test func matricesThatAreTooLarge() {
        let x = Tensor.zeros([1, 1]).expand([40000, 40000])
        let sentence = "matrices of 40000 by 40000 exceed LAPACK's 32-bit sizes"
        #expect(message { _ = linalg.svd(x) }?.message == "linalg.svd: " + sentence)
        #expect(message { _ = linalg.eigh(x) }?.message == "linalg.eigh: " + sentence)
        #expect(linalg.svd(Tensor.empty([40000, 40000], device: .meta)).S.shape == [40000])
    }

    @Test func bitsDoNotDependOnThreads() {
        let threads = getNumThreads(), generator = Generator(seed: 11)
        defer { setNumThreads(threads) }
        for sizes in [[100, 16, 16], [150, 150], [3, 60, 90], [300, 300]] {
            let x = Tensor.randn(sizes, generator: generator)
            let square = sizes[sizes.count - 1] == sizes[sizes.count - 2]
            func results() -> [Tensor] {
                let (U, S, Vh) = linalg.svd(x)
                if !square { return [U, S, Vh] }
                let (values, vectors) = linalg.eigh(x), (w, v) = linalg.eig(x)
                return [U, S, Vh, values, vectors, w, v, linalg.svdvals(x), x.mul(0.1).matrixExp()]
            }
            setNumThreads(1)
            let one = results()
            for count in [2, 3] {
                setNumThreads(count)
                for (a, b) in zip(one, results()) { #expect(a.equal(b), "\(sizes)") }
            }
        }
    }

    @Test func batchesAndStrides() {
        let x = Tensor.randn([4, 5, 3], generator: Generator(seed: 2), dtype: .float64)
        let strided = x.permute([2, 0, 1]).contiguous().permute([1, 2, 0])
        #expect(linalg.svdvals(strided).allclose(linalg.svdvals(x)))
        for i in 0..<4 { #expect(linalg.svdvals(x[i]).equal(linalg.svdvals(x)[i])) }
        let tolerances = Tensor([0.1, 100, 0.1, 100], dtype: .float64)
        #expect(linalg.matrixRank(x, atol: tolerances).toArray(as: Int.self) == [3, 0, 3, 0])
        #expect(linalg.pinv(x, atol: tolerances)[1].equal(Tensor.zeros([3, 5], dtype: .float64)))
    }
}
