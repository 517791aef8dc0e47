import Testing
import Torch

extension DrawingTests {
    /// torch.manual_seed(0); t = torch.empty(shape); nn.init.…(t), PyTorch 2.15.
    @Suite struct InitTests {
        private func check(
            _ want: [Double], _ shape: [Int] = [3, 4], tolerance: Double = 0, _ fill: (Tensor) -> Void,
            _ line: Int = #line
        ) {
            manualSeed(0)
            let tensor = Tensor.empty(shape, requiresGrad: true)
            fill(tensor)
            let got = tensor.toArray(as: Float.self)
            for (i, (x, y)) in zip(got, want.map { Float($0) }).enumerated() {
                #expect(abs(x - y) <= Float(tolerance), "line \(line), element \(i): \(x), expected \(y)")
            }
            #expect(got.count == want.count && tensor.isLeaf && tensor.requiresGrad)
        }

        @Test func uniforms() {
            check([
                -0.0138628976, 0.993300557, -1.52398348, -1.36269426, -0.71316731, 0.49653095, -0.0366868824,
                1.46814609, -0.164322048, 0.489967257, -0.559589863, -0.363968372
            ]) {
                Init.xavierUniform_($0, gain: 2)
            }
            check([
                -0.0105879623, 0.758645773, -1.16396153, -1.04077494, -0.54469049, 0.379231781, -0.0280200671, 1.121315,
                -0.125503033, 0.374218673, -0.427393824, -0.277985424
            ]) {
                Init.kaimingUniform_($0, mode: .fanOut, nonlinearity: .relu)
            }
        }

        @Test func normals() {
            check([
                0.82369709, -0.156844348, -1.16461194, 0.303839296, -0.579701602, -0.747580707, 0.215597957,
                0.447943926, -0.384459347, -0.215596184, -0.318915009, 0.0973025933
            ]) {
                Init.xavierNormal_($0)
            }
            check(
                [
                    0.885279119, -0.168570504, -1.2516818, 0.326555222, -0.623041809, -0.803472042, 0.231716707,
                    0.481433541, -0.413202673, -0.2317148, -0.34275806, 0.104577228
                ], [2, 3, 2]
            ) {
                Init.kaimingNormal_($0, a: 0.1)
            }
        }

        @Test func truncatedNormals() {
            check([
                1.54099607, -0.293428898, -1.07118738, 0.568431258, -1.08452237, -1.39859545, 0.403346837, 0.838026345,
                -0.719257593, -0.403343529, -0.596635342, 0.182036489
            ]) {
                Init.truncNormal_($0)
            }
            check([
                0.624064147, 0.692055464, 0.522119343, 0.533007622, 0.576855719, 0.658519685, 0.622523367, 0.724111199,
                0.61390698, 0.567458391, 0.587223351, 0.600429296
            ]) {
                Init.truncNormal_($0, a: 0.5, b: 0.75)
            }
            check(
                [
                    0.00879391655, 0.00224822364, -0.00501157157, -0.00867757574, 0.00411051326, -0.00900659524,
                    -0.00682720775, -0.00874339044, 0.00936192833, -0.00315424893,
                    0.00689130835, 0.00532098813, -0.00731237559, 0.00377107132, -0.00138145371, -0.00989850704,
                    0.00493852794, -0.00387674244, 0.0089102434, 0.00107473799
                ], [20]
            ) {
                Init.truncNormal_($0, std: 0.02, a: -0.01, b: 0.01)
            }
        }

        @Test func orthogonals() {
            check(
                [
                    0.561532736, -0.106924288, -0.793942034, 0.207134038, -0.390598238, -0.768100142, -0.0408677906,
                    0.505751908, -0.713838756, 0.211008668, -0.606302261, -0.279834002
                ], tolerance: 1e-5
            ) {
                Init.orthogonal_($0)
            }
            check(
                [
                    1.7725606, -0.0583397374, 0.517323792, 0.653849125, -1.32580435, -0.882511497, 0.463957548,
                    1.20691264, -1.52505016, -0.463953704, -0.884421349, -0.792320609
                ], [4, 3], tolerance: 1e-5
            ) {
                Init.orthogonal_($0, gain: 2)
            }
            check(
                [
                    -0.559733272, -0.572918296, -0.124580026, -0.215711296, 0.421952903, 0.344045818, 0.510376632,
                    -0.566381335, 0.440777302, 0.174858958, 0.347747624, -0.270072967,
                    0.337839633, 0.433095157, 0.0670459569, 0.0212941505, 0.578780293, 0.598629951, 0.247052968,
                    0.0740499049, -0.198771432, -0.866410613, 0.192450076, -0.325985879
                ], [4, 3, 2], tolerance: 1e-5
            ) {
                Init.orthogonal_($0)
            }
        }

        @Test func constants() {
            check([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0]) { Init.eye_($0) }
            check([Double](repeating: 2.5, count: 12)) { Init.constant_($0, 2.5) }
            check([Double](repeating: 1, count: 12)) { Init.ones_($0) }
            check([Double](repeating: 0, count: 12)) { Init.zeros_($0) }
        }

        @Test func gains() {
            #expect(
                Init.calculateGain(.linear) == 1 && Init.calculateGain(.tanh) == 1.6666666666666667
                    && Init.calculateGain(.relu) == 1.4142135623730951)
            #expect(
                Init.calculateGain(.leakyRelu) == 1.4141428569978354 && Init.calculateGain(.selu) == 0.75
                    && Init.calculateGain(.leakyRelu, param: 0.2) == 1.3867504905630728)
        }

        @Test func mistakes() {
            #expect(
                throws: TorchError(
                    .value, "Fan in and fan out can not be computed for tensor with fewer than 2 dimensions")
            ) { try withError { _ = Init.xavierUniform_(Tensor.ones(2)) } }
            #expect(throws: TorchError(.value, "Only tensors with 2 dimensions are supported")) {
                try withError { _ = Init.eye_(Tensor.ones(2)) }
            }
            #expect(throws: TorchError(.value, "Only tensors with 2 or more dimensions are supported")) {
                try withError { _ = Init.orthogonal_(Tensor.ones(2)) }
            }
        }
    }
}
