// tqdm takes the description as its second argument or by name, so every function is here with and without the label.

/// Shows a progress bar on standard error while a loop runs over a sequence. tqdm: `tqdm(iterable, desc)`.
///
/// ```swift
/// for (x, y) in progress(loader, "Epoch 1") { … }
/// // Epoch 1:  42%|████▏     | 394/938 [00:02<00:03, 164.81it/s]
/// ```
///
/// ``ProgressBar`` says what is written where. An element counts when the loop asks for the next one. The end of the
/// loop, also by `break`, closes the bar.
/// - Parameters:
///   - sequence: the elements.
///   - desc: the text before the bar.
///   - total: the expected number of elements. The default is the sequence's `underestimatedCount`, if it is not 0.
///   - leave: whether the last state stays on the terminal. Otherwise the line is cleared.
///   - ncols: the columns of the whole line; 0 for no bar, only numbers. The default is the terminal's width.
///   - minInterval: the least number of seconds between two drawings. tqdm: `mininterval`.
///   - ascii: whether to draw the bar with digits and `#`.
///   - disable: true to write nothing; false to write the last line even if standard error is no terminal; nil to write
///     only to a terminal.
///   - unit: the name of an element.
///   - unitScale: whether to write 12.3k for 12345. tqdm: `unit_scale`.
///   - initial: the count at the start.
///   - unitDivisor: the factor between two prefixes of `unitScale`. tqdm: `unit_divisor`.
public func progress<Base: Sequence>(
    _ sequence: Base, _ desc: String, total: Int? = nil, leave: Bool = true, ncols: Int? = nil,
    minInterval: Double = 0.1, ascii: Bool = false, disable: Bool? = nil, unit: String = "it", unitScale: Bool = false,
    initial: Int = 0, unitDivisor: Int = 1000
) -> ProgressSequence<Base> {
    ProgressSequence(
        sequence,
        ProgressBar(
            total: total ?? expectedCount(sequence), desc: desc, leave: leave, ncols: ncols, minInterval: minInterval,
            ascii: ascii, disable: disable, unit: unit, unitScale: unitScale, initial: initial,
            unitDivisor: unitDivisor))
}

/// Shows a progress bar on standard error while a loop runs over a sequence. tqdm: `tqdm(iterable, desc)`.
///
/// Like the function whose description has no label.
public func progress<Base: Sequence>(
    _ sequence: Base, desc: String = "", total: Int? = nil, leave: Bool = true, ncols: Int? = nil,
    minInterval: Double = 0.1, ascii: Bool = false, disable: Bool? = nil, unit: String = "it", unitScale: Bool = false,
    initial: Int = 0, unitDivisor: Int = 1000
) -> ProgressSequence<Base> {
    progress(
        sequence, desc, total: total, leave: leave, ncols: ncols, minInterval: minInterval, ascii: ascii,
        disable: disable, unit: unit, unitScale: unitScale, initial: initial, unitDivisor: unitDivisor)
}

/// Shows a progress bar on standard error while a loop runs over an asynchronous sequence.
///
/// Like the function of the same name for a `Sequence`.
/// - Parameters:
///   - sequence: the elements.
///   - desc: the text before the bar.
///   - total: the expected number of elements.
///   - leave: whether the last state stays on the terminal. Otherwise the line is cleared.
///   - ncols: the columns of the whole line; 0 for no bar, only numbers. The default is the terminal's width.
///   - minInterval: the least number of seconds between two drawings. tqdm: `mininterval`.
///   - ascii: whether to draw the bar with digits and `#`.
///   - disable: true to write nothing; false to write the last line even if standard error is no terminal; nil to write
///     only to a terminal.
///   - unit: the name of an element.
///   - unitScale: whether to write 12.3k for 12345. tqdm: `unit_scale`.
///   - initial: the count at the start.
///   - unitDivisor: the factor between two prefixes of `unitScale`. tqdm: `unit_divisor`.
public func progress<Base: AsyncSequence>(
    _ sequence: Base, _ desc: String, total: Int? = nil, leave: Bool = true, ncols: Int? = nil,
    minInterval: Double = 0.1, ascii: Bool = false, disable: Bool? = nil, unit: String = "it", unitScale: Bool = false,
    initial: Int = 0, unitDivisor: Int = 1000
) -> AsyncProgressSequence<Base> {
    AsyncProgressSequence(
        sequence,
        ProgressBar(
            total: total, desc: desc, leave: leave, ncols: ncols, minInterval: minInterval,
            ascii: ascii, disable: disable, unit: unit, unitScale: unitScale, initial: initial,
            unitDivisor: unitDivisor))
}

