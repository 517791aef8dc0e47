import Foundation
import Testing
@testable import Torch

/// Captured graphs on the simulated device, in the latest and in random orders of its work.
@Suite(.serialized, .enabled(if: SimulatedCard.isHere, "the simulated device is not here (Tests/CUDASimulator/run.sh)"))
struct SimulatedCardGraphTests {
    private static let card = Result { try SimulatedCard() }

    /// Calls `body` in each order and expects no report.
    private func clean(_ body: () throws -> Void) throws {
        let card = try Self.card.get()
        for order in ["lazy", "random"] {
            card.forgive()
            card.setting("ORDER", order)
            defer { card.setting("ORDER", "lazy") }
            try body()
            cuda.synchronize()
            card.expectNoReport()
        }
    }

    private static func message(_ body: () throws -> Void) -> String {
        do {
            try withError(body)
            return "no error"
        } catch {
            return "\(error)"
        }
    }

    @Test func aReplayReadsNewInputs() throws {
        try clean {
            let x = Tensor.linspace(-1, 1, 100).to(.cuda), graph = CUDAGraph()
            #expect(!cuda.isCurrentStreamCapturing())
            let y = cuda.graph(graph) {
                #expect(cuda.isCurrentStreamCapturing())
                return (x * x + 1).sum()
            }
            graph.replay()
            #expect(abs(y.item() - 134.0067) < 1e-3)
            x.fill_(2)
            graph.replay()
            #expect(y.item() == 500)
        }
    }

    /// Memory of the capture belongs to the graph: what is computed afterwards does not touch it.
    @Test func aGraphsMemoryIsItsOwn() throws {
        try clean {
            let x = Tensor.ones(1000, device: .cuda), graph = CUDAGraph()
            let y = cuda.graph(graph) { ((x + 1) * 2).exp().log() - 4 }
            let others = (0..<20).map { Tensor.full([1000], $0, dtype: .float32, device: .cuda) }
            graph.replay()
            let more = (0..<20).map { Tensor.full([1000], 100 + $0, dtype: .float32, device: .cuda) }
            #expect(y.cpu().allclose(Tensor.zeros(1000), atol: 1e-5))
            for (i, tensor) in (others + more).enumerated() {
                #expect(tensor.amax().item() == Double(i < 20 ? i : 80 + i))
            }
            // A second graph in the same memory.
            let second = CUDAGraph()
            let z = cuda.graph(second, pool: graph.pool()) { y + 3 }
            graph.replay()
            second.replay()
            #expect(z.cpu().allclose(Tensor.full([1000], 3.0), atol: 1e-5))
            let held = cuda.memoryReserved()
            graph.reset()
            second.reset()
            withExtendedLifetime((y, z)) { cuda.emptyCache() }
            #expect(cuda.memoryReserved() <= held)
        }
    }

    /// A training step with gradients and momentum, captured and replayed, has the bits of eager steps.
    @Test func aTrainingStepIsReplayed() throws {
        func parameters(captured: Bool) -> [[Float]] {
            manualSeed(0)
            let model = Sequential(Linear(8, 16), ReLU(), Linear(16, 4))
            let batches = (0..<6).map { _ in Tensor.randn(32, 8) }
            let labels = Tensor.arange(32).remainder(4)
            model.to(.cuda)
            let optimizer = SGD(model.parameters(), lr: 0.1, momentum: 0.9, weightDecay: 1e-3)
            let x = batches[0].to(.cuda), y = labels.to(.cuda)
            func step() -> Tensor {
                optimizer.zeroGrad()
                let loss = crossEntropy(model(x), y)
                loss.backward()
                optimizer.step()
                return loss
            }
            // The first steps make the optimizer's state and load kernels.
            let stream = CUDAStream()
            stream.waitStream(.current())
            cuda.withStream(stream) { for _ in 0..<2 { _ = step() } }
            CUDAStream.current().waitStream(stream)
            if captured {
                let graph = CUDAGraph()
                let loss = cuda.graph(graph) { step() }
                for batch in batches {
                    x.copy_(batch)
                    graph.replay()
                    _ = loss.item()
                }
            } else {
                for batch in batches {
                    x.copy_(batch)
                    _ = step().item()
                }
            }
            return model.parameters().map { $0.detach().cpu().toArray(as: Float.self) }
        }
        try clean {
            let (eager, replayed) = (parameters(captured: false), parameters(captured: true))
            #expect(eager.map { $0.map(\.bitPattern) } == replayed.map { $0.map(\.bitPattern) })
            #expect(eager[0].allSatisfy { $0.isFinite })
        }
    }

