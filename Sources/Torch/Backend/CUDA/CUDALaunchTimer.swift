/// Measures what one primitive gives to a CUDA device, by two events on the thread's current stream. The time includes
/// gaps between the primitive's kernels.
struct CUDALaunchTimer {
    private let device: Device
    private let mark: Mark
    private let stream: CUDAStream
    private let begin: CUDAEvent

    /// An event on a device, and when it happened by the host's clock.
    private struct Mark: Sendable {
        let event: CUDAEvent
        let time: UInt64

        /// Waits for the device, so that the two times belong together.
        init(_ stream: CUDAStream) {
            event = CUDAEvent(enableTiming: true)
            event.record(stream)
            event.synchronize()
            time = ProfileRecorder.now
        }
    }

    /// Begins to measure. Returns nil for other devices, and while a graph is captured, whose events have no time.
    init?(_ device: Device, _ recorder: ProfileRecorder) {
        guard device.kind == .cuda, !cuda.isCurrentStreamCapturing() else { return nil }
        self.device = device
        stream = .inUse(on: device)
        let stream = stream
        mark = recorder.deviceMarks.withLock { marks in
            if let known = marks[device] as? Mark { return known }
            let new = Mark(stream)
            marks[device] = new
            return new
        }
        begin = CUDAEvent(enableTiming: true)
        begin.record(stream)
    }

    /// Ends the measurement.
    func stop() -> ProfiledRange.DeviceLaunch {
        let end = CUDAEvent(enableTiming: true)
        end.record(stream)
        let (mark, begin) = (mark, begin)
        return ProfiledRange.DeviceLaunch(device: device, stream: stream.number) {
            end.synchronize()
            let start = mark.event.elapsedTime(begin), duration = begin.elapsedTime(end)
            guard start >= 0, duration >= 0 else { return nil }
            let first = mark.time + UInt64(start * 1e6)
            return first..<first + UInt64(duration * 1e6)
        }
    }
}
