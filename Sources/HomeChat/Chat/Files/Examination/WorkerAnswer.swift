import Foundation

/// A line that the worker says: what it found, or why it found nothing.
struct WorkerAnswer: Codable, Equatable {
    var examination: Examination?
    var problem: ExaminationProblem?

    func line() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    /// The last whole line of what was said; nil when it makes no sense. Whoever said it has read a stranger's bytes.
    init?(lastOf output: String, maximumPixels: Int) {
        let whole = output.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
        guard let line = whole.last, let answer = try? JSONDecoder().decode(Self.self, from: Data(line.utf8)),
            (answer.examination == nil) != (answer.problem == nil),
            answer.examination?.isPlausible(maximumPixels: maximumPixels) ?? true
        else { return nil }
        self = answer
    }

    init(_ examination: Examination) {
        self.examination = examination
    }

    init(_ problem: ExaminationProblem) {
        self.problem = problem
    }
}

extension Examination {
    fileprivate func isPlausible(maximumPixels: Int) -> Bool {
        guard MediaType.isWellFormed(type) else { return false }
        if let preview {
            let edges = 1...ImageWorker.previewEdge
            guard edges.contains(preview.width), edges.contains(preview.height) else { return false }
        }
        guard let image else { return !isCleaned && (preview == nil || type == MediaType.pdf) }
        // One edge alone can be no longer than all pixels, so the product does not overflow.
        let edges = 1...maximumPixels
        guard edges.contains(image.width), edges.contains(image.height),
            (1...ImageWorker.maximumFrames).contains(image.frames)
        else { return false }
        let (pixels, overflows) = image.width.multipliedReportingOverflow(by: image.height)
        return !overflows && pixels <= maximumPixels && isCleaned && MediaType.images[type] != nil
    }
}
