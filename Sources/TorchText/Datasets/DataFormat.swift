import Torch

/// What data files hold, and so who reads them. Python: a module of `datasets.packaged_modules`.
enum DataFormat: String, Sendable, CaseIterable {
    case parquet, arrow, json, csv, text

    /// Whether Python's library, when it streams, finds the columns out before it gives rows.
    var looksAhead: Bool { self != .csv && self != .text }

    private static let byExtension: [String: DataFormat] = [
        "csv": .csv, "tsv": .csv, "json": .json, "jsonl": .json, "ndjson": .json, "parquet": .parquet,
        "geoparquet": .parquet, "gpq": .parquet, "arrow": .arrow, "txt": .text
    ]

    /// Files that Python's library reads and this one does not: they count where the commonest kind of file is looked
    /// for.
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

    /// The parts of a file's name behind its first point.
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

    /// The format of a data set's files: the commonest of each split, which must be one and the same, and whether
    /// values are separated by tabs.
    /// - Parameter name: what the user called the data set.
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

    /// The extension of most files, as the format's first name; the favourites first among equals.
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
