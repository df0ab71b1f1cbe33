import Foundation
import Logging
import Storage
import Synchronization
import Testing

@testable import HomeChat

/// A household on a real database: two channels and a small cast. Made once, then copied for each test.
struct House: Sendable {
    let server: ChatServer
    let clock: TestClock
    let ana, ben, cleo, eve: Principal
    let home, family: Channel.ID

    static let password = "correct horse battery"

    /// Ana is the admin and, with Ben, in `#family`, which is private. Cleo and Eve are in `#home` only.
    static func furnish(_ server: ChatServer) async throws {
        let device = Device(kind: .browser, caller: Caller(ipAddress: "127.0.0.1", userAgent: "tests"))
        let ana = try await server.accounts.setUp(
            siteName: "The house", try NewAccount(username: "ana", displayName: "Ana", password: password),
            device: device)
        let admin = Principal(
            user: ana.user.id, username: "ana", role: .admin, credential: .session(ana.session.id), scopes: nil)
        for name in ["ben", "cleo", "eve"] {
            _ = try await server.accounts.signUp(
                try NewAccount(username: name, displayName: name.capitalized, password: password), device: device)
        }
        let family = try await server.channels.create(try ChannelDraft(name: "family", isPrivate: true), as: admin)
        try await server.channels.invite("ben", to: family.id, as: admin)
    }

    init(server: ChatServer, clock: TestClock) async throws {
        self.server = server
        self.clock = clock
        let (people, home, family) = try await server.database.read { tx in
            (
                try User.page(after: "", limit: 10, tx), try #require(try Channel.find(named: "home", tx)).id,
                try #require(try Channel.find(named: "family", tx)).id
            )
        }
        func principal(_ name: String) throws -> Principal {
            let user = try #require(people.first { $0.username == name })
            return Principal(
                user: user.id, username: name, role: user.role, credential: .session(.init(user.id.value)), scopes: nil)
        }
        ana = try principal("ana")
        ben = try principal("ben")
        cleo = try principal("cleo")
        eve = try principal("eve")
        self.home = home
        self.family = family
    }

    func post(
        _ text: String, in channel: Channel.ID, as principal: Principal, nonce: String? = nil
    ) async throws -> MessageView {
        try await server.messages.post(try MessageDraft(text: text, nonce: nonce), in: channel, as: principal)
    }

    /// Signs in with the password alone.
    func enter(
        _ name: String, _ password: String = House.password, from device: Device = House.browser()
    ) async throws -> Accounts.SignedIn {
        try await server.signIns.signIn(username: name, password: password, device: device).signedIn
    }

    /// A browser somewhere, that may have a cookie from an earlier sign-in.
    static func browser(at ip: String = "127.0.0.1", cookie: String? = nil) -> Device {
        var device = Device(kind: .browser, caller: Caller(ipAddress: ip, userAgent: "tests"))
        device.known = KnownDevices(cookie: cookie)
        return device
    }

    /// How many entries the audit log has of each kind, of those asked for.
    func audited(_ actions: AuditAction...) async throws -> [Int] {
        try await server.database.read { tx in
            try actions.map { action in
                try tx.fetchRequired("SELECT COUNT(*) FROM audit_logs WHERE action = \(action.rawValue)")
            }
        }
    }

    func summary(of channel: Channel.ID, for principal: Principal) async throws -> ChannelSummary {
        try await server.channels.find(channel, as: principal)
    }
}

/// A clock that stands still until a test moves it.
final class TestClock: Sendable {
    private let moment: Mutex<Timestamp>

    init(_ moment: Timestamp = Timestamp(milliseconds: 1_800_000_000_000)) {
        self.moment = Mutex(moment)
    }

    var now: Timestamp { moment.withLock(\.self) }

    func advance(by span: Duration) {
        moment.withLock { $0 = $0 + span }
    }
}

func withHouse(_ body: (House) async throws -> Void) async throws {
    let place = try await HousePlace.copyOfTemplate()
    let clock = TestClock()
    do {
        let server = try await ChatServer.assemble(settings: place.settings, now: { clock.now })
        do {
            try await body(try await House(server: server, clock: clock))
        } catch {
            try await server.close()
            throw error
        }
        try await server.close()
    } catch {
        try await place.remove()
        throw error
    }
    try await place.remove()
}

extension Principal {
    /// The same person through a token with these scopes only.
    func with(scopes: Scope...) -> Principal {
        Principal(user: user, username: username, role: role, credential: .token(.init(1)), scopes: Set(scopes))
    }
}

/// Expects a refusal of exactly this kind.
func expect(
    _ error: ChatError, at location: SourceLocation = #_sourceLocation, _ body: () async throws -> some Any
) async {
    await #expect(throws: error, sourceLocation: location) { try await body() }
}
