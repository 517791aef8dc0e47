import Torch
import TorchVision

extension Case {
    /// Layers and networks for images. Each is made at its first use, because their inputs are large.
    static func images() -> [String: Case] {
        var cases: [String: Case] = [:]
        func layer(_ name: String, _ shape: [Int], _ make: @escaping () -> any Layer) {
            let made = Deferred { () -> (layer: any Layer, x: Tensor, gradient: Tensor) in
                manualSeed(0)
                let layer = make(), x = Tensor.randn(shape).requiresGrad_()
                return (layer, x, Tensor.randnLike(noGrad { layer(x) }))
            }
            func both() -> Tensor {
                made.value.x.grad = nil
                for parameter in made.value.layer.parameters() { parameter.grad = nil }
                made.value.layer(made.value.x).backward(gradient: made.value.gradient)
                return made.value.x.grad!
            }
            cases[name] = Case { noGrad { made.value.layer(made.value.x) } }
            cases["\(name) both"] = Case { both() }
        }
        layer("conv 3x3", [32, 64, 56, 56]) { Conv2d(64, 64, 3, padding: 1) }
        layer("conv depthwise", [32, 64, 56, 56]) { Conv2d(64, 64, 3, padding: 1, groups: 64) }
        layer("conv 1x1", [32, 64, 56, 56]) { Conv2d(64, 256, 1) }
        layer("conv stride 2", [32, 64, 56, 56]) { Conv2d(64, 128, 3, stride: 2, padding: 1) }
        layer("conv1d", [32, 128, 1000]) { Conv1d(128, 128, 3, padding: 1) }
        layer("conv transposed", [32, 64, 56, 56]) { ConvTranspose2d(64, 32, 4, stride: 2, padding: 1) }
        layer("max_pool2d", [32, 64, 56, 56]) { MaxPool2d(2) }
        layer("avg_pool2d", [32, 64, 56, 56]) { AvgPool2d(2) }
        layer("interpolate", [32, 64, 56, 56]) { Upsample(scaleFactor: 2, mode: .bilinear) }
        layer("batch_norm", [64, 256, 28, 28]) { BatchNorm2d(256) }
        layer("group_norm", [64, 256, 28, 28]) { GroupNorm(32, 256) }
        layer("layer_norm", [32, 128, 768]) { LayerNorm([768]) }
        layer("rms_norm", [32, 128, 768]) { RMSNorm([768]) }

        func network(_ name: String, _ batch: Int, _ dtype: DType = .float32, _ make: @escaping () -> any Layer) {
            let made = Deferred { () -> (model: any Layer, x: Tensor) in
                manualSeed(0)
                let model = make()
                model.eval()
                let x = Tensor.randn([batch, 3, 224, 224])
                return (model.to(dtype: dtype), x.to(dtype))
            }
            cases[name] = Case { noGrad { made.value.model(made.value.x) } }
        }
        network("resnet18 1", 1) { resnet18() }
        network("resnet18 32", 32) { resnet18() }
        network("resnet18 1 fused", 1) { fused(resnet18()) }
        network("resnet18 32 fused", 32) { fused(resnet18()) }
        network("mobilenet_v3_small 1", 1) { mobilenetV3Small() }
        network("resnet18 1 bf16", 1, .bfloat16) { resnet18() }
        network("resnet18 32 bf16", 32, .bfloat16) { resnet18() }
        network("resnet18 32 bf16 or float32", 32, .bfloat16) { resnet18() }
        cases["resnet18 step"] = networkStep()
        return cases
    }

    private static func fused(_ model: any Layer) -> any Layer {
        model.eval()
        fuseModules(model) { [model(Tensor.zeros([1, 3, 64, 64]))] }
        return model
    }

    /// A training step of ResNet-18 on 32 images. The numbers are the losses of the first three.
    private static func networkStep() -> Case {
        Case.training {
            manualSeed(0)
            let model = resnet18(), loss = CrossEntropyLoss()
            let x = Tensor.randn([32, 3, 224, 224]), y = Tensor.randint(0, 1000, [32])
            let optimizer = SGD(model.parameters(), lr: 1e-3, momentum: 0.9)
            return {
                optimizer.zeroGrad()
                let found = loss(model(x), y)
                found.backward()
                optimizer.step()
                return found.detach()
            }
        }
    }
}
