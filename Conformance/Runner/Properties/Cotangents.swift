import Torch

/// The memory layout of the incoming gradients does not change the results.
enum Cotangents: Property {
    static let name = "cotangents"
    static let usualCases = 4
    static let exceptions = Exceptions.cotangents

    static func variants(of operatorCase: OperatorCase) throws -> [Variant] {
        guard !operatorCase.mustFail, let grad = operatorCase.json["grad"] as? JSON else { return [] }
        let cotangents = try (grad["cotangents"] as? [JSON] ?? []).compactMap { try Value($0).tensors.first }
        let plain = Lazy { try Evaluation(operatorCase, .gradients) }
        return try Rearrangement.all.filter { form in try form.changes(cotangents) }.map { form in
            return Variant(form.name) {
                let reference =
                    form.preparation == nil
                    ? try plain()
                    : try Evaluation(
                        operatorCase, .gradients, cotangent: { t, _ in try form.prepared(t) })
                let blocks = PoisonedBlocks()
                let found = try Evaluation(
                    operatorCase, .gradients, cotangent: { t, number in try form.laid(t, number, blocks) })
                return found.difference(from: reference) ?? blocks.damage
            }
        }
    }

    static func variants(of moduleCase: ModuleCase) throws -> [Variant] {
        guard let grad = moduleCase.json["grad"] as? JSON else { return [] }
        let cotangents = try (grad["cotangents"] as? [JSON] ?? []).compactMap { try Value($0).tensors.first }
        let plain = Lazy { try Evaluation(moduleCase) }
        return try Rearrangement.all.filter { form in try form.changes(cotangents) }.map { form in
            return Variant(form.name) {
                let reference =
                    form.preparation == nil
                    ? try plain() : try Evaluation(moduleCase, cotangent: { t, _ in try form.prepared(t) })
                let blocks = PoisonedBlocks()
                let found = try Evaluation(
                    moduleCase, cotangent: { t, number in try form.laid(t, number, blocks) })
                return found.difference(from: reference) ?? blocks.damage
            }
        }
    }
}
