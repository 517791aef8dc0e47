import Locks
import Torch
import TorchFiles

/// Writes what a training run does to files that TensorBoard shows. PyTorch: `torch.utils.tensorboard.SummaryWriter`.
///
/// ```swift
/// let writer = try SummaryWriter("runs/first")
/// for step in 0..<100 {
///     writer.addScalar("loss", loss, globalStep: step)
/// }
/// try writer.close()
/// ```
///
/// `tensorboard --logdir runs` shows the runs in a browser. A tag with slashes groups charts: `loss/train`.
///
/// The functions that add do not throw, so that a full disk does not end a training run. The first error of a file is
/// logged; ``flush()`` and ``close()`` throw it. The functions that write further files (`addHParams`,
/// `addEmbedding`) throw. A wrong shape is a programmer's mistake, as for every operator.
///
/// Events wait until there are `maxQueue` of them, or for `flushSecs` seconds. What was written survives any end of the
/// process. A writer may be used by several threads at once. When it is released, it closes.
///
/// `add_video`, `add_image_with_boxes` and `add_onnx_graph` of PyTorch are not here.
public final class SummaryWriter: Sendable {
    // This is a library of its own, and not a part of TorchVision, because a program that logs numbers should need
    // neither the libraries of image formats nor torchvision's models. The one thing that it would take from there, the
    // encoding of PNG files, is 60 lines over zlib (`PNGFile`), which every program needs for checkpoints anyway.

    private struct State {
        /// The main file; nil after `close`.
        var main: EventFileWriter?
        /// The files of `addScalars`, by their folders.
        var others: [String: EventFileWriter] = [:]
        var purgeStep: Int?
        var failure: TorchError?
        var projector = ProjectorConfig()
    }

    /// The folder of the files. PyTorch: `log_dir`, `get_logdir()`.
    public let logDir: String
    private let maxQueue: Int
    private let flushSecs: Double
    private let filenameSuffix: String
    private let state: Mutex<State>

    /// Creates a writer, its folder and an event file in it.
    /// - Parameters:
    ///   - logDir: the folder. The default is `runs/DATE_HOST`, with `comment` at its end. PyTorch: `log_dir`.
    ///   - comment: the end of the default folder's name. It has no effect if `logDir` is given.
    ///   - purgeStep: TensorBoard hides earlier events of this step and later ones: give the step from which a run goes
    ///     on after a crash, with the same `logDir`. PyTorch: `purge_step`.
    ///   - maxQueue: the number of events that wait in memory until all are written. PyTorch: `max_queue`.
    ///   - flushSecs: the number of seconds after which waiting events are written. PyTorch: `flush_secs`.
    ///   - filenameSuffix: the end of every event file's name. PyTorch: `filename_suffix`.
    /// - Throws: `TorchError` if the folder or the file cannot be created.
    public init(
        _ logDir: String? = nil, comment: String = "", purgeStep: Int? = nil, maxQueue: Int = 10,
        flushSecs: Double = 120, filenameSuffix: String = ""
    ) throws {
        if let logDir, !logDir.isEmpty {
            self.logDir = logDir
        } else {
            self.logDir = "runs/\(Clock.folderName)_\(Host.name)\(comment)"
        }
        self.maxQueue = maxQueue
        self.flushSecs = flushSecs
        self.filenameSuffix = filenameSuffix
        state = Mutex(State(purgeStep: purgeStep))
        try state.withLock { _ = try openMain(&$0) }
    }

    /// Like the initializer whose folder has no label.
    public convenience init(
        logDir: String?, comment: String = "", purgeStep: Int? = nil, maxQueue: Int = 10, flushSecs: Double = 120,
        filenameSuffix: String = ""
    ) throws {
        try self.init(
            logDir, comment: comment, purgeStep: purgeStep, maxQueue: maxQueue, flushSecs: flushSecs,
            filenameSuffix: filenameSuffix)
    }

