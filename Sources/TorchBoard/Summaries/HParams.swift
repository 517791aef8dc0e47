import Torch
import TorchFiles

/// A hyperparameter: a number, a text, a boolean, a tensor of one element, or nil, which is left out.
public protocol HParam: Sendable {
    /// The value as TensorBoard keeps it.
    var hparam: HParamValue? { get }
}

/// A hyperparameter as TensorBoard keeps it.
public enum HParamValue: Sendable, Equatable {
    /// A number.
    case number(Double)
    /// A text.
    case text(String)

    /// A `google.protobuf.Value`.
    fileprivate var message: ProtoMessage {
        ProtoMessage {
            switch self {
            case .number(let value): $0.add(2, value, isOptional: true)
            case .text(let value): $0.add(3, value, isOptional: true)
            }
        }
    }

    /// The `DataType`.
    fileprivate var type: Int {
        switch self {
        case .text: 1
        case .number: 3
        }
    }
}

extension Int: HParam { public var hparam: HParamValue? { .number(Double(self)) } }
extension Double: HParam { public var hparam: HParamValue? { .number(self) } }
extension Float: HParam { public var hparam: HParamValue? { .number(Double(self)) } }
extension String: HParam { public var hparam: HParamValue? { .text(self) } }
// PyTorch writes a bool as the number 0 or 1, because in Python it is an integer.
extension Bool: HParam { public var hparam: HParamValue? { .number(self ? 1 : 0) } }
extension Tensor: HParam { public var hparam: HParamValue? { .number(number(self)) } }
extension Optional: HParam where Wrapped: HParam { public var hparam: HParamValue? { self?.hparam } }

extension SummaryWriter {
    /// Adds hyperparameters and the results that they gave, to be compared with those of other runs.
    /// PyTorch: `add_hparams`.
    ///
    /// ```swift
    /// try writer.addHParams(["lr": 0.1, "batch": 64, "name": "adam"], ["hparam/accuracy": 0.87])
    /// ```
    ///
    /// They go to a folder of their own below `logDir`, which is a run of its own.
    /// - Parameters:
    ///   - hparams: the hyperparameters. PyTorch: `hparam_dict`.
    ///   - metrics: the results. Their names should not be those of other scalars. PyTorch: `metric_dict`.
    ///   - hparamDomainDiscrete: all values that a hyperparameter can have. PyTorch: `hparam_domain_discrete`.
    ///   - runName: the name of the folder; the default is the time in seconds. PyTorch: `run_name`.
    ///   - globalStep: the step of the training run.
    /// - Throws: `TorchError` if the folder or its file cannot be written.
    /// - Precondition: the values of `hparamDomainDiscrete` are of the type of the hyperparameter, which exists.
    public func addHParams(
        _ hparams: KeyValuePairs<String, any HParam>, _ metrics: KeyValuePairs<String, any TensorOperand>,
        hparamDomainDiscrete: KeyValuePairs<String, [any HParam]> = [:], runName: String? = nil,
        globalStep: Int? = nil
    ) throws {
        let known = hparams.compactMap { name, value in value.hparam.map { (name: name, value: $0) } }
        for (name, values) in hparamDomainDiscrete {
            let type = known.first { $0.name == name }?.value.type
            guard type != nil, values.allSatisfy({ $0.hparam?.type == type }) else {
                return raise(
                    .type,
                    "parameter: hparam_domain_discrete[\(name)] should be a list of same type as hparam_dict[\(name)].")
            }
        }
        let domains = Dictionary(hparamDomainDiscrete.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
        let results = metrics.map { (name: $0.key, value: number($0.value)) }
        try throwIfFailed()
        let experiment = ProtoMessage {
            for (name, value) in known { $0.add(4, Self.info(name, value, domains[name])) }
            for (name, _) in results { $0.add(5) { $0.add(1) { $0.add(2, name) } } }
        }
        let start = ProtoMessage {
            for (name, value) in known {
                $0.add(1) {
                    $0.add(1, name, isOptional: true)
                    $0.add(2, value.message)
                }
            }
        }
        // STATUS_SUCCESS
        let end = ProtoMessage { $0.add(1, 1) }
        let writer = try SummaryWriter(Files.join(logDir, runName ?? PythonRepr.of(Clock.now)))
        for (tag, field, content) in [
            ("experiment", 2, experiment), ("session_start_info", 3, start), ("session_end_info", 4, end)
        ] {
            let plugin = Summary.Plugin(name: "hparams", content: ProtoMessage { $0.add(field, content) })
            writer.add(Summary("_hparams_/\(tag)", plugin: plugin), globalStep, nil)
        }
        for (name, value) in results { writer.addScalar(name, value, globalStep: globalStep) }
        try writer.close()
    }

    /// An `HParamInfo`.
    private static func info(_ name: String, _ value: HParamValue, _ domain: [any HParam]?) -> ProtoMessage {
        ProtoMessage {
            $0.add(1, name)
            $0.add(4, value.type)
            if let domain {
                $0.add(5) { list in for value in domain.compactMap(\.hparam) { list.add(1, value.message) } }
            }
        }
    }
}
