/// The lines that make a proxy pass on what a chat needs: the upgrade, the host, the client's address and scheme, and ten
/// megabytes.
struct ProxySnippet: View {
    let name: String
    let text: String

    /// - Parameter proxy: its address, where it is known and not trusted yet.
    static func all(proxy: String?) -> [ProxySnippet] {
        let ours = ProxySnippet(
            name: "HomeChat (homechat.yaml)",
            text: "trusted_proxies: [127.0.0.1, ::1, \(proxy ?? "the proxy's address")]")
        return (proxy == nil ? [] : [ours]) + proxies
    }

    private static let proxies = [
        ProxySnippet(
            name: "nginx, Nginx Proxy Manager",
            text: """
                location / {
                    proxy_pass http://127.0.0.1:3000;
                    proxy_http_version 1.1;
                    proxy_set_header Upgrade $http_upgrade;
                    proxy_set_header Connection "upgrade";
                    proxy_set_header Host $host;
                    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
                    proxy_set_header X-Forwarded-Proto $scheme;
                    proxy_read_timeout 1h;
                    client_max_body_size 100m;
                }
                """),
        ProxySnippet(
            name: "Caddy",
            text: """
                chat.example.org {
                    reverse_proxy 127.0.0.1:3000
                }
                """),
        ProxySnippet(
            name: "Traefik (dynamic file)",
            text: """
                http:
                  routers:
                    homechat: {rule: "Host(`chat.example.org`)", service: homechat, tls: {}}
                  services:
                    homechat: {loadBalancer: {servers: [{url: "http://127.0.0.1:3000"}]}}
                """),
        ProxySnippet(
            name: "Home Assistant (HomeChat behind its ingress)",
            text: """
                # homechat.yaml: the supervisor's network speaks for the people behind it
                trusted_proxies: [127.0.0.1, "::1", 172.30.32.0/23]
                frame_ancestors: ["'self'", "http://homeassistant.local:8123"]
                """),
    ]
}
