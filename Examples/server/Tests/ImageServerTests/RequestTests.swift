import Foundation
import Testing
import Torch
import TorchVision

/// Runs the server's program and sends it good and bad requests. Fixtures/fixtures.py records what PyTorch computes.
@Suite(.serialized) struct RequestTests {
    private static func fixture(_ name: String) throws -> Data {
        try Data(contentsOf: Bundle.module.bundleURL.appending(path: "Fixtures/\(name)"))
    }

    /// The probabilities of PyTorch for each of the images.
    private static let expected: [String: [Double]] = {
        let all = try? JSONSerialization.jsonObject(with: fixture("answers.json")) as? [String: Any]
        return (all ?? [:]).compactMapValues { $0 as? [Double] }
    }()

    private func fixture(_ name: String) throws -> Data { try Self.fixture(name) }

    /// The greatest difference between an answer and PyTorch's.
    private func difference(_ reply: Client.Reply, _ name: String) throws -> Double {
        let predictions = try reply.predictions, row = try #require(Self.expected[name])
        return predictions.map { abs($0.probability - row[$0.index]) }.max() ?? .infinity
    }

    private func form(_ file: Data) -> Data {
        Data("--b0und\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nhello\r\n--b0und\r\n".utf8)
            + Data("Content-Disposition: form-data; name=\"image\"; filename=\"a.png\"\r\n".utf8)
            + Data("Content-Type: image/png\r\n\r\n".utf8) + file + Data("\r\n--b0und--\r\n".utf8)
    }

    /// Waits up to 10 seconds until the counters have a line.
    private func waitForCounter(_ line: String, _ server: RunningServer) throws -> Bool {
        for _ in 0..<100 {
            if try Client(server.port).request("GET /metrics").text.contains("\n\(line)\n") { return true }
            usleep(100_000)
        }
        return false
    }

    @Test func answersLikePyTorch() throws {
        let server = try RunningServer()
        let client = try Client(server.port)
        #expect(Self.expected.count == 6)
        for (name, row) in Self.expected.sorted(by: { $0.key < $1.key }) {
            let file = try fixture(name)
            let reply = try client.request("POST /classify?top=10", type: "image/png", body: file)
            #expect(reply.status == 200 && reply.headers["content-type"] == "application/json; charset=utf-8")
            #expect(try difference(reply, name) < 1e-6, "\(name)")
            let order = row.indices.sorted { row[$0] > row[$1] }
            #expect(try reply.predictions.map(\.index) == order)
            // Without a type, as octets, and in a form.
            for type in [nil, "application/octet-stream", "multipart/form-data; boundary=b0und"] {
                let body = type?.hasPrefix("multipart") == true ? form(file) : file
                let again = try client.request("POST /classify", type: type, body: body)
                #expect(try again.status == 200 && again.predictions.map(\.index) == Array(order.prefix(5)))
            }
        }
        let first = try client.request("POST /classify?top=1", body: fixture("boot.png"))
        #expect(first.text.hasPrefix("{\"predictions\":[{\"class\":\"T-shirt/top\",\"index\":0,\"probability\":0.1101"))
    }

