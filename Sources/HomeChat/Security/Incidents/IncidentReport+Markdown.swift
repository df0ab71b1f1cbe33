extension IncidentReport {
    /// As a document to keep, with room for what only people know.
    package var markdown: String {
        [heading, inForce, failedSignIns, table(accounts), table(tokens), table(addresses), counts, story, toFill]
            .joined(separator: "\n\n") + "\n"
    }

    private var heading: String {
        """
        # Incident report: \(cell(site))

        From \(since.iso8601) to \(until.iso8601), from the audit log of HomeChat \(version). Times are UTC. Nothing of what \
        anybody wrote is in it.
        """
    }

    private var inForce: String {
        let lines = [
            state.lockdown.map { "Lockdown since \($0.since.iso8601), by \(cell($0.by))." },
            state.readOnly.map { "Read-only since \($0.since.iso8601), by \(cell($0.by))." },
            state.lockedUsers > 0
                ? "Accounts locked by it: \(state.lockedUsers), until \(state.lockedUntil?.iso8601 ?? "unknown")."
                : nil,
            state.closedSignUps ? "Sign-ups are closed by it." : nil,
            state.passwordsToRenew > 0 ? "Asked for a new password: \(state.passwordsToRenew)." : nil,
        ].compactMap(\.self)
        return section("In force", lines.isEmpty ? "Nothing." : lines.map { "- \($0)" }.joined(separator: "\n"))
    }

    private var failedSignIns: String {
        let places = failures.addresses
        let text = "\(failures.count), from \(places) \(places == 1 ? "address" : "addresses")."
        return section("Failed sign-ins", text)
    }

    private func table(_ accounts: [AffectedAccount]) -> String {
        section(
            "Affected accounts",
            table(
                ["Account", "Role", "Entries", "Sign-ins", "Failed", "First", "Last", "Now"],
                accounts.map { account in
                    let locked = account.lockedUntil.flatMap { end in
                        end <= until ? nil : end >= Users.forGood ? "locked" : "locked until \(end.iso8601)"
                    }
                    let now = [locked, account.mustChangePassword ? "has to choose a new password" : nil]
                    return [
                        account.username, account.role, "\(account.entries)", "\(account.signIns)",
                        "\(account.failures)", account.firstSeen.iso8601, account.lastSeen.iso8601,
                        now.compactMap(\.self).joined(separator: ", "),
                    ]
                }))
    }

    private func table(_ tokens: [AffectedToken]) -> String {
        section(
            "Affected tokens",
            table(
                ["Token", "Owner", "Scopes", "Made", "Last used", "From", "Revoked"],
                tokens.map { token in
                    [
                        "\(token.name) (\(token.id))", token.owner, token.scopes, token.createdAt.iso8601,
                        token.lastUsedAt?.iso8601 ?? "never", token.lastAddress ?? "",
                        token.revokedAt?.iso8601 ?? "no",
                    ]
                }))
    }

    private func table(_ addresses: [SeenAddress]) -> String {
        section(
            "Addresses",
            table(
                ["Address", "Entries", "Sign-ins", "Failed", "First", "Last"],
                addresses.map { seen in
                    [
                        seen.address, "\(seen.entries)", "\(seen.signIns)", "\(seen.failures)",
                        seen.firstSeen.iso8601, seen.lastSeen.iso8601,
                    ]
                }))
    }

    private var counts: String {
        section("What was written down", table(["Action", "Times"], actions.map { [$0.action, "\($0.count)"] }))
    }

    private var story: String {
        let shown = "The newest \(timeline.count) of \(entries) entries; requests of tokens are only counted."
        let lines = timeline.map { moment in
            [
                "\(moment.id)", moment.at.iso8601, moment.action, moment.actor, moment.address, moment.target,
                moment.details == "{}" ? "" : moment.details,
            ]
        }
        return section(
            "Timeline",
            shown + "\n\n" + table(["Entry", "Time", "Action", "Who", "From", "About", "Details"], lines))
    }

    private var toFill: String {
        """
        ## To be written by hand

        - How it was noticed:
        - What was lost or seen by whom:
        - What was done, and when it was over:
        - What changes so that it does not happen again:
        """
    }

    private func section(_ title: String, _ text: String) -> String { "## \(title)\n\n\(text)" }

    private func table(_ headings: [String], _ rows: [[String]]) -> String {
        guard !rows.isEmpty else { return "None." }
        let lines = [headings, headings.map { _ in "---" }] + rows.map { $0.map(cell) }
        let text = lines.map { "| \($0.joined(separator: " | ")) |" }.joined(separator: "\n")
        return rows.count == Self.longestTable ? "The first \(rows.count).\n\n" + text : text
    }

    /// Names, addresses and details are other people's words: nothing in them may end a cell, begin a link or be a tag.
    private func cell(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\", "|", "`", "*", "_", "[", "]", "<", ">", "#", "!", "~": result += "\\\(scalar)"
            case "&": result += "&amp;"
            case "@": result += "&#64;"  // nobody is mentioned where the report is pasted
            default:
                switch scalar.properties.generalCategory {
                case .control, .format, .lineSeparator, .paragraphSeparator: result += " "
                default: result.unicodeScalars.append(scalar)
                }
            }
        }
        return result
    }
}
