import Foundation
import HubServer
import Testing
import Torch
@testable import TorchText

/// The results of `loadDataset` equal those of datasets 5.2 from the same server (Fixtures/datasets/loaded.json).
@Suite(.serialized) struct LoadDatasetTests {
    private static let recorded: [Value] =
        (try? Metadata.value(
            json: Array(Data(contentsOf: URL(fileURLWithPath: DatasetsFixture.fixture("loaded.json")))),
            source: "loaded.json"))?.list ?? []

    @Test func theSameAsPython() async throws {
        let position = try DatasetsFixture()
        #expect(Self.recorded.count == 25)
        for entry in Self.recorded {
            let pair = try #require(entry.list), wanted = try #require(pair[0].row),
                expected = try #require(pair[1].row)
            let request = position.request(
                wanted["path"]!.string!, name: wanted["name"]?.string, dataDir: wanted["data_dir"]?.string,
                dataFiles: wanted["data_files"])
            func all() async throws -> (String, [(String, ArrowDataset)]) {
                guard let split = wanted["split"]?.string else {
                    let loaded = try await load(request)
                    return (loaded.description, Array(zip(loaded.names, loaded.datasets)))
                }
                let dataset = try await SplitInstruction(split).apply(load(request))
                return (dataset.description, [("", dataset)])
            }
            do {
                let (text, splits) = try await all()
                #expect(text == expected["text"]?.string, "\(wanted)")
                for (name, dataset) in splits {
                    let said = expected["splits"]?.row?[name]?.list
                    #expect(
                        dataset.features.description == said?[1].string && dataset[0...].description == said?[2].string,
                        "\(wanted) \(name)")
                    if let split = dataset.split { #expect(split == said?[0].string, "\(wanted) \(name)") }
                }
            } catch let error as TorchError {
                let said = try #require(expected["error"]?.string, "\(wanted): \(error)")
                // Python names the address of the hub in another way.
                #expect(
                    said.contains(error.message) || error.message.contains(said), "\(wanted): \(error) is not \(said)")
            }
        }
    }

    @Test func theCache() async throws {
        let position = try DatasetsFixture()
        let first = try await load(position.request("imdb"))
        let expected =
            "{'text': \"I rented it because it couldn't be as bad as everybody said.<br /><br />It was.\\n\", 'label': 0}"
        #expect(first["train"][0].description == expected)
        let files = position.prepared()
        let folder = try #require(files.first { $0.hasSuffix("/dataset_info.json") }).dropLast(
            "/dataset_info.json".count)
        let sha = String(folder.split(separator: "/").last!)
        // The names of datasets 5.2 for the same server.
        #expect(folder == "stanfordnlp___imdb/plain_text/0.0.0/\(sha)" && sha.count == 40)
        #expect(
            files.filter { $0.hasPrefix("\(folder)/") }
                == ["dataset_info.json", "imdb-test.arrow", "imdb-train.arrow", "imdb-unsupervised.arrow"].map {
                    "\(folder)/\($0)"
                })
        #expect(!files.contains { $0.contains(".incomplete") })
        let downloads = position.server.cdn.history.count
        #expect(try await load(position.request("imdb"))["train"][0].description == expected)
        #expect(position.server.cdn.history.count == downloads)
        // Without the hub, and without the downloaded files.
        position.server.stop()
        #expect(try await load(position.request("imdb", offline: true))["test"].count == 8)
        try FileManager.default.removeItem(atPath: "\(position.home)/hub")
        #expect(try await load(position.request("imdb", offline: true))["train"][0].description == expected)
        await #expect(throws: TorchError.self) {
            try await load(position.request("imdb", name: "other", offline: true))
        }
        await #expect(throws: TorchError.self) { try await load(position.request("owner/lines", offline: true)) }
    }

    @Test func manyTasksPrepareOnce() async throws {
        let position = try DatasetsFixture()
        let requests = (0..<8).map { _ in position.request("stanfordnlp/imdb") }
        let counts = try await withThrowingTaskGroup(of: Int.self) { group in
            for request in requests { group.addTask { try await load(request)["train"].count } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(
            counts == Array(repeating: 20, count: 8) && position.prepared().filter { $0.hasSuffix(".arrow") }.count == 3
        )
    }

    @Test func whatIsHalfDoneDoesNotCount() async throws {
        let position = try DatasetsFixture()
        position.server.inject { request, answer in
            var answer = answer
            if request.path.contains("test-") || request.path.hasPrefix("/lfs/") { answer.status = "404 Not Found" }
            return answer
        }
        await #expect(throws: TorchError.self) { try await load(position.request("imdb")) }
        #expect(!position.prepared().contains { $0.hasSuffix(".arrow") || $0.hasSuffix("dataset_info.json") })
        position.server.inject(nil)
        let loaded = try await load(position.request("imdb"))
        #expect(loaded.names == ["train", "test", "unsupervised"])
        // A folder left by a process that died.
        let folder =
            "\(position.home)/datasets/owner___lines/default/0.0.0/\(try await position.request("owner/lines").hub.info("owner/lines").sha)"
        try HubFixture.write(Array("broken".utf8), to: "\(folder).incomplete/lines-train.arrow")
        try HubFixture.write(Array("broken".utf8), to: "\(folder)/lines-train.arrow")
        #expect(try await load(position.request("owner/lines")).numRows == ["train": 2, "validation": 1])
        // The error names the damaged file.
        try HubFixture.write(Array("broken".utf8), to: "\(folder)/lines-train.arrow")
        do {
            _ = try await load(position.request("owner/lines"))
            Issue.record("a damaged file")
        } catch let error as TorchError {
            #expect(error.message.contains("lines-train.arrow"))
        }
    }

    @Test func foldersAndFilesOfThisMachine() async throws {
        let position = try DatasetsFixture()
        let repository = DatasetsFixture.fixture("hub/datasets/stanfordnlp/imdb/main")
        let loaded = try await load(position.request(repository))
        #expect(
            loaded.names == ["train", "test", "unsupervised"]
                && loaded["train"].features["label"] == .classLabel(ClassLabel(names: ["neg", "pos"])))
        #expect(position.server.hub.history.isEmpty)
        let folders = DatasetsFixture.fixture("hub/datasets/owner/folders/main")
        let csv = try await load(
            position.request(
                "csv",
                dataFiles: [
                    "train": .list([.string("\(folders)/data/train/*.csv")]),
                    "test": .string("\(folders)/data/test/a.csv")
                ]))
        #expect(csv.numRows == ["train": 3, "test": 1] && csv["train"][0].description == "{'n': 1, 's': 'a'}")
        #expect(
            try await load(position.request("csv", dataFiles: .string("\(folders)/data/test/a.csv"))).names == ["train"]
        )
        // A file that has changed is read again.
        let file = "\(position.folder)/changing.jsonl"
        try HubFixture.write(Array(#"{"a": 1}"#.utf8), to: file)
        #expect(try await load(position.request("json", dataFiles: .string(file)))["train"]["a"].map(\.int) == [1])
        try HubFixture.write(Array("{\"a\": 1}\n{\"a\": 22}\n".utf8), to: file)
        #expect(try await load(position.request("json", dataFiles: .string(file)))["train"]["a"].map(\.int) == [1, 22])
        func message(_ request: DatasetRequest) async -> String {
            do { return try await load(request).description } catch { return "\(error)" }
        }
        #expect(await message(position.request("/nowhere/at/all")) == "Couldn't find any data file at /nowhere/at/all.")
        #expect(
            await message(position.request("csv", dataFiles: "/nowhere/a.csv")) == "Unable to find '/nowhere/a.csv'")
        try FileManager.default.createDirectory(atPath: "\(position.folder)/empty", withIntermediateDirectories: true)
        #expect(
            await message(position.request("\(position.folder)/empty"))
                == "The directory at \(position.folder)/empty doesn't contain any data files")
        #expect(
            await message(position.request(repository, name: "foo"))
                == "BuilderConfig 'foo' not found. Available: ['plain_text']")
    }

    @Test func streams() async throws {
        let position = try DatasetsFixture()
        let splits = try await stream(position.request("imdb"))
        #expect(
            splits.description.hasPrefix(
                "IterableDatasetDict({\n    train: IterableDataset({\n        features: ['text', 'label'],\n        num_shards: 1\n    })\n    test: "
            ))
        func texts(_ rows: IterableDataset) async throws -> [String] {
            try await rows.reduce(into: []) { $0.append($1["text"]?.string ?? "") }
        }
        let whole = try await load(position.request("imdb"))["train"]["text"].map { $0.string! }
        let train = splits["train"]
        #expect(try await texts(train) == whole)
        #expect(try await texts(train.skip(3).take(4)) == Array(whole[3..<7]))
        #expect(position.prepared().filter { $0.hasSuffix(".arrow") }.count == 3)
        let shuffled = try await texts(train.shuffle(seed: 5, bufferSize: 6))
        #expect(shuffled != whole && shuffled.sorted() == whole.sorted())
        #expect(try await texts(train.shuffle(seed: 5, bufferSize: 6)) == shuffled)
        let mapped = train.filter { $0["label"] == 1 }.map(removeColumns: ["label"]) {
            ["n": .int($0["text"]!.string!.count)]
        }
        for try await row in mapped {
            #expect(row.names == ["text", "n"] && row["n"]?.int == row["text"]?.string?.count)
        }
        // A file is downloaded when its rows are first read.
        let other = try DatasetsFixture()
        let shards = try await stream(other.request("owner/shards"))["extra"]
        // The first file of each of the two splits gives the columns.
        #expect(shards.numShards == 2 && other.server.cdn.history.count == 2)
        func numbers(_ rows: IterableDataset) async throws -> [Int] {
            try await rows.reduce(into: []) { $0.append($1["i"]?.int ?? -1) }
        }
        #expect(try await numbers(shards.take(2)) == [0, 1])
        #expect(other.server.cdn.history.count == 2)
        #expect(try await numbers(shards) == [0, 1, 2, 3])
        #expect(other.server.cdn.history.count == 3)
        let memory = ArrowDatasetTests.dataset.iterable(numShards: 4)
        #expect(try await numbers(memory) == Array(0..<23))
    }

    @Test func foldersOnDisk() throws {
        let position = try DatasetsFixture()
        // Written by datasets 5.2 (make.py): a shuffled selection.
        let python = try DatasetDict.loadFromDisk(DatasetsFixture.fixture("saved"))
        #expect(python.names == ["train", "test"] && python["train"].features == ArrowDatasetTests.dataset.features)
        let dataset = ArrowDatasetTests.dataset
        #expect(
            try python["test"][0...].description
                == dataset.trainTestSplit(testSize: 0.25, seed: 0)["test"][0...].description)
        let path = "\(position.folder)/saved"
        let parts = try dataset.trainTestSplit(testSize: 0.25, seed: 0)
        try parts.saveToDisk(path)
        let again = try DatasetDict.loadFromDisk(path)
        #expect(
            again.description == parts.description
                && again["train"][0...].description == parts["train"][0...].description
                && again["train"].features == dataset.features)
        // Saving over itself while its files are mapped.
        try again["train"].sort("i").saveToDisk("\(path)/train")
        #expect(
            try ArrowDataset.loadFromDisk("\(path)/train")["i"].map(\.int) == parts["train"].sort("i")["i"].map(\.int))
        #expect(again["train"][0].description == parts["train"][0].description)
        #expect(throws: TorchError.self) { try dataset.saveToDisk(position.folder) }
        #expect(throws: TorchError.self) { try ArrowDataset.loadFromDisk("/nowhere") }
        #expect(throws: TorchError.self) { try DatasetDict.loadFromDisk("\(path)/train") }
        try HubFixture.write(
            Array(#"{"_data_files": [{"filename": "../../etc/passwd"}]}"#.utf8), to: "\(path)/train/state.json")
        #expect(throws: TorchError.self) { try ArrowDataset.loadFromDisk("\(path)/train") }
    }

    @Test func globs() throws {
        func check(_ pattern: String, _ path: String, _ expected: Bool) throws {
            let parts = pattern.split(separator: "/").map(String.init)
            let glob = try GlobPattern(parts)
            let names = path.split(separator: "/").map(String.init)
            #expect(
                (names.starts(with: glob.root) && glob.matches(names.dropFirst(glob.root.count))) == expected,
                "\(pattern) \(path)")
        }
        try check("**/train[-._ 0-9]*", "train.csv", true)
        try check("**/train[-._ 0-9]*", "a/b/train-1.csv", true)
        try check("**/train[-._ 0-9]*", "training.csv", false)
        try check("**/*[-._ 0-9]train/**", "x-train/a", true)
        try check("**/train/**", "train/a/b", true)
        try check("**/train/**", "strain/a", false)
        try check("data/*-[0-9][0-9]-of-*.*", "data/x-01-of-2.parquet", true)
        try check("data/*", "data/a/b", false)
        try check("a/**/b", "a/b", true)
        try check("[!a]?c*", "bxc", true)
        try check("[!a]?c*", "axc", false)
        try check("[]]x", "]x", true)
        try check("[x", "[x", true)
        #expect(throws: TorchError.self) { try GlobPattern(["a**"]) }
        // A pattern that is slow for a simple matcher.
        try check(String(repeating: "*a", count: 40) + "*b", String(repeating: "a", count: 5000), false)
    }
}

