import Testing
import Torch
import TorchVision

// Small vision transformers. Expected numbers: torchvision 0.29.2 on PyTorch 2.15, with the same seeds, in float64.
@Suite(.serialized) struct TransformerModelTests {
    private func close(_ x: Tensor, _ expected: [Double]) -> Bool {
        let values = x.detach().flatten().toArray(as: Double.self)
        let isClose =
            values.count == expected.count
            && zip(values, expected).allSatisfy { abs($0 - $1) < 1e-9 * max(1, abs($1)) }
        if !isClose { print("found \(values), expected \(expected)") }
        return isClose
    }

    private func images(_ height: Int, _ width: Int) -> Tensor {
        Tensor.arange(2 * 3 * height * width, dtype: .float64).remainder(17).view(2, 3, height, width) / 17
    }

    /// The sum of the gradient's absolute values, of each named parameter.
    private func gradients(_ model: Module, _ names: [String]) -> Tensor {
        let sums = names.map { model.getParameter($0)?.grad?.abs().sum().item() ?? .nan }
        return Tensor(sums, dtype: .float64)
    }

    private func sentence(_ body: () -> Void) -> String? { message { try withError(body) } }

    @Test func visionTransformerWithAllOptions() {
        manualSeed(0)
        let model = VisionTransformer(
            imageSize: 32, patchSize: 8, numLayers: 2, numHeads: 2, hiddenDim: 8, mlpDim: 16, dropout: 0.1,
            attentionDropout: 0.2, numClasses: 3, representationSize: 6,
            convStemConfigs: [
                .init(outChannels: 4, kernelSize: 3, stride: 2), .init(outChannels: 5, kernelSize: 3, stride: 4)
            ])
        if let head = model.heads[-1] as? Linear { Init.normal_(head.weight) }
        let keys = model.stateDict().keys
        #expect(keys.count == 46)
        #expect(
            [0, 1, 7, 13, 16].map { keys[$0] } == [
                "class_token", "conv_proj.conv_bn_relu_0.0.weight", "conv_proj.conv_bn_relu_1.0.weight",
                "conv_proj.conv_last.weight", "encoder.layers.encoder_layer_0.ln_1.weight"
            ])
        model.double()
        manualSeed(5)
        let scores = model(images(32, 32))
        #expect(
            close(
                scores,
                [0.760713286565, -0.845373367376, 0.123687666062, 2.0976915866, -0.955487878744, -2.02513731108]))
        scores.square().sum().backward()
        #expect(
            close(
                gradients(
                    model,
                    [
                        "class_token", "conv_proj.conv_bn_relu_1.0.weight", "encoder.pos_embedding",
                        "encoder.layers.encoder_layer_0.self_attention.in_proj_weight",
                        "encoder.layers.encoder_layer_1.mlp.3.bias", "heads.pre_logits.weight"
                    ]),
                [359.320217845, 388.432734854, 464.205724308, 341.414162704, 24.2676693246, 138.374411757]))
        #expect(Tensor.randint(1000, [1]).item(as: Int.self) == 409)
    }

    /// Files of torchvision before 0.13 name the linear layers otherwise.
    @Test func oldNamesAndOtherSizes() throws {
        manualSeed(1)
        let model = smallTransformer(32)
        let state = model.stateDict()
        let scores = [-5.85918311541, -4.7862835937, -2.34777290864, -0.765565657426, 0.680627696512, -3.94487382552]
        let old = StateDict(
            state.map { key, value in
                var parts = key.split(separator: ".")
                if let i = parts.firstIndex(of: "mlp") { parts[i + 1] = parts[i + 1] == "0" ? "linear_1" : "linear_2" }
                return (parts.joined(separator: "."), value)
            })
        #expect(old["encoder.layers.encoder_layer_0.mlp.linear_2.bias"] != nil)
        let loaded = smallTransformer(32)
        try loaded.loadStateDict(old)
        loaded.double().eval()
        #expect(close(loaded(images(32, 32)), scores))
        #expect(close(noGrad { loaded(images(32, 32)) }, scores))

        let double = loaded.stateDict()
        let larger = try interpolateEmbeddings(imageSize: 64, patchSize: 16, modelState: double)
        let embedding = try #require(larger["encoder.pos_embedding"])
        #expect(larger.keys == double.keys && embedding.shape == [1, 17, 8])
        #expect(close(embedding.sum(), [-0.125887169968]))
        #expect(
            close(
                embedding[0, 6, ..<4], [0.0172333330574, 0.00241266825258, -0.00641300482089, 0.000497564392346]))
        let model64 = smallTransformer(64).double()
        try model64.loadStateDict(larger)
        #expect(model64(images(64, 64)).shape == [2, 3])
        let headless = try interpolateEmbeddings(
            imageSize: 48, patchSize: 16, modelState: double, interpolationMode: .bilinear, resetHeads: true)
        #expect(headless.keys == double.keys.filter { !$0.hasPrefix("heads") })
        #expect(
            close(
                try #require(headless["encoder.pos_embedding"])[0, 5, ..<4],
                [0.00568143150304, -0.00133083629771, -0.00399319760618, -0.000295156569337]))
        // The heads stay if nothing is interpolated.
        let same = try interpolateEmbeddings(imageSize: 32, patchSize: 16, modelState: double, resetHeads: true)
        #expect(same.keys == double.keys)

        func failure(_ state: StateDict, _ mode: InterpolationMode = .bicubic) -> String? {
            message {
                _ = try interpolateEmbeddings(
                    imageSize: 48, patchSize: 16, modelState: state, interpolationMode: mode)
            }
        }
        func embeddings(_ sizes: Int...) -> StateDict { ["encoder.pos_embedding": Tensor.zeros(sizes)] }
        #expect(failure([:]) == "'encoder.pos_embedding'")
        #expect(
            failure(embeddings(1, 8, 4))
                == "seq_length is not a perfect square! Instead got seq_length_1d * seq_length_1d = 4 and seq_length = 7"
        )
        #expect(failure(embeddings(2, 5, 4)) == "Unexpected position embedding shape: torch.Size([2, 5, 4])")
        #expect(failure(embeddings(5, 4)) == "not enough values to unpack (expected 3, got 2)")
        #expect(failure(embeddings(1, 0, 4)) != nil)
        #expect(failure(embeddings(1, 1, 4)) != nil)
        #expect(
            failure(embeddings(1, 5, 4), .nearest)
                == "align_corners option can only be set with the interpolating modes: linear | bilinear | bicubic | trilinear"
        )
    }

    private func smallTransformer(_ imageSize: Int) -> VisionTransformer {
        let model = VisionTransformer(
            imageSize: imageSize, patchSize: 16, numLayers: 1, numHeads: 2, hiddenDim: 8, mlpDim: 16, numClasses: 3)
        if let head = model.heads[-1] as? Linear { Init.normal_(head.weight) }
        return model
    }

    private func smallSwin(second: Bool) -> SwinTransformer {
        let block: SwinTransformer.Block = {
            SwinTransformer.SwinTransformerBlockV2(
                $0, $1, windowSize: $2, shiftSize: $3, mlpRatio: $4, dropout: $5, attentionDropout: $6,
                stochasticDepthProb: $7, normLayer: $8)
        }
        let merging: SwinTransformer.Downsampling = { SwinTransformer.PatchMergingV2($0, normLayer: $1) }
        manualSeed(2)
        let model = SwinTransformer(
            patchSize: [2, 2], embedDim: 8, depths: [2, 1], numHeads: [2, 4], windowSize: [3, 4], mlpRatio: 2.5,
            dropout: 0.1, attentionDropout: 0.2, stochasticDepthProb: 0.3, numClasses: 3,
            block: second ? block : nil, downsampleLayer: second ? merging : nil)
        Init.normal_(model.head.weight)
        return model
    }

    private let swinParameters = [
        "features.0.0.weight", "features.1.1.attn.qkv.weight", "features.1.1.attn.qkv.bias",
        "features.1.0.mlp.0.weight", "features.2.reduction.weight", "features.3.0.attn.proj.bias"
    ]

    @Test func smallSwinTransformer() {
        let model = smallSwin(second: false).double()
        manualSeed(6)
        let images = images(22, 14), scores = model(images)
        #expect(
            close(
                scores,
                [-0.442739951016, -1.37810376759, 4.78265546888, -0.371224364523, -1.33722829697, 4.79969925179]))
        #expect(Tensor.randint(1000, [1]).item(as: Int.self) == 394)
        scores.square().sum().backward()
        #expect(
            close(
                gradients(model, swinParameters + ["features.1.1.attn.relative_position_bias_table"]),
                [
                    1098.34618623, 22.7205649919, 4.43205452527, 38.2004431494, 38679.4878919, 2604.65005283,
                    0.0514904177857
                ]))
        model.eval()
        let expected = [
            -0.526212264306, -1.45899068477, 4.5741807654, -0.638011115908, -1.51030460863, 4.44197107919
        ]
        #expect(close(model(images), expected))
        #expect(close(noGrad { model(images) }, expected))
        #expect(close(noGrad { model(images.transpose(2, 3).contiguous().transpose(2, 3)) }, expected))
        let index = model.getBuffer("features.1.1.attn.relative_position_index")
        #expect(index?[..<6].toArray(as: Int.self) == [17, 16, 15, 14, 10, 9])
    }

    @Test func smallSwinTransformerV2() {
        let model = smallSwin(second: true)
        let coordinates = model.getBuffer("features.1.1.attn.relative_coords_table")?.flatten()[..<6]
        #expect(
            coordinates?.toArray(as: Float.self) == [
                -1.0566417, -1.0566417, -1.0566417, -0.88765502, -1.0566417, -0.624823034
            ])
        model.double()
        manualSeed(6)
        let images = images(22, 14), scores = model(images)
        #expect(
            close(
                scores, [-7.6192545752, 1.6397311794, -0.690723115277, -2.24552913504, 2.45202084051, -3.90051575371])
        )
        #expect(Tensor.randint(1000, [1]).item(as: Int.self) == 394)
        scores.square().sum().backward()
        #expect(
            close(
                gradients(
                    model,
                    swinParameters + ["features.1.1.attn.logit_scale", "features.1.1.attn.cpb_mlp.0.weight"]),
                [
                    4974.51470992, 27821.3189853, 3469.48454675, 23725.7008844, 56458.3008609, 44684.9201158,
                    2.31244023326, 90.677690443
                ]))
        model.eval()
        let expected = [
            -8.06001867528, 3.30110640462, -1.99374182899, -6.75323017628, 2.00792765723, -2.82742963712
        ]
        #expect(close(model(images), expected))
        #expect(close(noGrad { model(images) }, expected))
        let keys = model.stateDict().keys
        #expect(
            keys[6..<11].map { $0.split(separator: ".").dropFirst(4).joined(separator: ".") } == [
                "logit_scale", "relative_coords_table", "relative_position_index", "qkv.weight", "qkv.bias"
            ])
    }

    @Test func shiftOfOneDimension() {
        manualSeed(3)
        let attention = SwinTransformer.ShiftedWindowAttention(
            4, [2, 3], [0, 1], 2, qkvBias: false, projBias: false
        ).double()
        let input = Tensor.arange(2 * 4 * 6 * 4, dtype: .float64).remainder(11).view(2, 4, 6, 4) / 11
        let output = attention(input)
        #expect(
            close(
                output.flatten()[..<8],
                [
                    -0.0611535057213, -0.110483161405, -0.00934334804103, -0.0373016084197, -0.12996350168,
                    -0.179475661836, -0.032166133921, -0.15313806132
                ]))
        #expect(close(output.sum(), [-24.6340253654]))
        #expect(
            "\(attention)" == """
                ShiftedWindowAttention(
                  (qkv): Linear(in_features=4, out_features=12, bias=False)
                  (proj): Linear(in_features=4, out_features=4, bias=False)
                )
                """)
    }

    @Test func smallMaxVit() {
        manualSeed(4)
        let model = MaxVit(
            inputSize: (32, 32), stemChannels: 8, partitionSize: 4, blockChannels: [8, 16], blockLayers: [1, 2],
            headDim: 4, stochasticDepthProb: 0.3, expansionRatio: 2, mlpRatio: 2, mlpDropout: 0.1,
            attentionDropout: 0.1, numClasses: 3)
        if let last = model.classifier[-1] as? Linear { Init.normal_(last.weight) }
        #expect(model.stateDict().count == 170)
        model.double()
        manualSeed(7)
        let images = images(32, 32), scores = model(images)
        #expect(
            close(
                scores,
                [0.0106367024484, 0.455816467955, 0.142439004278, 0.346804460478, -0.0517649409112, 0.0703966390937]))
        #expect(Tensor.randint(1000, [1]).item(as: Int.self) == 997)
        scores.square().sum().backward()
        #expect(
            close(
                gradients(
                    model,
                    [
                        "stem.0.0.weight", "blocks.0.layers.0.layers.MBconv.proj.1.weight",
                        "blocks.1.layers.0.layers.window_attention.attn_layer.1.relative_position_bias_table",
                        "blocks.0.layers.0.layers.grid_attention.attn_layer.1.to_qkv.weight", "classifier.3.weight"
                    ]), [167.144528788, 3.8245077318, 0.163970351757, 4.85965747641, 206.33432528]))
        model.eval()
        let expected = [
            0.225989725637, -0.177078356059, -0.320880959892, 0.222512257093, -0.17554363269, -0.318896349217
        ]
        #expect(close(model(images), expected))
        #expect(close(noGrad { model(images) }, expected))
    }

    @Test func sizesWithoutData() throws {
        try withDevice(.meta) {
            let images = Tensor.zeros(2, 3, 224, 224)
            #expect(swinT(numClasses: 5)(images).shape == [2, 5])
            #expect(swinV2T(numClasses: 5).features(Tensor.zeros(2, 3, 70, 100)).shape == [2, 3, 4, 768])
            #expect(maxvitT(numClasses: 5)(images).shape == [2, 5])
            #expect(try maxvitT(weights: nil, inputSize: (448, 448)).blocks[3].gridSize == (14, 14))
            let large = try vitB16(weights: nil, imageSize: 384, numClasses: 5)
            #expect(large.seqLength == 577 && large(Tensor.zeros(2, 3, 384, 384)).shape == [2, 5])
        }
    }

    @Test func mistakes() {
        func transformer(_ imageSize: Int, _ patchSize: Int) -> VisionTransformer {
            VisionTransformer(
                imageSize: imageSize, patchSize: patchSize, numLayers: 1, numHeads: 2, hiddenDim: 8, mlpDim: 16)
        }
        func swin(_ patchSize: [Int], _ depths: [Int], _ numHeads: [Int]) {
            _ = SwinTransformer(
                patchSize: patchSize, embedDim: 8, depths: depths, numHeads: numHeads, windowSize: [2, 2])
        }
        func maxVit(_ size: Int = 32, channels: Int = 8, partition: Int = 4, layers: Int = 1) {
            _ = MaxVit(
                inputSize: (size, 32), stemChannels: 8, partitionSize: partition, blockChannels: [channels],
                blockLayers: [layers], headDim: 8, stochasticDepthProb: 0)
        }
        withDevice(.meta) {
            let model = transformer(32, 16)
            #expect(
                sentence { _ = model(Tensor.zeros(1, 3, 32, 31)) } == "Wrong image width! Expected 32 but got 31!")
            #expect(
                sentence { _ = model(Tensor.zeros(1, 3, 48, 32)) } == "Wrong image height! Expected 32 but got 48!")
            #expect(
                sentence { _ = model(Tensor.zeros(3, 32, 32)) } == "not enough values to unpack (expected 4, got 3)")
            #expect(
                sentence { _ = model.encoder(Tensor.zeros(5, 8)) }
                    == "Expected (batch_size, seq_length, hidden_dim) got torch.Size([5, 8])")
            #expect(sentence { _ = transformer(33, 16) } == "Input shape indivisible by patch size!")
            #expect(sentence { _ = transformer(32, 0) } == "integer modulo by zero")
            #expect(
                message { _ = try vitB16(weights: .imagenet1kSwagE2EV1, imageSize: 224) }
                    == "The parameter 'image_size' expected value 384 but got 224 instead.")

            let attention = SwinTransformer.ShiftedWindowAttention(8, [2, 2], [1, 1], 2)
            #expect(
                sentence { _ = attention(Tensor.zeros(2, 4, 8)) }
                    == "not enough values to unpack (expected 4, got 3)")
            #expect(
                sentence { _ = SwinTransformer.ShiftedWindowAttention(8, [2], [1, 1], 2) }
                    == "window_size and shift_size must be of length 2")
            #expect(
                sentence { _ = SwinTransformer.PatchMerging(4)(Tensor.zeros(4, 4)) }
                    == "not enough values to unpack (expected 3, got 2)")
            #expect(sentence { swin([4, 4], [1], [2]) } == "float division by zero")
            #expect(sentence { swin([4], [2], [2]) } == "list index out of range")
            #expect(sentence { swin([4, 4], [2, 2], [2]) } == "list index out of range")

            #expect(
                sentence { maxVit(36) } == """
                    Input size (9, 8) of block 0 is not divisible by partition size 4. \
                    Consider changing the partition size or the input size.
                    Current configuration yields the following block input sizes: [(9, 8)].
                    """)
            #expect(sentence { maxVit(channels: 12) } == "feat_dim: 12 must be divisible by head_dim: 8")
            #expect(sentence { maxVit(partition: 0) } == "integer modulo by zero")
            #expect(sentence { maxVit(layers: -1) } == "Number of samples, -1, must be non-negative.")
            #expect(
                message { _ = try maxvitT(weights: .default, inputSize: (448, 448)) }
                    == "The parameter 'input_size' expected value (224, 224) but got (448, 448) instead.")

            // Sizes that no machine has must not trap.
            for extreme in [Int.min, Int.max, -1] {
                #expect(sentence { _ = transformer(extreme, 16) } != nil)
                #expect(sentence { _ = transformer(32, extreme) } != nil)
                #expect(sentence { _ = vitB32(numClasses: extreme) } != nil)
                for window in [[extreme, 2], [2, extreme], [extreme, extreme]] {
                    #expect(
                        sentence {
                            let shift = SwinTransformer.ShiftedWindowAttentionV2(4, window, [1, 1], 2)
                            _ = shift(Tensor.zeros(1, 4, 4, 4))
                        } != nil)
                }
                #expect(sentence { _ = SwinTransformer.ShiftedWindowAttention(extreme, [2, 2], [1, 1], 2) } != nil)
                _ = sentence {
                    let shift = SwinTransformer.ShiftedWindowAttention(4, [2, 2], [extreme, extreme], 2)
                    _ = shift(Tensor.zeros(1, 5, 6, 4))
                }
                _ = sentence { maxVit(extreme) }
                #expect(sentence { maxVit(channels: extreme) } != nil)
                _ = sentence { maxVit(partition: extreme) }
                #expect(
                    sentence { _ = MaxVit.RelativePositionalMultiHeadAttention(extreme, 8, extreme) } != nil)
            }
        }
    }
}
