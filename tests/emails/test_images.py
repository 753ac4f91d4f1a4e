"""Images of the site as smaller copies beside an edition, or as copies within its message."""

import hashlib
import io
import json
import os
import struct
import zlib
from email.message import EmailMessage
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from digest.emails import Email
from tests.commands import Command
from tests.email_samples import POST, codes, compose, parsed, write

BESIDE = "https://harbour.example/editions/weekly/2026-W47/images/"


def picture(width: int = 1600, height: int = 900, mode: str = "RGB") -> Image.Image:
    """Return an image whose halves differ, left from right."""
    image = Image.new("RGB", (width, height), "#204060")
    ImageDraw.Draw(image).rectangle((0, 0, width // 2, height), fill="#e0a040")
    return image.convert(mode)


def site(root: Path, body: str, *, digest: str = 'images = "resize"', head: str = "") -> Path:
    """Write a site with one post in full and a folder for its images."""
    (root / "static").mkdir(parents=True)
    post = {"content/boat/index.md": POST.format(f"Boat{head}", "20", f"Words.\n\n{body}")}
    return write(root, post, site='static = "static"', digest=f'text = "full"\n{digest}')


def shown(made: Email) -> dict[str, Image.Image]:
    """Return the images that the e-mail links beside the edition, by their URL."""
    found: dict[str, Image.Image] = {}
    for part in made.html.split(' src="')[1:]:
        url = part.partition('"')[0]
        if url.startswith(BESIDE):
            found[url] = Image.open(io.BytesIO(made.images[url.removeprefix(BESIDE.removesuffix("images/"))]))
    return found


def test_a_large_image_is_shown_as_a_copy_of_twice_the_pixels(tmp_path: Path) -> None:
    site(tmp_path, "![the boat](/quay.jpg)")
    picture(4000, 3000).save(tmp_path / "static/quay.jpg", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0")
    made = compose(tmp_path)
    ((url, copy),) = shown(made).items()
    assert copy.format == "JPEG"
    assert copy.size == (1072, 804)
    assert not copy.getexif()
    assert 'width="536" height="402"' in made.html
    content = made.images[f"images/{url.removeprefix(BESIDE)}"]
    assert url == f"{BESIDE}{hashlib.sha256(content).hexdigest()[:16]}.jpg"
    assert "https://harbour.example/quay.jpg" in made.web
    assert "/images/" not in made.web
    assert not made.problems
    os.utime(tmp_path / "static/quay.jpg", (0, 0))  # it is copied again
    assert compose(tmp_path).images == made.images


def test_images_are_linked_unless_asked_otherwise(tmp_path: Path) -> None:
    site(tmp_path, "![the boat](/quay.jpg)", digest="")
    picture().save(tmp_path / "static/quay.jpg")
    made = compose(tmp_path)
    assert 'src="https://harbour.example/quay.jpg"' in made.html
    assert not made.images


def test_the_image_of_a_card_is_copied_in_the_size_of_a_thumbnail_too(tmp_path: Path) -> None:
    site(tmp_path, "", head="\nimage: quay.png\nlayout: compact", digest='images = "resize"\nwords = 5')
    (tmp_path / "content/boat").mkdir(exist_ok=True)
    picture().save(tmp_path / "content/boat/quay.png")
    (copy,) = shown(compose(tmp_path)).values()
    assert copy.width <= 2 * 120
    assert copy.format == "PNG"


def test_a_photo_is_turned_upright(tmp_path: Path) -> None:
    site(tmp_path, "![the boat](/quay.jpg)")
    exif = Image.Exif()
    exif[0x0112] = 6
    picture(1200, 800).save(tmp_path / "static/quay.jpg", exif=exif)
    (copy,) = shown(compose(tmp_path)).values()
    assert copy.width < copy.height
    assert copy.convert("RGB").getpixel((5, 5)) != copy.convert("RGB").getpixel((5, copy.height - 5))


@pytest.mark.parametrize(("suffix", "mode", "format_"), [
    ("webp", "RGB", "JPEG"), ("webp", "RGBA", "JPEG"), ("avif", "RGB", "JPEG"), ("tiff", "CMYK", "JPEG"),
    ("png", "P", "PNG"), ("png", "RGBA", "PNG"), ("png", "1", "PNG"), ("gif", "P", "PNG"), ("bmp", "RGB", "JPEG"),
])  # fmt: skip
def test_a_copy_has_a_format_that_outlook_shows(suffix: str, mode: str, format_: str, tmp_path: Path) -> None:
    site(tmp_path, f"![the boat](/quay.{suffix})")
    picture(mode=mode).save(tmp_path / f"static/quay.{suffix}")
    made = compose(tmp_path)
    (copy,) = shown(made).values()
    assert (copy.format, copy.width) == (format_, 1072)
    assert not made.problems
    assert f"https://harbour.example/quay.{suffix}" in made.web


def test_an_image_that_could_be_copied_says_how(tmp_path: Path) -> None:
    site(tmp_path, "![the boat](/quay.webp)\n\n![far](https://other.example/b.webp)", digest="")
    picture().save(tmp_path / "static/quay.webp")
    hints = [problem.hint for problem in compose(tmp_path).problems]
    assert hints == ['add it as PNG or JPEG, or write images = "resize"', "add it as PNG or JPEG"]


def test_what_is_transparent_stays_so(tmp_path: Path) -> None:
    site(tmp_path, "![the boat](/quay.webp)\n\n![again](/quay.png)")
    image = picture(mode="RGBA")
    image.putalpha(100)
    image.save(tmp_path / "static/quay.webp")
    image.quantize(8).save(tmp_path / "static/quay.png")
    for copy in shown(compose(tmp_path)).values():
        assert copy.format == "PNG"
        assert copy.convert("RGBA").getchannel("A").getextrema() == (100, 100)


def test_a_gif_that_moves_is_kept_as_it_is(tmp_path: Path) -> None:
    site(tmp_path, "![the boat](/quay.gif)")
    frames = [picture(800, 600), picture(800, 600).rotate(180)]
    frames[0].save(tmp_path / "static/quay.gif", save_all=True, append_images=frames[1:])
    made = compose(tmp_path)
    assert list(made.images.values()) == [(tmp_path / "static/quay.gif").read_bytes()]
    assert next(iter(made.images)).endswith(".gif")


def test_a_copy_needs_no_colour_profile(tmp_path: Path) -> None:
    from PIL import ImageCms

    site(tmp_path, "![the boat](/quay.jpg)")
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    picture().save(tmp_path / "static/quay.jpg", icc_profile=profile)
    (copy,) = shown(compose(tmp_path)).values()
    assert "icc_profile" not in copy.info


@pytest.mark.parametrize("mode", ["resize", "embed"])
def test_images_of_other_sites_stay_links(mode: str, tmp_path: Path) -> None:
    site(tmp_path, "![a](https://other.example/a.jpg)\n\n![b](/not-there.jpg)", digest=f'images = "{mode}"')
    made = compose(tmp_path)
    assert 'src="https://other.example/a.jpg"' in made.html
    assert 'src="https://harbour.example/not-there.jpg"' in made.html
    assert not made.images
    assert [part.get_content_type() for part in parsed(made).walk()][1:] == ["text/plain", "text/html"]


def test_a_link_out_of_the_site_is_not_followed(tmp_path: Path) -> None:
    root = site(tmp_path / "site", "![a](/quay.jpg)")
    picture().save(tmp_path / "secret.jpg")
    (root / "static/quay.jpg").symlink_to(tmp_path / "secret.jpg")
    assert not compose(root).images


def bomb(width: int = 60_000, height: int = 60_000) -> bytes:
    """Return a small PNG with very many pixels."""
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    data = zlib.compress(b"\0" * 7_501 * 100)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def test_the_size_of_a_very_large_image_is_read_without_a_python_warning(tmp_path: Path) -> None:
    site(tmp_path, "![the sea](/sea.png)", digest="")
    (tmp_path / "static/sea.png").write_bytes(bomb(10_000, 12_000))
    assert 'width="536" height="643"' in compose(tmp_path).html


def broken() -> bytes:
    whole = io.BytesIO()
    picture().save(whole, "JPEG")
    return whole.getvalue()[:2_000]


@pytest.mark.parametrize(("name", "content", "reason"), [
    ("quay.png", bomb(), "too many pixels"), ("quay.jpg", broken(), "damaged"), ("quay.gif", b"GIF", "no image"),
])  # fmt: skip
def test_an_image_that_cannot_be_copied_stays_a_link_with_a_warning(
    name: str, content: bytes, reason: str, tmp_path: Path
) -> None:
    site(tmp_path, f"More.\n\n![the boat](/{name})", digest='images = "embed"')
    (tmp_path / "static" / name).write_bytes(content)
    made = compose(tmp_path)
    assert f'src="https://harbour.example/{name}"' in made.html
    (problem,) = made.problems
    assert (problem.path, problem.line, problem.code) == ("content/boat/index.md", 10, "email-image-copy")
    assert reason in problem.message
    assert problem.severity == "warning"


def test_a_message_holds_its_images(tmp_path: Path) -> None:
    body = "![one](/a.jpg)\n\n![two](/b.png)\n\n![three](https://other.example/c.jpg)\n\n![one again](/a.jpg)"
    site(tmp_path, body, digest='images = "embed"')
    picture().save(tmp_path / "static/a.jpg")
    picture(300, 300).save(tmp_path / "static/b.png")
    made = compose(tmp_path)
    message = parsed(made)
    assert message.get_content_type() == "multipart/alternative"
    text, related = message.iter_parts()
    assert isinstance(related, EmailMessage)
    assert (text.get_content_type(), related.get_content_type()) == ("text/plain", "multipart/related")
    assert related.get_param("type") == "text/html"
    page, *images = related.iter_parts()
    html = page.get_content()
    assert len(images) == 2
    for image in images:
        assert isinstance(image, EmailMessage)
        identifier = image["Content-ID"]
        assert f'src="cid:{identifier[1:-1]}"' in html
        assert image.get_content_disposition() == "inline"
        name = f"images/{image.get_filename()}"
        assert image.get_content() == made.images[name]
        assert image.get_content_type() in ("image/jpeg", "image/png")
    assert html.count('src="cid:') == 3
    assert 'src="https://other.example/c.jpg"' in html
    assert not [defect for part in message.walk() for defect in part.defects]
    assert max(len(line) for line in made.eml.split(b"\r\n")) <= 78
    assert "cid:" not in made.html
    assert made.html.count(BESIDE) == 3
    assert made.checks["html_bytes"] == len(made.html.encode())
    assert not made.problems


def test_what_is_too_much_for_a_message_is_linked_and_named(tmp_path: Path) -> None:
    site(tmp_path, "![one](/a.jpg)\n\n![two](/b.png)", digest='images = "embed"\nmax_embedded_bytes = 10000')
    Image.effect_noise((900, 600), 90).save(tmp_path / "static/a.jpg")
    picture(200, 200).save(tmp_path / "static/b.png")
    made = compose(tmp_path)
    html = made.eml.decode("ascii").replace("=\r\n", "")
    assert html.count("cid:") == 1
    (problem,) = made.problems
    assert (problem.code, problem.line) == ("email-image-linked", 8)
    assert "a.jpg" in problem.message
    assert "10,000" in problem.message


def test_the_copies_stand_beside_the_edition(tmp_path: Path, digest: Command) -> None:
    site(tmp_path, "![the boat](/quay.jpg)")
    picture().save(tmp_path / "static/quay.jpg")
    now = ("--now", "2026-11-23T09:00:00Z")
    assert digest(tmp_path, "build", *now).code == 0
    folder = tmp_path / "public/editions/weekly/2026-W47"
    manifest = json.loads((folder / "manifest.json").read_bytes())
    (listed,) = [file for file in manifest["files"] if file["path"].startswith("images/")]
    first = folder / listed["path"]
    assert listed["type"] == "image/jpeg"
    assert hashlib.sha256(first.read_bytes()).hexdigest() == listed["sha256"]
    picture(1000, 700).save(tmp_path / "static/quay.jpg")
    assert digest(tmp_path, "build", "weekly/2026-W47", *now).code == 0
    (second,) = (folder / "images").iterdir()
    assert second.name != first.name


def test_a_draft_shows_the_copies_beside_it(tmp_path: Path, digest: Command) -> None:
    site(tmp_path, "![the boat](/quay.jpg)")
    picture().save(tmp_path / "static/quay.jpg")
    assert digest(tmp_path, "build", "--draft", "--now", "2026-11-21T09:00:00Z").code == 0
    (page,) = (tmp_path / ".digest/drafts").rglob("email.html")
    name = page.read_text("utf-8").partition(' src="images/')[2].partition('"')[0]
    assert (page.parent / "images" / name).is_file()


def test_a_note_shows_copies_too(tmp_path: Path) -> None:
    site(tmp_path, "", digest='images = "resize"')
    (tmp_path / "notes/weekly").mkdir(parents=True)
    (tmp_path / "notes/weekly/2026-W47.md").write_text("Hello\n\n![the quay](/quay.webp)\n")
    picture().save(tmp_path / "static/quay.webp")
    made = compose(tmp_path)
    assert len(shown(made)) == 1
    assert codes(made) == set()


@pytest.mark.parametrize("suffix", ["jpg", "png", "gif", "bmp"])
@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_a_linked_image_has_the_size_in_which_it_is_shown(suffix: str, orientation: int, tmp_path: Path) -> None:
    site(tmp_path, f"![the boat](/quay.{suffix})", digest="")
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture(200, 100).save(tmp_path / f"static/quay.{suffix}", exif=exif)
    size = 'width="100" height="200"' if suffix == "jpg" and orientation > 4 else 'width="200" height="100"'
    assert size in compose(tmp_path).html


@pytest.mark.parametrize("content", [
    b"", b"\xff", b"\xff\xd8\xff" * 1_000, b"GIF89a\xff\xff\xff\xff", b"BM" + b"\xff" * 60, b"\x89PNG\r\n\x1a\n" + b"\0" * 40,
    b"RIFF....WEBPVP8X" + b"\xff" * 20, b"....ftypavif", b"II*\0\xff\xff\xff\xff" + b"\0" * 20,
    b'<svg xmlns="http://www.w3.org/2000/svg" width="7" height="7"/>', b"P6 7 7 255 ", b"\0\0\0\x0cjP  \r\n\x87\n" + b"\0" * 60,
])  # fmt: skip
def test_a_file_that_is_no_image_has_no_size(content: bytes, tmp_path: Path) -> None:
    site(tmp_path, "Words.\n\n![the boat](/quay.png)", digest="")
    (tmp_path / "static/quay.png").write_bytes(content)
    assert 'width="536" alt' in compose(tmp_path).html
