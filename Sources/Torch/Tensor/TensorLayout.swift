/// How a tensor's elements are stored. PyTorch: `torch.layout`.
public enum TensorLayout: String, Sendable, CaseIterable {
    /// In memory, by sizes and strides. PyTorch: `torch.strided`.
    case strided
    /// As the coordinates and values of some elements; the others are zero. PyTorch: `torch.sparse_coo`.
    case sparseCoo = "sparse_coo"
    /// As the columns and values of some elements, row by row; the others are zero. PyTorch: `torch.sparse_csr`.
    case sparseCsr = "sparse_csr"
    /// As the rows and values of some elements, column by column; the others are zero. PyTorch: `torch.sparse_csc`.
    case sparseCsc = "sparse_csc"
}

extension TensorLayout: CustomStringConvertible {
    /// PyTorch's name: `torch.sparse_coo`.
    public var description: String { "torch.\(rawValue)" }

    /// The name in PyTorch's errors.
    var errorName: String {
        switch self {
        case .strided: "Strided"
        case .sparseCoo: "Sparse"
        case .sparseCsr: "SparseCsr"
        case .sparseCsc: "SparseCsc"
        }
    }
}

/// A type with PyTorch's attribute `layout`.
///
/// The attribute is a member of a protocol, because `Tensor` has an internal member of this name: sizes and strides.
public protocol LayoutAttribute {}

extension LayoutAttribute where Self == Tensor {
    /// How the elements are stored. PyTorch: `Tensor.layout`.
    public var layout: TensorLayout { (self as Tensor).layoutKind }
}

extension Tensor: LayoutAttribute {
    /// How the elements are stored.
    var layoutKind: TensorLayout { sparseParts?.pattern.layoutKind ?? .strided }

    /// Whether the tensor is stored as coordinates and values. PyTorch: `Tensor.is_sparse`.
    public var isSparse: Bool { hasSparseForm && layoutKind == .sparseCoo }
    /// Whether the tensor is sparse in a compressed form, of rows or of columns.
    var isCompressed: Bool { hasSparseForm && !isSparse }
    /// Whether the tensor is stored as compressed rows. PyTorch: `Tensor.is_sparse_csr`.
    public var isSparseCsr: Bool { hasSparseForm && layoutKind == .sparseCsr }
}
