import Torch

extension Table {
    mutating func addRandom() {
        draw("uniform", "input from to") { try $0.input.uniform_($0.double("from", 0), $0.double("to", 1)) }
        draw("normal@in_place", "input mean std") { try $0.input.normal_($0.double("mean", 0), $0.double("std", 1)) }
        draw("exponential", "input lambd") { try $0.input.exponential_($0.double("lambd", 1)) }
        draw("cauchy", "input median sigma") { try $0.input.cauchy_($0.double("median", 0), $0.double("sigma", 1)) }
        draw("log_normal", "input mean std") { try $0.input.logNormal_($0.double("mean", 1), $0.double("std", 2)) }
        draw("geometric", "input p") { try $0.input.geometric_($0.double("p")) }
        draw("bernoulli", "input out") { try $0.tensorOrNil("out")?.bernoulli_($0.input) ?? $0.input.bernoulli() }
        draw("multinomial", "input num_samples replacement out") {
            try $0.input.multinomial(
                $0.int("num_samples"), replacement: $0.bool("replacement", false), out: $0.tensorOrNil("out"))
        }
        draw("normal", "mean std") { try Tensor.normal($0.tensor("mean"), $0.operand("std")) }
        // In the cases, the standard deviation comes before the mean.
        draw("normal@number_mean", "std mean size dtype") { c in
            if c["size"] == nil { return try Tensor.normal(c.tensor("mean"), c.double("std")) }
            return try Tensor.normal(c.double("mean"), c.double("std"), c.ints("size"), dtype: c.dtype())
        }
        draw("randn", "size dtype") { try Tensor.randn($0.ints("size"), dtype: $0.dtype()) }
        draw("rand_like", "input dtype") { try Tensor.randLike($0.input, dtype: $0.dtypeOrNil()) }
        draw("randn_like", "input dtype") { try Tensor.randnLike($0.input, dtype: $0.dtypeOrNil()) }
        draw("randint_like", "input low high dtype") { c in
            // A single argument is the upper bound.
            if c["high"] == nil { return try Tensor.randintLike(c.input, 0, c.int("low"), dtype: c.dtypeOrNil()) }
            return try Tensor.randintLike(c.input, c.int("low"), c.int("high"), dtype: c.dtypeOrNil())
        }
        draw("randint", "low high size dtype") { c in
            // Two arguments are the upper bound and the sizes.
            if c["size"] == nil { return try Tensor.randint(0, c.int("low"), c.ints("high"), dtype: c.dtype(.int64)) }
            return try Tensor.randint(c.int("low"), c.int("high"), c.ints("size"), dtype: c.dtype(.int64))
        }
        func dropping(_ name: String, trainsByDefault: Bool = true, _ drop: @escaping (Tensor, Double, Bool) -> Tensor)
        {
            op(name, "input p training") {
                try drop($0.input, $0.double("p", 0.5), $0.bool("training", trainsByDefault))
            }
        }
        dropping("nn.functional.dropout") { dropout($0, p: $1, training: $2) }
        dropping("nn.functional.dropout2d") { dropout2d($0, p: $1, training: $2) }
        dropping("nn.functional.dropout3d") { dropout3d($0, p: $1, training: $2) }
        dropping("nn.functional.alpha_dropout", trainsByDefault: false) { alphaDropout($0, p: $1, training: $2) }
        dropping("nn.functional.feature_alpha_dropout", trainsByDefault: false) {
            featureAlphaDropout($0, p: $1, training: $2)
        }
        op("native_dropout_backward", "grad_output mask scale") {
            try nativeDropoutBackward($0.tensor("grad_output"), $0.tensor("mask"), scale: $0.double("scale"))
        }
        op("nn.functional.rrelu", "input lower upper training") {
            try $0.input.rrelu(
                $0.double("lower", 1.0 / 8), $0.double("upper", 1.0 / 3), training: $0.bool("training", false))
        }
    }
}
