/// Writes a file that `torch.load(path, weights_only=True)` reads. PyTorch: `torch.save`.
///
/// Tensors that share memory share it in the file; of a view the whole storage is written, as in PyTorch (`clone()` it
/// where only the view is wanted).
/// The file appears whole or not at all.
/// - Throws: `TorchError` where the file cannot be written, or where two tensors use the same memory with different
/// -   dtypes.
public func save(_ value: some StateValueConvertible, to path: String) throws {
    try CheckpointWriter.write(value.stateValue, to: path)
}

/// Reads a file that `torch.save` wrote, in the zip format or in the one before PyTorch 1.6. PyTorch: `torch.load(path,
/// weights_only=True)`.
///
/// Nothing in the file is executed. Tensors come to the CPU, wherever they were saved.
/// - Throws: `TorchError` where the file cannot be read or holds something else than tensors, numbers, text and
/// -   containers of them; it names file, place and reason.
public func load(_ path: String) throws -> StateValue {
    try CheckpointReader.read(InputFile(path: path))
}

/// Reads a state dict. PyTorch: `torch.load(path, weights_only=True)` of what `torch.save(model.state_dict(), path)`
/// wrote.
/// - Throws: `TorchError`, as `load`, and where the file holds something else than tensors by name.
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
