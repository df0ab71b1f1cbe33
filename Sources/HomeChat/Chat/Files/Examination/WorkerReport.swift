import Foundation
import Imaging

/// What a worker found when it looked at itself: for the doctor.
struct WorkerReport: Codable, Sendable, Equatable {
    /// As "5.44"; nil without libmagic.
    var magic: String?
    /// As "8.14.1"; nil without libvips.
    var vips: String?
    /// Whether this libvips draws the pages of a PDF.
    var drawsPages = false
    /// The version of the kernel's Landlock that holds; 0 is none.
    var landlock = 0
    /// Whether seccomp holds.
    var filtersCalls = false
    /// What it could still do when it tried, as "read another file". Empty is as it should be.
    var escapes: [String] = []
    /// What keeps files from being looked at at all; nil when a small image was read and written.
    var problem: String?

    func line() throws -> String {
        String(decoding: try JSONEncoder().encode(self), as: UTF8.self)
    }

    /// Seals this process to find out.
    static func made() -> WorkerReport {
        var report = WorkerReport()
        do {
            let sandbox = try ImageWorker.seal()
            report.landlock = Int(sandbox.landlock)
            report.filtersCalls = sandbox.filters_calls
            report.escapes = escapes()
            if let missing = imaging_load_magic() { throw ImageWorker.missing(missing) }
            report.magic = "\(imaging_magic_version() / 100).\(imaging_magic_version() % 100)"
            if let missing = imaging_load_vips(IMAGING_PDF) { throw ImageWorker.missing(missing) }
            report.vips = imaging_vips_version().map { String(cString: $0) }
            report.drawsPages = imaging_reads_pages()
        } catch {
            report.problem = "\(error)"
        }
        return report
    }

    private static func escapes() -> [String] {
        var escapes: [String] = []
        var attempt = imaging_attempt()
        var number = 0
        while imaging_try(number, &attempt) {
            if attempt.succeeded, let what = attempt.what { escapes.append(String(cString: what)) }
            number += 1
        }
        return escapes
    }
}
