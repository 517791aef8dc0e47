extension Tensor {
    /// Reports a programmer's mistake as the operators do: the program stops with the sentence, or inside `withError` the mistake is thrown at its end and this void tensor stands for
    /// the result that could not be had. For operators and transforms of your own.
    public static func failed(_ kind: TorchError.Kind, _ message: String) -> Tensor { fail(kind, message) }
}
