import Foundation

/// The three files of a job, opened before the sandbox is shut: afterwards nothing more can be.
struct JobFiles {
    /// Read at once; what tells a type stands at the beginning.
    private static let beginning = 64 * 1024
    private static let slice = 1 << 20

    let upload: Int32
    let clean: Int32
    let preview: Int32

    /// In the current folder. nil when no `upload` lies there.
    init?() {
        upload = open(FileExaminer.uploadName, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        clean = upload < 0 ? -1 : Self.new(FileExaminer.cleanName)
        preview = upload < 0 ? -1 : Self.new(FileExaminer.previewName)
        guard upload >= 0, clean >= 0, preview >= 0 else { return nil }
    }

    private static func new(_ name: String) -> Int32 {
        open(name, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0o600)
    }

    func beginning() -> [UInt8] { read(at: 0, Self.beginning) }

    /// Reads all of it, in slices: a text may be as large as any file.
    func isUTF8() -> Bool {
        var at = 0
        while true {
            let slice = read(at: at, Self.slice)
            if slice.isEmpty { return true }
            // A letter that is cut through waits for the next slice; at the end there is none.
            let whole = slice.count < Self.slice ? slice.count : slice.count - Self.bytesOfCutLetter(slice)
            guard whole > 0, String(validating: slice.prefix(whole), as: UTF8.self) != nil else { return false }
            at += whole
        }
    }

    private static func bytesOfCutLetter(_ bytes: [UInt8]) -> Int {
        let continued = bytes.suffix(3).reversed().prefix { $0 & 0xC0 == 0x80 }.count
        guard let lead = bytes.dropLast(continued).last, lead >= 0xC0 else { return 0 }
        let length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2
        return continued + 1 < length ? continued + 1 : 0
    }

    private func read(at offset: Int, _ count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let more = pread(upload, buffer.baseAddress?.advanced(by: filled), count - filled, offset + filled)
                guard more > 0 else { break }
                filled += more
            }
        }
    }
}
