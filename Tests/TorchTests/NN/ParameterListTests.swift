import Testing
@testable import Torch

/// The names and the output are PyTorch 2.15's.
@Suite struct ParameterListTests {
    private final class Net: Module {
        let ps = ParameterList([Tensor.ones(2, 3), Tensor.ones(4)])
        let pd = ParameterDict(["a": Tensor(1.0), "b": Tensor.ones(2)])
        let l = Linear(2, 2)
        override var typeName: String { "M" }
    }

    @Test func parametersAreNamedAndPrintedAsInPyTorch() {
        let net = Net()
        #expect(net.namedParameters().map(\.name) == ["ps.0", "ps.1", "pd.a", "pd.b", "l.weight", "l.bias"])
        #expect(net.parameters().allSatisfy { $0.requiresGrad && $0.isLeaf })
        #expect(
            "\(net)" == """
                M(
                  (ps): ParameterList(
                      (0): Parameter containing: [torch.float32 of size 2x3]
                      (1): Parameter containing: [torch.float32 of size 4]
                  )
                  (pd): ParameterDict(
                      (a): Parameter containing: [torch.FloatTensor of size ]
                      (b): Parameter containing: [torch.FloatTensor of size 2]
                  )
                  (l): Linear(in_features=2, out_features=2, bias=True)
                )
                """)
        #expect("\(ParameterList())" == "ParameterList()" && "\(ParameterDict())" == "ParameterDict()")
        #expect(
            "\(ParameterList([Tensor.ones(2, dtype: .float64)]))"
                == "ParameterList(  (0): Parameter containing: [torch.float64 of size 2])")
    }

    @Test func parametersAreReplacedAddedAndRemoved() {
        let list = ParameterList()
        list.append(Tensor.zeros(2)).append(Tensor.ones(2))
        #expect(list.count == 2 && list[-1].sum().item() == 2)
        list[0] = Tensor.full([2], 5.0)
        #expect(list.map { $0.sum().item() } == [10, 2] && list[0].requiresGrad)
        let dict = ParameterDict()
        dict["x"] = Tensor.ones(2)
        dict["y"] = Tensor.ones(3)
        dict["x"] = Tensor.zeros(2)
        #expect(dict.keys == ["x", "y"] && dict["x"]?.sum().item() == 0 && dict["x"]?.requiresGrad == true)
        dict["x"] = nil
        #expect(dict.keys == ["y"] && dict.count == 1 && dict["x"] == nil)
    }
}
