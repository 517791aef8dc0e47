import Testing
import Torch
import TorchVision

/// The program `vision_transformer` of pytorch/examples, which has a class token and a position for each image of a
/// batch, and attends over the images. The images are FakeData of CIFAR-10's size.
@Suite struct VisionTransformerTests {
    static let patch = 8, latent = 32, heads = 4, encoders = 2, classes = 10, batch = 16, dropout = 0.1

    final class InputEmbedding: Module, Layer {
        let linearProjection = Linear(patch * patch * 3, latent)
        @Parameter var classToken = Tensor.randn(batch, 1, latent)
        @Parameter var posEmbedding = Tensor.randn(batch, 1, latent)

        func forward(_ input: Tensor) -> Tensor {
            let (b, h, w) = (input.size(0), input.size(2), input.size(3))
            let patches = input.unfold(2, patch, patch).unfold(3, patch, patch).permute(0, 2, 3, 1, 4, 5).contiguous()
                .view(b, (h / patch) * (w / patch), -1)
            let projection = linearProjection(patches)
            var embedded = cat([classToken, projection], dim: 1)
            embedded += posEmbedding[.all, ..<(projection.size(1) + 1), .all]
            return embedded
        }
    }

    final class EncoderBlock: Module, Layer {
        let norm = LayerNorm(latent)
        let attention = MultiheadAttention(latent, heads, dropout: dropout)
        let encMLP = Sequential(
            Linear(latent, latent * 4), GELU(), Dropout(dropout), Linear(latent * 4, latent), Dropout(dropout))

        func forward(_ patches: Tensor) -> Tensor {
            let normed = norm(patches)
            let attended = attention(normed, normed, normed).output + patches
            return encMLP(norm(attended)) + attended
        }
    }

    final class ViT: Module, Layer {
        let embedding = InputEmbedding()
        let encoders = ModuleList((0..<VisionTransformerTests.encoders).map { _ in EncoderBlock() })
        let MLPHead = Sequential(LayerNorm(latent), Linear(latent, latent), Linear(latent, classes))

        func forward(_ input: Tensor) -> Tensor {
            var output = embedding(input)
            for layer in encoders { output = layer(output) }
            return MLPHead(output[.all, 0])
        }
    }

    /// PyTorch 2.15 has these mean losses after each step, and of the validation, for the same data and seed.
    @Test func twoEpochsHaveTheLossesOfPyTorch() throws {
        manualSeed(0)
        let transform = Compose {
            Resize([32, 32]); ToTensor(); Normalize(mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5])
        }
        func loader(_ size: Int, from first: Int) -> DataLoader<FakeData> {
            DataLoader(
                FakeData(size: size, imageSize: [3, 32, 32], transform: transform, randomOffset: first),
                batchSize: Self.batch, shuffle: true, dropLast: true)
        }
        let trainLoader = loader(80, from: 0), validLoader = loader(40, from: 80)
        let model = ViT()
        let optimizer = Adam(model.parameters(), lr: 1e-3, weightDecay: 3e-2)
        let criterion = CrossEntropyLoss()
        #expect(model.parameters().reduce(0) { $0 + $1.numel() } == 33930)
        var losses: [Double] = []
        for _ in 1...2 {
            model.train()
            var total = 0.0
            for (step, (images, labels)) in trainLoader.enumerated() {
                optimizer.zeroGrad()
                let loss = criterion(model(images), labels)
                loss.backward()
                optimizer.step()
                total += loss.item()
                losses.append(total / Double(step + 1))
            }
            model.eval()
            total = 0
            for (images, labels) in validLoader { total += criterion(model(images), labels).item() }
            losses.append(total / Double(validLoader.count))
        }
        // Six digits, which rounding may change by one.
        let expected = [
            2.310292, 2.355951, 2.371186, 2.363126, 2.367222, 2.306207, 2.373596, 2.322684, 2.333074, 2.312325,
            2.299152,
            2.366970
        ]
        #expect(losses.count == expected.count && zip(losses, expected).allSatisfy { abs($0 - $1) < 2e-6 }, "\(losses)")
    }
}
