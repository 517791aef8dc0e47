import Testing
import Torch

/// Results of PyTorch 2.15. The Python line is above each.
@Suite struct SubscriptTests {
    /// torch.arange(24).view(2, 3, 4)
    private let a = Tensor.arange(24).view(2, 3, 4)
    /// torch.arange(12.).view(3, 4)
    private let x = Tensor.arange(12, dtype: .float32).view(3, 4)
    /// torch.tensor([True, False, True])
    private let mask = Tensor([true, false, true])

    private func numbers(_ t: Tensor) -> [Int] { t.toArray(as: Int.self) }

    @Test func basicIndexingIsAView() {
        // a[1, -1]; a[:, 1:, ::2]; a[..., 0]; a[:, None].shape
        #expect(numbers(a[1, -1]) == [20, 21, 22, 23])
        #expect(numbers(a[.all, 1..., Slice(by: 2)]) == [4, 6, 8, 10, 16, 18, 20, 22])
        #expect(numbers(a[.ellipsis, 0]) == [0, 4, 8, 12, 16, 20])
        // a[0, 1:-1, 1:-1]; a[0, 0, -3:-1]; a[0, 0, 1:-1:2]
        #expect(numbers(a[0, Slice(1, -1), Slice(1, -1)]) == [5, 6])
        #expect(numbers(a[0, 0, Slice(-3, -1)]) == [1, 2] && numbers(a[0, 0, Slice(1, -1, by: 2)]) == [1])
        #expect(a[.all, .newAxis].shape == [2, 1, 3, 4])
        #expect(a[1, .all, 2].storage === a.storage)
    }

    @Test func listsAreIndexTensors() {
        // x[[0, 2]]; x[[0, 2], [1, -1]]; x[:, [3, 0]]; a[[[0], [1]], [0, 2]].shape
        #expect(numbers(x[[0, 2]]) == [0, 1, 2, 3, 8, 9, 10, 11])
        #expect(numbers(x[[0, 2], [1, -1]]) == [1, 11])
        #expect(numbers(x[.all, [3, 0]]) == [3, 0, 7, 4, 11, 8])
        #expect(a[[[0], [1]], [0, 2]].shape == [2, 2, 4])
        #expect(x[[0, 2]].storage !== x.storage)
    }

    @Test func masks() {
        // x[m]; x[x > 6]; x[m, 1]; x[m, [1, 2]]; x[[True, False, True], 1]
        #expect(numbers(x[mask]) == [0, 1, 2, 3, 8, 9, 10, 11])
        #expect(numbers(x[x .> 6]) == [7, 8, 9, 10, 11])
        #expect(numbers(x[mask, 1]) == [1, 9])
        #expect(numbers(x[mask, [1, 2]]) == [1, 10])
        #expect(numbers(x[[true, false, true], 1]) == [1, 9])
    }

    @Test func theIndicesDimensionsStandTogetherOrInFront() {
        // a[[0, 1], :, [1, 2]].shape; a[:, [0, 1], [1, 2]].shape; a[0, :, [1, 2]].shape; a[:, torch.tensor([[0],
        // [2]])].shape; a[True].shape; a[torch.tensor(1)].shape
        #expect(a[[0, 1], .all, [1, 2]].shape == [2, 3])
        #expect(a[.all, [0, 1], [1, 2]].shape == [2, 2])
        #expect(a[0, .all, [1, 2]].shape == [3, 2])
        #expect(a[.all, Tensor([0, 2], shape: [2, 1])].shape == [2, 2, 1, 4])
        #expect(a[true].shape == [1, 2, 3, 4])
        #expect(a[Tensor(1)].shape == [3, 4])
        #expect(a[false].shape == [0, 2, 3, 4])
    }

    @Test func assignment() {
        // y = x.clone(); y[m] = 0
        var y = x.clone()
        y[mask] = 0
        #expect(numbers(y) == [0, 0, 0, 0, 4, 5, 6, 7, 0, 0, 0, 0])
        // y = x.clone(); y[[0, 2], 1] = torch.tensor([-1., -2.])
        y = x.clone()
        y[[0, 2], 1] = Tensor([-1.0, -2])
        #expect(numbers(y) == [0, -1, 2, 3, 4, 5, 6, 7, 8, -2, 10, 11])
        // y = x.clone(); y[y > 5] += 100
        y = x.clone()
        y[y .> 5] += 100
        #expect(numbers(y) == [0, 1, 2, 3, 4, 5, 106, 107, 108, 109, 110, 111])
        // y = x.clone(); y[:, [0, 0]] = 7; y[1] = torch.tensor([[1., 2, 3, 4]])
        y = x.clone()
        y[.all, [0, 0]] = 7
        y[1] = Tensor([1.0, 2, 3, 4], shape: [1, 4])
        #expect(numbers(y) == [7, 1, 2, 3, 1, 2, 3, 4, 7, 9, 10, 11])
        y[1, 0] = 100
        #expect(y[1, 0].item() == 100)
    }

