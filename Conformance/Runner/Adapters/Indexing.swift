import Torch

extension Table {
    mutating func addIndexing() {
        op("__getitem__", "input index") { try $0.input.index($0.tensorIndices("index")) }
        op(
            "index_put", "input indices values accumulate",
            inPlace: {
                try $0.input.indexPut_(
                    $0.tensorIndices("indices"), $0.tensor("values"), accumulate: $0.bool("accumulate", false))
            }
        ) {
            try $0.input.indexPut(
                $0.tensorIndices("indices"), $0.tensor("values"), accumulate: $0.bool("accumulate", false))
        }
        op("index_select", "input dim index out") {
            try $0.input.indexSelect(dim: $0.int("dim"), index: $0.tensor("index"), out: $0.tensorOrNil("out"))
        }
        op(
            "index_add", "input dim index source alpha",
            inPlace: {
                try $0.input.indexAdd_(
                    dim: $0.int("dim"), index: $0.tensor("index"), source: $0.tensor("source"),
                    alpha: $0.scalar("alpha", 1))
            }
        ) {
            try $0.input.indexAdd(
                dim: $0.int("dim"), index: $0.tensor("index"), source: $0.tensor("source"), alpha: $0.scalar("alpha", 1)
            )
        }
        op(
            "index_copy", "input dim index source",
            inPlace: {
                try $0.input.indexCopy_(dim: $0.int("dim"), index: $0.tensor("index"), source: $0.tensor("source"))
            }
        ) {
            try $0.input.indexCopy(dim: $0.int("dim"), index: $0.tensor("index"), source: $0.tensor("source"))
        }
        op(
            "index_fill", "input dim index value",
            inPlace: { c in
                func fill(_ value: some TensorOperand) throws -> Tensor {
                    try c.input.indexFill_(dim: c.int("dim"), index: c.tensor("index"), value: value)
                }
                return try fill(c.operand("value"))
            }
        ) { c in
            func fill(_ value: some TensorOperand) throws -> Tensor {
                try c.input.indexFill(dim: c.int("dim"), index: c.tensor("index"), value: value)
            }
            return try fill(c.operand("value"))
        }
        op(
            "index_reduce", "input dim index source reduce include_self",
            inPlace: {
                try $0.input.indexReduce_(
                    dim: $0.int("dim"), index: $0.tensor("index"), source: $0.tensor("source"),
                    reduce: $0.scatterReduction(), includeSelf: $0.bool("include_self", true))
            }
        ) {
            try $0.input.indexReduce(
                dim: $0.int("dim"), index: $0.tensor("index"), source: $0.tensor("source"),
                reduce: $0.scatterReduction(), includeSelf: $0.bool("include_self", true))
        }
        op("take", "input index out") { try $0.input.take($0.tensor("index"), out: $0.tensorOrNil("out")) }
        op(
            "put", "input index source accumulate",
            inPlace: {
                try $0.input.put_($0.tensor("index"), $0.tensor("source"), accumulate: $0.bool("accumulate", false))
            }
        ) {
            try $0.input.put($0.tensor("index"), $0.tensor("source"), accumulate: $0.bool("accumulate", false))
        }
        op("take_along_dim", "input indices dim") {
            try $0.input.takeAlongDim($0.tensor("indices"), $0.intOrNil("dim"))
        }
        op("select_scatter", "input src dim index") {
            try $0.input.selectScatter($0.tensor("src"), dim: $0.int("dim"), index: $0.int("index"))
        }
        op("slice_scatter", "input src dim start end step") {
            try $0.input.sliceScatter(
                $0.tensor("src"), dim: $0.int("dim", 0), start: $0.intOrNil("start"), end: $0.intOrNil("end"),
                step: $0.int("step", 1))
        }
    }

    mutating func addScatters() {
        op("gather", "input dim index out") {
            try $0.input.gather(dim: $0.int("dim"), index: $0.tensor("index"), out: $0.tensorOrNil("out"))
        }
        op(
            "scatter", "input dim index src",
            inPlace: { try $0.input.scatter_(dim: $0.int("dim"), index: $0.tensor("index"), source: $0.operand("src")) }
        ) {
            try $0.input.scatter(dim: $0.int("dim"), index: $0.tensor("index"), source: $0.operand("src"))
        }
        op(
            "scatter_add", "input dim index src",
            inPlace: {
                try $0.input.scatterAdd_(dim: $0.int("dim"), index: $0.tensor("index"), source: $0.tensor("src"))
            }
        ) {
            try $0.input.scatterAdd(dim: $0.int("dim"), index: $0.tensor("index"), source: $0.tensor("src"))
        }
        op(
            "scatter_reduce", "input dim index src reduce include_self",
            inPlace: {
                try $0.input.scatterReduce_(
                    dim: $0.int("dim"), index: $0.tensor("index"), source: $0.tensor("src"),
                    reduce: $0.scatterReduction(), includeSelf: $0.bool("include_self", true))
            }
        ) {
            try $0.input.scatterReduce(
                dim: $0.int("dim"), index: $0.tensor("index"), source: $0.tensor("src"), reduce: $0.scatterReduction(),
                includeSelf: $0.bool("include_self", true))
        }
    }

