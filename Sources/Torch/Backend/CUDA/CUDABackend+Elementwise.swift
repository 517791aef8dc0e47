import CTorchKernels

extension CUDABackend {
    func pointwise(_ formula: Formula, compute: DType, out: Strided, _ inputs: [Strided]) -> Bool {
        var found = true
        CUDAContext.attempt {
            found = try elementwise(
                KernelKey(.pointwise, UInt64(formula.rawValue), [compute, out.dtype] + inputs.map(\.dtype)), out, inputs
            ) { walk in
                KernelSource.pointwise(
                    formula, compute: compute, out: out.dtype, inputs: inputs.map(\.dtype), walk)
            }
        }
        return found
    }

    /// Returns false, so that the caller uses `pointwise`.
    func pointwiseContiguous(
        _ formula: Formula, compute: DType, count: Int, out: UnsafeMutableRawPointer, _ a: UnsafeRawPointer,
        _ b: UnsafeRawPointer?
    ) -> Bool { false }

    func fill(out: Strided, _ value: Scalar) {
        if out.count == 0 { return }
        CUDAContext.attempt {
            try check(out)
            // Elements repeated by stride 0 are written once.
            let sizes = zip(out.layout.sizes, out.layout.strides).map { $1 == 0 ? 1 : $0 }
            var target = out
            target.layout = Layout(sizes, strides: out.layout.strides, offset: out.layout.offset)
            var number = Number()
            number.set(value, out.dtype)
            if number.isZero, target.layout.isContiguous {
                return try context.clear(target.deviceAddress, target.count * out.dtype.itemSize)
            }
            try convert(target, .number(number, out.dtype))
        }
    }

    func copy(out: Strided, _ source: Strided) { copy(out, source, waits: true) }
    func copyLater(out: Strided, _ source: Strided) { copy(out, source, waits: false) }

    private func copy(_ out: Strided, _ source: Strided, waits: Bool) {
        if out.count == 0 { return }
        CUDAContext.attempt {
            if source.storage.device == device, out.storage.device == device { return try copyInside(out, source) }
            if source.storage.isOnHost { return try copyIn(out, source, waits: waits) }
            if out.storage.isOnHost { return try copyOut(out, source, waits: waits) }
            guard source.storage.device.kind == .cuda else {
                throw TorchError(.notImplemented, "Cannot copy out of \(source.storage.device) tensor; no data!")
            }
            try copyBetween(out, source)
        }
    }

    // MARK: Copies

    private func copyInside(_ out: Strided, _ source: Strided) throws {
        if out.dtype == source.dtype, out.layout.isContiguousAndMatches(source.layout) {
            return try context.copy(out.deviceAddress, source.deviceAddress, out.count * out.dtype.itemSize)
        }
        try convert(out, .memory(source))
    }

    private func convert(_ out: Strided, _ source: Operand) throws {
        _ = try elementwise(
            KernelKey(
                out.dtype == source.dtype ? .copy : .convert, 0,
                out.dtype == source.dtype
                    ? [.ofSize(out.dtype.itemSize)] : [out.dtype, source.dtype]), out, [source]
        ) { walk in KernelSource.copy(out: out.dtype, input: source.dtype, walk) }
    }

    /// Copies a tensor from the host to the device. If the result has no gaps, the host converts the elements and puts
    /// them in the result's order before the copy. Otherwise they are copied to scratch memory of the device first.
    private func copyIn(_ out: Strided, _ source: Strided, waits: Bool) throws {
        try check(out)
        if source.count == 1 { return try convert(out, .of(source)) }
        let target = out.layout.isDense && !out.layout.repeats ? out.layout.atOrigin : Layout(out.layout.sizes)
        let bytes = out.count * out.dtype.itemSize
        if out.dtype == source.dtype, target.isContiguous, source.layout.isContiguousAndMatches(target),
            out.layout.isContiguous
        {
            return try context.copyIn(out.deviceAddress, source.pointer, bytes, waits: waits)
        }
        guard let host = Backends.cpu.allocate(byteCount: bytes) else { throw TorchError.outOfMemory(bytes) }
        let staged = Strided(storage: host, layout: target, dtype: out.dtype)
        Backends.cpu.copy(out: staged, source)
        if target.strides == out.layout.strides {
            return try context.copyIn(out.deviceAddress, host.pointer, bytes)
        }
        try withScratch(bytes) { address in
            try context.copyIn(address, host.pointer, bytes)
            try convert(out, .address(address, target, out.dtype))
        }
    }

