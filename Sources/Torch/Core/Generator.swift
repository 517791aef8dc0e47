import CTorchKernels
import Locks

/// A random number generator (MT19937). From the same seed it draws the same numbers as PyTorch on the CPU.
/// PyTorch: `torch.Generator`.
///
/// Several threads may use one generator. The draws of one operator are never interleaved with those of another.
public final class Generator: Sendable {
    private struct State: @unchecked Sendable { var core = st_generator() }
    private let state: Mutex<State>

    /// The seed of a new generator. PyTorch: `default_rng_seed_val`.
    public static let defaultSeed: UInt64 = 67_280_421_310_721

    /// Creates a generator with the given seed.
    public init(seed: UInt64 = Generator.defaultSeed) {
        var start = State()
        st_generator_seed(&start.core, seed)
        state = Mutex(start)
    }

    /// Sets the seed. A negative seed is taken modulo 2^64. PyTorch: `Generator.manual_seed`.
    @discardableResult
    public func manualSeed(_ seed: Int) -> Generator {
        withState { st_generator_seed(&$0, UInt64(bitPattern: Int64(seed))) }
        return self
    }

    /// The seed that was set last. PyTorch: `Generator.initial_seed`.
    public var initialSeed: UInt64 { withState { $0.seed } }

    /// Seeds the generator from the system's randomness and returns that seed. PyTorch: `Generator.seed`.
    @discardableResult
    public func seed() -> UInt64 {
        let fresh = UInt64.random(in: 0...(1 << 53))
        withState { st_generator_seed(&$0, fresh) }
        return fresh
    }

    /// Returns an independent generator in the same state. PyTorch: `Generator.clone_state`.
    public func clone() -> Generator {
        let copy = Generator()
        let mine = withState { $0 }
        copy.withState { $0 = mine }
        return copy
    }

    func withState<Result>(_ body: (inout st_generator) -> Result) -> Result {
        state.withLock { state in
            let result = body(&state.core)
            return Unchecked(value: result)
        }.value
    }

    /// The generator that operators use if none is given. In a worker of a data loader, it is the worker's own.
    /// PyTorch: `torch.default_generator`.
    public static var `default`: Generator {
        st_this_thread().pointee.generator.map { Unmanaged<Generator>.fromOpaque($0).takeUnretainedValue() } ?? shared
    }

    private static let shared = Generator()

    /// Runs `body` with this generator as the thread's default.
    func asDefault<Result>(_ body: () throws -> Result) rethrows -> Result {
        let thread = st_this_thread()
        let outer = thread.pointee.generator
        thread.pointee.generator = Unmanaged.passUnretained(self).toOpaque()
        defer { thread.pointee.generator = outer }
        return try withExtendedLifetime(self) { try body() }
    }
}

private struct Unchecked<Value>: @unchecked Sendable { let value: Value }

/// Seeds the default generator. PyTorch: `torch.manual_seed`.
@discardableResult
public func manualSeed(_ seed: Int) -> Generator { Generator.default.manualSeed(seed) }

/// Returns the seed of the default generator. PyTorch: `torch.initial_seed`.
public func initialSeed() -> UInt64 { Generator.default.initialSeed }

extension Generator: CustomStringConvertible {
    /// The device and the seed that was set last, such as `<torch.Generator device='cpu' initial_seed=0>`. PyTorch
    /// prints an address.
    public var description: String { "<torch.Generator device='cpu' initial_seed=\(initialSeed)>" }
}
