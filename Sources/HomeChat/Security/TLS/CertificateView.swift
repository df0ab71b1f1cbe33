import Certificates

/// This server's own certificate, for the page about the network.
struct CertificateView: View {
    let names: String
    let expires: String
    let expiresText: String
    let days: Int64
    let origin: String
    /// Why there is no newer one.
    let renewalProblem: String?
    /// Of the household's own authority: what people compare.
    let authorityFingerprint: String?

    /// - Returns: nil where a proxy has the certificate, or nobody.
    init?(_ settings: Settings, _ listeners: Listeners, at now: Timestamp, _ time: LocalTime) {
        guard let certificate = listeners.certificate else { return nil }
        let end = Timestamp(milliseconds: Int64(certificate.notAfter.timeIntervalSince1970) * 1000)
        names = certificate.names.joined(separator: ", ")
        expires = end.iso8601
        expiresText = time.exact(end)
        days = (end.milliseconds - now.milliseconds) / 86_400_000
        origin = settings.tls.mode.origin
        renewalProblem = NativeTLSCheck(settings: settings, server: nil, now: now).renewalProblem
        authorityFingerprint = listeners.authority?.fingerprint
    }
}
