import HTTPTypes
import Hummingbird
import NIOPosix
import Torch

/// `POST /classify`: the body is an image, or a form of a browser with an image. The answer is the most likely classes.
struct ClassifyRoute: Sendable {
    struct Answer: ResponseEncodable {
        struct Prediction: Encodable {
            let name: String
            let index: Int
            let probability: Float

            private enum CodingKeys: String, CodingKey {
                case name = "class"
                case index, probability
            }
        }

        let predictions: [Prediction]
    }

    let options: ServerOptions
    let classifier: Classifier
    let batcher: Batcher
    /// Decoding takes long, so it has threads of its own.
    let decoders: NIOThreadPool
    let queue: Gate
    let uploads: Gate

    func callAsFunction(_ request: Request) async throws -> Answer {
        let top = try top(of: request), boundary = try boundary(of: request)
        return try await withBody(of: request) { body in
            guard body.readableBytes > 0 else { throw HTTPError(.badRequest, message: "the body is empty") }
            guard queue.enter() else { throw HTTPError.busy }
            defer { queue.leave() }
            let (preparation, maxPixels) = (classifier.preparation, options.maxPixels)
            let image: Tensor
            do {
                image = try await decoders.runIfActive {
                    var bytes = Array(body.readableBytesView)
                    if let boundary {
                        guard let file = Multipart.firstFile(of: bytes, boundary: boundary), !file.isEmpty else {
                            throw HTTPError(.badRequest, message: "the form has no file")
                        }
                        bytes = file
                    }
                    return try preparation(bytes, maxPixels: maxPixels)
                }
            } catch let error as BadImage {
                throw HTTPError(error)
            }
            let row = try await batcher.probabilities(image)
            let best = row.indices.sorted { (-row[$0], $0) < (-row[$1], $1) }.prefix(top)
            return Answer(
                predictions: best.map {
                    Answer.Prediction(name: classifier.classes[$0], index: $0, probability: row[$0])
                })
        }
    }

    /// The number of classes in the answer: `?top=5`.
    private func top(of request: Request) throws -> Int {
        let count = classifier.classes.count
        guard let text = request.uri.queryParameters["top"] else { return min(5, count) }
        guard let top = Int(text), 1...count ~= top else {
            throw HTTPError(.badRequest, message: "top must be a number from 1 to \(count)")
        }
        return top
    }

    /// Returns the boundary if the body is a form, or nil if it is an image.
    private func boundary(of request: Request) throws -> String? {
        guard let text = request.headers[.contentType] else { return nil }
        let type = MediaType(from: text)
        switch (type?.type, type?.subType) {
        case (.image, _), (.application, "octet-stream"):
            return nil
        case (.multipart, "form-data"):
            // RFC 2046 allows 70 characters.
            guard let parameter = type?.parameter, parameter.name.lowercased() == "boundary",
                1...70 ~= parameter.value.utf8.count
            else { throw HTTPError(.badRequest, message: "the form's Content-Type has no boundary") }
            return parameter.value
        default:
            throw HTTPError(
                .unsupportedMediaType,
                message: "Content-Type must be image/jpeg, image/png, image/webp or multipart/form-data")
        }
    }

    /// Reads the body and calls `use`. Until then the bytes count as uploads.
    private func withBody<Result>(
        of request: Request, _ use: (ByteBuffer) async throws -> Result
    ) async throws -> Result {
        let length = request.headers[.contentLength].flatMap { Int($0) }
        // What still comes of the body is read and dropped after the answer.
        if let length, length > options.maxBody { throw HTTPError.tooLarge(options.maxBody) }
        var body = ByteBuffer(), taken = 0, isTooLarge = false
        defer { uploads.leave(taken) }
        do {
            for try await var piece in request.body {
                // A client that does not say its length may not see an answer before it has sent everything.
                if isTooLarge { continue }
                let count = piece.readableBytes
                if taken + count > options.maxBody {
                    isTooLarge = true
                    body = ByteBuffer()
                    uploads.leave(taken)
                    taken = 0
                    continue
                }
                guard uploads.enter(count) else { throw HTTPError.busy }
                taken += count
                if taken == count { body = piece } else { body.writeBuffer(&piece) }
            }
        } catch let error as HTTPError {
            throw error
        } catch is UploadTimeout {
            throw HTTPError(.requestTimeout, message: "the body did not arrive in \(options.uploadTime)")
        } catch {
            throw HTTPError.isIncomplete
        }
        if isTooLarge { throw HTTPError.tooLarge(options.maxBody) }
        if let length, body.readableBytes < length { throw HTTPError.isIncomplete }
        return try await use(body)
    }
}

extension HTTPError {
    fileprivate static var busy: HTTPError {
        HTTPError(.serviceUnavailable, headers: [.retryAfter: "1"], message: "too many requests, try again later")
    }

    /// The client has gone, or does not keep to HTTP.
    fileprivate static var isIncomplete: HTTPError {
        HTTPError(.badRequest, message: "the body is incomplete or damaged")
    }

    fileprivate static func tooLarge(_ limit: Int) -> HTTPError {
        HTTPError(.contentTooLarge, message: "the body has more than \(limit) bytes")
    }

    fileprivate init(_ error: BadImage) {
        switch error {
        case .isNoImage: self.init(.unsupportedMediaType, message: "the file is not a JPEG, PNG or WebP image")
        case .isTooLarge(let text): self.init(.contentTooLarge, message: text)
        case .isDamaged(let text): self.init(.badRequest, message: text)
        case .isTooNarrow(let height, let width):
            self.init(.unprocessableContent, message: "no class fits an image of \(width) x \(height) pixels")
        }
    }
}
