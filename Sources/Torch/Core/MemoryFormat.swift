/// The order of a tensor's elements in memory. PyTorch: `torch.memory_format`.
public enum MemoryFormat: Sendable, Hashable {
    /// Row-major. PyTorch: `torch.contiguous_format`.
    case contiguous
    /// Sizes [N, C, H, W] with the channels innermost in memory. PyTorch: `torch.channels_last`.
    case channelsLast
    /// Sizes [N, C, D, H, W] with the channels innermost in memory. PyTorch: `torch.channels_last_3d`.
    case channelsLast3d
    /// The input's format: its strides if they are dense, otherwise dense strides in the same order.
    /// PyTorch: `torch.preserve_format`.
    case preserve

    /// The dimensions from the innermost in memory to the outermost; nil for formats that do not fix a rank.
    private var channelOrder: [Int]? {
        switch self {
        case .contiguous, .preserve: nil
        case .channelsLast: [1, 3, 2, 0]
        case .channelsLast3d: [1, 4, 3, 2, 0]
        }
    }

    /// The name in PyTorch's errors.
    var errorName: String {
        switch self {
        case .contiguous: "Contiguous"
        case .channelsLast: "ChannelsLast"
        case .channelsLast3d: "ChannelsLast3d"
        case .preserve: "Preserve"
        }
    }

    /// Returns the dense layout of these sizes. Raises and returns nil if the rank does not fit the format.
    /// - Precondition: the format is not `preserve`.
    func layout(_ sizes: [Int]) -> Layout? {
        guard let order = channelOrder else { return Layout(sizes) }
        guard order.count == sizes.count else {
            raise(.runtime, "required rank \(order.count) tensor to use \(name) format")
            return nil
        }
        var strides = [Int](repeating: 1, count: sizes.count)
        var step = 1
        for d in order {
            strides[d] = step
            step = step &* max(sizes[d], 1)
        }
        return Layout(sizes, strides: strides, offset: 0)
    }

    /// Returns whether the elements are contiguous in this format's order.
    func fits(_ layout: Layout) -> Bool {
        guard let order = channelOrder else { return layout.isContiguous }
        guard order.count == layout.rank else { return false }
        var expected = 1
        for d in order where layout.sizes[d] != 1 {
            if layout.strides[d] != expected { return false }
            expected = expected &* layout.sizes[d]
        }
        return true
    }

    /// Returns whether the strides grow in this format's order; gaps are allowed. Ambiguous strides count as row-major.
    fileprivate func matches(_ layout: Layout) -> Bool {
        guard let order = channelOrder, order.count == layout.rank, layout.strides[1] != 0 else { return false }
        var least = 0
        for d in order {
            let (size, stride) = (layout.sizes[d], layout.strides[d])
            if size == 0 || stride < least || d == 0 && least == layout.strides[1] { return false }
            least = size > 1 ? stride &* size : stride
        }
        return true
    }

    private var name: String {
        switch self {
        case .contiguous: "contiguous_format"
        case .channelsLast: "channels_last"
        case .channelsLast3d: "channels_last_3d"
        case .preserve: "preserve_format"
        }
    }
}

extension MemoryFormat: CustomStringConvertible {
    /// PyTorch's name, for example `torch.channels_last`.
    public var description: String { "torch.\(name)" }
}

extension Layout {
    /// The format that the strides indicate. PyTorch: `suggest_memory_format`.
    var suggestedFormat: MemoryFormat {
        if rank == 4, MemoryFormat.channelsLast.matches(self) { return .channelsLast }
        if rank == 5, MemoryFormat.channelsLast3d.matches(self) { return .channelsLast3d }
        return .contiguous
    }

    /// Returns the layout of a copy in a memory format. Raises and returns nil if the rank does not fit.
    func copied(_ format: MemoryFormat) -> Layout? {
        if format != .preserve { return format.layout(sizes) }
        return isDense ? atOrigin : IterationOrder.resultLayout(sizes, [self])
    }
}
