import Testing
import Torch

/// Numbers that do not fit, NaN, and zeros that must not matter. The values and messages are PyTorch 2.15's.
@Suite struct NumberTests {
    @Test func numbersFitTheDTypeTheyEndIn() {
        let byte = Tensor.zeros([2], dtype: .uint8), half = Tensor.zeros([2], dtype: .float16),
            complex = Tensor.zeros([2], dtype: .complex64), mask = Tensor([true, false])
        let refused: [(() -> Tensor, String)] = [
            ({ Torch.where(mask, byte, 300) }, "uint8_t"), ({ Torch.where(mask, Tensor.zeros(2), 1e39) }, "float"),
            ({ Torch.where(mask, byte, 1e39) }, "float"),
            ({ Tensor.full([2], 300, dtype: .uint8) }, "uint8_t"), ({ byte.fill_(300) }, "uint8_t"),
            ({ byte.maskedFill(mask, 300) }, "uint8_t"),
            ({ byte.maskedFill(mask, Tensor(300)) }, "uint8_t"),
            ({ byte.indexFill(dim: 0, index: Tensor([0]), value: 300) }, "uint8_t"),
            ({ byte.scatter(dim: 0, index: Tensor([0]), source: 300) }, "uint8_t"),
            ({ byte.pad([0, 1], value: -1) }, "uint8_t"),
            ({ byte.add(byte, alpha: 300) }, "uint8_t"), ({ half.add(half, alpha: 70000) }, "c10::Half"),
            ({ half.clamp(min: 70000.0) }, "c10::Half"),
            ({ half.fill_(1e5) }, "c10::Half"), ({ complex.fill_(1e39) }, "c10::complex<float>"),
            ({ Tensor.linspace(0, 300, steps: 3, dtype: .uint8) }, "uint8_t")
        ]
        for (body, type) in refused {
            #expect(message { try withError(body) } == "value cannot be converted to type \(type) without overflow")
        }
        #expect(Tensor(1e8, dtype: .float16).item() == .infinity)
        #expect(Torch.where(mask, half, 1e5).toArray(as: Double.self) == [0, .infinity])
        #expect(Torch.where(mask, byte, -1).toArray(as: Int.self) == [0, 255])
        #expect(byte.maskedFill(mask, Tensor(3.7)).toArray(as: Int.self) == [3, 0])
        #expect(Tensor.linspace(-2, 2, steps: 5, dtype: .uint8).toArray(as: Int.self) == [254, 191, 128, 65, 2])
    }

