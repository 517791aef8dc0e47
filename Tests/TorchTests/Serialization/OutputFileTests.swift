#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif
import Testing
@testable import Torch

/// Files that replace others. PyTorch writes into the old file, so its mode and owner stay.
@Suite struct Replacement {
    private static func status(_ path: String) -> stat {
        var status = stat()
        _ = stat(path, &status)
        return status
    }

    private static let writers: [(String, @Sendable (String) throws -> Void)] = [
        ("pth", { try save(1, to: $0) }), ("safetensors", { try saveSafetensors(["a": Tensor(1.0)], to: $0) }),
        ("npy", { try saveNpy(Tensor(1.0), to: $0) }),
        ("npz", { try saveNpz(["a": Tensor(1.0)], to: $0) }), ("empty.npz", { try saveNpz([:], to: $0) })
    ]

    @Test(arguments: [0o600, 0o640, 0o664, 0o755] as [mode_t]) func keepsTheMode(mode: mode_t) throws {
        let folder = TemporaryFolder()
        for (name, write) in Replacement.writers {
            let path = folder.path + name
            try write(path)
            #expect(chmod(path, mode) == 0)
            let old = Replacement.status(path)
            try write(path)
            let new = Replacement.status(path)
            #expect(new.st_mode & 0o7777 == mode && new.st_uid == old.st_uid && new.st_gid == old.st_gid, "\(name)")
        }
        #expect(folder.names == Replacement.writers.map(\.0).sorted())
    }

    /// Only a privileged process can change the owner of a file.
    @Test(.enabled(if: geteuid() == 0)) func keepsTheOwner() throws {
        let folder = TemporaryFolder()
        for (name, write) in Replacement.writers {
            let path = folder.path + name
            try write(path)
            #expect(chown(path, 12_345, 23_456) == 0 && chmod(path, 0o640) == 0)
            try write(path)
            let new = Replacement.status(path)
            #expect(new.st_uid == 12_345 && new.st_gid == 23_456 && new.st_mode & 0o7777 == 0o640, "\(name)")
        }
    }

    /// The mode of a new file follows the umask of the process, as with PyTorch.
    @Test func newFilesFollowTheMask() throws {
        let folder = TemporaryFolder()
        try save(1, to: folder.path + "a.pth")
        let mask = umask(0)
        umask(mask)
        #expect(Replacement.status(folder.path + "a.pth").st_mode & 0o7777 == 0o666 & ~mask)
    }

    @Test func linksToNothingAreFollowed() throws {
        let folder = TemporaryFolder()
        #expect(
            symlink("b.pth", folder.path + "a.pth") == 0 && symlink(folder.path + "c.pth", folder.path + "b.pth") == 0)
        try save(2, to: folder.path + "a.pth")
        #expect(try load(folder.path + "c.pth").int == 2)
        #expect(folder.names == ["a.pth", "b.pth", "c.pth"])
        #expect(Replacement.status(folder.path + "a.pth").st_ino == Replacement.status(folder.path + "c.pth").st_ino)
        #expect(symlink("e.pth", folder.path + "d.pth") == 0 && symlink("d.pth", folder.path + "e.pth") == 0)
        #expect(message { try save(2, to: folder.path + "d.pth") }.contains("symbolic links"))
        #expect(symlink("missing/x.pth", folder.path + "f.pth") == 0)
        #expect(message { try save(2, to: folder.path + "f.pth") }.contains("No such file or directory"))
    }
}
