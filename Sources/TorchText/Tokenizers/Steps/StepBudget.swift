#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif
import Torch

/// What a tokenizer's steps may make of one text, and how long its expressions may search it: they come from a file,
/// and a hostile file's steps could double a text again and
/// again, or look at it in more ways than there is time for.
final class StepBudget {
    /// The most bytes that the text may become.
    let bytes: Int
    /// Seconds of the processor's time that expressions may take in all: more than ten times what those of known models
    /// take.
    let seconds: Double
    private(set) var spent = 0.0

    /// - Parameter count: the text's bytes as it comes in.
    init(for count: Int) {
        bytes = 64 * count + 1 << 20
        seconds = 0.5 + 1e-5 * Double(count)
    }

    /// - Throws: `TorchError` where the steps have made too much of the text.
    func check(_ text: AlignedText) throws { try check(text.bytes.count) }

    func check(_ count: Int) throws {
        guard count <= bytes else {
            throw TorchError(.value, "the tokenizer's steps make more than \(bytes) bytes of a text")
        }
    }

    /// Runs a search that asks, as often as it can, whether its time is over, and ends then. From one answer to the
    /// next it may take long: a search takes 10,000 steps, and a step that compares what a group has matched, or runs
    /// along a whole line, goes over all of the text. So the answer is yes already if the next interval would end too
    /// late, were it as long as the last.
    /// - Throws: `TorchError` where it is.
    func search(_ expression: String, _ body: (_ isOver: @escaping () -> Bool) -> Void) throws {
        // The thread's own time: a machine that is busy with something else must not be the reason.
        var last = StepBudget.time(CLOCK_THREAD_CPUTIME_ID), tick = StepBudget.time(StepBudget.coarse), isOver = false
        let end = last + seconds - spent
        body {
            // A processor's clock costs a system call; while the machine's clock stands still, so does that one.
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

    /// A clock that is read without a system call and ticks every few milliseconds, if the machine has one.
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
