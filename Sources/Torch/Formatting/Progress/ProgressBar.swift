import Locks

/// A progress bar on standard error, in tqdm's form. tqdm: `tqdm(total=…)`.
///
/// ```swift
/// let bar = ProgressBar(total: 100, desc: "Images")
/// for part in parts {
///     …
///     bar.update(10)      // Images:  30%|███       | 30/100 [00:03<00:07,  9.98it/s]
/// }
/// bar.close()
/// ```
///
/// The function `progress` counts the elements of a sequence. On a terminal the bar is one line that is written anew,
/// at most once every `minInterval` seconds. If standard error is a file or a pipe, nothing is written, as with tqdm's
/// `disable=None`; with `disable: false`, `close()` writes the last state as one line, without control characters.
///
/// A bar may be used by several threads at once. When it is released, it closes.
public final class ProgressBar: Sendable {
    private struct State {
        var total: Int?
        var desc: String
        var postfix: [(name: String, value: PostfixValue)] = []
        var isOpen = true
        var start = 0.0
        /// The time and count of the last drawing.
        var drawnAt = 0.0, drawn = 0
        /// The time and count when the clock was read last.
        var readAt = 0.0, read = 0
        var items = MovingAverage(), seconds = MovingAverage()
        /// The columns of the text on the terminal.
        var shown = 0
    }

    private enum PostfixValue {
        case int(Int)
        case double(Double)
        case text(String)

        var text: String {
            switch self {
            case .int(let value): ProgressMeter.number(value)
            case .double(let value): ProgressMeter.number(value)
            case .text(let text): text
            }
        }
    }

    /// An exponential moving average. The start counts as if all earlier values were the average.
    private struct MovingAverage {
        private var sum = 0.0, rest = 1.0

        mutating func add(_ value: Double) {
            sum = 0.3 * value + 0.7 * sum
            rest *= 0.7
        }

        var value: Double? { rest < 1 ? sum / (1 - rest) : nil }
    }

    private static let mostColumns = 10_000

    private enum Mode { case off, lastLine, terminal }

    private let counter: Atomic<Int>
    /// The count at which the clock is read next.
    private let due: Atomic<Int>
    private let state: Mutex<State>
    private let mode: Mode
    private let terminal: Terminal
    private let initial: Int
    private let minInterval: Double
    private let leave: Bool
    private let ncols: Int?
    private let unit: String
    private let unitScale: Bool
    private let unitDivisor: Double
    private let ascii: Bool

    /// Creates a bar and shows it.
    /// - Parameters:
    ///   - total: the expected number of items. Without it, the bar shows only the count and the rate; so too if there
    ///     are more items.
    ///   - desc: the text before the bar.
    ///   - leave: whether the last state stays on the terminal. Otherwise the line is cleared.
    ///   - ncols: the columns of the whole line; 0 for no bar, only numbers. By default as many as the terminal has,
    ///     or else one less than the environment variable COLUMNS says, or else a bar of ten columns.
    ///   - minInterval: the least number of seconds between two drawings. tqdm: `mininterval`.
    ///   - ascii: whether to draw the bar with digits and `#`.
    ///   - disable: true to write nothing; false to write the last line even if standard error is no terminal; nil to
    ///     write only to a terminal.
    ///   - unit: the name of an item.
    ///   - unitScale: whether to write 12.3k for 12345. tqdm: `unit_scale`.
    ///   - initial: the count at the start. It does not count in the rate.
    ///   - unitDivisor: the factor between two prefixes of `unitScale`; 1024 for memory. tqdm: `unit_divisor`.
    public convenience init(
        total: Int? = nil, desc: String = "", leave: Bool = true, ncols: Int? = nil, minInterval: Double = 0.1,
        ascii: Bool = false, disable: Bool? = nil, unit: String = "it", unitScale: Bool = false, initial: Int = 0,
        unitDivisor: Int = 1000
    ) {
        self.init(
            .standardError, total: total, desc: desc, leave: leave, ncols: ncols, minInterval: minInterval,
            ascii: ascii,
            disable: disable, unit: unit, unitScale: unitScale, initial: initial, unitDivisor: unitDivisor)
    }

