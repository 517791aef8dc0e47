import CTorchKernels

extension CUDABackend {
    func reduceArg(max: Bool, values: Strided?, indices: Strided?, _ input: Strided, dims: [Int]) -> Bool {
        CUDAContext.attempt {
            try check(values, indices, input)
            guard let layout = (values ?? indices)?.layout else { return }
            try ReducePlan.with(input.layout, layout, dims, inOrder: true) { plan in
                if plan.results == 0 { return }
                let element = input.dtype.cudaElement
                let key = KernelKey(.arg, (max ? 1 : 0) + (plan.most == 8 ? 0 : 2), [input.dtype])
                let kernel = try context.kernel(key.value) {
                    input.dtype.isComplex || input.dtype.isForStorage
                        ? nil
                        : KernelSource(
                            "arg_\(max ? "max" : "min")_\(input.dtype.name)_\(plan.most)", header: "arg",
                            "(const \(element) *in, \(element) *values, long long *indices, ReduceShape<\(plan.most)> shape, long long count) { Arg<\(element), \(max), \(plan.most)>::rows(in, values, indices, shape, count); }"
                        )
                }
                guard let kernel else {
                    throw TorchError(
                        .notImplemented, "\"max_values_cuda\" not implemented for '\(input.dtype.scalarTypeName)'")
                }
                try context.launch(kernel, grid: (plan.results, 1), block: (256, 1)) {
                    $0.add(input.deviceAddress)
                    $0.add(values?.deviceAddress ?? 0)
                    $0.add(indices?.deviceAddress ?? 0)
                    plan.pack(&$0)
                    $0.add(Int64(plan.count))
                }
            }
        }
    }

    /// An index that is out of range is found by the kernel. Its error is raised when something waits for the device.
    func indexGet(out: Strided, _ input: Strided, _ indices: [IndexOperand], wraps: Bool) -> Bool {
        CUDAContext.attempt {
            try check(out, input)
            for index in indices { try check(index.index.strided) }
            if out.count == 0 { return }
            try Loops.with(room: out.layout.rank, operands: indices.count + 2) { loops in
                for size in out.layout.sizes { loops.append(size) }
                loops.setStrides(0, out.layout)
                loops.setStrides(1, input.layout)
                for (k, index) in indices.enumerated() {
                    for (d, stride) in index.strides.enumerated() { loops.strides(k + 2)[d] = Int64(stride) }
                }
                loops.order()
                loops.merge()
                guard loops.rank <= 8, indices.count <= 8 else {
                    throw TorchError(
                        .notImplemented,
                        "indexGet of more than 8 dimensions or indices has no kernel for the device \(device) yet; use Tensor.cpu() for it"
                    )
                }
                let size = out.dtype.itemSize, word = KernelSource.word(ofSize: size)
                let kernel = try context.kernel(KernelKey(.index, UInt64(size), []).value) {
                    KernelSource(
                        "index_get_\(size)", header: "index",
                        "(const \(word) *in, \(word) *out, IndexShape shape, long long n, Mistake *mistake) { index_get<\(word)>(in, out, shape, n, mistake); }"
                    )
                }!
                try context.launch(kernel, grid: (blocks(for: out.count), 1), block: (256, 1)) { arguments in
                    arguments.add(input.deviceAddress)
                    arguments.add(out.deviceAddress)
                    for number in [loops.rank, indices.count, wraps ? 1 : 0, 0] { arguments.add(Int32(number)) }
                    for d in 0..<8 { arguments.add(d < loops.rank ? loops.sizes[loops.rank - 1 - d] : 1) }
                    for k in 0..<10 {
                        for d in 0..<8 {
                            let exists = k < loops.operands && d < loops.rank
                            arguments.add(exists ? loops.strides(k)[loops.rank - 1 - d] : 0)
                        }
                    }
                    func add(_ value: (IndexOperand) -> Int64) {
                        for k in 0..<8 { arguments.add(k < indices.count ? value(indices[k]) : 0) }
                    }
                    add { Int64(bitPattern: $0.index.strided.deviceAddress) }
                    add { Int64($0.size) }
                    add { Int64($0.step) }
                    arguments.add(Int64(out.count))
                    arguments.add(context.mistake.address)
                }
            }
        }
        return true
    }
}
