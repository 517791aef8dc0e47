import Foundation
import Testing
import Torch
import TorchVision

extension TransformTests {
    /// The code of TorchVision's first page, in the same order, with the images of Debian's package
    /// dataset-fashion-mnist. `DocumentationTests` checks that each line of the page is here.
    @Suite struct FirstPage {
        @Test(
            .enabled(
                if: FileManager.default.fileExists(
                    atPath: "/usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz")))
        func dataSetsAndTransforms() throws {
            let folder = TemporaryFolder()
            let root = folder.path
            let training = try FashionMNIST(
                root: root, train: true, download: true, transform: ToTensor())
            let (image, label) = training[0]
            print(training.count, image.shape) // 60000 torch.Size([1, 28, 28])
            print(training.classes[label]) // Ankle boot
            #expect(
                "\(training.count) \(image.shape) \(training.classes[label])"
                    == "60000 torch.Size([1, 28, 28]) Ankle boot")

            let transform = Compose {
                RandomCrop(28, padding: 2)
                RandomHorizontalFlip()
                ToTensor()
                Normalize(mean: [0.2860], std: [0.3530])
            }
            let augmented = try FashionMNIST(
                root: root, train: true, transform: transform)
            let loader = DataLoader(
                augmented, batchSize: 64, shuffle: true, numWorkers: 2)
            for (images, labels) in loader {
                print(images.shape, labels.shape)
                // torch.Size([64, 1, 28, 28]) torch.Size([64])
                #expect("\(images.shape) \(labels.shape)" == "torch.Size([64, 1, 28, 28]) torch.Size([64])")
                break
            }
        }

        @Test func models() {
            let model = resnet18(numClasses: 10)
            model.eval()
            let logits = noGrad { model(Tensor.zeros(1, 3, 64, 64)) }
            print(logits.shape) // torch.Size([1, 10])
            print(ResNet50Weights.default.transforms().resizeSize) // 232
            #expect("\(logits.shape) \(ResNet50Weights.default.transforms().resizeSize)" == "torch.Size([1, 10]) 232")
        }
    }
}
