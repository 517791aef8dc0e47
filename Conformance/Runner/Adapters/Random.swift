import Torch

extension Table {
    mutating func addRandom() {
        draw("uniform", "input from to") { try $0.input.uniform_($0.double("from", 0), $0.double("to", 1)) }
        draw("normal@in_place", "input mean std") { try $0.input.normal_($0.double("mean", 0), $0.double("std", 1)) }
        draw("exponential", "input lambd") { try $0.input.exponential_($0.double("lambd", 1)) }
        draw("bernoulli", "input") { try $0.input.bernoulli() }
        draw("randn", "size dtype") { try Tensor.randn($0.ints("size"), dtype: $0.dtype()) }
        draw("rand_like", "input dtype") { try Tensor.randLike($0.input, dtype: $0.dtypeOrNil()) }
        draw("randn_like", "input dtype") { try Tensor.randnLike($0.input, dtype: $0.dtypeOrNil()) }
        draw("randint", "low high size dtype") { c in
            // With two arguments they are the upper bound and the sizes.
            if c["size"] == nil { return try Tensor.randint(0, c.int("low"), c.ints("high"), dtype: c.dtype(.int64)) }
            return try Tensor.randint(c.int("low"), c.int("high"), c.ints("size"), dtype: c.dtype(.int64))
        }
        op("nn.functional.dropout", "input p training") { try dropout($0.input, p: $0.double("p", 0.5), training: $0.bool("training", true)) }
    }
}
