import Foundation
import Testing
import Torch

@testable import TorchPlot

@Suite struct TickTests {
    private struct Case: Decodable {
        let low, high: Double
        let bins: Int
        let ticks: [Double]
    }

    /// matplotlib 3.11: `MaxNLocator(bins, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)`.
    @Test func niceNumbersAreThoseOfMatplotlib() throws {
        let cases = try JSONDecoder().decode([Case].self, from: fixture("ticks.json"))
        #expect(cases.count == 100)
        for c in cases {
            let places = Ticks.nice(c.low, c.high, most: c.bins)
            #expect(places.count == c.ticks.count, "\(c)")
            for (a, b) in zip(places, c.ticks) {
                #expect(abs(a - b) <= 1e-9 * max(abs(b), (c.high - c.low) * 1e-3), "\(a) \(b) \(c)")
            }
        }
    }

    @Test(arguments: [
        (0.0, 1.0, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"], ""), (-3, 3, ["−2", "0", "2"], ""),
        (0, 500_000, ["0", "100000", "200000", "300000", "400000", "500000"], ""),
        (0, 5e6, ["0", "1", "2", "3", "4", "5"], "×10 6"),
        (0, 1e-5, ["0.00", "0.25", "0.50", "0.75", "1.00"], "×10 −5"),
        (0, 0.5, ["0.0", "0.1", "0.2", "0.3", "0.4", "0.5"], ""),
        (10_000_001, 10_000_003, ["1.0", "1.5", "2.0", "2.5", "3.0"], "+ 10000000")
    ])
    func labels(_ low: Double, _ high: Double, _ labels: [String], _ factor: String) {
        let ticks = Ticks.linear(low, high, most: 5)
        #expect(ticks.labels.map(\.text) == labels)
        #expect(
            ticks.factor.map { $0.text + ($0.exponent.isEmpty ? "" : " \($0.exponent)") } ?? "" == factor)
    }

    @Test func aLogarithmicAxisHasPowersOfTen() {
        let ticks = Ticks.logarithmic(0.002, 30, most: 9)
        #expect(ticks.places.map { log10($0).rounded() } == [-2, -1, 0, 1])
        #expect(ticks.labels.map(\.exponent) == ["−2", "−1", "0", "1"])
        // 2 to 9 times each power, from 0.002 to 30.
        #expect(ticks.minor.count == 8 + 8 + 8 + 8 + 2)
        // Many powers: every third one.
        #expect(Ticks.logarithmic(1e-12, 1e12, most: 9).labels.map(\.exponent).first == "−12")
        #expect(Ticks.logarithmic(1e-12, 1e12, most: 9).places.count == 9)
        // Less than a power of ten.
        #expect(Ticks.logarithmic(2, 9, most: 9).labels.map(\.text) == ["2", "3", "4", "5", "6", "7", "8", "9"])
    }
}
