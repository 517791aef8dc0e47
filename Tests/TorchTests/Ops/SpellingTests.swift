import Testing
import Torch

/// The same call without labels, with PyTorch's label, and with a shape for sizes. The numbers are PyTorch 2.15's.
@Suite struct SpellingTests {
    let x = Tensor([[3.0, 1, 2], [4, 6, 5]])

    private func numbers(_ tensor: Tensor) -> [Float] { tensor.toArray(as: Float.self) }

    private func isClose(_ tensor: Tensor, _ expected: [Double]) -> Bool {
        let numbers = tensor.toArray(as: Double.self)
        return numbers.count == expected.count && zip(numbers, expected).allSatisfy { abs($0 - $1) < 1e-4 }
    }

    @Test func viewsByLabel() {
        #expect(x.unsqueeze(dim: 0).shape == [1, 2, 3] && x.unsqueeze(dim: 0).squeeze(dim: 0).shape == [2, 3])
        #expect(x.unsqueeze(dim: 0).squeeze(dim: [0, 1]).shape == [2, 3])
        #expect(x.size(dim: 0) == 2 && x.size(dim: -1) == 3 && x.stride(dim: 0) == 3)
        #expect(numbers(x.roll(1, dims: 0)) == [4, 6, 5, 3, 1, 2])
        #expect(numbers(x.roll(shifts: 1, dims: 1)) == [2, 3, 1, 5, 4, 6])
        #expect(numbers(x.roll(shifts: [1], dims: [0])) == numbers(x.roll(1, dim: 0)))
        #expect(numbers(x.triu(diagonal: 1)) == [0, 1, 2, 0, 0, 5])
        #expect(numbers(x.tril(diagonal: -1)) == [0, 0, 0, 4, 0, 0])
        #expect(numbers(x.flip(dims: [1])) == [2, 1, 3, 5, 6, 4])
        #expect(numbers(x.rot90(k: 1, dims: [0, 1])) == [2, 5, 1, 6, 3, 4])
        #expect(x.split(splitSize: 2, dim: 1).map(numbers) == [[3, 1, 4, 6], [2, 5]])
        #expect(numbers(x.select(dim: 1, index: 0)) == [3, 4])
        #expect(numbers(x.narrow(dim: 1, start: 1, length: 2)) == [1, 2, 6, 5])
        #expect(x.transpose(dim0: 0, dim1: 1).shape == [3, 2] && x.permute(dims: [1, 0]).shape == [3, 2])
        #expect(x.unflatten(dim: 1, sizes: [3, 1]).shape == [2, 3, 1])
        let y = x.clone()
        y.unsqueeze_(dim: 0).squeeze_(dim: 0).tril_(diagonal: -1)
        #expect(numbers(y) == [0, 0, 0, 4, 0, 0])
    }

    @Test func conversionsByLabel() {
        #expect(x.to(dtype: .float64).dtype == .float64)
        #expect(x.to(device: .cpu, dtype: .half).dtype == .float16 && x.to(.cpu, dtype: .long).dtype == .int64)
        #expect(x.to(device: .cpu) === x && x.to(dtype: .float32, copy: true) !== x)
        #expect(x.view(dtype: .int32).dtype == .int32)
    }

    @Test func secondNamesOfDTypes() {
        let pairs: [(DType, DType)] = [
            (.half, .float16), (.float, .float32), (.double, .float64), (.short, .int16), (.int, .int32),
            (.long, .int64), (.chalf, .complex32), (.cfloat, .complex64), (.cdouble, .complex128)
        ]
        #expect(pairs.allSatisfy { $0 == $1 })
        #expect(Tensor.zeros(2, dtype: .long).dtype == .int64)
    }

