import Foundation
import Testing
import Torch

/// The device `meta`. The sentences and printed forms are those of PyTorch 2.15.
@Suite struct MetaTests {
    private let x = Tensor.empty(3, device: .meta)

    @Test func operatorsGiveFormsOnly() {
        let image = Tensor.empty(2, 3, 4, 4, device: .meta)
        #expect(image.to(memoryFormat: .channelsLast).stride() == [48, 1, 12, 3])
        #expect(image.sum(dim: 1).shape == [2, 4, 4])
        #expect((image.gt(0)).dtype == .bool)
        // A number and a 0-dimensional tensor of the CPU go with it.
        #expect((x + 1).device == .meta && (x + Tensor(1.0)).device == .meta && (Tensor(1.0) + x).device == .meta)
        // Eight terabytes are no more than twelve bytes.
        let huge = Tensor.empty(1 << 41, device: .meta)
        #expect((huge * 2 + huge).shape == [1 << 41])
    }

    @Test func itPrintsAsInPyTorch() {
        #expect("\(x)" == "tensor(..., device='meta', size=(3,))")
        #expect(
            Tensor.empty(2, 3, dtype: .int64, device: .meta).description
                == "tensor(..., device='meta', size=(2, 3), dtype=torch.int64)")
        #expect(
            Tensor.empty(2, 3, device: .meta, requiresGrad: true).description
                == "tensor(..., device='meta', size=(2, 3), requires_grad=True)")
        #expect(Tensor([1, 2], device: .meta).description == "tensor(..., device='meta', size=(2,), dtype=torch.int64)")
    }

    /// Every way to the data is an error.
    @Test func dataCannotBeRead() {
        let c = Tensor.ones(3)
        let noData = "Cannot copy out of meta tensor; no data!"
        func sentence(_ body: () throws -> Void) -> String? {
            do {
                try withError(body)
                return nil
            } catch { return (error as? TorchError)?.message ?? "\(error)" }
        }
        #expect(sentence { _ = x.sum().item() } == "Tensor.item() cannot be called on meta tensors")
        #expect(sentence { _ = x.toArray(as: Float.self) } == noData)
        #expect(sentence { _ = x.cpu() } == noData)
        #expect(sentence { c.copy_(x) } == noData)
        #expect(sentence { _ = x.withUnsafeElements(as: Float.self) { $0.count } } == noData)
        #expect(sentence { _ = x.storage.toArray(as: Float.self) } == noData)
        #expect(sentence { _ = x.dataPtr() } == noData)
        #expect(sentence { _ = try x.toDLPack() } == "Cannot pack tensors on meta")
        #expect(sentence { try save(x, to: "/dev/null/x.pth") } == noData)
        #expect(
            sentence { _ = x.nonzero() }?.hasPrefix("aten::nonzero: attempted to run this operator with Meta") == true)
        #expect(sentence { x.copy_(c) } == nil)
        #expect(c.toArray() == [1, 1, 1] as [Float])
    }

    @Test func twoDevicesAreAnError() {
        let c = Tensor.ones(3), square = Tensor.ones(3, 3), index = Tensor.zeros(2, dtype: .int64, device: .meta)
        func sentence(_ body: () -> Tensor) -> String? {
            do {
                _ = try withError(body)
                return nil
            } catch { return (error as? TorchError)?.message }
        }
        let cpu = "Tensor on device cpu is not on the expected device meta!"
        let meta = "Tensor on device meta is not on the expected device cpu!"
        #expect(sentence { x + c } == cpu)
        #expect(sentence { square.matmul(x) } == meta)
        #expect(sentence { Tensor.empty(3, 3, device: .meta).matmul(c) } == cpu)
        #expect(sentence { cat([x, c]) } == cpu)
        #expect(sentence { stack([x, c]) } == cpu)
        #expect(sentence { mseLoss(x, c) } == cpu)
        #expect(sentence { c.maskedFill(x.gt(0), 1) } == meta)
        // PyTorch reads foreign memory here.
        #expect(sentence { c.gather(dim: 0, index: index) } == meta)
        #expect(sentence { c.indexSelect(dim: 0, index: index) } == meta)
        #expect(sentence { c[index] } == meta)
        // PyTorch computes on, or gives a result that it has not computed.
        #expect(sentence { c.add_(x) } == meta)
        #expect(sentence { c.bernoulli_(x) } == meta)
        #expect(sentence { searchsorted(c, c, sorter: Tensor.zeros(3, dtype: .int64, device: .meta)) } == meta)
        #expect(
            sentence { c.take(Tensor([0, 1, 2]), out: x) }
                == "Expected out tensor to have device cpu, but got meta instead")
        #expect(c.version == 0 && c.toArray(as: Float.self) == [1, 1, 1])
    }

    /// Gradients have the device of their tensor.
    @Test func gradientsStayOnTheirDevice() {
        let c = Tensor.ones(3, requiresGrad: true)
        func sentence(_ body: () -> Void) -> String? {
            do {
                try withError(body)
                return nil
            } catch { return (error as? TorchError)?.message }
        }
        #expect(
            sentence { c.exp().backward(gradient: x) }
                == "invalid gradient at index 0 - expected device cpu but got meta")
        let y = c.exp()
        y.registerHook { _ in x }
        #expect(
            sentence { y.sum().backward() }
                == "hook '<lambda>' has changed the type of value (was torch.FloatTensor got MetaFloatType)")
        #expect(c.grad == nil)
    }

    /// Memory of a device that this process does not have is refused.
    @Test func memoryOfAMissingDeviceIsRefused() {
        guard !Device.cuda.isAvailable else { return }
        let error = #expect(throws: TorchError.self) {
            let address = try #require(UnsafeMutableRawPointer(bitPattern: 64))
            let storage = Storage(pointer: address, byteCount: 8, device: .cuda) {}
            return try Tensor(storage: storage, layout: Layout([2]), dtype: .float32)
        }
        #expect(error?.message.contains("NVIDIA") == true, "\(error.debugDescription)")
    }

    @Test func modulesAreBuiltWithoutMemory() throws {
        let model = withDevice(.meta) { Sequential(Linear(4, 5), Linear(5, 2)) }
        #expect(model.parameters().allSatisfy { $0.device == .meta })
        #expect(model(Tensor.empty(7, 4, device: .meta)).shape == [7, 2])
        do {
            try withError { _ = model.to(.cpu) }
            Issue.record("no error")
        } catch let error as TorchError {
            #expect(
                error.message
                    == "Cannot copy out of meta tensor; no data! Please use torch.nn.Module.to_empty() instead of torch.nn.Module.to() when moving module from meta to a different device."
            )
        }
        manualSeed(5)
        let filled = Sequential(Linear(4, 5), Linear(5, 2))
        model.toEmpty(device: .cpu)
        #expect(model.parameters().map(\.shape) == filled.parameters().map(\.shape))
        try model.loadStateDict(filled.stateDict())
        let input = Tensor.randn(7, 4)
        #expect(model(input).equal(filled(input)))
    }

    @Test func backwardGivesFormsToo() {
        let w = Tensor.empty(3, 4, device: .meta, requiresGrad: true)
        w.matmul(Tensor.empty(4, 2, device: .meta)).sum().backward()
        #expect(w.grad?.shape == [3, 4] && w.grad?.device == .meta)
    }

    @Test func drawsDoNotMoveTheGenerator() {
        manualSeed(1)
        let before = Generator.default.getState()
        _ = dropout(Tensor.randn(10, device: .meta), p: 0.5)
        #expect(Generator.default.getState().equal(before))
    }

    @Test func devicesAreNamed() throws {
        #expect(try Device("meta") == .meta && Device("cuda:1") == .cuda(1) && Device("cpu:0") == .cpu)
        #expect(try Device(type: "cuda", index: 1) == .cuda(1) && Device(type: "meta") == .meta)
        #expect(try "\(Device("cuda:1"))" == "cuda:1" && Device("cuda:1").index == 1 && Device.meta.index == nil)
        #expect(throws: TorchError.self) { try Device("foo") }
        #expect(throws: TorchError.self) { try Device(type: "cuda:0", index: 1) }
        #expect(throws: TorchError.self) { try Device(type: "cuda", index: -1) }
    }

    @Test func theDefaultDevice() {
        #expect(getDefaultDevice() == .cpu)
        withDevice(.meta) {
            #expect(getDefaultDevice() == .meta && Tensor.zeros(2).device == .meta && Tensor([1]).device == .meta)
            withDevice(.cpu) { #expect(Tensor.zeros(2).device == .cpu) }
            #expect(Tensor.arange(3).device == .meta && Tensor.eye(2).device == .meta)
        }
        #expect(Tensor.zeros(2).device == .cpu)
    }
}