/// Shows a progress bar on standard error while a loop runs over an asynchronous sequence.
///
/// Like the function whose description has no label.
public func progress<Base: AsyncSequence>(
    _ sequence: Base, desc: String = "", total: Int? = nil, leave: Bool = true, ncols: Int? = nil,
    minInterval: Double = 0.1, ascii: Bool = false, disable: Bool? = nil, unit: String = "it", unitScale: Bool = false,
    initial: Int = 0, unitDivisor: Int = 1000
) -> AsyncProgressSequence<Base> {
    progress(
        sequence, desc, total: total, leave: leave, ncols: ncols, minInterval: minInterval, ascii: ascii,
        disable: disable, unit: unit, unitScale: unitScale, initial: initial, unitDivisor: unitDivisor)
}

/// Shows a progress bar on standard error while a loop runs over a `DataLoader`, by `for` or by `for try await`.
///
/// Like the function of the same name for a `Sequence`.
/// - Parameters:
///   - sequence: the elements, as a sequence and as an asynchronous one.
///   - desc: the text before the bar.
///   - total: the expected number of elements. The default is the sequence's `underestimatedCount`, if it is not 0.
///   - leave: whether the last state stays on the terminal. Otherwise the line is cleared.
///   - ncols: the columns of the whole line; 0 for no bar, only numbers. The default is the terminal's width.
///   - minInterval: the least number of seconds between two drawings. tqdm: `mininterval`.
///   - ascii: whether to draw the bar with digits and `#`.
///   - disable: true to write nothing; false to write the last line even if standard error is no terminal; nil to write
///     only to a terminal.
///   - unit: the name of an element.
///   - unitScale: whether to write 12.3k for 12345. tqdm: `unit_scale`.
///   - initial: the count at the start.
///   - unitDivisor: the factor between two prefixes of `unitScale`. tqdm: `unit_divisor`.
public func progress<Base: Sequence & AsyncSequence>(
    _ sequence: Base, _ desc: String, total: Int? = nil, leave: Bool = true, ncols: Int? = nil,
    minInterval: Double = 0.1, ascii: Bool = false, disable: Bool? = nil, unit: String = "it", unitScale: Bool = false,
    initial: Int = 0, unitDivisor: Int = 1000
) -> ProgressSequence<Base> {
    ProgressSequence(
        sequence,
        ProgressBar(
            total: total ?? expectedCount(sequence), desc: desc, leave: leave, ncols: ncols, minInterval: minInterval,
            ascii: ascii, disable: disable, unit: unit, unitScale: unitScale, initial: initial,
            unitDivisor: unitDivisor))
}

/// Shows a progress bar on standard error while a loop runs over a `DataLoader`, by `for` or by `for try await`.
///
/// Like the function whose description has no label.
public func progress<Base: Sequence & AsyncSequence>(
    _ sequence: Base, desc: String = "", total: Int? = nil, leave: Bool = true, ncols: Int? = nil,
    minInterval: Double = 0.1, ascii: Bool = false, disable: Bool? = nil, unit: String = "it", unitScale: Bool = false,
    initial: Int = 0, unitDivisor: Int = 1000
) -> ProgressSequence<Base> {
    progress(
        sequence, desc, total: total, leave: leave, ncols: ncols, minInterval: minInterval, ascii: ascii,
        disable: disable, unit: unit, unitScale: unitScale, initial: initial, unitDivisor: unitDivisor)
}

private func expectedCount(_ sequence: some Sequence) -> Int? {
    let count = sequence.underestimatedCount
    return count > 0 ? count : nil
}
