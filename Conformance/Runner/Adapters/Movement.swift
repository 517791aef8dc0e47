import Torch

extension Table {
    mutating func addMovement() {
        op("view", "input *shape") { try $0.input.view($0.restInts()) }
        op("view_as", "input other") { try $0.input.viewAs($0.tensor("other")) }
        op("reshape", "input *shape") { try $0.input.reshape($0.restInts()) }
        op("reshape_as", "input other") { try $0.input.reshapeAs($0.tensor("other")) }
        op("flatten", "input start_dim end_dim") { try $0.input.flatten(startDim: $0.int("start_dim", 0), endDim: $0.int("end_dim", -1)) }
        op("unflatten", "input dim sizes") { try $0.input.unflatten($0.int("dim"), $0.ints("sizes")) }
        unary("ravel", { $0.ravel() })
        op("permute", "input *dims") { try $0.input.permute($0.restInts()) }
        op("transpose", "input dim0 dim1") { try $0.input.transpose($0.int("dim0"), $0.int("dim1")) }
        unary("t", { $0.t() })
        unary("T", { $0.T })
        unary("mT", { $0.mT })
        op("movedim", "input source destination") { try $0.input.movedim($0.ints("source"), $0.ints("destination")) }
        op("expand", "input *sizes") { try $0.input.expand($0.restInts()) }
        op("expand_as", "input other") { try $0.input.expandAs($0.tensor("other")) }
        op("broadcast_to", "input *sizes") { try $0.input.broadcastTo($0.restInts()) }
        op("squeeze", "input dim") { try $0["dim"] == nil ? $0.input.squeeze() : $0.input.squeeze($0.int("dim")) }
        op("squeeze@multiple", "input dim") { try $0.input.squeeze($0.ints("dim")) }
        op("unsqueeze", "input dim") { try $0.input.unsqueeze($0.int("dim")) }
        op("select", "input dim index") { try $0.input.select($0.int("dim"), $0.int("index")) }
        op("narrow", "input dim start length") {
            try $0.input.narrow($0.int("dim"), $0.int("start"), $0.int("length"))
        }
        op("slice", "input dim start end step") { try $0.input.slice($0.int("dim", 0), $0.intOrNil("start"), $0.intOrNil("end"), step: $0.int("step", 1)) }
        op("as_strided", "input size stride storage_offset") { try $0.input.asStrided($0.ints("size"), $0.ints("stride"), $0.intOrNil("storage_offset")) }
        op("as_strided_scatter", "input src size stride storage_offset") {
            try $0.input.asStridedScatter($0.tensor("src"), $0.ints("size"), $0.ints("stride"), $0.intOrNil("storage_offset"))
        }
        op("sum_to_size", "input *sizes") { try $0.input.sumToSize($0.restInts()) }
    }

    mutating func addCopies() {
        unary("clone", { $0.clone() })
        unary("contiguous", { $0.contiguous() })
        unary("float", { $0.float() })
        unary("double", { $0.double() })
        unary("half", { $0.half() })
        unary("bfloat16", { $0.bfloat16() })
        unary("long", { $0.long() })
        unary("int", { $0.int() })
        unary("short", { $0.short() })
        unary("char", { $0.char() })
        unary("byte", { $0.byte() })
        unary("bool", { $0.bool() })
        op("to", "input *rest") { c in
            // (device, dtype, non_blocking, copy), (dtype, non_blocking, copy) or (other, non_blocking, copy)
            var rest = c.rest[...]
            if case .string("cpu") = rest.first { rest = rest.dropFirst() }
            let dtype: DType
            switch rest.first {
            case .dtype(let d): dtype = d
            case .tensor(let other): dtype = other.dtype
            default: throw Unsupported("arguments \(c.rest)")
            }
            var copy = false
            if rest.count >= 3, case .bool(let b) = rest[rest.startIndex + 2] { copy = b }
            return try c.input.to(dtype, copy: copy)
        }
        op("item", "input") { try $0.input.itemScalar() }
        op("fill", "input value", inPlace: { try $0.input.fill_($0.scalar("value")) }) { try $0.input.clone().fill_($0.scalar("value")) }
        op("zero_", "input", inPlace: { try $0.input.zero_() }) { try $0.input.clone().zero_() }
    }

    mutating func addCreation() {
        op("zeros", "size dtype") { try Tensor.zeros($0.ints("size"), dtype: $0.dtype()) }
        op("ones", "size dtype") { try Tensor.ones($0.ints("size"), dtype: $0.dtype()) }
        op("full", "size fill_value dtype") { try Tensor.full($0.ints("size"), $0.scalar("fill_value"), dtype: $0.dtypeOrNil()) }
        op("zeros_like", "input dtype") { try Tensor.zerosLike($0.input, dtype: $0.dtypeOrNil()) }
        op("ones_like", "input dtype") { try Tensor.onesLike($0.input, dtype: $0.dtypeOrNil()) }
        op("full_like", "input fill_value dtype") { try Tensor.fullLike($0.input, $0.scalar("fill_value"), dtype: $0.dtypeOrNil()) }
        op("scalar_tensor", "s dtype") { try Tensor($0.scalar("s"), dtype: $0.dtype()) }
        op("arange", "start end step dtype") { c in
            // With one number it is the end.
            guard c["end"] != nil else { return try Tensor.arange(c.scalar("start"), dtype: c.dtypeOrNil()) }
            return try Tensor.arange(c.scalar("start"), c.scalar("end"), step: c.scalar("step", 1), dtype: c.dtypeOrNil())
        }
    }
}
