#!/usr/bin/env python3
"""Follows our feeds with feed readers through a new story, an edit, a merge, a split and a withdrawal.

    tests/clients/run.py PATH_TO_BYLINED

Prints a Markdown table: for each reader, format and step, what it holds. Readers that are not
installed are skipped: newsboat, sfeed (sfeed_update), rss2email (r2e), feedparser (a Python module).
Ends with 1 where a reader shows an item twice, lacks one, or shows a wrong title or link; of
feedparser, authors and dates are compared too.
"""

import calendar, datetime, http.server, json, os, shutil, signal, socket, sqlite3, subprocess, sys, tempfile, threading, time
import urllib.request
from email import policy
from email.parser import BytesParser
from pathlib import Path

STORIES = {
    "harbour": ("Harbour crane lifts forty tonnes again", "The crane at berth four lifts forty tonnes since Monday, the port of Halden said."),
    "ferry": ("Electric ferry crosses the fjord in eleven minutes", "The battery ferry Tern crossed the Aur fjord in eleven minutes on its first trip, its owner said."),
    "bridge": ("Glass bridge opens to walkers & cyclists", "A glass bridge of ninety metres above the Ulvik gorge opened to walkers and cyclists on Friday."),
    "late": ("Observatory sees a comet with two tails", "The observatory on Mount Skarv photographed a comet with two tails on Sunday night."),
}


class Origin(http.server.BaseHTTPRequestHandler):
    feed = b""

    def do_GET(self):
        found = self.path == "/feed"
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", "application/rss+xml")
        self.end_headers()
        self.wfile.write(self.feed if found else b"")

    def log_message(self, *_):
        pass


def paper(origin, names, changed=()):
    items = ""
    for at, name in enumerate(names):
        title, text = STORIES[name]
        title = title.replace("&", "&amp;")
        text += " The owner corrected the figure later." if name in changed else ""
        items += (f"<item><title>{title}</title><link>{origin}/{name}</link><guid>{origin}/{name}</guid>"
                  f"<pubDate>Mon, 16 Nov 2026 08:0{at}:00 GMT</pubDate><description>{text}</description></item>")
    Origin.feed = (f"<rss version='2.0'><channel><title>Fjord Daily</title><link>{origin}/</link>"
                   f"<description>d</description>{items}</channel></rss>").encode()


class Site:
    """bylined beside an origin of ours, in a folder that goes away."""

    def __init__(self, program, folder):
        self.program, self.folder = program, folder
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Origin)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.origin = f"http://127.0.0.1:{server.server_port}"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.base = f"http://127.0.0.1:{self.port}"
        self.config = folder / "bylined.toml"
        self.config.write_text(f"""
[site]
title = "Brief"
base_url = "{self.base}/"
contact = "desk@brief.example"
[server]
listen = "127.0.0.1:{self.port}"
[store]
path = "{folder}/bylined.db"
[fetch]
allow_private = ["{self.origin[7:]}"]
[curation]
backlog = "all"
[[source]]
id = "fjord"
url = "{self.origin}/feed"
full_text = false
""")

    def run(self, *args):
        done = subprocess.run([self.program, "--config", self.config, *args], capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"bylined {' '.join(args)}: {done.stderr}")
        return done.stdout

    def serve(self):
        self.daemon = subprocess.Popen([self.program, "--config", self.config, "run"], stderr=subprocess.DEVNULL)
        self.wait(lambda: self.items() is not None)

    def items(self):
        try:
            with urllib.request.urlopen(f"{self.base}/feeds/all.json", timeout=5) as answer:
                return json.load(answer)["items"]
        except (OSError, ValueError):
            return None

    def wait(self, is_so):
        for _ in range(300):
            if is_so():
                return
            time.sleep(0.2)
        sys.exit("the site does not come to show what it should")

    def key(self, name):
        title = STORIES[name][0]
        listed = json.loads(self.run("story", "list", "--limit", "100", "--json"))
        return next(it["key"] for it in listed if it["title"] == title and it["state"] != "merged")


# Each reader: holds(url) reads the feed as the reader does and returns [(id, title, link)], kept over calls.

class Feedparser:
    name, formats = "feedparser", ("rss", "atom")

    def __init__(self, folder):
        import feedparser
        self.library, self.known, self.details = feedparser, {}, {}

    def holds(self, url):
        known = self.known.setdefault(url, {})
        for it in self.library.parse(url).entries:
            self.details[it.id] = (calendar.timegm(it.published_parsed), it.author)
            known[it.id] = (it.id, it.title, it.link)
        return list(known.values())


class Newsboat:
    name, formats = "newsboat", ("rss", "atom")

    def __init__(self, folder):
        if not shutil.which("newsboat"):
            raise ImportError("newsboat")
        self.folder = folder

    def holds(self, url):
        urls, cache = self.folder / f"nb-{url[-4:]}.urls", self.folder / f"nb-{url[-4:]}.db"
        urls.write_text(url + "\n")
        (self.folder / "nb.conf").write_text("")
        subprocess.run(["newsboat", "-u", urls, "-c", cache, "-C", self.folder / "nb.conf", "-x", "reload"],
                       check=True, capture_output=True, env={**os.environ, "HOME": str(self.folder)})
        with sqlite3.connect(cache) as database:
            return list(database.execute("SELECT guid, title, url FROM rss_item WHERE deleted = 0"))


