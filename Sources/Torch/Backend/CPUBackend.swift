import CTorchKernels

/// The CPU backend: plans the loops in Swift and runs them in C.
final class CPUBackend: Backend {
    /// Reads the instruction set. An invalid setting stops the program here, before anything is computed.
    init() { _ = st_isa() }

    func allocate(byteCount: Int) -> Storage? { Storage(byteCount: byteCount) }
    var memoryCounts: MemoryCounts {
        MemoryCounts(
            allocated: Int(st_memory_allocated()), maxAllocated: Int(st_max_memory_allocated()),
            reserved: Int(st_memory_reserved()))
    }
    func resetPeakMemory() { st_reset_max_memory_allocated() }
    func emptyCache() { st_empty_cache() }

    /// Returns whether a compute kernel supports the operands' dtypes. Operators reject storage dtypes earlier; if one
    /// did not, this raises the error.
    func canCompute(_ operands: Strided?..., by kernel: StaticString) -> Bool {
        operands.allSatisfy { operand in
            operand.map { isOnHost($0.storage) && $0.dtype.supportsKernel("\(kernel)") } ?? true
        }
    }

    func canCompute(_ operands: Dense?..., by kernel: StaticString) -> Bool {
        operands.allSatisfy { operand in
            operand.map { isOnHost($0.strided.storage) && $0.dtype.supportsKernel("\(kernel)") } ?? true
        }
    }

    /// Returns whether the memory of all operands can be reached. Raises if that of one cannot.
    func areOnHost(_ a: Strided, _ b: Strided, _ c: Strided? = nil) -> Bool {
        isOnHost(a.storage) && isOnHost(b.storage) && (c.map { isOnHost($0.storage) } ?? true)
    }

    @inline(__always)
    private func isOnHost(_ storage: Storage) -> Bool { storage.isOnHost || raiseOtherDevice(storage) }

    @inline(never)
    private func raiseOtherDevice(_ storage: Storage) -> Bool {
        raise(
            .runtime,
            storage.isBatched
                ? BatchLevel.escaped : "Tensor on device \(storage.device) is not on the expected device cpu!")
        return false
    }

    // MARK: Pointwise

    func pointwiseContiguous(
        _ formula: Formula, compute: DType, count: Int, out: UnsafeMutableRawPointer, _ a: UnsafeRawPointer,
        _ b: UnsafeRawPointer?
    ) -> Bool {
        st_pointwise_contiguous(formula, compute.kernel, Int64(count), out, a, b)
    }

    func pointwise(_ formula: Formula, compute: DType, out: Strided, _ inputs: [Strided]) -> Bool {
        for input in inputs where !isOnHost(input.storage) { return true }
        if let done = pointwiseFlat(formula, compute, out, inputs) { return done }
        return withLoops(out, inputs) { rank, sizes, operands in
            st_pointwise(formula, compute.kernel, rank, sizes, operands, Int32(inputs.count), operands + 1)
        }
    }

    /// Runs one flat loop if each operand is contiguous with out's sizes or a single element; otherwise returns nil.
    private func pointwiseFlat(_ formula: Formula, _ compute: DType, _ out: Strided, _ inputs: [Strided]) -> Bool? {
        guard out.layout.isContiguous,
            inputs.allSatisfy({ $0.layout.isContiguousAndMatches(out.layout) || $0.layout.count == 1 })
        else { return nil }
        return withUnsafeTemporaryAllocation(of: Int64.self, capacity: 3) { numbers in
            numbers[0] = Int64(out.layout.count)
            numbers[1] = 1
            numbers[2] = 0
            let sizes = numbers.baseAddress!, rank: Int32 = out.layout.count == 1 ? 0 : 1
            return withUnsafeTemporaryAllocation(of: st_operand.self, capacity: inputs.count + 1) { operands in
                operands.initializeElement(
                    at: 0, to: st_operand(data: out.pointer, strides: sizes + 1, dtype: out.dtype.kernel))
                for (i, input) in inputs.enumerated() {
                    let strides = input.layout.count == 1 ? sizes + 2 : sizes + 1
                    operands.initializeElement(
                        at: i + 1, to: st_operand(data: input.pointer, strides: strides, dtype: input.dtype.kernel))
                }
                return st_pointwise(
                    formula, compute.kernel, rank, sizes, operands.baseAddress!, Int32(inputs.count),
                    operands.baseAddress! + 1)
            }
        }
    }

