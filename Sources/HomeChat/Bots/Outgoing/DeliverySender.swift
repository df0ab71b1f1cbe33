import AsyncHTTPClient
import Foundation

/// Tells one webhook one thing, once.
struct DeliverySender: Sendable {
    /// Of the settings: where Home Assistant is.
    let homeAssistant: Settings.HomeAssistant
    var lookUp: @Sendable (String) async throws -> [String] = NameLookUp.addresses(of:)
    var limit = Duration.seconds(10)

    /// - Parameter id: the same in each try, so that the other side can tell a repetition.
    func send(
        _ body: String, _ event: String, id: String, to target: DeliveryTarget
    ) async -> DeliveryAttempt {
        guard let (url, outbound) = route(to: target) else {
            let isUnset = target.url == nil && homeAssistant.url == nil
            return DeliveryAttempt(
                outcome: .refused, problem: isUnset ? "home_assistant.url is not set" : "its address is none any more")
        }
        let bytes = Array(body.utf8)
        var request = Outbound.Request(url: url)
        request.json = bytes
        // The time stands in the body, which is signed.
        request.headers = [("X-HomeChat-Event", event), ("X-HomeChat-Delivery", id)]
        if let signature = target.secret?.signature(of: bytes) {
            request.headers.append(("X-HomeChat-Signature", "sha256=" + signature.hexadecimal))
        }
        let start = ContinuousClock.now
        var attempt = await outcome(of: request, outbound, isHomeAssistant: target.url == nil)
        attempt.milliseconds = (ContinuousClock.now - start).milliseconds
        return attempt
    }

    private func outcome(
        of request: Outbound.Request, _ outbound: Outbound, isHomeAssistant: Bool
    ) async -> DeliveryAttempt {
        do {
            return Self.judge(try await outbound.exchange(request, Reply.init), isHomeAssistant: isHomeAssistant)
        } catch OutboundProblem.forbiddenAddress {
            return DeliveryAttempt(outcome: .refused, problem: "\(OutboundProblem.forbiddenAddress)")
        } catch {
            let problem = error as? OutboundProblem ?? .unreachable
            return DeliveryAttempt(outcome: .failed(after: nil), problem: "\(problem)")
        }
    }

    /// What the other side says beyond its status does not matter, only whether it says anything: the rest of an answer is
    /// not waited for, however long.
    struct Reply: Sendable {
        let status: Int
        var isEmpty = false
        /// The seconds of `Retry-After`.
        var retryAfter: Int64?

        init(status: Int, isEmpty: Bool = false, retryAfter: Int64? = nil) {
            (self.status, self.isEmpty, self.retryAfter) = (status, isEmpty, retryAfter)
        }

        @Sendable init(_ response: HTTPClientResponse) async throws {
            status = Int(response.status.code)
            retryAfter = response.headers.first(name: "Retry-After").flatMap { Int64($0) }
            isEmpty = try await response.body.first { $0.readableBytes > 0 } == nil
        }
    }

    /// What an answer means.
    static func judge(_ answer: Reply, isHomeAssistant: Bool) -> DeliveryAttempt {
        let status = answer.status
        func attempt(_ outcome: DeliveryAttempt.Outcome, _ problem: String?) -> DeliveryAttempt {
            DeliveryAttempt(outcome: outcome, status: status, problem: problem)
        }
        switch status {
        case 200...299 where isHomeAssistant && answer.isEmpty:
            return attempt(.failed(after: Self.unregisteredWait), "Home Assistant does not know this webhook (yet)")
        case 200...299: return attempt(.delivered, nil)
        case 300...399: return attempt(.refused, "it redirects, which is not followed")
        case 410: return attempt(.gone, "it answered 410, so the webhook is turned off")
        case 408, 429, 500...599:
            return attempt(.failed(after: answer.retryAfter.map { .seconds(max($0, 0)) }), "it answered \(status)")
        default: return attempt(.refused, "it answered \(status)")
        }
    }

    /// Home Assistant answers so while it starts, and for good where its integration was removed.
    private static let unregisteredWait = Duration.seconds(10)

    private func route(to target: DeliveryTarget) -> (OutboundURL, Outbound)? {
        var outbound = Outbound(limit: limit, silence: limit, lookUp: lookUp)
        guard let text = target.url else {
            guard let base = homeAssistant.url, let id = target.webhookID,
                let url = OutboundURL("\(base)/api/webhook/\(id)", allowsPlain: true)
            else { return nil }
            outbound.authorityFile = homeAssistant.authorityFile
            return (url, outbound)
        }
        guard let url = OutboundURL(text, allowsPlain: true) else { return nil }
        outbound.reach =
            url.text.hasPrefix("https:") ? .outside(besides: target.networks) : .inside(target.networks)
        return (url, outbound)
    }
}
