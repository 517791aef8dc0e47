/// The windows of a pooling along one dimension.
package enum PoolWindows {
    /// `kernel` coordinates, `dilation` apart. The first window begins `padding` before the first coordinate, and the
    /// windows are `stride` apart. Coordinates outside the source are left out.
    case sliding(kernel: Int, stride: Int, padding: Int, dilation: Int)
    /// As many windows as there are results: window i of m begins at ⌊i·n/m⌋ and ends before ⌈(i+1)·n/m⌉.
    case adaptive
    /// Windows of `length` coordinates. Their starts are [outer, results]: each plane has its own.
    case starting(at: Indices, length: Int)
}

/// What the sum of a window is divided by.
package enum PoolDivisor: Equatable, Sendable {
    /// The number of its coordinates inside the source.
    case inside
    /// The number of its coordinates inside the source or its padding.
    case padded
    /// A number other than 0.
    case fixed(Int)
}

/// How one dimension is interpolated.
package struct Resampling: Equatable, Sendable {
    /// Which source coordinates have a weight.
    package enum Filter: Sendable {
        /// The coordinate ⌊i·scale⌋.
        case nearest
        /// The nearest coordinate: ⌊(i + 1/2)·scale⌋.
        case nearestExact
        /// The two nearest coordinates.
        case linear
        /// The four nearest coordinates, by cubic convolution (Keys, 1981).
        case cubic
        /// The six nearest coordinates, by the windowed sinc function (Lanczos). Only with `antialias`.
        case lanczos
    }

    /// The kind of weights.
    package var filter: Filter
    /// Whether the first and last coordinates of source and result coincide, not the edges of their pixels.
    package var alignCorners: Bool
    /// Whether the filter is widened if the result is smaller than the source.
    package var antialias: Bool
    /// The factor by which the dimension grows. If it is nil or not positive, it follows from the sizes.
    package var factor: Double?
}

/// How planes are sampled at the points of a grid.
package struct GridSampling: Equatable, Sendable {
    /// The interpolation between elements.
    package var mode: GridSampleMode
    /// What is read outside of the planes.
    package var paddingMode: GridSamplePaddingMode
    /// Whether -1 and 1 are the centers of the corner elements, not the edges of the planes.
    package var alignCorners: Bool
}

/// The interpolation of `gridSample`. PyTorch: the argument `mode`.
public enum GridSampleMode: String, Sendable, CaseIterable {
    /// Linear in each dimension.
    case bilinear
    /// The nearest element.
    case nearest
    /// Cubic convolution in each dimension.
    case bicubic
}

/// What `gridSample` reads outside of the input. PyTorch: the argument `padding_mode`.
public enum GridSamplePaddingMode: String, Sendable, CaseIterable {
    /// Zeros.
    case zeros
    /// The nearest element of the border.
    case border
    /// The elements mirrored at the border.
    case reflection
}
