import Testing
import Torch

@Suite struct ViewTests {
    @Test func inPlaceViewsChangeTheTensorAndItsHistory() throws {
        let x = Tensor([[1.0, 2, 3], [4, 5, 6]], requiresGrad: true)
        let y = x * 2
        #expect(y.t_() === y)
        #expect(y.shape == [3, 2] && y.stride() == [1, 3] && y.gradFn?.name == "TBackward0")
        (y * Tensor([[1.0, 10], [2, 20], [3, 30]])).sum().backward()
        #expect(x.grad!.toArray(as: Float.self) == [2, 4, 6, 20, 40, 60])
        #expect(
            throws: TorchError(.runtime, "a leaf Variable that requires grad is being used in an in-place operation.")
        ) { try withError { x.transpose_(0, 1) } }

        let plain = Tensor.arange(6).view(1, 6)
        plain.squeeze_().unsqueeze_(1)
        #expect(plain.shape == [6, 1])
        plain.asStrided_([2, 2], [2, 1], 1)
        #expect(plain.toArray(as: Int.self) == [1, 2, 3, 4])
    }

    @Test func gradientOfALeafTransposedWithoutRecording() {
        let w = Tensor([[1.0, 2, 3]], requiresGrad: true)
        noGrad { _ = w.t_() }
        #expect(w.isLeaf && w.shape == [3, 1])
        (w * w).sum().backward()
        #expect(w.grad!.shape == [3, 1] && w.grad!.toArray(as: Float.self) == [2, 4, 6])
    }

    @Test func whatWasSavedIsStaleAfterAnInPlaceView() throws {
        let x = Tensor([[1.0, 2]], requiresGrad: true)
        let y = x * 1
        let z = y.square().sum()
        y.t_()
        let error = #expect(throws: TorchError.self) { try withError { z.backward() } }
        #expect(error?.message.contains("modified by an inplace operation") == true)
    }

    @Test func resizing() throws {
        let x = Tensor.arange(6), view = x.view(2, 3)
        x.resize_(2)
        #expect(x.toArray(as: Int.self) == [0, 1] && x.storage === view.storage)
        x.resize_(4, 100)
        #expect(x.shape == [4, 100] && x.storage === view.storage && x.storage.byteCount == 3200)
        #expect(view.toArray(as: Int.self) == [0, 1, 2, 3, 4, 5])
        let message = "cannot resize variables that require grad"
        #expect(throws: TorchError(.runtime, message)) {
            try withError { Tensor([1.0], requiresGrad: true).resize_(2) }
        }
    }

    @Test func memoryReadAsAnotherDType() throws {
        let x = Tensor([1.0, -1]).view(.int32)
        #expect(x.toArray(as: Int32.self) == [0x3f80_0000, Int32(bitPattern: 0xbf80_0000)])
        let bytes = Tensor([[1, 2], [3, 4]] as [[Int32]]).view(.uint8)
        #expect(
            bytes.shape == [2, 8] && bytes.toArray(as: UInt8.self) == [1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0])
        #expect(bytes.view(.int64).shape == [2, 1])
        let transposed = Tensor.zeros(4, 6).t()
        #expect(
            throws: TorchError(
                .runtime, "self.stride(-1) must be 1 to view Float as Short (different element sizes), but got 6")
        ) { try withError { transposed.view(.int16) } }
    }

    @Test func overlappingWindowsAddTheirGradients() {
        let x = Tensor.arange(6, dtype: .float32).requiresGrad_()
        x.unfold(0, 3, 1).sum().backward()
        #expect(x.grad!.toArray(as: Float.self) == [1, 2, 3, 3, 2, 1])
        let image = Tensor.ones(1, 1, 3, 3, requiresGrad: true)
        image.unfold(kernelSize: [2, 2]).sum().backward()
        #expect(image.grad!.toArray(as: Float.self) == [1, 2, 1, 2, 4, 2, 1, 2, 1])
    }

    @Test func memoryFormats() throws {
        let x = Tensor.arange(24).view(1, 2, 3, 4)
        let images = x.contiguous(memoryFormat: .channelsLast)
        #expect(
            images.stride() == [24, 1, 8, 2] && images.isContiguous(memoryFormat: .channelsLast)
                && !images.isContiguous())
        #expect(images.equal(x) && images.contiguous(memoryFormat: .channelsLast) === images)
        #expect((images + images).stride() == [24, 1, 8, 2] && images.double().stride() == [24, 1, 8, 2])
        #expect(
            Tensor.zerosLike(images).stride() == [24, 1, 8, 2] && images.clone(memoryFormat: .contiguous).isContiguous()
        )
        #expect(Tensor.empty([1, 2, 3, 4, 5], memoryFormat: .channelsLast3d).stride() == [120, 1, 40, 10, 2])
        #expect(throws: TorchError(.runtime, "required rank 4 tensor to use channels_last format")) {
            try withError { x.squeeze(0).contiguous(memoryFormat: .channelsLast) }
        }
    }

    /// If arguments from outside overflow an Int, they must be refused and not trap.
    @Test func hostileSizes() {
        let x = Tensor.zeros(0, 3), y = Tensor.zeros(2, 3), huge = Int.max
        for body in [
            { x.repeat(huge, huge) }, { y.repeat(huge, 2) }, { y.pad([huge, huge]) }, { y.diagEmbed(offset: huge) },
            { y.diagEmbed(offset: .min) },
            { .eye(huge, huge) }, { .arange(Int.min, Int.max, step: 1) }, { .arange(0.0, 1e300) },
            { .trilIndices(huge, huge) }, { .emptyStrided([huge, 2], [huge, huge]) },
            { y.asStrided([2, 2], [huge, huge]) }, { y.unfold(kernelSize: [2, 2], padding: [huge, huge]) },
            { x.unsqueeze(0).pixelShuffle(huge) },
            { .linspace(0, 1, steps: huge) }, { y.resize_(huge, huge) }, { combinations(.arange(100), r: 50) }
        ] as [() -> Tensor] {
            #expect(throws: TorchError.self) { try withError(body) }
        }
        #expect(y.diagonal(offset: huge).shape == [0] && y.diagonal(offset: .min).shape == [0])
        #expect(y.tril(huge).equal(y) && y.triu(.min).equal(y))
        #expect(y.slice(0, .min, huge, step: huge).shape == [1, 3] && y.unfold(0, 2, huge).shape == [1, 3, 2])
        #expect(y.roll(.min, dim: 0).equal(y))
    }
}
