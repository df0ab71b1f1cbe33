import Testing

@testable import HomeChat

/// What an admin may do only shortly after the password; scripts with a token and the console may at any time.
@Suite struct StaleProofTests {
    @Test func `a session whose proof is old changes no limit, no setting, no ban, nobody's account or token`()
        async throws
    {
        try await withHouse { house in
            let server = house.server
            try await server.site.update(name: nil, signUps: .approval, as: house.ana)
            let device = House.browser()
            for name in ["fay", "gus"] {
                _ = try await server.accounts.signUp(
                    try NewAccount(username: name, displayName: name, password: House.password), device: device)
            }
            let fay = try await server.users.find(named: "fay", as: house.ana).id
            let gus = try await server.users.find(named: "gus", as: house.ana).id
            let ban = try await server.bans.add(network: "203.0.113.7", reason: "", until: nil, as: house.ana)
            let draft = try NewToken(name: "door", scopes: ["messages:read"])
            let bens = try await server.tokens.create(draft, for: house.ben.user, as: house.ana).token.id
            let own = try await server.tokens.create(draft, for: house.ana.user, as: house.ana).token.id
            let wish = RateRules.Wish(scope: .api, limit: "off", period: "5m", safelist: "")

            house.clock.advance(by: .minutes(11))
            await expect(.proofNeeded) { try await server.rateRules.change([wish], as: house.ana) }
            await expect(.proofNeeded) { try await server.site.update(name: nil, signUps: .open, as: house.ana) }
            await expect(.proofNeeded) {
                try await server.bans.add(network: "192.0.2.1", reason: "", until: nil, as: house.ana)
            }
            await expect(.proofNeeded) { try await server.bans.remove(ban.id, as: house.ana) }
            await expect(.proofNeeded) { try await server.invitations.approve(fay, as: house.ana) }
            await expect(.proofNeeded) { try await server.invitations.reject(gus, as: house.ana) }
            await expect(.proofNeeded) { try await server.tokens.revoke(bens, as: house.ana) }
            #expect(try await server.bans.all(as: house.ana).count == 1)
            #expect(try await server.tokens.list(of: nil, as: house.ana).count == 2)
            // Whoever fears for a token of their own is not kept from ending it.
            try await server.tokens.revoke(own, as: house.ana)

            let script = house.ana.with(scopes: .admin)
            try await server.rateRules.change([wish], as: script)
            try await server.site.update(name: nil, signUps: .open, as: script)
            try await server.bans.remove(ban.id, as: script)
            try await server.invitations.approve(fay, as: .console)
            try await server.invitations.reject(gus, as: .console)
            try await server.tokens.revoke(bens, as: .console)
        }
    }

    @Test(arguments: [
        ("/admin/limits", "/admin/limits"), ("/admin/bans", "/admin/network"),
        ("/admin/bans/3/removal", "/admin/network"),
        ("/admin/settings", "/admin/settings"), ("/admin/users/3/approval", "/admin/users"),
        ("/settings/tokens/3/revocation", "/settings/tokens"),
    ])
    func `the question for the password leads back to the page that was left`(path: String, page: String) {
        let address = Links(base: "").confirm(before: path, isSafe: false)
        #expect(address == "/settings/confirm?return_to=\(page)%3Fdone%3Dconfirmed")
    }
}
