import CTorchKernels

// The three forms of memory that a primitive of a backend takes. Its signature says which, so that no kernel is given
// another form than the one it walks.

/// Elements in memory with any strides: storage, layout and dtype.
public struct Strided {
    public var storage: Storage
    public var layout: Layout
    public var dtype: DType

    /// The address of the first element.
    public var pointer: UnsafeMutableRawPointer { storage.pointer + layout.offset * dtype.itemSize }
    public var count: Int { layout.count }
}

/// Elements that lie one after the other in row-major order. A kernel may walk them by an address and a count.
public struct Dense {
    public let strided: Strided

    /// - Precondition: the layout is contiguous. Without this check a kernel would read foreign memory.
    public init(_ strided: Strided) {
        precondition(
            strided.layout.isContiguous,
            "a backend's primitive is given strides \(strided.layout.strides) for sizes \(strided.layout.sizes), and takes only contiguous memory"
        )
        self.strided = strided
    }

    public var layout: Layout { strided.layout }
    public var dtype: DType { strided.dtype }
    public var pointer: UnsafeMutableRawPointer { strided.pointer }
    public var count: Int { strided.count }
}

/// Dense elements of dtype int64: indices, places, counts.
public struct Indices {
    public let dense: Dense

    /// - Precondition: the layout is contiguous and the dtype int64.
    public init(_ strided: Strided) {
        precondition(strided.dtype == .int64, "a backend's primitive is given indices of dtype \(strided.dtype)")
        dense = Dense(strided)
    }

    public var strided: Strided { dense.strided }
    public var layout: Layout { dense.layout }
    public var pointer: UnsafeMutablePointer<Int64> { dense.pointer.assumingMemoryBound(to: Int64.self) }
    public var count: Int { dense.count }
}

extension Tensor {
    /// The memory of a contiguous tensor.
    /// - Precondition: the tensor is contiguous.
    var dense: Dense { Dense(strided) }

    /// The memory of contiguous indices.
    /// - Precondition: the tensor is contiguous and of dtype int64.
    var indices: Indices { Indices(strided) }
}
