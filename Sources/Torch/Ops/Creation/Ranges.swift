// Sequences of numbers, the identity matrix, and the indices of a matrix's triangles.

extension Tensor {
    /// Returns start, start + step, … up to, but not including, `end`. PyTorch: `torch.arange`.
    /// - Precondition: `step` is not 0 and leads from `start` towards `end`.
    public static func arange(
        _ start: some ScalarConvertible, _ end: some ScalarConvertible, step: some ScalarConvertible = 1,
        dtype: DType? = nil,
        device: Device = .default, requiresGrad: Bool = false
    ) -> Tensor {
        let (a, b, s) = (start.scalar, end.scalar, step.scalar)
        let isFloat = a.isFloatingPoint || b.isFloatingPoint || s.isFloatingPoint
        let dtype = dtype ?? (isFloat ? defaultDType : .int64)
        guard dtype != .bool, !dtype.isComplex else {
            return fail(.notImplemented, "\"arange_cpu\" not implemented for '\(dtype.scalarTypeName)'")
        }
        guard s.doubleValue != 0 else { return fail(.runtime, "step must be nonzero") }
        guard (a.doubleValue.isFinite && b.doubleValue.isFinite) else {
            return fail(.runtime, "unsupported range: \(a) -> \(b)")
        }
        guard s.doubleValue > 0 ? a.doubleValue <= b.doubleValue : a.doubleValue >= b.doubleValue else {
            return fail(.runtime, "upper bound and lower bound inconsistent with step sign")
        }
        guard
            let count = isFloat
                ? Int(exactly: ((b.doubleValue - a.doubleValue) / s.doubleValue).rounded(.up))
                : steps(from: a.int64Value, to: b.int64Value, by: s.int64Value)
        else {
            return fail(.runtime, "invalid size, possible overflow?")
        }
        guard count == 0 || dtype.supportsKernel("arange_cpu") else { return .void }
        let result: Tensor
        if dtype.isInteger {
            let (first, step) = (a.int64Value, s.int64Value)
            result = sequence(count, .int64, device) { positions, out in
                var number = first &+ step &* Int64(positions.lowerBound)
                for i in positions {
                    out[i] = number
                    number &+= step
                }
            }
        } else {
            result = floats(a.doubleValue, s.doubleValue, count, dtype, device)
        }
        return result.to(dtype).requiring(requiresGrad)
    }

    /// Returns first + i · step in float64. The numbers are PyTorch's on a processor with AVX2, to the bit: it computes
    /// the first number of each vector of 32 bytes and rounds it to the dtype, and the others from this one. It takes
    /// two vectors at a time. It computes the numbers after the last two vectors one by one.
    private static func floats(
        _ first: Double, _ step: Double, _ count: Int, _ dtype: DType, _ device: Device
    ) -> Tensor {
        let lanes = 32 / dtype.itemSize, paired = count / (2 * lanes) * (2 * lanes)
        func rounded(_ x: Double) -> Double {
            switch dtype {
            case .float64: x
            case .float32: Double(Float(x))
            default: Scalar.double(x).converted(to: dtype).doubleValue
            }
        }
        return sequence(count, .float64, device) { positions, out in
            var start = first
            for i in positions {
                guard i < paired else {
                    out[i] = first.addingProduct(step, Double(i))
                    continue
                }
                let lane = i % lanes
                if lane == 0 || i == positions.lowerBound {
                    start = rounded(first.addingProduct(step, Double(i - lane)))
                }
                out[i] = start.addingProduct(step, Double(lane))
            }
        }
    }

    /// Returns 0, 1, … up to, but not including, `end`.
    public static func arange(
        _ end: some ScalarConvertible, dtype: DType? = nil, device: Device = .default, requiresGrad: Bool = false
    ) -> Tensor {
        arange(0, end, dtype: dtype, device: device, requiresGrad: requiresGrad)
    }

    /// Returns how many numbers from `a` in steps of `step` lie before `b`, or nil if the count does not fit in an Int.
    private static func steps(from a: Int64, to b: Int64, by step: Int64) -> Int? {
        let (span, overflow) = b.subtractingReportingOverflow(a)
        if overflow { return nil }
        let whole = span.dividedReportingOverflow(by: step)
        return whole.overflow ? nil : Int(whole.partialValue) + (span % step == 0 ? 0 : 1)
    }

    /// Creates a vector of `count` elements. `write` fills one range of them; several ranges are filled in parallel.
    private static func sequence<T: TensorElement>(
        _ count: Int, _ dtype: DType, _ device: Device, _ write: (Range<Int>, UnsafeMutablePointer<T>) -> Void
    ) -> Tensor {
        let result = allocate([count], dtype, device)
        if result.isVoid || device.kind == .meta { return result }
        // The numbers of a CUDA tensor are computed here and copied.
        let numbers = result.isOnHost ? result : allocate([count], dtype, .cpu)
        if numbers.isVoid { return numbers }
        numbers.withUnsafeMutableElements(as: T.self) { out in
            guard let first = out.baseAddress else { return }
            parallelFor(count, grain: 65536) { write($0, first) }
        }
        return numbers === result ? result : noGrad { result.copy_(numbers) }
    }

