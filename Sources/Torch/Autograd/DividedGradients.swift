import Locks

/// Gradients of which this process has a part only. What divides parameters among processes answers questions on the
/// whole gradients, so that clipping and scaling give the same in all processes. While parameters are gathered, it has
/// the gradients of their parts; it gives them back to those who ask for them.
package enum DividedGradients {
    /// The answers of what divides parameters. They are nil if none of the parameters is divided.
    package struct Answers: Sendable {
        /// Returns the norms of the gradients of parameters that have one, as a vector.
        let norms: @Sendable (_ parameters: [Tensor], _ normType: Double) -> Tensor?
        /// Returns whether something is found in the gradients of any process.
        let isFound: @Sendable (_ parameters: [Tensor], _ isFoundHere: () -> Bool) -> Bool?
        /// Makes parameters parts if they are gathered and no pass is in their module.
        let makeParts: @Sendable (_ parameters: [Tensor]) -> Void
        /// Clears the gradients of the parts of parameters that are gathered.
        let clear: @Sendable (_ parameters: [Tensor], _ setToNone: Bool) -> Void

        package init(
            norms: @escaping @Sendable (_ parameters: [Tensor], _ normType: Double) -> Tensor?,
            isFound: @escaping @Sendable (_ parameters: [Tensor], _ isFoundHere: () -> Bool) -> Bool?,
            makeParts: @escaping @Sendable (_ parameters: [Tensor]) -> Void,
            clear: @escaping @Sendable (_ parameters: [Tensor], _ setToNone: Bool) -> Void
        ) {
            self.norms = norms
            self.isFound = isFound
            self.makeParts = makeParts
            self.clear = clear
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

    /// Before gradients and parameters are read or changed. `parameters` is called only if something is divided.
    static func makeParts(_ parameters: () -> [Tensor]) {
        if let answers = answers.withLock({ $0 }) { answers.makeParts(parameters()) }
    }

    /// Clears gradients, those of parts as well.
    static func clear(_ parameters: [Tensor], setToNone: Bool) {
        for parameter in parameters { parameter.clearGrad(setToNone: setToNone) }
        answers.withLock { $0 }?.clear(parameters, setToNone)
    }
}
