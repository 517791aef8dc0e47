import CTorchKernels
import Foundation
import Testing
@testable import Torch

/// Errors, streams and host memory of the CUDA backend on the simulated device, in the latest and in random orders of
/// its work. Each test ends without a report of the device's checks.
@Suite(.serialized, .enabled(if: SimulatedCard.isHere, "the simulated device is not here (Tests/CUDASimulator/run.sh)"))
struct SimulatedCardHostTests {
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

    /// Runs `body` and returns the message of its error.
    private static func message<Result>(_ body: () throws -> Result) -> String {
        do {
            try withError(body)
            return "no error"
        } catch {
            return "\(error)"
        }
    }

    // MARK: Errors

    /// Nothing in the scope waits for the kernel, so its end does.
    @Test func aLateMistakeBelongsToItsScope() throws {
        try clean {
            let x = Tensor.arange(10).to(.cuda), bad = Tensor([0, -11], dtype: .int64).to(.cuda)
            #expect(Self.message { x[bad] } == "index -11 is out of bounds for dimension 0 with size 10")
            // The inner scope takes the mistake; the outer one goes on.
            try withError {
                let message = Self.message { x[bad] }
                #expect(message == "index -11 is out of bounds for dimension 0 with size 10")
                #expect(x.sum().item() == 45)
            }
            // Work on another stream too.
            let stream = CUDAStream()
            stream.waitStream(.current())
            let other = Self.message { cuda.withStream(stream) { x[bad] } }
            #expect(other == "index -11 is out of bounds for dimension 0 with size 10")
        }
    }

