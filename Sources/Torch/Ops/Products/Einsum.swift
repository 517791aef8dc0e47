// Sums of products over named dimensions.

/// Computes the sum of products that the equation describes in Einstein notation. Letters name dimensions, and `...`
/// stands for broadcast dimensions. A letter that an operand has twice means its diagonal. Letters that are not after
/// `->` are summed. Without `->`, the result has the letters that occur once, in alphabetical order.
/// PyTorch: `torch.einsum`.
///
///     einsum("bij,bjk->bik", a, b)
///
/// - Precondition: there is one operand for each part of the equation, all of one dtype, each with as many dimensions
///   as its part names. Dimensions with the same letter have the same size, or size 1.
public func einsum(_ equation: String, _ operands: Tensor...) -> Tensor { einsum(equation, operands) }

/// Like `einsum(_:_:)`, for an array of operands.
public func einsum(_ equation: String, _ operands: [Tensor]) -> Tensor {
    let range = OperatorRange("aten::einsum", [nil] + operands)
    defer { range.end() }
    if anyVoid(operands) { return .void }
    guard !operands.isEmpty else { return fail(.runtime, "einsum(): must provide at least one operand") }
    do {
        return try Einsum(equation, operands).result()
    } catch {
        return fail(error.kind, error.message)
    }
}

private struct Einsum {
    /// A letter, or the k-th of the dimensions that `...` stands for.
    enum Label: Hashable {
        case rest(Int)
        case letter(UInt8)

        /// The position in the default order: the dimensions of `...`, then upper case, then lower case, as in ASCII.
        var order: Int {
            switch self {
            case .rest(let k): k - 256
            case .letter(let c): Int(c)
            }
        }
    }

    /// The operands with one dimension for each label, in the order of `labels`.
    private var operands: [Tensor] = []
    private var labels: [Label] = []
    private let resultRank: Int

    init(_ equation: String, _ tensors: [Tensor]) throws(TorchError) {
        let text = Array(equation.utf8)
        let arrow = text.indices.dropLast().first { text[$0] == UInt8(ascii: "-") && text[$0 + 1] == UInt8(ascii: ">") }
        let parts = text[..<(arrow ?? text.count)].split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        guard parts.count <= tensors.count else {
            throw Einsum.error("fewer operands were provided than specified in the equation")
        }
        guard parts.count == tensors.count else {
            throw Einsum.error("more operands were provided than specified in the equation")
        }

        // The names of each operand's dimensions; nil stands for an ellipsis.
        var named: [[UInt8?]] = []
        for (i, part) in parts.enumerated() { named.append(try Einsum.subscripts(part, "for operand \(i)")) }
        var restRank = 0
        for (i, (names, tensor)) in zip(named, tensors).enumerated() {
            let letters = names.count { $0 != nil }
            let hasRest = letters < names.count
            guard hasRest ? letters <= tensor.dim : letters == tensor.dim else {
                throw Einsum.error(
                    "the number of subscripts in the equation (\(letters)) "
                        + (hasRest
                            ? "is more than the number of dimensions (\(tensor.dim)) for operand \(i)"
                            : "does not match the number of dimensions (\(tensor.dim)) for operand \(i) and no ellipsis was given")
                )
            }
            restRank = max(restRank, tensor.dim - letters)
        }
        let operandLabels: [[Label]] = zip(named, tensors).map { names, tensor in
            let own = tensor.dim - names.count { $0 != nil }
            return names.flatMap { $0.map { [.letter($0)] } ?? ((restRank - own)..<restRank).map { .rest($0) } }
        }
        let all = operandLabels.flatMap { $0 }

        let kept: [Label]
        if let arrow {
            let output = try Einsum.subscripts(text[(arrow + 2)...], "for the output")
            kept = output.flatMap { $0.map { [.letter($0)] } ?? (0..<restRank).map { .rest($0) } }
            for (i, label) in kept.enumerated() {
                guard case .letter(let c) = label else { continue }
                let name = Character(Unicode.Scalar(c))
                guard !kept[..<i].contains(label) else {
                    throw Einsum.error("output subscript \(name) appears more than once in the output")
                }
                guard all.contains(label) else {
                    throw Einsum.error("output subscript \(name) does not appear in the equation for any input operand")
                }
            }
        } else {
            kept = Set(all).filter { label in
                if case .rest = label { return true }
                return all.count { $0 == label } == 1
            }.sorted { $0.order < $1.order }
        }
        resultRank = kept.count
        labels = kept + Set(all).subtracting(kept).sorted { $0.order < $1.order }

        var sizes: [Label: Int] = [:]
        for (i, (tensor, own)) in zip(tensors, operandLabels).enumerated() {
            let (diagonal, unique) = try Einsum.takingDiagonals(tensor, own, i)
            for (label, size) in zip(unique, diagonal.sizes) where size != 1 {
                if let seen = sizes[label], seen != size {
                    let name = if case .letter(let c) = label { String(Character(Unicode.Scalar(c))) } else { "..." }
                    throw Einsum.error(
                        "subscript \(name) has size \(size) for operand \(i) which does not broadcast with previously seen size \(seen)"
                    )
                }
                sizes[label] = size
            }
            let positions = labels.map { unique.firstIndex(of: $0) }
            let permuted = diagonal.permute(positions.compactMap { $0 })
            var next = 0
            operands.append(
                permuted.view(
                    positions.map { position in
                        guard position != nil else { return 1 }
                        defer { next += 1 }
                        return permuted.sizes[next]
                    }))
        }
    }

