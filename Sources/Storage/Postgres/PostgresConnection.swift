import Foundation
internal import CPostgres

/// One session with the server. Used by one thread at a time; every call waits for the server.
final class PostgresConnection: Connection {
    /// More prepared statements than the product has queries, so that only a leak of texts ever reaches it.
    private static let statementLimit = 500

    private let handle: OpaquePointer
    private var prepared: [String: String] = [:]
    /// Set when the server no longer accepts what was prepared here, as after another node's migration.
    private var isStale = false

    init(url: String) throws {
        // What stands before the URL may be changed by it, what stands behind may not.
        let settings = [
            ("connect_timeout", "5"),
            ("keepalives_idle", "30"), ("keepalives_interval", "10"), ("keepalives_count", "3"),
            ("tcp_user_timeout", "30000"), ("fallback_application_name", "homechat"),
            ("dbname", url), ("client_encoding", "UTF8"),
        ]
        let handle = Self.connect(settings)
        guard let handle else { throw StorageError.unavailable("out of memory") }
        self.handle = handle
        guard PQstatus(handle) == CONNECTION_OK else {
            throw StorageError.unavailable("PostgreSQL: \(String(cString: PQerrorMessage(handle)).firstLine)")
        }
        PQsetNoticeProcessor(handle, { _, _ in }, nil)
        try control(
            """
            SET TimeZone = 'UTC';
            SET standard_conforming_strings = on;
            SET bytea_output = 'hex';
            SET extra_float_digits = 1;
            SET lock_timeout = '10s';
            SET statement_timeout = '30s';
            SET idle_in_transaction_session_timeout = '60s'
            """)
    }

    deinit {
        PQfinish(handle)
    }

    /// Says whether the URL can be understood. libpq's own message would repeat it with its password.
    static func check(url: String) throws {
        guard let options = PQconninfoParse(url, nil) else {
            throw StorageError.failed("the database URL is malformed")
        }
        PQconninfoFree(options)
    }

    var engine: Engine { .postgres }
    var isUsable: Bool { !isStale && PQstatus(handle) == CONNECTION_OK }
    var isInTransaction: Bool { PQtransactionStatus(handle) != PQTRANS_IDLE }
    /// Whether a statement failed and the server ignores all others until a rollback.
    var isGivenUp: Bool { PQtransactionStatus(handle) == PQTRANS_INERROR }
    var socket: Int32 { PQsocket(handle) }

    func run(_ sql: SQL) throws -> Rows {
        let rendered = try sql.rendered(for: .postgres)
        let values = PostgresParameters(rendered.values)
        let name = rendered.isOneOff ? nil : try prepare(rendered.text, values)
        let answer = values.withPointers { count, pointers, lengths, formats in
            if let name {
                PQexecPrepared(handle, name, count, pointers, lengths, formats, 0)
            } else {
                PQexecParams(handle, rendered.text, count, values.types, pointers, lengths, formats, 0)
            }
        }
        return try checked(answer).rows()
    }

    /// Sends statements that have no values, in one go, and returns what the last one answers, as in `COMMIT`.
    @discardableResult func control(_ text: String) throws -> String {
        try checked(PQexec(handle, text)).status
    }

    /// What has arrived for the channels that this session listens to; does not wait.
    func takeNotifications() throws -> [String] {
        guard PQconsumeInput(handle) == 1 else { throw StorageError.unavailable("the connection is lost") }
        var payloads: [String] = []
        while let notification = PQnotifies(handle) {
            payloads.append(String(cString: notification.pointee.extra))
            PQfreemem(notification)
        }
        return payloads
    }

    private func prepare(_ text: String, _ values: PostgresParameters) throws -> String {
        let key = values.signature + text
        if let name = prepared[key] { return name }
        if prepared.count >= Self.statementLimit {
            try control("DEALLOCATE ALL")
            prepared = [:]
        }
        let name = "s\(prepared.count)"
        _ = try checked(PQprepare(handle, name, text, Int32(values.types.count), values.types))
        prepared[key] = name
        return name
    }

    private func checked(_ answer: OpaquePointer?) throws -> PostgresAnswer {
        guard let answer else { throw StorageError.unavailable("the connection is lost") }
        let result = PostgresAnswer(answer)
        guard let error = result.error else { return result }
        guard PQstatus(handle) == CONNECTION_OK else {
            throw StorageError.unavailable("the connection is lost: \(error.message)")
        }
        isStale = isStale || error.meansStalePlan
        throw StorageError(error)
    }

    private static func connect(_ settings: [(String, String)]) -> OpaquePointer? {
        // libpq wants two lists of C strings that end in NULL.
        let names = settings.map { strdup($0.0) } + [nil]
        let values = settings.map { strdup($0.1) } + [nil]
        defer { (names + values).forEach { free($0) } }
        return PQconnectdbParams(names.map { UnsafePointer($0) }, values.map { UnsafePointer($0) }, 1)
    }
}

extension String {
    fileprivate var firstLine: Substring {
        prefix { !$0.isNewline }
    }
}
