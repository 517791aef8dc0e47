import CTorchKernels

extension CPUBackend {
    func resample(out: Dense, _ input: Dense, _ axes: [Resampling?], adjoint: Bool) -> Bool {
        guard canCompute(input, by: "upsample") else { return false }
        if out.count == 0 { return true }
        let sizes = (input.layout.sizes, out.layout.sizes)
        let rounds = ResamplingMap.rounds(axes, input.dtype)
        let maps = ResamplingMap.of(axes, from: sizes.0, to: sizes.1, input.dtype, adjoint: adjoint)
        let numbers: [Int64] = maps.flatMap { map in map.map { $0.offsets + $0.indices } ?? [] }
        let weights: [Double] = maps.flatMap { $0?.weights ?? [] }
        return hadMemory(
            numbers.withUnsafeBufferPointer { numbers in
                weights.withUnsafeBufferPointer { weights in
                    var (number, weight) = (0, 0)
                    let axes = maps.enumerated().map { d, map in
                        var axis = st_resample_axis()
                        (axis.in, axis.out) = (Int64(sizes.0[d + 1]), Int64(sizes.1[d + 1]))
                        if let map {
                            axis.offsets = numbers.baseAddress! + number
                            axis.indices = numbers.baseAddress! + number + map.offsets.count
                            axis.weights = weights.baseAddress.map { $0 + weight }
                            number += map.offsets.count + map.indices.count
                            weight += map.weights.count
                        }
                        return axis
                    }
                    var shape = st_resample_shape(
                        outer: Int64(sizes.0[0]), inner: Int64(sizes.0[4]), axis: (axes[0], axes[1], axes[2]))
                    return rounds
                        ? st_resample_rounding(
                            &shape, out.pointer.assumingMemoryBound(to: UInt8.self),
                            input.pointer.assumingMemoryBound(to: UInt8.self))
                        : st_resample(&shape, out.pointer, input.pointer, input.dtype.kernel)
                }
            })
    }
}
