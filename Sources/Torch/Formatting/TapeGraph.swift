/// A drawing of the tape in DOT, the language of Graphviz. `makeDot` makes it.
public struct DotGraph: Sendable, CustomStringConvertible {
    /// The text in DOT. Nodes are numbered in the order of their first line.
    public let source: String

    public var description: String { source }

    /// Writes the text to a file. `dot -Tsvg -O graph.dot` draws it.
    /// - Throws: `TorchError` if the file cannot be written.
    public func write(to path: String) throws {
        let file = try OutputFile(path: path)
        try file.write(Array(source.utf8))
        try file.commit()
    }
}

/// Draws the tape of a tensor, as the package torchviz does: `torchviz.make_dot`.
///
///     try makeDot(model(x).mean(), params: model.namedParameters()).write(to: "graph.dot")
///
/// Steps are gray. Tensors have colors, and their sizes as labels:
/// - light blue: leaves that get a gradient, with their names in `params`;
/// - green: `output`, and in dark green the tensor that it is a view of;
/// - orange: tensors that steps have saved for the backward pass. They are called `result` if they are results of the
///   step, otherwise `saved[0]` and so on.
/// - Parameters:
///   - output: the tensor to begin with.
///   - params: names of tensors.
///   - showSaved: whether to show the saved tensors of all steps. Those of a `Function` are always shown. After a
///     backward pass that has not kept them there are none.
public func makeDot(
    _ output: Tensor, params: [(name: String, parameter: Tensor)] = [], showSaved: Bool = false
) -> DotGraph {
    makeDot([output], params: params, showSaved: showSaved)
}

/// Draws the tape of a tensor, with names from a dictionary.
public func makeDot(_ output: Tensor, params: [String: Tensor], showSaved: Bool = false) -> DotGraph {
    makeDot([output], params: params, showSaved: showSaved)
}

/// Draws the tape of several tensors.
public func makeDot(
    _ outputs: [Tensor], params: [(name: String, parameter: Tensor)] = [], showSaved: Bool = false
) -> DotGraph {
    if outputs.contains(where: \.isVoid) { return DotGraph(source: "digraph {\n}\n") }
    var drawing = TapeDrawing(showsSaved: showSaved)
    for (name, tensor) in params { drawing.names[drawing.identity(of: tensor)] = name }
    for output in outputs { drawing.add(output) }
    return DotGraph(source: drawing.source)
}

/// Draws the tape of several tensors, with names from a dictionary.
public func makeDot(_ outputs: [Tensor], params: [String: Tensor], showSaved: Bool = false) -> DotGraph {
    makeDot(
        outputs, params: params.sorted { $0.key < $1.key }.map { (name: $0.key, parameter: $0.value) },
        showSaved: showSaved)
}

/// The lines of a drawing, in torchviz' order.
private struct TapeDrawing {
    /// What a node of the drawing stands for.
    enum Identity: Hashable {
        case step(ObjectIdentifier), tensor(ObjectIdentifier)
        /// The leaf of an accumulator. Tensors that share one are the same leaf.
        case leaf(ObjectIdentifier)
        case saved(ObjectIdentifier, Int)
    }

    var names: [Identity: String] = [:]
    private let showsSaved: Bool
    private var numbers: [Identity: Int] = [:]
    private var steps: Set<ObjectIdentifier> = []
    private var tensors: Set<Identity> = []
    private var lines: [String] = []

    init(showsSaved: Bool) { self.showsSaved = showsSaved }

    /// The text. A drawing of many lines gets a larger page.
    var source: String {
        let size = Double(lines.count) * 0.15
        let side = size > 12 ? PythonRepr.of(size) : "12"
        return """
            digraph {
            \tgraph [size="\(side),\(side)"]
            \tnode [align=left fontname=monospace fontsize=10 height=0.2 ranksep=0.1 shape=box style=filled]

            """ + lines.joined() + "}\n"
    }

    func identity(of tensor: Tensor) -> Identity {
        if let leaf = tensor.node as? AccumulateGrad { return .leaf(ObjectIdentifier(leaf)) }
        return .tensor(ObjectIdentifier(tensor))
    }

    /// Adds an output, or the tensor that an output is a view of, with all that it was computed from.
    mutating func add(_ output: Tensor, color: String = "darkolivegreen1") {
        let identity = identity(of: output)
        guard tensors.insert(identity).inserted else { return }
        addTensor(identity, names[identity], output.sizes, color)
        if let step = output.gradFn {
            add(step)
            addEdge(.step(ObjectIdentifier(step)), identity)
        }
        if let base = output.base {
            add(base, color: "darkolivegreen3")
            addEdge(self.identity(of: base), identity, "style=dotted")
        }
    }

