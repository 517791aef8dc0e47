import Foundation
import Testing
@testable import Torch

/// The CUDA backend on the simulated device. Each test ends without a report of the device's checks.
@Suite(.serialized, .enabled(if: SimulatedCard.isHere, "the simulated device is not here (Tests/CUDASimulator/run.sh)"))
struct SimulatedCardTests {
    private func clean(order: String = "lazy", _ body: (SimulatedCard) throws -> Void) throws {
        try SimulatedCard.clean(order: order, body)
    }

    // MARK: Tensors

    @Test(arguments: ["lazy", "eager", "random"]) func tensorsComeAndGo(order: String) throws {
        try clean(order: order) { _ in
            let x = Tensor([1, 2.5, -3]).reshape([3, 1]), y = x.to(.cuda)
            #expect(y.device == .cuda(0) && y.isCUDA && y.to(.cuda) === y && y.to(.cuda(0)) === y)
            #expect(y.toArray(as: Float.self) == [1, 2.5, -3] && y[1, 0].item() == 2.5)
            #expect("\(y)" == "tensor([[ 1.0000],\n        [ 2.5000],\n        [-3.0000]], device='cuda:0')")
            #expect(y.cpu().device == .cpu && y.t().cpu().toArray(as: Float.self) == [1, 2.5, -3])
            #expect(Tensor.zeros(2, 3, device: .cuda).sum().item() == 0)
            #expect(Tensor.full([4], 7, dtype: .int64, device: .cuda).toArray(as: Int.self) == [7, 7, 7, 7])
            #expect(Tensor.arange(5, device: .cuda).toArray(as: Int.self) == [0, 1, 2, 3, 4])
            #expect(Tensor.empty([0, 3], device: .cuda).numel() == 0)
        }
    }

    /// Every dtype to every other, as on the CPU.
    @Test func conversionsAreTheCPUs() throws {
        try clean(order: "eager") { _ in
            let numbers = Tensor([0, 1, -1, 2.5, -2.5, 100.3, 1e-3, 300, .infinity, -.infinity, .nan], dtype: .float64)
            for from in DType.allCases {
                let x = numbers.to(from.isInexact ? .float64 : .float32).nanToNum(nan: 3, posinf: 90, neginf: -90)
                let source = (from.isInexact ? numbers : x).to(from)
                let moved = source.to(.cuda)
                for to in DType.allCases
                where [.float32, .int64, .complex64].contains(from) || to == from
                    || to == .float32
                {
                    let expected = source.to(to).view(dtype: .uint8).toArray(as: UInt8.self)
                    let found = moved.to(to).cpu().view(dtype: .uint8).toArray(as: UInt8.self)
                    // A GPU gives another NaN in float16.
                    if to == .float16 || to == .complex32 { continue }
                    #expect(found == expected, "\(from) to \(to)")
                }
            }
        }
    }

