import Torch

extension Call {
    var reduction: LossReduction {
        get throws {
            try LossReduction(named: string("reduction", "mean"))
        }
    }
}

extension Table {
    mutating func addSoftmax() {
        for variant in ["", "@with_dtype"] {
            op("softmax\(variant)", "input dim dtype") {
                try $0.input.softmax(dim: $0.int("dim"), dtype: $0.dtypeOrNil())
            }
            op("log_softmax\(variant)", "input dim dtype") {
                try $0.input.logSoftmax(dim: $0.int("dim"), dtype: $0.dtypeOrNil())
            }
            op("nn.functional.softmin\(variant)", "input dim dtype") {
                try $0.input.softmin(dim: $0.int("dim"), dtype: $0.dtypeOrNil())
            }
        }
    }

    mutating func addLosses() {
        op("nn.functional.nll_loss", "input target weight ignore_index reduction") {
            try nllLoss(
                $0.input, $0.tensor("target"), weight: $0.tensorOrNil("weight"),
                ignoreIndex: $0.int("ignore_index", -100), reduction: $0.reduction)
        }
        op("nn.functional.cross_entropy", "input target weight ignore_index reduction label_smoothing") {
            try crossEntropy(
                $0.input, $0.tensor("target"), weight: $0.tensorOrNil("weight"),
                ignoreIndex: $0.int("ignore_index", -100), reduction: $0.reduction,
                labelSmoothing: $0.double("label_smoothing", 0))
        }
        op("nn.functional.mse_loss", "input target reduction weight") {
            try mseLoss($0.input, $0.tensor("target"), reduction: $0.reduction, weight: $0.tensorOrNil("weight"))
        }
        op("nn.functional.l1_loss", "input target reduction weight") {
            try l1Loss($0.input, $0.tensor("target"), reduction: $0.reduction, weight: $0.tensorOrNil("weight"))
        }
        op("nn.functional.smooth_l1_loss", "input target reduction beta") {
            try smoothL1Loss($0.input, $0.tensor("target"), reduction: $0.reduction, beta: $0.double("beta", 1))
        }
        op("nn.functional.huber_loss", "input target reduction delta weight") {
            try huberLoss(
                $0.input, $0.tensor("target"), reduction: $0.reduction, delta: $0.double("delta", 1),
                weight: $0.tensorOrNil("weight"))
        }
        op("nn.functional.binary_cross_entropy", "input target weight reduction") {
            try binaryCrossEntropy(
                $0.input, $0.tensor("target"), weight: $0.tensorOrNil("weight"), reduction: $0.reduction)
        }
        op("nn.functional.binary_cross_entropy_with_logits", "input target weight reduction pos_weight") {
            try binaryCrossEntropyWithLogits(
                $0.input, $0.tensor("target"), weight: $0.tensorOrNil("weight"),
                posWeight: $0.tensorOrNil("pos_weight"), reduction: $0.reduction)
        }
        op("nn.functional.kl_div", "input target reduction log_target") { c in
            let isBatchMean = try c.string("reduction", "mean") == "batchmean"
            return try klDiv(
                c.input, c.tensor("target"), reduction: isBatchMean ? .mean : c.reduction,
                logTarget: c.bool("log_target", false), batchMean: isBatchMean)
        }
    }
}

