import Torch

extension Call {
    /// The dimensions; empty, meaning all of them, if they are absent.
    var dims: [Int] { get throws { try intsOrNil("dim") ?? [] } }
    var keepdim: Bool { get throws { try bool("keepdim", false) } }

    /// The correction, from `unbiased` or `correction`.
    var correction: Double {
        get throws { try self["unbiased"] != nil ? (bool("unbiased", true) ? 1 : 0) : double("correction", 1) }
    }
}

extension Table {
    mutating func addReductions() {
        op("sum", "input dim keepdim dtype") {
            try $0.input.sum(dim: $0.dims, keepdim: $0.keepdim, dtype: $0.dtypeOrNil())
        }
        op("nansum", "input dim keepdim dtype") {
            try $0.input.nansum(dim: $0.dims, keepdim: $0.keepdim, dtype: $0.dtypeOrNil())
        }
        op("mean", "input dim keepdim dtype") {
            try $0.input.mean(dim: $0.dims, keepdim: $0.keepdim, dtype: $0.dtypeOrNil())
        }
        op("nanmean", "input dim keepdim dtype") {
            try $0.input.nanmean(dim: $0.dims, keepdim: $0.keepdim, dtype: $0.dtypeOrNil())
        }
        op("prod", "input dim keepdim dtype") {
            try $0["dim"] == nil
                ? $0.input.prod(dtype: $0.dtypeOrNil())
                : $0.input.prod(dim: $0.int("dim"), keepdim: $0.keepdim, dtype: $0.dtypeOrNil())
        }
        op("all", "input dim keepdim") { try $0.input.all(dim: $0.dims, keepdim: $0.keepdim) }
        op("any", "input dim keepdim") { try $0.input.any(dim: $0.dims, keepdim: $0.keepdim) }
        op("count_nonzero", "input dim") { try $0.input.countNonzero(dim: $0.dims) }
        for (name, signature) in [("", "input dim unbiased keepdim correction"), ("@unbiased", "input unbiased")] {
            op("var\(name)", signature) {
                try $0.input.var(dim: $0.dims, correction: $0.correction, keepdim: $0.keepdim)
            }
            op("std\(name)", signature) {
                try $0.input.std(dim: $0.dims, correction: $0.correction, keepdim: $0.keepdim)
            }
            op("var_mean\(name)", signature) {
                try both($0.input.varMean(dim: $0.dims, correction: $0.correction, keepdim: $0.keepdim))
            }
            op("std_mean\(name)", signature) {
                try both($0.input.stdMean(dim: $0.dims, correction: $0.correction, keepdim: $0.keepdim))
            }
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
        op("max@reduction_with_dim", "input dim keepdim") {
            try both($0.input.max(dim: $0.int("dim"), keepdim: $0.keepdim))
        }
        op("min@reduction_with_dim", "input dim keepdim") {
            try both($0.input.min(dim: $0.int("dim"), keepdim: $0.keepdim))
        }
        op("amax", "input dim keepdim out") {
            try $0.input.amax(dim: $0.dims, keepdim: $0.keepdim, out: $0.tensorOrNil("out"))
        }
        op("amin", "input dim keepdim out") {
            try $0.input.amin(dim: $0.dims, keepdim: $0.keepdim, out: $0.tensorOrNil("out"))
        }
        op("aminmax", "input dim keepdim out") {
            try both($0.input.aminmax(dim: $0.intOrNil("dim"), keepdim: $0.keepdim, out: $0.outPair()))
        }
        op("argmax", "input dim keepdim") { try $0.input.argmax($0.intOrNil("dim"), keepdim: $0.keepdim) }
        op("argmin", "input dim keepdim") { try $0.input.argmin($0.intOrNil("dim"), keepdim: $0.keepdim) }
    }
}

extension Table {
    mutating func addScans() {
        op("cumsum", "input dim dtype", inPlace: { try $0.input.cumsum_($0.int("dim"), dtype: $0.dtypeOrNil()) }) {
            try $0.input.cumsum($0.int("dim"), dtype: $0.dtypeOrNil())
        }
        op("cumprod", "input dim dtype", inPlace: { try $0.input.cumprod_($0.int("dim"), dtype: $0.dtypeOrNil()) }) {
            try $0.input.cumprod($0.int("dim"), dtype: $0.dtypeOrNil())
        }
        op("cummax", "input dim") { try both($0.input.cummax(dim: $0.int("dim"))) }
        op("cummin", "input dim") { try both($0.input.cummin(dim: $0.int("dim"))) }
        op("logcumsumexp", "input dim") { try $0.input.logcumsumexp(dim: $0.int("dim")) }
    }