    func copy(out: Strided, _ source: Strided) {
        // A device brings its memory itself.
        if source.storage.device.kind == .cuda { return Backends.of(source.storage.device).copy(out: out, source) }
        guard areOnHost(out, source) else { return }
        if out.layout.isContiguousAndMatches(source.layout) { return copyRun(out, source) }
        withLoops(out, [source]) { rank, sizes, operands in st_copy(rank, sizes, operands, operands + 1) }
    }

    /// Like `copy`, for elements that are contiguous on both sides.
    private func copyRun(_ out: Strided, _ source: Strided) {
        var count = Int64(out.count), step = Int64(1)
        withUnsafePointer(to: &step) { step in
            var to = st_operand(data: out.pointer, strides: step, dtype: out.dtype.kernel),
                from = st_operand(data: source.pointer, strides: step, dtype: source.dtype.kernel)
            st_copy(1, &count, &to, &from)
        }
    }

    func fill(out: Strided, _ value: Scalar) {
        if out.count == 0 { return }
        // Elements repeated by stride 0 are written once.
        let (layout, dtype) = (out.layout, out.dtype)
        let sizes = zip(layout.sizes, layout.strides).map { $1 == 0 ? 1 : $0 }
        let target = Layout(sizes, strides: layout.strides, offset: layout.offset)
        var slot = (UInt64(0), UInt64(0))
        withUnsafeMutableBytes(of: &slot) { bytes in
            write(value, as: dtype, to: bytes.baseAddress!)
            Loops.with(sizes, [target, .scalar]) { loops in
                var to = operand(loops, 0, out.pointer, dtype), from = operand(loops, 1, bytes.baseAddress!, dtype)
                st_copy(Int32(loops.rank), loops.sizes, &to, &from)
            }
        }
    }

    func triangle(upper: Bool, diagonal: Int, out: Dense, _ input: Dense) {
        guard areOnHost(out.strided, input.strided) else { return }
        let sizes = out.layout.sizes
        let (rows, columns) = (sizes[sizes.count - 2], sizes[sizes.count - 1])
        if out.count == 0 { return }
        st_triangle(
            upper, Int64(out.count / (rows * columns)), Int64(rows), Int64(columns),
            Int64(Swift.min(Swift.max(diagonal, -rows), columns)), out.pointer, input.pointer, out.dtype.itemSize)
    }

    // MARK: Matmul

    func matmul(out: Dense, _ a: Strided, _ b: Strided, bias: Dense?) -> Bool {
        guard canCompute(a, b, bias?.strided, by: "addmm_impl_cpu_") else { return false }
        let rank = out.layout.rank
        let (m, n) = (out.layout.sizes[rank - 2], out.layout.sizes[rank - 1])
        let k = a.layout.sizes[rank - 1]
        func matrix(_ s: Strided, _ offset: Int, _ step: Int64) -> st_matrix {
            st_matrix(
                data: s.pointer + offset * s.dtype.itemSize, batch: step, row: Int64(s.layout.strides[rank - 2]),
                col: Int64(s.layout.strides[rank - 1]))
        }
        func multiply(_ batch: Int64, _ offsets: (Int, Int, Int), _ steps: (Int64, Int64, Int64)) -> Bool {
            var om = matrix(out.strided, offsets.0, steps.0)
            var am = matrix(a, offsets.1, steps.1), bm = matrix(b, offsets.2, steps.2)
            om.row = Int64(n)
            om.col = 1
            return hadMemory(
                st_matmul(
                    a.dtype.kernel, out.dtype.kernel, batch, Int64(m), Int64(n), Int64(k), &am, &bm,
                    bias.map { UnsafeRawPointer($0.pointer) }, &om))
        }
        if rank == 2 { return multiply(1, (0, 0, 0), (0, 0, 0)) }
        return Loops.with(room: rank - 2, operands: 3) { loops in
            for d in 0..<(rank - 2) {
                loops.append(out.layout.sizes[d])
                for (i, s) in [out.strided, a, b].enumerated() { loops.strides(i)[d] = Int64(s.layout.strides[d]) }
            }
            loops.order()
            loops.merge()
            return runBatches(loops, 0, (0, 0, 0), multiply)
        }
    }

