import Torch

extension Call {
    /// A number or a list of numbers; one number is height and width.
    fileprivate func spatial(_ name: String, _ fallback: Int) throws -> KernelSize {
        if self[name] == nil { return KernelSize(fallback) }
        if case .some(.int) = self[name] { return try KernelSize(int(name)) }
        return try KernelSize(ints(name))
    }

    /// `align_corners`, or nil for None.
    fileprivate var corners: Bool? {
        get throws { self["align_corners"] == nil ? nil : try bool("align_corners", false) }
    }
}

extension Table {
    mutating func addResampling() {
        for mode in InterpolationMode.allCases {
            op(
                "nn.functional.interpolate@\(mode.rawValue)",
                "input size scale_factor mode align_corners recompute_scale_factor antialias"
            ) { try Table.interpolated($0, mode) }
        }
        op("nn.functional.upsample_nearest", "input size scale_factor") { try Table.interpolated($0, .nearest) }
        op("nn.functional.upsample_bilinear", "input size scale_factor") {
            try Table.interpolated($0, .bilinear, corners: true)
        }
        op(
            "_upsample_bilinear2d_aa", "input output_size align_corners scale_factors scales_h scales_w"
        ) { c -> Tensor in
            let corners = try c.bool("align_corners", false)
            guard let size = try c.intsOrNil("output_size") else {
                return try c.input.interpolate(
                    scaleFactor: c.scalars("scale_factors").map(\.doubleValue), mode: .bilinear, alignCorners: corners,
                    antialias: true)
            }
            return try c.input.upsampleBilinear2dAA(
                size, alignCorners: corners, scalesH: c.scalarOrNil("scales_h")?.doubleValue,
                scalesW: c.scalarOrNil("scales_w")?.doubleValue)
        }
        op("nn.functional.grid_sample", "input grid mode padding_mode align_corners") { c -> Tensor in
            guard let mode = try GridSampleMode(rawValue: c.string("mode", "bilinear")),
                let padding = try GridSamplePaddingMode(rawValue: c.string("padding_mode", "zeros"))
            else { throw Unsupported("mode") }
            return try c.input.gridSample(
                c.tensor("grid"), mode: mode, paddingMode: padding, alignCorners: c.corners ?? false)
        }
        for rank in [2, 3] {
            op("grid_sampler_\(rank)d", "input grid interpolation_mode padding_mode align_corners") { c -> Tensor in
                let (m, p) = try (c.int("interpolation_mode"), c.int("padding_mode"))
                guard GridSampleMode.allCases.indices.contains(m), GridSamplePaddingMode.allCases.indices.contains(p)
                else { throw Unsupported("mode") }
                let (mode, padding) = (GridSampleMode.allCases[m], GridSamplePaddingMode.allCases[p])
                let (input, grid, corners) = try (c.input, c.tensor("grid"), c.bool("align_corners", false))
                return rank == 2
                    ? input.gridSampler2d(grid, mode: mode, paddingMode: padding, alignCorners: corners)
                    : input.gridSampler3d(grid, mode: mode, paddingMode: padding, alignCorners: corners)
            }
        }
        op("nn.functional.unfold", "input kernel_size dilation padding stride") {
            try $0.input.unfold(
                kernelSize: $0.spatial("kernel_size", 1), dilation: $0.spatial("dilation", 1),
                padding: $0.spatial("padding", 0), stride: $0.spatial("stride", 1))
        }
    }

    private static func interpolated(_ c: Call, _ mode: InterpolationMode, corners: Bool? = nil) throws -> Tensor {
        let antialias = try c.bool("antialias", false), corners = try corners ?? c.corners
        if let size = try c.intsOrNil("size") {
            if case .some(.int) = c["size"] {
                return try c.input.interpolate(
                    size: size[0], mode: mode, alignCorners: corners, antialias: antialias)
            }
            return try c.input.interpolate(size: size, mode: mode, alignCorners: corners, antialias: antialias)
        }
        let recomputes =
            try c["recompute_scale_factor"] == nil ? nil : c.bool("recompute_scale_factor", false)
        if case .some(.list) = c["scale_factor"] {
            return try c.input.interpolate(
                scaleFactor: c.scalars("scale_factor").map(\.doubleValue), mode: mode, alignCorners: corners,
                recomputeScaleFactor: recomputes, antialias: antialias)
        }
        return try c.input.interpolate(
            scaleFactor: c.double("scale_factor"), mode: mode, alignCorners: corners,
            recomputeScaleFactor: recomputes, antialias: antialias)
    }
}
