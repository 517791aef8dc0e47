/// The arguments of a pooling with sliding windows, checked, and the sizes of its result.
struct PoolGeometry {
    /// The number of spatial dimensions, 2 or 3.
    let spatial: Int
    let kernel, stride, padding, dilation: [Int]
    /// The sizes of the result.
    let sizes: [Int]
    /// The memory format of input and result.
    let format: MemoryFormat

    /// The windows along depth, height and width.
    var windows: [PoolWindows] {
        let whole = PoolWindows.sliding(kernel: 1, stride: 1, padding: 0, dilation: 1)
        return [PoolWindows](repeating: whole, count: 3 - spatial)
            + kernel.indices.map {
                .sliding(kernel: kernel[$0], stride: stride[$0], padding: padding[$0], dilation: dilation[$0])
            }
    }

    /// Checks the arguments of `max_pool2d`, `max_pool3d`, `avg_pool2d` or `avg_pool3d` in PyTorch's order. Raises and
    /// returns nil if they do not fit.
    init?(
        _ input: Tensor, _ name: String, _ spatial: Int, kernel: KernelSize, stride: KernelSize, padding: KernelSize,
        dilation: KernelSize, ceilMode: Bool, divisor: Int? = nil
    ) {
        let isMax = name.hasPrefix("max"), count = spatial == 2 ? "two" : "three"
        let must = name == "avg_pool3d" ? "must be" : "must either be"
        func check(_ fits: Bool, _ message: @autoclosure () -> String) -> Bool {
            if !fits { raise(.runtime, message()) }
            return fits
        }
        guard let kernel = kernel.expanded(to: spatial) else {
            raise(.runtime, "\(name): kernel_size \(must) a single int, or a tuple of \(count) ints")
            return nil
        }
        guard let stride = stride.values.isEmpty ? kernel : stride.expanded(to: spatial) else {
            raise(.runtime, "\(name): stride \(must) omitted, a single int, or a tuple of \(count) ints")
            return nil
        }
        guard let padding = padding.expanded(to: spatial) else {
            raise(.runtime, "\(name): padding \(must) a single int, or a tuple of \(count) ints")
            return nil
        }
        guard let dilation = dilation.expanded(to: spatial) else {
            raise(.runtime, "\(name): dilation must be either a single int, or a tuple of \(count) ints")
            return nil
        }
        guard
            check(
                (kernel + stride + padding + dilation).allSatisfy { Int32(exactly: $0) != nil },
                "value cannot be converted to type int without overflow"),
            check(divisor != 0, "divisor must be not zero")
        else { return nil }
        let dim = input.dim, dims = "\(spatial + 1)D or \(spatial + 2)D"
        if name == "avg_pool2d" {
            if dim < 3 {
                raise(
                    .index,
                    dim == 0
                        ? "Dimension specified as -3 but tensor has no dimensions"
                        : "Dimension out of range (expected to be in range of [-\(dim), \(dim - 1)], but got -3)")
                return nil
            }
        } else if !(spatial + 1...spatial + 2).contains(dim) {
            raise(.runtime, "non-empty \(dims) (batch mode) tensor expected for input")
            return nil
        }
        let source = Array(input.sizes.suffix(spatial))
        var result: [Int] = []
        for d in 0..<spatial {
            guard
                let size = PoolGeometry.size(
                    source[d], kernel[d], stride[d], padding[d], dilation[d], ceilMode: ceilMode)
            else { return nil }
            result.append(size)
        }
        let letters = spatial == 2 ? ["H", "W"] : ["T", "H", "W"]
        func named(_ values: [Int], _ prefix: String) -> String {
            zip(letters, values).map { "\(prefix)\($0): \($1)" }.joined(separator: " ")
        }
        guard
            check(
                kernel.allSatisfy { $0 > 0 },
                "kernel size should be greater than zero, but got \(named(kernel, "k"))"),
            check(
                stride.allSatisfy { $0 > 0 }, "stride should be greater than zero, but got \(named(stride, "d"))"),
            check(
                dilation.allSatisfy { $0 > 0 },
                "dilation should be greater than zero, but got \(named(dilation, "dilation"))")
        else { return nil }
        if spatial == 2 {
            guard
                check(
                    (dim == 3 || dim == 4) && !input.sizes.dropFirst(dim - 3).contains(0),
                    "Expected 3D or 4D (batch mode) tensor with optional 0 dim batch size for input, but got:\(input.sizes)"
                ),
                check(
                    zip(kernel, padding).allSatisfy { $0 / 2 >= $1 },
                    "pad should be smaller than or equal to half of kernel size, but got padW = \(padding[1]), padH = \(padding[0]), kW = \(kernel[1]), kH = \(kernel[0])"
                )
            else { return nil }
        } else {
            let function = isMax ? "max_pool3d_with_indices_out_cpu_template()" : "avg_pool3d()"
            guard input.isNotEmpty(from: dim - 4, for: function),
                check(
                    isMax || zip(source, kernel).allSatisfy { $0 >= $1 },
                    "input image (\(named(source, ""))) smaller than kernel size (\(named(kernel, "k")))"),
                check(
                    zip(kernel, padding).allSatisfy { $0 / 2 >= $1 },
                    "pad should be smaller than or equal to half of kernel size, but got kT: \(kernel[0]) kW: \(kernel[2]) kH: \(kernel[1]) padT: \(padding[0]) padW: \(padding[2]) padH: \(padding[1])"
                )
            else { return nil }
        }
        let planes = "\(input.sizes[dim - spatial - 1])x"
        func joined(_ values: [Int]) -> String { planes + values.map(String.init).joined(separator: "x") }
        guard
            check(
                result.allSatisfy { $0 >= 1 },
                "Given input size: (\(joined(source))). Calculated output size: (\(joined(result))). Output size is too small"
            )
        else { return nil }
        self.init(
            spatial: spatial, kernel: kernel, stride: stride, padding: padding, dilation: dilation,
            sizes: input.sizes.dropLast(spatial) + result,
            format: name == "avg_pool3d" || dim != spatial + 2 ? .contiguous : input.layout.suggestedFormat)
    }

