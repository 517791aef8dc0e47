import Foundation
import Torch

/// On a CUDA device, results, gradients and in-place results are those of the CPU, and are there. What the CPU refuses
/// is refused with the same sentence. Optimizers take PyTorch's steps. A primitive that has no kernel yet is not
/// supported.
enum Cuda: Property {
    static let name = "cuda"
    static let usualCases = 1000
    /// A device's kernels are compiled at first use.
    static let patience: UInt32 = 100

    /// Operators of which a device and the CPU choose different ones of equal elements.
    private static let choosesOneOfEqual: Set = ["kthvalue", "topk"]
    /// Operators that round half types after each step on the CPU, as PyTorch does there, and at the end on a device.
    private static let roundsOnce: Set = [
        "grid_sampler_2d", "nn.functional.conv_transpose1d", "nn.functional.conv_transpose2d",
        "nn.functional.conv_transpose3d", "nn.functional.grid_sample"
    ]

    /// Operators that a device computes in another way, in PyTorch too: its normal distribution keeps digits where the
    /// CPU's is zero.
    private static let differs: [String: DType] = ["nn.functional.gelu@special_values": .float64]

    /// The device, real or simulated, if there is one.
    static let isHere = cuda.isAvailable()
    static let optimizersDevice: Device? = isHere ? .cuda : nil

    static func variants(of operatorCase: OperatorCase) throws -> [Variant] {
        if !isHere { return [] }
        let arguments = try operatorCase.arguments()
        if operatorCase.mustFail { return [Variant("refused as on the CPU") { try refusal(operatorCase) }] }
        let (name, dtypes) = (operatorCase.operatorName, arguments.tensors.map(\.dtype))
        // Elements of floating point are all different in the cases.
        if choosesOneOfEqual.contains(name), dtypes.allSatisfy({ !$0.isInexact }) { return [] }
        if let dtype = differs[name], dtypes.contains(dtype) { return [] }
        if roundsOnce.contains(name), dtypes.contains(where: { $0 == .float16 || $0 == .bfloat16 }) { return [] }
        // A factory works on the default device.
        let isFactory = arguments.tensors.isEmpty || arguments.keywords["device"] != nil
        return [
            asOnTheCPU {
                try Evaluation(operatorCase)
            } onDevice: {
                func evaluate() throws -> Evaluation {
                    try Evaluation(operatorCase, rearrange: { move(&$0) }, cotangent: { t, _ in onDevice(t) })
                }
                return try isFactory ? withDevice(.cuda) { try evaluate() } : evaluate()
            }
        ]
    }

    static func variants(of moduleCase: ModuleCase) throws -> [Variant] {
        if !isHere { return [] }
        return [
            asOnTheCPU {
                try Evaluation(moduleCase)
            } onDevice: {
                try Evaluation(
                    moduleCase,
                    rearrange: {
                        $0.device = .cuda
                        move(&$0.call)
                    },
                    cotangent: { t, _ in onDevice(t) })
            }
        ]
    }

    /// Waits for the device, and returns what the simulated device has reported since the last call.
    static func report() -> String? {
        cuda.synchronize()
        return Simulator.takeReport()
    }

    private static func asOnTheCPU(
        _ evaluate: @escaping () throws -> Evaluation, onDevice: @escaping () throws -> Evaluation
    ) -> Variant {
        Variant("as on the CPU") {
            let before = Generator.default.getState()
            let plain = try evaluate()
            let draws = hasDrawn(since: before)
            let found = try onDevice()
            if let report = report() { return report }
            if let missing = found.missingKernel { throw Unsupported(missing) }
            // A device draws its own numbers.
            if draws { return found.firstError }
            return found.onHost(expecting: plain).difference(from: plain)
        }
    }

    /// Returns the problem if the device does not refuse a call as the CPU does. Calls that do not compile in Swift are
    /// refused on both.
    private static func refusal(_ operatorCase: OperatorCase) throws -> String? {
        func sentence(_ change: (inout Arguments) -> Void) throws -> String? {
            var arguments = try operatorCase.arguments()
            change(&arguments)
            do {
                _ = try withError { try operatorCase.call(arguments) }
                return nil
            } catch let error as TorchError {
                return "\(error.kind.rawValue): \(error.message)"
            } catch let error as Unsupported where error.isMistyped {
                return "it does not compile"
            }
        }
        // Without memory that arguments share, the CPU may have nothing to refuse.
        guard let plain = try sentence({ _ in }) else { return nil }
        let found = try sentence(move)
        if let report = report() { return report }
        return found == plain ? nil : "'\(found ?? "no error")' where '\(plain)' is expected"
    }