    @Test func reductionsByLabel() {
        #expect(numbers(x.argmax(dim: 1)) == [0, 1] && numbers(x.argmin(dim: 0)) == [0, 0, 0])
        #expect(x.argmax(dim: nil).item() == 4 && x.argmax(dim: 1, keepdim: true).shape == [2, 1])
        #expect(numbers(x.cumsum(dim: 0)) == [3, 1, 2, 7, 7, 7])
        #expect(numbers(x.cumprod(dim: 1)) == [3, 3, 6, 4, 24, 120])
        #expect(numbers(x.clone().cumsum_(dim: 0)) == [3, 1, 2, 7, 7, 7])
        #expect(numbers(x.topk(k: 2).values) == [3, 2, 6, 5] && numbers(x.topk(k: 2).indices) == [0, 2, 1, 2])
        #expect(numbers(x.kthvalue(k: 2).values) == [2, 5] && numbers(x.quantile(q: 0.5, dim: 1)) == [2, 5])
        #expect(isClose(x.norm(p: 2), [9.5394]) && isClose(x.norm(2, dim: 1), [3.7417, 8.7750]))
        #expect(isClose(x.norm(dim: 1), [3.7417, 8.7750]) && numbers(x.norm(p: 1, dim: 0)) == [7, 7, 7])
        #expect(isClose(x.var(dim: 1, unbiased: false), [0.6667, 0.6667]))
        #expect(isClose(x.var(dim: [1], unbiased: false), [0.6667, 0.6667]))
        #expect(isClose(x.std(dim: 0, unbiased: true), [0.7071, 3.5355, 2.1213]))
        #expect(isClose(x.varMean(dim: 1, unbiased: false).var, [0.6667, 0.6667]))
        #expect(numbers(x.stdMean(dim: 1).mean) == [2, 5])
        #expect(numbers(x.nansum(dim: 1)) == [6, 15] && numbers(x.countNonzero(dim: 1)) == [3, 3])
        #expect(isClose((x - 3).leakyRelu(negativeSlope: 0.1), [0, -0.2, -0.1, 1, 3, 2]))
    }

    @Test func reductionsBare() {
        #expect(numbers(x.max(1).values) == [3, 6] && numbers(x.max(1).indices) == [0, 1])
        #expect(numbers(x.min(0).values) == [3, 1, 2])
        #expect(numbers(x.sum(0)) == [7, 7, 7] && x.sum([0, 1]).item() == 21 && x.sum(1, keepdim: true).shape == [2, 1])
        #expect(x.mean([0, 1]).item() == 3.5 && numbers(x.prod(1)) == [6, 120] && numbers(x.std(1)) == [1, 1])
        #expect(isClose(x.var(1, unbiased: false), [0.6667, 0.6667]) && isClose(x.logsumexp(1), [3.4076, 6.4076]))
        #expect(isClose(x.softmax(0), [0.2689, 0.0067, 0.0474, 0.7311, 0.9933, 0.9526]))
        #expect(numbers(x.median(1).values) == [2, 5])
        #expect(numbers(x.sort(0, descending: true).values) == [4, 6, 5, 3, 1, 2])
        #expect(numbers(x.gather(1, Tensor([[2], [0]]))) == [2, 4])
        #expect(x.unbind(1).map(numbers) == [[3, 4], [1, 6], [2, 5]])
    }

    @Test func shapesWhereSizesGo() {
        let shape = x.shape
        #expect(x.view(Size([6])).view(shape).shape == shape && x.view(6).reshape(shape).shape == shape)
        #expect(Tensor.ones(1).expand(shape).shape == shape && Tensor.ones(1).broadcastTo(shape).shape == shape)
        #expect(Tensor.zeros(shape).sum().item() == 0 && Tensor.ones(shape, dtype: .double).sum().item() == 6)
        #expect(Tensor.full(shape, 2).dtype == .int64 && Tensor.full(shape, fillValue: 2).sum().item() == 12)
        #expect(Tensor.empty(shape).shape == shape && x.newZeros(shape).shape == shape)
        #expect(x.newFull(shape, 1).sum().item() == 6)
        #expect(Tensor.zeros(size: shape).shape == shape && Tensor.ones(size: [2, 3]).shape == shape)
        #expect(x.view(size: [3, 2]).shape == [3, 2] && x.view(shape.dropFirst() + [2]).shape == [3, 2])
        #expect(isClose(layerNorm(x, shape), [-0.2928, -1.4638, -0.8783, 0.2928, 1.4638, 0.8783]))
        #expect(broadcastShapes(shape, [5, 1, 1]) == [5, 2, 3])
    }

    @Test func drawsOfAShape() {
        manualSeed(0)
        #expect(numbers(Tensor.randint(10, [4])) == [4, 9, 3, 0])
        manualSeed(0)
        #expect(numbers(Tensor.randint(5, 10, size: [4])) == [9, 9, 8, 5])
        manualSeed(0)
        let drawn = numbers(Tensor.rand(2, 3))
        manualSeed(0)
        #expect(numbers(Tensor.rand(x.shape)) == drawn && Tensor.randn(x.shape).shape == [2, 3])
        #expect(Tensor.randint(10, x.shape).shape == [2, 3] && Tensor.randint(high: 3, size: [2]).shape == [2])
        #expect(Tensor.normal(0, 1, size: x.shape).shape == [2, 3])
    }