    init(
        spatial: Int, kernel: [Int], stride: [Int], padding: [Int], dilation: [Int], sizes: [Int], format: MemoryFormat
    ) {
        self.spatial = spatial
        self.kernel = kernel
        self.stride = stride
        self.padding = padding
        self.dilation = dilation
        self.sizes = sizes
        self.format = format
    }

    /// Returns the number of windows along a dimension, which may not be positive. Raises and returns nil for a stride
    /// of 0, a padding that is too large, or a kernel whose reach overflows. PyTorch: `pooling_output_shape`.
    static func size(_ n: Int, _ kernel: Int, _ stride: Int, _ padding: Int, _ dilation: Int, ceilMode: Bool) -> Int? {
        if stride == 0 { return refuse("stride should not be zero") }
        if padding < 0 { return refuse("pad must be non-negative, but got pad: \(padding)") }
        let (less, o1) = kernel.subtractingReportingOverflow(1)
        let (span, o2) = less.multipliedReportingOverflow(by: dilation)
        let (reach, o3) = span.addingReportingOverflow(1)
        if o1 || o2 || o3 {
            return refuse(
                "effective kernel size overflows, but got kernel_size=\(kernel) and dilation=\(dilation)")
        }
        if padding > reach / 2 {
            return refuse(
                "pad should be at most half of effective kernel size, but got pad=\(padding), kernel_size=\(kernel) and dilation=\(dilation)"
            )
        }
        let room = n &+ 2 &* padding &- reach &+ (ceilMode ? stride &- 1 : 0)
        let (quotient, rest) = room.quotientAndRemainder(dividingBy: stride == -1 ? 1 : stride)
        let floor = stride == -1 ? 0 &- room : rest != 0 && (rest < 0) != (stride < 0) ? quotient - 1 : quotient
        var size = floor &+ 1
        // The last window begins inside the source or the padding before it.
        if ceilMode, (size &- 1) &* stride >= n &+ padding { size -= 1 }
        return size
    }
}
