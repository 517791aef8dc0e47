import Testing
@testable import Torch

/// The numbers and messages are PyTorch 2.15's.
@Suite struct SequenceLossTests {
    private func wave(_ sizes: Int...) -> Tensor {
        (Tensor.arange(sizes.reduce(1, *), dtype: .float64) * 0.37).sin().reshape(sizes)
    }

    private func near(_ tensor: Tensor?, _ numbers: [Double], _ tolerance: Double = 1e-6) -> Bool {
        guard let found = tensor?.detach().toArray(as: Double.self), found.count == numbers.count else { return false }
        return zip(found, numbers).allSatisfy { abs($0 - $1) <= tolerance }
    }

    private func message(_ body: () -> Tensor) -> String {
        do {
            _ = try withError(body)
            return "no error"
        } catch {
            return "\((error as? TorchError)?.message ?? "\(error)")"
        }
    }

    // MARK: CTC

    @Test func ctcOfPaddedAndOfJoinedTargets() {
        let x = wave(6, 2, 4).requiresGrad_(), logProbs = x.logSoftmax(2)
        let each = ctcLoss(
            logProbs, Tensor([[1, 2], [3, 3]]), inputLengths: [6, 5], targetLengths: [2, 2], reduction: .none)
        #expect(near(each, [4.3767471, 4.2629351]))
        let mean = ctcLoss(logProbs, Tensor([1, 2, 3]), inputLengths: [6, 5], targetLengths: [2, 1])
        #expect(near(mean, [3.2247676]))
        mean.backward()
        #expect(near(x.grad?.abs().sum(dim: [0, 2]), [1.2486382, 2.5189081]))
        #expect(near(x.grad?[0, 1], [-0.2277022, 0.1416762, 0.1201613, -0.0341353]))
    }

