import Torch

/// A distribution or a transform of a case file: its name and its arguments, which may be such again.
struct DistributionSpec {
    enum Argument {
        case value(Value)
        case spec(DistributionSpec)
        case specs([DistributionSpec])
    }

    let name: String
    let arguments: [String: Argument]

    init(_ json: JSON) throws {
        guard let name = json["name"] as? String, let arguments = json["arguments"] as? [String: JSON] else {
            throw Malformed("a distribution without name and arguments")
        }
        self.name = name
        self.arguments = try arguments.mapValues { json in
            if let spec = json["spec"] as? JSON { return .spec(try DistributionSpec(spec)) }
            if let specs = json["specs"] as? [JSON] { return .specs(try specs.map { try DistributionSpec($0) }) }
            return .value(try Value(json))
        }
    }

    /// The floating-point tensors among the arguments, by the names of these.
    var leaves: [Tensor] {
        arguments.sorted { $0.key < $1.key }.flatMap { _, argument -> [Tensor] in
            switch argument {
            case .value(.tensor(let tensor)): return tensor.dtype.isFloatingPoint ? [tensor] : []
            case .value: return []
            case .spec(let spec): return spec.leaves
            case .specs(let specs): return specs.flatMap(\.leaves)
            }
        }
    }

    // MARK: Arguments

    private func has(_ name: String) -> Bool { arguments[name] != nil }

    /// A tensor or a number.
    private func operand(_ name: String) throws -> Tensor {
        switch arguments[name] {
        case .value(.tensor(let tensor)): return tensor
        case .value(.int(let i)): return i.operand
        case .value(.float(let d)): return d.operand
        default: throw Malformed("\(self.name) without the operand \(name)")
        }
    }

    private func int(_ name: String, _ other: Int? = nil) throws -> Int {
        if case .value(.int(let i)) = arguments[name] { return i }
        guard let other else { throw Malformed("\(self.name) without the integer \(name)") }
        return other
    }

    private func ints(_ name: String) throws -> [Int]? {
        guard let argument = arguments[name] else { return nil }
        guard case .value(.list(let items)) = argument else { throw Malformed("\(name) is no list") }
        return items.compactMap { if case .int(let i) = $0 { i } else { nil } }
    }

    private func spec(_ name: String) throws -> DistributionSpec {
        guard case .spec(let spec) = arguments[name] else { throw Malformed("\(self.name) without \(name)") }
        return spec
    }

    private func specs(_ name: String) throws -> [DistributionSpec] {
        switch arguments[name] {
        case .specs(let specs): return specs
        case .value(.list(let items)) where items.isEmpty: return []
        default: throw Malformed("\(self.name) without \(name)")
        }
    }

    // MARK: Distributions

    /// Creates the distribution.
    func distribution() throws -> Distribution {
        switch name {
        case "Normal": return Normal(loc: try operand("loc"), scale: try operand("scale"))
        case "LogNormal": return LogNormal(try operand("loc"), try operand("scale"))
        case "LogisticNormal": return LogisticNormal(try operand("loc"), try operand("scale"))
        case "Cauchy": return Cauchy(try operand("loc"), try operand("scale"))
        case "Laplace": return Laplace(loc: try operand("loc"), scale: try operand("scale"))
        case "Gumbel": return Gumbel(try operand("loc"), try operand("scale"))
        case "HalfNormal": return HalfNormal(try operand("scale"))
        case "HalfCauchy": return HalfCauchy(scale: try operand("scale"))
        case "Uniform": return Uniform(try operand("low"), try operand("high"))
        case "Exponential": return Exponential(try operand("rate"))
        case "Poisson": return Poisson(rate: try operand("rate"))
        case "Gamma": return Gamma(try operand("concentration"), try operand("rate"))
        case "InverseGamma": return InverseGamma(try operand("concentration"), try operand("rate"))
        case "Chi2": return Chi2(try operand("df"))
        case "Beta": return Beta(try operand("concentration1"), try operand("concentration0"))
        case "Kumaraswamy": return Kumaraswamy(try operand("concentration1"), try operand("concentration0"))
        case "Dirichlet": return Dirichlet(try operand("concentration"))
        case "Pareto": return Pareto(scale: try operand("scale"), alpha: try operand("alpha"))
        case "GeneralizedPareto":
            return GeneralizedPareto(try operand("loc"), try operand("scale"), try operand("concentration"))
        case "Weibull": return Weibull(try operand("scale"), try operand("concentration"))
        case "StudentT":
            if !has("loc") { return StudentT(try operand("df")) }
            return StudentT(df: try operand("df"), loc: try operand("loc"), scale: try operand("scale"))
        case "FisherSnedecor": return FisherSnedecor(try operand("df1"), try operand("df2"))
        case "VonMises": return VonMises(try operand("loc"), try operand("concentration"))
        default: return try discrete() ?? compound()
        }
    }

