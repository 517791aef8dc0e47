/// PyTorch's `torch.autograd`. `grad`, `noGrad` and others of its functions are functions of the library itself.
public enum autograd {
    /// Derivatives of functions at a point. PyTorch: `torch.autograd.functional`.
    ///
    /// Each takes a function of one tensor or, as arrays, of several. `createGraph` states whether results can be
    /// differentiated. `strict` makes it an error if a result does not depend on an input; otherwise the derivative is
    /// 0.
    public enum functional {}
}

/// The steps that the functions of `autograd.functional` share.
private enum Steps {
    /// Returns the tensors to differentiate by, or copies of cotangents.
    static func prepared(_ tensors: [Tensor], createGraph: Bool, requiresGrad: Bool) -> [Tensor] {
        tensors.map { t in
            createGraph && t.requiresGrad
                ? t.view(as: t.layout, "ViewBackward0") { _, grad in grad } : t.detach().requiresGrad_(requiresGrad)
        }
    }

    static func finished(_ tensors: [Tensor], createGraph: Bool) -> [Tensor] {
        createGraph ? tensors : tensors.map { $0.detach() }
    }

    /// What a check looks at, with PyTorch's sentence for a tensor that does not require a gradient.
    enum Kind { case outputs, gradients, jacobian, hessian }

    static func check(_ tensors: [Tensor?], _ kind: Kind, strict: Bool) -> Bool {
        if !strict { return true }
        for (i, tensor) in tensors.enumerated() {
            guard let tensor else {
                raise(
                    .runtime,
                    "The output of the user-provided function is independent of input \(i). This is not allowed in strict mode."
                )
                return false
            }
            if tensor.requiresGrad || tensor.isVoid { continue }
            switch kind {
            case .hessian:
                raise(
                    .runtime,
                    "The hessian of the user-provided function with respect to input \(i) is independent of the input. This is not allowed in strict mode. You should ensure that your function is thrice differentiable and that the hessian depends on the inputs."
                )
            case .jacobian:
                raise(
                    .runtime,
                    "While computing the hessian, found that the jacobian of the user-provided function with respect to input \(i) is independent of the input. This is not allowed in strict mode. You should ensure that your function is twice differentiable and that the jacobian depends on the inputs (this would be violated by a linear function for example)."
                )
            case .gradients:
                raise(
                    .runtime,
                    "The gradient with respect to input \(i) is independent of the inputs of the user-provided function. This is not allowed in strict mode."
                )
            case .outputs:
                raise(
                    .runtime,
                    "Output \(i) of the user-provided function does not require gradients. The outputs must be computed in a differentiable manner from the input when running in strict mode."
                )
            }
            return false
        }
        return true
    }

    static func checkDirections(_ v: [Tensor], _ others: [Tensor], isTuple: Bool) -> Bool {
        guard v.count == others.count else {
            raise(
                .runtime,
                isTuple
                    ? "v is a tuple of invalid length: should be \(others.count) but got \(v.count)."
                    : "The given v should contain a single Tensor.")
            return false
        }
        for (i, (a, b)) in zip(v, others).enumerated() where a.sizes != b.sizes && !a.isVoid && !b.isVoid {
            raise(
                .runtime,
                "\(isTuple ? "Entry \(i) in " : "")v has invalid size: should be \(b.shape) but got \(a.shape).")
            return false
        }
        return true
    }

    /// The gradients of those outputs that require one; nil for inputs on which none depends.
    static func gradients(
        _ outputs: [Tensor?], _ inputs: [Tensor], _ cotangents: [Tensor?]? = nil, createGraph: Bool = false,
        retainGraph: Bool? = nil
    ) -> [Tensor?] {
        let recorded = outputs.indices.filter { outputs[$0]?.requiresGrad == true }
        if recorded.isEmpty { return inputs.map { _ in nil } }
        return grad(
            recorded.compactMap { outputs[$0] }, inputs, gradOutputs: cotangents.map { c in recorded.map { c[$0] } },
            retainGraph: retainGraph, createGraph: createGraph, allowUnused: true)
    }

