import Foundation
import Torch

/// The results' nodes have PyTorch's names, which `print(x.gradFn)` and printed tensors show.
enum GradFunctions: Property {
    static let name = "gradfunctions"
    static let usualCases = 1000
    static let exceptions = Exceptions.gradFunctions

    /// The names that Conformance/generator/grad_functions.py wrote: for each operator a list of each case, or one list
    /// for all cases.
    private static let recorded: [String: [[String?]]] = {
        let path = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../generator/grad_functions.json")
        let json = try? JSONSerialization.jsonObject(with: Data(contentsOf: path.standardizedFileURL))
        var recorded = (json as? [String: [[Any]]] ?? [:]).mapValues { $0.map { $0.map { $0 as? String } } }
        // The faulty operator of the tests, which PyTorch does not have.
        recorded["conformance.misnames_its_node"] = [["ExpBackward0"]]
        return recorded
    }()

    static func variants(of operatorCase: OperatorCase) throws -> [Variant] {
        guard !operatorCase.mustFail, let grad = operatorCase.json["grad"] as? JSON,
            let paths = grad["inputs"] as? [String], let numbers = grad["outputs"] as? [Int],
            let cases = recorded[operatorCase.operatorName]
        else { return [] }
        let expected = cases.count == 1 ? cases[0] : operatorCase.number < cases.count ? cases[operatorCase.number] : []
        if expected.isEmpty { return [] }
        return [
            Variant("names") {
                let arguments = try operatorCase.arguments()
                for path in paths { try arguments.tensor(at: path).requiresGrad_() }
                let tensors = try withError { try operatorCase.call(arguments).tensors }
                let found = numbers.filter(tensors.indices.contains).map { tensors[$0].gradFn?.name }
                return zip(found, expected).allSatisfy { $0 == $1 }
                    ? nil : "\(found.map { $0 ?? "none" }) where \(expected.map { $0 ?? "none" }) are expected"
            }
        ]
    }
}
