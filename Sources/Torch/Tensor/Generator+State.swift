import CTorchKernels

extension Generator {
    /// Returns the whole state in PyTorch's format, so PyTorch can load it: 5056 bytes, or 16 bytes of a CUDA device's
    /// generator. PyTorch: `Generator.get_state`, `torch.get_rng_state`.
    public func getState() -> Tensor {
        if device.kind == .cuda {
            let (seed, offset) = philox
            return Tensor([seed, offset].flatMap { withUnsafeBytes(of: $0.littleEndian, Array.init) }, device: .cpu)
        }
        let state = withState { $0 }
        var bytes = [UInt8](repeating: 0, count: Generator.stateBytes)
        bytes.withUnsafeMutableBytes { b in
            b.storeBytes(of: state.seed.littleEndian, toByteOffset: 0, as: UInt64.self)
            b.storeBytes(of: state.left.littleEndian, toByteOffset: 8, as: Int32.self)
            b.storeBytes(of: Int32(1).littleEndian, toByteOffset: 12, as: Int32.self)
            b.storeBytes(of: UInt64(state.next).littleEndian, toByteOffset: 16, as: UInt64.self)
            withUnsafeBytes(of: state.state) { words in
                for i in 0..<Generator.stateWords {
                    b.storeBytes(
                        of: UInt64(words.load(fromByteOffset: 4 * i, as: UInt32.self)).littleEndian,
                        toByteOffset: 24 + 8 * i, as: UInt64.self)
                }
            }
            if state.has_next_double {
                b.storeBytes(
                    of: state.next_double.bitPattern.littleEndian, toByteOffset: Generator.normalOffset, as: UInt64.self
                )
                b.storeBytes(of: Int32(1).littleEndian, toByteOffset: Generator.normalOffset + 16, as: Int32.self)
            }
        }
        return Tensor(bytes, device: .cpu)
    }

    /// Restores a state that `getState` returned, here or in PyTorch. PyTorch: `Generator.set_state`,
    /// `torch.set_rng_state`.
    /// - Precondition: `state` is uint8 with 5056 elements, and its counters are in range.
    @discardableResult
    public func setState(_ state: Tensor) -> Generator {
        if state.isVoid { return self }
        guard state.dtype == .uint8 else {
            raise(.type, "RNG state must be a torch.ByteTensor")
            return self
        }
        let bytes = state.toArray(as: UInt8.self)
        if device.kind == .cuda { return setPhilox(bytes) }
        guard bytes.count == Generator.stateBytes else {
            raise(
                .runtime,
                "Expected either a CPUGeneratorImplStateLegacy of size \(Generator.legacyBytes) or a CPUGeneratorImplState of size \(Generator.stateBytes) but found the input RNG state size to be \(bytes.count)"
            )
            return self
        }
        bytes.withUnsafeBytes { b in
            func word(_ offset: Int) -> UInt64 {
                UInt64(littleEndian: b.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            }
            let left = Int32(littleEndian: b.loadUnaligned(fromByteOffset: 8, as: Int32.self))
            guard left >= 0, left <= Generator.stateWords, word(16) <= UInt64(Generator.stateWords) else {
                return raise(.runtime, "Invalid mt19937 state")
            }
            withState { core in
                core.seed = word(0)
                core.left = left
                core.next = Int32(word(16))
                withUnsafeMutableBytes(of: &core.state) { words in
                    for i in 0..<Generator.stateWords {
                        words.storeBytes(
                            of: UInt32(truncatingIfNeeded: word(24 + 8 * i)), toByteOffset: 4 * i, as: UInt32.self)
                    }
                }
                core.has_next_double = word(Generator.normalOffset + 16) & 0xFFFF_FFFF != 0
                core.next_double = core.has_next_double ? Double(bitPattern: word(Generator.normalOffset)) : 0
            }
        }
        return self
    }

    /// Restores the seed and, if it is there, the offset.
    private func setPhilox(_ bytes: [UInt8]) -> Generator {
        guard bytes.count == 16 || bytes.count == 8 else {
            raise(.runtime, "RNG state is wrong size")
            return self
        }
        let words = bytes.withUnsafeBytes { b in
            stride(from: 0, to: bytes.count, by: 8).map {
                UInt64(littleEndian: b.loadUnaligned(fromByteOffset: $0, as: UInt64.self))
            }
        }
        guard words.count == 1 || words[1] % 4 == 0 else {
            raise(.runtime, "offset must be a multiple of 4")
            return self
        }
        philox = (words[0], words.count == 2 ? words[1] : 0)
        return self
    }

    // The format: seed, left, a flag, next, 624 words of 8 bytes, three doubles of which the second is the cached
    // normal number, its flag, and a field that only GPUs use.
    private static let stateWords = 624, normalOffset = 24 + 8 * 624 + 8, legacyBytes = 5048, stateBytes = 5056
}

extension cuda {
    /// Seeds the default generator of the current device. PyTorch: `torch.cuda.manual_seed`.
    public static func manualSeed(_ seed: Int) {
        if Device.cuda.isAvailable { Generator.default(of: .cuda).manualSeed(seed) }
    }
    /// Seeds the default generators of all devices. PyTorch: `torch.cuda.manual_seed_all`.
    public static func manualSeedAll(_ seed: Int) { Generator.seedDevices(seed) }
    /// Returns the seed of the current device's default generator. PyTorch: `torch.cuda.initial_seed`.
    public static func initialSeed() -> UInt64 { Generator.default(of: .cuda).initialSeed }
    /// Returns the state of a device's default generator. PyTorch: `torch.cuda.get_rng_state`.
    public static func getRngState(_ device: Device = .cuda) -> Tensor { Generator.default(of: device).getState() }
    /// Restores the state of a device's default generator. PyTorch: `torch.cuda.set_rng_state`.
    public static func setRngState(_ state: Tensor, _ device: Device = .cuda) {
        Generator.default(of: device).setState(state)
    }
}
