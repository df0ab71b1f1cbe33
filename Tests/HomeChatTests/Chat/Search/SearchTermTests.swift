import Testing

@testable import HomeChat

@Suite struct SearchTermTests {
    private func term(_ query: String) throws -> SearchTerm { try #require(SearchQuery(query).terms.first) }

    private func found(_ query: String, in text: String) throws -> [String] {
        let folded = FoldedText(text).scalars
        return try term(query).ranges(in: folded).map { range in
            var view = String.UnicodeScalarView()
            view.append(contentsOf: folded[range])
            return String(view)
        }
    }

    /// What is in a text has its terms in the index, or nobody would ever look at it.
    private func isIndexed(_ query: String, in text: String, atMost limit: Int = 8) throws -> Bool {
        Set(try term(query).indexTerms(atMost: limit)).isSubset(of: SearchEntry(text).terms)
    }

    @Test(arguments: [
        ("chiff", "Donaudampfschifffahrtsgesellschaft"), ("dampf", "Donaudampfschifffahrt"),
        ("2/7-x", "Serial AB-12/7-X"),
        ("b-12/", "Serial AB-12/7-X"), ("東京", "今日は東京に行く"), ("京", "今日は東京に行く"), ("タワー", "東京たわー"),
        ("เทศไทย", "ประเทศไทยสวย"), ("ทย", "ประเทศไทย"), ("국어", "한국어를 배워요"), ("어", "한국어를"), ("naive", "So naïve!"),
        ("istanbul", "İSTANBUL"), ("🎉", "party🎉🎉"), ("ki", "the kitchen"), ("ຂອບໃຈ", "ຂອບໃຈຫຼາຍໆ"), ("ខ្មែរ", "ភាសាខ្មែរ"),
        ("မြန်မာ", "မြန်မာဘာသာ"), ("нав", "Сандалии навсегда"), ("λός", "καλός"), ("c++", "I like C++ most"),
        ("#1", "it is #1"),
        ("שלום", "שָׁלוֹם לכם"), ("हिन्दी", "मुझे हिन्दी आती है"), ("e@x", "me@x.org"), ("\"whole words\"", "these are whole, words"),
        ("\"東京\"", "今日は東京に行く"), ("\"iphoneを買う\"", "新しいiPhoneを買う"), ("\"a\"", "an a and"), ("\"12 7\"", "AB-12/7"),
    ]) func `is found, by the index as well`(query: String, text: String) throws {
        #expect(try !found(query, in: text).isEmpty)
        for limit in [0, 2, 3, 8] { #expect(try isIndexed(query, in: text, atMost: limit)) }
    }

    @Test(arguments: [
        ("it", "kitchen"), ("chin", "kitchen"), ("\"kitch\"", "kitchen"), ("\"words whole\"", "whole words"),
        ("\"whole words\"", "whole big words"), ("が", "か"), ("\"tower\"", "towers"), ("#1", "it is 1"),
        ("12-7", "AB-12/7"),
    ]) func `is not found`(query: String, text: String) throws {
        #expect(try found(query, in: text).isEmpty)
    }

    @Test func `short pieces mean the beginning of words`() throws {
        #expect(try found("ki", in: "ski kitchen taking KIND") == ["ki", "ki"])
        #expect(SearchTerm(piece: FoldedText("k").scalars).ranges(in: FoldedText("ski kit").scalars) == [4..<5])
    }

    @Test func `a long word is asked for by few of its pieces`() throws {
        let word = try term("donaudampfschifffahrtsgesellschaftskapitän")
        #expect(word.indexTerms(atMost: 8).count == 8)
        #expect(word.indexTerms(atMost: 0).count == 2, "the first and the last at least")
        #expect(word.indexTerms(atMost: 8).first == "gdon" && word.indexTerms(atMost: 8).last == "gtan")
    }

    @Test func `terms are made of what both engines take for letters`() {
        let text = String(String.UnicodeScalarView((1...0x2FFF).compactMap(Unicode.Scalar.init)))
        for term in SearchEntry(text + " AB-12/7 it's <b> \"x\" a\\b").terms {
            for byte in term.utf8 {
                #expect(byte >= 0x80 || (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte), "\(term)")
            }
            #expect(!term.contains("\u{A0}") && term.utf8.count < 2000)
        }
    }

    @Test func `punctuation marks are told apart`() {
        let marks = (0x21...0x7E).compactMap { Unicode.Scalar(UInt8($0)) }.filter {
            LetterKind($0) == .punctuation && !("A"..."Z").contains($0)
        }
        #expect(marks.count == 32 && Set(marks.map { SearchTerms.trigram(["a", $0, "b"]) }).count == 32)
    }

    @Test func `a word that is too long for the index is found by its pieces`() throws {
        let word = String(repeating: "abcdefghij", count: 10)
        #expect(try isIndexed("\"\(word)\"", in: "x \(word) y") && found("\"\(word)\"", in: "x \(word) y") == [word])
    }
}