    init(
        _ terminal: Terminal, total: Int? = nil, desc: String = "", leave: Bool = true, ncols: Int? = nil,
        minInterval: Double = 0.1, ascii: Bool = false, disable: Bool? = nil, unit: String = "it",
        unitScale: Bool = false, initial: Int = 0, unitDivisor: Int = 1000
    ) {
        self.terminal = terminal
        self.leave = leave
        self.ncols = ncols.map { min(max(0, $0), ProgressBar.mostColumns) }
        self.minInterval = minInterval
        self.ascii = ascii
        self.unit = unit
        self.unitScale = unitScale
        self.unitDivisor = Double(max(2, unitDivisor))
        self.initial = initial
        mode = disable == true ? .off : terminal.isTerminal ? .terminal : disable == false ? .lastLine : .off
        counter = Atomic(initial)
        due = Atomic(mode == .terminal ? initial : .max)
        state = Mutex(State(total: total, desc: desc))
        begin()
    }

    deinit { close() }

    // MARK: - Counting

    /// The number of items so far, `initial` included.
    public var n: Int { counter.load(ordering: .relaxed) }

    /// The expected number of items; nil if it is unknown.
    public var total: Int? {
        get { state.withLock { $0.total } }
        set { state.withLock { $0.total = newValue } }
    }

    /// Adds to the number of items. The clock is read only from time to time.
    public func update(_ n: Int = 1) {
        let count = counter.wrappingAdd(n, ordering: .relaxed).newValue
        if count >= due.load(ordering: .relaxed) || n < 0 { check() }
    }

    /// Sets the count back to `initial`, with a new start. A closed bar opens again.
    /// - Parameter total: the expected number of items; nil for that of before.
    public func reset(total: Int? = nil) {
        close()
        counter.store(initial, ordering: .relaxed)
        state.withLock {
            if let total { $0.total = total }
            $0.isOpen = true
        }
        begin()
    }

    /// Ends the bar: draws the last state and a new line or, without `leave`, clears the line. A closed bar counts, but
    /// is not drawn.
    public func close() {
        due.store(.max, ordering: .relaxed)
        let wasOpen = state.withLock { state in
            guard state.isOpen else { return false }
            state.isOpen = false
            switch mode {
            case .off: break
            case .lastLine:
                if leave { terminal.write(text(state, isLast: true) + "\n") }
            case .terminal:
                if leave {
                    draw(&state, isLast: true)
                    terminal.write("\n")
                } else {
                    erase(&state)
                }
            }
            return true
        }
        if wasOpen, mode == .terminal { OpenBars.remove(self) }
    }

    /// Starts anew unless nothing has been counted since the start.
    func beginLoop() {
        let isFresh = state.withLock { $0.isOpen } && n == initial
        if !isFresh { reset() }
    }

    private func begin() {
        if mode == .off { return }
        state.withLock { state in
            let now = terminal.now()
            (state.start, state.drawnAt, state.readAt) = (now, now, now)
            (state.drawn, state.read) = (initial, initial)
            (state.items, state.seconds) = (MovingAverage(), MovingAverage())
            if mode == .terminal { draw(&state) }
        }
        if mode == .terminal {
            due.store(initial, ordering: .relaxed)
            OpenBars.add(self)
        }
    }

    /// Reads the clock, draws if it is time, and decides when to read the clock again.
    @inline(never)
    private func check() {
        state.withLock { state in
            guard state.isOpen else { return }
            let now = terminal.now(), count = n
            // Read the clock about sixteen times between two drawings, but after 64 items at the latest: the next items
            // may be slow.
            let perItem = (now - state.readAt) / Double(max(1, count &- state.read))
            let step = perItem > 0 ? min(64, max(1, minInterval / 16 / perItem)) : 64
            (state.readAt, state.read) = (now, count)
            due.store(count.addingReportingOverflow(Int(step.isNaN ? 1 : step)).partialValue, ordering: .relaxed)
            if now - state.drawnAt >= minInterval { redraw(&state, now, count) }
        }
    }

    // MARK: - Texts

    /// Sets the text before the bar. The bar shows it when it is drawn next. tqdm: `set_description`.
    public func setDescription(_ desc: String) {
        state.withLock { state in
            state.desc = desc
            refreshIfDue(&state)
        }
    }

