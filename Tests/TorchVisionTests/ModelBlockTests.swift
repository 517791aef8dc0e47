import Testing
import Torch
import TorchVision

// Expected numbers: torchvision 0.29.2 on PyTorch 2.15 with the same seed.
@Suite(.serialized) struct ModelBlockTests {
    private func close(_ x: Tensor, _ expected: [Double]) -> Bool {
        let values = x.detach().flatten().toArray(as: Double.self)
        return values.count == expected.count && zip(values, expected).allSatisfy { abs($0 - $1) < 2e-6 }
    }

    @Test func stochasticDepthDraws() {
        manualSeed(3)
        let rows = stochasticDepth(Tensor.ones(6, 2), p: 0.4, mode: .row)
        let kept = 1.6666666269302368
        #expect(rows[0..., 0].toArray(as: Double.self) == [kept, kept, 0, kept, 0, 0])
        #expect(rows[0..., 0].equal(rows[0..., 1]))
        #expect(Tensor.randint(1000, [1]).item(as: Int.self) == 825)
        manualSeed(3)
        let batches = (0..<4).map { _ in stochasticDepth(Tensor.ones(2, 1), p: 0.5, mode: .batch) }
        #expect(batches.map { $0.toArray(as: Double.self) } == [[2, 2], [2, 2], [0, 0], [2, 2]])
        #expect(stochasticDepth(Tensor.ones(2, 1), p: 1, mode: .batch).toArray(as: Double.self) == [0, 0])

        // Without dropping, nothing is drawn and the input is returned.
        manualSeed(3)
        let x = Tensor.ones(6, 2), layer = StochasticDepth(0.4, .row)
        #expect(stochasticDepth(x, p: 0, mode: .row) === x)
        #expect(layer.eval()(x) === x)
        #expect(layer.train()(x).equal(rows))
        #expect("\(layer)" == "StochasticDepth(p=0.4, mode=row)")
        #expect(
            message { try withError { _ = stochasticDepth(x, p: 1.5, mode: .row) } }
                == "drop probability has to be between 0 and 1, but got 1.5")
        #expect(
            message { try withError { _ = stochasticDepth(Tensor(1), p: 0.5, mode: .row) } }
                == "tuple index out of range")
    }

    @Test func squeezeExcitation() {
        manualSeed(0)
        let layer = SqueezeExcitation(4, 2)
        #expect(
            close(
                layer(Tensor.arange(16, dtype: .float32).view(1, 4, 2, 2) / 8),
                [
                    0, 0.04438134282827377, 0.08876268565654755, 0.13314402103424072, 0.16547149419784546,
                    0.20683936774730682, 0.2482072412967682, 0.28957509994506836, 0.5692968964576721,
                    0.6404590010643005, 0.711621105670929, 0.7827832102775574, 1.0804500579833984, 1.1704875230789185,
                    1.2605249881744385, 1.350562572479248
                ]))
        #expect(layer.stateDict().keys == ["fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"])
        #expect(
            "\(layer)" == """
                SqueezeExcitation(
                  (avgpool): AdaptiveAvgPool2d(output_size=1)
                  (fc1): Conv2d(4, 2, kernel_size=(1, 1), stride=(1, 1))
                  (fc2): Conv2d(2, 4, kernel_size=(1, 1), stride=(1, 1))
                  (activation): ReLU()
                  (scale_activation): Sigmoid()
                )
                """)
    }

    @Test func convolutionNormActivation() {
        manualSeed(0)
        let layer = Conv2dNormActivation(
            2, 3, kernelSize: [3, 5], stride: 2, activationLayer: { SiLU(inplace: $0) }, dilation: [2, 1])
        #expect(
            "\(layer)" == """
                Conv2dNormActivation(
                  (0): Conv2d(2, 3, kernel_size=(3, 5), stride=(2, 2), padding=(2, 2), dilation=(2, 1), bias=False)
                  (1): BatchNorm2d(3, eps=1e-05, momentum=0.1, affine=True, bias=True, track_running_stats=True)
                  (2): SiLU(inplace=True)
                )
                """)
        #expect(
            layer.stateDict().keys == [
                "0.weight", "1.weight", "1.bias", "1.running_mean", "1.running_var", "1.num_batches_tracked"
            ])
        let y = layer(Tensor.arange(60, dtype: .float32).view(1, 2, 6, 5) / 60).flatten()
        #expect(
            close(
                y[0..<9],
                [
                    -0.27690693736076355, -0.10391006618738174, 0.12681396305561066, -0.2587678134441376,
                    -0.17177945375442505, 0.5244060754776001, -0.03763802349567413, 0.8320464491844177,
                    1.2946993112564087
                ]))
        #expect(
            "\(Conv3dNormActivation(2, 4, normLayer: nil))" == """
                Conv3dNormActivation(
                  (0): Conv3d(2, 4, kernel_size=(3, 3, 3), stride=(1, 1, 1), padding=(1, 1, 1))
                  (1): ReLU(inplace=True)
                )
                """)
        #expect(Conv2dNormActivation(2, 4, normLayer: nil, activationLayer: nil, bias: false).parameters().count == 1)

        // Layers can be replaced; the state dict follows.
        layer[0] = Conv2d(2, 3, 1)
        layer[-1] = Identity()
        #expect(layer.stateDict().keys.prefix(3) == ["0.weight", "0.bias", "1.weight"])
        #expect(layer.count == 3 && layer.outChannels == 3)
        #expect(layer(Tensor.zeros(2, 2, 4, 4)).shape == [2, 3, 4, 4])
        #expect(message { try withError { _ = layer[3] } } == "index 3 is out of range")
        let copy = Conv2dNormActivation(2, 3).copy { Conv2dNormActivation(2, 3) }
        #expect(copy.parameters().count == 3)
    }

    /// A network of three small blocks, in training: the draws of stochastic depth are part of the result.
    @Test func smallConvNeXt() {
        manualSeed(0)
        let model = ConvNeXt(
            [.init(4, 8, 1), .init(8, nil, 2)], stochasticDepthProb: 0.5, layerScale: 1, numClasses: 3)
        manualSeed(5)
        #expect(
            close(
                model(images),
                [
                    -0.015511589124798775, -0.005253218114376068, -0.08124174177646637, 8.901581168174744e-06,
                    -0.013047568500041962, -0.06751500070095062
                ]))
        #expect(
            "\(ConvNeXt.CNBlockConfig(8, nil, 2))"
                == "CNBlockConfig(input_channels=8, out_channels=None, num_layers=2)")
        #expect("\(Permute([0, 2, 1]))" == "Permute()")
    }

    @Test func smallRegNet() {
        manualSeed(0)
        let stages = RegNet.BlockParams.fromInitParams(
            depth: 5, w0: 8, wA: 4, wM: 1.5, groupWidth: 4, seRatio: 0.25)
        #expect(stages.depths == [1, 3, 1] && stages.widths == [8, 16, 24] && stages.groupWidths == [4, 4, 4])
        let model = RegNet(stages, numClasses: 3, stemWidth: 4)
        #expect(
            close(
                model(images),
                [
                    0.029923034831881523, -0.01634797640144825, -0.010472994297742844, -0.018103156238794327,
                    0.02213423326611519, -0.006584774702787399
                ]))
        let keys = model.stateDict().keys
        #expect(keys[0] == "stem.0.weight" && keys[6] == "trunk_output.block1.block1-0.proj.0.weight")
        #expect(model.trunkOutput.typeName == "Sequential" && model.trunkOutput[0] is RegNet.AnyStage)
    }

    private let images = Tensor.arange(2 * 3 * 32 * 32, dtype: .float32).remainder(17).view(2, 3, 32, 32) / 17

    @Test func mistakes() {
        func sentence(_ body: () -> Void) -> String? { message { try withError(body) } }
        withDevice(.meta) {
            #expect(
                sentence { _ = MobileNetV2.InvertedResidual(4, 4, stride: 3, expandRatio: 1) }
                    == "stride should be 1 or 2 instead of 3")
            #expect(
                sentence { _ = ShuffleNetV2.InvertedResidual(4, 6, stride: 1) }
                    == "Invalid combination of stride 1, inp 4 and oup 6 values. If stride == 1 then inp should be equal to oup // 2 << 1."
            )
            #expect(
                sentence { _ = RegNet.BlockParams.fromInitParams(depth: 4, w0: 50, wA: 1, wM: 2, groupWidth: 8) }
                    == "Invalid RegNet settings")
            #expect(
                sentence { _ = RegNet.BlockParams.fromInitParams(depth: 4, w0: 48, wA: 1, wM: 2, groupWidth: 0) }
                    == "integer division or modulo by zero")
            #expect(sentence { _ = mobilenetV2(widthMult: .nan) } == "cannot convert float NaN to integer")
            #expect(sentence { _ = mobilenetV2(roundNearest: 0) } == "integer division or modulo by zero")
            #expect(
                sentence { _ = mobilenetV2(invertedResidualSetting: []) }
                    == "inverted_residual_setting should be non-empty or a 4-element list, got []")
            #expect(sentence { _ = MNASNet(-1) } == "alpha should be greater than 0.0 instead of -1.0")
            #expect(
                sentence { _ = ShuffleNetV2([1], [1]) } == "expected stages_repeats as list of 3 positive ints")
            #expect(
                sentence { _ = EfficientNet([], dropout: 0) } == "The inverted_residual_setting should not be empty")
            // Sizes that no machine has must not trap. The least number of channels is 8.
            #expect(EfficientNet.MBConvConfig(2, 3, 1, .min, .max, -1).inputChannels == 8)
            #expect(sentence { _ = EfficientNet([.init(2, 3, 1, .max, 8, 1)], dropout: 0) } != nil)
            for extreme in [Int.min, Int.max, -1] {
                #expect(sentence { _ = mobilenetV2(numClasses: extreme) } != nil)
                #expect(sentence { _ = mobilenetV2(invertedResidualSetting: [(extreme, extreme, 1, 1)]) } != nil)
                #expect(sentence { _ = Conv2dNormActivation(3, 8, kernelSize: extreme, dilation: extreme) } != nil)
                #expect(sentence { _ = SqueezeExcitation(extreme, extreme) } != nil)
            }
        }
    }
}
