import CTorchKernels
import Synchronization
import Testing
import Torch

@Suite struct DLPackTests {
    static let dtypes: [DType] = DType.allCases

    @Test(arguments: dtypes, [true, false])
    func goesRoundWithoutACopy(_ dtype: DType, _ versioned: Bool) throws {
        let original = Tensor.arange(6).reshape(2, 3).to(dtype)
        let copy = try Tensor(dlpack: original.toDLPack(versioned: versioned))
        #expect(copy.dtype == dtype && copy.shape == [2, 3] && copy.stride() == [3, 1])
        original.select(0, 0).fill_(1)
        copy.select(0, 1).fill_(0)
        #expect(original.toArray(as: Double.self) == [1, 1, 1, 0, 0, 0])
        #expect(copy.toArray(as: Double.self) == [1, 1, 1, 0, 0, 0])
    }

    @Test func viewsKeepTheirStrides() throws {
        let base = Tensor.arange(24).reshape(4, 6)
        let view = base.t().slice(0, 1, 6, step: 2).slice(1, 1, 4)
        let shared = try Tensor(dlpack: view.toDLPack())
        #expect(shared.shape == view.shape && shared.stride() == view.stride())
        #expect(shared.toArray(as: Int.self) == view.toArray(as: Int.self))
        shared[2, 2] = -1
        #expect(base.toArray(as: Int.self)[23] == -1)
        let expanded = try Tensor(dlpack: Tensor.ones(3, 1).expand(3, 4).toDLPack())
        #expect(expanded.stride() == [1, 0] && expanded.sum().item() == 12)
    }

    @Test func scalarsAndEmptyTensors() throws {
        #expect(try Tensor(dlpack: Tensor(7).toDLPack()).item() == 7)
        let empty = try Tensor(dlpack: Tensor.zeros(0, 3).toDLPack())
        #expect(empty.shape == [0, 3] && empty.add(1).numel() == 0)
    }

    @Test func eitherSideMayLiveLonger() throws {
        var original: Tensor? = Tensor.full([1 << 16], 3)
        let capsule = try original!.toDLPack()
        original = nil
        let shared = try Tensor(dlpack: capsule)
        #expect(shared.sum().item() == Double(3 << 16))

        let kept = Tensor.full([1 << 16], 5)
        do { _ = try Tensor(dlpack: kept.toDLPack()) }
        #expect(kept.sum().item() == Double(5 << 16))
    }

    @Test func aCapsuleIsOpenedOnce() throws {
        let capsule = try Tensor.ones(2).toDLPack()
        _ = try Tensor(dlpack: capsule)
        #expect(throws: TorchError(.runtime, "from_dlpack: the capsule has been consumed already")) {
            try Tensor(dlpack: capsule)
        }
    }

    @Test func theDeleterIsCalledExactlyOnce() throws {
        // Opened, then released.
        let opened = Counted()
        do {
            let tensor = try Tensor(dlpack: opened.structure { _ in }, versioned: true)
            let view = tensor.select(0, 1)
            #expect(opened.deletions == 0 && view.toArray(as: Float.self) == [3, 4])
        }
        #expect(opened.deletions == 1)
        // Refused: the deleter is still called.
        let refused = Counted()
        #expect(throws: TorchError.self) {
            try Tensor(dlpack: refused.structure { $0.tensor.dtype_bits = 24 }, versioned: true)
        }
        #expect(refused.deletions == 1)
        // Never opened: the storage is released.
        let released = Atomic<Int>(0)
        do {
            let memory = UnsafeMutablePointer<Float>.allocate(capacity: 4)
            memory.initialize(repeating: 1, count: 4)
            nonisolated(unsafe) let owned = memory
            let tensor = try Tensor(sharing: memory, shape: [4], dtype: .float32) {
                owned.deallocate()
                released.add(1, ordering: .relaxed)
            }
            _ = try tensor.toDLPack()
            #expect(released.load(ordering: .relaxed) == 0)
        }
        #expect(released.load(ordering: .relaxed) == 1)
    }

    @Test func whatCannotBeSharedIsRefused() {
        func message(_ change: (inout st_dl_versioned) -> Void) -> String {
            let counted = Counted()
            do {
                _ = try Tensor(dlpack: counted.structure(change), versioned: true)
                return "no error"
            } catch {
                #expect(counted.deletions == 1)
                return "\(error)"
            }
        }
        #expect(
            message { $0.tensor.strides![0] = -2 }.contains(
                "strides [-2, 1]: tensors with negative strides are not supported"))
        #expect(message { $0.flags = 1 }.contains("read-only"))
        #expect(message { $0.major = 2 }.contains("DLPack version 2.0"))
        #expect(message { $0.tensor.device_type = 2 }.contains("Found no NVIDIA driver on your system"))
        #expect(message { $0.tensor.device_type = 8 }.contains("device type 8"))
        #expect(message { $0.tensor.dtype_lanes = 4 }.contains("4 lanes"))
        #expect(message { $0.tensor.shape![0] = -1 }.contains("impossible sizes [-1, 2]"))
        #expect(message { $0.tensor.shape![0] = .max }.contains("impossible sizes"))
        #expect(message { $0.tensor.strides![0] = .max / 2 }.contains("span more than there can be"))
        #expect(message { $0.tensor.ndim = 65 }.contains("65 dimensions"))
        #expect(message { $0.tensor.byte_offset = 2 }.contains("not aligned"))
        #expect(message { $0.tensor.data = nil }.contains("no memory"))
        #expect(throws: TorchError(.runtime, "Can't export tensors that require gradient, use tensor.detach()")) {
            try Tensor.ones(2, requiresGrad: true).toDLPack()
        }
    }

    @Test func missingStridesMeanRowMajorOrder() throws {
        let counted = Counted()
        let tensor = try Tensor(dlpack: counted.structure { $0.tensor.strides = nil }, versioned: true)
        #expect(tensor.stride() == [2, 1] && tensor.toArray(as: Float.self) == [1, 2, 3, 4])
    }
}

/// A framework that exports [[1, 2], [3, 4]] and counts the calls of its deleter.
private final class Counted {
    private let elements = UnsafeMutablePointer<Float>.allocate(capacity: 4)
    private let numbers = UnsafeMutablePointer<Int64>.allocate(capacity: 4)
    private let managed = UnsafeMutablePointer<st_dl_versioned>.allocate(capacity: 1)
    private(set) var deletions = 0

    func structure(_ change: (inout st_dl_versioned) -> Void) -> UnsafeMutableRawPointer {
        for i in 0..<4 { elements[i] = Float(i + 1) }
        for (i, n) in [2, 2, 2, 1].enumerated() { numbers[i] = Int64(n) }
        managed.initialize(
            to: st_dl_versioned(
                major: 1, minor: 0, manager: Unmanaged.passUnretained(self).toOpaque(),
                deleter: { Unmanaged<Counted>.fromOpaque($0.pointee.manager!).takeUnretainedValue().deletions += 1 },
                flags: 0,
                tensor: st_dl_tensor(
                    data: elements, device_type: 1, device_id: 0, ndim: 2, dtype_code: 2, dtype_bits: 32,
                    dtype_lanes: 1, shape: numbers, strides: numbers + 2, byte_offset: 0)))
        change(&managed.pointee)
        return UnsafeMutableRawPointer(managed)
    }

    deinit {
        elements.deallocate()
        numbers.deallocate()
        managed.deallocate()
    }
}
