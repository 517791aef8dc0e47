import Foundation
import Testing
import Torch

/// The arguments with which the module was created in Python.
struct ModuleArguments {
    let positional: [Any]
    let named: [String: Any]

    func value(_ position: Int, _ name: String) -> Any? {
        position < positional.count ? positional[position] : named[name]
    }
    func scalar(_ position: Int, _ name: String, _ standard: Scalar) -> Scalar {
        CaseFiles.scalar(value(position, name)) ?? standard
    }
    func int(_ position: Int, _ name: String, _ standard: Int) -> Int {
        Int(scalar(position, name, .int(Int64(standard))).int64Value)
    }
    func double(_ position: Int, _ name: String, _ standard: Double) -> Double {
        scalar(position, name, .double(standard)).doubleValue
    }
    func bool(_ position: Int, _ name: String, _ standard: Bool) -> Bool {
        scalar(position, name, .bool(standard)).boolValue
    }
    func tensor(_ name: String) throws -> Tensor? { try CaseFiles.tensor(named[name]) }
    var reduction: LossReduction { LossReduction(rawValue: CaseFiles.string(named["reduction"]) ?? "mean") ?? .mean }
    /// The dimension of a softmax.
    var dim: Int? { CaseFiles.scalar(value(0, "dim")).map { Int($0.int64Value) } }
}

extension DrawingTests {
    /// PyTorch 2.15's own module cases: initial parameters to the bit, text, result, buffers, gradients.
    @Suite struct ModuleCaseTests {
        static let builders: [String: @Sendable (ModuleArguments) throws -> Module] = [
            "Linear": { a in
                Linear(a.int(0, "in_features", 0), a.int(1, "out_features", 0), bias: a.bool(2, "bias", true))
            },
            "Bilinear": { a in
                Bilinear(
                    a.int(0, "in1_features", 0), a.int(1, "in2_features", 0), a.int(2, "out_features", 0),
                    bias: a.bool(3, "bias", true))
            },
            "ReLU": { _ in ReLU() },
            "ReLU6": { _ in ReLU6() },
            "LeakyReLU": { a in LeakyReLU(a.scalar(0, "negative_slope", 0.01)) },
            "PReLU": { a in PReLU(a.int(0, "num_parameters", 1)) },
            "ELU": { a in ELU(alpha: a.scalar(0, "alpha", 1.0)) },
            "CELU": { a in CELU(alpha: a.scalar(0, "alpha", 1.0)) },
            "SELU": { _ in SELU() },
            "GELU": { a in GELU(approximate: CaseFiles.string(a.value(0, "approximate")) == "tanh" ? .tanh : .none) },
            "SiLU": { _ in SiLU() },
            "Mish": { _ in Mish() },
            "Sigmoid": { _ in Sigmoid() },
            "LogSigmoid": { _ in LogSigmoid() },
            "Tanh": { _ in Tanh() },
            "Tanhshrink": { _ in Tanhshrink() },
            "Hardtanh": { a in Hardtanh(a.scalar(0, "min_val", -1.0), a.scalar(1, "max_val", 1.0)) },
            "Hardswish": { _ in Hardswish() },
            "Hardshrink": { a in Hardshrink(a.scalar(0, "lambd", 0.5)) },
            "Softshrink": { a in Softshrink(a.scalar(0, "lambd", 0.5)) },
            "Softplus": { a in Softplus(beta: a.scalar(0, "beta", 1.0), threshold: a.scalar(1, "threshold", 20.0)) },
            "Softsign": { _ in Softsign() },
            "Threshold": { a in Threshold(a.scalar(0, "threshold", 0.0), a.scalar(1, "value", 0.0)) },
            "GLU": { a in GLU(dim: a.int(0, "dim", -1)) },
            "Softmax": { a in Softmax(dim: a.dim) },
            "LogSoftmax": { a in LogSoftmax(dim: a.dim) },
            "Softmin": { a in Softmin(dim: a.dim) },
            "Softmax2d": { _ in Softmax2d() },
            "CrossEntropyLoss": { a in
                CrossEntropyLoss(
                    weight: try a.tensor("weight"), ignoreIndex: a.int(9, "ignore_index", -100), reduction: a.reduction,
                    labelSmoothing: a.double(9, "label_smoothing", 0))
            },
            "NLLLoss": { a in
                NLLLoss(
                    weight: try a.tensor("weight"), ignoreIndex: a.int(9, "ignore_index", -100), reduction: a.reduction)
            },
            "MSELoss": { a in MSELoss(reduction: a.reduction) },
            "L1Loss": { a in L1Loss(reduction: a.reduction) },
            "SmoothL1Loss": { a in SmoothL1Loss(reduction: a.reduction, beta: a.double(9, "beta", 1)) },
            "HuberLoss": { a in HuberLoss(reduction: a.reduction, delta: a.double(9, "delta", 1)) },
            "BCELoss": { a in BCELoss(weight: try a.tensor("weight"), reduction: a.reduction) },
            "BCEWithLogitsLoss": { a in
                BCEWithLogitsLoss(
                    weight: try a.tensor("weight"), reduction: a.reduction, posWeight: try a.tensor("pos_weight"))
            },
            "KLDivLoss": { a in
                let name = CaseFiles.string(a.named["reduction"])
                let reduction: KLDivLoss.Reduction =
                    name == "batchmean" ? .batchmean : name == "sum" ? .sum : name == "none" ? .none : .mean
                return KLDivLoss(reduction: reduction, logTarget: a.bool(9, "log_target", false))
            }
        ]

