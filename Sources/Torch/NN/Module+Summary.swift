// Summaries of modules: `model.summary(inputSize: [1, 3, 224, 224])`. PyTorch's users know them from torchinfo.

extension Module {
    /// Returns a table of the modules and their parameters, without a call.
    /// - Parameters:
    ///   - depth: the greatest depth that the table shows.
    ///   - columns: the columns of the table. Sizes and multiplications are known after a call only.
    public final func summary(
        depth: Int = 3, columns: [ModuleSummary.Column] = [.numParams]
    ) -> ModuleSummary {
        var summary = SummaryRecorder(self).withoutCall()
        (summary.depth, summary.columns) = (depth, columns)
        return summary
    }

    /// Calls the module and returns a table of all calls inside, with the sizes of their results, the numbers of their
    /// parameters and of their multiplications, and an estimate of the memory. Python: `torchinfo.summary`.
    ///
    ///     let table = translator.summary(inputSize: [10, 32], [20, 32], dtypes: [.int64, .int64]) { inputs in
    ///         translator(inputs[0], inputs[1])
    ///     }
    ///     print(table)
    ///
    /// On the device `meta` nothing is computed and no memory is taken: parameters, buffers and other tensors in the
    /// modules' properties have no memory during the call. In any case the modules are as before afterwards: their
    /// parameters, buffers, hooks and mode, and the default generator. No other thread may use them during the call.
    /// - Parameters:
    ///   - inputSize: the sizes of each input, with the batch.
    ///   - dtypes: the dtype of each input. For those that it leaves out, that of the first floating-point parameter.
    ///   - depth: the greatest depth that the table shows.
    ///   - columns: the columns of the table.
    ///   - training: whether the modules are in training mode during the call.
    ///   - device: where the call runs. For a module whose work depends on its numbers, name its own device instead of
    ///     `meta`: then it computes, with random inputs (zeros if they are integers).
    ///   - forward: calls the module with the inputs.
    public final func summary<Output>(
        inputSize: [Int]..., dtypes: [DType] = [], depth: Int = 3,
        columns: [ModuleSummary.Column] = [.outputSize, .numParams], training: Bool = false, device: Device = .meta,
        _ forward: ([Tensor]) throws -> Output
    ) rethrows -> ModuleSummary {
        try summary(inputSize, dtypes, depth, columns, training, device, forward)
    }

    final func summary<Output>(
        _ inputSize: [[Int]], _ dtypes: [DType], _ depth: Int, _ columns: [ModuleSummary.Column], _ training: Bool,
        _ device: Device, _ forward: ([Tensor]) throws -> Output
    ) rethrows -> ModuleSummary {
        let own = parameters().first { $0.isFloatingPoint() }?.dtype ?? defaultDType
        let inputs = Generator().asDefault {
            inputSize.enumerated().map { i, sizes in
                let dtype = i < dtypes.count ? dtypes[i] : own
                return device.kind == .meta || !dtype.isInexact
                    ? Tensor.zeros(sizes, dtype: dtype, device: device)
                    : Tensor.rand(sizes, dtype: dtype, device: device)
            }
        }
        var summary = ModuleSummary()
        if !anyVoid(inputs) {
            summary = try SummaryRecorder(self).record(device, training: training) { _ = try forward(inputs) }
        }
        (summary.depth, summary.columns) = (depth, columns)
        return summary
    }
}

extension Layer {
    /// Calls the module with an input of these sizes, and returns a table of all calls inside.
    /// `Module.summary(inputSize:dtypes:depth:columns:training:device:_:)` explains the arguments.
    public func summary(
        inputSize: [Int], dtype: DType? = nil, depth: Int = 3,
        columns: [ModuleSummary.Column] = [.outputSize, .numParams], training: Bool = false, device: Device = .meta
    ) -> ModuleSummary {
        summary([inputSize], dtype.map { [$0] } ?? [], depth, columns, training, device) { self($0[0]) }
    }
}

extension BinaryLayer {
    /// Calls the module with two inputs, and returns a table of all calls inside.
    /// `Module.summary(inputSize:dtypes:depth:columns:training:device:_:)` explains the arguments.
    public func summary(
        inputSize first: [Int], _ second: [Int], dtypes: [DType] = [], depth: Int = 3,
        columns: [ModuleSummary.Column] = [.outputSize, .numParams], training: Bool = false, device: Device = .meta
    ) -> ModuleSummary {
        summary([first, second], dtypes, depth, columns, training, device) { self($0[0], $0[1]) }
    }
}

extension UnaryModule where Input == Tensor {
    /// Calls the module with an input of these sizes, and returns a table of all calls inside.
    /// `Module.summary(inputSize:dtypes:depth:columns:training:device:_:)` explains the arguments.
    public func summary(
        inputSize: [Int], dtype: DType? = nil, depth: Int = 3,
        columns: [ModuleSummary.Column] = [.outputSize, .numParams], training: Bool = false, device: Device = .meta
    ) -> ModuleSummary {
        summary([inputSize], dtype.map { [$0] } ?? [], depth, columns, training, device) { self($0[0]) }
    }
}

extension BinaryModule where First == Tensor, Second == Tensor {
    /// Calls the module with two inputs, and returns a table of all calls inside.
    /// `Module.summary(inputSize:dtypes:depth:columns:training:device:_:)` explains the arguments.
    public func summary(
        inputSize first: [Int], _ second: [Int], dtypes: [DType] = [], depth: Int = 3,
        columns: [ModuleSummary.Column] = [.outputSize, .numParams], training: Bool = false, device: Device = .meta
    ) -> ModuleSummary {
        summary([first, second], dtypes, depth, columns, training, device) { self($0[0], $0[1]) }
    }
}
