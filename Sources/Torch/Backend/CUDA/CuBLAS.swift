import Locks

/// NVIDIA's library of matrix products, for one context: a handle for each stream.
final class CuBLAS: @unchecked Sendable {
    private typealias Handle = OpaquePointer
    private typealias Gemm =
        @convention(c) (
            OpaquePointer, Int32, Int32, Int32, Int32, Int32, UnsafeRawPointer, UInt64, Int32, Int32, Int64, UInt64,
            Int32, Int32, Int64, UnsafeRawPointer, UInt64, Int32, Int32, Int64, Int32, Int32, Int32
        ) -> Int32

    private let create: @convention(c) (UnsafeMutablePointer<OpaquePointer?>) -> Int32
    private let setStream: @convention(c) (OpaquePointer, OpaquePointer) -> Int32
    private let setWorkspace: @convention(c) (OpaquePointer, UInt64, Int) -> Int32
    private let gemm: Gemm
    private let status: CuBLASStatus
    /// A handle must not be used by two threads at a time.
    private let handles = Mutex<[Int: UInt]>([:])

    init(environment: [String: String] = CUDALibrary.environment) throws {
        let library = try CUDALibrary(.cublas, environment: environment)
        create = try library.function("cublasCreate_v2")
        setStream = try library.function("cublasSetStream_v2")
        setWorkspace = try library.function("cublasSetWorkspace_v2")
        gemm = try library.function("cublasGemmStridedBatchedEx")
        status = CuBLASStatus(library, "cublasGetStatusName")
    }

    /// A matrix as the library reads it: column-major, or its transpose.
    struct Matrix {
        var address: UInt64
        var isTransposed: Bool
        /// The distance of columns, and that of matrices, in elements.
        var leading, batch: Int
    }

    /// Computes c = a · b + beta · c for a batch of column-major matrices [m, k] and [k, n].
    func multiply(
        _ context: CUDAContext, _ a: Matrix, _ b: Matrix, _ c: Matrix, m: Int, n: Int, k: Int, count: Int, beta: Double,
        input: DType, output: DType
    ) throws {
        guard max(m, n, k, a.leading, b.leading, c.leading, count) <= Int(Int32.max) else {
            throw TorchError(.runtime, "a matrix product with sizes of 2^31 and more is not supported on cuda")
        }
        // CUBLAS_COMPUTE_32F and _64F; the factors have that type, and two of them are a complex number.
        let isWide = input == .float64 || input == .complex128
        var alpha = isWide ? Factor(1.0) : Factor(Float(1)), beta = isWide ? Factor(beta) : Factor(Float(beta))
        let stream = context.currentStream
        try handles.withLock { handles in
            try context.makeCurrent()
            if handles[stream] == nil { handles[stream] = try makeHandle(context, stream) }
            let handle = OpaquePointer(bitPattern: handles[stream]!)!
            let answer = gemm(
                handle, a.isTransposed ? 1 : 0, b.isTransposed ? 1 : 0, Int32(m), Int32(n), Int32(k), &alpha, a.address,
                input.cudaDataType, Int32(a.leading), Int64(a.batch), b.address, input.cudaDataType, Int32(b.leading),
                Int64(b.batch), &beta, c.address, output.cudaDataType, Int32(c.leading), Int64(c.batch), Int32(count),
                isWide ? 70 : 68, -1)
            try status.check(answer, "cublasGemmStridedBatchedEx")
        }
        try context.waitIfBlocking()
    }

    /// A number in the type of the computation; its imaginary part is 0.
    private struct Factor {
        private var words: (UInt64, UInt64) = (0, 0)
        init(_ x: Double) { words.0 = x.bitPattern }
        init(_ x: Float) { words.0 = UInt64(x.bitPattern) }
    }

    /// Makes the handle of the current stream.
    func prepare(_ context: CUDAContext) throws {
        let stream = context.currentStream
        try handles.withLock { handles in
            if handles[stream] == nil { handles[stream] = try makeHandle(context, stream) }
        }
    }

    private func makeHandle(_ context: CUDAContext, _ stream: Int) throws -> UInt {
        let workspace = try context.productWorkspaces.block(of: stream, context)
        return try context.driver.relaxed {
            var handle: OpaquePointer?
            try status.check(create(&handle), "cublasCreate")
            try status.check(setStream(handle!, context.stream(stream)), "cublasSetStream")
            try status.check(setWorkspace(handle!, workspace.address, workspace.size), "cublasSetWorkspace")
            return UInt(bitPattern: handle)
        }
    }
}

/// The statuses of the libraries of matrix products.
struct CuBLASStatus: Sendable {
    private let name: (@convention(c) (Int32) -> UnsafePointer<CChar>)?

    /// `function` is the library's function that names a status.
    init(_ library: CUDALibrary, _ function: String) { name = try? library.function(function) }

    /// Throws PyTorch's error for a status other than success.
    func check(_ status: Int32, _ call: StaticString) throws {
        guard status != 0 else { return }
        let name = name.map { String(cString: $0(status)) } ?? "\(status)"
        throw TorchError(.runtime, "CUDA error: \(name) when calling `\(call)`")
    }
}

/// The memory that the libraries of matrix products work in: one block for each stream, which they share there.
final class ProductWorkspaces: Sendable {
    private let blocks = Mutex<[Int: CachingAllocator.Block]>([:])

    /// Returns a stream's block, of PyTorch's size. It is the stream's own, not a captured graph's.
    func block(of stream: Int, _ context: CUDAContext) throws -> CachingAllocator.Block {
        try blocks.withLock { blocks in
            if let known = blocks[stream] { return known }
            let bytes = context.architecture == "sm_90" ? 32 << 20 : 8320 << 10
            let made = try context.driver.relaxed {
                guard let block = context.allocator.allocate(bytes, stream: stream) else {
                    throw context.outOfMemory(bytes)
                }
                return block
            }
            blocks[stream] = made
            return made
        }
    }
}

extension DType {
    /// The number of `cudaDataType` for dtypes that the library multiplies.
    var cudaDataType: Int32 {
        switch self {
        case .float64: 1
        case .float16: 2
        case .complex64: 4
        case .complex128: 5
        case .bfloat16: 14
        default: 0
        }
    }
}
