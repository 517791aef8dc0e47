import Testing
@testable import Torch

/// The numbers and messages are PyTorch 2.15's.
@Suite struct NormTests {
    /// [2, 3, 4]
    private let x = Tensor.arange(24, dtype: .float32).view([2, 3, 4]).mul(0.37).sin()

    private func isClose(_ actual: Tensor?, _ expected: [Double], within tolerance: Double = 2e-6) -> Bool {
        guard let actual, actual.numel() == expected.count else { return false }
        return zip(actual.toArray(as: Double.self), expected).allSatisfy { abs($0 - $1) <= tolerance }
    }

    @Test func batchNormKeepsRunningStatistics() {
        let layer = BatchNorm1d(3)
        for k in 0..<3 { _ = layer(x * Double(k + 1) + Double(k)) }
        #expect(isClose(layer.runningMean, [0.1785955, 0.5688585, 0.4519736]))
        #expect(isClose(layer.runningVar, [1.540315, 1.0300369, 1.4323699]))
        #expect(layer.numBatchesTracked?.item() == 3 && layer.numBatchesTracked?.dtype == .int64)
        layer.eval()
        let expected = [
            -0.1439012, 0.1474661, 0.3993982, 0.5777972, 0.420748, 0.3866509, 0.2243612, -0.0441558, -0.2267486,
            -0.5341387, -0.8203483, -1.04664
        ]
        #expect(isClose(layer(x)[0], expected))
        #expect(layer.numBatchesTracked?.item() == 3)
    }

    @Test func withoutMomentumTheStatisticsAreTheMeanOverBatches() {
        let layer = BatchNorm1d(3, momentum: nil)
        for k in 0..<3 { _ = layer(x * Double(k + 1) + Double(k)) }
        #expect(isClose(layer.runningMean, [0.602836, 1.9941479, 1.577446]))
        #expect(isClose(layer.runningVar, [2.8233685, 1.0476056, 2.4477205]))
        #expect("\(layer)".contains("momentum=None"))
    }

    @Test func instanceNormAveragesStatisticsOverSamples() {
        let layer = InstanceNorm1d(3, affine: true, trackRunningStats: true)
        for k in 0..<3 { _ = layer(x * Double(k + 1) + Double(k)) }
        #expect(isClose(layer.runningMean, [0.1785955, 0.5688585, 0.4519736]))
        #expect(isClose(layer.runningVar, [0.845154, 0.8943994, 0.8555715]))
        #expect(layer.numBatchesTracked?.item() == 0)
        layer.eval()
        let expected = [
            -0.1942675, 0.1990801, 0.5391899, 0.7800297, 0.4515257, 0.4149343, 0.2407732, -0.0473858, -0.2933884,
            -0.6911184, -1.061443, -1.3542404
        ]
        #expect(isClose(layer(x)[0], expected))
        // A sample without a batch dimension.
        #expect(isClose(layer(x[0]), expected))
    }

