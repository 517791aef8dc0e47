import Foundation
import Locks
import Torch
import TorchFiles

/// Writes numbers of a training run to a table, `metrics.csv`. Lightning: `CSVLogger`.
///
/// ```swift
/// let logger = try CSVLogger("logs", name: "mnist")
/// for step in 0..<100 {
///     try logger.logMetrics(["loss": loss, "lr": 0.1], step: step)
/// }
/// try logger.save()
/// ```
///
/// The file is `saveDir/name/version_N/metrics.csv`. It has a row for each call and a column for each name, in
/// alphabetical order, and `step`. A name that appears later becomes a new column; earlier rows are empty there. Rows
/// wait in memory until a step whose number plus one is divisible by `flushLogsEveryNSteps`, or `save()`. A save that
/// adds no column appends whole rows; one that does replaces the file by a complete new one.
///
/// A logger may be used by several threads at once. When it is released, it saves.
public final class CSVLogger: Sendable {
    private typealias Row = [String: String]

    private struct State {
        /// The rows that are not in the file.
        var waiting: [Row] = []
        /// The columns of the file.
        var columns: [String] = []
    }

    /// The folder of the file. Lightning: `log_dir`.
    public let logDir: String
    private let prefix: String
    private let flushLogsEveryNSteps: Int
    private let state = Mutex(State())

    /// The path of the table.
    public var path: String { Files.join(logDir, "metrics.csv") }

    /// Creates a logger and its folder. A table that is already there is removed.
    /// - Parameters:
    ///   - saveDir: the folder of all runs. Lightning: `save_dir`.
    ///   - name: the name of the experiment, a folder in `saveDir`; it may be empty.
    ///   - version: the number of the run; the default is the first number that no run has.
    ///   - prefix: a text before each name, with a hyphen between them.
    ///   - flushLogsEveryNSteps: how many steps wait in memory, at least 1. Lightning: `flush_logs_every_n_steps`.
    /// - Throws: `TorchError` if the folder cannot be created or the table not be removed.
    public convenience init(
        _ saveDir: String, name: String = "lightning_logs", version: Int? = nil, prefix: String = "",
        flushLogsEveryNSteps: Int = 100
    ) throws {
        let runs = name.isEmpty ? saveDir : Files.join(saveDir, name)
        let number = version ?? CSVLogger.nextVersion(in: runs)
        try self.init(folder: Files.join(runs, "version_\(number)"), prefix, flushLogsEveryNSteps)
    }

    /// Like the initializer whose version is a number, for a version with a name. Its folder has that name.
    public convenience init(
        _ saveDir: String, name: String = "lightning_logs", version: String, prefix: String = "",
        flushLogsEveryNSteps: Int = 100
    ) throws {
        let runs = name.isEmpty ? saveDir : Files.join(saveDir, name)
        try self.init(folder: Files.join(runs, version), prefix, flushLogsEveryNSteps)
    }

    private init(folder: String, _ prefix: String, _ flushLogsEveryNSteps: Int) throws {
        logDir = folder
        self.prefix = prefix
        self.flushLogsEveryNSteps = max(1, flushLogsEveryNSteps)
        try Files.makeFolder(folder)
        if Files.exists(path) {
            warn("\(path) exists: it is replaced")
            guard unlink(path) == 0 else { throw TorchError(.file, "\(path): cannot remove: \(systemMessage())") }
        }
    }

    deinit { try? save() }

    private static func nextVersion(in folder: String) -> Int {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        let versions = names.compactMap { name -> Int? in
            guard name.hasPrefix("version_") else { return nil }
            return Int(name.split(separator: "_", omittingEmptySubsequences: false)[1])
        }
        return (versions.filter { (0..<Int.max).contains($0) }.max() ?? -1) + 1
    }

    /// Adds a row. Lightning: `log_metrics`.
    /// - Parameters:
    ///   - metrics: names, and numbers or tensors of one element.
    ///   - step: the step of the training run; the default is the number of rows that wait in memory.
    /// - Throws: `TorchError` if the rows are saved and the file cannot be written.
    public func logMetrics(_ metrics: KeyValuePairs<String, any TensorOperand>, step: Int? = nil) throws {
        try log(metrics.map { ($0.key, $0.value) }, step)
    }

