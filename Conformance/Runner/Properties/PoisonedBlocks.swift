import Foundation
import Torch

/// Memory blocks with tensors, and poison around their elements. They show reads and writes outside of the elements.
final class PoisonedBlocks {
    private final class Block: @unchecked Sendable {
        let memory: UnsafeMutableRawPointer
        let byteCount: Int
        var original: [UInt8] = []
        /// Whether each byte belongs to an element.
        var isElement: [Bool]

        init(byteCount: Int) {
            memory = .allocate(byteCount: byteCount, alignment: 64)
            self.byteCount = byteCount
            isElement = [Bool](repeating: false, count: byteCount)
        }

        deinit { memory.deallocate() }
    }

    private static let margin = 256
    private var blocks: [Block] = []

    /// Returns a tensor of the same elements in another layout.
    func lay(_ tensor: Tensor, _ layout: Layout) throws -> Tensor {
        let tensor = tensor.resolveConj().resolveNeg(), size = tensor.itemSize
        let storageBytes = (layout.offset + layout.extent) * size
        let block = Block(byteCount: storageBytes + 2 * PoisonedBlocks.margin)
        memset(block.memory, PoisonedBlocks.poison(tensor.dtype), block.byteCount)
        let start = block.memory + PoisonedBlocks.margin
        let source = UnsafeRawPointer(tensor.storage.pointer)
        walk(layout, tensor.layoutInMemory) { to, from in
            (start + to * size).copyMemory(from: source + from * size, byteCount: size)
            for byte in 0..<size { block.isElement[PoisonedBlocks.margin + to * size + byte] = true }
        }
        block.original = Array(UnsafeRawBufferPointer(start: block.memory, count: block.byteCount))
        blocks.append(block)
        let storage = Storage(pointer: start, byteCount: storageBytes) { withExtendedLifetime(block) {} }
        return try Tensor(storage: storage, layout: layout, dtype: tensor.dtype)
    }

    /// The damage outside of the elements, or nil if nothing was written there.
    var damage: String? {
        for block in blocks {
            let bytes = UnsafeRawBufferPointer(start: block.memory, count: block.byteCount)
            if let i = bytes.indices.first(where: { !block.isElement[$0] && bytes[$0] != block.original[$0] }) {
                return "byte \(i - PoisonedBlocks.margin) of a storage, which belongs to no element, was written"
            }
        }
        return nil
    }

    /// Returns the poison: NaN for floating-point numbers, a large number for integers, true for booleans.
    private static func poison(_ dtype: DType) -> Int32 { dtype == .bool ? 1 : dtype.isInexact ? 0xFF : 0x7F }

    /// Calls `body` with the offsets of each element in two layouts of the same sizes.
    private func walk(_ a: Layout, _ b: Layout, _ body: (Int, Int) -> Void) {
        var index = [Int](repeating: 0, count: a.rank)
        for _ in 0..<a.count {
            func position(_ layout: Layout) -> Int {
                zip(index, layout.strides).reduce(layout.offset) { $0 + $1.0 * $1.1 }
            }
            body(position(a), position(b))
            for d in (0..<a.rank).reversed() {
                index[d] += 1
                if index[d] < a.sizes[d] { break }
                index[d] = 0
            }
        }
    }
}

extension Tensor {
    var layoutInMemory: Layout { Layout(shape.sizes, strides: stride(), offset: storageOffset()) }

    /// Returns a tensor over the same memory in another layout.
    /// - Throws: `TorchError` if the layout reaches outside of the memory.
    func over(_ layout: Layout) throws -> Tensor { try Tensor(storage: storage, layout: layout, dtype: dtype) }
}
