import CZlib
import Foundation

/// Writes a trace as JSON in the Trace Event Format, with the members that PyTorch writes.
struct ChromeTraceWriter {
    private let file: OutputFile
    private var compressor: GzipCompressor?
    private var text = ""
    private var isFirst = true
    /// What the times of the file count from, in nanoseconds since 1970: the begin of a day, so that they keep their
    /// precision in a double.
    private var base: UInt64 = 0
    private var trace: ProfileTrace?

    /// Creates the file. It appears when it is complete.
    init(_ path: String) throws {
        file = try OutputFile(path: path)
        compressor = path.hasSuffix(".gz") ? try GzipCompressor() : nil
    }

    /// Writes the whole file.
    mutating func write(_ trace: ProfileTrace, metadata: [(key: String, value: String)]) throws {
        self.trace = trace
        base = trace.startSince1970 / 86_400_000_000_000 * 86_400_000_000_000
        try writeHead(trace, metadata)
        try writeThreads(trace)
        for event in trace.moduleCalls { try write(event, category: "python_function") }
        for event in trace.events {
            if event.deviceType == .cuda { continue }
            if event.kind == .function, event.nanoseconds.isEmpty, event.name == "[memory]" { continue }
            if event.isAsync || event.overlapsOthers {
                try writeAsync(event)
            } else {
                try write(event, category: event.isUserAnnotation ? "user_annotation" : "cpu_op")
            }
            for kernel in event.kernels { try write(kernel, launchedBy: event) }
        }
        try writeFlows(trace)
        for thread in trace.threads { for change in thread.memory { try write(change, thread) } }
        try writeSpan(trace)
        text += "\n  ],\n  \"traceName\": \(JSONScanner.quoted(file.name))\n}\n"
        try flush(isLast: true)
        try file.commit()
    }

    // MARK: Parts

    private mutating func writeHead(_ trace: ProfileTrace, _ metadata: [(key: String, value: String)]) throws {
        let options = trace.options
        text += "{\n  \"schemaVersion\": 1,\n  \"deviceProperties\": [],\n"
        for (name, isOn) in [
            ("record_shapes", options.recordsShapes), ("profile_memory", options.recordsMemory),
            ("with_stack", options.recordsStacks), ("with_flops", options.recordsFlops),
            ("with_modules", options.recordsModules)
        ] where isOn {
            text += "  \"\(name)\": 1,\n"
        }
        text += "  \"host_name\": \(JSONScanner.quoted(ProfileTrace.hostName)),\n"
        for (key, value) in metadata { text += "  \(JSONScanner.quoted(key)): \(JSONScanner.quoted(value)),\n" }
        text += "  \"displayTimeUnit\": \"ms\",\n  \"baseTimeNanoseconds\": \(base),\n  \"traceEvents\": ["
    }

    /// Writes the names of the process, the threads and the devices.
    private mutating func writeThreads(_ trace: ProfileTrace) throws {
        let process = ProcessInfo.processInfo.processName, pid = getpid()
        func meta(_ name: String, _ pid: Int, _ tid: Int, _ arguments: String) -> String {
            "\"ph\": \"M\", \"name\": \"\(name)\", \"ts\": \(time(trace.start)), \"pid\": \(pid), \"tid\": \(tid), \"args\": {\(arguments)}"
        }
        try add(meta("process_name", Int(pid), 0, "\"name\": \(JSONScanner.quoted(process))"))
        try add(meta("process_labels", Int(pid), 0, "\"labels\": \"CPU\""))
        try add(meta("process_sort_index", Int(pid), 0, "\"sort_index\": \(pid)"))
        for (i, thread) in trace.threads.enumerated() {
            let number = Int(thread.number), name = thread.name.isEmpty ? process : thread.name
            try add(
                meta("thread_name", Int(pid), number, "\"name\": \(JSONScanner.quoted("thread \(number) (\(name))"))"))
            try add(meta("thread_sort_index", Int(pid), number, "\"sort_index\": \(i)"))
        }
        let kernels = trace.events.filter { $0.deviceType == .cuda }
        for device in Set(kernels.map(\.deviceIndex)).sorted() {
            try add(meta("process_name", device, 0, "\"name\": \(JSONScanner.quoted(process))"))
            try add(meta("process_labels", device, 0, "\"labels\": \"GPU \(device)\""))
            try add(meta("process_sort_index", device, 0, "\"sort_index\": \(5_000_000 + device)"))
            for stream in Set(kernels.filter { $0.deviceIndex == device }.map(\.thread)).sorted() {
                try add(meta("thread_name", device, stream, "\"name\": \"stream \(stream)\""))
                try add(meta("thread_sort_index", device, stream, "\"sort_index\": \(stream)"))
            }
        }
    }

