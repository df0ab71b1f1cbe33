import NIOCore

@testable import HomeChat

/// A form as bytes, and what the parser makes of it.
enum MultipartSample {
    static let boundary = "X-1"

    static func part(_ disposition: String, _ content: String, more: String = "") -> String {
        "--\(boundary)\r\nContent-Disposition: form-data; \(disposition)\r\n\(more)\r\n\(content)\r\n"
    }

    static let end = "--\(boundary)--\r\n"

    /// A part that is whole, as it came out.
    struct Part: Equatable {
        let name: String
        let fileName: String?
        var content: [UInt8] = []

        var text: String { String(decoding: content, as: UTF8.self) }
    }

    struct Outcome: Equatable {
        var parts: [Part] = []
        /// One that began and did not end.
        var open: Part?
        var problem: String?
    }

    /// - Parameter sizes: of the pieces in which it comes, again and again; none: all at once.
    static func parsed(_ bytes: [UInt8], boundary: String = boundary, in sizes: [Int] = []) -> Outcome {
        var outcome = Outcome()
        do {
            var parser = try MultipartParser(boundary: boundary)
            var (rest, turn) = (bytes[...], 0)
            repeat {
                let size = sizes.isEmpty ? rest.count : max(sizes[turn % sizes.count], 1)
                parser.feed(ByteBuffer(bytes: rest.prefix(size)))
                (rest, turn) = (rest.dropFirst(size), turn + 1)
                while let event = try parser.next() { outcome.take(event) }
            } while !rest.isEmpty
            try parser.finish()
        } catch {
            outcome.problem = "\(error)"
        }
        return outcome
    }

    static func parsed(_ text: String, in sizes: [Int] = []) -> Outcome { parsed(Array(text.utf8), in: sizes) }
}

extension MultipartSample.Outcome {
    mutating func take(_ event: MultipartParser.Event) {
        switch event {
        case .began(let header): open = .init(name: header.name, fileName: header.fileName)
        case .bytes(let bytes): open?.content += Array(bytes.readableBytesView)
        case .ended:
            if let open { parts.append(open) }
            open = nil
        }
    }
}
