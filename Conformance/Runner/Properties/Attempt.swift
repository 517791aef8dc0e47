import Foundation
import Torch

/// A call with only one requirement: it returns a result, or it raises an error and changes nothing. On a device it may
/// change what it writes to, because the device finds wrong numbers in tensors while it works.
struct Attempt {
    let operatorCase: OperatorCase
    var device = Device.cpu
    /// Changes the case's arguments.
    let change: (inout Arguments) throws -> Void

    /// Results with more elements are not differentiated.
    private static let maxElements = 1 << 16

    /// Returns the problem, or nil if there is none.
    func problem() throws -> String? {
        if let found = try problem(arguments(), inPlace: false) { return found }
        if operatorCase.hasInPlace, let found = try problem(arguments(), inPlace: true) { return "in place: \(found)" }
        return try gradientProblem()
    }

    /// Returns the changed arguments.
    /// - Throws: `Unsupported` if there are no such arguments.
    private func arguments() throws -> Arguments {
        var arguments = try operatorCase.arguments()
        do {
            try withError {
                try change(&arguments)
                if device != .cpu { Cuda.move(&arguments) }
            }
        } catch let error as TorchError {
            throw Unsupported("arguments: \(error.message)")
        }
        return arguments
    }

    private func problem(_ arguments: Arguments, inPlace: Bool) throws -> String? {
        operatorCase.reseed()
        let before = device == .cpu ? Snapshot(arguments) : nil
        do {
            let result = try onDevice {
                try inPlace ? operatorCase.callInPlace(arguments).value : operatorCase.call(arguments)
            }
            if result.tensors.contains(where: \.isVoid) { return "the result is void, and no error was raised" }
            guard let before else { return Cuda.report() }
            if inPlace || operatorCase.writes { return nil }
            return before.difference(from: Snapshot(arguments), draws: false).map { "the call changed \($0)" }
        } catch is TorchError {
            guard let before else { return Cuda.report() }
            return before.difference(from: Snapshot(arguments), draws: true).map { "the failed call changed \($0)" }
        }
    }

    /// Calls `body` with the device as the default one, and waits for the device.
    private func onDevice<Result>(_ body: () throws -> Result) throws -> Result {
        try withError {
            if device == .cpu { return try body() }
            return try withDevice(device) {
                defer { cuda.synchronize() }
                return try body()
            }
        }
    }

    /// Creates a module and calls it with changed arguments, which has the same requirement. A failed call does not
    /// change the module either.
    static func problem(_ moduleCase: ModuleCase, _ change: (inout Arguments) throws -> Void) throws -> String? {
        var moduleCase = try moduleCase.fresh()
        do {
            try withError { try change(&moduleCase.call) }
        } catch let error as TorchError {
            throw Unsupported("arguments: \(error.message)")
        }
        let module = try moduleCase.module()
        let inputs = moduleCase.call.tensors
        let state = module.stateDict().sorted { $0.key < $1.key }.map(\.value)
        moduleCase.reseed()
        let before = (Snapshot(inputs), Snapshot(state))
        do {
            let result = try withError { try moduleCase.forward(module) }
            if result.tensors.contains(where: \.isVoid) { return "the result is void, and no error was raised" }
            if moduleCase.writes { return nil }
            return before.0.difference(from: Snapshot(inputs), draws: false).map { "the call changed \($0)" }
        } catch is TorchError {
            if let found = before.0.difference(from: Snapshot(inputs), draws: true) {
                return "the failed call changed \(found)"
            }
            return before.1.difference(from: Snapshot(state), draws: false).map {
                "the failed call changed the module: \($0)"
            }
        }
    }

    /// Differentiates the result if possible. This must give gradients or raise an error.
    private func gradientProblem() throws -> String? {
        guard operatorCase.json["grad"] != nil else { return nil }
        let arguments = try self.arguments()
        let inputs = arguments.tensors.filter { $0.dtype.isInexact }
        if inputs.isEmpty { return nil }
        do {
            let grads: [Tensor?] = try onDevice {
                for input in inputs { input.requiresGrad_() }
                let results = try operatorCase.call(arguments).tensors
                let outputs = results.filter { $0.requiresGrad && $0.numel() <= Attempt.maxElements }
                if outputs.isEmpty { return [] }
                return grad(outputs, inputs, gradOutputs: outputs.map { Tensor.onesLike($0) }, allowUnused: true)
            }
            if grads.contains(where: { $0?.isVoid == true }) { return "a gradient is void, and no error was raised" }
        } catch is TorchError {}
        return device == .cpu ? nil : Cuda.report()
    }
}

/// The things that a call must not change.
private struct Snapshot {
    private struct Input {
        let layout: Layout
        let dtype: DType
        let version: Int
        let bytes: [UInt8]
    }

    private let inputs: [Input]
    private let draws: Tensor

    init(_ arguments: Arguments) { self.init(arguments.tensors) }

    init(_ tensors: [Tensor]) {
        inputs = tensors.map { t in
            let bytes = UnsafeRawBufferPointer(start: t.storage.pointer, count: t.storage.byteCount)
            return Input(layout: t.layoutInMemory, dtype: t.dtype, version: t.version, bytes: Array(bytes))
        }
        draws = Generator.default.getState()
    }

    func difference(from other: Snapshot, draws: Bool) -> String? {
        for (i, (before, after)) in zip(inputs, other.inputs).enumerated() {
            if before.layout != after.layout || before.dtype != after.dtype { return "the form of tensor \(i)" }
            if before.version != after.version {
                return "the version of tensor \(i): \(before.version) to \(after.version)"
            }
            if before.bytes != after.bytes { return "the elements of tensor \(i)" }
        }
        let generatorMoved = draws && conformance.difference(self.draws, other.draws, .exact) != nil
        return generatorMoved ? "the state of the generator" : nil
    }
}
