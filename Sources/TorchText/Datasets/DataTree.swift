import Foundation
import Torch
import TorchFiles

/// The location of data files: folders on this machine, or one commit of a repository.
enum DataTree: Sendable {
    /// Local files. Paths are absolute.
    case local
    /// Files of a repository. Paths are relative to its root.
    case repository(HubRepository)

    /// Returns a path for error messages.
    func shown(_ path: String) -> String {
        switch self {
        case .local: path
        case .repository(let repository):
            "hf://datasets/\(repository.name)@\(repository.sha)" + (path.isEmpty ? "" : "/" + path)
        }
    }

    /// Returns `folder/path` without `.` and `..`. An absolute path stays absolute.
    func join(_ folder: String, _ path: String) -> String {
        var path = path
        if case .local = self, path.hasPrefix("~") { path = (path as NSString).expandingTildeInPath }
        let isAbsolute = path.hasPrefix("/")
        var parts: [Substring] = []
        for part in ((isAbsolute ? "" : folder + "/") + path).split(separator: "/") {
            if part == ".." { _ = parts.popLast() } else if part != "." { parts.append(part) }
        }
        if case .local = self { return "/" + parts.joined(separator: "/") }
        return parts.joined(separator: "/")
    }

    private func isFile(_ path: String) -> Bool {
        switch self {
        case .local:
            var isFolder: ObjCBool = false
            return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && !isFolder.boolValue
        case .repository(let repository): return repository.file(path) != nil
        }
    }

    /// Returns the path components from `folder` to each file below it.
    private func files(below folder: [String]) -> [[String]] {
        switch self {
        case .repository(let repository):
            var result: [[String]] = []
            for file in repository.files {
                let names = file.path.split(separator: "/").map { String($0) }
                if names.count > folder.count, names.starts(with: folder) {
                    result.append(Array(names.dropFirst(folder.count)))
                }
            }
            return result
        case .local:
            var result: [[String]] = [], seen: Set<String> = []
            DataTree.walk("/" + folder.joined(separator: "/"), [], &seen, &result)
            return result
        }
    }

    private static func walk(_ folder: String, _ names: [String], _ seen: inout Set<String>, _ result: inout [[String]])
    {
        // Symbolic links may form a cycle.
        guard seen.insert(URL(fileURLWithPath: folder).resolvingSymlinksInPath().path).inserted else { return }
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
            let path = Files.join(folder, name)
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { continue }
            if isFolder.boolValue { walk(path, names + [name], &seen, &result) } else { result.append(names + [name]) }
        }
    }

    /// Returns the files that match a pattern, sorted by path. Includes hidden files and files in `__folders__` only if
    /// the pattern names them.
    /// - Throws: `TorchError` if the pattern is invalid.
    func files(matching pattern: String, in folder: String) throws -> [String] {
        let path = join(folder, pattern)
        let parts = path.split(separator: "/").map(String.init)
        guard let last = parts.last else { return [] }
        func isWanted(_ name: String) -> Bool { name == last || !DataFiles.ignored.contains(name) }
        if !GlobPattern.hasMagic(path) { return isFile(path) && isWanted(last) ? [path] : [] }
        let glob = try GlobPattern(parts)
        func hidden(_ names: some Sequence<String>) -> Int {
            names.count { $0.hasPrefix(".") && $0.contains { $0 != "." } }
        }
        func special(_ names: some Collection<String>) -> Int { names.dropLast().count { $0.hasPrefix("__") } }
        let tail = parts.dropFirst(glob.root.count)
        let prefix = join("", glob.root.joined(separator: "/"))
        return files(below: glob.root)
            .filter {
                glob.matches($0[...]) && isWanted($0[$0.count - 1]) && hidden($0) == hidden(tail)
                    && special($0) == special(tail)
            }
            .map { names in
                prefix.isEmpty ? names.joined(separator: "/") : Files.join(prefix, names.joined(separator: "/"))
            }
            .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
}
