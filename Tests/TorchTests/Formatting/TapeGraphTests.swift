import Foundation
import Testing
import Torch

/// The tape as DOT. The texts are those of torchviz 0.0.3 with PyTorch 2.15.0, with numbers in place of the addresses.
@Suite struct TapeGraphTests {
    /// A text of torchviz with its head, without the tabs.
    private func drawing(_ lines: String) -> String {
        """
        digraph {
        \tgraph [size="12,12"]
        \tnode [align=left fontname=monospace fontsize=10 height=0.2 ranksep=0.1 shape=box style=filled]

        """
            + lines.split(separator: "\n").map { ($0.hasPrefix(" ") ? "" : "\t") + $0 + "\n" }.joined() + "}\n"
    }

    private let x = Tensor.ones(2, 3, requiresGrad: true)

    @Test func names() {
        let w = Tensor.ones(3, 4, requiresGrad: true), b = Tensor.ones(4, requiresGrad: true)
        let y = (Tensor.ones(2, 3).mm(w) + b).tanh().mean()
        let expected = drawing(
            """
            0 [label="
             ()" fillcolor=darkolivegreen1]
            1 [label=MeanBackward0]
            2 -> 1
            2 [label=TanhBackward0]
            3 -> 2
            3 [label=AddBackward0]
            4 -> 3
            4 [label=MmBackward0]
            5 -> 4
            6 [label="w
             (3, 4)" fillcolor=lightblue]
            6 -> 5
            5 [label=AccumulateGrad]
            7 -> 3
            8 [label="b
             (4)" fillcolor=lightblue]
            8 -> 7
            7 [label=AccumulateGrad]
            1 -> 0
            """)
        #expect(makeDot(y, params: ["w": w, "b": b]).source == expected)
        #expect(makeDot(y, params: [("w", w), ("b", b)]).source == expected)
    }

    @Test func views() {
        let expected = drawing(
            """
            0 [label="
             (6)" fillcolor=darkolivegreen1]
            1 [label=ViewBackward0]
            2 -> 1
            2 [label=MulBackward0]
            3 -> 2
            4 [label="
             (2, 3)" fillcolor=lightblue]
            4 -> 3
            3 [label=AccumulateGrad]
            1 -> 0
            5 [label="
             (2, 3)" fillcolor=darkolivegreen3]
            2 -> 5
            5 -> 0 [style=dotted]
            """)
        #expect(makeDot((x * 2).view(6)).description == expected)
    }

    @Test func severalOutputs() {
        let b = x * 2
        let expected = drawing(
            """
            0 [label="
             ()" fillcolor=darkolivegreen1]
            1 [label=SumBackward0]
            2 -> 1
            2 [label=MulBackward0]
            3 -> 2
            4 [label="a \\"q\\"
             (2, 3)" fillcolor=lightblue]
            4 -> 3
            3 [label=AccumulateGrad]
            1 -> 0
            5 [label="
             (2, 3)" fillcolor=darkolivegreen1]
            6 [label=ExpBackward0]
            2 -> 6
            6 -> 5
            """)
        #expect(makeDot([b.sum(), b.exp()], params: ["a \"q\"": x]).source == expected)
    }

    private enum F: Function {
        static func forward(_ context: FunctionContext, _ inputs: [Tensor]) -> [Tensor] {
            context.saveForBackward(inputs[0])
            return [inputs[0].clone()]
        }
        static func backward(_ context: FunctionContext, _ grads: [Tensor?]) -> [Tensor?] { grads }
    }

    @Test func functions() {
        let expected = drawing(
            """
            0 [label="
             (2, 3)" fillcolor=darkolivegreen1]
            1 [label=FBackward]
            2 -> 1
            3 [label="x
             (2, 3)" fillcolor=lightblue]
            3 -> 2
            2 [label=AccumulateGrad]
            3 -> 1 [dir=none]
            3 [label="x
             (2, 3)" fillcolor=orange]
            1 -> 0
            """)
        #expect(makeDot(F.apply(x)[0], params: ["x": x]).source == expected)
    }

    @Test func savedTensors() {
        let expected = drawing(
            """
            0 [label="
             (2, 3)" fillcolor=darkolivegreen1]
            1 -> 2 [dir=none]
            2 [label="result
             (2, 3)" fillcolor=orange]
            1 [label=ExpBackward0]
            3 -> 1
            3 -> 4 [dir=none]
            4 [label="result
             (2, 3)" fillcolor=orange]
            3 [label=TanhBackward0]
            5 -> 3
            6 [label="
             (2, 3)" fillcolor=lightblue]
            6 -> 5
            5 [label=AccumulateGrad]
            1 -> 0
            """)
        #expect(makeDot(x.tanh().exp(), showSaved: true).source == expected)
    }

    @Test func leavesAndLargeDrawings() {
        let green = "0 [label=\"\n (2, 3)\" fillcolor=darkolivegreen1]"
        #expect(makeDot(x).source == drawing(green))
        #expect(makeDot(Tensor.ones(2, 3)).source == drawing(green))
        var y = x
        for _ in 0..<50 { y = y.exp() }
        #expect(makeDot(y).source.hasPrefix("digraph {\n\tgraph [size=\"15.75,15.75\"]\n"))
        // Deeper than recursion would go.
        for _ in 0..<50_000 { y = y.neg() }
        #expect(makeDot(y).source.count { $0 == "\n" } > 100_000)
    }

    @Test func file() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("graph-\(UUID()).dot").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let graph = makeDot(x.sum())
        try graph.write(to: path)
        #expect(try String(contentsOfFile: path, encoding: .utf8) == graph.source)
        #expect(throws: TorchError.self) { try graph.write(to: path + "/none/graph.dot") }
    }
}
