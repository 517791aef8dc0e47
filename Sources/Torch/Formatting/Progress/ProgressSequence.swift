/// A sequence whose loops show a progress bar. The function `progress` makes it.
///
/// ```swift
/// let batches = progress(loader, "Epoch 1")
/// for (x, y) in batches {
///     …
///     batches.setPostfix(["loss": loss.item()])
/// }
/// ```
///
/// Every further loop starts the bar anew.
public struct ProgressSequence<Base: Sequence>: Sequence {
    public typealias Element = Base.Element

    @usableFromInline let base: Base
    /// The bar.
    public let bar: ProgressBar

    init(_ base: Base, _ bar: ProgressBar) {
        self.base = base
        self.bar = bar
    }

    public var underestimatedCount: Int { base.underestimatedCount }

    @inlinable public func makeIterator() -> Iterator { Iterator(base: base.makeIterator(), loop: ProgressLoop(bar)) }

    /// Sets the text before the bar. tqdm: `set_description`.
    public func setDescription(_ desc: String) { bar.setDescription(desc) }

    /// Sets the numbers after the rate: `setPostfix(["loss": loss.item()])`. tqdm: `set_postfix`.
    public func setPostfix(_ values: KeyValuePairs<String, any CustomStringConvertible>) { bar.setPostfix(values) }

    /// Sets the text after the rate. tqdm: `set_postfix_str`.
    public func setPostfix(_ text: String) { bar.setPostfix(text) }

    /// An iterator that counts.
    public struct Iterator: IteratorProtocol {
        @usableFromInline var base: Base.Iterator
        @usableFromInline let loop: ProgressLoop
        @usableFromInline var isInside = false

        @inlinable init(base: Base.Iterator, loop: ProgressLoop) {
            self.base = base
            self.loop = loop
        }

        @inlinable public mutating func next() -> Base.Element? {
            if isInside { loop.bar.update() }
            let element = base.next()
            isInside = element != nil
            if !isInside { loop.bar.close() }
            return element
        }
    }
}

extension ProgressSequence: Sendable where Base: Sendable {}

extension ProgressSequence: AsyncSequence where Base: AsyncSequence {
    public func makeAsyncIterator() -> AsyncProgressSequence<Base>.AsyncIterator {
        AsyncProgressSequence(base, bar).makeAsyncIterator()
    }
}

/// An asynchronous sequence whose loops show a progress bar. The function `progress` makes it.
///
/// Every further loop starts the bar anew.
public struct AsyncProgressSequence<Base: AsyncSequence>: AsyncSequence {
    public typealias Element = Base.Element

    private let base: Base
    /// The bar.
    public let bar: ProgressBar

    init(_ base: Base, _ bar: ProgressBar) {
        self.base = base
        self.bar = bar
    }

    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(base: base.makeAsyncIterator(), loop: ProgressLoop(bar))
    }

    /// Sets the text before the bar. tqdm: `set_description`.
    public func setDescription(_ desc: String) { bar.setDescription(desc) }

    /// Sets the numbers after the rate: `setPostfix(["loss": loss.item()])`. tqdm: `set_postfix`.
    public func setPostfix(_ values: KeyValuePairs<String, any CustomStringConvertible>) { bar.setPostfix(values) }

    /// Sets the text after the rate. tqdm: `set_postfix_str`.
    public func setPostfix(_ text: String) { bar.setPostfix(text) }

    /// An asynchronous iterator that counts.
    public struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate var base: Base.AsyncIterator
        fileprivate let loop: ProgressLoop
        private var isInside = false

        fileprivate init(base: Base.AsyncIterator, loop: ProgressLoop) {
            self.base = base
            self.loop = loop
        }

        /// Returns the next element; nil after the last one.
        public mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws(Base.Failure) -> Base.Element? {
            if isInside { loop.bar.update() }
            isInside = false
            guard let element = try await base.next(isolation: actor) else {
                loop.bar.close()
                return nil
            }
            isInside = true
            return element
        }

        /// Returns the next element; nil after the last one.
        public mutating func next() async throws(Base.Failure) -> Base.Element? { try await next(isolation: nil) }
    }
}

extension AsyncProgressSequence: Sendable where Base: Sendable {}

/// One loop over a sequence with a bar. Its release closes the bar, so `break` and errors do too.
@usableFromInline final class ProgressLoop {
    @usableFromInline let bar: ProgressBar

    @usableFromInline init(_ bar: ProgressBar) {
        self.bar = bar
        bar.beginLoop()
    }

    deinit { bar.close() }
}
