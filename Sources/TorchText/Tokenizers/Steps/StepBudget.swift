#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif
import Torch

/// What a tokenizer's steps may make of one text, and how long its expressions may search it: they come from a file, and a hostile file's steps could double a text again and
/// again, or look at it in more ways than there is time for.
final class StepBudget {
    /// The most bytes that the text may become.
    let bytes: Int
    /// Seconds of the processor's time that expressions may take in all: more than ten times what those of known models take.
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
        guard count <= bytes else { throw TorchError(.value, "the tokenizer's steps make more than \(bytes) bytes of a text") }
    }

    /// Runs a search that asks, now and then, whether its time is over, and ends then.
    /// - Throws: `TorchError` where it is.
    func search(_ expression: String, _ body: (_ isOver: @escaping () -> Bool) -> Void) throws {
        // The thread's own time: a machine that is busy with something else must not be the reason.
        let end = StepBudget.processorTime() + seconds - spent
        body { StepBudget.processorTime() > end }
        spent = seconds - (end - StepBudget.processorTime())
        guard spent <= seconds else {
            throw TorchError(.value, "the regular expression \(expression.prefix(100)) has searched a text for \(seconds) seconds without an end: it goes back over the text again and again")
        }
    }

    private static func processorTime() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}