    /// Calls `multiply` for each batch of matrices: the innermost loop is a batch, the others are here.
    private func runBatches(
        _ loops: Loops, _ dim: Int, _ offsets: (Int, Int, Int),
        _ multiply: (Int64, (Int, Int, Int), (Int64, Int64, Int64)) -> Bool
    ) -> Bool {
        func step(_ operand: Int) -> Int64 { dim < loops.rank ? loops.strides(operand)[dim] : 0 }
        let steps = (step(0), step(1), step(2))
        if dim >= loops.rank - 1 { return multiply(loops.rank == 0 ? 1 : loops.sizes[dim], offsets, steps) }
        return (0..<Int(loops.sizes[dim])).allSatisfy { i in
            let next = (
                offsets.0 + i * Int(steps.0), offsets.1 + i * Int(steps.1), offsets.2 + i * Int(steps.2)
            )
            return runBatches(loops, dim + 1, next, multiply)
        }
    }

    func rowProduct(out: Dense, starts: Indices, columns: Indices, values: Dense, _ dense: Dense) -> Bool? {
        guard out.dtype == .float32 || out.dtype == .float64 else { return nil }
        guard canCompute(out, values, dense, by: "addmm_sparse_dense"), areOnHost(starts.strided, columns.strided)
        else {
            return true
        }
        let sizes = dense.layout.sizes
        return st_row_product(
            Int64(out.layout.sizes[0]), Int64(sizes[0]), Int64(sizes[1]), Int64(values.count), starts.pointer,
            columns.pointer, values.pointer, dense.pointer, out.pointer, out.dtype.kernel)
    }

    // MARK: Softmax

    func softmax(log: Bool, out: Dense, _ input: Dense, dim: Int) -> Bool {
        guard canCompute(input, by: "softmax_kernel_impl") else { return false }
        let (outer, n, inner) = split(out.layout.sizes, at: dim)
        return hadMemory(st_softmax(log, outer, n, inner, out.pointer, input.pointer, out.dtype.kernel))
    }

    func softmaxBackward(log: Bool, out: Dense, grad: Dense, result: Dense, dim: Int) -> Bool {
        guard canCompute(grad, by: "softmax_backward_kernel_impl") else { return false }
        let (outer, n, inner) = split(out.layout.sizes, at: dim)
        return hadMemory(
            st_softmax_backward(log, outer, n, inner, out.pointer, grad.pointer, result.pointer, out.dtype.kernel))
    }

    // MARK: Optimizers

    func sgd(_ list: [SGDTensors], first: Bool, _ o: SGDStep) {
        for t in list {
            guard canCompute(t.parameter, t.grad, t.momentumBuffer, by: "add_stub") else { return }
            let (count, dtype) = realElements(t.parameter)
            st_sgd(
                count, t.parameter.pointer, t.grad.pointer, t.momentumBuffer?.pointer, dtype, first,
                o.lr, o.momentum, o.dampening, o.weightDecay, o.nesterov, o.maximize)
        }
    }

    func adam(_ list: [AdamTensors], _ o: AdamStep) {
        for t in list {
            guard canCompute(t.parameter, t.grad, t.expAvg, t.expAvgSq, t.maxExpAvgSq, by: "add_stub") else { return }
            let (count, dtype) = realElements(t.parameter)
            st_adam(
                count, t.parameter.pointer, t.grad.pointer, t.expAvg.pointer, t.expAvgSq.pointer,
                t.maxExpAvgSq?.pointer, dtype,
                Int64(o.step), o.lr, o.beta1, o.beta2, o.eps, o.weightDecay, o.decoupled, o.maximize)
        }
    }

    /// Returns the count and dtype with each complex number as two real numbers, as in PyTorch's optimizers.
    private func realElements(_ parameter: Dense) -> (count: Int64, dtype: KernelDType) {
        (Int64(parameter.layout.count * (parameter.dtype.isComplex ? 2 : 1)), parameter.dtype.toReal.kernel)
    }
}

/// Returns whether a kernel got its scratch memory. `missing` is 0 or the number of bytes it could not get; then an
/// error is raised.
func hadMemory(_ missing: Int64) -> Bool {
    if missing < 0 { raise(.runtime, "Storage size calculation overflowed") }
    if missing > 0 { raise(.outOfMemory(Int(missing))) }
    return missing == 0
}

/// Returns the product of the sizes before `dim`, the size of `dim`, and the product of the sizes after it.
func split(_ sizes: [Int], at dim: Int) -> (outer: Int64, n: Int64, inner: Int64) {
    if sizes.isEmpty { return (1, 1, 1) }
    return (Int64(sizes[..<dim].reduce(1, &*)), Int64(sizes[dim]), Int64(sizes[(dim + 1)...].reduce(1, &*)))
}

