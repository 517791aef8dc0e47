/// Sequences of different lengths without padding: the elements of all sequences at the first step, then those at the
/// second, and so on. The longest sequence is first, so each step has the first rows of the step before it.
/// `packPaddedSequence` and `packSequence` make it; `RNN`, `LSTM` and `GRU` take and return it.
/// PyTorch: `torch.nn.utils.rnn.PackedSequence`.
///
///     let packed = packSequence([Tensor([4, 5, 6]), Tensor([1, 2])])
///     print(packed.data)              // tensor([4, 1, 5, 2, 6])
///     print(packed.batchSizes)        // tensor([2, 2, 1])
public struct PackedSequence {
    /// The elements, [sum of the lengths, *].
    public let data: Tensor
    /// The number of sequences that have each step: an int64 vector on the CPU.
    public let batchSizes: Tensor
    /// The indices of the original sequences in the order of their lengths; nil if they were in this order.
    public let sortedIndices: Tensor?
    /// The inverse of `sortedIndices`: the place of each original sequence.
    public let unsortedIndices: Tensor?

    /// Creates packed sequences from their parts. By default `unsortedIndices` are the inverse of `sortedIndices`.
    /// - Precondition: `batchSizes` is on the CPU.
    public init(data: Tensor, batchSizes: Tensor, sortedIndices: Tensor? = nil, unsortedIndices: Tensor? = nil) {
        if !batchSizes.isVoid, batchSizes.device.kind != .cpu {
            raise(
                .value,
                "batch_sizes should always be on CPU. Instances of PackedSequence should never be created manually. They should be instantiated by functions like pack_sequence and pack_padded_sequences in nn.utils.rnn. https://pytorch.org/docs/stable/nn.html#torch.nn.utils.rnn.pack_sequence"
            )
        }
        self.data = data
        self.batchSizes = batchSizes
        self.sortedIndices = sortedIndices
        self.unsortedIndices = unsortedIndices ?? sortedIndices.map { invertPermutation($0) }
    }

    /// A failed result.
    static var void: PackedSequence { PackedSequence(data: .void, batchSizes: .void) }

    /// Returns the sequences with their elements converted to a dtype. PyTorch: `PackedSequence.to`.
    public func to(_ dtype: DType) -> PackedSequence { with(data.to(dtype)) }
    /// Returns the sequences with their elements and indices on a device. `batchSizes` stays on the CPU.
    public func to(_ device: Device) -> PackedSequence { with(data.to(device)) }
    /// Like `to(_:)`, with PyTorch's name.
    public func to(dtype: DType) -> PackedSequence { to(dtype) }
    /// Like `to(_:)`, with PyTorch's name.
    public func to(device: Device) -> PackedSequence { to(device) }
    /// Returns the sequences on the CPU.
    public func cpu() -> PackedSequence { to(.cpu) }
    /// Returns the sequences on the GPU.
    public func cuda() -> PackedSequence { to(.cuda) }
    /// Returns the sequences as float64.
    public func double() -> PackedSequence { to(.float64) }
    /// Returns the sequences as float32.
    public func float() -> PackedSequence { to(.float32) }
    /// Returns the sequences as float16.
    public func half() -> PackedSequence { to(.float16) }
    /// Returns the sequences as int64.
    public func long() -> PackedSequence { to(.int64) }

    private func with(_ data: Tensor) -> PackedSequence {
        if data === self.data { return self }
        return PackedSequence(
            data: data, batchSizes: batchSizes, sortedIndices: sortedIndices?.to(data.device),
            unsortedIndices: unsortedIndices?.to(data.device))
    }

