import CTorchKernels

/// A strided n-dimensional array whose dtype is known at run time. PyTorch: `torch.Tensor`.
///
/// Tensors are references: two variables can refer to one tensor, and two tensors can share one storage (views). A
/// tensor can be passed to another thread. An in-place write while another thread uses the tensor is a race, as in
/// PyTorch.
public final class Tensor: @unchecked Sendable {
    /// The memory and its layout. Its elements are this tensor's own unless `flags` says that they are its conjugates
    /// or negatives. Whatever reads elements asks `strided`.
    var raw: Strided
    /// What distinguishes this tensor from plain elements in memory.
    var flags: TensorFlags
    /// Whether this tensor replaces the result of a failed operator. Unlike `isVoid`, reading it has no side effect.
    private var isPlaceholder: Bool { @inline(__always) get { flags.contains(.void) } }
    /// Whether the tensor represents a Swift number. Its dtype has the lowest rank in promotion. PyTorch: a wrapped
    /// number.
    var isNumber: Bool { @inline(__always) get { flags.contains(.number) } }

    // Autograd state. For a leaf that requires a gradient, `node` is its accumulator; for any other recorded tensor, it
    // is the node that created it.
    var node: Node?
    var outputIndex: Int32 = 0
    /// The rule for in-place writes to this view; only used if `base` is set.
    var viewKind = ViewKind.ordinary
    /// For views, the storage version at which `node` was valid. A later storage version means that the base has a
    /// newer history.
    var historyVersion: UInt32 = 0
    /// The tensor of which this tensor is a differentiable view; it is never a view itself.
    var base: Tensor?
    var extras: TensorExtras?

    init(_ strided: Strided, isVoid: Bool = false, isNumber: Bool = false) {
        raw = strided
        flags = isVoid ? .void : isNumber ? .number : []
        if isVoid { ensureExtras().error = ErrorBox.current?.first }
    }

    /// Creates a tensor over existing memory.
    /// - Throws: `TorchError` if the layout exceeds the storage.
    package convenience init(storage: Storage, layout: Layout, dtype: DType) throws {
        guard storage.device.isAvailable else { throw TorchError(.runtime, Tensor.unavailable(storage.device)) }
        guard layout.offset >= 0, layout.strides.allSatisfy({ $0 >= 0 }), Layout.checkedCount(layout.sizes) != nil,
            let end = Tensor.checkedExtent(layout), end <= storage.byteCount / dtype.itemSize
        else {
            throw TorchError(
                .runtime,
                "setStorage: sizes \(layout.sizes), strides \(layout.strides), storage offset \(layout.offset), and itemsize \(dtype.itemSize) "
                    + "requiring a storage size that is out of bounds for storage of size \(storage.byteCount)")
        }
        self.init(Strided(storage: storage, layout: layout, dtype: dtype))
    }

    /// Returns one past the largest element index of the layout in the storage, or nil if it overflows.
    static func checkedExtent(_ layout: Layout) -> Int? {
        if layout.count == 0 { return 0 }
        var end = 1
        for (size, stride) in zip(layout.sizes, layout.strides) {
            let (step, o1) = (size - 1).multipliedReportingOverflow(by: stride)
            let (sum, o2) = end.addingReportingOverflow(step)
            if o1 || o2 { return nil }
            end = sum
        }
        let (sum, overflow) = end.addingReportingOverflow(layout.offset)
        return overflow ? nil : sum
    }

    /// A new placeholder for the result of a failed operator.
    package static var void: Tensor {
        Tensor(Strided(storage: voidStorage, layout: .scalar, dtype: .float32), isVoid: true)
    }

    /// Whether this tensor is void: a 0-dimensional placeholder for the result of a failed operator. No operator
    /// computes with it.
    ///
    /// A void tensor belongs to the `withError` in which its error was raised. If it is read outside of any
    /// `withError`, the program stops with the message of that error. If it is read in another `withError`, that one
    /// receives the error.
    package var isVoid: Bool {
        @inline(__always) get { isPlaceholder && reportError() }
    }

