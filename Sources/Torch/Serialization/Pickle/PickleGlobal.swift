/// The element type of a storage in a pickle.
enum ElementType: Hashable {
    case known(DType)
    /// `torch.UntypedStorage`: bytes. The tensor gives the dtype.
    case untyped
    /// A dtype of PyTorch that this library does not have.
    indirect case unsupported(String, itemSize: Int)

    var itemSize: Int {
        switch self {
        case .known(let dtype): dtype.itemSize
        case .untyped: 1
        case .unsupported(_, let itemSize): itemSize
        }
    }
}

/// The classes and functions that a pickle may name. The set is closed, and its members run no code.
enum PickleGlobal: Hashable {
    case orderedDict, counter, set, bytes, encode
    case size, device, tensorClass
    case rebuildTensor, rebuildTensorV2, rebuildTensorV3, rebuildParameter, rebuildParameterWithState, rebuildFromType
    case rebuildSparse, layout
    case storageType(ElementType)
    case dtype(ElementType)
    /// The classes and functions that create NumPy arrays.
    case arrayReconstruct, arrayClass, arrayDType

    /// Returns nil for a name that does not create NumPy arrays.
    init?(arrayModule module: String, name: String) {
        switch (module, name) {
        case ("numpy.core.multiarray", "_reconstruct"), ("numpy._core.multiarray", "_reconstruct"):
            self = .arrayReconstruct
        case ("numpy", "ndarray"): self = .arrayClass
        case ("numpy", "dtype"): self = .arrayDType
        default: return nil
        }
    }

    /// Returns nil for a name outside the set.
    init?(module: String, name: String) {
        switch (module, name) {
        case ("collections", "OrderedDict"): self = .orderedDict
        case ("collections", "Counter"): self = .counter
        case ("__builtin__", "set"), ("builtins", "set"), ("__builtin__", "frozenset"), ("builtins", "frozenset"):
            self = .set
        case ("__builtin__", "bytes"), ("builtins", "bytes"), ("__builtin__", "bytearray"), ("builtins", "bytearray"):
            self = .bytes
        case ("_codecs", "encode"): self = .encode
        case ("torch", "Size"): self = .size
        case ("torch", "device"): self = .device
        case ("torch", "Tensor"), ("torch._tensor", "Tensor"), ("torch.nn.parameter", "Parameter"): self = .tensorClass
        case ("torch._utils", "_rebuild_tensor"): self = .rebuildTensor
        case ("torch._utils", "_rebuild_tensor_v2"): self = .rebuildTensorV2
        case ("torch._utils", "_rebuild_tensor_v3"): self = .rebuildTensorV3
        case ("torch._utils", "_rebuild_parameter"): self = .rebuildParameter
        case ("torch._utils", "_rebuild_parameter_with_state"): self = .rebuildParameterWithState
        case ("torch._tensor", "_rebuild_from_type_v2"): self = .rebuildFromType
        case ("torch._utils", "_rebuild_sparse_tensor"): self = .rebuildSparse
        case ("torch.serialization", "_get_layout"): self = .layout
        case ("torch.storage", "UntypedStorage"), ("torch", "UntypedStorage"): self = .storageType(.untyped)
        case ("torch", _), ("torch.cuda", _):
            if let type = PickleGlobal.storages[name] {
                self = .storageType(type)
            } else if module == "torch", let dtype = DType(name: name) {
                self = .dtype(.known(dtype))
            } else if module == "torch", let itemSize = PickleGlobal.otherDTypes[name] {
                self = .dtype(.unsupported("torch.\(name)", itemSize: itemSize))
            } else {
                return nil
            }
        default: return nil
        }
    }

    /// Returns PyTorch's class name for storages of a dtype.
    static func storageName(_ dtype: DType) -> String { "\(dtype.scalarTypeName)Storage" }

    private static let storages: [String: ElementType] = {
        var result: [String: ElementType] = [
            "QInt8Storage": .unsupported("torch.qint8", itemSize: 1),
            "QUInt8Storage": .unsupported("torch.quint8", itemSize: 1),
            "QInt32Storage": .unsupported("torch.qint32", itemSize: 4),
            "QUInt4x2Storage": .unsupported("torch.quint4x2", itemSize: 1),
            "QUInt2x4Storage": .unsupported("torch.quint2x4", itemSize: 1)
        ]
        for dtype in DType.allCases where !dtype.isSavedAsBytes { result[storageName(dtype)] = .known(dtype) }
        return result
    }()

    private static let otherDTypes = [
        "float8_e4m3fnuz": 1, "float8_e5m2fnuz": 1, "float8_e8m0fnu": 1, "float4_e2m1fn_x2": 1, "qint8": 1, "quint8": 1,
        "qint32": 4, "quint4x2": 1, "quint2x4": 1, "bits8": 1, "bits16": 2
    ]
}

extension DType {
    /// Whether the dtype has no storage class in PyTorch. Tensors of such newer dtypes are saved as bytes and a dtype.
    var isSavedAsBytes: Bool { self == .complex32 || isForStorage }
}
