import Testing
import Torch

/// The numbers and sentences are those of PyTorch 2.15.0 for the same seeds and calls.
@Suite(.serialized) struct RecurrentTests {
    private func close(_ tensor: Tensor?, _ want: [Double], _ tolerance: Double = 2e-6) -> Bool {
        close(tensor?.detach().toArray(as: Double.self) ?? [], want, tolerance)
    }

    private func close(_ own: [Double], _ want: [Double], _ tolerance: Double) -> Bool {
        own.count == want.count
            && zip(own, want).allSatisfy { abs($0 - $1) <= tolerance * max(1, abs($1)) }
    }

    @Test func packedSequencesInBothDirectionsWithProjections() {
        manualSeed(1)
        let lstm = LSTM(3, 5, numLayers: 2, bidirectional: true, projSize: 2)
        let x = Tensor.randn(4, 3, 3).requiresGrad_()
        let packed = packPaddedSequence(x, lengths: [2, 4, 1], enforceSorted: false)
        let (output, (h, c)) = lstm(packed)
        #expect(
            close(
                output.data.sum(dim: 1),
                [
                    -0.133484885, -0.083622813, -0.070406869, -0.129765049, -0.065972969, -0.125973105, -0.08759895
                ]))
        #expect(
            close(
                h.sum(dim: 2),
                [
                    0.049417168, -0.010217182, -0.027235579, -0.072131723, -0.087829277, -0.061835144, -0.033330493,
                    -0.051741645, -0.026485706, -0.061122663, -0.0987233, -0.043921165
                ]))
        #expect(
            close(
                c.sum(dim: 2),
                [
                    1.381978869, 1.368694067, 0.923441112, 0.116930604, 1.194886923, 0.433548182, 0.806073785,
                    0.958998382, 0.54358387, 0.925219178, 1.341634512, 0.575361371
                ]))
        let (padded, lengths) = padPackedSequence(output, batchFirst: true, paddingValue: -1, totalLength: 5)
        #expect(padded.shape == [3, 5, 4] && lengths.toArray(as: Int.self) == [2, 4, 1])
        #expect(close(padded.sum(dim: [1, 2]), [-12.149597168, -4.476821423, -16.070407867]))
        let weight = Tensor.arange(60, dtype: .float32).view(3, 5, 4) / 60
        ((padded * weight).sum() + (h * h).sum() + c.sum()).backward()
        #expect(
            close(
                x.grad?.sum(dim: 2),
                [
                    -1.011506081, -0.614360273, -0.623281002, 0.353292286, -0.198313713, 0, 0, -0.0544893, 0, 0,
                    0.027941488, 0
                ]))
        let sums: [Double] = lstm.parameters().map { $0.grad!.sum().item() }
        #expect(
            close(
                sums,
                [
                    10.731468201, 0.0774661, 10.612915039, 10.612915039, -2.233936787, 13.839690208, -0.246630087,
                    10.840457916, 10.840456009, -0.998365819, -0.287062049, -0.299216986, 11.495735168, 11.495736122,
                    1.178744674, -0.786091805, -0.47514534, 12.527289391, 12.527289391, 1.817145348
                ], 1e-5))
    }

    /// Returns the gradients of the input, and the sums of those of the parameters, of the squared first gradient.
    private func second(_ module: RNNBase, _ output: (Tensor) -> Tensor) -> (Tensor?, [Double]) {
        let x = Tensor.randn(3, 2, 2, dtype: .float64).requiresGrad_()
        let first = grad(output(x).square().sum(), x, createGraph: true)
        first.square().sum().backward()
        return (x.grad, module.parameters().map { $0.grad!.sum().item() })
    }

    @Test func secondGradients() {
        manualSeed(2)
        let gru = GRU(2, 3, numLayers: 2, bidirectional: true, dtype: .float64)
        let ofGRU = second(gru) { gru($0).0 }
        #expect(
            close(
                ofGRU.0,
                [
                    0.003341653, 0.011656837, -0.019348701, 0.019055759, -0.016021478, -0.019125308, 0.033935361,
                    -0.039837375, -0.032674365, 0.000652115, -0.040222499, 0.003162343
                ], 1e-9))
        #expect(
            close(
                ofGRU.1,
                [
                    0.380681826, -0.023041567, -0.281647389, -0.293302143, 0.13995524, 0.284592577, -0.090640983,
                    -0.219871507, 2.820458769, 0.361940131, -0.626859914, -0.437849365, -0.294751343, -0.066073279,
                    0.618214512, 0.29250425
                ], 1e-8))
        manualSeed(2)
        let rnn = RNN(2, 3, numLayers: 2, bidirectional: true, dtype: .float64)
        let ofRNN = second(rnn) { rnn($0).0 }
        #expect(
            close(
                ofRNN.0,
                [
                    -0.142941803, 0.080434866, -0.131276574, 0.056832549, 0.103585263, 0.02608097, -0.13438267,
                    -0.069541102, 0.017827627, -0.006121476, -0.037648175, 0.057891785
                ], 1e-9))
        #expect(
            close(
                ofRNN.1,
                [
                    -0.058331395, -0.248220137, -0.489893492, -0.489893492, 0.181841674, -0.036642109, 0.297213116,
                    0.297213116, -3.45215048, -0.10216431, 0.299427534, 0.299427534, -0.394732337, -0.538217445,
                    -0.394659503, -0.394659503
                ], 1e-8))
        manualSeed(2)
        let lstm = LSTM(2, 3, numLayers: 2, bidirectional: true, dtype: .float64)
        let ofLSTM = second(lstm) { lstm($0).0 }
        #expect(
            close(
                ofLSTM.0,
                [
                    2.9512e-05, 0.000455911, -7.4435e-05, -4.5261e-05, -0.001198907, 0.001734978, -0.000433604,
                    0.001262333, 4.6293e-05, 0.000831227, 6.183e-06, 0.000127355
                ], 1e-9))
        #expect(
            close(
                ofLSTM.1,
                [
                    0.024691353, 0.004109446, 0.001303106, 0.001303106, -0.003148465, 0.000352695, -0.000146898,
                    -0.000146898, -0.016263842, -0.00157464, -0.002746409, -0.002746409, -0.029047413, -0.003589273,
                    0.028331144, 0.028331144
                ], 1e-9))
    }

    @Test func dropoutDrawsBetweenLayers() {
        manualSeed(3)
        let gru = GRU(2, 4, numLayers: 3, batchFirst: true, dropout: 0.5, bidirectional: true)
        let x = Tensor.randn(2, 3, 2)
        manualSeed(4)
        let (output, h) = gru(x)
        #expect(
            close(
                output.sum(dim: 2),
                [0.238784492, -0.137882262, -0.479716837, -0.085732102, 0.015973538, -0.345408142]))
        #expect(
            close(
                h.sum(dim: 2),
                [
                    -0.721567929, -0.098437071, 0.126953721, -0.050115824, -0.649340928, -0.517851472, 0.019315638,
                    0.345693827, -0.654656649, -0.186079904, 0.309200823, -0.120003998
                ]))
        #expect(Tensor.rand(1).item() == 0.9910558462142944)
        #expect("\(gru)" == "GRU(2, 4, num_layers=3, batch_first=True, dropout=0.5, bidirectional=True)")
    }

    @Test func halfPrecision() {
        func outputs(_ module: RNNBase, _ body: (Tensor) -> Tensor) -> (Tensor, [Double]) {
            let output = body(Tensor.randn(3, 2, 4).to(.bfloat16))
            output.float().sum().backward()
            return (output.float()[2, 0], module.parameters().map { $0.grad!.float().sum().item() })
        }
        manualSeed(6)
        let lstm = LSTM(4, 6).bfloat16()
        let ofLSTM = outputs(lstm) { lstm($0).0 }
        #expect(
            close(
                ofLSTM.0, [-0.138671875, 0.219726562, -0.26171875, -0.1484375, 0.120605469, -0.12890625], 1.6e-2))
        #expect(close(ofLSTM.1, [-4.6143, -0.9166, 7.1785, 7.179], 5e-2))
        manualSeed(6)
        let gru = GRU(4, 6).bfloat16()
        let ofGRU = outputs(gru) { gru($0).0 }
        #expect(
            close(ofGRU.0, [0.15234375, 0.04296875, 0.5625, 0.041992188, 0.48828125, 0.031738281], 1.6e-2))
        #expect(close(ofGRU.1, [16.1015, 5.6743, 19.5783, 9.5722], 5e-2))
        manualSeed(6)
        let rnn = RNN(4, 6).bfloat16()
        let ofRNN = outputs(rnn) { rnn($0).0 }
        #expect(
            close(
                ofRNN.0, [0.077148438, -0.159179688, -0.21875, 0.330078125, -0.249023438, -0.127929688], 1.6e-2))
        #expect(close(ofRNN.1, [-7.6543, 10.7285, 30.6719, 30.7188], 5e-2))
    }

    @Test func singleSequencesAndStates() {
        manualSeed(5)
        let rnn = RNN(2, 3, nonlinearity: .relu)
        let x = Tensor.randn(2, 2), h = Tensor.randn(1, 3)
        let (output, last) = rnn(x, h)
        #expect(close(output, [0, 1.909628391, 0.898059845, 0.005496621, 0.867369473, 1.321573973]))
        #expect(last.shape == [1, 3] && last[0].equal(output[1]))
        // A sequence in two parts is the whole sequence.
        manualSeed(6)
        let lstm = LSTM(4, 6, numLayers: 2, batchFirst: true)
        let y = Tensor.randn(3, 8, 4)
        let (whole, (hidden, cell)) = lstm(y)
        let (front, state) = lstm(y[.all, ..<5])
        let (back, (hiddenThen, cellThen)) = lstm(y[.all, 5...], state)
        #expect(cat([front, back], dim: 1).allclose(whole, rtol: 1e-5, atol: 1e-6))
        #expect(hiddenThen.allclose(hidden, rtol: 1e-5, atol: 1e-6) && cellThen.allclose(cell, rtol: 1e-5, atol: 1e-6))
        #expect(whole.stride() == [6, 18, 1])
    }

    @Test func namesOfNodesAndWeights() {
        let lstm = LSTM(2, 3, bidirectional: true, projSize: 2)
        #expect(
            lstm.namedParameters().map(\.name) == [
                "weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0", "weight_hr_l0", "weight_ih_l0_reverse",
                "weight_hh_l0_reverse", "bias_ih_l0_reverse", "bias_hh_l0_reverse", "weight_hr_l0_reverse"
            ])
        #expect(lstm.allWeights.map(\.count) == [5, 5] && lstm.getParameter("weight_hr_l0")?.shape == [2, 3])
        let x = Tensor.ones(2, 2, 2)
        func names(_ tensors: Tensor...) -> [String?] { tensors.map { $0.gradFn?.name } }
        let (output, (h, c)) = LSTM(2, 3)(x)
        #expect(names(output, h, c) == ["MkldnnRnnLayerBackward0", "StackBackward0", "StackBackward0"])
        #expect(names(lstm(x).0) == ["CatBackward0"])
        #expect(names(LSTM(2, 3, batchFirst: true)(x).0) == ["TransposeBackward0"])
        #expect(names(GRU(2, 3, batchFirst: true)(x).0) == ["TransposeBackward1"])
        let (plain, last) = RNN(2, 3)(x)
        #expect(names(plain, last) == ["StackBackward0", "StackBackward0"])
        #expect(names(GRU(2, 3)(packSequence([Tensor.ones(2, 2)])).0.data) == ["CatBackward0"])
        let (next, memory) = LSTMCell(2, 3)(x[0])
        #expect(names(next, memory) == ["MulBackward0", "AddBackward0"])
        #expect(names(GRUCell(2, 3)(x[0]), RNNCell(2, 3)(x[0])) == ["AddBackward0", "TanhBackward0"])
    }

    @Test func hooksSeeStates() {
        let lstm = LSTM(2, 3)
        var seen = 0
        lstm.registerForwardHook(
            inputs: (Tensor, (Tensor, Tensor)?).self, output: (Tensor, (Tensor, Tensor)).self
        ) { _, inputs, output in
            seen += inputs.1 == nil ? 1 : 10
            return (output.0 * 0, output.1)
        }
        let (output, state) = lstm(Tensor.ones(2, 1, 2))
        #expect(output.abs().sum().item() == 0 && seen == 1)
        _ = lstm(Tensor.ones(2, 1, 2), state)
        #expect(seen == 11)
    }

    @Test func copiesMovesAndForms() {
        let gru = GRU(2, 3, numLayers: 2)
        let copy = gru.copy { GRU(2, 3, numLayers: 2) }
        let x = Tensor.ones(2, 1, 2)
        #expect(copy(x).0.equal(gru(x).0))
        let meta = LSTM(2, 3, batchFirst: true, bidirectional: true, device: .meta)
        let (output, (h, c)) = meta(Tensor.empty(4, 5, 2, device: .meta))
        #expect(output.shape == [4, 5, 6] && h.shape == [2, 4, 3] && c.shape == [2, 4, 3])
        let grads = grad([output], meta.parameters(), gradOutputs: [output])
        #expect(grads.allSatisfy { $0?.device == .meta })
        #expect(LSTM(2, 3)(Tensor.zeros(4, 0, 2)).0.shape == [4, 0, 3])
        // PyTorch computes complex layers step by step too.
        let complex = RNN(2, 3, dtype: .complex64)
        #expect(complex(Tensor.ones(2, 1, 2, dtype: .complex64)).0.dtype == .complex64)
    }

    private func message(_ body: () -> Void) -> String? {
        do {
            try withError(body)
            return nil
        } catch { return (error as? TorchError)?.message }
    }

    @Test func badOptions() {
        #expect(message { _ = LSTM(0, 3) } == "input_size must be greater than zero")
        #expect(message { _ = LSTM(3, .min) } == "hidden_size must be greater than zero")
        #expect(message { _ = LSTM(3, 3, numLayers: 0) } == "num_layers must be greater than zero")
        #expect(message { _ = LSTM(3, 3, projSize: 3) } == "proj_size has to be smaller than hidden_size")
        #expect(
            message { _ = LSTM(3, 3, projSize: -1) }
                == "proj_size should be a positive integer or zero to disable projections")
        #expect(
            message { _ = LSTM(3, 3, dropout: .nan) }
                == "dropout should be a number in range [0, 1] representing the probability of an element being zeroed")
        #expect(message { _ = GRU(3, .max) } != nil && message { _ = GRU(3, 3, numLayers: .max) } != nil)
        #expect(message { _ = GRUCell(3, -1) } == "Trying to create tensor with negative dimension -3: [-3, 3]")
        #expect("\(RNNCell(3, 4, bias: false, nonlinearity: .relu))" == "RNNCell(3, 4, bias=False, nonlinearity=relu)")
    }

    @Test func badInput() {
        let lstm = LSTM(2, 3), gru = GRU(2, 3), rnn = RNN(2, 3)
        let x = Tensor.zeros(4, 5, 2), state = Tensor.zeros(1, 5, 3)
        #expect(
            message { _ = lstm(x.double()) }
                == "RNN input dtype (torch.float64) does not match weight dtype (torch.float32). Convert input: input.to(torch.float32), or convert model: model.to(torch.float64)"
        )
        #expect(message { _ = lstm(Tensor.zeros(2)) } == "LSTM: Expected input to be 2D or 3D, got 1D instead")
        #expect(message { _ = gru(Tensor.zeros(2)) } == "GRU: Expected input to be 2D or 3D, got 1D instead")
        #expect(message { _ = rnn(Tensor.zeros(2)) } == "RNN: Expected input to be 2D or 3D, got 1D tensor instead")
        #expect(
            message { _ = lstm(Tensor.zeros(4, 5, 3)) }
                == "input.size(-1) must be equal to input_size. Expected 2, got 3")
        #expect(
            message { _ = lstm(x, (Tensor.zeros(1, 4, 3), state)) }
                == "Expected hidden[0] size (1, 5, 3), got [1, 4, 3]")
        #expect(
            message { _ = lstm(x, (state, Tensor.zeros(1, 5, 2))) }
                == "Expected hidden[1] size (1, 5, 3), got [1, 5, 2]")
        #expect(
            message { _ = lstm(x, (state, Tensor.zeros(1, 5))) }
                == "For batched 3-D input, hx and cx should also be 3-D but got (3-D, 2-D) tensors")
        #expect(
            message { _ = gru(x[.all, 0], state) }
                == "For unbatched 2-D input, hx should also be 2-D but got 3-D tensor")
        #expect(message { _ = gru(x, Tensor.zeros(1, 5, 2)) } == "Expected hidden size (1, 5, 3), got [1, 5, 2]")
        #expect(
            message { _ = gru(x, state.double()) } == "mat1 and mat2 must have the same dtype, but got Double and Float"
        )
        #expect(
            message { _ = lstm(Tensor.zeros(0, 4, 2)) } == "Expected sequence length to be larger than 0 in RNN")
        #expect(
            message { _ = LSTM(2, 3, device: .meta)(x) }
                == "Input and parameter tensors are not at the same device, found input tensor at cpu and parameter tensor at meta"
        )
        let packed = packPaddedSequence(Tensor.zeros(3, 2, 2), lengths: [3, 2])
        #expect(message { _ = gru(packed, state) } == "Expected hidden size (1, 2, 3), got [1, 5, 3]")
    }

    @Test func badInputOfCells() {
        let lstm = LSTMCell(2, 3), gru = GRUCell(2, 3)
        let x = Tensor.zeros(2, 2), state = Tensor.zeros(2, 3)
        #expect(message { _ = lstm(x[.newAxis]) } == "LSTMCell: Expected input to be 1D or 2D, got 3D instead")
        #expect(
            message { _ = lstm(x, (state[.newAxis], state)) }
                == "LSTMCell: Expected hx[0] to be 1D or 2D, got 3D instead")
        #expect(
            message { _ = gru(x, state[.newAxis]) } == "GRUCell: Expected hidden to be 1D or 2D, got 3D instead")
        #expect(
            message { _ = gru(Tensor.zeros(2, 4), state) } == "input has inconsistent input_size: got 4 expected 2")
        #expect(
            message { _ = gru(Tensor.zeros(3, 2), state) }
                == "Input batch size 3 doesn't match hidden0 batch size 2")
        #expect(
            message { _ = gru(x, Tensor.zeros(2, 2)) } == "hidden0 has inconsistent hidden_size: got 2, expected 3")
        #expect(
            message { _ = lstm(x, (state, Tensor.zeros(1, 3))) }
                == "Input batch size 2 doesn't match hidden1 batch size 1")
        #expect(
            message { _ = gru(x, Tensor.zeros(3)) } == "Expected 2D hidden0 (batch x hidden_size), but got 1D tensor")
    }
}
