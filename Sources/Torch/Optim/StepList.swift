/// The steps of parameters that a backend takes together: on a CUDA device in few launches. Those that wait are taken
/// before a step on another device, with other options, or of a parameter that waits.
struct StepList<Tensors, Options: Equatable> {
    private let take: (any Backend, [Tensors], Options) -> Void
    private var tensors: [Tensors] = []
    private var options: Options?
    private var first: Tensor?
    /// The memory of the parameters that wait for a CUDA device, which takes their steps side by side.
    private var places: Set<UnsafeMutableRawPointer> = []

    init(_ take: @escaping (_ backend: any Backend, _ tensors: [Tensors], _ options: Options) -> Void) {
        self.take = take
    }

    /// Adds the step of a parameter. `memory` is its memory, or that of a contiguous copy, whose step is taken at once.
    mutating func add(_ step: Tensors, of parameter: Tensor, _ memory: Dense, _ options: Options) {
        let storage = parameter.raw.storage
        if memory.strided.storage !== storage || storage.isBatched { return take(parameter.backend, [step], options) }
        if let first, first.device != parameter.device || self.options != options { finish() }
        if parameter.isCUDA, !places.insert(parameter.uncheckedAddress).inserted {
            finish()
            places.insert(parameter.uncheckedAddress)
        }
        if first == nil { first = parameter }
        self.options = options
        tensors.append(step)
    }

    /// Takes the steps that wait.
    mutating func finish() {
        guard let first, let options else { return }
        take(first.backend, tensors, options)
        tensors.removeAll(keepingCapacity: true)
        places.removeAll(keepingCapacity: true)
        self.first = nil
    }
}