    @Test func rowsInALoop() throws {
        var rows: [[Float]] = []
        for row in x { rows.append(numbers(row)) }
        #expect(rows == [[3, 1, 2], [4, 6, 5]])
        #expect(Array(Tensor.zeros(0, 3)).isEmpty && x.map { $0.sum().item() } == [6, 15])

        let w = Tensor.ones(2, 2, requiresGrad: true)
        var sum = Tensor(0.0)
        for (i, row) in w.enumerated() { sum = sum + (row * (i + 1)).sum() }
        sum.backward()
        #expect(numbers(w.grad!) == [1, 1, 2, 2])

        #expect(throws: TorchError(.type, "iteration over a 0-d tensor")) {
            try withError { for row in Tensor(3.0) { _ = row + 1 } }
        }
        // After an error, a loop has no elements but ends, and an index does not trap.
        #expect(throws: TorchError(.runtime, "mm: mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)")) {
            try withError { for row in x.mm(x) { _ = row + Array(x.mm(x))[1] } }
        }
    }

    @Test func modulesByLabel() {
        manualSeed(0)
        let layer = Linear(inFeatures: 1, outFeatures: 1)
        #expect(isClose(layer.weight, [-0.0075]) && isClose(layer.bias!, [0.5364]))
        #expect(Dropout(p: 0.25).p == 0.25 && Dropout2d(p: 0.1, inplace: true).inplace)
        #expect(isClose(LeakyReLU(negativeSlope: 0.1).forward(x - 3), [0, -0.2, -0.1, 1, 3, 2]))
        #expect(Embedding(numEmbeddings: 3, embeddingDim: 2).weight.shape == [3, 2])
        #expect(Bilinear(in1Features: 1, in2Features: 2, outFeatures: 3).weight.shape == [3, 1, 2])
        #expect(Softmax(1).dim == 1 && Flatten(0).startDim == 0 && ELU(0.5).alpha == .double(0.5))
        #expect(Hardtanh(minVal: 0, maxVal: 6).maxVal == .int(6) && PReLU(numParameters: 2).weight.shape == [2])
        #expect(layer.to(dtype: .double).weight.dtype == .float64)
    }

    @Test func groupsAsDictionaries() {
        manualSeed(0)
        let layer = Linear(1, 1)
        let optimizer = Adam([["params": layer.parameters(), "lr": 0.1]])
        layer.forward(Tensor([[2.0]])).sum().backward()
        optimizer.step()
        #expect(isClose(layer.weight, [-0.10748680680990219]) && isClose(layer.bias!, [0.43644359707832336]))
        #expect(optimizer.paramGroups[0].lr == 0.1)

        let group: ParamGroup = ["params": x, "weight_decay": 0, "betas": (0.8, 0.9), "amsgrad": true]
        let other = Adam([group, ["params": [Tensor.ones(2)]]], lr: 0.5)
        #expect(other.paramGroups[0].params.count == 1 && other.paramGroups[0].weightDecay == 0)
        #expect(other.paramGroups[0]["betas"]?.list?.map(\.double) == [0.8, 0.9])
        #expect(other.paramGroups[0]["amsgrad"]?.bool == true)
        #expect(other.paramGroups[1].lr == 0.5 && other.paramGroups[1]["amsgrad"]?.bool == false)
    }

    @Test func mistakesInGroups() {
        func message(_ body: () -> Optimizer) -> TorchError? {
            do { _ = try withError(body) } catch { return error as? TorchError }
            return nil
        }
        #expect(message { SGD([], lr: 0.1) } == TorchError(.value, "optimizer got an empty parameter list"))
        #expect(message { Adam([]) } == TorchError(.value, "optimizer got an empty parameter list"))
        #expect(message { SGD([["lr": 0.1], ["params": x]]) } == TorchError(.key, "'params'"))
        #expect(message { SGD([["params": 3]]) } == TorchError(.type, "'int' object is not iterable"))
        #expect(
            message { SGD([["params": [3.0]]]) }
                == TorchError(.type, "optimizer can only optimize Tensors, but one of the params is float"))
    }
}
