import Torch

extension SwinTransformer {
    /// Attention within the windows of an image [N, H, W, dim]. A bias that depends on the distance of two patches is
    /// added to their score. If the windows are shifted, patches at the image's borders that are no neighbours do not
    /// attend to each other. PyTorch: `torchvision.models.swin_transformer.ShiftedWindowAttention`.
    public class ShiftedWindowAttention: Module, Layer {
        /// The height and width of a window, and the shifts of the windows in both.
        public final let windowSize, shiftSize: [Int]
        /// The number of heads.
        public final let numHeads: Int
        /// The probability that a weight is dropped in training.
        public final let attentionDropout: Double
        /// The probability that an element of the result is dropped in training.
        public final let dropout: Double
        /// The biases of all distances, [distances, numHeads]; nil if `cpbMlp` computes them.
        @Parameter public final var relativePositionBiasTable: Tensor?
        /// The factors of the heads' cosines, as logarithms, [numHeads, 1, 1]; nil if scores are products.
        @Parameter public final var logitScale: Tensor?
        /// The distances from which `cpbMlp` computes biases, [1, heights, widths, 2], in a logarithmic measure.
        @Buffer public final var relativeCoordsTable: Tensor?
        /// The row of each pair of patches in the table of biases, [patches · patches].
        @Buffer public final var relativePositionIndex: Tensor
        /// The linear layer that computes queries, keys and values.
        public final let qkv: Linear
        /// The linear layer behind the attention.
        public final let proj: Linear
        /// Computes the biases of distances; nil if they are learned.
        public final let cpbMlp: Sequential?

        /// Creates attention with random weights.
        /// - Parameters:
        ///   - dim: the channels.
        ///   - windowSize: the height and width of a window.
        ///   - shiftSize: the shifts of the windows in height and width.
        ///   - numHeads: the number of heads, which divides `dim`.
        ///   - qkvBias: whether queries, keys and values have a bias.
        ///   - projBias: whether the linear layer behind the attention has a bias.
        ///   - attentionDropout: the probability that a weight is dropped.
        ///   - dropout: the probability that an element of the result is dropped.
        public convenience init(
            _ dim: Int, _ windowSize: [Int], _ shiftSize: [Int], _ numHeads: Int, qkvBias: Bool = true,
            projBias: Bool = true, attentionDropout: Double = 0, dropout: Double = 0
        ) {
            self.init(
                dim, windowSize, shiftSize, numHeads, qkvBias, projBias, attentionDropout, dropout, isSecond: false)
        }

        fileprivate init(
            _ dim: Int, _ windowSize: [Int], _ shiftSize: [Int], _ numHeads: Int, _ qkvBias: Bool, _ projBias: Bool,
            _ attentionDropout: Double, _ dropout: Double, isSecond: Bool
        ) {
            let isValid = windowSize.count == 2 && shiftSize.count == 2
            if !isValid { raise(.value, "window_size and shift_size must be of length 2") }
            let window = isValid ? windowSize : [1, 1]
            self.windowSize = window
            self.shiftSize = isValid ? shiftSize : [0, 0]
            self.numHeads = numHeads
            self.attentionDropout = attentionDropout
            self.dropout = dropout
            qkv = Linear(dim, dim &* 3, bias: qkvBias)
            proj = Linear(dim, dim, bias: projBias)
            let (height, width) = (window[0], window[1])
            relativePositionIndex = TorchVision.relativePositionIndex(height, width).flatten()
            if isSecond {
                cpbMlp = Sequential(Linear(2, 512), ReLU(inplace: true), Linear(512, numHeads, bias: false))
                relativeCoordsTable = ShiftedWindowAttention.coordinates(height, width)
                logitScale = (Tensor.ones(numHeads, 1, 1) * 10).log()
            } else {
                cpbMlp = nil
                let distances = (2 &* height &- 1) &* (2 &* width &- 1)
                relativePositionBiasTable = Init.truncNormal_(Tensor.zeros(distances, numHeads), std: 0.02)
            }
            super.init()
            if isSecond, let bias = qkv.bias { Init.zeros_(bias.detach().narrow(0, dim, dim)) }
        }

        /// Returns the distances in height and width, ±log₂(1 + 8 · share of the largest) / 3.
        private static func coordinates(_ height: Int, _ width: Int) -> Tensor {
            func line(_ size: Int) -> Tensor {
                let share = Tensor.arange(0 &- (size &- 1), size, dtype: .float32) / (size &- 1) * 8
                return share.sign() * (share.abs() + 1).log2() / 3
            }
            let (rows, columns) = (line(height), line(width))
            let sizes = [rows.size(0), columns.size(0)]
            return stack([rows.unsqueeze(1).expand(sizes), columns.unsqueeze(0).expand(sizes)], dim: -1).unsqueeze(0)
        }

        /// Computes the result, [N, H, W, dim], without calling the hooks.
        public final func forward(_ input: Tensor) -> Tensor {
            if let failure = unpackingFailure(input, 4) { return failure }
            guard windowSize[0] > 0, windowSize[1] > 0 else {
                return .failed(.value, "integer modulo by zero")
            }
            let windows = Windows(input, size: windowSize, shift: shiftSize)
            let channels = input.size(3), headDim = floorDivide(channels, numHeads)
            let x = windows.split(input)
            let parts = x.linear(qkv.weight, qkvBias).reshape(x.size(0), x.size(1), x.size(2), 3, numHeads, headDim)
                .permute(3, 0, 1, 4, 2, 5)
            var (query, key) = (parts.select(0, 0), parts.select(0, 1))
            if let logitScale {
                // The largest factor is 100.
                query = query.normalize(dim: -1) * logitScale.clamp(max: 4.605170185988092).exp()
                key = key.normalize(dim: -1)
            } else {
                query = query * (1 / Double(headDim).squareRoot())
            }
            var bias = relativePositionBias
            if let mask = windows.mask(like: x) { bias = bias + mask }
            let attended = biasedAttention(
                query, key, parts.select(0, 2), bias: bias, dropout: attentionDropout, training: isTraining)
            let result = attended.transpose(2, 3).reshape(x.shape).linear(proj.weight, proj.bias)
            return windows.join(F.dropout(result, p: dropout, training: isTraining))
        }

