import CTorchKernels
import Synchronization

/// A source of random numbers: MT19937, drawing what PyTorch draws from the same seed on the CPU. PyTorch: `torch.Generator`.
///
/// A generator may be used from several threads; the draws of one operator are never torn apart.
public final class Generator: Sendable {
    private struct State: @unchecked Sendable { var core = st_generator() }
    private let state: Mutex<State>

    /// The seed a new generator has until another is set. PyTorch: `default_rng_seed_val`.
    public static let defaultSeed: UInt64 = 67_280_421_310_721

    public init(seed: UInt64 = Generator.defaultSeed) {
        var start = State()
        st_generator_seed(&start.core, seed)
        state = Mutex(start)
    }

    /// PyTorch: `Generator.manual_seed`. A negative seed is taken modulo 2^64.
    @discardableResult
    public func manualSeed(_ seed: Int) -> Generator {
        withState { st_generator_seed(&$0, UInt64(bitPattern: Int64(seed))) }
        return self
    }

    /// PyTorch: `Generator.initial_seed`.
    public var initialSeed: UInt64 { withState { $0.seed } }

    /// Seeds from the system's own randomness and returns that seed. PyTorch: `Generator.seed`.
    @discardableResult
    public func seed() -> UInt64 {
        let fresh = UInt64.random(in: 0...(1 << 53))
        withState { st_generator_seed(&$0, fresh) }
        return fresh
    }

    /// An independent generator in the same state. PyTorch: `Generator.clone_state`.
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

    /// The generator that is drawn from where none is named; on a loader's worker, that worker's own. PyTorch: `torch.default_generator`.
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

/// PyTorch: `torch.initial_seed`.
public func initialSeed() -> UInt64 { Generator.default.initialSeed }