    /// Returns the batch sizes as numbers. Raises and returns nil if they are not those of packed sequences.
    func checkedBatchSizes() -> [Int]? {
        if anyVoid(data, batchSizes) { return nil }
        guard batchSizes.dim == 1, batchSizes.dtype == .int64, batchSizes.device.kind == .cpu else {
            raise(
                .runtime,
                "'lengths' argument should be a 1D CPU int64 tensor, but got \(batchSizes.dim)D \(batchSizes.device) \(batchSizes.dtype.scalarTypeName) tensor"
            )
            return nil
        }
        let sizes = batchSizes.toArray(as: Int.self)
        var rest = data.dim > 0 ? data.sizes[0] : 0
        for (i, size) in sizes.enumerated() {
            if size <= 0 || i > 0 && size > sizes[i - 1] || size > rest {
                rest = -1
                break
            }
            rest -= size
        }
        guard rest == 0, !sizes.isEmpty else {
            raise(
                .runtime,
                "batch_sizes of a PackedSequence must be positive, must not increase, and must add up to its \(data.dim > 0 ? data.sizes[0] : 0) elements"
            )
            return nil
        }
        return sizes
    }
}

extension PackedSequence: CustomStringConvertible {
    /// The parts, as Python prints them.
    public var description: String {
        func text(_ tensor: Tensor?) -> String { tensor.map { "\($0)" } ?? "None" }
        return
            "PackedSequence(data=\(data), batch_sizes=\(batchSizes), sorted_indices=\(text(sortedIndices)), unsorted_indices=\(text(unsortedIndices)))"
    }
}

/// Returns the inverse of a permutation: the int64 vector that has i at the index permutation[i].
/// PyTorch: `torch.nn.utils.rnn.invert_permutation`.
public func invertPermutation(_ permutation: Tensor) -> Tensor {
    if permutation.isVoid { return .void }
    let places = Tensor.arange(permutation.numel(), dtype: permutation.dtype, device: permutation.device)
    return Tensor.emptyLike(permutation, memoryFormat: .contiguous).scatter_(dim: 0, index: permutation, src: places)
}

// MARK: - Packing

/// Packs padded sequences [length, batch, *], or [batch, length, *] with `batchFirst`.
/// PyTorch: `torch.nn.utils.rnn.pack_padded_sequence`.
///
/// - Parameters:
///   - input: the padded sequences, with any number of further dimensions.
///   - lengths: the lengths of the sequences, an integer vector on the CPU. What lies behind them is left out.
///   - batchFirst: whether the batch is the first dimension of `input`.
///   - enforceSorted: whether the lengths must not increase. If false, the sequences are sorted by length, and the
///     result remembers their order.
/// - Precondition: there is a positive length for each sequence, of at most the size of the input.
public func packPaddedSequence(
    _ input: Tensor, lengths: Tensor, batchFirst: Bool = false, enforceSorted: Bool = true
) -> PackedSequence {
    if anyVoid(input, lengths) { return .void }
    guard input.dim >= 2 else {
        raise(
            .index,
            input.dim == 0
                ? "Dimension specified as 1 but tensor has no dimensions"
                : "Dimension out of range (expected to be in range of [-1, 0], but got 1)")
        return .void
    }
    var input = input, lengths = noGrad { lengths.detach().to(.int64) }
    guard lengths.device.kind == .cpu, lengths.dim == 1 else {
        raise(
            .runtime,
            "'lengths' argument should be a 1D CPU int64 tensor, but got \(lengths.dim)D \(lengths.device) Long tensor")
        return .void
    }
    let batch = input.sizes[batchFirst ? 0 : 1], longest = input.sizes[batchFirst ? 1 : 0]
    guard input.numel() > 0 else {
        raise(.runtime, "Cannot pack empty tensors.")
        return .void
    }
    guard lengths.sizes[0] == batch else {
        raise(
            .runtime,
            "Expected `len(lengths)` to be equal to batch_size, but got \(lengths.sizes[0]) (batch_size=\(batch))")
        return .void
    }
    var sortedIndices: Tensor?
    if !enforceSorted {
        let (values, indices) = lengths.sort(dim: 0, descending: true)
        lengths = values
        sortedIndices = indices.to(input.device)
        input = input.indexSelect(batchFirst ? 0 : 1, indices.to(input.device))
    }
    let numbers = lengths.toArray(as: Int.self)
    guard numbers[batch - 1] > 0 else {
        raise(
            .runtime,
            "Length of all samples has to be greater than 0, but found an element in 'lengths' that is <= 0")
        return .void
    }
    guard zip(numbers, numbers.dropFirst()).allSatisfy({ $0 >= $1 }) else {
        raise(
            .runtime,
            "`lengths` array must be sorted in decreasing order when `enforce_sorted` is True. You can pass `enforce_sorted=False` to pack_padded_sequence and/or pack_sequence to sidestep this requirement if you do not need ONNX exportability."
        )
        return .void
    }
    guard numbers[0] <= longest else {
        raise(
            .runtime,
            "Length of all samples has to be at most \(longest), the length of the padded sequences, but found \(numbers[0]) in 'lengths'"
        )
        return .void
    }
    guard numbers[0] <= RecurrentSteps.most else {
        raise(.outOfMemory(numbers[0].multipliedReportingOverflow(by: 8).overflow ? .max : numbers[0] * 8))
        return .void
    }
    // The number of lengths above t.
    var sizes: [Int] = []
    var left = batch
    for t in 0..<numbers[0] {
        while numbers[left - 1] <= t { left -= 1 }
        sizes.append(left)
    }
    let rows = PackedRows(batchSizes: sizes, length: longest)
    return PackedSequence(
        data: rows.pack(batchFirst ? input.transpose(0, 1) : input),
        batchSizes: noGrad { Tensor(sizes, dtype: .int64, device: .cpu) }, sortedIndices: sortedIndices)
}

