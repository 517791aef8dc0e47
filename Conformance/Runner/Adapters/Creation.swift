import Torch

extension Table {
    mutating func addCreation() {
        op("zeros", "size dtype") { try Tensor.zeros($0.ints("size"), dtype: $0.dtype()) }
        op("ones", "size dtype") { try Tensor.ones($0.ints("size"), dtype: $0.dtype()) }
        op("full", "size fill_value dtype") {
            try Tensor.full($0.ints("size"), $0.scalar("fill_value"), dtype: $0.dtypeOrNil())
        }
        op("zeros_like", "input dtype") { try Tensor.zerosLike($0.input, dtype: $0.dtypeOrNil()) }
        op("ones_like", "input dtype") { try Tensor.onesLike($0.input, dtype: $0.dtypeOrNil()) }
        op("full_like", "input fill_value dtype") {
            try Tensor.fullLike($0.input, $0.scalar("fill_value"), dtype: $0.dtypeOrNil())
        }
        op("new_zeros", "input size dtype") { try $0.input.newZeros($0.ints("size"), dtype: $0.dtypeOrNil()) }
        op("new_ones", "input size dtype") { try $0.input.newOnes($0.ints("size"), dtype: $0.dtypeOrNil()) }
        op("new_full", "input size fill_value dtype") {
            try $0.input.newFull($0.ints("size"), $0.scalar("fill_value"), dtype: $0.dtypeOrNil())
        }
        op("scalar_tensor", "s dtype") { try Tensor($0.scalar("s"), dtype: $0.dtype()) }
        op("arange", "start end step dtype") { c in
            // A single number is the end.
            guard c["end"] != nil else { return try Tensor.arange(c.scalar("start"), dtype: c.dtypeOrNil()) }
            return try Tensor.arange(
                c.scalar("start"), c.scalar("end"), step: c.scalar("step", 1), dtype: c.dtypeOrNil())
        }
        op("linspace", "start end steps dtype") { c in
            func made(_ start: some TensorOperand, _ end: some TensorOperand) throws -> Tensor {
                try .linspace(start, end, steps: c.int("steps"), dtype: c.dtypeOrNil())
            }
            return try made(c.operand("start"), c.operand("end"))
        }
        op("logspace", "start end steps base dtype") { c in
            func made(_ start: some TensorOperand, _ end: some TensorOperand) throws -> Tensor {
                try .logspace(start, end, steps: c.int("steps"), base: c.double("base", 10), dtype: c.dtypeOrNil())
            }
            return try made(c.operand("start"), c.operand("end"))
        }
        op("eye", "n m dtype") { try Tensor.eye($0.int("n"), $0.intOrNil("m"), dtype: $0.dtype()) }
        op("tril_indices", "row col offset dtype") {
            try Tensor.trilIndices($0.int("row"), $0.int("col"), offset: $0.int("offset", 0), dtype: $0.dtype(.int64))
        }
        op("triu_indices", "row col offset dtype") {
            try Tensor.triuIndices($0.int("row"), $0.int("col"), offset: $0.int("offset", 0), dtype: $0.dtype(.int64))
        }
    }

    mutating func addGrids() {
        for name in ["meshgrid@list_of_tensors", "meshgrid@variadic_tensors"] {
            op(name, "*tensors indexing") {
                try meshgrid($0.restTensors(), indexing: $0.string("indexing", "ij") == "xy" ? .xy : .ij)
            }
        }
        op("cartesian_prod", "*tensors") { try cartesianProd($0.restTensors()) }
        op("combinations", "input r with_replacement") {
            try combinations($0.input, r: $0.int("r", 2), withReplacement: $0.bool("with_replacement", false))
        }
        op("linalg.vander", "input N") { try linalg.vander($0.input, N: $0.intOrNil("N")) }
    }

    mutating func addWindows() {
        typealias windows = signal.windows
        op("signal.windows.bartlett", "M sym dtype layout") {
            try windows.bartlett($0.int("M"), sym: $0.bool("sym", true), dtype: $0.dtypeOrNil(), layout: $0.layout())
        }
        op("signal.windows.blackman", "M sym dtype layout") {
            try windows.blackman($0.int("M"), sym: $0.bool("sym", true), dtype: $0.dtypeOrNil(), layout: $0.layout())
        }
        op("signal.windows.cosine", "M sym dtype layout") {
            try windows.cosine($0.int("M"), sym: $0.bool("sym", true), dtype: $0.dtypeOrNil(), layout: $0.layout())
        }
        op("signal.windows.exponential", "M center tau sym dtype layout") {
            try windows.exponential(
                $0.int("M"), center: $0.scalarOrNil("center")?.doubleValue, tau: $0.double("tau", 1),
                sym: $0.bool("sym", true), dtype: $0.dtypeOrNil(), layout: $0.layout())
        }
        op("signal.windows.gaussian", "M std sym dtype layout") {
            try windows.gaussian(
                $0.int("M"), std: $0.double("std", 1), sym: $0.bool("sym", true), dtype: $0.dtypeOrNil(),
                layout: $0.layout())
        }
        op("signal.windows.general_cosine", "M a sym dtype layout") {
            try windows.generalCosine(
                $0.int("M"), a: $0.scalars("a").map(\.doubleValue), sym: $0.bool("sym", true), dtype: $0.dtypeOrNil(),
                layout: $0.layout())
        }
        op("signal.windows.general_hamming", "M alpha sym dtype layout") {
            try windows.generalHamming(
                $0.int("M"), alpha: $0.double("alpha", 0.54), sym: $0.bool("sym", true), dtype: $0.dtypeOrNil(),
                layout: $0.layout())
        }
        op("signal.windows.hamming", "M sym dtype layout") {
            try windows.hamming($0.int("M"), sym: $0.bool("sym", true), dtype: $0.dtypeOrNil(), layout: $0.layout())
        }
        op("signal.windows.hann", "M sym dtype layout") {
            try windows.hann($0.int("M"), sym: $0.bool("sym", true), dtype: $0.dtypeOrNil(), layout: $0.layout())
        }
        op("signal.windows.kaiser", "M beta sym dtype layout") {
            try windows.kaiser(
                $0.int("M"), beta: $0.double("beta", 12), sym: $0.bool("sym", true), dtype: $0.dtypeOrNil(),
                layout: $0.layout())
        }
        op("signal.windows.nuttall", "M sym dtype layout") {
            try windows.nuttall($0.int("M"), sym: $0.bool("sym", true), dtype: $0.dtypeOrNil(), layout: $0.layout())
        }
    }

    mutating func addPadding() {
        op("constant_pad_nd", "input pad value") { try $0.input.constantPadNd($0.ints("pad"), $0.scalar("value", 0)) }
        for name in ["constant", "reflect", "replicate", "replicate_negative", "circular"] {
            op("nn.functional.pad@\(name)", "input pad mode value") { c in
                guard let mode = try PaddingMode(rawValue: c.string("mode", "constant")) else {
                    throw Unsupported("mode")
                }
                return try c.input.pad(c.ints("pad"), mode: mode, value: c.scalarOrNil("value"))
            }
        }
        op("nn.functional.pixel_shuffle", "input upscale_factor") {
            try $0.input.pixelShuffle($0.int("upscale_factor"))
        }
        op("nn.functional.pixel_unshuffle", "input downscale_factor") {
            try $0.input.pixelUnshuffle($0.int("downscale_factor"))
        }
        op("nn.functional.channel_shuffle", "input groups") { try $0.input.channelShuffle($0.int("groups")) }
    }
}
