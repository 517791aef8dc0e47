import Torch

// Shares tensors with every Python framework that supports DLPack.

/// The names of DLPack's capsules. A consumer renames a capsule that it has taken over.
private struct CapsuleNames: @unchecked Sendable {
    let full, used: UnsafePointer<CChar>

    private init(_ full: StaticString, _ used: StaticString) {
        self.full = UnsafeRawPointer(full.utf8Start).assumingMemoryBound(to: CChar.self)
        self.used = UnsafeRawPointer(used.utf8Start).assumingMemoryBound(to: CChar.self)
    }

    static let plain = CapsuleNames("dltensor", "used_dltensor")
    static let versioned = CapsuleNames("dltensor_versioned", "used_dltensor_versioned")
}

extension Tensor {
    /// Returns a Python object with `__dlpack__` and `__dlpack_device__`. The `from_dlpack` function of every framework
    /// makes a tensor of it without a copy.
    /// - Throws: `TorchError` if the tensor requires a gradient.
    public func dlpack() throws -> PythonObject {
        if requiresGrad {
            throw TorchError(.runtime, "Can't export tensors that require gradient, use tensor.detach()")
        }
        return try Python.withGIL {
            let python = CPython.inUse
            let tensor = try PythonObject(keeping: self)
            let export = try PythonObject(
                result: tensor.withPointer { python.function(exportFunction.pointer, $0, nil) })
            let exported = try exportedClass.get()()
            try exported.setAttribute("export", export)
            // (2, n) is the CUDA device n, (1, 0) is the CPU.
            try exported.setAttribute("place", Python.tuple(isCUDA ? 2 : 1, device.index ?? 0))
            return exported
        }
    }

    /// Creates a tensor over the memory that the object's `__dlpack__` exports.
    convenience init(sharingOverDLPack object: PythonObject) throws {
        let python = try CPython.get()
        let (structure, isVersioned) = try python.withGIL {
            let capsule: PythonObject
            // On a CUDA device (2), our stream there will wait for the producer's work.
            let place = try object.attribute("__dlpack_device__")()
            let stream: any PythonConvertible =
                if try Int(place.item(0)) == 2 {
                    try CUDAStream.current(.cuda(Int(place.item(1)))).cudaStream
                } else {
                    try Python.none
                }
            do {
                capsule = try object.attribute("__dlpack__")(stream: stream, max_version: Python.tuple(1, 0))
            } catch let error as PythonError where error.type == "TypeError" {
                // The framework is older than DLPack 1.0.
                capsule = try object.attribute("__dlpack__")(stream: stream)
            }
            return try capsule.withPointer { capsule in
                let isVersioned = python.isCapsule(capsule, CapsuleNames.versioned.full) == 1
                let names = isVersioned ? CapsuleNames.versioned : .plain
                guard let structure = python.capsulePointer(capsule, names.full),
                    python.setCapsuleName(capsule, names.used) == 0
                else { throw PythonError.current(python) }
                return (structure, isVersioned)
            }
        }
        try self.init(dlpack: structure, versioned: isVersioned)
    }
}

/// The class of the objects that `dlpack()` returns. Consumers look up the methods on the class.
private let exportedClass = Result {
    try Python.builtins.eval(
        """
        type('Exported', (), {
            '__dlpack__': lambda self, **options: self.export(**options), '__dlpack_device__': lambda self: self.place
        })
        """, Python.dictionary([]))
}

/// A `PyMethodDef`. It must outlive the functions made from it.
private struct MethodDefinition: @unchecked Sendable {
    typealias Function = @convention(c) (ObjectPointer?, ObjectPointer?, ObjectPointer?) -> ObjectPointer?
    private struct Fields {
        var name: UnsafeRawPointer
        var function: Function
        var flags: Int32
        var documentation: UnsafeRawPointer?
    }

    let pointer: UnsafeMutableRawPointer

    init(_ name: StaticString, _ function: @escaping Function) {
        let fields = UnsafeMutablePointer<Fields>.allocate(capacity: 1)
        // METH_VARARGS | METH_KEYWORDS
        fields.initialize(to: Fields(name: name.utf8Start, function: function, flags: 3, documentation: nil))
        pointer = UnsafeMutableRawPointer(fields)
    }
}

private func tensor(_ capsule: ObjectPointer?) -> Tensor {
    Unmanaged<Tensor>.fromOpaque(CPython.inUse.capsulePointer(capsule, nil)!).takeUnretainedValue()
}

/// `__dlpack__(*, stream=None, max_version=None, dl_device=None, copy=None)`
private let exportFunction = MethodDefinition("__dlpack__") { owner, _, keywords in
    let python = CPython.inUse
    do {
        let options = try keywords.map { try PythonObject(borrowing: $0).attribute("get") }
        let version = try options?("max_version")
        let isVersioned = try version.map { try Bool($0) && Int($0.item(0)) >= 1 } ?? false
        let wantsCopy = try options.map { try Bool($0("copy")) } ?? false
        let source = tensor(owner)
        let given = try options?("stream")
        let stream = try given.flatMap { "\($0)" == "None" ? nil : try Int($0) }
        let capsule = try (wantsCopy ? source.clone() : source).toDLPack(versioned: isVersioned, stream: stream)
        let names = isVersioned ? CapsuleNames.versioned : .plain
        guard let structure = capsule.take() else { return nil }
        let made = python.capsule(structure, names.full) { capsule in
            // A consumer renames the capsule. If it still has its first name, no consumer has taken the structure.
            for (names, isVersioned) in [(CapsuleNames.plain, false), (.versioned, true)]
            where CPython.inUse.isCapsule(capsule, names.full) == 1 {
                _ = DLPackCapsule(CPython.inUse.capsulePointer(capsule, names.full)!, isVersioned: isVersioned)
            }
        }
        if made == nil { _ = DLPackCapsule(structure, isVersioned: isVersioned) }
        return made
    } catch {
        python.setError(python.bufferError, "\(error)")
        return nil
    }
}
