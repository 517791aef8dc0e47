import CTorchKernels

/// Elements in memory, as a backend sees them: storage, layout and dtype.
public struct Strided {
    public var storage: Storage
    public var layout: Layout
    public var dtype: DType

    /// The address of the first element.
    public var pointer: UnsafeMutableRawPointer { storage.pointer + layout.offset * dtype.itemSize }
    public var count: Int { layout.count }
}
