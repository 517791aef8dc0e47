/// What reading a checkpoint may cost: time and memory in proportion to the bytes of its pickle, whatever the pickle
/// says.
///
/// Work is counted in units of about 50 bytes or 100 ns: an opcode, a value, an element that a call copies, 32 bytes
/// of a dictionary's key each time it is hashed; a tensor is 16. What `torch.save` writes needs less than 4 units a
/// byte, because it says everything once. A hostile file would say a little again and again: copy one long list into
/// many sets, use one long text as the key of many dictionaries.
final class CheckpointBudget {
    /// Levels of containers, for `load` and `save`. PyTorch writes lists and dictionaries 497 deep and tuples 994 deep.
    static let deepest = 1000
    /// What compressed entries may expand to, however small the file is; beyond it `ZipDirectory.mostExpansion` counts.
    static let freeExpansion = 16 << 20

    private static let freeUnits = 1 << 18
    private static let unitsPerByte = 4
    /// Values that are reached on several ways cost nothing here, but whoever walks through them meets them each time.
    private static let repetitions = 16

    private let file: InputFile
    private let size: Int
    private let units: Int
    private var spent = 0

    /// - Parameter size: the bytes of the file that the pickle takes.
    init(_ file: InputFile, size: Int) {
        self.file = file
        self.size = size
        units = CheckpointBudget.freeUnits + CheckpointBudget.unitsPerByte * size
    }

    /// The most bytes that a compressed pickle may have; `torch.save` compresses nothing.
    static func mostCompressedPickle(_ file: InputFile) -> Int { 1 << 18 + 16 * file.size }

    func spend(_ count: Int) throws {
        spent += count
        guard spent <= units else {
            throw file.error("\(size) bytes of pickle that ask for the same again and again: refused")
        }
    }

    /// Checks how many values there are, those that are reached on several ways counted as often.
    func checkRepetitions(_ count: Int) throws {
        guard count <= CheckpointBudget.repetitions * units else {
            throw file.error("containers that repeat each other to \(count) values")
        }
    }
}
