/// Returns the dimensions of an assembled tensor in the order of its memory, from the outermost to the innermost, each
/// with the source's stride along it. A dimension that is used whole is merged into the next outer one if their strides
/// allow it. There is at least one.
func assembledParts(
    _ out: Layout, _ source: Layout, _ dims: [[Stretch]]
) -> [(stretches: [Stretch], stride: Int)] {
    var parts: [(stretches: [Stretch], stride: Int)] = []
    for d in dims.indices.sorted(by: { out.strides[$0] > out.strides[$1] }) {
        let (stretches, stride) = (dims[d], source.strides[d])
        if let last = parts.last, stretches.count == 1, stretches[0].start == 0, stretches[0].step == 1,
            last.stride == stretches[0].length * stride,
            last.stretches.allSatisfy({ $0.start == nil || $0.step == 1 })
        {
            let length = stretches[0].length
            parts[parts.count - 1] = (
                last.stretches.map {
                    Stretch(length: $0.length * length, start: $0.start.map { $0 * length }, step: 1)
                }, stride
            )
        } else {
            parts.append((stretches, stride))
        }
    }
    return parts.isEmpty ? [([Stretch(length: 1, start: 0)], 1)] : parts
}
