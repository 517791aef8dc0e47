import Testing
import Torch

private let i = Complex<Float>(0, 1)

private func complexes(_ tensor: Tensor) -> [Complex<Double>] { tensor.toArray(as: Complex<Double>.self) }

@Suite struct ComplexTests {
    @Test func elements() {
        let z = Tensor([Complex<Float>(1, 2), Complex<Float>(-3, 0.5)])
        #expect(z.dtype == .complex64 && z.itemSize == 8 && z.isComplex() && !z.isFloatingPoint())
        #expect(complexes(z) == [Complex(1, 2), Complex(-3, 0.5)])
        #expect(z[1].item(as: Complex<Float>.self) == Complex(-3, 0.5))
        #expect(Tensor([Complex<Double>(1, 2)]).dtype == .complex64)
        #expect(Tensor([Complex<Double>(1, 2)], dtype: .complex128).dtype == .complex128)
        #expect(Tensor(Complex<Double>(1, 2)).dtype == .complex64)
        #expect(z.to(.complex32).to(.complex64).equal(z))
        #expect(z.description == "tensor([ 1.+2.0000j, -3.+0.5000j])")
    }

    // torch.promote_types, torch.result_type, torch.can_cast
    @Test func promotion() {
        #expect(promoteTypes(.float64, .complex64) == .complex128)
        #expect(promoteTypes(.int64, .complex64) == .complex64)
        #expect(promoteTypes(.bfloat16, .complex32) == .complex64)
        #expect(promoteTypes(.float16, .complex32) == .complex32)
        #expect(resultType(Tensor.zeros(2, dtype: .float64), i) == .complex128)
        #expect(resultType(Tensor.zeros(2, dtype: .float16), i) == .complex32)
        #expect(resultType(Tensor.zeros(2, dtype: .int64), i) == .complex64)
        #expect(resultType(Tensor.zeros(2, dtype: .complex64), Tensor.zeros([], dtype: .float64)) == .complex64)
        #expect(!canCast(.complex64, to: .float64) && canCast(.float64, to: .complex64))
    }

