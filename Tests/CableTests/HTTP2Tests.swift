import HTTPTypes
import Testing

@testable import Cable

/// By `curl`, which speaks HTTP/2 and is not made of the same code.
@Suite struct HTTP2Tests {
    private func curl(_ server: CableServer, _ path: String, _ more: [String] = []) async throws -> [String] {
        let command =
            ["curl", "-sk", "--http2", "--max-time", "20", "-o", "/dev/null", "-D", "-"] + more
            + ["-w", "\nversion=%{http_version} status=%{response_code} bytes=%{size_download}\n"]
            + ["https://127.0.0.1:\(server.port)\(path)"]
        return try await run(command).split(whereSeparator: \.isNewline).map(String.init)
    }

    @Test func `requests are answered, large ones too, over one connection`() async throws {
        try await withTLS { server, _, _ in
            let large = try await curl(server, "/large")
            #expect(large.last == "version=2 status=200 bytes=\(8 << 20)")
            let text = try await run([
                "curl", "-sk", "--http2", "-d", "some body", "https://127.0.0.1:\(server.port)/scheme",
                "https://127.0.0.1:\(server.port)/peer", "https://127.0.0.1:\(server.port)/a",
            ])
            #expect(text == "https127.0.0.1hello /a")
        }
    }

    static let refused: [(name: String, path: String, options: [String], status: Int)] = [
        ("long path", "/" + String(repeating: "a", count: 9000), [], 414),
        ("many fields", "/", (0..<101).flatMap { ["-H", "x-\($0): a"] }, 431),
    ]

    @Test(arguments: refused.indices)
    func `what is too much is refused with the security headers`(index: Int) async throws {
        let (name, path, options, status) = Self.refused[index]
        try await withTLS { server, _, _ in
            let lines = try await curl(server, path, options)
            #expect(lines.last?.hasPrefix("version=2 status=\(status) ") == true, "\(name): \(lines)")
            #expect(lines.contains("x-content-type-options: nosniff"))
        }
    }

    @Test func `the host and the scheme are those of the connection`() throws {
        let settings = HTTPSettings(limits: HTTPLimits(), cablePaths: [], errorHeaders: [:])
        func read(_ authority: String?, _ hosts: [String]) -> String? {
            var request = HTTPRequest(method: .get, scheme: "http", authority: authority, path: "/")
            guard let name = HTTPField.Name("host") else { return nil }
            for host in hosts { request.headerFields.append(HTTPField(name: name, value: host)) }
            guard case .success(let request) = settings.http2Request(request) else { return nil }
            #expect(request.headerFields[name] == nil)
            return "\(request.scheme ?? "")://\(request.authority ?? "")"
        }
        #expect(read("a", []) == "https://a")
        #expect(read("a", ["a"]) == "https://a")
        #expect(read(nil, ["a"]) == "https://a")
        #expect(read("a", ["b"]) == nil)
        #expect(read("a", ["a", "a"]) == nil)
        #expect(read(nil, []) == nil)
    }
}
