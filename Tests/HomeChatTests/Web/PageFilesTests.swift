import Foundation
import Testing

@testable import HomeChat

@Suite struct PageFilesTests {
    private static let folder = URL(filePath: #filePath).appending(path: "../../../../Web").standardized.path

    @Test func `the binary carries the folder's files, byte for byte`() throws {
        let embedded = WebFiles.embedded().contents
        let folder = try WebFiles.folder(Self.folder).contents
        #expect(
            embedded.keys.sorted()
                == folder.keys.filter { embedded[$0] != nil || !$0.hasPrefix("generated/") }.sorted(),
            "run scripts/embed")
        for (path, bytes) in embedded { #expect(folder[path] == bytes, "\(path)") }
    }

    @Test func `every template can be read and says nothing inline`() throws {
        let web = WebFiles.embedded()
        _ = try Templates(web)
        for (path, text) in web.texts(in: "templates", ending: ".mustache") {
            #expect(!text.contains("style=\""), "\(path)")
            #expect(!text.contains(/<script(?![^>]* src=)/), "\(path)")
            #expect(!text.contains(/<[^>]* on[a-z]+="/), "\(path)")
        }
    }

    @Test func `addresses in templates begin with the base path`() {
        for (path, text) in WebFiles.embedded().texts(in: "templates", ending: ".mustache") {
            #expect(!text.contains(/(href|action|src)="\//), "\(path)")
        }
    }

    @Test func `the script is one file in which each module comes after those it needs`() throws {
        let script = Bundle.script(WebFiles.embedded())
        #expect(!script.contains(#/(?m)^(import|export) /#))
        var known: Set<Substring> = []
        for line in script.split(separator: "\n") {
            if let used = line.firstMatch(of: #/^const .+ = (module\d+);$/#)?.output.1 {
                #expect(known.contains(used), "\(line)")
            }
            if let made = line.firstMatch(of: #/^const (module\d+) = /#)?.output.1 { known.insert(made) }
        }
        #expect(known.count > 20)
        #expect(!script.contains(#/(?m)^ *(\/\*\*|\* |\/\/)/#), "comments are for those who read the folder")
    }

    @Test func `the style sheet begins with the tokens`() {
        #expect(Bundle.stylesheet(WebFiles.embedded()).hasPrefix("/* Every colour"))
    }

    @Test func `what is compressed says how long and what it was`() throws {
        let text = Array(String(repeating: "hello house ", count: 100).utf8)
        let small = try #require(Gzip.compress(text, level: 9, nameLength: 7))
        #expect(small.prefix(4) == [0x1F, 0x8B, 8, 8])
        #expect(small.count < text.count / 4)
        #expect(Array(small.suffix(4)) == [UInt8(text.count & 255), UInt8(text.count >> 8), 0, 0])
    }
}

@Suite struct LinksTests {
    private let links = Links(base: "/chat")

    @Test func `sign-in comes back to our own pages only`() {
        #expect(links.returning(to: "/channels/3?message=4") == "/chat/channels/3?message=4")
        #expect(links.returning(to: "/chat/channels/3") == "/chat/channels/3")
        for evil in [
            "//evil.example", "https://evil.example", "/\\evil.example", "/\u{9}/evil.example", "",
            "javascript:alert(1)",
        ] {
            #expect(links.returning(to: evil) == "/chat/", "\(evil)")
        }
        #expect(links.returning(to: nil) == "/chat/")
    }

    @Test func `the way back survives being a query`() {
        #expect(
            links.signIn(returningTo: "/channels/3?message=4&x=1")
                == "/chat/signin?return_to=/channels/3%3Fmessage%3D4%26x%3D1")
    }
}

@Suite struct LocalTimeTests {
    private let moment = Timestamp(iso8601: "2026-11-23T23:30:00Z")!

    @Test func `times are the reader's own`() {
        #expect(LocalTime(zone: "").exact(moment) == "2026-11-23 23:30")
        #expect(LocalTime(zone: "Europe/Zurich").exact(moment) == "2026-11-24 00:30")
        #expect(LocalTime(zone: "Europe/Zurich").day(moment) == "Tuesday, 24 November 2026")
        #expect(LocalTime(zone: "America/New_York").day(moment) == "Monday, 23 November 2026")
        #expect(LocalTime(zone: "no such zone").clock(moment) == "23:30")
    }
}