    /// With CUDA_LAUNCH_BLOCKING=1 the operator itself fails.
    @Test func blockingLaunchesNameTheOperator() async {
        await #expect(processExitsWith: .exitCode(7)) {
            setenv("CUDA_LAUNCH_BLOCKING", "1", 1)
            try? withError {
                let x = Tensor.arange(10).to(.cuda), bad = Tensor([0, 10], dtype: .int64).to(.cuda)
                _ = x[bad]
                do { try throwIfFailed() } catch { exit(7) }
            }
            exit(1)
        }
    }

    /// A kernel that touches foreign memory ends the context. All later calls say what the first has said.
    @Test func aFaultIsSaidByEveryLaterCall() async {
        await #expect(processExitsWith: .exitCode(7)) {
            let x = Tensor.ones(10, device: .cuda)
            let beyond = Tensor(
                Strided(
                    storage: Storage(
                        pointer: x.storage.address + (1 << 30), byteCount: 40, device: .cuda(0), release: {}),
                    layout: Layout([10]), dtype: .float32))
            func message(_ body: () -> Void) -> String {
                do {
                    try withError(body)
                    return ""
                } catch {
                    return "\(error)"
                }
            }
            let first = message { _ = (beyond + 1).toArray(as: Float.self) }
            guard first.hasPrefix("CUDA error: an illegal memory access was encountered\n") else { exit(1) }
            guard message({ _ = x.sum().item() }) == first else { exit(2) }
            // Not "out of memory".
            guard message({ _ = Tensor.empty([1 << 20], device: .cuda) }) == first else { exit(3) }
            guard message({ cuda.synchronize() }) == first else { exit(4) }
            // The CPU and the other device are as before.
            guard Tensor.ones(3).sum().item() == 3 else { exit(5) }
            guard message({ _ = Tensor.ones(3, device: .cuda(1)).sum().item() }) == "" else { exit(6) }
            exit(7)
        }
    }

    @Test func aContextThatCannotBeMadeIsAnError() async {
        await #expect(processExitsWith: .exitCode(7)) {
            setenv("CUDASIM_CONTEXT", "46", 1)
            let sentence = "CUDA error: CUDA-capable device(s) is/are busy or unavailable\n"
            for body in [
                { Tensor.ones(2, device: .cuda) }, { Tensor.ones(2).to(.cuda) },
                { Tensor.ones(2).pinMemory() }
            ] {
                do {
                    try withError(body)
                    exit(1)
                } catch {
                    guard "\(error)".hasPrefix(sentence) else { exit(2) }
                }
            }
            exit(Tensor.ones(2).sum().item() == 2 ? 7 : 3)
        }
    }

    @Test func anOldDriverIsNamed() async {
        await #expect(processExitsWith: .exitCode(7)) {
            setenv("CUDASIM_VERSION", "11080", 1)
            let sentence =
                "The NVIDIA driver on your system is too old (found version 11080). Please update your GPU driver by downloading and installing a new version from the URL: http://www.nvidia.com/Download/index.aspx Alternatively, go to: https://pytorch.org to install a PyTorch version that has been compiled with your version of the CUDA driver."
            do { try withError { Tensor.ones(2, device: .cuda) } } catch { exit("\(error)" == sentence ? 7 : 1) }
        }
    }

    @Test func aMachineWithoutADeviceIsNamed() async {
        await #expect(processExitsWith: .exitCode(7)) {
            setenv("CUDASIM_DEVICES", "0", 1)
            guard !cuda.isAvailable(), cuda.deviceCount() == 0 else { exit(2) }
            do { try withError { Tensor.ones(2, device: .cuda) } } catch {
                exit("\(error)" == "No CUDA GPUs are available" ? 7 : 1)
            }
        }
    }

    // MARK: Gradients over streams

    private let numbers = Tensor.linspace(-1, 1, 1000)

    /// The forward pass on a side stream, the loss and `backward` on the first.
    @Test func backwardRunsOnTheForwardsStream() throws {
        let expected = 2 * numbers * (numbers * numbers).exp()
        try clean {
            let x = numbers.to(.cuda).requiresGrad_(), stream = CUDAStream()
            stream.waitStream(.current())
            let y = cuda.withStream(stream) { (x * x).exp() }
            CUDAStream.current().waitStream(stream)
            #expect(y.node?.stream == stream)
            y.sum().backward()
            #expect(CUDAStream.current() == .default())
            let gradient = try #require(x.grad)
            #expect(gradient.cpu().allclose(expected, rtol: 1e-5))
        }
    }

    @Test func backwardIsCalledOnASideStream() throws {
        let expected = 2 * numbers + numbers.exp()
        try clean {
            let x = numbers.to(.cuda).requiresGrad_(), stream = CUDAStream()
            let loss = (x * x + x.exp()).sum()
            stream.waitStream(.current())
            cuda.withStream(stream) { loss.backward() }
            CUDAStream.current().waitStream(stream)
            let gradient = try #require(x.grad)
            #expect(gradient.cpu().allclose(expected, rtol: 1e-5))
        }
    }

    /// Branches on three streams, whose gradients meet at one tensor, twice.
    @Test func gradientsOfSeveralStreamsAreAdded() throws {
        let expected = 2 * (2 * numbers + numbers.exp() + 3)
        try clean {
            let x = numbers.to(.cuda).requiresGrad_(), streams = [CUDAStream(), CUDAStream(), CUDAStream()]
            for _ in 0..<2 {
                let bodies: [(Tensor) -> Tensor] = [{ $0 * $0 }, { $0.exp() }, { $0 * 3 }]
                let parts = zip(streams, bodies).map { stream, body in
                    stream.waitStream(.current())
                    return cuda.withStream(stream) { body(x) }
                }
                for (part, stream) in zip(parts, streams) {
                    CUDAStream.current().waitStream(stream)
                    part.recordStream(.current())
                }
                (parts[0] + parts[1] + parts[2]).sum().backward()
            }
            let gradient = try #require(x.grad)
            #expect(gradient.cpu().allclose(expected, rtol: 1e-5))
        }
    }

    @Test func gradientsTravelBetweenDevices() throws {
        try #require(cuda.deviceCount() == 2)
        let expected = 2 * numbers
        try clean {
            let host = numbers.clone().requiresGrad_(), stream = CUDAStream(device: .cuda(1))
            let x = host.to(.cuda(0))
            let y = x.to(.cuda(1))
            stream.waitStream(.current(.cuda(1)))
            let loss = cuda.withStream(stream) { (y * y).sum() }
            CUDAStream.current(.cuda(1)).waitStream(stream)
            loss.backward()
            let gradient = try #require(host.grad)
            #expect(gradient.allclose(expected) && cuda.currentDevice() == 0)
        }
    }

    // MARK: DLPack

    /// The consumer's stream waits for the producer's work.
    @Test func memoryIsHandedToAnotherStream() throws {
        try clean {
            let stream = CUDAStream(), x = (numbers.to(.cuda) + 1) * 2
            for versioned in [true, false] {
                let capsule = try x.toDLPack(versioned: versioned, stream: stream.cudaStream)
                let y = try cuda.withStream(stream) {
                    let shared = try Tensor(dlpack: capsule)
                    #expect(shared.device == .cuda(0) && shared.storage.address == x.storage.address)
                    return (shared - 2).cpu()
                }
                #expect(y.allclose(numbers * 2, atol: 1e-6))
            }
            // A view, on the same stream, for which nothing must wait.
            let row = x.reshape([10, 100]).t()[5]
            let shared = try Tensor(dlpack: row.toDLPack(stream: CUDAStream.current().cudaStream))
            #expect(shared.stride() == row.stride() && shared.cpu().equal(row.cpu()))
            _ = try x.toDLPack(stream: -1)
            _ = try x.toDLPack()
        }
    }

    @Test func streamsThatAreNotAllowed() throws {
        let x = Tensor.ones(3, device: .cuda)
        #expect(throws: TorchError(.assertion, "unsupported stream on CUDA: 0.")) { try x.toDLPack(stream: 0) }
        #expect(throws: TorchError(.runtime, "per-thread default stream is not supported.")) {
            try x.toDLPack(stream: 2)
        }
        #expect(throws: TorchError(.assertion, "stream should be None on cpu.")) { try x.cpu().toDLPack(stream: 5) }
        _ = try x.cpu().toDLPack(stream: -1)
    }

    /// An address of the host in a structure that says CUDA is refused before a kernel meets it.
    @Test func hostMemoryIsNotTakenForADevices() throws {
        let x = Tensor.ones(3)
        let structure = try #require(x.toDLPack(versioned: false).take())
        structure.assumingMemoryBound(to: st_dl_managed.self).pointee.tensor.device_type = 2
        let error = #expect(throws: TorchError.self) { try Tensor(dlpack: structure, versioned: false) }
        #expect(error?.message == "from_dlpack: the memory is not that of the device cuda:0")
    }

    // MARK: Loaders

    @Test(arguments: [0, 2]) func batchesArePinned(workers: Int) throws {
        let x = Tensor.arange(40).reshape([20, 2]), y = Tensor.arange(20)
        try clean {
            let loader = DataLoader(TensorDataset(x, y), batchSize: 8, numWorkers: workers, pinMemory: true)
            #expect(loader.pinMemory)
            var first = 0
            try loader.forEachBatch { batch, labels in
                #expect(batch.isPinned() && labels.isPinned())
                let moved = batch.to(.cuda, nonBlocking: true)
                #expect((moved + 1).cpu().equal(x.narrow(0, first, batch.size(0)) + 1))
                first += batch.size(0)
            }
            #expect(first == 20)
        }
    }
}
