// libFuzzer's entry points. They are compiled into the module Torch itself (run.sh), so that readers are fed bytes without a file in between.

/// The reader that this program tries, set by run.sh's `-D`.
private func readInput(_ file: InputFile) throws {
    #if FUZZ_PTH
    walk(try CheckpointReader.read(file))
    #elseif FUZZ_SAFETENSORS
    try SafetensorsFile(file).tensors().values.forEach(touch)
    #elseif FUZZ_NPY
    touch(try Npy.read(FileStream(file)))
    #elseif FUZZ_NPZ
    try Npz.read(file).values.forEach(touch)
    #else
    #error("run.sh says which reader is meant")
    #endif
}

/// Reads the tensor's first and last element, which must be inside its storage.
private func touch(_ tensor: Tensor) {
    if tensor.numel() == 0 { return }
    let layout = tensor.layout
    let last = zip(layout.sizes, layout.strides).reduce(layout.offset) { $0 + ($1.0 - 1) * $1.1 }
    let bytes = UnsafeRawBufferPointer(start: tensor.storage.pointer, count: tensor.storage.byteCount)
    for element in [layout.offset, last] {
        for byte in 0..<tensor.itemSize { precondition(bytes[element * tensor.itemSize + byte] <= 255) }
    }
}

private func walk(_ value: StateValue) {
    switch value {
    case .tensor(let tensor): touch(tensor)
    case .list(let elements), .tuple(let elements), .set(let elements): elements.forEach(walk)
    case .dict(let map): for (_, value) in map { walk(value) }
    default: break
    }
}

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let file = InputFile(bytes: Array(UnsafeBufferPointer(start: start, count: count)), name: "input")
    do {
        try readInput(file)
    } catch is TorchError {
        // What a reader is to do with bad input.
    } catch {
        fatalError("an error of the wrong kind: \(error)")
    }
    return 0
}
