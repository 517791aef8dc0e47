import Torch

extension Table {
    /// Every operator that has an adapter.
    static var all: Table {
        var table = Table()
        table.addArithmetic()
        table.addMath()
        table.addSpecial()
        table.addComparison()
        table.addActivations()
        table.addMovement()
        table.addViewCopies()
        table.addDiagonals()
        table.addCopies()
        table.addCreation()
        table.addGrids()
        table.addWindows()
        table.addPadding()
        table.addPooling()
        table.addResampling()
        table.addReductions()
        table.addExtremes()
        table.addScans()
        table.addDifferences()
        table.addSorting()
        table.addNorms()
        table.addStatistics()
        table.addMaskedReductions()
        table.addMarginLosses()
        table.addJoining()
        table.addSplitting()
        table.addIndexing()
        table.addScatters()
        table.addMasked()
        table.addSearches()
        table.addMatmul()
        table.addProducts()
        table.addLinearSystems()
        table.addSpectra()
        table.addFourier()
        table.addNormalization()
        table.addAttention()
        table.addConvolutions()
        table.addSoftmax()
        table.addLosses()
        table.addSequenceLosses()
        table.addRandom()
        table.addComplex()
        table.addFaults()
        return table
    }

    /// Faulty operators, which PyTorch does not have. Tests use them: a crash must fail alone, and each property must
    /// find its faults.
    private mutating func addFaults() {
        op("conformance.crash", "now") { call in
            let now = try call.bool("now", false)
            if now { fatalError("a crash was asked for") }
            return Value.bool(now)
        }
        op("conformance.ignores_strides") { try Table.elementsInMemory(of: $0.input) }
        op("conformance.ignores_bits") { try $0.input.over($0.input.layoutInMemory).clone() }
        op("conformance.ignores_strides_of_gradients") { call -> Tensor in try Doubled.apply(call.input)[0] }
        op("conformance.returns_uninitialized_memory") { try Tensor.empty($0.input.shape.sizes, dtype: $0.input.dtype) }
        op("conformance.ignores_out", "input out") { try $0.input + 1 }
        op("conformance.writes_and_fails") { call -> Tensor in
            _ = try call.input.add_(1)
            throw TorchError(.runtime, "a failure was asked for")
        }
        op("conformance.adds_without_bounds", "input count") { try $0.input + $0.int("count") * 2 }
        op("conformance.computes_on_the_cpu") {
            try Tensor.ones($0.input.shape.sizes, dtype: $0.input.dtype, device: .cpu)
        }
        op("conformance.ignores_devices", "input other") { try $0.input.exp() }
        op("conformance.crashes_for_complex_numbers") { call -> Tensor in
            let input = try call.input
            if input.dtype.isComplex { fatalError("a crash was asked for") }
            return input
        }
        op("conformance.misnames_its_node") { try $0.input + 1 }
    }

    /// Returns as many elements as the tensor has, from its first one on in memory order. Ignores the strides.
    static func elementsInMemory(of tensor: Tensor) throws -> Tensor {
        try tensor.over(Layout(tensor.shape.sizes, offset: tensor.storageOffset())).clone()
    }
}

/// Computes twice its input. Its gradient wrongly takes the incoming gradient to be contiguous.
enum Doubled: Function {
    static func forward(_ context: FunctionContext, _ inputs: [Tensor]) -> [Tensor] { [inputs[0] * 2] }

    static func backward(_ context: FunctionContext, _ gradients: [Tensor?]) -> [Tensor?] {
        [gradients[0].flatMap { try? Table.elementsInMemory(of: $0) }.map { $0 * 2 }]
    }
}
