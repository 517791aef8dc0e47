import CTorchKernels
import Foundation
import Testing
@testable import Torch

/// A program that shows machine code.
private enum CUDATool: String {
    case cuobjdump, nvdisasm

    private var path: String { (CUDALibrary.environment["CUDA_HOME"] ?? "/usr/local/cuda") + "/bin/\(rawValue)" }
    var isHere: Bool { FileManager.default.isExecutableFile(atPath: path) }

    func run(_ arguments: [String]) throws -> String {
        let process = Process(), output = Pipe()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        // nvdisasm is looked for on the path.
        process.environment = [
            "PATH": URL(fileURLWithPath: path).deletingLastPathComponent().path + ":/usr/bin:/bin"
        ]
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return process.terminationStatus == 0 ? text : ""
    }
}

/// What NVIDIA's compiler makes of the kernels that programs spend their time in: no register goes to memory, and
/// contiguous elements move 16 bytes at a time. cuobjdump and nvdisasm show it, without a card (Scripts/nvrtc.sh).
@Suite(
    .enabled(
        if: CUDATests.compiler != nil && CUDATool.cuobjdump.isHere && CUDATool.nvdisasm.isHere,
        "NVIDIA's compiler, cuobjdump or nvdisasm is not here"))
struct CUDACodeTests {
    /// The facts of a kernel's machine code.
    private struct Facts {
        var registers = 0, stackBytes = 0, wideLoads = 0, wideStores = 0, otherLoads = 0
    }

    private static func facts(_ sources: [KernelSource], _ name: String) throws -> [String: Facts] {
        let code = try #require(CUDATests.compiler).compile(.combined(sources, name: name), architecture: "sm_90")
        let folder = TemporaryFolder(), file = folder.path + "\(name).cubin"
        try Data(code).write(to: URL(fileURLWithPath: file))
        var all: [String: Facts] = [:], current = ""
        for line in try CUDATool.cuobjdump.run(["-res-usage", file]).split(separator: "\n") {
            if let function = line.firstMatch(of: /Function ([A-Za-z0-9_]+):/) {
                current = String(function.1)
            } else if let usage = line.firstMatch(of: /REG:(\d+) STACK:(\d+)/) {
                all[current, default: Facts()].registers = Int(usage.1) ?? 0
                all[current, default: Facts()].stackBytes = Int(usage.2) ?? 0
            }
        }
        for line in try CUDATool.nvdisasm.run(["-c", file]).split(separator: "\n") {
            if let section = line.firstMatch(of: /\.section\s+\.text\.([A-Za-z0-9_]+)/) { current = String(section.1) }
            if line.contains("LDG.E") {
                if line.contains(".128") {
                    all[current, default: Facts()].wideLoads += 1
                } else {
                    all[current, default: Facts()].otherLoads += 1
                }
            }
            if line.contains("STG.E"), line.contains(".128") { all[current, default: Facts()].wideStores += 1 }
        }
        return all
    }

    /// Kernels that read and write contiguous memory: elementwise ones, rows of reductions, softmax, norms, scans,
    /// keys of sorts, and pooling if neighbours in memory are channels.
    @Test func contiguousKernelsMove16Bytes() throws {
        for dtype in [DType.float32, .bfloat16] {
            func pointwise(_ formula: Formula, _ count: Int) throws -> KernelSource {
                let inputs = [DType](repeating: dtype, count: count)
                return try #require(.pointwise(formula, compute: dtype, out: dtype, inputs: inputs, .contiguous))
            }
            let add = try pointwise(Formula.add, 2), exp = try pointwise(Formula.exp, 1)
            let choice = try pointwise(Formula.where, 3)
            let sum = try #require(KernelSource.reduce(.sum, out: dtype, input: dtype, .rows, dims: 2))
            let short = try #require(KernelSource.reduce(.max, out: dtype, input: dtype, .shortRows, dims: 2))
            let state = try #require(KernelSource.scanState(.sum, dtype))
            // Whether it also writes as many elements.
            let kernels: [(KernelSource, writes: Bool)] = [
                (add, true), (exp, true), (choice, true),
                (.copy(out: dtype, input: dtype, .contiguous), true), (sum, false), (short, false),
                (.moments(dtype, .rows, dims: 2), false), (.softmax(dtype), false), (.softmaxBackward(dtype), false),
                (.crossEntropy(dtype), false), (.normalizeRows(dtype), true), (.normalizeRowsBackward(dtype), true),
                (.scanLines(.sum, dtype, state.type), true),
                (.maxPool(dtype), true), (.avgPool("avg_pool", dtype), true),
                (.avgPool("avg_pool_backward", dtype), true), (.sortShort(dtype), false), (.makeKeys(dtype), true),
                (.countChosenDigits(dtype), false), (.countBeside(dtype), false), (.takeFirst(dtype), false),
                (.countDigits(4), false), (.moveDigits(4), false)
            ]
            for (source, writes) in kernels {
                let found = try #require(Self.facts([source], source.name)[source.name], "\(source.name)")
                #expect(found.stackBytes == 0 && found.registers <= 128, "\(source.name): \(found)")
                #expect(found.wideLoads > 0, "\(source.name): \(found)")
                if writes { #expect(found.wideStores > 0, "\(source.name): \(found)") }
            }
        }
    }

    /// The kernels that step through lists of tensors load every list 16 bytes at a time, and store what they change.
    @Test func optimizersMoveEachList16Bytes() throws {
        for dtype in [DType.float32, .bfloat16, .float64] {
            for (source, loads, stores) in [(KernelSource.sgd(dtype), 3, 2), (.adam(dtype), 5, 4)] {
                let found = try #require(Self.facts([source], source.name)[source.name], "\(source.name)")
                #expect(found.stackBytes == 0, "\(source.name): \(found)")
                #expect(found.wideLoads == loads && found.wideStores == stores, "\(source.name): \(found)")
            }
        }
    }

    /// Other kernels of training: no spills.
    @Test func commonKernelsDoNotSpill() throws {
        for dtype in [DType.float32, .bfloat16] {
            let columns = try #require(KernelSource.reduce(.sum, out: dtype, input: dtype, .columns, dims: 2))
            let strided = try #require(
                KernelSource.pointwise(.mul, compute: dtype, out: dtype, inputs: [dtype, dtype], .strided))
            let kernels: [KernelSource] = [
                columns, strided, .crossEntropyBackward(dtype), .normalizeChannels(dtype),
                .normalizeChannelsBackward(dtype), .makeColumns(ofSize: dtype.itemSize),
                .indexGet(ofSize: dtype.itemSize),
                .draw("Uniform", "Uniform<\(dtype.cudaElement), float>", dtype),
                .draw("Normal", "Normal<\(dtype.cudaElement), float>", dtype)
            ]
            for source in kernels {
                let found = try #require(Self.facts([source], source.name)[source.name], "\(source.name)")
                #expect(found.stackBytes == 0 && found.registers <= 128, "\(source.name): \(found)")
            }
        }
    }
}
