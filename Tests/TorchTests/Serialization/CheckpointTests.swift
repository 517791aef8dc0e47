import Testing
import Torch

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

@Suite struct CheckpointReading {
    @Test func stateDict() throws {
        let state = try loadStateDict(Fixture.path("state_dict.pth"))
        #expect(
            state.keys == [
                "fc.weight", "fc.bias", "norm.weight", "norm.bias", "norm.running_mean", "norm.running_var",
                "norm.num_batches_tracked"
            ])
        expectEqual(state["fc.weight"], Tensor([0, 0.5, 1, 1.5, 2, 2.5], shape: [2, 3]))
        expectEqual(state["fc.bias"], Tensor([-1.0, 1.0]))
        expectEqual(state["norm.num_batches_tracked"], Tensor(0))
        #expect(state["fc.weight"]?.requiresGrad == false)
    }

    @Test func everyDType() throws {
        let state = try loadStateDict(Fixture.path("dtypes.pth"))
        #expect(state.count == DType.allCases.count)
        for dtype in DType.allCases { expectEqual(state["\(dtype)"], Fixture.values(dtype), "\(dtype)") }
    }

    @Test(arguments: ["views.pth", "legacy.pth"]) func views(name: String) throws {
        let state = try loadStateDict(Fixture.path(name))
        let base = try #require(state["base"])
        expectEqual(base, Tensor.arange(12.0))
        for tensor in state.values { #expect(tensor.storage === base.storage) }
        expectEqual(state["row"], Tensor([4.0, 5, 6, 7]))
        expectEqual(state["column"], Tensor([2.0, 6, 10]))
        #expect(state["column"]?.stride() == [4])
        #expect(state["transposed"]?.stride() == [1, 4])
        #expect(state["transposed"]?.shape == Size([4, 3]))
        expectEqual(state["expanded"], Tensor([5.0, 5, 5, 5, 5, 5], shape: [2, 3]))
        #expect(state["expanded"]?.stride() == [0, 0])
        #expect(state["empty"]?.numel() == 0)
        // A write through one tensor is visible in the other.
        state["row"]?.fill_(9)
        #expect(base.toArray(as: Double.self) == [0, 1, 2, 3, 9, 9, 9, 9, 8, 9, 10, 11])
    }

    @Test(arguments: ["checkpoint.pth", "legacy_checkpoint.pth"]) func nestedValues(name: String) throws {
        let checkpoint = try load(Fixture.path(name))
        #expect(checkpoint["epoch"]?.int == 7)
        #expect(checkpoint["loss"]?.double == 0.125)
        #expect(checkpoint["best"]?.bool == true)
        #expect(checkpoint["scheduler"]?.isNull == true)
        #expect(checkpoint["name"]?.string == "été")
        #expect(checkpoint["negative"]?.int == .min)
        #expect(checkpoint["numbers"]?.list?.map(\.int) == [1, -1, 255, 256, 65536, -300, 1 << 31, 1 << 40])
        #expect(checkpoint["pair"]?[0]?.double == 0.5)
        #expect(checkpoint["pair"]?[-1]?.string == "x")
        #expect(checkpoint["pair"]?[2] == nil)
        #expect(checkpoint["triple"]?.list?.map(\.int) == [1, 2, 3])
        #expect(checkpoint["four"]?.list?.map(\.int) == [1, 2, 3, 4])
        #expect(checkpoint["none"]?.list?.count == 0)
        #expect(checkpoint["lists"]?[1]?[0]?.list?.count == 0)
        #expect(checkpoint["lists"]?[2]?.dict?.isEmpty == true)
        #expect(checkpoint["counter"]?["a"]?.int == 2)
        #expect(checkpoint["ordered"]?.dict?.keys == ["b", "a"])
        #expect(checkpoint["ordered"]?.dict?.isOrderedDict == true)
        #expect(checkpoint[5]?.string == "five")
        #expect(checkpoint[.tuple([1, "k"])]?.string == "tuple key")
        if case .bytes(let raw)? = checkpoint["raw"] { #expect(raw == [0, 255, 128]) } else { Issue.record("raw") }
        if case .bytes(let raw)? = checkpoint["nothing"] { #expect(raw == []) } else { Issue.record("nothing") }
        // 2 ** 70, 2 ** 63 and -(2 ** 100)
        if case .bigInt(let digits)? = checkpoint["big"] {
            #expect(digits == [0, 0, 0, 0, 0, 0, 0, 0, 64])
        } else {
            Issue.record("big")
        }
        if case .bigInt(let digits)? = checkpoint["beyond"] {
            #expect(digits == [0, 0, 0, 0, 0, 0, 0, 128, 0])
        } else {
            Issue.record("beyond")
        }
        if case .bigInt(let digits)? = checkpoint["minus"] {
            #expect(digits == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xf0])
        } else {
            Issue.record("minus")
        }
        if case .set(let elements)? = checkpoint["set"] {
            #expect(elements.map(\.int) == [3])
        } else {
            Issue.record("set")
        }
        if case .size(let size)? = checkpoint["size"] { #expect(size == [2, 3]) } else { Issue.record("size") }
        if case .dtype(let dtype)? = checkpoint["dtype"] { #expect(dtype == .float16) } else { Issue.record("dtype") }
        if case .device(let device)? = checkpoint["cuda"] { #expect(device == .cuda(1)) } else { Issue.record("cuda") }
        #expect(checkpoint["model"]?.stateDict?.count == 7)
    }

    /// torch.optim.Adam(lr=0.01) after one step with gradients of 2: exp_avg is 0.2, exp_avg_sq 0.004.
    @Test func optimizerState() throws {
        let optimizer = try #require(try load(Fixture.path("checkpoint.pth"))["optimizer"])
        let group = optimizer["param_groups"]?[0]
        #expect(group?["lr"]?.double == 0.01)
        #expect(group?["betas"]?.list?.map(\.double) == [0.9, 0.999])
        #expect(group?["amsgrad"]?.bool == false)
        #expect(group?["params"]?.list?.map(\.int) == [0, 1, 2, 3])
        let state = optimizer["state"]?[0]
        #expect(state?["step"]?.tensor?.item() == 1)
        #expect(state?["exp_avg"]?.tensor?.shape == Size([2, 3]))
        #expect(state?["exp_avg"]?.tensor?.toArray(as: Float.self).allSatisfy { abs($0 - 0.2) < 1e-6 } == true)
        #expect(state?["exp_avg_sq"]?.tensor?.toArray(as: Float.self).allSatisfy { abs($0 - 0.004) < 1e-8 } == true)
    }

    @Test func parameters() throws {
        let state = try loadStateDict(Fixture.path("parameters.pth"))
        #expect(state.map { $0.value.requiresGrad } == [true, false, true, false, true])
        #expect(state.allSatisfy { $0.value.isLeaf })
        expectEqual(state["buffer"], Tensor([1.0]))
    }

    @Test(arguments: ["rebuild_v1.pth", "deflated.pth", "big_endian.pth"]) func otherForms(name: String) throws {
        expectEqual(try loadStateDict(Fixture.path(name))["w"], Tensor([1.0, 2, 3, 4]), name)
    }

    @Test func aTrueOfAnyByteIsOne() throws {
        let tensor = try #require(try loadStateDict(Fixture.path("odd_bool.pth"))["w"])
        #expect(tensor.toArray(as: Double.self) == [0, 1, 1, 1])
        tensor.withUnsafeElements(as: Bool.self) { elements in
            #expect(UnsafeRawBufferPointer(elements).elementsEqual([0, 1, 1, 1]))
        }
    }
}

@Suite struct CheckpointWriting {
    /// The value that make.py's `check` expects.
    static func value() -> StateValue {
        var dtypes = StateMap()
        for dtype in DType.allCases { dtypes[.string("\(dtype)")] = .tensor(Fixture.values(dtype)) }
        let base = Tensor.arange(12.0)
        let matrix = base.view(3, 4)
        let views: StateDict = [
            "base": base, "row": matrix.select(0, 1), "column": matrix.select(1, 2), "transposed": matrix.t(),
            "expanded": base.select(0, 5).expand(2, 3), "again": base,
            "empty": base.slice(0, 12)
        ]
        let model: StateDict = [
            "fc.weight": Tensor([0, 0.5, 1, 1.5, 2, 2.5], shape: [2, 3]), "fc.bias": Tensor([-1.0, 1.0])
        ]
        var values: StateMap = [
            "epoch": 7, "loss": 0.125, "best": true, "scheduler": .null, "name": "été", "raw": .bytes([0, 255, 128]),
            "nothing": .bytes([]), "big": .bigInt([0, 0, 0, 0, 0, 0, 0, 0, 64]),
            "negative": .int(.min), "minus": .bigInt([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xf0]),
            "numbers": [1, -1, 255, 256, 65536, -300, 2_147_483_648, 1_099_511_627_776],
            "pair": .tuple([0.5, "x"]), "triple": .tuple([1, 2, 3]), "four": .tuple([1, 2, 3, 4]), "none": .tuple([]),
            "lists": [[], [[]], [:]], "set": .set([3]), "size": .size([2, 3]),
            "dtype": .dtype(.float16), "device": .device(.cpu), "cuda": .device(.cuda(1)), 5: "five"
        ]
        values[.tuple([1, "k"])] = "tuple key"
        return [
            "model": model.stateValue, "dtypes": .dict(dtypes), "views": views.stateValue,
            "parameter": .tensor(Tensor([1.0, 2.0], requiresGrad: true)), "values": .dict(values)
        ]
    }

    /// The fixture was written by this library. PyTorch 2.15.0's torch.load(weights_only=True) read the right values
    /// from it (make.py check).
    @Test func isWhatPyTorchReads() throws {
        let folder = TemporaryFolder()
        try save(CheckpointWriting.value(), to: folder.path + "written.pth")
        if Fixture.bytes(Fixture.path("written.pth")).isEmpty {
            try save(CheckpointWriting.value(), to: Fixture.path("written.pth"))
            Issue.record("written.pth has been made anew: let `make.py check` read it")
        }
        #expect(Fixture.bytes(folder.path + "written.pth") == Fixture.bytes(Fixture.path("written.pth")))
    }

    @Test func comesBack() throws {
        let folder = TemporaryFolder()
        let path = folder.path + "a.pth"
        try save(CheckpointWriting.value(), to: path)
        let back = try load(path)
        for dtype in DType.allCases {
            expectEqual(back["dtypes"]?[.string("\(dtype)")]?.tensor, Fixture.values(dtype), "\(dtype)")
        }
        let views = try #require(back["views"]?.stateDict)
        #expect(views.values.allSatisfy { $0.storage === views.values[0].storage })
        #expect(views["column"]?.stride() == [4])
        #expect(back["parameter"]?.tensor?.requiresGrad == true)
        #expect(back["model"]?.dict?.isOrderedDict == true)
        #expect(folder.names == ["a.pth"])
    }

    @Test func overwritesAndKeepsLinks() throws {
        let folder = TemporaryFolder()
        try save(1, to: folder.path + "real.pth")
        #expect(symlink("real.pth", folder.path + "link.pth") == 0)
        try save(2, to: folder.path + "link.pth")
        #expect(try load(folder.path + "real.pth").int == 2)
        #expect(folder.names == ["link.pth", "real.pth"])
    }

    @Test func leavesNothingBehind() throws {
        let folder = TemporaryFolder()
        let path = folder.path + "a.npy"
        try saveNpy(Tensor([1.0]), to: path)
        // NumPy does not have bfloat16. The error is thrown before the old file is changed.
        #expect(message { try saveNpy(Tensor([1.0]).to(.bfloat16), to: path) }.contains("NumPy has no torch.bfloat16"))
        #expect(try loadNpy(path).item() == 1)
        #expect(folder.names == ["a.npy"])
        #expect(
            message { try save(1, to: folder.path + "missing/a.pth") }
                == "\(folder.path)missing/a.pth: cannot write: No such file or directory")
        #expect(message { try save(1, to: folder.path) }.contains("not a regular file"))
        #expect(message { try save(1, to: "/dev/null") }.contains("not a regular file"))
        #expect(message { try save(1, to: "") }.contains("cannot write"))
    }

    /// The message is PyTorch's own.
    @Test func refusesOneMemoryWithTwoDTypes() throws {
        let a = Tensor([1, 2] as [Int32])
        let b = try Tensor(storage: a.storage, layout: Layout([2]), dtype: .float32)
        #expect(
            message { try save([a, b], to: "/tmp/never.pth") }
                == "Cannot save multiple tensors or storages that view the same data as different types")
    }
}