    /// Copies a tensor from the device to the host. The device converts the elements and, if the result has no
    /// gaps, puts them in the result's order.
    private func copyOut(_ out: Strided, _ source: Strided, waits: Bool) throws {
        try check(source)
        let target = out.layout.isDense && !out.layout.repeats ? out.layout.atOrigin : Layout(out.layout.sizes)
        let bytes = out.count * out.dtype.itemSize
        func toHost(_ pointer: UnsafeMutableRawPointer) throws {
            if out.dtype == source.dtype, source.layout.sizes == out.layout.sizes,
                source.layout.strides == target.strides
            {
                return try context.copyOut(pointer, source.deviceAddress, bytes, waits: waits)
            }
            try withScratch(bytes) { address in
                try convertTo(address, target, out.dtype, source)
                try context.copyOut(pointer, address, bytes, waits: waits)
            }
        }
        if target.strides == out.layout.strides { return try toHost(out.pointer) }
        guard let host = Backends.cpu.allocate(byteCount: bytes) else { throw TorchError.outOfMemory(bytes) }
        // This memory is not pinned, so the copy has ended when `toHost` returns.
        try toHost(host.pointer)
        Backends.cpu.copy(out: out, Strided(storage: host, layout: target, dtype: out.dtype))
    }

    func convertTo(_ address: UInt64, _ layout: Layout, _ dtype: DType, _ source: Strided) throws {
        _ = try elementwise(
            KernelKey(
                dtype == source.dtype ? .copy : .convert, 0,
                dtype == source.dtype
                    ? [.ofSize(dtype.itemSize)] : [dtype, source.dtype]), .address(address, layout, dtype),
            [.memory(source)]
        ) { walk in KernelSource.copy(out: dtype, input: source.dtype, walk) }
    }

    /// Copies between the memory of two devices, through contiguous memory on both sides.
    private func copyBetween(_ out: Strided, _ source: Strided) throws {
        let devices = try CUDADevices.shared.get()
        func backend(_ device: Device) throws -> CUDABackend {
            CUDABackend(try devices.context(devices.number(of: device) ?? 0))
        }
        let from = try backend(source.storage.device), to = try backend(out.storage.device)
        let target = Layout(out.layout.sizes), bytes = out.count * out.dtype.itemSize
        try from.withScratch(bytes) { packed in
            try from.convertTo(packed, target, out.dtype, source)
            if out.layout.isContiguous {
                return try from.context.copy(to: to.context, out.deviceAddress, packed, bytes)
            }
            try to.withScratch(bytes) { arrived in
                try from.context.copy(to: to.context, arrived, packed, bytes)
                try to.convert(out, .address(arrived, target, out.dtype))
            }
        }
    }

    // MARK: Walks

    /// An operand of an elementwise kernel.
    enum Operand {
        case memory(Strided)
        case address(UInt64, Layout, DType)
        /// An element that is passed by value, in the kernel's arguments.
        case number(Number, DType)

        /// Memory, or the number of a 0-dimensional tensor on the host.
        static func of(_ strided: Strided) -> Operand {
            guard strided.storage.isOnHost, strided.count == 1 else { return .memory(strided) }
            var number = Number()
            number.set(from: strided.pointer, strided.dtype)
            return .number(number, strided.dtype)
        }

