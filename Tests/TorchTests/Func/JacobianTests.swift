import Testing
import Torch

/// `jacrev` and `jacfwd` of functions with several results and by several arguments. The numbers and sentences are
/// PyTorch 2.15's.
@Suite struct JacobianTests {
    private let x = Tensor([1, 2, 3] as [Float]), y = Tensor([2, -1] as [Float])
    private let byX: [Float] = [4, 8, 12, -2, -4, -6], byY: [Float] = [14, 0, 0, 14]
    private let cosines: [Float] = [0.5403023, 0, 0, 0, -0.41614684, 0, 0, 0, -0.9899925]

    private func close(_ tensor: Tensor, _ shape: [Int], _ want: [Float]) -> Bool {
        let own = tensor.toArray(as: Float.self)
        return tensor.shape == shape && zip(own, want).allSatisfy { abs($0 - $1) <= 1e-5 }
    }

    private func scaled(_ x: Tensor, _ y: Tensor) -> Tensor { x.pow(2).sum() * y }
    private func both(_ x: Tensor, _ y: Tensor) -> (Tensor, Tensor) { (scaled(x, y), x.sin()) }
    private func list(_ x: Tensor) -> [Tensor] { [x * 2, x.sum()] }

    @Test func severalResults() {
        for (a, b) in [jacrev(both)(x, y), jacfwd(both)(x, y)] {
            #expect(close(a, [2, 3], byX) && close(b, [3, 3], cosines))
        }
        for found in [jacrev(list)(x), jacfwd(list)(x)] {
            #expect(found.count == 2 && close(found[0], [3, 3], [2, 0, 0, 0, 2, 0, 0, 0, 2]))
            #expect(close(found[1], [3], [1, 1, 1]))
        }
        let three = jacrev { (x: Tensor) in (x.sum(), x.sin(), x * 2) }(x)
        #expect(close(three.0, [3], [1, 1, 1]) && close(three.1, [3, 3], cosines) && three.2.shape == [3, 3])
        // The first argument may be a tree.
        let tree = jacfwd { (p: [String: Tensor]) in (p["a"]! * p["b"]!.sum(), p["a"]!.sum()) }(["a": x, "b": y])
        #expect(tree.0["b"]!.shape == [3, 2] && close(tree.1["a"]!, [3], [1, 1, 1]))
    }

    @Test func severalArguments() {
        for found in [jacrev(scaled, argnums: [1, 0])(x, y), jacfwd(scaled, argnums: [1, 0], chunkSize: 2)(x, y)] {
            #expect(close(found[0], [2, 2], byY) && close(found[1], [2, 3], byX))
        }
        #expect(
            close(jacrev(scaled, argnums: 1)(x, y), [2, 2], byY)
                && close(jacrev(scaled, argnums: -1)(x, y), [2, 2], byY))
        #expect(close(jacfwd(scaled, argnums: 0)(x, y), [2, 3], byX))
        for (a, b) in [jacrev(both, argnums: [0, 1])(x, y), jacfwd(both, argnums: [0, 1])(x, y)] {
            #expect(close(a[0], [2, 3], byX) && close(a[1], [2, 2], byY))
            #expect(close(b[0], [3, 3], cosines) && close(b[1], [3, 2], [0, 0, 0, 0, 0, 0]))
        }
        for (argnums, sentence) in [
            ([0, 0], "argnums elements must be unique, got (0, 0)"), ([], "argnums must be non-empty"),
            ([2], "Got argnum=2, but only 2 positional inputs")
        ] {
            #expect(throws: TorchError(.runtime, sentence)) {
                try withError { _ = jacrev(scaled, argnums: argnums)(x, y) }
            }
            #expect(throws: TorchError(.runtime, sentence)) {
                try withError { _ = jacfwd(both, argnums: argnums)(x, y) }
            }
        }
    }

    @Test func insideVmap() {
        let batch = Tensor.arange(6, dtype: .float32).view(2, 3)
        let found = vmap { (x: Tensor) in jacrev { (x: Tensor) in (x.sum(), x.pow(2)) }(x) }(batch)
        #expect(found.0.shape == [2, 3] && close(found.1[1], [3, 3], [6, 0, 0, 0, 8, 0, 0, 0, 10]))
    }

    /// What a tensor looks like inside of `vmap`.
    @Test func printing() {
        var texts: [String] = []
        _ = vmap { (x: Tensor) -> Tensor in
            texts.append("\(x * 2)")
            return x
        }(Tensor.arange(6).view(2, 3))
        #expect(
            texts == [
                """
                BatchedTensor(lvl=1, bdim=0, value=
                    tensor([[ 0,  2,  4],
                            [ 6,  8, 10]])
                )
                """
            ])
        texts = []
        _ = vmap(
            { (x: Tensor) -> Tensor in
                texts.append("\(x)")
                return vmap { (y: Tensor) -> Tensor in
                    texts.append("\(y + 1)")
                    return y
                }(x)
            }, inDims: 1)(Tensor.arange(6).view(2, 3))
        #expect(
            texts == [
                """
                BatchedTensor(lvl=1, bdim=1, value=
                    tensor([[0, 1, 2],
                            [3, 4, 5]])
                )
                """,
                """
                BatchedTensor(lvl=2, bdim=0, value=
                    BatchedTensor(lvl=1, bdim=0, value=
                        tensor([[1, 4],
                                [2, 5],
                                [3, 6]])
                    )
                )
                """
            ])
    }
}
