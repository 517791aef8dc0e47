import Foundation
import Locks
import Testing
@testable import Torch

/// A terminal in memory whose clock the test sets.
private final class FakeTerminal: Sendable {
    let state = Mutex((time: 0.0, output: "", reads: 0))

    var output: String { state.withLock { $0.output } }
    var reads: Int { state.withLock { $0.reads } }

    func pass(_ seconds: Double) { state.withLock { $0.time += seconds } }

    func terminal(_ isTerminal: Bool = true, columns: Int? = 60) -> Terminal {
        Terminal(
            isTerminal: isTerminal, columns: { columns },
            now: {
                self.state.withLock {
                    $0.reads += 1
                    return $0.time
                }
            }, write: { text in self.state.withLock { $0.output += text } })
    }
}

@Suite struct ProgressTests {
    /// Compares with what tqdm's `format_meter` gave.
    @Test func tqdms() throws {
        let cases = try FormatFixture.read("meters.json")
        #expect(cases.count == 1200)
        for entry in cases {
            let f = try #require(entry[0] as? [String: Any])
            let meter = ProgressMeter(
                n: try #require(f["n"] as? Int), total: f["total"] as? Int,
                elapsed: try #require(f["elapsed"] as? Double), rate: f["rate"] as? Double,
                initial: try #require(f["initial"] as? Int), desc: try #require(f["prefix"] as? String),
                postfix: try #require(f["postfix"] as? String), unit: try #require(f["unit"] as? String),
                unitScale: try #require(f["unit_scale"] as? Bool),
                unitDivisor: try #require(f["unit_divisor"] as? Double), ncols: f["ncols"] as? Int,
                ascii: try #require(f["ascii"] as? Bool))
            #expect(meter.text == entry[1] as? String, "\(f)")
        }
    }

    @Test func extremes() {
        for n in [Int.min, -1, 0, Int.max] {
            for total in [nil, Int.min, -1, 0, 1, Int.max] {
                for elapsed in [0, -1, Double.leastNonzeroMagnitude, .infinity, .nan, 1e300] {
                    for rate in [nil, 0, -1, Double.leastNonzeroMagnitude, .infinity, .nan] {
                        let meter = ProgressMeter(
                            n: n, total: total, elapsed: elapsed, rate: rate, initial: .max, unitScale: true, ncols: 70)
                        #expect(DisplayWidth.of(meter.text) <= 70)
                    }
                }
            }
        }
        let bar = ProgressBar(FakeTerminal().terminal(), total: .max, ncols: .max, minInterval: .nan, initial: .max)
        bar.update(.max)
        bar.update(.min)
        bar.close()
    }

    /// The texts are tqdm's: 0.3 s an item, written at most every 0.1 s.
    @Test func aLoop() {
        let fake = FakeTerminal()
        let items = ProgressSequence(0..<3, ProgressBar(fake.terminal(columns: nil), total: 3, desc: "Epoch 1"))
        for i in items {
            fake.pass(0.3)
            items.setPostfix(["loss": 0.69314718, "step": i])
        }
        let lines = fake.output.split(separator: "\r", omittingEmptySubsequences: false)
        #expect(lines.first == "" && lines.dropFirst().first == "Epoch 1:   0%|          | 0/3 [00:00<?, ?it/s]")
        #expect(
            lines.last == "Epoch 1: 100%|██████████| 3/3 [00:00<00:00,  3.33it/s, loss=0.693, step=2]\n")
        #expect(fake.output.filter { $0 == "\n" }.count == 1)
        for _ in items {}
        #expect(fake.output.filter { $0 == "\n" }.count == 2)
    }

    @Test func anEarlyEnd() {
        let fake = FakeTerminal()
        for i in ProgressSequence(0..<10, ProgressBar(fake.terminal(columns: nil), total: 10)) where i == 4 { break }
        #expect(fake.output.hasSuffix("\r 40%|████      | 4/10 [00:00<?, ?it/s]\n"), "\(fake.output)")
    }

    @Test func withoutLeave() {
        let fake = FakeTerminal()
        let bar = ProgressBar(fake.terminal(columns: 20), total: 10, leave: false)
        bar.close()
        bar.close()
        #expect(fake.output.hasSuffix("\r" + String(repeating: " ", count: 20) + "\r"), "\(fake.output)")
    }

    @Test func inAPipe() {
        let fake = FakeTerminal()
        let quiet = ProgressBar(fake.terminal(false), total: 10)
        quiet.update(5)
        quiet.close()
        #expect(fake.output.isEmpty && quiet.n == 5 && fake.reads == 0)
        let never = ProgressBar(fake.terminal(), total: 10, disable: true)
        never.update(5)
        never.close()
        #expect(fake.output.isEmpty)
        let last = ProgressBar(fake.terminal(false, columns: nil), total: 10, disable: false)
        fake.pass(2)
        last.update(5)
        last.close()
        #expect(fake.output == " 50%|█████     | 5/10 [00:02<00:02,  2.50it/s]\n")
    }

    /// The clock is read for a few items only, and for every item if items are slow.
    @Test func clockReads() {
        let fake = FakeTerminal()
        let fast = ProgressBar(fake.terminal(), total: 100_000)
        for _ in 0..<100_000 { fast.update() }
        #expect(fake.reads < 100_000 / 60, "\(fake.reads)")
        let slow = ProgressBar(fake.terminal(), total: 10)
        let before = fake.output.filter { $0 == "\r" }.count
        for _ in 0..<70 {
            fake.pass(1)
            slow.update()
        }
        #expect(fake.output.filter { $0 == "\r" }.count > before + 60)
    }

    @Test func severalThreads() {
        let fake = FakeTerminal()
        let bar = ProgressBar(fake.terminal(columns: nil), desc: "file", unit: "B", unitScale: true)
        DispatchQueue.concurrentPerform(iterations: 8) { _ in
            for _ in 0..<1000 { bar.update(10) }
        }
        bar.close()
        #expect(bar.n == 80_000 && fake.output.hasSuffix("\rfile: 80.0kB [00:00, ?B/s]\n"), "\(fake.output)")
    }

    @Test func loaders() async throws {
        let loader = DataLoader(TensorDataset(Tensor.arange(10)), batchSize: 4)
        var sums: [Int] = []
        for batch in progress(loader, "Epoch 1", disable: true) { sums.append(batch.sum().item(as: Int.self)) }
        for try await batch in progress(loader, desc: "Epoch 2", disable: true) {
            sums.append(batch.sum().item(as: Int.self))
        }
        #expect(sums == [6, 22, 17, 6, 22, 17])
        #expect(progress(loader, "", disable: true).bar.total == 3)
        let stream = AsyncStream<Int> { continuation in
            for i in 0..<3 { continuation.yield(i) }
            continuation.finish()
        }
        let items = progress(stream, "stream", total: 3, disable: true)
        for await _ in items {}
        #expect(items.bar.n == 3)
    }
}