    mutating func addMasked() {
        op(
            "masked_fill", "input mask value",
            inPlace: { try $0.input.maskedFill_($0.tensor("mask"), $0.operand("value")) }
        ) {
            try $0.input.maskedFill($0.tensor("mask"), $0.operand("value"))
        }
        op("masked_select", "input mask out") {
            try $0.input.maskedSelect($0.tensor("mask"), out: $0.tensorOrNil("out"))
        }
        op(
            "masked_scatter", "input mask source",
            inPlace: { try $0.input.maskedScatter_($0.tensor("mask"), $0.tensor("source")) }
        ) {
            try $0.input.maskedScatter($0.tensor("mask"), $0.tensor("source"))
        }
        op("nonzero", "input as_tuple") { c -> Value in
            try c.bool("as_tuple", false) ? c.input.nonzeroAsTuple().value : c.input.nonzero().value
        }
        op("nonzero_static", "input size fill_value") {
            try $0.input.nonzeroStatic(size: $0.int("size"), fillValue: $0.int("fill_value", -1))
        }
        unary("argwhere", { $0.argwhere() })
        op("unravel_index", "indices shape") { try unravelIndex($0.tensor("indices"), $0.ints("shape")) }
    }

    mutating func addSearches() {
        op("searchsorted", "sorted_sequence input out_int32 right side sorter") { c in
            func search(_ input: some TensorOperand) throws -> Tensor {
                try searchsorted(
                    c.tensor("sorted_sequence"), input, outInt32: c.bool("out_int32", false),
                    right: c.bool("right", false),
                    side: SearchSide(rawValue: c.string("side", "")), sorter: c.tensorOrNil("sorter"))
            }
            return try search(c.operand("input"))
        }
        op("bucketize", "input boundaries out_int32 right") {
            try bucketize(
                $0.input, $0.tensor("boundaries"), outInt32: $0.bool("out_int32", false), right: $0.bool("right", false)
            )
        }
        op("isin", "elements test_elements assume_unique invert") {
            try isin(
                $0.tensor("elements"), $0.tensor("test_elements"), assumeUnique: $0.bool("assume_unique", false),
                invert: $0.bool("invert", false))
        }
        op("bincount", "input weights minlength") {
            try $0.input.bincount(weights: $0.tensorOrNil("weights"), minlength: $0.int("minlength", 0))
        }
        op("repeat_interleave", "input repeats dim output_size") {
            let (dim, size) = try ($0.intOrNil("dim"), $0.intOrNil("output_size"))
            return try $0.isTensor("repeats")
                ? $0.input.repeatInterleave($0.tensor("repeats"), dim: dim, outputSize: size)
                : $0.input.repeatInterleave($0.int("repeats"), dim: dim, outputSize: size)
        }
        op("nn.functional.one_hot", "input num_classes") { try $0.input.oneHot(numClasses: $0.int("num_classes", -1)) }
        op("nn.functional.embedding", "weight input padding_idx max_norm norm_type scale_grad_by_freq sparse") {
            try embedding(
                $0.tensor("input"), $0.tensor("weight"), paddingIdx: $0.intOrNil("padding_idx"),
                maxNorm: $0.scalarOrNil("max_norm")?.doubleValue,
                normType: $0.double("norm_type", 2), scaleGradByFreq: $0.bool("scale_grad_by_freq", false),
                sparse: $0.bool("sparse", false))
        }
        op(
            "nn.functional.embedding_bag",
            "weight input offsets max_norm norm_type scale_grad_by_freq mode sparse per_sample_weights include_last_offset padding_idx"
        ) {
            try embeddingBag(
                $0.tensor("input"), $0.tensor("weight"), offsets: $0.tensorOrNil("offsets"),
                maxNorm: $0.scalarOrNil("max_norm")?.doubleValue,
                normType: $0.double("norm_type", 2), scaleGradByFreq: $0.bool("scale_grad_by_freq", false),
                mode: EmbeddingBagMode(rawValue: $0.string("mode", "mean")) ?? .mean,
                sparse: $0.bool("sparse", false), perSampleWeights: $0.tensorOrNil("per_sample_weights"),
                includeLastOffset: $0.bool("include_last_offset", false), paddingIdx: $0.intOrNil("padding_idx"))
        }
    }
}

extension Call {
    fileprivate func scatterReduction() throws -> ScatterReduction {
        let name = try string("reduce", "")
        guard let found = ScatterReduction(rawValue: name) else { throw Unsupported("reduce = \(name)") }
        return found
    }

    /// Returns the indices in brackets. A list of only numbers is one index; in the cases it is never a tuple.
    fileprivate func tensorIndices(_ name: String) throws -> [Tensor?] {
        guard case .list(let items) = self[name] else { return [try tensor(name)] }
        if let list = Call.list(items) { return [Tensor(list)] }
        return try items.map { item -> Tensor? in
            switch item {
            case .tensor(let t): return t
            case .list(let numbers): if let list = Call.list(numbers) { return Tensor(list) }
            case .slice(let bounds): if bounds.allSatisfy({ if case .none = $0 { true } else { false } }) { return nil }
            default: break
            }
            throw Unsupported("index \(item)")
        }
    }

    private static func list(_ items: [Value]) -> [Int]? {
        let numbers: [Int] = items.compactMap { if case .int(let i) = $0 { i } else { nil } }
        return numbers.count == items.count ? numbers : nil
    }
}
