import CTorchKernels

/// A strided n-dimensional array with a dtype known at run time. PyTorch: `torch.Tensor`.
///
/// Tensors are references: two names may mean one tensor, and two tensors may share one storage (views). A tensor may
/// be handed to another thread;
/// writing it in place while another thread uses it is a race, as in PyTorch.
public final class Tensor: @unchecked Sendable {
    var strided: Strided
    /// Whether this stands for the result of a failed operator. Unlike `isVoid`, asking for it has no effect.
    private let standsForFailure: Bool
    /// True for a Swift number standing in for a tensor: its dtype counts least in promotion. PyTorch: a wrapped
    /// number.
    let isNumber: Bool

    // What the tape knows. A leaf that requires a gradient has its accumulator here, any other recorded tensor the node
    // that made it.
    var node: Node?
    var outputIndex: Int32 = 0
    /// How this view may be written in place; meaningful where `base` is set.
    var viewKind = ViewKind.ordinary
    /// The storage version at which `node` was right, for views: a later one means that the base has a newer history.
    var historyVersion: UInt32 = 0
    /// The tensor this one is a differentiable view of; never itself a view.
    var base: Tensor?
    var extras: TensorExtras?

    init(_ strided: Strided, isVoid: Bool = false, isNumber: Bool = false) {
        self.strided = strided
        standsForFailure = isVoid
        self.isNumber = isNumber
        if isVoid { rare.mistake = ErrorBox.current?.first }
    }

    /// A tensor over memory that exists already.
    /// - Throws: `TorchError` where the layout reaches outside the storage.
    public convenience init(storage: Storage, layout: Layout, dtype: DType) throws {
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

    /// One past the last element the layout touches from the storage's start, or nil where that overflows.
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

    /// Stands for the result of a failed operator.
    static var void: Tensor { Tensor(Strided(storage: voidStorage, layout: .scalar, dtype: .float32), isVoid: true) }

    /// Whether this stands for the result of a failed operator: a 0-dimensional tensor that no operator computes with.
    ///
    /// A void tensor belongs to the `withError` that its mistake was made in. Where none is active the program stops
    /// with the sentence of that mistake; another one takes the mistake over.
    @_spi(Interop) public var isVoid: Bool {
        @inline(__always) get { standsForFailure && reportsMistake() }
    }

    @inline(never)
    private func reportsMistake() -> Bool {
        if let box = ErrorBox.current, box.first != nil { return true }
        raise(extras?.mistake ?? TorchError(.runtime, "a tensor is used that could not be computed"))
        return true
    }

    private static let voidStorage: Storage = {
        let storage = Storage(byteCount: 64)!
        storage.pointer.initializeMemory(as: UInt8.self, repeating: 0, count: 64)
        return storage
    }()
}

/// What may stand beside a tensor in an expression: a tensor or a number.
public protocol TensorOperand {
    /// The tensor itself; of a number, a 0-dimensional tensor that promotes as a number.
    var operand: Tensor { get }
}

extension Tensor: TensorOperand {
    public var operand: Tensor { self }
}

extension ScalarConvertible {
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

    /// The value of a tensor that stands for a number.
    var numberValue: Scalar? { isNumber ? read(strided.pointer, as: dtype) : nil }
}

/// Rare belongings of a tensor.
final class TensorExtras {
    /// The gradient of a tensor that is not a leaf (retainGrad), or one assigned to a tensor that requires none.
    var grad: Tensor?
    var retainsGrad = false
    /// Of a void tensor, the mistake it comes from.
    var mistake: TorchError?
}

/// Which rule an in-place write to a view obeys.
enum ViewKind: UInt8 {
    case ordinary
    /// One of several outputs of split, chunk, unbind.
    case multipleOutputs
    /// Made inside noGrad.
    case noGrad
    /// Made by a custom Function.
    case custom
}

// MARK: - Form

extension Tensor {
    /// The sizes. PyTorch: `Tensor.shape`, `Tensor.size()`.
    ///
    /// After a mistake inside `withError` there is no shape to tell: every size of a void tensor is 1.
    public var shape: Size { isVoid ? .ofVoid : Size(strided.layout.sizes) }
    public func size() -> Size { shape }

    /// One dimension's size.
    /// - Precondition: -dim ≤ `dim` < dim.
    public func size(_ dim: Int) -> Int {
        if isVoid { return 1 }
        guard let d = wrap(dim) else { return 0 }
        return strided.layout.rank == 0 ? 1 : sizes[d]
    }

    /// The number of dimensions. PyTorch: `Tensor.dim()`, `Tensor.ndim`.
    public var dim: Int { strided.layout.rank }
    public var ndim: Int { strided.layout.rank }
    /// The number of elements. PyTorch: `Tensor.numel()`.
    public func numel() -> Int { strided.layout.count }
    /// Elements between neighbours along each dimension. PyTorch: `Tensor.stride()`.
    public func stride() -> [Int] { isVoid ? Size.ofVoid.sizes : strided.layout.strides }
    public func stride(_ dim: Int) -> Int {
        if isVoid { return 1 }
        guard let d = wrap(dim) else { return 0 }
        return strided.layout.rank == 0 ? 1 : strided.layout.strides[d]
    }
    /// Where the first element lies in the storage, in elements. PyTorch: `Tensor.storage_offset()`.
    public func storageOffset() -> Int { strided.layout.offset }
    /// Whether the elements lie one after the other, row-major unless another order is asked for. PyTorch:
    /// `Tensor.is_contiguous`.
    public func isContiguous() -> Bool { strided.layout.isContiguous }
    public func isContiguous(memoryFormat: MemoryFormat) -> Bool { memoryFormat.fits(strided.layout) }
    public var dtype: DType { strided.dtype }
    public var device: Device { strided.storage.device }
    /// The memory. Two tensors with identical (`===`) storages alias.
    public var storage: Storage { strided.storage }
    public var itemSize: Int { strided.dtype.itemSize }
    public func isFloatingPoint() -> Bool { dtype.isFloatingPoint }
    /// PyTorch: `torch.is_complex`.
    public func isComplex() -> Bool { dtype.isComplex }

