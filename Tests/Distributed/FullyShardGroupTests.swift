import Foundation
import Torch
import TorchDistributed

/// `fullyShard` of several modules as one group, parameters that smaller groups keep, and passes without an end.
enum FullyShardGroupTests {
    private static var n: Int { dist.worldSize }

    static func run() throws {
        lists()
        incompletePasses()
        smallerGroups()
        openPasses()
        errors()
    }

    /// The weights after some steps, of a model that `divide` divides.
    private static func weights(_ divide: (Sequential) -> Void) -> StateDict {
        let model = FullyShardTests.network()
        divide(model)
        _ = FullyShardTests.train(model, SGD(model.parameters(), lr: 0.1, momentum: 0.9))
        return FullyShardTests.whole(model)
    }

    private static func same(_ found: StateDict, _ expected: StateDict, _ what: String) {
        for (name, value) in found { Check.equal(value, expected[name]!, "\(what): \(name)") }
    }

    private static func block(_ model: Sequential, _ i: Int) -> Module { model[i] }

    private static func lists() {
        let expected = weights { FullyShardTests.shard($0) }
        let forms: [(String, (Sequential) -> Void)] = [
            ("two blocks", { fullyShard([block($0, 0), block($0, 1)]) }),
            ("a list of one", { fullyShard([block($0, 1)]) }),
            ("the first and the last", { fullyShard([block($0, 2), block($0, 0)]) }),
            ("modules in each other", { fullyShard([block($0, 0), $0[0].modules()[1], block($0, 0)]) }),
            ("all", { fullyShard([block($0, 0), block($0, 1), block($0, 2)], reshardAfterForward: false) })
        ]
        for (what, divide) in forms {
            let found = weights {
                divide($0)
                fullyShard($0)
            }
            same(found, expected, what)
        }
        // Gathered before the first, freed after the last.
        let model = FullyShardTests.network()
        let divided = fullyShard([block(model, 0), block(model, 1)])
        Check.that(divided.count == 2 && divided[0].fsdp === divided[1].fsdp, "one state for both modules")
        fullyShard(model)
        var shapes: [[Int]] = []
        for i in 0..<2 {
            let weight = model[i].parameters()[0]
            block(model, i).registerForwardHook(inputs: [Any].self, output: Any.self) { _, _, _ in
                shapes.append(weight.shape.sizes)
                return nil
            }
        }
        let x = Tensor.ones([2, 10])
        noGrad { _ = model(x) }
        let rows = max(0, min((5 + n - 1) / n, 5 - (5 + n - 1) / n * dist.rank))
        Check.that(shapes == [[7, 10], [rows, 7]], "the shapes after each module: \(shapes)")
        // Results are cast in all modules of the group.
        let cast = FullyShardTests.network()
        fullyShard([block(cast, 0), block(cast, 1)], mpPolicy: MixedPrecisionPolicy(outputDType: .float64))
        var dtypes: [DType] = []
        for i in 0..<2 {
            block(cast, i).registerForwardHook { _, _, output in
                dtypes.append(output.dtype)
                return output.to(.float32)
            }
        }
        _ = fullyShard(cast)(x)
        Check.that(dtypes == [.float64, .float64], "the dtypes of the results: \(dtypes)")
    }

    /// Calls only some of its parts.
    private final class Partial: Module, Layer {
        let first = Linear(4, 4)
        let second = Linear(4, 4)
        let head = Linear(4, 2)
        var usesSecond = true

        func forward(_ x: Tensor) -> Tensor { usesSecond ? head(second(first(x))) : head(first(x)) }
    }

    /// A module of the list that is not called, or called alone.
    private static func incompletePasses() {
        manualSeed(3)
        let x = Tensor.randn([3, 4])
        func gradients(_ model: Partial, _ usesSecond: Bool) -> [Tensor?] {
            model.zeroGrad()
            model.usesSecond = usesSecond
            for _ in 0..<2 { model(x).pow(2).sum().backward() }
            return model.parameters().map(\.grad)
        }
        manualSeed(0)
        let plain = Partial()
        manualSeed(0)
        let model = Partial()
        fullyShard([model.first, model.second])
        fullyShard(model)
        for usesSecond in [true, false, true] {
            noGrad { _ = model(x) }
            for (a, b) in zip(gradients(model, usesSecond), gradients(plain, usesSecond)) {
                guard let b else {
                    Check.that(a == nil, "a gradient of a module that is not used")
                    continue
                }
                let chunks = b.chunk(n), rank = dist.rank
                Check.close(
                    a ?? .zeros([0]), chunks.indices.contains(rank) ? chunks[rank] : b.narrow(0, 0, 0), 1e-5,
                    "a pass that uses the second module: \(usesSecond)")
            }
        }
        // Called alone, outside of the outermost module, with a backward pass of its own.
        let hidden = model.first(x)
        hidden.sum().backward()
        model.zeroGrad()
        model.fsdp.resetIterState()
        for parameter in model.parameters() { Check.that(parameter.shape.sizes != [4, 4] || n == 1, "parts again") }
        for (a, b) in zip(gradients(model, true), gradients(plain, true)) {
            let chunks = b!.chunk(n), rank = dist.rank
            Check.close(
                a ?? .zeros([0]), chunks.indices.contains(rank) ? chunks[rank] : b!.narrow(0, 0, 0), 1e-5,
                "after a module that was called alone")
        }
    }