    /// Returns `steps` evenly spaced numbers from `start` to `end`, both included. PyTorch: `torch.linspace`.
    ///
    /// Without `dtype`, the result has the default dtype, or its complex dtype if `start` or `end` is complex.
    /// - Precondition: `start` and `end` are numbers or 0-dimensional tensors, and `steps` is not negative.
    public static func linspace(
        _ start: some TensorOperand, _ end: some TensorOperand, steps: Int, dtype: DType? = nil,
        device: Device = .default,
        requiresGrad: Bool = false
    ) -> Tensor {
        guard let (a, b) = bounds(start.operand, end.operand, steps, "linspace") else { return .void }
        return spaced(a, b, steps, dtype ?? spacedDType(a, b), device).requiring(requiresGrad)
    }

    /// Returns `steps` powers of `base`, with exponents evenly spaced from `start` to `end`. PyTorch: `torch.logspace`.
    /// - Precondition: as for `linspace`.
    public static func logspace(
        _ start: some TensorOperand, _ end: some TensorOperand, steps: Int, base: Double = 10, dtype: DType? = nil,
        device: Device = .default,
        requiresGrad: Bool = false
    ) -> Tensor {
        guard let (a, b) = bounds(start.operand, end.operand, steps, "logspace") else { return .void }
        let dtype = dtype ?? spacedDType(a, b)
        guard steps < 2 || dtype.supportsKernel("logspace_cpu") else { return .void }
        if dtype.isInteger, !(a.checkFits(dtype) && b.checkFits(dtype)) { return .void }
        func whole(_ x: Scalar) -> Scalar { dtype.isInteger ? .double(x.converted(to: dtype).doubleValue) : x }
        let exponents = spaced(whole(a), whole(b), steps, dtype.isComplex ? .complex128 : .float64, device)
        return noGrad { Tensor(base, dtype: .float64, device: device).pow(exponents).to(dtype) }.requiring(requiresGrad)
    }

    private static func bounds(_ start: Tensor, _ end: Tensor, _ steps: Int, _ name: String) -> (Scalar, Scalar)? {
        if anyVoid(start, end) { return nil }
        guard start.dim == 0 && end.dim == 0 else {
            raise(
                .runtime,
                "\(name) only supports 0-dimensional start and end tensors, but got start with \(start.dim) dimension(s) and end with \(end.dim) dimension(s)."
            )
            return nil
        }
        guard steps >= 0 else {
            raise(.runtime, "number of steps must be non-negative")
            return nil
        }
        return (start.itemScalar(), end.itemScalar())
    }

    private static func spacedDType(_ a: Scalar, _ b: Scalar) -> DType {
        a.isComplex || b.isComplex ? defaultDType.toComplex : defaultDType
    }

    /// Computes the numbers from both ends towards the middle, as PyTorch does: with the bounds of the result's dtype,
    /// and with multiply-adds that are rounded once, so that the bits are the same.
    private static func spaced(_ start: Scalar, _ end: Scalar, _ steps: Int, _ dtype: DType, _ device: Device) -> Tensor
    {
        func fill<T: TensorElement & BinaryFloatingPoint>(_ start: T, _ end: T) -> Tensor {
            let step = steps == 1 ? 0 : (end - start) / T(steps - 1), half = steps / 2
            return sequence(steps, T.dtype, device) { positions, out in
                for i in positions {
                    out[i] =
                        i < half || steps == 1
                        ? start.addingProduct(step, T(i)) : end.addingProduct(-step, T(steps - i - 1))
                }
            }
        }
        guard steps < 2 || dtype.supportsKernel("linspace_cpu") else { return .void }
        func fill(_ a: Double, _ b: Double, _ dtype: DType) -> Tensor {
            if dtype == .float64 { return fill(a, b) }
            func bound(_ x: Double) -> Float { Float(Scalar.double(x).converted(to: dtype).doubleValue) }
            return dtype.isInteger ? fill(a, b) : fill(bound(a), bound(b)).to(dtype)
        }
        let (a, b) = (start.doubleValue, end.doubleValue)
        if dtype.isComplex {
            return complex(fill(a, b, dtype.toReal), fill(start.imaginaryValue, end.imaginaryValue, dtype.toReal))
        }
        guard dtype.isInteger else { return fill(a, b, dtype) }
        // Convert both ends to the integer dtype first. An unsigned dtype takes a negative number modulo its range (2^8
        // for uint8).
        guard start.checkFits(dtype), end.checkFits(dtype) else { return .void }
        return fill(start.converted(to: dtype).doubleValue, end.converted(to: dtype).doubleValue).to(dtype)
    }

