import Testing
import Torch
import TorchPython

@Suite(.needsNumPy) struct PythonObjectTests {
    @Test func numbersTextsAndListsGoBothWays() throws {
        #expect(try Int(7.toPython()) == 7 && Int((-1).toPython()) == -1 && Int(Int.max.toPython()) == .max)
        #expect(try Double((-1.0).toPython()) == -1 && Double(2.toPython()) == 2 && Float(Float(0.5).toPython()) == 0.5)
        #expect(try Bool(true.toPython()) && !Bool(false.toPython()) && !Bool(Python.none))
        for text in ["", "NumPy 数组", "a\0b", "🙂"] { #expect(try String(text.toPython()) == text) }
        #expect(try [Int]([1, 2, 3].toPython()) == [1, 2, 3])
        #expect(try [[Double]]([[1, 2], [], [3.5]].toPython()) == [[1, 2], [], [3.5]])
        #expect(try ["b": 2].toPython().debugDescription == "{'b': 2}")
        #expect(try Python.tuple(1, "a", 2.5, Int?.none).debugDescription == "(1, 'a', 2.5, None)")
    }

    @Test func attributesItemsAndCalls() throws {
        let object = try Python.import("types").SimpleNamespace(a: 1, b: [10, 20, 30])
        #expect(try Int(object.a) == 1)
        object.a = 5
        object.c = "text"
        #expect("\(object.a) \(object.c)" == "5 text")
        object.b[1] = -4
        #expect(object.b.description == "[10, -4, 30]" && object.b[0..<2].description == "[10, -4]")
        #expect(try object.b[Python.slice(nil, nil, -1)].description == "[30, -4, 10]")
        #expect(try Python.builtins.sorted([2, 3, 1], reverse: true).description == "[3, 2, 1]")
        #expect(try Int(Python.builtins.len("四个字母")) == 4)
        #expect("abc".isEmpty == false)
        #expect(try "abc".toPython().debugDescription == "'abc'" && "abc".toPython().description == "abc")
    }

    @Test func exceptionsAreErrors() throws {
        func message(_ body: () throws -> Any) -> String {
            do { return "\(try body())" } catch { return "\(error)" }
        }
        #expect(
            message { try Python.import("no_such_module") } == "ModuleNotFoundError: No module named 'no_such_module'")
        #expect(message { try Python.builtins.int("x") } == "ValueError: invalid literal for int() with base 10: 'x'")
        #expect(message { try [1].toPython().item(3) } == "IndexError: list index out of range")
        #expect(
            message { try 1.toPython().attribute("nothing") }
                == "AttributeError: 'int' object has no attribute 'nothing'")
        #expect(message { try Int("text".toPython()) }.hasPrefix("TypeError"))
        #expect(message { try String(1.toPython()) }.hasPrefix("TypeError"))
        #expect(message { try Int(Python.builtins.pow(2, 70)) }.hasPrefix("OverflowError"))
        do {
            _ = try Python.builtins.open("/no/such/file")
        } catch let error as PythonError {
            #expect(try error.type == "FileNotFoundError" && Int(error.exception.errno) == 2)
        }
        // A failure where Swift cannot throw is a programmer's error, which `withError` throws.
        #expect(message { try withError { try [1].toPython()[3] } } == "IndexError: list index out of range")
        #expect(
            message { try withError { try 1.toPython().nothing } }
                == "AttributeError: 'int' object has no attribute 'nothing'")
    }

    @Test func anyThreadMayUseIt() async throws {
        let list = try Python.list([])
        try await withThrowingTaskGroup(of: Void.self) { group in
            for i in 0..<8 {
                group.addTask {
                    for j in 0..<200 {
                        try list.append(try Python.builtins.pow(i, 1) as any PythonConvertible);
                        _ = try Int(Python.builtins.len([j, i]))
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try [Int](list).reduce(0, +) == 200 * 28)
    }

    @Test func objectsAreReleased() throws {
        let gc = try Python.import("sys")
        let object = try Python.import("types").SimpleNamespace()
        let before = try Int(gc.getrefcount(object))
        do {
            let others = (0..<10).map { _ in PythonObject(object) }
            let held = try withExtendedLifetime(others) { try Int(gc.getrefcount(object)) }
            #expect(held == before + 10)
        }
        for _ in 0..<10 { _ = try? object.attribute("nothing") }
        object.me = "x"
        _ = try Python.tuple(object, object)
        #expect(try Int(gc.getrefcount(object)) == before)
    }
}