/// Runs Python's own library with the same server and the same cache: `make test-hub`. With HUB_RECORD=1 the results
/// are recorded.
@Suite(.serialized, .enabled(if: Programs.python != nil, "run by make test-hub")) struct DatasetsHubPythonTests {
    private func python(_ position: DatasetsFixture, _ arguments: [String] = [], offline: Bool = false) throws -> Data {
        try Programs.run(
            #require(Programs.python), [DatasetsFixture.fixture("load.py")] + arguments,
            position.environment(offline: offline))
    }

    @Test func loadsTheSame() throws {
        let said = try python(DatasetsFixture())
        // The port changes, the commits do not.
        if ProcessInfo.processInfo.environment["HUB_RECORD"] == "1" {
            try said.write(to: URL(fileURLWithPath: DatasetsFixture.fixture("loaded.json")))
        }
        #expect(
            try said == Data(contentsOf: URL(fileURLWithPath: DatasetsFixture.fixture("loaded.json"))),
            "Python says something else than is recorded: make test-hub HUB_RECORD=1")
    }

    /// Records the files that Python leaves in its cache, for `SnippetTests`.
    @Test(.enabled(if: ProcessInfo.processInfo.environment["HUB_RECORD"] == "1")) func recordsItsCache() throws {
        let position = try DatasetsFixture()
        _ = try python(position, ["row"])
        let recorded = DatasetsFixture.fixture("prepared")
        try? FileManager.default.removeItem(atPath: recorded)
        for path in position.prepared() where path.hasSuffix(".arrow") || path.hasSuffix(".json") {
            try HubFixture.write(
                [UInt8](Data(contentsOf: URL(fileURLWithPath: "\(position.home)/datasets/\(path)"))),
                to: "\(recorded)/\(path)")
        }
    }

    @Test func pythonFindsWhatSwiftPrepared() async throws {
        let position = try DatasetsFixture()
        let row = try await load(position.request("imdb"))["train"][0].description
        #expect(try String(decoding: python(position, ["row"]), as: UTF8.self) == row + "\n")
        position.server.stop()
        #expect(try String(decoding: python(position, ["row"], offline: true), as: UTF8.self) == row + "\n")
    }

    @Test func swiftFindsWhatPythonPrepared() async throws {
        let position = try DatasetsFixture()
        let row = try String(decoding: python(position, ["row"]), as: UTF8.self)
        let files = position.prepared().filter { !$0.hasSuffix(".lock") }
        let downloads = position.server.cdn.history.count
        #expect(try await load(position.request("imdb"))["train"][0].description + "\n" == row)
        #expect(
            position.server.cdn.history.count == downloads
                && position.prepared().filter { !$0.hasSuffix(".lock") } == files)
        position.server.stop()
        #expect(try await load(position.request("imdb", offline: true))["train"][0].description + "\n" == row)
    }
}
