import Foundation
import Hummingbird

/// What belongs to one request. Answers in JSON have their keys in alphabetical order, the same in every run.
struct ServerContext: RequestContext {
    private static let encoder = {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }()

    var coreContext: CoreRequestContextStorage
    var responseEncoder: JSONEncoder { ServerContext.encoder }

    init(source: ApplicationRequestContextSource) { coreContext = .init(source: source) }
}
