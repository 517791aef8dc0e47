/// The arguments of a launch, packed as the kernel takes them: each at a multiple of its alignment. The driver refuses
/// a buffer of another size.
struct KernelArguments {
    private let bytes: UnsafeMutableRawBufferPointer
    private(set) var count = 0

    /// The most bytes that a launch can pass.
    static let room = 4096

    init(_ bytes: UnsafeMutableRawBufferPointer) { self.bytes = bytes }

    /// Adds an argument.
    mutating func add<Value: BitwiseCopyable>(_ value: Value) {
        align(MemoryLayout<Value>.alignment)
        bytes.storeBytes(of: value, toByteOffset: count, as: Value.self)
        count += MemoryLayout<Value>.size
    }

    /// Adds the addresses of operands; 0 for nil.
    mutating func add(addressesOf operands: Strided?...) {
        for operand in operands { add(operand?.deviceAddress ?? 0) }
    }

    /// Adds numbers in 64 bits.
    mutating func add(counts: Int...) {
        for count in counts { add(Int64(count)) }
    }

    /// Adds bytes of a structure at a multiple of `alignment`.
    mutating func add(_ source: UnsafeRawPointer, _ size: Int, alignment: Int) {
        align(alignment)
        UnsafeMutableRawBufferPointer(rebasing: bytes[count..<(count + size)])
            .copyMemory(from: UnsafeRawBufferPointer(start: source, count: size))
        count += size
    }

    /// Fills up to a multiple of `alignment`. A structure ends at a multiple of its own.
    mutating func align(_ alignment: Int) {
        let end = (count + alignment - 1) / alignment * alignment
        for i in count..<end { bytes[i] = 0 }
        count = end
    }
}
