/// Multiplies losses by a factor, so that small gradients of float16 do not become zero, and finds the factor: it
/// shrinks when gradients are infinite or NaN, and grows when they have not been for a while.
/// PyTorch: `torch.amp.GradScaler`.
///
///     let scaler = GradScaler(.cpu)
///     let loss = autocast(.cpu, dtype: .float16) { crossEntropy(model(x), y) }
///     scaler.scale(loss).backward()
///     scaler.step(optimizer)
///     scaler.update()
///     optimizer.zeroGrad()
public final class GradScaler {
    /// What has happened to an optimizer's gradients since the last `update()`.
    private struct Stage {
        var isUnscaled = false, hasStepped = false
        /// What was found on the CPU and on each CUDA device that has gradients; empty if there were none.
        var found: [FoundInf] = []
    }

    /// Whether a gradient was not finite. On a CUDA device it is the tensor 1 or 0, which the host reads at the step.
    private enum FoundInf {
        case here(Bool)
        case onDevice(Tensor)

        /// Waits for the device.
        var value: Bool {
            switch self {
            case .here(let found): found
            case .onDevice(let found): found.isTrue(ifUnknown: true)
            }
        }
    }

    /// The scale, and the steps since it changed, on the device of the losses. They change without a wait.
    private struct OnDevice { var scale, growthTracker: Tensor }

    /// Whether the scaler does anything. PyTorch: `GradScaler.is_enabled()`.
    public let isEnabled: Bool
    /// The factor by which the scale grows. PyTorch: `get_growth_factor()`, `set_growth_factor(_)`.
    public var growthFactor: Double
    /// The factor by which the scale shrinks. PyTorch: `get_backoff_factor()`, `set_backoff_factor(_)`.
    public var backoffFactor: Double
    /// The steps without infinite gradients after which the scale grows. PyTorch: `get_growth_interval()`,
    /// `set_growth_interval(_)`.
    public var growthInterval: Int

    private var hostScale: Float
    private var hostTracker = 0
    /// In the place of the two numbers on the host, if a loss was on a CUDA device.
    private var onDevice: OnDevice?
    /// Whether a loss was scaled, or a scale loaded.
    private var isInUse = false
    private var stages: [ObjectIdentifier: Stage] = [:]

    /// Creates a scaler.
    /// - Parameters:
    ///   - device: the device of the losses.
    ///   - initScale: the first scale.
    ///   - growthFactor: the factor by which the scale grows; greater than 1.
    ///   - backoffFactor: the factor by which it shrinks; less than 1.
    ///   - growthInterval: the steps after which it grows.
    ///   - enabled: whether the scaler does anything.
    public init(
        _ device: Device = .cpu, initScale: Double = 65536, growthFactor: Double = 2, backoffFactor: Double = 0.5,
        growthInterval: Int = 2000, enabled: Bool = true
    ) {
        var isEnabled = enabled
        if enabled, device.kind == .cuda, !Device.cuda.isAvailable {
            warn("torch.cuda.amp.GradScaler is enabled, but CUDA is not available.  Disabling.")
            isEnabled = false
        }
        if isEnabled, !(growthFactor > 1) { raise(.value, "The growth factor must be > 1.0.") }
        if isEnabled, !(backoffFactor < 1) { raise(.value, "The backoff factor must be < 1.0.") }
        self.isEnabled = isEnabled
        self.growthFactor = growthFactor
        self.backoffFactor = backoffFactor
        self.growthInterval = growthInterval
        hostScale = Float(initScale)
    }

    /// Returns the scale; 1 if the scaler is not enabled. On a CUDA device this waits. PyTorch: `GradScaler.get_scale`.
    public func getScale() -> Double { isEnabled ? onDevice?.scale.item() ?? Double(hostScale) : 1 }

    private var growthTracker: Int { onDevice?.growthTracker.item(as: Int.self) ?? hostTracker }

    /// Returns a loss, or another result, times the scale. PyTorch: `GradScaler.scale`.
    public func scale(_ output: Tensor) -> Tensor {
        if !isEnabled { return output }
        isInUse = true
        guard output.isCUDA else { return output.mul(Tensor(Float(getScale()))) }
        let state =
            onDevice
            ?? OnDevice(
                scale: Tensor.full([], hostScale, dtype: .float32, device: output.device),
                growthTracker: Tensor.full([], hostTracker, dtype: .int32, device: output.device))
        onDevice = state
        return output.mul(state.scale.to(output.device))
    }

