import CTorchKernels

/// Creates tensors from memory that was read from a file. The file's description of them is untrusted and is checked.
enum FileTensor {
    /// Creates a tensor as a file describes it.
    /// - Throws: `Flaw` with the reason. The caller adds the location.
    static func make(
        _ storage: Storage, _ sizes: [Int], strides: [Int], offset: Int, _ dtype: DType
    ) throws(Flaw) -> Tensor {
        guard sizes.count <= Layout.maxRank else {
            throw Flaw("\(sizes.count) dimensions; at most \(Layout.maxRank) can be read")
        }
        guard strides.count == sizes.count else { throw Flaw("\(sizes.count) sizes and \(strides.count) strides") }
        guard let count = Layout.checkedCount(sizes) else { throw Flaw("impossible sizes \(sizes)") }
        let elements = storage.byteCount / dtype.itemSize
        let outside = Flaw(
            "sizes \(sizes), strides \(strides) and offset \(offset) reach outside a storage of \(elements) elements")
        guard offset >= 0, offset <= elements else { throw outside }
        for (size, stride) in zip(sizes, strides) {
            // A dimension that is never stepped along may have any stride. Strides are kept small so that arithmetic on
            // views cannot overflow.
            let (span, overflow) = max(size, 1).multipliedReportingOverflow(by: stride)
            guard stride >= 0, !overflow, count == 0 || span < 1 << 56, count != 0 || stride < 1 << 56 && span < 1 << 62
            else { throw outside }
        }
        do {
            return try Tensor(storage: storage, layout: Layout(sizes, strides: strides, offset: offset), dtype: dtype)
        } catch {
            throw outside
        }
    }

    /// The reason why a description is wrong.
    struct Flaw: Error {
        let message: String
        init(_ message: String) { self.message = message }
    }

    /// Converts bytes of a file to elements: every non-zero bool becomes 1, and numbers get this machine's byte order.
    static func normalize(_ storage: Storage, _ dtype: DType, isSwapped: Bool = false) {
        let count = storage.byteCount / dtype.itemSize
        if dtype == .bool {
            let bytes = storage.pointer.assumingMemoryBound(to: UInt8.self)
            for i in 0..<count where bytes[i] > 1 { bytes[i] = 1 }
        } else if isSwapped {
            let parts = dtype.isComplex ? count * 2 : count
            switch dtype.toReal.itemSize {
            case 2: swapBytes(storage, parts, as: UInt16.self)
            case 4: swapBytes(storage, parts, as: UInt32.self)
            case 8: swapBytes(storage, parts, as: UInt64.self)
            default: break
            }
        }
    }

    private static func swapBytes<T: FixedWidthInteger>(_ storage: Storage, _ count: Int, as type: T.Type) {
        let words = storage.pointer.assumingMemoryBound(to: T.self)
        for i in 0..<count { words[i] = words[i].byteSwapped }
    }
}