    /// Returns an n × m matrix with ones on the diagonal and zeros elsewhere. PyTorch: `torch.eye`.
    /// - Precondition: `n` and `m` (by default `n`) are not negative.
    public static func eye(
        _ n: Int, _ m: Int? = nil, dtype: DType = defaultDType, device: Device = .default, requiresGrad: Bool = false
    ) -> Tensor {
        guard n >= 0 else { return fail(.runtime, "n must be greater or equal to 0, got \(n)") }
        let m = m ?? n
        guard m >= 0 else { return fail(.runtime, "m must be greater or equal to 0, got \(m)") }
        guard dtype.supportsKernel("eye", float8: true) else { return .void }
        let result = zeros([n, m], dtype: dtype, device: device)
        if result.isVoid { return result }
        result.backend.fill(
            out: Strided(storage: result.storage, layout: result.layout.diagonal(offset: 0, 0, 1), dtype: dtype), 1)
        return result.requiring(requiresGrad)
    }

    /// Returns the indices of the elements on and below a diagonal of a matrix, row by row. The result is [2, count]:
    /// the rows, then the columns. PyTorch: `torch.tril_indices`.
    public static func trilIndices(
        _ row: Int, _ col: Int, offset: Int = 0, dtype: DType = .int64, device: Device = .default
    ) -> Tensor {
        !dtype.supportsKernel("tril_indices")
            ? .void
            : triangleIndices(row, col, offset, dtype, device, rows: { Swift.min(Swift.max(-$0, 0), row)..<row }) {
                0..<Swift.min(Swift.max($0 + $1 + 1, 0), col)
            }
    }

    /// Like `trilIndices(_:_:offset:dtype:device:)`, for the elements on and above a diagonal.
    /// PyTorch: `torch.triu_indices`.
    public static func triuIndices(
        _ row: Int, _ col: Int, offset: Int = 0, dtype: DType = .int64, device: Device = .default
    ) -> Tensor {
        !dtype.supportsKernel("triu_indices")
            ? .void
            : triangleIndices(row, col, offset, dtype, device, rows: { 0..<Swift.min(row, col - $0) }) {
                Swift.min(Swift.max($0 + $1, 0), col)..<col
            }
    }

    /// `rows` returns the rows that have elements, `columns` the columns of one row. Both get the diagonal, clamped to
    /// -row...col.
    private static func triangleIndices(
        _ row: Int, _ col: Int, _ offset: Int, _ dtype: DType, _ device: Device, rows: (_ diagonal: Int) -> Range<Int>,
        _ columns: (_ row: Int, _ diagonal: Int) -> Range<Int>
    ) -> Tensor {
        guard row >= 0 else { return fail(.runtime, "row must be non-negative, got\(row)") }
        guard col >= 0 else { return fail(.runtime, "col must be non-negative, got\(col)") }
        guard row <= Int.max / 4, col <= Int.max / 4 else {
            return fail(.runtime, "Storage size calculation overflowed with sizes=\([2, row, col])")
        }
        let diagonal = Swift.min(Swift.max(offset, -row), col)
        let rows = col == 0 ? 0..<0 : rows(diagonal)
        let ends =
            rows.isEmpty
            ? [0] : [columns(rows.lowerBound, diagonal).count, columns(rows.upperBound - 1, diagonal).count]
        guard let count = trapezoidCount(rows.count, ends.min() ?? 0, col) else {
            return fail(.runtime, "Storage size calculation overflowed with sizes=\([2, row, col])")
        }
        let result = allocate([2, count], .int64, device.kind == .cuda ? .cpu : device)
        if result.isVoid || !result.isOnHost { return result }
        result.withUnsafeMutableElements(as: Int64.self) { out in
            var k = 0
            for i in rows {
                for j in columns(i, diagonal) {
                    out[k] = Int64(i)
                    out[count + k] = Int64(j)
                    k += 1
                }
            }
        }
        return result.to(device, dtype)
    }

    /// Returns the total length of rows with lengths `shortest`, `shortest` + 1, …, each at most `longest`; nil if it
    /// does not fit in an Int.
    private static func trapezoidCount(_ rows: Int, _ shortest: Int, _ longest: Int) -> Int? {
        let growing = Swift.min(rows, longest - shortest)
        let (square, o1) = growing.multipliedReportingOverflow(by: growing - 1)
        let (low, o2) = growing.multipliedReportingOverflow(by: shortest),
            (high, o3) = (rows - growing).multipliedReportingOverflow(by: longest)
        let (sum, o4) = low.addingReportingOverflow(square / 2), (total, o5) = sum.addingReportingOverflow(high)
        return o1 || o2 || o3 || o4 || o5 ? nil : total
    }
}

extension Scalar {
    /// Returns the value that an element of `dtype` stores for this number.
    fileprivate func converted(to dtype: DType) -> Scalar {
        withUnsafeTemporaryAllocation(byteCount: 16, alignment: 16) { bytes in
            write(self, as: dtype, to: bytes.baseAddress!)
            return read(bytes.baseAddress!, as: dtype)
        }
    }
}
