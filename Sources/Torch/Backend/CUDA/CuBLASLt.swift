import Locks

/// NVIDIA's library of matrix products with a last step, for one context. The step used here adds a bias.
final class CuBLASLt: @unchecked Sendable {
    private typealias Pointer = OpaquePointer
    private typealias Create = @convention(c) (UnsafeMutablePointer<Pointer?>) -> Int32
    private typealias Destroy = @convention(c) (Pointer) -> Int32
    private typealias SetAttribute = @convention(c) (Pointer, Int32, UnsafeRawPointer, Int) -> Int32

    private let createHandle, createPreference: Create
    private let createOperation: @convention(c) (UnsafeMutablePointer<Pointer?>, Int32, Int32) -> Int32
    private let createLayout: @convention(c) (UnsafeMutablePointer<Pointer?>, Int32, UInt64, UInt64, Int64) -> Int32
    private let destroyOperation, destroyLayout, destroyPreference: Destroy
    private let setOperation, setPreference: SetAttribute
    private let findAlgorithm:
        @convention(c) (
            Pointer, Pointer, Pointer, Pointer, Pointer, Pointer, Pointer, Int32, UnsafeMutableRawPointer,
            UnsafeMutablePointer<Int32>
        ) -> Int32
    private let product:
        @convention(c) (
            Pointer, Pointer, UnsafeRawPointer, UInt64, Pointer, UInt64, Pointer, UnsafeRawPointer, UInt64, Pointer,
            UInt64, Pointer, UnsafeRawPointer, UInt64, Int, Pointer
        ) -> Int32
    private let status: CuBLASStatus
    private let state = Mutex<(handle: UInt, plans: [Problem: Plan?])>((0, [:]))

    /// What an algorithm depends on: sizes, forms, the dtype, and the alignment of the operands and the bias.
    private struct Problem: Hashable {
        let m, n, k: Int
        let isTransposed: [Bool]
        let leading, alignments: [Int]
        let dtype: DType
    }

    /// The library's description of a problem, and the algorithm that it found.
    private struct Plan {
        let operation: UInt
        /// The layouts of a, b and c.
        let layouts: [UInt]
        let algorithm: [UInt64]
        let workspaceBytes: Int
    }

    /// The number of problems whose algorithms are kept.
    private static let mostPlans = 4096

    init(environment: [String: String] = CUDALibrary.environment) throws {
        let library = try CUDALibrary(.cublasLt, environment: environment)
        createHandle = try library.function("cublasLtCreate")
        createPreference = try library.function("cublasLtMatmulPreferenceCreate")
        createOperation = try library.function("cublasLtMatmulDescCreate")
        createLayout = try library.function("cublasLtMatrixLayoutCreate")
        destroyOperation = try library.function("cublasLtMatmulDescDestroy")
        destroyLayout = try library.function("cublasLtMatrixLayoutDestroy")
        destroyPreference = try library.function("cublasLtMatmulPreferenceDestroy")
        setOperation = try library.function("cublasLtMatmulDescSetAttribute")
        setPreference = try library.function("cublasLtMatmulPreferenceSetAttribute")
        findAlgorithm = try library.function("cublasLtMatmulAlgoGetHeuristic")
        product = try library.function("cublasLtMatmul")
        status = CuBLASStatus(library, "cublasLtGetStatusName")
    }

    /// Computes c = a · b + bias for column-major matrices [m, k] and [k, n] of one floating-point dtype, on the
    /// current stream. `bias` is the address of m numbers, which are added to each column. Returns false and does
    /// nothing if the library has no algorithm for this.
    func multiply(
        _ context: CUDAContext, _ a: CuBLAS.Matrix, _ b: CuBLAS.Matrix, _ c: CuBLAS.Matrix, bias: UInt64, m: Int,
        n: Int, k: Int, dtype: DType
    ) throws -> Bool {
        guard max(m, n, k, a.leading, b.leading, c.leading) <= Int(Int32.max) else { return false }
        let problem = Problem(
            m: m, n: n, k: k, isTransposed: [a.isTransposed, b.isTransposed],
            leading: [a.leading, b.leading, c.leading],
            alignments: [a.address, b.address, c.address, bias].map { 1 << min($0.trailingZeroBitCount, 8) },
            dtype: dtype)
        let stream = context.currentStream
        let done = try state.withLock { state in
            try context.makeCurrent()
            let workspace = try context.productWorkspaces.block(of: stream, context)
            if state.handle == 0 { state.handle = try made("cublasLtCreate") { createHandle(&$0) } }
            let handle = Pointer(bitPattern: state.handle)!
            if state.plans[problem] == nil {
                if state.plans.count >= Self.mostPlans { forget(&state.plans) }
                let found = try plan(problem, handle, bias: bias, workspaceBytes: workspace.size)
                state.plans[problem] = .some(found)
            }
            guard let plan = state.plans[problem]! else { return false }
            let operation = Pointer(bitPattern: plan.operation)!
            let layouts = plan.layouts.map { Pointer(bitPattern: $0)! }
            try set(setOperation, operation, Attribute.bias, bias)
            // 1 and 0 in the type of the computation, which has 4 or 8 bytes.
            var alpha = dtype == .float64 ? (1.0).bitPattern : UInt64(Float(1).bitPattern), beta: UInt64 = 0
            try status.check(
                product(
                    handle, operation, &alpha, a.address, layouts[0], b.address, layouts[1], &beta, c.address,
                    layouts[2], c.address, layouts[2], plan.algorithm, workspace.address, plan.workspaceBytes,
                    context.stream(stream)), "cublasLtMatmul")
            return true
        }
        if done { try context.waitIfBlocking() }
        return done
    }

