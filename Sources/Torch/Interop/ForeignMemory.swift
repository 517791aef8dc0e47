extension Tensor {
    /// A tensor over somebody else's elements, without a copy, for what comes from outside and is not to be trusted.
    ///
    /// - Parameters:
    ///   - pointer: the element at index 0 of every dimension; may be nil where there is no element.
    ///   - strides: in elements; row-major order where none are given.
    ///   - release: called once, on any thread, when no tensor uses the memory any more; not called where an error is
    ///   -     thrown.
    /// - Throws: `TorchError` where the elements are not aligned, a stride is negative, or sizes and strides span more
    /// -   than there can be.
    @_spi(Interop) public convenience init(
        sharing pointer: UnsafeMutableRawPointer?, shape: [Int], strides: [Int]? = nil, dtype: DType,
        release: @escaping @Sendable () -> Void
    ) throws {
        self.init(
            try ForeignMemory.strided(pointer, shape, strides: strides, dtype, "Tensor(sharing:)", release: release))
    }
}

enum ForeignMemory {
    /// Checks a description that somebody else gave; `name` is who is told where it is wrong.
    static func strided(
        _ pointer: UnsafeMutableRawPointer?, _ sizes: [Int], strides: [Int]?, _ dtype: DType, _ name: String,
        release: @escaping @Sendable () -> Void
    ) throws -> Strided {
        guard sizes.count <= FileTensor.maxRank, strides.map({ $0.count == sizes.count }) ?? true,
            let count = Layout.checkedCount(sizes)
        else {
            throw TorchError(.value, "\(name): impossible sizes \(sizes)\(strides.map { " with strides \($0)" } ?? "")")
        }
        let plain = Layout.contiguousStrides(sizes)
        // A stride that is never taken may be anything; kept small, arithmetic on views cannot overflow.
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
        // A complex number is aligned as its parts are.
        guard count == 0 || Int(bitPattern: pointer) % min(dtype.itemSize, 8) == 0 else {
            throw TorchError(.value, "\(name): the memory is not aligned to elements of \(dtype); hand over a copy")
        }
        let storage = Storage(
            pointer: count == 0 ? emptyPlace : pointer!, byteCount: extent * dtype.itemSize, release: release)
        return Strided(storage: storage, layout: Layout(sizes, strides: strides, offset: 0), dtype: dtype)
    }

    /// Where tensors without elements lie.
    nonisolated(unsafe) private static let emptyPlace = UnsafeMutableRawPointer.allocate(byteCount: 64, alignment: 64)
}
