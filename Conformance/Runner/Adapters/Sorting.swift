import Torch

extension Call {
    /// The tensors of `out`. A case cannot say that two of its tensors are the same one. So an `out` tensor that equals
    /// another tensor is taken to be that tensor.
    func outs() throws -> [Tensor]? {
        guard let given = self["out"]?.tensors else { return nil }
        var seen = try [input]
        return given.map { out in
            if let same = seen.first(where: { $0.dtype == out.dtype && $0.numel() > 1 && $0.equal(out) }) {
                return same
            }
            seen.append(out)
            return out
        }
    }

    func outPair() throws -> (Tensor, Tensor)? {
        guard let outs = try outs() else { return nil }
        guard outs.count == 2 else { throw Unsupported("\(outs.count) tensors for the results") }
        return (outs[0], outs[1])
    }
}

extension Table {
    mutating func addSorting() {
        func order(_ c: Call) throws -> (dim: Int, descending: Bool, stable: Bool) {
            try (c.int("dim", -1), c.bool("descending", false), c.bool("stable", false))
        }
        op("sort", "input dim descending stable") {
            try both($0.input.sort(dim: order($0).dim, descending: order($0).descending, stable: order($0).stable))
        }
        op("argsort", "input dim descending stable") {
            try $0.input.argsort(dim: order($0).dim, descending: order($0).descending, stable: order($0).stable)
        }
        unary("msort", { $0.msort() })
        op("topk", "input k dim largest sorted") {
            try both(
                $0.input.topk(
                    $0.int("k"), dim: $0.int("dim", -1), largest: $0.bool("largest", true),
                    sorted: $0.bool("sorted", true)))
        }
        op("kthvalue", "input k dim keepdim out") {
            try both($0.input.kthvalue($0.int("k"), dim: $0.int("dim", -1), keepdim: $0.keepdim, out: $0.outPair()))
        }
        op("median", "input dim keepdim") { c -> Value in
            try c["dim"] == nil
                ? c.input.median().value : both(c.input.median(dim: c.int("dim"), keepdim: c.keepdim)).value
        }
        op("nanmedian", "input dim keepdim") { c -> Value in
            try c["dim"] == nil
                ? c.input.nanmedian().value : both(c.input.nanmedian(dim: c.int("dim"), keepdim: c.keepdim)).value
        }
        op("mode", "input dim keepdim") { try both($0.input.mode(dim: $0.int("dim", -1), keepdim: $0.keepdim)) }
        func interpolation(_ c: Call) throws -> QuantileInterpolation {
            guard let found = QuantileInterpolation(rawValue: try c.string("interpolation", "linear")) else {
                throw Unsupported("interpolation")
            }
            return found
        }
        op("quantile", "input q dim keepdim interpolation") { c in
            try c.isTensor("q")
                ? c.input.quantile(
                    c.tensor("q"), dim: c.intOrNil("dim"), keepdim: c.keepdim, interpolation: interpolation(c))
                : c.input.quantile(
                    c.double("q"), dim: c.intOrNil("dim"), keepdim: c.keepdim, interpolation: interpolation(c))
        }
        op("nanquantile", "input q dim keepdim interpolation") { c in
            try c.isTensor("q")
                ? c.input.nanquantile(
                    c.tensor("q"), dim: c.intOrNil("dim"), keepdim: c.keepdim, interpolation: interpolation(c))
                : c.input.nanquantile(
                    c.double("q"), dim: c.intOrNil("dim"), keepdim: c.keepdim, interpolation: interpolation(c))
        }
        func parts(_ found: (output: Tensor, inverseIndices: Tensor?, counts: Tensor?)) -> Value {
            let all = [found.output, found.inverseIndices, found.counts].compactMap { $0 }
            return all.count == 1 ? all[0].value : all.value
        }
        op("unique", "input sorted return_inverse return_counts dim") {
            try parts(
                $0.input.unique(
                    sorted: $0.bool("sorted", true), returnInverse: $0.bool("return_inverse", false),
                    returnCounts: $0.bool("return_counts", false), dim: $0.intOrNil("dim")))
        }
        op("unique_consecutive", "input return_inverse return_counts dim") {
            try parts(
                $0.input.uniqueConsecutive(
                    returnInverse: $0.bool("return_inverse", false), returnCounts: $0.bool("return_counts", false),
                    dim: $0.intOrNil("dim")))
        }
    }
}
