import Foundation
import Hummingbird

/// `/api/v1/users` and `/api/v1/me`.
struct UsersAPI: Sendable {
    let users: Users
    let now: @Sendable () -> Timestamp

    /// A person alone: Member with role and age, at top level and under `user`.
    struct UserAnswer: Encodable {
        let user: MemberJSON

        enum CodingKeys: String, CodingKey {
            case user
        }

        func encode(to encoder: any Encoder) throws {
            try user.encode(to: encoder)
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(user, forKey: .user)
        }
    }

    @Sendable func me(_ request: Request, _ context: AppContext) async throws -> Response {
        try JSONBody.response(MemberJSON(try await users.me(try context.requirePrincipal()), at: now()))
    }

    @Sendable func show(_ request: Request, _ context: AppContext) async throws -> Response {
        let user = try await users.find(try context.id(of: "user"), as: try context.requirePrincipal())
        return try JSONBody.response(UserAnswer(user: MemberJSON(user, at: now())))
    }

    @Sendable func search(_ request: Request, _ context: AppContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        let text = try RequestFields(queryOf: request).string("q")?.trimmingCharacters(in: .whitespaces) ?? ""
        try SearchQuery.requireLongEnough(text)
        let found = try await users.search(text, as: principal)
        return try JSONBody.response(["users": found.map { MemberJSON($0, at: now()) }])
    }
}
