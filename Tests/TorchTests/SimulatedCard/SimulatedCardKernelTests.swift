import Foundation
import Locks
import Testing
@testable import Torch

/// Kernels of the CUDA backend on the simulated device, where conformance has no case: long rows, work in blocks,
/// draws, wrong numbers in tensors. Each test ends without a report of the device's checks.
@Suite(.serialized, .enabled(if: SimulatedCard.isHere, "the simulated device is not here (Tests/CUDASimulator/run.sh)"))
struct SimulatedCardKernelTests {
    private func clean(order: String = "random", _ body: (SimulatedCard) throws -> Void) throws {
        try SimulatedCard.clean(order: order, body)
    }

    /// Numbers in an order that repeats late.
    private func mixed(_ count: Int, _ modulus: Int) -> Tensor {
        Tensor.arange(count).mul(7919).remainder(modulus)
    }

    // MARK: Order

    @Test func longRowsAreSorted() throws {
        try clean { _ in
            for dtype in [DType.float32, .int64, .bfloat16, .uint8] {
                // Three rows of more than one tile, with many equal elements.
                let x = mixed(15000, 251).reshape([3, 5000]).to(dtype), y = x.to(.cuda)
                for falls in [false, true] {
                    let (values, indices) = x.sort(dim: 1, descending: falls, stable: true)
                    let found = y.sort(dim: 1, descending: falls, stable: true)
                    #expect(found.values.cpu().equal(values) && found.indices.cpu().equal(indices), "\(dtype)")
                }
                // Of equal elements the first is chosen.
                let sorted = x.sort(dim: 1, descending: true, stable: true), top = y.topk(7, dim: 1)
                #expect(top.values.cpu().equal(sorted.values.narrow(1, 0, 7)))
                #expect(top.indices.cpu().equal(sorted.indices.narrow(1, 0, 7)))
                #expect(y.kthvalue(2500, dim: 1).values.cpu().equal(x.kthvalue(2500, dim: 1).values))
                #expect(y.median(dim: 1).indices.cpu().equal(x.median(dim: 1).indices))
                #expect(y.mode(dim: 1).values.cpu().equal(x.mode(dim: 1).values))
            }
            let small = Tensor([3, 1, 3, 2, 3, 1], dtype: .int32).to(.cuda)
            #expect(small.topk(4).indices.toArray(as: Int.self) == [0, 2, 4, 3])
            #expect(small.kthvalue(2).indices.item() == 5 && small.mode().indices.item() == 4)
        }
    }

    /// Rows of several tiles, and rows whose chosen elements are more than a block sorts in shared memory.
    @Test func elementsAreChosenFromLongRows() throws {
        try clean { _ in
            for dtype in [DType.float32, .float64, .int64, .int16, .float16] {
                let x = mixed(40000, 10007).reshape([2, 20000]).sub(5000).to(dtype), y = x.to(.cuda)
                for (k, largest) in [(1, true), (100, false), (3000, true)] {
                    let sorted = x.sort(dim: 1, descending: largest, stable: true)
                    let found = y.topk(k, dim: 1, largest: largest)
                    #expect(found.values.cpu().equal(sorted.values.narrow(1, 0, k)), "\(dtype) \(k)")
                    #expect(found.indices.cpu().equal(sorted.indices.narrow(1, 0, k)), "\(dtype) \(k)")
                }
                let sorted = x.sort(dim: 1, stable: true)
                for k in [1, 9999, 20000] {
                    let found = y.kthvalue(k, dim: 1)
                    #expect(found.values.cpu().equal(sorted.values.select(1, k - 1)), "\(dtype) \(k)")
                    #expect(found.indices.cpu().equal(sorted.indices.select(1, k - 1)), "\(dtype) \(k)")
                }
            }
            // NaN is the greatest. The median is the first NaN, and nanmedian leaves them out.
            let x = mixed(9000, 9001).to(.float32)
            _ = x.indexFill_(dim: 0, index: Tensor([17, 4000]), value: Double.nan)
            let y = x.to(.cuda)
            #expect(y.topk(2).indices.toArray(as: Int.self) == [17, 4000])
            #expect(y.median(dim: 0).indices.item() == 17)
            let middle = x.nanmedian(dim: 0), found = y.nanmedian(dim: 0)
            #expect(found.values.item() == middle.values.item() && found.indices.item() == middle.indices.item())
            #expect(Tensor.full([5000], Double.nan, device: .cuda).nanmedian(dim: 0).indices.item() == 0)
        }
    }