        var layout: Layout {
            switch self {
            case .memory(let strided): strided.layout
            case .address(_, let layout, _): layout
            case .number: .scalar
            }
        }
        var dtype: DType {
            switch self {
            case .memory(let strided): strided.dtype
            case .address(_, _, let dtype), .number(_, let dtype): dtype
            }
        }
        /// The address of the first element; 0 for a number.
        var address: UInt64 {
            switch self {
            case .memory(let strided): strided.deviceAddress
            case .address(let address, _, _): address
            case .number: 0
            }
        }
        var number: Number {
            if case .number(let number, _) = self { return number }
            return Number()
        }
    }

    private func elementwise(
        _ key: KernelKey, _ out: Strided, _ inputs: [Strided], _ source: (KernelSource.Walk) -> KernelSource?
    ) throws -> Bool {
        try elementwise(key, .memory(out), inputs.map { .of($0) }, source)
    }

    private func elementwise(
        _ key: KernelKey, _ out: Strided, _ inputs: [Operand], _ source: (KernelSource.Walk) -> KernelSource?
    ) throws -> Bool {
        try elementwise(key, .memory(out), inputs, source)
    }

    /// Launches an elementwise kernel with the walk that fits. Returns false if there is no such kernel.
    private func elementwise(
        _ key: KernelKey, _ out: Operand, _ inputs: [Operand], _ source: (KernelSource.Walk) -> KernelSource?
    ) throws -> Bool {
        for case .memory(let operand) in inputs + [out] { try check(operand) }
        let count = out.layout.count
        return try Loops.with(out.layout.sizes, [out.layout] + inputs.map(\.layout)) { loops in
            let walk = Self.walk(loops, out, inputs, count)
            guard let kernel = try context.kernel(key.with(walk), { source(walk) }) else { return false }
            if count == 0 { return true }
            let block = 128
            // Contiguous kernels give each thread two times 16 bytes of the widest operand.
            let widest = ([out] + inputs).map(\.dtype.itemSize).max()!
            let threads = walk == .contiguous ? (count + 32 / widest - 1) / (32 / widest) : count
            let most = context.multiprocessorCount * context.threadsPerMultiprocessor / block
            let grid = max(1, min(most, (threads + block - 1) / block))
            try context.launch(kernel, grid: (grid, 1), block: (block, 1)) { arguments in
                Self.pack(out, inputs, &arguments)
                switch walk {
                case .contiguous:
                    arguments.add(Int64(count))
                    var singles: UInt32 = 0
                    // All threads read a single element. A result of one element may share memory with an input.
                    for (k, input) in inputs.enumerated()
                    where input.address == 0 || loops.rank > 0 && loops.strides(k + 1)[0] == 0 { singles |= 1 << k }
                    arguments.add(singles)
                case .strided:
                    arguments.add(UInt32(count))
                    Self.packFew(loops, &arguments)
                case .wide:
                    arguments.add(Int64(count))
                    Self.packMany(loops, &arguments)
                }
            }
            return true
        }
    }

    private static func walk(_ loops: Loops, _ out: Operand, _ inputs: [Operand], _ count: Int) -> KernelSource.Walk {
        func steps(_ k: Int) -> Int64 { loops.rank == 0 ? 0 : loops.strides(k)[0] }
        if loops.rank == 0 || (loops.rank == 1 && steps(0) == 1) {
            let isContiguous = ([out] + inputs).enumerated().allSatisfy { k, operand in
                let step = steps(k)
                return step == 0 || (step == 1 && operand.address % 16 == 0)
            }
            // A single result may be anywhere.
            if isContiguous { return .contiguous }
        }
        guard loops.rank <= 5, count < 1 << 31 else { return .wide }
        let fits = (0...inputs.count).allSatisfy { k in
            (0..<loops.rank).reduce(Int64(0)) { $0 + (loops.sizes[$1] - 1) * loops.strides(k)[$1] } < 1 << 31
        }
        return fits ? .strided : .wide
    }

    /// Packs `Operands` of elementwise.cuh.
    private static func pack(_ out: Operand, _ inputs: [Operand], _ arguments: inout KernelArguments) {
        arguments.align(16)
        arguments.add(out.address)
        for input in inputs { arguments.add(input.address) }
        arguments.align(16)
        for input in inputs {
            arguments.add(input.number.low)
            arguments.add(input.number.high)
        }
    }

