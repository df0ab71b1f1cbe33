import NIOCore

@testable import HomeChat

extension FuzzTarget {
    /// The first two bytes say in which pieces it comes; the rest is a form with the boundary `x`. Pieces change nothing, and
    /// what is kept from one to the next is bounded.
    static let multipart = FuzzTarget(name: "multipart") { bytes in
        guard bytes.count > 2 else { return }
        let form = bytes.dropFirst(2)
        let whole = Form(form, in: [form.count])
        precondition(
            whole == Form(form, in: [Int(bytes[0]) % 32 + 1, Int(bytes[1]) + 1]), "the pieces were told apart")
        precondition(whole == Form(form, in: [1]), "the pieces were told apart")
        guard whole.problem == nil else { return }
        for part in whole.parts {
            precondition(!part.isOpen && !part.header.name.utf8.contains(0))
            precondition(part.header.shownName.count <= 100)
            precondition(!FileName.displayed(part.header.fileName ?? "").isEmpty)
            // A delimiter inside would have ended it.
            precondition(!part.content.contains([0x0D, 0x0A, 0x2D, 0x2D, 0x78]))
        }
        if let fields = try? RequestFields.multipart(ByteBuffer(bytes: form), type: "multipart/form-data; boundary=x") {
            precondition(fields.count <= whole.parts.count)
        }
    }

    static let multipartHeader = FuzzTarget(name: "multipart-header") { bytes in
        let line = text(bytes)
        guard let header = HeaderParameters(line) else { return }
        precondition(!header.value.isEmpty)
        for name in ["name", "filename", "boundary"] {
            if let plain = header[name] { precondition(plain.utf8.count <= line.utf8.count) }
            _ = header.extended(name)
        }
        _ = try? MultipartParser(boundary: header["boundary"] ?? "")
        let name = FileName.displayed(header.extended("filename") ?? "")
        precondition(name.utf8.count <= FileName.maximumBytes && !name.contains("/") && !name.contains("\\"))
        for type in ["image/png", "text/plain", "video/mp4"] {
            // Dots and blanks at the end may go before another ending.
            let kept = name.reversed().drop { $0 == "." || $0 == " " }.reversed()
            let fitting = FileName.fitting(name, type)
            precondition(fitting.utf8.count <= FileName.maximumBytes)
            precondition(fitting.hasPrefix(String(kept)) || name.utf8.count > FileName.maximumBytes - 5)
        }
    }

    private struct Form: Equatable {
        struct Part: Equatable {
            let header: PartHeader
            var content: [UInt8] = []
            var isOpen = true
        }

        var parts: [Part] = []
        var problem: String?

        init(_ bytes: ArraySlice<UInt8>, in sizes: [Int]) {
            var (rest, turn) = (bytes, 0)
            do {
                var parser = try MultipartParser(boundary: "x")
                while !rest.isEmpty {
                    let size = sizes[turn % sizes.count]
                    parser.feed(ByteBuffer(bytes: rest.prefix(size)))
                    (rest, turn) = (rest.dropFirst(size), turn + 1)
                    while let event = try parser.next() { take(event) }
                    precondition(parser.keptBytes <= MultipartParser.maximumHeaderBytes)
                }
                try parser.finish()
            } catch {
                problem = "\(error)"
            }
        }

        private mutating func take(_ event: MultipartParser.Event) {
            switch event {
            case .began(let header): parts.append(Part(header: header))
            case .bytes(let bytes):
                precondition(bytes.readableBytes > 0)
                parts[parts.count - 1].content += bytes.readableBytesView
            case .ended: parts[parts.count - 1].isOpen = false
            }
        }
    }
}
