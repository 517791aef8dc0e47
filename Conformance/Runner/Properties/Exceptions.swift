/// The operators for which a property cannot hold, and the reasons.
enum Exceptions {
    static let layouts: [String: String] = [
        "as_strided": strides, "as_strided@partial_views": strides, "as_strided_copy": strides,
        "as_strided_scatter": strides,
        "view": views, "view_as": views, "view_as_complex": views
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

    private static let strides = "the strides are what it reads by"
    private static let statistics = "it writes to its running statistics"
    private static let views = "only some strides allow the result to be a view"
    private static let contents = "its contents are promised to nobody"
}
