extension Tensor {
    /// Writes a new result into the tensor that a caller passed for it: PyTorch's `out=`. If `out` is nil, returns the
    /// result itself.
    ///
    /// `out` must have the result's dtype and shape, or no elements (then it takes over the result's memory). It must
    /// not share memory with the inputs.
    func written(to out: Tensor?, name: String, read inputs: [Tensor]) -> Tensor {
        guard let out else { return self }
        guard canBeWritten(to: out, name: name, read: inputs) else { return .void }
        out.storage.willWrite()
        if out.sizes == sizes {
            out.writeElements { $0.backend.copy(out: $0.strided, strided) }
        } else {
            out.takeMemory(of: self)
        }
        out.bumpVersion()
        return out
    }

    /// Returns whether `out` can receive this result; raises an error if it cannot. Operators with several results
    /// check all of them before they write the first.
    func canBeWritten(to out: Tensor, name: String, read inputs: [Tensor]) -> Bool {
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
        guard out.device == device else {
            return refuse("Expected out tensor to have device \(device), but got \(out.device) instead")
        }
        guard out.dtype == dtype else {
            return refuse("Expected out tensor to have dtype \(dtype.cName), but got \(out.dtype.cName) instead")
        }
        if out.layout.overlapsItself {
            return refuse(
                "unsupported operation: more than one element of the written-to tensor refers to a single memory location. Please clone() the tensor before performing the operation."
            )
        }
        if inputs.contains(where: { $0 === out || $0.sharesElements(with: out) }) {
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

    /// Returns whether the memory ranges from the first to the last element of both tensors overlap.
    private func sharesElements(with other: Tensor) -> Bool {
        storage === other.storage && numel() > 0 && other.numel() > 0
            && layout.offset < other.layout.offset + other.layout.extent
            && other.layout.offset < layout.offset + layout.extent
    }
}
