/// Lines to copy for whoever sets up the other end, with this bot's own address.
struct BotExamples: Sendable {
    let bot: Bot
    /// Of this server, as whoever reads this reached it.
    let origin: String
    /// nil: not known any more; the lines then name a variable.
    let secret: String?
    /// Of an API bot, likewise.
    let token: String?

    var all: [ProxySnippet] {
        switch bot.kind {
        case .webhook: webhook + (bot.credential == .url ? [] : [homeAssistant]) + [automation]
        case .api: [post, read]
        case .ai: []
        }
    }

    private var webhookSecret: String { secret ?? "$WEBHOOK_SECRET" }
    private var bearer: String { token ?? "$TOKEN" }
    private var url: String { "\(origin)/api/v1/webhooks/\(bot.webhookID ?? "")" }

    private var webhook: [ProxySnippet] {
        switch bot.credential {
        case .signature: [signed]
        case .bearer: [signed, withBearer]
        case .url: [withSecretURL]
        }
    }

    private var signed: ProxySnippet {
        ProxySnippet(
            name: "curl, signed",
            text: """
                BODY='{"message": "Hello from a script"}'
                SIGNATURE=$(printf %s "$BODY" | openssl dgst -sha256 -hmac "\(webhookSecret)" | sed 's/^.* //')
                curl \(url) \\
                  -H 'Content-Type: application/json' -H "X-HomeChat-Signature: sha256=$SIGNATURE" -d "$BODY"
                """)
    }

    private var withBearer: ProxySnippet {
        ProxySnippet(
            name: "curl, with the secret",
            text: """
                curl \(url) \\
                  -H 'Content-Type: application/json' -H "Authorization: Bearer \(webhookSecret)" \\
                  -d '{"message": "Hello from a script"}'
                """)
    }

    private var withSecretURL: ProxySnippet {
        ProxySnippet(
            name: "curl, to the secret address",
            text: """
                curl \(origin)/hooks/\(webhookSecret) -H 'Content-Type: application/json' \\
                  -d '{"text": "Hello from a script"}'
                """)
    }

    /// Home Assistant cannot sign in a template, so the secret goes along.
    private var homeAssistant: ProxySnippet {
        ProxySnippet(
            name: "Home Assistant: say something (configuration.yaml)",
            text: """
                # The bot has to take the secret as a bearer: choose so under “How senders prove who they are”.
                rest_command:
                  homechat_\(bot.username.map { $0.isLetter || $0.isNumber ? String($0) : "_" }.joined()):
                    url: "\(url)"
                    method: post
                    content_type: application/json
                    headers:
                      Authorization: !secret homechat_bearer
                    payload: >-
                      {{ {"message": message, "key": key | default(none)} | tojson }}

                # secrets.yaml
                homechat_bearer: "Bearer \(webhookSecret)"
                """)
    }

    private var automation: ProxySnippet {
        ProxySnippet(
            name: "Home Assistant: answer to what is said (automations.yaml)",
            text: """
                - alias: "Answer in HomeChat"
                  triggers:
                    - trigger: event
                      event_type: homechat_bot_message
                      event_data:
                        webhook_id: "\(bot.webhookID ?? "")"
                  conditions:
                    - "{{ 'lights off' in trigger.event.data.message | lower }}"
                  actions:
                    - action: light.turn_off
                      target: {entity_id: all}
                    - action: homechat.send_message
                      data:
                        message: "Good night."
                        room_id: "{{ trigger.event.data.room_id }}"
                """)
    }

    private var post: ProxySnippet {
        ProxySnippet(
            name: "curl: post",
            text: """
                curl \(origin)/api/v1/messages -H "Authorization: Bearer \(bearer)" \\
                  -H 'Content-Type: application/json' -d '{"room": "CHANNEL", "message": "Hello"}'
                """)
    }

    private var read: ProxySnippet {
        ProxySnippet(
            name: "curl: read what is new",
            text: """
                curl "\(origin)/api/v1/messages?limit=20" -H "Authorization: Bearer \(bearer)"
                """)
    }
}

extension BotExamples: Undescribed {}
