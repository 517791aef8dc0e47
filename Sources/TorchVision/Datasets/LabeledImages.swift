import Torch

/// Images and labels in memory, with their transforms.
struct LabeledImages: Sendable {
    /// uint8 [count, channels, height, width]
    let data: Tensor
    /// int64 [count]
    let targets: Tensor
    let pipeline: ImagePipeline
    private let targetTransform: (@Sendable (Int) -> Int)?

    init(
        _ data: Tensor, _ targets: Tensor, _ transform: (any Transform)?, _ targetTransform: (@Sendable (Int) -> Int)?
    ) {
        self.data = data
        self.targets = targets
        pipeline = ImagePipeline(transform)
        self.targetTransform = targetTransform
    }

    func element(_ index: Int) -> (Tensor, Int) {
        let (images, labels) = batch([index])
        return (images.select(0, 0), labels.item(as: Int.self))
    }

    func batch(_ indices: [Int]) -> (Tensor, Tensor) {
        let labels = targets.rows(indices)
        guard let targetTransform else { return (pipeline.images(of: data, indices), labels) }
        return (
            pipeline.images(of: data, indices), Tensor(labels.toArray(as: Int.self).map(targetTransform), dtype: .int64)
        )
    }
}
