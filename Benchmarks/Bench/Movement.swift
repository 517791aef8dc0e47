import Torch

extension Case {
    /// Views. Their cost does not depend on their size.
    static func views() -> [String: Case] {
        let a = Tensor.arange(24, dtype: .float32).view(4, 6), row = Tensor.arange(6, dtype: .float32)
        return [
            "slice": Case { a.slice(0, 1, 3) },
            "select": Case { a.select(0, 2) },
            "transpose view": Case { a.t() },
            "expand": Case { row.expand(4, 6) },
            "unsqueeze": Case { row.unsqueeze(0) }
        ]
    }

    /// Copies in another order, of 1,000,000 elements.
    static func movement() -> [String: Case] {
        manualSeed(0)
        let a = Tensor.randn(1000, 1000), half = Tensor.randn(1000, 500), other = Tensor.randn(1000, 500),
            row = Tensor.randn(1000)
        let images = Tensor.randn(16, 61, 32, 32), doubles = a.double(), bytes = a.gt(0)
        let many = (0..<100).map { _ in Tensor.randn(10, 1000) }
        return [
            "cat dim 1": Case { cat([half, other], dim: 1) },
            "cat of 100": Case { cat(many, dim: 0) },
            "stack": Case { stack([half, other], dim: 0) },
            "stack dim 2": Case { stack([half, other], dim: 2) },
            "flip dim 0": Case { a.flip(0) },
            "flip dim 1": Case { a.flip(1) },
            "roll": Case { a.roll(300) },
            "roll dim 1": Case { a.roll(300, dim: 1) },
            "rot90": Case { a.rot90() },
            "repeat": Case { row.repeat(1000, 1) },
            "repeat dim 1": Case { half.repeat(1, 2) },
            "tril": Case { a.tril() },
            "pad": Case { a.pad([4, 4, 4, 4]) },
            "reflect": Case { images.pad([2, 2, 2, 2], mode: .reflect) },
            "channels_last": Case { images.contiguous(memoryFormat: .channelsLast) },
            "permute": Case { images.permute(1, 0, 3, 2).contiguous() },
            "every second": Case { a.slice(1, 0, nil, step: 2).contiguous() },
            "transpose float64": Case { doubles.t().contiguous() },
            "transpose bool": Case { bytes.t().contiguous() },
            "cast": Case { a.double() },
            "clone": Case { a.clone() },
            "arange": Case { Tensor.arange(1_000_000) },
            "im2col": Case { images.unfold(kernelSize: [3, 3], padding: [1, 1]) }
        ]
    }
}
