import CImages
import Torch

/// Returns the boxes that are left if each box removes the worse ones that overlap it (non-maximum suppression).
/// PyTorch: `torchvision.ops.nms`.
/// - Parameters:
///   - boxes: [N, 4], (x1, y1, x2, y2) with x1 < x2 and y1 < y2, of dtype float32 or float64.
///   - scores: [N], of the same dtype. Of equal scores, the first is the better one.
///   - iouThreshold: a box is removed if its intersection over union with a better one is greater.
/// - Returns: the indices of the boxes that are left, int64, the best first.
public func nms(_ boxes: Tensor, _ scores: Tensor, iouThreshold: Double) -> Tensor {
    if boxes.isVoid || scores.isVoid { return Tensor.failed(.runtime, "nms: no boxes or scores") }
    guard boxes.dim == 2 else {
        return Tensor.failed(.runtime, "boxes should be a 2d tensor, got \(boxes.dim)D")
    }
    guard boxes.size(1) == 4 else {
        return Tensor.failed(.runtime, "boxes should have 4 elements in dimension 1, got \(boxes.size(1))")
    }
    guard scores.dim == 1 else {
        return Tensor.failed(.runtime, "scores should be a 1d tensor, got \(scores.dim)D")
    }
    guard boxes.size(0) == scores.size(0) else {
        return Tensor.failed(
            .runtime,
            "boxes and scores should have same number of elements in dimension 0, got \(boxes.size(0)) and \(scores.size(0))"
        )
    }
    guard boxes.dtype == scores.dtype else {
        return Tensor.failed(.runtime, "dets should have the same type as scores")
    }
    if boxes.numel() == 0 { return Tensor.empty([0], dtype: .int64, device: boxes.device) }
    guard boxes.dtype == .float32 || boxes.dtype == .float64 else {
        return Tensor.failed(.runtime, "\"nms_kernel\" not implemented for '\(boxes.dtype.scalarTypeName)'")
    }
    return noGrad {
        let plain = boxes.detach().contiguous()
        let order = scores.detach().sort(dim: 0, descending: true, stable: true).indices.contiguous()
        let count = plain.size(0)
        let kept = Tensor.empty([count], dtype: .int64)
        if plain.isVoid || order.isVoid || kept.isVoid { return kept }
        var suppressed = [UInt8](repeating: 0, count: count)
        let found = order.withUnsafeElements(as: Int64.self) { order in
            kept.withUnsafeMutableElements(as: Int64.self) { kept in
                guard let order = order.baseAddress, let kept = kept.baseAddress else { return 0 }
                func run<T: TensorElement>(
                    _ kernel: (
                        UnsafePointer<T>, UnsafePointer<Int64>, Int, Double, UnsafeMutablePointer<UInt8>,
                        UnsafeMutablePointer<Int64>
                    ) -> Int
                ) -> Int {
                    plain.withUnsafeElements(as: T.self) {
                        $0.baseAddress.map { kernel($0, order, count, iouThreshold, &suppressed, kept) } ?? 0
                    }
                }
                return plain.dtype == .float64 ? run(ci_nms_doubles) : run(ci_nms_floats)
            }
        }
        return kept[..<found].clone()
    }
}

/// Like `nms`, but boxes of different classes do not remove each other. PyTorch: `torchvision.ops.batched_nms`.
/// - Parameters:
///   - boxes: [N, 4], as in `nms`.
///   - scores: [N].
///   - idxs: [N], the class of each box.
///   - iouThreshold: a box is removed if its intersection over union with a better one of its class is greater.
/// - Returns: the indices of the boxes that are left, int64, the best first.
public func batchedNms(_ boxes: Tensor, _ scores: Tensor, _ idxs: Tensor, iouThreshold: Double) -> Tensor {
    noGrad {
        let boxes = boxes.detach(), scores = scores.detach()
        if boxes.numel() > 4000 {
            var keep = Tensor.zerosLike(scores, dtype: .bool)
            let classes = idxs.unique()
            if classes.isVoid { return classes }
            for name in classes.unbind() {
                let members = `where`(idxs.eq(name))[0]
                let kept = nms(boxes[members], scores[members], iouThreshold: iouThreshold)
                if kept.isVoid { return kept }
                keep = keep.indexFill(0, members[kept], true)
            }
            let indices = `where`(keep)[0]
            return indices[scores[indices].sort(descending: true).indices]
        }
        if boxes.numel() == 0 { return Tensor.empty([0], dtype: .int64, device: boxes.device) }
        // Boxes of different classes are moved so far apart that they do not overlap.
        let offsets = idxs.to(boxes.dtype) * (boxes.max() + Tensor.ones([], dtype: boxes.dtype))
        return nms(boxes + offsets[.all, .newAxis], scores, iouThreshold: iouThreshold)
    }
}
