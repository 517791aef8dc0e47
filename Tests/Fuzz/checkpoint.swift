// The entry point of libFuzzer for the readers of Torch (run.sh). The readers get the bytes without a file.

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif
@testable import Torch

/// The reader of this run, chosen by the environment.
private let reader: @Sendable (InputFile) throws -> Void = {
    switch getenv("READER").map({ String(cString: $0) }) {
    case "pth": { walk(try CheckpointReader.read($0)) }
    case "pickle": { walk(try readPickle($0)) }
    case "record": { _ = try PickledRecord($0) }
    case "safetensors": { try SafetensorsFile($0).tensors().values.forEach(touch) }
    case "npy": { touch(try Npy.read(FileStream($0))) }
    case "npz": { try Npz.read($0).values.forEach(touch) }
    default: fatalError("READER must be pth, pickle, record, safetensors, npy or npz")
    }
}()

/// Reads only the pickle of a checkpoint, without the zip file, whose checksums would reject nearly every mutation.
/// Storages are zeros.
private func readPickle(_ file: InputFile) throws -> StateValue {
    let budget = CheckpointBudget(file, size: file.size)
    let graph = try Unpickler.read(FileStream(file), budget)
    return try PickleConverter.convert(graph, of: file, budget, isSwapped: true) { record in
        let size = record.count * record.type.itemSize
        guard size <= 1 << 16, let storage = Storage(byteCount: size) else { throw file.error("a large storage") }
        memset(storage.pointer, 0, size)
        return storage
    }
}

/// Checks that the first and last element of the tensor are inside its storage.
private func touch(_ tensor: Tensor) {
    if tensor.numel() == 0 { return }
    let layout = tensor.layout
    let last = zip(layout.sizes, layout.strides).reduce(layout.offset) { $0 + ($1.0 - 1) * $1.1 }
    precondition(
        layout.offset >= 0 && last >= layout.offset && (last + 1) * tensor.itemSize <= tensor.storage.byteCount,
        "a tensor outside its storage")
}

private func walk(_ value: StateValue) {
    switch value {
    case .tensor(let tensor): touch(tensor)
    case .list(let elements), .tuple(let elements), .set(let elements): elements.forEach(walk)
    case .dict(let map): for (_, value) in map { walk(value) }
    default: break
    }
}

/// Runs the reader on one input of the fuzzer.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let file = InputFile(bytes: Array(UnsafeBufferPointer(start: start, count: count)), name: "input")
    do {
        try reader(file)
    } catch is TorchError {
        // A reader should throw this for bad input.
    } catch {
        fatalError("an error of the wrong kind: \(error)")
    }
    return 0
}
