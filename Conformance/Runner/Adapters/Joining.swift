import Torch

extension Table {
    mutating func addJoining() {
        op("cat", "tensors dim out") {
            try cat($0.tensors("tensors"), dim: $0.int("dim", 0), out: $0.tensorOrNil("out"))
        }
        op("stack", "tensors dim") { try stack($0.tensors("tensors"), dim: $0.int("dim", 0)) }
        op("hstack", "tensors") { try hstack($0.tensors("tensors")) }
        op("vstack", "tensors") { try vstack($0.tensors("tensors")) }
        op("dstack", "tensors") { try dstack($0.tensors("tensors")) }
        op("column_stack", "tensors") { try columnStack($0.tensors("tensors")) }
        op("block_diag", "*tensors") { try blockDiag($0.restTensors()) }
        op("flip", "input dims") { try $0.input.flip($0.ints("dims")) }
        unary("fliplr", { $0.fliplr() })
        unary("flipud", { $0.flipud() })
        op("roll", "input shifts dims") { try $0.input.roll($0.ints("shifts"), dims: $0.intsOrNil("dims") ?? []) }
        op("rot90", "input k dims") { try $0.input.rot90($0.int("k", 1), $0.intsOrNil("dims") ?? [0, 1]) }
        op("repeat", "input *repeats") { try $0.input.repeat($0.restInts()) }
        op("tile", "input dims") { try $0.input.tile($0.ints("dims")) }
    }

    mutating func addSplitting() {
        op("split", "input split_size dim") { try $0.input.split($0.int("split_size"), dim: $0.int("dim", 0)) }
        op("unsafe_split", "input split_size dim") {
            try $0.input.unsafeSplit($0.int("split_size"), dim: $0.int("dim", 0))
        }
        for name in ["split@list_args", "split_with_sizes"] {
            op(name, "input split_sizes dim") { try $0.input.split($0.ints("split_sizes"), dim: $0.int("dim", 0)) }
        }
        op("chunk", "input chunks dim") { try $0.input.chunk($0.int("chunks"), dim: $0.int("dim", 0)) }
        op("unsafe_chunk", "input chunks dim") { try $0.input.unsafeChunk($0.int("chunks"), dim: $0.int("dim", 0)) }
        op("unbind", "input dim") { try $0.input.unbind(dim: $0.int("dim", 0)) }
        op("tensor_split", "input indices_or_sections dim") { c in
            switch c["indices_or_sections"] {
            case .tensor(let positions): return try c.input.tensorSplit(positions, dim: c.int("dim", 0))
            case .int(let sections): return try c.input.tensorSplit(sections, dim: c.int("dim", 0))
            default: return try c.input.tensorSplit(c.ints("indices_or_sections"), dim: c.int("dim", 0))
            }
        }
        addEqualSplit("hsplit", { $0.hsplit($1) }, { $0.hsplit($1) })
        addEqualSplit("vsplit", { $0.vsplit($1) }, { $0.vsplit($1) })
        addEqualSplit("dsplit", { $0.dsplit($1) }, { $0.dsplit($1) })
    }

    private mutating func addEqualSplit(
        _ name: String, _ bySections: @escaping (Tensor, Int) -> [Tensor],
        _ byIndices: @escaping (Tensor, [Int]) -> [Tensor]
    ) {
        op(name, "input indices_or_sections") { c in
            if case .int(let sections) = c["indices_or_sections"] { return try bySections(c.input, sections) }
            return try byIndices(c.input, c.ints("indices_or_sections"))
        }
    }
}
