import Torch

extension Table {
    mutating func addNormalization() {
        func three(_ parts: (output: Tensor, mean: Tensor, rstd: Tensor)) -> [Tensor] {
            [parts.output, parts.mean, parts.rstd]
        }
        op("nn.functional.layer_norm", "input normalized_shape weight bias eps") {
            try layerNorm(
                $0.input, $0.ints("normalized_shape"), weight: $0.tensorOrNil("weight"), bias: $0.tensorOrNil("bias"),
                eps: $0.double("eps", 1e-5))
        }
        op("native_layer_norm", "input normalized_shape weight bias eps") {
            try three(
                nativeLayerNorm(
                    $0.input, $0.ints("normalized_shape"), weight: $0.tensorOrNil("weight"),
                    bias: $0.tensorOrNil("bias"), eps: $0.double("eps")))
        }
        op("nn.functional.rms_norm", "input normalized_shape weight eps") {
            try rmsNorm(
                $0.input, $0.ints("normalized_shape"), weight: $0.tensorOrNil("weight"),
                eps: $0.scalarOrNil("eps")?.doubleValue)
        }
        op("nn.functional.group_norm", "input num_groups weight bias eps") {
            try groupNorm(
                $0.input, $0.int("num_groups"), weight: $0.tensorOrNil("weight"), bias: $0.tensorOrNil("bias"),
                eps: $0.double("eps", 1e-5))
        }
        op("native_group_norm", "input weight bias N C HxW group eps") {
            try three(
                nativeGroupNorm(
                    $0.input, weight: $0.tensorOrNil("weight"), bias: $0.tensorOrNil("bias"), $0.int("N"), $0.int("C"),
                    $0.int("HxW"), $0.int("group"), eps: $0.double("eps")))
        }
        op("nn.functional.batch_norm", "input running_mean running_var weight bias training momentum eps") {
            try batchNorm(
                $0.input, runningMean: $0.tensorOrNil("running_mean"), runningVar: $0.tensorOrNil("running_var"),
                weight: $0.tensorOrNil("weight"),
                bias: $0.tensorOrNil("bias"), training: $0.bool("training", false),
                momentum: $0.double("momentum", 0.1), eps: $0.double("eps", 1e-5))
        }
        op("native_batch_norm", "input weight bias running_mean running_var training momentum eps") {
            try three(
                nativeBatchNorm(
                    $0.input, weight: $0.tensorOrNil("weight"), bias: $0.tensorOrNil("bias"),
                    runningMean: $0.tensorOrNil("running_mean"),
                    runningVar: $0.tensorOrNil("running_var"), training: $0.bool("training", false),
                    momentum: $0.double("momentum"), eps: $0.double("eps")))
        }
        op("nn.functional.instance_norm", "input running_mean running_var weight bias use_input_stats momentum eps") {
            try instanceNorm(
                $0.input, runningMean: $0.tensorOrNil("running_mean"), runningVar: $0.tensorOrNil("running_var"),
                weight: $0.tensorOrNil("weight"),
                bias: $0.tensorOrNil("bias"), useInputStats: $0.bool("use_input_stats", true),
                momentum: $0.double("momentum", 0.1), eps: $0.double("eps", 1e-5))
        }
        op("nn.functional.local_response_norm", "input size alpha beta k") {
            try localResponseNorm(
                $0.input, $0.int("size"), alpha: $0.double("alpha", 1e-4), beta: $0.double("beta", 0.75),
                k: $0.double("k", 1))
        }
    }
}
