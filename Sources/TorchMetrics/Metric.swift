import Torch

/// The base class of metrics: numbers about a model's results that are computed over many batches.
/// torchmetrics: `Metric`.
///
/// ```swift
/// let accuracy = Accuracy(task: .multiclass(numClasses: 10))
/// for (x, y) in loader { accuracy.update(model(x), y) }
/// print(accuracy.compute())
/// accuracy.reset()
/// ```
///
/// Nothing is recorded for differentiation. The states are on the device of the last batch, and so are the values; a
/// metric needs no `to(device)`. A metric of your own is a subclass that declares its states. It conforms to
/// ``TensorMetric`` if it compares predictions with targets:
///
/// ```swift
/// final class Hits: Metric, TensorMetric {
///     private let hits = MetricState("hits", Tensor(0))
///     init() { super.init([hits]) }
///     func updateStates(_ preds: Tensor, _ target: Tensor) { hits.value = hits.value + preds.eq(target).sum() }
///     func computeValue() -> Tensor { hits.value }
/// }
/// ```
open class Metric {
    /// The states, in the order of their declaration.
    public final let states: [MetricState]
    /// How often the metric was updated since the last `reset`.
    public private(set) final var updateCount = 0
    private var local: (states: [MetricState.Snapshot], count: Int)?

    /// Creates a metric with states.
    public init(_ states: [MetricState]) { self.states = states }

    /// The name in a ``MetricCollection``.
    open var name: String { String(describing: type(of: self)) }

    /// Forgets all batches. torchmetrics: `reset`.
    public final func reset() {
        for state in states { state.reset() }
        updateCount = 0
        local = nil
    }

    /// Moves the states to a device and runs a function; new tensors are made there. The default is where the first
    /// state is.
    private func on<Result>(_ device: Device?, _ body: () -> Result) -> Result {
        guard let device = device ?? states.lazy.compactMap(\.device).first else { return body() }
        for state in states { state.move(to: device) }
        return withDevice(device, body)
    }

    /// Runs an update without recording. A failed one, inside `withError`, changes no state.
    /// - Parameter device: the device of the batch; nil for that of the states.
    final func update(on device: Device? = nil, _ body: () -> Void) {
        guard local == nil else {
            return raise(.runtime, "The Metric has already been synced. HINT: call `unsync` before `update`.")
        }
        let before = states.map(\.snapshot)
        noGrad { on(device, body) }
        if (try? throwIfFailed()) == nil {
            for (state, old) in zip(states, before) { state.snapshot = old }
        } else {
            updateCount += 1
        }
    }

    /// Runs an update and returns the value of its batch alone. The states then have all batches.
    /// - Parameter device: the device of the batch; nil for that of the states.
    final func forward<Value>(on device: Device? = nil, _ body: () -> Void, _ compute: () -> Value) -> Value {
        let before = states.map(\.snapshot), count = updateCount
        for state in states { state.reset() }
        update(on: device, body)
        let value = noGrad { on(device, compute) }
        if updateCount == count {
            for (state, old) in zip(states, before) { state.snapshot = old }
        } else {
            for (state, old) in zip(states, before) { noGrad { state.join(after: old, count: count) } }
        }
        return value
    }

    /// Computes without recording. Warns if there was no update.
    final func compute<Value>(_ body: () -> Value) -> Value {
        if updateCount == 0 {
            warn(
                "The ``compute`` method of metric \(name) was called before the ``update`` method which may lead to errors, as metric states have not yet been updated."
            )
        }
        return noGrad { on(nil, body) }
    }

    /// Joins the states with those of the other ranks, until `unsync`. Every rank calls it. torchmetrics: `sync`.
    /// - Throws: what the group throws. Then the states are as before.
    public final func sync(_ group: some MetricGroup) throws {
        guard local == nil else { return raise(.runtime, "The Metric has already been synced.") }
        let before = states.map(\.snapshot)
        do {
            try noGrad {
                let forms = try StateForm.gather(states.map { $0.form(isUpdated: updateCount > 0) }, group)
                for (state, forms) in zip(states, forms) { try state.sync(group, forms) }
            }
        } catch {
            for (state, old) in zip(states, before) { state.snapshot = old }
            throw error
        }
        local = (before, updateCount)
        updateCount = max(updateCount, 1)
    }

    /// Gives the states of this rank back after `sync`. torchmetrics: `unsync`.
    public final func unsync() {
        guard let local else { return raise(.runtime, "The Metric has already been un-synced.") }
        for (state, old) in zip(states, local.states) { state.snapshot = old }
        updateCount = local.count
        self.local = nil
    }
}

/// A metric that compares predictions with targets.
public protocol TensorMetric<Value>: Metric {
    /// What it computes.
    associatedtype Value
    /// Adds a batch to the states. Called by `update`.
    func updateStates(_ preds: Tensor, _ target: Tensor)
    /// Computes the value from the states. Called by `compute`.
    func computeValue() -> Value
}

extension TensorMetric {
    /// Adds a batch. torchmetrics: `update`.
    public func update(_ preds: Tensor, _ target: Tensor) {
        update(on: preds.device) { updateStates(preds, target) }
    }

    /// Computes the value of all batches since the last `reset`. torchmetrics: `compute`.
    public func compute() -> Value { compute { computeValue() } }

    /// Adds a batch, and returns the value of this batch alone. torchmetrics: `forward`.
    @discardableResult
    public func callAsFunction(_ preds: Tensor, _ target: Tensor) -> Value {
        forward(on: preds.device, { updateStates(preds, target) }, computeValue)
    }

    /// Computes the value of all batches of all ranks. Every rank calls it.
    /// - Throws: what the group throws.
    public func compute(over group: some MetricGroup) throws -> Value {
        try sync(group)
        defer { unsync() }
        return compute()
    }
}

/// A metric that compares texts with reference texts.
public protocol TextMetric<Value>: Metric {
    /// What it computes.
    associatedtype Value
    /// Adds a batch to the states. Called by `update`.
    func updateStates(_ preds: [String], _ target: [[String]])
    /// Computes the value from the states. Called by `compute`.
    func computeValue() -> Value
}

extension TextMetric {
    /// Adds texts, each with one or several references. torchmetrics: `update`.
    public func update(_ preds: [String], _ target: [[String]]) { update { updateStates(preds, target) } }

    /// Computes the value of all texts since the last `reset`. torchmetrics: `compute`.
    public func compute() -> Value { compute { computeValue() } }

    /// Adds texts, and returns the value of these alone. torchmetrics: `forward`.
    @discardableResult
    public func callAsFunction(_ preds: [String], _ target: [[String]]) -> Value {
        forward({ updateStates(preds, target) }, computeValue)
    }

    /// Computes the value of all texts of all ranks. Every rank calls it.
    /// - Throws: what the group throws.
    public func compute(over group: some MetricGroup) throws -> Value {
        try sync(group)
        defer { unsync() }
        return compute()
    }
}
