import Foundation
import Testing
@testable import Torch

/// Mixed precision on the simulated device. The lists are those of "CUDA Op-Specific Behavior" in PyTorch's
/// docs/source/amp.md and of ATen/autocast_mode.h.
@Suite(.serialized, .enabled(if: SimulatedCard.isHere, "the simulated device is not here (Tests/CUDASimulator/run.sh)"))
struct SimulatedCardAutocastTests {
    private static let matrix = Tensor.linspace(0.1, 0.9, 16).reshape([4, 4])
    /// Operators of one tensor [4, 4] with values between 0 and 1.
    private typealias Call = (String, @Sendable (Tensor) -> Tensor)

    private static let lower: [Call] = [
        ("mm", { $0.mm($0) }), ("matmul", { $0.matmul($0) }), ("bmm", { $0.unsqueeze(0).bmm($0.unsqueeze(0)) }),
        ("mv", { $0.mv($0[0]) }), ("addmm", { $0.addmm($0, $0) }), ("addmv", { $0[0].addmv($0, $0[1]) }),
        ("linear", { $0.linear($0, $0[0]) })
    ]
    private static let float32: [Call] = [
        ("acos", { $0.acos() }), ("asin", { $0.asin() }), ("cosh", { $0.cosh() }), ("erfinv", { $0.erfinv() }),
        ("exp", { $0.exp() }), ("expm1", { $0.expm1() }), ("log", { $0.log() }), ("log10", { $0.log10() }),
        ("log2", { $0.log2() }), ("log1p", { $0.log1p() }), ("reciprocal", { $0.reciprocal() }),
        ("rsqrt", { $0.rsqrt() }), ("sinh", { $0.sinh() }), ("tan", { $0.tan() }), ("pow", { $0.pow(3) }),
        ("pow tensors", { $0.pow($0) }), ("softplus", { $0.softplus() }), ("softmax", { $0.softmax(dim: 1) }),
        ("log_softmax", { $0.logSoftmax(dim: 1) }), ("sum", { $0.sum() }), ("sum dim", { $0.sum(dim: 1) }),
        ("mse_loss", { mseLoss($0, $0 * 2) }), ("l1_loss", { l1Loss($0, $0 * 2) })
    ]
    /// In the dtype of the operand.
    private static let other: [Call] = [
        ("add", { $0 + $0 }), ("relu", { $0.relu() }), ("sqrt", { $0.sqrt() }), ("tanh", { $0.tanh() }),
        ("sigmoid", { $0.sigmoid() }), ("mean", { $0.mean() }), ("amax", { $0.amax() })
    ]

    private func clean(_ body: () throws -> Void) throws {
        let card = try SimulatedCard()
        card.setting("ORDER", "random")
        defer { card.setting("ORDER", "lazy") }
        try withError(body)
        cuda.synchronize()
        card.expectNoReport()
    }

    @Test(arguments: [DType.float16, .bfloat16]) func theListsAreCUDAs(dtype: DType) throws {
        try clean {
            let wide = Self.matrix.to(.cuda), low = wide.to(dtype)
            autocast(.cuda, dtype: dtype) {
                #expect(isAutocastEnabled(.cuda) && !isAutocastEnabled(.cpu) && getAutocastDType(.cuda) == dtype)
                for (name, call) in Self.lower { #expect(call(wide).dtype == dtype, "\(name)") }
                for (name, call) in Self.float32 { #expect(call(low).dtype == .float32, "\(name)") }
                for (name, call) in Self.other {
                    #expect(call(low).dtype == dtype && call(wide).dtype == .float32, "\(name)")
                }
                // The widest dtype.
                #expect(low.atan2(low).dtype == dtype && low.atan2(wide).dtype == .float32)
                #expect(low.addcmul(wide, low).dtype == .float32 && low[0].dot(low[1]).dtype == dtype)
                // float64 and the CPU are left.
                #expect(wide.to(.float64).mm(wide.to(.float64)).dtype == .float64)
                #expect(Self.matrix.mm(Self.matrix).dtype == .float32)
                #expect(low.sum(dtype: dtype).dtype == dtype)
                autocast(.cuda, enabled: false) { #expect(wide.mm(wide).dtype == .float32) }
            }
            #expect(!isAutocastEnabled(.cuda) && getAutocastDType(.cuda) == .float16)
            // The CPU's autocast leaves the device.
            autocast(.cpu) { #expect(wide.mm(wide).dtype == .float32 && low.exp().dtype == dtype) }
            let exact = Self.matrix.to(dtype).to(.float32).exp()
            let found = autocast(.cuda) { low.exp() }
            #expect(found.cpu().allclose(exact, rtol: 1e-6))
        }
    }

    @Test func binaryCrossEntropyIsUnsafe() throws {
        let x = Self.matrix.to(.cuda)
        let error = #expect(throws: TorchError.self) {
            try withError { autocast(.cuda) { binaryCrossEntropy(x, x) } }
        }
        #expect(error?.message.hasPrefix("torch.nn.functional.binary_cross_entropy and torch.nn.BCELoss are") == true)
    }

    /// The scale on the device follows the rules of the scale on the host, also after an infinite gradient.
    @Test func theScalerIsTheHosts() throws {
        func run(_ device: Device) -> (scales: [Double], weights: [Float], tracker: Int?) {
            let weight = Tensor([1, 2, 3] as [Float]).to(device).requiresGrad_()
            let optimizer = SGD([weight], lr: 0.1)
            let scaler = GradScaler(device, initScale: 1024, growthInterval: 2)
            var scales: [Double] = []
            for i in 0..<6 {
                optimizer.zeroGrad()
                let factor = Tensor([1, i == 3 ? Float.infinity : 0.5, -1] as [Float]).to(device)
                scaler.scale((weight * factor).sum()).backward()
                scaler.step(optimizer)
                scaler.update()
                scales.append(scaler.getScale())
            }
            let state = scaler.stateDict().dict
            return (
                scales, weight.detach().cpu().toArray(as: Float.self), state?[.string("_growth_tracker")]?.int
            )
        }
        try clean {
            let (host, card) = (run(.cpu), run(.cuda))
            // 1024 grows after 2 steps, shrinks after the infinite gradient, and grows again.
            #expect(host.scales == [1024, 2048, 2048, 1024, 1024, 2048])
            #expect(card.scales == host.scales && card.weights == host.weights && card.tracker == host.tracker)
        }
    }
}
