import ArgumentParser
import Foundation
import HomeChat

extension CredentialsCommand {
    struct RotateKey: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Seal everything with another master key. Running servers go on.",
            discussion: """
                Example: homechat credentials rotate-key
                Killed half-way, it ends or begins again with the next command. The old key is kept in the data directory as
                master.key.old-ID: it opens older backups. It also brings an older database, put back, to the present key.

                What is kept under the key is sealed anew, not replaced. Whoever had the old key and the data still knows
                each value: change passwords and tokens of other services, and have people set up their second step again.
                The keys of the audit log and of known devices stay too: with them somebody could write entries that
                verify, so after a leak trust entries up to a head that you noted before (homechat audit verify).

                Where the key comes from the environment or from a file that the system hands over:
                  openssl rand -hex 32 >new.key && chmod 600 new.key
                  homechat credentials rotate-key --new-key-file new.key
                and then hand that one over before the next start. Keep the old one with the backups that it belongs to.
                """)

        @OptionGroup var console: Console
        @Option(help: ArgumentHelp("A new key that you made, instead of a random one.", valueName: "file"))
        var newKeyFile: String?

        func run() async throws {
            let receipt = try await KeyRotation.run(
                try console.settings(), newKeyFile: newKeyFile, as: .console)
            try console.output.one(Rotated(receipt), text(receipt))
        }

        private func text(_ receipt: KeyRotation.Receipt) -> String {
            let values = receipt.values.map { "\($0) values are" } ?? "Everything is"
            let old =
                receipt.oldKeyPath.map { "The old key is kept in \($0)." } ?? "Keep the old key for older backups."
            let next =
                receipt.place.map { "\nBefore the next start: the new key has to come from \($0), on every node." }
                ?? ""
            return """
                \(values) sealed with the master key \(receipt.to), no longer with \(receipt.from). \(old)\(next)
                Make a copy of the new one: homechat credentials backup-key
                """
        }

        private struct Rotated: Encodable {
            let from: String
            let to: String
            let values: Int?
            let oldKeyFile: String?
            let putNewKeyInto: String?

            init(_ receipt: KeyRotation.Receipt) {
                from = receipt.from
                to = receipt.to
                values = receipt.values
                oldKeyFile = receipt.oldKeyPath
                putNewKeyInto = receipt.place
            }
        }
    }

    struct BackupKey: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show the master key once, to keep a copy of it elsewhere, and note that there is one.",
            discussion: """
                Example: homechat credentials backup-key
                A password manager or paper in a safe will do; not the place where the backups are.
                """)

        @OptionGroup var console: Console
        @Flag(help: "Do not ask for the copy's last digits.") var yes = false

        func run() async throws {
            try await console.run { server in
                let copy = try server.keyBackup.show(as: .console)
                if !console.json || !yes { try show(copy) }
                if !yes { try ask(copy) }
                let moment = try await server.keyBackup.acknowledge(copy, as: .console)
                try console.output.one(
                    BackedUp(keyId: copy.id, acknowledgedAt: moment.iso8601, masterKey: yes ? copy.text : nil),
                    "Noted: there is a copy of the master key \(copy.id), \(moment.iso8601.prefix(10))")
            }
        }

        private func show(_ copy: KeyBackup.Copy) throws {
            let text = "The master key \(copy.id). Whoever has it and the data can read every secret in them.\n\n"
            let output = console.json ? FileHandle.standardError : FileHandle.standardOutput
            try output.write(contentsOf: Data("\(text)\(copy.text)\n\n\(copy.picture)\n\n".utf8))
        }

        private func ask(_ copy: KeyBackup.Copy) throws {
            let count = KeyBackup.askedDigits
            try FileHandle.standardError.write(contentsOf: Data("From your copy, the last \(count) digits: ".utf8))
            let typed = readLine()?.filter { !$0.isWhitespace }.lowercased() ?? ""
            guard typed == copy.text.suffix(count) else {
                throw ChatError.invalid("what was typed", "is not how the key ends; nothing was noted")
            }
        }

        private struct BackedUp: Encodable {
            let keyId: String
            let acknowledgedAt: String
            let masterKey: String?
        }
    }
}
