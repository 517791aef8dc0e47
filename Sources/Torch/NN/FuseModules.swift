// Fusion of modules for inference: a batch normalization becomes part of the convolution or linear layer before it, and
// a ReLU part of the layer that it follows. The classes and names of modules stay; what was fused passes its input on
// and prints as `Identity()`, as in PyTorch.

/// Fuses modules for inference: in each group a convolution or linear layer, then a batch normalization, a `ReLU`, or
/// both. PyTorch: `torch.ao.quantization.fuse_modules`.
///
///     fuseModules(model.eval(), [["conv1", "bn1", "relu"], ["conv2", "bn2"]])
///
/// The first layer of a group gets a new weight and bias, and computes what the group computed. The others pass their
/// input on, wherever they are called, and have no parameters any more.
/// - Precondition: the modules are in evaluation mode, and each group is one of these sequences.
public func fuseModules(_ model: Module, _ modulesToFuse: [[String]]) {
    var groups: [FusedGroup] = []
    for names in modulesToFuse {
        let modules = names.map { model.getSubmodule($0) }
        guard let missing = zip(names, modules).first(where: { $0.1 == nil }) else {
            guard let group = FusedGroup(modules.compactMap { $0 }) else {
                let types = modules.compactMap { $0?.typeName }.joined(separator: ", ")
                raise(.notImplemented, "Cannot fuse modules: (\(types))")
                return
            }
            if let found = group.obstacle {
                raise(.runtime, "Cannot fuse \(names): \(found)")
                return
            }
            groups.append(group)
            continue
        }
        raise(.value, "\(model.typeName) has no module '\(missing.0)'")
        return
    }
    for group in groups { group.fuse() }
}

/// Fuses all that can be fused in a model, for inference. It finds the groups in a call of the model: the result of a
/// layer that goes to a batch normalization or a `ReLU`, and nowhere else. PyTorch:
/// `torch.fx.experimental.optimization.fuse`.
///
///     let model = try resnet18(weights: .default).eval()
///     fuseModules(model) { [model(Tensor.zeros(1, 3, 224, 224))] }
///
/// Modules that are called several times stay as they are.
/// - Parameters:
///   - model: a model in evaluation mode.
///   - call: calls the model and returns its results. Gradients must be recorded, and some parameters require one.
public func fuseModules(_ model: Module, tracing call: () -> [Tensor]) {
    guard !model.isTraining else {
        raise(.runtime, "fuseModules: the model must be in evaluation mode; call eval() first")
        return
    }
    for group in FusionTrace(model, call).groups where group.obstacle == nil { group.fuse() }
}

/// Modules that become one.
private struct FusedGroup {
    let layer: Module
    let norm: BatchNorm?
    let activation: ReLU?

    /// Returns nil if the modules are not a sequence that can be fused.
    init?(_ modules: [Module]) {
        guard modules.count > 1, modules[0] is ConvolutionLayer || modules[0] is Linear else { return nil }
        layer = modules[0]
        norm = modules[1] as? BatchNorm
        activation = modules[modules.count - 1] as? ReLU
        guard modules.count == 1 + (norm == nil ? 0 : 1) + (activation == nil ? 0 : 1),
            activation == nil || layer is ConvolutionLayer
        else { return nil }
    }

    /// What forbids the fusion.
    var obstacle: String? {
        if layer.isTraining || norm?.isTraining == true { return "the modules must be in evaluation mode" }
        guard let norm else { return nil }
        guard norm.runningMean != nil, norm.runningVar != nil else { return "the normalization has no statistics" }
        if let transposed = layer as? TransposedConvolutionLayer, transposed.groups > 1 {
            return "a transposed convolution with groups"
        }
        let channels = (layer as? ConvolutionLayer)?.outChannels ?? (layer as? Linear)?.outFeatures
        return channels == norm.numFeatures ? nil : "the normalization has another number of channels"
    }

    func fuse() {
        if let norm, let mean = norm.runningMean, let variance = norm.runningVar {
            if let layer = layer as? ConvolutionLayer {
                (layer.weight, layer.bias) = fuseConvBNWeights(
                    layer.weight, layer.bias, mean, variance, norm.eps, norm.weight, norm.bias,
                    transpose: layer is TransposedConvolutionLayer)
            } else if let layer = layer as? Linear {
                (layer.weight, layer.bias) = fuseLinearBNWeights(
                    layer.weight, layer.bias, mean, variance, norm.eps, norm.weight, norm.bias)
            }
            norm.becomeIdentity()
        }
        if let activation, let layer = layer as? ConvolutionLayer {
            layer.isFollowedByReLU = true
            activation.isIdentity = true
        }
    }
}

/// The calls of layers, normalizations and activations in one pass, and what their results were used for.
private final class FusionTrace {
    private struct Call {
        let module: Module
        let input, output: Node?
    }

    private var calls: [Call] = []
    /// The nodes of the inputs of the calls that have not returned.
    private var inputs: [Node?] = []
    /// How often a node's results are used.
    private var uses: [ObjectIdentifier: Int] = [:]

    init(_ model: Module, _ call: () -> [Tensor]) {
        var handles: [HookHandle] = []
        for module in model.modules()
        where module is ConvolutionLayer || module is Linear || module is BatchNorm || module is ReLU {
            handles.append(
                module.registerForwardPreHook { _, inputs in
                    self.inputs.append(inputs.first?.gradFn)
                    return nil
                })
            handles.append(
                module.registerForwardHook { module, _, output in
                    self.calls.append(Call(module: module, input: self.inputs.removeLast(), output: output.gradFn))
                    return nil
                })
        }
        let results = call()
        for handle in handles { handle.remove() }
        var waiting = results.compactMap(\.gradFn), seen = Set<ObjectIdentifier>()
        for node in waiting { uses[ObjectIdentifier(node), default: 0] += 1 }
        while let node = waiting.popLast() {
            guard seen.insert(ObjectIdentifier(node)).inserted else { continue }
            for next in node.nextFunctions.compactMap({ $0 }) {
                uses[ObjectIdentifier(next), default: 0] += 1
                waiting.append(next)
            }
        }
    }

    var groups: [FusedGroup] {
        let counts = Dictionary(grouping: calls) { ObjectIdentifier($0.module) }.mapValues(\.count)
        let single = calls.filter { counts[ObjectIdentifier($0.module)] == 1 }
        /// The call that takes the result of another one, if nothing else takes it.
        func follower(of call: Call) -> Call? {
            guard let node = call.output, uses[ObjectIdentifier(node)] == 1 else { return nil }
            return single.first { $0.input === node && $0.output !== node }
        }
        return single.compactMap { call in
            var group = [call.module], last = call
            if let next = follower(of: last), next.module is BatchNorm {
                group.append(next.module)
                last = next
            }
            if call.module is ConvolutionLayer, let next = follower(of: last), next.module is ReLU {
                group.append(next.module)
            }
            return FusedGroup(group)
        }
    }
}