    /// Packs `FewDims`, the innermost dimension first.
    private static func packFew(_ loops: Loops, _ arguments: inout KernelArguments) {
        arguments.add(Int32(loops.rank))
        for d in 0..<5 {
            let divisor = Divisor(d < loops.rank ? UInt32(loops.sizes[loops.rank - 1 - d]) : 1)
            arguments.add(divisor.divisor)
            arguments.add(divisor.magic)
            arguments.add(divisor.shift)
        }
        for k in 0..<loops.operands {
            for d in 0..<5 { arguments.add(d < loops.rank ? Int32(loops.strides(k)[loops.rank - 1 - d]) : 0) }
        }
    }

    /// Packs `ManyDims`.
    private static func packMany(_ loops: Loops, _ arguments: inout KernelArguments) {
        arguments.align(8)
        arguments.add(Int32(loops.rank))
        arguments.align(8)
        for d in 0..<64 { arguments.add(d < loops.rank ? loops.sizes[loops.rank - 1 - d] : 1) }
        for k in 0..<loops.operands {
            for d in 0..<64 { arguments.add(d < loops.rank ? loops.strides(k)[loops.rank - 1 - d] : 0) }
        }
    }
}

/// An element of any dtype, in the form of a kernel argument.
struct Number {
    fileprivate(set) var low: UInt64 = 0, high: UInt64 = 0

    var isZero: Bool { low == 0 && high == 0 }

    mutating func set(_ value: Scalar, _ dtype: DType) {
        withUnsafeMutableBytes(of: &self) { write(value, as: dtype, to: $0.baseAddress!) }
    }
    mutating func set(from pointer: UnsafeRawPointer, _ dtype: DType) {
        withUnsafeMutableBytes(of: &self) { $0.baseAddress!.copyMemory(from: pointer, byteCount: dtype.itemSize) }
    }
}

/// A divisor below 2^31 as elementwise.cuh divides by it: n / divisor is (n · magic / 2^32 + n) / 2^shift.
struct Divisor {
    let divisor, magic, shift: UInt32

    init(_ divisor: UInt32) {
        self.divisor = divisor
        var shift: UInt32 = 0
        while shift < 32, UInt64(1) << UInt64(shift) < UInt64(divisor) { shift += 1 }
        self.shift = shift
        let distance = (UInt64(1) << UInt64(shift)) - UInt64(divisor)
        magic = UInt32((distance << 32) / UInt64(divisor) + 1)
    }
}

/// What identifies a kernel of a context, in one word: its family, a number and up to six dtypes.
struct KernelKey {
    enum Family: UInt64 {
        case pointwise, copy, convert, reduce, reduceWide, moments, power, rows, products, arg, index, scan, assemble
        case compact, search, sort, random, normalize, pool, resample, grid, convolution, attention, recurrent, ctc,
            choose
        case rejection
    }
    private(set) var value: UInt64

    init(_ family: Family, _ number: UInt64, _ dtypes: [DType]) {
        var value = number << 8 | family.rawValue << 2
        for (k, dtype) in dtypes.enumerated() { value |= (UInt64(dtype.rawValue) + 1) << UInt64(28 + 6 * k) }
        self.value = value
    }

    /// The key of the kernel with this walk.
    fileprivate func with(_ walk: KernelSource.Walk) -> UInt64 {
        value | (walk == .contiguous ? 0 : walk == .strided ? 1 : 2)
    }
}

extension DType {
    /// A dtype whose elements have this size.
    fileprivate static func ofSize(_ size: Int) -> DType {
        switch size {
        case 1: .uint8
        case 2: .int16
        case 4: .int32
        case 8: .int64
        default: .complex128
        }
    }
}

extension Layout {
    /// Whether a stride of 0 repeats elements.
    fileprivate var repeats: Bool { zip(sizes, strides).contains { $0 > 1 && $1 == 0 } }
}
