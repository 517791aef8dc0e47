/// Computes the next average of one parameter from the current average, the model's parameter and the number of models
/// that were averaged (int64, 0-dimensional).
public typealias AverageFunction = (_ averaged: Tensor, _ current: Tensor, _ numAveraged: Tensor) -> Tensor

/// Like `AverageFunction`, for all parameters of a dtype and device at once: changes the averages in place.
public typealias MultiAverageFunction = (_ averaged: [Tensor], _ current: [Tensor], _ numAveraged: Tensor) -> Void

/// Returns a function for exponential moving averages: decay · average + (1 - decay) · parameter.
/// PyTorch: `torch.optim.swa_utils.get_ema_avg_fn`.
public func getEMAAvgFn(_ decay: Double = 0.999) -> AverageFunction {
    checkDecay(decay)
    return { averaged, current, _ in noGrad { averaged.mul(decay).add(current.mul(1 - decay)) } }
}

/// Returns a function for equally weighted averages. PyTorch: `torch.optim.swa_utils.get_swa_avg_fn`.
public func getSWAAvgFn() -> AverageFunction {
    { averaged, current, count in noGrad { averaged.add(current.sub(averaged).div(count.add(1))) } }
}

/// Like `getEMAAvgFn`, for lists of parameters. PyTorch: `torch.optim.swa_utils.get_ema_multi_avg_fn`.
public func getEMAMultiAvgFn(_ decay: Double = 0.999) -> MultiAverageFunction {
    checkDecay(decay)
    return { averaged, current, _ in
        noGrad {
            for (average, parameter) in zip(averaged, current) {
                if average.dtype.isInexact {
                    average.lerp_(parameter, 1 - decay)
                } else {
                    average.copy_(average.mul(decay).add(parameter.mul(1 - decay)))
                }
            }
        }
    }
}

/// Like `getSWAAvgFn`, for lists of parameters. PyTorch: `torch.optim.swa_utils.get_swa_multi_avg_fn`.
public func getSWAMultiAvgFn() -> MultiAverageFunction {
    { averaged, current, count in
        noGrad {
            // PyTorch divides in float32.
            let weight = Double(1 / Float(count.item(as: Int64.self) + 1))
            for (average, parameter) in zip(averaged, current) {
                if average.dtype.isInexact {
                    average.lerp_(parameter, weight)
                } else {
                    average.copy_(average.add(parameter.sub(average).div(count.add(1))))
                }
            }
        }
    }
}

private func checkDecay(_ decay: Double) {
    if decay >= 0 && decay <= 1 { return }
    raise(
        .value,
        "Invalid decay value \(PythonText.repr(decay)) provided. Please provide a value in [0,1] range.")
}

/// A copy of a model with the average of its parameters: equally weighted (stochastic weight averaging, Izmailov et al.
/// 2018), or as a function says, for example exponentially. PyTorch: `torch.optim.swa_utils.AveragedModel`.
///
///     let ema = AveragedModel(model, multiAvgFn: getEMAMultiAvgFn(0.999)) { Net() }
///     for batch in loader {
///         …
///         optimizer.step()
///         ema.updateParameters(model)
///     }
///     ema(x)
///
/// The first update copies the parameters. The functions are not part of the state dict.
public final class AveragedModel<Model: Module>: Module {
    /// The number of models that were averaged, int64.
    @Buffer public var nAveraged: Tensor
    /// The averaged model.
    public let module: Model
    /// Whether buffers are averaged too. Otherwise they are copied from the model.
    public let useBuffers: Bool
    private let avgFn: AverageFunction?
    private let multiAvgFn: MultiAverageFunction?

