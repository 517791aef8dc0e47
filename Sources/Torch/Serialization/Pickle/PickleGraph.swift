/// The content of a pickle before storages are read. Objects are in tables and refer to each other by index, so cycles
/// are possible, as in Python. Nothing is nested in memory, so a deep pickle cannot overflow the stack.
struct PickleGraph {
    enum Object {
        case none
        case bool(Bool)
        case int(Int)
        case bigInt([UInt8])
        case double(Double)
        case string(String)
        case bytes([UInt8])
        case list(Int)
        case tuple(Int)
        case set(Int)
        case dict(Int)
        case size(Size)
        case device(String)
        case global(PickleGlobal)
        case storage(Int)
        case tensor(Int)
        case sparse(Int)
        case layout(TensorLayout)
        case array(Int)

        /// The container that the object refers to, or nil.
        var container: Container? {
            switch self {
            case .list(let i): .list(i)
            case .tuple(let i): .tuple(i)
            case .set(let i): .set(i)
            case .dict(let i): .dict(i)
            default: nil
            }
        }

        var typeName: String {
            switch self {
            case .none: "None"
            case .bool: "bool"
            case .int, .bigInt: "int"
            case .double: "float"
            case .string: "str"
            case .bytes: "bytes"
            case .list: "list"
            case .tuple: "tuple"
            case .set: "set"
            case .dict: "dict"
            case .size: "torch.Size"
            case .device: "torch.device"
            case .global: "class or function"
            case .storage: "storage"
            case .tensor, .sparse: "Tensor"
            case .layout: "torch.layout"
            case .array: "numpy.ndarray"
            }
        }
    }

    enum Container: Hashable { case list(Int), tuple(Int), set(Int), dict(Int) }

    struct Dict {
        var isOrderedDict = false
        var entries: [(key: Object, value: Object)] = []
    }

    /// A reference to memory that the file stores under `key`.
    struct StorageRecord {
        var type: ElementType
        var key: String
        var location: String
        /// The number of elements in the whole storage.
        var count: Int
        /// The range of elements that a pre-1.6 file refers to.
        var view: Range<Int>?
    }

    struct TensorRecord {
        var storage: Int
        var offset: Int
        var sizes: [Int]
        var strides: [Int]
        var requiresGrad: Bool
        /// Whether the tensor's elements are the conjugates, or the negatives, of the storage's elements.
        var isConjugated = false
        var isNegated = false
        /// The dtype of a tensor from `_rebuild_tensor_v3`, whose storage is untyped.
        var dtype: ElementType?
    }

    /// A sparse tensor: for coordinates, the numbers of the tensors of indices and values; for compressed rows, of the
    /// rows' starts, columns and values.
    struct SparseRecord {
        var layout: TensorLayout
        var parts: [Int]
        var sizes: [Int]
        var isCoalesced: Bool?
        var requiresGrad = false
    }

    /// A NumPy array of bytes.
    struct ArrayRecord {
        var sizes: [Int] = []
        var bytes: [UInt8] = []
    }

    var lists: [[Object]] = []
    var tuples: [[Object]] = []
    var dicts: [Dict] = []
    var storages: [StorageRecord] = []
    var tensors: [TensorRecord] = []
    var sparse: [SparseRecord] = []
    var arrays: [ArrayRecord] = []
    var root = Object.none
    /// The containers that may be reached by several paths, so perhaps from inside themselves.
    var shared: Set<Container> = []
}
