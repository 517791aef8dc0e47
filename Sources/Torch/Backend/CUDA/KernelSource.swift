import CTorchKernels

/// A CUDA C++ program with one kernel. It is generated from the same tables as the CPU kernels (`CTorchKernels/cuda`).
struct KernelSource: Hashable, Sendable {
    /// The kernel's name.
    let name: String
    let text: String

    init(name: String, text: String) {
        self.name = name
        self.text = text
    }

    /// A program with one kernel: a header's name, and the kernel's parameters and body.
    init(_ name: String, header: String, _ kernel: String) {
        self.init(name: name, text: "#include \"\(header).cuh\"\nextern \"C\" __global__ void \(name)\(kernel)\n")
    }

    /// A program with one kernel, in whose parameters and body short names stand for types.
    init(_ name: String, header: String, types: [String: String], _ kernel: String) {
        var text = "", word = ""
        func end() {
            text += types[word] ?? word
            word = ""
        }
        for character in kernel {
            if character.isLetter || character.isNumber || character == "_" {
                word.append(character)
            } else {
                end()
                text.append(character)
            }
        }
        end()
        self.init(name, header: header, text)
    }

    /// A program with one kernel for elements of one dtype. In its parameters and body, `E` stands for the type of an
    /// element, `A` for the type in which floating-point values are kept, and `K` for an element's key (sort.cuh).
    init(_ name: String, header: String, _ dtype: DType, _ kernel: String) {
        let element = dtype.cudaElement
        self.init(
            "\(name)_\(dtype.name)", header: header,
            types: ["E": element, "A": dtype.cudaWide, "K": "KeyOf<\(element)>::Key"], kernel)
    }

    /// A program with one kernel for elements or keys of one size. In its parameters and body, `W` stands for the type
    /// that moves an element, and `K` for a key of 4 or 8 bytes.
    init(_ name: String, header: String, ofSize size: Int, _ kernel: String) {
        let types = ["W": KernelSource.word(ofSize: size), "K": KernelSource.key(size)]
        self.init("\(name)_\(size)", header: header, types: types, kernel)
    }

    /// The type that moves an element of this size as it is.
    static func word(ofSize size: Int) -> String {
        switch size {
        case 1: "uint8_t"
        case 2: "uint16_t"
        case 4: "uint32_t"
        case 8: "uint64_t"
        default: "Word16"
        }
    }

    /// The type of keys of 4 or 8 bytes.
    static func key(_ size: Int) -> String { size == 8 ? "uint64_t" : "uint32_t" }

    /// The memory access of a pointwise kernel.
    enum Walk: String, Sendable {
        /// Contiguous operands at addresses that are multiples of 16, or single numbers.
        case contiguous
        /// Up to five dimensions and offsets below 2^31.
        case strided
        /// Any sizes and strides.
        case wide
    }

    /// out = formula(inputs), evaluated in `compute` (in float32 for half dtypes). Returns nil if there is no such
    /// formula.
    static func pointwise(
        _ formula: Formula, compute: DType, out: DType, inputs: [DType], _ walk: Walk
    ) -> KernelSource? {
        guard let form = form(of: formula, compute), inputs.count == Int(st_formula_arity(formula)) else { return nil }
        let table = String(cString: st_formula_name(formula))
        let types = ([out] + inputs).map(\.cudaElement).joined(separator: ", ")
        let name = (["pointwise", table, walk.rawValue, compute.name, out.name] + inputs.map(\.name)).joined(
            separator: "_")
        return elementwise(
            name, header: "pointwise", "Pointwise<\(form.table)::\(table), \(form.type), \(types)>", inputs.count, walk)
    }

    /// out = input, converted. Elements of one dtype are moved as they are.
    static func copy(out: DType, input: DType, _ walk: Walk) -> KernelSource {
        if out == input {
            let size = out.itemSize
            return elementwise(
                "copy_\(walk.rawValue)_\(size)", header: "copy", "Copy<\(word(ofSize: size))>", 1, walk)
        }
        return elementwise(
            "convert_\(walk.rawValue)_\(out.name)_\(input.name)", header: "copy",
            "Convert<\(out.cudaElement), \(input.cudaElement)>", 1, walk)
    }

    /// A kernel of one of the walks in elementwise.cuh.
    private static func elementwise(
        _ name: String, header: String, _ type: String, _ inputs: Int, _ walk: Walk
    ) -> KernelSource {
        let positions = "Places<\((0..<inputs).map(String.init).joined(separator: ", "))>()"
        let call =
            switch walk {
            case .contiguous:
                "(Operands<\(inputs)> operands, long long n, unsigned singles) { \(type)::contiguous(\(positions), operands, n, singles); }"
            case .strided:
                "(Operands<\(inputs)> operands, unsigned n, FewDims<\(inputs)> shape) { \(type)::strided(\(positions), operands, n, shape); }"
            case .wide:
                "(Operands<\(inputs)> operands, long long n, const __grid_constant__ ManyDims<\(inputs)> shape) { \(type)::wide(\(positions), operands, n, shape); }"
            }
        return KernelSource(name, header: header, call)
    }

