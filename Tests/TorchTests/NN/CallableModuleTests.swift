import Testing
import Torch

private final class Split: Module, BinaryModule {
    func forward(_ x: Tensor, _ mask: Tensor?) -> (Tensor, Tensor) { (x * 2, mask.map { x * $0 } ?? x) }
}

private final class Length: Module, UnaryModule {
    func forward(_ text: String) -> Int { text.count }
}

private final class Attention: Module, TernaryModule {
    func forward(_ query: Tensor, _ key: Tensor, _ value: Tensor) -> Tensor { query * key + value }
}

private final class Four: Module, QuaternaryModule {
    func forward(_ x: Tensor, _ factor: Double, _ parts: [Tensor], _ flag: Bool) -> (sum: Tensor, parts: [Tensor]) {
        (parts.reduce(x) { $0 + $1 } * factor, flag ? parts : [])
    }
}

private final class Labelled: Module {
    func forward(_ x: Tensor, mask: Tensor?) -> Tensor { mask.map { x * $0 } ?? x }
    func callAsFunction(_ x: Tensor, mask: Tensor? = nil) -> Tensor { withHooks(x, mask) { forward($0, mask: $1) } }
}

@Suite struct CallableModuleTests {
    private func floats(_ tensor: Tensor?) -> [Float]? { tensor?.toArray() }

    @Test func anyInputsAndOutputs() {
        let x = Tensor([1.0, 2])
        let (y, z) = Split()(x, Tensor([3.0, 4]))
        #expect(floats(y) == [2, 4] && floats(z) == [3, 8])
        #expect(floats(Split()(x, nil).1) == [1, 2])
        #expect(Length()("four") == 4)
        #expect(floats(Attention()(x, x, x)) == [2, 6])
        let result = Four()(x, 0.5, [x, x], true)
        #expect(floats(result.sum) == [1.5, 3] && result.parts.count == 2)
        #expect(floats(Labelled()(x, mask: x)) == [1, 4] && floats(Labelled()(x)) == [1, 2])
        let blocks: [any BinaryModule<Tensor, Tensor?, (Tensor, Tensor)>] = [Split(), Split()]
        #expect(floats(blocks[1](x, nil).0) == [2, 4])
    }

    @Test func forwardHooksSeeAndChangeTuples() {
        let split = Split()
        var log: [String] = []
        let before = split.registerForwardPreHook(inputs: (Tensor, Tensor?).self) { module, inputs in
            #expect(module === split)
            log.append("before \(inputs.1 == nil)")
            return (inputs.0 + 1, inputs.0)
        }
        let after = split.registerForwardHook(inputs: (Tensor, Tensor?).self, output: (Tensor, Tensor).self) {
            _, inputs, output in
            log.append("after \(inputs.0.item()) \(output.0.item())")
            return (output.1, output.0)
        }
        split.registerForwardHook(inputs: [Any].self, output: Any.self) { _, inputs, output in
            log.append("any \(inputs.count) \(output is (Tensor, Tensor))")
            return nil
        }
        let (y, z) = split(Tensor(3.0), nil)
        // The inputs become 4 and 3, so the outputs are 8 and 12, and then change places.
        #expect(y.item() == 12 && z.item() == 8)
        #expect(log == ["before true", "after 4.0 8.0", "any 2 true"])
        before.remove()
        after.remove()
        #expect(split(Tensor(3.0), nil).0.item() == 6 && log.count == 4)
    }

    @Test func hooksOfTensorsSeeTheTensorsAmongTheInputs() {
        let four = Labelled()
        four.registerForwardPreHook { _, inputs in inputs.map { $0 * 2 } }
        four.registerForwardHook { _, inputs, output in output + Double(inputs.count) }
        #expect(four(Tensor(3.0)).item() == 7)
        #expect(four(Tensor(3.0), mask: Tensor(5.0)).item() == 62)
    }

    @Test func hooksOfOtherTypesRun() {
        let length = Length()
        length.registerForwardPreHook(inputs: String.self) { _, text in text + "!" }
        length.registerForwardHook(inputs: String.self, output: Int.self) { _, _, count in count * 10 }
        #expect(length("four") == 50)
    }

    @Test func backwardHooksSeeAllGradients() {
        let split = Split()
        var seen: [[[Float]?]] = []
        let before = split.registerFullBackwardPreHook(gradOutput: [Tensor?].self) { _, grads in
            seen.append(grads.map { floats($0) })
            return [grads[0], grads[1].map { $0 * 10 }]
        }
        let after = split.registerFullBackwardHook(gradOutput: [Tensor?].self) { _, gradInput, gradOutput in
            seen.append(gradInput.map { floats($0) })
            seen.append(gradOutput.map { floats($0) })
            return [gradInput[0].map { $0 / 2 }, nil]
        }
        let x = Tensor([1.0, 2], requiresGrad: true), mask = Tensor([3.0, 4])
        let (y, z) = split(x, mask)
        (y.sum() + z.sum()).backward()
        // 2 · 1 + mask · 10, then halved.
        #expect(seen == [[[1, 1], [1, 1]], [[32, 42], nil], [[1, 1], [10, 10]]])
        #expect(floats(x.grad) == [16, 21])

        before.remove()
        after.remove()
        seen = []
        x.grad = nil
        split.registerFullBackwardPreHook(gradOutput: [Tensor?].self) { _, grads in
            seen.append(grads.map { floats($0) })
            return nil
        }
        split(x, mask).0.sum().backward()
        #expect(seen == [[[1, 1], nil]] && floats(x.grad) == [2, 2])
    }

    @Test func mistakesAreNamed() {
        let x = Tensor([1.0], requiresGrad: true)
        let one = Split()
        one.registerForwardHook { _, _, output in output }
        #expect(throws: TorchError(.type, "a hook of Split has an output of type Tensor, but got (Tensor, Tensor)")) {
            try withError { _ = one(x, nil) }
        }
        let two = Split()
        two.registerFullBackwardHook { _, _, _ in nil }
        #expect(
            throws: TorchError(
                .type,
                "a backward hook of Split takes one gradient, but there are 2 outputs: register it with gradOutput: [Tensor?].self"
            )
        ) {
            try withError { two(x, nil).0.sum().backward() }
        }
        let three = Split()
        three.registerFullBackwardPreHook(gradOutput: [Tensor?].self) { _, _ in [nil] }
        #expect(
            throws: TorchError(
                .runtime, "Backward pre hook returned an invalid number of grad_output, got 1, but expected 2")
        ) {
            try withError { three(x, nil).0.sum().backward() }
        }
        let four = Labelled()
        four.registerForwardPreHook { _, _ in [] }
        #expect(throws: TorchError(.runtime, "forward pre-hook must return None or 1 tensors, got 0")) {
            try withError { _ = four(x) }
        }
    }
}
