extension Tensor {
    /// Creates a tensor over foreign elements without a copy. It checks all arguments, for data that cannot be trusted.
    ///
    /// - Parameters:
    ///   - pointer: the address of the element at index 0 of every dimension; may be nil if there are no elements.
    ///   - strides: in elements; row-major by default.
    ///   - release: called once, on any thread, when no tensor uses the memory any more; not called if an error is
    ///     thrown.
    /// - Throws: `TorchError` if the elements are not aligned, a stride is negative, or the sizes and strides cover
    ///   more bytes than an Int can count.
    package convenience init(
        sharing pointer: UnsafeMutableRawPointer?, shape: [Int], strides: [Int]? = nil, dtype: DType,
        release: @escaping @Sendable () -> Void
    ) throws {
        self.init(
            try ForeignMemory.strided(
                pointer, shape, strides: strides, dtype, .cpu, "Tensor(sharing:)", release: release))
    }
}

enum ForeignMemory {
    /// Checks an untrusted description of memory and wraps it in a `Strided`. `name` is the prefix of error messages.
    static func strided(
        _ pointer: UnsafeMutableRawPointer?, _ sizes: [Int], strides: [Int]?, _ dtype: DType, _ device: Device,
        _ name: String,
        release: @escaping @Sendable () -> Void
    ) throws -> Strided {
        guard sizes.count <= Layout.maxRank, strides.map({ $0.count == sizes.count }) ?? true,
            let count = Layout.checkedCount(sizes)
        else {
            throw TorchError(.value, "\(name): impossible sizes \(sizes)\(strides.map { " with strides \($0)" } ?? "")")
        }
        let plain = Layout.contiguousStrides(sizes)
        // The stride of a dimension without steps may be anything. A small value prevents overflow in view arithmetic.
        let strides =
            strides.map { given in
                sizes.indices.map {
                    count > 0 && sizes[$0] > 1 || (0...1 << 40).contains(given[$0]) ? given[$0] : plain[$0]
                }
            } ?? plain
        if strides.contains(where: { $0 < 0 }) {
            throw TorchError(
                .value, "\(name): strides \(strides): tensors with negative strides are not supported; hand over a copy"
            )
        }
        guard let extent = Tensor.checkedExtent(Layout(sizes, strides: strides, offset: 0)),
            extent <= Int.max / dtype.itemSize
        else {
            throw TorchError(.value, "\(name): sizes \(sizes) with strides \(strides) span more than there can be")
        }
        guard count == 0 || pointer != nil else { throw TorchError(.value, "\(name): sizes \(sizes) and no memory") }
        // A complex number needs only the alignment of its parts.
        guard count == 0 || Int(bitPattern: pointer) % min(dtype.itemSize, 8) == 0 else {
            throw TorchError(.value, "\(name): the memory is not aligned to elements of \(dtype); hand over a copy")
        }
        let storage = Storage(
            pointer: count == 0 ? emptyAddress : pointer!, byteCount: extent * dtype.itemSize, device: device,
            release: release)
        return Strided(storage: storage, layout: Layout(sizes, strides: strides, offset: 0), dtype: dtype)
    }

    /// The address of tensors without elements.
    nonisolated(unsafe) private static let emptyAddress = UnsafeMutableRawPointer.allocate(byteCount: 64, alignment: 64)
}
