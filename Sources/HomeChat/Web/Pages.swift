import Hummingbird
import NIOCore

/// A page: the struct holds what is particular to it, by the names of its template.
protocol PageContent: View {
    static var template: String { get }
    /// What the window's title says first.
    var title: String { get }
}

/// Turns what a page shows into an answer, with what all pages share around it.
struct Pages: Sendable {
    let links: Links
    let assets: Assets
    let templates: Templates
    let reference: APIDocument
    let site: Site
    let users: Users
    let channels: Channels
    let readOnly: ReadOnlyMode
    let uploads: Settings.Files
    let now: @Sendable () -> Timestamp
    /// By the door that these are for.
    var servesAdministration = true

    /// - Parameter current: the channel to mark in the list.
    func show(
        _ content: some PageContent, _ request: Request, _ context: AppContext, current: Channel.ID? = nil,
        status: HTTPResponse.Status = .ok
    ) async throws -> Response {
        let frame = try await frame(context, current: current)
        return page(content, frame, request, status)
    }

    /// For whoever is not signed in, and for errors: without the channel list.
    func showCard(
        _ content: some PageContent, _ request: Request, _ context: AppContext, status: HTTPResponse.Status = .ok
    ) async throws -> Response {
        var frame = Frame(links: links, assets: assets, siteName: try await site.settings().siteName, context: context)
        frame.isReadOnly = try await readOnly.isOn()
        return page(content, frame, request, status)
    }

    /// To another page of ours, after something was done.
    func go(to address: String) -> Response {
        Response(status: .seeOther, headers: [.location: address, .cacheControl: "no-store"])
    }

    /// The fields of a form or of our own script's JSON. A cookie alone is not enough: the page's token must come with it.
    func fields(of request: Request, _ context: AppContext) async throws -> RequestFields {
        let fields = try await RequestFields(of: request, context)
        try requireOwnForm(fields, request, context)
        return fields
    }

    func requireOwnForm(_ fields: RequestFields, _ request: Request, _ context: AppContext) throws {
        guard let secret = context.sessionSecret else { return }
        let sent = try request.headers[.xCSRFToken] ?? fields.string("csrf_token")
        guard CSRFToken(of: secret).matches(sent) else {
            throw ChatError.forbidden("this form is too old, load the page again")
        }
    }

    private func frame(_ context: AppContext, current: Channel.ID?) async throws -> Frame {
        let principal = try context.requirePrincipal()
        async let settings = site.settings()
        async let me = users.me(principal)
        async let joined = channels.joined(as: principal)
        var frame = Frame(links: links, assets: assets, siteName: try await settings.siteName, context: context)
        frame.isReadOnly = try await readOnly.isOn()
        let person = try await me
        frame.me = ReaderView(person, administers: servesAdministration, at: now())
        frame.theme = person.theme == .system ? nil : person.theme.rawValue
        frame.sidebar = SidebarView(try await joined, current: current, at: now())
        frame.uploads = UploadRules(uploads)
        return frame
    }

    private func page(
        _ content: some PageContent, _ frame: Frame, _ request: Request, _ status: HTTPResponse.Status
    ) -> Response {
        let values = frame.values.merging(content.values) { _, particular in particular }
        let text = templates.render(type(of: content).template, values)
        var headers: HTTPFields = [
            .contentType: "text/html; charset=utf-8", .cacheControl: "no-store", .vary: "Accept, Accept-Encoding",
        ]
        let plain = Array(text.utf8)
        if request.takesGzip, let small = Gzip.compress(plain, level: 4, nameLength: .random(in: 1...100)) {
            headers[.contentEncoding] = "gzip"
            return Response(status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: small)))
        }
        return Response(status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: plain)))
    }
}

/// What all pages share.
struct Frame: View {
    let base: String
    let sentBase: String
    let assets: String
    let siteName: String
    let csrfToken: String
    let version = Version.current
    var theme: String?
    /// Nothing can be changed for now.
    var isReadOnly = false
    var me: ReaderView?
    var sidebar: SidebarView?
    var uploads: UploadRules?

    init(links: Links, assets: Assets, siteName: String, context: AppContext) {
        base = links.base
        sentBase = links.configured
        self.assets = links.to("/assets/\(assets.digest)")
        self.siteName = siteName
        csrfToken = context.sessionSecret.map { CSRFToken(of: $0).text } ?? ""
    }
}

/// Whoever reads the page.
struct ReaderView: View {
    let id: Int64
    let username: String
    let displayName: String
    let initials: String
    let color: Int
    let isAdmin: Bool
    /// An admin, where the administration is to be had.
    let administers: Bool
    let entersSend: Bool
    let status: String
    /// ISO 8601; nil: may be disturbed.
    let quietUntil: String?

    init(_ user: User, administers: Bool, at now: Timestamp) {
        id = user.id.value
        username = user.username
        displayName = user.displayName
        initials = user.initials
        color = user.colorIndex
        isAdmin = user.role == .admin
        self.administers = administers && isAdmin
        entersSend = user.enterSends
        status = user.statusWords(at: now) ?? ""
        quietUntil = user.isQuiet(at: now) ? user.quietUntil?.iso8601 : nil
    }
}

/// What may be uploaded, for the page to say before it is sent. The server looks again.
struct UploadRules: View {
    let largest: Int
    let most: Int
    /// For the browser's own dialog; nil: anything.
    let accepted: String?

    init(_ rules: Settings.Files) {
        largest = rules.maximumBytes
        most = rules.perMessage
        accepted = rules.types.contains("*/*") ? nil : rules.types.joined(separator: ",")
    }
}
