import Torch

extension ModelRegistry {
    static let squeezeNets: [any ModelBuilder] = []
}
