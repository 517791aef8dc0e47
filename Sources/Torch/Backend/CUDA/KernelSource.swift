import CTorchKernels

/// A CUDA C++ program with one kernel. It is generated from the same tables as the CPU kernels (`CTorchKernels/cuda`).
struct KernelSource: Hashable, Sendable {
    /// The kernel's name.
    let name: String
    let text: String

    /// The memory access of a pointwise kernel.
    enum Walk: String, Sendable {
        /// Contiguous operands at addresses that are multiples of 16, or single numbers.
        case contiguous
        /// Any strides, fewer than 2^31 elements.
        case strided
        /// Any strides and any number of elements.
        case wide
    }

    /// out = formula(inputs), evaluated in `compute` (in float32 for half dtypes). Returns nil if there is no such
    /// formula.
    static func pointwise(
        _ formula: Formula, compute: DType, out: DType, inputs: [DType], _ walk: Walk
    ) -> KernelSource? {
        guard let form = form(of: formula, compute), inputs.count == Int(st_formula_arity(formula)) else { return nil }
        if ([out] + inputs).contains(where: \.isForStorage) { return nil }
        let table = String(cString: st_formula_name(formula))
        let types = ([out] + inputs).map(\.cudaElement).joined(separator: ", ")
        let positions = "Places<\(inputs.indices.map(String.init).joined(separator: ", "))>()"
        let kernel = "Pointwise<\(form.table)::\(table), \(form.type), \(types)>"
        let call =
            switch walk {
            case .contiguous:
                "(long long n, Operands operands, unsigned numbers) { \(kernel)::contiguous(\(positions), n, operands, numbers); }"
            case .strided:
                "(unsigned n, Operands operands, Shape shape) { \(kernel)::template strided<unsigned>(\(positions), n, operands, shape); }"
            case .wide:
                "(unsigned long long n, Operands operands, Shape shape) { \(kernel)::template strided<unsigned long long>(\(positions), n, operands, shape); }"
            }
        let name = (["pointwise", table, walk.rawValue, compute.name, out.name] + inputs.map(\.name)).joined(
            separator: "_")
        return KernelSource(
            name: name, text: "#include \"pointwise.cuh\"\nextern \"C\" __global__ void \(name)\(call)\n")
    }

    /// A pass of a reduction over its input.
    enum ReducePass: String, Sendable, CaseIterable {
        /// One block per piece of a result.
        case rows
        /// One thread per result; neighbouring threads compute neighbouring results.
        case columns
        /// Combines the pieces that `rows` computed.
        case rest
    }

    static func reduce(_ op: Reduction, out: DType, input: DType, _ pass: ReducePass) -> KernelSource? {
        guard !input.isComplex, !out.isComplex, !input.isForStorage, !out.isForStorage else { return nil }
        let operation = String(cString: st_reduction_name(op))
        let kept =
            st_reduction_counts(op) || !input.isFloatingPoint ? "long long" : input == .float64 ? "double" : "float"
        let kernel = "Reduce<reduction::\(operation)<\(kept)>, \(kept), \(out.cudaElement), \(input.cudaElement)>"
        let call =
            switch pass {
            case .rows:
                "(const \(input.cudaElement) *in, \(out.cudaElement) *out, \(kept) *partial, ReduceShape shape, long long count, long long piece) "
                    + "{ \(kernel)::rows(in, out, partial, shape, count, piece); }"
            case .columns:
                "(const \(input.cudaElement) *in, \(out.cudaElement) *out, ReduceShape shape, long long results, long long count) { \(kernel)::columns(in, out, shape, results, count); }"
            case .rest:
                "(const \(kept) *partial, \(out.cudaElement) *out, ReduceShape shape, long long count, long long pieces) { \(kernel)::rest(partial, out, shape, count, pieces); }"
            }
        let name = "reduce_\(operation)_\(pass.rawValue)_\(out.name)_\(input.name)"
        return KernelSource(name: name, text: "#include \"reduce.cuh\"\nextern \"C\" __global__ void \(name)\(call)\n")
    }

    /// Combines the kernels of several sources into one program.
    static func combined(_ sources: [KernelSource], name: String) -> KernelSource {
        var lines: [Substring] = []
        for line in sources.flatMap({ $0.text.split(separator: "\n") })
        where !line.hasPrefix("#include") || !lines.contains(line) { lines.append(line) }
        return KernelSource(name: name, text: lines.joined(separator: "\n") + "\n")
    }

    /// Returns the table in formulas.cuh that has a formula's expression, and the type in dtypes.cuh in which it is
    /// evaluated.
    private static func form(of formula: Formula, _ compute: DType) -> (table: String, type: String)? {
        let forms = st_forms_of_formula(formula)
        return switch compute {
        case .complex32, .complex64: forms.complex ? ("complex_formula", "InComplex<float>") : nil
        case .complex128: forms.complex ? ("complex_formula", "InComplex<double>") : nil
        case .bool: forms.boolean ? ("boolean_formula", "InBool") : nil
        case .float16, .bfloat16, .float32: forms.real ? ("real_formula", "InReal<float>") : nil
        case .float64: forms.real ? ("real_formula", "InReal<double>") : nil
        case .uint16, .uint32, .uint64, .float8_e4m3fn, .float8_e5m2: nil
        default: forms.integer ? ("integer_formula", "InInteger<\(compute.cudaElement)>") : nil
        }
    }
}

extension DType {
    /// The type in dtypes.cuh that an element has in memory.
    fileprivate var cudaElement: String {
        switch self {
        case .bool: "Bool"
        case .uint8: "uint8_t"
        case .int8: "int8_t"
        case .int16: "int16_t"
        case .int32: "int32_t"
        case .int64: "int64_t"
        case .float16: "Half"
        case .bfloat16: "BFloat"
        case .float32: "float"
        case .float64: "double"
        case .complex64: "Pair<float>"
        case .complex128: "Pair<double>"
        case .complex32: "HalfComplex"
        case .uint16: "uint16_t"
        case .uint32: "uint32_t"
        case .uint64: "uint64_t"
        case .float8_e4m3fn, .float8_e5m2: "uint8_t"
        }
    }
}
