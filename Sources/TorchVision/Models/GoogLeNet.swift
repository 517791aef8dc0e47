import Torch

extension ModelRegistry {
    static let googLeNets: [any ModelBuilder] = []
}
