extension Tensor {
    /// Whether the tensor is a lazy module's parameter or buffer that has no shape yet.
    /// PyTorch: `torch.nn.parameter.is_lazy`.
    public var isUninitialized: Bool { extras?.isUninitialized == true }

    /// Throws if the tensor has no shape yet, so a file cannot hold it.
    func checkIsInitialized() throws {
        guard isUninitialized else { return }
        throw TorchError(
            .value,
            "Attempted to save an uninitialized parameter. Call `forward` with a dummy batch to initialize the parameters of a lazy module before saving them."
        )
    }
}
