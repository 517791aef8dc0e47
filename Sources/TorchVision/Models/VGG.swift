import Torch

extension ModelRegistry {
    static let vggs: [any ModelBuilder] = []
}