    @Test func aFailedCallChangesNoStatistics() {
        let layer = BatchNorm1d(3)
        #expect(throws: TorchError.self) { try withError { _ = layer(Tensor.zeros([1, 3])) } }
        #expect(layer.numBatchesTracked?.item() == 0)
        let message = #expect(throws: TorchError.self) { try withError { _ = BatchNorm2d(3)(Tensor.zeros([1, 3])) } }
        #expect(message?.message == "expected 4D input (got 2D input)")
        let mixed = #expect(throws: TorchError.self) {
            try withError { _ = layerNorm(x, [4], weight: Tensor.ones(4, dtype: .float64)) }
        }
        #expect(mixed?.message == "mixed dtype (CPU): expect parameter to have scalar type of Float")
    }

    @Test func halfInputsTakeFloatParameters() {
        let layer = BatchNorm1d(3)
        let y = layer(x.to(.bfloat16))
        #expect(y.dtype == .bfloat16 && layer.runningMean?.dtype == .float32)
        #expect(isClose(layer.runningMean, [-0.0198975, 0.0496944, 0.0288696]))
        let expected = [
            0.2734375, 0.7695312, 1.203125, 1.5, 1.125, 1.046875, 0.6757812, 0.0598145, -0.1591797, -0.703125,
            -1.2109375, -1.609375
        ]
        #expect(isClose(y[0], expected, within: 1e-2))
    }

    @Test func memoryFormatsAreKept() {
        let x = Tensor.randn([2, 4, 3, 3]).contiguous(memoryFormat: .channelsLast).requiresGrad_()
        for norm in [{ batchNorm($0, training: true) }, { groupNorm($0, 2) }] as [(Tensor) -> Tensor] {
            let y = norm(x), plain = norm(x.detach().contiguous())
            #expect(y.stride() == [36, 1, 12, 4] && plain.stride() == [36, 9, 3, 1])
            #expect(y.allclose(plain, rtol: 1e-5, atol: 1e-6))
            #expect(grad([y.square().sum()], [x])[0]?.stride() == [36, 1, 12, 4])
        }
        #expect(instanceNorm(x).stride() == [36, 9, 3, 1])
    }

    @Test func theNumberOfThreadsDoesNotChangeTheBits() {
        let threads = getNumThreads()
        defer { setNumThreads(threads) }
        let generator = Generator(), big = Tensor.randn([8, 64, 40, 40], generator: generator)
        let few = Tensor.randn([4, 3, 160, 160], generator: generator), rows = big.view([-1, 640])
        func results() -> [Tensor] {
            var all: [Tensor] = []
            func add(_ input: Tensor, _ norm: (Tensor) -> Tensor) {
                let x = input.detach().requiresGrad_(), y = norm(x)
                all += [y.detach(), grad([y.mul(input).square().sum()], [x])[0] ?? .zeros(1)]
            }
            for input in [big, few, big.contiguous(memoryFormat: .channelsLast)] {
                add(input) { batchNorm($0, training: true) }
                add(input) { groupNorm($0, 1) }
            }
            add(rows) { layerNorm($0, [640]) }
            add(rows) { rmsNorm($0, [640], weight: rows[0]) }
            return all
        }
        setNumThreads(1)
        let one = results()
        setNumThreads(3)
        for (a, b) in zip(one, results()) { #expect(a.equal(b)) }
    }

    @Test func metaGivesShapes() {
        let x = Tensor.empty([4, 6, 5, 5], device: .meta).contiguous(memoryFormat: .channelsLast)
        let y = BatchNorm2d(6, device: .meta)(x)
        #expect(y.device == .meta && y.stride() == x.stride() && y.sizes == x.sizes)
        #expect(GroupNorm(3, 6, device: .meta)(x).sizes == x.sizes)
        #expect(LayerNorm([5, 5], device: .meta)(x).sizes == x.sizes)
    }

    @Test func stateDictsWithoutTheNumberOfBatchesLoad() throws {
        let layer = BatchNorm1d(2)
        var state = layer.stateDict()
        #expect(state.keys == ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"])
        state["num_batches_tracked"] = nil
        #expect(try layer.loadStateDict(state).missingKeys == [])
    }

    @Test func channelsAreNormalizedAcrossMaps() {
        let x = Tensor.arange(10, dtype: .float32).view([1, 5, 1, 2]).mul(0.5)
        let three = CrossMapLRN2d(3, alpha: 0.5), four = CrossMapLRN2d(4, alpha: 0.5)
        #expect("\(three)" == "CrossMapLRN2d(3, alpha=0.5, beta=0.75, k=1)")
        let expected = [
            0.0, 0.3850519, 0.6347006, 0.7640305, 0.8107201, 0.809153, 0.7992519, 0.7722752, 1.1672184, 1.1107649
        ]
        #expect(isClose(three(x), expected))
        let even = [
            0.0, 0.4077514, 0.6948003, 0.8617824, 0.9365489, 0.95161, 0.9512342, 0.9274962, 1.3819491, 1.3271936
        ]
        #expect(isClose(four(x), even))
    }

    @Test func batchNormFoldsIntoTheLayerBefore() {
        let mean = Tensor([0.1, 0.2, 0.3]), variance = Tensor([0.5, 1.5, 2.5])
        let linear = fuseLinearBNWeights(
            x[0, 0..., 0..<2], Tensor([1.0, 2, 3]), mean, variance, 1e-3, Tensor([2, 1, 0.5]), Tensor([0.0, 1, -1]))
        #expect(isClose(linear.weight, [0.0, 1.0217817, 0.8128623, 0.7846164, 0.0570981, -0.0592159]))
        #expect(isClose(linear.bias, [2.5430427, 2.4692039, -0.1463557]))
        let transposed = fuseConvBNWeights(x[0..., 0..., 0..<2], nil, mean, variance, 1e-3, nil, nil, transpose: true)
        let expected = [
            0.0, 0.5108908, 0.8128623, 0.7846164, 0.1141963, -0.1184318, -1.3607129, -1.4060763, -0.2899666,
            0.0055622, 0.5682793, 0.6301005
        ]
        #expect(isClose(transposed.weight, expected))
        #expect(isClose(transposed.bias, [-0.1412802, -0.1632449, -0.1896987]))
    }
}