    /// Adds a step and those before it, depth first, without recursion.
    private mutating func add(_ root: Node) {
        var path: [(step: Node, next: Int)] = []
        func enter(_ step: Node, _ drawing: inout TapeDrawing) {
            guard drawing.steps.insert(ObjectIdentifier(step)).inserted else { return }
            drawing.begin(step)
            path.append((step, 0))
        }
        enter(root, &self)
        while let (step, next) = path.last {
            guard next < step.edges.count else {
                path.removeLast()
                end(step)
                continue
            }
            path[path.count - 1].next += 1
            guard let input = step.edges[next].node else { continue }
            addEdge(.step(ObjectIdentifier(input)), .step(ObjectIdentifier(step)))
            enter(input, &self)
        }
    }

    private mutating func begin(_ step: Node) {
        let identity = Identity.step(ObjectIdentifier(step))
        if showsSaved, let step = step as? OperatorNode, !step.isFunction {
            for (saved, tensor) in saved(by: step) {
                addEdge(identity, saved, "dir=none")
                addTensor(saved, tensor.name, tensor.sizes, "orange")
            }
        }
        if step is AccumulateGrad {
            let leaf = Identity.leaf(ObjectIdentifier(step))
            addTensor(leaf, names[leaf], step.outputs[0].sizes, "lightblue")
            addEdge(leaf, identity)
        }
        addLine("\(number(identity)) [label=\(DotText.quoted(step.name))]")
    }

    private mutating func end(_ step: Node) {
        guard let step = step as? OperatorNode, step.isFunction else { return }
        for (saved, tensor) in saved(by: step) {
            addEdge(saved, .step(ObjectIdentifier(step)), "dir=none")
            addTensor(saved, names[saved], tensor.sizes, "orange")
        }
    }

    /// Returns the tensors that a step has saved, with their names. A leaf is the same in the whole drawing.
    private func saved(by step: OperatorNode) -> [(Identity, (name: String, sizes: [Int]))] {
        let resultCount = step.savedTensors.count { $0.isOutput }
        var number = -1
        return step.savedTensors.enumerated().map { i, saved in
            if !saved.isOutput { number += 1 }
            let name =
                !saved.isOutput
                ? "saved[\(number)]" : resultCount == 1 ? "result" : "result\(saved.outputIndex)"
            let leaf = saved.tensor.node as? AccumulateGrad
            return (
                leaf.map { .leaf(ObjectIdentifier($0)) } ?? .saved(ObjectIdentifier(step), i),
                (name, saved.tensor.sizes)
            )
        }
    }

    // MARK: Lines

    private mutating func number(_ identity: Identity) -> Int {
        if let number = numbers[identity] { return number }
        numbers[identity] = numbers.count
        return numbers.count - 1
    }

    private mutating func addLine(_ line: String) { lines.append("\t\(line)\n") }

    private mutating func addEdge(_ tail: Identity, _ head: Identity, _ attribute: String? = nil) {
        let (from, to) = (number(tail), number(head))
        addLine("\(from) -> \(to)" + (attribute.map { " [\($0)]" } ?? ""))
    }

    private mutating func addTensor(_ identity: Identity, _ name: String?, _ sizes: [Int], _ color: String) {
        let sizes = sizes.map(String.init).joined(separator: ", ")
        let label = DotText.quoted("\(name ?? "")\n (\(sizes))")
        addLine("\(number(identity)) [label=\(label) fillcolor=\(color)]")
    }
}

/// Texts in DOT.
private enum DotText {
    /// Returns a text as DOT writes it: in quotes if it is no plain name.
    static func quoted(_ text: String) -> String {
        let letters = text.utf8
        let isPlain = letters.allSatisfy {
            $0 == UInt8(ascii: "_") || UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0
                || UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 | 0x20
        }
        let keywords: Set = ["node", "edge", "graph", "digraph", "subgraph", "strict"]
        if isPlain, let first = letters.first, first > UInt8(ascii: "9"), !keywords.contains(text.lowercased()) {
            return text
        }
        var quoted = "\""
        for scalar in text.unicodeScalars {
            if scalar == "\"" || scalar == "\\" { quoted.unicodeScalars.append("\\") }
            quoted.unicodeScalars.append(scalar)
        }
        return quoted + "\""
    }
}

extension OperatorNode {
    /// Whether the step is a `Function` of the caller. PyTorch's own operators have a number at the end of the name.
    fileprivate var isFunction: Bool { name.hasSuffix("Backward") }
}
