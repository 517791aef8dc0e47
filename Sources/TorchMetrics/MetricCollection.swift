import Torch

/// Several metrics of the same predictions and targets. torchmetrics: `MetricCollection`.
///
/// ```swift
/// let metrics = MetricCollection(
///     ["accuracy": Accuracy(task: task), "f1": F1Score(task: task, average: .macro)], prefix: "test/")
/// for (x, y) in loader { metrics.update(model(x), y) }
/// for (name, value) in metrics.compute() { writer.addScalar(name, value, globalStep: epoch) }
/// ```
public final class MetricCollection {
    /// The metrics with their names, `prefix` and `postfix` included.
    public let metrics: [(name: String, metric: any TensorMetric<Tensor>)]

    /// Creates a collection.
    /// - Parameters:
    ///   - metrics: metrics with names.
    ///   - prefix: the beginning of every name.
    ///   - postfix: the end of every name.
    /// - Precondition: no name is there twice.
    public convenience init(
        _ metrics: KeyValuePairs<String, any TensorMetric<Tensor>>, prefix: String = "", postfix: String = ""
    ) {
        self.init(named: metrics.map { ("\(prefix)\($0.key)\(postfix)", $0.value) })
    }

    /// Creates a collection of metrics whose names are those of their classes, such as `MulticlassAccuracy`.
    /// - Precondition: no name is there twice.
    public convenience init(_ metrics: [any TensorMetric<Tensor>], prefix: String = "", postfix: String = "") {
        self.init(named: metrics.map { ("\(prefix)\($0.name)\(postfix)", $0) })
    }

    private init(named metrics: [(name: String, metric: any TensorMetric<Tensor>)]) {
        var names = Set<String>()
        for (name, _) in metrics where !names.insert(name).inserted {
            raise(.value, "Encountered two metrics both named \(name)")
        }
        self.metrics = metrics
    }

    /// Adds a batch to each metric.
    public func update(_ preds: Tensor, _ target: Tensor) {
        for (_, metric) in metrics { metric.update(preds, target) }
    }

    /// Computes the values of all batches since the last `reset`, in the order of the metrics.
    public func compute() -> [(name: String, value: Tensor)] { metrics.map { ($0.name, $0.metric.compute()) } }

    /// Adds a batch to each metric, and returns the values of this batch alone.
    @discardableResult
    public func callAsFunction(_ preds: Tensor, _ target: Tensor) -> [(name: String, value: Tensor)] {
        metrics.map { ($0.name, $0.metric(preds, target)) }
    }

    /// Computes the values of all batches of all ranks. Every rank calls it.
    /// - Throws: what the group throws.
    public func compute(over group: some MetricGroup) throws -> [(name: String, value: Tensor)] {
        try metrics.map { ($0.name, try $0.metric.compute(over: group)) }
    }

    /// Forgets all batches.
    public func reset() { for (_, metric) in metrics { metric.reset() } }

    /// Returns the metric of a name, or nil if there is none.
    public subscript(name: String) -> (any TensorMetric<Tensor>)? { metrics.first { $0.name == name }?.metric }
}
