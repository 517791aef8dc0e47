import Foundation
import LoopbackServer
import Testing
import Torch
import TorchFiles
@testable import TorchVision

private let records =
    (try? Data(contentsOf: URL(fileURLWithPath: Fixtures.folder + "models.jsonl")))
    .flatMap { try? ModelRecord.read($0) } ?? []

/// A Python with torchvision. `make test-vision` sets it.
private let python = ProcessInfo.processInfo.environment["VISION_PYTHON"]

@Suite(.serialized) struct ModelTests {
    /// Names, shapes, print and pretrained weights are torchvision's. Models that are not written yet are left out.
    @Test func everyModelIsTorchvisions() throws {
        let known = Dictionary(uniqueKeysWithValues: records.map { ($0.name, $0) })
        for name in listModels() {
            #expect(try #require(known[name], "\(name) is not recorded").differences() == [])
        }
    }

    /// Initial weights and outputs are torchvision's, for the smallest models.
    @Test func smallModelsCompute() throws {
        for record in records where listModels().contains(record.name) {
            #expect(try record.computedDifferences() == [])
        }
    }

    @Test(.enabled(if: python != nil, "run by make test-vision")) func allModelsCompute() throws {
        for name in listModels() {
            let process = Process(), output = Pipe()
            process.executableURL = URL(fileURLWithPath: try #require(python))
            process.arguments = [Fixtures.folder + "models.py", "--live", name]
            process.standardOutput = output
            try process.run()
            let said = output.fileHandleForReading.readDataToEndOfFile()
            process.waitUntilExit()
            #expect(process.terminationStatus == 0)
            for record in try ModelRecord.read(said) {
                #expect(try record.differences() + record.computedDifferences() == [])
            }
        }
    }

    @Test func modelsByName() throws {
        #expect(listModels(include: ["resnet*"]) == ["resnet101", "resnet152", "resnet18", "resnet34", "resnet50"])
        #expect(
            listModels(include: ["vgg*", "squeeze*"], exclude: ["*_bn", "vgg1?"]) == ["squeezenet1_0", "squeezenet1_1"])
        #expect(try withDevice(.meta) { try getModel("ResNet18", numClasses: 7) } is ResNet)
        #expect(message { _ = try getModel("resnet19") } == "Unknown model resnet19")
        #expect(ResNet50Weights.default == .imagenet1kV2)
        #expect(
            "\(try getModelWeights("vgg16").verify("VGG16_Weights.IMAGENET1K_FEATURES"))"
                == "VGG16_Weights.IMAGENET1K_FEATURES")
        #expect(
            message { _ = try getModelWeights("vgg16").verify("V2") }
                == "'V2' is not in VGG16_Weights, which has IMAGENET1K_V1, IMAGENET1K_FEATURES")
        #expect(
            message { _ = try getWeight("ResNet18_Weights") } == "Invalid weight name provided: 'ResNet18_Weights'.")
        #expect(
            message { _ = try getWeight("ResNet_Weights.V1") }
                == "The weight enum 'ResNet_Weights' for the specific method couldn't be retrieved.")
        #expect(try getWeight("ResNet50_Weights.DEFAULT") as? ResNet50Weights == .imagenet1kV2)
        #expect(
            message { _ = try resnet18(weights: .default, numClasses: 10) }
                == "The parameter 'num_classes' expected value 1000 but got 10 instead.")
    }

    @Test func options() throws {
        // The numbers of entries and parameters are those of torchvision's models.
        func count(_ model: Module) -> [Int] {
            [model.stateDict().count, model.parameters().reduce(0) { $0 + $1.numel() }]
        }
        withDevice(.meta) {
            let grouped = resnet18(numClasses: 5, normLayer: { GroupNorm(32, $0) })
            #expect(count(grouped) == [62, 11_179_077])
            #expect("\(grouped.bn1)" == "GroupNorm(32, 64, eps=1e-05, affine=True, bias=True)")
            let dilated = resnet50(replaceStrideWithDilation: [false, true, true])
            #expect(dilated(Tensor.zeros(1, 3, 64, 64)).shape == [1, 1000])
            #expect(dilated.layer4(dilated.layer3(Tensor.zeros(1, 512, 8, 8))).shape == [1, 2048, 8, 8])
            #expect(
                message { try withError { _ = resnet18(replaceStrideWithDilation: [true]) } }
                    == "replace_stride_with_dilation should be None or a 3-element tuple, got [True]")
            #expect(
                message { try withError { _ = resnet18(replaceStrideWithDilation: [false, true, true]) } }
                    == "Dilation > 1 not supported in BasicBlock")
            #expect(
                message { try withError { _ = ResNet(BasicBlock.self, [1, 1, 1, 1], groups: 2) } }
                    == "BasicBlock only supports groups=1 and base_width=64")
            #expect(
                message { try withError { _ = SqueezeNet(version: "2") } }
                    == "Unsupported SqueezeNet version 2: 1_0 or 1_1 expected")
            let plain = googlenet(numClasses: 10, auxLogits: false, initWeights: false)
            #expect(count(plain) == [344, 5_610_154])
            #expect(plain.withAuxLogits(Tensor.zeros(2, 3, 64, 64)).auxLogits1 == nil)
        }
        manualSeed(0)
        let zero = resnet18(numClasses: 2, zeroInitResidual: true)
        #expect(zero.layer1[0].getParameter("bn2.weight")?.abs().sum().item() == 0)
        // A caller can replace the classifier.
        zero.fc = Linear(512, 3)
        #expect(zero.eval()(Tensor.randn(1, 3, 32, 32)).shape == [1, 3])
        let dense = DenseNet(growthRate: 4, blockConfig: (2, 1, 1, 1), numInitFeatures: 8, dropRate: 0.5, numClasses: 3)
        let copy = dense.copy {
            DenseNet(growthRate: 4, blockConfig: (2, 1, 1, 1), numInitFeatures: 8, dropRate: 0.5, numClasses: 3)
        }
        #expect(copy.getParameter("features.denseblock1.denselayer2.conv1.weight")?.shape == [16, 12, 1, 1])
        let image = Tensor.randn(2, 3, 64, 64)
        #expect(copy.eval()(image).equal(dense.eval()(image)))
        #expect(
            DenseNet.currentKey("features.denseblock1.denselayer12.norm.2.weight")
                == "features.denseblock1.denselayer12.norm2.weight")
        #expect(DenseNet.currentKey("features.transition1.norm.weight") == "features.transition1.norm.weight")
    }

    /// The numbers are those that torchvision's models with the same options and seeds compute in float64.
    @Test func outputsWithOptions() {
        func isClose(_ found: Tensor, _ expected: [Double]) -> Bool {
            let found = found.flatten().toArray(as: Double.self)
            return found.count == expected.count
                && zip(found, expected).allSatisfy { ($0 - $1).magnitude <= 1e-9 * max(0.1, $1.magnitude) }
        }
        func outputs(_ seed: Int, _ make: () -> any Layer) -> Tensor {
            manualSeed(seed)
            let model = make(), image = Tensor.randn(2, 3, 64, 64)
            model.double()
            return model(image.to(.float64))
        }
        let dense = outputs(4) {
            DenseNet(growthRate: 4, blockConfig: (2, 1, 1, 1), numInitFeatures: 8, dropRate: 0.5, numClasses: 3)
        }
        #expect(
            isClose(
                dense,
                [0.0253860782481, -0.238223959655, -0.373597880432, -0.208294824296, -0.273807509314, -0.0812098723773])
        )
        let residual = outputs(5) {
            ResNet(
                Bottleneck.self, [1, 1, 1, 1], numClasses: 3, zeroInitResidual: true, groups: 2, widthPerGroup: 4,
                replaceStrideWithDilation: [false, true, true])
        }
        #expect(
            isClose(
                residual,
                [-0.280368118572, -0.0672084050803, 0.280589469469, -0.331174971877, -0.00198297504592, 0.280521158016])
        )
        let inception = outputs(6) {
            googlenet(numClasses: 3, auxLogits: false, transformInput: true, initWeights: false, dropout: 0.4)
        }
        #expect(
            isClose(
                inception,
                [-0.172110027247, 0.247631585393, -0.108074084947, 0.225096015424, -0.204500502666, 0.0369629702815]))
        var parameters: [Tensor] = []
        let logits = outputs(7) {
            let model = resnet18(numClasses: 3)
            parameters = Array(model.parameters().prefix(6))
            return model
        }
        logits.square().sum().backward()
        let sums = parameters.map { $0.grad?.abs().sum().item() ?? 0 }
        #expect(
            isClose(
                Tensor(sums, dtype: .float64),
                [11105.4630797, 18.3370525833, 6.27278673485, 5329.54401134, 12.0647762288, 9.93065026223]))
    }

    /// Weights come from the folder that Python uses.
    @Test func pretrainedWeights() throws {
        let folder = TemporaryFolder(), before = hubGetDir()
        hubSetDir(folder.path)
        defer { hubSetDir(before) }
        #expect(hubGetDir() == folder.path)
        manualSeed(3)
        let source = squeezenet1_1().eval(), path = folder.path + "/checkpoints/squeezenet1_1-b8a52dc0.pth"
        try folder.write("checkpoints/empty", [])
        try Torch.save(source.stateDict(), to: path)
        let image = Tensor.randn(1, 3, 32, 32)
        let loaded = try squeezenet1_1(weights: .default)
        #expect(loaded.isTraining)
        #expect(loaded.eval()(image).equal(source(image)))
        let named = try getModel("squeezenet1_1", weights: "IMAGENET1K_V1").eval()
        #expect(named(image).equal(source(image)))
        // A file of another model.
        try Torch.save(SqueezeNet(version: "1_1", numClasses: 3).stateDict(), to: path)
        #expect(
            message { _ = try squeezenet1_1(weights: .default) }
                == "\(path): Error(s) in loading state_dict for SqueezeNet:\n\tsize mismatch for classifier.1.weight: copying a param with shape torch.Size([3, 512, 1, 1]) from checkpoint, the shape in current model is torch.Size([1000, 512, 1, 1]).\n\tsize mismatch for classifier.1.bias: copying a param with shape torch.Size([3]) from checkpoint, the shape in current model is torch.Size([1000])."
        )
        // A file that is cut.
        let bytes = try #require(folder.read("checkpoints/squeezenet1_1-b8a52dc0.pth"))
        try folder.write("checkpoints/squeezenet1_1-b8a52dc0.pth", Array(bytes.prefix(bytes.count / 2)))
        #expect(message { _ = try squeezenet1_1(weights: .default) }?.contains(path) == true)
    }

    @Test func stateDictsFromAddresses() throws {
        let folder = TemporaryFolder()
        try Torch.save(["a": Tensor([1, 2])] as StateDict, to: folder.path + "/source.pth")
        let bytes = try #require(folder.read("source.pth"))
        var digest = Digest<SHA256>()
        digest.update(bytes)
        let hash = digest.finish()
        let server = try LoopbackServer { path, _ in .init(body: path.contains("cut") ? Array(bytes.dropLast()) : bytes)
        }
        defer { server.stop() }
        func get(_ name: String, check: Bool = true) throws -> StateDict {
            try loadStateDictFromURL(
                server.address(name), modelDir: folder.path + "/models", progress: false, checkHash: check)
        }
        let name = "tiny-\(hash.prefix(8)).pth"
        #expect(try get(name + "?download=1")["a"]?.toArray(as: Int.self) == [1, 2])
        #expect(try get(name)["a"]?.toArray(as: Int.self) == [1, 2])
        #expect(server.requests.count == 1)
        #expect(folder.files == ["models/\(name)", "source.pth"])
        #expect(
            message { _ = try get("tiny-01234567.pth") }?.hasSuffix(
                "got: invalid hash value (expected \"01234567\", got \"\(hash)\")") == true)
        #expect(
            message { _ = try get("cut-\(hash.prefix(10)).pth") }?.contains("expected \"\(hash.prefix(10))\"") == true)
        #expect(folder.files == ["models/\(name)", "source.pth"])
        #expect(try get("tiny-01234567.pth", check: false).count == 1)
        #expect(message { _ = try get("") } == "no file name in the address \(server.address(""))")
        #expect(StateDictFiles.hashPrefix(of: "alexnet-owt-7be5be79.pth") == "7be5be79")
        #expect(StateDictFiles.hashPrefix(of: "mnasnet0.5_top1_67.823-3ffadce67e.pth") == "3ffadce67e")
        #expect(StateDictFiles.hashPrefix(of: "alexnet-owt.pth") == nil)
    }

    /// The numbers are torchvision's.
    @Test func presets() {
        let image = (Tensor.arange(3 * 40 * 30) * 7 % 256).to(.uint8).view(3, 40, 30)
        let transform = ImageClassification(cropSize: 20, resizeSize: 24)
        let result = transform(image)
        #expect(result.shape == [3, 20, 20])
        #expect(abs(result.to(.float64).sum().item() - 286.6126089915633) < 1e-3)
        #expect(abs(result[2, 19, 19].item() - 1.332810640335083) < 1e-6)
        #expect(transform(image.unsqueeze(0)).select(0, 0).equal(result))
        #expect(transform.batch(image.unsqueeze(0)).select(0, 0).equal(result))
        let cubic = ImageClassification(cropSize: 20, resizeSize: 24, interpolation: .bicubic)(image)
        #expect(abs(cubic.to(.float64).sum().item() - 296.7534553236328) < 1e-3)
        #expect(abs(cubic[1, 3, 0].item() - 1.9033613204956055) < 1e-6)
        #expect(Compose { transform }(image).equal(result))
        #expect(
            "\(ResNet50Weights.imagenet1kV2.transforms())" == """
                ImageClassification(
                    crop_size=[224]
                    resize_size=[232]
                    mean=[0.485, 0.456, 0.406]
                    std=[0.229, 0.224, 0.225]
                    interpolation=InterpolationMode.BILINEAR
                )
                """)
    }
}
