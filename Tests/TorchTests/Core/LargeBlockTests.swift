import CTorchKernels
import Testing

/// Blocks of more than 1 MiB are cut from regions and joined again.
@Suite struct LargeBlockTests {
    /// 20,000 blocks of up to 40 MB come and go in a fixed order. Each keeps what was written to its ends and its
    /// middle, and free memory serves other sizes: there is never much more than was in use at once.
    @Test func blocksDoNotOverlapAndMemoryIsUsedAgain() throws {
        struct Block {
            let memory: UnsafeMutableRawPointer
            let bytes, capacity: Int
        }
        var state: UInt64 = 1
        func draw(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        var blocks = [Block?](repeating: nil, count: 40)
        let before = Int(st_memory_reserved())
        var inUse = 0, most = 0
        for _ in 0..<20_000 {
            let i = draw(blocks.count)
            if let block = blocks[i] {
                for place in [0, block.bytes / 2, block.bytes - 1] {
                    try #require(block.memory.load(fromByteOffset: place, as: UInt8.self) == UInt8(i))
                }
                st_deallocate(block.memory, block.capacity)
                blocks[i] = nil
                inUse -= block.capacity
            } else {
                let bytes = (1 << 20) + 1 + draw(100_000) * (draw(50) == 0 ? 400 : 20)
                var capacity = 0
                let memory = try #require(st_allocate(bytes, &capacity))
                try #require(capacity >= bytes && UInt(bitPattern: memory) % 64 == 0)
                for place in [0, bytes / 2, bytes - 1] {
                    memory.storeBytes(of: UInt8(i), toByteOffset: place, as: UInt8.self)
                }
                blocks[i] = Block(memory: memory, bytes: bytes, capacity: capacity)
                inUse += capacity
                most = max(most, inUse)
            }
        }
        #expect(Int(st_memory_reserved()) - before < most + most / 2 + (256 << 20))
        for block in blocks.compactMap({ $0 }) { st_deallocate(block.memory, block.capacity) }
        st_empty_cache()
        #expect(Int(st_memory_reserved()) <= before)
    }

    /// A block that does not fit in the address space is refused.
    @Test func whatDoesNotFitIsRefused() {
        var capacity = 1
        #expect(st_allocate(1 << 48, &capacity) == nil && capacity == 0)
        #expect(st_allocate(Int.max - 4096, &capacity) == nil)
    }
}
