"""What the image worker makes of pictures as cameras, phones and drawing programs make them (UP-1, UP-2, UP-6)."""

import io
import zipfile

import pytest
from image_worker import bytes_of, look_at
from PIL import Image, ImageChops, ImageCms, ImageDraw, PngImagePlugin

SECRET = b"SECRET"
ORIENTATION = 0x0112


def photograph(width=320, height=240):
    noise = [Image.effect_noise((width, height), 40) for _ in range(3)]
    return Image.merge("RGB", noise)


def marked(width=96, height=64):
    """Red above left, blue below right, on white."""
    picture = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, 31, 31), fill=(255, 0, 0))
    draw.rectangle((width - 32, height - 32, width, height), fill=(0, 0, 255))
    return picture


def exif(orientation=None):
    data = Image.Exif()
    data[0x010F] = "SECRET camera"
    data[0x010E] = "SECRET description"
    if orientation:
        data[ORIENTATION] = orientation
    place = data.get_ifd(0x8825)
    place.update({1: "N", 2: (48.0, 12.0, 3.0), 3: "E", 4: (16.0, 22.0, 1.0)})
    return data


def is_like(first, second, tolerance):
    """No more than `tolerance` apart on average, in any colour."""
    difference = ImageChops.difference(first.convert("RGBA"), second.convert("RGBA"))
    means = [sum(value * count for value, count in enumerate(band.histogram())) / (first.width * first.height)
             for band in difference.split()]
    return first.size == second.size and max(means) <= tolerance


def holds_nothing(picture):
    picture.load()
    told = {"exif", "xmp", "icc_profile", "comment", "Comment", "photoshop", "XML:com.adobe.xmp"} & set(picture.info)
    return not told and not picture.getexif() and not getattr(picture, "text", None)


def with_everything(kind):
    options = {"exif": exif(), "icc_profile": ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()}
    if kind == "PNG":
        text = PngImagePlugin.PngInfo()
        text.add_text("Comment", "SECRET text")
        text.add_text("Long", "SECRET " * 500, zip=True)
        text.add_itxt("XML:com.adobe.xmp", "<x>SECRET</x>")
        options["pnginfo"] = text
    else:
        options["xmp"] = b"<x>SECRET</x>"
    if kind == "JPEG":
        options["comment"] = b"SECRET comment"
    return bytes_of(photograph(), kind, **options)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_nothing_is_left_of_place_camera_and_words(kind):
    upload = with_everything(kind)
    before = Image.open(io.BytesIO(upload))
    assert before.getexif().get_ifd(0x8825)[1] == "N" and SECRET in upload
    outcome = look_at(upload + b"<script>SECRET</script>")
    assert outcome.found["type"] == f"image/{kind.lower()}"
    for result in (outcome.clean, outcome.preview):
        assert result and SECRET not in result and b"<script" not in result
        assert holds_nothing(Image.open(io.BytesIO(result)))
    assert is_like(outcome.picture, before, 0.1 if kind == "PNG" else 12)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_taken_sideways_is_turned_upright(kind, orientation):
    """Each way to hold a camera (EXIF 2.32, 4.6.5.1.6): stored turned, shown as it was seen."""
    back = {2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
            5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
            8: Image.Transpose.ROTATE_270}
    seen = marked()
    stored = seen.transpose(back[orientation]) if orientation in back else seen
    outcome = look_at(bytes_of(stored, kind, exif=exif(orientation)))
    assert outcome.found["image"] == {"width": 96, "height": 64, "frames": 1}
    assert outcome.found["preview"] == {"width": 96, "height": 64}
    assert ORIENTATION not in outcome.picture.getexif()
    assert is_like(outcome.picture, seen, 3)
    assert is_like(Image.open(io.BytesIO(outcome.preview)), seen, 8)


