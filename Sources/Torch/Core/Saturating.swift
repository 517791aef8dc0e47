// Counts that stay at the largest number if they overflow.

extension Int {
    /// Returns the sum, or the largest number if it overflows.
    func addingUpToMost(_ other: Int) -> Int {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}

extension Sequence<Int> {
    /// The product of numbers that are not negative, or the largest number if it overflows.
    var product: Int {
        reduce(1) { sum, factor in
            let (product, overflow) = sum.multipliedReportingOverflow(by: factor)
            return overflow ? .max : product
        }
    }
}
