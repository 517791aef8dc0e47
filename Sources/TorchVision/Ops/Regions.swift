import CImages
import Torch

/// The boxes from which regions are pooled: a tensor [K, 5] of (image, x1, y1, x2, y2), or a list with a tensor [L, 4]
/// of (x1, y1, x2, y2) for each image. PyTorch: `Tensor[K, 5]` or `List[Tensor[L, 4]]`.
public protocol RegionBoxes {
    /// Returns the boxes as a tensor [K, 5].
    func toRegions() -> Tensor
}

extension Tensor: RegionBoxes {
    /// Returns the tensor. Raises if it is not [K, 5]. PyTorch: `torchvision.ops._utils.check_roi_boxes_shape`.
    public func toRegions() -> Tensor {
        if isVoid || size(1) == 5 { return self }
        return Tensor.failed(.value, "The boxes tensor shape is not correct as Tensor[K, 5]")
    }
}

extension Array: RegionBoxes where Element == Tensor {
    /// Returns the boxes of all images, each with the number of its image.
    /// PyTorch: `torchvision.ops._utils.convert_boxes_to_roi_format`.
    public func toRegions() -> Tensor {
        guard allSatisfy({ $0.isVoid || $0.size(1) == 4 }) else {
            return Tensor.failed(
                .value, "The shape of the tensor in the boxes list is not correct as List[Tensor[L, 4]]")
        }
        let images = enumerated().map { Tensor.fullLike($0.element[.all, ..<1], $0.offset) }
        return cat([cat(images, dim: 0), cat(self, dim: 0)], dim: 1)
    }
}

/// How regions are pooled, and the sizes of all that takes part.
struct RegionForm {
    enum Kind: Int {
        /// The mean of interpolated points.
        case align
        /// The same, where each bin has channels of its own.
        case alignByPosition
        /// The greatest pixel.
        case pool
        /// The mean of the pixels, where each bin has channels of its own.
        case poolByPosition

        var kernel: String {
            switch self {
            case .align: "roi_align"
            case .alignByPosition: "ps_roi_align"
            case .pool: "roi_pool"
            case .poolByPosition: "ps_roi_pool"
            }
        }
        var isByPosition: Bool { self == .alignByPosition || self == .poolByPosition }
    }

    let kind: Kind
    let images, channels, height, width, boxes: Int
    let newHeight, newWidth: Int
    let scale: Double
    let sampling: Int
    let aligned: Bool

    var inputSizes: [Int] { [images, channels, height, width] }
    var newChannels: Int {
        kind.isByPosition ? channels / Swift.max(newHeight * newWidth, 1) : channels
    }
    var resultSizes: [Int] { [boxes, newChannels, newHeight, newWidth] }

    /// Checks all but the images of the boxes. Raises and returns nil if something does not fit.
    init?(
        _ kind: Kind, _ input: Tensor, _ boxes: Tensor, _ outputSize: KernelSize, scale: Double, sampling: Int = -1,
        aligned: Bool = false
    ) {
        if input.isVoid || boxes.isVoid { return nil }
        func refuse(_ message: String) { _ = Tensor.failed(.runtime, message) }
        guard let size = outputSize.expanded(to: 2) else {
            refuse("\(kind.kernel): output_size must be one number or two, got \(outputSize)")
            return nil
        }
        guard boxes.dim == 2, boxes.size(1) == 5 else {
            refuse("rois must have shape as Tensor[K, 5]")
            return nil
        }
        guard input.dtype == boxes.dtype else {
            refuse("input should have the same type as rois")
            return nil
        }
        guard input.dim >= 4 else {
            let rank = input.dim
            _ = Tensor.failed(
                .index,
                "Dimension out of range (expected to be in range of [\(-Swift.max(rank, 1)), \(Swift.max(rank, 1) - 1)], but got 3)"
            )
            return nil
        }
        guard input.dim == 4 else {
            refuse("\(kind.kernel): expected an input [N, C, H, W], got \(input.shape)")
            return nil
        }
        if kind.isByPosition {
            let (bins, overflow) = size[0].multipliedReportingOverflow(by: size[1])
            guard !overflow, bins != 0, bins != -1, input.size(1) % bins == 0 else {
                refuse("input channels must be a multiple of pooling height * pooling width")
                return nil
            }
        }
        guard sampling <= 1 << 16 else {
            refuse("\(kind.kernel): \(sampling) points along each side of a bin are too many")
            return nil
        }
        self.kind = kind
        (images, channels) = (input.size(0), input.size(1))
        (height, width) = (input.size(2), input.size(3))
        self.boxes = boxes.size(0)
        (newHeight, newWidth) = (size[0], size[1])
        self.scale = scale
        self.sampling = Swift.max(sampling, 0)
        self.aligned = aligned
    }

