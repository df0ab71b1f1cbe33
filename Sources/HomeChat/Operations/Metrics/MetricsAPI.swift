import Cable
import Hummingbird

/// `GET /api/v1/metrics`, for admins: JSON, or Prometheus' text format where `Accept` asks for text.
struct MetricsAPI: Sendable {
    let metrics: Metrics
    let disk: DiskUse
    let counters: Counters
    let listeners: Listeners
    let caps: ConnectionCaps
    let now: @Sendable () -> Timestamp

    struct Answer: Encodable {
        struct Application: Encodable {
            let name = "HomeChat"
            let environment = "production"
            let version = Version.current
        }

        struct Users: Encodable {
            let total, admins, online: Int64
        }

        struct Channels: Encodable {
            let total, activeToday: Int64

            enum CodingKeys: String, CodingKey {
                case total
                case activeToday = "active_today"
            }
        }

        struct Messages: Encodable {
            let total, today: Int64
        }

        /// In bytes.
        struct Disk: Encodable {
            let database, files, previews: Int64
            let free: Int64?

            enum CodingKeys: String, CodingKey { case database, files, previews, free }

            func encode(to encoder: any Encoder) throws {
                var container = encoder.container(keyedBy: CodingKeys.self)
                try container.encode(database, forKey: .database)
                try container.encode(files, forKey: .files)
                try container.encode(previews, forKey: .previews)
                try free.encode(as: .free, in: &container)
            }
        }

        let timestamp: Timestamp
        let application = Application()
        let users: Users
        let channels: Channels
        let messages: Messages
        let disk: Disk
    }

    @Sendable func show(_ request: Request, _ context: AppContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        let figures = try await metrics.figures(as: principal)
        let disk = try await disk.figures(as: principal)
        let accept = request.headers[.accept] ?? ""
        guard accept.contains("text/plain") || accept.contains("openmetrics") else {
            return try JSONBody.response(
                Answer(
                    timestamp: now(),
                    users: .init(total: figures.users, admins: figures.admins, online: figures.online),
                    channels: .init(total: figures.channels, activeToday: figures.activeChannels),
                    messages: .init(total: figures.messages, today: figures.messagesToday),
                    disk: .init(
                        database: disk.database, files: disk.files, previews: disk.previews, free: disk.free)))
        }
        return Response(
            status: .ok,
            headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8", .cacheControl: "no-store"],
            body: .init(byteBuffer: .init(string: Self.text(figures) + Self.text(disk) + transport + counters.text)))
    }

    /// What the sockets and their certificate are like.
    private var transport: String {
        let certificate = listeners.certificate.map { $0.notAfter.timeIntervalSince1970 }
        let gauges =
            [("connections", "Sockets that are open.", Double(caps.count))]
            + (certificate.map { [("certificate_expiry_seconds", "When the certificate ends, since 1970.", $0)] } ?? [])
        return gauges.map { name, help, value in Self.gauge(name, help, Int64(value)) }.joined()
    }

    private static func gauge(_ name: String, _ help: String, _ value: Int64) -> String {
        "# HELP homechat_\(name) \(help)\n# TYPE homechat_\(name) gauge\nhomechat_\(name) \(value)\n"
    }

    private static func text(_ disk: DiskUse.Figures) -> String {
        let gauges: [(String, String, Int64?)] = [
            ("files", "Files of messages, and those that wait for theirs.", disk.count),
            ("files_bytes", "What their bytes take, each once.", disk.files),
            ("file_previews_bytes", "What small pictures of them take.", disk.previews),
            ("database_bytes", "What the database takes.", disk.database),
            ("disk_free_bytes", "What the disk of the files has left.", disk.free),
        ]
        return gauges.compactMap { name, help, value in value.map { gauge(name, help, $0) } }.joined()
            + "# HELP homechat_files_total Files that were ever uploaded.\n# TYPE homechat_files_total counter\n"
            + "homechat_files_total \(disk.everUploaded)\n"
    }

    private static func text(_ figures: Metrics.Figures) -> String {
        let gauges: [(String, String, Int64)] = [
            ("users", "Accounts.", figures.users), ("admins", "Accounts of admins.", figures.admins),
            ("users_online", "People who are there now.", figures.online),
            ("channels", "Channels and conversations.", figures.channels),
            ("channels_active", "Channels with something new in 24 hours.", figures.activeChannels),
            ("messages", "Messages that are kept.", figures.messages),
            ("messages_recent", "Messages of the last 24 hours.", figures.messagesToday),
            ("webhook_deliveries_waiting", "Deliveries that wait for a webhook.", figures.waitingDeliveries),
            ("webhook_deliveries_dead", "Deliveries that were given up and are kept.", figures.deadDeliveries),
        ]
        return gauges.map { name, help, value in gauge(name, help, value) }.joined()
    }
}
