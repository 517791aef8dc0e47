/// Tries a property on the cases of the file of an operator or a module.
struct PropertyRunner {
    let property: any Property.Type
    let name: String
    private let units: [(name: String, variant: Variant)]

    init(_ file: OpsRunner, _ property: any Property.Type, thorough: Bool) {
        self.property = property
        name = file.name
        if property.exceptions[file.name] != nil {
            units = []
            return
        }
        let cases = thorough ? file.operatorCases : PropertyRunner.different(file.operatorCases, property.usualCases)
        // A case that cannot be read is reported as a failure by the comparison with PyTorch.
        units = cases.flatMap { operatorCase in
            ((try? property.variants(of: operatorCase)) ?? []).map { ("\(operatorCase.name), \($0.name)", $0) }
        }
    }

    init(_ file: ModuleRunner, _ property: any Property.Type, thorough: Bool) {
        self.property = property
        name = file.name
        guard let entry = file.entry, property.exceptions[file.name] == nil else {
            units = []
            return
        }
        units = file.cases.prefix(thorough ? .max : property.usualCases).enumerated().flatMap { i, json in
            ((try? property.variants(of: ModuleCase(file.name, json, entry))) ?? []).map {
                ("\(file.caseName(i)), \($0.name)", $0)
            }
        }
    }

    var count: Int { units.count }

    func caseName(_ index: Int) -> String { units[index].name }

    func run(_ index: Int) throws -> Verdict {
        try units[index].variant.check().map { .failed($0) } ?? .passed
    }

    /// Returns the first cases whose arguments differ in kind: at most `limit` of those that must succeed, and at most
    /// `limit` of those that must fail.
    private static func different(_ cases: [OperatorCase], _ limit: Int) -> [OperatorCase] {
        var seen: Set<String> = []
        var left = [true: limit, false: limit]
        return cases.filter { operatorCase in
            guard left[operatorCase.mustFail, default: 0] > 0 else { return false }
            guard seen.insert(operatorCase.kinds).inserted else { return false }
            left[operatorCase.mustFail, default: 0] -= 1
            return true
        }
    }
}
