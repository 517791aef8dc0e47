import CTorchKernels

extension CPUBackend {
    func assemble(out: Strided, _ source: Strided, _ dims: [[Stretch]], filler: Scalar) {
        // In the order of the result's memory. A dimension that is shown whole is part of the one outside it, where that goes from neighbour to neighbour.
        var parts: [(stretches: [Stretch], stride: Int)] = []
        for d in dims.indices.sorted(by: { out.layout.strides[$0] > out.layout.strides[$1] }) {
            let (stretches, stride) = (dims[d], source.layout.strides[d])
            if let last = parts.last, stretches.count == 1, stretches[0].start == 0, stretches[0].step == 1, last.stride == stretches[0].length * stride,
               last.stretches.allSatisfy({ $0.start == nil || $0.step == 1 }) {
                let length = stretches[0].length
                parts[parts.count - 1] = (last.stretches.map { Stretch(length: $0.length * length, start: $0.start.map { $0 * length }, step: 1) }, stride)
            } else {
                parts.append((stretches, stride))
            }
        }
        if parts.isEmpty { parts.append(([Stretch(length: 1, start: 0)], 1)) }
        let flat = parts.flatMap { $0.stretches.map { st_stretch(length: Int64($0.length), start: Int64($0.start ?? -1), step: Int64($0.step)) } }
        var number = (UInt64(0), UInt64(0))
        withUnsafeMutableBytes(of: &number) { number in
            write(filler, as: out.dtype, to: number.baseAddress!)
            flat.withUnsafeBufferPointer { flat in
                var next = flat.baseAddress!
                let assembled = parts.map { part in
                    defer { next += part.stretches.count }
                    return st_assembled(stretches: next, count: Int64(part.stretches.count), stride: Int64(part.stride))
                }
                st_assemble(Int32(assembled.count), assembled, out.pointer, source.pointer, number.baseAddress!, out.dtype.itemSize)
            }
        }
    }
}