    enum Stage { case back, backTrick, doubleBack, doubleBackTrick }

    /// Returns the gradients with zeros for nil, or nil if a strict one is missing.
    static func filled(
        _ gradients: [Tensor?], _ like: [Tensor], strict: Bool, createGraph: Bool, _ stage: Stage
    )
        -> [Tensor]?
    {
        var result: [Tensor] = []
        for (i, gradient) in gradients.enumerated() {
            if gradient == nil, strict {
                let sentence =
                    switch stage {
                    case .back:
                        "The output of the user-provided function is independent of input \(i). This is not allowed in strict mode."
                    case .backTrick:
                        "The gradient with respect to the input is independent of entry \(i) in the grad_outputs when using the double backward trick to compute forward mode gradients. This is not allowed in strict mode."
                    case .doubleBack:
                        "The jacobian of the user-provided function is independent of input \(i). This is not allowed in strict mode."
                    case .doubleBackTrick:
                        "The hessian of the user-provided function is independent of entry \(i) in the grad_jacobian. This is not allowed in strict mode as it prevents from using the double backward trick to replace forward mode AD."
                    }
                raise(.runtime, sentence)
                return nil
            }
            if let gradient, strict, createGraph, !gradient.requiresGrad, !gradient.isVoid {
                let what = stage == .doubleBack || stage == .doubleBackTrick ? "hessian" : "jacobian"
                raise(
                    .runtime,
                    "The \(what) of the user-provided function is independent of input \(i). This is not allowed in strict mode when create_graph=True."
                )
                return nil
            }
            result.append(gradient ?? Tensor.zerosLike(like[i].detach()))
        }
        return result
    }
}

extension autograd.functional {
    private static func voids(_ tensors: [Tensor]) -> [Tensor] { tensors.map { _ in .void } }

    // MARK: Products with Jacobians

    /// Computes a function and the product of a vector with its Jacobian. PyTorch: `torch.autograd.functional.vjp`.
    /// - Parameters:
    ///   - f: the function.
    ///   - inputs: its inputs.
    ///   - v: a tensor for each output; nil for an output with one element.
    ///   - createGraph: whether the results can be differentiated.
    ///   - strict: whether a result that does not depend on an input is an error; otherwise its derivative is 0.
    public static func vjp(
        _ f: ([Tensor]) -> [Tensor], _ inputs: [Tensor], _ v: [Tensor]? = nil, createGraph: Bool = false,
        strict: Bool = false
    ) -> (outputs: [Tensor], vjp: [Tensor]) {
        vjp(f, inputs, v, createGraph, strict, isTuple: true)
    }

    /// Computes a function of one tensor and the product of a vector with its Jacobian.
    public static func vjp(
        _ f: (Tensor) -> Tensor, _ input: Tensor, _ v: Tensor? = nil, createGraph: Bool = false, strict: Bool = false
    ) -> (output: Tensor, vjp: Tensor) {
        let found = vjp({ [f($0[0])] }, [input], v.map { [$0] }, createGraph, strict, isTuple: false)
        return (found.0[0], found.1[0])
    }