    /// The number of elements of the first dimension. PyTorch: `len(tensor)`.
    public var count: Int {
        if isVoid { return 1 }
        guard dim > 0 else { raise(.type, "len() of a 0-d tensor"); return 0 }
        return sizes[0]
    }

    var sizes: [Int] { standsForFailure ? Size.ofVoid.sizes : strided.layout.sizes }
    var layout: Layout { strided.layout }
    var backend: any Backend { Backends.cpu }

    /// The dimension counted from the front, or nil (with the error raised) where it is out of range. A 0-dimensional
    /// tensor is treated as having one.
    func wrap(_ dim: Int) -> Int? { wrapDim(dim, layout.rank) }
}

/// PyTorch's `maybe_wrap_dim`: counts a negative dimension from the end and raises IndexError out of range.
func wrapDim(_ dim: Int, _ rank: Int) -> Int? {
    let n = Swift.max(rank, 1)
    guard dim >= -n && dim < n else {
        raise(.index, "Dimension out of range (expected to be in range of [\(-n), \(n - 1)], but got \(dim))")
        return nil
    }
    return dim < 0 ? dim + n : dim
}

/// Several dimensions, each once: wrapped and sorted; none at all means every one. Nil with the error raised where one
/// is out of range or stands twice.
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
    /// The elements of a contiguous tensor, to read.
    /// - Precondition: the tensor is contiguous and of dtype `T.dtype`.
    public func withUnsafeElements<T: TensorElement, R>(
        as type: T.Type = T.self, _ body: (UnsafeBufferPointer<T>) throws -> R
    ) rethrows -> R {
        let ok = dtype == T.dtype && isContiguous()
        if !ok { raise(.runtime, "expected a contiguous tensor of \(T.dtype), got \(dtype) with strides \(stride())") }
        return try body(
            UnsafeBufferPointer(start: strided.pointer.assumingMemoryBound(to: T.self), count: ok ? numel() : 0))
    }

    /// The elements of a contiguous tensor, to write.
    /// - Precondition: the tensor is contiguous and of dtype `T.dtype`.
    public func withUnsafeMutableElements<T: TensorElement, R>(
        as type: T.Type = T.self, _ body: (UnsafeMutableBufferPointer<T>) throws -> R
    ) rethrows -> R {
        let ok = dtype == T.dtype && isContiguous()
        if !ok { raise(.runtime, "expected a contiguous tensor of \(T.dtype), got \(dtype) with strides \(stride())") }
        if ok { bumpVersion() }
        return try body(
            UnsafeMutableBufferPointer(start: strided.pointer.assumingMemoryBound(to: T.self), count: ok ? numel() : 0))
    }

    /// The only element. PyTorch: `Tensor.item()`.
    /// - Precondition: the tensor has exactly one element, and its value is in the range of `T`; only a complex `T`
    /// -   takes an imaginary part.
    public func item<T: TensorElement>(as type: T.Type) -> T {
        if isVoid { return T(T.dtype.isInexact ? .double(.nan) : 0) }
        let value = itemScalar()
        return T(value.checkFits(T.dtype) ? value : 0)
    }
    public func item() -> Double { item(as: Double.self) }

    /// The only element with its own kind (bool, integer, float, complex).
    /// - Precondition: the tensor has exactly one element.
    public func itemScalar() -> Scalar {
        if isVoid { return .double(.nan) }
        guard numel() == 1 else {
            raise(.runtime, "a Tensor with \(numel()) elements cannot be converted to Scalar")
            return .double(.nan)
        }
        return read(strided.pointer, as: dtype)
    }

    /// The elements in row-major order, converted to `T`. PyTorch: `Tensor.flatten().tolist()`.
    public func toArray<T: TensorElement>(as type: T.Type = T.self) -> [T] {
        if isVoid { return [] }
        let plain = noGrad { detach().to(T.dtype).contiguous() }
        return [T](unsafeUninitializedCapacity: plain.numel()) { buffer, count in
            count = plain.numel()
            if count > 0 { memcpyBytes(buffer.baseAddress!, plain.strided.pointer, count * T.dtype.itemSize) }
        }
    }
}

@inline(__always)
func memcpyBytes(_ to: UnsafeMutableRawPointer, _ from: UnsafeRawPointer, _ count: Int) {
    to.copyMemory(from: from, byteCount: count)
}

/// Whether one of several tensors stands for the result of a failed operator, so that nothing is to be computed.
@inline(__always)
func anyVoid(
    _ a: Tensor?, _ b: Tensor?, _ c: Tensor? = nil, _ d: Tensor? = nil, _ e: Tensor? = nil, _ f: Tensor? = nil
) -> Bool {
    a?.isVoid == true || b?.isVoid == true || c?.isVoid == true || d?.isVoid == true || e?.isVoid == true
        || f?.isVoid == true
}

func anyVoid(_ tensors: [Tensor]) -> Bool { tensors.contains { $0.isVoid } }
