import Torch

extension ModelRegistry {
    static let denseNets: [any ModelBuilder] = []
}
