import Testing
import Torch

/// Embeddings with sparse gradients, and the optimizers that take them. The numbers are PyTorch 2.15's.
@Suite struct SparseEmbeddingTests {
    private func ones(_ module: Embedding) -> Embedding {
        Init.ones_(module.weight)
        return module
    }

    private func floats(_ x: Tensor?) -> [Float] { x?.toDense().toArray() ?? [] }
    private func places(_ x: Tensor?) -> [Int] { x?._indices().toArray() ?? [] }

    @Test func gradientsAccumulate() throws {
        let e = ones(Embedding(4, 2, paddingIdx: 1, sparse: true))
        #expect("\(e)" == "Embedding(4, 2, padding_idx=1, sparse=True)")
        e(Tensor([[0, 1], [3, 0]])).sum().backward()
        #expect(e.weight.grad?.isSparse == true && places(e.weight.grad) == [0, 3, 0])
        e(Tensor([2])).sum().backward()
        #expect(places(e.weight.grad) == [0, 2, 3, 0] && e.weight.grad?.nnz() == 4)
        (e.weight * 2).sum().backward()
        #expect(e.weight.grad?.isSparse == false && floats(e.weight.grad) == [4, 4, 2, 2, 3, 3, 3, 3])
        e.weight.grad = nil
        (e.weight * 2).sum().backward()
        e(Tensor([2, 0, 2])).sum().backward()
        #expect(floats(e.weight.grad) == [3, 3, 2, 2, 4, 4, 2, 2])
        e.weight.grad = nil
        ((e.weight * 2).sum() + e(Tensor([2, 0, 2])).sum()).backward()
        #expect(floats(e.weight.grad) == [3, 3, 2, 2, 4, 4, 2, 2])
        // The gradient does not share memory with the one that was given.
        e.weight.grad = nil
        let given = Tensor.ones(2, 2)
        e(Tensor([0, 3])).backward(given)
        given.fill_(7)
        #expect(floats(e.weight.grad) == [1, 1, 0, 0, 0, 0, 1, 1])
        let error = #expect(throws: TorchError.self) {
            try withError {
                embedding(Tensor([0, 0]), e.weight, scaleGradByFreq: true, sparse: true).sum().backward()
            }
        }
        #expect("\(error!)" == "embedding_backward: scale_grad_by_freq not supported with sparse gradients")
    }

    @Test func bags() {
        let g = Tensor([[1, 2], [3, 4]] as [[Float]])
        for (mode, want) in [
            (EmbeddingBagMode.sum, [1, 2, 4, 6, 0, 0, 3, 4]), (.mean, [0.5, 1, 2, 3, 0, 0, 1.5, 2])
        ] as [(EmbeddingBagMode, [Float])] {
            let bag = EmbeddingBag(4, 2, mode: mode, sparse: true)
            (bag(Tensor([0, 1, 1, 3]), Tensor([0, 2])) * g).sum().backward()
            #expect(places(bag.weight.grad) == [0, 1, 1, 3] && floats(bag.weight.grad) == want)
        }
        let bag = EmbeddingBag(4, 2, mode: .sum, sparse: true, paddingIdx: 1)
        (bag(Tensor([0, 1, 1, 3]), Tensor([0, 2]), perSampleWeights: Tensor([1.0, 2, 3, 4] as [Float])) * g).sum()
            .backward()
        #expect(places(bag.weight.grad) == [0, 3] && floats(bag.weight.grad) == [1, 2, 0, 0, 0, 0, 12, 16])
        #expect(throws: TorchError(.value, "max mode does not support sparse weights")) {
            try withError { embeddingBag(Tensor([[0]]), Tensor.ones(3, 2), mode: .max, sparse: true) }
        }
    }

    @Test func clippingAndClearing() {
        let e = ones(Embedding(4, 2, sparse: true))
        e(Tensor([2, 0, 2])).sum().backward()
        #expect(abs(clipGradNorm_([e.weight], maxNorm: 0.5).item() - 3.1623) < 1e-4)
        #expect(floats(e.weight.grad?._values()).allSatisfy { abs($0 - 0.1581) < 1e-4 })
        SGD(e.parameters(), lr: 0.1).zeroGrad(setToNone: false)
        #expect(e.weight.grad?.nnz() == 0 && e.weight.grad?.isSparse == true)
    }

    @Test func gradientsAreUnscaled() {
        let e = ones(Embedding(4, 2, sparse: true)), optimizer = SGD(e.parameters(), lr: 0.1)
        let scaler = GradScaler(.cpu, initScale: 4)
        scaler.scale(e(Tensor([2, 0, 2])).sum()).backward()
        scaler.unscale_(optimizer)
        #expect(e.weight.grad?.isSparse == true && floats(e.weight.grad) == [1, 1, 0, 0, 2, 2, 0, 0])
        scaler.step(optimizer)
        #expect(near(e.weight.toArray(), [0.9, 0.9, 1, 1, 0.8, 0.8, 1, 1]))
        e.weight.grad = Tensor.sparseCooTensor([[1]], [[Float.infinity, 0]], [4, 2])
        scaler.update()
        scaler.step(optimizer)
        #expect(near(e.weight.toArray(), [0.9, 0.9, 1, 1, 0.8, 0.8, 1, 1]))
    }

    /// Takes two steps on the rows 2, 0 and 2 of a table of ones.
    private func steps(
        _ make: ([Tensor]) -> Optimizer
    ) throws -> (weight: [Float], optimizer: Optimizer, parameter: Tensor) {
        let w = Tensor.ones(4, 2, requiresGrad: true), optimizer = make([w])
        for _ in 0..<2 {
            optimizer.zeroGrad()
            let factors = Tensor([[1, 2], [3, 4], [5, 6]] as [[Float]])
            (F.embedding(Tensor([2, 0, 2]), w, sparse: true) * factors).sum().backward()
            try withError { optimizer.step() }
        }
        return (w.toArray(), optimizer, w)
    }

    private func near(_ found: [Float], _ want: [Float]) -> Bool {
        found.count == want.count && zip(found, want).allSatisfy { abs($0 - $1) < 6e-5 }
    }

    @Test func optimizersThatTakeSparseGradients() throws {
        #expect(near(try steps { SGD($0, lr: 0.1) }.weight, [0.4, 0.2, 1, 1, -0.2, -0.6, 1, 1]))
        #expect(near(try steps { SGD($0, lr: 0.1, maximize: true) }.weight, [1.6, 1.8, 1, 1, 2.2, 2.6, 1, 1]))
        let momentum = try steps { SGD($0, lr: 0.1, momentum: 0.9) }
        #expect(near(momentum.weight, [0.13, -0.16, 1, 1, -0.74, -1.32, 1, 1]))
        let buffer = momentum.optimizer.state(of: momentum.parameter)?.tensors[0]
        #expect(buffer?.isSparse == true && near(floats(buffer?._values()), [1.9, 3.8, 5.7, 7.6, 9.5, 11.4]))
        #expect(
            near(
                try steps { SGD($0, lr: 0.1, momentum: 0.9, nesterov: true) }.weight,
                [-0.383, -0.844, 1, 1, -1.766, -2.688, 1, 1]))
        let adagrad = try steps { Adagrad($0, lr: 0.1) }
        #expect(near(adagrad.weight, [0.8293, 0.8293, 1, 1, 0.8293, 0.8293, 1, 1]))
        #expect(near(floats(adagrad.optimizer.state(of: adagrad.parameter)?.tensors[0]), [18, 32, 0, 0, 72, 128, 0, 0]))
        let adam = try steps { SparseAdam($0, lr: 0.1) }
        #expect(near(adam.weight, [0.8, 0.8, 1, 1, 0.8, 0.8, 1, 1]))
        let state = adam.optimizer.state(of: adam.parameter)
        #expect(near(floats(state?.tensors[0]), [0.57, 0.76, 0, 0, 1.14, 1.52, 0, 0]) && state?.step == 2)
        #expect(near(floats(state?.tensors[1]), [0.0180, 0.0320, 0, 0, 0.0720, 0.1279, 0, 0]))
        // PyTorch's SparseAdam counts its steps in an integer.
        let saved = adam.optimizer.stateDict()["state"]?.dict?[.int(0)]
        #expect(saved?["step"]?.int == 2)
        try adam.optimizer.loadStateDict(adam.optimizer.stateDict())
        #expect(adam.optimizer.state(of: adam.parameter)?.step == 2)
        #expect(
            "\(adam.optimizer)" == """
                SparseAdam (
                Parameter Group 0
                    betas: (0.9, 0.999)
                    eps: 1e-08
                    lr: 0.1
                    maximize: False
                )
                """)
    }

    @Test func othersRefuse() {
        func message(_ make: @escaping ([Tensor]) -> Optimizer) -> String {
            do {
                _ = try steps(make)
                return ""
            } catch { return "\(error)" }
        }
        for make in [{ Adam($0) }, { AdamW($0) }] as [([Tensor]) -> Optimizer] {
            #expect(message(make) == "Adam does not support sparse gradients, please consider SparseAdam instead")
        }
        let others: [(String, ([Tensor]) -> Optimizer)] = [
            ("NAdam", { NAdam($0) }), ("RAdam", { RAdam($0) }), ("Adadelta", { Adadelta($0) }),
            ("Adamax", { Adamax($0) }), ("ASGD", { ASGD($0) }), ("RMSprop", { RMSprop($0) }), ("Rprop", { Rprop($0) }),
            ("Adafactor", { Adafactor($0) }), ("Muon", { Muon($0) })
        ]
        for (name, make) in others { #expect(message(make) == "\(name) does not support sparse gradients") }
        #expect(
            message { SGD($0, lr: 0.1, weightDecay: 0.1) }
                == "add(sparse, dense) is not supported. Use add(dense, sparse) instead.")
        #expect(
            message { Adagrad($0, weightDecay: 0.1) }
                == "weight_decay option is not compatible with sparse gradients")
        #expect(throws: TorchError(.value, "Invalid learning rate: 0.0")) {
            try withError { SparseAdam([Tensor.ones(1)], lr: 0) }
        }
        #expect(
            throws: TorchError(.runtime, "SparseAdam does not support dense gradients, please consider Adam instead")
        ) {
            let w = Tensor.ones(2, requiresGrad: true), optimizer = SparseAdam([w])
            w.sum().backward()
            try withError { optimizer.step() }
        }
        let x = Tensor.sparseCooTensor([[0]], [1.0], [2], requiresGrad: true)
        #expect(
            throws: TorchError(
                .value, "Sparse params at indices [[0, 0]]: SparseAdam requires dense parameter tensors")
        ) { try withError { SparseAdam([x]) } }
    }
}
