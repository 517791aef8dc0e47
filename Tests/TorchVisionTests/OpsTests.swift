import Foundation
import Testing
import Torch
import TorchVision

/// Compares the operators with what Fixtures/ops.py recorded of torchvision.
@Suite struct OpsTests {
    let recorded: [String: Tensor]

    init() throws {
        var entries: [String: Tensor] = [:]
        for (name, tensor) in try loadNpz(Fixtures.folder + "ops.npz") { entries[name] = tensor }
        recorded = entries
    }

    func read(_ name: String) throws -> Tensor { try #require(recorded[name], "no \(name)") }

    func leaf(_ tensor: Tensor) -> Tensor { tensor.clone().requiresGrad_() }

    /// Expects the recorded result. Integers are the same; other numbers differ by at most `limit`.
    func expect(_ name: String, _ result: Tensor, _ limit: Double? = nil) throws {
        let expected = try read(name)
        #expect(result.shape == expected.shape, "\(name): \(result.shape) instead of \(expected.shape)")
        #expect(result.dtype == expected.dtype, "\(name)")
        guard result.shape == expected.shape, result.numel() > 0 else { return }
        let (a, b) = (result.detach().to(.float64), expected.to(.float64))
        let same = a.eq(b).logicalOr(a.isnan().logicalAnd(b.isnan()))
        let difference = `where`(same, 0.0, (a - b).abs() / b.abs().clamp(min: 1)).max().item()
        let allowed = limit ?? (!expected.isFloatingPoint() ? 0 : expected.dtype == .float64 ? 1e-12 : 2e-6)
        #expect(difference <= allowed, "\(name): differs by \(difference)")
    }

    /// Expects the recorded result and gradients.
    func expect(_ name: String, _ result: Tensor, gradients: [String: Tensor]) throws {
        try expect(name, result)
        let count = result.numel()
        let all = Tensor.linspace(-1, 1, Swift.max(count, 2), dtype: result.dtype)
        for tensor in gradients.values { tensor.grad = nil }
        (result * all[..<count].view(result.shape)).sum().backward()
        for (key, tensor) in gradients {
            try expect("\(name)|\(key)", #require(tensor.grad, "\(name): no gradient of \(key)"))
        }
    }

    // MARK: Boxes

    @Test func suppressionKeepsTheSameBoxes() throws {
        let (boxes, scores, classes) = try (read("boxes"), read("scores"), read("classes"))
        for threshold in [0.1, 0.3, 0.5] {
            try expect("nms|\(threshold)", nms(boxes, scores, iouThreshold: threshold))
            try expect(
                "nms|\(threshold)|float", nms(boxes.to(.float32), scores.to(.float32), iouThreshold: threshold))
            try expect("batched_nms|\(threshold)", batchedNms(boxes, scores, classes, iouThreshold: threshold))
            // Strided memory.
            let turned = boxes.t().contiguous().t()
            try expect("nms|\(threshold)", nms(turned, scores, iouThreshold: threshold))
        }
        let many = scores.repeat([30]) - Tensor.arange(1200) / 1e6
        try expect(
            "batched_nms|many", batchedNms(boxes.repeat([30, 1]), many, classes.repeat([30]), iouThreshold: 0.3))
    }

    @Test func suppressionRefusesAndBearsOddInputs() throws {
        let (boxes, scores) = try (read("boxes").to(.float32), read("scores").to(.float32))
        func refusal(_ boxes: Tensor, _ scores: Tensor) -> String? {
            message { try withError { _ = nms(boxes, scores, iouThreshold: 0.5) } }
        }
        #expect(refusal(boxes[0], scores) == "boxes should be a 2d tensor, got 1D")
        #expect(refusal(boxes[.all, ..<3], scores) == "boxes should have 4 elements in dimension 1, got 3")
        #expect(refusal(boxes, scores.unsqueeze(0)) == "scores should be a 1d tensor, got 2D")
        #expect(
            refusal(boxes, scores[..<2])
                == "boxes and scores should have same number of elements in dimension 0, got 40 and 2")
        #expect(refusal(boxes, scores.to(.float64)) == "dets should have the same type as scores")
        #expect(refusal(boxes.half(), scores.half()) == "\"nms_kernel\" not implemented for 'Half'")
        #expect(nms(boxes[..<0], scores[..<0], iouThreshold: 0.5).shape == [0])
        #expect(batchedNms(boxes[..<0], scores[..<0], Tensor.zeros([0]), iouThreshold: 0.5).shape == [0])
        let void = Tensor.full([3, 4], Double.nan)
        let kept = nms(void, Tensor([0.1, .nan, 0.5] as [Float]), iouThreshold: 0.5)
        #expect(kept.toArray(as: Int.self) == [1, 2, 0])
    }

    @Test func boxesAreMeasuredAndClipped() throws {
        let boxes = try read("boxes")
        try expect("small", removeSmallBoxes(boxes, minSize: 15))
        try expect("clip", clipBoxesToImage(boxes, size: (40, 30)))
        for fmt in [BoxFormat.xywh, .cxcywh] { try expect("box_area|\(fmt)", boxArea(boxes, fmt: fmt)) }
        try expect("box_area|half", boxArea(boxes.half()))
        #expect(boxArea(Tensor([[0, 0, 100, 100]], dtype: .int8)).dtype == .int32)
        try expect("masks_to_boxes", masksToBoxes(read("masks")))
        try expect("masks_to_boxes", masksToBoxes(read("masks").ne(0)))
        #expect(masksToBoxes(Tensor.zeros([0, 3, 3])).shape == [0, 4])
        #expect(
            message { try withError { _ = masksToBoxes(Tensor.zeros([3, 3])) } }
                == "not enough values to unpack (expected 3, got 2)")
    }

