import Foundation

/// What somebody typed, where it begins with a slash.
enum SlashCommand: Equatable, Sendable {
    /// No command: a message like any other.
    case none
    /// Two slashes say one.
    case literal(String)
    case typed(name: String, words: String)

    static let longestName = 30

    init(_ text: String) {
        guard text.hasPrefix("/") else { self = .none; return }
        if text.hasPrefix("//") { self = .literal(String(text.dropFirst())); return }
        let end = text.firstIndex(where: \.isWhitespace) ?? text.endIndex
        let name = text[text.index(after: text.startIndex)..<end]
        guard Self.isName(name) else { self = .none; return }
        self = .typed(name: name.lowercased(), words: text[end...].trimmingCharacters(in: .whitespacesAndNewlines))
    }

    /// A path like /etc/hosts is none.
    static func isName(_ text: some StringProtocol) -> Bool {
        (1...longestName).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                let isLetter = (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
                return isLetter || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
            }
    }
}

/// A command as lists and completion show it.
package struct CommandInfo: Sendable, Equatable {
    /// Without its slash.
    package let name: String
    /// What comes behind the name: "@somebody".
    package let usage: String
    package let description: String
    /// Whose it is; nil: the server's own.
    package let bot: String?
}

extension CommandInfo {
    /// "/invite @somebody"
    var line: String { usage.isEmpty ? "/\(name)" : "/\(name) \(usage)" }
}

/// The commands that the server itself knows.
enum BuiltInCommand: String, CaseIterable, Sendable {
    case me, shrug, status, dnd, mute, unmute, invite, topic, help

    var info: CommandInfo {
        CommandInfo(name: rawValue, usage: usage, description: meaning, bot: nil)
    }

    /// It says something in the channel.
    var isMessage: Bool { self == .me || self == .shrug }

    private var usage: String {
        switch self {
        case .me: "what you do"
        case .shrug: "[text]"
        case .status: "[emoji] [text]"
        case .dnd: "[30m | 2h | off]"
        case .mute, .unmute, .help: ""
        case .invite: "@somebody"
        case .topic: "[text]"
        }
    }

    private var meaning: String {
        switch self {
        case .me: "Say what you are doing"
        case .shrug: "Add a shrug"
        case .status: "Say how you are; without words it is cleared"
        case .dnd: "Do not disturb, for an hour unless you say how long"
        case .mute: "No more notices from this channel"
        case .unmute: "Notices from this channel again"
        case .invite: "Bring somebody into this channel"
        case .topic: "Change what this channel is about; without words it is cleared"
        case .help: "List the commands"
        }
    }
}