        /// The biases of all pairs of a window's patches, [1, numHeads, patches, patches].
        private final var relativePositionBias: Tensor {
            let length = windowSize[0] &* windowSize[1]
            if let cpbMlp, let relativeCoordsTable {
                let table = cpbMlp(relativeCoordsTable).view(-1, numHeads)
                return TorchVision.relativePositionBias(table, relativePositionIndex, length: length).sigmoid() * 16
            }
            guard let table = relativePositionBiasTable else {
                return .failed(.type, "'NoneType' object is not subscriptable")
            }
            return TorchVision.relativePositionBias(table, relativePositionIndex, length: length)
        }

        /// The bias of queries, keys and values. With cosines, that of the keys is 0.
        private final var qkvBias: Tensor? {
            guard logitScale != nil, let bias = qkv.bias else { return qkv.bias }
            let third = bias.numel() / 3
            let zeros = Tensor.zeros(third, dtype: bias.dtype, device: bias.device)
            return cat([bias.narrow(0, 0, third), zeros, bias.narrow(0, 2 * third, third)], dim: 0)
        }
    }

    /// Like `ShiftedWindowAttention`, but scores are cosines, and a small network computes the biases of distances.
    /// PyTorch: `torchvision.models.swin_transformer.ShiftedWindowAttentionV2`.
    public final class ShiftedWindowAttentionV2: ShiftedWindowAttention {
        /// Creates attention with random weights. The parameters are those of `ShiftedWindowAttention`.
        public init(
            _ dim: Int, _ windowSize: [Int], _ shiftSize: [Int], _ numHeads: Int, qkvBias: Bool = true,
            projBias: Bool = true, attentionDropout: Double = 0, dropout: Double = 0
        ) {
            super.init(
                dim, windowSize, shiftSize, numHeads, qkvBias, projBias, attentionDropout, dropout, isSecond: true)
        }
    }
}

/// How an image [N, H, W, C] is divided into windows.
private struct Windows {
    /// The height and width of the image, and of the image with zeros to whole windows.
    let image, padded: [Int]
    /// The number of windows in height and width.
    let grid: [Int]
    /// The height and width of a window.
    let size: [Int]
    /// The shifts; 0 in a dimension that has one window.
    let shift: [Int]

    init(_ image: Tensor, size: [Int], shift: [Int]) {
        let sides = [image.size(1), image.size(2)]
        let grid = zip(sides, size).map { $0 / $1 + ($0 % $1 == 0 ? 0 : 1) }
        let padded = zip(grid, size).map { $0 &* $1 }
        self.image = sides
        self.size = size
        self.grid = grid
        self.padded = padded
        self.shift = (0..<2).map { size[$0] >= padded[$0] ? 0 : shift[$0] }
    }

    private var isShifted: Bool { shift[0] &+ shift[1] > 0 }

    /// Returns the windows of an image, [N, windows, patches, C].
    func split(_ image: Tensor) -> Tensor {
        var x = image
        if padded != self.image { x = x.pad([0, 0, 0, padded[1] - self.image[1], 0, padded[0] - self.image[0]]) }
        if isShifted { x = x.roll(shift.map { 0 &- $0 }, dims: [1, 2]) }
        return x.reshape(x.size(0), grid[0], size[0], grid[1], size[1], x.size(3)).permute(0, 1, 3, 2, 4, 5)
            .reshape(x.size(0), grid[0] &* grid[1], size[0] &* size[1], x.size(3))
    }

    /// The inverse of `split`.
    func join(_ windows: Tensor) -> Tensor {
        var x = windows.reshape(windows.size(0), grid[0], grid[1], size[0], size[1], windows.size(-1))
            .permute(0, 1, 3, 2, 4, 5).reshape(windows.size(0), padded[0], padded[1], windows.size(-1))
        if isShifted { x = x.roll(shift, dims: [1, 2]) }
        return x.narrow(1, 0, image[0]).narrow(2, 0, image[1]).contiguous()
    }

    /// Returns what is added to the scores, [windows, 1, patches, patches]: -100 for patches that are no neighbours in
    /// the image, because the shift brought them into one window; nil if the windows are not shifted.
    func mask(like x: Tensor) -> Tensor? {
        guard isShifted else { return nil }
        func regions(_ i: Int) -> Tensor {
            let whole = padded[i] - size[i]
            let moved = shift[i] > 0 ? max(0, padded[i] &- shift[i]) : 0 &- shift[i]
            let position = Tensor.arange(padded[i], device: x.device)
            return position.ge(whole).to(.int64).maskedFill(position.ge(moved), 2)
        }
        let ids = ((regions(0) * 3).unsqueeze(1) + regions(1).unsqueeze(0))
            .view(grid[0], size[0], grid[1], size[1]).permute(0, 2, 1, 3)
            .reshape(grid[0] &* grid[1], size[0] &* size[1])
        let differ = ids.unsqueeze(1).ne(ids.unsqueeze(2)).unsqueeze(1)
        return Tensor.zeros([1], dtype: x.dtype, device: x.device).maskedFill(differ, -100)
    }
}