    /// Like the function that takes a literal, for a dictionary.
    @_disfavoredOverload
    public func logMetrics(_ metrics: [String: some TensorOperand], step: Int? = nil) throws {
        try log(metrics.map { ($0.key, $0.value) }, step)
    }

    private func log(_ metrics: [(String, any TensorOperand)], _ step: Int?) throws {
        var row: Row = [:]
        for (name, value) in metrics { row[prefix.isEmpty ? name : "\(prefix)-\(name)"] = text(value) }
        if (try? throwIfFailed()) == nil { return }
        try state.withLock { state in
            let step = step ?? state.waiting.count
            row["step"] = String(step)
            state.waiting.append(row)
            if (step &+ 1) % flushLogsEveryNSteps == 0 { try save(&state) }
        }
    }

    /// Returns a number as Python writes it.
    private func text(_ value: any TensorOperand) -> String {
        let tensor = value.operand
        guard tensor.numel() == 1 else {
            raise(.runtime, "a Tensor with \(tensor.numel()) elements cannot be converted to Scalar")
            return ""
        }
        let scalar = tensor.detach().itemScalar()
        return switch scalar {
        case .bool(let value): value ? "True" : "False"
        case .double(let value): PythonRepr.of(value)
        case .int(let value): String(value)
        case .uint(let value): String(value)
        case .complex: scalar.description
        }
    }

    /// Writes all rows to the file. Lightning: `save`.
    /// - Throws: `TorchError` if the file cannot be written.
    public func save() throws { try state.withLock { try save(&$0) } }

    private func save(_ state: inout State) throws {
        if state.waiting.isEmpty { return }
        let columns = state.waiting.reduce(into: Set(state.columns)) { $0.formUnion($1.keys) }.sorted()
        if columns == state.columns, Files.exists(path) {
            try append(state.waiting.map { line($0, columns) }.joined())
        } else {
            let rows = try written(state.columns) + state.waiting
            let file = try OutputFile(path: path)
            try file.write(Array((header(columns) + rows.map { line($0, columns) }.joined()).utf8))
            try file.commit()
            state.columns = columns
        }
        state.waiting = []
    }

    /// Returns the rows of the file. Its fields are numbers, so they contain no commas; names may.
    private func written(_ columns: [String]) throws -> [Row] {
        guard !columns.isEmpty, Files.exists(path) else { return [] }
        var bytes: [UInt8] = []
        try FileSource(path).forEachPiece { bytes += $0 }
        let text = String(decoding: bytes.dropFirst(header(columns).utf8.count), as: UTF8.self)
        return text.split(separator: "\r\n").map { line in
            let fields = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            return Row(zip(columns, fields), uniquingKeysWith: { $1 })
        }
    }

    /// Appends text, whole or not at all.
    private func append(_ text: String) throws {
        let descriptor = open(path, O_WRONLY | O_APPEND | O_CLOEXEC)
        guard descriptor >= 0 else { throw TorchError(.file, "\(path): cannot write: \(systemMessage())") }
        defer { close(descriptor) }
        let size = lseek(descriptor, 0, SEEK_END)
        try Array(text.utf8).withUnsafeBytes { bytes in
            var done = 0
            while done < bytes.count {
                let count = write(descriptor, bytes.baseAddress! + done, bytes.count - done)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else {
                    let message = systemMessage()
                    ftruncate(descriptor, size)
                    throw TorchError(.file, "\(path): cannot write: \(message)")
                }
                done += count
            }
        }
    }

    private func header(_ columns: [String]) -> String { columns.map(quoted).joined(separator: ",") + "\r\n" }

    private func line(_ row: Row, _ columns: [String]) -> String {
        columns.map { row[$0] ?? "" }.joined(separator: ",") + "\r\n"
    }

    /// Returns a field in the form of RFC 4180.
    private func quoted(_ field: String) -> String {
        field.utf8.contains { ",\"\r\n".utf8.contains($0) }
            ? "\"\(field.replacing("\"", with: "\"\""))\"" : field
    }
}