    /// Returns several results times the scale.
    public func scale(_ outputs: [Tensor]) -> [Tensor] { outputs.map { scale($0) } }

    /// Divides the gradients of an optimizer's parameters by the scale, in place, and notes whether one is infinite or
    /// NaN. `step` does this itself; call it before gradients are looked at or clipped. PyTorch: `GradScaler.unscale_`.
    public func unscale_(_ optimizer: Optimizer) {
        guard isEnabled, !ErrorBox.hasFailed, isScaling("unscale_") else { return }
        var stage = stages[ObjectIdentifier(optimizer)] ?? Stage()
        if stage.hasStepped { return raise(.runtime, "unscale_() is being called after step().") }
        if stage.isUnscaled {
            return raise(
                .runtime, "unscale_() has already been called on this optimizer since the last update().")
        }
        let all = optimizer.paramGroups.flatMap(\.params)
        DividedGradients.makeParts { all }
        let parameters = all.filter { $0.accumulatedGrad != nil }
        let gradients = parameters.compactMap(\.accumulatedGrad)
        if gradients.contains(where: { $0.dtype == .float16 }) {
            return raise(.value, "Attempting to unscale FP16 gradients.")
        }
        noGrad {
            let here = gradients.filter { !$0.isCUDA }
            if !here.isEmpty { stage.found.append(.here(unscaleHere(here))) }
            let devices = Set(gradients.filter(\.isCUDA).map(\.device)).sorted { "\($0)" < "\($1)" }
            for device in devices {
                stage.found.append(.onDevice(unscaleOnDevice(gradients.filter { $0.device == device }, device)))
            }
        }
        // Of parameters that are divided among processes, none may step if one gradient is wrong in another process.
        if let found = DividedGradients.isFound(parameters, { stage.found.contains(where: \.value) }) {
            stage.found = [.here(found)]
        }
        stage.isUnscaled = true
        stages[ObjectIdentifier(optimizer)] = stage
    }

    private func unscaleHere(_ gradients: [Tensor]) -> Bool {
        let factor = Float(1 / getScale())
        var found = false
        for gradient in gradients {
            if !gradient.presentElements.isfinite().all().isTrue(ifUnknown: true) { found = true }
            if factor != 1 { gradient.mul_(factor) }
        }
        return found
    }

    /// Divides gradients on a device by the scale there. Returns 1 there if one is infinite or NaN, otherwise 0.
    private func unscaleOnDevice(_ gradients: [Tensor], _ device: Device) -> Tensor {
        let scale = onDevice?.scale.to(device) ?? Tensor.full([], hostScale, dtype: .float32, device: device)
        // As in PyTorch, the reciprocal is rounded once.
        let factor = scale.to(.float64).reciprocal().to(.float32)
        var found = Tensor.zeros([], device: device)
        for gradient in gradients {
            found = found.maximum(gradient.presentElements.isfinite().all().logicalNot().to(.float32))
            gradient.mul_(factor)
        }
        return found
    }

    /// Divides the gradients by the scale, unless `unscale_` has done so, then makes the optimizer's step if all are
    /// finite. PyTorch: `GradScaler.step`.
    public func step(_ optimizer: Optimizer) {
        if !isEnabled { return optimizer.step() }
        guard !ErrorBox.hasFailed, isScaling("step") else { return }
        if stages[ObjectIdentifier(optimizer)]?.hasStepped == true {
            return raise(.runtime, "step() has already been called since the last update().")
        }
        if stages[ObjectIdentifier(optimizer)]?.isUnscaled != true { unscale_(optimizer) }
        if ErrorBox.hasFailed { return }
        guard let found = stages[ObjectIdentifier(optimizer)]?.found, !found.isEmpty else {
            return raise(.value, "No inf checks were recorded for this optimizer.")
        }
        if !found.contains(where: \.value) { optimizer.step() }
        stages[ObjectIdentifier(optimizer)]?.hasStepped = true
    }