    @Test func ctcOfTargetsThatAreTooLong() {
        let logProbs = wave(3, 4).logSoftmax(1).detach().requiresGrad_()
        func loss(_ zeroInfinity: Bool) -> Tensor {
            CTCLoss(reduction: .sum, zeroInfinity: zeroInfinity)(
                logProbs, Tensor([2, 2, 1]), inputLengths: Tensor(3), targetLengths: Tensor(3))
        }
        #expect(loss(false).item() == .infinity)
        let zero = loss(true)
        zero.backward()
        #expect(zero.item() == 0 && near(logProbs.grad, [Double](repeating: 0, count: 12)))
        // No steps and no labels: certain.
        #expect(
            ctcLoss(wave(3, 1, 4), Tensor([[1]]), inputLengths: [0], targetLengths: [0], reduction: .none).item() == 0)
    }

    @Test func ctcRefusesWhatDoesNotFit() {
        let x = wave(6, 2, 4), t = Tensor([[1, 2], [3, 1]])
        let place = " (while checking arguments for ctc_loss_allocate_outputs)"
        #expect(
            message { ctcLoss(x, t, inputLengths: [6], targetLengths: [2, 1]) }
                == "input_lengths must be of size batch_size")
        #expect(
            message { ctcLoss(x, t, inputLengths: [6, 7], targetLengths: [2, 1]) }
                == "Expected input_lengths to have value at most 6, but got value 7" + place)
        #expect(
            message { ctcLoss(x, t, inputLengths: [6, 5], targetLengths: [2, -3]) }
                == "Expected target_lengths to have value at least 0, but got value -3" + place)
        #expect(
            message { ctcLoss(x, t, inputLengths: [6, 5], targetLengths: [2, 3]) }
                == "Expected tensor to have size at least 3 at dimension 1, but got size 2 for argument #2 'targets'"
                + place)
        #expect(
            message { ctcLoss(x, t.view([4]), inputLengths: [6, 5], targetLengths: [.max, .max]) }
                .hasPrefix("Expected tensor to have size"))
        #expect(
            message { ctcLoss(x, t, inputLengths: [6, 5], targetLengths: [2, 1], blank: 4) }
                == "blank must be in label range")
        #expect(
            message { ctcLoss(x.half(), t, inputLengths: [6, 5], targetLengths: [2, 1]) }
                == "\"ctc_loss_cpu\" not implemented for 'Half'")
        #expect(
            message { ctcLoss(x, t, inputLengths: Tensor([6.0, 5]), targetLengths: Tensor([2, 1])) }
                == "input_lengths must be integral")
        // PyTorch reads foreign memory here.
        #expect(
            message { ctcLoss(x, t * 3, inputLengths: [6, 5], targetLengths: [2, 1]) }
                == "Target 6 is out of bounds.")
        #expect(message { ctcLoss(x, t * 3, inputLengths: [6, 5], targetLengths: [1, 0]) } == "no error")
    }

    @Test func theGradientOfCTCHasNoGradient() {
        let x = wave(6, 1, 4).logSoftmax(2).detach().requiresGrad_()
        let loss = ctcLoss(x, Tensor([[1, 2]]), inputLengths: [6], targetLengths: [2], reduction: .sum)
        let first = grad(loss, x, createGraph: true)
        #expect(
            message { grad(first.sum(), x) } == "derivative for aten::_ctc_loss_backward is not implemented")
    }

    // MARK: Linear cross entropy

    @Test(arguments: [LossReduction.mean, .sum])
    func chunksGiveTheSameLossAndGradients(_ reduction: LossReduction) {
        let factor = reduction == .mean ? 1 : 9.0791294 / 3.3279223
        for options in [nil, LinearCrossEntropyOptions(batchChunkSize: 2, chunkingMethod: nil)] {
            let x = wave(6, 3).requiresGrad_(), w = (wave(7, 3) * 0.9).requiresGrad_(), b = wave(7).requiresGrad_()
            let loss = linearCrossEntropy(
                x, w, Tensor([0, 3, 6, -100, 2, 1]), linearBias: b, weight: wave(7).abs(), reduction: reduction,
                options: options)
            loss.backward()
            #expect(near(loss, [3.3279223 * factor]))
            #expect(near(x.grad?.sum(), [-0.4162029 * factor]))
            #expect(near(w.grad?[2], [0.3372543, 0.3341885, 0.2858918].map { $0 * factor }))
            #expect(
                near(
                    b.grad,
                    [0.0491881, 0.0863811, -0.1098881, -0.2316149, 0.2221857, 0.0949278, -0.1111797].map {
                        $0 * factor
                    }))
        }
    }

    @Test func chunksWithoutReductionOrWithProbabilities() {
        let w = wave(7, 3) * 0.9, b = wave(7),
            options = LinearCrossEntropyOptions(batchChunkSize: 4, chunkingMethod: nil)
        let x = wave(6, 3).requiresGrad_(), y = wave(6, 3).requiresGrad_()
        let target = Tensor([0, 3, 6, -100, 2, 1]), cotangent = wave(6)
        let whole = linearCrossEntropy(x, w, target, linearBias: b, reduction: .none)
        let parts = linearCrossEntropy(y, w, target, linearBias: b, reduction: .none, options: options)
        whole.backward(cotangent)
        parts.backward(cotangent, retainGraph: true)
        #expect(parts.allclose(whole) && x.grad!.allclose(y.grad!))
        parts.backward(cotangent)
        #expect((x.grad! * 2).allclose(y.grad!))
        let probabilities = wave(6, 7).softmax(1)
        let loss = linearCrossEntropy(y, w, probabilities, linearBias: b, weight: wave(7).abs(), options: options)
        #expect(near(loss, [1.5805831]))
    }

    @Test func aSecondBackwardOfChunksNeedsTheOption() {
        let x = wave(6, 3).requiresGrad_(), w = wave(7, 3), t = Tensor([0, 3, 6, 1, 2, 1])
        let once = linearCrossEntropy(x, w, t, options: LinearCrossEntropyOptions())
        once.backward(retainGraph: true)
        #expect(
            message {
                once.backward(); return x
            }
                == "linear_cross_entropy chunked backward called twice; retain_graph=True / double backward are not supported."
        )
        let again = linearCrossEntropy(x, w, t, options: LinearCrossEntropyOptions(allowRetainGraph: true))
        again.backward(retainGraph: true)
        #expect(
            message {
                again.backward(); return x
            } == "no error")
    }

    /// The rows of a chunk are those of PyTorch.
    @Test(arguments: [
        (512, 256, 50257, [4, 2, 4, 4]), (64, 64, 10, [2, 32, 32, 64]), (100, 10, 1000, [1, 1, 1, 1]),
        (7, 300, 7, [1, 4, 2, 7])
    ])
    func rowsOfChunks(batch: Int, features: Int, classes: Int, expected: [Int]) {
        func rows(_ options: LinearCrossEntropyOptions, _ dtype: DType, _ ofProbabilities: Bool = false) -> Int? {
            options.rows(
                of: batch, features: features, classes: classes, dtype: dtype, isOfProbabilities: ofProbabilities)
        }
        let auto = LinearCrossEntropyOptions()
        #expect(rows(auto, .float32) == expected[0])
        #expect(rows(LinearCrossEntropyOptions(chunkingMethod: .aspectRatio(2)), .float32) == expected[1])
        #expect(rows(auto, .float32, true) == expected[2])
        #expect(rows(auto, .bfloat16) == expected[3])
    }

    // MARK: Adaptive softmax

    @Test func adaptiveLogSoftmax() {
        manualSeed(3)
        let softmax = AdaptiveLogSoftmaxWithLoss(8, 12, cutoffs: [4, 8], divValue: 2)
        #expect(
            softmax.stateDict().keys == [
                "head.weight", "tail.0.0.weight", "tail.0.1.weight", "tail.1.0.weight", "tail.1.1.weight"
            ])
        let x = wave(5, 8).float().requiresGrad_(), target = Tensor([0, 5, 11, 3, 8])
        let (output, loss) = softmax(x, target)
        #expect(near(output, [-2.0794089, -2.8801675, -3.271009, -1.8074553, -3.5761161]))
        #expect(near(loss, [2.7228312]))
        loss.backward()
        #expect(near(x.grad?.abs().sum(dim: 1), [0.3318449, 0.2155863, 0.2780577, 0.1884958, 0.2625835]))
        let logProb = softmax.logProb(x)
        #expect(near(logProb.exp().sum(dim: 1), [1, 1, 1, 1, 1]) && near(logProb[1, 5], [-2.8801675]))
        #expect(softmax.predict(x).toArray(as: Int.self) == [2, 3, 2, 1, 0])
        let single = softmax(x[1], Tensor(5))
        #expect(near(single.output, [-2.8801675]) && single.output.dim == 0)
        #expect(
            message { softmax(x, Tensor([0, 5, 12, 3, 8])).loss }
                == "Target values should be in [0, 11], but values in range [0, 12] were found. ")
        #expect(
            message { softmax(x, Tensor([0, 5])).loss }
                == "Input and target should have the same size in the batch dimension.")
        #expect(
            message { AdaptiveLogSoftmaxWithLoss(8, 12, cutoffs: [4, 4]).head.weight }
                .hasPrefix("cutoffs should be a sequence of unique, positive integers"))
    }

    // MARK: Cross entropy

    @Test func crossEntropyWithWeightsAndIgnoredTargets() {
        let x = wave(4, 5).requiresGrad_()
        let loss = crossEntropy(x, Tensor([1, 4, 2, 4]), weight: wave(5).abs() + 0.1, ignoreIndex: 2)
        #expect(near(loss, [1.727048]))
        let first = grad(loss, x, retainGraph: true)
        #expect(near(first[0], [0.0182086, -0.1478317, 0.0357368, 0.0445937, 0.0492926]))
        #expect(near(first[2], [0, 0, 0, 0, 0]))
        let recorded = grad(loss, x, createGraph: true)
        #expect(recorded.allclose(first))
        (recorded * recorded).sum().backward()
        #expect(near(x.grad?[1], [0.0181518, 0.0112838, 0.0044211, 0.0003908, -0.0342475]))
        // A mean over no targets.
        #expect(crossEntropy(x, Tensor.full([4], -100, dtype: .int64)).item().isNaN)
        #expect(crossEntropy(x.narrow(0, 0, 0), Tensor.zeros(0, dtype: .int64)).item().isNaN)
    }

    /// Rows longer than a vector, with a rest, and great logits.
    @Test func crossEntropyOfLongRows() {
        for classes in [1, 15, 16, 17, 50, 4099] {
            let x = (wave(3, classes) * 50).float().requiresGrad_(), y = x.detach().double().requiresGrad_()
            let target = Tensor([0, classes / 2, classes - 1])
            let loss = crossEntropy(x, target)
            let expected = y.logSoftmax(1).gather(1, target.unsqueeze(1)).mean().neg()
            loss.backward()
            expected.backward()
            #expect(abs(loss.item() - expected.item()) <= 1e-6 * max(1, abs(expected.item())))
            #expect(x.grad!.double().allclose(y.grad!, rtol: 1e-5, atol: 1e-7))
        }
    }
}
