/// The lines that make a proxy pass on what a chat needs: the upgrade, the host, the client's address and scheme, and ten
/// megabytes.
struct ProxySnippet: View {
    let name: String
    let text: String

    /// - Parameter proxy: its address, where it is known and not trusted yet.
    /// - Parameter port: where this server listens.
    static func all(proxy: String?, port: Int) -> [ProxySnippet] {
        let ours = ProxySnippet(
            name: "HomeChat (homechat.yaml)",
            text: "trusted_proxies: [127.0.0.1, ::1, \(proxy ?? "the proxy's address")]")
        return (proxy == nil ? [] : [ours]) + nginx(port) + others(port)
    }

    /// The lines of deploy/nginx/homechat.conf that are about us.
    private static func nginx(_ port: Int) -> [ProxySnippet] {
        [
            ProxySnippet(
                name: "nginx",
                text: """
                    # in http { }
                    map $http_upgrade $homechat_connection {
                        default upgrade;
                        ''      '';
                    }

                    # in server { }
                    client_max_body_size 12m;
                    location / {
                        proxy_pass http://127.0.0.1:\(port);
                        proxy_http_version 1.1;
                        proxy_set_header Upgrade $http_upgrade;
                        proxy_set_header Connection $homechat_connection;
                        proxy_set_header Host $http_host;
                        proxy_set_header X-Real-IP $remote_addr;
                        # Replaced, not appended to: what a client claims about itself ends here.
                        proxy_set_header X-Forwarded-For $remote_addr;
                        proxy_set_header X-Forwarded-Proto $scheme;
                        proxy_set_header X-Forwarded-Host "";
                        proxy_set_header Forwarded "";
                        proxy_read_timeout 60s;
                        proxy_send_timeout 60s;
                        proxy_request_buffering off;
                    }
                    """),
            ProxySnippet(
                name: "Nginx Proxy Manager",
                text: """
                    # Details: scheme http, forward port \(port), Websockets Support on. Advanced:
                    client_max_body_size 12m;
                    """),
        ]
    }

    private static func others(_ port: Int) -> [ProxySnippet] {
        [
            ProxySnippet(
                name: "Caddy",
                text: """
                    chat.example.org {
                        reverse_proxy 127.0.0.1:\(port)
                    }
                    """),
            ProxySnippet(
                name: "Traefik (dynamic file)",
                text: """
                    http:
                      routers:
                        homechat: {rule: "Host(`chat.example.org`)", service: homechat, tls: {}}
                      services:
                        homechat: {loadBalancer: {servers: [{url: "http://127.0.0.1:\(port)"}]}}
                    """),
            ProxySnippet(
                name: "Home Assistant (HomeChat behind its ingress)",
                text: """
                    # homechat.yaml: the supervisor speaks for the people behind it, and names the path
                    trusted_proxies: [127.0.0.1, "::1", 172.30.32.2]
                    """),
        ]
    }
}
