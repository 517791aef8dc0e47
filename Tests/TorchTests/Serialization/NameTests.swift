import Testing
import Torch

/// Names are compared by their code points, as in Python. For Swift's `String`, the two names of each pair here are
/// equal.
@Suite struct Names {
    static let four = ["\u{e9}", "e\u{301}", "\u{c5}", "\u{212b}"]

    private static func tensor(_ i: Int) -> Tensor { Tensor([Float](repeating: Float(i + 1), count: i + 1)) }

    /// Checks that the nth name has the tensor of n elements equal to n, as in the fixtures.
    private static func expectAll(_ state: StateDict, sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(state.count == 4, sourceLocation: sourceLocation)
        for (i, name) in four.enumerated() {
            expectEqual(state[name], Names.tensor(i), "name \(i)", sourceLocation: sourceLocation)
        }
        #expect(
            Set(state.keys.map { Array($0.unicodeScalars) }) == Set(four.map { Array($0.unicodeScalars) }),
            sourceLocation: sourceLocation)
    }

    @Test func files() throws {
        Names.expectAll(try loadStateDict(Fixture.path("odd/names.pth")))
        Names.expectAll(try loadSafetensors(Fixture.path("odd/names.safetensors")))
        Names.expectAll(try loadNpz(Fixture.path("odd/names.npz")))
        let metadata = try SafetensorsFile(Fixture.path("odd/names.safetensors")).metadata
        #expect(metadata.map { Array($0.key.unicodeScalars).count }.sorted() == [1, 2])
    }

    @Test func comeBack() throws {
        let folder = TemporaryFolder()
        var state = StateDict()
        for (i, name) in Names.four.enumerated() { state[name] = Names.tensor(i) }
        Names.expectAll(state)
        try save(state, to: folder.path + "a.pth")
        Names.expectAll(try loadStateDict(folder.path + "a.pth"))
        try saveSafetensors(state, to: folder.path + "a.safetensors")
        Names.expectAll(try loadSafetensors(folder.path + "a.safetensors"))
        for compressed in [false, true] {
            try saveNpz(state, to: folder.path + "a.npz", compressed: compressed)
            Names.expectAll(try loadNpz(folder.path + "a.npz"))
        }
        // A combining mark after a separator of a path belongs to the name.
        try save(state, to: folder.path + "\u{301}a.\u{301}pth")
        Names.expectAll(try loadStateDict(folder.path + "\u{301}a.\u{301}pth"))
    }

    @Test func stateDictEdits() {
        var state: StateDict = ["\u{e9}": Tensor(1)]
        #expect(state["e\u{301}"] == nil)
        state["e\u{301}"] = Tensor(2)
        state["\u{e9}"] = nil
        #expect(state.count == 1 && state["e\u{301}"]?.item() == 2 && state["\u{e9}"] == nil)
        #expect(state.keys[0].unicodeScalars.count == 2)
    }

    @Test func keysOfCheckpoints() throws {
        var map: StateMap = ["\u{e9}": 1, "e\u{301}": 2, 1: 3]
        map[.tuple(["\u{e9}"])] = 4
        map[.tuple(["e\u{301}"])] = 5
        #expect(map.count == 5)
        let folder = TemporaryFolder()
        try save(map, to: folder.path + "a.pth")
        let back = try #require(try load(folder.path + "a.pth").dict)
        #expect(back.count == 5)
        #expect(
            back["\u{e9}"]?.int == 1 && back["e\u{301}"]?.int == 2 && back[.tuple(["\u{e9}"])]?.int == 4
                && back[.tuple(["e\u{301}"])]?.int == 5)
    }

    @Test func modules() throws {
        let dict = ModuleDict(["\u{e9}": Linear(1, 1), "e\u{301}": Linear(1, 2), "\u{301}x": Linear(1, 3)])
        #expect(dict.count == 3 && dict.keys.map(\.unicodeScalars.count) == [1, 2, 2])
        #expect(
            (dict["\u{e9}"] as? Linear)?.weight.shape == Size([1, 1])
                && (dict["e\u{301}"] as? Linear)?.weight.shape == Size([2, 1]))
        #expect(dict.getSubmodule("e\u{301}") === dict["e\u{301}"] && dict.getSubmodule("\u{e9}") === dict["\u{e9}"])
        #expect(dict.getParameter("e\u{301}.weight")?.shape == Size([2, 1]))
        #expect(dict.stateDict().count == 6 && dict.namedParameters().count == 6)
        // A combining mark after the dot of a path.
        let nested = ModuleDict(["a": dict])
        #expect(nested.getSubmodule("a.\u{301}x") === dict["\u{301}x"])
        #expect(nested.getParameter("a.\u{301}x.weight")?.shape == Size([3, 1]))
        // PyTorch finds no module with an empty name.
        #expect(nested.getSubmodule("a.") == nil && nested.getSubmodule(".a") == nil)
        let parameters = ParameterDict(["\u{e9}": Tensor([1.0]), "e\u{301}": Tensor([2.0])])
        #expect(parameters.count == 2 && parameters["\u{e9}"]?.item() == 1 && parameters["e\u{301}"]?.item() == 2)
        let description = "\(parameters)"
        #expect(description.unicodeScalars.contains("\u{e9}") && description.unicodeScalars.contains("\u{301}"))
    }

    @Test func loadingIntoModules() throws {
        let composed = ModuleDict(["\u{e9}": Linear(1, 1, bias: false)])
        let decomposed = ModuleDict(["e\u{301}": Linear(1, 1, bias: false)])
        let text = message { try composed.loadStateDict(decomposed.stateDict()) }
        #expect(text.contains("Missing key(s)") && text.contains("Unexpected key(s)"))
        let keys = try composed.loadStateDict(decomposed.stateDict(), strict: false)
        #expect(
            keys.missingKeys.map(\.unicodeScalars.count) == [8]
                && keys.unexpectedKeys.map(\.unicodeScalars.count) == [9])
    }

    @Test func optionsOfOptimizers() throws {
        let group = ParamGroup([Tensor([1.0], requiresGrad: true)], options: ["\u{e9}": 1, "e\u{301}": 2])
        #expect(group["\u{e9}"]?.int == 1 && group["e\u{301}"]?.int == 2)
        let optimizer = SGD([group], lr: 0.1)
        let saved = optimizer.stateDict()
        #expect(saved["param_groups"]?[0]?["\u{e9}"]?.int == 1 && saved["param_groups"]?[0]?["e\u{301}"]?.int == 2)
    }
}
