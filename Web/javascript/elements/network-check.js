import { me, make, url } from "../page.js";

const PATIENCE = 20_000;

/** Tries what a proxy in front may get wrong: the upgrade, a large body, the clock, the scheme and the host. */
class NetworkCheck extends HTMLElement {
  connectedCallback() {
    if (!me.isAdmin) return;
    this.list = make("ul", { className: "rows" });
    this.replaceChildren(this.list);
    this.sameHost();
    this.clock();
    this.try("WebSocket", () => this.socket());
    this.try("A body of 10 MB", () => this.body());
  }

  sameHost() {
    const { host, scheme } = this.dataset;
    const hosts = host === location.host;
    const schemes = `${scheme}:` === location.protocol;
    this.row("Host", hosts, hosts ? `The server sees ${host}, as you do.` : `You see ${location.host}, the server ${host}: the proxy must pass on Host.`);
    this.row("Scheme", schemes, schemes ? `Both see ${scheme}.` : `You see ${location.protocol.slice(0, -1)}, the server ${scheme}: the proxy must send X-Forwarded-Proto and be trusted.`);
  }

  clock() {
    const seconds = Math.round((Date.now() - Number(this.dataset.time)) / 1000);
    const fits = Math.abs(seconds) <= 30;
    this.row("Clock", fits, fits ? "The server's clock and yours agree." : `This device is ${Math.abs(seconds)} s ${seconds > 0 ? "ahead of" : "behind"} the server. Codes for two steps need right clocks.`);
  }

  async try(name, check) {
    const row = this.row(name, undefined, "Trying…");
    const timeout = new Promise((_, fail) => setTimeout(() => fail(new Error("No answer came.")), PATIENCE));
    try {
      row.replaceWith(this.row(name, true, await Promise.race([check(), timeout])));
    } catch (error) {
      row.replaceWith(this.row(name, false, error.message));
    }
  }

  socket() {
    return new Promise((pass, fail) => {
      const address = new URL(url("/cable"), location.href);
      address.protocol = address.protocol.replace("http", "ws");
      const socket = new WebSocket(address, ["actioncable-v1-json"]);
      socket.onopen = () => {
        socket.onclose = null;
        socket.close();
        pass("The upgrade gets through.");
      };
      socket.onclose = () => fail(new Error("The upgrade does not get through: the proxy must pass on Upgrade and Connection."));
    });
  }

  async body() {
    const csrf = document.querySelector('meta[name="csrf-token"]').content;
    const body = new Blob([new Uint8Array(Number(this.dataset.bytes))], { type: "application/octet-stream" });
    const answer = await fetch(url("/admin/network/body"), { method: "POST", body, headers: { Accept: "application/json", "X-CSRF-Token": csrf } });
    if (answer.ok) return "It gets through.";
    throw new Error(answer.status === 413 ? "The proxy refuses it as too large: raise its limit." : `The answer was ${answer.status}.`);
  }

  row(name, isFine, text) {
    const mark = isFine === undefined ? "…" : isFine ? "works" : "look here";
    const tag = make("span", { className: isFine === false ? "tag warn" : "tag", textContent: mark });
    const row = make("li", { className: "row-item" }, make("div", {}, make("b", { textContent: name }), " ", tag, make("p", { className: "small soft", textContent: text })));
    this.list.append(row);
    return row;
  }
}

customElements.define("network-check", NetworkCheck);
