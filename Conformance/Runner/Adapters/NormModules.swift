import Torch

extension ModuleTable {
    mutating func addNormalizations() {
        let options = "num_features eps momentum affine track_running_stats device dtype bias"
        func momentum(_ call: Call) throws -> Double? {
            call.isNone("momentum") ? nil : try call.double("momentum", 0.1)
        }
        layer("BatchNorm1d", options) {
            try BatchNorm1d(
                $0.int("num_features"), eps: $0.double("eps", 1e-5), momentum: momentum($0),
                affine: $0.bool("affine", true), trackRunningStats: $0.bool("track_running_stats", true),
                bias: $0.bool("bias", true))
        }
        layer("BatchNorm2d", options) {
            try BatchNorm2d(
                $0.int("num_features"), eps: $0.double("eps", 1e-5), momentum: momentum($0),
                affine: $0.bool("affine", true), trackRunningStats: $0.bool("track_running_stats", true),
                bias: $0.bool("bias", true))
        }
        layer("BatchNorm3d", options) {
            try BatchNorm3d(
                $0.int("num_features"), eps: $0.double("eps", 1e-5), momentum: momentum($0),
                affine: $0.bool("affine", true), trackRunningStats: $0.bool("track_running_stats", true),
                bias: $0.bool("bias", true))
        }
        layer("InstanceNorm1d", options) {
            try InstanceNorm1d(
                $0.int("num_features"), eps: $0.double("eps", 1e-5), momentum: momentum($0),
                affine: $0.bool("affine", false), trackRunningStats: $0.bool("track_running_stats", false),
                bias: $0.bool("bias", true))
        }
        layer("InstanceNorm2d", options) {
            try InstanceNorm2d(
                $0.int("num_features"), eps: $0.double("eps", 1e-5), momentum: momentum($0),
                affine: $0.bool("affine", false), trackRunningStats: $0.bool("track_running_stats", false),
                bias: $0.bool("bias", true))
        }
        layer("InstanceNorm3d", options) {
            try InstanceNorm3d(
                $0.int("num_features"), eps: $0.double("eps", 1e-5), momentum: momentum($0),
                affine: $0.bool("affine", false), trackRunningStats: $0.bool("track_running_stats", false),
                bias: $0.bool("bias", true))
        }
        layer("LayerNorm", "normalized_shape eps elementwise_affine bias") {
            try LayerNorm(
                $0.ints("normalized_shape"), eps: $0.double("eps", 1e-5),
                elementwiseAffine: $0.bool("elementwise_affine", true), bias: $0.bool("bias", true))
        }
        layer("RMSNorm", "normalized_shape eps elementwise_affine") {
            try RMSNorm(
                $0.ints("normalized_shape"), eps: $0.scalarOrNil("eps")?.doubleValue,
                elementwiseAffine: $0.bool("elementwise_affine", true))
        }
        layer("GroupNorm", "num_groups num_channels eps affine device dtype bias") {
            try GroupNorm(
                $0.int("num_groups"), $0.int("num_channels"), eps: $0.double("eps", 1e-5),
                affine: $0.bool("affine", true), bias: $0.bool("bias", true))
        }
        layer("LocalResponseNorm", "size alpha beta k") {
            try LocalResponseNorm(
                $0.int("size"), alpha: $0.double("alpha", 1e-4), beta: $0.double("beta", 0.75), k: $0.double("k", 1))
        }
    }

    mutating func addMarginLosses() {
        pair("HingeEmbeddingLoss", "margin size_average reduce reduction") {
            try HingeEmbeddingLoss(margin: $0.double("margin", 1), reduction: $0.reduction)
        }
        triple("CosineEmbeddingLoss", "margin size_average reduce reduction") {
            try CosineEmbeddingLoss(margin: $0.double("margin", 0), reduction: $0.reduction)
        }
        triple("MarginRankingLoss", "margin size_average reduce reduction") {
            try MarginRankingLoss(margin: $0.double("margin", 0), reduction: $0.reduction)
        }
        pair("SoftMarginLoss", "size_average reduce reduction") { try SoftMarginLoss(reduction: $0.reduction) }
        pair("MultiLabelSoftMarginLoss", "weight size_average reduce reduction") {
            try MultiLabelSoftMarginLoss(weight: $0.tensorOrNil("weight"), reduction: $0.reduction)
        }
        pair("MultiMarginLoss", "p margin weight size_average reduce reduction") {
            try MultiMarginLoss(
                p: $0.int("p", 1), margin: $0.double("margin", 1), weight: $0.tensorOrNil("weight"),
                reduction: $0.reduction)
        }
        pair("MultiLabelMarginLoss", "size_average reduce reduction") {
            try MultiLabelMarginLoss(reduction: $0.reduction)
        }
        pair("PoissonNLLLoss", "log_input full size_average eps reduce reduction") {
            try PoissonNLLLoss(
                logInput: $0.bool("log_input", true), full: $0.bool("full", false), eps: $0.double("eps", 1e-8),
                reduction: $0.reduction)
        }
        triple("GaussianNLLLoss", "full eps reduction", names: "input target var") {
            try GaussianNLLLoss(
                full: $0.bool("full", false), eps: $0.double("eps", 1e-6), reduction: $0.reduction)
        }
    }
}
