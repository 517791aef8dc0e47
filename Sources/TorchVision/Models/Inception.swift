import Torch

extension ModelRegistry {
    static let inceptions: [any ModelBuilder] = []
}