/// Writes a number as one element of `dtype`.
func write(_ value: Scalar, as dtype: DType, to pointer: UnsafeMutableRawPointer) {
    switch dtype {
    case .bool: pointer.storeBytes(of: value.boolValue ? 1 : 0, as: UInt8.self)
    case .uint8: pointer.storeBytes(of: UInt8(value), as: UInt8.self)
    case .int8: pointer.storeBytes(of: Int8(value), as: Int8.self)
    case .int16: pointer.storeBytes(of: Int16(value), as: Int16.self)
    case .int32: pointer.storeBytes(of: Int32(value), as: Int32.self)
    case .int64: pointer.storeBytes(of: value.int64Value, as: Int64.self)
    case .float32: pointer.storeBytes(of: Float(value), as: Float.self)
    case .float64: pointer.storeBytes(of: value.doubleValue, as: Double.self)
    case .complex64: pointer.storeBytes(of: Complex<Float>(value), as: Complex<Float>.self)
    case .complex128: pointer.storeBytes(of: Complex<Double>(value), as: Complex<Double>.self)
    case .complex32:
        var source = Complex<Float>(value)
        convertOne(&source, .complex64, pointer, dtype)
    case .uint16: pointer.storeBytes(of: UInt16(value), as: UInt16.self)
    case .uint32: pointer.storeBytes(of: UInt32(value), as: UInt32.self)
    case .uint64: pointer.storeBytes(of: UInt64(value), as: UInt64.self)
    case .float16, .bfloat16, .float8_e4m3fn, .float8_e5m2:
        var source = Float(value)
        convertOne(&source, .float32, pointer, dtype)
    }
}

/// Reads one element of `dtype`.
func read(_ pointer: UnsafeRawPointer, as dtype: DType) -> Scalar {
    switch dtype {
    case .bool: .bool(pointer.load(as: UInt8.self) != 0)
    case .uint8: .int(Int64(pointer.load(as: UInt8.self)))
    case .int8: .int(Int64(pointer.load(as: Int8.self)))
    case .int16: .int(Int64(pointer.load(as: Int16.self)))
    case .int32: .int(Int64(pointer.load(as: Int32.self)))
    case .int64: .int(pointer.load(as: Int64.self))
    case .float32: .double(Double(pointer.load(as: Float.self)))
    case .float64: .double(pointer.load(as: Double.self))
    case .complex64: pointer.load(as: Complex<Float>.self).scalar
    case .complex128: pointer.load(as: Complex<Double>.self).scalar
    case .bfloat16: .double(Double(Float(bitPattern: UInt32(pointer.load(as: UInt16.self)) << 16)))
    case .complex32:
        {
            var value = Complex<Float>.zero
            convertOne(UnsafeMutableRawPointer(mutating: pointer), dtype, &value, .complex64)
            return value.scalar
        }()
    case .uint16: pointer.load(as: UInt16.self).scalar
    case .uint32: pointer.load(as: UInt32.self).scalar
    case .uint64: pointer.load(as: UInt64.self).scalar
    case .float16, .float8_e4m3fn, .float8_e5m2:
        {
            var value = Float(0)
            convertOne(UnsafeMutableRawPointer(mutating: pointer), dtype, &value, .float32)
            return .double(Double(value))
        }()
    }
}

private func convertOne(
    _ source: UnsafeMutableRawPointer, _ from: DType, _ target: UnsafeMutableRawPointer, _ to: DType
) {
    var out = st_operand(data: target, strides: nil, dtype: to.kernel)
    var input = st_operand(data: source, strides: nil, dtype: from.kernel)
    st_copy(0, nil, &out, &input)
}

/// Passes the merged loops over `out` and the inputs, which are broadcast to it, to C.
@inline(__always)
private func withLoops<Result>(
    _ out: Strided, _ inputs: [Strided], _ body: (Int32, UnsafePointer<Int64>, UnsafePointer<st_operand>) -> Result
) -> Result {
    Loops.with(out.layout.sizes, [out.layout] + inputs.map(\.layout)) { loops in
        withUnsafeTemporaryAllocation(of: st_operand.self, capacity: inputs.count + 1) { operands in
            operands.initializeElement(at: 0, to: operand(loops, 0, out.pointer, out.dtype))
            for (k, input) in inputs.enumerated() {
                operands.initializeElement(at: k + 1, to: operand(loops, k + 1, input.pointer, input.dtype))
            }
            return body(Int32(loops.rank), loops.sizes, operands.baseAddress!)
        }
    }
}

/// Returns an operand of loops in C's form.
func operand(_ loops: Loops, _ k: Int, _ pointer: UnsafeMutableRawPointer, _ dtype: DType) -> st_operand {
    st_operand(data: pointer, strides: loops.strides(k), dtype: dtype.kernel)
}
