import Torch

/// Loads a data set: of the Hugging Face hub, of a folder of this machine, or of files. Python:
/// `datasets.load_dataset`.
///
/// ```swift
/// let dataset = try await loadDataset("imdb")
/// print(dataset["train"][0])
/// ```
/// What is loaded first is downloaded and left in the cache as Arrow streams; from then on it is mapped, and opening it
/// reads nothing of its rows. The cache is the one of Python's library, which
/// finds there what this one prepared, and the other way round. Without the hub (`HF_HUB_OFFLINE`), the cache serves.
///
/// Python's `streaming=True`, which prepares nothing and gives the rows as they are asked for, is a function of its
/// own, `streamDataset`: what it returns is of another type.
///
/// - Parameters:
///   - path: `owner/name` on the hub, or an alias such as `imdb`; a folder; or a format (`csv`, `json`, `parquet`,
///   -     `arrow`, `text`) of the files in `dataFiles` or `dataDir`.
///   - name: the configuration; where the data set has one only, or marks one, it need not be named.
///   - dataDir: the folder in the data set whose files are wanted.
///   - dataFiles: files or patterns of them: `"a.csv"`, `["a.csv", "b.csv"]`, `["train": "a.csv", "test": ["b*.csv"]]`.
///   - revision: a branch, tag or commit; by default the main branch.
///   - cacheDir: the folder for what is prepared; by default `HF_DATASETS_CACHE`, else `HF_HOME/datasets`, else
///   -     `~/.cache/huggingface/datasets`.
///   - token: shown to the hub; by default `HF_TOKEN`, or the one that was left by its login.
/// - Returns: all splits.
/// - Throws: `TorchError` where there is no such data set, configuration or file, where the hub cannot be reached and
/// -   the cache does not have it, or where a file is damaged.
public func loadDataset(
    _ path: String, name: String? = nil, dataDir: String? = nil, dataFiles: Value? = nil, revision: String? = nil,
    cacheDir: String? = nil,
    token: String? = nil
) async throws -> DatasetDict {
    try await load(
        DatasetRequest(
            path, name: name, dataDir: dataDir, dataFiles: dataFiles, revision: revision, cacheDir: cacheDir,
            token: token))
}

/// Loads a part of a data set. Python: `load_dataset(split="train[:10%]")`.
/// - Parameters:
///   - path: a repository, a folder or a format, as for all splits; so are the other parameters.
///   - name: the configuration.
///   - split: a split or a part of it, or several together: `train`, `train[:10%]`, `train+test`, `all`.
///   - dataDir: the folder in the data set whose files are wanted.
///   - dataFiles: files or patterns of them.
///   - revision: a branch, tag or commit.
///   - cacheDir: the folder for what is prepared.
///   - token: shown to the hub.
/// - Throws: `TorchError` also where there is no such split.
public func loadDataset(
    _ path: String, name: String? = nil, split: String, dataDir: String? = nil, dataFiles: Value? = nil,
    revision: String? = nil, cacheDir: String? = nil,
    token: String? = nil
) async throws -> ArrowDataset {
    let instruction = try SplitInstruction(split)
    return try await instruction.apply(
        loadDataset(
            path, name: name, dataDir: dataDir, dataFiles: dataFiles, revision: revision, cacheDir: cacheDir,
            token: token))
}

func load(_ request: DatasetRequest) async throws -> DatasetDict {
    let builder: DatasetBuilder
    do {
        builder = try await DatasetBuilder.find(request)
    } catch let error as TorchError {
        // What is in the cache serves where the hub does not.
        guard request.dataFiles == nil, request.dataDir == nil, DatasetBuilder.isRepositoryName(request.path),
            DataFormat(rawValue: request.path) == nil, error.kind == .file,
            let prepared = try? PreparedDataset.newest(request)
        else { throw error }
        return try prepared.open()
    }
    let prepared = PreparedDataset(folder: builder.folder(in: request.cache))
    if !prepared.exists { try await prepared.prepare(builder) }
    return try prepared.open()
}
