import Testing
@testable import Torch

/// What parameters that are divided among processes need of autograd and of storages. Numbers by arithmetic.
@Suite struct DividedParameterTests {
    @Test func endOfBackward() throws {
        let x = Tensor([2] as [Float], requiresGrad: true)
        var ends: [Bool] = []
        var gradients: [Float] = []
        func square(_ x: Tensor) -> Tensor {
            let y = x * x
            y.registerHook { _ in
                BackwardEnd.add { hasFailed in
                    ends.append(hasFailed)
                    gradients.append(x.grad?.item(as: Float.self) ?? 0)
                }
                return nil
            }
            return y
        }
        square(x).sum().backward()
        #expect(ends == [false])
        #expect(gradients == [4])
        // Nothing is left for the next pass.
        (x * x).sum().backward()
        #expect(ends.count == 1)
        // Also after `grad`, and after a pass that failed.
        _ = grad(square(x).sum(), x)
        #expect(ends == [false, false])
        #expect(throws: TorchError.self) {
            try withError {
                let y = square(x)
                y.registerHook { _ in Tensor.zeros([2, 2]) }
                y.sum().backward()
            }
        }
        #expect(ends == [false, false, true])
    }

    /// The passes inside a reentrant checkpoint are parts of the outer one.
    @Test func endOfBackwardAroundCheckpoints() {
        let x = Tensor([3] as [Float], requiresGrad: true)
        var gradients: [Float?] = []
        let y = checkpoint(x, useReentrant: true) { x in
            let y = x * x
            if y.requiresGrad {
                y.registerHook { _ in
                    BackwardEnd.add { _ in gradients.append(nil) }
                    return nil
                }
            }
            return y
        }
        let z = y * 2
        z.registerHook { _ in
            BackwardEnd.add { _ in gradients.append(x.grad?.item(as: Float.self)) }
            return nil
        }
        z.sum().backward()
        #expect(gradients == [12, nil])
    }

    /// So are passes that hooks begin, of `grad` and of `backward`.
    @Test func endOfBackwardAroundPasses() {
        let x = Tensor([3] as [Float], requiresGrad: true), other = Tensor([5] as [Float], requiresGrad: true)
        var events: [String] = []
        let y = x * x, z = y * 2
        z.registerHook { _ in
            BackwardEnd.add { _ in events.append("end \(x.grad?.item(as: Float.self) ?? 0)") }
            return nil
        }
        y.registerHook { gradient in
            let inner = enableGrad { (other * other).sum() }
            events.append("grad \(grad(inner, other, retainGraph: true).item(as: Float.self))")
            inner.backward()
            events.append("backward \(other.grad?.item(as: Float.self) ?? 0)")
            return nil
        }
        z.sum().backward()
        #expect(events == ["grad 10.0", "backward 10.0", "end 12.0"])
    }

    @Test func memoryThatComesAndGoes() throws {
        let w = Tensor([2, 3] as [Float]), x = Tensor([5, 7] as [Float], requiresGrad: true)
        let y = (x * w).sum()
        let version = w.storage.drain()
        #expect(w.storage.byteCount == 0)
        // What was saved is not there, and autograd knows.
        let error = #expect(throws: TorchError.self) { try withError { y.backward(retainGraph: true) } }
        #expect(error?.message.contains("modified by an inplace operation") == true)
        #expect(
            w.storage.refill(byteCount: 8, version: version) {
                noGrad { _ = w.copy_(Tensor([2, 3] as [Float])) }
            })
        y.backward()
        #expect(x.grad?.toArray() == [2, 3] as [Float])
        #expect(w.version == Int(version))
    }

    @Test func answersOfWhatDivides() {
        let x = Tensor([3, 4] as [Float], requiresGrad: true)
        (x * x / 2).sum().backward()
        // Nothing is divided in this process.
        #expect(DividedGradients.norms([x], 2) == nil)
        #expect(DividedGradients.isFound([x], { true }) == nil)
        #expect(clipGradNorm_([x], maxNorm: 1).item() == 5)
    }
}