def exchanged_profile():
    """sRGB with the red and the green exchanged: whoever ignores it shows the wrong colours."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, green = profile.index(b"rXYZ"), profile.index(b"gXYZ")
    profile[red:red + 4], profile[green:green + 4] = b"gXYZ", b"rXYZ"
    return bytes(profile)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_colours_are_what_their_profile_says_without_it(kind):
    upload = bytes_of(Image.new("RGB", (64, 64), (250, 5, 5)), kind, icc_profile=exchanged_profile(), quality=95)
    outcome = look_at(upload)
    for result in (outcome.clean, outcome.preview):
        picture = Image.open(io.BytesIO(result))
        red, green, blue = picture.convert("RGB").getpixel((32, 32))
        assert green > 230 and red < 40 and blue < 40, (red, green, blue)
        assert "icc_profile" not in picture.info


def test_a_profile_that_is_none_is_ignored():
    outcome = look_at(bytes_of(marked(), "PNG", icc_profile=b"SECRET nonsense" * 20))
    assert is_like(outcome.picture, marked(), 0) and SECRET not in outcome.clean


def test_inks_become_colours():
    outcome = look_at(bytes_of(Image.new("RGB", (64, 64), (200, 30, 30)).convert("CMYK"), "JPEG", quality=95))
    assert outcome.picture.mode == "RGB"
    red, green, blue = outcome.picture.getpixel((32, 32))
    assert red > 150 and green < 110 and blue < 110


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_a_png_keeps_every_pixel(mode):
    ramp = Image.linear_gradient("L")
    colours = Image.merge("RGBA", [ramp, ramp.rotate(90), ramp.rotate(180), ramp.rotate(270)])
    picture = colours.convert("RGB").quantize(200) if mode == "P" else Image.new("I;16", (90, 60), 40_000) if mode == "I;16" \
        else colours.convert(mode)
    outcome = look_at(bytes_of(picture, "PNG"))
    assert outcome.found["image"]["width"] == picture.width
    if mode == "I;16":
        assert outcome.picture.getpixel((5, 5)) == 40_000
    else:
        assert is_like(outcome.picture, picture, 0)


def test_a_webp_without_loss_stays_so():
    outcome = look_at(bytes_of(photograph(), "WEBP", lossless=True))
    assert b"VP8L" in outcome.clean and outcome.found["type"] == "image/webp"
    upload = bytes_of(photograph(), "WEBP", quality=80)
    assert b"VP8L" not in look_at(upload).clean
    lossless = bytes_of(marked(), "WEBP", lossless=True, exif=exif())
    assert is_like(look_at(lossless).picture, marked(), 0)


def frames():
    """A ball that rolls over a transparent ground, each picture shown for another time."""
    for step in range(12):
        frame = Image.new("RGBA", (120, 80), (0, 0, 0, 0))
        ImageDraw.Draw(frame).ellipse((step * 8, 20, step * 8 + 30, 50), fill=(20 * step, 90, 220, 255))
        yield frame


TIMES = [40 + 10 * (step % 5) for step in range(12)]


@pytest.mark.parametrize("loops", [0, 3])
@pytest.mark.parametrize("kind", ["GIF", "WEBP"])
def test_an_animation_keeps_its_pictures_and_its_pace(kind, loops):
    first, *others = frames()
    options = {"comment": b"SECRET comment", "disposal": 2} if kind == "GIF" else {"lossless": True, "exif": exif(), "xmp": b"SECRET"}
    upload = bytes_of(first, kind, save_all=True, append_images=others, duration=TIMES, loop=loops, **options)
    before = Image.open(io.BytesIO(upload))
    outcome = look_at(upload)
    after = outcome.picture
    assert outcome.found["image"] == {"width": 120, "height": 80, "frames": 12} and after.n_frames == 12
    assert after.info.get("loop") == before.info.get("loop") == loops and SECRET not in outcome.clean
    for number in range(12):
        before.seek(number)
        after.seek(number)
        after.load()
        assert is_like(after, before, 1), number
        assert after.info["duration"] == TIMES[number]
    preview = Image.open(io.BytesIO(outcome.preview))
    assert getattr(preview, "n_frames", 1) == 1 and holds_nothing(preview)


def test_an_animated_png_stays_whole_as_a_file():
    first, *others = frames()
    outcome = look_at(bytes_of(first, "PNG", save_all=True, append_images=others, duration=TIMES, exif=exif()))
    assert outcome.found == {"type": "image/apng", "isCleaned": False}


@pytest.mark.parametrize("kept", [0.999, 0.9, 0.6])
def test_a_jpeg_that_breaks_off_is_shown_as_far_as_it_goes(kept):
    upload = bytes_of(photograph(640, 480), "JPEG", quality=90)
    outcome = look_at(upload[:int(len(upload) * kept)])
    before = Image.open(io.BytesIO(upload))
    assert outcome.found["image"]["height"] == 480
    there = (0, 0, 640, int(480 * kept) - 40)
    assert is_like(outcome.picture.crop(there), before.crop(there), 12)


def test_a_jpeg_without_its_last_word_is_whole():
    upload = bytes_of(photograph(), "JPEG", quality=90)
    assert upload.endswith(b"\xff\xd9")
    assert is_like(look_at(upload[:-2]).picture, Image.open(io.BytesIO(upload)), 12)


@pytest.mark.parametrize("kept", [0.4, 0.1, 0.02])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_of_which_the_most_is_missing_is_refused(kind, kept):
    upload = bytes_of(photograph(640, 480), kind)
    assert look_at(upload[:int(len(upload) * kept)]).problem == "unreadable"


def packed(*entries):
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w") as archive:
        for name in entries:
            archive.writestr(name, name)
    return output.getvalue()


OFFICE = "application/vnd.openxmlformats-officedocument."


@pytest.mark.parametrize(("upload", "kind"), [
    (packed("a.txt"), "application/zip"),
    (packed("[Content_Types].xml", "_rels/.rels", "word/document.xml"), OFFICE + "wordprocessingml.document"),
    (packed("[Content_Types].xml", "_rels/.rels", "xl/workbook.xml"), OFFICE + "spreadsheetml.sheet"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "application/x-ole-storage"),
    (b"{\\rtf1 hello}", "text/rtf"), (b"7z\xbc\xaf\x27\x1c\0\4" + bytes(40), "application/x-7z-compressed"),
    (b"\x1f\x8b\x08\0\0\0\0\0\0\3" + bytes(20), "application/gzip"),
    (bytes_of(marked(), "TIFF"), "image/tiff"), (bytes_of(marked(), "BMP"), "image/bmp"),
])
def test_other_files_are_named_and_left_as_they_are(upload, kind):
    outcome = look_at(upload)
    assert outcome.found == {"type": kind, "isCleaned": False} and not outcome.clean and not outcome.preview


def test_a_pdf_of_scans_shows_its_first_page():
    first, second = marked(600, 800), photograph()
    outcome = look_at(bytes_of(first, "PDF", save_all=True, append_images=[second]))
    assert outcome.found == {"type": "application/pdf", "isCleaned": False, "preview": {"width": 600, "height": 800}}
    assert is_like(Image.open(io.BytesIO(outcome.preview)), first, 5) and not outcome.clean


@pytest.mark.parametrize("hidden", [b"<script>alert(1)</script>", packed("a.txt"), b"%PDF-1.4\n", b"*/=1;alert(1);/*"])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP"])
def test_what_was_hung_on_a_picture_is_gone(kind, hidden):
    outcome = look_at(bytes_of(marked(), kind) + hidden)
    assert outcome.found["type"] == f"image/{kind.lower()}" and hidden not in outcome.clean + outcome.preview
    assert is_like(outcome.picture, marked(), 3)


@pytest.mark.parametrize(("upload", "kind"), [
    (b"GIF89a/*" + b"\0" * 20 + b"*/=1;alert(1)", None),
    (b"<!DOCTYPE html><script>1</script>\n%PDF-1.4\n", "text/html"),
    (b"%PDF-1.4\n<html><script>1</script>", "application/pdf"),
    (b"<html><!-- GIF89a -->", "text/html"),
    (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "image/svg+xml"),
])
def test_a_file_that_is_two_things_is_the_less_trusted_one(upload, kind):
    outcome = look_at(upload)
    if kind:
        assert outcome.found == {"type": kind, "isCleaned": False}
    else:
        assert outcome.problem == "unreadable"
