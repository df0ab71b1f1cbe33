import ArgumentParser
import HomeChat

struct EmergencyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "emergency", abstract: "Contain an incident, at once and on every node.",
        discussion: """
            Example: homechat emergency lockdown --dry-run
            Each works while the server runs, within a second on every open connection, and while it does not. Admins are never
            locked, and the command line works in any case.
            """,
        subcommands: [
            Status.self, Lockdown.self, Lift.self, RevokeTokens.self, LockUsers.self, ExpireSessions.self,
            ResetPasswords.self, ReadOnly.self,
        ])
}

/// What every measure takes.
struct MeasureOptions: ParsableArguments {
    @OptionGroup var console: Console
    @Flag(help: "Say what would be done, and change nothing.") var dryRun = false

    func take(_ measure: EmergencyMeasure) async throws {
        try await console.run { server in
            let receipt = try await server.emergencies.take(measure, isDryRun: dryRun, as: .console)
            try console.output.one(receipt, text(receipt))
        }
    }

    private func text(_ receipt: EmergencyReceipt) -> String {
        let heading = receipt.isDryRun ? "\(receipt.action): nothing is changed, it would be" : receipt.action
        let width = (receipt.steps.map(\.step.count).max() ?? 0) + 2
        let steps = receipt.steps.map { "  \($0.step.padding(toLength: width, withPad: " ", startingAt: 0))\($0.text)" }
        return ([heading] + steps + receipt.notes).joined(separator: "\n")
    }
}

/// For how long accounts are locked.
struct LockOptions: ParsableArguments {
    @Option(name: .customLong("for"), help: "How long accounts stay locked: 30m, 24h, 7d.") var length: Span?

    var lock: Duration { length?.duration ?? EmergencyMeasure.usualLock }
}

extension EmergencyCommand {
    struct Status: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say what is in force.", discussion: "Example: homechat emergency status --json")

        @OptionGroup var console: Console

        func run() async throws {
            try await console.run { server in
                let state = try await server.emergencies.state(as: .console)
                try console.output.one(state, text(state))
            }
        }

        private func text(_ state: EmergencyState) -> String {
            func since(_ measure: EmergencyState.Measure?) -> String {
                measure.map { "since \($0.since.iso8601), by \($0.by)" } ?? "no"
            }
            return [
                "lockdown           \(since(state.lockdown))",
                "read-only          \(since(state.readOnly))",
                "accounts locked    \(state.lockedUsers)" + (state.lockedUntil.map { ", until \($0.iso8601)" } ?? ""),
                "sign-ups closed    \(state.closedSignUps ? "by the lockdown" : "no")",
                "passwords to renew \(state.passwordsToRenew)",
                "open sessions      \(state.sessions)",
                "live tokens        \(state.tokens)",
            ].joined(separator: "\n")
        }
    }

    struct Lockdown: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Revoke all tokens, lock everybody but admins, end all sessions and close sign-ups, in one go.",
            discussion: "Example: homechat emergency lockdown --for 24h")

        @OptionGroup var options: MeasureOptions
        @OptionGroup var lock: LockOptions

        func run() async throws { try await options.take(.lockdown(lock.lock)) }
    }

    struct Lift: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take the locks of an emergency off again, and open sign-ups that a lockdown closed.",
            discussion: "Example: homechat emergency lift")

        @OptionGroup var options: MeasureOptions

        func run() async throws { try await options.take(.lift) }
    }

    struct RevokeTokens: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Revoke every API token, for good.", discussion: "Example: homechat emergency revoke-tokens")

        @OptionGroup var options: MeasureOptions

        func run() async throws { try await options.take(.revokeTokens) }
    }

    struct LockUsers: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lock everybody but admins for a while.",
            discussion: "Example: homechat emergency lock-users --for 24h")

        @OptionGroup var options: MeasureOptions
        @OptionGroup var lock: LockOptions

        func run() async throws { try await options.take(.lockUsers(lock.lock)) }
    }

    struct ExpireSessions: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Sign everybody out, everywhere.", discussion: "Example: homechat emergency expire-sessions")

        @OptionGroup var options: MeasureOptions

        func run() async throws { try await options.take(.expireSessions) }
    }

    struct ResetPasswords: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Have everybody choose a new password at the next sign-in.",
            discussion: """
                Example: homechat emergency reset-passwords
                Whoever knows an old password can still be the one who chooses: where one leaked, give that account a new one
                with homechat user reset-password.
                """)

        @OptionGroup var options: MeasureOptions

        func run() async throws { try await options.take(.resetPasswords) }
    }

    struct ReadOnly: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let everybody read and nobody change anything, or end that.",
            discussion: "Example: homechat emergency read-only on")

        enum State: String, ExpressibleByArgument, CaseIterable { case on, off }

        @OptionGroup var options: MeasureOptions
        @Argument(help: "on or off.") var state: State

        func run() async throws { try await options.take(.readOnly(state == .on)) }
    }
}