    /// A cast to a real dtype takes the real part. A cast to bool is true if either part is not zero.
    @Test func casts() {
        let z = Tensor([Complex<Float>(1.5, 2), Complex<Float>(0, 3), Complex<Float>(0, 0)])
        #expect(z.float().toArray(as: Double.self) == [1.5, 0, 0])
        #expect(z.long().toArray(as: Int.self) == [1, 0, 0])
        #expect(z.bool().toArray(as: Bool.self) == [true, true, false])
        #expect(
            Tensor([2, -1]).cdouble().equal(Tensor([Complex<Double>(2, 0), Complex<Double>(-1, 0)], dtype: .complex128))
        )
    }

    @Test func viewsOfParts() {
        let z = Tensor([Complex<Float>(1, 2), Complex<Float>(3, 4), Complex<Float>(5, 6)])
        let last = z[1...]
        #expect(last.imag.storageOffset() == 3 && last.imag.stride() == [2])
        last.real.fill_(7)
        z.imag[0].fill_(-1)
        #expect(complexes(z) == [Complex(1, -1), Complex(7, 4), Complex(7, 6)])
        let back = z.viewAsReal().viewAsComplex()
        #expect(back.storage === z.storage && back.equal(z))
        #expect(z.t().viewAsReal().shape == [3, 2])
    }

    /// x = torch.tensor([1+2j, 3-1j], requires_grad=True); y = x * 2; y.imag.mul_(3); y.abs().square().sum().backward()
    @Test func gradientThroughAWrittenPart() throws {
        let x = Tensor([Complex<Float>(1, 2), Complex<Float>(3, -1)], requiresGrad: true)
        let y = x * 2
        y.imag.mul_(3)
        y.abs().square().sum().backward()
        #expect(complexes(try #require(x.grad)) == [Complex(8, 144), Complex(24, -72)])
    }

    /// a = torch.randn(4, 2, requires_grad=True); y = a * 1; torch.view_as_complex(y)[1:3].mul_(1j). This is the
    /// gradient of the sum of (y · weights).
    @Test func gradientThroughAJoinedView() throws {
        let a = Tensor.ones(4, 2, requiresGrad: true)
        let y = a * 1
        y.viewAsComplex()[1..<3].mul_(i)
        (y * Tensor.arange(8.0).view(4, 2)).sum().backward()
        // (p, q) became (-q, p), so weight 2 is for -q and weight 3 is for p.
        #expect(try #require(a.grad).toArray(as: Double.self) == [0, 1, 3, -2, 5, -4, 6, 7])
    }

    @Test func realInputsGetRealGradients() throws {
        let x = Tensor([2.0, 3.0], requiresGrad: true)
        let z = x * i
        z.mul(z.conj()).real.sum().backward()
        let grad = try #require(x.grad)
        #expect(grad.dtype == .float32 && grad.toArray(as: Double.self) == [4, 6])
    }

    /// torch.tensor([complex('inf')]) * torch.tensor([1+0j]) is inf+nanj: the product is computed from the parts.
    @Test func infinities() {
        let infinite = Tensor([Complex<Double>(.infinity, 0)], dtype: .complex128)
        let product = infinite.mul(Tensor([Complex<Double>(1, 0)], dtype: .complex128))
        #expect(product.isnan().toArray(as: Bool.self) == [true])
        #expect(infinite.abs().item() == .infinity)
        #expect(infinite.isinf().item(as: Bool.self) && !infinite.isfinite().item(as: Bool.self))
        #expect(infinite.neg().exp().abs().item() == 0)
    }

    @Test(arguments: [DType.complex64, .complex128]) func products(_ dtype: DType) {
        manualSeed(3)
        let a = Tensor.randn(3, 4, 5, dtype: dtype), b = Tensor.randn(3, 5, 2, dtype: dtype)
        let sums = a.unsqueeze(-1).mul(b.unsqueeze(1)).sum(dim: 2)
        #expect(a.matmul(b).allclose(sums, rtol: 1e-4, atol: 1e-5))
        #expect(a.mT.contiguous().mT.matmul(b.mT.contiguous().mT).allclose(sums, rtol: 1e-4, atol: 1e-5))
        let v = Tensor.randn(7, dtype: dtype)
        #expect(v.vdot(v).sub(v.abs().square().sum()).abs().item() < 1e-4)
        #expect(v.prod().sub(v.cumprod(0)[6]).abs().item() < 1e-4)
        #expect(a.prod(dim: 1).allclose(a.log().sum(dim: 1).exp(), rtol: 1e-3, atol: 1e-5))
    }

    @Test func largeTensorsInAnyLayout() {
        manualSeed(1)
        let z = Tensor.randn(300, 200, dtype: .complex128)
        let w = z.t().add(z.t().contiguous()).t()
        #expect(w.equal(z.mul(2)))
        #expect(z.t().contiguous().t().equal(z))
        #expect(z.sum().sub(z.t().sum()).abs().item() < 1e-9)
    }

    @Test func gradientsAgreeWithDifferences() throws {
        manualSeed(5)
        let x = Tensor.randn(2, 3, dtype: .complex128, requiresGrad: true),
            y = Tensor.randn(3, dtype: .complex128, requiresGrad: true)
        let real = Tensor.rand(2, 3, dtype: .float64, requiresGrad: true)
        let unary: [(String, (Tensor) -> Tensor)] = [
            ("exp", { $0.exp() }), ("log", { $0.log() }), ("sqrt", { $0.sqrt() }), ("rsqrt", { $0.rsqrt() }),
            ("reciprocal", { $0.reciprocal() }), ("tan", { $0.tan() }), ("asin", { $0.asin() }),
            ("acosh", { $0.acosh() }), ("atan", { $0.atan() }), ("tanh", { $0.tanh() }), ("sigmoid", { $0.sigmoid() }),
            ("log1p", { $0.log1p() }), ("expm1", { $0.expm1() }),
            ("abs", { $0.abs() }), ("angle", { $0.angle() }), ("sgn", { $0.sgn() }), ("conj", { $0.conj() }),
            ("prod", { $0.prod(dim: 1) }), ("cumprod", { $0.cumprod(1) }), ("std", { $0.std() }),
            ("norm", { $0.norm(3) }), ("logsumexp", { $0.logsumexp(dim: 0) }), ("silu", { $0.silu() })
        ]
        for (name, function) in unary {
            #expect(throws: Never.self, "\(name)") { try gradcheck({ [function($0[0])] }, [x]) }
        }
        let binary: [(String, (Tensor, Tensor) -> Tensor)] = [
            ("mul", { $0.mul($1) }), ("div", { $0.div($1) }), ("pow", { $0.pow($1) }), ("matmul", { $0.matmul($1) }),
            ("logaddexp", { $0.logaddexp($1) }), ("sub", { $0.sub($1, alpha: i) })
        ]
        for (name, function) in binary {
            #expect(throws: Never.self, "\(name)") { try gradcheck({ [function($0[0], $0[1])] }, [x, y]) }
            #expect(throws: Never.self, "real \(name)") {
                try gradcheck({ [function($0[0].to($0[1].dtype), $0[1])] }, [real, y])
            }
        }
        try gradcheck({ [polar($0[0], $0[0].mul(2))] }, [real])
        try gradgradcheck({ [$0[0].tanh().mul($0[1])] }, [x, y])
    }

    /// p = torch.tensor([1+1j]); a step of an optimizer moves each part separately.
    @Test func optimizersStepComplexParameters() throws {
        let p = Tensor([Complex<Double>(1, -2)], dtype: .complex128, requiresGrad: true)
        let optimizer = SGD([p], lr: 0.5)
        p.abs().square().sum().backward()
        optimizer.step()
        #expect(complexes(p) == [Complex(0, 0)])
    }

    @Test func errors() {
        let z = Tensor.zeros(2, dtype: .complex64)
        func sentence(_ body: () -> Tensor) -> String {
            do { return try withError(body).description } catch { return "\(error)" }
        }
        #expect(sentence { z.lt(z) } == "\"lt_cpu\" not implemented for 'ComplexFloat'")
        #expect(sentence { z.clamp(min: 0) } == "clamp is not supported for complex types")
        #expect(sentence { z.max() } == "\"max_all\" not implemented for 'ComplexFloat'")
        #expect(sentence { z.sign() }.hasPrefix("Unlike NumPy, torch.sign is not intended to support complex numbers."))
        #expect(sentence { Tensor.zeros(2).fill_(i) } == "value cannot be converted to type float without overflow")
        #expect(
            sentence { Tensor.zeros(2).add_(i) }
                == "result type ComplexFloat can't be cast to the desired output type Float")
        #expect(
            sentence { Tensor.zeros(2).add(1, alpha: i) }
                == "For non-complex input tensors, argument alpha must not be a complex number.")
        #expect(sentence { Tensor.zeros(2).imag } == "imag is not implemented for tensors with non-complex dtypes.")
        #expect(sentence { Tensor.zeros(3).viewAsComplex() } == "Tensor must have a last dimension of size 2")
        #expect(
            sentence { Tensor.zeros(2, 2).t().viewAsComplex() } == "Tensor must have a last dimension with stride 1")
        #expect(
            sentence {
                let x = z.requiresGrad_(); x.sum().backward(); return x
            }
                == "grad can be implicitly created only for real scalar outputs but got torch.complex64")
    }
}
