import Torch

extension Tokenizer {
    /// A side of a text. `tokenizers`: the `direction` of `enable_truncation` and `enable_padding`.
    public enum Direction: String, Sendable {
        case left = "Left", right = "Right"
    }

    /// Cuts encodings that are too long. `tokenizers`: `Tokenizer.enable_truncation`.
    public struct Truncation: Sendable, Equatable {
        /// What is cut of a pair.
        public enum Strategy: String, Sendable {
            case longestFirst = "LongestFirst", onlyFirst = "OnlyFirst", onlySecond = "OnlySecond"
        }

        /// The most tokens, with those that the post-processor puts in.
        public var maxLength: Int
        /// How many tokens a part in `overflowing` has in common with the one before.
        public var stride: Int
        public var strategy: Strategy
        /// The side that is cut.
        public var direction: Direction

        public init(maxLength: Int, stride: Int = 0, strategy: Strategy = .longestFirst, direction: Direction = .right)
        {
            self.maxLength = maxLength
            self.stride = stride
            self.strategy = strategy
            self.direction = direction
        }
    }

    /// Lengthens encodings. `tokenizers`: `Tokenizer.enable_padding`.
    public struct Padding: Sendable, Equatable {
        public enum Strategy: Sendable, Equatable {
            /// To the longest of the batch.
            case batchLongest
            case fixed(Int)
        }

        public var strategy: Strategy
        /// The side that is lengthened.
        public var direction: Direction
        public var padToMultipleOf: Int?
        public var padID: Int
        public var padTypeID: Int
        public var padToken: String

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
    /// Cuts one or two sequences to `length` tokens together.
    /// - Throws: `TorchError` where the sequence to be cut is missing or too short, or the stride is not less than what
    /// -   is kept.
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
        for place in overflowing.indices { overflowing[place].pad(to: length, options) }
        let missing = length - count
        guard missing > 0 else { return }
        let before = options.direction == .left ? missing : 0
        func lengthen<Element>(_ array: inout [Element], _ element: Element) {
            array.insert(contentsOf: repeatElement(element, count: missing), at: before > 0 ? 0 : array.count)
        }
        let start = before > 0 ? 0 : count
        if before > 0 { surfaces = Dictionary(uniqueKeysWithValues: surfaces.map { ($0.key + missing, $0.value) }) }
        if let known = names[options.padID], known.utf8.elementsEqual(options.padToken.utf8) {
        } else {
            for place in start..<start + missing { surfaces[place] = options.padToken }
        }
        lengthen(&ids, options.padID)
        lengthen(&typeIDs, options.padTypeID)
        lengthen(&attentionMask, 0)
        lengthen(&specialTokensMask, 1)
        lengthen(&offsets, 0..<0)
        lengthen(&words, -1)
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
        for place in encodings.indices { encodings[place].pad(to: length, self) }
    }
}
