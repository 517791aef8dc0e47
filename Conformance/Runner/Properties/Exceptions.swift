/// The operators for which a property cannot hold, and the reasons.
enum Exceptions {
    static let layouts: [String: String] = [
        "as_strided": strides, "as_strided@partial_views": strides, "as_strided_copy": strides,
        "as_strided_scatter": strides,
        "view": views, "view_as": views, "view_as_complex": views
    ]

    /// The operators that refuse views of conjugates.
    static let conjugates: [String: String] = [
        "view_as_real": "the conjugates have no parts in memory; PyTorch refuses them too"
    ]

    /// The operators that write to an argument. The argument changes, and it cannot be expanded.
    static let writers: [String: String] = [
        "native_batch_norm": statistics, "nn.functional.batch_norm": statistics,
        "nn.functional.instance_norm": statistics
    ]

    static let cotangents: [String: String] = [
        "view_as_real": "its gradient is a view, which needs an even offset; PyTorch refuses an odd one too"
    ]

    static let outs: [String: String] = [
        "bernoulli": "in Swift it is `out.bernoulli_(p)`, which takes any dtype and does not resize"
    ]

    static let memory: [String: String] = [
        "empty": contents, "empty_like": contents, "new_empty": contents, "empty_strided": contents,
        "new_empty_strided": contents, "empty_permuted": contents
    ]

    /// The operators that may refuse tensors without data, in some of their cases.
    static let needData: [String: String] = [
        "allclose": number, "equal": number, "item": number, "nonzero": shape, "argwhere": shape,
        "masked_select": shape, "unique": shape, "unique_consecutive": shape, "bincount": shape,
        "histc": range, "histogram": range, "histogramdd": range, "linspace@tensor_overload": range,
        "logspace@tensor_overload": range, "narrow": range, "nn.functional.one_hot": shape,
        "nn.functional.embedding_bag": bags,
        "nn.functional.ctc_loss": "the lengths are numbers, which may be given as a tensor",
        "repeat_interleave": shape, "nonzero_static": "the number of places depends on the data",
        "index_put": gradient, "masked_scatter": gradient, "tensor_split": shape, "to": "some cases move to the CPU"
    ]

    /// The operators that read only the form of a further tensor, so its device does not matter.
    static let devices: [String: String] = [
        "broadcast_tensors": form, "meshgrid@list_of_tensors": form, "meshgrid@variadic_tensors": form,
        "expand_as": form, "reshape_as": form, "view_as": form
    ]

    /// The operators whose last step is another one than in PyTorch, so their nodes have another name.
    static let gradFunctions: [String: String] = [
        "__rdiv__": "in Swift it is `other / x`, a quotient",
        "combinations": steps, "diff": steps, "einsum": steps, "inner": steps, "masked.sum": steps,
        "linalg.norm@subgradients_at_zero": steps, "linalg.vecdot": steps, "nanquantile": steps, "quantile": steps,
        "nn.functional.dropout3d": steps, "round@decimals_0": steps,
        "normal@number_mean": steps, "sum_to_size": steps, "trapezoid": steps, "trapz": steps,
        "nn.functional.conv1d": complexParts, "nn.functional.conv2d": complexParts,
        "nn.functional.conv3d": complexParts, "nn.functional.conv_transpose1d": complexParts,
        "nn.functional.conv_transpose2d": complexParts, "nn.functional.conv_transpose3d": complexParts,
        "linalg.matrix_power": fused,
        "native_group_norm": "its statistics are composed", "nn.functional.pad@circular": fused,
        "nn.functional.pad@replicate_negative": steps, "nn.functional.rms_norm": fused
    ]

    private static let steps = "the same numbers come from other steps"
    private static let fused = "it is one operator here, and several in PyTorch"
    private static let complexParts = "convolutions of complex numbers are put together in another way"
    private static let form = "a result is a view of one argument, and only the form of the others counts"
    private static let number = "the result is a number, which depends on the data"
    private static let shape = "the shape of the result depends on the data"
    private static let range = "the data are bounds"
    private static let bags = "the data say where bags begin"
    private static let gradient = "the gradient of a masked operand is selected by the mask"
    private static let strides = "the strides are what it reads by"
    private static let statistics = "it writes to its running statistics"
    private static let views = "only some strides allow the result to be a view"
    private static let contents = "its contents are promised to nobody"
}
