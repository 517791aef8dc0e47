import Testing
import Torch
import TorchVision

// Expected numbers: torchvision 0.29.2 on PyTorch 2.15, image by image with the same seed.
@Suite(.serialized) struct TransformTests {
    /// Three 4 x 4 images that count up; each image begins 16 higher.
    private let images = Tensor.arange(0, 48, dtype: .float32).view(3, 1, 4, 4)

    private func rows(_ x: Tensor) -> [[Int]] { (0..<x.count).map { x.select(0, $0).toArray() } }

    @Test func cropAndFlip() {
        let transform = Compose {
            RandomCrop(3, padding: 1); RandomHorizontalFlip()
        }
        manualSeed(0)
        #expect(
            rows(transform.batch(images)) == [
                [0, 0, 0, 0, 3, 2, 0, 7, 6], [0, 0, 0, 18, 19, 0, 22, 23, 0], [0, 43, 42, 0, 47, 46, 0, 0, 0]
            ])
        #expect(Tensor.randint(0, 1000, [2]).toArray(as: Int.self) == [683, 101])
        // Image by image, the draws are the same.
        manualSeed(0)
        #expect(
            (0..<3).map { transform(images.select(0, $0)).toArray(as: Int.self) } == [
                [0, 0, 0, 0, 3, 2, 0, 7, 6], [0, 0, 0, 18, 19, 0, 22, 23, 0], [0, 43, 42, 0, 47, 46, 0, 0, 0]
            ])

        manualSeed(1)
        let nested = Compose([Compose([RandomCrop(4), RandomHorizontalFlip(p: 0.7)]), RandomCrop(height: 2, width: 4)])
        #expect(
            rows(nested.batch(images)) == [
                [8, 9, 10, 11, 12, 13, 14, 15], [20, 21, 22, 23, 24, 25, 26, 27], [43, 42, 41, 40, 47, 46, 45, 44]
            ])
    }

    @Test func normalize() {
        let x = ToTensor()(Tensor([0, 17, 128, 255] as [UInt8], shape: [2, 2]))
        #expect(x.shape == [1, 2, 2])
        #expect(
            Normalize(mean: [0.2860], std: [0.3530])(x).toArray(as: Double.self) == [
                -0.8101983666419983, -0.6213409900665283, 0.6117870211601257, 2.022662878036499
            ])
        let two = Normalize(mean: [0.1, 0.5], std: [0.2, 0.25])(
            Tensor.arange(0, 8, dtype: .float64).view(2, 2, 2).div(8))
        #expect(
            two.toArray(as: Double.self) == [-0.5, 0.12499999999999997, 0.7499999999999999, 1.375, 0.0, 0.5, 1.0, 1.5])
        #expect(
            message {
                _ = try withError { Normalize(mean: [0], std: [1])(Tensor([1, 2] as [UInt8], shape: [1, 1, 2])) }
            }
                == "Input tensor should be a float tensor. Got torch.uint8.")
        #expect(
            message { _ = try withError { Normalize(mean: [0], std: [0])(Tensor.ones(1, 1, 2)) } }
                == "std evaluated to zero after conversion to torch.float32, leading to division by zero.")
    }

    /// torchvision also refuses to make three channels of one.
    @Test func normalizeWantsANumberAChannel() {
        #expect(
            message { _ = try withError { Normalize(mean: [0, 0, 0], std: [1, 1, 1])(Tensor.ones(1, 2, 2)) } }
                == "Normalize: 3 numbers for images of 1 channels, torch.Size([1, 1, 2, 2])")
    }

    @Test func everyByteBecomesTorchsFloat() {
        let bytes = Tensor((0..<256).map { UInt8($0) }, shape: [1, 16, 16])
        #expect(ToTensor()(bytes).toArray(as: Float.self) == (0..<256).map { Float($0) / 255 })
        #expect(ToTensor()(Tensor.ones(1, 2, 2, dtype: .int32)).dtype == .int32)
    }

    @Test func lambdaSeesTheBatch() {
        let transform = Compose {
            Lambda { $0.narrow(3, 0, 2) }
            RandomCrop(height: 4, width: 2)
        }
        manualSeed(5)
        let untouched = Generator().manualSeed(5)
        #expect(rows(transform.batch(images))[0] == [0, 1, 4, 5, 8, 9, 12, 13])
        // The crop got the new width, so nothing was drawn.
        #expect(
            Tensor.rand([2]).toArray(as: Float.self) == Tensor.rand([2], generator: untouched).toArray(as: Float.self))
    }

    @Test func aCropTooLargeIsRefused() {
        #expect(
            message { _ = try withError { RandomCrop(7, padding: 1).batch(images) } }
                == "Required crop size (7, 7) is larger than input image size (6, 6)")
    }
}
