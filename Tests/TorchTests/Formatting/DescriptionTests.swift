import Testing
import Torch

/// Printed forms. Those of state dicts, values and devices are what Python 3.11 and PyTorch 2.15 print.
@Suite struct DescriptionTests {
    @Test func stateDicts() {
        let state: StateDict = ["a": Tensor([1.0]), "it's": Tensor(2)]
        #expect("\(state)" == "OrderedDict([('a', tensor([1.])), (\"it's\", tensor(2))])")
        #expect("\(StateDict())" == "OrderedDict()")
    }

    @Test func checkpointValues() {
        let value: StateValue = [
            "epoch": 3, "lr": 0.1, "names": ["a", "b\n"], 7: .tuple([.null]), "w": .tensor(Tensor([1.0])),
            "flags": .tuple([true, false]), "set": .set([]), "size": .size([2, 3]), "dtype": .dtype(.float32),
            "device": .device(.cpu), "bytes": .bytes([0, 65])
        ]
        let text = "\(value)"
        #expect(
            text == "{'epoch': 3, 'lr': 0.1, 'names': ['a', 'b\\n'], 7: (None,), 'w': tensor([1.]), "
                + "'flags': (True, False), 'set': set(), 'size': torch.Size([2, 3]), 'dtype': torch.float32, "
                + "'device': device(type='cpu'), 'bytes': b'\\x00A'}")
        #expect("\(StateValue.double(1e16)) \(StateValue.double(1e-5)) \(StateValue.double(2))" == "1e+16 1e-05 2.0")
    }

    @Test func integersOfAnySize() {
        #expect("\(StateValue.bigInt([0, 0, 0, 0, 0, 0, 0, 0, 1]))" == "18446744073709551616")
        #expect("\(StateValue.bigInt([0, 0, 0, 0, 0, 0, 0, 0, 255]))" == "-18446744073709551616")
        #expect("\(StateValue.bigInt([])) \(StateValue.bigInt([255]))" == "0 -1")
    }

    @Test func nodesDevicesAndGenerators() {
        let x = Tensor([1.0], requiresGrad: true)
        #expect("\((x + 1).gradFn!) \((x * 2).exp().gradFn!)" == "<AddBackward0> <ExpBackward0>")
        #expect("\(Device.cpu)" == "cpu" && Device.cpu.debugDescription == "device(type='cpu')")
        #expect("\(Generator(seed: 7))" == "<torch.Generator device='cpu' initial_seed=7>")
    }

    @Test func schedules() {
        let optimizer = SGD([Tensor([1.0], requiresGrad: true)], lr: 0.1)
        let step = StepLR(optimizer, stepSize: 30)
        #expect("\(step)" == "StepLR(step_size=30, gamma=0.1, last_epoch=0, lr=[0.1])")
        let lambda = LambdaLR(optimizer) { _ in 1 }
        #expect("\(lambda)" == "LambdaLR(last_epoch=0, lr=[0.1])")
        let chain = ChainedScheduler([step])
        #expect("\(chain)".hasPrefix("ChainedScheduler(StepLR(step_size=30, gamma=0.1, last_epoch=0, lr=[0.1]), "))
    }

    @Test func data() {
        let dataset = TensorDataset(Tensor.zeros(8, 3), Tensor.zeros(8))
        #expect("\(dataset)" == "TensorDataset([8, 3], [8])")
        #expect("\(Subset(dataset, [0, 1]))" == "Subset(TensorDataset([8, 3], [8]), 2)")
        #expect(
            "\(DataLoader(dataset, batchSize: 4))"
                == "DataLoader(TensorDataset([8, 3], [8]), batch_size=4, num_workers=0, drop_last=False)")
    }
}
