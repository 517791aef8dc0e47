/// Limits the cost of reading a checkpoint: time and memory stay proportional to the bytes of its pickle, whatever the
/// pickle contains.
///
/// The cost is counted in units of about 50 bytes or 100 ns. An opcode, a value, or an element that a call copies is
/// one unit; a tensor is 16; a dictionary's key is one for each 32 bytes, each time it is hashed. A file of
/// `torch.save` needs less than 4 units per byte, because it contains everything once. A hostile file repeats a small
/// content: it copies one long list into many sets, or uses one long text as the key of many dictionaries.
final class CheckpointBudget {
    /// The largest nesting depth of containers, for `load` and `save`. PyTorch writes lists and dictionaries 497 deep
    /// and tuples 994 deep.
    static let deepest = 1000
    /// The size that compressed entries may always expand to. Above it, `ZipDirectory.maxExpansion` applies.
    static let freeExpansion = 16 << 20

    private static let freeUnits = 1 << 18
    private static let unitsPerByte = 4
    /// A value that is reached by several paths costs nothing more here, but code that walks the result visits it once
    /// for each path.
    private static let repetitions = 16

    private let file: InputFile
    private let size: Int
    private let units: Int
    private var spent = 0

    /// - Parameter size: the number of bytes of the pickle in the file.
    init(_ file: InputFile, size: Int) {
        self.file = file
        self.size = size
        units = CheckpointBudget.freeUnits + CheckpointBudget.unitsPerByte * size
    }

    /// Returns the largest size of a compressed pickle. `torch.save` does not compress.
    static func maxCompressedPickleSize(_ file: InputFile) -> Int { 1 << 18 + 16 * file.size }

    func spend(_ count: Int) throws {
        spent += count
        guard spent <= units else {
            throw file.error("\(size) bytes of pickle that ask for the same again and again: refused")
        }
    }

    /// Checks the number of values. A value that is reached by several paths counts once for each path.
    func checkRepetitions(_ count: Int) throws {
        guard count <= CheckpointBudget.repetitions * units else {
            throw file.error("containers that repeat each other to \(count) values")
        }
    }
}
