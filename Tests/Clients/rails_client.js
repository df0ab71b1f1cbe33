// @rails/actioncable as Debian ships it, under node. Reads lines {subscribe: {...}} | {perform: {...}} | {close: true} and
// prints one line of JSON for whatever happens.
const [base, url] = process.argv.slice(2)
globalThis.self = globalThis
globalThis.document = { addEventListener() {}, removeEventListener() {}, visibilityState: "visible" }
globalThis.addEventListener = () => {}
globalThis.removeEventListener = () => {}
const ActionCable = require(base + "/@rails/actioncable/app/assets/javascripts/action_cable.js")
ActionCable.adapters.WebSocket = require(base + "/ws")

const say = (what, value) => console.log(JSON.stringify({ [what]: value ?? true }))
const consumer = ActionCable.createConsumer(url)
const subscriptions = []

require("readline").createInterface({ input: process.stdin }).on("line", (line) => {
  const { subscribe, perform, close } = JSON.parse(line)
  if (close) return consumer.disconnect()
  if (perform) return subscriptions[perform.index].perform(perform.action, perform.data)
  subscriptions.push(consumer.subscriptions.create(subscribe, {
    connected() { say("connected", subscribe.channel) },
    rejected() { say("rejected", subscribe.channel) },
    disconnected(details) { say("disconnected", details ?? {}) },
    received(data) { say("received", data) },
  }))
}).on("close", () => process.exit(0))
