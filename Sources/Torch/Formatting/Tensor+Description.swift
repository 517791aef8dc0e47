extension Tensor: CustomStringConvertible, CustomDebugStringConvertible {
    /// The text that PyTorch prints, with the options of `setPrintOptions`: `tensor([1., 2.], requires_grad=True)`.
    /// PyTorch: `repr(tensor)`.
    ///
    /// Only the elements shown are read. A void tensor, the result of a failed operator inside `withError`, prints as
    /// `tensor(void)`.
    public var description: String { description(printOptions) }

    public var debugDescription: String { description }

    /// Returns the text that PyTorch prints, with the given options.
    /// - Precondition: no number in the options is negative.
    public func description(_ options: PrintOptions) -> String {
        if isVoid || !options.areValid { return "tensor(void)" }
        if let level = raw.storage.batchLevel { return batchedDescription(level, options) }
        let prefix = "tensor("
        var text = prefix
        if let parts = sparseParts {
            guard let contents = contents(of: parts, options, indent: prefix.utf8.count) else { return "tensor(void)" }
            text += contents
        } else if !hasElements {
            text += "..."
        } else if numel() == 0 {
            text += "[]"
        } else {
            let host = onHost
            if host.isVoid { return "tensor(void)" }
            text += TensorText(host.strided, options, indent: prefix.utf8.count).text
        }
        var lineLength = text.utf8.reversed().prefix { $0 != UInt8(ascii: "\n") }.count + 2
        for (i, suffix) in suffixes(options).enumerated() {
            if lineLength + suffix.utf8.count + 2 > options.lineWidth || i == 0 && isSparse {
                text += ",\n" + String(repeating: " ", count: prefix.utf8.count) + suffix
                lineLength = prefix.utf8.count + suffix.utf8.count
            } else {
                text += ", " + suffix
                lineLength += suffix.utf8.count + 2
            }
        }
        return text + ")"
    }

    /// Returns the text of a tensor inside a vmap: that of the tensor with all examples.
    private func batchedDescription(_ level: BatchLevel, _ options: PrintOptions) -> String {
        let wholes = (0...dim).map { place in noGrad { detach().leavingBatch(level, dim: place) } }
        // An argument has its examples in another dimension than the first, if it has them so in memory.
        let place = wholes.firstIndex { $0.isContiguous() } ?? 0, whole = wholes[place]
        (whole.node, whole.outputIndex) = (node, outputIndex)
        let lines = whole.description(options).split(separator: "\n", omittingEmptySubsequences: false)
        let value = lines.map { $0.isEmpty ? "" : "    \($0)" }.joined(separator: "\n")
        return "BatchedTensor(lvl=\(level.depth), bdim=\(place), value=\n\(value)\n)"
    }

    /// Returns the indices and values of a sparse tensor, each on lines of its own. Returns nil after an error.
    private func contents(of parts: SparseParts, _ options: PrintOptions, indent: Int) -> String? {
        let pattern = parts.pattern
        var named = [("indices", pattern.indices)]
        if let starts = pattern.starts {
            named = [
                (pattern.isByColumn ? "ccol_indices" : "crow_indices", starts),
                (pattern.isByColumn ? "row_indices" : "col_indices", pattern.indices)
            ]
        }
        named.append(("values", parts.values.view(parts.valueSizes)))
        var lines: [String] = []
        for (name, tensor) in named {
            let start = "\(name)=tensor("
            let host = tensor.onHost
            if host.isVoid { return nil }
            let text: String
            if !host.hasElements {
                text = "..., size=\(tensor.sizesText)"
            } else if host.numel() == 0 {
                text = "[], size=\(tensor.sizesText)"
            } else {
                text = TensorText(host.strided, options, indent: indent + start.utf8.count).text
            }
            lines.append(start + text + ")")
        }
        return lines.joined(separator: ",\n" + String(repeating: " ", count: indent))
    }

    /// The sizes as Python prints a tuple.
    private var sizesText: String {
        "(\(sizes.map(String.init).joined(separator: ", "))\(dim == 1 ? "," : ""))"
    }

    /// Returns the attributes that follow the elements.
    private func suffixes(_ options: PrintOptions) -> [String] {
        var suffixes: [String] = []
        if device.kind != .cpu { suffixes.append("device='\(device)'") }
        if hasSparseForm {
            suffixes.append("size=\(sizesText)")
            suffixes.append("nnz=\(nnz())")
            if ![defaultDType, defaultDType.toComplex, .int64, .bool].contains(dtype) {
                suffixes.append("dtype=\(dtype)")
            }
            suffixes.append("layout=\(layoutKind)")
            return suffixes + historySuffixes
        }
        // If no elements are shown, the text must state the shape and the dtype.
        if !hasElements || (numel() == 0 ? dim != 1 : options.edgeItems == 0) {
            suffixes.append("size=\(sizesText)")
        }
        if numel() == 0 || !hasElements {
            if dtype != defaultDType { suffixes.append("dtype=\(dtype)") }
        } else if ![defaultDType, defaultDType.toComplex, .int64, .bool].contains(dtype) {
            suffixes.append("dtype=\(dtype)")
        }
        return suffixes + historySuffixes
    }

    private var historySuffixes: [String] {
        if let gradFn { return ["grad_fn=<\(gradFn.name)>"] }
        return requiresGrad ? ["requires_grad=True"] : []
    }
}

extension DefaultStringInterpolation {
    /// Appends a 0-dimensional tensor as its number, and any other tensor as its `description`.
    /// PyTorch: `Tensor.__format__`, used by `f"{tensor}"`.
    public mutating func appendInterpolation(_ tensor: Tensor) {
        guard tensor.dim == 0, !tensor.isVoid, tensor.hasElements else {
            return appendLiteral(tensor.description)
        }
        switch tensor.itemScalar() {
        case .bool(let b): appendLiteral(b ? "True" : "False")
        case .int(let i): appendLiteral(String(i))
        case .uint(let u): appendLiteral(String(u))
        case .double(let d): appendLiteral(d.description)
        case let number: appendLiteral(number.description)
        }
    }
}
