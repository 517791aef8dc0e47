import Torch

extension SummaryWriter {
    /// Adds a tensor with its dtype and shape. TensorBoard has no page for it, but programs can read it from the file.
    /// PyTorch: `add_tensor`.
    /// - Parameters:
    ///   - tag: the name.
    ///   - tensor: of any dtype but complex32, complex64, uint16, uint32, uint64 and float8, and smaller than 2 GiB.
    ///   - globalStep: the step of the training run.
    ///   - walltime: the seconds since 1970; the default is now.
    public func addTensor(_ tag: String, _ tensor: Tensor, globalStep: Int? = nil, walltime: Double? = nil) {
        guard tensor.numel() < (1 << 31) / tensor.itemSize else {
            return raise(.value, "tensor is bigger than protocol buffer's hard limit of 2GB in size")
        }
        let elements: ProtoMessage, type: TensorProtoType
        let x = tensor.detach()
        switch x.dtype {
        case .float16, .bfloat16:
            // PyTorch writes the bits of a float32 there.
            type = x.dtype == .float16 ? .half : .bfloat16
            elements = ProtoMessage {
                $0.add(packed: 13, x.toArray(as: Float.self).map { Int(Int32(bitPattern: $0.bitPattern)) })
            }
        case .float32:
            type = .float
            elements = ProtoMessage { $0.add(packed: 5, x.toArray(as: Float.self)) }
        case .float64:
            type = .double
            elements = ProtoMessage { $0.add(packed: 6, x.toArray(as: Double.self)) }
        case .uint8:
            type = .uint8
            elements = ProtoMessage { $0.add(packed: 16, x.toArray(as: Int.self)) }
        case .int8, .int16, .int32:
            type = x.dtype == .int8 ? .int8 : x.dtype == .int16 ? .int16 : .int32
            elements = ProtoMessage { $0.add(packed: 7, x.toArray(as: Int.self)) }
        case .int64:
            type = .int64
            elements = ProtoMessage { $0.add(packed: 10, x.toArray(as: Int.self)) }
        case .bool:
            type = .bool
            elements = ProtoMessage { $0.add(packed: 11, x.toArray(as: Int.self)) }
        case .complex128:
            type = .complex128
            elements = ProtoMessage { $0.add(packed: 12, x.resolveConj().viewAsReal().toArray(as: Double.self)) }
        default: return raise(.value, "\(tag) has unsupported tensor dtype \(x.dtype)")
        }
        let summary = Summary(tag, plugin: Summary.Plugin(name: "tensor")) {
            $0.add(tensor: 8, type, shape: Array(x.shape)) { $0.append(elements) }
        }
        add(summary, globalStep, walltime)
    }

    /// Adds a sound. PyTorch: `add_audio`.
    /// - Parameters:
    ///   - tag: the name.
    ///   - sndTensor: the samples in -1...1, [length] or [1, length]. Others are clamped.
    ///   - globalStep: the step of the training run.
    ///   - sampleRate: the number of samples in a second, 1 to 2^31 - 1. PyTorch: `sample_rate`.
    ///   - walltime: the seconds since 1970; the default is now.
    public func addAudio(
        _ tag: String, _ sndTensor: Tensor, globalStep: Int? = nil, sampleRate: Int = 44100, walltime: Double? = nil
    ) {
        let sound = sndTensor.detach().squeeze()
        guard sound.dim == 1 else { return raise(.assertion, "input tensor should be 1 dimensional.") }
        // The sizes in a WAV file have 32 bits.
        guard sound.numel() < 1 << 30, let rate = UInt32(exactly: sampleRate), rate > 0, rate <= UInt32.max / 2 else {
            return raise(.value, "a WAV file cannot hold \(sound.numel()) samples at a rate of \(sampleRate)")
        }
        // In the sound's own dtype, as NumPy does, but 32767 is no float16.
        let wide = sound.itemSize == 2 && sound.dtype.isInexact ? sound.to(.float32) : sound
        let samples = noGrad { wide.clamp(min: -1, max: 1).mul(32767).to(.int16) }.toArray(as: Int16.self)
        func bytes<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
            withUnsafeBytes(of: value.littleEndian) { Array($0) }
        }
        // One channel of 16 bits: PCM, format 1.
        let size = UInt32(samples.count * 2)
        var file = Array("RIFF".utf8) + bytes(36 + size) + Array("WAVEfmt ".utf8) + bytes(UInt32(16))
        file += bytes(UInt16(1)) + bytes(UInt16(1)) + bytes(rate) + bytes(rate * 2) + bytes(UInt16(2))
        file += bytes(UInt16(16)) + Array("data".utf8) + bytes(size)
        for sample in samples { file += bytes(sample) }
        let summary = Summary(tag) {
            $0.add(6) {
                $0.add(1, Float(sampleRate))
                $0.add(2, 1)
                $0.add(3, samples.count)
                $0.add(4, file)
                $0.add(5, "audio/wav")
            }
        }
        add(summary, globalStep, walltime)
    }

    /// Adds a mesh or a cloud of points. PyTorch: `add_mesh`.
    /// - Parameters:
    ///   - tag: the name.
    ///   - vertices: the coordinates, [batch, count, 3].
    ///   - colors: red, green and blue of each vertex in 0...255, [batch, count, 3].
    ///   - faces: the indices of the vertices of each triangle, [batch, triangles, 3].
    ///   - configJSON: camera, lights and materials as JSON, with Three.js's names. PyTorch: `config_dict`.
    ///   - globalStep: the step of the training run.
    ///   - walltime: the seconds since 1970; the default is now.
    public func addMesh(
        _ tag: String, vertices: Tensor, colors: Tensor? = nil, faces: Tensor? = nil, configJSON: String = "{}",
        globalStep: Int? = nil, walltime: Double? = nil
    ) {
        let parts = [("VERTEX", 1, vertices as Tensor?), ("FACE", 2, faces), ("COLOR", 3, colors)]
            .compactMap { name, type, tensor in tensor.map { (name: name, type: type, tensor: $0.detach()) } }
        if let wrong = parts.first(where: { $0.tensor.dim != 3 }) {
            return raise(.value, "Tensor shape should be of shape BxNx3, but got \(wrong.tensor.shape).")
        }
        let components = parts.reduce(0) { $0 | 1 << $1.type }
        let summaries = parts.map { part in
            let shape = Array(part.tensor.shape)
            let content = ProtoMessage {
                $0.add(2, tag)
                $0.add(3, part.type)
                $0.add(5, configJSON)
                $0.add(packed: 6, shape)
                $0.add(7, components)
            }
            return Summary("\(tag)_\(part.name)", plugin: Summary.Plugin(name: "mesh", content: content)) {
                $0.add(tensor: 8, .float, shape: shape) { $0.add(packed: 5, part.tensor.toArray(as: Float.self)) }
            }
        }
        // One event for all parts, because they belong together.
        add(
            Event(step: globalStep, walltime: walltime) {
                $0.add(5) { message in for summary in summaries { message.add(1, summary.message) } }
            })
    }
}
