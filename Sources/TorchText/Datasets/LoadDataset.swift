import Torch

/// Loads a data set from the Hugging Face hub, from a folder on this machine, or from files.
/// Python: `datasets.load_dataset`.
///
/// ```swift
/// let dataset = try await loadDataset("imdb")
/// print(dataset["train"][0])
/// ```
/// The first call downloads the files and stores the rows in the cache as Arrow streams. Later calls map these streams,
/// and opening them reads no rows. Python's library uses the same cache, so each library finds what the other has
/// prepared. Without the hub (`HF_HUB_OFFLINE`), only the cache is used.
///
/// Python's `streaming=True`, which prepares nothing and reads rows when they are requested, is a separate function
/// with another return type: `streamDataset`.
///
/// - Parameters:
///   - path: `owner/name` on the hub, or an alias such as `imdb`; a folder; or a format (`csv`, `json`, `parquet`,
///     `arrow`, `text`) of the files in `dataFiles` or `dataDir`.
///   - name: the configuration; nil if the data set has only one, or marks one as default.
///   - dataDir: the folder in the data set that contains the files.
///   - dataFiles: files or patterns: `"a.csv"`, `["a.csv", "b.csv"]`, `["train": "a.csv", "test": ["b*.csv"]]`.
///   - revision: a branch, tag or commit; by default the main branch.
///   - cacheDir: the folder for prepared data; by default `HF_DATASETS_CACHE`, else `HF_HOME/datasets`, else
///     `~/.cache/huggingface/datasets`.
///   - token: the token for the hub; by default `HF_TOKEN`, or the token that the hub's login has stored.
/// - Returns: all splits.
/// - Throws: `TorchError` if the data set, configuration or file does not exist, if the hub cannot be reached and the
///   cache does not have the data set, or if a file is damaged.
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
///   - path: a repository, a folder or a format, as for all splits; the other parameters are also the same.
///   - name: the configuration.
///   - split: a split, a part of it, or several together: `train`, `train[:10%]`, `train+test`, `all`.
///   - dataDir: the folder in the data set that contains the files.
///   - dataFiles: files or patterns.
///   - revision: a branch, tag or commit.
///   - cacheDir: the folder for prepared data.
///   - token: the token for the hub.
/// - Throws: `TorchError` also if the split does not exist.
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
        // If the hub cannot be reached, use the cache.
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
