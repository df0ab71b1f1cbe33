import Testing

@testable import HomeChat

@Suite struct FoldingTests {
    private func fold(_ text: String) -> String { FoldedText(text).text }

    @Test(arguments: [
        ("naïve", "naive"), ("CAFÉ", "cafe"), ("Straße", "strasse"), ("STRASSE", "strasse"), ("ẞ", "ss"),
        ("Ærø", "aero"),
        ("œuvre", "oeuvre"), ("Łódź", "lodz"), ("Đorđe", "dorde"), ("İstanbul", "istanbul"), ("Iğdır", "igdir"),
        ("Việt Nam", "viet nam"), ("ΟΔΟΣ", "οδοσ"), ("οδός", "οδοσ"), ("Ёлка", "елка"), ("Їжак", "іжак"),
        ("ﬁnd", "find"),
        ("ＡＢ１２", "ab12"), ("①", "1"), ("½", "1/2"), ("½ kg ㎏", "1/2 kg kg"), ("don’t", "don't"), ("“so”", "\"so\""),
        ("1–2—3", "1-2-3"),
    ]) func `accents, case and forms make no difference`(text: String, folded: String) {
        #expect(fold(text) == folded)
    }

    @Test func `composed and decomposed letters are the same`() {
        for text in ["naïve", "Å", "ñ", "й", "ガ", "각", "Ώ", "ộ"] {
            #expect(fold(text.decomposedStringWithCanonicalMapping) == fold(text.precomposedStringWithCanonicalMapping))
        }
    }

    @Test func `kana are one script, whole or half as wide`() {
        #expect(fold("カタカナ") == "かたかな" && fold("ｶﾀｶﾅ") == "かたかな")
        #expect(fold("ガギグ") == "がぎぐ" && fold("ｶﾞｷﾞｸﾞ") == "がぎぐ")
        #expect(fold("が") != fold("か"), "voicing makes another word")
        #expect(fold("は") != fold("ぱ"))
    }

    @Test func `points of Hebrew and Arabic go`() {
        #expect(fold("שָׁלוֹם") == "שלום")
        #expect(fold("مُحَمَّد") == "محمد" && fold("أحمد") == "احمد" && fold("كتـــاب") == "كتاب")
    }

    @Test func `vowels of Thai and Devanagari stay`() {
        #expect(fold("ไก่") != fold("ไก") && fold("ไก่").unicodeScalars.count == 3)
        #expect(fold("हिन्दी").unicodeScalars.count == "हिन्दी".unicodeScalars.count)
        #expect(fold("कि") != fold("की"))
    }

    @Test func `blanks are blanks, and what cannot be seen is nothing`() {
        #expect(fold("a\tb\nc\r\nd\u{A0}e\u{3000}f") == "a b c  d e f")
        #expect(fold("so\u{AD}ft\u{200B}ly\u{FEFF}") == "softly")
        #expect(fold("می\u{200C}خواهم") == fold("میخواهم"))
        #expect(fold("1\u{FE0F}\u{20E3}") == "1")
        #expect(fold("\u{A8}") == " ", "an accent alone stands on a blank")
    }

    @Test func `each letter knows where it comes from`() {
        let text = "aß日e\u{301}x"
        let folded = FoldedText(text, traced: true)
        #expect(folded.text == "ass日ex")
        #expect(folded.origins == [0, 1, 1, 3, 6, 9])
        #expect(FoldedText(text).origins.isEmpty)
    }

    @Test func `an accent that follows plain letters belongs to the last`() {
        #expect(fold("cafe\u{301} au lait") == "cafe au lait")
        #expect(fold("\u{301}abc") == "abc")
    }
}