    private mutating func write(_ event: FunctionEvent, category: String) throws {
        try add(
            "\"ph\": \"X\", \"cat\": \"\(category)\", \"name\": \(JSONScanner.quoted(event.name)), \(place(of: event)), "
                + "\"ts\": \(time(event.nanoseconds.lowerBound)), \"dur\": \(duration(event.nanoseconds)), "
                + "\"args\": {\(arguments(of: event))}")
    }

    /// An event that is not inside those around it has a line of its own.
    private mutating func writeAsync(_ event: FunctionEvent) throws {
        let name = JSONScanner.quoted(event.name)
        for (phase, thread, when) in [
            ("b", event.thread, event.nanoseconds.lowerBound),
            ("e", event.endThread ?? event.thread, event.nanoseconds.upperBound)
        ] {
            try add(
                "\"ph\": \"\(phase)\", \"cat\": \"user_annotation\", \"name\": \(name), \"id\": \(event.id), \"pid\": \(getpid()), \"tid\": \(thread), \"ts\": \(time(when)), \"args\": {\(arguments(of: event))}"
            )
        }
    }

    private mutating func write(_ kernel: FunctionEvent, launchedBy event: FunctionEvent) throws {
        let name = JSONScanner.quoted(kernel.name), id = kernel.id
        try add(
            "\"ph\": \"X\", \"cat\": \"kernel\", \"name\": \(name), \"pid\": \(kernel.deviceIndex), \"tid\": \(kernel.thread), "
                + "\"ts\": \(time(kernel.nanoseconds.lowerBound)), \"dur\": \(duration(kernel.nanoseconds)), "
                + "\"args\": {\"External id\": \(event.id), \"device\": \(kernel.deviceIndex), \"stream\": \(kernel.thread), \"correlation\": \(id)}"
        )
        try writeFlow(
            "ac2g", id: id, from: (place(of: event), event.nanoseconds.lowerBound),
            to: ("\"pid\": \(kernel.deviceIndex), \"tid\": \(kernel.thread)", kernel.nanoseconds.lowerBound))
    }

    /// Writes the arrows from the operators that recorded steps to the steps of the backward pass.
    private mutating func writeFlows(_ trace: ProfileTrace) throws {
        for event in trace.events where event.kind == .evaluation {
            guard let forward = event.forward, let step = event.cpuChildren.first(where: \.isBackward) else { continue }
            try writeFlow(
                "fwdbwd", id: event.id, from: (place(of: forward), forward.nanoseconds.lowerBound),
                to: (place(of: step), step.nanoseconds.lowerBound))
        }
    }

    private mutating func writeFlow(
        _ name: String, id: Int, from: (place: String, time: UInt64), to: (place: String, time: UInt64)
    ) throws {
        try add(
            "\"ph\": \"s\", \"id\": \(id), \(from.place), \"ts\": \(time(from.time)), \"cat\": \"\(name)\", \"name\": \"\(name)\""
        )
        try add(
            "\"ph\": \"f\", \"id\": \(id), \(to.place), \"ts\": \(time(to.time)), \"cat\": \"\(name)\", \"name\": \"\(name)\", \"bp\": \"e\""
        )
    }

    private mutating func write(_ change: ProfiledMemory, _ thread: ProfileRecorder.Thread) throws {
        let isCUDA = change.device.kind == .cuda
        try add(
            "\"ph\": \"i\", \"cat\": \"cpu_instant_event\", \"s\": \"t\", \"name\": \"[memory]\", \"pid\": \(getpid()), \"tid\": \(thread.number), \"ts\": \(time(change.time)), "
                + "\"args\": {\"Total Reserved\": 0, \"Total Allocated\": \(change.total), \"Bytes\": \(change.bytes), \"Device Id\": \(isCUDA ? change.device.index ?? 0 : -1), \"Device Type\": \(isCUDA ? 1 : 0), \"Addr\": \(change.address)}"
        )
    }

