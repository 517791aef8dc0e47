/// A module's layers with their sizes, parameters and multiplications. `Module.summary` makes it, and it prints as the
/// table of the Python package torchinfo.
public struct ModuleSummary: Sendable {
    /// One call of a module, or a module that has no call of its own but whose children were called.
    public struct Row: Sendable {
        /// The path of the module, such as `layer1.0.conv1`; empty for the module of the summary.
        public var path = ""
        /// The name of the module's class.
        public var typeName = ""
        /// The number of modules around it.
        public var depth = 0
        /// The number of the row among those of its depth, from 1.
        public var index = 1
        /// The sizes of the tensors among the inputs; none without a call.
        public var inputSizes: [[Int]] = []
        /// The sizes of the tensors of the output; none without a call.
        public var outputSizes: [[Int]] = []
        /// The bytes of the output's tensors.
        public var outputBytes = 0
        /// The kernel's sizes of a convolution or a pooling; nil for others.
        public var kernelSize: [Int]?
        /// The number of elements of the module's parameters, with those of the modules below it.
        public var numParams = 0
        /// The number of those that require a gradient.
        public var trainableParams = 0
        /// The number of those that belong to no row below.
        public var ownParams = 0
        /// The multiplications, each with an addition, of the call; those of the calls inside it are included. They are
        /// half of the operations that `FlopCounter` counts.
        public var multAdds = 0
        /// The multiplications that belong to no row below.
        public var ownMultAdds = 0
        /// Whether the module has no modules below it.
        public var isLeaf = true
        /// Whether an earlier row has the same module.
        public var isRecursive = false
    }

    /// What a column of the table shows. PyTorch's users know the names from torchinfo's `col_names`.
    public enum Column: String, CaseIterable, Sendable {
        /// The sizes of the first input, the first output and the kernel.
        case inputSize, outputSize, kernelSize
        /// The number of parameters, and their part of all.
        case numParams, paramsPercent
        /// The number of multiplications, each with an addition.
        case multAdds
        /// Whether the parameters require a gradient: `True`, `False`, `Partial`, or `--` without parameters.
        case trainable
    }

    /// The rows, in the order of the calls.
    public var rows: [Row] = []
    /// The number of elements of all parameters. A shared parameter counts once.
    public var totalParams = 0
    /// The number of those that require a gradient.
    public var trainableParams = 0
    /// The multiplications, each with an addition, of the whole call.
    public var totalMultAdds = 0
    /// The bytes of the inputs.
    public var totalInput = 0
    /// The bytes of the results of layers with parameters, twice, for the results and their gradients. As in torchinfo,
    /// this estimates the memory of training.
    public var totalOutputBytes = 0
    /// The bytes of the parameters.
    public var totalParamBytes = 0
    /// Whether there was a call, so that sizes and multiplications are known.
    public var hasCall = false

    /// The greatest depth that the table shows. The counts of a row there include those below it.
    public var depth = 3
    /// The columns of the table.
    public var columns: [Column] = [.outputSize, .numParams]
    /// Whether the table shows the names of the properties.
    public var showsNames = false

    /// Creates an empty summary.
    public init() {}
}

extension ModuleSummary: CustomStringConvertible {
    /// The table.
    public var description: String {
        let names = rows.map(name)
        let longest = zip(rows, names).map { $1.count + $0.depth * 5 + 1 }.max() ?? 0
        let nameWidth = longest >= 40 ? (longest + 4) / 5 * 5 : 40, columnWidth = 25
        let divider = String(repeating: "=", count: nameWidth + columns.count * columnWidth)
        func line(_ name: String, _ cells: [String]) -> String {
            let text = format(name, "<\(nameWidth)") + " " + cells.map { format($0, "<\(columnWidth)") + " " }.joined()
            return String(text.reversed().drop { $0 == " " }.reversed())
        }
        var lines = [
            divider, line("Layer (type\(showsNames ? " (var_name)" : ""):depth-idx)", columns.map(\.title)), divider
        ]
        for (row, name) in zip(rows, names) where row.depth <= depth {
            let branch =
                row.depth == 0
                ? "" : row.depth == 1 ? "├─" : String(repeating: "│    ", count: row.depth - 1) + "└─"
            lines.append(line(branch + name, columns.map { text(of: $0, in: row) }))
        }
        lines += [
            divider, "Total params: \(format(totalParams, ","))", "Trainable params: \(format(trainableParams, ","))",
            "Non-trainable params: \(format(totalParams - trainableParams, ","))"
        ]
        if hasCall {
            func megabytes(_ bytes: Int) -> String { format(Double(bytes) / 1e6, ".2f") }
            lines += [
                "Total mult-adds\(ModuleSummary.withUnit(totalMultAdds))", divider,
                "Input size (MB): \(megabytes(totalInput))",
                "Forward/backward pass size (MB): \(megabytes(totalOutputBytes))",
                "Params size (MB): \(megabytes(totalParamBytes))",
                "Estimated Total Size (MB): \(megabytes(totalInput + totalOutputBytes + totalParamBytes))"
            ]
        }
        return (lines + [divider]).joined(separator: "\n")
    }

    private func name(of row: Row) -> String {
        let own = row.path.parts(aroundLast: ".")?.behind ?? row.path
        return row.typeName + (showsNames && !own.isEmpty ? " (\(own))" : "")
            + (row.depth > 0 ? ": \(row.depth)-\(row.index)" : "")
    }

    private func text(of column: Column, in row: Row) -> String {
        let isWhole = row.isLeaf || row.depth == depth
        let params = isWhole ? row.numParams : row.ownParams
        switch column {
        case .inputSize: return row.inputSizes.first.map { "\($0)" } ?? "--"
        case .outputSize: return row.outputSizes.first.map { "\($0)" } ?? "--"
        case .kernelSize: return row.kernelSize.map { "\($0)" } ?? "--"
        case .numParams:
            if row.numParams == 0 { return "--" }
            if row.isRecursive { return "(recursive)" }
            if params == 0 { return "--" }
            let count = format(params, ",")
            return isWhole && row.trainableParams == 0 ? "(\(count))" : count
        case .paramsPercent:
            if totalParams > 0, row.isRecursive { return "(recursive)" }
            return params == 0 ? "     --" : format(Double(params) / Double(totalParams), ">7.2%")
        case .multAdds:
            let count = isWhole ? row.multAdds : row.ownMultAdds
            return count == 0 ? "--" : format(count, ",")
        case .trainable:
            if row.numParams == 0 { return "--" }
            return row.trainableParams == 0 ? "False" : row.trainableParams == row.numParams ? "True" : "Partial"
        }
    }

    /// Returns a number in millions, or in billions or trillions if there are some, behind its unit.
    private static func withUnit(_ number: Int) -> String {
        let (unit, letter) =
            number >= 1_000_000_000_000 ? (1e12, "T") : number >= 1_000_000_000 ? (1e9, "G") : (1e6, "M")
        let value = Double(number) / unit
        return " (\(letter)): " + (value == value.rounded() ? format(Int(value), ",") : format(value, ",.2f"))
    }
}

extension ModuleSummary.Column {
    fileprivate var title: String {
        switch self {
        case .inputSize: "Input Shape"
        case .outputSize: "Output Shape"
        case .kernelSize: "Kernel Shape"
        case .numParams: "Param #"
        case .paramsPercent: "Param %"
        case .multAdds: "Mult-Adds"
        case .trainable: "Trainable"
        }
    }
}
