import Storage
import Testing

@testable import HomeChat

@Suite struct FindingPeopleTests {
    @Test func `capitals and accents make no difference, in either name`() async throws {
        try await withHouse { house in
            try await house.call(house.eve, "Ölaf Ärmel")
            try await house.call(house.cleo, "Łukasz Straße")
            for query in ["ölaf", "Ölaf", "OLAF", "ärmel", "Ärmel", "armel", "laf ä", "ÈVE", "eve"] {
                #expect(try await house.people(query, as: house.ben) == ["eve"], "\(query)")
                #expect(try await house.server.search.find(query, as: house.ben).users.map(\.username) == ["eve"])
            }
            for query in ["lukasz", "STRASSE", "ŁUKASZ", "straß", "clé"] {
                #expect(try await house.people(query, as: house.ben) == ["cleo"], "\(query)")
            }
            for query in ["nobody", "\u{301}\u{301}", "\u{200D}\u{200D}", "%", "_"] {
                #expect(try await house.people(query, as: house.ben).isEmpty, "\(query)")
            }
        }
    }

    @Test func `those whose names begin so come first, and then by user name`() async throws {
        try await withHouse { house in
            try await house.call(house.ana, "Mia Élan")
            try await house.call(house.cleo, "elan vital")
            try await house.call(house.eve, "Élan")
            #expect(try await house.people("élan", as: house.ben) == ["cleo", "eve", "ana"])
            #expect(try await house.people("élan", limit: 1, as: house.ben) == ["cleo"])
            #expect(try await house.people("", as: house.ben) == ["ana", "cleo", "eve"])
        }
    }

    @Test func `whom somebody may not know of is not found by any name`() async throws {
        try await withHouse { house in
            try await house.call(house.ana, "Ölaf")
            try await house.call(house.cleo, "Ölaf")
            try await house.server.roles.set(
                try RoleChoice(.limited, channels: [.id(house.family)], people: ["ana"]), of: house.ben.user,
                as: house.ana)
            #expect(try await house.people("ölaf", as: house.ben.with(role: .limited)) == ["ana"])
            try await house.server.users.delete(house.cleo.user, as: house.ana)
            #expect(try await house.people("olaf", as: house.eve) == ["ana"])
        }
    }
}

extension House {
    fileprivate func call(_ principal: Principal, _ name: String) async throws {
        try await server.users.updateProfile(try ProfileChange(displayName: name), as: principal)
    }

    fileprivate func people(_ query: String, limit: Int = 10, as principal: Principal) async throws -> [String] {
        try await server.users.search(query, limit: limit, as: principal).map(\.username)
    }
}