    /// Moves the tensors of a call to the device, and lets it name the device.
    static func move(_ arguments: inout Arguments) {
        arguments.replaceEach { value in
            switch value {
            case .tensor(let t): .tensor(onDevice(t))
            case .string("cpu"): .string("cuda")
            default: value
            }
        }
    }

    /// Returns whether the default generator has drawn since it was in this state, or since it was seeded.
    private static func hasDrawn(since before: Tensor) -> Bool {
        let generator = Generator.default, now = generator.getState()
        return !now.equal(before) && !now.equal(Generator(seed: generator.initialSeed).getState())
    }

    /// Returns a tensor with the same sizes and strides on the device.
    private static func onDevice(_ t: Tensor) -> Tensor {
        let moved = Tensor.emptyStrided(t.shape.sizes, t.stride(), dtype: t.dtype, device: .cuda)
        if t.numel() > 0 { noGrad { _ = t.repeatsElements ? copyRepeated(t, moved) : moved.copy_(t) } }
        return moved
    }

    /// Elements that are repeated are written once.
    private static func copyRepeated(_ t: Tensor, _ moved: Tensor) -> Tensor {
        let sizes = zip(t.shape.sizes, t.stride()).map { $1 == 0 ? min($0, 1) : $0 }
        return moved.asStrided(size: sizes, stride: t.stride()).copy_(
            t.asStrided(size: sizes, stride: t.stride(), storageOffset: t.storageOffset()))
    }
}

/// What the simulated device (Tests/CUDASimulator) reports, if the device is that one.
private enum Simulator {
    private static let library: UInt? = dlopen("libcuda.so.1", RTLD_NOW | RTLD_NOLOAD).map { UInt(bitPattern: $0) }
    private static func function<Function>(_ name: String, as type: Function.Type) -> Function? {
        library.flatMap { dlsym(UnsafeMutableRawPointer(bitPattern: $0), name) }.map { unsafeBitCast($0, to: type) }
    }

    /// Returns the first report since the last call, and clears all reports.
    static func takeReport() -> String? {
        guard let count = function("cudasim_report_count", as: (@convention(c) () -> Int32).self), count() > 0,
            let text = function("cudasim_report", as: (@convention(c) (Int32) -> UnsafePointer<CChar>).self),
            let forgive = function("cudasim_forgive", as: (@convention(c) () -> Void).self)
        else { return nil }
        defer { forgive() }
        return "the device reports: \(String(cString: text(0)))"
    }
}

extension Evaluation {
    /// The sentence about a primitive that has no kernel yet.
    fileprivate var missingKernel: String? {
        for (_, part) in parts {
            if case .error(let error) = part, error.message.contains("has no kernel for the device") {
                return error.message
            }
        }
        return nil
    }

    /// The first error's sentence.
    fileprivate var firstError: String? {
        for (_, part) in parts {
            if case .error(let error) = part { return error.message }
        }
        return nil
    }

    /// The same evaluation with its tensors on the host. One that is not on the device, as its counterpart is on the
    /// CPU, is an error.
    fileprivate func onHost(expecting plain: Evaluation) -> Evaluation {
        mapTensors { t in
            t.device.kind == .cuda
                ? Tensor.emptyStrided(t.shape.sizes, t.stride(), dtype: t.dtype).copyDense(t)
                : try fail("a tensor on \(t.device)")
        }
    }

    private func fail(_ message: String) throws -> Tensor { throw TorchError(.runtime, message) }
}

extension Tensor {
    /// Copies a tensor of the same form, whose elements may be repeated.
    fileprivate func copyDense(_ source: Tensor) -> Tensor {
        noGrad {
            if source.repeatsElements { return source.detach().cpu() }
            return numel() > 0 ? copy_(source.detach()) : self
        }
    }
}
