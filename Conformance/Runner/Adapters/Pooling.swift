import Torch

extension Call {
    /// A number or a list of numbers, one for each spatial dimension.
    fileprivate func spatial(_ name: String, _ fallback: KernelSize? = nil) throws -> KernelSize {
        if let fallback, self[name] == nil { return fallback }
        if case .some(.int) = self[name] { return try KernelSize(int(name)) }
        return try KernelSize(ints(name))
    }

    fileprivate var kernel: KernelSize { get throws { try spatial("kernel_size") } }
    fileprivate var stride: KernelSize { get throws { try spatial("stride", .likeKernel) } }
    fileprivate var padding: KernelSize { get throws { try spatial("padding", 0) } }
    fileprivate var dilation: KernelSize { get throws { try spatial("dilation", 1) } }
    fileprivate var ceils: Bool { get throws { try bool("ceil_mode", false) } }
    fileprivate var wantsIndices: Bool { get throws { try bool("return_indices", false) } }
    fileprivate var countsPadding: Bool { get throws { try bool("count_include_pad", true) } }

    /// A size for adaptive pooling: a number, or a list of numbers and None.
    fileprivate var adaptiveSize: AdaptiveSize {
        get throws {
            switch self["output_size"] {
            case .some(.int(let number)): return AdaptiveSize(number)
            case .some(.list(let items)):
                return AdaptiveSize(
                    try items.map {
                        switch $0 {
                        case .int(let number): number
                        case .none: nil
                        default: throw Unsupported("output_size")
                        }
                    })
            default: throw Unsupported("output_size")
            }
        }
    }

    /// One or several factors.
    fileprivate func factors(_ name: String) throws -> ScaleFactor {
        if case .some(.list) = self[name] { return try ScaleFactor(scalars(name).map(\.doubleValue)) }
        guard let number = try scalarOrNil(name) else { throw Unsupported("no argument \(name)") }
        return ScaleFactor(number.doubleValue)
    }
}

/// The values, and the indices if they are asked for.
private func values(_ pair: (values: Tensor, indices: Tensor), _ call: Call) throws -> Value {
    try call.wantsIndices ? .list([.tensor(pair.values), .tensor(pair.indices)]) : .tensor(pair.values)
}

extension Table {
    mutating func addPooling() {
        let pool = "input kernel_size stride padding dilation ceil_mode return_indices"
        op("nn.functional.max_pool1d", pool) { c -> Value in
            let (x, k, s, p, d) = try (c.input, c.kernel, c.stride, c.padding, c.dilation)
            return try c.wantsIndices
                ? values(x.maxPool1dWithIndices(k, stride: s, padding: p, dilation: d, ceilMode: c.ceils), c)
                : .tensor(x.maxPool1d(k, stride: s, padding: p, dilation: d, ceilMode: c.ceils))
        }
        op("nn.functional.max_pool2d", pool) { c -> Value in
            let (x, k, s, p, d) = try (c.input, c.kernel, c.stride, c.padding, c.dilation)
            return try c.wantsIndices
                ? values(x.maxPool2dWithIndices(k, stride: s, padding: p, dilation: d, ceilMode: c.ceils), c)
                : .tensor(x.maxPool2d(k, stride: s, padding: p, dilation: d, ceilMode: c.ceils))
        }
        op("nn.functional.max_pool3d", pool) { c -> Value in
            let (x, k, s, p, d) = try (c.input, c.kernel, c.stride, c.padding, c.dilation)
            return try c.wantsIndices
                ? values(x.maxPool3dWithIndices(k, stride: s, padding: p, dilation: d, ceilMode: c.ceils), c)
                : .tensor(x.maxPool3d(k, stride: s, padding: p, dilation: d, ceilMode: c.ceils))
        }
        op("max_pool2d_with_indices_backward", pool) { c -> Tensor in
            let (x, k, s, p, d) = try (c.input, c.kernel, c.stride, c.padding, c.dilation)
            let (values, indices) = try x.maxPool2dWithIndices(k, stride: s, padding: p, dilation: d, ceilMode: c.ceils)
            return try Tensor.onesLike(values).maxPool2dWithIndicesBackward(
                x, k, stride: s, padding: p, dilation: d, ceilMode: c.ceils, indices: indices)
        }
        op("nn.functional.avg_pool1d", "input kernel_size stride padding ceil_mode count_include_pad") {
            try $0.input.avgPool1d(
                $0.kernel, stride: $0.stride, padding: $0.padding, ceilMode: $0.ceils,
                countIncludePad: $0.countsPadding)
        }
        let average = "input kernel_size stride padding ceil_mode count_include_pad divisor_override"
        op("nn.functional.avg_pool2d", average) {
            try $0.input.avgPool2d(
                $0.kernel, stride: $0.stride, padding: $0.padding, ceilMode: $0.ceils,
                countIncludePad: $0.countsPadding, divisorOverride: $0.intOrNil("divisor_override"))
        }
        op("nn.functional.avg_pool3d", average) {
            try $0.input.avgPool3d(
                $0.kernel, stride: $0.stride, padding: $0.padding, ceilMode: $0.ceils,
                countIncludePad: $0.countsPadding, divisorOverride: $0.intOrNil("divisor_override"))
        }
        addAdaptivePooling()
        addUnpooling()
    }