    @Test func assignmentThroughAViewReachesTheBase() {
        // y = x.clone(); y[1:][:, [0, 3]] = torch.tensor([-1., -2.])
        let y = x.clone()
        let part = y[1...]
        part[.all, [0, 3]] = Tensor([-1.0, -2])
        #expect(numbers(y) == [0, 1, 2, 3, -1, 5, 6, -2, -1, 9, 10, -2])
    }

    @Test func gradients() {
        // p[[1, 1, 3]].pow(2).sum().backward(); p.grad
        let p = Tensor.arange(4, dtype: .float32).requiresGrad_()
        p[[1, 1, 3]].pow(2).sum().backward()
        #expect(p.grad.map(numbers) == [0, 4, 0, 6])
        // q = p * 1; q[[1, 1, 3]] = torch.tensor(5.); (q * torch.tensor([1., 2, 3, 4])).sum().backward(); p.grad
        p.grad = nil
        let q = p * 1
        q[[1, 1, 3]] = Tensor(5.0)
        (q * Tensor([1.0, 2, 3, 4])).sum().backward()
        #expect(p.grad.map(numbers) == [1, 0, 3, 0])
    }

    @Test(arguments: [2, 1, 7]) func theSameOnAnyNumberOfThreads(_ threads: Int) {
        // The order in which floats are added must not change if indices coincide.
        manualSeed(1)
        let index = Tensor.randint(0, 1000, [300_000]), values = Tensor.randn(300_000)
        let before = getNumThreads()
        defer { setNumThreads(before) }
        setNumThreads(threads)
        let sums = Tensor.zeros(1000).indexPut_([index], values, accumulate: true)
        var expected = [Float](repeating: 0, count: 1000)
        for (i, value) in zip(index.toArray(as: Int.self), values.toArray(as: Float.self)) { expected[i] += value }
        #expect(sums.toArray(as: Float.self) == expected)
        let last = Tensor.zeros(1000).indexPut_([index], values)
        for (i, value) in zip(index.toArray(as: Int.self), values.toArray(as: Float.self)) { expected[i] = value }
        #expect(last.toArray(as: Float.self) == expected)
    }

    private static let wrong: [(message: String, body: @Sendable (Tensor) -> Tensor)] = [
        // a[[0, 5]]; a[0, 7]; a[:, torch.tensor([[9]])]; a[torch.tensor([0.])]
        ("index 5 is out of bounds for dimension 0 with size 2", { a in a[[0, 5]] }),
        ("index 7 is out of bounds for dimension 1 with size 3", { a in a[0, 7] }),
        ("index 9 is out of bounds for dimension 0 with size 3", { a in a[.all, Tensor([9], shape: [1, 1])] }),
        ("tensors used as indices must be long, int, byte or bool tensors", { a in a[Tensor([0.0])] }),
        // a[torch.ones(3, dtype=torch.bool)]; a[[0, 1], [0, 1, 2]]; a[[0], [0], [0], [0]]
        (
            "The shape of the mask [3] at index 0 does not match the shape of the indexed tensor [2, 3, 4] at index 0",
            { a in a[[true, true, true]] }
        ),
        (
            "shape mismatch: indexing tensors could not be broadcast together with shapes [2], [3]",
            { a in a[[0, 1], [0, 1, 2]] }
        ),
        ("too many indices for tensor of dimension 3", { a in a[[0], [0], [0], [0]] }),
        // a[[0, 1]] = torch.ones(5, dtype=torch.int64); a[[0]] = torch.ones(1); a[0, 0] = torch.ones(5)
        (
            "shape mismatch: value tensor of shape [5] cannot be broadcast to indexing result of shape [2, 3, 4]",
            { a in
                a[[0, 1]] = Tensor.ones(5, dtype: .int64)
                return a
            }
        ),
        (
            "Index put requires the source and destination dtypes match, got Long for the destination and Float for the source.",
            { a in
                a[[0]] = Tensor.ones(1)
                return a
            }
        ),
        (
            "The expanded size of the tensor (4) must match the existing size (5) at non-singleton dimension 0.  Target sizes: [4].  Tensor sizes: [5]",
            { a in
                a[0, 0] = Tensor.ones(5)
                return a
            }
        )
    ]

    @Test(arguments: wrong.indices) func mistakes(_ number: Int) {
        let (message, body) = SubscriptTests.wrong[number]
        let a = Tensor.arange(24).view(2, 3, 4)
        do {
            _ = try withError { body(a) }
            Issue.record("no error; PyTorch: \(message)")
        } catch {
            #expect("\(error)" == message)
        }
        #expect(a.toArray(as: Int.self) == Array(0..<24))
    }
}