    deinit { try? close() }

    private func openFile(_ folder: String) throws -> EventFileWriter {
        try EventFileWriter(folder, maxQueue: maxQueue, flushSecs: flushSecs, filenameSuffix: filenameSuffix)
    }

    /// Returns the main file. Opens a new one after `close`.
    private func openMain(_ state: inout State) throws -> EventFileWriter {
        if let main = state.main { return main }
        let main = try openFile(logDir)
        state.main = main
        if let step = state.purgeStep {
            main.add(Event(step: step, walltime: nil) { $0.add(3, "brain.Event:2") }.message)
            // SessionLog.START
            main.add(Event(step: step, walltime: nil) { $0.add(7) { $0.add(1, 1) } }.message)
            state.purgeStep = nil
        }
        return main
    }

    /// Adds an event to the main file, or to the file of a folder. Does nothing after a mistake inside `withError`.
    func add(_ event: Event, folder: String? = nil) {
        do {
            try throwIfFailed()
        } catch {
            return
        }
        state.withLock { state in
            do {
                let main = try openMain(&state)
                guard let folder else { return main.add(event.message) }
                let file = try state.others[folder] ?? openFile(folder)
                state.others[folder] = file
                file.add(event.message)
            } catch {
                if state.failure != nil { return }
                state.failure = error as? TorchError ?? TorchError(.file, "\(error)")
                warn("\(error)")
            }
        }
    }

    /// Adds a value of a summary.
    func add(_ summary: Summary, _ step: Int?, _ walltime: Double?, folder: String? = nil) {
        add(Event(step: step, walltime: walltime) { $0.add(5) { $0.add(1, summary.message) } }, folder: folder)
    }

    /// Adds to the list of embeddings and writes the new list. While one thread does so, others wait: an older list
    /// must not replace a newer one.
    /// - Throws: what `write` throws. The list is then as before.
    func addToProjector(_ embedding: ProjectorConfig.Embedding, _ write: (ProjectorConfig) throws -> Void) throws {
        try state.withLock {
            var projector = $0.projector
            projector.embeddings.append(embedding)
            try write(projector)
            $0.projector = projector
        }
    }

    /// Writes all events to the files. PyTorch: `flush`.
    /// - Throws: `TorchError` if these or earlier events could not be written.
    public func flush() throws {
        let (files, failure) = state.withLock { ([$0.main].compactMap { $0 } + $0.others.values, $0.failure) }
        try forEach(files, failure) { try $0.flush() }
    }

    /// Calls a function for every file, also after errors.
    /// - Throws: the earlier error, otherwise the first of the function.
    private func forEach(
        _ files: [EventFileWriter], _ earlier: TorchError?, _ body: (EventFileWriter) throws -> Void
    ) throws {
        var first: (any Error)? = earlier
        for file in files {
            do {
                try body(file)
            } catch {
                first = first ?? error
            }
        }
        if let first { throw first }
    }

    /// Writes all events and closes the files. Events that are added later go to new files. PyTorch: `close`.
    /// - Throws: `TorchError` if events could not be written.
    public func close() throws {
        let (files, failure) = state.withLock { state in
            defer {
                state.main = nil
                state.others = [:]
                state.failure = nil
            }
            return ([state.main].compactMap { $0 } + state.others.values, state.failure)
        }
        try forEach(files, failure) { try $0.close() }
    }
}

/// An event: one record of a file.
struct Event {
    let message: ProtoMessage

    /// Creates an event.
    /// - Parameters:
    ///   - step: the step of the training run, if it has one.
    ///   - walltime: the seconds since 1970; nil for now.
    ///   - content: adds the field that holds the content.
    init(step: Int?, walltime: Double?, _ content: (inout ProtoMessage) -> Void) {
        message = ProtoMessage {
            $0.add(1, walltime ?? Clock.now)
            $0.add(2, step ?? 0)
            content(&$0)
        }
    }
}