    @Test func scansOfManyPieces() throws {
        try clean { _ in
            let x = Tensor.linspace(-1, 1, 20000).to(.float64), y = x.to(.cuda)
            #expect(y.cumsum(dim: 0).cpu().allclose(x.cumsum(dim: 0), rtol: 1e-12, atol: 1e-12))
            #expect(y.sin().cummax(dim: 0).indices.cpu().equal(x.sin().cummax(dim: 0).indices))
            #expect(y.logcumsumexp(dim: 0).cpu().allclose(x.logcumsumexp(dim: 0), rtol: 1e-12))
            // A line per thread.
            let columns = mixed(64 * 100, 97).reshape([100, 64])
            #expect(columns.to(.cuda).cumsum(dim: 0).cpu().equal(columns.cumsum(dim: 0)))
        }
    }

    /// Channels that lie together are pooled together, also where their number or their address does not allow it.
    @Test func poolingOfChannels() throws {
        try clean { _ in
            for dtype in [DType.float32, .bfloat16, .float64] {
                for channels in [8, 16, 3] {
                    let planes = mixed(2 * channels * 7 * 6, 101).to(dtype).reshape([2, channels, 7, 6])
                    func run(_ device: Device) -> [Tensor] {
                        let x = planes.to(device).contiguous(memoryFormat: .channelsLast).requiresGrad_()
                        let (values, indices) = x.maxPool2dWithIndices(3, stride: 2, padding: 1)
                        let averages = x.avgPool2d(2, stride: 1, padding: 1, countIncludePad: false)
                        let adapted = x.adaptiveAvgPool2d([3, 2])
                        (values.sum() + (averages * averages).sum() + (adapted * adapted).sum()).backward()
                        return [values.detach(), indices, averages.detach(), adapted.detach(), x.grad!].map { $0.cpu() }
                    }
                    for (found, expected) in zip(run(.cuda), run(.cpu)) {
                        #expect(found.allclose(expected, rtol: 2e-2, atol: 1e-3), "\(dtype) \(channels)")
                    }
                }
            }
        }
    }

    /// Steps of more tensors than one launch takes, of all sizes and at all addresses, are the CPU's.
    @Test func stepsOfManyTensors() throws {
        let sizes = [1, 3, 4, 1000, 4096, 4097, 10000] + [Int](repeating: 5, count: 60)
        func run(_ device: Device, _ make: ([Tensor]) -> Optimizer, dtype: DType = .float32) -> [Tensor] {
            let memory = Tensor.linspace(-1, 1, sizes.reduce(1, +)).to(dtype).to(device)
            var at = 1
            // Views that follow each other, most of them at addresses that are no multiples of 16.
            let parameters = sizes.map { size in
                defer { at += size }
                return memory.narrow(0, at, size).requiresGrad_()
            }
            let optimizer = make(parameters)
            for step in 1...3 {
                for (i, p) in parameters.enumerated() where i % 7 != step {
                    p.grad = Tensor.linspace(-1, 2, p.numel()).mul(Double(i + step)).cos().to(dtype).to(device)
                }
                optimizer.step()
            }
            return [memory.cpu()]
                + parameters.flatMap { p in (optimizer.state(of: p)?.tensors ?? []).compactMap { $0?.cpu() } }
        }
        let optimizers: [([Tensor]) -> Optimizer] = [
            { SGD($0, lr: 0.1) }, { SGD($0, lr: 0.1, momentum: 0.9, weightDecay: 0.1, nesterov: true) },
            { SGD($0, lr: 0.1, momentum: 0.5, dampening: 0.2, maximize: true) },
            { Adam($0, lr: 0.1, weightDecay: 0.1, amsgrad: true) }, { AdamW($0, lr: 0.1) }
        ]
        try clean { _ in
            for (i, make) in optimizers.enumerated() {
                for dtype in [DType.float32, .float64, .bfloat16] {
                    let tolerance = dtype == .bfloat16 ? 2e-2 : 1e-5
                    for (found, expected) in zip(run(.cuda, make, dtype: dtype), run(.cpu, make, dtype: dtype)) {
                        #expect(found.allclose(expected, rtol: tolerance, atol: tolerance), "\(i) \(dtype)")
                    }
                }
            }
        }
    }