    private mutating func writeSpan(_ trace: ProfileTrace) throws {
        try add(
            "\"ph\": \"X\", \"cat\": \"Trace\", \"name\": \"PyTorch Profiler (0)\", \"pid\": \"Spans\", \"tid\": \"PyTorch Profiler\", \"ts\": \(time(trace.start)), \"dur\": \(duration(trace.start..<trace.end)), \"args\": {\"Op count\": 0}"
        )
        for (name, when) in [("Iteration Start: PyTorch Profiler", trace.start), ("Record Window End", trace.end)] {
            try add(
                "\"ph\": \"i\", \"s\": \"g\", \"name\": \"\(name)\", \"pid\": \"Traces\", \"tid\": \"Trace PyTorch Profiler\", \"ts\": \(time(when))"
            )
        }
    }

    // MARK: Members

    private func place(of event: FunctionEvent) -> String { "\"pid\": \(getpid()), \"tid\": \(event.thread)" }

    private func arguments(of event: FunctionEvent) -> String {
        var parts = ["\"External id\": \(event.id)"]
        if event.sequenceNr >= 0 { parts.append("\"Sequence number\": \(event.sequenceNr)") }
        if let thread = event.fwdThread { parts.append("\"Fwd thread id\": \(thread)") }
        if !event.inputShapes.isEmpty {
            let types = event.inputDTypes.map { JSONScanner.quoted($0.map { $0.cName } ?? "") }.joined(separator: ", ")
            parts.append("\"Input Dims\": \(event.inputShapes), \"Input type\": [\(types)]")
            parts.append("\"Input Strides\": \(event.inputStrides)")
        }
        if event.flops > 0 { parts.append("\"flops\": \(event.flops)") }
        if let module = event.moduleHierarchy { parts.append("\"Module Hierarchy\": \(JSONScanner.quoted(module))") }
        if !event.stack.isEmpty {
            parts.append("\"Call stack\": \(JSONScanner.quoted(event.stack.reversed().joined(separator: ";")))")
        }
        parts.append("\"Ev Idx\": \(event.id)")
        return parts.joined(separator: ", ")
    }

    /// Microseconds with three digits, exactly.
    private func time(_ clock: UInt64) -> String {
        guard let trace else { return "0" }
        return ChromeTraceWriter.decimal(trace.startSince1970 - base &+ (clock &- trace.start))
    }

    private func duration(_ time: Range<UInt64>) -> String {
        ChromeTraceWriter.decimal(time.upperBound - time.lowerBound)
    }

    private static func decimal(_ nanoseconds: UInt64) -> String {
        let rest = String(nanoseconds % 1000)
        return "\(nanoseconds / 1000).\(String(repeating: "0", count: 3 - rest.utf8.count))\(rest)"
    }

    // MARK: Bytes

    private mutating func add(_ members: String) throws {
        text += isFirst ? "\n    {" : ",\n    {"
        text += members
        text += "}"
        isFirst = false
        if text.utf8.count > 1 << 20 { try flush(isLast: false) }
    }

    private mutating func flush(isLast: Bool) throws {
        let bytes = Array(text.utf8)
        text = ""
        try file.write(compressor?.compress(bytes, isLast: isLast) ?? bytes)
    }
}

/// Compresses bytes in gzip's format.
private final class GzipCompressor {
    private var stream = z_stream()

    init() throws {
        // 15 bits of window, and 16 for gzip's header.
        let status = deflateInit2_(
            &stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else { throw TorchError(.runtime, "not enough memory to compress a trace") }
    }

    /// Returns what the bytes, after those before, become.
    func compress(_ bytes: [UInt8], isLast: Bool) -> [UInt8] {
        var input = bytes, result: [UInt8] = [], room = [UInt8](repeating: 0, count: 1 << 16)
        input.withUnsafeMutableBufferPointer { input in
            stream.next_in = input.baseAddress
            stream.avail_in = UInt32(input.count)
            repeat {
                room.withUnsafeMutableBufferPointer { room in
                    stream.next_out = room.baseAddress
                    stream.avail_out = UInt32(room.count)
                    _ = deflate(&stream, isLast ? Z_FINISH : Z_NO_FLUSH)
                    result += room[..<(room.count - Int(stream.avail_out))]
                }
            } while stream.avail_out == 0
        }
        return result
    }

    deinit { deflateEnd(&stream) }
}
