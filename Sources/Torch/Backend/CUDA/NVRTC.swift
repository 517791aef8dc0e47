import CTorchKernels

/// NVIDIA's run-time compiler.
struct NVRTC: Sendable {
    let library: CUDALibrary
    /// The version, for example `13.2`.
    let version: String
    private let functions: Functions

    private struct Functions: @unchecked Sendable {
        typealias Program = OpaquePointer?
        let create:
            @convention(c) (
                UnsafeMutablePointer<Program>, UnsafePointer<CChar>, UnsafePointer<CChar>, Int32,
                UnsafePointer<UnsafePointer<CChar>>, UnsafePointer<UnsafePointer<CChar>>
            ) -> Int32
        let compile: @convention(c) (Program, Int32, UnsafePointer<UnsafePointer<CChar>>) -> Int32
        let destroy: @convention(c) (UnsafeMutablePointer<Program>) -> Int32
        let logSize, codeSize, textSize: @convention(c) (Program, UnsafeMutablePointer<Int>) -> Int32
        let log, code, text: @convention(c) (Program, UnsafeMutablePointer<CChar>) -> Int32
        let describe: @convention(c) (Int32) -> UnsafePointer<CChar>
    }

    /// Loads the compiler.
    /// - Throws: `TorchError` that lists the places searched.
    init(environment: [String: String] = CUDALibrary.environment) throws {
        library = try CUDALibrary(.nvrtc, environment: environment)
        functions = try Functions(
            create: library.function("nvrtcCreateProgram"), compile: library.function("nvrtcCompileProgram"),
            destroy: library.function("nvrtcDestroyProgram"),
            logSize: library.function("nvrtcGetProgramLogSize"), codeSize: library.function("nvrtcGetCUBINSize"),
            textSize: library.function("nvrtcGetPTXSize"),
            log: library.function("nvrtcGetProgramLog"), code: library.function("nvrtcGetCUBIN"),
            text: library.function("nvrtcGetPTX"),
            describe: library.function("nvrtcGetErrorString"))
        let getVersion: @convention(c) (UnsafeMutablePointer<Int32>, UnsafeMutablePointer<Int32>) -> Int32 =
            try library.function("nvrtcVersion")
        var major: Int32 = 0, minor: Int32 = 0
        _ = getVersion(&major, &minor)
        version = "\(major).\(minor)"
    }

    /// Compiles to machine code for a real architecture (`sm_90`), or to PTX for a virtual one (`compute_90`).
    /// - Throws: `TorchError` with the compiler's messages.
    func compile(_ source: KernelSource, architecture: String) throws -> [UInt8] {
        var count: Int32 = 0
        let files = UnsafeBufferPointer(start: st_cuda_sources(&count), count: Int(count))
        var program: OpaquePointer?
        let name = "\(source.name).cu"
        try check(functions.create(&program, source.text, name, count, files.map(\.text), files.map(\.name)), name)
        defer { _ = functions.destroy(&program) }

        // Multiplications and additions are fused only if a formula requests it, as on the CPU.
        let options = ["-arch=\(architecture)", "-default-device", "-fmad=false", "-std=c++17", "-w"]
        let status = withCStrings(options) { functions.compile(program, Int32(options.count), $0) }
        guard status == 0 else {
            let log = try bytes(program, functions.logSize, functions.log)
            throw TorchError(
                .runtime,
                "\(name) for \(architecture): \(String(cString: functions.describe(status))): \(String(decoding: log.prefix { $0 != 0 }, as: UTF8.self))"
            )
        }
        let isReal = architecture.hasPrefix("sm_")
        return try bytes(
            program, isReal ? functions.codeSize : functions.textSize, isReal ? functions.code : functions.text)
    }

    private func bytes(
        _ program: OpaquePointer?, _ size: (OpaquePointer?, UnsafeMutablePointer<Int>) -> Int32,
        _ get: (OpaquePointer?, UnsafeMutablePointer<CChar>) -> Int32
    ) throws -> [UInt8] {
        var count = 0
        try check(size(program, &count), "the compiler's result")
        var status: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            status = buffer.withMemoryRebound(to: CChar.self) { $0.baseAddress.map { get(program, $0) } ?? 0 }
            initialized = status == 0 ? count : 0
        }
        try check(status, "the compiler's result")
        return bytes
    }

    private func check(_ status: Int32, _ what: String) throws {
        guard status == 0 else {
            throw TorchError(.runtime, "NVRTC: \(what): \(String(cString: functions.describe(status)))")
        }
    }
}

/// Calls `body` with the texts as C strings.
private func withCStrings<Result>(_ texts: [String], _ body: (UnsafePointer<UnsafePointer<CChar>>) -> Result) -> Result
{
    let bytes = texts.map { Array($0.utf8CString) }
    let all = bytes.flatMap { $0 }
    return all.withUnsafeBufferPointer { buffer in
        var start = 0
        let pointers = bytes.map { text in
            defer { start += text.count }
            return buffer.baseAddress! + start
        }
        return pointers.withUnsafeBufferPointer { body($0.baseAddress!) }
    }
}
