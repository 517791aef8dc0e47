import Foundation
import Torch
import TorchDistributed

/// Writes a trace of one training step, in the form that Chrome and Perfetto show: the backward pass of each layer, and
/// the reductions of the buckets: `mpirun -n 2 distributed-test trace FILE`.
enum Trace {
    /// An interval, in microseconds of the machine's clock.
    private struct Event: Codable {
        let name: String
        let ph: String
        let ts, dur: Double
        let pid, tid: Int

        init(_ name: String, _ start: Double, _ end: Double, row: Int) {
            self.name = name
            ph = "X"
            (ts, dur) = (start, end - start)
            (pid, tid) = (dist.rank, row)
        }
    }

    private static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) * 1e6 + Double(time.tv_nsec) / 1e3
    }

    /// Notes when works end: a thread asks them again and again.
    private final class Observer: @unchecked Sendable {
        private let lock = NSLock()
        private var open: [(name: String, start: Double, work: Work)] = []
        private var events: [Event] = []
        private var isStopping = false

        func add(_ name: String, _ work: Work) {
            lock.withLock { open.append((name, Trace.now(), work)) }
        }

        func start() {
            Thread.detachNewThread { [self] in
                while lock.withLock({ look() }) { usleep(50) }
            }
        }

        private func look() -> Bool {
            let end = Trace.now()
            open.removeAll { entry in
                guard entry.work.isCompleted else { return false }
                events.append(Event(entry.name, entry.start, end, row: 1))
                return true
            }
            return !isStopping
        }

        func stop() -> [Event] {
            lock.withLock {
                isStopping = true
                _ = look()
                return events
            }
        }
    }

    static func run(_ path: String) throws {
        manualSeed(0)
        let layers: [Linear] = (0..<8).map { _ in Linear(768, 768) }
        let model = DistributedDataParallel(Sequential(layers), bucketCapMb: 2)
        let observer = Observer()
        model.registerCommHook { bucket in
            noGrad { _ = bucket.buffer.div_(bucket.group.size) }
            guard let work = dist.allReduce(bucket.buffer, asyncOp: true) else { return { bucket.buffer } }
            observer.add("bucket \(bucket.index)", work)
            return {
                work.wait()
                return bucket.buffer
            }
        }
        var last = 0.0
        var events: [Event] = []
        for (i, layer) in layers.enumerated() {
            layer.registerFullBackwardHook { _, _, _ in
                let end = now()
                events.append(Event("backward of layer \(i)", last, end, row: 0))
                last = end
                return nil
            }
        }
        // With a gradient of the input, each layer's hook runs at the end of its backward pass.
        let x = Tensor.randn([256, 768]).requiresGrad_()
        observer.start()
        var span = (0.0, 0.0)
        for step in 0..<4 {
            let loss = model(x).pow(2).mean()
            dist.barrier()
            if step == 3 { events = [] }
            last = now()
            span.0 = last
            loss.backward()
            span.1 = now()
            events.append(Event("the wait for the last buckets", last, span.1, row: 0))
        }
        let reductions = observer.stop().filter { $0.ts >= span.0 }
        let layersEnd = events.last?.ts ?? span.1
        // Of the time in which a bucket was on its way, the part before the last layer's backward pass ended.
        var covered = 0.0, hidden = 0.0, end = 0.0
        for event in reductions.sorted(by: { $0.ts < $1.ts }) {
            let start = max(event.ts, end)
            end = max(end, event.ts + event.dur)
            covered += max(0, end - start)
            hidden += max(0, min(end, layersEnd) - start)
        }
        let all = try dist.allGatherObject(events + reductions).flatMap { $0 }
        guard dist.rank == 0 else { return }
        try JSONEncoder().encode(all).write(to: URL(fileURLWithPath: path))
        let format = { (time: Double) in String(format: "%.1f ms", time / 1000) }
        print(
            "backward pass \(format(span.1 - span.0)), reductions \(format(covered)), of them \(format(hidden)) beside it"
        )
    }
}
