import Torch

extension Call {
    fileprivate func norm() throws -> fft.Norm {
        guard let norm = fft.Norm(rawValue: try string("norm", "backward")) else { throw Unsupported("norm") }
        return norm
    }
}

extension Table {
    mutating func addFourier() {
        let one: [(String, (Tensor, Int?, Int, fft.Norm) -> Tensor)] = [
            ("fft", { fft.fft($0, n: $1, dim: $2, norm: $3) }), ("ifft", { fft.ifft($0, n: $1, dim: $2, norm: $3) }),
            ("rfft", { fft.rfft($0, n: $1, dim: $2, norm: $3) }),
            ("irfft", { fft.irfft($0, n: $1, dim: $2, norm: $3) }),
            ("hfft", { fft.hfft($0, n: $1, dim: $2, norm: $3) }),
            ("ihfft", { fft.ihfft($0, n: $1, dim: $2, norm: $3) })
        ]
        for (name, function) in one {
            op("fft.\(name)", "input n dim norm") {
                try function($0.input, $0.intOrNil("n"), $0.intOrNil("dim") ?? -1, $0.norm())
            }
        }
        let two: [(String, (Tensor, [Int]?, [Int], fft.Norm) -> Tensor)] = [
            ("fft2", { fft.fft2($0, s: $1, dim: $2, norm: $3) }),
            ("ifft2", { fft.ifft2($0, s: $1, dim: $2, norm: $3) }),
            ("rfft2", { fft.rfft2($0, s: $1, dim: $2, norm: $3) }),
            ("irfft2", { fft.irfft2($0, s: $1, dim: $2, norm: $3) }),
            ("hfft2", { fft.hfft2($0, s: $1, dim: $2, norm: $3) }),
            ("ihfft2", { fft.ihfft2($0, s: $1, dim: $2, norm: $3) })
        ]
        for (name, function) in two {
            op("fft.\(name)", "input s dim norm") {
                try function($0.input, $0.intsOrNil("s"), $0.intsOrNil("dim") ?? [-2, -1], $0.norm())
            }
        }
        let several: [(String, (Tensor, [Int]?, [Int]?, fft.Norm) -> Tensor)] = [
            ("fftn", { fft.fftn($0, s: $1, dim: $2, norm: $3) }),
            ("ifftn", { fft.ifftn($0, s: $1, dim: $2, norm: $3) }),
            ("rfftn", { fft.rfftn($0, s: $1, dim: $2, norm: $3) }),
            ("irfftn", { fft.irfftn($0, s: $1, dim: $2, norm: $3) }),
            ("hfftn", { fft.hfftn($0, s: $1, dim: $2, norm: $3) }),
            ("ihfftn", { fft.ihfftn($0, s: $1, dim: $2, norm: $3) })
        ]
        for (name, function) in several {
            op("fft.\(name)", "input s dim norm") {
                try function($0.input, $0.intsOrNil("s"), $0.intsOrNil("dim"), $0.norm())
            }
        }
        op("fft.fftshift", "input dim") { try fft.fftshift($0.input, dim: $0.intsOrNil("dim")) }
        op("fft.ifftshift", "input dim") { try fft.ifftshift($0.input, dim: $0.intsOrNil("dim")) }
        op(
            "stft",
            "input n_fft hop_length win_length window center pad_mode normalized onesided return_complex align_to_window"
        ) { c -> Tensor in
            guard let mode = try PaddingMode(rawValue: c.string("pad_mode", "reflect")) else {
                throw Unsupported("pad_mode")
            }
            return try c.input.stft(
                c.int("n_fft"), hopLength: c.intOrNil("hop_length"), winLength: c.intOrNil("win_length"),
                window: c.tensorOrNil("window"), center: c.bool("center", true), padMode: mode,
                normalized: c.bool("normalized", false),
                onesided: c["onesided"] == nil ? nil : c.bool("onesided", true),
                returnComplex: c["return_complex"] == nil ? nil : c.bool("return_complex", true))
        }
        op(
            "istft", "input n_fft hop_length win_length window center normalized onesided length return_complex"
        ) {
            try $0.input.istft(
                $0.int("n_fft"), hopLength: $0.intOrNil("hop_length"), winLength: $0.intOrNil("win_length"),
                window: $0.tensorOrNil("window"), center: $0.bool("center", true),
                normalized: $0.bool("normalized", false),
                onesided: $0["onesided"] == nil ? nil : $0.bool("onesided", true),
                length: $0.intOrNil("length"), returnComplex: $0.bool("return_complex", false))
        }
    }
}
