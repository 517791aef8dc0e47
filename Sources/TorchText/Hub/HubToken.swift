/// The token that tells the hub who asks. It is a secret: printed or dumped it says where it is from, and no more.
struct HubToken: Sendable {
    let secret: String
    /// The variable or the file that it was read from; nil where the program gave it.
    let source: String?

    /// A text without the token, which a server may have put into what it says.
    func removed(from text: String) -> String {
        // What is shorter is no secret, and would be found in any text.
        secret.utf8.count < 4 ? text : text.replacing(secret, with: "[token]")
    }
}

extension HubToken: CustomStringConvertible, CustomReflectable {
    var description: String { source.map { "from \($0)" } ?? "given by the program" }

    var customMirror: Mirror { Mirror(self, children: [:], displayStyle: .struct) }
}

extension HubConfiguration: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// What is set, but of the token only whether there is one and where it is from.
    public var description: String {
        "HubConfiguration("
            + customMirror.children.map { label, value in
                "\(label ?? ""): " + (label == "token" ? "\(value)" : String(reflecting: value))
            }.joined(separator: ", ") + ")"
    }

    public var debugDescription: String { description }

    /// The fields, with the description of the token in the token's place.
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
