import Foundation
import Testing

/// Keeps the house in shape: what the folders promise, read from the sources themselves.
@Suite struct HouseRulesTests {
    @Test func `only the storage engines import a database driver`() throws {
        for file in try SourceFile.all(under: "Sources") where !file.path.contains("Sources/Storage/") {
            #expect(file.imports.isDisjoint(with: ["GRDB", "CPostgres"]), "\(file.path)")
        }
    }

    @Test func `storage, cable and certificates know no chat`() throws {
        for folder in ["Sources/Storage", "Sources/Cable", "Sources/Certificates"] {
            for file in try SourceFile.all(under: folder) {
                #expect(!file.imports.contains("HomeChat"), "\(file.path)")
            }
        }
    }

    @Test func `front doors and types know nothing of HTTP`() throws {
        let wire = ["API.swift", "Pages.swift", "Cookies.swift", "Channel.swift"]
        for folder in ["Chat", "People", "Security/Access", "Realtime"] {
            for file in try SourceFile.all(under: "Sources/HomeChat/\(folder)")
            where !wire.contains(where: file.path.hasSuffix) {
                #expect(!file.imports.contains("Hummingbird"), "\(file.path)")
            }
        }
    }

    @Test func `SQL about channel content stands beside the types it returns`() throws {
        for file in try SourceFile.all(under: "Sources/HomeChat")
        where file.path.hasSuffix("API.swift") || file.path.hasSuffix("Pages.swift") {
            #expect(!file.text.contains("SELECT ") || file.path.hasSuffix("HealthAPI.swift"), "\(file.path)")
        }
    }

    @Test func `nothing changes or removes an audit entry but the pruning`() throws {
        let touches = /(?i)(UPDATE|DELETE\s+FROM|REPLACE\s+INTO|TRUNCATE|DROP\s+TABLE)\s+audit_logs|INTO audit_logs/
        var found: [String] = []
        for file in try SourceFile.all(under: "Sources") {
            let name = file.path.split(separator: "/").last ?? ""
            found += file.text.matches(of: touches).map { "\(name): \($0.output.0)" }
            // Whoever could write the chain could make a changed log look sound.
            if name != "AuditChain.swift" {
                #expect(!file.text.contains("INTO audit_chain") && !file.text.contains("UPDATE audit_chain"), "\(name)")
            }
        }
        #expect(
            found.sorted() == [
                "AuditEntry+SQL.swift: INTO audit_logs", "AuditTrail+Pruning.swift: DELETE FROM audit_logs",
                "AuditTrail+Pruning.swift: DELETE FROM audit_logs",
            ])
    }
}

struct SourceFile {
    let path: String
    let text: String

    var imports: Set<String> {
        let lines = text.split(separator: "\n").filter { $0.hasPrefix("import ") || $0.hasPrefix("public import ") }
        return Set(lines.compactMap { $0.split(separator: " ").last.map(String.init) })
    }

    static func all(under folder: String) throws -> [SourceFile] {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../..")
            .standardized
        let base = root.appendingPathComponent(folder)
        let names = try #require(FileManager.default.enumerator(atPath: base.path)?.allObjects as? [String])
        return try names.filter { $0.hasSuffix(".swift") }.map {
            let path = base.appendingPathComponent($0)
            return SourceFile(path: path.path, text: try String(contentsOf: path, encoding: .utf8))
        }
    }
}
