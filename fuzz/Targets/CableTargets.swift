import NIOCore

@testable import Cable

extension FuzzTarget {
    static let cableCommand = FuzzTarget(name: "cable-command") { bytes in
        let command = CableCommand(parsing: ByteBuffer(bytes: bytes))
        switch command {
        case .subscribe(let identifier), .unsubscribe(let identifier), .message(let identifier, _):
            _ = identifier.channel
            _ = identifier.parameters.integer("channel_id")
            // It is echoed byte for byte, so it must be a piece of what came.
            precondition(identifier.source.isEmpty || contains(bytes, identifier.source))
        case nil: break
        }
        if case .message(_, let data) = command {
            _ = (data.string("action"), data.integer("id"), data.boolean("typing"))
        }
    }

    /// The first byte says how the rest is cut: pieces must give the same messages as the whole.
    static let cableFrames = FuzzTarget(name: "cable-frames") { bytes in
        guard let step = bytes.first.map({ Int($0 % 32) + 1 }) else { return }
        let stream = Array(bytes.dropFirst())
        let pieces = stride(from: 0, to: stream.count, by: step).map { stream[$0..<min($0 + step, stream.count)] }
        precondition(outcome(of: [stream[...]]) == outcome(of: pieces))
    }

    static let json = FuzzTarget(name: "json") { bytes in
        guard let members = JSONReader.object(bytes) else { return }
        let parameters = CableParameters(members)
        for key in members.keys { _ = (parameters.integer(key), parameters.string(key), parameters.boolean(key)) }
        precondition(depth(of: .object(members)) <= JSONReader.maximumDepth)
    }

    private struct Outcome: Equatable {
        var messages: [CableFrameReader.Message] = []
        var violation: CableFrameReader.Violation?
    }

    private static func outcome(of pieces: [ArraySlice<UInt8>]) -> Outcome {
        let limit = 1024
        var reader = CableFrameReader(maximumBytes: limit)
        var outcome = Outcome()
        for piece in pieces {
            reader.receive(ByteBuffer(bytes: piece))
            do throws(CableFrameReader.Violation) {
                while let message = try reader.next() {
                    if case .text(let text) = message { precondition(text.readableBytes <= limit) }
                    outcome.messages.append(message)
                }
            } catch {
                outcome.violation = error
                return outcome
            }
        }
        return outcome
    }

    private static func depth(of value: CableValue) -> Int {
        switch value {
        case .list(let values): 1 + (values.map(depth).max() ?? 0)
        case .object(let members): 1 + (members.values.map(depth).max() ?? 0)
        default: 0
        }
    }

    private static func contains(_ bytes: [UInt8], _ part: [UInt8]) -> Bool {
        part.count <= bytes.count
            && (0...bytes.count - part.count).contains { bytes[$0..<$0 + part.count].elementsEqual(part) }
    }
}
