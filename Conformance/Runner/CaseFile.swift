import Foundation
import Torch

/// The sections of a report.
enum Section: Hashable {
    case ops, modules, optimizers, schedulers, repr, random, distributions
    /// The section of a property, by its name.
    case property(String)

    /// The sections that compare with PyTorch's numbers.
    static let replays: [Section] = [.ops, .modules, .optimizers, .schedulers, .repr, .random, .distributions]
    static let all = replays + Properties.all.map { Section.property($0.name) }

    var name: String { if case .property(let name) = self { name } else { "\(self)" } }

    /// Whether its results are counted by name. Otherwise they are counted all together.
    var hasNames: Bool { self != .repr && self != .random }

    static func named(_ name: String) -> Section? { all.first { $0.name == name } }
}

/// A file of cases of any kind. There are `count` cases, and each is run by its number.
struct CaseFile {
    let section: Section
    let name: String
    let count: Int
    let caseName: (Int) -> String
    let run: (Int) -> Verdict

    /// Reads a file.
    /// - Parameter property: the property to try on each case of an operator or a module, instead of comparing with
    ///   PyTorch's numbers. If it has a device for optimizers, their cases are compared with PyTorch's numbers there.
    ///   Other files then have no cases.
    /// - Throws: `Malformed` if the file cannot be read or its kind is unknown.
    init(path: String, _ table: Table, _ property: (any Property.Type)? = nil, thorough: Bool = false) throws {
        guard let data = FileManager.default.contents(atPath: path),
            let json = try? JSONSerialization.jsonObject(with: data) as? JSON
        else {
            throw Malformed("\(path): no JSON object")
        }
        if json["op"] != nil {
            let runner = try OpsRunner(json, table)
            if let property {
                let runner = PropertyRunner(runner, property, thorough: thorough)
                self.init(
                    section: .property(property.name), name: runner.name, count: runner.count,
                    caseName: runner.caseName, run: { i in verdict { try runner.run(i) } })
                return
            }
            self.init(
                section: .ops, name: runner.name, count: runner.count, caseName: runner.caseName,
                run: { i in verdict { try runner.run(i) } })
        } else if let property, let module = json["module"] as? String, let cases = json["cases"] as? [JSON] {
            let runner = PropertyRunner(
                ModuleRunner(name: module, cases: cases, .all), property, thorough: thorough)
            self.init(
                section: .property(property.name), name: runner.name, count: runner.count, caseName: runner.caseName,
                run: { i in verdict { try runner.run(i) } })
        } else if let property, let device = property.optimizersDevice, let optimizer = json["optimizer"] as? String,
            let cases = json["cases"] as? [JSON]
        {
            let runner = OptimizerRunner(name: optimizer, cases: cases, device: device)
            self.init(
                section: .property(property.name), name: optimizer, count: cases.count, caseName: runner.caseName,
                run: { i in verdict { try runner.run(i) } })
        } else if let property {
            self.init(
                section: .property(property.name), name: "", count: 0, caseName: { "\($0)" }, run: { _ in .passed })
        } else if let runner = DistributionRunner(json) {
            self.init(
                section: .distributions, name: runner.name, count: runner.count, caseName: runner.caseName,
                run: { i in verdict { try runner.run(i) } })
        } else if let draws = json["draws"] as? [JSON] {
            let runner = RandomRunner(draws: draws)
            self.init(
                section: .random, name: "random", count: draws.count, caseName: runner.caseName,
                run: { i in verdict { try runner.run(i) } })
        } else if let module = json["module"] as? String, let cases = json["cases"] as? [JSON] {
            let runner = ModuleRunner(name: module, cases: cases, .all)
            self.init(
                section: .modules, name: module, count: cases.count, caseName: runner.caseName,
                run: { i in verdict { try runner.run(i) } })
        } else if let optimizer = json["optimizer"] as? String, let cases = json["cases"] as? [JSON] {
            let runner = OptimizerRunner(name: optimizer, cases: cases)
            self.init(
                section: .optimizers, name: optimizer, count: cases.count, caseName: runner.caseName,
                run: { i in verdict { try runner.run(i) } })
        } else if let scheduler = json["scheduler"] as? String, let cases = json["cases"] as? [JSON] {
            let runner = SchedulerRunner(name: scheduler, cases: cases)
            self.init(
                section: .schedulers, name: scheduler, count: cases.count, caseName: runner.caseName,
                run: { i in verdict { try runner.run(i) } })
        } else if let tensors = json["tensors"] as? [JSON], let options = json["printoptions"] as? [JSON] {
            let runner = ReprRunner(tensors: tensors, options: options)
            self.init(
                section: .repr, name: "repr", count: runner.count, caseName: runner.caseName,
                run: { i in verdict { try runner.run(i) } })
        } else {
            throw Malformed("\(path): no kind of case file that FORMAT.md describes")
        }
    }

    private init(
        section: Section, name: String, count: Int, caseName: @escaping (Int) -> String, run: @escaping (Int) -> Verdict
    ) {
        self.section = section
        self.name = name
        self.count = count
        self.caseName = caseName
        self.run = run
    }
}

/// Runs a case, and converts its errors to a verdict.
func verdict(_ body: () throws -> Verdict) -> Verdict {
    do {
        return try body()
    } catch let error as Unsupported {
        return .unsupported(error.why)
    } catch let error as TorchError {
        return .failed("\(error.kind.rawValue): \(error.message)")
    } catch let error as Malformed {
        return .failed("the case file: \(error.why)")
    } catch {
        return .failed("\(error)")
    }
}
