"""What people send by the page, made here, and where it is found on the page."""

import pathlib
import struct
import zlib

OUTPUT = pathlib.Path(__file__).parent / "output"


def png(width, height, noise=0, red=0):
    """A picture of one colour, or with `noise` bytes that cannot be made smaller."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + bytes([(red + 200 * row // height) % 256, 110, 160]) * width for row in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    more = chunk(b"prIv", bytes(noise)) if noise else b""
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + more + chunk(b"IDAT", zlib.compress(rows, 1)) + chunk(b"IEND", b"")


def gif(width=64, height=48):
    """Two frames, each of one colour. Each pair of pixels begins anew, so that codes stay three bits wide."""
    frames = []
    for colour in (0, 1):
        codes = [4, colour, colour] * (width * height // 2) + [5]
        bits = sum(code << (3 * place) for place, code in enumerate(codes))
        data = bits.to_bytes((3 * len(codes) + 7) // 8, "little")
        blocks = b"".join(bytes([len(part)]) + part for part in (data[at : at + 255] for at in range(0, len(data), 255)))
        place = b"\x2c" + struct.pack("<HHHHB", 0, 0, width, height, 0)
        frames.append(b"\x21\xf9\x04\x04\x32\x00\x00\x00" + place + b"\x02" + blocks + b"\x00")
    head = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + b"\x30\x60\x90\xd0\xe0\xf0"
    return head + b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00" + b"".join(frames) + b";"


def webm(browser):
    """Half a second of a film, by the only one here who can make one."""
    context = browser.new_context()
    data = context.new_page().evaluate("""async () => {
        const canvas = Object.assign(document.createElement("canvas"), { width: 160, height: 120 });
        const brush = canvas.getContext("2d");
        const recorder = new MediaRecorder(canvas.captureStream(20), { mimeType: "video/webm;codecs=vp8" });
        const parts = [];
        recorder.ondataavailable = ({ data }) => parts.push(data);
        recorder.start();
        for (let step = 0; step < 10; step += 1) {
            brush.fillStyle = `hsl(${step * 30} 60% 50%)`;
            brush.fillRect(0, 0, 160, 120);
            await new Promise((resolve) => setTimeout(resolve, 50));
        }
        await new Promise((resolve) => { recorder.onstop = resolve; recorder.stop(); });
        return Array.from(new Uint8Array(await new Blob(parts).arrayBuffer()));
    }""")
    context.close()
    return bytes(data)


def attach(person, *paths):
    with person.page.expect_file_chooser() as chooser:
        person.page.locator("main").get_by_role("button", name="Attach files").click()
    chooser.value.set_files([str(path) for path in paths])


def chips(person, state=None):
    """Those above the box; `.message .chip` are those of a message that waits."""
    return person.page.locator(f"main .composer .chip{f'[data-state={state}]' if state else ''}")


def pictures(person):
    return person.page.locator("message-item:not(.pending) .picture img")


def is_loaded(image):
    return image.evaluate("image => image.complete && image.naturalWidth > 0")


def said(house, name="ana", room="home"):
    return house.messages(name, house.channel(name, room)["id"])
