/// The streams of a backward pass. A node runs on the stream of its forward step. A gradient that another stream takes
/// over is waited for there, by an event. After the pass, the caller's streams wait for all others.
struct GradientStreams {
    /// The streams on which nodes have run.
    private var used: Set<CUDAStream> = []

    /// What a thread's current stream and device were.
    struct Outer {
        fileprivate let stream: CUDAStream
        fileprivate let device: Int

        func restore() {
            stream.makeCurrent()
            CUDADevices.current = device
        }
    }

    /// Makes a node's stream the current one. Returns what was current, or nil if nothing was changed.
    mutating func enter(_ stream: CUDAStream?) -> Outer? {
        guard let stream else { return nil }
        used.insert(stream)
        let outer = Outer(stream: .inUse(on: stream.device), device: CUDADevices.current)
        if outer.stream == stream, .cuda(outer.device) == stream.device { return nil }
        stream.makeCurrent()
        CUDADevices.current = stream.number(of: stream.device)
        return outer
    }

    /// Makes the receiver's stream wait for a gradient that the current stream computes, and makes it the current one.
    /// Returns what was current, or nil if nothing was changed.
    mutating func hand(_ grad: Tensor, to receiver: CUDAStream?) -> Outer? {
        guard let receiver, grad.device == receiver.device else { return nil }
        let sender = CUDAStream.inUse(on: grad.device)
        if sender == receiver { return nil }
        receiver.waitStream(sender)
        grad.recordStream(receiver)
        return enter(receiver)
    }

    /// Makes the current streams wait for all streams on which nodes have run.
    func join() {
        for stream in used {
            let current = CUDAStream.inUse(on: stream.device)
            if current != stream { current.waitStream(stream) }
        }
    }
}
