/** How files are spoken of and laid out. The server says the same of those in its first view: `FileWords`, `PictureRow`. */

const ROOM = { width: 416, height: 320 };
const LARGEST_MOVING = 2 << 20;
const LARGEST_PLAIN = 512 << 10;

/** "812 bytes", "34 KB", "1.4 MB". */
export function sizeWords(bytes) {
  if (bytes < 1024) return bytes === 1 ? "1 byte" : `${bytes} bytes`;
  let amount = bytes;
  let unit = "";
  for (const next of ["KB", "MB", "GB", "TB"]) {
    if (unit && amount < 999.5) break;
    amount /= 1024;
    unit = next;
  }
  return `${amount < 10 ? Math.round(amount * 10) / 10 : Math.round(amount)} ${unit}`;
}

/** What people know it as: the ending of its name, or else what its bytes are. */
export function typeWords(name, mediaType) {
  if (mediaType === "application/pdf") return "PDF";
  return /\.([a-z0-9]{1,5})$/i.exec(name)?.[1].toUpperCase() ?? mediaType;
}

/** Media types as a sentence has them: "JPEG, PNG, videos or text". Nothing, where all are meant. */
export function typesWords(types) {
  if (!types.length) return "";
  const words = types.map((type) => {
    const [family, kind] = type.split("/");
    if (kind === "*") return { image: "pictures", video: "videos", audio: "recordings", text: "text" }[family] ?? family;
    return kind === "plain" ? "text" : kind.toUpperCase().replace(/^(X-|VND\.)/, "");
  });
  return words.length === 1 ? words[0] : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}

const KINDS = { image: ["Photo", "photos"], video: ["Video", "videos"], audio: ["Recording", "recordings"] };

/** What a line says of a message that has files and no words. */
export function summary(files) {
  if (!files.length) return "";
  const [{ kind, filename }] = files;
  const [one, many] = (files.every((file) => file.kind === kind) && KINDS[kind]) || [filename, "files"];
  return files.length === 1 ? one : `${files.length} ${many}`;
}

export function isPicture({ kind, width, thumbnail_url: small, byte_size: size }) {
  return kind === "image" && width !== null && (small !== null || size <= LARGEST_PLAIN);
}

/** Which addresses a picture is shown from, and the place that it takes. `still` is for whoever wants nothing to move. */
export function pictureOf({ url, thumbnail_url: small, animated, byte_size: size, width, height }) {
  const moves = animated && size <= LARGEST_MOVING;
  return { source: moves ? url : small ?? url, still: moves ? small : null, ...fitted(width, height, ROOM) };
}

/** Made smaller until it fits, never larger. */
export function fitted(width, height, room) {
  const scale = Math.min(1, room.width / Math.max(width, 1), room.height / Math.max(height, 1));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}
