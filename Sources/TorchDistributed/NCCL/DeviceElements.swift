import CNCCL
import Torch

/// The elements of a tensor as contiguous memory of a device, for NCCL to read or write.
struct DeviceElements: @unchecked Sendable {
    /// The tensor of the caller.
    let tensor: Tensor
    /// The tensor itself if its memory is contiguous and on the device, otherwise a copy.
    let memory: Tensor

    /// Elements that are read; also written if `store` is called.
    init(_ tensor: Tensor, on device: Device) { self.init(tensor, device, copiesValues: true) }

    /// Memory that is written whole. It has no values before.
    init(writing tensor: Tensor, on device: Device) { self.init(tensor, device, copiesValues: false) }

    private init(_ tensor: Tensor, _ device: Device, copiesValues: Bool) {
        self.tensor = tensor
        if tensor.device == device, tensor.isContiguous(), !tensor.isConj(), !tensor.isNeg() {
            memory = tensor
            return
        }
        let plain = tensor.detach()
        memory = noGrad {
            copiesValues
                ? plain.resolveConj().resolveNeg().to(device).contiguous()
                : Tensor.empty(plain.sizes, dtype: plain.dtype, device: device)
        }
    }

    var address: UnsafeMutableRawPointer? { memory.deviceAddress }

    /// Stores what was written in the caller's tensor, on the current stream.
    func store() {
        if memory === tensor { return tensor.bumpVersion() }
        noGrad { _ = tensor.detach().copy_(memory) }
    }
}

/// How NCCL moves the elements of a dtype.
struct DeviceType {
    let number: Int32
    /// The numbers of an element: 2 for complex ones.
    let width: Int

    /// Raises and returns nil if PyTorch does not move the dtype over NCCL.
    init?(_ dtype: DType) {
        guard let number = DeviceType.number(dtype) else {
            raise(
                .type, "Input tensor data type is not supported for NCCL process group: \(dtype.scalarTypeName)")
            return nil
        }
        self.number = number
        width = dtype.isComplex ? 2 : 1
    }

    private static func number(_ dtype: DType) -> Int32? {
        switch dtype.toReal {
        case .int8: Int32(CNCCL_INT8)
        // Small floating-point numbers are only moved, so any byte will do.
        case .uint8, .bool, .float8_e4m3fn, .float8_e5m2: Int32(CNCCL_UINT8)
        case .int32: Int32(CNCCL_INT32)
        case .uint32: Int32(CNCCL_UINT32)
        case .int64: Int32(CNCCL_INT64)
        case .uint64: Int32(CNCCL_UINT64)
        case .float16: Int32(CNCCL_FLOAT16)
        case .bfloat16: Int32(CNCCL_BFLOAT16)
        case .float32: Int32(CNCCL_FLOAT32)
        case .float64: Int32(CNCCL_FLOAT64)
        default: nil
        }
    }
}

/// How NCCL reduces the elements of a dtype.
struct DeviceReduction {
    let type: DeviceType
    let op: Int32

    /// Raises and returns nil if PyTorch does not reduce the dtype so over NCCL.
    init?(_ op: ReduceOp, _ dtype: DType, _ operation: String) {
        if dtype.isComplex, op != .sum, op != .avg {
            raise(.value, "\(operation) does not support RedOpType.\(op.name) on complex tensors")
            return nil
        }
        if op == .avg, dtype == .bool {
            raise(.type, "Cannot use ReduceOp.AVG with boolean inputs")
            return nil
        }
        guard let type = DeviceType(dtype) else { return nil }
        if type.number == CNCCL_UINT8, dtype != .uint8, dtype != .bool {
            raise(.runtime, "Unsupported Float8 type for NCCL reduction")
            return nil
        }
        self.type = type
        switch op {
        // A bool is a byte, 0 or 1.
        case .sum where dtype == .bool, .max: self.op = Int32(CNCCL_MAX)
        case .sum: self.op = Int32(CNCCL_SUM)
        case .product: self.op = Int32(CNCCL_PRODUCT)
        case .min: self.op = Int32(CNCCL_MIN)
        case .avg: self.op = Int32(CNCCL_AVERAGE)
        case .band, .bor, .bxor:
            raise(.value, "Cannot use ReduceOp.\(op.name) with NCCL")
            return nil
        }
    }
}
