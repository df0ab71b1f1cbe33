import Testing

@testable import HomeChat

@Suite struct SnippetTests {
    /// With marks that people can read here.
    private func snippet(_ query: String, of text: String) -> String {
        Snippet(of: text, SearchQuery(query).terms).pieces.map { $0.match ? "[\($0.text)]" : $0.text }.joined()
    }

    @Test func `what was found is marked as it was written`() {
        #expect(snippet("naive", of: "How Naïve!") == "How [Naïve]!")
        #expect(snippet("strasse", of: "Hauptstraße 7") == "Haupt[straße] 7")
        #expect(snippet("STRAß", of: "Hauptstrasse 7") == "Haupt[strass]e 7")
        #expect(snippet("たわー", of: "東京ﾀﾜｰです") == "東京[ﾀﾜｰ]です")
        #expect(snippet("cafe", of: "cafe\u{301} au lait") == "[cafe\u{301}] au lait")
        #expect(snippet("fi", of: "a ﬁnd") == "a [ﬁ]nd", "half of a letter is the letter")
        #expect(snippet("\"fresh towels\"", of: "so fresh, towels!") == "so [fresh, towels]!")
        #expect(snippet("b-12/ 12/7", of: "AB-12/7") == "A[B-12/7]", "places that overlap are one")
        #expect(snippet("שלום", of: "שָׁלוֹם") == "[שָׁלוֹם]")
        #expect(snippet("from:me", of: "nothing to mark") == "nothing to mark")
    }

    @Test func `a long text is cut around what was found`() throws {
        let filler = String(repeating: "lorem ipsum ", count: 60)
        let cut = snippet("needle", of: filler + "the needle is here " + filler)
        #expect(
            cut.hasPrefix("…") && cut.hasSuffix("…") && cut.contains(" [needle] ") && (150...300).contains(cut.count))
        #expect(!cut.hasPrefix("…orem") && !cut.contains("ips…"), "at blanks")
        let both = snippet("needle thread", of: "needle " + filler + "needle and thread " + filler)
        #expect(both.contains("[needle] and [thread]"), "where most of it is")
        let wide = String(repeating: "漢字", count: 300)
        #expect(snippet("字漢", of: wide).hasSuffix("…"))
        #expect(!snippet("漢", of: wide).contains("\u{FFFD}"), "letters stay whole")
    }

    @Test func `a hundred words that are all over a text are looked for in two hundred places`() {
        let letters = String(String.UnicodeScalarView((0x4E00..<0x4E64).compactMap(Unicode.Scalar.init)))
        let terms = SearchQuery(letters.map(String.init).joined(separator: " ")).terms
        let text = String(repeating: letters, count: 100)
        #expect(terms.count == 100 && Snippet.places(in: text, terms).count == 200)
        #expect(Snippet(of: text, terms).pieces.contains { $0.match })
    }

    @Test func `where most of it is counts, and the earliest of those`() {
        let gap = String(repeating: ". ", count: 100)
        #expect(snippet("one two", of: "one\(gap)one two\(gap)two one").contains("[one] [two]"))
        #expect(!snippet("one two", of: "one\(gap)one two\(gap)two one").contains("[two] [one]"))
        let many = String(repeating: "one ", count: 60)
        #expect(snippet("one two", of: gap + many + gap).contains(String(repeating: "[one] ", count: 30)))
    }

    @Test func `lines become blanks`() {
        #expect(snippet("two", of: "one\ntwo\r\nthree") == "one [two] three")
        for text in ["\r", "one\rtwo", "\rtwo\r"] {
            let pieces = Snippet(of: text, SearchQuery("one two").terms).pieces
            #expect(pieces.allSatisfy { !$0.text.isEmpty }, "\(text.debugDescription): \(pieces)")
        }
    }

    @Test func `markup of strangers stays text of one piece`() {
        let text = "<script>alert('find me')</script> <mark>fake</mark>"
        let pieces = Snippet(of: text, SearchQuery("find script").terms).pieces
        #expect(pieces.map(\.text).joined() == text)
        #expect(pieces.filter(\.match).map(\.text) == ["script", "find", "script"])
    }
}
