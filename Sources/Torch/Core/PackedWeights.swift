import CTorchKernels

/// The weights of a convolution in the order that its kernel computes with, kept beside the weight's memory while that
/// does not change.
///
/// A weight is packed at its second use, so training, which changes it after each use, keeps nothing. At most
/// `mostBlocks` orders of one storage are kept, and they are freed with it.
final class PackedWeights {
    /// What the order depends on.
    struct Key: Hashable {
        var pass: ConvolutionPass
        var plan: ConvolutionPlan
        var dtype: DType
        /// The strides and offsets of input, weight and output.
        var strides: [[Int]]
        var offset: Int
        var hasBias: Bool
    }

    /// A use so far.
    private enum Block {
        case usedOnce
        case packed(Storage)
        case notPacked
    }

    private static let mostBlocks = 4

    private let version: UInt32
    private var blocks: [Key: Block] = [:]

    private init(version: UInt32) { self.version = version }

    /// Returns the packed weight; nil if it is not packed. `make` packs it, or returns nil if the kernel takes it as it
    /// is.
    static func find(_ weight: Strided, _ key: Key, make: () -> Storage?) -> Storage? {
        let storage = weight.storage
        guard storage.isUnknownOutside else { return nil }
        let version = storage.version
        let isSecondUse: Bool
        switch StorageAttachments.lock.withLock({ _ in found(storage, version, key) }) {
        case .packed(let memory): return memory
        case .notPacked: return nil
        case .usedOnce: isSecondUse = true
        case nil: isSecondUse = false
        }
        let made = isSecondUse ? make() : nil
        StorageAttachments.lock.withLock { _ in
            guard let kept = storage.attachments?.packedWeights, kept.version == version else { return }
            if kept.blocks.count >= mostBlocks, kept.blocks[key] == nil { kept.blocks = [:] }
            kept.blocks[key] = isSecondUse ? made.map(Block.packed) ?? .notPacked : .usedOnce
        }
        return made
    }

    private static func found(_ storage: Storage, _ version: UInt32, _ key: Key) -> Block? {
        if let kept = storage.attachments?.packedWeights, kept.version == version { return kept.blocks[key] }
        storage.makeAttachments().packedWeights = PackedWeights(version: version)
        return nil
    }
}