    /// Returns the names in one part of the equation; nil stands for an ellipsis.
    private static func subscripts(_ part: ArraySlice<UInt8>, _ location: String) throws(TorchError) -> [UInt8?] {
        var names: [UInt8?] = []
        var dots = 0
        for (index, c) in zip(part.indices, part) where c != UInt8(ascii: " ") {
            if c == UInt8(ascii: ".") {
                dots += 1
                guard dots <= 3 else { throw error("found '.' \(location) for which an ellipsis was already found") }
                if dots == 3 { names.append(nil) }
                continue
            }
            guard dots == 0 || dots == 3 else { break }
            guard
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(c)
                    || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(c)
            else {
                throw error(
                    "invalid subscript given at index \(index) in the equation string, subscripts must be in [a-zA-Z]")
            }
            names.append(c)
        }
        guard dots == 0 || dots == 3 else { throw error("found '.' \(location) that is not part of any ellipsis") }
        return names
    }

    /// Returns the operand with each label once: takes the diagonal of repeated labels.
    private static func takingDiagonals(
        _ tensor: Tensor, _ labels: [Label], _ index: Int
    ) throws(TorchError) -> (Tensor, [Label]) {
        var (tensor, labels) = (tensor, labels)
        while let second = labels.indices.first(where: { labels[..<$0].contains(labels[$0]) }),
            let first = labels.firstIndex(of: labels[second])
        {
            let (a, b) = (tensor.sizes[first], tensor.sizes[second])
            guard a == b else {
                let name =
                    if case .letter(let c) = labels[second] { String(Character(Unicode.Scalar(c))) } else { "..." }
                throw error(
                    "subscript \(name) is repeated for operand \(index) but the sizes don't match, \(b) != \(a)")
            }
            tensor = tensor.diagonal(dim1: first, dim2: second).movedim(-1, first)
            labels.remove(at: second)
        }
        return (tensor, labels)
    }

    private static func error(_ message: String) -> TorchError { TorchError(.runtime, "einsum(): \(message)") }

    func result() -> Tensor {
        let summed = Array(resultRank..<labels.count)
        var product = operands[0]
        if operands.count == 1 { return summed.isEmpty ? product : product.sum(dim: summed) }
        for i in 1..<operands.count {
            // Sum a label as soon as no later operand has it.
            let last = summed.filter { label in operands[(i + 1)...].allSatisfy { $0.sizes[label] == 1 } }
            product = Tensor.sumOfProducts(product, operands[i], over: last)
        }
        return product.view(Array(product.sizes.prefix(resultRank)))
    }
}

extension Tensor {
    /// Computes Σ a · b over the given dimensions, which keep size 1, as one batch of matrix products. The operands
    /// have the same number of dimensions, and their sizes broadcast.
    fileprivate static func sumOfProducts(_ a: Tensor, _ b: Tensor, over dims: [Int]) -> Tensor {
        var (a, b) = (a, b)
        var both: [Int] = [], ofA: [Int] = [], ofB: [Int] = [], contracted: [Int] = []
        for d in 0..<a.dim {
            switch (a.sizes[d] != 1, b.sizes[d] != 1, dims.contains(d)) {
            case (true, true, true): contracted.append(d)
            case (true, false, true): a = a.sum(dim: d, keepdim: true, dtype: a.dtype)
            case (false, true, true): b = b.sum(dim: d, keepdim: true, dtype: b.dtype)
            case (true, true, false): both.append(d)
            case (true, false, false): ofA.append(d)
            default: ofB.append(d)
            }
        }
        if contracted.isEmpty { return a.mul(b) }
        // A dimension that was summed in one operand alone has size 1 now, and counts as one of b's own.
        ofB += (0..<a.dim).filter { !(both + ofA + ofB + contracted).contains($0) }
        func count(_ x: Tensor, _ dims: [Int]) -> Int { dims.reduce(1) { $0 &* x.sizes[$1] } }
        let left = a.permute(both + ofA + contracted + ofB).reshape([
            count(a, both), count(a, ofA), count(a, contracted)
        ])
        let right = b.permute(both + contracted + ofB + ofA).reshape([
            count(b, both), count(b, contracted), count(b, ofB)
        ])
        let order = both + ofA + contracted + ofB
        let sizes =
            both.map { a.sizes[$0] } + ofA.map { a.sizes[$0] } + contracted.map { _ in 1 } + ofB.map { b.sizes[$0] }
        return left.bmm(right).view(sizes).permute(order.indices.map { d in order.firstIndex(of: d)! })
    }
}
