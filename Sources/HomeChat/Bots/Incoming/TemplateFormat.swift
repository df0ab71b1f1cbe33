import Mustache
import Synchronization

/// A mustache template of the household's own, over the JSON. What it puts in is words, never markup, unless it asks for
/// that with three braces.
struct TemplateFormat {
    /// Tags that there is nothing for here, and ways to write a tag so that this would not be seen.
    private static let refused: Set<Character> = [">", "<", "$", "=", "%", "*"]
    private static let deepest = 20
    private static let contentType = "HOMECHAT_MARKDOWN"
    private static let register: Void = MustacheContentTypes.register(MarkdownContent(), named: contentType)

    private let template: MustacheTemplate
    private let size: Int

    /// - Throws: `invalid` for `template`, with what is wrong and where.
    init(_ text: String) throws {
        _ = Self.register
        try Self.requirePlain(text)
        do {
            template = try MustacheTemplate(string: "{{% CONTENT_TYPE:\(Self.contentType)}}" + text)
        } catch let error as MustacheTemplate.ParserError {
            throw ChatError.invalid("template", Self.words(for: error))
        } catch {
            throw ChatError.invalid("template", "cannot be read as mustache")
        }
        size = text.utf8.count
    }

    func post(_ json: JSONValue) throws -> IncomingPost {
        let budget = TemplateBudget(perRound: size)
        let text = template.render(TemplateValue(json, budget))
        guard !budget.isSpent else {
            throw ChatError.invalid("template", "makes too much of this body; it goes through lists too often")
        }
        guard text.contains(where: { !$0.isWhitespace }) else {
            throw ChatError.invalid("template", "makes no text of this body")
        }
        return IncomingPost(text)
    }

    private static func requirePlain(_ text: String) throws {
        var depth = 0
        for tag in text.split(separator: "{{", omittingEmptySubsequences: false).dropFirst() {
            let sign = tag.first { !$0.isWhitespace } ?? " "
            guard !refused.contains(sign) else {
                throw ChatError.invalid(
                    "template", "must not have partials, blocks, pragmas or other delimiters: {{\(sign)")
            }
            if sign == "#" || sign == "^" { depth += 1 } else if sign == "/" { depth -= 1 }
            guard depth <= deepest else {
                throw ChatError.invalid("template", "must not nest sections more than \(deepest) deep")
            }
        }
    }

    private static func words(for error: MustacheTemplate.ParserError) -> String {
        let problem =
            switch error.error {
            case MustacheTemplate.Error.sectionCloseNameIncorrect:
                "a section ends under another name than it began with"
            case MustacheTemplate.Error.expectedSectionEnd: "a section has no end"
            case MustacheTemplate.Error.unfinishedName: "a tag has no end"
            default: "a tag cannot be read"
            }
        return "is wrong in line \(error.context.lineNumber): \(problem)"
    }
}

private struct MarkdownContent: MustacheContentType {
    func escapeText(_ text: String) -> String {
        text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
            .map { MarkdownText.escaped(String($0)) }.joined(separator: "\n")
    }
}

/// What one rendering may cost: lists in lists multiply.
private final class TemplateBudget: Sendable {
    private static let most = 4_000_000

    private let left = Mutex(most)
    private let perRound: Int

    init(perRound: Int) { self.perRound = perRound + 50 }

    var isSpent: Bool { left.withLock { $0 <= 0 } }

    /// - Returns: false where no more is to be done.
    func spendRound() -> Bool { spend(perRound) }

    @discardableResult func spend(_ cost: Int) -> Bool {
        left.withLock {
            $0 = max(0, $0 - cost)
            return $0 > 0
        }
    }
}

/// A JSON value as the template library looks at it: without its transforms, some of which trap on large numbers.
private struct TemplateValue: MustacheParent, MustacheCustomRenderable {
    let json: JSONValue
    let budget: TemplateBudget

    init(_ json: JSONValue, _ budget: TemplateBudget) {
        self.json = json
        self.budget = budget
    }

    /// Lists and truth values are looked at by their type.
    var representation: Any {
        switch json {
        case .array(let items): TemplateList(items: items, budget: budget)
        case .boolean(let value): value
        case .string(""), .null: TemplateNothing()
        default: self
        }
    }

    func child(named name: String) -> Any? {
        guard budget.spend(10 + name.utf8.count), case .object(let values) = json, let child = values[name] else {
            return nil
        }
        return TemplateValue(child, budget).representation
    }

    var renderText: String {
        guard let text = json.text, budget.spend(text.utf8.count) else { return "" }
        return text
    }

    var isNull: Bool { false }
}

private struct TemplateNothing: MustacheCustomRenderable, MustacheParent {
    var renderText: String { "" }
    var isNull: Bool { true }
    func child(named: String) -> Any? { nil }
}

private struct TemplateList: MustacheSequence, MustacheParent, MustacheCustomRenderable {
    let items: [JSONValue]
    let budget: TemplateBudget

    func makeIterator() -> AnyIterator<Any> {
        var index = items.startIndex
        return AnyIterator {
            guard index < items.endIndex, budget.spendRound() else { return nil }
            defer { index += 1 }
            return TemplateValue(items[index], budget).representation
        }
    }

    func child(named: String) -> Any? { nil }
    var renderText: String {
        let text = items.compactMap(\.text).joined(separator: ", ")
        return budget.spend(text.utf8.count) ? text : ""
    }
    var isNull: Bool { false }
}
