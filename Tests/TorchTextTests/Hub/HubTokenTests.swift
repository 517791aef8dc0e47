import Foundation
import HubServer
import LoopbackServer
import Testing
import Torch
@testable import TorchText

/// The token is sent only to the hub. No other server, output or error contains it.
@Suite struct HubTokenTests {
    private static let secret = "hf_NobodyMaySeeThis"

    /// Returns the text of `print`, `dump`, `String(reflecting:)` and `String(describing:)`.
    private func everything(_ value: Any) -> String {
        var dumped = ""
        dump(value, to: &dumped)
        return "\(value)\n\(String(reflecting: value))\n\(dumped)\n\([value])\n\(Optional(value) as Any)"
    }

    @Test func printingTellsOnlyWhereItIsFrom() throws {
        let environment = ["HF_HOME": "/home/user/hf", "HF_ENDPOINT": "https://name:\(Self.secret)@hub.example/hf"]
        var configuration = HubConfiguration(environment: environment.merging(["HF_TOKEN": Self.secret]) { $1 })
        #expect(configuration.token == Self.secret)
        #expect(
            "\(configuration)"
                == #"HubConfiguration(endpoint: "https://hub.example/hf", token: from HF_TOKEN, home: "/home/user/hf", cache: "/home/user/hf/hub", isOffline: false, "#
                + #"metadataTimeout: 10, downloadTimeout: 10, showsProgress: true, usesSymbolicLinks: true, attempts: 6, backoff: 1.0 seconds)"#
        )
        for value in [
            configuration, HubClient(configuration),
            HubTransport(configuration: configuration, cancellation: Cancellation()),
            DatasetRequest("imdb", token: Self.secret)
        ] as [Any] {
            #expect(!everything(value).contains(Self.secret), "\(type(of: value))")
        }
        #expect(
            "\(HubConfiguration(environment: environment.merging(["HUGGING_FACE_HUB_TOKEN": Self.secret]) { $1 }))"
                .contains("token: from HUGGING_FACE_HUB_TOKEN,"))
        configuration.token = "hf_other"
        #expect("\(configuration)".contains("token: given by the program,"))
        configuration.token = nil
        #expect("\(configuration)".contains("token: none,"))
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("token-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try HubFixture.write(Array("\(Self.secret)\n".utf8), to: "\(folder)/token")
        let file = HubConfiguration(environment: ["HF_HOME": folder])
        #expect(
            file.token == Self.secret && "\(file)".contains("token: from \(folder)/token,")
                && !everything(file).contains(Self.secret))
    }

    @Test func anotherServerNeverHearsIt() async throws {
        // Every address of the hub redirects to another server, which answers like a hub.
        let position = try HubFixture(), other = try HubFixture()
        position.configuration.token = Self.secret
        let elsewhere = other.server.endpoint
        position.server.inject { request, _ in
            .init(status: "307 Temporary Redirect", headers: ["Location: \(elsewhere)\(request.path)"], body: [])
        }
        let repository = try await position.hub.info("stanfordnlp/imdb")
        #expect(repository.files.count == 4)
        _ = try? await position.hub.download("README.md", from: repository)
        // A list whose second page is on another server.
        let paged = try HubFixture(pageSize: 2)
        paged.configuration.token = Self.secret
        let own = paged.server.endpoint
        paged.server.inject { _, answer in
            var answer = answer
            answer.headers = answer.headers.map {
                $0.replacingOccurrences(of: "Link: <\(own)", with: "Link: <\(elsewhere)")
            }
            return answer
        }
        _ = try await paged.hub.info("stanfordnlp/imdb")
        #expect(
            position.server.hub.history.count >= 2
                && position.server.hub.history.allSatisfy { $0.headers["authorization"] == "Bearer \(Self.secret)" })
        #expect(paged.server.hub.history.count == 2)
        #expect(other.server.requests.contains { $0.path.contains("cursor=2") })
        #expect(
            other.server.requests.count >= 3 && other.server.requests.allSatisfy { $0.headers["authorization"] == nil })
        #expect(other.server.requests.allSatisfy { !"\($0)".contains(Self.secret) })
    }

    /// A server that repeats the token in all parts of its answers. No error contains it.
    @Test(arguments: [
        "401 Unauthorized", "403 Forbidden", "404 Not Found", "500 Internal Server Error", "200 OK", "302 Found"
    ])
    func noErrorRepeatsIt(_ status: String) async throws {
        let position = try HubFixture()
        position.configuration.token = Self.secret
        position.configuration.attempts = 1
        let known = try await { () async throws -> HubRepository in
            position.configuration.token = "hf_test"
            defer { position.configuration.token = Self.secret }
            return try await position.hub.info("imdb")
        }()
        for style in 0..<3 {
            position.server.inject { request, _ in
                let said = request.headers["authorization"] ?? "nothing"
                // As a header, in JSON, and at the end of the displayed part of a long message.
                let words = style == 2 ? String(repeating: "x", count: 500 - said.utf8.count + 3) + said : said
                var answer = LoopbackServer.Answer(
                    status: status,
                    body: Array(
                        (style == 1 ? #"{"error":"\#(words)","id":"\#(words)","sha":"\#(words)"}"# : words).utf8))
                if style != 1 { answer.headers.append("X-Error-Message: \(words)") }
                answer.headers += [
                    "X-Repo-Commit: \(known.sha)", "ETag: \"\(words)\"",
                    "Location: https://\(words.replacingOccurrences(of: " ", with: ".")):1@127.0.0.1:1/?\(style)"
                ]
                return answer
            }
            for said in await [
                failure { _ = try await position.hub.info("owner/other") },
                failure { _ = try await position.hub.download("README.md", from: known) },
                failure { _ = try await position.hub.download("README.md", from: "owner/other", type: .dataset) }
            ] {
                #expect(!said.isEmpty && !said.contains("NobodyMay"), "\(said)")
            }
        }
        #expect(position.server.hub.history.contains { $0.headers["authorization"] == "Bearer \(Self.secret)" })
    }
}
