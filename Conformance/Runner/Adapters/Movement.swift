import Torch

extension Table {
    mutating func addMovement() {
        op("view", "input *shape") { try $0.input.view($0.restInts()) }
        op("view_as", "input other") { try $0.input.viewAs($0.tensor("other")) }
        op("reshape", "input *shape") { try $0.input.reshape($0.restInts()) }
        op("reshape_as", "input other") { try $0.input.reshapeAs($0.tensor("other")) }
        op("flatten", "input start_dim end_dim") {
            try $0.input.flatten(startDim: $0.int("start_dim", 0), endDim: $0.int("end_dim", -1))
        }
        op("unflatten", "input dim sizes") { try $0.input.unflatten($0.int("dim"), $0.ints("sizes")) }
        unary("ravel", { $0.ravel() })
        op("permute", "input *dims") { try $0.input.permute($0.restInts()) }
        op("transpose", "input dim0 dim1", inPlace: { try $0.input.transpose_($0.int("dim0"), $0.int("dim1")) }) {
            try $0.input.transpose($0.int("dim0"), $0.int("dim1"))
        }
        unary("t", { $0.t() }, { $0.t_() })
        unary("T", { $0.T })
        unary("mT", { $0.mT })
        op("movedim", "input source destination") { try $0.input.movedim($0.ints("source"), $0.ints("destination")) }
        op("expand", "input *sizes") { try $0.input.expand($0.restInts()) }
        op("expand_as", "input other") { try $0.input.expandAs($0.tensor("other")) }
        op("broadcast_to", "input *sizes") { try $0.input.broadcastTo($0.restInts()) }
        op("broadcast_tensors", "*tensors") { try broadcastTensors($0.restTensors()) }
        op("broadcast_shapes", "*shapes") { try broadcastShapes($0.restIntLists()) }
        op(
            "squeeze", "input dim",
            inPlace: { try $0["dim"] == nil ? $0.input.squeeze_() : $0.input.squeeze_($0.int("dim")) }
        ) {
            try $0["dim"] == nil ? $0.input.squeeze() : $0.input.squeeze($0.int("dim"))
        }
        op("squeeze@multiple", "input dim", inPlace: { try $0.input.squeeze_($0.ints("dim")) }) {
            try $0.input.squeeze($0.ints("dim"))
        }
        op("unsqueeze", "input dim", inPlace: { try $0.input.unsqueeze_($0.int("dim")) }) {
            try $0.input.unsqueeze($0.int("dim"))
        }
        op("select", "input dim index") { try $0.input.select($0.int("dim"), $0.int("index")) }
        op("narrow", "input dim start length") { c in
            if case .tensor(let start) = c["start"] { return try c.input.narrow(c.int("dim"), start, c.int("length")) }
            return try c.input.narrow(c.int("dim"), c.int("start"), c.int("length"))
        }
        op("slice", "input dim start end step") {
            try $0.input.slice($0.int("dim", 0), $0.intOrNil("start"), $0.intOrNil("end"), step: $0.int("step", 1))
        }
        op("unfold", "input dimension size step") {
            try $0.input.unfold($0.int("dimension"), $0.int("size"), $0.int("step"))
        }
        for name in ["as_strided", "as_strided@partial_views"] {
            op(
                name, "input size stride storage_offset",
                inPlace: { try $0.input.asStrided_($0.ints("size"), $0.ints("stride"), $0.intOrNil("storage_offset")) }
            ) {
                try $0.input.asStrided($0.ints("size"), $0.ints("stride"), $0.intOrNil("storage_offset"))
            }
        }
        op("as_strided_scatter", "input src size stride storage_offset") {
            try $0.input.asStridedScatter(
                $0.tensor("src"), $0.ints("size"), $0.ints("stride"), $0.intOrNil("storage_offset"))
        }
        op("sum_to_size", "input *sizes") { try $0.input.sumToSize($0.restInts()) }
        addAtLeast("atleast_1d", atleast1d, atleast1d)
        addAtLeast("atleast_2d", atleast2d, atleast2d)
        addAtLeast("atleast_3d", atleast3d, atleast3d)
    }

    private mutating func addAtLeast(
        _ name: String, _ one: @escaping (Tensor) -> Tensor, _ many: @escaping ([Tensor]) -> [Tensor]
    ) {
        op(name, "*tensors") { c -> Value in
            if case .tensor(let tensor) = c.rest.first, c.rest.count == 1 { return one(tensor).value }
            return try many(c.restTensors()).value
        }
    }