    @inline(never)
    private func reportError() -> Bool {
        if let box = ErrorBox.current, box.first != nil { return true }
        raise(extras?.error ?? TorchError(.runtime, "a tensor is used that could not be computed"))
        return true
    }

    private static let voidStorage: Storage = {
        let storage = Storage(byteCount: 64)!
        storage.pointer.initializeMemory(as: UInt8.self, repeating: 0, count: 64)
        return storage
    }()
}

/// An operand of an expression with tensors: a tensor or a number.
public protocol TensorOperand {
    /// The tensor itself; for a number, a 0-dimensional tensor that promotes like a number.
    var operand: Tensor { get }
}

extension Tensor: TensorOperand {
    /// The tensor itself.
    public var operand: Tensor { self }
}

extension ScalarConvertible {
    /// A 0-dimensional tensor with the number, which promotes like a number.
    public var operand: Tensor { Tensor.number(scalar) }
}

extension Tensor {
    static func number(_ scalar: Scalar) -> Tensor {
        let dtype: DType =
            switch scalar {
            case .bool: .bool
            case .int: .int64
            case .uint: .uint64
            case .double: .float64
            case .complex: .complex128
            }
        guard let storage = Storage(byteCount: dtype.itemSize) else { return fail(.outOfMemory(dtype.itemSize)) }
        write(scalar, as: dtype, to: storage.pointer)
        return Tensor(Strided(storage: storage, layout: .scalar, dtype: dtype), isNumber: true)
    }

    /// The number that the tensor represents; nil for an ordinary tensor.
    var numberValue: Scalar? { isNumber ? read(raw.pointer, as: dtype) : nil }
}

/// Rarely used state of a tensor.
final class TensorExtras {
    /// The gradient of a tensor that is not a leaf (retainGrad), or a gradient assigned to a tensor that requires none.
    var grad: Tensor?
    var retainsGrad = false
    /// For a void tensor, the error that caused it.
    var error: TorchError?
    /// Whether the tensor is a lazy module's parameter or buffer that has no shape yet.
    var isUninitialized = false
}

/// The rule for in-place writes to a view.
enum ViewKind: UInt8 {
    case ordinary
    /// One of several outputs of split, chunk or unbind.
    case multipleOutputs
    /// Created inside `noGrad`.
    case noGrad
    /// Created by a custom `Function`.
    case custom
}

// MARK: - Form

extension Tensor {
    /// The sizes of the dimensions. PyTorch: `Tensor.shape`, `Tensor.size()`.
    ///
    /// A void tensor has no real shape: all its sizes are 1.
    public var shape: Size { isVoid ? .ofVoid : Size(raw.layout.sizes) }
    /// Returns the sizes of the dimensions.
    public func size() -> Size { shape }

    /// Returns the size of one dimension.
    /// - Precondition: -dim ≤ `dim` < dim.
    public func size(_ dim: Int) -> Int {
        if isVoid { return 1 }
        guard let d = wrap(dim) else { return 0 }
        return raw.layout.rank == 0 ? 1 : sizes[d]
    }