    /// A pass of a reduction over its input.
    enum ReducePass: String, Sendable, CaseIterable {
        /// One block per piece of a result.
        case rows
        /// One warp per result.
        case shortRows
        /// One thread per piece of a result; neighbouring threads compute neighbouring results.
        case columns
        /// Combines the pieces.
        case rest
    }

    /// out = the reduction of the input.
    /// - Parameter dims: the most kept, and the most reduced dimensions.
    static func reduce(_ op: Reduction, out: DType, input: DType, _ pass: ReducePass, dims: Int = 8) -> KernelSource? {
        let counts = st_reduction_counts(op)
        guard counts || !input.isComplex, !out.isComplex, !input.isForStorage, !out.isForStorage else { return nil }
        let operation = String(cString: st_reduction_name(op)), kept = keptType(op, out: out, input: input).name
        return reduce(
            "reduce_\(operation)_\(out.name)",
            job: "Plain<reduction::\(operation)<\(kept)>, \(kept), \(out.cudaElement)>",
            kept: kept, input: input, pass, dims: dims)
    }

    /// The mean and variance of each result's elements.
    static func moments(_ dtype: DType, _ pass: ReducePass, dims: Int = 8) -> KernelSource {
        let wide = dtype.cudaWide
        return reduce(
            "moments", header: "moments", job: "MomentsJob<\(wide), \(dtype.cudaElement)>", kept: "Moments<\(wide)>",
            input: dtype, pass, dims: dims)
    }

    /// The sum of powers.
    static func reducePower(_ dtype: DType, _ pass: ReducePass, dims: Int = 8) -> KernelSource {
        reduce(
            "power", header: "moments", job: "PowerJob<\(dtype.cudaWide), \(dtype.cudaElement)>", kept: dtype.cudaWide,
            input: dtype, pass, dims: dims)
    }

    /// A pass of a reduction with a job of reduce.cuh.
    static func reduce(
        _ name: String, header: String = "reduce", job: String, kept: String, input: DType, _ pass: ReducePass,
        dims: Int
    ) -> KernelSource {
        let kernel = "Reduce<\(job), \(kept), \(input.cudaElement), \(dims)>",
            shape = "const __grid_constant__ ReduceShape<\(dims)> shape"
        let operands = "(const \(input.cudaElement) *in, \(job) job, "
        let call =
            switch pass {
            case .rows:
                operands + "\(kept) *partial, \(shape), long long count, long long piece) "
                    + "{ \(kernel)::rows(in, job, partial, shape, count, piece); }"
            case .shortRows:
                operands
                    + "\(shape), long long results, long long count) { \(kernel)::short_rows(in, job, shape, results, count); }"
            case .columns:
                operands + "\(kept) *partial, \(shape), long long results, long long count, long long piece) "
                    + "{ \(kernel)::columns(in, job, partial, shape, results, count, piece); }"
            case .rest:
                "(const \(kept) *partial, \(job) job, \(shape), long long count, long long pieces) "
                    + "{ \(kernel)::rest(partial, job, shape, count, pieces); }"
            }
        return KernelSource("\(name)_\(pass.rawValue)_\(input.name)_\(dims)", header: header, call)
    }

    /// Returns the type in which a reduction keeps values, and its size.
    static func keptType(_ op: Reduction, out: DType, input: DType) -> (name: String, size: Int) {
        if st_reduction_counts(op) || !(input.isFloatingPoint || out.isFloatingPoint) { return ("long long", 8) }
        return input == .float64 || out == .float64 ? ("double", 8) : ("float", 4)
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
        case .uint16, .uint32, .uint64:
            forms.wide_unsigned ? ("integer_formula", "InInteger<\(compute.cudaElement)>") : nil
        case .float8_e4m3fn, .float8_e5m2: forms.float8 ? ("real_formula", "InReal<float>") : nil
        default: forms.integer ? ("integer_formula", "InInteger<\(compute.cudaElement)>") : nil
        }
    }
}

extension DType {
    /// The type in which kernels keep sums of floating-point elements.
    var cudaWide: String { self == .float64 ? "double" : "float" }

    /// The type in dtypes.cuh that an element has in memory.
    var cudaElement: String {
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
        case .float8_e4m3fn: "Float8E4M3FN"
        case .float8_e5m2: "Float8E5M2"
        }
    }
}
