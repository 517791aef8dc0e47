// The code of Sources/Torch/Torch.docc/Swift6.md. Scripts/guides.py writes this file.
import Dispatch
import Torch

func swift6() async throws {
    manualSeed(0)
    let model = Sequential {
        Linear(4, 16)
        ReLU()
        Linear(16, 3)
    }
    let samples = Tensor.randn(300, 4)
    let classes = samples[.all, ..<3].argmax(1)

    func step(
        _ model: Sequential, _ optimizer: Adam, _ x: Tensor, _ y: Tensor
    ) -> Double {
        let loss = crossEntropy(model(x), y)
        loss.backward()
        optimizer.step()
        optimizer.zeroGrad()
        return loss.item()
    }

    let optimizer = Adam(model.parameters(), lr: 0.05)
    for i in 1...100 {
        let loss = step(model, optimizer, samples, classes)
        if i % 50 == 0 {
            print("step \(i): \(loss < 0.5 ? "learned" : "not yet")")
        }
    }

    func power(_ x: Tensor) -> Double { noGrad { x.pow(2).mean().item() } }

    async let left = power(samples[..<150])
    async let right = power(samples[150...])
    print(abs(await (left + right) / 2 - power(samples)) < 1e-5) // true

    actor Trainer {
        private let model: Sequential
        private let optimizer: Adam

        init() {
            model = Sequential {
                Linear(4, 16)
                ReLU()
                Linear(16, 3)
            }
            optimizer = Adam(model.parameters(), lr: 0.05)
        }

        func learn(_ x: Tensor, _ y: Tensor) -> Double {
            let loss = crossEntropy(model(x), y)
            loss.backward()
            optimizer.step()
            optimizer.zeroGrad()
            return loss.item()
        }

        func snapshot() -> StateDict {
            StateDict(model.stateDict().map { ($0.key, $0.value.clone()) })
        }
    }

    let trainer = Trainer()
    for _ in 0..<10 { _ = await trainer.learn(samples, classes) }
    let snapshot = await trainer.snapshot()
    print(snapshot.keys) // ["0.weight", "0.bias", "2.weight", "2.bias"]

    final class Classifier: @unchecked Sendable {
        private let model: Sequential

        init(_ state: StateDict) throws {
            model = Sequential {
                Linear(4, 16)
                ReLU()
                Linear(16, 3)
            }
            try model.loadStateDict(state)
            model.eval()
        }

        func callAsFunction(_ x: Tensor) -> Tensor {
            noGrad { model(x).softmax(dim: 1) }
        }
    }

    let classifier = try Classifier(snapshot)

    struct Reply: Sendable {
        let status: Int
        let text: String
    }

    func answer(_ numbers: [Float], _ classifier: Classifier) -> Reply {
        do {
            return try withError {
                let best = classifier(Tensor(numbers).unsqueeze(0)).argmax(1)
                try throwIfFailed()
                let index = best.item(as: Int.self)
                return Reply(status: 200, text: "class \(index)")
            }
        } catch {
            return Reply(status: 400, text: "\(error)")
        }
    }

    print(answer([3, 0, 0, 0], classifier).status) // 200
    print(answer([1, 2], classifier).text)
    // addmm: mat1 and mat2 shapes cannot be multiplied (1x2 and 4x16)

    var statuses: [Int: Int] = [:]
    await withTaskGroup(of: Int.self) { group in
        for i in 0..<1000 {
            let numbers = i % 10 == 0 ? [1, 2] : [Float(i), 1, 2, 3]
            group.addTask { answer(numbers, classifier).status }
        }
        for await status in group { statuses[status, default: 0] += 1 }
    }
    print(statuses[200]!, statuses[400]!) // 900 100

    final class ActorThread: SerialExecutor {
        private let queue = DispatchQueue(label: "model")

        func enqueue(_ job: consuming ExecutorJob) {
            let job = UnownedJob(job)
            queue.async {
                job.runSynchronously(on: self.asUnownedSerialExecutor())
            }
        }
    }

    actor Batcher {
        private let thread = ActorThread()
        private let classifier: Classifier
        private typealias Answer = CheckedContinuation<Int, Never>
        private var waiting: [(x: Tensor, answer: Answer)] = []

        nonisolated var unownedExecutor: UnownedSerialExecutor {
            thread.asUnownedSerialExecutor()
        }

        init(_ classifier: Classifier) { self.classifier = classifier }

        func best(_ x: Tensor) async -> Int {
            await withCheckedContinuation { answer in
                waiting.append((x, answer))
                // This runs after the requests that wait for the actor.
                if waiting.count == 1 { Task { compute() } }
            }
        }

        private func compute() {
            let batch = waiting
            waiting = []
            let scores = classifier(stack(batch.map(\.x)))
            let best = scores.argmax(1).toArray(as: Int.self)
            for (request, index) in zip(batch, best) {
                request.answer.resume(returning: index)
            }
        }
    }

    let batcher = Batcher(classifier)
    let expected = classifier(samples).argmax(1).toArray(as: Int.self)
    var correct = 0
    await withTaskGroup(of: Bool.self) { group in
        for i in 0..<300 {
            group.addTask { await batcher.best(samples[i]) == expected[i] }
        }
        for await isCorrect in group where isCorrect { correct += 1 }
    }
    print(correct) // 300

    let task = Task {
        let dataset = TensorDataset(samples, classes)
        var batches = 0
        let loader = DataLoader(dataset, batchSize: 100, numWorkers: 1)
        for try await _ in loader { batches += 1 }
        return batches
    }
    print(try await task.value) // 3
}
