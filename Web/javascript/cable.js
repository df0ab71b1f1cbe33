import { backoff } from "./lib/backoff.js";

const SILENCE = 8000; // the server pings every 3 s

/**
 * One socket to /cable, speaking actioncable-v1-json. It comes back by itself and subscribes again.
 * Events: "up" after each welcome, "down" with { attempt, retryIn, reason }, "refused" when coming back is of no use.
 */
export class Cable extends EventTarget {
  constructor(address, { Socket = globalThis.WebSocket, timers = globalThis } = {}) {
    super();
    Object.assign(this, { address, Socket, timers });
    this.subscriptions = new Map();
    this.attempt = 0;
    this.isUp = false;
  }

  /** `received(payload)` hears every message, `confirmed()` each time the server has agreed, so also after a reconnect. */
  subscribe(parameters, { received = () => {}, confirmed = () => {} }) {
    const identifier = JSON.stringify(parameters);
    this.subscriptions.set(identifier, { received, confirmed });
    this.command("subscribe", identifier);
    return {
      perform: (action, data = {}) => this.command("message", identifier, JSON.stringify({ action, ...data })),
      leave: () => {
        this.subscriptions.delete(identifier);
        this.command("unsubscribe", identifier);
      },
    };
  }

  open() {
    this.timers.clearTimeout(this.retry);
    if (this.socket) return;
    const socket = new this.Socket(this.address, ["actioncable-v1-json", "actioncable-unsupported"]);
    this.socket = socket;
    socket.onmessage = ({ data }) => this.heard(socket, JSON.parse(data));
    socket.onclose = () => this.lost(socket, "The connection was lost.");
    this.watch();
  }

  /** Something happened that makes a try worth it now: the network is back, the window is looked at again. */
  nudge() {
    if (!this.socket && !this.ended) {
      this.attempt = 0;
      this.open();
    } else if (this.isUp) this.watch(2 * SILENCE);
  }

  command(command, identifier, data) {
    if (this.isUp) this.socket.send(JSON.stringify({ command, identifier, data }));
  }

  heard(socket, { type, identifier, message, reason, reconnect }) {
    if (socket !== this.socket) return;
    this.watch();
    if (type === "welcome") this.welcomed();
    else if (type === "confirm_subscription") this.subscriptions.get(identifier)?.confirmed();
    else if (type === "disconnect") this.dismissed(socket, reason, reconnect);
    else if (!type) this.subscriptions.get(identifier)?.received(message);
  }

  welcomed() {
    this.isUp = true;
    this.attempt = 0;
    for (const identifier of this.subscriptions.keys()) this.command("subscribe", identifier);
    this.dispatchEvent(new Event("up"));
  }

  dismissed(socket, reason, reconnect) {
    if (reconnect) return this.lost(socket, reason === "server_restart" ? "The server is restarting." : "The server closed the connection.");
    this.ended = true;
    this.drop(socket);
    this.dispatchEvent(new CustomEvent("refused", { detail: { reason } }));
  }

  /** Pings stopped: a dead line does not close by itself. */
  watch(silence = SILENCE) {
    this.timers.clearTimeout(this.watchdog);
    const socket = this.socket;
    this.watchdog = this.timers.setTimeout(() => this.lost(socket, "The server does not answer."), silence);
  }

  lost(socket, reason) {
    if (socket !== this.socket || this.ended) return;
    this.drop(socket);
    const retryIn = backoff(this.attempt++);
    this.retry = this.timers.setTimeout(() => this.open(), retryIn);
    this.dispatchEvent(new CustomEvent("down", { detail: { attempt: this.attempt, retryIn, reason } }));
  }

  drop(socket) {
    this.timers.clearTimeout(this.watchdog);
    this.socket = null;
    this.isUp = false;
    socket.onmessage = socket.onclose = null;
    socket.close();
  }
}