    private mutating func addAdaptivePooling() {
        op("nn.functional.adaptive_avg_pool1d", "input output_size") {
            try $0.input.adaptiveAvgPool1d($0.spatial("output_size"))
        }
        op("nn.functional.adaptive_avg_pool2d", "input output_size") {
            try $0.input.adaptiveAvgPool2d($0.adaptiveSize)
        }
        op("nn.functional.adaptive_avg_pool3d", "input output_size") {
            try $0.input.adaptiveAvgPool3d($0.adaptiveSize)
        }
        let signature = "input output_size return_indices"
        op("nn.functional.adaptive_max_pool1d", signature) { c -> Value in
            let size = try c.spatial("output_size")
            return try c.wantsIndices
                ? values(c.input.adaptiveMaxPool1dWithIndices(size), c) : .tensor(c.input.adaptiveMaxPool1d(size))
        }
        op("nn.functional.adaptive_max_pool2d", signature) { c -> Value in
            try c.wantsIndices
                ? values(c.input.adaptiveMaxPool2dWithIndices(c.adaptiveSize), c)
                : .tensor(c.input.adaptiveMaxPool2d(c.adaptiveSize))
        }
        op("nn.functional.adaptive_max_pool3d", signature) { c -> Value in
            try c.wantsIndices
                ? values(c.input.adaptiveMaxPool3dWithIndices(c.adaptiveSize), c)
                : .tensor(c.input.adaptiveMaxPool3d(c.adaptiveSize))
        }
        let fractional = "input kernel_size output_size output_ratio return_indices _random_samples"
        draw("nn.functional.fractional_max_pool2d", fractional) { c -> Value in
            let (x, k, samples) = try (c.input, c.kernel, c.tensorOrNil("_random_samples"))
            let result =
                try c["output_size"] != nil
                ? x.fractionalMaxPool2dWithIndices(k, outputSize: c.spatial("output_size"), randomSamples: samples)
                : x.fractionalMaxPool2dWithIndices(k, outputRatio: c.factors("output_ratio"), randomSamples: samples)
            return try values(result, c)
        }
        draw("nn.functional.fractional_max_pool3d", fractional) { c -> Value in
            let (x, k, samples) = try (c.input, c.kernel, c.tensorOrNil("_random_samples"))
            let result =
                try c["output_size"] != nil
                ? x.fractionalMaxPool3dWithIndices(k, outputSize: c.spatial("output_size"), randomSamples: samples)
                : x.fractionalMaxPool3dWithIndices(k, outputRatio: c.factors("output_ratio"), randomSamples: samples)
            return try values(result, c)
        }
    }

    private mutating func addUnpooling() {
        for suffix in ["", "@grad"] {
            let signature = "input indices kernel_size stride padding output_size"
            op("nn.functional.max_unpool1d\(suffix)", signature) {
                try $0.input.maxUnpool1d(
                    $0.tensor("indices"), $0.kernel, stride: $0.stride, padding: $0.padding,
                    outputSize: $0.intsOrNil("output_size"))
            }
            op("nn.functional.max_unpool2d\(suffix)", signature) {
                try $0.input.maxUnpool2d(
                    $0.tensor("indices"), $0.kernel, stride: $0.stride, padding: $0.padding,
                    outputSize: $0.intsOrNil("output_size"))
            }
            op("nn.functional.max_unpool3d\(suffix)", signature) {
                try $0.input.maxUnpool3d(
                    $0.tensor("indices"), $0.kernel, stride: $0.stride, padding: $0.padding,
                    outputSize: $0.intsOrNil("output_size"))
            }
        }
    }
}

