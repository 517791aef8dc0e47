import Testing
import Torch

@Suite struct DeviceTests {
    @Test func namesGoBothWays() throws {
        for name in ["cpu", "cuda", "cuda:0", "cuda:1"] { #expect(try Device(name).description == name) }
        #expect(try Device("cpu:0") == .cpu)
        #expect(try Device("cuda:1") == .cuda(1))
        for (bad, message) in [
            ("cuda:", "Invalid device string: 'cuda:'"), ("cuda:-1", "Invalid device string: 'cuda:-1'"),
            ("cuda:01", "Invalid device string: 'cuda:01'"),
            ("", "Device string must not be empty"),
            ("gpu", "Expected one of cpu, cuda, meta device type at start of device string: gpu")
        ] {
            #expect(throws: TorchError(.runtime, message)) { try Device(bad) }
        }
    }

    @Test(.enabled(if: !Device.cuda.isAvailable)) func askingForAMissingDeviceIsAnError() {
        #expect(Device.cpu.isAvailable && Device.cpu.count == 1 && Device.cuda.count == 0 && !cuda.isAvailable())
        // PyTorch's sentence. The rest of the message lists the searched places, which CUDATests tests.
        let message =
            "Found no NVIDIA driver on your system. Please check that you have an NVIDIA GPU and installed a driver from http://www.nvidia.com/Download/index.aspx ("
        for body in [{ Tensor.zeros(2, 2, device: .cuda(1)) }, { Tensor.ones(2).to(.cuda(1)) }] {
            let error = #expect(throws: TorchError.self) { try withError(body) }
            #expect(
                error?.kind == .runtime && error?.message.hasPrefix(message) == true
                    && error?.message.count ?? 0 > message.count)
        }
        #expect(cuda.memoryAllocated() == 0 && memoryReserved(.cuda) == 0)
    }

    @Test func memoryIsCounted() {
        let before = memoryAllocated()
        let tensor = Tensor.zeros(1 << 20)
        let held = withExtendedLifetime(tensor) { memoryAllocated() }
        // Other tests allocate at the same time, but much less.
        #expect(held - before > 3 << 20 && maxMemoryAllocated() >= held && memoryReserved() >= held)
        #expect(cuda.memoryAllocated(.cpu) == 0)
    }
}