    mutating func addDifferences() {
        op("diff", "input n dim prepend append") {
            try $0.input.diff(
                n: $0.int("n", 1), dim: $0.int("dim", -1), prepend: $0.tensorOrNil("prepend"),
                append: $0.tensorOrNil("append"))
        }
        op("gradient", "input spacing dim edge_order") { c in
            let dim = try c.intsOrNil("dim"), order = try c.int("edge_order", 1)
            guard case .list(let items) = c["spacing"] else {
                return try c.input.gradient(spacing: c.scalar("spacing", 1), dim: dim, edgeOrder: order)
            }
            if case .tensor = items.first {
                return try c.input.gradient(spacing: c.tensors("spacing"), dim: dim, edgeOrder: order)
            }
            return try c.input.gradient(spacing: c.scalars("spacing"), dim: dim, edgeOrder: order)
        }
        for name in ["trapezoid", "trapz"] {
            op(name, "input x dx dim") { c in
                try c["x"] == nil
                    ? c.input.trapezoid(dx: c.scalar("dx", 1), dim: c.int("dim", -1))
                    : c.input.trapezoid(x: c.tensor("x"), dim: c.int("dim", -1))
            }
        }
        op("cumulative_trapezoid", "input x dx dim") { c in
            try c["x"] == nil
                ? c.input.cumulativeTrapezoid(dx: c.scalar("dx", 1), dim: c.int("dim", -1))
                : c.input.cumulativeTrapezoid(x: c.tensor("x"), dim: c.int("dim", -1))
        }
    }
}

extension Call {
    /// The order of a norm: a number or a name.
    var order: linalg.Order? {
        get throws {
            guard case .string(let name) = self["ord"] else {
                return try scalarOrNil("ord").map { .number($0.doubleValue) }
            }
            switch name {
            case "fro": return .fro
            case "nuc": return .nuc
            default: throw Unsupported("order \(name)")
            }
        }
    }
}

extension Table {
    mutating func addNorms() {
        op("dist", "input other p") { try $0.input.dist($0.tensor("other"), p: $0.double("p", 2)) }
        op(
            "renorm", "input p dim maxnorm",
            inPlace: { try $0.input.renorm_(p: $0.double("p"), dim: $0.int("dim"), maxnorm: $0.double("maxnorm")) }
        ) {
            try $0.input.renorm(p: $0.double("p"), dim: $0.int("dim"), maxnorm: $0.double("maxnorm"))
        }
        op("nn.functional.normalize", "input p dim eps") {
            try $0.input.normalize(p: $0.double("p", 2), dim: $0.int("dim", 1), eps: $0.double("eps", 1e-12))
        }
        op("nn.functional.cosine_similarity", "x1 x2 dim eps") {
            try cosineSimilarity($0.tensor("x1"), $0.tensor("x2"), dim: $0.int("dim", 1), eps: $0.double("eps", 1e-8))
        }
        op("nn.functional.pairwise_distance", "x1 x2 p eps keepdim") {
            try pairwiseDistance(
                $0.tensor("x1"), $0.tensor("x2"), p: $0.double("p", 2), eps: $0.double("eps", 1e-6), keepdim: $0.keepdim
            )
        }
        op("linalg.vector_norm", "input ord dim keepdim dtype") {
            try linalg.vectorNorm(
                $0.input, ord: $0.double("ord", 2), dim: $0.dims, keepdim: $0.keepdim, dtype: $0.dtypeOrNil())
        }
        op("linalg.matrix_norm", "input ord dim keepdim dtype") {
            try linalg.matrixNorm(
                $0.input, ord: $0.order ?? .fro, dim: $0.intsOrNil("dim") ?? [-2, -1], keepdim: $0.keepdim,
                dtype: $0.dtypeOrNil())
        }
        op("linalg.norm", "input ord dim keepdim dtype") {
            try linalg.norm(
                $0.input, ord: $0.order, dim: $0.intsOrNil("dim"), keepdim: $0.keepdim, dtype: $0.dtypeOrNil())
        }
        op("linalg.vecdot", "x y dim") { try linalg.vecdot($0.tensor("x"), $0.tensor("y"), dim: $0.int("dim", -1)) }
        op("linalg.cross", "input other dim") { try linalg.cross($0.input, $0.tensor("other"), dim: $0.int("dim", -1)) }
        op("cross", "input other dim") { try $0.input.cross($0.tensor("other"), dim: $0.intOrNil("dim")) }
        unary("trace", { $0.trace() })
    }

    mutating func addStatistics() {
        op("cov", "input correction fweights aweights") {
            try $0.input.cov(
                correction: $0.int("correction", 1), fweights: $0.tensorOrNil("fweights"),
                aweights: $0.tensorOrNil("aweights"))
        }
        unary("corrcoef", { $0.corrcoef() })
        op("histogram", "input bins range weight density") { c in
            let weight = try c.tensorOrNil("weight"), density = try c.bool("density", false)
            if c.isTensor("bins") {
                return try both(c.input.histogram(bins: c.tensor("bins"), weight: weight, density: density))
            }
            return try both(
                c.input.histogram(
                    bins: c.int("bins"), range: c["range"].map { _ in try c.pair("range", (0, 0)) }, weight: weight,
                    density: density))
        }
        op("histogramdd", "input bins range weight density") { c -> [Value] in
            let weight = try c.tensorOrNil("weight"), density = try c.bool("density", false)
            func parts(_ found: (hist: Tensor, binEdges: [Tensor])) -> [Value] {
                [found.hist.value, found.binEdges.value]
            }
            if case .list(let items) = c["bins"], case .tensor = items.first {
                return try parts(c.input.histogramdd(bins: c.tensors("bins"), weight: weight, density: density))
            }
            let range = try c["range"].map { _ in try c.scalars("range").map(\.doubleValue) }
            return try parts(c.input.histogramdd(bins: c.ints("bins"), range: range, weight: weight, density: density))
        }
        op("histc", "input bins min max") {
            try $0.input.histc(bins: $0.int("bins", 100), min: $0.scalar("min", 0), max: $0.scalar("max", 0))
        }
    }
}
