import Foundation
import Torch
import TorchFiles

/// Where the hub is, who asks, and where its files are kept: by default what the environment says, as Python's
/// `huggingface_hub` reads it.
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
/// A variable that is set to nothing counts as not set.
public struct HubConfiguration: Sendable {
    /// The hub's address, without a slash at the end.
    public var endpoint: String
    /// Sent to the hub, and to nobody that it redirects to; nil sends none. It is not printed with the rest.
    public var token: String? {
        get { knownToken?.secret }
        set { knownToken = newValue.map { HubToken(secret: $0, source: nil) } }
    }
    private(set) var knownToken: HubToken?
    /// The folder of everything that Hugging Face's libraries keep.
    public var home: String
    /// The folder of downloaded repositories.
    public var cache: String
    /// Whether nothing but the cache may be asked.
    public var isOffline: Bool
    /// Seconds that the hub may be silent when it is asked about files.
    public var metadataTimeout: Int
    /// Seconds that a download may stand still.
    public var downloadTimeout: Int
    /// Whether downloads show a bar, on a terminal only.
    public var showsProgress: Bool
    /// Whether snapshots link to blobs, which saves a copy of each file that several revisions share.
    public var usesSymbolicLinks: Bool
    /// How often a request is tried that failed for a reason that may pass.
    public var attempts = 6
    /// The wait before the second attempt; it doubles with every one after, up to eight times as long. A server's
    /// `Retry-After` has its way.
    public var backoff = Duration.seconds(1)

    /// - Parameter environment: by default the process's own.
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

    /// `~`, `$NAME` and `${NAME}` replaced; a name that is not set stays as it stands.
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

    /// `scheme://host:port` of the hub.
    var origin: String {
        guard let slashes = endpoint.range(of: "://") else { return endpoint }
        return String(
            endpoint[..<(endpoint[slashes.upperBound...].firstIndex { "/?#".contains($0) } ?? endpoint.endIndex)])
    }
}
