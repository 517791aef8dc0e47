import Torch

extension Call {
    var reduction: LossReduction {
        get throws {
            guard let reduction = LossReduction(rawValue: try string("reduction", "mean")) else { throw Unsupported("reduction \(try string("reduction", ""))") }
            return reduction
        }
    }
}

extension Table {
    mutating func addSoftmax() {
        for variant in ["", "@with_dtype"] {
            op("softmax\(variant)", "input dim dtype") { try $0.input.softmax(dim: $0.int("dim"), dtype: $0.dtypeOrNil()) }
            op("log_softmax\(variant)", "input dim dtype") { try $0.input.logSoftmax(dim: $0.int("dim"), dtype: $0.dtypeOrNil()) }
            op("nn.functional.softmin\(variant)", "input dim dtype") { try $0.input.softmin(dim: $0.int("dim"), dtype: $0.dtypeOrNil()) }
        }
    }

    mutating func addLosses() {
        op("nn.functional.nll_loss", "input target weight ignore_index reduction") {
            try nllLoss($0.input, $0.tensor("target"), weight: $0.tensorOrNil("weight"), ignoreIndex: $0.int("ignore_index", -100), reduction: $0.reduction)
        }
        op("nn.functional.cross_entropy", "input target weight ignore_index reduction label_smoothing") {
            try crossEntropy($0.input, $0.tensor("target"), weight: $0.tensorOrNil("weight"), ignoreIndex: $0.int("ignore_index", -100), reduction: $0.reduction,
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
            try huberLoss($0.input, $0.tensor("target"), reduction: $0.reduction, delta: $0.double("delta", 1), weight: $0.tensorOrNil("weight"))
        }
        op("nn.functional.binary_cross_entropy", "input target weight reduction") {
            try binaryCrossEntropy($0.input, $0.tensor("target"), weight: $0.tensorOrNil("weight"), reduction: $0.reduction)
        }
        op("nn.functional.binary_cross_entropy_with_logits", "input target weight reduction pos_weight") {
            try binaryCrossEntropyWithLogits($0.input, $0.tensor("target"), weight: $0.tensorOrNil("weight"), posWeight: $0.tensorOrNil("pos_weight"), reduction: $0.reduction)
        }
        op("nn.functional.kl_div", "input target reduction log_target") { c in
            let isBatchMean = try c.string("reduction", "mean") == "batchmean"
            return try klDiv(c.input, c.tensor("target"), reduction: isBatchMean ? .mean : c.reduction, logTarget: c.bool("log_target", false), batchMean: isBatchMean)
        }
    }
}