    /// The number of dimensions. PyTorch: `Tensor.dim()`, `Tensor.ndim`.
    public var dim: Int { raw.layout.rank }
    /// The number of dimensions.
    public var ndim: Int { raw.layout.rank }
    /// Returns the number of elements. PyTorch: `Tensor.numel()`.
    public func numel() -> Int { raw.layout.count }
    /// Returns the stride of each dimension, in elements. PyTorch: `Tensor.stride()`.
    public func stride() -> [Int] { isVoid ? Size.ofVoid.sizes : raw.layout.strides }
    /// Returns the stride of one dimension, in elements.
    /// - Precondition: -dim ≤ `dim` < dim.
    public func stride(_ dim: Int) -> Int {
        if isVoid { return 1 }
        guard let d = wrap(dim) else { return 0 }
        return raw.layout.rank == 0 ? 1 : raw.layout.strides[d]
    }
    /// Returns the position of the first element in the storage, in elements. PyTorch: `Tensor.storage_offset()`.
    public func storageOffset() -> Int { raw.layout.offset }
    /// Returns whether the elements are contiguous in row-major order; false for a sparse tensor.
    /// PyTorch: `Tensor.is_contiguous`.
    public func isContiguous() -> Bool { raw.layout.isContiguous && !hasSparseForm }
    /// Returns whether the elements are contiguous in the order of `memoryFormat`.
    public func isContiguous(memoryFormat: MemoryFormat) -> Bool { memoryFormat.fits(raw.layout) }
    /// The type of the elements.
    public var dtype: DType { raw.dtype }
    /// The device that holds the memory.
    public var device: Device { raw.storage.device }
    /// The memory. Two tensors with identical (`===`) storages share memory.
    public var storage: Storage { raw.storage }
    /// The size of an element in bytes.
    public var itemSize: Int { raw.dtype.itemSize }
    /// Returns whether the dtype is a real floating-point dtype.
    public func isFloatingPoint() -> Bool { dtype.isFloatingPoint }
    /// Returns whether the dtype is complex. PyTorch: `torch.is_complex`.
    public func isComplex() -> Bool { dtype.isComplex }

    /// The size of the first dimension. PyTorch: `len(tensor)`.
    public var count: Int {
        if isVoid { return 1 }
        guard dim > 0 else { raise(.type, "len() of a 0-d tensor"); return 0 }
        return sizes[0]
    }

    var sizes: [Int] { isPlaceholder ? Size.ofVoid.sizes : raw.layout.sizes }
    var layout: Layout { raw.layout }
    /// The backend of the device that holds the memory.
    var backend: any Backend { Backends.of(raw.storage.device) }

    /// Returns the dimension counted from the front. Raises and returns nil if it is out of range. A 0-dimensional
    /// tensor is treated as one-dimensional.
    func wrap(_ dim: Int) -> Int? { wrapDim(dim, layout.rank) }
}

/// Counts a negative dimension from the end, like PyTorch's `maybe_wrap_dim`. Raises an IndexError and returns nil if
/// it is out of range.
func wrapDim(_ dim: Int, _ rank: Int) -> Int? {
    let n = Swift.max(rank, 1)
    guard dim >= -n && dim < n else {
        raise(.index, "Dimension out of range (expected to be in range of [\(-n), \(n - 1)], but got \(dim))")
        return nil
    }
    return dim < 0 ? dim + n : dim
}

/// Wraps and sorts several dimensions; an empty list means all dimensions. Raises and returns nil if one is out of
/// range or appears twice.
func wrapDims(_ dims: [Int], _ rank: Int) -> [Int]? {
    if dims.isEmpty { return Array(0..<rank) }
    guard rank <= 64 else {
        raise(.runtime, "only tensors with up to 64 dims are supported")
        return nil
    }
    var seen = Set<Int>()
    for dim in dims {
        guard let d = wrapDim(dim, rank) else { return nil }
        guard seen.insert(d).inserted else {
            raise(.runtime, "dim \(d) appears multiple times in the list of dims")
            return nil
        }
    }
    return rank == 0 ? [] : seen.sorted()
}

// MARK: - Memory access

extension Tensor {
    /// Calls `body` with the elements of a contiguous tensor for reading. Those of a device are copied to the host.
    /// - Precondition: the tensor is contiguous and of dtype `T.dtype`.
    public func withUnsafeElements<T: TensorElement, R>(
        as type: T.Type = T.self, _ body: (UnsafeBufferPointer<T>) throws -> R
    ) rethrows -> R {
        let host = hasElements(of: T.dtype) ? onHost.resolved : .void
        if host.isVoid { return try body(UnsafeBufferPointer(start: nil, count: 0)) }
        return try withExtendedLifetime(host) {
            try body(
                UnsafeBufferPointer(start: host.raw.pointer.assumingMemoryBound(to: T.self), count: numel()))
        }
    }

