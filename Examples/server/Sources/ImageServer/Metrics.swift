import Synchronization

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Counts what the server does, for `GET /metrics`.
final class Metrics: Sendable {
    private struct Key: Hashable {
        let path: String
        let status: Int
    }

    private struct State {
        var requests: [Key: Int] = [:]
        /// The requests to `/classify` that took at most each of `bounds`, and all of them.
        var latencies = [Int](repeating: 0, count: Metrics.bounds.count)
        var count = 0
        var seconds = 0.0
        var batches = 0
        var images = 0
    }

    private static let bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
    private let state = Mutex(State())

    func noteRequest(path: String, status: Int, time: Duration) {
        let seconds = Double(time.components.seconds) + Double(time.components.attoseconds) * 1e-18
        state.withLock {
            $0.requests[Key(path: path, status: status), default: 0] += 1
            guard path == "/classify" else { return }
            $0.count += 1
            $0.seconds += seconds
            for i in Metrics.bounds.indices.reversed() {
                if seconds > Metrics.bounds[i] { break }
                $0.latencies[i] += 1
            }
        }
    }

    func noteBatch(of count: Int) {
        state.withLock {
            $0.batches += 1
            $0.images += count
        }
    }

    /// Returns the counters in Prometheus' text form.
    func text(queued: Int, uploading: Int) -> String {
        let state = state.withLock { $0 }
        var lines: [String] = []
        func metric(_ name: String, _ kind: String, _ help: String) {
            lines.append("# HELP \(name) \(help)")
            lines.append("# TYPE \(name) \(kind)")
        }
        metric("server_requests_total", "counter", "Requests that were answered.")
        for (key, count) in state.requests.sorted(by: { ($0.key.path, $0.key.status) < ($1.key.path, $1.key.status) }) {
            lines.append("server_requests_total{path=\"\(key.path)\",status=\"\(key.status)\"} \(count)")
        }
        metric("server_classify_seconds", "histogram", "Time from the head of a request to its answer.")
        for (bound, count) in zip(Metrics.bounds, state.latencies) {
            lines.append("server_classify_seconds_bucket{le=\"\(bound)\"} \(count)")
        }
        lines.append("server_classify_seconds_bucket{le=\"+Inf\"} \(state.count)")
        lines.append("server_classify_seconds_sum \(state.seconds)")
        lines.append("server_classify_seconds_count \(state.count)")
        metric("server_batches_total", "counter", "Forward passes of the model.")
        lines.append("server_batches_total \(state.batches)")
        metric("server_images_total", "counter", "Images in these forward passes.")
        lines.append("server_images_total \(state.images)")
        metric("server_queued_requests", "gauge", "Requests that wait for the model.")
        lines.append("server_queued_requests \(queued)")
        metric("server_upload_bytes", "gauge", "Bytes of the bodies in memory.")
        lines.append("server_upload_bytes \(uploading)")
        if let resident = Metrics.residentBytes {
            metric("process_resident_memory_bytes", "gauge", "Resident memory.")
            lines.append("process_resident_memory_bytes \(resident)")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The memory of the process, where the system has a file that says it.
    private static var residentBytes: Int? {
        guard let file = fopen("/proc/self/statm", "r") else { return nil }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 128)
        guard fgets(&line, 128, file) != nil else { return nil }
        let fields = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            .split(separator: " ")
        return fields.count > 1 ? Int(fields[1]).map { $0 * sysconf(Int32(_SC_PAGESIZE)) } : nil
    }
}
