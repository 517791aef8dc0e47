import Foundation
import Testing
import Torch

/// Where `Scripts/trained-weights.sh` put its files; nil if it did not run.
private let folder = ProcessInfo.processInfo.environment["TRAINED_WEIGHTS"]

/// Networks that other people trained, in files that they published. The layers and outputs are those of the package
/// facenet-pytorch 2.6.0 (Zhang et al., 2016), computed by PyTorch 2.15.
@Suite(.enabled(if: folder != nil, "the trained weights are not here: make test-vision fetches them"))
struct TrainedWeightsTests {
    private final class PNet: Module {
        let conv1 = Conv2d(3, 10, 3), prelu1 = PReLU(10), pool1 = MaxPool2d(2, stride: 2, ceilMode: true)
        let conv2 = Conv2d(10, 16, 3), prelu2 = PReLU(16)
        let conv3 = Conv2d(16, 32, 3), prelu3 = PReLU(32)
        let conv4_1 = Conv2d(32, 2, 1), softmax4_1 = Softmax(1), conv4_2 = Conv2d(32, 4, 1)

        func callAsFunction(_ x: Tensor) -> [Tensor] {
            let x = prelu3(conv3(prelu2(conv2(pool1(prelu1(conv1(x)))))))
            return [conv4_2(x), softmax4_1(conv4_1(x))]
        }
    }

    private final class RNet: Module {
        let conv1 = Conv2d(3, 28, 3), prelu1 = PReLU(28), pool1 = MaxPool2d(3, stride: 2, ceilMode: true)
        let conv2 = Conv2d(28, 48, 3), prelu2 = PReLU(48), pool2 = MaxPool2d(3, stride: 2, ceilMode: true)
        let conv3 = Conv2d(48, 64, 2), prelu3 = PReLU(64)
        let dense4 = Linear(576, 128), prelu4 = PReLU(128)
        let dense5_1 = Linear(128, 2), softmax5_1 = Softmax(1), dense5_2 = Linear(128, 4)

        func callAsFunction(_ x: Tensor) -> [Tensor] {
            var x = pool2(prelu2(conv2(pool1(prelu1(conv1(x))))))
            x = prelu3(conv3(x)).permute(0, 3, 2, 1).contiguous()
            x = prelu4(dense4(x.view(x.size(0), -1)))
            return [dense5_2(x), softmax5_1(dense5_1(x))]
        }
    }

    private final class ONet: Module {
        let conv1 = Conv2d(3, 32, 3), prelu1 = PReLU(32), pool1 = MaxPool2d(3, stride: 2, ceilMode: true)
        let conv2 = Conv2d(32, 64, 3), prelu2 = PReLU(64), pool2 = MaxPool2d(3, stride: 2, ceilMode: true)
        let conv3 = Conv2d(64, 64, 3), prelu3 = PReLU(64), pool3 = MaxPool2d(2, stride: 2, ceilMode: true)
        let conv4 = Conv2d(64, 128, 2), prelu4 = PReLU(128)
        let dense5 = Linear(1152, 256), prelu5 = PReLU(256)
        let dense6_1 = Linear(256, 2), softmax6_1 = Softmax(1), dense6_2 = Linear(256, 4), dense6_3 = Linear(256, 10)

        func callAsFunction(_ x: Tensor) -> [Tensor] {
            var x = pool2(prelu2(conv2(pool1(prelu1(conv1(x))))))
            x = prelu4(conv4(pool3(prelu3(conv3(x))))).permute(0, 3, 2, 1).contiguous()
            x = prelu5(dense5(x.view(x.size(0), -1)))
            return [dense6_2(x), dense6_3(x), softmax6_1(dense6_1(x))]
        }
    }

    private func check(
        _ model: Module, _ name: String, side: Int, sums: [Double], starts: [[Double]], _ call: (Tensor) -> [Tensor]
    ) throws {
        try model.loadStateDict(loadStateDict("\(folder!)/\(name).pt"))
        model.eval()
        let pixels = (Tensor.arange(3 * side * side) * 37 % 255).to(.float32)
        let results = noGrad { call(((pixels - 127.5) / 128).reshape(1, 3, side, side)) }
        for (result, (sum, start)) in zip(results, zip(sums, starts)) {
            #expect(abs(result.to(.float64).sum().item() - sum) < 1e-4 * max(1, abs(sum)), "\(name)")
            let found = result.flatten()[0..<start.count].toArray(as: Double.self)
            #expect(zip(found, start).allSatisfy { abs($0 - $1) < 1e-5 }, "\(name): \(found)")
        }
    }

    @Test func proposals() throws {
        let model = PNet()
        try check(
            model, "pnet", side: 24, sums: [-4.04721402, 48.99999972],
            starts: [[0.10659136, 0.07637563, -0.04075558], [0.99390996, 0.97695553, 0.99598819]]
        ) { model($0) }
    }

    @Test func refinements() throws {
        let model = RNet()
        try check(
            model, "rnet", side: 24, sums: [0.09517223, 1],
            starts: [[0.14448707, 0.06567129, -0.16126707, 0.04628095], [0.99577773, 0.00422219]]
        ) { model($0) }
    }

    @Test func outputs() throws {
        let model = ONet()
        try check(
            model, "onet", side: 48, sums: [0.14521388, 5.0284358, 1],
            starts: [
                [0.02940076, -0.01496505, -0.00350151, 0.13427968], [0.32903332, 0.69293147, 0.39298117, 0.23359433],
                [0.95132738, 0.04867256]
            ]
        ) { model($0) }
    }

    /// The 1×1 layers of lpips 0.1.4 (Zhang et al., 2018), which were saved on a graphics card.
    @Test(arguments: [
        ("v0.0/alex", 64, 2.56588723, 5), ("v0.0/squeeze", 64, 5.30183949, 7), ("v0.0/vgg", 64, 3.64160755, 5),
        ("v0.1/alex", 64, 2.34953231, 5), ("v0.1/squeeze", 64, 5.69010078, 7), ("v0.1/vgg", 64, 6.92599170, 5)
    ])
    func perceptualHeads(_ name: String, _ channels: Int, _ sum: Double, _ count: Int) throws {
        let state = try loadStateDict("\(folder!)/lpips/\(name).pth")
        #expect(state.count == count)
        let head = Conv2d(channels, 1, 1, bias: false)
        try head.loadStateDict(["weight": #require(state["lin0.model.1.weight"])])
        #expect(abs(head.weight.to(.float64).sum().item() - sum) < 1e-6)
    }
}