    /// Changes the scale after all optimizers of an iteration have made their steps. If a step was skipped, the scale
    /// shrinks; if none was for `growthInterval` iterations, it grows. PyTorch: `GradScaler.update`.
    /// - Parameter newScale: the scale to set instead.
    public func update(_ newScale: Double? = nil) {
        guard isEnabled, !ErrorBox.hasFailed, isScaling("update") else { return }
        if let newScale {
            hostScale = Float(newScale)
            onDevice?.scale.fill_(newScale)
        } else {
            let found = stages.values.flatMap(\.found)
            if found.isEmpty { return raise(.value, "No inf checks were recorded prior to update.") }
            if let onDevice {
                noGrad { update(onDevice, found) }
            } else {
                updateHere(found.contains(where: \.value))
            }
        }
        stages = [:]
    }

    private func updateHere(_ found: Bool) {
        if found {
            hostScale = Float(Double(hostScale) * backoffFactor)
            hostTracker = 0
        } else if hostTracker &+ 1 == growthInterval {
            let grown = Float(Double(hostScale) * growthFactor)
            if grown.isFinite { hostScale = grown }
            hostTracker = 0
        } else {
            hostTracker &+= 1
        }
    }

    /// Does on the device what `updateHere` does on the host, in place, without a wait.
    private func update(_ state: OnDevice, _ all: [FoundInf]) {
        let device = state.scale.device
        var sum = Tensor.zeros([], device: device)
        for case let found in all {
            switch found {
            case .here(let found): if found { sum = sum + 1 }
            case .onDevice(let found): sum = sum + found.to(device)
            }
        }
        let found = sum.gt(0), steps = state.growthTracker + 1
        let isDue = steps.eq(growthInterval)
        let wide = state.scale.to(.float64)
        let shrunk = (wide * backoffFactor).to(.float32), grown = (wide * growthFactor).to(.float32)
        let kept = grown.where(isDue.logicalAnd(grown.isfinite()), state.scale)
        state.scale.copy_(shrunk.where(found, kept))
        state.growthTracker.copy_(Tensor.zerosLike(steps).where(found.logicalOr(isDue), steps))
    }

    private func isScaling(_ name: String) -> Bool {
        if isInUse { return true }
        raise(
            .value,
            "Attempted \(name) but _scale is None.  This may indicate your script did not use scaler.scale(loss or outputs) earlier in the iteration."
        )
        return false
    }
}

extension GradScaler {
    /// Returns the state in PyTorch's form: `{"scale": …, "growth_factor": …, "backoff_factor": …, "growth_interval": …,
    /// "_growth_tracker": …}`; empty if the scaler is not enabled. PyTorch: `GradScaler.state_dict`.
    public func stateDict() -> StateValue {
        var map = StateMap()
        if isEnabled {
            map[.string("scale")] = .double(getScale())
            map[.string("growth_factor")] = .double(growthFactor)
            map[.string("backoff_factor")] = .double(backoffFactor)
            map[.string("growth_interval")] = .int(growthInterval)
            map[.string("_growth_tracker")] = .int(growthTracker)
        }
        return .dict(map)
    }

    /// Loads the state from a `stateDict()` of this library or of PyTorch. PyTorch: `GradScaler.load_state_dict`.
    /// - Throws: `TorchError` if an entry is missing or invalid. The scaler is then unchanged.
    public func loadStateDict(_ value: StateValue) throws {
        if !isEnabled { return }
        guard let map = value.dict else {
            throw TorchError(.value, "loaded state dict of GradScaler is not a dict")
        }
        if map.isEmpty {
            throw TorchError(
                .runtime,
                "The source state dict is empty, possibly because it was saved from a disabled instance of GradScaler."
            )
        }
        func number(_ name: String) throws -> Double {
            guard let number = map[.string(name)]?.double else { throw missing(name) }
            return number
        }
        func count(_ name: String) throws -> Int {
            guard let count = map[.string(name)]?.int else { throw missing(name) }
            return count
        }
        func missing(_ name: String) -> TorchError {
            TorchError(.key, "loaded state dict of GradScaler has no valid '\(name)'")
        }
        let (scale, growth, backoff) = try (number("scale"), number("growth_factor"), number("backoff_factor"))
        let (interval, tracker) = try (count("growth_interval"), count("_growth_tracker"))
        (hostScale, growthFactor, backoffFactor) = (Float(scale), growth, backoff)
        (growthInterval, hostTracker) = (interval, tracker)
        // The next loss on a device brings the numbers there.
        onDevice = nil
    }
}

extension Tensor {
    /// The elements that are not zero by form: the values of a sparse tensor, or the tensor itself.
    fileprivate var presentElements: Tensor { isSparse ? coalesce()._values() : self }
}
