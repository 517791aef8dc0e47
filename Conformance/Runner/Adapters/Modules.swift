import Torch

extension ModuleTable {
    static var all: ModuleTable {
        var table = ModuleTable()
        table.addActivations()
        table.addLinear()
        table.addConvolutions()
        table.addEmbeddings()
        table.addLosses()
        table.addSequenceLosses()
        table.addPooling()
        table.addMarginLosses()
        table.addNormalizations()
        table.addRecurrent()
        table.addAttention()
        table.addFaults()
        return table
    }

    /// Faulty modules, which PyTorch does not have. Each property of modules must find its fault.
    private mutating func addFaults() {
        layer("conformance.adds_without_bounds", "count") { call in
            let count = try call.int("count")
            return Faulty { $0 + count * 2 }
        }
        layer("conformance.ignores_strides") { _ in Faulty { (try? Table.elementsInMemory(of: $0)) ?? $0 } }
        layer("conformance.ignores_strides_of_gradients") { _ in Faulty { Doubled.apply($0)[0] } }
        layer("conformance.returns_uninitialized_memory") { _ in
            Faulty { Tensor.empty($0.shape.sizes, dtype: $0.dtype) }
        }
        layer("conformance.counts_and_fails") { _ in CountsAndFails() }
    }

    mutating func addActivations() {
        layer("ReLU", "inplace") { try ReLU(inplace: $0.bool("inplace", false)) }
        layer("ReLU6", "inplace") { try ReLU6(inplace: $0.bool("inplace", false)) }
        layer("LeakyReLU", "negative_slope inplace") {
            try LeakyReLU($0.scalar("negative_slope", 0.01), inplace: $0.bool("inplace", false))
        }
        layer("PReLU", "num_parameters init") { try PReLU($0.int("num_parameters", 1), init: $0.double("init", 0.25)) }
        layer("ELU", "alpha inplace") { try ELU(alpha: $0.scalar("alpha", 1.0), inplace: $0.bool("inplace", false)) }
        layer("CELU", "alpha inplace") { try CELU(alpha: $0.scalar("alpha", 1.0), inplace: $0.bool("inplace", false)) }
        layer("SELU", "inplace") { try SELU(inplace: $0.bool("inplace", false)) }
        layer("GELU", "approximate") {
            try GELU(approximate: GELUApproximation($0.string("approximate", "none")))
        }
        layer("SiLU", "inplace") { try SiLU(inplace: $0.bool("inplace", false)) }
        layer("Mish", "inplace") { try Mish(inplace: $0.bool("inplace", false)) }
        layer("Sigmoid") { _ in Sigmoid() }
        layer("LogSigmoid") { _ in LogSigmoid() }
        layer("Tanh") { _ in Tanh() }
        layer("Tanhshrink") { _ in Tanhshrink() }
        layer("Hardtanh", "min_val max_val inplace") {
            try Hardtanh($0.scalar("min_val", -1.0), $0.scalar("max_val", 1.0), inplace: $0.bool("inplace", false))
        }
        layer("Hardswish", "inplace") { try Hardswish(inplace: $0.bool("inplace", false)) }
        layer("Hardshrink", "lambd") { try Hardshrink($0.scalar("lambd", 0.5)) }
        layer("Softshrink", "lambd") { try Softshrink($0.scalar("lambd", 0.5)) }
        layer("Softplus", "beta threshold") {
            try Softplus(beta: $0.scalar("beta", 1.0), threshold: $0.scalar("threshold", 20.0))
        }
        layer("Softsign") { _ in Softsign() }
        layer("Threshold", "threshold value inplace") {
            try Threshold($0.scalar("threshold"), $0.scalar("value"), inplace: $0.bool("inplace", false))
        }
        layer("GLU", "dim") { try GLU(dim: $0.int("dim", -1)) }
        layer("Softmax", "dim") { try Softmax(dim: $0.intOrNil("dim")) }
        layer("LogSoftmax", "dim") { try LogSoftmax(dim: $0.intOrNil("dim")) }
        layer("Softmin", "dim") { try Softmin(dim: $0.intOrNil("dim")) }
        layer("Softmax2d") { _ in Softmax2d() }
    }