        @Test(arguments: builders.keys.sorted()) func pytorchCases(_ name: String) throws {
            let build = try #require(Self.builders[name])
            for item in try CaseFiles.cases("modules/\(name)") {
                let label = "\(name) \(item["name"] ?? "")"
                do {
                    try withError { try run(item, label, build) }
                } catch {
                    Issue.record("\(label): \(error)")
                }
            }
        }

        private func run(_ item: [String: Any], _ label: String, _ build: (ModuleArguments) throws -> Module) throws {
            manualSeed(try #require(item["seed"] as? Int))
            let module = try build(
                ModuleArguments(
                    positional: item["init_args"] as? [Any] ?? [], named: item["init_kwargs"] as? [String: Any] ?? [:]))
            #expect("\(module)" == item["repr"] as? String, "\(label)")
            #expect(module.namedParameters().map(\.name) == item["parameters"] as? [String], "\(label)")
            try expectState(module, item["state_dict"], label, exact: true)
            module.train(item["training"] as? Bool ?? true)

            var inputs = try (item["args"] as? [Any] ?? []).map {
                try #require(try CaseFiles.tensor($0), "\(label): an argument that is no tensor")
            }
            if let named = item["kwargs"] as? [String: Any], let input = try CaseFiles.tensor(named["input"]) {
                inputs.append(input)
            }
            let grad = item["grad"] as? [String: Any]
            let wanted = grad?["inputs"] as? [String] ?? []
            for path in wanted where path.hasPrefix("args/") { inputs[try position(path)].requiresGrad_() }
            if wanted.contains("kwargs/input") { inputs[0].requiresGrad_() }

            manualSeed(try #require(item["forward_seed"] as? Int))
            let output: Tensor
            if let layer = module as? any Layer {
                output = layer(inputs[0])
            } else {
                let layer = try #require(module as? any BinaryLayer)
                output = layer(inputs[0], inputs[1])
            }
            let expected = try #require(try CaseFiles.tensor(item["expect"]))
            if let why = CaseFiles.difference(output, expected) { Issue.record("\(label): result: \(why)") }
            try expectState(module, item["state_dict_after"], label, exact: false)

            guard let grad else { return }
            let cotangents = try (grad["cotangents"] as? [Any] ?? []).map { try #require(try CaseFiles.tensor($0)) }
            output.backward(cotangents[0])
            let parameters = Dictionary(
                uniqueKeysWithValues: module.namedParameters().map { ("param/\($0.name)", $0.parameter) })
            for (path, value) in zip(wanted, grad["expect"] as? [Any] ?? []) {
                let tensor = try parameters[path] ?? (path == "kwargs/input" ? inputs[0] : inputs[position(path)])
                guard let want = try CaseFiles.tensor(value) else {
                    #expect(tensor.grad == nil, "\(label): \(path)")
                    continue
                }
                let got = try #require(tensor.grad, "\(label): no gradient of \(path)")
                if let why = CaseFiles.difference(got, want) { Issue.record("\(label): gradient of \(path): \(why)") }
            }
        }

        private func position(_ path: String) throws -> Int {
            try #require(Int(path.dropFirst("args/".count)), "\(path)")
        }

        private func expectState(_ module: Module, _ value: Any?, _ label: String, exact: Bool) throws {
            let want = value as? [String: Any] ?? [:]
            let state = module.stateDict()
            // `state_dict_after` lists only buffers.
            if exact { #expect(Set(state.keys) == Set(want.keys), "\(label)") }
            for (key, value) in want {
                let got = try #require(state[key], "\(label): no \(key)")
                if let why = CaseFiles.difference(got, try #require(try CaseFiles.tensor(value)), exact: exact) {
                    Issue.record("\(label): \(key): \(why)")
                }
            }
        }
    }
}
