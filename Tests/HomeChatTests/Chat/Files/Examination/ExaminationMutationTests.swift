import Foundation
import Testing

@testable import HomeChat

/// Bytes changed, cut out, doubled and thrown away at random, by the real worker and its real libraries.
/// `HOMECHAT_TEST_MUTATIONS` says how many of each sample.
@Suite struct ExaminationMutationTests {
    private static let count = ProcessInfo.processInfo.environment["HOMECHAT_TEST_MUTATIONS"].flatMap(Int.init) ?? 20

    static let samples: [(String, [UInt8])] = [
        ("PNG", SampleFiles.png(width: 60, height: 40, before: SampleFiles.part("tEXt", Array("Comment\0hello".utf8)))),
        ("GIF", SampleFiles.gif(width: 20, height: 20, delays: [4, 10, 25], loops: 0, comment: "hello")),
        ("PDF", SampleFiles.pdf()),
        ("text", Array(String(repeating: "Grüße aus Wien\n", count: 40).utf8)),
    ]

    @Test(arguments: samples)
    func `whatever comes in, something sensible comes out`(name: String, sample: [UInt8]) async throws {
        for seed in 0..<Self.count {
            var random = Seeded(state: UInt64(seed))
            let upload = Self.mutated(sample, &random)
            do {
                let found = try await examined(upload)
                #expect(MediaType.isWellFormed(found.type), "\(name), seed \(seed)")
            } catch let problem as ExaminationProblem {
                #expect(problem != .tooSlow, "\(name), seed \(seed)")
            }
        }
    }

    private static func mutated(_ sample: [UInt8], _ random: inout Seeded) -> [UInt8] {
        var bytes = sample
        for _ in 0...Int.random(in: 0..<8, using: &random) where !bytes.isEmpty {
            let at = bytes.indices.randomElement(using: &random) ?? 0
            let end = min(bytes.count, at + Int.random(in: 1...40, using: &random))
            switch Int.random(in: 0..<5, using: &random) {
            case 0: bytes[at] = .random(in: 0...255, using: &random)
            case 1: bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 2: bytes.removeSubrange(at..<end)
            case 3: bytes.insert(contentsOf: bytes[at..<end], at: at)
            default:
                bytes.replaceSubrange(
                    at..<end, with: repeatElement([0, 0x7F, 0xFF].randomElement(using: &random) ?? 0, count: end - at))
            }
        }
        return bytes
    }

    /// SplitMix64, so that a seed tells all.
    private struct Seeded: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
            return mixed ^ mixed >> 31
        }
    }
}
