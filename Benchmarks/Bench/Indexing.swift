import Torch

extension Case {
    /// Index tensors, masks and sorting, on 1,000,000 elements.
    static func indexing() -> [String: Case] {
        manualSeed(0)
        let a = Tensor.randn(1000, 1000), b = Tensor.randn(1000, 1000)
        let mask = a .> b
        let i = Tensor.randint(0, 1000, [1000, 1000]), j = Tensor.randint(0, 1000, [1000, 1000])
        let rows = Tensor.randperm(1000)
        let flat = Tensor.randn(1_000_000), places = Tensor.randperm(1_000_000)
        let written = Tensor.zeros(1_000_000)
        return [
            "a[rows]": Case { a[rows] },
            "a[i, j]": Case { a[i, j] },
            "a[mask]": Case { a[mask] },
            "v[places]": Case { flat[places] },
            "v[places] = w": Case {
                written[places] = flat
                return written
            },
            "index_add": Case { a.indexAdd(dim: 0, index: rows, source: b) },
            "scatter_add": Case { a.scatterAdd(dim: 1, index: i, source: b) },
            "nonzero": Case { mask.nonzero() },
            "sort": Case { flat.sort().values },
            "sort dim 1": Case { a.sort(dim: 1).values },
            "topk 10": Case { a.topk(10).values },
            "topk 100 of all": Case { flat.topk(100).values }
        ]
    }
}