    private func discrete() throws -> Distribution? {
        let hasProbs = has("probs")
        func parameter() throws -> Tensor { try operand(hasProbs ? "probs" : "logits") }
        func temperature() throws -> Tensor { try operand("temperature") }
        switch name {
        case "Bernoulli": return hasProbs ? Bernoulli(probs: try parameter()) : Bernoulli(logits: try parameter())
        case "ContinuousBernoulli":
            return hasProbs
                ? ContinuousBernoulli(probs: try parameter()) : ContinuousBernoulli(logits: try parameter())
        case "Geometric": return hasProbs ? Geometric(try parameter()) : Geometric(logits: try parameter())
        case "Binomial":
            let count = try operand("total_count")
            return hasProbs ? Binomial(count, probs: try parameter()) : Binomial(count, logits: try parameter())
        case "NegativeBinomial":
            let count = try operand("total_count")
            return hasProbs
                ? NegativeBinomial(count, probs: try parameter()) : NegativeBinomial(count, logits: try parameter())
        case "Categorical": return hasProbs ? Categorical(try parameter()) : Categorical(logits: try parameter())
        case "OneHotCategorical":
            return hasProbs ? OneHotCategorical(try parameter()) : OneHotCategorical(logits: try parameter())
        case "OneHotCategoricalStraightThrough":
            return hasProbs
                ? OneHotCategoricalStraightThrough(try parameter())
                : OneHotCategoricalStraightThrough(logits: try parameter())
        case "Multinomial":
            let count = try int("total_count")
            return hasProbs ? Multinomial(count, probs: try parameter()) : Multinomial(count, logits: try parameter())
        case "RelaxedBernoulli":
            return hasProbs
                ? RelaxedBernoulli(try temperature(), probs: try parameter())
                : RelaxedBernoulli(try temperature(), logits: try parameter())
        case "LogitRelaxedBernoulli": return LogitRelaxedBernoulli(try temperature(), probs: try parameter())
        case "RelaxedOneHotCategorical":
            return hasProbs
                ? RelaxedOneHotCategorical(try temperature(), probs: try parameter())
                : RelaxedOneHotCategorical(try temperature(), logits: try parameter())
        case "ExpRelaxedCategorical":
            return hasProbs
                ? ExpRelaxedCategorical(try temperature(), probs: try parameter())
                : ExpRelaxedCategorical(try temperature(), logits: try parameter())
        default: return nil
        }
    }

    private func compound() throws -> Distribution {
        switch name {
        case "MultivariateNormal":
            let loc = try operand("loc")
            if has("covariance_matrix") {
                return MultivariateNormal(loc, covarianceMatrix: try operand("covariance_matrix"))
            }
            if has("precision_matrix") {
                return MultivariateNormal(loc, precisionMatrix: try operand("precision_matrix"))
            }
            return MultivariateNormal(loc, scaleTril: try operand("scale_tril"))
        case "LowRankMultivariateNormal":
            return LowRankMultivariateNormal(
                try operand("loc"), covFactor: try operand("cov_factor"), covDiag: try operand("cov_diag"))
        case "Wishart":
            let df = try operand("df")
            if has("covariance_matrix") { return Wishart(df, covarianceMatrix: try operand("covariance_matrix")) }
            if has("precision_matrix") { return Wishart(df, precisionMatrix: try operand("precision_matrix")) }
            return Wishart(df, scaleTril: try operand("scale_tril"))
        case "LKJCholesky": return LKJCholesky(try int("dim"), concentration: try operand("concentration"))
        case "Independent": return Independent(try spec("base").distribution(), try int("dims"))
        case "MixtureSameFamily":
            guard let mixture = try spec("mixture").distribution() as? Categorical else {
                throw Malformed("a mixture that is not categorical")
            }
            return MixtureSameFamily(mixture, try spec("component").distribution())
        case "TransformedDistribution":
            return TransformedDistribution(
                try spec("base").distribution(), try specs("transforms").map { try $0.transform() })
        default: throw Unsupported("no adapter for \(name)")
        }
    }

    // MARK: Transforms

    /// Creates the transform.
    func transform() throws -> DistributionTransform {
        switch name {
        case "Exp": return ExpTransform()
        case "Power": return PowerTransform(try operand("exponent"))
        case "Sigmoid": return SigmoidTransform()
        case "Softplus": return SoftplusTransform()
        case "Tanh": return TanhTransform()
        case "Abs": return AbsTransform()
        case "Softmax": return SoftmaxTransform()
        case "StickBreaking": return StickBreakingTransform()
        case "LowerCholesky": return LowerCholeskyTransform()
        case "PositiveDefinite": return PositiveDefiniteTransform()
        case "CorrCholesky": return CorrCholeskyTransform()
        case "Affine":
            return Torch.AffineTransform(
                loc: try operand("loc"), scale: try operand("scale"), eventDim: try int("event_dim", 0))
        case "Inverse": return try spec("of").transform().inv
        case "Compose": return ComposeTransform(try specs("parts").map { try $0.transform() })
        case "Independent": return IndependentTransform(try spec("of").transform(), try int("dims"))
        case "Reshape": return ReshapeTransform(try ints("in_shape") ?? [], try ints("out_shape") ?? [])
        case "Cat":
            return CatTransform(
                try specs("parts").map { try $0.transform() }, dim: try int("dim"), lengths: try ints("lengths"))
        case "Stack": return StackTransform(try specs("parts").map { try $0.transform() }, dim: try int("dim"))
        case "CumulativeDistribution": return CumulativeDistributionTransform(try spec("of").distribution())
        default: throw Unsupported("no adapter for \(name)")
        }
    }
}