    private static func smallerGroups() {
        let expected = weights { FullyShardTests.shard($0) }
        for count in 1...n where n.isMultiple(of: count) {
            let found = weights { model in
                for block in model.prefix(2) { fullyShard(block as! Sequential, reshardAfterForward: count) }
                fullyShard(model, reshardAfterForward: count)
            }
            same(found, expected, "kept by \(count) of \(n)")
            let list = weights { model in
                fullyShard([block(model, 0), block(model, 1)], reshardAfterForward: count)
                fullyShard(model)
            }
            same(list, expected, "a list, kept by \(count) of \(n)")
            // A step between the passes: the backward pass gathers what the step has made.
            let model = FullyShardTests.network()
            for block in model.prefix(2) { fullyShard(block as! Sequential, reshardAfterForward: count) }
            fullyShard(model)
            let x = Tensor.ones([2, 10]), optimizer = SGD(model.parameters(), lr: 0.5)
            model(x).sum().backward()
            _ = model(x)
            optimizer.step()
            let stepped = FullyShardTests.network()
            try? stepped.loadStateDict(FullyShardTests.whole(model))
            Check.close(noGrad { model(x) }, noGrad { stepped(x) }, 1e-6, "a pass after a step, kept by \(count)")
        }
        guard n == 4 else { return }
        // Between the passes each process has the half of the parameters that the pair keeps, beside its own quarter.
        let width = 512, blocks = 6, bytes = blocks * width * width * 4
        let before = memoryAllocated()
        let model = Sequential((0..<blocks).map { _ in Linear(width, width, bias: false) })
        for layer in model { fullyShard(layer as! Linear, reshardAfterForward: 2) }
        fullyShard(model)
        let parts = memoryAllocated() - before
        let loss = model(Tensor.ones([1, width])).sum()
        let kept = memoryAllocated() - before - parts
        Check.that(
            kept >= bytes / 2 && kept < bytes / 2 + bytes / 8, "the pair keeps \(kept) bytes of \(bytes) in each")
        loss.backward()
        let after = memoryAllocated() - before
        Check.that(after < 2 * parts + bytes / 8, "\(after) bytes after the backward pass, of which \(parts) are parts")
    }

    /// Forward passes without a backward pass leave nothing.
    private static func openPasses() {
        let model = FullyShardTests.shard(FullyShardTests.network())
        let x = Tensor.ones([1, 10])
        for _ in 0..<1000 { _ = model(x) }
        Check.that(model.fsdp.openPassCount == 0, "\(model.fsdp.openPassCount) passes after a thousand")
        let outputs = (0..<10).map { _ in model(x) }
        // Those of two blocks and the whole model.
        Check.that(model.fsdp.openPassCount == 30, "\(model.fsdp.openPassCount) passes of ten graphs")
        stack(outputs).sum().backward()
        Check.that(model.fsdp.openPassCount == 0, "\(model.fsdp.openPassCount) passes after the backward pass")
    }

    private static func errors() {
        Check.raises("fully_shard: the list of modules is empty") { fullyShard([]) }
        Check.raises("If passing reshard_after_forward as an int, it should be a factor of \(n), not \(n + 1)") {
            fullyShard(Linear(2, 2), reshardAfterForward: n + 1)
        }
        Check.raises("If passing reshard_after_forward as an int, it should be a factor of \(n), not 0") {
            fullyShard(Linear(2, 2), reshardAfterForward: 0)
        }
        let first = Linear(2, 2), second = Linear(2, 2)
        fullyShard([first, second])
        Check.raises("Each distinct composable distributed API can only be applied to a module once.") {
            fullyShard(second)
        }
        Check.raises("FSDP requires a single root module but got [Linear, Linear]") { _ = first(Tensor.ones([1, 2])) }
    }
}
