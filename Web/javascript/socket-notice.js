/** Whether a socket gets through the proxy in front, told before somebody signs in and wonders. */
const notice = document.getElementById("socket-notice");
const address = new URL(notice.dataset.address, location.href);
address.protocol = address.protocol.replace("http", "ws");
const socket = new WebSocket(address, ["actioncable-v1-json"]);
let isOpen = false;
socket.onopen = () => {
  isOpen = true;
  socket.close();
};
socket.onclose = () => { notice.hidden = isOpen; };
