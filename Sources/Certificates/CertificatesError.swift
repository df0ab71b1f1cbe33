/// Why a certificate could not be had. The description is for the one who runs the server, and holds no secret.
public enum CertificatesError: Error, Sendable, Hashable {
    /// A file cannot be read or written, or may not be used as it is.
    case file(String, reason: String)
    /// What was given is no certificate, key or name that can be used.
    case invalid(String)
    /// The certificate authority could not be reached, or did not finish its answer in time.
    case unreachable(String)
    /// The certificate authority sent what RFC 8555 does not allow.
    case answer(String)
    /// The certificate authority said no (RFC 7807). `retryAfter` in seconds, if it told how long to wait.
    case refused(ACMEProblem, retryAfter: Double?)
    /// The certificate authority looked for the proof that `domain` is ours, and did not find it.
    case challengeFailed(domain: String, ACMEProblem)
}

extension CertificatesError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .file(let path, let reason): "\(path): \(reason)"
        case .invalid(let reason): reason
        case .unreachable(let reason): "The certificate authority cannot be reached: \(reason)"
        case .answer(let reason): "The certificate authority gave an answer that cannot be used: \(reason)"
        case .refused(let problem, let wait):
            "The certificate authority refused: \(problem)" + (wait.map { "; try again in \(Int($0)) s" } ?? "")
        case .challengeFailed(let domain, let problem):
            "The certificate authority could not check that \(domain) is this server: \(problem)"
        }
    }
}
