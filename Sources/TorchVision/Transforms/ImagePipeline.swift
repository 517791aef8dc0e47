import Torch

/// How a data set makes its images: rows picked from uint8 memory, then transformed.
struct ImagePipeline: Sendable {
    private let transform: Compose?
    /// What is left where the pipeline begins with `ToTensor`, which goes with the picking in one pass.
    private let afterToTensor: Compose?

    init(_ transform: (any Transform)?) {
        let all = (transform as? Compose)?.transforms ?? transform.map { [$0] } ?? []
        self.transform = all.isEmpty ? nil : Compose(all)
        afterToTensor = all.first is ToTensor ? Compose(Array(all.dropFirst())) : nil
    }

    /// The images of these numbers, [N, C, H, W], of `data` (uint8, contiguous, all images).
    func images(of data: Tensor, _ indices: [Int]) -> Tensor {
        if let afterToTensor {
            let images = data.rows(indices, dividedBy: 255)
            return afterToTensor.transforms.isEmpty ? images : afterToTensor.run(images)
        }
        let images = data.rows(indices)
        return transform?.run(images) ?? images
    }
}
