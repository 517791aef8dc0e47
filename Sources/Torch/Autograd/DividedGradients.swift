import Locks

/// Gradients of which this process has a part only. What divides parameters among processes answers questions on the
/// whole gradients, so that clipping and scaling give the same in all processes.
package enum DividedGradients {
    /// The answers of what divides parameters. Each is nil if none of the parameters is divided.
    package struct Answers: Sendable {
        /// Returns the norms of the gradients of parameters that have one, as a vector.
        let norms: @Sendable (_ parameters: [Tensor], _ normType: Double) -> Tensor?
        /// Returns whether something is found in the gradients of any process.
        let isFound: @Sendable (_ parameters: [Tensor], _ isFoundHere: () -> Bool) -> Bool?

        package init(
            norms: @escaping @Sendable (_ parameters: [Tensor], _ normType: Double) -> Tensor?,
            isFound: @escaping @Sendable (_ parameters: [Tensor], _ isFoundHere: () -> Bool) -> Bool?
        ) {
            self.norms = norms
            self.isFound = isFound
        }
    }

    private static let answers = Mutex<Answers?>(nil)

    /// Sets who answers.
    package static func answer(by new: Answers) { answers.withLock { $0 = new } }

    static func norms(_ parameters: [Tensor], _ normType: Double) -> Tensor? {
        answers.withLock { $0 }?.norms(parameters, normType)
    }

    static func isFound(_ parameters: [Tensor], _ isFoundHere: () -> Bool) -> Bool? {
        answers.withLock { $0 }?.isFound(parameters, isFoundHere)
    }
}
