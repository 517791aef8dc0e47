import Torch

extension Tokenizer {
    /// A side of a text. `tokenizers`: the `direction` of `enable_truncation` and `enable_padding`.
    public enum Direction: String, Sendable {
        /// The start or the end of the text.
        case left = "Left", right = "Right"
    }

    /// Options to cut encodings that are too long. `tokenizers`: `Tokenizer.enable_truncation`.
    public struct Truncation: Sendable, Equatable {
        /// The sequence of a pair that is cut.
        public enum Strategy: String, Sendable {
            /// Both sequences, the longer one first; only the first sequence; or only the second sequence.
            case longestFirst = "LongestFirst", onlyFirst = "OnlyFirst", onlySecond = "OnlySecond"
        }

        /// The maximum number of tokens, including the tokens that the post-processor inserts.
        public var maxLength: Int
        /// The number of tokens that a part in `overflowing` shares with the part before it.
        public var stride: Int
        /// The sequence of a pair that is cut.
        public var strategy: Strategy
        /// The side that is cut.
        public var direction: Direction

        /// Creates truncation options.
        public init(maxLength: Int, stride: Int = 0, strategy: Strategy = .longestFirst, direction: Direction = .right)
        {
            self.maxLength = maxLength
            self.stride = stride
            self.strategy = strategy
            self.direction = direction
        }
    }

    /// Options to lengthen encodings. `tokenizers`: `Tokenizer.enable_padding`.
    public struct Padding: Sendable, Equatable {
        /// How the padded length is chosen.
        public enum Strategy: Sendable, Equatable {
            /// Pads to the longest encoding of the batch.
            case batchLongest
            /// Pads to a fixed length.
            case fixed(Int)
        }

        /// How the padded length is chosen.
        public var strategy: Strategy
        /// The side that is padded.
        public var direction: Direction
        /// If set, the padded length is rounded up to a multiple of this number.
        public var padToMultipleOf: Int?
        /// The id of the padding token.
        public var padID: Int
        /// The type id of the padding token.
        public var padTypeID: Int
        /// The text of the padding token.
        public var padToken: String

        /// Creates padding options.
        public init(
            strategy: Strategy = .batchLongest, direction: Direction = .right, padToMultipleOf: Int? = nil,
            padID: Int = 0, padTypeID: Int = 0, padToken: String = "[PAD]"
        ) {
            self.strategy = strategy
            self.direction = direction
            self.padToMultipleOf = padToMultipleOf
            self.padID = padID
            self.padTypeID = padTypeID
            self.padToken = padToken
        }
    }
}

extension Tokenizer.Truncation {
    /// Cuts one or two sequences to `length` tokens in total.
    /// - Throws: `TorchError` if the sequence to cut is missing or too short, or the stride is not less than the kept
    ///   length.
    func apply(_ first: inout Tokenizer.Encoding, _ second: inout Tokenizer.Encoding?, length: Int) throws {
        if length == 0 {
            try first.truncate(0, self)
            try second?.truncate(0, self)
            return
        }
        let total = first.count + (second?.count ?? 0)
        guard total > length else { return }
        switch strategy {
        case .longestFirst:
            guard second != nil else { return try first.truncate(length, self) }
            var (shorter, longer) = (min(first.count, second!.count), max(first.count, second!.count))
            let isSwapped = first.count > second!.count
            longer = shorter > length ? shorter : max(shorter, length - shorter)
            if shorter + longer > length {
                shorter = length / 2
                longer = shorter + length % 2
            }
            try first.truncate(isSwapped ? longer : shorter, self)
            try second!.truncate(isSwapped ? shorter : longer, self)
        case .onlyFirst, .onlySecond:
            if strategy == .onlySecond, second == nil {
                throw TorchError(.value, "Truncation error: Second sequence not provided")
            }
            let own = strategy == .onlyFirst ? first.count : second!.count
            guard own > total - length else {
                throw TorchError(
                    .value, "Truncation error: Sequence to truncate too short to respect the provided max_length")
            }
            if strategy == .onlyFirst {
                try first.truncate(own - (total - length), self)
            } else {
                try second!.truncate(own - (total - length), self)
            }
        }
    }
}

extension Tokenizer.Encoding {
    mutating func truncate(_ length: Int, _ options: Tokenizer.Truncation) throws {
        guard length < count else { return }
        if length == 0 {
            let whole = self
            self = Tokenizer.Encoding(names: names)
            overflowing = [whole]
            return
        }
        guard options.stride < length else {
            throw TorchError(
                .value,
                "truncation: stride \(options.stride) must be less than \(length), the length less the tokens that are put in"
            )
        }
        let step = length - options.stride
        var ranges: [Range<Int>] = []
        switch options.direction {
        case .right:
            for start in Swift.stride(from: 0, to: count, by: step) {
                ranges.append(start..<min(start + length, count))
                if start + length >= count { break }
            }
        case .left:
            for stop in Swift.stride(from: count, to: 0, by: -step) {
                ranges.append(max(0, stop - length)..<stop)
                if stop <= length { break }
            }
        }
        var kept = slice(ranges[0])
        kept.overflowing = ranges.dropFirst().map { slice($0) }
        self = kept
    }

    mutating func pad(to length: Int, _ options: Tokenizer.Padding) {
        for position in overflowing.indices { overflowing[position].pad(to: length, options) }
        let missing = length - count
        guard missing > 0 else { return }
        let before = options.direction == .left ? missing : 0
        func extend<Element>(_ array: inout [Element], _ element: Element) {
            array.insert(contentsOf: repeatElement(element, count: missing), at: before > 0 ? 0 : array.count)
        }
        let start = before > 0 ? 0 : count
        if before > 0 { surfaces = Dictionary(uniqueKeysWithValues: surfaces.map { ($0.key + missing, $0.value) }) }
        if let known = names[options.padID], known.utf8.elementsEqual(options.padToken.utf8) {
        } else {
            for position in start..<start + missing { surfaces[position] = options.padToken }
        }
        extend(&ids, options.padID)
        extend(&typeIDs, options.padTypeID)
        extend(&attentionMask, 0)
        extend(&specialTokensMask, 1)
        extend(&offsets, 0..<0)
        extend(&words, -1)
    }
}

extension Tokenizer.Padding {
    func apply(_ encodings: inout [Tokenizer.Encoding]) {
        var length: Int
        switch strategy {
        case .batchLongest: length = encodings.map(\.count).max() ?? 0
        case .fixed(let size): length = size
        }
        if let multiple = padToMultipleOf, multiple > 0, length % multiple > 0 {
            length += multiple - length % multiple
        }
        for position in encodings.indices { encodings[position].pad(to: length, self) }
    }
}