    /// Returns the result if it has no elements, or if there are no data. Otherwise checks the dtype and the images of
    /// the boxes, and returns nil; or raises, and returns a void tensor.
    func resultWithoutData(_ input: Tensor, _ boxes: Tensor) -> Tensor? {
        if let bad = resultSizes.first(where: { $0 < 0 }) {
            let sizes = resultSizes.map(String.init).joined(separator: ", ")
            return Tensor.failed(.runtime, "Trying to create tensor with negative dimension \(bad): [\(sizes)]")
        }
        // This refuses sizes whose product is too large.
        let form = Tensor.empty(resultSizes, dtype: input.dtype, device: .meta)
        if form.isVoid || input.device.kind == .meta { return form }
        if form.numel() == 0 {
            let result = Tensor.empty(resultSizes, dtype: input.dtype, device: input.device)
            // The sum of nothing keeps the result in the graph.
            return input.requiresGrad ? result + input.flatten()[..<0].sum() : result
        }
        guard [.float32, .float64, .float16].contains(input.dtype) else {
            return Tensor.failed(
                .runtime, "\"\(kind.kernel)_forward_kernel\" not implemented for '\(input.dtype.scalarTypeName)'")
        }
        for (box, image) in boxes[.all, 0].toArray(as: Double.self).enumerated() {
            guard image > -1, image < Double(images) else {
                return Tensor.failed(
                    .index,
                    "\(kind.kernel): box \(box) is in image \(image), which is out of range for a batch of \(images)")
            }
        }
        return nil
    }

    func withSize<R>(_ body: (UnsafePointer<ci_regions>) -> R) -> R {
        let isAlign = kind == .align
        var size = ci_regions(
            channels: channels, height: height, width: width, boxes: boxes, new_height: newHeight,
            new_width: newWidth, scale: scale, offset: kind == .alignByPosition || isAlign && aligned ? 0.5 : 0,
            sampling: Int64(sampling), is_at_least_one: isAlign && !aligned ? 1 : 0,
            is_by_position: kind.isByPosition ? 1 : 0)
        return body(&size)
    }

    /// Computes the mean of each bin, or the adjoint: from a gradient of the result, that of the input.
    /// - Precondition: both tensors are float32, or both are float64.
    func mean(_ source: Tensor, _ boxes: Tensor, adjoint: Bool) -> Tensor {
        if source.isVoid || boxes.isVoid { return Tensor.failed(.runtime, "\(kind.kernel): no boxes") }
        let source = source.contiguous(), boxes = boxes.contiguous()
        let result = Tensor.zeros(adjoint ? inputSizes : resultSizes, dtype: source.dtype)
        if let void = [source, boxes, result].first(where: \.isVoid) { return void }
        func run<T: TensorElement>(
            _ kernel: (
                UnsafePointer<T>, UnsafePointer<T>, UnsafeMutablePointer<T>, UnsafePointer<ci_regions>
            ) -> Int32
        ) -> Int32 {
            source.withUnsafeElements(as: T.self) { from in
                boxes.withUnsafeElements(as: T.self) { boxes in
                    result.withUnsafeMutableElements(as: T.self) { to in
                        guard let from = from.baseAddress, let boxes = boxes.baseAddress, let to = to.baseAddress
                        else { return 0 }
                        return withSize { kernel(from, boxes, to, $0) }
                    }
                }
            }
        }
        let isDouble = source.dtype == .float64
        let status: Int32
        switch (kind, adjoint) {
        case (.poolByPosition, false):
            status = isDouble ? run(ci_ps_roi_pool_doubles) : run(ci_ps_roi_pool_floats)
        case (.poolByPosition, true):
            status = isDouble ? run(ci_ps_roi_pool_adjoint_doubles) : run(ci_ps_roi_pool_adjoint_floats)
        case (_, false): status = isDouble ? run(ci_roi_align_doubles) : run(ci_roi_align_floats)
        case (_, true): status = isDouble ? run(ci_roi_align_adjoint_doubles) : run(ci_roi_align_adjoint_floats)
        }
        return status == 0 ? result : Tensor.failed(.runtime, "\(kind.kernel): no memory")
    }