    private static func vjp(
        _ f: ([Tensor]) -> [Tensor], _ inputs: [Tensor], _ v: [Tensor]?, _ createGraph: Bool, _ strict: Bool,
        isTuple: Bool
    ) -> ([Tensor], [Tensor]) {
        let by = Steps.prepared(inputs, createGraph: createGraph, requiresGrad: true)
        let outputs = enableGrad { f(by) }
        let failed = (voids(outputs), voids(inputs))
        guard Steps.check(outputs, .outputs, strict: strict) else { return failed }
        var directions: [Tensor]?
        if let v {
            let prepared = Steps.prepared(v, createGraph: createGraph, requiresGrad: false)
            guard Steps.checkDirections(prepared, outputs, isTuple: isTuple) else { return failed }
            directions = prepared
        } else if outputs.count != 1 || outputs[0].numel() != 1 {
            raise(
                .runtime,
                "The vector v can only be None if the user-provided function returns a single Tensor with a single element."
            )
            return failed
        }
        let product = setGradEnabled(createGraph || isGradEnabled()) {
            Steps.filled(
                Steps.gradients(outputs, by, directions, createGraph: createGraph), by, strict: strict,
                createGraph: createGraph, .back)
        }
        guard let product else { return failed }
        return (
            Steps.finished(outputs, createGraph: createGraph), Steps.finished(product, createGraph: createGraph)
        )
    }

    /// Computes a function and the product of its Jacobian with a vector. PyTorch: `torch.autograd.functional.jvp`.
    /// - Parameters:
    ///   - f: the function.
    ///   - inputs: its inputs.
    ///   - v: a tensor for each input; nil for a single input with one element.
    ///   - createGraph: whether the results can be differentiated.
    ///   - strict: whether a result that does not depend on an input is an error; otherwise its derivative is 0.
    public static func jvp(
        _ f: ([Tensor]) -> [Tensor], _ inputs: [Tensor], _ v: [Tensor]? = nil, createGraph: Bool = false,
        strict: Bool = false
    ) -> (outputs: [Tensor], jvp: [Tensor]) {
        jvp(f, inputs, v, createGraph, strict, isTuple: true)
    }

    /// Computes a function of one tensor and the product of its Jacobian with a vector.
    public static func jvp(
        _ f: (Tensor) -> Tensor, _ input: Tensor, _ v: Tensor? = nil, createGraph: Bool = false, strict: Bool = false
    ) -> (output: Tensor, jvp: Tensor) {
        let found = jvp({ [f($0[0])] }, [input], v.map { [$0] }, createGraph, strict, isTuple: false)
        return (found.0[0], found.1[0])
    }

    private static func jvp(
        _ f: ([Tensor]) -> [Tensor], _ inputs: [Tensor], _ v: [Tensor]?, _ createGraph: Bool, _ strict: Bool,
        isTuple: Bool
    ) -> ([Tensor], [Tensor]) {
        let by = Steps.prepared(inputs, createGraph: createGraph, requiresGrad: true)
        guard let directions = inputDirections(v, by, createGraph, isTuple) else {
            return (Tensor.voids(), Tensor.voids())
        }
        let outputs = enableGrad { f(by) }
        let failed = (voids(outputs), voids(outputs))
        guard Steps.check(outputs, .outputs, strict: strict) else { return failed }
        let cotangents = outputs.map { Tensor.zerosLike($0.detach()).requiresGrad_() }
        let gradients = enableGrad { Steps.gradients(outputs, by, cotangents, createGraph: true) }
        guard Steps.check(gradients, .gradients, strict: strict) else { return failed }
        let product = setGradEnabled(createGraph || isGradEnabled()) {
            createGraph
                ? Steps.filled(
                    Steps.gradients(gradients, cotangents, directions, createGraph: true), outputs, strict: strict,
                    createGraph: true, .backTrick)
                : Steps.filled(
                    Steps.gradients(gradients, cotangents, directions), outputs, strict: strict, createGraph: false,
                    .backTrick)
        }
        guard let product else { return failed }
        return (
            Steps.finished(outputs, createGraph: createGraph), Steps.finished(product, createGraph: createGraph)
        )
    }

    /// Returns the directions of the inputs, checked; nil after an error was raised.
    private static func inputDirections(
        _ v: [Tensor]?, _ inputs: [Tensor], _ createGraph: Bool, _ isTuple: Bool
    )
        -> [Tensor?]?
    {
        if let v {
            let prepared = Steps.prepared(v, createGraph: createGraph, requiresGrad: false)
            return Steps.checkDirections(prepared, inputs, isTuple: isTuple) ? prepared : nil
        }
        if inputs.count == 1, inputs[0].numel() == 1 { return [nil] }
        raise(
            .runtime,
            "The vector v can only be None if the input to the user-provided function is a single Tensor with a single element."
        )
        return nil
    }