/// Like `packPaddedSequence(_:lengths:batchFirst:enforceSorted:)`, for a list of lengths.
public func packPaddedSequence(
    _ input: Tensor, lengths: [Int], batchFirst: Bool = false, enforceSorted: Bool = true
) -> PackedSequence {
    packPaddedSequence(
        input, lengths: Tensor(lengths, dtype: .int64, device: .cpu), batchFirst: batchFirst,
        enforceSorted: enforceSorted)
}

/// Packs sequences [length, *] of different lengths. PyTorch: `torch.nn.utils.rnn.pack_sequence`.
/// - Parameters:
///   - sequences: the sequences.
///   - enforceSorted: whether the lengths must not increase. If false, the sequences are sorted by length.
/// - Precondition: there is at least one sequence, and none is empty.
public func packSequence(_ sequences: [Tensor], enforceSorted: Bool = true) -> PackedSequence {
    let padded = padSequence(sequences)
    if padded.isVoid { return .void }
    return packPaddedSequence(padded, lengths: sequences.map { $0.sizes[0] }, enforceSorted: enforceSorted)
}

// MARK: - Unpacking

/// Pads packed sequences to one length: the adjoint of packing. Returns [length, batch, *], or [batch, length, *] with
/// `batchFirst`, and the lengths. The sequences are in the order before they were sorted.
/// PyTorch: `torch.nn.utils.rnn.pad_packed_sequence`.
///
/// - Parameters:
///   - sequence: the packed sequences.
///   - batchFirst: whether the batch is the first dimension of the result.
///   - paddingValue: the value of the padding.
///   - totalLength: the length of the result; by default that of the longest sequence.
/// - Precondition: `totalLength` is at least the longest length.
public func padPackedSequence(
    _ sequence: PackedSequence, batchFirst: Bool = false, paddingValue: some ScalarConvertible = 0,
    totalLength: Int? = nil
) -> (Tensor, Tensor) {
    guard let sizes = sequence.checkedBatchSizes() else { return (.void, .void) }
    if let totalLength, totalLength < sizes.count {
        raise(
            .value,
            "Expected total_length to be at least the length of the longest sequence in input, but got total_length=\(totalLength) and max sequence length being \(sizes.count)"
        )
        return (.void, .void)
    }
    let rows = PackedRows(batchSizes: sizes, length: totalLength ?? sizes.count)
    var padded = rows.pad(sequence.data, paddingValue.scalar)
    if batchFirst { padded = padded.transpose(0, 1) }
    var lengths = noGrad { Tensor(rows.lengths, dtype: .int64, device: .cpu) }
    if let order = sequence.unsortedIndices {
        padded = padded.indexSelect(batchFirst ? 0 : 1, order)
        lengths = lengths.indexSelect(0, order.to(.cpu))
    }
    return (padded, lengths)
}