    /// Computes the mean of each bin, with gradients of every order: it is a linear map of the input. Half types are
    /// computed in float32.
    func mean(_ input: Tensor, _ boxes: Tensor) -> Tensor {
        if let result = resultWithoutData(input, boxes) { return result }
        let wide = input.dtype == .float64 ? input : input.to(.float32)
        return RegionMean.apply(wide, boxes.detach().to(wide.dtype), asTensor)[0].to(input.dtype)
    }

    /// Returns the greatest pixel of each bin, and its index among the elements of the input. The index is -1 if a
    /// bin has no pixel.
    /// - Precondition: both tensors are contiguous, and float32 or float64.
    func maximum(_ input: Tensor, _ boxes: Tensor) -> (values: Tensor, places: Tensor) {
        let values = Tensor.empty(resultSizes, dtype: input.dtype), places = Tensor.empty(resultSizes, dtype: .int64)
        if [input, boxes, values, places].contains(where: \.isVoid) { return (values, places) }
        func run<T: TensorElement>(
            _ kernel: (
                UnsafePointer<T>, UnsafePointer<T>, UnsafeMutablePointer<T>, UnsafeMutablePointer<Int64>,
                UnsafePointer<ci_regions>
            ) -> Void
        ) {
            input.withUnsafeElements(as: T.self) { from in
                boxes.withUnsafeElements(as: T.self) { boxes in
                    values.withUnsafeMutableElements(as: T.self) { to in
                        places.withUnsafeMutableElements(as: Int64.self) { places in
                            guard let from = from.baseAddress, let boxes = boxes.baseAddress,
                                let to = to.baseAddress, let places = places.baseAddress
                            else { return }
                            withSize { kernel(from, boxes, to, places, $0) }
                        }
                    }
                }
            }
        }
        if input.dtype == .float64 { run(ci_roi_pool_doubles) } else { run(ci_roi_pool_floats) }
        return (values, places)
    }
}

extension RegionForm {
    /// The numbers of the form, because a custom function takes only tensors.
    fileprivate var asTensor: Tensor {
        let whole = [kind.rawValue, images, channels, height, width, boxes, newHeight, newWidth, sampling]
        return Tensor(whole.map(Double.init) + [scale, aligned ? 1 : 0])
    }

    fileprivate init?(_ tensor: Tensor) {
        let numbers = tensor.toArray(as: Double.self)
        guard numbers.count == 11 else { return nil }
        let whole = numbers[..<9].compactMap { Int(exactly: $0) }
        guard whole.count == 9, let kind = Kind(rawValue: whole[0]) else { return nil }
        self.kind = kind
        (images, channels, height, width) = (whole[1], whole[2], whole[3], whole[4])
        (boxes, newHeight, newWidth, sampling) = (whole[5], whole[6], whole[7], whole[8])
        scale = numbers[9]
        aligned = numbers[10] == 1
    }
}

/// The means of the bins, from the input, the boxes and the form.
private enum RegionMean: Function {
    static func forward(_ context: FunctionContext, _ inputs: [Tensor]) -> [Tensor] {
        context.saveForBackward(inputs[1], inputs[2])
        return [RegionForm(inputs[2])?.mean(inputs[0], inputs[1], adjoint: false) ?? inputs[0]]
    }

    static func backward(_ context: FunctionContext, _ grads: [Tensor?]) -> [Tensor?] {
        let saved = context.savedTensors
        return [grads[0].map { RegionMeanAdjoint.apply($0, saved[0], saved[1])[0] }, nil, nil]
    }
}

/// The adjoint of `RegionMean`, from the gradient of the result, the boxes and the form.
private enum RegionMeanAdjoint: Function {
    static func forward(_ context: FunctionContext, _ inputs: [Tensor]) -> [Tensor] {
        context.saveForBackward(inputs[1], inputs[2])
        return [RegionForm(inputs[2])?.mean(inputs[0], inputs[1], adjoint: true) ?? inputs[0]]
    }

    static func backward(_ context: FunctionContext, _ grads: [Tensor?]) -> [Tensor?] {
        let saved = context.savedTensors
        return [grads[0].map { RegionMean.apply($0, saved[0], saved[1])[0] }, nil, nil]
    }
}

extension RegionForm {
    /// The result if an argument does not fit.
    static var refused: Tensor { Tensor.failed(.runtime, "no regions") }
}
