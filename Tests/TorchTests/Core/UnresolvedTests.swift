import Foundation
import Testing
import Torch

/// Views of conjugates and negatives that are not computed yet. Numbers and sentences are those of PyTorch 2.15.0.
@Suite struct UnresolvedTests {
    private func numbers() -> Tensor {
        Tensor(
            [Complex<Double>(1, 2), Complex(3, -4), Complex(0, 5), Complex(1, 0)], dtype: .complex128
        ).view(2, 2)
    }

    private let weights = Tensor(
        [Complex<Double>(1, 1), Complex(2, 0), Complex(0, 3), Complex(4, 0)], dtype: .complex128
    ).view(2, 2)

    private func elements(_ x: Tensor) -> [Complex<Double>] { x.toArray(as: Complex<Double>.self) }

    @Test func bits() {
        let x = numbers(), c = x.conj()
        #expect(c.storage === x.storage && c.isConj() && !x.isConj() && !c.conj().isConj())
        #expect(c.imag.isNeg() && !c.real.isNeg() && c.negView().isConj() && !c.negView().imag.isNeg())
        #expect(c.t().isConj() && c.detach().isConj() && c.view(-1).isConj() && c.contiguous().isConj())
        #expect(!c.clone().isConj() && !c.resolveConj().isConj() && c.resolveNeg().isConj())
        #expect(!c.to(.complex64).isConj() && c.to(.complex128).isConj() && !Tensor.zerosLike(c).isConj())
        #expect(x.H.isConj() && x.mH.storage === x.storage && !x.abs().conj().isConj())
        #expect(c.negView().conj().viewAsReal().isNeg())
        #expect(elements(c) == [Complex(1, -2), Complex(3, 4), Complex(0, -5), Complex(1, 0)])
        #expect(c[1, 0].itemScalar() == .complex(0, -5))
        #expect(elements(c.neg()) == [Complex(-1, 2), Complex(-3, -4), Complex(0, 5), Complex(-1, 0)])
        #expect("\(c)" == "tensor([[1.-2.j, 3.+4.j],\n        [0.-5.j, 1.-0.j]], dtype=torch.complex128)")
    }

    @Test func negatives() {
        let u = Tensor.arange(6.0).view(2, 3).negView()
        #expect(u.sum().item() == -15 && u.argmin().item() == 5 && u[.all, 1].toArray(as: Double.self) == [-1, -4])
        #expect(u.to(.int32).toArray(as: Int.self) == [0, -1, -2, -3, -4, -5])
    }

    @Test func writesGoToTheBase() {
        var x = numbers()
        x.conj().add_(Scalar.complex(0, 1))
        #expect(elements(x) == [Complex(1, 1), Complex(3, -5), Complex(0, 4), Complex(1, -1)] && x.version == 1)
        x = numbers()
        x.mH[0].copy_(Tensor([Complex<Double>(7, 1), Complex(8, -2)], dtype: .complex128))
        #expect(elements(x) == [Complex(7, -1), Complex(3, -4), Complex(8, 2), Complex(1, 0)])
        x = numbers()
        x.conj().imag.fill_(9)
        #expect(elements(x) == [Complex(1, -9), Complex(3, -9), Complex(0, -9), Complex(1, -9)])
        x = numbers()
        x.copy_(x.conj())
        #expect(elements(x) == [Complex(1, -2), Complex(3, 4), Complex(0, -5), Complex(1, 0)])
        x = numbers()
        x[0] = x[0].conj()
        #expect(elements(x[0]) == [Complex(1, -2), Complex(3, 4)])
        x.conj().withUnsafeMutableElements(as: Complex<Double>.self) { $0[3] = Complex(0, 1) }
        #expect(elements(x)[3] == Complex(0, -1))
        let whole = Tensor([Complex<Double>(1, 2)], dtype: .complex128)
        whole.expand([3]).conj().fill_(Scalar.complex(4, 1))
        #expect(elements(whole) == [Complex(4, -1)])
    }

    @Test func aFailedWriteChangesNothing() {
        let x = numbers()
        #expect(throws: TorchError.self) { try withError { x.conj().indexFill_(0, Tensor([5]), 0) } }
        #expect(elements(x) == elements(numbers()) && x.version == 0)
    }

    @Test func gradients() throws {
        func gradient(_ body: (_ y: Tensor) -> Tensor) throws -> [Complex<Double>] {
            let a = numbers().requiresGrad_()
            body(a * 1).backward(weights)
            return elements(try #require(a.grad))
        }
        let written = try gradient { y in
            y.conj()[0].mul_(Scalar.complex(0, 2))
            return y
        }
        #expect(written == [Complex(-2, 2), Complex(0, 4), Complex(0, 3), Complex(4, 0)])
        let writtenParts = try gradient { y in
            y.conj().imag.mul_(2)
            return y
        }
        #expect(writtenParts == [Complex(1, 2), Complex(2, 0), Complex(0, 6), Complex(4, 0)])
        let a = numbers().requiresGrad_(), y = a * 1, view = y.conj()
        y[0].mul_(3)
        (view * weights).backward(Tensor.onesLike(weights))
        #expect(elements(try #require(a.grad)) == [Complex(3, 3), Complex(6, 0), Complex(0, 3), Complex(4, 0)])
        // The base itself may be a view of conjugates without history.
        let base = numbers().conj().detach(), b = numbers().requiresGrad_()
        base[0].mul_(b[0])
        (base * weights).backward(Tensor.onesLike(weights))
        #expect(elements(try #require(b.grad)) == [Complex(3, 1), Complex(6, -8), Complex(0, 0), Complex(0, 0)])
        #expect(elements(base) == [Complex(5, 0), Complex(25, 0), Complex(0, -5), Complex(1, 0)] && base.isConj())
        let leaf = numbers().requiresGrad_()
        leaf.conj().backward(weights.conj())
        #expect(elements(try #require(leaf.grad)) == elements(weights))
    }

    @Test func refusals() {
        func message(_ body: () throws -> Void) -> String? {
            do {
                try withError { try body() }
                return nil
            } catch { return (error as? TorchError)?.message }
        }
        let c = numbers().conj()
        #expect(
            message { _ = c.viewAsReal() }
                == "view_as_real doesn't work on unresolved conjugated tensors.  To resolve the conjugate tensor so you can view it as real, use self.resolve_conj(); however, be warned that the resulting tensor will NOT alias the original."
        )
        #expect(
            message { _ = c.view(.float64) }
                == "torch.Tensor.view is not supported for conjugate view tensors when converting to a different dtype."
        )
        #expect(
            message { _ = c.imag.view(.int64) }
                == "torch.Tensor.view is not supported for tensors with negative bit set when converting to a different dtype."
        )
        #expect(message { _ = try c.toDLPack() } == "Can't export tensors with the conjugate bit set")
        #expect(message { _ = Tensor(true).negView().sum() } == "\"neg_cpu\" not implemented for 'Bool'")
    }

    @Test func checkpointsKeepTheBits() throws {
        let x = numbers()
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("unresolved-\(UUID()).pth").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try save(["x": x, "conj": x.conj(), "neg": Tensor([1.0, 2]).negView()], to: path)
        let state = try loadStateDict(path)
        #expect(state["conj"]?.storage === state["x"]?.storage && state["conj"]?.isConj() == true)
        #expect(state["conj"].map(elements) == elements(x.conj()) && state["x"].map(elements) == elements(x))
        #expect(state["neg"]?.toArray(as: Double.self) == [-1, -2])
    }
}
