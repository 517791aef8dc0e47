/// The token that identifies the user to the hub. It is a secret: its description and mirror show only its source.
struct HubToken: Sendable {
    let secret: String
    /// The variable or file that the token was read from; nil if the program set the token.
    let source: String?

    /// Replaces the token in a text, because a server's message may contain it.
    func removed(from text: String) -> String {
        // A shorter text is no secret, and could occur anywhere by chance.
        secret.utf8.count < 4 ? text : text.replacing(secret, with: "[token]")
    }
}

extension HubToken: CustomStringConvertible, CustomReflectable {
    var description: String { source.map { "from \($0)" } ?? "given by the program" }

    var customMirror: Mirror { Mirror(self, children: [:], displayStyle: .struct) }
}

extension HubConfiguration: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The settings, with the token's source in place of the token.
    public var description: String {
        "HubConfiguration("
            + customMirror.children.map { label, value in
                "\(label ?? ""): " + (label == "token" ? "\(value)" : String(reflecting: value))
            }.joined(separator: ", ") + ")"
    }

    /// The same text as `description`.
    public var debugDescription: String { description }

    /// The settings, with the token's source in place of the token.
    public var customMirror: Mirror {
        Mirror(
            self,
            children: [
                "endpoint": HubTransport.shown(endpoint), "token": knownToken?.description ?? "none", "home": home,
                "cache": cache, "isOffline": isOffline,
                "metadataTimeout": metadataTimeout, "downloadTimeout": downloadTimeout, "showsProgress": showsProgress,
                "usesSymbolicLinks": usesSymbolicLinks,
                "attempts": attempts, "backoff": backoff
            ], displayStyle: .struct)
    }
}
