import Foundation
import Subprocess

/// A program of the system, asked for what it knows. Never with an argument that somebody else chose.
struct SystemTool: Sendable {
    static let maximumOutput = 1 << 20
    static let patience = Duration.seconds(5)
    private static let folders = ["/usr/sbin", "/sbin", "/usr/bin", "/bin"]

    let name: String
    let arguments: [String]

    enum Answer: Sendable, Equatable {
        case absent
        /// It is there and did not tell: not for this account, most often.
        case refused(String)
        case said(String)
    }

    init(_ name: String, _ arguments: String...) {
        self.name = name
        self.arguments = arguments
    }

    func ask() async -> Answer {
        let path = Self.folders.map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
        guard let path else { return .absent }
        do {
            return try await withThrowingTaskGroup(of: Answer.self) { group in
                group.addTask { try await run(path) }
                group.addTask {
                    try await Task.sleep(for: Self.patience)
                    return .refused("\(name) did not answer in \(Self.patience.components.seconds) seconds")
                }
                defer { group.cancelAll() }
                return try await group.next() ?? .refused("\(name) did not answer")
            }
        } catch {
            return .refused("\(name) could not be run")
        }
    }

    private func run(_ path: String) async throws -> Answer {
        let result = try await Subprocess.run(
            .path(.init(path)), arguments: .init(arguments),
            environment: .custom(["PATH": Self.folders.joined(separator: ":"), "LC_ALL": "C"]),
            output: .string(limit: Self.maximumOutput), error: .string(limit: Self.maximumOutput))
        let text = result.standardOutput
        guard result.terminationStatus.isSuccess else {
            let reason = result.standardError.split(whereSeparator: \.isNewline).first.map(String.init)
            return .refused(reason ?? "\(name) failed")
        }
        return .said(text)
    }
}
