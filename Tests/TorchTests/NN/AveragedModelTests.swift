import Testing
@testable import Torch

/// The numbers and messages are PyTorch 2.15's.
@Suite struct AveragedModelTests {
    private func numbers(_ tensor: Tensor?) -> [Double] {
        (tensor?.detach().toArray(as: Double.self) ?? []).map { ($0 * 1e6).rounded() / 1e6 }
    }

    @Test func averagesOfParameters() {
        let model = Linear(2, 1)
        noGrad {
            model.weight.copy_(Tensor([[1.0, 2]]))
            model.bias!.fill_(3)
        }
        func make() -> Linear { Linear(2, 1) }
        let swa = AveragedModel(model, make)
        let ema = AveragedModel(model, multiAvgFn: getEMAMultiAvgFn(0.9), make)
        let single = AveragedModel(model, avgFn: getEMAAvgFn(0.9), make)
        for k in 1...4 {
            noGrad {
                model.weight.add_(0.5 * Double(k))
                model.bias!.mul_(1.1)
            }
            for average in [swa, ema, single] { average.updateParameters(model) }
        }
        #expect(numbers(swa.module.weight) == [3.5, 4.5] && numbers(swa.module.bias) == [3.828825])
        #expect(numbers(ema.module.weight) == [2.256, 3.256] && numbers(ema.module.bias) == [3.49833])
        #expect(numbers(single.module.weight) == [2.256, 3.256] && numbers(single.module.bias) == [3.49833])
        #expect(swa.nAveraged.item() == 4 && swa.stateDict().keys == ["n_averaged", "module.weight", "module.bias"])
        #expect(
            "\(swa)" == "AveragedModel(\n  (module): Linear(in_features=2, out_features=1, bias=True)\n)")
        let x = Tensor([[1.0, 1]])
        #expect(numbers(swa(x)) == [11.828825])
    }

    @Test func buffersAreCopiedOrAveraged() {
        let model = BatchNorm1d(2)
        let copies = AveragedModel(model) { BatchNorm1d(2) }
        let averages = AveragedModel(model, useBuffers: true) { BatchNorm1d(2) }
        for _ in 0..<2 {
            noGrad { _ = model.runningMean!.add_(2) }
            copies.updateParameters(model)
            averages.updateParameters(model)
        }
        #expect(numbers(copies.module.runningMean) == [4, 4] && numbers(averages.module.runningMean) == [3, 3])
    }

    @Test func wrongArgumentsAreRefused() {
        #expect(throws: TorchError.self) { try withError { _ = getEMAAvgFn(1.5) } }
        #expect(throws: TorchError.self) {
            try withError {
                _ = AveragedModel(Linear(1, 1), avgFn: getSWAAvgFn(), multiAvgFn: getSWAMultiAvgFn()) { Linear(1, 1) }
            }
        }
    }

    @Test func statisticsOfBatchNormalization() {
        let model = Sequential(BatchNorm1d(2, momentum: 0.3))
        model.eval()
        let data = (1...3).map { Tensor.arange(8, dtype: .float32).reshape(4, 2) * Double($0) }
        updateBN(data, model)
        let norm = model[0] as! BatchNorm1d
        #expect(numbers(norm.runningMean) == [6, 8] && numbers(norm.runningVar).allSatisfy { abs($0 - 31.1111) < 1e-4 })
        #expect(norm.numBatchesTracked?.item() == 3 && !model.isTraining && norm.momentum == 0.3)
        updateBN(data.map { ($0, Tensor(0)) }, model)
        #expect(numbers(norm.runningMean) == [6, 8])
    }
}