    /// Sets the numbers after the rate, in this order: `bar.setPostfix(["loss": loss.item(), "lr": 0.1])` gives
    /// `loss=0.693, lr=0.1`. Numbers have at most three significant digits if that is shorter. They appear when the bar
    /// is drawn next. tqdm: `set_postfix`.
    public func setPostfix(_ values: KeyValuePairs<String, any CustomStringConvertible>) {
        if mode == .off { return }
        // Numbers become text only when the bar is drawn.
        let parts = values.map { name, value -> (name: String, value: PostfixValue) in
            switch value {
            case let value as Double: (name, .double(value))
            case let value as Int: (name, .int(value))
            case let value as any Formattable & BinaryFloatingPoint: (name, .double(Double(value)))
            case let value as any Formattable & BinaryInteger: (name, .text(ProgressMeter.number(value)))
            default: (name, .text(value.description))
            }
        }
        setPostfix(parts)
    }

    /// Sets the text after the rate. tqdm: `set_postfix_str`.
    public func setPostfix(_ text: String) {
        if mode != .off { setPostfix([(name: "", value: .text(text))]) }
    }

    private func setPostfix(_ parts: [(name: String, value: PostfixValue)]) {
        state.withLock { state in
            state.postfix = parts
            refreshIfDue(&state)
        }
    }

    /// Draws the bar now.
    public func refresh() {
        guard mode == .terminal else { return }
        state.withLock { state in
            if state.isOpen { draw(&state) }
        }
    }

    /// Clears the line of the bar until it is drawn next.
    public func clear() {
        guard mode == .terminal else { return }
        state.withLock { erase(&$0) }
    }

    /// Prints a line to standard output, above the bars on the terminal. tqdm: `tqdm.write`.
    public static func write(_ line: String) {
        OpenBars.withCleared { Terminal.printLine(line) }
    }

    // MARK: - Drawing

    private func refreshIfDue(_ state: inout State) {
        guard mode == .terminal, state.isOpen else { return }
        let now = terminal.now()
        if now - state.drawnAt >= minInterval { redraw(&state, now, n) }
    }

    /// Draws the bar, with a new rate.
    private func redraw(_ state: inout State, _ now: Double, _ count: Int) {
        let items = count &- state.drawn, seconds = now - state.drawnAt
        if items != 0, seconds > 0 {
            state.items.add(Double(items))
            state.seconds.add(seconds)
        }
        (state.drawnAt, state.drawn) = (now, count)
        draw(&state)
    }

    private func text(_ state: State, isLast: Bool) -> String {
        var rate: Double?
        // The last state has the average over all the time.
        if !isLast, let items = state.items.value, let seconds = state.seconds.value { rate = items / seconds }
        let postfix = state.postfix.map { name, value in
            name.isEmpty ? value.text : "\(name)=\(value.text.trimmingSpace)"
        }
        return ProgressMeter(
            n: n, total: state.total, elapsed: terminal.now() - state.start, rate: rate, initial: initial,
            desc: state.desc, postfix: postfix.joined(separator: ", "), unit: unit, unitScale: unitScale,
            unitDivisor: unitDivisor,
            ncols: ncols ?? terminal.columns().map { min($0, ProgressBar.mostColumns) }, ascii: ascii
        ).text
    }

    private func draw(_ state: inout State, isLast: Bool = false) {
        let text = text(state, isLast: isLast), width = DisplayWidth.of(text)
        terminal.write("\r" + text + String(repeating: " ", count: max(0, state.shown - width)))
        state.shown = width
    }

    private func erase(_ state: inout State) {
        if state.shown > 0 { terminal.write("\r" + String(repeating: " ", count: state.shown) + "\r") }
        state.shown = 0
    }
}

/// The bars that are on the terminal.
private enum OpenBars {
    private struct Weak {
        weak var bar: ProgressBar?
    }

    private static let bars = Mutex<[ObjectIdentifier: Weak]>([:])

    static func add(_ bar: ProgressBar) { bars.withLock { $0[ObjectIdentifier(bar)] = Weak(bar: bar) } }

    static func remove(_ bar: ProgressBar) {
        let id = ObjectIdentifier(bar)
        bars.withLock { _ = $0.removeValue(forKey: id) }
    }

    /// Runs `body` while no bar is shown.
    static func withCleared(_ body: () -> Void) {
        let open = bars.withLock { $0.values.compactMap(\.bar) }
        for bar in open { bar.clear() }
        body()
        for bar in open { bar.refresh() }
    }
}

extension String {
    fileprivate var trimmingSpace: Substring {
        var text = self[...]
        while text.first?.isWhitespace ?? false { text.removeFirst() }
        while text.last?.isWhitespace ?? false { text.removeLast() }
        return text
    }
}
