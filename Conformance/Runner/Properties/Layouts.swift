import Torch

/// The memory layout of the arguments does not change values, dtypes, gradients or in-place results. Nothing outside
/// the elements is read or written.
enum Layouts: Property {
    static let name = "layouts"
    static let usualCases = 6
    static let exceptions = Exceptions.layouts

    static func variants(of operatorCase: OperatorCase) throws -> [Variant] {
        if operatorCase.mustFail || operatorCase.draws { return [] }
        let tensors = try operatorCase.arguments().tensors
        let plain = Lazy { try Evaluation(operatorCase) }
        let all = Rearrangement.all(for: operatorCase)
        let forms = try all.filter { try !($0.repeats && operatorCase.writes) && $0.changes(tensors) }
        return forms.map { form in
            return Variant(form.name) {
                let reference =
                    form.preparation != nil
                    ? try Evaluation(
                        operatorCase,
                        rearrange: { arguments in
                            try arguments.replaceTensors { t, _ in try form.prepared(t) }
                        }) : try plain()
                let blocks = PoisonedBlocks()
                let found = try Evaluation(
                    operatorCase,
                    rearrange: { arguments in
                        try arguments.replaceTensors { t, number in try form.laid(t, number, blocks) }
                    })
                return found.difference(from: reference) ?? blocks.damage
            }
        }
    }

    static func variants(of moduleCase: ModuleCase) throws -> [Variant] {
        let tensors = moduleCase.initializer.tensors + moduleCase.call.tensors
        let plain = Lazy { try Evaluation(moduleCase) }
        let forms = try Rearrangement.all.filter { try !($0.repeats && moduleCase.writes) && $0.changes(tensors) }
        let state = try moduleCase.module().stateDict().sorted { $0.key < $1.key }.map(\.value)
        let stateForms = try Rearrangement.all.filter {
            try !$0.repeats && $0.preparation == nil && $0.changes(state)
        }
        return stateForms.map { form in
            Variant("state \(form.name)") {
                let reference = try plain(), blocks = PoisonedBlocks()
                let found = try Evaluation(
                    moduleCase,
                    rearrange: {
                        $0.replaceState = { t, number in try form.laid(t, number, blocks) }
                    })
                return found.difference(from: reference) ?? blocks.damage
            }
        }
            + forms.map { form in
                return Variant(form.name) {
                    func rearranged(_ body: @escaping (Tensor, Int) throws -> Tensor) throws -> Evaluation {
                        try Evaluation(
                            moduleCase,
                            rearrange: {
                                try $0.initializer.replaceTensors(body)
                                try $0.call.replaceTensors(body)
                            })
                    }
                    let reference =
                        form.preparation != nil ? try rearranged { t, _ in try form.prepared(t) } : try plain()
                    let blocks = PoisonedBlocks()
                    let found = try rearranged { t, number in try form.laid(t, number, blocks) }
                    return found.difference(from: reference) ?? blocks.damage
                }
            }
    }
}
