import { cable } from "../live.js";
import { make, url } from "../page.js";

const PATIENCE = 5000;

/** Says what is wrong with the connection, but only when it lasts, and when the next try comes. */
class ConnectionBanner extends HTMLElement {
  connectedCallback() {
    cable.addEventListener("up", () => this.up());
    cable.addEventListener("down", ({ detail }) => this.down(detail));
    addEventListener("offline", () => this.down({ retryIn: 0, reason: "This device is offline." }));
    addEventListener("online", () => cable.isUp && this.up());
    cable.addEventListener("refused", () => this.signedOut());
    document.addEventListener("chat:signed-out", () => this.signedOut());
    document.addEventListener("chat:outdated", () => this.outdated());
  }

  up() {
    this.wasUp = true;
    clearTimeout(this.patience);
    clearInterval(this.ticking);
    this.since = undefined;
    this.hidden = true;
  }

  down({ retryIn, reason }) {
    this.since ??= Date.now();
    clearTimeout(this.patience);
    clearInterval(this.ticking);
    const due = Date.now() + retryIn;
    if (!this.wasUp) fetch(url("/up")).then(({ ok }) => { this.isReachable = ok; }, () => { this.isReachable = false; });
    const show = () => {
      const seconds = Math.max(0, Math.ceil((due - Date.now()) / 1000));
      const next = seconds ? `Trying again in ${seconds} s.` : "Trying again…";
      // The page came through and no socket ever did: it is not the server that is away.
      if (navigator.onLine && !this.wasUp && this.isReachable) return this.blocked(next);
      this.say(navigator.onLine ? `${reason} What you write is kept. ${next}` : "This device is offline. What you write is kept and sent later.");
    };
    this.patience = setTimeout(() => {
      show();
      this.ticking = setInterval(show, 1000);
    }, Math.max(0, this.since + PATIENCE - Date.now()));
  }

  blocked(next) {
    const help = make("a", { href: url("/help/connection"), textContent: "What helps" });
    this.say(`The page comes through and its live connection does not: a proxy may drop the Upgrade header. ${next}`, help);
  }

  signedOut() {
    const back = encodeURIComponent(location.pathname + location.search);
    this.up();
    this.say("You are signed out. What you wrote is kept in this browser.", make("a", { href: url(`/signin?return_to=${back}`), textContent: "Sign in" }));
  }

  outdated() {
    this.say("HomeChat was updated. Your drafts are kept.", make("a", { href: location.href, textContent: "Reload" }));
  }

  say(text, ...more) {
    this.replaceChildren(text, " ", ...more);
    this.hidden = false;
  }
}

customElements.define("connection-banner", ConnectionBanner);
