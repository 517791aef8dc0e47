import CTorchKernels
import Locks

/// A random number generator: MT19937 on the CPU, Philox on a CUDA device. From the same seed it draws the same numbers
/// as PyTorch's on that device. PyTorch: `torch.Generator`.
///
/// Several threads may use one generator. The draws of one operator are never interleaved with those of another.
public final class Generator: Sendable {
    private struct State: @unchecked Sendable {
        var core = st_generator()
        /// How many numbers each thread of a CUDA device has drawn.
        var offset: UInt64 = 0
    }
    private let state: Mutex<State>

    /// The device for whose tensors it draws. PyTorch: `Generator.device`.
    public let device: Device

    /// The seed of a new generator. PyTorch: `default_rng_seed_val`.
    public static let defaultSeed: UInt64 = 67_280_421_310_721

    /// Creates a generator with the given seed, for tensors of a device.
    public init(device: Device = .cpu, seed: UInt64 = Generator.defaultSeed) {
        var start = State()
        self.device = device.kind == .cuda ? device.withIndex : device
        Generator.seed(&start, self.device, seed)
        state = Mutex(start)
    }

    private static func seed(_ state: inout State, _ device: Device, _ seed: UInt64) {
        if device.kind == .cuda {
            state.core.seed = seed
            state.offset = 0
        } else {
            st_generator_seed(&state.core, seed)
        }
    }

    /// Sets the seed. A negative seed is taken modulo 2^64. PyTorch: `Generator.manual_seed`.
    @discardableResult
    public func manualSeed(_ seed: Int) -> Generator {
        state.withLock { Generator.seed(&$0, device, UInt64(bitPattern: Int64(seed))) }
        return self
    }

    /// The seed that was set last. PyTorch: `Generator.initial_seed`.
    public var initialSeed: UInt64 { withState { $0.seed } }

    /// Seeds the generator from the system's randomness and returns that seed. PyTorch: `Generator.seed`.
    @discardableResult
    public func seed() -> UInt64 {
        let fresh = UInt64.random(in: 0...(1 << 53))
        state.withLock { Generator.seed(&$0, device, fresh) }
        return fresh
    }

    /// Returns an independent generator in the same state. PyTorch: `Generator.clone_state`.
    public func clone() -> Generator {
        let copy = Generator(device: device)
        let mine = state.withLock { $0 }
        copy.state.withLock { $0 = mine }
        return copy
    }

    func withState<Result>(_ body: (inout st_generator) -> Result) -> Result {
        state.withLock { state in
            let result = body(&state.core)
            return Unchecked(value: result)
        }.value
    }

    /// Takes `count` numbers of each thread of a CUDA device. Returns the seed and the offset of the first.
    func takePhilox(_ count: Int) -> (seed: UInt64, offset: UInt64) {
        state.withLock { state in
            defer { state.offset &+= UInt64((count + 3) / 4 * 4) }
            return (state.core.seed, state.offset)
        }
    }

    /// The seed and the offset of a CUDA device's generator.
    var philox: (seed: UInt64, offset: UInt64) {
        get { state.withLock { ($0.core.seed, $0.offset) } }
        set {
            state.withLock {
                $0.core.seed = newValue.seed
                $0.offset = newValue.offset
            }
        }
    }

    /// Returns whether it draws for tensors of a device. Raises PyTorch's error if it does not.
    func draws(for device: Device) -> Bool {
        if self.device == device { return true }
        let (mine, wanted) = (self.device.kind, device.kind)
        raise(
            .runtime,
            mine == wanted
                ? "Expected a '\(device)' generator device but found '\(self.device)'"
                : "Expected a '\(wanted)' device type for generator but found '\(mine)'")
        return false
    }

    /// The default generators of CUDA devices, and the seed of those that are not made yet.
    private static let ofDevices = Mutex<(made: [Device: Generator], seed: UInt64)>(([:], defaultSeed))

    /// Returns the generator that operators on a CUDA device use if none is given.
    static func `default`(of device: Device) -> Generator {
        let device = device.withIndex
        return ofDevices.withLock { all in
            let generator = all.made[device] ?? Generator(device: device, seed: all.seed)
            all.made[device] = generator
            return generator
        }
    }

    /// Seeds the default generators of all CUDA devices.
    static func seedDevices(_ seed: Int) {
        ofDevices.withLock { all in
            all.seed = UInt64(bitPattern: Int64(seed))
            for generator in all.made.values { generator.manualSeed(seed) }
        }
    }

    /// Whether this is the generator of all threads that have none of their own.
    var isShared: Bool { self === Generator.shared }

    /// The generator that operators use if none is given. In a worker of a data loader, it is the worker's own. For
    /// tensors of a CUDA device, the device's own default generator stands for it.
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

/// Seeds the default generator, and those of all CUDA devices. PyTorch: `torch.manual_seed`.
@discardableResult
public func manualSeed(_ seed: Int) -> Generator {
    let generator = Generator.default
    if generator.isShared { Generator.seedDevices(seed) }
    return generator.manualSeed(seed)
}

/// Returns the seed of the default generator. PyTorch: `torch.initial_seed`.
public func initialSeed() -> UInt64 { Generator.default.initialSeed }

extension Generator: CustomStringConvertible {
    /// The device and the seed that was set last, such as `<torch.Generator device='cpu' initial_seed=0>`. PyTorch
    /// prints an address.
    public var description: String { "<torch.Generator device='\(device)' initial_seed=\(initialSeed)>" }
}