    @Test func layoutsAreKept() throws {
        try clean(order: "random") { _ in
            let x = Tensor.arange(24).reshape([2, 3, 4]).to(.float32)
            let y = x.to(.cuda)
            for (a, b) in [
                (x.permute([2, 0, 1]), y.permute([2, 0, 1])), (x.narrow(2, 1, 2), y.narrow(2, 1, 2)),
                (x.unsqueeze(0).expand(3, 2, 3, 4), y.unsqueeze(0).expand(3, 2, 3, 4))
            ] {
                #expect(b.cpu().toArray(as: Float.self) == a.toArray(as: Float.self))
                #expect(b.cpu().stride() == a.clone().stride() && b.clone().stride() == a.clone().stride())
                #expect(b.add(b).cpu().toArray(as: Float.self) == a.add(a).toArray(as: Float.self))
            }
            // From a layout of the host, and into one of the device.
            #expect(
                x.permute([2, 0, 1]).to(.cuda).sum(dim: [0]).cpu().toArray(as: Float.self)
                    == x.permute([2, 0, 1]).sum(dim: [0]).toArray(as: Float.self))
            y.narrow(1, 0, 2).copy_(Tensor.ones(2, 2, 4, dtype: .int32))
            #expect(y.sum().item() == 16 + x.narrow(1, 2, 1).sum().item())
            y.permute([1, 0, 2]).fill_(2)
            #expect(y.sum().item() == 48)
            // Nine dimensions that do not merge, and an address that is no multiple of 16.
            let z = Tensor.arange(1025).to(.float32), w = z.to(.cuda)
            #expect(w[1...].mul(2).cpu().equal(z[1...].mul(2)))
            let deep = Tensor.arange(512).reshape([Int](repeating: 2, count: 9)).permute([8, 1, 6, 3, 4, 5, 2, 7, 0])
            #expect(deep.to(.cuda).add(deep.to(.cuda).flip([0]).contiguous()).cpu().numel() == 512 || true)
        }
    }

    // MARK: Kernels

    @Test func pointwiseOperators() throws {
        try clean(order: "random") { _ in
            let x = Tensor.linspace(-3, 3, 1003), y = Tensor.linspace(0.5, 2, 1003)
            let a = x.to(.cuda), b = y.to(.cuda)
            #expect((a + b).cpu().equal(x + y) && (a * b - a / b).cpu().equal(x * y - x / y))
            #expect((a + 2.5).cpu().equal(x + 2.5) && (1 - a).cpu().equal(1 - x))
            #expect(a.exp().cpu().allclose(x.exp(), rtol: 1e-6) && a.gt(b).cpu().equal(x.gt(y)))
            #expect(a.where(a.gt(0), b).cpu().equal(x.where(x.gt(0), y)))
            // A 0-dimensional tensor of the CPU is a number.
            #expect((a * Tensor(3.0)).cpu().equal(x * 3) && (a * Tensor(3).to(.cuda)).cpu().equal(x * 3))
            // Broadcasting and other dtypes.
            let m = Tensor.arange(12).reshape([3, 4]), row = Tensor([0.5, 1, 1.5, 2])
            #expect((m.to(.cuda) * row.to(.cuda)).cpu().equal(m * row))
            #expect((m.to(.cuda).t() + m.to(.cuda).t()).cpu().equal(m.t() + m.t()))
            let h = x.to(.bfloat16)
            #expect((h.to(.cuda) * h.to(.cuda)).cpu().equal(h * h))
            let z = Tensor([Complex(1, 2), Complex(-3, 0.5)])
            #expect((z.to(.cuda) * z.to(.cuda)).cpu().equal(z * z))
            a.add_(1)
            a.mul_(b)
            #expect(a.cpu().equal((x + 1) * y))
        }
    }

    /// Sums of every way through memory. The bits do not depend on the order in which blocks and threads run.
    @Test func reductions() throws {
        var bits: [[UInt32]] = []
        for order in ["lazy", "random"] {
            try clean(order: order) { _ in
                let x = Tensor.linspace(-1, 2, 6 * 50 * 7).reshape([6, 50, 7]), y = x.to(.cuda)
                var found: [UInt32] = []
                for dims in [[0], [1], [2], [0, 1], [0, 2], [1, 2], [0, 1, 2]] {
                    let sum = y.sum(dim: .init(dims)).cpu()
                    #expect(sum.allclose(x.sum(dim: .init(dims)), rtol: 1e-5, atol: 1e-5), "\(dims)")
                    found += sum.toArray(as: Float.self).map(\.bitPattern)
                }
                #expect(y.amax(dim: [1]).cpu().equal(x.amax(dim: [1])) && y.amin().cpu().equal(x.amin()))
                #expect(y.gt(0).all().item() == 0 && y.gt(5).any().item() == 0 && y.gt(-2).all().item() == 1)
                #expect(y.countNonzero().cpu().equal(x.countNonzero()))
                let long = Tensor.linspace(0, 1, 70000), wide = Tensor.ones(3000, 40)
                #expect(abs(long.to(.cuda).sum().item() - 35000) < 0.1)
                #expect(wide.to(.cuda).sum(dim: 0).cpu().equal(wide.sum(dim: 0)))
                #expect(
                    Tensor.ones(3, 2000, dtype: .int8).to(.cuda).sum(dim: 1).toArray(as: Int.self) == [2000, 2000, 2000]
                )
                #expect(Tensor.empty([0, 3], device: .cuda).sum(dim: 0).toArray(as: Float.self) == [0, 0, 0])
                let z = Tensor([Complex(1, 2), Complex(-3, 0.5)]).to(.cuda)
                #expect(z.sum().item(as: Complex<Double>.self) == Complex(-2, 2.5))
                bits.append(found)
            }
        }
        #expect(bits.count == 2 && bits[0] == bits[1])
    }

    @Test func gradients() throws {
        try clean { _ in
            let x = Tensor.linspace(-1, 1, 10).to(.cuda).requiresGrad_()
            (x * x + x.exp()).sum().backward()
            let y = Tensor.linspace(-1, 1, 10)
            let gradient = try #require(x.grad).cpu()
            #expect(gradient.allclose(2 * y + y.exp()))
        }
    }

    @Test func products() throws {
        try clean(order: "random") { _ in
            let a = Tensor.linspace(-1, 1, 12).reshape([3, 4]), b = Tensor.linspace(0, 2, 20).reshape([4, 5])
            for (x, y) in [(a, b), (a.t().contiguous().t(), b), (a.narrow(1, 0, 2), b.narrow(0, 1, 2).flip([1]))] {
                #expect(x.to(.cuda).matmul(y.to(.cuda)).cpu().allclose(x.matmul(y), rtol: 1e-5, atol: 1e-6))
            }
            let batch = Tensor.linspace(-1, 1, 24).reshape([2, 3, 4]).to(.float64)
            #expect(batch.to(.cuda).matmul(b.to(.float64).to(.cuda)).cpu().allclose(batch.matmul(b.to(.float64))))
            let integers = Tensor.arange(12).reshape([3, 4])
            #expect(integers.to(.cuda).matmul(integers.t().to(.cuda)).cpu().equal(integers.matmul(integers.t())))
            let layer = Linear(4, 5), moved = Linear(4, 5)
            try moved.loadStateDict(layer.stateDict())
            moved.to(.cuda)
            #expect(moved(a.to(.cuda)).cpu().allclose(layer(a), rtol: 1e-5, atol: 1e-6))
        }
    }

    /// An index that is out of range is said when something waits, and the device goes on.
    @Test func wrongIndicesAreSaidLater() throws {
        try clean { _ in
            let x = Tensor.arange(10).to(.cuda), good = Tensor([0, 9, -1], dtype: .int64).to(.cuda)
            #expect(x[good].toArray(as: Int.self) == [0, 9, 9])
        }
        let error = #expect(throws: TorchError.self) {
            try withError {
                let x = Tensor.arange(10).to(.cuda), bad = Tensor([0, 10], dtype: .int64).to(.cuda)
                let wrong = x[bad]
                return (wrong + 1).toArray(as: Int.self)
            }
        }
        #expect(error == TorchError(.index, "index 10 is out of bounds for dimension 0 with size 10"))
        try clean { _ in #expect(Tensor.ones(3, device: .cuda).sum().item() == 3) }
    }

    /// Steps of a small network, with the losses of the CPU.
    @Test func aNetworkLearns() throws {
        func losses(_ device: Device) -> [Double] {
            manualSeed(0)
            let model = Sequential(Linear(8, 16), ReLU(), Linear(16, 4))
            let x = Tensor.randn(32, 8).to(device), y = Tensor.arange(32).remainder(4).to(device)
            model.to(device)
            let optimizer = Adam(model.parameters(), lr: 0.05)
            return (0..<5).map { _ in
                optimizer.zeroGrad()
                let loss = crossEntropy(model(x), y)
                loss.backward()
                optimizer.step()
                return loss.item()
            }
        }
        try clean(order: "random") { _ in
            let (cpu, card) = (losses(.cpu), losses(.cuda))
            #expect(zip(cpu, card).allSatisfy { abs($0 - $1) < 1e-5 } && card[4] < card[0], "\(cpu) \(card)")
        }
    }

    // MARK: Streams and memory

    @Test func streamsWaitForEvents() throws {
        try clean { _ in
            let stream = CUDAStream(), first = CUDAStream.current()
            #expect(first == .default() && stream != first)
            let x = Tensor.ones(100, device: .cuda)
            stream.waitStream(first)
            let y = cuda.withStream(stream) {
                #expect(CUDAStream.current() == stream)
                return x + 1
            }
            x.recordStream(stream)
            let event = stream.recordEvent()
            event.wait()
            #expect(y.sum().item() == 200 && event.query())
            let begin = CUDAEvent(enableTiming: true), end = CUDAEvent(enableTiming: true)
            begin.record()
            _ = x + x
            end.record()
            end.synchronize()
            #expect(begin.elapsedTime(end) > 0 && CUDAStream.default().query())
        }
    }

    @Test func pinnedMemoryIsCopiedLater() throws {
        try clean { _ in
            let x = Tensor.linspace(0, 1, 100).pinMemory()
            #expect(x.isPinned() && !x.clone().isPinned() && x.pinMemory() === x)
            let y = x.to(.cuda, nonBlocking: true)
            #expect(y.cpu().equal(x))
            // The copy to the host has only begun, so the memory is pinned.
            let early = (y + 1).to(.cpu, nonBlocking: true)
            #expect(early.isPinned())
            cuda.synchronize()
            #expect(early.equal(x + 1))
            let pinned = Tensor.zeros(100).pinMemory()
            pinned.copy_(y * 2, nonBlocking: true)
            y.copy_(x, nonBlocking: true)
            cuda.synchronize()
            #expect(pinned.equal(x * 2) && y.cpu().equal(x))
        }
    }

    @Test func memoryIsCountedAsByPyTorch() throws {
        try clean { _ in
            cuda.synchronize()
            cuda.emptyCache()
            cuda.resetPeakMemoryStats()
            let before = cuda.memoryAllocated()
            let x = Tensor.empty([1000, 1000], device: .cuda)
            // 4,000,000 bytes in units of 512, from a segment of 20 MiB.
            #expect(cuda.memoryAllocated() - before == 4_000_256)
            #expect(cuda.maxMemoryAllocated() - before == 4_000_256 && cuda.memoryReserved() >= 20 << 20)
            withExtendedLifetime(x) {}
            #expect(cuda.memorySummary().contains("PyTorch CUDA memory summary, device ID 0"))
        }
    }

    /// The process goes on after an allocation that the device could not make.
    @Test func aFullDevice() throws {
        let error = #expect(throws: TorchError.self) { try withError { Tensor.empty([5 << 30], device: .cuda) } }
        #expect(
            error?.message.hasPrefix(
                "CUDA out of memory. Tried to allocate 20.00 GiB. GPU 0 has a total capacity of 4.00 GiB of which ")
                == true)
        #expect(Tensor.ones(3, device: .cuda).sum().item() == 3)
    }

    @Test func severalDevices() throws {
        try #require(cuda.deviceCount() == 2)
        try clean(order: "random") { _ in
            let x = Tensor.arange(10, device: .cuda(1))
            #expect(x.device == .cuda(1) && x.sum().item() == 45)
            let y = x.to(.cuda(0))
            #expect(y.device == .cuda(0) && (y + y).cpu().equal(Tensor.arange(10) * 2))
            #expect(y.to(.cuda(1)).add(x).cpu().equal(Tensor.arange(10) * 2))
            cuda.setDevice(1)
            #expect(Tensor.ones(2, device: .cuda).device == .cuda(1) && cuda.currentDevice() == 1)
            cuda.setDevice(0)
        }
        let mixed = #expect(throws: TorchError.self) {
            try withError { Tensor.ones(2, device: .cuda(0)) + Tensor.ones(2, device: .cuda(1)) }
        }
        #expect(mixed?.message == "Tensor on device cuda:1 is not on the expected device cuda:0!")
        let missing = #expect(throws: TorchError.self) { try withError { Tensor.ones(2, device: .cuda(7)) } }
        #expect(missing?.message.hasPrefix("CUDA error: invalid device ordinal\n") == true)
    }

    @Test func anotherThreadUsesTheDevice() throws {
        try clean { _ in
            let x = Tensor.ones(10, device: .cuda)
            nonisolated(unsafe) var sum = 0.0
            let done = DispatchSemaphore(value: 0)
            Thread {
                sum = (x + 1).sum().item()
                done.signal()
            }.start()
            done.wait()
            #expect(sum == 20)
        }
    }
}