/// Returns packed sequences as a list of tensors [length, *], in their original order.
/// PyTorch: `torch.nn.utils.rnn.unpack_sequence`.
public func unpackSequence(_ sequences: PackedSequence) -> [Tensor] {
    let (padded, lengths) = padPackedSequence(sequences, batchFirst: true)
    return padded.isVoid ? [] : unpadSequence(padded, lengths: lengths, batchFirst: true)
}

/// Returns padded sequences [length, batch, *], or [batch, length, *] with `batchFirst`, as a list of tensors without
/// their padding. Unlike PyTorch's function, it leaves the dimensions of its argument as they are.
/// PyTorch: `torch.nn.utils.rnn.unpad_sequence`.
/// - Precondition: there is one length for each sequence.
public func unpadSequence(_ paddedSequences: Tensor, lengths: Tensor, batchFirst: Bool = false) -> [Tensor] {
    if anyVoid(paddedSequences, lengths) || !lengths.hasData() { return [] }
    guard paddedSequences.dim >= 2 else {
        raise(.index, "Dimension out of range (expected to be in range of [-1, 0], but got 1)")
        return []
    }
    let batched = batchFirst ? paddedSequences : paddedSequences.transpose(0, 1)
    let (batch, longest) = (batched.sizes[0], batched.sizes[1])
    let counts = lengths.dim == 1 ? lengths.toArray(as: Double.self) : []
    guard counts.count == batch else {
        raise(.value, "zip() argument 2 is \(counts.count < batch ? "shorter" : "longer") than argument 1")
        return []
    }
    return zip(batched.unbind(dim: 0), counts).map { sequence, length in
        let count = length > 0 ? Int(min(length.rounded(.up), Double(longest))) : 0
        return sequence.narrow(0, 0, count).clone().named("IndexBackward0")
    }
}

// MARK: - Rows

/// Moves rows between packed and padded sequences. Packing and padding with zeros are each other's adjoint.
private struct PackedRows {
    /// The rows of each step; they do not increase.
    let batchSizes: [Int]
    /// The length of the padded sequences.
    let length: Int

    /// The lengths of the sequences.
    var lengths: [Int] {
        var result = [Int](repeating: batchSizes.count, count: batchSizes[0])
        for t in 1..<max(batchSizes.count, 1) {
            for i in batchSizes[t]..<batchSizes[t - 1] { result[i] = t }
        }
        return result
    }

    /// Calls `body` with each longest range of steps that have the same number of rows, and with its first row.
    private func forEachRun(_ body: (_ steps: Range<Int>, _ size: Int, _ row: Int) -> Void) {
        var start = 0, row = 0
        while start < batchSizes.count {
            let size = batchSizes[start]
            let end = batchSizes[start...].firstIndex { $0 != size } ?? batchSizes.count
            body(start..<end, size, row)
            row += (end - start) * size
            start = end
        }
    }

    /// Returns the rows of padded sequences [length, batch, *].
    func pack(_ padded: Tensor) -> Tensor {
        if padded.isVoid { return .void }
        let result = noGrad {
            var parts: [Tensor] = []
            forEachRun { steps, size, _ in
                let part = padded.detach().narrow(0, steps.lowerBound, steps.count).narrow(1, 0, size)
                parts.append(part.reshape([steps.count * size] + padded.sizes.dropFirst(2)))
            }
            return cat(parts)
        }
        return result.record("PackPaddedSequenceBackward0", padded) { [self] _, grad in pad(grad, 0) }
    }

    /// Returns padded sequences [length, batch, *] of packed rows.
    func pad(_ data: Tensor, _ value: Scalar) -> Tensor {
        if data.isVoid { return .void }
        let result = noGrad {
            let sizes = [length, batchSizes[0]] + data.sizes.dropFirst()
            let padded = Tensor.full(sizes, value, dtype: data.dtype, device: data.device)
            if padded.isVoid { return padded }
            forEachRun { steps, size, row in
                let part = data.detach().narrow(0, row, steps.count * size)
                padded.narrow(0, steps.lowerBound, steps.count).narrow(1, 0, size).copy_(
                    part.reshape([steps.count, size] + data.sizes.dropFirst()))
            }
            return padded
        }
        return result.record("CopySlices", data) { [self] _, grad in pack(grad) }
    }
}
