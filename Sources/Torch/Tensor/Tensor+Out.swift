extension Tensor {
    /// Hands a fresh result over to the tensor that a caller gave for it: PyTorch's `out=`. A nil `out` gives the
    /// result itself.
    ///
    /// `out` has the result's dtype and shape, or no elements at all (then it takes the result's place), and shares no
    /// memory with what was read.
    func handedOver(to out: Tensor?, name: String, read inputs: [Tensor]) -> Tensor {
        guard let out else { return self }
        guard canBeHandedOver(to: out, name: name, read: inputs) else { return .void }
        if out.sizes == sizes {
            backend.copy(out: out.strided, strided)
        } else {
            out.strided = strided
        }
        out.bumpVersion()
        return out
    }

    /// Whether `out` can receive this result; the error is raised if it cannot. Operators with several results ask for
    /// all of them before they hand over the first.
    func canBeHandedOver(to out: Tensor, name: String, read inputs: [Tensor]) -> Bool {
        func refuse(_ message: String) -> Bool {
            raise(.runtime, message)
            return false
        }
        if anyVoid(self, out) { return false }
        if isGradEnabled(), out.requiresGrad || inputs.contains(where: \.requiresGrad) {
            return refuse(
                "\(name)(): functions with out=... arguments don't support automatic differentiation, but one of the arguments requires grad."
            )
        }
        guard out.dtype == dtype else {
            return refuse("Expected out tensor to have dtype \(dtype.cName), but got \(out.dtype.cName) instead")
        }
        if out.layout.overlapsItself {
            return refuse(
                "unsupported operation: more than one element of the written-to tensor refers to a single memory location. Please clone() the tensor before performing the operation."
            )
        }
        if inputs.contains(where: { $0.sharesElements(with: out) }) {
            return refuse(
                "unsupported operation: some elements of the input tensor and the written-to tensor refer to a single memory location. Please clone() the tensor before performing the operation."
            )
        }
        if out.sizes != sizes, out.numel() != 0 {
            return refuse(
                "\(name)(): unsupported operation: out has shape \(out.sizes) where the result has \(sizes), and it is resized only where it has no elements"
            )
        }
        return true
    }

    /// Whether some memory between the first and the last element belongs to both.
    private func sharesElements(with other: Tensor) -> Bool {
        storage === other.storage && numel() > 0 && other.numel() > 0
            && layout.offset < other.layout.offset + other.layout.extent
            && other.layout.offset < layout.offset + layout.extent
    }
}
