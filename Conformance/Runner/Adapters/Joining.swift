import Torch

extension Table {
    mutating func addJoining() {
        op("cat", "tensors dim") { try cat($0.tensors("tensors"), dim: $0.int("dim", 0)) }
        op("stack", "tensors dim") { try stack($0.tensors("tensors"), dim: $0.int("dim", 0)) }
        op("split", "input split_size dim") { try $0.input.split($0.int("split_size"), dim: $0.int("dim", 0)) }
        for name in ["split@list_args", "split_with_sizes"] {
            op(name, "input split_sizes dim") { try $0.input.split($0.ints("split_sizes"), dim: $0.int("dim", 0)) }
        }
        op("chunk", "input chunks dim") { try $0.input.chunk($0.int("chunks"), dim: $0.int("dim", 0)) }
        op("unbind", "input dim") { try $0.input.unbind(dim: $0.int("dim", 0)) }
        op("flip", "input dims") { try $0.input.flip($0.ints("dims")) }
        op("repeat", "input *repeats") { try $0.input.repeat($0.restInts()) }
        op("tile", "input dims") { try $0.input.tile($0.ints("dims")) }
    }
}
