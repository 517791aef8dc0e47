/// What Fourier transforms take: checks and conversions of their arguments.
enum FourierInput {
    /// Returns the input in a floating-point dtype. Raises an error if it is complex.
    static func realInput(_ input: Tensor, _ name: String, valued: Bool) -> Tensor? {
        if input.isVoid { return nil }
        let input = Autocast.float32OnCPU?(input) ?? input
        guard !input.dtype.isComplex else {
            raise(
                .runtime,
                "\(name) expects a real\(valued ? "-valued" : "") input tensor, but got \(input.dtype.scalarTypeName)")
            return nil
        }
        return supported(input, input.dtype.floatCompute)
    }

    /// Returns the input in a complex dtype.
    static func complexInput(_ input: Tensor) -> Tensor? {
        if input.isVoid { return nil }
        let input = Autocast.float32OnCPU?(input) ?? input
        return supported(input, input.dtype.isComplex ? input.dtype : input.dtype.floatCompute.toComplex)
    }

    /// Returns the input in this dtype. Raises an error if there are no transforms of it.
    private static func supported(_ input: Tensor, _ dtype: DType) -> Tensor? {
        guard dtype != .float16, dtype != .bfloat16, !dtype.isFloat8 else {
            raise(.notImplemented, "Unsupported dtype \(input.dtype.scalarTypeName)")
            return nil
        }
        return input.to(dtype)
    }

    /// Returns the dimension counted from the front. Raises an error if there is none.
    static func axis(_ input: Tensor, _ dim: Int) -> Int? {
        guard input.dim > 0 else {
            raise(.index, "Dimension specified as \(dim) but tensor has no dimensions")
            return nil
        }
        return input.wrap(dim)
    }

    /// Raises an error if a transform cannot have this length.
    static func isLength(_ n: Int) -> Bool {
        if n < 1 { raise(.runtime, "Invalid number of data points (\(n)) specified") }
        return n >= 1
    }

    /// Returns the input with `n` numbers along a dimension.
    static func resized(_ input: Tensor, _ n: Int?, _ dim: Int) -> (Tensor, Int)? {
        guard let d = axis(input, dim), isLength(n ?? input.sizes[d]) else { return nil }
        let x = n.map { FourierTransform.padded(input, d, $0) } ?? input
        return x.isVoid ? nil : (x, d)
    }
}

/// The dimensions of a transform along several, and the sizes there.
struct FourierAxes {
    var dims: [Int], sizes: [Int]

    /// Raises an error and returns nil if the arguments do not fit.
    init?(_ name: String, _ input: Tensor, _ s: [Int]?, _ dim: [Int]?, isReal: Bool) {
        if let s, let dim, s.count != dim.count {
            raise(.runtime, "When given, dim and shape arguments must have the same length")
            return nil
        }
        if dim == nil, let s, s.count > input.dim {
            raise(.runtime, "Got shape with \(s.count) values but input tensor only has \(input.dim) dimensions.")
            return nil
        }
        dims = []
        for d in dim ?? Array((input.dim - (s?.count ?? input.dim))..<input.dim) {
            guard let wrapped = FourierInput.axis(input, d) else { return nil }
            if dims.contains(wrapped) {
                raise(.runtime, "FFT dims must be unique")
                return nil
            }
            dims.append(wrapped)
        }
        sizes = dims.map { input.sizes[$0] }
        if let s { for (i, n) in s.enumerated() where n != -1 { sizes[i] = n } }
        for n in sizes.dropLast(isReal && name != "rfftn" && name != "ihfftn" ? 1 : 0) {
            guard FourierInput.isLength(n) else { return nil }
        }
        guard !isReal || !dims.isEmpty else {
            raise(.runtime, "\(name) must transform at least one axis")
            return nil
        }
    }

    func resized(_ x: Tensor) -> Tensor {
        zip(dims, sizes).reduce(x) { $0.isVoid ? $0 : FourierTransform.padded($0, $1.0, $1.1) }
    }

    /// Returns the input for a transform to real numbers, and their count along the last dimension.
    func resizedToReal(_ x: Tensor, _ s: [Int]?) -> (Tensor, length: Int)? {
        guard let last = dims.last else { return nil }
        let given = s?.last.flatMap { $0 == -1 ? nil : $0 }, length = given ?? 2 * (x.sizes[last] - 1)
        guard FourierInput.isLength(length) else { return nil }
        var halved = self
        halved.sizes[sizes.count - 1] = length / 2 + 1
        let result = halved.resized(x)
        return result.isVoid ? nil : (result, length)
    }

    /// Returns the number of points of one transform.
    func count(_ x: Tensor) -> Int { dims.reduce(1) { $0 * x.sizes[$1] } }
}
