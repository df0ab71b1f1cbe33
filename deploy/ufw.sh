#!/bin/bash
# The firewall of a machine that serves HomeChat: in come ssh, http and https, everything goes out, 3000 stays inside.
#   deploy/ufw.sh              sets the rules and switches the firewall on (as root)
#   deploy/ufw.sh --dry-run    shows what it would set, and changes nothing
#   SSH_PORT=2222 deploy/ufw.sh
# Rules of yours that are there already stay.
set -euo pipefail

ssh_port=${SSH_PORT:-22}
if ! [[ $ssh_port =~ ^[0-9]{1,5}$ ]] || ((10#$ssh_port < 1 || 10#$ssh_port > 65535)); then
    echo "SSH_PORT must be a port, not \"$ssh_port\"" >&2
    exit 2
fi
case ${1:-} in
'') dry=() ;;
--dry-run) dry=(--dry-run) ;;
*)
    echo "usage: deploy/ufw.sh [--dry-run]" >&2
    exit 2
    ;;
esac
command -v ufw >/dev/null || { echo "ufw is not installed: apt-get install ufw" >&2; exit 1; }
[ "$(id -u)" -eq 0 ] || { echo "please run as root" >&2; exit 1; }

ufw "${dry[@]}" default deny incoming
ufw "${dry[@]}" default allow outgoing
# ssh first: whoever runs this over ssh must not lock themselves out. "limit" refuses six attempts in half a minute.
ufw "${dry[@]}" limit "$ssh_port/tcp" comment 'ssh'
ufw "${dry[@]}" allow 80/tcp comment 'http, for redirects and certificates'
ufw "${dry[@]}" allow 443/tcp comment 'https'
# HomeChat's own port is for the proxy on this machine; said aloud, in case a wider rule stands behind it.
ufw "${dry[@]}" deny 3000/tcp comment 'HomeChat, only through the proxy'
ufw "${dry[@]}" --force enable
[ ${#dry[@]} -gt 0 ] || ufw status verbose
