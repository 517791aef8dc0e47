import Testing
import Torch

// The numbers are PyTorch 2.15's for the same calls.
@Suite(.serialized) struct PoolingTests {
    /// Runs `body` on 1 and on 2 threads and returns both results' bits.
    private func bits(_ body: () -> [Tensor]) -> [[[UInt32]]] {
        let before = getNumThreads()
        defer { setNumThreads(before) }
        return [1, 2].map { count in
            setNumThreads(count)
            return body().map { $0.flatten().toArray(as: Float.self).map(\.bitPattern) }
        }
    }

    @Test func sameBitsOnAnyNumberOfThreads() {
        manualSeed(3)
        let planes = Tensor.randn(3, 40, 33, 35), volumes = Tensor.randn(2, 5, 9, 17, 15)
        let last = planes.contiguous(memoryFormat: .channelsLast)
        func both(_ x: Tensor, _ pool: (Tensor) -> Tensor) -> [Tensor] {
            let leaf = x.detach().requiresGrad_(), y = pool(leaf)
            return [y.detach(), grad([(y * y).sum()], [leaf])[0]!]
        }
        let found = bits {
            both(planes) { $0.maxPool2d(3, stride: 2, padding: 1) }
                + both(last) { $0.maxPool2d(3, stride: 2, padding: 1) }
                + both(planes) { $0.avgPool2d(3, stride: 1, padding: 1) } + both(last) { $0.avgPool2d([2, 3]) }
                + both(volumes) { $0.maxPool3d(2) } + both(volumes) { $0.avgPool3d(3, stride: 2, padding: 1) }
                + both(planes) { $0.adaptiveAvgPool2d([7, 5]) } + both(planes) { $0.adaptiveMaxPool2d([7, 5]) }
        }
        #expect(found[0] == found[1])
    }

    @Test func theFirstMaximumAndTheLastNaNWin() {
        let x = Tensor([[[1, 5, 5, 2], [5, 0, .nan, 5], [0, 0, .nan, 1], [0, 0, 0, 0]]] as [[[Float]]])
        let (values, indices) = x.maxPool2dWithIndices(2)
        #expect(indices.flatten().toArray(as: Int.self) == [1, 6, 8, 10])
        #expect(values.flatten().toArray(as: Float.self)[0] == 5)
        #expect(values.flatten().toArray(as: Float.self)[1].isNaN)
        let whole = x.maxPool2dWithIndices(4).indices
        #expect(whole.item(as: Int.self) == 10)
        let last = x.unsqueeze(0).contiguous(memoryFormat: .channelsLast).maxPool2dWithIndices(2)
        #expect(last.indices.flatten().toArray(as: Int.self) == [1, 6, 8, 10])
    }

    @Test func integersHaveTheirOwnExtremes() {
        let x = Tensor([Int64.min, Int64.min, 3, Int64.max] as [Int64]).reshape(1, 1, 1, 4)
        #expect(x.maxPool2d([1, 2]).flatten().toArray(as: Int64.self) == [.min, .max])
        #expect(x.avgPool2d([1, 2], divisorOverride: -1).flatten().toArray(as: Int64.self) == [0, .max - 1])
        #expect(Tensor([-5, 2] as [Int64]).reshape(1, 1, 2).avgPool1d(2).item(as: Int64.self) == -1)
    }

    @Test func aWindowOutsideOfTheSourceHasNoMaximum() {
        let x = Tensor.zeros(1, 1, 1, 1).requiresGrad_()
        let y = x.maxPool2d(2, stride: 1, padding: 1, dilation: 2)
        #expect(y.item(as: Float.self) == -.infinity)
        y.sum().backward()
        #expect(x.grad!.item(as: Float.self) == 0)
    }

    @Test func paddingCountsOrDoesNot() {
        let x = Tensor.ones(1, 1, 3, 3)
        #expect(x.avgPool2d(2, padding: 1).flatten().toArray(as: Float.self) == [0.25, 0.5, 0.5, 1])
        #expect(
            x.avgPool2d(2, padding: 1, countIncludePad: false).flatten().toArray(as: Float.self) == [1, 1, 1, 1])
        #expect(
            x.avgPool2d(2, stride: 2, ceilMode: true).flatten().toArray(as: Float.self) == [1, 1, 1, 1])
    }

    @Test func argumentsThatAreTooLargeAreRefused() {
        let x = Tensor.zeros(1, 1, 4, 4)
        for number in [Int.min, Int.max, -1, 0, 1 << 31, 1 << 62] {
            #expect(throws: TorchError.self) { try withError { x.maxPool2d(number) } }
            #expect(throws: TorchError.self) { try withError { x.maxPool2d(2, stride: min(number, 0)) } }
            #expect(throws: TorchError.self) { try withError { x.maxPool2d(2, dilation: number == 1 ? 0 : number) } }
            #expect(throws: TorchError.self) { try withError { x.maxPool1d(number == 1 ? 0 : number) } }
            #expect(throws: TorchError.self) { try withError { x.adaptiveAvgPool2d([min(number, -1), 2]) } }
            #expect(throws: TorchError.self) { try withError { x.adaptiveMaxPool2d([max(number, 1), 1 << 62]) } }
        }
    }

    @Test func aFailedCallDrawsNothing() {
        manualSeed(5)
        let x = Tensor.zeros(1, 1, 4, 4), state = Generator.default.getState()
        #expect(throws: TorchError.self) { try withError { x.fractionalMaxPool2d(3, outputSize: 4) } }
        #expect(Generator.default.getState().equal(state))
    }

    @Test func drawnWindowsArePyTorchs() {
        manualSeed(42)
        let x = Tensor.arange(81, dtype: .float32).reshape(1, 1, 9, 9)
        let (values, indices) = x.fractionalMaxPool2dWithIndices(2, outputSize: 4)
        #expect(values.flatten().toArray(as: Int.self) == indices.flatten().toArray(as: Int.self))
        #expect(indices.flatten().toArray(as: Int.self) == drawn)
    }

    private let drawn = [10, 12, 14, 17, 28, 30, 32, 35, 46, 48, 50, 53, 73, 75, 77, 80]

    @Test func modulesGiveIndicesAndTakeThemBack() {
        let pool = MaxPool2d(2), unpool = MaxUnpool2d(2)
        let x = Tensor.arange(16, dtype: .float32).reshape(1, 1, 4, 4)
        let (y, indices) = pool.withIndices(x)
        #expect(indices.flatten().toArray(as: Int.self) == [5, 7, 13, 15])
        let back = unpool(y, indices)
        #expect(back.flatten().toArray(as: Float.self) == [0, 0, 0, 0, 0, 5, 0, 7, 0, 0, 0, 0, 0, 13, 0, 15])
        #expect(unpool(y, indices, outputSize: [5, 5]).shape == [1, 1, 5, 5])
        #expect("\(unpool)" == "MaxUnpool2d(kernel_size=(2, 2), stride=(2, 2), padding=(0, 0))")
        #expect("\(FractionalMaxPool2d(2, outputSize: 3))" == "FractionalMaxPool2d()")
    }
}
