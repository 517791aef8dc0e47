import Torch

extension ModelRegistry {
    static let alexNets: [any ModelBuilder] = []
}
