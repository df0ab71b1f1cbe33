/// What `Database.read` and `Database.write` lend to their closure. It cannot be kept: the compiler sees to it.
public struct Transaction: ~Copyable {
    private let connection: any Connection
    let outbox: Outbox

    init(_ connection: any Connection, outbox: Outbox = Outbox()) {
        self.connection = connection
        self.outbox = outbox
    }

    public var engine: Engine { connection.engine }

    public func fetchAll<Result: RowDecodable>(_ sql: SQL, as type: Result.Type = Result.self) throws -> [Result] {
        let rows = try connection.run(sql)
        return try rows.values.map { try Result(row: Row(columns: rows.columns, values: $0)) }
    }

    /// The first row, or nil when there is none. Say `LIMIT 1` when there may be many.
    public func fetchOne<Result: RowDecodable>(_ sql: SQL, as type: Result.Type = Result.self) throws -> Result? {
        let rows = try connection.run(sql)
        return try rows.values.first.map { try Result(row: Row(columns: rows.columns, values: $0)) }
    }

    /// The first row; `StorageError.noRow` when there is none.
    public func fetchRequired<Result: RowDecodable>(_ sql: SQL, as type: Result.Type = Result.self) throws -> Result {
        guard let result = try fetchOne(sql, as: type) else { throw StorageError.noRow }
        return result
    }

    /// Returns how many rows were inserted, updated or deleted.
    @discardableResult public func execute(_ sql: SQL) throws -> Int {
        try connection.run(sql).changed
    }

    /// Says what changed to whoever listens, once it is durable; if the write fails, nobody hears of it.
    ///
    /// A notice is one line of at most `Notice.maximumBytes`: it names rows, it does not carry them.
    public func announce(_ notice: String) {
        outbox.notices.append(notice)
    }
}

/// The notices of one write, until it is known whether there is something to tell.
final class Outbox {
    var notices: [String] = []
}

/// What an engine has to be able to do. Used by one thread at a time.
protocol Connection: AnyObject {
    var engine: Engine { get }
    func run(_ sql: SQL) throws -> Rows
}

/// A connection that `GroupCommit` can run a batch on.
protocol WritingConnection: Connection {
    func begin() throws
    func savepoint() throws
    func releaseSavepoint() throws
    func rollbackToSavepoint() throws
    /// `notices` are those of the whole batch, for an engine that sends them with the transaction.
    func commit(_ notices: [String]) throws
    /// Leaves no transaction open, whatever state the connection is in.
    func rollback()
}
