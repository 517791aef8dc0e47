/// The initial learning rate times a function of the epoch. PyTorch: `torch.optim.lr_scheduler.LambdaLR`.
///
///     LambdaLR(optimizer) { epoch in pow(0.95, Double(epoch)) }
public final class LambdaLR: LRScheduler {
    private let lrLambdas: [(Int) -> Double]

    /// Creates the schedule with one function for all groups.
    ///
    /// - Parameters:
    ///   - optimizer: the optimizer whose learning rates are set.
    ///   - lastEpoch: the last epoch of a training that is resumed; -1 starts a new training.
    ///   - lrLambda: returns the factor of an epoch.
    public convenience init(_ optimizer: Optimizer, lastEpoch: Int = -1, lrLambda: @escaping (Int) -> Double) {
        self.init(optimizer, lrLambda: optimizer.paramGroups.map { _ in lrLambda }, lastEpoch: lastEpoch)
    }

    /// Creates the schedule with one function for each group.
    /// - Precondition: there is a function for each of the optimizer's groups.
    public init(_ optimizer: Optimizer, lrLambda: [(Int) -> Double], lastEpoch: Int = -1) {
        lrLambdas = lrLambda
        checkLambdas(lrLambda, optimizer)
        super.init(optimizer, lastEpoch: lastEpoch)
    }

    /// Returns the learning rates of the current epoch, computed from those of the previous one.
    public override func getLr() -> [Double] { zip(baseLrs, lrLambdas).map { $0 * $1(lastEpoch) } }

    /// The entries of the state dict, as in PyTorch.
    public override var fields: [ScheduleField] {
        super.fields + [.constant("lr_lambdas", .list(lrLambdas.map { _ in .null }))]
    }
}

/// The previous epoch's learning rate times a function of the epoch.
/// PyTorch: `torch.optim.lr_scheduler.MultiplicativeLR`.
public final class MultiplicativeLR: LRScheduler {
    private let lrLambdas: [(Int) -> Double]

    /// Creates the schedule with one function for all groups.
    ///
    /// - Parameters:
    ///   - optimizer: the optimizer whose learning rates are set.
    ///   - lastEpoch: the last epoch of a training that is resumed; -1 starts a new training.
    ///   - lrLambda: returns the factor of an epoch, from epoch 1.
    public convenience init(_ optimizer: Optimizer, lastEpoch: Int = -1, lrLambda: @escaping (Int) -> Double) {
        self.init(optimizer, lrLambda: optimizer.paramGroups.map { _ in lrLambda }, lastEpoch: lastEpoch)
    }

    /// Creates the schedule with one function for each group.
    /// - Precondition: there is a function for each of the optimizer's groups.
    public init(_ optimizer: Optimizer, lrLambda: [(Int) -> Double], lastEpoch: Int = -1) {
        lrLambdas = lrLambda
        checkLambdas(lrLambda, optimizer)
        super.init(optimizer, lastEpoch: lastEpoch)
    }

    /// Returns the learning rates of the current epoch, computed from those of the previous one.
    public override func getLr() -> [Double] {
        isInitial ? currentLr : zip(currentLr, lrLambdas).map { $0 * $1(lastEpoch) }
    }

    /// The entries of the state dict, as in PyTorch.
    public override var fields: [ScheduleField] {
        super.fields + [.constant("lr_lambdas", .list(lrLambdas.map { _ in .null }))]
    }
}

private func checkLambdas(_ lambdas: [(Int) -> Double], _ optimizer: Optimizer) {
    if lambdas.count != optimizer.paramGroups.count {
        raise(.value, "Expected \(optimizer.paramGroups.count) lr_lambdas, but got \(lambdas.count)")
    }
}
