import Testing
import Torch

/// Steps of optimizers whose state has another form than the parameter, because the model was converted or resized in
/// between. The results are PyTorch 2.15's. A kernel that trusted the form would write outside of its memory.
@Suite struct OptimizerStateFormTests {
    private func outcome(_ make: ([Tensor]) -> Optimizer, _ change: (Tensor) -> Void) -> String {
        let p = Tensor.ones(2, 2).requiresGrad_(), optimizer = make([p])
        p.grad = Tensor.full([2, 2], 0.5)
        optimizer.step()
        change(p)
        p.grad = Tensor.full(p.shape.sizes, 0.5, dtype: p.dtype)
        do {
            try withError { optimizer.step() }
            return "\(p.dtype) \(p.detach().double().toArray(as: Double.self)[0])"
        } catch {
            return "\(error)"
        }
    }

    private final class Holder: Module {
        @Parameter var p: Tensor
        init(_ p: Tensor) { self.p = p }
    }

    @Test func conversions() {
        let double: (Tensor) -> Void = { Holder($0).double() }, half: (Tensor) -> Void = { Holder($0).half() }
        #expect(outcome({ SGD($0, lr: 0.1, momentum: 0.9) }, double) == "torch.float64 0.8549999892711639")
        #expect(
            outcome({ SGD($0, lr: 0.1, momentum: 0.9, weightDecay: 0.1, nesterov: true) }, double)
                == "torch.float64 0.725565977692604")
        #expect(outcome({ SGD($0, lr: 0.1, momentum: 0.9) }, half) == "torch.float16 0.85498046875")
        for make: ([Tensor]) -> Optimizer in [
            { Adam($0) }, { AdamW($0) }, { Adam($0, amsgrad: true) }, { Adamax($0) }, { NAdam($0) }, { RAdam($0) }
        ] {
            #expect(outcome(make, double) == "expected dtype float for `end` but got dtype double")
            #expect(outcome(make, half) == "expected dtype float for `end` but got dtype c10::Half")
        }
    }

    @Test func sizes() {
        let resize: (Tensor) -> Void = { p in noGrad { _ = p.requiresGrad_(false).resize_([3, 3]).fill_(1) } }
        let sentence = "The size of tensor a (2) must match the size of tensor b (3) at non-singleton dimension 1"
        for make: ([Tensor]) -> Optimizer in [
            { SGD($0, lr: 0.1, momentum: 0.9) }, { Adam($0) }, { AdamW($0) }, { Adamax($0) }, { Adagrad($0) },
            { RMSprop($0) }, { ASGD($0) }
        ] {
            #expect(outcome(make, resize) == sentence)
        }
    }
}