    /// Creates a copy of a model, whose average has not begun.
    /// - Parameters:
    ///   - model: the model to average.
    ///   - device: the device of the average; nil for that of the model.
    ///   - avgFn: the function for one parameter.
    ///   - multiAvgFn: the function for all parameters; not together with `avgFn`.
    ///   - useBuffers: whether buffers are averaged too.
    ///   - make: creates a module like the model; see `Module.copy(_:)`.
    public init(
        _ model: Model, device: Device? = nil, avgFn: AverageFunction? = nil,
        multiAvgFn: MultiAverageFunction? = nil, useBuffers: Bool = false, _ make: () -> Model
    ) {
        if avgFn != nil, multiAvgFn != nil {
            raise(.value, "Only one of avg_fn and multi_avg_fn should be provided")
        }
        module = model.copy(make)
        if let device { module.to(device) }
        nAveraged = Tensor.zeros([], dtype: .int64, device: device ?? .cpu)
        self.avgFn = avgFn
        self.multiAvgFn = multiAvgFn
        self.useBuffers = useBuffers
    }

    /// The name of the class in print.
    public override var typeName: String { "AveragedModel" }

    /// Updates the averages with the parameters of a model. PyTorch: `AveragedModel.update_parameters`.
    public func updateParameters(_ model: Model) {
        if ErrorBox.hasFailed { return }
        noGrad {
            let own = (module.parameters() + (useBuffers ? module.buffers() : [])).map { $0.detach() }
            let new = zip(model.parameters() + (useBuffers ? model.buffers() : []), own).map {
                $0.detach().to($1.device)
            }
            let pairs = Array(zip(own, new))
            if nAveraged.item(as: Int64.self) == 0 {
                for (average, parameter) in pairs { average.copy_(parameter) }
            } else if let avgFn {
                for (average, parameter) in pairs {
                    average.copy_(avgFn(average, parameter, nAveraged.to(average.device)))
                }
            } else {
                update(pairs, multiAvgFn ?? getSWAMultiAvgFn())
            }
            if !useBuffers {
                for (average, buffer) in zip(module.buffers(), model.buffers()) {
                    average.detach().copy_(buffer.detach().to(average.device))
                }
            }
            nAveraged.add_(1)
        }
    }

    /// Calls a function for each dtype and device, in the order of their first parameters.
    private func update(_ pairs: [(Tensor, Tensor)], _ function: MultiAverageFunction) {
        var rest = pairs
        while let first = rest.first?.0 {
            let group = rest.filter { $0.0.dtype == first.dtype && $0.0.device == first.device }
            rest.removeAll { $0.0.dtype == first.dtype && $0.0.device == first.device }
            function(group.map(\.0), group.map(\.1), nAveraged.to(first.device))
        }
    }
}

extension AveragedModel: Layer where Model: Layer {
    /// Computes the result of the averaged model.
    public func forward(_ input: Tensor) -> Tensor { module(input) }
}

/// Computes the running statistics of all batch normalizations anew, in one pass over data.
/// PyTorch: `torch.optim.swa_utils.update_bn`.
///
/// - Parameters:
///   - loader: batches.
///   - model: the model, for example an `AveragedModel`.
///   - device: where the inputs are moved to; nil to leave them.
///   - input: the input of the model in a batch.
public func updateBN<Loader: Sequence>(
    _ loader: Loader, _ model: some Layer, device: Device? = nil, input: (Loader.Element) throws -> Tensor
) rethrows {
    if ErrorBox.hasFailed { return }
    let norms = model.modules().compactMap { $0 as? BatchNorm }
    if norms.isEmpty { return }
    let wasTraining = model.isTraining
    let momenta = norms.map(\.momentum)
    for norm in norms {
        norm.resetRunningStats()
        norm.momentum = nil
    }
    model.train()
    defer {
        for (norm, momentum) in zip(norms, momenta) { norm.momentum = momentum }
        model.train(wasTraining)
    }
    try noGrad {
        for batch in loader {
            let x = try input(batch)
            _ = model(device.map { x.to($0) } ?? x)
        }
    }
}

/// Like `updateBN(_:_:device:input:)`, for batches that are inputs.
public func updateBN(_ loader: some Sequence<Tensor>, _ model: some Layer, device: Device? = nil) {
    updateBN(loader, model, device: device) { $0 }
}

/// Like `updateBN(_:_:device:input:)`, for batches of an input and a target.
public func updateBN(_ loader: some Sequence<(Tensor, Tensor)>, _ model: some Layer, device: Device? = nil) {
    updateBN(loader, model, device: device) { $0.0 }
}
