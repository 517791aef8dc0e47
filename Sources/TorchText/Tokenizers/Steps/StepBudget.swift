#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif
import Torch

/// Limits on the size that a tokenizer's steps may give to one text, and on the time that its expressions may search
/// it. Tokenizers come from files. The steps of a hostile file could double a text again and again, or search it
/// forever.
final class StepBudget {
    /// The maximum size of the text in bytes.
    let bytes: Int
    /// The total CPU time of all expressions in seconds. It is more than ten times the time that known models need.
    let seconds: Double
    private(set) var spent = 0.0

    /// - Parameter count: the size of the input text in bytes.
    init(for count: Int) {
        bytes = 64 * count + 1 << 20
        seconds = 0.5 + 1e-5 * Double(count)
    }

    /// - Throws: `TorchError` if the text is too large.
    func check(_ text: AlignedText) throws { try check(text.bytes.count) }

    func check(_ count: Int) throws {
        guard count <= bytes else {
            throw TorchError(.value, "the tokenizer's steps make more than \(bytes) bytes of a text")
        }
    }

    /// Runs a search. `body` should call `isOver` as often as possible, and stop when it returns true. The interval
    /// between two calls can be long: it has 10,000 steps, and a step that compares a group's match or runs along a
    /// whole line may visit the whole text. So `isOver` already returns true if another interval as long as the last
    /// one would end too late.
    /// - Throws: `TorchError` if the time is over.
    func search(_ expression: String, _ body: (_ isOver: @escaping () -> Bool) -> Void) throws {
        // Measures the CPU time of this thread, so that a busy machine does not make the search fail.
        var last = StepBudget.time(CLOCK_THREAD_CPUTIME_ID), tick = StepBudget.time(StepBudget.coarse), isOver = false
        let end = last + seconds - spent
        body {
            // Reading the CPU clock needs a system call. It is skipped until the coarse clock has ticked.
            let now = StepBudget.time(StepBudget.coarse)
            if now == tick { return isOver }
            tick = now
            let time = StepBudget.time(CLOCK_THREAD_CPUTIME_ID)
            isOver = time + (time - last) > end
            last = time
            return isOver
        }
        spent = seconds - (end - StepBudget.time(CLOCK_THREAD_CPUTIME_ID))
        guard !isOver, spent <= seconds else {
            throw TorchError(
                .value,
                "the regular expression \(expression.prefix(100)) has searched a text for \(seconds) seconds without an end: it goes back over the text again and again"
            )
        }
    }

    /// A clock that needs no system call and ticks every few milliseconds, if the platform has one.
    #if canImport(Glibc)
    private static let coarse = CLOCK_MONOTONIC_COARSE
    #else
    private static let coarse = CLOCK_MONOTONIC
    #endif

    private static func time(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}
