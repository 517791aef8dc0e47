import CTorchKernels

// The three kinds of memory that backend primitives accept. The parameter types of a primitive state which kind its
// kernel can walk.

/// Elements in memory with any strides: a storage, a layout and a dtype.
package struct Strided {
    /// The memory.
    package var storage: Storage
    /// The sizes, strides and offset of the elements.
    package var layout: Layout
    /// The type of the elements.
    package var dtype: DType

    /// The address of the first element.
    /// - Precondition: the memory is on the host.
    @inline(__always)
    package var pointer: UnsafeMutableRawPointer { storage.pointer + layout.offset * dtype.itemSize }

    /// The address of the first element on the device that holds the memory.
    package var deviceAddress: UInt64 {
        UInt64(UInt(bitPattern: storage.address)) &+ UInt64(bitPattern: Int64(layout.offset * dtype.itemSize))
    }

    /// The number of elements.
    package var count: Int { layout.count }
}

/// Contiguous elements in row-major order. A kernel may walk them by an address and a count.
package struct Dense {
    /// The same elements with their layout.
    package let strided: Strided

    /// Creates a view of contiguous memory.
    /// - Precondition: the layout is contiguous. Without this check a kernel could read foreign memory.
    package init(_ strided: Strided) {
        precondition(
            strided.layout.isContiguous,
            "a backend's primitive is given strides \(strided.layout.strides) for sizes \(strided.layout.sizes), and takes only contiguous memory"
        )
        self.strided = strided
    }

    /// The sizes and offset of the elements.
    package var layout: Layout { strided.layout }
    /// The type of the elements.
    package var dtype: DType { strided.dtype }
    /// The address of the first element.
    package var pointer: UnsafeMutableRawPointer { strided.pointer }
    /// The number of elements.
    package var count: Int { strided.count }
}

/// Dense elements of dtype int64: indices, positions or counts.
package struct Indices {
    /// The same elements as dense memory.
    package let dense: Dense

    /// Creates a view of contiguous int64 memory.
    /// - Precondition: the layout is contiguous and the dtype is int64.
    package init(_ strided: Strided) {
        precondition(strided.dtype == .int64, "a backend's primitive is given indices of dtype \(strided.dtype)")
        dense = Dense(strided)
    }

    /// The same elements with their layout and dtype.
    package var strided: Strided { dense.strided }
    /// The sizes and offset of the elements.
    package var layout: Layout { dense.layout }
    /// The address of the first element.
    package var pointer: UnsafeMutablePointer<Int64> { dense.pointer.assumingMemoryBound(to: Int64.self) }
    /// The number of elements.
    package var count: Int { dense.count }
}
