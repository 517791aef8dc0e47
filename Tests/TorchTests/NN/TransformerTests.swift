import Testing
import Torch

/// Attention modules. Numbers in lists are PyTorch's after the same seed.
@Suite struct TransformerTests {
    private static func close(_ a: Tensor, _ b: [Double]) -> Bool {
        a.numel() == b.count
            && zip(a.flatten().toArray(as: Double.self), b).allSatisfy { abs($0 - $1) < 1e-5 + 1e-4 * abs($1) }
    }

    // MARK: MultiheadAttention

    @Test func keysAndValuesOfOtherSizes() {
        manualSeed(3)
        let attention = MultiheadAttention(4, 2, addBiasKV: true, addZeroAttn: true, kdim: 3, vdim: 5)
        #expect(
            attention.stateDict().keys == [
                "q_proj_weight", "k_proj_weight", "v_proj_weight", "in_proj_bias", "bias_k", "bias_v",
                "out_proj.weight", "out_proj.bias"
            ])
        let q = Tensor.randn(2, 1, 4), k = Tensor.randn(3, 1, 3), v = Tensor.randn(3, 1, 5)
        let (output, weights) = attention(q, k, v, averageAttnWeights: false)
        #expect(
            Self.close(
                output,
                [0.3094537, -0.1278459, -0.4835317, -0.4332901, 0.6451356, -0.4308305, -0.628435, -0.4541086]))
        #expect(weights?.shape == [1, 2, 2, 5])
        #expect(
            Self.close(
                weights ?? q,
                [
                    0.07521185, 0.07158746, 0.4221582, 0.1527213, 0.2783211, 0.154974, 0.1314185, 0.2165527, 0.3142054,
                    0.1828493, 0.2205175, 0.3484277, 0.1009307, 0.1771327, 0.1529914, 0.2195144, 0.5681044, 0.02468015,
                    0.124362, 0.06333902
                ]))
        let padded = attention(q, k, v, keyPaddingMask: Tensor([[false, true, false]]), needWeights: false)
        #expect(padded.weights == nil)
        #expect(
            Self.close(
                padded.output,
                [-0.02297035, 0.110165, -0.1815916, -0.223225, 0.221744, -0.08738591, -0.1866562, -0.06685547]))
    }

    /// The weights do not change the result, nor does the order of the dimensions, nor an equal mask in another form.
    @Test func formsOfOneCallAgree() throws {
        manualSeed(11)
        let first = MultiheadAttention(8, 4, batchFirst: true), second = MultiheadAttention(8, 4)
        try second.loadStateDict(first.stateDict())
        first.eval()
        let x = Tensor.randn(2, 6, 8), y = Tensor.randn(2, 5, 8)
        let padding = Tensor([[false, false, false, false, true], [false, false, false, true, true]])
        let mask = Tensor.rand([6, 5]) .> 0.8
        let expected = first(x, y, y, keyPaddingMask: padding, attnMask: mask).output
        let numbers = Tensor.zeros([6, 5]).maskedFill(mask, -Double.infinity)
        for needWeights in [true, false] {
            let results = [
                first(x, y, y, keyPaddingMask: padding, needWeights: needWeights, attnMask: mask).output,
                first(
                    x, y, y, keyPaddingMask: Tensor.zeros([2, 5]).maskedFill(padding, -Double.infinity),
                    needWeights: needWeights, attnMask: numbers
                ).output,
                first(
                    x, y, y, keyPaddingMask: padding, needWeights: needWeights,
                    attnMask: mask.unsqueeze(0).expand(8, 6, 5)
                ).output,
                second(
                    x.transpose(0, 1), y.transpose(0, 1), y.transpose(0, 1), keyPaddingMask: padding,
                    needWeights: needWeights, attnMask: mask
                ).output.transpose(0, 1)
            ]
            for result in results { #expect(result.allclose(expected, rtol: 1e-4, atol: 1e-6)) }
        }
        let single = first(x[1], y[1], y[1], keyPaddingMask: padding[1], attnMask: mask)
        #expect(single.output.allclose(expected[1], rtol: 1e-4, atol: 1e-6) && single.weights?.shape == [6, 5])
        let causal = Transformer.generateSquareSubsequentMask(6)
        #expect(
            first(x, x, x, needWeights: false, attnMask: causal, isCausal: true).output.allclose(
                first(x, x, x, attnMask: causal).output, rtol: 1e-4, atol: 1e-6))
    }

    @Test func theSameInputsHaveOneGradient() {
        manualSeed(12)
        let attention = MultiheadAttention(4, 2)
        let x = Tensor.randn(3, 2, 4), copies = [x, x, x].map { $0.clone().requiresGrad_() }
        let one = x.clone().requiresGrad_()
        attention(one, one, one, needWeights: false).output.square().sum().backward()
        let weight = attention.inProjWeight?.grad?.clone()
        attention.zeroGrad()
        attention(copies[0], copies[1], copies[2], needWeights: false).output.square().sum().backward()
        let sum = copies.compactMap(\.grad).reduce(Tensor.zeros([3, 2, 4])) { $0 + $1 }
        #expect(one.grad?.allclose(sum, rtol: 1e-4, atol: 1e-6) == true)
        #expect(attention.inProjWeight?.grad?.allclose(weight ?? x, rtol: 1e-4, atol: 1e-6) == true)
    }

    @Test func mistakes() {
        func sentence(_ body: () -> Void) -> String? {
            do { try withError { body() } } catch { return "\(error)" }
            return nil
        }
        #expect(
            sentence { _ = MultiheadAttention(0, 2) }
                == "embed_dim and num_heads must be greater than 0, got embed_dim=0 and num_heads=2 instead")
        #expect(sentence { _ = MultiheadAttention(5, 2) } == "embed_dim must be divisible by num_heads")
        let attention = MultiheadAttention(4, 2), x = Tensor.randn(3, 2, 4)
        #expect(
            sentence { _ = attention(x, x, x, isCausal: true) }
                == "Need attn_mask if specifying the is_causal hint. You may use the Transformer module method `generate_square_subsequent_mask` to create this mask."
        )
        #expect(
            sentence { _ = attention(x, x, x, attnMask: .ones([3, 3], dtype: .int32)) }
                == "only bool and floating types of attn_mask are supported")
        #expect(
            sentence { _ = attention(x, x, x, attnMask: .ones([2, 3], dtype: .bool)) }
                == "The shape of the 2D attn_mask is torch.Size([2, 3]), but should be (3, 3).")
        #expect(
            sentence { _ = attention(x, x, x, attnMask: .ones([3, 3, 3], dtype: .bool)) }
                == "The shape of the 3D attn_mask is torch.Size([3, 3, 3]), but should be (4, 3, 3).")
        #expect(
            sentence { _ = attention(x, x, x, keyPaddingMask: .ones([2, 4], dtype: .bool)) }
                == "Expected key_padded_mask.shape[1] to be 3, but got 4")
        #expect(
            sentence { _ = attention(x, x[0], x) }
                == "For batched (3-D) `query`, expected `key` and `value` to be 3-D but found 2-D and 3-D tensors respectively"
        )
        #expect(
            sentence { _ = attention(x, x, x[Slice(0, 2)]) }
                == "key shape torch.Size([3, 2, 4]) does not match value shape torch.Size([2, 2, 4])")
        #expect(
            sentence { _ = attention(.randn([3, 2, 5]), x, x) } == "was expecting embedding dimension of 4, but got 5")
        let model = Transformer(4, 2, numEncoderLayers: 1, numDecoderLayers: 1, dimFeedforward: 8)
        #expect(
            sentence { _ = model(.randn([3, 2, 4]), .randn([3, 3, 4])) }
                == "the batch number of src and tgt must be equal")
        #expect(
            sentence { _ = model(.randn([3, 2, 5]), .randn([3, 2, 4])) }
                == "the feature number of src and tgt must be equal to d_model")
    }

    // MARK: Encoders and decoders

    @Test func paddingBecomesZeroInEvaluation() {
        manualSeed(4)
        let layer = TransformerEncoderLayer(4, 2, dimFeedforward: 8, activation: .gelu, batchFirst: true)
        let encoder = TransformerEncoder(layer, 2, norm: LayerNorm([4])).eval(), x = Tensor.randn(2, 3, 4)
        let padding = Tensor([[false, false, true], [false, false, false]])
        #expect(
            Self.close(
                noGrad { encoder(x, srcKeyPaddingMask: padding) },
                [
                    1.364227, -1.295124, -0.5136721, 0.4445687, 1.64223, -0.1056182, -1.004206, -0.5324063, 0.0, 0.0,
                    0.0, 0.0, -0.1965549, 0.5137107, 1.191817, -1.508973, -0.636732, 1.260081, 0.640283, -1.263632,
                    -1.430352, 1.315334, -0.2721378, 0.3871565
                ]))
        let recorded = encoder(x, srcKeyPaddingMask: padding)
        #expect(
            Self.close(
                recorded,
                [
                    1.364227, -1.295124, -0.5136721, 0.4445687, 1.64223, -0.1056183, -1.004205, -0.5324063, -0.2071364,
                    -1.248394, -0.0905504, 1.546081, -0.1965548, 0.5137112, 1.191817, -1.508973, -0.636732, 1.260081,
                    0.6402831, -1.263632, -1.430353, 1.315334, -0.2721378, 0.3871566
                ]))
        // Padding that is not at the end is computed.
        let gaps = Tensor([[true, false, false], [false, false, false]])
        noGrad { #expect(encoder(x, srcKeyPaddingMask: gaps).ne(0).all().item(as: Bool.self)) }

        let decoder = TransformerDecoder(
            TransformerDecoderLayer(
                4, 2, dimFeedforward: 8, activation: .function { $0.tanh() }, batchFirst: true, normFirst: true), 2
        ).eval()
        #expect(
            Self.close(
                decoder(x, x[.all, Slice(0, 2)], tgtMask: Transformer.generateSquareSubsequentMask(3)),
                [
                    2.974246, -1.007218, 0.6720933, -0.595234, 2.531156, 1.022077, 0.504256, -1.067291, -0.3134473,
                    1.194985, 0.144947, 1.083863, -0.02672421, -1.615686, 1.460164, -1.677579, -0.4744682, -0.9779377,
                    3.090915, -2.092008, -2.60783, 0.298075, 0.8602107, -0.3035398
                ]))
    }

    /// With the draws of all dropouts.
    @Test func trainingOfATransformer() {
        manualSeed(5)
        let model = Transformer(
            dModel: 4, nhead: 2, numEncoderLayers: 1, numDecoderLayers: 1, dimFeedforward: 8, batchFirst: true)
        let x = Tensor.randn(2, 3, 4)
        #expect(
            Self.close(
                model(x, x),
                [
                    -1.275072, 0.5237151, 1.32899, -0.5776331, -0.7671884, 1.588896, -0.9348726, 0.1131654, -0.4524781,
                    1.267318, 0.5562053, -1.371045, -0.4877856, 1.295137, 0.534071, -1.341422, -1.585889, 0.7316454,
                    0.9678374, -0.1135943, -1.548047, 1.019322, 0.7251874, -0.1964624
                ]))
    }

    @Test func layersAreCopies() {
        let layer = TransformerEncoderLayer(dModel: 4, nhead: 2, activation: .module(GELU()))
        let encoder = TransformerEncoder(layer, numLayers: 2)
        #expect(encoder.layers[0].linear1.weight.equal(layer.linear1.weight))
        #expect(encoder.layers[0].linear1.weight !== encoder.layers[1].linear1.weight)
        #expect("\(layer)".hasSuffix("  (activation): GELU(approximate='none')\n)"))
        #expect(
            "\(encoder)".hasPrefix(
                "TransformerEncoder(\n  (layers): ModuleList(\n    (0-1): 2 x TransformerEncoderLayer("))
    }

    private final class Double2: Module, TransformerEncoding {
        func callAsFunction(_ src: Tensor, mask: Tensor?, srcKeyPaddingMask: Tensor?, isCausal: Bool?) -> Tensor {
            src * 2
        }
    }

    @Test func anEncoderOfOnesOwn() {
        let model = Transformer(4, 2, numDecoderLayers: 1, dimFeedforward: 8, customEncoder: Double2()).eval()
        let src = Tensor.randn(3, 2, 4), tgt = Tensor.randn(5, 2, 4)
        #expect(
            model(src, tgt).equal(
                model.decoder(
                    tgt, src * 2, tgtMask: nil, memoryMask: nil, tgtKeyPaddingMask: nil, memoryKeyPaddingMask: nil,
                    tgtIsCausal: nil, memoryIsCausal: false)))
        #expect(!model.stateDict().keys.contains { $0.hasPrefix("encoder") })
    }
}
