import Torch

/// A memory layout for the elements of a tensor.
struct Rearrangement: Sendable {
    let name: String
    /// Replaces the tensor first by one whose values allow the layout, or by one of another shape.
    var preparation: (@Sendable (Tensor) throws -> Tensor)?
    /// Makes the tensor an unresolved view, of memory that holds other numbers. Twice, it changes nothing.
    var flip: (@Sendable (Tensor) -> Tensor)?
    /// Whether elements share memory, so the tensor cannot be written to.
    var repeats = false
    /// Returns the layout for a tensor and its argument number, or nil if the tensor cannot have this layout.
    let layout: @Sendable (Tensor, Int) -> Layout?

    /// Returns the tensor that `laid` has the elements of, for comparison.
    func prepared(_ tensor: Tensor) throws -> Tensor { try preparation?(tensor) ?? tensor }

    /// Returns the elements of the tensor in the new layout, inside a block of poison.
    func laid(_ tensor: Tensor, _ number: Int, _ blocks: PoisonedBlocks) throws -> Tensor {
        let tensor = try prepared(tensor)
        guard let layout = layout(tensor, number) else { return tensor }
        guard let flip else { return try blocks.lay(tensor, layout) }
        return try flip(blocks.lay(flip(tensor), layout)).detach()
    }

    func changes(_ tensors: [Tensor]) throws -> Bool {
        try tensors.enumerated().contains { try layout(prepared($1), $0) != nil }
    }

    static let all: [Rearrangement] = [
        stepped, transposed, padded, offset, channelsLast, expandedFirst, expandedLast, expandedWhole, vector,
        expandedVector, mixed, conjugates, negatives
    ]

    /// Returns the forms that the arguments of an operator may have.
    static func all(for operatorCase: OperatorCase) -> [Rearrangement] {
        let refuses = Exceptions.conjugates[operatorCase.operatorName] != nil
        return refuses ? all.filter { $0.name != conjugates.name } : all
    }

    /// Every second element of a block.
    static let stepped = Rearrangement(name: "stepped") { t, _ in
        let sizes = t.shape.sizes
        return sizes.isEmpty ? nil : Layout(sizes, strides: Layout.contiguousStrides(sizes).map { $0 * 2 }, offset: 1)
    }

    static let transposed = Rearrangement(name: "transposed") { t, _ in
        let sizes = t.shape.sizes
        return sizes.count < 2
            ? nil
            : Layout(sizes, strides: Layout.contiguousStrides(sizes.reversed()).reversed(), offset: 0)
    }

    /// Rows with padding after each.
    static let padded = Rearrangement(name: "padded") { t, _ in
        guard t.dim >= 2, let last = t.shape.sizes.last else { return nil }
        let strides = Layout.contiguousStrides(t.shape.sizes.dropLast() + [last + 3])
        return Layout(t.shape.sizes, strides: strides, offset: 2)
    }

    static let offset = Rearrangement(name: "offset") { t, _ in Layout(t.shape.sizes, offset: 3) }

    static let channelsLast = Rearrangement(name: "channels last") { t, _ in
        guard t.dim == 4 || t.dim == 5 else { return nil }
        let order = [0] + Array(2..<t.dim) + [1]
        var strides = [Int](repeating: 0, count: t.dim)
        for (d, stride) in zip(order, Layout.contiguousStrides(order.map { t.shape.sizes[$0] })) { strides[d] = stride }
        return Layout(t.shape.sizes, strides: strides, offset: 0)
    }

    static let expandedFirst = expanded("expanded along the first dimension") { $0 > 0 ? [0] : [] }
    static let expandedLast = expanded("expanded along the last dimension") { $0 > 0 ? [$0 - 1] : [] }
    static let expandedWhole = expanded("one element expanded") { Array(0..<$0) }

    /// The elements of the tensor as one strided column. PyTorch has few cases with vectors.
    static let vector = Rearrangement(name: "column", preparation: flattened, layout: stepped.layout)
    static let expandedVector = Rearrangement(
        name: "expanded vector",
        preparation: { t in
            try expandedWhole.prepared(flattened(t))
        }, repeats: true, layout: expandedWhole.layout)

    /// Returns the elements in one dimension; five elements if there is only one.
    @Sendable private static func flattened(_ t: Tensor) throws -> Tensor {
        try withError {
            let flat = t.reshape([-1])
            if flat.numel() != 1 { return flat.clone() }
            return cat([flat, Tensor.zerosLike(flat), flat, Tensor.onesLike(flat), flat])
        }
    }

    /// A different layout for each argument.
    static let mixed = Rearrangement(name: "mixed") { t, number in
        let forms = [transposed, stepped, offset, padded]
        return (0..<forms.count).lazy.compactMap { forms[($0 + number) % forms.count].layout(t, number) }.first
    }

    /// Views of the conjugates of memory that holds the conjugates.
    static let conjugates = Rearrangement(name: "conjugates", flip: { $0.conj() }) { t, number in
        t.dtype.isComplex ? mixed.layout(t, number) ?? offset.layout(t, number) : nil
    }

    /// Views of the negatives of memory that holds the negatives.
    static let negatives = Rearrangement(name: "negatives", flip: { $0.negView() }) { t, number in
        let others: [DType] = [.bool, .uint16, .uint32, .uint64, .float8_e4m3fn, .float8_e5m2]
        return !others.contains(t.dtype) ? mixed.layout(t, number) ?? offset.layout(t, number) : nil
    }

    private static func expanded(_ name: String, _ dims: @escaping @Sendable (Int) -> [Int]) -> Rearrangement {
        Rearrangement(
            name: name,
            preparation: { t in
                // Each element gets the value at index 0 of the expanded dimensions.
                var strides = t.stride()
                for d in dims(t.dim) { strides[d] = 0 }
                if t.numel() == 0 { return t }
                let source = try t.over(Layout(t.shape.sizes, strides: strides, offset: t.storageOffset()))
                return try PoisonedBlocks().lay(source, Layout(t.shape.sizes))
            }, repeats: true,
            layout: { t, _ in
                let dims = dims(t.dim)
                if t.numel() < 2 || !dims.contains(where: { t.shape.sizes[$0] > 1 }) { return nil }
                var strides = Layout.contiguousStrides(t.shape.sizes.enumerated().map { dims.contains($0) ? 1 : $1 })
                for d in dims { strides[d] = 0 }
                return Layout(t.shape.sizes, strides: strides, offset: 1)
            })
    }
}
