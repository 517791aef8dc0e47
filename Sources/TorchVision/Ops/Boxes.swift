import Torch

/// Returns the indices of the boxes whose sides both have at least a length.
/// PyTorch: `torchvision.ops.remove_small_boxes`.
/// - Parameters:
///   - boxes: [N, 4], (x1, y1, x2, y2).
///   - minSize: the length.
/// - Returns: the indices, int64.
public func removeSmallBoxes(_ boxes: Tensor, minSize: Double) -> Tensor {
    let width = boxes[.ellipsis, 2] - boxes[.ellipsis, 0], height = boxes[.ellipsis, 3] - boxes[.ellipsis, 1]
    return `where`(width.ge(minSize).logicalAnd(height.ge(minSize)))[0]
}

/// Moves the corners of boxes that lie outside of an image to its edges.
/// PyTorch: `torchvision.ops.clip_boxes_to_image`.
/// - Parameters:
///   - boxes: [..., 4], (x1, y1, x2, y2).
///   - size: the image's height and width.
/// - Returns: new boxes of the same shape.
public func clipBoxesToImage(_ boxes: Tensor, size: (Int, Int)) -> Tensor {
    let x = boxes[.ellipsis, Slice(0, nil, by: 2)].clamp(min: 0, max: size.1)
    let y = boxes[.ellipsis, Slice(1, nil, by: 2)].clamp(min: 0, max: size.0)
    return stack([x, y], dim: boxes.dim).reshape(boxes.shape)
}

/// Returns the areas of boxes. PyTorch: `torchvision.ops.box_area`.
/// - Parameters:
///   - boxes: [..., 4].
///   - fmt: what the numbers mean: `.xyxy`, `.xywh` or `.cxcywh`.
/// - Returns: [...], at least float32 or int32.
public func boxArea(_ boxes: Tensor, fmt: BoxFormat = .xyxy) -> Tensor {
    guard !fmt.isRotated else {
        return Tensor.failed(.value, "Unsupported Bounding Box area for given format \(fmt.rawValue)")
    }
    let boxes = boxes.upcast()
    if fmt != .xyxy { return boxes[.ellipsis, 2] * boxes[.ellipsis, 3] }
    return (boxes[.ellipsis, 2] - boxes[.ellipsis, 0]) * (boxes[.ellipsis, 3] - boxes[.ellipsis, 1])
}

/// Returns the smallest boxes around the elements of masks that are not zero.
/// PyTorch: `torchvision.ops.masks_to_boxes`.
/// - Parameter masks: [N, H, W], of any dtype.
/// - Returns: float32 [N, 4], (x1, y1, x2, y2), whose corners are part of the masks. An empty mask gives zeros. If
///   there are no elements, [0, 4].
public func masksToBoxes(_ masks: Tensor) -> Tensor {
    if masks.numel() == 0 { return Tensor.zeros([0, 4], device: masks.device) }
    guard masks.isVoid || masks.dim == 3 else {
        let count = masks.dim
        return Tensor.failed(
            .value,
            count < 3
                ? "not enough values to unpack (expected 3, got \(count))" : "too many values to unpack (expected 3)")
    }
    let (height, width) = (masks.size(1), masks.size(2))
    let isSet = masks.to(.bool)
    let rows = isSet.any(2), columns = isSet.any(1)
    let isEmpty = rows.any(1).logicalNot()
    let (r, c) = (rows.to(.float32), columns.to(.float32))
    let top = r.argmax(1), left = c.argmax(1)
    let bottom = (height - 1) - r.flip([1]).argmax(1), right = (width - 1) - c.flip([1]).argmax(1)
    return stack([left, top, right, bottom], dim: 1).to(.float32).maskedFill(isEmpty[.all, .newAxis], 0)
}

extension Tensor {
    /// Converts to a type in which products of coordinates do not overflow so soon: at least float32 or int32.
    func upcast() -> Tensor {
        if isFloatingPoint() { return dtype == .float64 ? self : to(.float32) }
        return dtype == .int64 ? self : to(.int32)
    }

    /// Converts to float32, if the dtype is neither float32 nor float64.
    func upcastToFloat() -> Tensor { dtype == .float64 ? self : to(.float32) }
}
