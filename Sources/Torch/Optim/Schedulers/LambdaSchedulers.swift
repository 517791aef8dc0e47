/// The learning rate that the schedule started from, times a function of the epoch. PyTorch:
/// `torch.optim.lr_scheduler.LambdaLR`.
///
///     LambdaLR(optimizer) { epoch in pow(0.95, Double(epoch)) }
public final class LambdaLR: LRScheduler {
    private let lrLambdas: [(Int) -> Double]

    /// - Parameters:
    ///   - optimizer: the one whose groups' learning rates are set, all by the same function.
    ///   - lastEpoch: the last epoch of a training that is taken up again; -1 starts anew.
    ///   - lrLambda: the factors of the epochs.
    public convenience init(_ optimizer: Optimizer, lastEpoch: Int = -1, lrLambda: @escaping (Int) -> Double) {
        self.init(optimizer, lrLambda: optimizer.paramGroups.map { _ in lrLambda }, lastEpoch: lastEpoch)
    }

    /// - Precondition: there is a function for each of the optimizer's groups.
    public init(_ optimizer: Optimizer, lrLambda: [(Int) -> Double], lastEpoch: Int = -1) {
        lrLambdas = lrLambda
        checkLambdas(lrLambda, optimizer)
        super.init(optimizer, lastEpoch: lastEpoch)
    }

    public override func getLr() -> [Double] { zip(baseLrs, lrLambdas).map { $0 * $1(lastEpoch) } }

    override var fields: [ScheduleField] {
        super.fields + [.constant("lr_lambdas", .list(lrLambdas.map { _ in .null }))]
    }
}

/// The learning rate of the epoch before, times a function of the epoch. PyTorch:
/// `torch.optim.lr_scheduler.MultiplicativeLR`.
public final class MultiplicativeLR: LRScheduler {
    private let lrLambdas: [(Int) -> Double]

    /// - Parameters:
    ///   - optimizer: the one whose groups' learning rates are set, all by the same function.
    ///   - lastEpoch: the last epoch of a training that is taken up again; -1 starts anew.
    ///   - lrLambda: the factors of the epochs from 1.
    public convenience init(_ optimizer: Optimizer, lastEpoch: Int = -1, lrLambda: @escaping (Int) -> Double) {
        self.init(optimizer, lrLambda: optimizer.paramGroups.map { _ in lrLambda }, lastEpoch: lastEpoch)
    }

    /// - Precondition: there is a function for each of the optimizer's groups.
    public init(_ optimizer: Optimizer, lrLambda: [(Int) -> Double], lastEpoch: Int = -1) {
        lrLambdas = lrLambda
        checkLambdas(lrLambda, optimizer)
        super.init(optimizer, lastEpoch: lastEpoch)
    }

    public override func getLr() -> [Double] {
        isInitial ? currentLr : zip(currentLr, lrLambdas).map { $0 * $1(lastEpoch) }
    }

    override var fields: [ScheduleField] {
        super.fields + [.constant("lr_lambdas", .list(lrLambdas.map { _ in .null }))]
    }
}

private func checkLambdas(_ lambdas: [(Int) -> Double], _ optimizer: Optimizer) {
    if lambdas.count != optimizer.paramGroups.count {
        raise(.value, "Expected \(optimizer.paramGroups.count) lr_lambdas, but got \(lambdas.count)")
    }
}
