"""CSS and JavaScript: built into files with a hash in their names, and looked up by their plain names."""

import base64
import hashlib
import json
import shutil

from frappe import cache, config


def build(apps):
    """Writes public/dist of every app, links it below sites/assets, and the manifest beside that."""
    assets = config.SITES / "assets"
    assets.mkdir(parents=True, exist_ok=True)
    manifest = {}
    for app in apps:
        public = config.BENCH / "apps" / app / app / "public"
        link = assets / app
        if link.is_symlink():
            link.unlink()
        if not public.is_dir():
            continue
        link.symlink_to(public)
        shutil.rmtree(public / "dist", ignore_errors=True)
        for source in sorted(public.glob("*/*.bundle.*")):
            kind = source.suffix[1:]
            digest = base64.b32encode(hashlib.sha256(source.read_bytes()).digest()).decode()[:8]
            target = public / "dist" / kind / f"{source.stem}.{digest}.{kind}"
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
            manifest[source.name] = f"/assets/{app}/dist/{kind}/{target.name}"
    (assets / "assets.json").write_text(json.dumps(manifest, indent=4))
    return manifest


def url(bundle):
    """The path at which a bundle is served, from the manifest that Redis keeps."""
    manifest = cache.shared("assets_json", lambda: json.loads((config.SITES / "assets" / "assets.json").read_text()))
    return manifest.get(bundle, f"/assets/{bundle}")