    /// Calls `body` with the elements of a contiguous tensor for writing.
    /// - Precondition: the tensor is contiguous and of dtype `T.dtype`.
    public func withUnsafeMutableElements<T: TensorElement, R>(
        as type: T.Type = T.self, _ body: (UnsafeMutableBufferPointer<T>) throws -> R
    ) rethrows -> R {
        let ok = hasElements(of: T.dtype) && isOnHostOrRaises()
        let target = ok ? resolved : self
        guard ok, target === self || !target.isVoid else {
            return try body(UnsafeMutableBufferPointer(start: nil, count: 0))
        }
        storage.willWrite()
        bumpVersion()
        defer { writeBack(target) }
        return try withExtendedLifetime(target) {
            try body(
                UnsafeMutableBufferPointer(
                    start: target.raw.pointer.assumingMemoryBound(to: T.self), count: numel()))
        }
    }

    private func isOnHostOrRaises() -> Bool {
        if isOnHost { return true }
        raise(
            .runtime,
            "can't give the address of elements on \(device). Use Tensor.cpu() to copy the tensor to host memory first."
        )
        return false
    }

    /// Returns whether the elements can be read as contiguous memory of this dtype. Raises if they cannot.
    private func hasElements(of dtype: DType) -> Bool {
        if self.dtype == dtype, isContiguous() { return hasData() }
        raise(.runtime, "expected a contiguous tensor of \(dtype), got \(self.dtype) with strides \(stride())")
        return false
    }

    /// Returns the only element. PyTorch: `Tensor.item()`.
    /// - Precondition: the tensor has exactly one element, and its value is in the range of `T`. An imaginary part
    ///   requires a complex `T`.
    public func item<T: TensorElement>(as type: T.Type) -> T {
        if isVoid { return T(T.dtype.isInexact ? .double(.nan) : 0) }
        let value = itemScalar()
        return T(value.checkFits(T.dtype) ? value : 0)
    }
    /// Returns the only element as a `Double`.
    public func item() -> Double { item(as: Double.self) }

    /// Returns the only element in its own kind (bool, integer, float, complex).
    /// - Precondition: the tensor has exactly one element.
    public func itemScalar() -> Scalar {
        if isVoid { return .double(.nan) }
        guard numel() == 1 else {
            raise(.runtime, "a Tensor with \(numel()) elements cannot be converted to Scalar")
            return .double(.nan)
        }
        guard hasElements else {
            raise(
                .runtime,
                storage.isBatched ? BatchLevel.hasNoItem : "Tensor.item() cannot be called on \(device) tensors")
            return .double(.nan)
        }
        let host = onHost.resolved
        return host.isVoid ? .double(.nan) : read(host.raw.pointer, as: dtype)
    }

    /// Returns the elements in row-major order, converted to `T`. PyTorch: `Tensor.flatten().tolist()`.
    public func toArray<T: TensorElement>(as type: T.Type = T.self) -> [T] {
        if isVoid || !hasData() { return [] }
        let plain = noGrad { detach().to(.cpu, T.dtype).contiguous().resolved }
        if plain.isVoid { return [] }
        return [T](unsafeUninitializedCapacity: plain.numel()) { buffer, count in
            count = plain.numel()
            if count > 0 { memcpyBytes(buffer.baseAddress!, plain.raw.pointer, count * T.dtype.itemSize) }
        }
    }
}

@inline(__always)
func memcpyBytes(_ to: UnsafeMutableRawPointer, _ from: UnsafeRawPointer, _ count: Int) {
    to.copyMemory(from: from, byteCount: count)
}

/// Returns whether one of the tensors is void, so that nothing must be computed.
@inline(__always)
func anyVoid(
    _ a: Tensor?, _ b: Tensor?, _ c: Tensor? = nil, _ d: Tensor? = nil, _ e: Tensor? = nil, _ f: Tensor? = nil
) -> Bool {
    a?.isVoid == true || b?.isVoid == true || c?.isVoid == true || d?.isVoid == true || e?.isVoid == true
        || f?.isVoid == true
}

func anyVoid(_ tensors: [Tensor]) -> Bool { tensors.contains { $0.isVoid } }
