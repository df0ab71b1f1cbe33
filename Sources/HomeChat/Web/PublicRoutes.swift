/// Routes that mean the same to everybody, as middleware sees them.
enum PublicRoutes {
    /// A container's own health check asks in the clear.
    static let monitors: Set<String> = ["/up", "/api/v1/health", "/api/v1/metrics/health"]
    /// What public pages are made of.
    static let files: Set<String> = ["/assets/{digest}/**", "/favicon.ico", "/icon.png", "/icon.svg"]
    /// What people sent: many at once for a page with pictures, so they have a budget of their own.
    static let sentFiles: Set<String> = [
        "/files/{key}", "/files/{key}/thumbnail", "/messages/{id}/previews/{preview_id}/image",
    ]
    private static let notices: Set<String> = ["/robots.txt", "/.well-known/security.txt"]

    /// Where bots' senders come in, who prove themselves in their own way and have limits of their own.
    static let webhooks: Set<String> = ["/api/v1/webhooks/{webhook_id}", "/hooks/{secret}"]

    /// What monitors ask for and what browsers keep counts nowhere; webhooks count by themselves.
    static let uncounted = monitors.union(files).union(notices).union(webhooks)
}