    /// Each replay draws the numbers that the same work would draw without a graph.
    @Test func aReplayDrawsNewNumbers() throws {
        try clean {
            func draw(_ generator: Generator) -> [Tensor] {
                let x = Tensor.rand(300, device: .cuda) + Tensor.randn(300, device: .cuda)
                let chances = Tensor.full([50], 0.5, device: .cuda)
                return [
                    x, F.dropout(x, p: 0.5), Tensor.randperm(40, device: .cuda),
                    Tensor.rand(5, generator: generator, device: .cuda), chances.bernoulli(), (chances * 8).poisson()
                ]
            }
            let own = Generator(device: .cuda, seed: 3), graph = CUDAGraph()
            manualSeed(5)
            let eager = (0..<3).map { _ in draw(own).map { $0.cpu() } }
            let after = Tensor.rand(4, device: .cuda).cpu()

            graph.registerGeneratorState(own)
            let results = cuda.graph(graph) { draw(own) }
            // The capture draws nothing.
            manualSeed(5)
            own.manualSeed(3)
            for expected in eager {
                graph.replay()
                for (x, y) in zip(results, expected) { #expect(x.cpu().equal(y)) }
            }
            #expect(Tensor.rand(4, device: .cuda).cpu().equal(after))
            let message = Self.message {
                _ = cuda.graph(CUDAGraph()) { Tensor.rand(5, generator: own, device: .cuda) }
            }
            #expect(message == "Attempt to increase offset for a CUDA generator not in capture mode.")
        }
    }

    /// Steps of Adam whose number the device counts.
    @Test(arguments: [false, true]) func anAdamStepIsReplayed(decoupled: Bool) throws {
        func parameters(captured: Bool) throws -> ([[Float]], StateValue) {
            manualSeed(0)
            let model = Sequential(Linear(8, 16), ReLU(), Dropout(0.2), Linear(16, 4))
            let batches = (0..<4).map { _ in Tensor.randn(32, 8) }
            model.to(.cuda)
            let optimizer: AdamBase =
                decoupled
                ? AdamW(model.parameters(), lr: 0.01, capturable: true)
                : Adam(model.parameters(), lr: 0.01, weightDecay: 1e-3, amsgrad: true, capturable: true)
            let x = batches[0].to(.cuda), y = Tensor.arange(32).remainder(4).to(.cuda)
            func step() {
                optimizer.zeroGrad()
                crossEntropy(model(x), y).backward()
                optimizer.step()
            }
            let stream = CUDAStream()
            stream.waitStream(.current())
            cuda.withStream(stream) { for _ in 0..<2 { step() } }
            CUDAStream.current().waitStream(stream)
            let graph = CUDAGraph()
            if captured { cuda.graph(graph, step) }
            for batch in batches {
                x.copy_(batch)
                if captured { graph.replay() } else { step() }
            }
            return (model.parameters().map { $0.detach().cpu().toArray(as: Float.self) }, optimizer.stateDict())
        }
        try clean {
            let (eager, _) = try parameters(captured: false), (replayed, state) = try parameters(captured: true)
            #expect(eager.map { $0.map(\.bitPattern) } == replayed.map { $0.map(\.bitPattern) })
            let step = try #require(state["state"]?[0]?["step"]?.tensor)
            #expect(step.isCUDA && step.dtype == .float32 && step.dim == 0 && step.item() == 6)
        }
    }

    /// The device's count gives the steps that the host's count gives.
    @Test func aCountedStepIsAPlainStep() throws {
        try clean {
            func steps(_ dtype: DType, _ gradDType: DType, capturable: Bool) throws -> Tensor {
                let p = Tensor.linspace(-1, 1, 20, dtype: dtype, device: .cuda).requiresGrad_()
                let optimizer = Adam([p], lr: 0.1, amsgrad: true, capturable: capturable)
                for k in 1...3 {
                    p.grad = Tensor.linspace(-1, Double(k), 20, dtype: gradDType, device: .cuda).to(dtype)
                    optimizer.step()
                }
                // The state goes to another optimizer and on.
                let other = Adam([p], lr: 0.1, amsgrad: true, capturable: capturable)
                try other.loadStateDict(optimizer.stateDict())
                other.step()
                return p.detach().cpu()
            }
            for dtype in [DType.float32, .float64] {
                let plain = try steps(dtype, dtype, capturable: false)
                #expect(try steps(dtype, dtype, capturable: true).allclose(plain, rtol: 1e-6, atol: 1e-7))
            }
        }
        let p = Tensor.ones(3).requiresGrad_(), optimizer = Adam([p], capturable: true)
        p.grad = Tensor.ones(3)
        #expect(
            Self.message { optimizer.step() }
                == "If capturable=True, params and state_steps must be on supported devices: ['cuda', 'xpu', 'hpu', 'privateuseone', 'xla']."
        )
    }

