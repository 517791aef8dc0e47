/// The operators that cannot have a property, and why.
enum Exceptions {
    static let layouts: [String: String] = [
        "as_strided": strides, "as_strided@partial_views": strides, "as_strided_copy": strides, "as_strided_scatter": strides,
        "view": views, "view_as": views, "view_as_complex": views,
    ]

    static let memory: [String: String] = [
        "empty": contents, "empty_like": contents, "new_empty": contents, "empty_strided": contents, "new_empty_strided": contents, "empty_permuted": contents,
    ]

    private static let strides = "the strides are what it reads by"
    private static let views = "only some strides allow the result to be a view"
    private static let contents = "its contents are promised to nobody"
}