    mutating func addViewCopies() {
        unary("alias_copy", { $0.aliasCopy() })
        op("as_strided_copy", "input size stride storage_offset") {
            try $0.input.asStridedCopy($0.ints("size"), $0.ints("stride"), $0.intOrNil("storage_offset"))
        }
        op("diagonal_copy", "input offset dim1 dim2") {
            try $0.input.diagonalCopy(offset: $0.int("offset", 0), dim1: $0.int("dim1", 0), dim2: $0.int("dim2", 1))
        }
        op("expand_copy", "input *sizes") { try $0.input.expandCopy($0.restInts()) }
        op("narrow_copy", "input dim start length") {
            try $0.input.narrowCopy($0.int("dim"), $0.int("start"), $0.int("length"))
        }
        op("permute_copy", "input *dims") { try $0.input.permuteCopy($0.restInts()) }
        op("split_with_sizes_copy", "input split_sizes dim") {
            try $0.input.splitWithSizesCopy($0.ints("split_sizes"), dim: $0.int("dim", 0))
        }
        op("squeeze_copy", "input dim") {
            try $0["dim"] == nil ? $0.input.squeezeCopy() : $0.input.squeezeCopy($0.int("dim"))
        }
        unary("t_copy", { $0.tCopy() })
        op("transpose_copy", "input dim0 dim1") { try $0.input.transposeCopy($0.int("dim0"), $0.int("dim1")) }
        op("unbind_copy", "input dim") { try $0.input.unbindCopy(dim: $0.int("dim", 0)) }
        op("unfold_copy", "input dimension size step") {
            try $0.input.unfoldCopy($0.int("dimension"), $0.int("size"), $0.int("step"))
        }
        op("unsqueeze_copy", "input dim") { try $0.input.unsqueezeCopy($0.int("dim")) }
        op("view_copy", "input *shape") { try $0.input.viewCopy($0.restInts()) }
    }

    mutating func addDiagonals() {
        op("diagonal", "input offset dim1 dim2") {
            try $0.input.diagonal(offset: $0.int("offset", 0), dim1: $0.int("dim1", 0), dim2: $0.int("dim2", 1))
        }
        op("linalg.diagonal", "input offset dim1 dim2") {
            try $0.input.diagonal(offset: $0.int("offset", 0), dim1: $0.int("dim1", -2), dim2: $0.int("dim2", -1))
        }
        op("diagonal_scatter", "input src offset dim1 dim2") {
            try $0.input.diagonalScatter(
                $0.tensor("src"), offset: $0.int("offset", 0), dim1: $0.int("dim1", 0), dim2: $0.int("dim2", 1))
        }
        op("diag", "input diagonal") { try $0.input.diag($0.int("diagonal", 0)) }
        op("diag_embed", "input offset dim1 dim2") {
            try $0.input.diagEmbed(offset: $0.int("offset", 0), dim1: $0.int("dim1", -2), dim2: $0.int("dim2", -1))
        }
        op("diagflat", "input offset") { try $0.input.diagflat($0.int("offset", 0)) }
        op("tril", "input diagonal", inPlace: { try $0.input.tril_($0.int("diagonal", 0)) }) {
            try $0.input.tril($0.int("diagonal", 0))
        }
        op("triu", "input diagonal", inPlace: { try $0.input.triu_($0.int("diagonal", 0)) }) {
            try $0.input.triu($0.int("diagonal", 0))
        }
    }

    mutating func addCopies() {
        op("clone", "input memory_format") { try $0.input.clone(memoryFormat: $0.memoryFormat) }
        op("contiguous", "input memory_format") {
            try $0.input.contiguous(memoryFormat: $0["memory_format"] == nil ? .contiguous : $0.memoryFormat)
        }
        let casts: [(String, (Tensor) -> (MemoryFormat) -> Tensor)] = [
            ("float", Tensor.float), ("double", Tensor.double), ("half", Tensor.half), ("bfloat16", Tensor.bfloat16),
            ("long", Tensor.long), ("int", Tensor.int),
            ("short", Tensor.short), ("char", Tensor.char), ("byte", Tensor.byte), ("bool", Tensor.bool),
            ("chalf", Tensor.chalf), ("cfloat", Tensor.cfloat), ("cdouble", Tensor.cdouble)
        ]
        for (name, cast) in casts { op(name, "input memory_format") { try cast($0.input)($0.memoryFormat) } }
        op("to", "input *rest memory_format") { c in
            // (device, dtype, non_blocking, copy), (dtype, non_blocking, copy) or (other, non_blocking, copy)
            var rest = c.rest[...], device = try c.input.device
            if case .string(let name) = rest.first {
                device = try Device(name)
                rest = rest.dropFirst()
            }
            var copy = false
            if rest.count >= 3, case .bool(let b) = rest[rest.startIndex + 2] { copy = b }
            switch rest.first {
            case .dtype(let dtype): return try c.input.to(device, dtype, copy: copy, memoryFormat: c.memoryFormat)
            case .tensor(let other): return try c.input.to(other, copy: copy, memoryFormat: c.memoryFormat)
            default: throw Unsupported("arguments \(c.rest)")
            }
        }
        op("item", "input") { try $0.input.itemScalar() }
        op("fill", "input value", inPlace: { try $0.input.fill_($0.scalar("value")) }) {
            try $0.input.clone().fill_($0.scalar("value"))
        }
        op("zero_", "input", inPlace: { try $0.input.zero_() }) { try $0.input.clone().zero_() }
    }
}