    /// Two functions, one after the other, with gradients of parameters and arguments.
    @Test func functionsAreGraphed() throws {
        try clean {
            func train(graphed: Bool) -> [[Float]] {
                manualSeed(0)
                let first = Sequential(Linear(6, 8), Tanh()), second = Linear(8, 3)
                first.to(.cuda)
                second.to(.cuda)
                let batches = (0..<4).map { _ in Tensor.randn(5, 6) }, labels = Tensor.arange(5).remainder(3).to(.cuda)
                var calls: [([Tensor]) -> [Tensor]] = [{ [first($0[0])] }, { [second($0[0])] }]
                if graphed {
                    calls = cuda.makeGraphedCallables(
                        calls,
                        sampleArgs: [
                            [Tensor.zeros(5, 6, device: .cuda)], [Tensor.zeros(5, 8, device: .cuda).requiresGrad_()]
                        ],
                        parameters: [first.parameters(), second.parameters()])
                }
                let all = first.parameters() + second.parameters(), optimizer = SGD(all, lr: 0.1)
                for batch in batches {
                    optimizer.zeroGrad()
                    // Two passes, whose gradients add up.
                    for scale in [1.0, 2] {
                        let hidden = calls[0]([(batch * scale).to(.cuda)])
                        crossEntropy(calls[1](hidden)[0], labels).backward()
                    }
                    optimizer.step()
                }
                return all.map { $0.detach().cpu().toArray(as: Float.self) }
            }
            let (plain, graphed) = (train(graphed: false), train(graphed: true))
            #expect(plain.map { $0.map(\.bitPattern) } == graphed.map { $0.map(\.bitPattern) })
        }
    }

    /// Another stream takes part in the capture by events.
    @Test func streamsForkAndJoin() throws {
        try clean {
            let x = Tensor.linspace(0, 1, 100).to(.cuda), graph = CUDAGraph(), side = CUDAStream()
            let y = cuda.graph(graph) {
                let a = x * 2
                side.waitStream(.current())
                let b = cuda.withStream(side) { (a + 1) * a }
                let c = a.exp()
                CUDAStream.current().waitStream(side)
                return b + c
            }
            graph.replay()
            let a = Tensor.linspace(0, 1, 100) * 2
            #expect(y.cpu().allclose((a + 1) * a + a.exp(), rtol: 1e-5))
        }
    }

    // MARK: Mistakes

    @Test func waitingIsNotPermitted() throws {
        let card = try Self.card.get()
        let x = Tensor.ones(10, device: .cuda), graph = CUDAGraph()
        let sentence = "CUDA error: operation not permitted when stream is capturing\n"
        for body in [{ _ = x.sum().item() }, { cuda.synchronize() }, { _ = Tensor.arange(9).to(.cuda) }] {
            #expect(Self.message { cuda.graph(graph, body) }.hasPrefix(sentence))
            card.forgive()
        }
        // The graph has no work, and the device goes on.
        #expect(
            Self.message { graph.replay() } == "Called CUDAGraph::replay without a preceding successful capture.")
        #expect(x.sum().item() == 10)
    }

    @Test func workThatIsNotJoined() throws {
        let card = try Self.card.get()
        let x = Tensor.ones(10, device: .cuda), side = CUDAStream()
        let message = Self.message {
            cuda.graph(CUDAGraph()) {
                side.waitStream(.current())
                _ = cuda.withStream(side) { x + 1 }
            }
        }
        #expect(message.hasPrefix("CUDA error: capturing stream has unjoined work\n"))
        card.forgive()
        #expect(x.sum().item() == 10)
    }

    @Test func mistakesOfTheProgram() throws {
        let card = try Self.card.get()
        let x = Tensor.ones(10, device: .cuda), graph = CUDAGraph()
        #expect(
            Self.message { graph.captureBegin() }
                == "CUDA graphs must be captured on a non-default stream. (However, after capture, it's ok to replay them on the default stream.)"
        )
        #expect(
            Self.message { _ = graph.pool() } == "Called CUDAGraph::pool() without a preceding successful capture.")
        _ = cuda.graph(graph) { x + 1 }
        #expect(
            Self.message { _ = cuda.graph(graph) { x + 1 } }
                == "This CUDAGraph instance already owns a captured graph. To capture a new graph, create a new instance."
        )
        let optimizer = Adam([x.clone().requiresGrad_()])
        #expect(
            Self.message { cuda.graph(CUDAGraph()) { optimizer.step() } }
                == "Attempting CUDA graph capture of step() for an instance of Adam but param_groups' capturable is False."
        )
        card.forgive()
    }
}