    @Test func boxesConvert() throws {
        for formats in [[BoxFormat.xyxy, .xywh, .cxcywh], [.xywhr, .cxcywhr, .xyxyxyxy]] {
            for source in formats {
                let boxes = try read("convert|\(source)")
                for target in formats {
                    try expect("convert|\(source)|\(target)", boxConvert(boxes, inFmt: source, outFmt: target))
                    try expect(
                        "convert|\(source)|\(target)|int", boxConvert(boxes.to(.int32), inFmt: source, outFmt: target))
                }
            }
        }
        let boxes = try read("boxes")
        #expect(
            message { try withError { _ = boxConvert(boxes, inFmt: .xyxy, outFmt: .xywhr) } }
                == "Unsupported Bounding Box Conversions for given in_fmt xyxy and out_fmt xywhr")
        #expect(
            message { try withError { _ = boxConvert(boxes[.all, ..<3], inFmt: .xyxy, outFmt: .xywh) } }
                == "not enough values to unpack (expected 4, got 3)")
    }

    @Test func overlapsHaveTheirGradients() throws {
        let boxes = try read("boxes")
        let (a, b) = (leaf(boxes[..<5]), leaf(boxes[3..<10]))
        let inputs = ["a": a, "b": b]
        try expect("box_iou", boxIou(a, b), gradients: inputs)
        try expect("generalized_box_iou", generalizedBoxIou(a, b), gradients: inputs)
        try expect("distance_box_iou", distanceBoxIou(a, b), gradients: inputs)
        try expect("complete_box_iou", completeBoxIou(a, b), gradients: inputs)
        for fmt in [BoxFormat.xywh, .cxcywh] {
            try expect("box_iou|\(fmt)", boxIou(a, b, fmt: fmt), gradients: inputs)
        }
        try expect("box_iou|int", boxIou(boxes[..<5].to(.int32), boxes[3..<10].to(.int32)))
        #expect(boxIou(boxes[..<0], boxes).shape == [0, 40])
    }

    @Test func boxLossesHaveTheirGradients() throws {
        let boxes = try read("boxes")
        let (a, b) = (leaf(boxes[..<9]), leaf(boxes[1..<10] + 4))
        let inputs = ["a": a, "b": b]
        for reduction in [LossReduction.none, .mean, .sum] {
            try expect(
                "generalized_box_iou_loss|\(reduction)", generalizedBoxIouLoss(a, b, reduction: reduction),
                gradients: inputs)
            try expect(
                "distance_box_iou_loss|\(reduction)", distanceBoxIouLoss(a, b, reduction: reduction),
                gradients: inputs)
            try expect(
                "complete_box_iou_loss|\(reduction)", completeBoxIouLoss(a, b, reduction: reduction),
                gradients: inputs)
        }
        #expect(generalizedBoxIouLoss(boxes[..<0], boxes[..<0], reduction: .mean).item() == 0)
        #expect(distanceBoxIouLoss(boxes[0], boxes[1]).dim == 0)
        #expect(
            message { try withError { _ = generalizedBoxIouLoss(boxes[..<3], boxes[..<2]) } }
                == "The size of tensor a (3) must match the size of tensor b (2) at non-singleton dimension 0")
    }

    // MARK: Regions

    @Test(arguments: [DType.float64, .float32]) func regionsHaveTheirGradients(_ dtype: DType) throws {
        let x = try leaf(read("image").to(dtype)), boxes = try read("regions").to(dtype)
        for size in [[2, 2], [1, 4]] {
            for scale in [1.0, 0.5] {
                let key = "\(size[0])|\(size[1])|\(scale)|\(dtype.name)"
                for sampling in [-1, 2] {
                    for aligned in [false, true] {
                        try expect(
                            "roi_align|\(key)|\(sampling)|\(aligned ? "True" : "False")",
                            roiAlign(
                                x, boxes, outputSize: size, spatialScale: scale, samplingRatio: sampling,
                                aligned: aligned), gradients: ["x": x])
                    }
                    try expect(
                        "ps_roi_align|\(key)|\(sampling)",
                        psRoiAlign(x, boxes, outputSize: size, spatialScale: scale, samplingRatio: sampling),
                        gradients: ["x": x])
                }
                try expect(
                    "roi_pool|\(key)", roiPool(x, boxes, outputSize: size, spatialScale: scale), gradients: ["x": x])
                try expect("ps_roi_pool|\(key)", psRoiPool(x, boxes, outputSize: size, spatialScale: scale))
            }
        }
    }

    @Test func regionsTakeEveryLayoutAndListsOfBoxes() throws {
        let image = try read("image"), boxes = try read("regions")
        let twisted = image.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2)
        let lists = try [boxes, boxes].enumerated().map {
            try #require($0.element[$0.offset == 0 ? [0, 3, 4, 6] : [1, 2, 5]])[.all, 1...]
        }
        let order = Tensor([0, 3, 4, 6, 1, 2, 5])
        for pool in pools {
            let expected = pool(image, boxes)
            #expect(equal(pool(twisted, boxes.t().contiguous().t()), expected))
            #expect(equal(pool(image, lists.toRegions()), expected[order]))
            // Half types are computed in float32.
            let half = pool(image.half(), boxes.half())
            #expect(half.dtype == .float16)
            #expect(allclose(half.to(.float32), pool(image.half().to(.float32), boxes.half().to(.float32)), atol: 2e-3))
            try gradcheck({ [pool($0[0], boxes)] }, [leaf(image)])
            try gradgradcheck({ [pool($0[0], boxes)] }, [leaf(image)])
        }
    }

    private var pools: [(Tensor, Tensor) -> Tensor] {
        [
            { roiAlign($0, $1, outputSize: 2) }, { roiPool($0, $1, outputSize: 2) },
            { psRoiAlign($0, $1, outputSize: 2) }, { psRoiPool($0, $1, outputSize: 2) }
        ]
    }

    @Test func regionsBearHostileBoxes() throws {
        let image = Tensor.ones([2, 4, 3, 3])
        for value in [Float.nan, .infinity, -.infinity, 3e38, -3e38, 1e10] {
            for pool in pools {
                for column in 1..<5 {
                    let box = Tensor([[1, 0, 0, 2, 2]] as [[Float]])
                    box[0, column] = value
                    let result = try withError { pool(image, box) }
                    #expect(result.shape.sizes[0] == 1)
                    #expect(result.ge(0).logicalAnd(result.le(1)).all().item(as: Bool.self), "\(value) at \(column)")
                }
            }
        }
        for index in [Float.nan, -1, 2, .infinity, 1e30] {
            let box = Tensor([[index, 0, 0, 2, 2]])
            for pool in pools {
                let text = message { try withError { _ = pool(image, box) } } ?? ""
                #expect(text.contains("is in image") && text.contains("batch of 2"), "\(text)")
            }
        }
        let void = Tensor.full([1, 4, 3, 3], Double.nan, dtype: .float64)
        let least = -Double(Float.greatestFiniteMagnitude)
        #expect(
            roiPool(void, [Tensor([[0, 0, 2, 2]], dtype: .float64)], outputSize: 1).eq(least).all().item(as: Bool.self))
        #expect(
            roiAlign(Tensor.ones([1, 4, 0, 3]), Tensor.zeros([2, 5]), outputSize: 2).eq(0).all().item(as: Bool.self))
        #expect(roiPool(Tensor.ones([1, 4, 0, 3]), Tensor.zeros([2, 5]), outputSize: 2).eq(0).all().item(as: Bool.self))
    }

    @Test func regionsRefuseWhatTorchvisionRefuses() throws {
        let image = Tensor.ones([2, 4, 3, 3]), boxes = Tensor.zeros([2, 5])
        func refusal(_ body: () -> Tensor) -> String? { message { try withError { _ = body() } } }
        #expect(
            refusal { roiAlign(image, boxes[.all, ..<4], outputSize: 2) }
                == "The boxes tensor shape is not correct as Tensor[K, 5]")
        #expect(
            refusal { roiAlign(image, [boxes, boxes], outputSize: 2) }
                == "The shape of the tensor in the boxes list is not correct as List[Tensor[L, 4]]")
        #expect(
            refusal { roiAlign(image, boxes.to(.float64), outputSize: 2) } == "input should have the same type as rois")
        #expect(
            refusal { roiAlign(image, boxes, outputSize: [-1, 2]) }
                == "Trying to create tensor with negative dimension -1: [2, 4, -1, 2]")
        #expect(
            refusal { psRoiAlign(image, boxes, outputSize: 3) }
                == "input channels must be a multiple of pooling height * pooling width")
        #expect(
            refusal { roiPool(image.to(.bfloat16), boxes.to(.bfloat16), outputSize: 2) }
                == "\"roi_pool_forward_kernel\" not implemented for 'BFloat16'")
        #expect(refusal { roiAlign(image[0], boxes, outputSize: 2) }?.hasPrefix("Dimension out of range") == true)
        for size in [Int.max, .min, 0, 1 << 40] {
            for shape in [[size, size], [size, 1], [1, size]] {
                for isPooling in [false, true] {
                    _ = refusal {
                        isPooling
                            ? psRoiPool(image, boxes, outputSize: shape) : psRoiAlign(image, boxes, outputSize: shape)
                    }
                    if size != 1 << 40 {
                        _ = refusal {
                            isPooling
                                ? roiPool(image, boxes, outputSize: shape) : roiAlign(image, boxes, outputSize: shape)
                        }
                    }
                }
            }
        }
        #expect(refusal { roiAlign(image, boxes, outputSize: 2, samplingRatio: .max) } != nil)
        #expect(roiAlign(image, boxes, outputSize: 2, samplingRatio: .min).shape == [2, 4, 2, 2])
        #expect(roiAlign(image, boxes[..<0], outputSize: 2).shape == [0, 4, 2, 2])
        #expect(roiAlign(image, boxes, outputSize: 0).shape == [2, 4, 0, 0])
        #expect(psRoiPool(image[.all, ..<0], boxes, outputSize: 2).shape == [2, 0, 2, 2])
        let meta = roiAlign(image.to(.meta), boxes.to(.meta), outputSize: 3)
        #expect(meta.shape == [2, 4, 3, 3] && meta.device == .meta)
    }

    @Test func regionsComeFromTheMapsOfTheirSizes() throws {
        let maps = try ["a", "b", "c"].map { (name: $0, map: leaf(try read("map|\($0)"))) }
        let lists = [Tensor([[0, 0, 10, 10], [4, 4, 60, 62]] as [[Float]]), Tensor([[8, 8, 40, 40]] as [[Float]])]
        let pooler = MultiScaleRoIAlign(
            ["a", "c", "b"], outputSize: 2, samplingRatio: 2, canonicalScale: 32, canonicalLevel: 3)
        try expect(
            "multi_scale", pooler(maps, lists, [(64, 64), (60, 50)]),
            gradients: Dictionary(uniqueKeysWithValues: maps.map { ($0.name, $0.map) }))
        #expect(
            "\(MultiScaleRoIAlign(["a", "b"], outputSize: 7, samplingRatio: 2))"
                == "MultiScaleRoIAlign(featmap_names=['a', 'b'], output_size=(7, 7), sampling_ratio=2)")
        #expect(
            message {
                try withError { _ = MultiScaleRoIAlign(["a"], outputSize: 2, samplingRatio: 2)(maps, lists, []) }
            }
                == "images list should not be empty")
    }

    @Test func modulesPrintAsInTorchvision() {
        #expect(
            "\(RoIAlign(2, spatialScale: 0.5, samplingRatio: -1))"
                == "RoIAlign(output_size=2, spatial_scale=0.5, sampling_ratio=-1, aligned=False)")
        #expect("\(RoIPool(2, spatialScale: 1))" == "RoIPool(output_size=2, spatial_scale=1.0)")
        #expect(
            "\(PSRoIAlign(2, spatialScale: 0.5, samplingRatio: 1))"
                == "PSRoIAlign(output_size=2, spatial_scale=0.5, sampling_ratio=1)")
        #expect("\(PSRoIPool([2, 2], spatialScale: 0.25))" == "PSRoIPool(output_size=(2, 2), spatial_scale=0.25)")
        #expect("\(DropBlock2d(0.1, blockSize: 3))" == "DropBlock2d(p=0.1, block_size=3, inplace=False)")
        #expect("\(DropBlock3d(0.1, blockSize: 3, inplace: true))" == "DropBlock3d(p=0.1, block_size=3, inplace=True)")
        #expect("\(FrozenBatchNorm2d(3))" == "FrozenBatchNorm2d(3, eps=1e-05)")
        #expect(
            "\(MLP(3, [4, 5], dropout: 0.1))" == """
                MLP(
                  (0): Linear(in_features=3, out_features=4, bias=True)
                  (1): ReLU()
                  (2): Dropout(p=0.1, inplace=False)
                  (3): Linear(in_features=4, out_features=5, bias=True)
                  (4): Dropout(p=0.1, inplace=False)
                )
                """)
    }

    // MARK: Losses and layers

    @Test func focalLossHasItsGradients() throws {
        let logits = try leaf(read("logits")), targets = try read("targets")
        for (alpha, gamma, key) in [(0.25, 2.0, "0.25|2"), (-1, 2, "-1|2"), (0.7, 1.5, "0.7|1.5")] {
            for reduction in [LossReduction.none, .mean, .sum] {
                try expect(
                    "focal|\(key)|\(reduction)",
                    sigmoidFocalLoss(logits, targets, alpha: alpha, gamma: gamma, reduction: reduction),
                    gradients: ["logits": logits])
            }
        }
        #expect(
            message { try withError { _ = sigmoidFocalLoss(logits, targets, alpha: 2) } }
                == "Invalid alpha value: 2.0. alpha must be in the range [0,1] or -1 for ignore.")
    }

    @Test func blocksAreDroppedWithTheSameDraws() throws {
        manualSeed(1)
        try expect("drop_block2d", dropBlock2d(Tensor.ones([2, 3, 7, 6]), p: 0.3, blockSize: 3))
        try expect("drop_block3d", DropBlock3d(0.2, blockSize: 9)(Tensor.ones([1, 2, 5, 6, 7], dtype: .float64)))
        let x = Tensor.ones([2, 3, 7, 6])
        manualSeed(1)
        try expect("drop_block2d", dropBlock2d(x, p: 0.3, blockSize: 3, inplace: true))
        try expect("drop_block2d", x)
        #expect(DropBlock2d(0.3, blockSize: 3).eval()(x) === x)
        func refusal(_ sizes: [Int], _ p: Double, _ side: Int) -> String? {
            message { try withError { _ = dropBlock2d(Tensor.ones(sizes), p: p, blockSize: side) } }
        }
        #expect(refusal([1, 1, 4, 4], 1.5, 3) == "drop probability has to be between 0 and 1, but got 1.5.")
        #expect(refusal([1, 4, 4], 0.5, 3) == "input should be 4 dimensional. Got 3 dimensions.")
        #expect(refusal([1, 1, 4, 4], 0.5, 4) == "block size should be odd. Got 4 which is even.")
        #expect(refusal([1, 1, 4, 4], 0.5, -1) == "pad must be non-negative, but got pad: -1")
        #expect(refusal([1, 1, 4, 4], 0.5, .min) != nil)
        #expect(refusal([1, 1, 0, 4], 0.5, 3) == "block size should be odd. Got 0 which is even.")
    }

    @Test func aFrozenNormalizationHasNoGradients() throws {
        manualSeed(2)
        let norm = FrozenBatchNorm2d(3, eps: 1e-3)
        for buffer in norm.buffers() { buffer.uniform_(0.5, 2) }
        let x = try leaf(read("frozen|x|input"))
        try expect("frozen", norm(x), gradients: ["x": x])
        #expect(norm.parameters().isEmpty)
        #expect(norm.stateDict().keys == ["weight", "bias", "running_mean", "running_var"])
        let trained = BatchNorm2d(3).stateDict()
        try norm.loadStateDict(trained)
        #expect(norm.weight.eq(1).all().item(as: Bool.self))
    }

    @Test func networksDrawTheSameWeights() throws {
        manualSeed(3)
        let mlp = MLP(3, [4, 5], normLayer: { LayerNorm($0) }, dropout: 0.1)
        try expect("mlp", mlp(Tensor.randn([2, 3])))
        #expect(mlp.stateDict().keys.first == "0.weight")

        manualSeed(4)
        let pyramid = FeaturePyramidNetwork([3, 4], outChannels: 5, extraBlocks: LastLevelMaxPool())
        let found = pyramid([("0", Tensor.randn([1, 3, 5, 7])), ("1", Tensor.randn([1, 4, 3, 4]))])
        #expect(found.map(\.name) == ["0", "1", "pool"])
        for (name, map) in found { try expect("fpn|\(name)", map) }
        #expect(pyramid.stateDict().keys.first == "inner_blocks.0.0.weight")
        let more = LastLevelP6P7(4, 5).forward([("1", found[1].map)], [Tensor.randn([1, 4, 3, 4])])
        for (name, map) in more.dropFirst() { try expect("fpn|\(name)", map) }
    }
}
