/// Reads a `.npy` file. NumPy: `np.load`, then `torch.from_numpy`.
///
/// A file in Fortran order gives a tensor with column-major strides. If the file contains several arrays, the first is
/// read.
/// - Throws: `TorchError` if the file cannot be read, is shorter than its header says, or has a dtype that is not in
///   `DType`.
public func loadNpy(_ path: String) throws -> Tensor {
    try Npy.read(FileStream(InputFile(path: path)))
}

/// Writes a `.npy` file, byte for byte as NumPy writes it. NumPy: `np.save`.
/// - Throws: `TorchError` if the file cannot be written, or if NumPy does not have the dtype (bfloat16).
public func saveNpy(_ tensor: Tensor, to path: String) throws {
    let (header, elements) = try Npy.parts(tensor, path)
    let file = try OutputFile(path: path)
    try file.write(header)
    try file.write(elements)
    try file.commit()
}

enum Npy {
    /// Reads a header and its elements.
    static func read(_ stream: some ByteStream) throws -> Tensor {
        switch try NpyHeader.read(stream) {
        case .numbers(let header): return try elements(stream, header)
        case .other(let reason): throw stream.error(reason)
        }
    }

    /// Reads the elements after a header. Bytes after them are not read.
    static func elements(_ stream: some ByteStream, _ header: NpyHeader) throws -> Tensor {
        // The header reader rejected sizes whose byte count overflows.
        let size = Layout.checkedCount(header.sizes)! * header.dtype.itemSize
        guard size <= stream.remaining else {
            throw stream.error(
                "\(stream.remaining) bytes of elements, \(size) are wanted for \(header.dtype) \(header.sizes)"
            )
        }
        let storage = try stream.storage(byteCount: size)
        FileTensor.normalize(storage, header.dtype, isSwapped: header.isSwapped)
        let strides =
            header.isFortranOrder
            ? Array(Layout.contiguousStrides(header.sizes.reversed()).reversed())
            : Layout.contiguousStrides(header.sizes)
        do {
            return try FileTensor.make(storage, header.sizes, strides: strides, offset: 0, header.dtype)
        } catch {
            throw stream.error(error.message)
        }
    }

    /// Returns the header, and a tensor whose row-major elements follow it. The tensor is transposed if that avoids a
    /// copy, as in NumPy.
    static func parts(_ tensor: Tensor, _ path: String) throws -> (header: [UInt8], elements: Tensor) {
        try tensor.storage.checkHasData()
        if tensor.isVoid { throw TorchError(.value, "\(path): the tensor is void because an operator before failed") }
        let plain = tensor.detach().resolved
        if plain.isVoid { throw TorchError.outOfMemory(tensor.numel() * tensor.itemSize) }
        let transposed = plain.alias(plain.layout.permuted(Array((0..<plain.dim).reversed())))
        let isFortranOrder = !plain.isContiguous() && transposed.isContiguous()
        do {
            return (
                try NpyHeader.bytes(tensor.dtype, tensor.sizes, isFortranOrder: isFortranOrder),
                isFortranOrder ? transposed : plain
            )
        } catch {
            throw TorchError(.type, "\(path): \(error.message)")
        }
    }
}
