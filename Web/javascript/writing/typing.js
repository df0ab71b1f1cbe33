import { typingLine } from "../live.js";

const AGAIN = 3000;

/** Says "is typing" at most every 3 s; the others show it for 5. */
export class Typing {
  constructor(channelId) {
    this.line = typingLine(channelId);
    this.said = 0;
  }

  typed(text) {
    if (!text.trim()) {
      if (this.said) this.line.perform("typing", { typing: false });
      this.said = 0;
    } else if (Date.now() - this.said > AGAIN) {
      this.said = Date.now();
      this.line.perform("typing", { typing: true });
    }
  }
}
