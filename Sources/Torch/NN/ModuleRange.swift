import CTorchKernels

/// The call of a module in a profile, so that each event knows its module.
enum ModuleRange {
    /// Runs `body` as the call of a module.
    @inline(never)
    static func run<Result>(_ module: Module, _ body: () throws -> Result) rethrows -> Result {
        guard let profile = ThreadProfile.current, profile.options.recordsModules else { return try body() }
        let path = place(of: module, profile.recorder, inside: profile.innermostModule)
        var range = ProfiledRange(kind: .module, name: "nn.Module: \(path.type)")
        range.module = path
        range.sequence = TapeCounter.next
        let mark = profile.begin(range)
        defer { mark?.end { $0.sequenceAtEnd = TapeCounter.next } }
        return try body()
    }

    /// Returns the place of a module below the outermost one that this thread is in. A module that is not below it is
    /// an outermost one itself.
    private static func place(
        of module: Module, _ recorder: ProfileRecorder, inside outer: ProfiledRange.ModulePath?
    ) -> ProfiledRange.ModulePath {
        let id = ObjectIdentifier(module), type = module.typeName
        if let root = outer?.rootModule {
            let path = recorder.modules.withLock { $0[root]?.paths[id] }
            if let path { return .init(rootModule: root, root: outer?.root ?? type, path: path, type: type) }
        }
        if recorder.modules.withLock({ $0[id] == nil }) {
            var modules: [AnyObject] = [], paths: [ObjectIdentifier: String] = [:]
            for (name, below) in module.namedModules() where paths[ObjectIdentifier(below)] == nil {
                modules.append(below)
                paths[ObjectIdentifier(below)] = name
            }
            let tree = ProfileRecorder.ModuleTree(modules: modules, paths: paths)
            recorder.modules.withLock { $0[id] = tree }
        }
        return .init(rootModule: id, root: type, path: "", type: type)
    }
}
