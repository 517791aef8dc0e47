import Locks

/// The numbers of the tape's nodes, which grow.
enum TapeCounter {
    private static let counter = Atomic<UInt64>(1)

    /// The number of the next node. All that were recorded before have smaller ones.
    static var next: UInt64 { counter.load(ordering: .relaxed) }

    /// Takes the next number.
    static func take() -> UInt64 { counter.wrappingAdd(1, ordering: .relaxed).oldValue }
}
