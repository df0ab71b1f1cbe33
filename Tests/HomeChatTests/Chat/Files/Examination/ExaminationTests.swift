import Foundation
import Testing

@testable import HomeChat

@Suite struct ExaminationTests {
    @Test func `a picture is written anew, without what was hidden in it`() async throws {
        let upload = SampleFiles.png(
            before: SampleFiles.part("tEXt", Array("Comment\0SECRET".utf8)),
            after: Array("<script>SECRET</script>".utf8))
        try await withJob(upload) { job in
            let found = try await Job.examiner.examine(folder: job.folder)
            #expect(
                found
                    == Examination(
                        type: "image/png", image: ImageFacts(width: 12, height: 10, frames: 1), isCleaned: true,
                        preview: PreviewFacts(width: 12, height: 10)))
            #expect(job.names == ["clean", "preview.webp", "upload"])
            let clean = Data(try job.contents("clean"))
            #expect(clean.range(of: Data("SECRET".utf8)) == nil && clean.range(of: Data("tEXt".utf8)) == nil)
            #expect(clean.starts(with: [0x89, 0x50, 0x4E, 0x47]))
            let preview = try job.contents("preview.webp")
            #expect(preview.starts(with: Array("RIFF".utf8)) && preview[8..<12].elementsEqual("WEBP".utf8))
        }
    }

    @Test func `an animation stays one, with its delays and loops`() async throws {
        let upload = SampleFiles.gif(delays: [4, 10, 25, 300], loops: 3, comment: "SECRET")
        #expect(GIFContents(upload)?.comments == 1)
        try await withJob(upload) { job in
            let found = try await Job.examiner.examine(folder: job.folder)
            #expect(found.image == ImageFacts(width: 12, height: 10, frames: 4))
            let clean = try #require(GIFContents(try job.contents("clean")))
            #expect(clean.delays == [4, 10, 25, 300] && clean.comments == 0)
            #expect((clean.width, clean.height) == (12, 10) && clean.loops == 3)
        }
    }

    @Test func `a preview is at most 800 pixels, and never larger than the picture`() async throws {
        let wide = try await examined(SampleFiles.png(width: 1_600, height: 20))
        #expect(wide.image == ImageFacts(width: 1_600, height: 20, frames: 1))
        #expect(wide.preview == PreviewFacts(width: 800, height: 10))
        let high = try await examined(SampleFiles.png(width: 3, height: 2_000))
        #expect(high.preview == PreviewFacts(width: 1, height: 800))
        #expect(
            try await examined(SampleFiles.png(width: 799, height: 1)).preview == PreviewFacts(width: 799, height: 1))
    }

    @Test func `a moving PNG is a file, since only its first picture would be left`() async throws {
        let control = SampleFiles.part("acTL", [0, 0, 0, 2, 0, 0, 0, 0])
        let found = try await examined(SampleFiles.png(before: SampleFiles.part("gAMA", [0, 0, 0xB1, 0x8F]) + control))
        #expect(found == Examination(type: "image/apng"))
        #expect(try await examined(SampleFiles.png(before: control)).type == "image/apng")
    }

    @Test func `the first page of a PDF is shown`() async throws {
        try await withJob(SampleFiles.pdf() + Array("<html><script>alert(1)</script></html>".utf8)) { job in
            let found = try await Job.examiner.examine(folder: job.folder)
            #expect(
                found == Examination(type: "application/pdf", preview: PreviewFacts(width: 300, height: 200)))
            #expect(job.names == ["preview.webp", "upload"])
        }
        #expect(
            try await examined(SampleFiles.pdf(width: 2_000, height: 4_000)).preview
                == PreviewFacts(width: 400, height: 800))
    }

    @Test func `a PDF that cannot be drawn is a PDF without a preview`() async throws {
        try await withJob(Array("%PDF-1.4\nnothing of the kind\n".utf8)) { job in
            let found = try await Job.examiner.examine(folder: job.folder)
            #expect(found == Examination(type: "application/pdf"))
            #expect(job.names == ["upload"])
        }
        #expect(try await examined(SampleFiles.pdf(width: 900_000_000, height: 900_000_000)).type == "application/pdf")
    }

    static let bombs: [(String, [UInt8])] = [
        ("PNG", SampleFiles.png(width: 65_535, height: 65_535, pixels: [0])),
        ("wide PNG", SampleFiles.png(width: 900_000, height: 56, pixels: [0])),
        ("GIF in pixels", SampleFiles.gif(width: 65_535, height: 65_535, delays: []).dropLast() + hugeFrame),
        ("GIF in frames", SampleFiles.gif(width: 1, height: 1, delays: Array(repeating: 1, count: 1_001))),
        ("GIF of many", SampleFiles.gif(width: 1, height: 1, delays: Array(repeating: 1, count: 100_000))),
    ]
    private static let hugeFrame: [UInt8] = [0x2C, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0, 2, 2, 0x44, 1, 0, 0x3B]

    @Test(arguments: bombs)
    func `a bomb is refused before it is unpacked`(name: String, upload: [UInt8]) async throws {
        try await withJob(upload) { job in
            await #expect(throws: ExaminationProblem.tooManyPixels) {
                try await Job.examiner.examine(folder: job.folder)
            }
            #expect(job.names == ["upload"])
        }
    }

    @Test func `how many pixels are too many is a setting`() async throws {
        let examiner = FileExaminer(workers: 1, patience: .seconds(60), maximumPixels: 120, executable: Job.homechat)
        let fits = try await examined(SampleFiles.png(width: 12, height: 10), by: examiner)
        #expect(fits.isCleaned)
        try await withJob(SampleFiles.png(width: 11, height: 11)) { job in
            await #expect(throws: ExaminationProblem.tooManyPixels) { try await examiner.examine(folder: job.folder) }
        }
        // All frames together may have four times as many.
        let four = SampleFiles.gif(delays: [1, 1, 1, 1])
        let moving = try await examined(four, by: examiner)
        #expect(moving.image?.frames == 4)
        try await withJob(SampleFiles.gif(delays: [1, 1, 1, 1, 1])) { job in
            await #expect(throws: ExaminationProblem.tooManyPixels) { try await examiner.examine(folder: job.folder) }
        }
    }

    static let broken: [(String, [UInt8])] = [
        ("PNG cut off", Array(SampleFiles.png(width: 400, height: 400).prefix(300))),
        ("PNG without pixels", SampleFiles.png(pixels: [])),
        ("PNG of nothing", SampleFiles.png(width: 0, height: 0)),
        ("GIF without pictures", SampleFiles.gif(delays: [])),
        ("GIF's beginning", Array("GIF89a".utf8)),
        ("GIF and script", Array("GIF89a/*=1;*/alert(1)//".utf8)),
        ("JPEG's beginning", [0xFF, 0xD8, 0xFF, 0xE0, 0, 16] + "JFIF\0".utf8 + [1, 1, 0, 0, 1, 0, 1, 0, 0]),
        ("WebP's beginning", Array("RIFF\u{10}\0\0\0WEBPVP8 ".utf8)),
    ]

    @Test(arguments: broken)
    func `a picture without pixels is refused`(name: String, upload: [UInt8]) async throws {
        try await withJob(upload) { job in
            await #expect(throws: ExaminationProblem.unreadable) { try await Job.examiner.examine(folder: job.folder) }
            #expect(job.names == ["upload"])
        }
    }
}
