#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif
import Torch

/// Finds and opens Python's shared library.
enum PythonLibrary {
    /// A `python3` on the PATH, and its answers to `question`.
    struct Interpreter {
        /// The interpreter's own path (`sys.executable`). From it the library finds its modules, also those of a
        /// virtual environment.
        let executable: String
        let library: String
        let hasNumPy: Bool
    }

    /// Opens the library. Also returns the interpreter that it belongs to, if that is known.
    ///
    /// The order is: a Python that this process already contains; the file named by PYTHON_LIBRARY; the library of the
    /// first `python3` on the PATH that has NumPy, or else of the first one; the file names that Linux distributions
    /// and macOS use.
    static func open() throws -> (handle: UnsafeMutableRawPointer, executable: String?) {
        if let own = dlopen(nil, RTLD_NOW), dlsym(own, "Py_IsInitialized") != nil { return (own, nil) }
        if let named = environment("PYTHON_LIBRARY") {
            if let handle = load(named) { return (handle, nil) }
            throw TorchError(.runtime, "PYTHON_LIBRARY: \(String(cString: dlerror()))")
        }
        let found = interpreters()
        for interpreter in found.filter(\.hasNumPy) + found.filter({ !$0.hasNumPy }) {
            if let handle = load(interpreter.library) { return (handle, interpreter.executable) }
        }
        for minor in (9...20).reversed() {
            for name in ["libpython3.\(minor).so.1.0", "libpython3.\(minor).so", "libpython3.\(minor).dylib"] {
                if let handle = load(name) { return (handle, nil) }
            }
        }
        throw TorchError(
            .runtime,
            "no shared library of Python 3 was found: PYTHON_LIBRARY is not set, and neither a python3 on the PATH nor the system has one "
                + "(Debian's package is libpython3.11)")
    }

    /// RTLD_GLOBAL, because extension modules look for Python's symbols in the whole process.
    private static func load(_ path: String) -> UnsafeMutableRawPointer? { dlopen(path, RTLD_NOW | RTLD_GLOBAL) }

    static func environment(_ name: String) -> String? {
        guard let value = getenv(name), value.pointee != 0 else { return nil }
        return String(cString: value)
    }

    /// Returns the interpreters on the PATH that have a shared library, in the order of the PATH.
    static func interpreters() -> [Interpreter] {
        var seen: Set<String> = []
        var result: [Interpreter] = []
        for directory in (environment("PATH") ?? "").split(separator: ":") {
            guard let real = realpath("\(directory)", nil) else { continue }
            defer { free(real) }
            guard seen.insert(String(cString: real)).inserted, access("\(directory)/python3", X_OK) == 0 else {
                continue
            }
            if let interpreter = ask("\(directory)/python3") { result.append(interpreter) }
        }
        return result
    }

    private static let question = """
        import importlib.util, os, sys, sysconfig
        name = sysconfig.get_config_var("INSTSONAME") or sysconfig.get_config_var("LDLIBRARY") or ""
        places = [sysconfig.get_config_var(v) or "" for v in ("LIBDIR", "LIBPL", "PYTHONFRAMEWORKPREFIX")]
        places.append(os.path.join(places[0], sysconfig.get_config_var("MULTIARCH") or ""))
        paths = [p for p in (os.path.join(d, name) for d in places) if os.path.isfile(p)]
        has_numpy = bool(importlib.util.find_spec("numpy"))
        if not name.endswith(".a"): print(paths[0] if paths else name, sys.executable, has_numpy, sep="\\n")
        """

    private static func ask(_ executable: String) -> Interpreter? {
        guard let lines = output([executable, "-c", question])?.split(separator: "\n").map(String.init),
            lines.count == 3, !lines[0].isEmpty
        else { return nil }
        return Interpreter(executable: lines[1], library: lines[0], hasNumPy: lines[2] == "True")
    }

    /// Returns the output of a program, or nil if it fails.
    private static func output(_ command: [String]) -> String? {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { return nil }
        defer { close(ends[0]) }
        #if canImport(Darwin)
        var actions: posix_spawn_file_actions_t?
        #else
        var actions = posix_spawn_file_actions_t()
        #endif
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_addclose(&actions, ends[0])
        posix_spawn_file_actions_addclose(&actions, ends[1])
        var arguments: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var child = pid_t()
        let started = posix_spawn(&child, command[0], &actions, nil, &arguments, environ) == 0
        close(ends[1])
        guard started else { return nil }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(ends[0], &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            if count <= 0 { break }
            bytes += chunk[..<count]
        }
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0 && errno == EINTR {}
        return status == 0 ? String(decoding: bytes, as: UTF8.self) : nil
    }
}
