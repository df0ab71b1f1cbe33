import AsyncHTTPClient
import Foundation
import NIOCore

/// Home Assistant's own REST interface: states, and services.
struct HomeAssistantREST: Sendable {
    /// A house with many entities, all of them at once.
    static let maximumBytes = 4 << 20
    /// What a model is told at most.
    static let mostStates = 100
    /// Attributes that say what something is like; others may be secrets, like the token of a camera.
    static let attributes = [
        "brightness", "current_temperature", "temperature", "humidity", "current_position", "battery_level",
        "hvac_action", "media_title", "unit_of_measurement", "device_class",
    ]

    let url: String
    let token: String
    let outbound: Outbound

    init?(_ settings: Settings.HomeAssistant) {
        guard let url = settings.url, let token = settings.token else { return nil }
        self.url = url
        self.token = token
        outbound = Outbound(authorityFile: settings.authorityFile)
    }

    func state(of entity: String) async throws(OutboundProblem) -> JSONValue {
        let found = try await value(of: "/api/states/\(entity)")
        return found.map(Self.told) ?? .string("there is no such entity")
    }

    func states(_ tools: HomeTools) async throws(OutboundProblem) -> JSONValue {
        guard case .array(let all)? = try await value(of: "/api/states") else { throw .unreachable }
        let readable = all.filter {
            guard case .object(let values) = $0, case .string(let entity)? = values["entity_id"] else { return false }
            return tools.mayRead(entity)
        }
        return .array(readable.prefix(Self.mostStates).map(Self.told))
    }

    enum Outcome: Sendable, Equatable {
        case done
        case failed(String)
        /// It was asked, and nobody knows what came of it.
        case unknown
    }

    func call(_ call: ServiceCall) async -> Outcome {
        let parts = call.service.split(separator: ".")
        guard let address = OutboundURL("\(url)/api/services/\(parts[0])/\(parts[1])", allowsPlain: true),
            let body = try? JSONBody.data(call.json)
        else { return .failed("its address is not set up") }
        var request = Outbound.Request(url: address, headers: [authorization])
        request.json = Array(body)
        do {
            let status = try await outbound.exchange(request) { Int($0.status.code) }
            switch status {
            case 200..<300: return .done
            case 401, 403: return .failed("Home Assistant does not take the token")
            case 400, 404: return .failed("Home Assistant does not know this service, or not these values")
            default: return .failed("Home Assistant has a problem")
            }
        } catch OutboundProblem.tooSlow {
            return .unknown
        } catch {
            return .failed("Home Assistant cannot be reached")
        }
    }

    /// nil where there is nothing of that name.
    private func value(of path: String) async throws(OutboundProblem) -> JSONValue? {
        guard let address = OutboundURL(url + path, allowsPlain: true) else { throw .unreachable }
        do {
            let request = Outbound.Request(url: address, headers: [authorization])
            return try await outbound.exchange(request) { response in
                guard response.status != .notFound else { return nil }
                guard response.status == .ok else { throw OutboundProblem.unreachable }
                let body = try await response.body.collect(upTo: Self.maximumBytes)
                return try JSONDecoder().decode(JSONValue.self, from: Data(buffer: body))
            }
        } catch let problem as OutboundProblem {
            throw problem
        } catch {
            throw .unreachable
        }
    }

    private var authorization: (name: String, value: String) { ("Authorization", "Bearer \(token)") }

    private static func told(_ value: JSONValue) -> JSONValue {
        guard case .object(let values) = value else { return .null }
        var told = values.filter { ["entity_id", "state", "last_changed"].contains($0.key) }
        if case .object(let more)? = values["attributes"] {
            told["name"] = more["friendly_name"]
            for name in attributes { told[name] = more[name] }
        }
        return .object(told)
    }
}

extension HomeAssistantREST: Undescribed {}
