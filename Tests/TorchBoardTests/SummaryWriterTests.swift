import Foundation
import Testing
import Torch
import TorchVision
@testable import TorchBoard

private final class Net: Module, Layer {
    let stack = Sequential {
        Linear(4, 3); ReLU()
    }
    let blocks = [Linear(3, 3), Linear(3, 3)]
    func forward(_ x: Tensor) -> Tensor {
        var y = stack(x)
        for block in blocks { y = y + block(y) }
        return y
    }
}

/// Compares files with those of torch.utils.tensorboard, and looks into those that cannot be the same.
@Suite struct SummaryWriterTests {
    /// An event without its time, the first nine bytes.
    private func timeless(_ event: [UInt8]) -> [UInt8] { Array(event.dropFirst(9)) }

    /// The events of a folder's file.
    private func events(_ folder: String) throws -> [[UInt8]] {
        let paths = EventFile.paths(folder)
        let file = try EventFile.read(try #require(paths.first))
        #expect(paths.count == 1 && file.isWhole)
        return file.events
    }

    @Test func theBytesArePyTorchs() throws {
        let folder = TemporaryFolder(), writer = try SummaryWriter(folder.path, purgeStep: 3)
        try RecordedCalls.make(writer)
        try writer.close()
        let made = try events(folder.path), recorded = try EventFile.read(Fixtures.folder + "events.bin").events
        #expect(made.count == recorded.count && recorded.count == 59)
        for (k, (a, b)) in zip(made, recorded).enumerated() { #expect(timeless(a) == timeless(b), "event \(k)") }
        // The file's version, two events of `purgeStep` and three of charts tell the time of the test.
        for k in 3..<made.count - 3 { #expect(made[k] == recorded[k], "event \(k)") }

        let tables = (FileManager.default.subpaths(atPath: Fixtures.folder + "embedding") ?? []).filter {
            $0.hasSuffix(".tsv") || $0.hasSuffix(".pbtxt")
        }
        #expect(tables.count == 6)
        for name in tables {
            #expect(try bytes("\(folder.path)/\(name)") == bytes("\(Fixtures.folder)embedding/\(name)"), "\(name)")
        }
        let sprite = "00007/default/sprite.png"
        #expect(
            try readImage("\(folder.path)/\(sprite)").equal(readImage("\(Fixtures.folder)embedding/\(sprite)")))
    }

    @Test func hyperparameters() throws {
        let folder = TemporaryFolder(), writer = try SummaryWriter(folder.path)
        try writer.addHParams(
            ["lr": 0.1], ["hparam/loss": 0.25], hparamDomainDiscrete: ["lr": [0.1, 0.01]], runName: "number",
            globalStep: 5)
        try writer.addHParams(
            ["name": "größe"], ["hparam/loss": 0.5], hparamDomainDiscrete: ["name": ["größe", ""]], runName: "text")
        try writer.addHParams(["norm": true, "none": nil as Int?], ["a": 1, "b": Tensor(2)], runName: "bool")
        let made = try ["number", "text", "bool"].flatMap { try events("\(folder.path)/\($0)") }
        let recorded = try EventFile.read(Fixtures.folder + "hparams.bin").events
        #expect(made.count == recorded.count)
        for (k, (a, b)) in zip(made, recorded).enumerated() { #expect(timeless(a) == timeless(b), "event \(k)") }
        let refusal = message {
            try withError {
                try writer.addHParams(["lr": 0.1], [:], hparamDomainDiscrete: ["lr": ["much"]], runName: "wrong")
            }
        }
        #expect(
            refusal
                == "parameter: hparam_domain_discrete[lr] should be a list of same type as hparam_dict[lr].")
        #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/wrong"))
    }

    /// The images of a file: height, width, colorspace and the pixels of the PNG file.
    private func images(_ folder: String) throws -> [(form: [Int], pixels: Tensor)] {
        try events(folder).dropFirst().compactMap { event in
            guard let image = ProtoFields(event)[5].first?[1].first?[4].first else { return nil }
            let png = try #require(image.bytes(4).first)
            return ([1, 2, 3].map { image.bytes($0).first.map { Int($0[0]) } ?? 0 }, try decodePNG(png))
        }
    }

    @Test func imagesOfEveryForm() throws {
        let folder = TemporaryFolder(), writer = try SummaryWriter(folder.path)
        let chw = Tensor.arange(3 * 5 * 7).view(3, 5, 7).mul(2).to(.uint8), gray = chw[0]
        writer.addImage("a", chw)
        writer.addImage("b", chw.permute(1, 2, 0), dataformats: "HWC")
        writer.addImage("c", gray, dataformats: "HW")
        writer.addImage("d", gray.t(), dataformats: "WH")
        writer.addImage("e", gray.unsqueeze(0))
        writer.addImage("f", cat([chw, gray.unsqueeze(0)]))
        writer.addImage("g", chw.float() / 200 - 0.25)
        writer.addImages("h", stack((0..<10).map { chw + $0 }))
        writer.addImages("i", stack([gray, gray + 1]).unsqueeze(-1), dataformats: "nhwc")
        try writer.addFigure("j", encodePNG(chw).toArray(as: UInt8.self))
        try writer.close()
        let made = try images(folder.path)
        let forms = [
            [5, 7, 3], [5, 7, 3], [5, 7, 3], [5, 7, 3], [5, 7, 3], [5, 7, 4], [5, 7, 3], [10, 56, 3], [5, 14, 3],
            [5, 7, 3]
        ]
        #expect(made.map(\.form) == forms)
        let colors = stack([gray, gray, gray])
        for k in [0, 1, 9] { #expect(made[k].pixels.equal(chw), "image \(k)") }
        for k in [2, 3, 4] { #expect(made[k].pixels.equal(colors), "image \(k)") }
        #expect(made[5].pixels.narrow(0, 0, 3).equal(chw) && made[5].pixels[3].equal(gray))
        // Clamped, and rounded towards zero: NumPy's conversion.
        let scaled = (chw.float() / 200 - 0.25).mul(255).clamp(min: 0, max: 255).to(.uint8)
        #expect(made[6].pixels.equal(scaled) && scaled.min().item() == 0)
        for k in 0..<8 { #expect(made[7].pixels.narrow(1, 0, 5).narrow(2, 7 * k, 7).equal(chw + k)) }
        #expect(made[7].pixels.narrow(1, 5, 5).narrow(2, 7, 7).equal(chw + 9))
        #expect(made[7].pixels.narrow(1, 5, 5).narrow(2, 14, 42).max().item() == 0)
        #expect(made[8].pixels.equal(cat([colors, colors + 1], dim: 2)))
    }

    /// The bytes that PyTorch 2.15 writes. It converts to float32 before it multiplies.
    @Test func pixelsOfEveryDType() throws {
        let odd = Tensor([[0.0, .nan, 0.5, 1], [2, -1, .infinity, -.infinity]])
        for dtype in [DType.float16, .float32, .float64] {
            let pixels = Pixels(odd.to(dtype), dataformats: "HW")?.bytes
            #expect(pixels?.indices.filter { $0 % 3 == 0 }.map { pixels![$0] } == [0, 0, 127, 255, 255, 0, 255, 0])
        }
        func row(_ numbers: Tensor) -> [UInt8]? {
            Pixels(numbers.unsqueeze(0), dataformats: "HW").map { pixels in
                (0..<pixels.width).map { pixels.bytes[3 * $0] }
            }
        }
        let numbers = Tensor.linspace(0, 1, steps: 256)
        #expect(
            row(numbers.half())?[..<20].elementsEqual(
                [0, 0, 1, 2, 3, 4, 5, 6, 7, 9, 9, 11, 11, 13, 13, 15, 15, 16, 18, 19]) == true)
        #expect(row(numbers)?[..<6].elementsEqual([0, 1, 2, 3, 4, 5]) == true)
        #expect(row(Tensor([0.6, 1 - 1e-12], dtype: .float64)) == [153, 255])
    }

    /// PyTorch writes the files of the tag `..` to the folder of the run, where other embeddings replace them.
    @Test func everyTagOfAnEmbeddingHasAFolder() throws {
        let folder = TemporaryFolder(), writer = try SummaryWriter("\(folder.path)/run")
        for tag in ["..", ".", "../x", "/abs", "a\\b"] { try writer.addEmbedding(Tensor.zeros(2, 2), tag: tag) }
        try writer.close()
        let names = try FileManager.default.contentsOfDirectory(atPath: "\(folder.path)/run/00000").sorted()
        #expect(names == ["%2e", "%2e%2e", "%2fabs", "..%2fx", "a%5cb"].sorted())
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["run"])
    }

    @Test func anEventThatNobodyCanReadIsLeftOut() throws {
        let folder = TemporaryFolder()
        let file = try EventFileWriter(
            folder.path, maxQueue: 10, flushSecs: 120, filenameSuffix: "", mostBytes: 100)
        file.add(ProtoMessage { $0.add(2, 7) })
        file.add(ProtoMessage { $0.add(4, [UInt8](repeating: 1, count: 100)) })
        file.add(ProtoMessage { $0.add(2, 8) })
        let refusal = message { try file.close() }
        #expect(refusal?.hasSuffix("an event of 102 bytes: no reader takes more than 100") == true)
        let events = try EventFile.read(file.path).events
        #expect(events.dropFirst().map { ProtoFields($0).fields.map(\.bytes) } == [[[7]], [[8]]])
    }

    @Test func mistakes() throws {
        let folder = TemporaryFolder(), writer = try SummaryWriter(folder.path)
        let x = Tensor.zeros(2, 3)
        func refusal(_ body: () throws -> Void) -> String? { message { try withError(body) } }
        #expect(
            refusal { writer.addScalar("a", x) }
                == "Tensor should contain one element (0 dimensions). Was given size: 6 and 2 dimensions.")
        #expect(refusal { writer.addHistogram("a", Tensor.zeros(0)) } == "The input has no element.")
        #expect(
            refusal { writer.addHistogram("a", x, bins: [1, 0]) }
                == "`bins` must increase monotonically, when an array")
        #expect(
            refusal { writer.addHistogram("a", x, bins: .count(1 << 40)) }
                == "Too many bins for data range. Cannot create 1099511627776.0 finite-sized bins.")
        #expect(refusal { writer.addHistogram("a", x / 0, bins: .auto) }?.contains("not finite") == true)
        #expect(refusal { writer.addImage("a", x) }?.contains("size of input tensor and input format") == true)
        #expect(refusal { writer.addImage("a", x, dataformats: "HH") }?.contains("twice") == true)
        #expect(refusal { writer.addImage("a", Tensor.zeros(5, 2, 2)) }?.contains("1 to 4 channels") == true)
        #expect(refusal { writer.addPRCurve("a", x, x[0]) }?.contains("same shape") == true)
        #expect(refusal { writer.addCustomScalarsMarginChart(["a"]) } == "Expected 3 tags, got 1.")
        #expect(refusal { try writer.addFigure("a", [1, 2, 3]) } == "addFigure: this is no PNG file")
        #expect(
            refusal { try writer.addEmbedding(x, metadata: ["a"]) } == "#labels should equal with #data points")
        try writer.close()
        #expect(try events(folder.path).count == 1)
        #expect(message { _ = try SummaryWriter("/dev/null/x") }?.contains("/dev/null/x") == true)
    }

    @Test func everyCurveHasItsFile() throws {
        let folder = TemporaryFolder(), writer = try SummaryWriter(folder.path, filenameSuffix: ".end")
        for step in 0..<3 {
            writer.addScalars("a/b", ["x": step, "y": Tensor(0.5)], globalStep: step, walltime: 1)
            writer.addScalars("a/b", ["z": 0.25], globalStep: step, walltime: 1)
        }
        try writer.close()
        // simple_value of 2 at step 2.
        let expected: [UInt8] = [
            9, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 16, 2, 42, 12, 10, 10, 10, 3, 97, 47, 98, 21, 0, 0, 0, 64
        ]
        let x = try events("\(folder.path)/a_b_x")
        #expect(x.count == 4 && x[3] == expected)
        #expect(try events("\(folder.path)/a_b_y").count == 4 && events("\(folder.path)/a_b_z").count == 4)
        #expect(EventFile.paths(folder.path)[0].hasSuffix(".end"))
        // After `close` there is a new file.
        writer.addScalar("a", 1)
        try writer.close()
        #expect(EventFile.paths(folder.path).count == 2)
    }

    @Test func flushWritesAllFilesIfOneHasAnError() throws {
        let folder = TemporaryFolder(), writer = try SummaryWriter(folder.path, maxQueue: 100, flushSecs: 3600)
        writer.addScalar("a", 1)
        writer.addScalars("b", ["x": 2])
        // The main file becomes a device that is always full.
        let main = try #require(EventFile.paths(folder.path).first), full = open("/dev/full", O_WRONLY)
        defer { close(full) }
        for name in try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd") {
            let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(name)")
            if target == main, let descriptor = Int32(name) { dup2(full, descriptor) }
        }
        #expect(message { try writer.flush() }?.contains("No space left on device") == true)
        #expect(try events("\(folder.path)/b_x").count == 2)
        #expect(message { try writer.close() }?.contains("No space left on device") == true)
    }

    @Test func threadsAddEmbeddings() throws {
        let folder = TemporaryFolder(), writer = try SummaryWriter(folder.path), count = 16
        DispatchQueue.concurrentPerform(iterations: count) { k in
            do {
                try writer.addEmbedding(Tensor.ones(2, 2), globalStep: k)
            } catch {
                Issue.record(error)
            }
        }
        let list = String(decoding: try bytes("\(folder.path)/projector_config.pbtxt"), as: UTF8.self)
        for k in 0..<count { #expect(list.contains("\"default:\(k < 10 ? "0000" : "000")\(k)\"")) }
    }

    @Test(.timeLimit(.minutes(1))) func eventsWaitUntilThereAreManyOrForAWhile() async throws {
        let folder = TemporaryFolder(), writer = try SummaryWriter(folder.path, maxQueue: 4, flushSecs: 3600)
        func count(_ folder: TemporaryFolder) throws -> Int { try events(folder.path).count }
        for step in 0..<3 { writer.addScalar("a", step) }
        #expect(try count(folder) == 1)
        writer.addScalar("a", 3)
        #expect(try count(folder) == 5)
        writer.addScalar("a", 4)
        try writer.flush()
        #expect(try count(folder) == 6)
        let second = TemporaryFolder(), quick = try SummaryWriter(second.path, maxQueue: 1000, flushSecs: 0.05)
        quick.addScalar("a", 1)
        while try count(second) < 2 { try await Task.sleep(for: .milliseconds(20)) }
        quick.addScalar("a", 2)
        while try count(second) < 3 { try await Task.sleep(for: .milliseconds(20)) }
        try quick.close()
    }

    @Test func theDefaultFolderHasTheDate() {
        let name = Clock.folderName
        #expect(name.wholeMatch(of: /[A-Z][a-z]{2}\d\d_\d\d-\d\d-\d\d/) != nil, "\(name)")
    }

    @Test func aSharedModuleKeepsItsMode() throws {
        let folder = TemporaryFolder(), writer = try SummaryWriter(folder.path), shared = Linear(4, 4)
        let model = Sequential([Sequential([shared]), Sequential([shared])])
        shared.eval()
        writer.addGraph(model, Tensor.ones(2, 4))
        try writer.close()
        #expect(model.isTraining && model.children().allSatisfy(\.isTraining) && !shared.isTraining)
    }

    @Test func aModulesGraph() throws {
        let folder = TemporaryFolder(), writer = try SummaryWriter(folder.path), model = Net()
        model.stack.train(false)
        model.blocks[0].requiresGrad_(false)
        writer.addGraph(model, Tensor.ones(2, 4))
        try writer.close()
        #expect(model.isTraining && !model.stack.isTraining && model.blocks[0].isTraining)
        #expect(!model.blocks[0].weight.requiresGrad && model.blocks[1].weight.requiresGrad)
        let graph = try ProtoFields(#require(ProtoFields(try events(folder.path)[1]).bytes(4).first))
        let nodes = graph[1].map { node in
            let shapes = node[5].filter { $0.texts(1) == ["_output_shapes"] }.flatMap { $0[2].flatMap { $0[1] } }
            let sizes = shapes.flatMap { $0[7] }.map { $0[2].map { Int($0.bytes(1).first?[0] ?? 0) } }
            return "\(node.texts(1)[0]) \(node.texts(2)[0]) \(node.texts(3)) \(sizes)"
        }
        let first = "Net/Sequential[stack]/Linear[0]", blocks = "Net/ModuleList[blocks]"
        #expect(
            Array(nodes.prefix(6)) == [
                "input/input IO Node [] [[2, 4]]",
                "\(first)/weight Parameter [] [[3, 4]]",
                "\(first)/bias Parameter [] [[3]]",
                "\(first)/Addmm Addmm [\"\(first)/bias\", \"input/input\", \"\(first)/weight\"] [[2, 3]]",
                "Net/Sequential[stack]/ReLU[1]/Relu Relu [\"\(first)/Addmm\"] [[2, 3]]",
                "\(blocks)/Linear[0]/weight Parameter [] [[3, 3]]"
            ], "\(nodes.joined(separator: "\n"))")
        #expect(nodes.count == 14)
        #expect(nodes.last == "output/output IO Node [\"Net/Add_1\"] [[2, 3]]")
        #expect(nodes.contains("Net/Add_1 Add [\"Net/Add\", \"\(blocks)/Linear[1]/Addmm\"] [[2, 3]]"))
    }
}
