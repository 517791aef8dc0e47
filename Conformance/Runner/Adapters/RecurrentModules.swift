import Torch

extension ModuleTable {
    mutating func addRecurrent() {
        recurrent("RNN", "input_size hidden_size num_layers nonlinearity bias batch_first dropout bidirectional") {
            try RNN(
                $0.int("input_size"), $0.int("hidden_size"), numLayers: $0.int("num_layers", 1),
                nonlinearity: nonlinearity($0), bias: $0.bool("bias", true), batchFirst: $0.bool("batch_first", false),
                dropout: $0.double("dropout", 0), bidirectional: $0.bool("bidirectional", false))
        } forward: { rnn, input, state in
            let (output, hidden) = try rnn(input, state.map { try $0.onlyTensor })
            return .list([.tensor(output), .tensor(hidden)])
        }
        recurrent("GRU", "input_size hidden_size num_layers bias batch_first dropout bidirectional") {
            try GRU(
                $0.int("input_size"), $0.int("hidden_size"), numLayers: $0.int("num_layers", 1),
                bias: $0.bool("bias", true), batchFirst: $0.bool("batch_first", false),
                dropout: $0.double("dropout", 0), bidirectional: $0.bool("bidirectional", false))
        } forward: { gru, input, state in
            let (output, hidden) = try gru(input, state.map { try $0.onlyTensor })
            return .list([.tensor(output), .tensor(hidden)])
        }
        recurrent("LSTM", "input_size hidden_size num_layers bias batch_first dropout bidirectional proj_size") {
            try LSTM(
                $0.int("input_size"), $0.int("hidden_size"), numLayers: $0.int("num_layers", 1),
                bias: $0.bool("bias", true), batchFirst: $0.bool("batch_first", false),
                dropout: $0.double("dropout", 0), bidirectional: $0.bool("bidirectional", false),
                projSize: $0.int("proj_size", 0))
        } forward: { lstm, input, state in
            let (output, (hidden, cell)) = try lstm(input, state.map { try $0.tensorPair })
            return .list([.tensor(output), .list([.tensor(hidden), .tensor(cell)])])
        }
        recurrent("RNNCell", "input_size hidden_size bias nonlinearity") {
            try RNNCell(
                $0.int("input_size"), $0.int("hidden_size"), bias: $0.bool("bias", true), nonlinearity: nonlinearity($0)
            )
        } forward: { cell, input, state in
            .tensor(try cell(input, state.map { try $0.onlyTensor }))
        }
        recurrent("GRUCell", "input_size hidden_size bias") {
            try GRUCell($0.int("input_size"), $0.int("hidden_size"), bias: $0.bool("bias", true))
        } forward: { cell, input, state in
            .tensor(try cell(input, state.map { try $0.onlyTensor }))
        }
        recurrent("LSTMCell", "input_size hidden_size bias") {
            try LSTMCell($0.int("input_size"), $0.int("hidden_size"), bias: $0.bool("bias", true))
        } forward: { cell, input, state in
            let (hidden, memory) = try cell(input, state.map { try $0.tensorPair })
            return .list([.tensor(hidden), .tensor(memory)])
        }
    }

    /// Adds a module that takes a tensor and a state, which may be missing.
    private mutating func recurrent<M: Module>(
        _ name: String, _ signature: String, _ make: @escaping (Call) throws -> M,
        forward: @escaping (M, Tensor, Value?) throws -> Value
    ) {
        entries[name] = Entry(
            signature: signature, make: { try make($0) },
            forward: { module, positional, keywords in
                let call = try Call("input hx", positional, keywords)
                guard let module = module as? M else { throw Unsupported("another module than \(name)") }
                return try forward(module, try call.tensor("input"), call["hx"])
            })
    }
}

private func nonlinearity(_ call: Call) throws -> RNN.Nonlinearity {
    guard let found = RNN.Nonlinearity(rawValue: try call.string("nonlinearity", "tanh")) else {
        throw Unsupported("nonlinearity")
    }
    return found
}

extension Value {
    fileprivate var onlyTensor: Tensor {
        get throws {
            guard case .tensor(let tensor) = self else { throw Unsupported("a state that is no tensor") }
            return tensor
        }
    }

    fileprivate var tensorPair: (Tensor, Tensor) {
        get throws {
            guard case .list(let parts) = self, parts.count == 2 else { throw Unsupported("a state of other parts") }
            return try (parts[0].onlyTensor, parts[1].onlyTensor)
        }
    }
}
