import Foundation
import Torch
import TorchFiles

/// The settings of the hub: its address, the token, the cache and the timeouts. By default they come from the
/// environment, as in Python's `huggingface_hub`.
/// Python: `huggingface_hub.constants`.
///
/// | variable | what it sets |
/// | --- | --- |
/// | `HF_ENDPOINT` | ``endpoint`` |
/// | `HF_TOKEN`, the file `HF_TOKEN_PATH` or `HF_HOME/token` | ``token``, unless `HF_HUB_DISABLE_IMPLICIT_TOKEN` |
/// | `HF_HOME`, else `XDG_CACHE_HOME/huggingface` | ``home`` |
/// | `HF_HUB_CACHE`, `HUGGINGFACE_HUB_CACHE` | ``cache`` |
/// | `HF_HUB_OFFLINE` | ``isOffline`` |
/// | `HF_HUB_ETAG_TIMEOUT`, `HF_HUB_DOWNLOAD_TIMEOUT` | ``metadataTimeout``, ``downloadTimeout`` |
/// | `HF_HUB_DISABLE_PROGRESS_BARS` | ``showsProgress`` |
/// | `HF_HUB_DISABLE_SYMLINKS` | ``usesSymbolicLinks`` |
///
/// An empty variable counts as not set.
public struct HubConfiguration: Sendable {
    /// The hub's address, without a slash at the end.
    public var endpoint: String
    /// The secret that identifies the user to the hub; nil sends no token. It is not sent to other servers, and not
    /// printed with the other settings.
    public var token: String? {
        get { knownToken?.secret }
        set { knownToken = newValue.map { HubToken(secret: $0, source: nil) } }
    }
    private(set) var knownToken: HubToken?
    /// The folder for everything that Hugging Face's libraries store.
    public var home: String
    /// The folder of downloaded repositories.
    public var cache: String
    /// Whether the client uses only the cache.
    public var isOffline: Bool
    /// The timeout, in seconds, of requests about files.
    public var metadataTimeout: Int
    /// The number of seconds that a download may receive no bytes.
    public var downloadTimeout: Int
    /// Whether downloads show a progress bar. Only a terminal shows it.
    public var showsProgress: Bool
    /// Whether snapshots link to blobs. Links save a copy of each file that several revisions share.
    public var usesSymbolicLinks: Bool
    /// The maximum number of attempts for a request that fails for a temporary reason.
    public var attempts = 6
    /// The wait before the second attempt. It doubles before each further attempt, up to eight times this value. If a
    /// server sends `Retry-After`, the client waits that long instead.
    public var backoff = Duration.seconds(1)

    /// Creates a configuration from environment variables.
    /// - Parameter environment: by default, the process's environment.
    public init(environment: [String: String] = ProcessInfo.processInfo.environment) {
        func value(_ names: String...) -> String? { names.lazy.compactMap { environment[$0] }.first { !$0.isEmpty } }
        func isSet(_ names: String...) -> Bool {
            names.contains { ["1", "ON", "YES", "TRUE"].contains(environment[$0]?.uppercased()) }
        }
        func path(_ text: String) -> String { HubConfiguration.expand(text, environment) }
        func seconds(_ name: String) -> Int {
            value(name).flatMap { Int($0) }.flatMap { $0 > 0 ? min($0, 86_400) : nil } ?? 10
        }

        var address = value("HF_ENDPOINT") ?? "https://huggingface.co"
        while address.hasSuffix("/") { address.removeLast() }
        endpoint = address
        let home = path(value("HF_HOME") ?? Files.join(value("XDG_CACHE_HOME") ?? "~/.cache", "huggingface"))
        self.home = home
        cache = path(value("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE") ?? Files.join(home, "hub"))
        isOffline = isSet("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")
        metadataTimeout = seconds("HF_HUB_ETAG_TIMEOUT")
        downloadTimeout = seconds("HF_HUB_DOWNLOAD_TIMEOUT")
        showsProgress = !isSet("HF_HUB_DISABLE_PROGRESS_BARS")
        usesSymbolicLinks = !isSet("HF_HUB_DISABLE_SYMLINKS")
        if !isSet("HF_HUB_DISABLE_IMPLICIT_TOKEN") {
            func token(_ text: String?, from source: String) -> HubToken? {
                let kept = text?.filter { !$0.isNewline }.trimmingCharacters(in: .whitespaces) ?? ""
                return kept.isEmpty ? nil : HubToken(secret: kept, source: source)
            }
            let file = path(value("HF_TOKEN_PATH") ?? Files.join(home, "token"))
            let variable = value("HF_TOKEN") == nil ? "HUGGING_FACE_HUB_TOKEN" : "HF_TOKEN"
            knownToken =
                token(value(variable), from: variable)
                ?? token(try? String(contentsOfFile: file, encoding: .utf8), from: file)
        }
    }

    /// Replaces `~`, `$NAME` and `${NAME}` in a path. Keeps names that are not set as they are.
    static func expand(_ path: String, _ environment: [String: String]) -> String {
        var path = path
        if path == "~" || path.hasPrefix("~/") {
            path = (environment["HOME"] ?? NSHomeDirectory()) + path.dropFirst()
        }
        var result = "", rest = path[...]
        while let dollar = rest.firstIndex(of: "$") {
            result += rest[..<dollar]
            let after = rest[rest.index(after: dollar)...]
            let name: Substring, end: Substring.Index
            if after.first == "{", let brace = after.firstIndex(of: "}") {
                (name, end) = (after[after.index(after: after.startIndex)..<brace], after.index(after: brace))
            } else {
                name = after.prefix { $0 == "_" || $0.isASCII && ($0.isLetter || $0.isNumber) }
                end = name.endIndex
            }
            result += environment[String(name)] ?? String(rest[dollar..<end])
            rest = rest[end...]
        }
        return result + rest
    }

    /// The hub's `scheme://host:port`.
    var origin: String {
        guard let slashes = endpoint.range(of: "://") else { return endpoint }
        return String(
            endpoint[..<(endpoint[slashes.upperBound...].firstIndex { "/?#".contains($0) } ?? endpoint.endIndex)])
    }
}
