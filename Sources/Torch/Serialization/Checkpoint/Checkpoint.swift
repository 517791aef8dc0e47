/// Writes a file that `torch.load(path, weights_only=True)` reads. PyTorch: `torch.save`.
///
/// Tensors that share memory also share it in the file. For a view the whole storage is written, as in PyTorch;
/// `clone()` the view to write only its elements. The file appears whole or not at all.
/// - Throws: `TorchError` if the file cannot be written, or if two tensors use the same memory with different dtypes.
public func save(_ value: some StateValueConvertible, to path: String) throws {
    try CheckpointWriter.write(value.stateValue, to: path)
}

/// Reads a file that `torch.save` wrote, in the zip format or the format before 1.6. PyTorch: `torch.load(path,
/// weights_only=True)`.
///
/// Nothing in the file is executed. All tensors are loaded to the CPU, whatever their device was.
/// - Throws: `TorchError` with file, position and reason, if the file cannot be read or contains anything other than
///   tensors, numbers, text and containers of them.
public func load(_ path: String) throws -> StateValue {
    try CheckpointReader.read(InputFile(path: path))
}

/// Reads a state dict. PyTorch: `torch.load(path, weights_only=True)` of what `torch.save(model.state_dict(), path)`
/// wrote.
/// - Throws: `TorchError`, as `load` does, and if the file contains anything other than tensors by name.
public func loadStateDict(_ path: String) throws -> StateDict {
    guard case .dict(let map) = try load(path) else { throw TorchError(.file, "\(path): holds no state dict") }
    var result = StateDict()
    for (key, value) in map {
        guard case .string(let name) = key else {
            throw TorchError(.file, "\(path): [\(key)]: a state dict's keys are names")
        }
        guard case .tensor(let tensor) = value else {
            throw TorchError(
                .file,
                "\(path): ['\(name)']: a \(value.typeName) where a state dict has a tensor; use load for a checkpoint of more than a state dict"
            )
        }
        result[name] = tensor
    }
    return result
}
