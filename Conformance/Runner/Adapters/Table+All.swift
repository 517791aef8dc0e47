extension Table {
    /// Every operator that has an adapter.
    static var all: Table {
        var table = Table()
        table.addArithmetic()
        table.addMath()
        table.addSpecial()
        table.addComparison()
        table.addActivations()
        table.addMovement()
        table.addViewCopies()
        table.addDiagonals()
        table.addCopies()
        table.addCreation()
        table.addGrids()
        table.addWindows()
        table.addPadding()
        table.addReductions()
        table.addExtremes()
        table.addScans()
        table.addDifferences()
        table.addSorting()
        table.addNorms()
        table.addStatistics()
        table.addMaskedReductions()
        table.addMarginLosses()
        table.addJoining()
        table.addSplitting()
        table.addIndexing()
        table.addScatters()
        table.addMasked()
        table.addSearches()
        table.addMatmul()
        table.addProducts()
        table.addNormalization()
        table.addSoftmax()
        table.addLosses()
        table.addRandom()
        table.addComplex()
        table.addCrash()
        return table
    }

    /// No operator of PyTorch's: what ends the process where it is told to, for the test that a crash fails alone.
    private mutating func addCrash() {
        op("conformance.crash", "now") { call in
            let now = try call.bool("now", false)
            if now { fatalError("a crash was asked for") }
            return Value.bool(now)
        }
    }
}
