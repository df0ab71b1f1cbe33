import Testing

@testable import HomeChat

@Suite struct PageDescriptionTests {
    private func read(_ html: String) -> PageDescription { PageDescription(html: Array(html.utf8)) }

    @Test func `a page is described by what it says for others, and otherwise by its title`() {
        let page = read(
            """
            <!DOCTYPE html><html><head><title>Plain &amp; simple</title>
            <META Property="og:title" content="A cake">
            <meta name='description' content='Sweet &#x1F370;, &quot;good&quot;'>
            <meta property=og:site_name content=Kitchen>
            <meta content="/cake.png?a=1&amp;b=2" property="og:image"/></head>
            """)
        #expect(page.title == "A cake")
        #expect(page.summary == "Sweet 🍰, \"good\"")
        #expect(page.site == "Kitchen")
        #expect(page.image == "/cake.png?a=1&b=2")
        #expect(read("<title>\n Plain\n &amp; simple </title>").title == "Plain & simple")
    }

    @Test func `what stands in scripts, comments and the body says nothing`() {
        #expect(read("<script>'<title>no</title>'</script><title>yes</title>").title == "yes")
        #expect(read("<!-- <title>no</title> --><title>yes</title>").title == "yes")
        #expect(read("<head></head><body><title>no</title><meta property=og:title content=no>").isEmpty)
        #expect(read("<style><meta property=og:title content=no></style>").isEmpty)
    }

    @Test func `the first of two words counts`() {
        #expect(read("<meta property=og:title content=one><meta property=og:title content=two>").title == "one")
    }

    @Test func `markup in a description stays text, and nothing in it steers or hides`() {
        let page = read("<meta property=og:title content=\"<b>x</b> \u{202E}evil\u{7}\u{0}\">")
        #expect(page.title == "<b>x</b> evil")
    }

    @Test func `descriptions are cut`() {
        let page = read("<title>\(String(repeating: "ä", count: 5000))</title>")
        #expect(page.title.count == PageDescription.longestTitle)
    }

    @Test(arguments: [
        "", "<", "<meta", "<meta ", "<meta property", "<meta property=", "<meta property=\"", "<meta = = =>", "<title",
        "<title>", "<title>x</titl", "<!--", "<!-->", "</", "<a/////", "&#xFFFFFFFF;",
        "<title>&#0;&#xD800;&nosuch;&</title>",
        "<meta property='og:title' content='unended",
    ])
    func `a page that breaks off anywhere is read as far as it goes`(html: String) {
        _ = read(html)
        _ = read(html + "<title>after</title>")
    }

    @Test func `a large page without a head is passed through once`() {
        // Each of these made a reader that looks back quadratic.
        for piece in ["<", "<a ", "<!-", "<title>", "<script>", "&", "<meta content=\"", "<a=b "] {
            let bytes = Array(String(repeating: piece, count: PageFetcher.maximumPageBytes / piece.utf8.count).utf8)
            _ = PageDescription(html: bytes)
        }
    }
}
