import Torch

/// Tensors on two devices: a message that names devices, or a result on `meta`, which reads no data. A call that fails
/// changes no version and no state of the generator.
enum Devices: Property {
    static let name = "devices"
    static let usualCases = 4
    static let exceptions = Exceptions.devices

    static func variants(of operatorCase: OperatorCase) throws -> [Variant] {
        if operatorCase.mustFail { return [] }
        let count = try operatorCase.arguments().tensors.count
        guard count > 0 else { return [] }
        var variants: [Variant] = []
        if count > 1 {
            variants += (0..<count).map { chosen in
                Variant("tensor \(chosen) on meta") { try problem(operatorCase) { $0 == chosen } }
            }
        }
        if count > 2 {
            variants += (0..<count).map { chosen in
                Variant("all but tensor \(chosen) on meta") { try problem(operatorCase) { $0 != chosen } }
            }
        }
        if operatorCase.json["grad"] != nil {
            variants.append(Variant("gradients on meta") { try gradientProblem(operatorCase) })
        }
        let takesOut = operatorCase.entry.signature.split(separator: " ").contains("out")
        if takesOut, Exceptions.outs[operatorCase.operatorName] == nil {
            variants.append(Variant("out on meta") { try outProblem(operatorCase) })
        }
        return variants
    }

    private static func problem(_ operatorCase: OperatorCase, moved: (Int) -> Bool) throws -> String? {
        if let found = try problem(operatorCase, moved, inPlace: false) { return found }
        guard operatorCase.hasInPlace else { return nil }
        return try problem(operatorCase, moved, inPlace: true).map { "in place: \($0)" }
    }

    private static func problem(
        _ operatorCase: OperatorCase, _ moved: (Int) -> Bool, inPlace: Bool
    ) throws -> String? {
        operatorCase.reseed()
        var arguments = try operatorCase.arguments()
        arguments.replaceTensors { moved($1) ? Meta.withoutData($0) : $0 }
        let versions = arguments.tensors.map(\.version), draws = Generator.default.getState()
        do {
            let results = try withError {
                try inPlace
                    ? [operatorCase.callInPlace(arguments)] : operatorCase.call(arguments).tensors
            }
            if results.contains(where: \.isVoid) { return "the result is void, and no error was raised" }
            return results.first { $0.device != .meta && $0.numel() > 0 }.map { "a result on \($0.device)" }
        } catch let error as TorchError {
            if arguments.tensors.map(\.version) != versions { return "the failed call raised a version" }
            if difference(draws, Generator.default.getState(), .exact) != nil { return "the failed call drew numbers" }
            return namesDevices(error) ? nil : "\(error.kind.rawValue): \(error.message)"
        }
    }

    /// Gradients on another device than the result are refused.
    private static func gradientProblem(_ operatorCase: OperatorCase) throws -> String? {
        let arguments = try operatorCase.arguments()
        let inputs = arguments.tensors.filter { $0.dtype.isInexact }
        do {
            let results = try? withError {
                for input in inputs { input.requiresGrad_() }
                return try operatorCase.call(arguments).tensors
            }
            let outputs = (results ?? []).filter { $0.requiresGrad && $0.dim > 0 }
            if outputs.isEmpty { return nil }
            _ = try withError {
                grad(outputs, inputs, gradOutputs: outputs.map { Meta.withoutData($0) }, allowUnused: true)
            }
            return "gradients on another device were taken"
        } catch let error as TorchError {
            return namesDevices(error) ? nil : "\(error.kind.rawValue): \(error.message)"
        }
    }

    /// A tensor for the result on another device than the result is refused.
    private static func outProblem(_ operatorCase: OperatorCase) throws -> String? {
        var arguments = try operatorCase.arguments()
        arguments.setKeyword("out", .none)
        guard let results = try? withError({ try operatorCase.call(arguments) }).tensors, !results.isEmpty else {
            return nil
        }
        let outs = results.map { Value.tensor(Meta.withoutData($0)) }
        arguments.setKeyword("out", outs.count == 1 ? outs[0] : .list(outs))
        do {
            _ = try withError { try operatorCase.call(arguments) }
            return "a tensor for the result on another device was taken"
        } catch let error as TorchError {
            return namesDevices(error) ? nil : "\(error.kind.rawValue): \(error.message)"
        }
    }

    private static func namesDevices(_ error: TorchError) -> Bool {
        error.message.contains("device") || error.message.contains("meta") || error.message.contains("Meta")
            || error.message.contains("no data!")
    }
}
