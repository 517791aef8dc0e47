import Testing
@testable import Torch

/// Values from PyTorch 2.15.
@Suite struct ClampTests {
    private func gradients(_ values: [Float], _ body: ([Tensor]) -> Tensor) -> [Float] {
        let leaves = values.map { Tensor([$0]).requiresGrad_() }
        body(leaves).sum().backward()
        return leaves.map { $0.grad?.item(as: Float.self) ?? 0 }
    }

    @Test func numbersAsBoundsKeepTheGradientOfWhatLiesBetween() {
        for (x, expected) in [(Float.nan, 0), (0, 0), (0.5, 1), (1, 0), (-1, 0), (2, 0)] as [(Float, Float)] {
            #expect(gradients([x]) { $0[0].clamp(min: 0, max: 1) } == [expected], "\(x)")
        }
        #expect(gradients([0]) { $0[0].clamp(min: 0) } == [0] && gradients([2]) { $0[0].clamp(min: 0) } == [1])
    }

    @Test func aTensorAsBoundSharesTheGradientWhereItIsReached() {
        let nan = Float.nan
        for (x, bound, expected) in [
            (0, 0, [0.5, 0.5]), (1, 0, [0, 1]), (0, 1, [1, 0]), (nan, 0, [1, 1]), (0, nan, [1, 1])
        ] as [(Float, Float, [Float])] {
            #expect(gradients([x, bound]) { $0[0].clamp(max: $0[1]) } == expected, "\(x), \(bound)")
        }
        let ofTwo: [([Float], [Float])] = [
            ([0, 0, 1], [0.5, 0.5, 0]), ([1, 0, 1], [0.5, 0, 0.5]), ([1, 1, 1], [1, 0, 0]), ([0, 1, 1], [0, 1, 0]),
            ([2, 1, 1], [0, 0, 1]),
            ([1, 1, 0.5], [0, 0, 1]), ([nan, 0, 1], [1, 0, 0]), ([nan, 1, 0.5], [1, 0, 1]),
            ([0.5, nan, 0.5], [1, 0, 0]), ([2, nan, 1], [0, 0, 0]), ([-2, 0, nan], [0, 0, 0])
        ]
        for (values, expected) in ofTwo {
            #expect(gradients(values) { $0[0].clamp(min: $0[1], max: $0[2]) } == expected, "\(values)")
        }
    }

    @Test func boundsBeyondAnIntegerBoundNothing() throws {
        let x = Tensor([0, 1, 2, 255]).to(.uint8)
        #expect(x.clamp(min: -1, max: 1).toArray(as: Int.self) == [0, 1, 1, 1])
        #expect(x.clamp(min: -5, max: 300).toArray(as: Int.self) == [0, 1, 2, 255])
        #expect(x.hardtanh().toArray(as: Int.self) == [0, 1, 1, 1])
        let error = #expect(throws: TorchError.self) { _ = try withError { x.clamp(min: 300) } }
        #expect(error?.message == "Clamp min value 300 is outside the representable range of Byte")
        let above = #expect(throws: TorchError.self) { _ = try withError { x.clamp(max: -1) } }
        #expect(above?.message == "Clamp max value -1 is outside the representable range of Byte")
    }
}