    /// Numbers of cublasLt.h.
    private enum Attribute {
        static let transposeA: Int32 = 3, transposeB: Int32 = 4, epilogue: Int32 = 7, bias: Int32 = 8
        static let workspace: Int32 = 1, alignmentOfA: Int32 = 5
        static let biasEpilogue: UInt32 = 4
    }

    /// Returns the plan of a problem; nil if the library has no algorithm for it.
    private func plan(_ problem: Problem, _ handle: Pointer, bias: UInt64, workspaceBytes: Int) throws -> Plan? {
        let isWide = problem.dtype == .float64, type = problem.dtype.cudaDataType
        // CUBLAS_COMPUTE_32F and _64F.
        let operation = try made("cublasLtMatmulDescCreate") {
            createOperation(&$0, isWide ? 70 : 68, isWide ? DType.float64.cudaDataType : DType.float32.cudaDataType)
        }
        var layouts: [UInt] = []
        var isKept = false
        defer { if !isKept { destroy(operation, layouts) } }
        let descriptor = Pointer(bitPattern: operation)!
        for (attribute, isTransposed) in zip([Attribute.transposeA, Attribute.transposeB], problem.isTransposed) {
            try set(setOperation, descriptor, attribute, Int32(isTransposed ? 1 : 0))
        }
        try set(setOperation, descriptor, Attribute.epilogue, Attribute.biasEpilogue)
        try set(setOperation, descriptor, Attribute.bias, bias)
        var forms = [(problem.m, problem.k), (problem.k, problem.n), (problem.m, problem.n)]
        for (i, isTransposed) in problem.isTransposed.enumerated() where isTransposed {
            forms[i] = (forms[i].1, forms[i].0)
        }
        for ((rows, columns), leading) in zip(forms, problem.leading) {
            layouts.append(
                try made("cublasLtMatrixLayoutCreate") {
                    createLayout(&$0, type, UInt64(rows), UInt64(columns), Int64(leading))
                })
        }
        let preference = Pointer(
            bitPattern: try made("cublasLtMatmulPreferenceCreate") { createPreference(&$0) })!
        defer { _ = destroyPreference(preference) }
        try set(setPreference, preference, Attribute.workspace, UInt64(workspaceBytes))
        // Of A, B, C and D; C is the place of D.
        for (i, operand) in [0, 1, 2, 2].enumerated() {
            try set(
                setPreference, preference, Attribute.alignmentOfA + Int32(i), UInt32(problem.alignments[operand]))
        }
        // A cublasLtMatmulHeuristicResult_t: 64 bytes of the algorithm, the bytes of its workspace, a status.
        var result = [UInt64](repeating: 0, count: 12), count: Int32 = 0
        let matrices = layouts.map { Pointer(bitPattern: $0)! }
        let found = findAlgorithm(
            handle, descriptor, matrices[0], matrices[1], matrices[2], matrices[2], preference, 1, &result, &count)
        guard found == 0, count > 0, UInt32(truncatingIfNeeded: result[9]) == 0 else { return nil }
        isKept = true
        return Plan(
            operation: operation, layouts: layouts, algorithm: Array(result.prefix(8)), workspaceBytes: Int(result[8]))
    }

    private func made(_ call: StaticString, _ create: (inout Pointer?) -> Int32) throws -> UInt {
        var pointer: Pointer?
        try status.check(create(&pointer), call)
        return UInt(bitPattern: pointer)
    }

    private func set(
        _ function: SetAttribute, _ object: Pointer, _ attribute: Int32, _ value: some BitwiseCopyable
    ) throws {
        try withUnsafeBytes(of: value) {
            try status.check(function(object, attribute, $0.baseAddress!, $0.count), "cublasLtMatmul…SetAttribute")
        }
    }

    private func forget(_ plans: inout [Problem: Plan?]) {
        for case let plan? in plans.values { destroy(plan.operation, plan.layouts) }
        plans = [:]
    }

    private func destroy(_ operation: UInt, _ layouts: [UInt]) {
        _ = destroyOperation(Pointer(bitPattern: operation)!)
        for layout in layouts { _ = destroyLayout(Pointer(bitPattern: layout)!) }
    }
}
