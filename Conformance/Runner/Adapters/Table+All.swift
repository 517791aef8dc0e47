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
        table.addCopies()
        table.addCreation()
        table.addReductions()
        table.addExtremes()
        table.addScans()
        table.addDifferences()
        table.addSorting()
        table.addJoining()
        table.addIndexing()
        table.addScatters()
        table.addMasked()
        table.addSearches()
        table.addMatmul()
        table.addSoftmax()
        table.addLosses()
        table.addRandom()
        table.addComplex()
        return table
    }
}