    // MARK: Jacobians and Hessians

    /// Computes the Jacobian of a function: for each output and input a tensor of both sizes.
    /// PyTorch: `torch.autograd.functional.jacobian`.
    /// - Parameters:
    ///   - f: the function.
    ///   - inputs: its inputs.
    ///   - createGraph: whether the results can be differentiated.
    ///   - strict: whether a result that does not depend on an input is an error; otherwise its derivative is 0.
    ///   - vectorize: whether all rows are computed at once, with `vmap`.
    public static func jacobian(
        _ f: ([Tensor]) -> [Tensor], _ inputs: [Tensor], createGraph: Bool = false, strict: Bool = false,
        vectorize: Bool = false
    ) -> [[Tensor]] {
        let by = Steps.prepared(inputs, createGraph: createGraph, requiresGrad: true)
        let outputs = enableGrad { f(by) }
        let failed = outputs.map { _ in voids(inputs) }
        guard Steps.check(outputs, .outputs, strict: strict) else { return failed }
        if vectorize, strict {
            raise(
                .runtime,
                "torch.autograd.functional.jacobian: `strict=True` and `vectorized=True` are not supported together. Please either set `strict=False` or `vectorize=False`."
            )
            return failed
        }
        let found = setGradEnabled(createGraph || isGradEnabled()) { () -> [[Tensor]]? in
            var result: [[Tensor]] = []
            for (number, output) in outputs.enumerated() {
                if output.isVoid { return nil }
                let rows =
                    vectorize ? allRows(output, by, createGraph) : oneByOne(output, number, by, createGraph, strict)
                guard let rows else { return nil }
                result.append(zip(rows, by).map { $0.view(output.sizes + $1.sizes) })
            }
            return result
        }
        return (found ?? failed).map { Steps.finished($0, createGraph: createGraph) }
    }

    /// Computes the Jacobian of a function of one tensor. The result has the output's sizes, then the input's.
    public static func jacobian(
        _ f: (Tensor) -> Tensor, _ input: Tensor, createGraph: Bool = false, strict: Bool = false,
        vectorize: Bool = false
    ) -> Tensor {
        jacobian({ [f($0[0])] }, [input], createGraph: createGraph, strict: strict, vectorize: vectorize)[0][0]
    }

    private static func allRows(_ output: Tensor, _ by: [Tensor], _ createGraph: Bool) -> [Tensor]? {
        let units = Tensor.eye(output.numel(), dtype: output.dtype, device: output.device).view(
            [output.numel()] + output.sizes)
        return Vmap.run([units], 0, 0, .error, nil) { unit in
            let found = Steps.gradients([output], by, [unit[0]], createGraph: createGraph, retainGraph: true)
            return [zip(found, by).map { $0 ?? Tensor.zerosLike($1.detach()) }]
        }
    }

    private static func oneByOne(
        _ output: Tensor, _ number: Int, _ by: [Tensor], _ createGraph: Bool, _ strict: Bool
    ) -> [Tensor]? {
        var rows = by.map { _ in [Tensor]() }
        let elements = output.reshape([-1])
        for j in 0..<output.numel() {
            let gradients = Steps.gradients([elements.select(0, j)], by, createGraph: createGraph, retainGraph: true)
            for (i, gradient) in gradients.enumerated() {
                if let gradient {
                    if strict, createGraph, !gradient.requiresGrad, !gradient.isVoid {
                        raise(
                            .runtime,
                            "The jacobian of the user-provided function is independent of input \(i). This is not allowed in strict mode when create_graph=True."
                        )
                        return nil
                    }
                    rows[i].append(gradient)
                } else if strict {
                    raise(
                        .runtime,
                        "Output \(number) of the user-provided function is independent of input \(i). This is not allowed in strict mode."
                    )
                    return nil
                } else {
                    rows[i].append(Tensor.zerosLike(by[i].detach()))
                }
            }
        }
        return zip(rows, by).map { list, input in
            list.isEmpty ? Tensor.zeros([0] + input.sizes, dtype: input.dtype, device: input.device) : stack(list)
        }
    }

