/// Functions in the order of registration. Each has a number that the list never uses again.
struct HookList<Body> {
    private(set) var entries: [(id: Int, body: Body)] = []
    private var lastID = 0

    var isEmpty: Bool { entries.isEmpty }
    var bodies: [Body] { entries.map(\.body) }

    /// Appends a function and returns its number.
    mutating func add(_ body: Body) -> Int {
        lastID += 1
        entries.append((lastID, body))
        return lastID
    }

    mutating func remove(_ id: Int) { entries.removeAll { $0.id == id } }
}

extension HookList {
    /// Appends a function to a list of `owner`. The handle removes the function and does not keep the owner alive.
    static func register<Owner: AnyObject>(
        _ body: Body, with owner: Owner, in list: ReferenceWritableKeyPath<Owner, HookList>
    ) -> HookHandle {
        let id = owner[keyPath: list].add(body)
        return HookHandle { [weak owner] in owner?[keyPath: list].remove(id) }
    }
}

/// A handle that removes a hook. PyTorch: `torch.utils.hooks.RemovableHandle`.
public final class HookHandle {
    private let body: () -> Void
    init(_ body: @escaping () -> Void) { self.body = body }
    /// Removes the hook; a second call does nothing.
    public func remove() { body() }
}