    mutating func addLinear() {
        layer("Linear", "in_features out_features bias") {
            try Linear($0.int("in_features"), $0.int("out_features"), bias: $0.bool("bias", true))
        }
        pair("Bilinear", "in1_features in2_features out_features bias", names: "input1 input2") {
            try Bilinear(
                $0.int("in1_features"), $0.int("in2_features"), $0.int("out_features"), bias: $0.bool("bias", true))
        }
    }

    mutating func addEmbeddings() {
        layer("Embedding", "num_embeddings embedding_dim padding_idx max_norm norm_type scale_grad_by_freq sparse") {
            try Embedding(
                $0.int("num_embeddings"), $0.int("embedding_dim"), paddingIdx: $0.intOrNil("padding_idx"),
                maxNorm: $0.scalarOrNil("max_norm")?.doubleValue,
                normType: $0.double("norm_type", 2), scaleGradByFreq: $0.bool("scale_grad_by_freq", false),
                sparse: $0.bool("sparse", false))
        }
    }

    mutating func addLosses() {
        pair("CrossEntropyLoss", "weight size_average ignore_index reduce reduction label_smoothing") {
            try CrossEntropyLoss(
                weight: $0.tensorOrNil("weight"), ignoreIndex: $0.int("ignore_index", -100), reduction: $0.reduction,
                labelSmoothing: $0.double("label_smoothing", 0))
        }
        pair("NLLLoss", "weight size_average ignore_index reduce reduction") {
            try NLLLoss(
                weight: $0.tensorOrNil("weight"), ignoreIndex: $0.int("ignore_index", -100), reduction: $0.reduction)
        }
        pair("MSELoss", "size_average reduce reduction") { try MSELoss(reduction: $0.reduction) }
        pair("L1Loss", "size_average reduce reduction") { try L1Loss(reduction: $0.reduction) }
        pair("SmoothL1Loss", "size_average reduce reduction beta") {
            try SmoothL1Loss(reduction: $0.reduction, beta: $0.double("beta", 1))
        }
        pair("HuberLoss", "reduction delta") { try HuberLoss(reduction: $0.reduction, delta: $0.double("delta", 1)) }
        pair("BCELoss", "weight size_average reduce reduction") {
            try BCELoss(weight: $0.tensorOrNil("weight"), reduction: $0.reduction)
        }
        pair("BCEWithLogitsLoss", "weight size_average reduce reduction pos_weight") {
            try BCEWithLogitsLoss(
                weight: $0.tensorOrNil("weight"), reduction: $0.reduction, posWeight: $0.tensorOrNil("pos_weight"))
        }
        pair("KLDivLoss", "size_average reduce reduction log_target") { c in
            let reduction: KLDivLoss.Reduction =
                switch try c.string("reduction", "mean") {
                case "none": .none
                case "sum": .sum
                case "batchmean": .batchmean
                default: .mean
                }
            return try KLDivLoss(reduction: reduction, logTarget: c.bool("log_target", false))
        }
    }
}

/// Calls a function.
private final class Faulty: Module, Layer {
    private let function: (Tensor) -> Tensor

    init(_ function: @escaping (Tensor) -> Tensor) { self.function = function }

    func forward(_ input: Tensor) -> Tensor { function(input) }
}

/// Counts its calls in a buffer. Then adds tensors that do not broadcast.
private final class CountsAndFails: Module, Layer {
    @Buffer var count = Tensor.zeros(1)

    func forward(_ input: Tensor) -> Tensor {
        _ = count.add_(1)
        return input + Tensor.ones(input.numel() + 5, 7)
    }
}
