/**
 * An address of ours as this page reaches it. Everybody hears the same bytes over the cable, with links below the server's own
 * path; behind Home Assistant's ingress the page is below another. Other places' addresses have a scheme and stay as they are.
 */
export function reachedHere(address, sentBase, base) {
  const isOurs = address.startsWith("/") && !address.startsWith("//");
  if (!isOurs || sentBase === base || isBelow(address, base)) return address;
  return base + (isBelow(address, sentBase) ? address.slice(sentBase.length) : address);
}

function isBelow(address, base) {
  return base !== "" && address.startsWith(`${base}/`);
}
