import Torch

extension Call {
    /// Dimensions that default to all of them.
    var dims: [Int] { get throws { try intsOrNil("dim") ?? [] } }
    var keepdim: Bool { get throws { try bool("keepdim", false) } }

    /// The correction that `unbiased` or `correction` asks for.
    var correction: Double {
        get throws { try self["unbiased"] != nil ? (bool("unbiased", true) ? 1 : 0) : double("correction", 1) }
    }
}

extension Table {
    mutating func addReductions() {
        op("sum", "input dim keepdim dtype") { try $0.input.sum(dim: $0.dims, keepdim: $0.keepdim, dtype: $0.dtypeOrNil()) }
        op("nansum", "input dim keepdim dtype") { try $0.input.nansum(dim: $0.dims, keepdim: $0.keepdim, dtype: $0.dtypeOrNil()) }
        op("mean", "input dim keepdim dtype") { try $0.input.mean(dim: $0.dims, keepdim: $0.keepdim, dtype: $0.dtypeOrNil()) }
        op("nanmean", "input dim keepdim dtype") { try $0.input.nanmean(dim: $0.dims, keepdim: $0.keepdim, dtype: $0.dtypeOrNil()) }
        op("prod", "input dim keepdim dtype") {
            try $0["dim"] == nil ? $0.input.prod(dtype: $0.dtypeOrNil()) : $0.input.prod(dim: $0.int("dim"), keepdim: $0.keepdim, dtype: $0.dtypeOrNil())
        }
        op("all", "input dim keepdim") { try $0.input.all(dim: $0.dims, keepdim: $0.keepdim) }
        op("any", "input dim keepdim") { try $0.input.any(dim: $0.dims, keepdim: $0.keepdim) }
        op("count_nonzero", "input dim") { try $0.input.countNonzero(dim: $0.dims) }
        for (name, signature) in [("", "input dim unbiased keepdim correction"), ("@unbiased", "input unbiased")] {
            op("var\(name)", signature) { try $0.input.var(dim: $0.dims, correction: $0.correction, keepdim: $0.keepdim) }
            op("std\(name)", signature) { try $0.input.std(dim: $0.dims, correction: $0.correction, keepdim: $0.keepdim) }
            op("var_mean\(name)", signature) { try both($0.input.varMean(dim: $0.dims, correction: $0.correction, keepdim: $0.keepdim)) }
            op("std_mean\(name)", signature) { try both($0.input.stdMean(dim: $0.dims, correction: $0.correction, keepdim: $0.keepdim)) }
        }
        op("norm", "input p dim keepdim") { c in
            if case .string("fro") = c["p"] { return try c.input.norm(2, dim: c.dims, keepdim: c.keepdim) }
            return try c.input.norm(c.double("p", 2), dim: c.dims, keepdim: c.keepdim)
        }
        op("logsumexp", "input dim keepdim") { try $0.input.logsumexp(dim: $0.dims, keepdim: $0.keepdim) }
    }

    mutating func addExtremes() {
        op("max@reduction_no_dim") { try $0.input.max() }
        op("min@reduction_no_dim") { try $0.input.min() }
        op("max@reduction_with_dim", "input dim keepdim") { try both($0.input.max(dim: $0.int("dim"), keepdim: $0.keepdim)) }
        op("min@reduction_with_dim", "input dim keepdim") { try both($0.input.min(dim: $0.int("dim"), keepdim: $0.keepdim)) }
        op("amax", "input dim keepdim") { try $0.input.amax(dim: $0.dims, keepdim: $0.keepdim) }
        op("amin", "input dim keepdim") { try $0.input.amin(dim: $0.dims, keepdim: $0.keepdim) }
        op("aminmax", "input dim keepdim") { try both($0.input.aminmax(dim: $0.intOrNil("dim"), keepdim: $0.keepdim)) }
        op("argmax", "input dim keepdim") { try $0.input.argmax($0.intOrNil("dim"), keepdim: $0.keepdim) }
        op("argmin", "input dim keepdim") { try $0.input.argmin($0.intOrNil("dim"), keepdim: $0.keepdim) }
    }
}

extension Table {
    mutating func addScans() {
        op("cumsum", "input dim dtype", inPlace: { try $0.input.cumsum_($0.int("dim"), dtype: $0.dtypeOrNil()) }) { try $0.input.cumsum($0.int("dim"), dtype: $0.dtypeOrNil()) }
        op("cumprod", "input dim dtype", inPlace: { try $0.input.cumprod_($0.int("dim"), dtype: $0.dtypeOrNil()) }) { try $0.input.cumprod($0.int("dim"), dtype: $0.dtypeOrNil()) }
        op("cummax", "input dim") { try both($0.input.cummax(dim: $0.int("dim"))) }
        op("cummin", "input dim") { try both($0.input.cummin(dim: $0.int("dim"))) }
        op("logcumsumexp", "input dim") { try $0.input.logcumsumexp(dim: $0.int("dim")) }
    }

    mutating func addDifferences() {
        op("diff", "input n dim prepend append") {
            try $0.input.diff(n: $0.int("n", 1), dim: $0.int("dim", -1), prepend: $0.tensorOrNil("prepend"), append: $0.tensorOrNil("append"))
        }
        op("gradient", "input spacing dim edge_order") { c in
            let dim = try c.intsOrNil("dim"), order = try c.int("edge_order", 1)
            guard case .list(let items) = c["spacing"] else { return try c.input.gradient(spacing: c.scalar("spacing", 1), dim: dim, edgeOrder: order) }
            if case .tensor = items.first { return try c.input.gradient(spacing: c.tensors("spacing"), dim: dim, edgeOrder: order) }
            return try c.input.gradient(spacing: c.scalars("spacing"), dim: dim, edgeOrder: order)
        }
        for name in ["trapezoid", "trapz"] {
            op(name, "input x dx dim") { c in
                try c["x"] == nil ? c.input.trapezoid(dx: c.scalar("dx", 1), dim: c.int("dim", -1)) : c.input.trapezoid(x: c.tensor("x"), dim: c.int("dim", -1))
            }
        }
        op("cumulative_trapezoid", "input x dx dim") { c in
            try c["x"] == nil ? c.input.cumulativeTrapezoid(dx: c.scalar("dx", 1), dim: c.int("dim", -1)) : c.input.cumulativeTrapezoid(x: c.tensor("x"), dim: c.int("dim", -1))
        }
    }
}
