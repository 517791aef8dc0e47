import CTorchKernels
import Foundation
import Testing

/// PyTorch 2.15's own operator, module and optimizer cases, run by the program `conformance`. The names in
/// Conformance/passing.txt must still pass.
@Suite struct ConformanceTests {
    /// Runs with each instruction set of the processor. With the lowest one, each call of a backend primitive is
    /// checked.
    @Test(arguments: Array(["baseline", "avx2", "avx512"].prefix(Int(st_isa_of_processor()) + 1)))
    func nothingThatPassedIsLost(_ instructionSet: String) throws {
        let (status, text) = try Self.run(
            [Self.folder("Conformance/Cases"), "--baseline", Self.folder("Conformance/passing.txt")],
            environment: [
                "SWIFT_TORCH_ISA": instructionSet, "SWIFT_TORCH_CHECK": instructionSet == "baseline" ? "1" : "0"
            ])
        let lost = text.split(separator: "\n").filter { $0.hasPrefix("lost: ") }.joined(separator: "\n")
        #expect(status == 0, "\(lost.isEmpty ? text : lost)")
    }

    /// An unknown instruction set ends the program at its first computation. If the processor does not have the named
    /// one, its best one is used.
    @Test func instructionSetsAreNamed() throws {
        let (status, text) = try Self.run([], environment: ["SWIFT_TORCH_ISA": "avx3"], program: "hello-tensor")
        #expect(
            status == 1 && text == "SWIFT_TORCH_ISA is 'avx3', but it must be one of: baseline, avx2, avx512\n",
            "\(text)")
        for name in ["", "baseline", "avx2", "avx512"] {
            let (status, text) = try Self.run(
                [], environment: ["SWIFT_TORCH_ISA": name], program: "hello-tensor")
            #expect(status == 0 && text == "tensor([1.5000, 2.5000, 3.5000])\n", "\(name): \(text)")
        }
    }

    /// Without LAPACK, which is loaded at its first use, decompositions raise an error that says what is missing.
    @Test func absentLAPACKIsNamed() throws {
        let (status, text) = try Self.run(
            [Self.folder("Conformance/Cases/ops/linalg.svdvals.json"), "--verbose"],
            environment: ["SWIFT_TORCH_LAPACK": "/absent/lapack.so"])
        #expect(
            status == 1 && text.contains("libopenblas0-pthread, and none could be loaded: /absent/lapack.so: "),
            "\(text)")
    }

    /// The properties hold for every operator, whatever its values are, and modules survive extreme arguments. The
    /// program lists the operators for which a property cannot hold.
    @Test func propertiesHold() throws {
        let folders = ["ops", "modules"].map { Self.folder("Conformance/Cases/\($0)") }
        let (status, text) = try Self.run(folders + ["--property", "all"])
        #expect(status == 0, "\(text)")
    }

    /// Each property finds the operator that violates it, and no other one.
    @Test(arguments: [
        ("layouts", "ignores_strides"), ("layouts", "ignores_bits"), ("cotangents", "ignores_strides_of_gradients"),
        ("memory", "returns_uninitialized_memory"),
        ("outs", "ignores_out"), ("failures", "writes_and_fails"), ("extremes", "adds_without_bounds"),
        ("dtypes", "crashes_for_complex_numbers"), ("meta", "computes_on_the_cpu"),
        ("devices", "ignores_devices"), ("gradfunctions", "misnames_its_node")
    ])
    func propertyFindsItsFault(_ property: String, _ fault: String) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("conformance-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        // 1 to 6 in float32.
        let matrix = #"{"tensor": {"dtype": "float32", "shape": [2, 3], "data": "AACAPwAAAEAAAEBAAACAQAAAoEAAAMBA"}}"#
        let gradient = #"{"inputs": ["args/0"], "outputs": [0], "cotangents": [\#(matrix)], "expect": [\#(matrix)]}"#
        let further = ["adds_without_bounds": #", {"int": 1}"#, "ignores_devices": ", " + matrix][fault] ?? ""
        for name in ["conformance.\(fault)", "exp"] {
            let more = name == "exp" ? "" : further
            let text =
                #"{"op": "\#(name)", "variant": "", "errors": [], "cases": [{"name": "matrix", "args": [\#(matrix)\#(more)], "kwargs": {}, "#
                + #""expect": \#(matrix), "grad": \#(gradient)}]}"#
            try Data(text.utf8).write(to: folder.appendingPathComponent("\(name).json"))
        }
        let (status, text) = try Self.run([folder.path, "--property", property])
        #expect(
            status == 1 && text.contains("\(property)/conformance.\(fault): ") && !text.contains("\(property)/exp: "),
            "\(text)")
    }

    /// Properties find faults of modules too: `extremes` one whose initializer takes a number that its call cannot use.
    @Test(arguments: [
        ("extremes", "adds_without_bounds"), ("layouts", "ignores_strides"),
        ("cotangents", "ignores_strides_of_gradients"), ("memory", "returns_uninitialized_memory"),
        ("failures", "counts_and_fails")
    ])
    func propertyFindsItsFaultInModules(_ property: String, _ fault: String) throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent(
            "conformance-\(UUID().uuidString).json")
        defer { try? FileManager.default.removeItem(at: file) }
        let two = #"{"tensor": {"dtype": "float32", "shape": [2], "data": "AACAPwAAAEA="}}"#
        let gradient = #"{"inputs": ["args/0"], "outputs": [0], "cotangents": [\#(two)], "expect": [\#(two)]}"#
        let options = fault == "adds_without_bounds" ? #"{"int": 1}"# : ""
        try Data(
            (#"{"module": "conformance.\#(fault)", "cases": [{"name": "first", "training": true, "seed": 0, "#
                + #""init_args": [\#(options)], "init_kwargs": {}, "state_dict": {}, "args": [\#(two)], "kwargs": {}, "#
                + #""expect": \#(two), "grad": \#(gradient)}]}"#).utf8
        ).write(to: file)
        let (status, text) = try Self.run([file.path, "--property", property])
        #expect(status == 1 && text.contains("\(property)/conformance.\(fault): "), "\(text)")
    }

    /// A case that ends its process has failed. The cases after it still run.
    @Test func crashesFailAlone() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("conformance-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let files = [
            // The operator that crashes exists for this test.
            "crash":
                #"{"op": "conformance.crash", "variant": "", "cases": [{"name": "first", "args": [{"bool": true}], "expect": {"bool": true}}, "#
                + #"{"name": "second", "args": [{"bool": false}], "expect": {"bool": false}}], "errors": []}"#,
            "schedule":
                #"{"scheduler": "ExponentialLR", "cases": [{"kwargs": {"gamma": {"float": 0.5}}, "base_lr": 0.5, "base_momentum": 0.5, "lr": [0.5, 0.25], "momentum": [0.5, 0.5]}]}"#,
            "unreadable": "["
        ]
        for (name, text) in files { try Data(text.utf8).write(to: folder.appendingPathComponent("\(name).json")) }
        let report = folder.appendingPathComponent("report.out")
        let (status, text) = try Self.run([folder.path, "--json", report.path])
        #expect(status == 1, "\(text)")
        let json = try #require(JSONSerialization.jsonObject(with: Data(contentsOf: report)) as? [String: Any])
        #expect(
            Set(json.keys) == [
                "ops", "modules", "optimizers", "schedulers", "repr", "random", "distributions", "unreadable"
            ])
        let crash = try #require((json["ops"] as? [String: [String: Any]])?["conformance.crash"])
        #expect(crash["passed"] as? Int == 1 && crash["failed"] as? Int == 1 && crash["unsupported"] as? Int == 0)
        let failure = try #require((crash["failures"] as? [[String: String]])?.first)
        #expect(failure["case"] == "first" && failure["why"]?.contains("crashed") == true, "\(failure)")
        #expect((json["schedulers"] as? [String: [String: Any]])?["ExponentialLR"]?["passed"] as? Int == 1)
        #expect((json["repr"] as? [String: Any])?["passed"] as? Int == 0)
        #expect((json["unreadable"] as? [String])?.count == 1)
    }

    private static func folder(_ path: String) -> String {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        return root.appendingPathComponent(path).path
    }

    /// Returns the exit status and the output of `conformance` or another program of this package.
    private static func run(
        _ arguments: [String], environment: [String: String] = [:], program name: String = "conformance"
    ) throws -> (status: Int32, output: String) {
        let folder = try #require(Bundle.main.executableURL).resolvingSymlinksInPath().deletingLastPathComponent()
        let program = folder.appendingPathComponent(name)
        try #require(FileManager.default.isExecutableFile(atPath: program.path), "\(program.path): not built")

        let process = Process()
        let output = Pipe()
        process.executableURL = program
        process.arguments = arguments
        process.standardOutput = output
        process.standardError = output
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, text)
    }
}
