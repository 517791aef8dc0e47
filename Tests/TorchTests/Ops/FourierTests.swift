import Foundation
import Testing
import Torch

@testable import CTorchKernels

/// Fourier transforms of lengths that PyTorch's cases do not have, and short-time transforms. Numbers are from PyTorch
/// 2.15 where nothing else is said.
struct FourierTests {
    /// Transforms of each method: passes of every radix, primes, two steps, chirps, odd and even real numbers.
    @Test(arguments: [1, 2, 7, 11, 61, 67, 97, 121, 1000, 2048, 2053, 2310, 4096, 4099, 5000, 16384, 19683])
    func transformsAgreeWithTheDefinition(n: Int) throws {
        let generator = Generator(seed: UInt64(n))
        let x = Tensor.randn([3, n], generator: generator, dtype: .complex128)
        let y = fft.fft(x), k = n / 3
        // One number of the transform by the definition, Σ x[j] · exp(-2πi·jk/n).
        let angles = Tensor.arange(n).mul(k).remainder(n).to(.float64).mul(-2 * Double.pi / Double(n))
        let expected = x.mul(complex(angles.cos(), angles.sin())).sum(dim: 1)
        #expect(y.select(1, k).sub(expected).abs().max().item(as: Double.self) < 1e-12 * Double(n))
        let scale = Double(n).squareRoot()
        #expect(fft.ifft(y).sub(x).abs().max().item(as: Double.self) < 1e-14 * scale)
        let real = x.real.contiguous(), half = fft.rfft(real)
        #expect(
            half.sub(fft.fft(real.to(.complex128)).narrow(1, 0, n / 2 + 1)).abs().max().item(as: Double.self) < 1e-13
                * scale)
        #expect(fft.irfft(half, n: n).sub(real).abs().max().item(as: Double.self) < 1e-14 * scale)
        // Columns go another way than rows.
        let columns = fft.fft(x.transpose(0, 1).contiguous(), dim: 0).transpose(0, 1)
        #expect(columns.sub(y).abs().max().item(as: Double.self) < 1e-13 * scale)
    }

    @Test func bitsDoNotDependOnThreadsOrInstructions() {
        let before = getNumThreads(), isa = st_isa()
        defer {
            setNumThreads(before)
            st_set_isa(isa)
        }
        for n in [360, 1009, 4096, 30030] {
            let x = Tensor.randn([5, n], generator: Generator(seed: 1))
            var results: [Tensor] = []
            for (threads, set) in [(1, ST_BASELINE), (1, ST_AVX2), (2, ST_AVX2), (5, ST_AVX512)] {
                setNumThreads(threads)
                st_set_isa(Int32(set))
                results.append(fft.rfft(x))
            }
            for result in results { #expect(result.equal(results[0]), "\(n)") }
        }
    }

    @Test func frequencies() {
        #expect(fft.fftfreq(5, d: 0.5).toArray() == [0, 0.4, 0.8, -0.8, -0.4] as [Float])
        #expect(fft.fftfreq(4).toArray() == [0, 0.25, -0.5, -0.25] as [Float])
        #expect(fft.rfftfreq(5).toArray() == [0, 0.2, 0.4] as [Float])
    }

    @Test func windows() {
        let windows: [(Tensor, Tensor, [Float], [Float])] = [
            (
                .hannWindow(5), .hannWindow(4, periodic: false), [0, 0.34549, 0.90451, 0.90451, 0.34549],
                [0, 0.75, 0.75, 0]
            ),
            (
                .hammingWindow(5), .hammingWindow(4, periodic: false), [0.08, 0.39785, 0.91215, 0.91215, 0.39785],
                [0.08, 0.77, 0.77, 0.08]
            ),
            (
                .blackmanWindow(5), .blackmanWindow(4, periodic: false), [0, 0.20077, 0.84923, 0.84923, 0.20077],
                [0, 0.63, 0.63, 0]
            ),
            (
                .kaiserWindow(5, beta: 5), .kaiserWindow(4, periodic: false, beta: 5),
                [0.03671, 0.4149, 0.91381, 0.91381, 0.4149], [0.03671, 0.77532, 0.77532, 0.03671]
            ),
            (
                .bartlettWindow(5), .bartlettWindow(4, periodic: false), [0, 0.4, 0.8, 0.8, 0.4],
                [0, 0.66667, 0.66667, 0]
            )
        ]
        for (periodic, symmetric, first, second) in windows {
            #expect(zip(periodic.toArray(as: Float.self), first).allSatisfy { abs($0 - $1) < 1e-5 })
            #expect(zip(symmetric.toArray(as: Float.self), second).allSatisfy { abs($0 - $1) < 1e-5 })
        }
        #expect(Tensor.hammingWindow(1).toArray(as: Float.self) == [1])
        let error = #expect(throws: TorchError.self) { try withError { Tensor.hannWindow(-1) } }
        #expect(error?.message == "hann_window requires non-negative window_length, got window_length=-1")
    }

    @Test func framesBeginWithTheWindow() {
        let x = Tensor.arange(16, dtype: .float32).sin(), window = Tensor([0.5, 1, 0.75, 0.25] as [Float])
        let y = x.stft(
            8, hopLength: 2, winLength: 4, window: window, center: false, returnComplex: true, alignToWindow: true)
        #expect(y.shape == [5, 7])
        let expected: [(Float, Float)] = [
            (-1.3019, -0.5701), (0.6373, -0.7240), (0.7715, 1.1726), (-1.2794, -0.2520), (0.2934, -0.9629),
            (1.0353, 1.0534), (-1.1550, 0.0861)
        ]
        let parts = y[1].viewAsReal()
        for (i, (re, im)) in expected.enumerated() {
            #expect(
                abs(parts[i, 0].item(as: Float.self) - re) < 1e-4 && abs(parts[i, 1].item(as: Float.self) - im) < 1e-4)
        }
    }

    @Test func signalsComeBack() {
        let x = Tensor.arange(16, dtype: .float32).sin(), window = Tensor.hannWindow(8)
        let spectra = x.stft(8, hopLength: 2, window: window, returnComplex: true)
        #expect(spectra.istft(8, hopLength: 2, window: window).sub(x).abs().max().item(as: Float.self) < 1e-6)
        // What lies behind the signal is its mirror image.
        let longer = spectra.istft(8, hopLength: 2, window: window, length: 20)
        let behind: [Float] = [0.99061, 0.42017, -0.53657, -0.99999]
        for (i, value) in behind.enumerated() { #expect(abs(longer[16 + i].item(as: Float.self) - value) < 1e-4) }
    }

    private static let wrong: [(@Sendable (Tensor) -> Tensor, String)] = [
        (
            { $0.stft(4) },
            "stft requires the return_complex parameter be given for real inputs, and will further require that return_complex=True in a future PyTorch release."
        ),
        (
            { $0.stft(4, hopLength: -1, returnComplex: true) },
            "stft(torch.FloatTensor[20], n_fft=4, hop_length=-1, win_length=4, window=None, normalized=0, onesided=None, return_complex=1, align_to_window=None) : expected hop_length > 0, but got hop_length=-1"
        ),
        (
            { $0.stft(4, window: Tensor.ones([3]), returnComplex: true) },
            "stft(torch.FloatTensor[20], n_fft=4, hop_length=1, win_length=4, window=torch.FloatTensor{[3]}, normalized=0, onesided=None, return_complex=1, align_to_window=None) : expected a 1D window tensor of size equal to win_length=4, but got window with size [3]"
        ),
        ({ fft.fft($0, n: 0) }, "Invalid number of data points (0) specified"),
        ({ fft.rfft($0.to(.complex64)) }, "rfft expects a real input tensor, but got ComplexFloat"),
        ({ fft.fftn($0, s: [2], dim: [0, 0]) }, "When given, dim and shape arguments must have the same length"),
        ({ fft.fftn($0, dim: [0, -1]) }, "FFT dims must be unique"),
        ({ fft.fft($0.to(.float16)) }, "Unsupported dtype Half")
    ]

    @Test(arguments: wrong.indices)
    func mistakes(number: Int) {
        let (call, sentence) = Self.wrong[number]
        let error = #expect(throws: TorchError.self) { try withError { call(Tensor.ones([16])) } }
        #expect(error?.message == sentence)
    }
}
