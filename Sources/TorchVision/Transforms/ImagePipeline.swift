import Torch

/// Makes the images of a data set: gathers rows from uint8 memory, then transforms them.
struct ImagePipeline: Sendable {
    /// The transform as the data set was given it.
    let given: (any Transform)?
    private let transform: Compose?
    /// The rest of the pipeline if it begins with `ToTensor`. `ToTensor` and the gathering are done in one pass.
    private let afterToTensor: Compose?

    init(_ transform: (any Transform)?) {
        given = transform
        let all = (transform as? Compose)?.transforms ?? transform.map { [$0] } ?? []
        self.transform = all.isEmpty ? nil : Compose(all)
        afterToTensor = all.first is ToTensor ? Compose(Array(all.dropFirst())) : nil
    }

    /// Returns the images at these indices, [N, C, H, W]. `data` holds all images (uint8, contiguous).
    func images(of data: Tensor, _ indices: [Int]) -> Tensor {
        if let afterToTensor {
            let images = data.rows(indices, dividedBy: 255)
            return afterToTensor.transforms.isEmpty ? images : afterToTensor.run(images)
        }
        let images = data.rows(indices)
        return transform?.run(images) ?? images
    }
}
