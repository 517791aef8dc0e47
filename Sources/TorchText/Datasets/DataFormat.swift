import Torch

/// The format of data files, which selects their reader. Python: a module of `datasets.packaged_modules`.
enum DataFormat: String, Sendable, CaseIterable {
    case parquet, arrow, json, csv, text

    /// Whether Python's library reads the columns before it returns rows of a stream.
    var looksAhead: Bool { self != .csv && self != .text }

    private static let byExtension: [String: DataFormat] = [
        "csv": .csv, "tsv": .csv, "json": .json, "jsonl": .json, "ndjson": .json, "parquet": .parquet,
        "geoparquet": .parquet, "gpq": .parquet, "arrow": .arrow, "txt": .text
    ]

    /// Extensions of files that Python's library can read and this library cannot. They count in the search for the
    /// most common format.
    private static let foreign: [String: String] = {
        let modules = [
            "conll": "conll conllu", "webdataset": "tar", "xml": "xml", "hdf5": "hdf5 h5", "eval": "eval",
            "harbor": "toml md", "lance": "lance", "zip": "zip",
            "imagefolder": "bmp gif ico j2k jp2 jpc jpe jpeg jpf jpg jpx pbm pgm png pnm ppm tif tiff webp xbm xpm",
            "audiofolder": "aac aif aiff au flac m4a mp3 ogg opus wav wma",
            "videofolder": "avi flv mkv mov mp4 mpeg mpg webm wmv", "pdffolder": "pdf"
        ]
        var result: [String: String] = [:]
        for (module, extensions) in modules {
            for name in extensions.split(separator: " ") { result[String(name)] = module }
        }
        return result
    }()

    /// Returns the extensions of a file's name: its parts after the first point.
    private static func extensions(_ path: String) -> [String] {
        (path.split(separator: "/").last ?? "").split(separator: ".", omittingEmptySubsequences: false).dropFirst().map
        { $0.lowercased() }
    }

    static func hasDataExtension(_ path: String) -> Bool {
        extensions(path).contains { byExtension[$0] != nil || foreign[$0] != nil }
    }

    func isName(ofFile path: String) -> Bool {
        DataFormat.extensions(path).contains { DataFormat.byExtension[$0] == self }
    }

    /// Returns the format of a data set's files, and whether tabs separate values. The format is the most common one of
    /// each split; it must be the same for all splits.
    /// - Parameter name: the data set's name in error messages.
    static func infer(_ files: DataFiles, name: String) throws -> (format: DataFormat, isTabbed: Bool) {
        let kinds = files.splits.map { commonest($0.paths) }
        guard let first = kinds.first ?? nil else {
            throw TorchError(.file, "No (supported) data files found in \(name)")
        }
        if kinds.contains(where: { $0 != first }) {
            let found = zip(files.splits, kinds).map { "'\($0.name)': \($1 ?? "None")" }.joined(separator: ", ")
            throw TorchError(.value, "Couldn't infer the same data file format for all splits. Got {\(found)}")
        }
        guard let format = byExtension[first] else {
            throw TorchError(
                .file,
                "\(name): its files are .\(first), which are read by the module \(foreign[first] ?? first) of Python's library, and not here"
            )
        }
        return (format, first == "tsv")
    }

    /// Returns the most common extension, mapped to the format's main extension. Ties go to the preferred formats.
    private static func commonest(_ paths: [String]) -> String? {
        var counts: [String: Int] = [:]
        for path in paths { for name in extensions(path) { counts[name, default: 0] += 1 } }
        let favourites = ["csv", "json", "jsonl", "arrow", "vortex", "lance", "parquet"]
        let best = counts.filter { byExtension[$0.key] != nil || foreign[$0.key] != nil }.max { a, b in
            if a.value != b.value { return a.value < b.value }
            let (x, y) = (favourites.firstIndex(of: a.key) ?? -1, favourites.firstIndex(of: b.key) ?? -1)
            return x != y ? x < y : a.key < b.key
        }
        return best.map {
            ["jsonl": "json", "ndjson": "json", "geoparquet": "parquet", "gpq": "parquet"][$0.key] ?? $0.key
        }
    }
}
