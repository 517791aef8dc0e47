import Torch

extension Table {
    mutating func addMaskedReductions() {
        func reduction(_ name: String, _ reduce: @escaping (Tensor, [Int], Bool, DType?, Tensor?) -> Tensor) {
            op("masked.\(name)", "input dim keepdim dtype mask") {
                try reduce($0.input, $0.dims, $0.keepdim, $0.dtypeOrNil(), $0.tensorOrNil("mask"))
            }
        }
        reduction("sum") { masked.sum($0, dim: $1, keepdim: $2, dtype: $3, mask: $4) }
        reduction("prod") { masked.prod($0, dim: $1, keepdim: $2, dtype: $3, mask: $4) }
        reduction("amax") { masked.amax($0, dim: $1, keepdim: $2, dtype: $3, mask: $4) }
        reduction("amin") { masked.amin($0, dim: $1, keepdim: $2, dtype: $3, mask: $4) }
        reduction("mean") { masked.mean($0, dim: $1, keepdim: $2, dtype: $3, mask: $4) }
        reduction("logsumexp") { masked.logsumexp($0, dim: $1, keepdim: $2, dtype: $3, mask: $4) }
        op("masked.argmax", "input dim keepdim dtype mask") {
            try masked.argmax(
                $0.input, dim: $0.intOrNil("dim"), keepdim: $0.keepdim, dtype: $0.dtypeOrNil(),
                mask: $0.tensorOrNil("mask"))
        }
        op("masked.argmin", "input dim keepdim dtype mask") {
            try masked.argmin(
                $0.input, dim: $0.intOrNil("dim"), keepdim: $0.keepdim, dtype: $0.dtypeOrNil(),
                mask: $0.tensorOrNil("mask"))
        }
        op("masked.median", "input dim keepdim dtype mask") {
            try masked.median(
                $0.input, dim: $0.int("dim", -1), keepdim: $0.keepdim, dtype: $0.dtypeOrNil(),
                mask: $0.tensorOrNil("mask"))
        }
        op("masked.norm", "input ord dim keepdim dtype mask") {
            try masked.norm(
                $0.input, ord: $0.double("ord", 2), dim: $0.dims, keepdim: $0.keepdim, dtype: $0.dtypeOrNil(),
                mask: $0.tensorOrNil("mask"))
        }
        op("masked.var", "input dim unbiased correction keepdim dtype mask") {
            try masked.var(
                $0.input, dim: $0.dims, correction: $0.correction, keepdim: $0.keepdim, dtype: $0.dtypeOrNil(),
                mask: $0.tensorOrNil("mask"))
        }
        op("masked.std", "input dim unbiased correction keepdim dtype mask") {
            try masked.std(
                $0.input, dim: $0.dims, correction: $0.correction, keepdim: $0.keepdim, dtype: $0.dtypeOrNil(),
                mask: $0.tensorOrNil("mask"))
        }
        func along(_ name: String, _ body: @escaping (Tensor, Int, DType?, Tensor?) -> Tensor) {
            op("masked.\(name)", "input dim dtype mask") {
                try body($0.input, $0.int("dim"), $0.dtypeOrNil(), $0.tensorOrNil("mask"))
            }
        }
        along("cumsum") { masked.cumsum($0, dim: $1, dtype: $2, mask: $3) }
        along("cumprod") { masked.cumprod($0, dim: $1, dtype: $2, mask: $3) }
        along("softmax") { masked.softmax($0, dim: $1, dtype: $2, mask: $3) }
        along("log_softmax") { masked.logSoftmax($0, dim: $1, dtype: $2, mask: $3) }
        along("softmin") { masked.softmin($0, dim: $1, dtype: $2, mask: $3) }
        op("masked.normalize", "input ord dim eps dtype mask") {
            try masked.normalize(
                $0.input, ord: $0.double("ord"), dim: $0.int("dim"), eps: $0.double("eps", 1e-12),
                dtype: $0.dtypeOrNil(), mask: $0.tensorOrNil("mask"))
        }
        op("masked.logaddexp", "input other dtype input_mask other_mask") {
            try masked.logaddexp(
                $0.input, $0.tensor("other"), dtype: $0.dtypeOrNil(), inputMask: $0.tensorOrNil("input_mask"),
                otherMask: $0.tensorOrNil("other_mask"))
        }
    }
}