    @Test func otherNetwork() throws {
        let path = NSTemporaryDirectory() + "server-tests-resnet-\(getpid()).safetensors"
        defer { try? FileManager.default.removeItem(atPath: path) }
        manualSeed(0)
        try Torch.save(resnet18().stateDict(), to: path)
        let server = try RunningServer(["--network", "resnet18"], model: path)
        let reply = try Client(server.port).request("POST /classify?top=3", body: fixture("colors.png"))
        let expected = try #require(
            (JSONSerialization.jsonObject(with: fixture("answers.json")) as? [String: Any])?["resnet18"]
                as? [[String: Any]])
        let predictions = try reply.predictions
        #expect(predictions.map(\.class) == expected.map { $0["class"] as? String })
        for (ours, theirs) in zip(predictions, expected) {
            #expect(abs(ours.probability - (theirs["probability"] as? Double ?? 0)) < 1e-6)
        }
    }

    @Test func ownNamesAndLimits() throws {
        let path = NSTemporaryDirectory() + "server-tests-names-\(getpid()).txt"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let names = (0..<10).map { "class \($0)" }
        try names.joined(separator: "\n").write(toFile: path, atomically: true, encoding: .utf8)
        let server = try RunningServer(["--classes", path, "--max-pixels", "784"])
        let client = try Client(server.port)
        let reply = try client.request("POST /classify?top=1", body: fixture("boot.png"))
        #expect(try reply.predictions.map(\.class) == ["class 0"])
        let large = try client.request("POST /classify", body: fixture("colors.png"))
        #expect(large.status == 413 && large.message == "image: has 5400 pixels, more than the limit of 784")
        try "only one\n".write(toFile: path, atomically: true, encoding: .utf8)
        let failure = try RunningServer.run(["--classes", path])
        #expect(failure.code == 1 && failure.text.contains("fashion-mnist has 10 classes, not 1"))
    }

    @Test func pages() throws {
        let server = try RunningServer()
        let client = try Client(server.port)
        let page = try client.request("GET /")
        #expect(page.status == 200 && page.headers["content-type"] == "text/html; charset=utf-8")
        #expect(page.text.contains("enctype=\"multipart/form-data\""))
        #expect(try client.request("GET /health").text == "{\"status\":\"ok\"}")
        client.send(Client.head("HEAD /health"))
        #expect(try client.reply(hasBody: false).headers["content-length"] == "15")
        _ = try client.request("POST /classify", body: fixture("boot.png"))
        _ = try client.request("POST /classify", body: Data("nothing".utf8))
        _ = try client.request("GET /nowhere")
        let metrics = try client.request("GET /metrics")
        #expect(metrics.headers["content-type"] == "text/plain; version=0.0.4")
        for line in [
            "server_requests_total{path=\"/\",status=\"200\"} 1",
            "server_requests_total{path=\"/health\",status=\"200\"} 2",
            "server_requests_total{path=\"/classify\",status=\"200\"} 1",
            "server_requests_total{path=\"/classify\",status=\"415\"} 1",
            "server_requests_total{path=\"other\",status=\"404\"} 1", "server_classify_seconds_bucket{le=\"10.0\"} 2",
            "server_classify_seconds_count 2", "server_batches_total 1", "server_images_total 1",
            "server_queued_requests 0", "server_upload_bytes 0"
        ] {
            #expect(metrics.text.contains("\n\(line)\n"), "\(line)")
        }
        #expect(metrics.text.contains(/\nprocess_resident_memory_bytes \d{7,}\n/))
    }

    /// Each is answered, and the connection serves the next request.
    @Test func badRequests() throws {
        let server = try RunningServer(["--max-body", "100000"])
        let client = try Client(server.port)
        let boot = try fixture("boot.png"), jpeg = try fixture("boot.jpg"), webp = try fixture("boot.webp")
        let formType = "multipart/form-data; boundary=b0und"
        let cases: [(line: String, type: String?, body: Data?, status: Int, message: String)] = [
            ("GET /nowhere", nil, nil, 404, "there is no such page"),
            ("POST /classify/", nil, boot.prefix(0), 400, "the body is empty"),
            ("GET /classify", nil, nil, 405, "/classify takes POST"),
            ("PUT /classify", nil, boot, 405, "/classify takes POST"),
            ("DELETE /", nil, nil, 405, "/ takes GET, HEAD"),
            ("POST /classify", nil, nil, 400, "the body is empty"),
            ("POST /classify", nil, Data(), 400, "the body is empty"),
            ("POST /classify", "text/plain", boot, 415, "Content-Type must be"),
            ("POST /classify", "application/x-www-form-urlencoded", boot, 415, "Content-Type must be"),
            ("POST /classify", "nonsense", boot, 415, "Content-Type must be"),
            ("POST /classify", "image/png", Data("hello".utf8), 415, "the file is not a JPEG, PNG or WebP image"),
            ("POST /classify", nil, Data("GIF89a".utf8), 415, "the file is not a JPEG, PNG or WebP image"),
            ("POST /classify", nil, boot.prefix(200), 400, "image: Image is incomplete or truncated"),
            ("POST /classify", nil, jpeg.prefix(500), 400, "image: Image is incomplete or truncated"),
            ("POST /classify", nil, webp.prefix(200), 400, "image: WebPDecodeRGB[A] failed."),
            ("POST /classify", nil, boot.prefix(8), 400, "image: Image is incomplete or truncated"),
            ("POST /classify", nil, Data("RIFF1234WAVE".utf8), 400, "image: Unsupported image file."),
            ("POST /classify?top=0", nil, boot, 400, "top must be a number from 1 to 10"),
            ("POST /classify?top=11", nil, boot, 400, "top must be a number from 1 to 10"),
            ("POST /classify?top=-1", nil, boot, 400, "top must be a number from 1 to 10"),
            ("POST /classify?top=", nil, boot, 400, "top must be a number from 1 to 10"),
            ("POST /classify?top=five", nil, boot, 400, "top must be a number from 1 to 10"),
            ("POST /classify?top=99999999999999999999", nil, boot, 400, "top must be a number from 1 to 10"),
            ("POST /classify", nil, try fixture("narrow.png"), 422, "no class fits an image of 1 x 100000 pixels"),
            (
                "POST /classify", nil, try fixture("bomb.png"), 413,
                "image: has 36000000 pixels, more than the limit of 16777216"
            ),
            (
                "POST /classify", nil, try fixture("promise.png"), 413,
                "image: has 3600000000 pixels, more than the limit of 16777216"
            ),
            ("POST /classify", nil, Data(count: 100_001), 413, "the body has more than 100000 bytes"),
            ("POST /classify", nil, Data(count: 5_000_000), 413, "the body has more than 100000 bytes"),
            ("POST /classify", "multipart/form-data", form(boot), 400, "the form's Content-Type has no boundary"),
            ("POST /classify", "multipart/form-data; boundary=other", form(boot), 400, "the form has no file"),
            ("POST /classify", formType, form(Data()), 400, "the form has no file"),
            ("POST /classify", formType, boot, 400, "the form has no file"),
            ("POST /classify", formType, form(boot).prefix(150), 400, "the form has no file"),
            ("POST /classify", formType, Data("--b0und\r\n\r\nx\r\n--b0und--".utf8), 400, "the form has no file"),
            ("POST /classify", formType, form(Data("hello".utf8)), 415, "the file is not a JPEG, PNG or WebP image")
        ]
        for (line, type, body, status, message) in cases {
            let reply = try client.request(line, type: type, body: body)
            #expect(reply.status == status, "\(line) \(message)")
            #expect(reply.message?.hasPrefix(message) == true, "\(line): \(reply.text)")
            #expect(reply.headers["content-type"]?.hasPrefix("application/json") == true)
            if status == 405 { #expect(reply.headers["allow"] == (line.hasSuffix("/") ? "GET, HEAD" : "POST")) }
            let good = try client.request("POST /classify?top=10", type: "image/png", body: boot)
            #expect(try good.status == 200 && difference(good, "boot.png") < 1e-6, "after \(line)")
        }
        // What is not HTTP.
        let broken = try Client(server.port)
        broken.send("nonsense\r\n\r\n")
        #expect(try broken.reply().status == 400)
        #expect(broken.isClosed())
        let long = try Client(server.port)
        long.send("GET / HTTP/1.1\r\nX: \(String(repeating: "x", count: 100_000))\r\n\r\n")
        #expect(try long.reply().status == 400)
    }

    @Test func chunksAndQuestions() throws {
        let server = try RunningServer(["--max-body", "1000"])
        let client = try Client(server.port), boot = try fixture("boot.png")
        func chunk(_ data: Data) -> Data {
            Data("\(String(data.count, radix: 16))\r\n".utf8) + data + Data("\r\n".utf8)
        }
        client.send(Client.chunked)
        for start in stride(from: 0, to: boot.count, by: 100) {
            client.send(chunk(boot[start..<min(start + 100, boot.count)]))
        }
        client.send("0\r\n\r\n")
        #expect(try difference(client.reply(), "boot.png") < 1e-6)
        // A body without a length, which turns out to be too large.
        client.send(Client.chunked)
        for _ in 0..<50 { client.send(chunk(Data(count: 100))) }
        client.send("0\r\n\r\n")
        #expect(try client.reply().status == 413)
        // A client that asks first.
        let question = "POST /classify?top=10 HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: "
        client.send(question + "\(boot.count)\r\n\r\n")
        #expect(try client.reply(hasBody: false).status == 100)
        client.send(boot)
        #expect(try difference(client.reply(), "boot.png") < 1e-6)
        client.send(question + "1001\r\n\r\n")
        #expect(try client.reply().status == 413)
    }

    /// A slow client gets an answer when its time is over. Other clients do not wait for it.
    @Test func slowClients() throws {
        let server = try RunningServer(["--timeout", "1"])
        let boot = try fixture("boot.png")
        let slow = try (0..<20).map { _ in try Client(server.port) }
        for client in slow { client.send(Client.head("POST /classify", length: 1000)) }
        let client = try Client(server.port)
        for _ in 0..<5 {
            for other in slow { other.send(Data([0x89])) }
            usleep(100_000)
            #expect(try client.request("POST /classify", body: boot).status == 200)
        }
        for client in slow {
            let reply = try client.reply()
            #expect(reply.status == 408 && reply.message == "the body did not arrive in 1.0 seconds")
            #expect(client.isClosed())
        }
        #expect(try client.request("POST /classify", body: boot).status == 200)
        // The same is true if the server does not read the body.
        let refused = try Client(server.port)
        refused.send(Client.head("POST /nowhere", length: 1000))
        #expect(try refused.reply().status == 404)
        #expect(refused.isClosed())
    }

    /// Clients that go away in the middle of a request leave nothing behind.
    @Test func lostClients() throws {
        let server = try RunningServer()
        let boot = try fixture("boot.png")
        for i in 0..<300 {
            let client = try Client(server.port)
            client.send(Client.head("POST /classify", length: boot.count))
            client.send(boot.prefix(i % 2 == 0 ? boot.count : i))
        }
        #expect(try waitForCounter("server_upload_bytes 0", server))
        #expect(try waitForCounter("server_queued_requests 0", server))
        // Some still listen for the answer.
        for (head, body, status) in [
            (Client.head("POST /classify", length: boot.count), boot, 200),
            (Client.head("POST /classify", length: boot.count + 1), boot, 400),
            (Client.chunked, Data("zz\r\nabc".utf8), 400), (Client.chunked, Data("9\r\nabc".utf8), 400)
        ] {
            let client = try Client(server.port)
            client.send(head)
            client.send(body)
            client.finish()
            let reply = try client.reply()
            #expect(reply.status == status)
            #expect(reply.message == (status == 200 ? nil : "the body is incomplete or damaged"))
            #expect(client.isClosed())
        }
        let reply = try Client(server.port).request("POST /classify?top=10", body: boot)
        #expect(try difference(reply, "boot.png") < 1e-6)
    }

    /// Requests that come before the first is answered get their answers in order.
    @Test func severalInARow() throws {
        let server = try RunningServer(), client = try Client(server.port)
        let names = Self.expected.keys.sorted()
        for name in names {
            let file = try fixture(name)
            client.send(Data(Client.head("POST /classify?top=10", length: file.count).utf8) + file)
        }
        for name in names { #expect(try difference(client.reply(), name) < 1e-6) }
    }

    /// More requests than fit are told to come back.
    @Test func overload() throws {
        let server = try RunningServer(["--max-queue", "2", "--threads", "1"])
        let large = Data(try encodePNG(Tensor.zeros(1, 4000, 4000, dtype: .uint8)).toArray(as: UInt8.self))
        let clients = try (0..<12).map { _ in try Client(server.port) }
        for client in clients { client.send(Client.head("POST /classify", length: large.count)) }
        for client in clients { client.send(large) }
        var statuses: [Int: Int] = [:]
        for client in clients {
            let reply = try client.reply()
            statuses[reply.status, default: 0] += 1
            if reply.status == 503 {
                #expect(reply.headers["retry-after"] == "1")
                #expect(reply.message == "too many requests, try again later")
            }
        }
        #expect(statuses[200, default: 0] >= 2 && statuses[503, default: 0] >= 1, "\(statuses)")
        #expect(statuses[200, default: 0] + statuses[503, default: 0] == 12, "\(statuses)")
        #expect(try Client(server.port).request("POST /classify", body: fixture("boot.png")).status == 200)
    }

    /// Requests that share forward passes get their own answers.
    @Test(arguments: [[], ["--max-delay", "5", "--max-batch", "4"]]) func manyAtOnce(_ arguments: [String]) throws {
        let server = try RunningServer(arguments)
        let names = Self.expected.keys.sorted(), port = server.port
        let files = try names.map { try fixture($0) }
        let failures = Failures(), group = DispatchGroup()
        for k in 0..<16 {
            group.enter()
            Thread.detachNewThread {
                defer { group.leave() }
                failures.catching {
                    let client = try Client(port)
                    for i in 0..<50 {
                        let n = (k + i) % names.count, isDamaged = i % 10 == 9
                        let reply = try client.request(
                            "POST /classify?top=10", body: isDamaged ? files[n].prefix(100) : files[n])
                        guard reply.status == (isDamaged ? 400 : 200) else { throw Failure(text: reply.text) }
                        guard try isDamaged || difference(reply, names[n]) < 1e-6 else {
                            throw Failure(text: "\(names[n]): \(reply.text)")
                        }
                    }
                }
            }
        }
        group.wait()
        #expect(failures.all == [])
        let text = try Client(port).request("GET /metrics").text
        #expect(text.contains("\nserver_images_total 720\n"))
        #expect(text.contains("\nserver_requests_total{path=\"/classify\",status=\"400\"} 80\n"))
    }

    /// Requests that have begun are answered after SIGTERM; then the program ends.
    @Test func termination() throws {
        let server = try RunningServer()
        let boot = try fixture("boot.png")
        let idle = try Client(server.port), begun = try (0..<10).map { _ in try Client(server.port) }
        #expect(try idle.request("GET /health").status == 200)
        for client in begun {
            client.send(Client.head("POST /classify?top=10", length: boot.count))
            client.send(boot.prefix(100))
        }
        usleep(200_000)
        server.terminate()
        usleep(300_000)
        #expect(idle.isClosed())
        for client in begun {
            client.send(boot.dropFirst(100))
            let reply = try client.reply()
            #expect(try reply.status == 200 && difference(reply, "boot.png") < 1e-6)
            #expect(client.isClosed())
        }
        #expect(server.wait() == 0)
        #expect(server.logged.contains("stopped"))
        #expect(throws: Client.Failure.self) { try Client(server.port) }
    }

    @Test func wrongOptions() throws {
        let server = try RunningServer()
        for (arguments, code, text) in [
            (["--model", "/nowhere.pth"], 1, "/nowhere.pth: cannot open: No such file or directory"),
            (["--network", "nothing"], 1, "Unknown model nothing"),
            (["--network", "resnet18", "--model", RunningServer.weights], 1, "Missing key(s) in state_dict"),
            (["--threads", "0"], 64, "--threads must lie between 1 and 1024."),
            (["--max-batch", "0"], 64, "--max-batch must lie between 1 and 4096."),
            (["--max-delay=-1"], 64, "--max-delay must lie between 0 and 10000."),
            (["--max-body", "0"], 64, "--max-body must lie between"),
            (["--host", "127.0.0.1", "--port", "\(server.port)"], 1, "127.0.0.1:\(server.port): "),
            (["--port", "70000"], 64, "--port must lie between 0 and 65535.")
        ] as [([String], Int32, String)] {
            let result = try RunningServer.run(arguments)
            #expect(result.code == code && result.text.contains(text), "\(arguments): \(result.text)")
        }
    }
}

private struct Failure: Error {
    let text: String
}

/// Collects the failures of several threads.
private final class Failures: @unchecked Sendable {
    private let lock = NSLock()
    private var texts: [String] = []

    func catching(_ body: () throws -> Void) {
        do {
            try body()
        } catch {
            lock.withLock { texts.append("\(error)") }
        }
    }

    var all: [String] { lock.withLock { texts } }
}
