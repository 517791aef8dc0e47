import Torch

extension Call {
    /// An `int` or a `tuple` of `int`.
    fileprivate func kernelSize(_ name: String, _ fallback: Int? = nil) throws -> KernelSize {
        if let fallback, self[name] == nil { return KernelSize(fallback) }
        if case .some(.int) = self[name] { return try KernelSize(int(name)) }
        return try KernelSize(ints(name))
    }

    fileprivate var convolutionPadding: ConvolutionPadding {
        get throws {
            if case .some(.string(let word)) = self["padding"] { return ConvolutionPadding(word) }
            return try ConvolutionPadding(kernelSize("padding", 0))
        }
    }

    fileprivate var paddingMode: ConvolutionPaddingMode {
        get throws {
            guard let mode = ConvolutionPaddingMode(rawValue: try string("padding_mode", "zeros")) else {
                throw Unsupported("padding mode")
            }
            return mode
        }
    }
}

extension Table {
    mutating func addConvolutions() {
        let names = "input weight bias stride padding dilation groups"
        op("nn.functional.conv1d", names) {
            try conv1d(
                $0.input, $0.tensor("weight"), $0.tensorOrNil("bias"), stride: $0.kernelSize("stride", 1),
                padding: $0.convolutionPadding, dilation: $0.kernelSize("dilation", 1), groups: $0.int("groups", 1))
        }
        op("nn.functional.conv2d", names) {
            try conv2d(
                $0.input, $0.tensor("weight"), $0.tensorOrNil("bias"), stride: $0.kernelSize("stride", 1),
                padding: $0.convolutionPadding, dilation: $0.kernelSize("dilation", 1), groups: $0.int("groups", 1))
        }
        op("nn.functional.conv3d", names) {
            try conv3d(
                $0.input, $0.tensor("weight"), $0.tensorOrNil("bias"), stride: $0.kernelSize("stride", 1),
                padding: $0.convolutionPadding, dilation: $0.kernelSize("dilation", 1), groups: $0.int("groups", 1))
        }
        let transposed = "input weight bias stride padding output_padding groups dilation"
        op("nn.functional.conv_transpose1d", transposed) {
            try convTranspose1d(
                $0.input, $0.tensor("weight"), $0.tensorOrNil("bias"), stride: $0.kernelSize("stride", 1),
                padding: $0.kernelSize("padding", 0), outputPadding: $0.kernelSize("output_padding", 0),
                groups: $0.int("groups", 1), dilation: $0.kernelSize("dilation", 1))
        }
        op("nn.functional.conv_transpose2d", transposed) {
            try convTranspose2d(
                $0.input, $0.tensor("weight"), $0.tensorOrNil("bias"), stride: $0.kernelSize("stride", 1),
                padding: $0.kernelSize("padding", 0), outputPadding: $0.kernelSize("output_padding", 0),
                groups: $0.int("groups", 1), dilation: $0.kernelSize("dilation", 1))
        }
        op("nn.functional.conv_transpose3d", transposed) {
            try convTranspose3d(
                $0.input, $0.tensor("weight"), $0.tensorOrNil("bias"), stride: $0.kernelSize("stride", 1),
                padding: $0.kernelSize("padding", 0), outputPadding: $0.kernelSize("output_padding", 0),
                groups: $0.int("groups", 1), dilation: $0.kernelSize("dilation", 1))
        }
    }
}

extension ModuleTable {
    mutating func addConvolutions() {
        let names = "in_channels out_channels kernel_size stride padding dilation groups bias padding_mode"
        layer("Conv1d", names) {
            try Conv1d(
                $0.int("in_channels"), $0.int("out_channels"), $0.kernelSize("kernel_size"),
                stride: $0.kernelSize("stride", 1), padding: $0.convolutionPadding,
                dilation: $0.kernelSize("dilation", 1), groups: $0.int("groups", 1), bias: $0.bool("bias", true),
                paddingMode: $0.paddingMode)
        }
        layer("Conv2d", names) {
            try Conv2d(
                $0.int("in_channels"), $0.int("out_channels"), $0.kernelSize("kernel_size"),
                stride: $0.kernelSize("stride", 1), padding: $0.convolutionPadding,
                dilation: $0.kernelSize("dilation", 1), groups: $0.int("groups", 1), bias: $0.bool("bias", true),
                paddingMode: $0.paddingMode)
        }
        layer("Conv3d", names) {
            try Conv3d(
                $0.int("in_channels"), $0.int("out_channels"), $0.kernelSize("kernel_size"),
                stride: $0.kernelSize("stride", 1), padding: $0.convolutionPadding,
                dilation: $0.kernelSize("dilation", 1), groups: $0.int("groups", 1), bias: $0.bool("bias", true),
                paddingMode: $0.paddingMode)
        }
        let transposed =
            "in_channels out_channels kernel_size stride padding output_padding groups bias dilation padding_mode"
        layer("ConvTranspose1d", transposed) {
            try ConvTranspose1d(
                $0.int("in_channels"), $0.int("out_channels"), $0.kernelSize("kernel_size"),
                stride: $0.kernelSize("stride", 1), padding: $0.kernelSize("padding", 0),
                outputPadding: $0.kernelSize("output_padding", 0), groups: $0.int("groups", 1),
                bias: $0.bool("bias", true), dilation: $0.kernelSize("dilation", 1), paddingMode: $0.paddingMode)
        }
        layer("ConvTranspose2d", transposed) {
            try ConvTranspose2d(
                $0.int("in_channels"), $0.int("out_channels"), $0.kernelSize("kernel_size"),
                stride: $0.kernelSize("stride", 1), padding: $0.kernelSize("padding", 0),
                outputPadding: $0.kernelSize("output_padding", 0), groups: $0.int("groups", 1),
                bias: $0.bool("bias", true), dilation: $0.kernelSize("dilation", 1), paddingMode: $0.paddingMode)
        }
        layer("ConvTranspose3d", transposed) {
            try ConvTranspose3d(
                $0.int("in_channels"), $0.int("out_channels"), $0.kernelSize("kernel_size"),
                stride: $0.kernelSize("stride", 1), padding: $0.kernelSize("padding", 0),
                outputPadding: $0.kernelSize("output_padding", 0), groups: $0.int("groups", 1),
                bias: $0.bool("bias", true), dilation: $0.kernelSize("dilation", 1), paddingMode: $0.paddingMode)
        }
    }
}
