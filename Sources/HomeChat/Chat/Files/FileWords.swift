import Foundation

/// How files are spoken of on the page. `lib/files.js` says the same of what comes over the cable.
enum FileWords {
    /// What a line says of a message that has files and no words: "Photo", "3 photos", "report.pdf", "2 files".
    static func summary(_ files: [File]) -> String {
        guard let first = files.first else { return "" }
        let isOneKind = files.allSatisfy { $0.kind == first.kind }
        switch (isOneKind ? first.kind : .document, files.count) {
        case (.image, 1): return "Photo"
        case (.image, let count): return "\(count) photos"
        case (.video, 1): return "Video"
        case (.video, let count): return "\(count) videos"
        case (.audio, 1): return "Recording"
        case (.audio, let count): return "\(count) recordings"
        case (.document, 1): return first.name
        case (.document, let count): return "\(count) files"
        }
    }

    /// "812 bytes", "34 KB", "1.4 MB".
    static func size(_ bytes: Int64) -> String {
        guard bytes >= 1024 else { return bytes == 1 ? "1 byte" : "\(bytes) bytes" }
        var amount = Double(bytes)
        var unit = ""
        for next in ["KB", "MB", "GB", "TB"] where amount >= 999.5 || unit.isEmpty {
            amount /= 1024
            unit = next
        }
        let tenths = (amount * 10).rounded() / 10
        let isWhole = amount >= 10 || tenths == tenths.rounded()
        return isWhole ? "\(Int(amount.rounded())) \(unit)" : "\(tenths) \(unit)"
    }

    /// What people know it as: the ending of its name, or else what its bytes are.
    static func type(_ name: String, _ mediaType: String) -> String {
        if mediaType == "application/pdf" { return "PDF" }
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        if parts.count > 1, let ending = parts.last, (1...5).contains(ending.utf8.count),
            ending.utf8.allSatisfy({ isLetterOrDigit($0) })
        {
            return ending.uppercased()
        }
        return mediaType
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte | 0x20 {
        case UInt8(ascii: "a")...UInt8(ascii: "z"): true
        default: (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        }
    }
}