extension Table {
    mutating func addMarginLosses() {
        op("nn.functional.hinge_embedding_loss", "input target margin reduction") {
            try hingeEmbeddingLoss(
                $0.input, $0.tensor("target"), margin: $0.double("margin", 1), reduction: $0.reduction)
        }
        op("nn.functional.cosine_embedding_loss", "input1 input2 target margin reduction") {
            try cosineEmbeddingLoss(
                $0.tensor("input1"), $0.tensor("input2"), $0.tensor("target"), margin: $0.double("margin", 0),
                reduction: $0.reduction)
        }
        op("nn.functional.margin_ranking_loss", "input1 input2 target margin reduction") {
            try marginRankingLoss(
                $0.tensor("input1"), $0.tensor("input2"), $0.tensor("target"), margin: $0.double("margin", 0),
                reduction: $0.reduction)
        }
        op("nn.functional.triplet_margin_loss", "anchor positive negative margin p eps swap reduction") {
            try tripletMarginLoss(
                $0.tensor("anchor"), $0.tensor("positive"), $0.tensor("negative"), margin: $0.double("margin", 1),
                p: $0.double("p", 2), eps: $0.double("eps", 1e-6),
                swap: $0.bool("swap", false), reduction: $0.reduction)
        }
        op("nn.functional.triplet_margin_with_distance_loss", "anchor positive negative margin swap reduction") {
            try tripletMarginWithDistanceLoss(
                $0.tensor("anchor"), $0.tensor("positive"), $0.tensor("negative"), margin: $0.double("margin", 1),
                swap: $0.bool("swap", false),
                reduction: $0.reduction)
        }
        op("nn.functional.soft_margin_loss", "input target reduction") {
            try softMarginLoss($0.input, $0.tensor("target"), reduction: $0.reduction)
        }
        op("nn.functional.multilabel_soft_margin_loss", "input target weight reduction") {
            try multilabelSoftMarginLoss(
                $0.input, $0.tensor("target"), weight: $0.tensorOrNil("weight"), reduction: $0.reduction)
        }
        op("nn.functional.multi_margin_loss", "input target p margin weight reduction") {
            try multiMarginLoss(
                $0.input, $0.tensor("target"), p: $0.int("p", 1), margin: $0.double("margin", 1),
                weight: $0.tensorOrNil("weight"), reduction: $0.reduction)
        }
        op("nn.functional.multilabel_margin_loss", "input target reduction") {
            try multilabelMarginLoss($0.input, $0.tensor("target"), reduction: $0.reduction)
        }
        op("nn.functional.poisson_nll_loss", "input target log_input full eps reduction") {
            try poissonNllLoss(
                $0.input, $0.tensor("target"), logInput: $0.bool("log_input", true), full: $0.bool("full", false),
                eps: $0.double("eps", 1e-8), reduction: $0.reduction)
        }
        op("nn.functional.gaussian_nll_loss", "input target var full eps reduction") {
            try gaussianNllLoss(
                $0.input, $0.tensor("target"), variance: $0.tensor("var"), full: $0.bool("full", false),
                eps: $0.double("eps", 1e-6), reduction: $0.reduction)
        }
    }
}

extension Table {
    mutating func addSequenceLosses() {
        op(
            "nn.functional.ctc_loss",
            "log_probs targets input_lengths target_lengths blank reduction zero_infinity"
        ) {
            try ctcLoss(
                $0.tensor("log_probs"), $0.tensor("targets"), inputLengths: $0.lengths("input_lengths"),
                targetLengths: $0.lengths("target_lengths"), blank: $0.int("blank", 0), reduction: $0.reduction,
                zeroInfinity: $0.bool("zero_infinity", false))
        }
        for (variant, options) in [
            ("", nil), ("@chunked", LinearCrossEntropyOptions()), ("@chunked_none", LinearCrossEntropyOptions())
        ] {
            op(
                "nn.functional.linear_cross_entropy\(variant)",
                "input linear_weight target linear_bias weight reduction ignore_index label_smoothing options"
            ) {
                try linearCrossEntropy(
                    $0.input, $0.tensor("linear_weight"), $0.tensor("target"),
                    linearBias: $0.tensorOrNil("linear_bias"), weight: $0.tensorOrNil("weight"),
                    reduction: $0.reduction, ignoreIndex: $0.intOrNil("ignore_index"),
                    labelSmoothing: $0.double("label_smoothing", 0), options: options)
            }
        }
    }
}

extension Call {
    /// The lengths of sequences, as a tensor.
    func lengths(_ name: String) throws -> Tensor {
        isTensor(name) ? try tensor(name) : Tensor(try ints(name).map(Int64.init))
    }
}

extension ModuleTable {
    mutating func addSequenceLosses() {
        let names = "log_probs targets input_lengths target_lengths"
        module("CTCLoss", "blank reduction zero_infinity", names) {
            try CTCLoss(
                blank: $0.int("blank", 0), reduction: $0.reduction, zeroInfinity: $0.bool("zero_infinity", false))
        } call: { loss, call in
            let (logProbs, targets) = (try call.tensor("log_probs"), try call.tensor("targets"))
            if call.isTensor("input_lengths") {
                return try loss(
                    logProbs, targets, inputLengths: call.tensor("input_lengths"),
                    targetLengths: call.tensor("target_lengths"))
            }
            return try loss(
                logProbs, targets, inputLengths: call.ints("input_lengths"), targetLengths: call.ints("target_lengths"))
        }
        pair(
            "LinearCrossEntropyLoss",
            "in_features num_classes out_features bias device dtype reduction weight ignore_index label_smoothing options"
        ) {
            try LinearCrossEntropyLoss(
                $0.int("in_features"), $0.int("num_classes"), outFeatures: $0.intsOrNil("out_features") ?? [],
                bias: $0.bool("bias", false), reduction: $0.reduction, weight: $0.tensorOrNil("weight"),
                ignoreIndex: $0.intOrNil("ignore_index"), labelSmoothing: $0.double("label_smoothing", 0),
                dtype: $0.dtype())
        }
    }
}
