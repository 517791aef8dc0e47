import CMPI
import Torch

/// The elements of a tensor as contiguous memory of the host, for MPI to read or write.
struct HostElements: @unchecked Sendable {
    /// The tensor of the caller.
    let tensor: Tensor
    /// The tensor itself if its memory is contiguous and on the host, otherwise a copy.
    let memory: Tensor

    /// Elements that are read; also written if `store` is called.
    init(_ tensor: Tensor) { self.init(tensor, copiesValues: true) }

    /// Memory that is written whole. It has no values before.
    init(writing tensor: Tensor) { self.init(tensor, copiesValues: false) }

    private init(_ tensor: Tensor, copiesValues: Bool) {
        self.tensor = tensor
        if tensor.device.kind == .cpu, tensor.isContiguous(), !tensor.isConj(), !tensor.isNeg() {
            memory = tensor
            return
        }
        let plain = tensor.detach()
        memory = noGrad {
            copiesValues
                ? plain.resolveConj().resolveNeg().to(.cpu).contiguous()
                : Tensor.empty(plain.sizes, dtype: plain.dtype, device: .cpu)
        }
    }

    var pointer: UnsafeMutableRawPointer {
        memory.storage.pointer + memory.storageOffset() * memory.dtype.itemSize
    }
    var byteCount: Int { memory.numel() * memory.dtype.itemSize }

    /// Notes that the memory will be written.
    func willWrite() { if memory === tensor { memory.storage.willWrite() } }

    /// Stores what was written in the caller's tensor.
    func store() {
        if memory === tensor { return tensor.bumpVersion() }
        noGrad { _ = tensor.detach().copy_(memory) }
    }
}

/// The parts of a message that MPI moves in one call, whose counts are 32-bit integers.
package enum MessagePieces {
    /// The greatest size of a piece in bytes. Tests make it small.
    @exclusivity(unchecked) nonisolated(unsafe) package static var limit = 1 << 29

    /// Calls `body` with the offset and size of each piece. A message without elements is one empty piece.
    static func each(_ count: Int, itemSize: Int, _ body: (_ offset: Int, _ count: Int) -> Void) {
        let largest = max(1, limit / itemSize)
        var offset = 0
        repeat {
            let piece = min(largest, count - offset)
            body(offset, piece)
            offset += piece
        } while offset < count
    }
}

/// How MPI reduces the elements of a dtype.
struct Reduction {
    let type: Int32
    let op: Int32
    /// The numbers of an element: 2 for complex ones.
    let width: Int
    let itemSize: Int
    /// Whether the result is divided by the number of processes.
    let isMean: Bool

    /// Raises and returns nil if PyTorch does not reduce the dtype so.
    init?(_ op: ReduceOp, _ dtype: DType, _ operation: String) {
        if dtype.isComplex, op != .sum, op != .avg {
            raise(.value, "\(operation) does not support RedOpType.\(op.name) on complex tensors")
            return nil
        }
        if op == .band || op == .bor || op == .bxor, dtype.isInexact {
            raise(.value, "Cannot use ReduceOp.\(op.name) with non-integral dtype")
            return nil
        }
        if op == .avg, dtype == .bool {
            raise(.value, "Cannot use ReduceOp.AVG with boolean inputs")
            return nil
        }
        switch dtype.toReal {
        case .bool, .uint8: type = Int32(CMPI_U8)
        case .int8: type = Int32(CMPI_I8)
        case .uint16: type = Int32(CMPI_U16)
        case .int16: type = Int32(CMPI_I16)
        case .uint32: type = Int32(CMPI_U32)
        case .int32: type = Int32(CMPI_I32)
        case .uint64: type = Int32(CMPI_U64)
        case .int64: type = Int32(CMPI_I64)
        case .float32: type = Int32(CMPI_F32)
        case .float64: type = Int32(CMPI_F64)
        case .float16: type = Int32(CMPI_F16)
        case .bfloat16: type = Int32(CMPI_BF16)
        default:
            raise(.runtime, "Invalid scalar type")
            return nil
        }
        switch op {
        // A bool is a byte, 0 or 1.
        case .sum where dtype == .bool, .max: self.op = Int32(CMPI_MAX)
        case .product where dtype == .bool, .min: self.op = Int32(CMPI_MIN)
        case .sum, .avg: self.op = Int32(CMPI_SUM)
        case .product: self.op = Int32(CMPI_PRODUCT)
        case .band: self.op = Int32(CMPI_BAND)
        case .bor: self.op = Int32(CMPI_BOR)
        case .bxor: self.op = Int32(CMPI_BXOR)
        }
        width = dtype.isComplex ? 2 : 1
        itemSize = dtype.itemSize / width
        isMean = op == .avg
    }

    /// Divides a sum by the number of processes.
    func finish(_ tensor: Tensor, _ processes: Int) {
        guard isMean, processes > 1 else { return }
        noGrad {
            _ =
                tensor.dtype.isInexact
                ? tensor.detach().div_(processes)
                : tensor.detach().div_(processes, roundingMode: .trunc)
        }
    }
}
