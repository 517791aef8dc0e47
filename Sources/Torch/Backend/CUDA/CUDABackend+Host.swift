/// Primitives that the CPU computes: their operands are copied there and back.
extension CUDABackend {
    func fourier(_ shape: FourierShape, out: Dense, _ input: Dense) -> Bool {
        onHost(reads: [input], writes: [out]) { Backends.cpu.fourier(shape, out: $0[1]!, $0[0]!) }
    }

    func decompose(_ form: DecompositionForm, _ arrays: DecompositionArrays) -> Bool {
        let all = [arrays.a, arrays.b, arrays.c, arrays.values, arrays.pivots, arrays.info]
        return onHost(updates: all) { here in
            Backends.cpu.decompose(
                form,
                DecompositionArrays(
                    a: here[0]!, b: here[1], c: here[2], values: here[3], pivots: here[4], info: here[5]!))
        }
    }

    func spectra(
        _ form: SpectraForm, values: Dense, left: Dense?, right: Dense?, info: Dense, overwriting matrices: Dense
    ) -> Bool {
        // Vectors may take the place of the matrices.
        onHost(writes: [values, left, right, info], updates: [matrices]) { here in
            Backends.cpu.spectra(
                form, values: here[0]!, left: here[1], right: here[2], info: here[3]!, overwriting: here[4]!)
        }
    }

    /// Gives `body` copies on the host of the operands that it reads, writes and updates, in this order, and copies
    /// back what it may have changed.
    private func onHost(
        reads: [Dense?] = [], writes: [Dense?] = [], updates: [Dense?] = [], _ body: (_ copies: [Dense?]) -> Bool
    ) -> Bool {
        var succeeds = true
        let attempted = CUDAContext.attempt {
            let operands = reads + writes + updates
            for case let operand? in operands { try check(operand.strided) }
            let copies = try operands.map { try $0.map { try host($0) } }
            for (i, (operand, copy)) in zip(operands, copies).enumerated()
            where !(reads.count..<reads.count + writes.count).contains(i) {
                guard let operand, let copy, operand.count > 0 else { continue }
                try context.copyOut(
                    copy.pointer, operand.strided.deviceAddress, operand.count * operand.dtype.itemSize)
            }
            let count = ErrorBox.errorCount
            succeeds = body(copies)
            guard ErrorBox.errorCount == count else { return }
            for (operand, copy) in zip(operands, copies).dropFirst(reads.count) {
                guard let operand, let copy, operand.count > 0 else { continue }
                try context.copyIn(operand.strided.deviceAddress, copy.pointer, operand.count * operand.dtype.itemSize)
            }
        }
        return attempted && succeeds
    }

    /// Returns memory of the host for the elements of an operand.
    private func host(_ operand: Dense) throws -> Dense {
        let bytes = operand.count * operand.dtype.itemSize
        guard let storage = Backends.cpu.allocate(byteCount: bytes) else { throw TorchError.outOfMemory(bytes) }
        return Dense(Strided(storage: storage, layout: Layout(operand.layout.sizes), dtype: operand.dtype))
    }
}