    /// Returns the only result of a function, or raises PyTorch's error.
    private static func single(_ outputs: [Tensor], _ name: String) -> Tensor? {
        guard outputs.count == 1 else {
            raise(.runtime, "The function given to \(name) should return a single Tensor")
            return nil
        }
        if outputs[0].isVoid { return nil }
        guard outputs[0].numel() == 1 else {
            raise(.runtime, "The Tensor returned by the function given to \(name) should contain a single element")
            return nil
        }
        return outputs[0].squeeze()
    }

    /// Computes the Hessian of a function with one element: for each pair of inputs a tensor of both sizes.
    /// PyTorch: `torch.autograd.functional.hessian`.
    /// - Parameters:
    ///   - f: the function.
    ///   - inputs: its inputs.
    ///   - createGraph: whether the results can be differentiated.
    ///   - strict: whether a result that does not depend on an input is an error; otherwise its derivative is 0.
    ///   - vectorize: whether all rows are computed at once, with `vmap`.
    public static func hessian(
        _ f: ([Tensor]) -> Tensor, _ inputs: [Tensor], createGraph: Bool = false, strict: Bool = false,
        vectorize: Bool = false
    ) -> [[Tensor]] {
        let by = Steps.prepared(inputs, createGraph: createGraph, requiresGrad: true)
        func gradient(_ tensors: [Tensor]) -> [Tensor] {
            let found = jacobian(
                { values in
                    guard let output = single([f(values)], "hessian") else { return [.void] }
                    _ = Steps.check([output], .outputs, strict: strict)
                    return [output]
                }, tensors, createGraph: true)[0]
            _ = Steps.check(found, .jacobian, strict: strict)
            return found
        }
        let found = jacobian(gradient, by, createGraph: createGraph, strict: strict, vectorize: vectorize)
        return found.map { Steps.finished($0, createGraph: createGraph) }
    }

    /// Computes the Hessian of a function of one tensor. The result has the input's sizes twice.
    public static func hessian(
        _ f: (Tensor) -> Tensor, _ input: Tensor, createGraph: Bool = false, strict: Bool = false,
        vectorize: Bool = false
    ) -> Tensor {
        hessian({ f($0[0]) }, [input], createGraph: createGraph, strict: strict, vectorize: vectorize)[0][0]
    }

    // MARK: Products with Hessians

    /// Computes a function with one element and the product of a vector with its Hessian.
    /// PyTorch: `torch.autograd.functional.vhp`.
    public static func vhp(
        _ f: ([Tensor]) -> Tensor, _ inputs: [Tensor], _ v: [Tensor]? = nil, createGraph: Bool = false,
        strict: Bool = false
    ) -> (output: Tensor, vhp: [Tensor]) {
        vhp(f, inputs, v, createGraph, strict, isTuple: true)
    }

    /// Computes a function of one tensor and the product of a vector with its Hessian.
    public static func vhp(
        _ f: (Tensor) -> Tensor, _ input: Tensor, _ v: Tensor? = nil, createGraph: Bool = false, strict: Bool = false
    ) -> (output: Tensor, vhp: Tensor) {
        let found = vhp({ f($0[0]) }, [input], v.map { [$0] }, createGraph, strict, isTuple: false)
        return (found.0, found.1[0])
    }

