import Torch
import TorchVision

/// Pairs of images that are drawn anew in each pass. Those at even positions show the same kind of thing, target 1, the
/// others different kinds, target 0.
struct ImagePairs: Dataset {
    let images: FashionMNIST
    /// The positions of the images of each class.
    private let groups: [Tensor]

    init(_ images: FashionMNIST) {
        self.images = images
        groups = images.classes.indices.map { images.targets.eq($0).nonzero().squeeze(1) }
    }

    var count: Int { images.count }

    subscript(index: Int) -> (Tensor, Tensor, Float) {
        func draw(_ count: Int) -> Int { Tensor.randint(count, [1]).item(as: Int.self) }
        func image(_ group: Int, _ place: Int) -> Tensor {
            images.data[groups[group][place].item(as: Int.self)].unsqueeze(0).float()
        }
        let group = draw(groups.count), place = draw(groups[group].count)
        var other: Int, second: Int
        if index % 2 == 0 {
            other = group
            repeat { second = draw(groups[group].count) } while second == place
        } else {
            repeat { other = draw(groups.count) } while other == group
            second = draw(groups[other].count)
        }
        return (image(group, place), image(other, second), index % 2 == 0 ? 1 : 0)
    }

    func collate(_ elements: [(Tensor, Tensor, Float)]) throws -> (Tensor, Tensor, Tensor) {
        try defaultCollate(elements)
    }
}
