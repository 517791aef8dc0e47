import CTorchKernels
import Foundation
import Testing
@testable import Torch

/// Tests that need no graphics card: NVIDIA's libraries are found or refused with a clear message, and every kernel of
/// the tables compiles.
@Suite struct CUDATests {
    /// The compiler. `make test` sets CUDA_HOME to the folder of a Python wheel that contains it.
    static let compiler = try? NVRTC()
    /// Architectures that kernels are compiled for: samples to machine code, all to NVIDIA's intermediate code, which
    /// takes half the time.
    static let machines = ["sm_80", "sm_90"], intermediate = "compute_80"
    /// The types that pointwise kernels are compiled for: one of each width and kind, or all if CUDA_TYPES is all. The
    /// texts differ only in their types.
    static let types =
        ProcessInfo.processInfo.environment["CUDA_TYPES"] == "all"
        ? Array(DType.allCases.prefix(13)) : [.uint8, .int64, .bfloat16, .float32, .float64, .bool, .complex64]
    /// The first bytes of an ELF file.
    static let machineCode: [UInt8] = [0x7f, 0x45, 0x4c, 0x46]

    @Test func aMissingLibraryIsNamedWithThePlacesItWasLookedForIn() throws {
        let folder = TemporaryFolder()
        let error = #expect(throws: TorchError.self) {
            try CUDALibrary(.cudnn, environment: ["CUDA_HOME": String(folder.path.dropLast())])
        }
        // If the system's loader has this library, there is no error.
        let message = try #require(error?.message)
        #expect(
            message.hasPrefix(
                "libcudnn.so.9 not found: neither by the system's loader (LD_LIBRARY_PATH) nor in \(folder.path)lib64"))
        #expect(
            CUDALibrary.folders(of: .nvrtc, ["VIRTUAL_ENV": "/v", "HOME": "/h"]).contains(
                "/v/lib/python3*/site-packages/nvidia/cuda_nvrtc/lib"))
    }

    /// A folder that is set explicitly has priority, even if there is a newer version elsewhere.
    @Test(.enabled(if: compiler != nil, "NVIDIA's compiler (NVRTC) is not here"))
    func theFolderNamedOnPurposeComesFirst() throws {
        let found = try #require(Self.compiler).library
        let folder = TemporaryFolder()
        try FileManager.default.createDirectory(atPath: folder.path + "lib64", withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
            atPath: folder.path + "lib64/libnvrtc.so.12", withDestinationPath: found.path)
        let chosen = try CUDALibrary(
            .nvrtc,
            environment: CUDALibrary.environment.merging([
                "CUDA_HOME": String(folder.path.dropLast()), "CUDA_PATH": found.path
            ]) { $1 })
        #expect(chosen.version == 12 && chosen.path == folder.path + "lib64/libnvrtc.so.12")
    }

    @Test func aFileThatIsNoLibraryIsRefusedWithTheLoadersReason() throws {
        let folder = TemporaryFolder()
        try FileManager.default.createDirectory(atPath: folder.path + "lib64", withIntermediateDirectories: true)
        try Data("no library".utf8).write(to: URL(fileURLWithPath: folder.path + "lib64/libcudnn.so.9"))
        let error = #expect(throws: TorchError.self) {
            try CUDALibrary(.cudnn, environment: ["CUDA_HOME": String(folder.path.dropLast())])
        }
        #expect(error?.message.hasPrefix("libcudnn.so.9 cannot be loaded: \(folder.path)lib64/libcudnn.so.9: ") == true)
    }

    /// A driver library with one function. It returns what NVIDIA's returns on a machine without a graphics card.
    @Test func aDriverWithoutADeviceIsNamedWithItsReason() throws {
        let folder = TemporaryFolder()
        let source = folder.path + "driver.c", library = folder.path + "lib64/libcudnn.so.9"
        try FileManager.default.createDirectory(atPath: folder.path + "lib64", withIntermediateDirectories: true)
        try "int cuInit(unsigned flags) { return 100 + (int)flags; }\n".write(
            toFile: source, atomically: true, encoding: .utf8)
        let clang = Process()
        clang.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        clang.arguments = ["clang", "-shared", "-fPIC", "-nostdlib", "-fuse-ld=lld", source, "-o", library]
        try clang.run()
        clang.waitUntilExit()
        try #require(clang.terminationStatus == 0)
        let driver = try CUDALibrary(.cudnn, environment: ["CUDA_HOME": String(folder.path.dropLast())])
        #expect(CUDADevices.refusal(driver, environment: [:]) == "No CUDA GPUs are available")
    }

    @Test func theTableNamesItsFormulas() {
        #expect(
            String(cString: st_formula_name(.add)) == "add"
                && String(cString: st_formula_name(.logicalXor)) == "logicalXor")
        let forms = st_forms_of_formula(.gcd)
        #expect(!forms.real && forms.integer && !forms.boolean && !forms.complex)
        #expect(
            KernelSource.pointwise(.gcd, compute: .float32, out: .float32, inputs: [.float32, .float32], .contiguous)
                == nil)
        #expect(
            KernelSource.pointwise(.abs, compute: .complex64, out: .float32, inputs: [.complex64], .strided)?.name
                == "pointwise_abs_strided_complex64_float32_complex64")
    }

    @Test(.enabled(if: compiler != nil, "NVIDIA's compiler (NVRTC) is not here: its kernels are not compiled"))
    func everyPointwiseKernelCompiles() async throws {
        try await withThrowingTaskGroup { group in
            for compute in Self.types {
                group.addTask { try Self.compilePointwise(compute, Self.intermediate) }
            }
            // The texts are the same for every architecture: one real, one integer and one complex type are samples.
            for (compute, machine) in [(.float32, 0), (.float32, 1), (.int64, 1), (.complex64, 0)] as [(DType, Int)] {
                group.addTask { try Self.compilePointwise(compute, Self.machines[machine]) }
            }
            try await group.waitForAll()
        }
    }

    private static func compilePointwise(_ compute: DType, _ architecture: String) throws {
        var sources: [KernelSource] = []
        for number in 0..<Formula._count.rawValue {
            let formula = try #require(Formula(rawValue: number))
            let forms = st_forms_of_formula(formula), arity = Int(st_formula_arity(formula))
            // Half types use the formulas of float32 on other memory. These formulas show that.
            let isHalf = [.float16, .bfloat16, .complex32].contains(compute),
                shows = [Formula.square, .where].contains(formula)
            if isHalf && !shows { continue }
            let out =
                st_formula_is_predicate(formula)
                ? .bool : compute.isComplex && forms.complex_to_real ? compute.toReal : compute
            let inputs = [DType](repeating: compute, count: arity)
            sources += [KernelSource.pointwise(formula, compute: compute, out: out, inputs: inputs, .contiguous)]
                .compactMap { $0 }
            guard shows, architecture == Self.intermediate else { continue }
            // All conversions from and to the type of the computation.
            let mixed = DType.allCases.map { [DType](repeating: $0, count: arity) }
            sources += mixed.compactMap {
                KernelSource.pointwise(formula, compute: compute, out: $0[0], inputs: $0, .strided)
            }
            sources += [KernelSource.pointwise(formula, compute: compute, out: out, inputs: inputs, .wide)].compactMap {
                $0
            }
        }
        #expect(sources.count > 1)
        try compile(.combined(sources, name: "pointwise_\(compute.name)"), architecture)
    }

    /// Compiles kernels and checks the kind of the result.
    private static func compile(_ source: KernelSource, _ architecture: String) throws {
        let code = try #require(compiler).compile(source, architecture: architecture)
        if architecture == intermediate {
            #expect(String(decoding: code, as: UTF8.self).contains(".visible .entry"))
        } else {
            #expect(code.starts(with: machineCode))
        }
    }

    @Test(.enabled(if: compiler != nil, "NVIDIA's compiler (NVRTC) is not here: its kernels are not compiled"))
    func everyReductionCompiles() async throws {
        let all = try (0..<Reduction._count.rawValue).map { try #require(Reduction(rawValue: $0)) }
        try await withThrowingTaskGroup { group in
            group.addTask { try Self.compileReductions(Array(all.prefix(5)), Self.intermediate) }
            group.addTask { try Self.compileReductions(Array(all.dropFirst(5)), Self.intermediate) }
            group.addTask { try Self.compileReductions([.sum, .any], Self.machines[1]) }
            try await group.waitForAll()
        }
    }

    private static func compileReductions(_ reductions: [Reduction], _ architecture: String) throws {
        var sources: [KernelSource] = []
        for op in reductions {
            for input in DType.allCases {
                let out: DType = op == .all || op == .any ? .bool : op == .countNonzero ? .int64 : input
                sources += KernelSource.ReducePass.allCases.compactMap {
                    KernelSource.reduce(op, out: out, input: input, $0)
                }
            }
        }
        // Counts are of complex numbers too.
        let counting = reductions.filter(st_reduction_counts).count
        #expect(sources.count == (reductions.count * 10 + counting * 3) * KernelSource.ReducePass.allCases.count)
        try compile(.combined(sources, name: "reduce"), architecture)
    }

    /// All other kernels, one program for each header.
    @Test(.enabled(if: compiler != nil, "NVIDIA's compiler (NVRTC) is not here: its kernels are not compiled"))
    func everyOtherKernelCompiles() async throws {
        try await withThrowingTaskGroup { group in
            for (header, sources) in Self.otherKernels() {
                group.addTask { try Self.compile(.combined(sources, name: header), Self.intermediate) }
            }
            // One of each kind to machine code.
            group.addTask {
                let samples = Self.otherKernels().flatMap { $0.sources.prefix(1) }
                for source in samples { try Self.compile(source, Self.machines[1]) }
            }
            try await group.waitForAll()
        }
    }

    /// The kernels by header, for the types that differ in width or kind.
    private static func otherKernels() -> [(header: String, sources: [KernelSource])] {
        let real: [DType] = [.float16, .bfloat16, .float32, .float64]
        let integers: [DType] = [.uint8, .int8, .int16, .int32, .int64], items = [1, 2, 4, 8, 16], keys = [4, 8]
        let plain = real + integers, all = plain + [.bool, .complex64, .complex128]
        let passes = KernelSource.ReducePass.allCases
        var sources: [KernelSource] = []
        sources += items.flatMap { [.triangle(ofSize: $0), .assemble(ofSize: $0), .makeColumns(ofSize: $0)] }
        sources += items.flatMap { [.maskedSelect(ofSize: $0), .maskedScatter(ofSize: $0), .indexGet(ofSize: $0)] }
        sources += items.flatMap { item in keys.map { .putLast(ofSize: item, $0) } }
        sources += [1, 2, 4, 8].flatMap { [.writeSorted(ofSize: $0), .writeChosen(ofSize: $0)] }
        sources += [
            .makeStarts, .startDigits, .writePlaces, .resampleBytes, .startRanks, .chooseDigit, .startBeside
        ]
        sources += keys.flatMap {
            [.putKeys($0), .sortShortKeys($0), .countDigits($0), .moveDigits($0), .keepLowBits($0), .permuteEqual($0)]
        }
        for dtype in all {
            sources += [
                .nonzeroCounts(dtype), .nonzeroPlaces(dtype), .runCounts(dtype), .numberRuns(dtype),
                .putAll(dtype, 4), .addColumns(dtype), .addBias(dtype)
            ]
            for number in 0..<UInt8(5) {
                guard let op = Scan(rawValue: number), let state = KernelSource.scanState(op, dtype) else { continue }
                sources += [.scanLines(op, dtype, state.type), .scanColumns(op, dtype, state.type)]
            }
        }
        for dtype in plain + [.bool] {
            sources += [
                .sortShort(dtype), .selectShort(dtype), .selectLong(dtype), .mergeRows(dtype), .makeKeys(dtype),
                .countNaNs(dtype), .countChosenDigits(dtype), .countBeside(dtype), .takeFirst(dtype), .takeOne(dtype),
                .searchsorted(dtype), .drawBernoulli(dtype, .float32), .arg(max: true, dtype, dims: 8)
            ]
            for words in ["Words", "LongWords"] {
                sources.append(.draw(words, "Integers<\(dtype.cudaElement), \(words)>", dtype))
            }
        }
        for dtype in plain { sources.append(.maxPool(dtype)) }
        for dtype in real {
            for name in KernelSource.draws.prefix(8) {
                sources.append(.draw(name, "\(name)<\(dtype.cudaElement), \(dtype.cudaWide)>", dtype))
            }
            sources += KernelSource.rejections.map { .drawByRejection($0, dtype) } + [.shareRows(dtype)]
            sources += passes.flatMap {
                [
                    .moments(dtype, $0), .reducePower(dtype, $0), .channelMoments(dtype, $0, dims: 8)
                ]
            }
            sources += [
                .softmax(dtype), .softmaxBackward(dtype), .crossEntropy(dtype), .crossEntropyBackward(dtype),
                .sgd(dtype),
                .adam(dtype), .normalizeRows(dtype), .normalizeRowsBackward(dtype), .normalizeChannels(dtype),
                .normalizeChannelsBackward(dtype), .channelSums(dtype, byColumns: true),
                .channelSums(dtype, byColumns: false), .finishSums(dtype), .sumShares(dtype), .drawCategories(dtype),
                .avgPool("avg_pool", dtype), .avgPool("avg_pool_backward", dtype), .resample(dtype),
                .resampleLine(dtype, dtype.wide), .gridSample(dtype), .gridGradient(dtype), .gridKeys(dtype, 4),
                .gridScatter(dtype, 4), .attentionWeights(dtype, .bool), .attentionWeights(dtype, dtype),
                .attentionGradients(dtype, .bool), .attentionGradients(dtype, dtype)
            ]
        }
        for dtype in [DType.float32, .float64] {
            sources += [.ctcLoss(dtype), .ctcLossBackward(dtype), .finishHidden(dtype)]
            for cell in [RecurrentCell.tanh, .relu, .lstm, .gru] {
                let form = RecurrentForm(
                    cell: cell, isReversed: false, hidden: 1, state: 1, batchSizes: [1], rows: 1,
                    roundedTo: dtype == .float32 ? .bfloat16 : dtype)
                sources += [
                    .recurrentCells(form, dtype), .recurrentBackward(form, dtype), .projectedBackward(form, dtype)
                ]
            }
        }
        return Dictionary(grouping: sources) { String($0.text.prefix { $0 != "\n" }) }
            .map { (String($0.key.dropFirst("#include \"".count).dropLast(5)), $0.value) }
            .sorted { $0.header < $1.header }
    }

    @Test(.enabled(if: compiler != nil, "NVIDIA's compiler (NVRTC) is not here: its kernels are not compiled"))
    func aKernelIsCompiledOnce() throws {
        let compiler = try #require(Self.compiler)
        let folder = TemporaryFolder()
        let cache = try #require(KernelCache(folder: folder.path + "a/kernels"))
        let source = try #require(
            KernelSource.pointwise(.add, compute: .float32, out: .float32, inputs: [.float32, .float32], .contiguous))
        let code = try cache.code(source, architecture: "sm_90", compiler: compiler)
        #expect(code.starts(with: Self.machineCode))
        let files = try FileManager.default.contentsOfDirectory(atPath: cache.folder)
        #expect(files.count == 1)
        // The cache trusts its files: a changed last byte comes back.
        let path = cache.folder + "/" + files[0]
        var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        bytes[bytes.count - 1] ^= 1
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        #expect(try cache.code(source, architecture: "sm_90", compiler: compiler).last == code.last.map { $0 ^ 1 })
        // Another architecture gives another kernel. A file with an invalid head is made again.
        #expect(try cache.code(source, architecture: "sm_80", compiler: compiler) != code)
        try Data("rubbish".utf8).write(to: URL(fileURLWithPath: path))
        #expect(try cache.code(source, architecture: "sm_90", compiler: compiler) == code)
    }

    @Test(.enabled(if: compiler != nil, "NVIDIA's compiler (NVRTC) is not here: its kernels are not compiled"))
    func aBrokenKernelIsAnErrorWithTheCompilersWords() throws {
        let compiler = try #require(Self.compiler)
        let error = #expect(throws: TorchError.self) {
            try compiler.compile(
                KernelSource(name: "broken", text: "__global__ void k() { nothing(); }"), architecture: "sm_80")
        }
        #expect(
            error?.message.hasPrefix("broken.cu for sm_80: NVRTC_ERROR_COMPILATION: ") == true
                && error?.message.contains("\"nothing\" is undefined") == true)
    }
}