    /// What both products begin with: the inputs and directions as they are used, the function's value, and its
    /// recorded gradient. Raises and returns nil if an argument or the value is wrong.
    private static func gradient(
        _ f: ([Tensor]) -> Tensor, _ inputs: [Tensor], _ v: [Tensor]?, _ createGraph: Bool, _ strict: Bool,
        _ isTuple: Bool, _ name: String
    ) -> (inputs: [Tensor], directions: [Tensor?], output: Tensor, gradients: [Tensor?])? {
        let by = Steps.prepared(inputs, createGraph: createGraph, requiresGrad: true)
        guard let directions = inputDirections(v, by, createGraph, isTuple) else { return nil }
        let output = enableGrad { f(by) }
        guard Steps.check([output], .outputs, strict: strict), single([output], name) != nil else { return nil }
        let gradients = enableGrad { Steps.gradients([output], by, createGraph: true) }
        return Steps.check(gradients, .jacobian, strict: strict) ? (by, directions, output, gradients) : nil
    }

    private static func vhp(
        _ f: ([Tensor]) -> Tensor, _ inputs: [Tensor], _ v: [Tensor]?, _ createGraph: Bool, _ strict: Bool,
        isTuple: Bool
    ) -> (Tensor, [Tensor]) {
        let failed = (Tensor.void, voids(inputs))
        guard let (by, directions, output, gradients) = gradient(f, inputs, v, createGraph, strict, isTuple, "vhp")
        else { return failed }
        let product = setGradEnabled(createGraph || isGradEnabled()) {
            Steps.filled(
                Steps.gradients(gradients, by, directions, createGraph: createGraph), by, strict: strict,
                createGraph: createGraph, .doubleBack)
        }
        guard let product else { return failed }
        return (
            Steps.finished([output], createGraph: createGraph)[0], Steps.finished(product, createGraph: createGraph)
        )
    }

    /// Computes a function with one element and the product of its Hessian with a vector. `vhp` is faster.
    /// PyTorch: `torch.autograd.functional.hvp`.
    public static func hvp(
        _ f: ([Tensor]) -> Tensor, _ inputs: [Tensor], _ v: [Tensor]? = nil, createGraph: Bool = false,
        strict: Bool = false
    ) -> (output: Tensor, hvp: [Tensor]) {
        hvp(f, inputs, v, createGraph, strict, isTuple: true)
    }

    /// Computes a function of one tensor and the product of its Hessian with a vector.
    public static func hvp(
        _ f: (Tensor) -> Tensor, _ input: Tensor, _ v: Tensor? = nil, createGraph: Bool = false, strict: Bool = false
    ) -> (output: Tensor, hvp: Tensor) {
        let found = hvp({ f($0[0]) }, [input], v.map { [$0] }, createGraph, strict, isTuple: false)
        return (found.0, found.1[0])
    }

    private static func hvp(
        _ f: ([Tensor]) -> Tensor, _ inputs: [Tensor], _ v: [Tensor]?, _ createGraph: Bool, _ strict: Bool,
        isTuple: Bool
    ) -> (Tensor, [Tensor]) {
        let failed = (Tensor.void, voids(inputs))
        guard let (by, directions, output, gradients) = gradient(f, inputs, v, createGraph, strict, isTuple, "hvp")
        else { return failed }
        let cotangents = by.map { Tensor.zerosLike($0.detach()).requiresGrad_() }
        let double = enableGrad { Steps.gradients(gradients, by, cotangents, createGraph: true) }
        guard Steps.check(double, .hessian, strict: strict) else { return failed }
        let product = setGradEnabled(createGraph || isGradEnabled()) {
            Steps.filled(
                Steps.gradients(double, cotangents, directions, createGraph: createGraph), by, strict: strict,
                createGraph: createGraph, .doubleBackTrick)
        }
        guard let product else { return failed }
        return (
            Steps.finished([output], createGraph: createGraph)[0], Steps.finished(product, createGraph: createGraph)
        )
    }
}