    /// One launch for all parameters of a step.
    @Test func aStepIsOneLaunch() throws {
        try clean(order: "lazy") { card in
            let parameters = (0..<20).map { _ in Tensor.ones(10, device: .cuda).requiresGrad_() }
            let optimizer = SGD(parameters, lr: 0.5)
            for p in parameters { p.grad = Tensor.ones(10, device: .cuda) }
            cuda.synchronize()
            optimizer.step()
            let pending: @convention(c) () -> Int32 = try card.driver.library.function("cudasim_pending")
            #expect(pending() == 1)
            #expect(parameters.allSatisfy { $0.sum().item() == 5 })
        }
    }

    @Test func elementsThatAMaskChooses() throws {
        try clean { _ in
            let x = mixed(9000, 10).reshape([90, 100]), y = x.to(.cuda)
            #expect(y.eq(3).nonzero().cpu().equal(x.eq(3).nonzero()))
            #expect(y.maskedSelect(y.gt(5)).cpu().equal(x.maskedSelect(x.gt(5))))
            let source = Tensor.arange(9000)
            #expect(
                y.maskedScatter(y.gt(5), source.to(.cuda)).cpu().equal(x.maskedScatter(x.gt(5), source)))
            let found = y.unique(returnInverse: true, returnCounts: true)
            let expected = x.unique(returnInverse: true, returnCounts: true)
            #expect(found.output.cpu().equal(expected.output))
            #expect(
                found.inverseIndices!.cpu().equal(expected.inverseIndices!)
                    && found.counts!.cpu().equal(expected.counts!))
        }
    }

    /// Sums at repeated destinations have the same bits in every order of execution: those of the CPU.
    @Test(arguments: ["lazy", "eager", "random"]) func sumsAtIndices(order: String) throws {
        try clean(order: order) { _ in
            let index = mixed(6000, 37), source = Tensor.linspace(-1, 2, 12000).reshape([6000, 2])
            let expected = Tensor.zeros(40, 2).indexAdd(dim: 0, index: index, source: source)
            let found = Tensor.zeros(40, 2, device: .cuda).indexAdd(
                dim: 0, index: index.to(.cuda), source: source.to(.cuda))
            #expect(found.cpu().equal(expected))
            let last = Tensor.zeros(40, device: .cuda).indexCopy(
                dim: 0, index: index.to(.cuda), source: source.select(1, 0).contiguous().to(.cuda))
            #expect(last.cpu().equal(Tensor.zeros(40).indexCopy(dim: 0, index: index, source: source.select(1, 0))))
        }
    }

    // MARK: Blocks

    /// Work that is cut into blocks gives what it gives at once.
    @Test func workInBlocks() throws {
        try clean { _ in
            let context = try CUDADevices.shared.get().context(0)
            let most = context.blockBytes.load(ordering: .relaxed)
            defer { context.blockBytes.store(most, ordering: .relaxed) }
            for bytes in [1 << 20, 4096, 64] {
                context.blockBytes.store(bytes, ordering: .relaxed)
                func gradients(_ device: Device) -> [Tensor] {
                    let x = Tensor.linspace(-1, 1, 3 * 2 * 49).reshape([3, 2, 7, 7]).to(device).requiresGrad_()
                    let w = Tensor.linspace(0, 1, 4 * 2 * 9).reshape([4, 2, 3, 3]).to(device).requiresGrad_()
                    let y = conv2d(x, w, stride: 2, padding: 1)
                    y.mul(y).sum().backward()
                    let q = Tensor.linspace(-1, 1, 2 * 3 * 9 * 4).reshape([2, 3, 9, 4]).to(device).requiresGrad_()
                    let k = Tensor.linspace(1, -2, 2 * 3 * 6 * 4).reshape([2, 3, 6, 4]).to(device).requiresGrad_()
                    let v = Tensor.linspace(0, 3, 2 * 3 * 6 * 5).reshape([2, 3, 6, 5]).to(device).requiresGrad_()
                    let a = scaledDotProductAttention(q, k, v, isCausal: true)
                    a.mul(a).sum().backward()
                    return [y, a].map { $0.detach().cpu() } + [x, w, q, k, v].map { $0.grad!.cpu() }
                }
                for (found, expected) in zip(gradients(.cuda), gradients(.cpu)) {
                    #expect(found.allclose(expected, rtol: 1e-4, atol: 1e-5), "\(bytes)")
                }
            }
        }
    }

    /// The logarithm of a row's sum is rounded. If the weights were not divided by their sum again, the gradients would
    /// have an error of 6e-6 and 1e-5 here; the CPU's is 8e-7.
    @Test(arguments: [0, 4]) func gradientsOfLargeScoresAreExact(seed: Int) throws {
        manualSeed(seed)
        let inputs = [5.0, 5, 1].map { Tensor.randn(2, 2, 6, 2, dtype: .float64) * $0 }
        func gradients(_ device: Device, _ dtype: DType) -> [Tensor] {
            let x = inputs.map { $0.detach().to(dtype).to(device).requiresGrad_() }
            let y = scaledDotProductAttention(x[0], x[1], x[2])
            (y * Tensor.linspace(-1, 2, 48).sin().reshape(y.shape.sizes).to(dtype).to(device)).sum().backward()
            return x.map { $0.grad!.cpu().to(.float64) }
        }
        try clean { _ in
            for (found, exact) in zip(gradients(.cuda, .float32), gradients(.cpu, .float64)) {
                let error = (found - exact).abs().amax().item() / exact.abs().amax().item()
                #expect(error < 1.5e-6)
            }
        }
    }

    /// Layers of every cell over sequences of different lengths, in both directions, with the CPU's gradients.
    @Test(arguments: ["RNN", "GRU", "LSTM", "projection"]) func recurrentLayers(kind: String) throws {
        func run(_ device: Device) throws -> [Tensor] {
            manualSeed(0)
            let data = Tensor.linspace(-1, 1, 4 * 3 * 5).reshape([4, 3, 5])
            let layer: Module
            switch kind {
            case "RNN": layer = RNN(5, 6, bidirectional: true)
            case "GRU": layer = GRU(5, 6, bidirectional: true)
            case "LSTM": layer = LSTM(5, 6, bidirectional: true)
            default: layer = LSTM(5, 6, bidirectional: true, projSize: 4)
            }
            layer.to(device)
            let x = data.to(device).requiresGrad_()
            let packed = packPaddedSequence(x, lengths: [2, 4, 1], enforceSorted: false)
            var results: [Tensor] = []
            switch layer {
            case let layer as RNN:
                let (y, h) = layer(packed)
                results = [y.data, h]
            case let layer as GRU:
                let (y, h) = layer(packed)
                results = [y.data, h]
            default:
                let (y, (h, c)) = (layer as! LSTM)(packed)
                results = [y.data, h, c]
            }
            results.reduce(Tensor.zeros([], device: device)) { $0 + $1.mul($1).sum() }.backward()
            return results.map { $0.detach().cpu() } + [x.grad!.cpu()] + layer.parameters().map { $0.grad!.cpu() }
        }
        try clean { _ in
            for (found, expected) in zip(try run(.cuda), try run(.cpu)) {
                #expect(found.allclose(expected, rtol: 1e-4, atol: 1e-5))
            }
        }
    }

    // MARK: Draws

    /// The numbers published for seed 0 on a card, and others recomputed from Philox with NumPy.
    @Test func drawsArePyTorchs() throws {
        func near(_ x: Tensor, _ expected: [Double], _ sourceLocation: SourceLocation = #_sourceLocation) {
            let found = x.toArray(as: Double.self)
            #expect(
                found.count == expected.count && zip(found, expected).allSatisfy { abs($0 - $1) < 6e-5 }, "\(found)",
                sourceLocation: sourceLocation)
        }
        try clean { _ in
            manualSeed(0)
            near(
                Tensor.rand(10, device: .cuda),
                [0.3990, 0.5167, 0.0249, 0.9401, 0.9459, 0.7967, 0.4150, 0.8203, 0.2290, 0.9096])
            near(Tensor.rand(4, device: .cuda), [0.972241, 0.790969, 0.469041, 0.33])
            cuda.manualSeed(0)
            near(Tensor.randn(5, device: .cuda), [-0.9247, -0.4253, -2.6438, 0.1452, -0.1209])
            let generator = Generator(device: .cuda, seed: 7)
            #expect("\(generator)" == "<torch.Generator device='cuda:0' initial_seed=7>")
            #expect(
                Tensor.randint(10, [8], generator: generator, device: .cuda).toArray(as: Int.self)
                    == [7, 8, 5, 3, 5, 3, 6, 2])
            generator.manualSeed(7)
            #expect(
                Tensor.randint(1 << 30, [4], generator: generator, device: .cuda).toArray(as: Int.self)
                    == [653788, 737_597_871, 433_580_869, 531_643_458])
            generator.manualSeed(7)
            near(
                Tensor.empty([8], device: .cuda).exponential_(generator: generator),
                [0.04647, 0.70312, 0.0598, 0.52327, 0.35725, 1.56674, 0.39262, 0.73183])
            generator.manualSeed(7)
            near(Tensor.full([8], 0.5, device: .cuda).bernoulli(generator: generator), [0, 0, 1, 1, 1, 1, 1, 1])
            generator.manualSeed(7)
            near(
                Tensor.rand(3, generator: generator, dtype: .float64, device: .cuda),
                [0.7501525, 0.17173543, 0.850951])
            // After one number of each of the device's 270,336 threads comes their second.
            manualSeed(0)
            let many = Tensor.rand(270_340, device: .cuda)
            near(many[270_336...], [0.88052, 0.939658, 0.712927, 0.067758])
            // The state continues where it was taken.
            let state = cuda.getRngState()
            let next = Tensor.rand(5, device: .cuda).cpu()
            cuda.setRngState(state)
            #expect(Tensor.rand(5, device: .cuda).cpu().equal(next) && state.numel() == 16)
            let order = Tensor.randperm(3000, device: .cuda)
            #expect(order.sort().values.cpu().equal(Tensor.arange(3000)) && !order.cpu().equal(Tensor.arange(3000)))
            let weights = Tensor([0, 1.0, 0, 3]).to(.cuda)
            let drawn = weights.multinomial(400, replacement: true).toArray(as: Int.self)
            #expect(Set(drawn) == [1, 3] && (250..<350).contains(drawn.count { $0 == 3 }))
        }
        let other = #expect(throws: TorchError.self) {
            try withError { Tensor.rand(2, generator: Generator(), device: .cuda) }
        }
        #expect(other?.message == "Expected a 'cuda' device type for generator but found 'cpu'")
        let device = #expect(throws: TorchError.self) {
            try withError { Tensor.rand(2, generator: Generator(device: .cuda)) }
        }
        #expect(device?.message == "Expected a 'cpu' device type for generator but found 'cuda'")
    }

    /// Recomputed with Python from Philox and the formulas of PyTorch's headers and cuRAND, for seed 0. Larger counts
    /// have the moments of the distribution.
    @Test func drawsByRejection() throws {
        try clean { _ in
            func from<Result>(_ draw: () -> Result) -> Result {
                cuda.manualSeed(0)
                return draw()
            }
            func full(_ count: Int, _ x: Double) -> Tensor { Tensor.full([count], x, device: .cuda) }
            #expect(from { full(10, 3).poisson() }.toArray(as: Int.self) == [6, 2, 0, 2, 2, 3, 6, 3, 2, 4])
            #expect(from { full(5, 40).poisson() }.toArray(as: Int.self) == [42, 38, 47, 35, 38])
            let few = from { full(300, 10).binomial(full(300, 0.3)) }.toArray(as: Int.self)
            #expect(few.prefix(10) == [2, 2, 2, 4, 1, 3, 3, 5, 2, 3] && few[128] == 0 && few[256] == 6)
            for (concentration, expected) in [
                (0.5, [0.254164457, 0.306063563, 1.937875867, 9.618111653e-05, 0.003966913]),
                (2.5, [1.070708156, 1.59894681, 1.368341208, 2.387474775, 1.993581295])
            ] {
                let found = from { Gamma(full(5, concentration), 1.0).sample() }.toArray(as: Double.self)
                #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-4 * $1 }, "\(found)")
            }
            // The offset: 20 numbers of a thread for Poisson, 44 for binomial, 12 for gamma.
            cuda.manualSeed(0)
            _ = full(3, 2).poisson()
            _ = full(3, 2).binomial(full(3, 0.5))
            _ = Gamma(full(3, 2), 1.0).sample()
            #expect(cuda.getRngState()[8].item() == 20 + 44 + 12)

            func expectMoments(
                _ x: Tensor, _ mean: Double, _ variance: Double, _ sourceLocation: SourceLocation = #_sourceLocation
            ) {
                let x = x.cpu().to(.float64), error = 5 * (variance / Double(x.numel())).squareRoot()
                #expect(abs(x.mean().item() - mean) < error, sourceLocation: sourceLocation)
                #expect(abs(x.var().item() / variance - 1) < 0.25, sourceLocation: sourceLocation)
            }
            for rate in [0.5, 63, 100, 3000, 5000] { expectMoments(full(4000, rate).poisson(), rate, rate) }
            for dtype in [DType.float32, .float64] {
                let chances = Tensor.full([4000], 0.6, dtype: dtype, device: .cuda)
                for count in [5.0, 200] {
                    let counts = Tensor.full([4000], count, dtype: dtype, device: .cuda)
                    expectMoments(counts.binomial(chances), count * 0.6, count * 0.24)
                }
                let concentrations = Tensor.full([4000], 1.5, dtype: dtype, device: .cuda)
                expectMoments(Gamma(concentrations, 1.0).sample(), 1.5, 1.5)
                let shares = Dirichlet(concentrations.reshape([1000, 4])).sample()
                #expect(shares.sum(dim: 1).cpu().allclose(Tensor.ones([1000], dtype: dtype)))
                expectMoments(shares[0..., 0], 0.25, 0.25 * 0.75 / 7)
            }
            // Counts of a half type, and operands at which nothing is drawn.
            let halves = Tensor.full([100], 4, dtype: .bfloat16, device: .cuda).poisson()
            #expect(halves.dtype == .bfloat16 && halves.amax().item() < 20)
            let ends = Tensor([0, 7, 7, 7.0]).to(.cuda).binomial(Tensor([0.5, 0, 1, .nan]).to(.cuda))
            #expect(ends[..<3].toArray(as: Int.self) == [0, 0, 7] && ends[3].item().isNaN)
            #expect(
                full(3, .infinity).poisson().toArray(as: Double.self)
                    == [4294967295, 4294967295, 4294967295].map { Double(Float($0)) })
            #expect(full(2, .nan).poisson().isnan().all().item() != 0)
        }
    }

    // MARK: Wrong numbers

    @Test func wrongNumbersAreSaidLater() throws {
        func expect(
            _ kind: TorchError.Kind, _ message: String, _ sourceLocation: SourceLocation = #_sourceLocation,
            _ body: () throws -> Tensor
        ) throws {
            let error = #expect(throws: TorchError.self, sourceLocation: sourceLocation) {
                try withError { try body().toArray(as: Double.self) }
            }
            #expect(error == TorchError(kind, message), sourceLocation: sourceLocation)
            try clean { _ in #expect(Tensor.ones(3, device: .cuda).sum().item() == 3) }
        }
        let logits = Tensor.ones(2, 3, device: .cuda)
        func targets(_ numbers: [Int]) -> Tensor { Tensor(numbers).to(.cuda) }
        try expect(.index, "Target 3 is out of bounds.") { crossEntropy(logits, targets([0, 3])) }
        try expect(.index, "Target -5 is out of bounds.") { crossEntropy(logits, targets([-5, 1])) }
        try clean { _ in
            #expect(abs(crossEntropy(logits, targets([-100, 1])).item() - log(3)) < 1e-6)
            #expect(abs(crossEntropy(logits, targets([2, 1]), ignoreIndex: 2).item() - log(3)) < 1e-6)
        }
        // The backward pass begins before anybody reads the mistake of the forward pass.
        try expect(.index, "index 5 is out of bounds for dimension 0 with size 0") {
            let weight = Tensor.zeros([0, 5], device: .cuda, requiresGrad: true)
            F.embedding(Tensor([5, 1], device: .cuda), weight).sum().backward()
            return weight
        }
        try expect(.index, "index 4 is out of bounds for dimension 0 with size 4") {
            Tensor.zeros(4, device: .cuda).indexAdd(
                dim: 0, index: targets([1, 4]), source: Tensor.ones(2, device: .cuda))
        }
        try expect(.runtime, "Number of elements of source < number of ones in mask") {
            let x = Tensor.zeros(4, device: .cuda)
            return x.maskedScatter(x.eq(0), Tensor.ones(2, device: .cuda))
        }
    }
}
