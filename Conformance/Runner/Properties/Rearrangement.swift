import Torch

/// A way to lay a tensor's elements in memory.
struct Rearrangement: Sendable {
    let name: String
    /// Gives a tensor values that allow the form, if it does not exist for all values.
    var equalize: (@Sendable (Tensor) throws -> Tensor)?
    /// Where the elements of a tensor, whose number among the arguments is given, are laid; nil if the form does not exist for it.
    let layout: @Sendable (Tensor, Int) -> Layout?

    /// What the form is compared with: a tensor of the values that it has in it.
    func prepared(_ tensor: Tensor) throws -> Tensor { try equalize?(tensor) ?? tensor }

    /// The tensor's elements in the new form, within a block of poison.
    func laid(_ tensor: Tensor, _ number: Int, _ blocks: PoisonedBlocks) throws -> Tensor {
        guard let layout = layout(tensor, number) else { return try prepared(tensor) }
        return try blocks.lay(prepared(tensor), layout)
    }

    func changes(_ tensors: [Tensor]) -> Bool { tensors.enumerated().contains { layout($1, $0) != nil } }

    static let all: [Rearrangement] = [stepped, transposed, padded, offset, channelsLast, expandedFirst, expandedLast, expandedWhole, mixed]

    /// Every second element.
    static let stepped = Rearrangement(name: "stepped") { t, _ in
        t.dim == 0 ? nil : Layout(t.shape.sizes, strides: Layout.contiguousStrides(t.shape.sizes).map { $0 * 2 }, offset: 1)
    }

    static let transposed = Rearrangement(name: "transposed") { t, _ in
        t.dim < 2 ? nil : Layout(t.shape.sizes, strides: Layout.contiguousStrides(t.shape.sizes.reversed()).reversed(), offset: 0)
    }

    /// Rows with something behind each.
    static let padded = Rearrangement(name: "padded") { t, _ in
        guard t.dim >= 2, let last = t.shape.sizes.last else { return nil }
        return Layout(t.shape.sizes, strides: Layout.contiguousStrides(t.shape.sizes.dropLast() + [last + 3]), offset: 2)
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

    /// Another form for each argument.
    static let mixed = Rearrangement(name: "mixed") { t, number in
        let forms = [transposed, stepped, offset, padded]
        return (0..<forms.count).lazy.compactMap { forms[($0 + number) % forms.count].layout(t, number) }.first
    }

    private static func expanded(_ name: String, _ dims: @escaping @Sendable (Int) -> [Int]) -> Rearrangement {
        Rearrangement(name: name, equalize: { t in
            // Each element becomes that at index 0 of the expanded dimensions.
            var strides = t.stride()
            for d in dims(t.dim) { strides[d] = 0 }
            if t.numel() == 0 { return t }
            let source = try Tensor(storage: t.storage, layout: Layout(t.shape.sizes, strides: strides, offset: t.storageOffset()), dtype: t.dtype)
            return try PoisonedBlocks().lay(source, Layout(t.shape.sizes))
        }, layout: { t, _ in
            let dims = dims(t.dim)
            if t.numel() < 2 || !dims.contains(where: { t.shape.sizes[$0] > 1 }) { return nil }
            var strides = Layout.contiguousStrides(t.shape.sizes.enumerated().map { dims.contains($0) ? 1 : $1 })
            for d in dims { strides[d] = 0 }
            return Layout(t.shape.sizes, strides: strides, offset: 1)
        })
    }
}