class Sfeed:
    name, formats = "sfeed", ("rss", "atom")

    def __init__(self, folder):
        if not shutil.which("sfeed_update"):
            raise ImportError("sfeed")
        self.folder = folder

    def holds(self, url):
        kept = self.folder / f"sfeed-{url[-4:]}"
        config = self.folder / f"sfeedrc-{url[-4:]}"
        config.write_text(f"sfeedpath='{kept}'\nfeeds() {{ feed 'brief' '{url}'; }}\n")
        subprocess.run(["sfeed_update", config], check=True, capture_output=True)
        lines = (kept / "brief").read_text().splitlines()
        return [(it[5], it[1], it[2]) for it in (line.split("\t") for line in lines)]


class Rss2email:
    name, formats = "rss2email", ("rss", "atom")

    def __init__(self, folder):
        if not shutil.which("r2e"):
            raise ImportError("rss2email")
        self.folder = folder

    def holds(self, url):
        home = self.folder / f"r2e-{url[-4:]}"
        mails, sendmail = home / "mails", home / "sendmail"
        command = ["r2e", "-c", home / "r2e.cfg", "-d", home / "r2e.json"]
        if not home.exists():
            mails.mkdir(parents=True)
            sendmail.write_text(f"#!/bin/sh\ncat > \"$(mktemp {mails}/XXXXXXXX)\"\n")
            sendmail.chmod(0o755)
            (home / "r2e.cfg").write_text(
                f"[DEFAULT]\nfrom = brief@example.org\nto = reader@example.org\nemail-protocol = sendmail\nsendmail = {sendmail}\n")
            subprocess.run([*command, "add", "brief", url], check=True, capture_output=True)
        subprocess.run([*command, "run"], check=True, capture_output=True)
        held = []
        for path in mails.iterdir():
            mail = BytesParser(policy=policy.default).parsebytes(path.read_bytes())
            held.append((mail["X-RSS-ID"], mail["Subject"], mail["X-RSS-URL"]))
        return held


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    program, faults, rows = str(Path(sys.argv[1]).resolve()), [], []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        site = Site(program, folder)
        paper(site.origin, ["harbour", "ferry", "bridge"])
        site.run("poll", "--all")
        site.serve()
        readers = []
        for reader in (Newsboat, Sfeed, Rss2email, Feedparser):
            try:
                readers.append(reader(folder))
            except ImportError as missing:
                print(f"skipped, not installed: {missing}", file=sys.stderr)
        try:
            follow(site, readers, rows, faults)
        finally:
            site.daemon.send_signal(signal.SIGTERM)
            site.daemon.wait()
    print("| step | reader | format | items held | as published |\n| --- | --- | --- | --- | --- |")
    print("\n".join(rows))
    print("\n".join(faults), file=sys.stderr)
    sys.exit(1 if faults else 0)


def follow(site, readers, rows, faults):
    seen = {}

    def look(step):
        shown = {it["id"]: (it["title"], it["url"]) for it in site.items()}
        seen.update(shown)
        details = {it["id"]: (datetime.datetime.fromisoformat(it["date_published"]).timestamp(),
                              ", ".join(author["name"] for author in it["authors"])) for it in site.items()}
        for reader in readers:
            for format in reader.formats:
                held = reader.holds(f"{site.base}/feeds/all.{format}")
                ids = [it[0] for it in held]
                wrong = [f"twice: {it}" for it in set(ids) if ids.count(it) > 1]
                wrong += [f"lacks {shown[it][0]}" for it in shown if it not in ids]
                wrong += [f"never published: {it}" for it in ids if it not in seen]
                wrong += [f"`{title}` {link} in place of {seen[id]}" for id, title, link in held
                          if id in seen and (title, link) != seen[id]]
                wrong += [f"{shown[id][0]}: {it} in place of {details[id]}"
                          for id, it in getattr(reader, "details", {}).items()
                          if id in details and it != details[id]]
                faults.extend(f"{step}, {reader.name}, {format}: {it}" for it in wrong)
                rows.append(f"| {step} | {reader.name} | {format} | {len(ids)} | {'; '.join(wrong) or 'yes'} |")

    def count(n):
        site.wait(lambda: len(site.items() or []) == n)

    count(3)
    look("start")
    paper(site.origin, ["harbour", "ferry", "bridge", "late"])
    site.run("poll", "--all")
    count(4)
    look("new story")
    paper(site.origin, ["harbour", "ferry", "bridge", "late"], changed=["ferry"])
    site.run("poll", "--all")
    time.sleep(3)
    look("edit")
    harbour, ferry = site.key("harbour"), site.key("ferry")
    by = ["--by", "Mara Quill"]
    site.run("story", "merge", harbour, ferry, *by)
    count(3)
    look("merge")
    listed = json.loads(site.run("story", "list", "--limit", "100", "--json"))
    merged = next(it for it in listed if it["key"] in (harbour, ferry) and it["state"] == "published")
    away = "ferry" if merged["key"] == harbour else "harbour"
    site.run("story", "split", merged["key"], f"{site.origin}/{away}", *by)
    count(4)
    look("split")
    site.run("story", "reject", site.key("bridge"), "--reason", "The figure was wrong", *by)
    count(3)
    look("withdrawal")


main()