    @Test func lossesTakeProbabilitiesOfTheirOwnDType() {
        let half = Tensor([0.5])
        #expect(
            message { try withError { binaryCrossEntropy(half, Tensor([1.5])) } }
                == "all elements of target should be between 0 and 1")
        #expect(
            message { try withError { binaryCrossEntropy(half, Tensor([1])) } } == "Found dtype Long but expected Float"
        )
        #expect(
            message { try withError { crossEntropy(Tensor([[1.0, 2]]), Tensor([[0.5, 0.5]]), ignoreIndex: 0) } }
                == "ignore_index is not supported for floating point target")
        #expect(
            message { try withError { crossEntropy(Tensor.zeros(2, 3), Tensor([0, 1]).to(.int32)) } }
                == "expected target dtype to be Long or Byte, but got Int")
    }

    @Test func nanIsFoundNowhereAndHidesNothing() {
        let nan = Double.nan
        #expect(isin(Tensor([1, nan, 2]), Tensor([nan, 2])).toArray(as: Bool.self) == [false, false, true])
        #expect(isin(Tensor([1, nan, 2]), Tensor([nan, 2]), invert: true).toArray(as: Bool.self) == [true, true, false])
        // The first run after C++'s sort, in whose order NaN has no place.
        for (row, position) in [
            ([nan, nan, 1], 0), ([1, nan, nan], 0), ([nan, 1, 1, nan, nan], 2), ([3, nan, 3, nan, 2, 2], 4),
            ([nan, 2, 1], 0)
        ] as [([Double], Int)] {
            #expect(Tensor([row]).mode().indices.item(as: Int.self) == position, "\(row)")
        }
        #expect((3...5).map { Tensor.full([$0], nan).nanmedian(dim: 0).indices.item(as: Int.self) } == [0, 2, 2])
    }

    @Test func deadRowsOfAttentionHaveNoGradient() throws {
        let q = Tensor.ones(1, 2, 4, requiresGrad: true), k = Tensor.ones(1, 3, 4, requiresGrad: true),
            v = Tensor.arange(12.0).reshape(1, 3, 4).requiresGrad_(), mask = Tensor.zeros(2, 3)
        mask.select(0, 0).fill_(-Double.infinity)
        let out = scaledDotProductAttention(q, k, v, attnMask: mask)
        out.sum().backward()
        #expect(zip(out.detach().toArray(as: Float.self), [0, 0, 0, 0, 4, 5, 6, 7]).allSatisfy { abs($0 - $1) < 1e-5 })
        #expect(q.grad?.toArray(as: Float.self).allSatisfy { abs($0) < 1e-5 } == true)
        #expect(v.grad?.toArray(as: Float.self).allSatisfy { abs($0 - 1 / 3) < 1e-6 } == true)
    }

    @Test func zerosDoNotShareTheGradientOfTheLargestInABag() {
        let w = Tensor([[0.0, 1], [-1, 2]], requiresGrad: true)
        embeddingBag(Tensor([[0, 1]]), w, mode: .max).sum().backward()
        #expect(w.grad?.toArray() == [1, 0, 0, 1] as [Float])
        #expect(
            embeddingBag(Tensor([0]), w.detach(), offsets: Tensor([0, 1]), mode: .max).toArray() == [0, 1, 0, 0]
                as [Float])
    }

    @Test func alphaZeroLeavesTheProductAway() {
        let one = Tensor.ones(1, 1), nan = Tensor([[Double.nan]])
        #expect(one.addmm(nan, one, alpha: 0).item() == 1)
        #expect(one[0].addmv(nan, one[0], alpha: 0).item() == 1)
        #expect(one.addbmm(nan.unsqueeze(0), one.unsqueeze(0), alpha: 0).item() == 1)
        #expect(one.addr(nan[0], one[0], alpha: 0).item().isNaN)
        #expect(one.unsqueeze(0).baddbmm(nan.unsqueeze(0), one.unsqueeze(0), alpha: 0).item().isNaN)
        let large = Tensor.full([1, 40, 40], Double.nan), ones = Tensor.ones(1, 40, 40)
        #expect(ones.baddbmm(large, ones, alpha: 0).eq(1).all().item(as: Bool.self))
    }

    @Test func countingNormsHaveAGradientOfZeros() {
        let x = Tensor([[1.0, 2]], requiresGrad: true)
        cdist(x, Tensor.zeros(1, 2), p: 0).sum().backward()
        #expect(x.grad?.toArray() == [0, 0] as [Float])
    }

    /// PyTorch 2.15 gives these numbers; a number as value does not change the dtype.
    @Test func masksTakeInfinityWithoutItsType() {
        let x = Tensor([1.0, 2, 3], requiresGrad: true), mask = Tensor([true, false, true])
        let y = x.maskedFill(mask, -.infinity)
        #expect(y.toArray() == [-.infinity, 2, -.infinity] as [Float] && y.dtype == .float32)
        y.nanToNum(neginf: 0).sum().backward()
        #expect(x.grad?.toArray() == [0, 1, 0] as [Float])
        let z = Tensor([1, 2, 3])
        #expect(z.maskedFill(mask, 7).dtype == .int64 && z.maskedFill(mask, 1.9).toArray() == [1, 2, 1])
        #expect(Tensor.ones(3).maskedFill_(mask, .nan).isnan().toArray() == [true, false, true])
        #expect(Tensor.ones(3).half().maskedFill_(mask, -.infinity).dtype == .float16)
    }
}