extension ModuleTable {
    mutating func addPooling() {
        maximum("MaxPool1d") {
            try MaxPool1d(
                $0.kernel, stride: $0.stride, padding: $0.padding, dilation: $0.dilation, ceilMode: $0.ceils)
        } withIndices: {
            ($0 as? MaxPool1d)?.withIndices($1)
        }
        maximum("MaxPool2d") {
            try MaxPool2d(
                $0.kernel, stride: $0.stride, padding: $0.padding, dilation: $0.dilation, ceilMode: $0.ceils)
        } withIndices: {
            ($0 as? MaxPool2d)?.withIndices($1)
        }
        maximum("MaxPool3d") {
            try MaxPool3d(
                $0.kernel, stride: $0.stride, padding: $0.padding, dilation: $0.dilation, ceilMode: $0.ceils)
        } withIndices: {
            ($0 as? MaxPool3d)?.withIndices($1)
        }
        layer("AvgPool1d", "kernel_size stride padding ceil_mode count_include_pad") {
            try AvgPool1d(
                $0.kernel, stride: $0.stride, padding: $0.padding, ceilMode: $0.ceils,
                countIncludePad: $0.countsPadding)
        }
        let average = "kernel_size stride padding ceil_mode count_include_pad divisor_override"
        layer("AvgPool2d", average) {
            try AvgPool2d(
                $0.kernel, stride: $0.stride, padding: $0.padding, ceilMode: $0.ceils,
                countIncludePad: $0.countsPadding, divisorOverride: $0.intOrNil("divisor_override"))
        }
        layer("AvgPool3d", average) {
            try AvgPool3d(
                $0.kernel, stride: $0.stride, padding: $0.padding, ceilMode: $0.ceils,
                countIncludePad: $0.countsPadding, divisorOverride: $0.intOrNil("divisor_override"))
        }
        let norm = "norm_type kernel_size stride ceil_mode"
        layer("LPPool1d", norm) {
            try LPPool1d($0.scalar("norm_type"), $0.kernel, stride: $0.stride, ceilMode: $0.ceils)
        }
        layer("LPPool2d", norm) {
            try LPPool2d($0.scalar("norm_type"), $0.kernel, stride: $0.stride, ceilMode: $0.ceils)
        }
        layer("LPPool3d", norm) {
            try LPPool3d($0.scalar("norm_type"), $0.kernel, stride: $0.stride, ceilMode: $0.ceils)
        }
        layer("AdaptiveAvgPool1d", "output_size") { try AdaptiveAvgPool1d($0.adaptiveSize) }
        layer("AdaptiveAvgPool2d", "output_size") { try AdaptiveAvgPool2d($0.adaptiveSize) }
        layer("AdaptiveAvgPool3d", "output_size") { try AdaptiveAvgPool3d($0.adaptiveSize) }
        layer("AdaptiveMaxPool1d", "output_size") { try AdaptiveMaxPool1d($0.adaptiveSize) }
        layer("AdaptiveMaxPool2d", "output_size") { try AdaptiveMaxPool2d($0.adaptiveSize) }
        layer("AdaptiveMaxPool3d", "output_size") { try AdaptiveMaxPool3d($0.adaptiveSize) }
        addPaddings()
    }

    /// Adds a module of max pooling, which also returns indices if `return_indices` is true.
    private mutating func maximum(
        _ name: String, _ make: @escaping (Call) throws -> any Layer,
        withIndices: @escaping (Module, Tensor) -> (values: Tensor, indices: Tensor)?
    ) {
        add(name, "kernel_size stride padding dilation return_indices ceil_mode", make) { module, input, arguments in
            guard try arguments.wantsIndices else { return nil }
            return withIndices(module, input).map { .list([.tensor($0.values), .tensor($0.indices)]) }
        }
    }

    private mutating func addPaddings() {
        layer("ConstantPad1d", "padding value") { try ConstantPad1d($0.spatial("padding"), $0.scalar("value")) }
        layer("ConstantPad2d", "padding value") { try ConstantPad2d($0.spatial("padding"), $0.scalar("value")) }
        layer("ConstantPad3d", "padding value") { try ConstantPad3d($0.spatial("padding"), $0.scalar("value")) }
        layer("ZeroPad1d", "padding") { try ZeroPad1d($0.spatial("padding")) }
        layer("ZeroPad2d", "padding") { try ZeroPad2d($0.spatial("padding")) }
        layer("ZeroPad3d", "padding") { try ZeroPad3d($0.spatial("padding")) }
        layer("ReflectionPad1d", "padding") { try ReflectionPad1d($0.spatial("padding")) }
        layer("ReflectionPad2d", "padding") { try ReflectionPad2d($0.spatial("padding")) }
        layer("ReflectionPad3d", "padding") { try ReflectionPad3d($0.spatial("padding")) }
        layer("ReplicationPad1d", "padding") { try ReplicationPad1d($0.spatial("padding")) }
        layer("ReplicationPad2d", "padding") { try ReplicationPad2d($0.spatial("padding")) }
        layer("ReplicationPad3d", "padding") { try ReplicationPad3d($0.spatial("padding")) }
        layer("CircularPad1d", "padding") { try CircularPad1d($0.spatial("padding")) }
        layer("CircularPad2d", "padding") { try CircularPad2d($0.spatial("padding")) }
        layer("CircularPad3d", "padding") { try CircularPad3d($0.spatial("padding")) }
    }
}
