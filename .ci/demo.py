"""Reads a running demo as its readers do: three feeds with other people's parsers, the
index, a story page. Arguments: the file its stdout goes to, its process id."""

import json
import os
import re
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

import feedparser

ITEMS_MIN = 30
SECONDS_MAX = 120
BODY_BYTES_MAX = 32 << 20


def fail(why):
    sys.exit(f"demo: {why}")


def fetch(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.headers.get_content_type(), answer.read(BODY_BYTES_MAX)


def wait_for(what, attempt, process):
    """The first truthy value of `attempt`, within the time there is."""
    deadline = time.monotonic() + SECONDS_MAX
    while time.monotonic() < deadline:
        if not is_alive(process):
            fail(f"ended before {what}")
        try:
            if found := attempt():
                return found
        except (OSError, urllib.error.URLError):
            pass
        time.sleep(0.25)
    fail(f"no {what} within {SECONDS_MAX} s")


def is_alive(process):
    try:
        with open(f"/proc/{process}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def first_line(path):
    with open(path) as output:
        line = output.readline()
    return line.strip() if line.endswith("\n") else None


def xml_ids(kind, url):
    content_type, body = fetch(url)
    feed = feedparser.parse(body)
    if feed.bozo:
        fail(f"{url} is not well-formed: {feed.bozo_exception}")
    if not feed.version.startswith(kind):
        fail(f"{url} is {feed.version!r}, not {kind}")
    print(f"{url}: {content_type}, {feed.version}, {len(feed.entries)} items")
    for entry in feed.entries:
        for key in ("id", "title", "link"):
            if not entry.get(key):
                fail(f"{url}: an item has no {key}")
    return [it.id for it in feed.entries], feed.entries


def main(stdout, process):
    base = wait_for("address on stdout", lambda: first_line(stdout), process)
    if not re.fullmatch(r"http://[^\s/]+/", base):
        fail(f"stdout's first line is {base!r}, not a URL alone")
    print(f"running at {base}")

    def items():
        return len(feedparser.parse(fetch(base + "feeds/all.rss")[1]).entries) >= ITEMS_MIN

    wait_for(f"{ITEMS_MIN} items in feeds/all.rss", items, process)

    def all_three():
        """The ids of each format; they may differ for a moment while stories still enter."""
        rss, entries = xml_ids("rss", base + "feeds/all.rss")
        atom, _ = xml_ids("atom", base + "feeds/all.atom")
        content_type, body = fetch(base + "feeds/all.json")
        feed = json.loads(body)
        if not feed["version"].startswith("https://jsonfeed.org/version/1"):
            fail(f"feeds/all.json is version {feed['version']!r}")
        ids = [it["id"] for it in feed["items"]]
        print(f"{base}feeds/all.json: {content_type}, {feed['version']}, {len(ids)} items")
        if len(set(ids)) != len(ids):
            fail("feeds/all.json has an id twice")
        return (rss, entries, feed) if rss == atom == ids else None

    ids, entries, feed = wait_for("feeds with equal ids in all formats", all_three, process)
    if not all(it.startswith("tag:") for it in ids):
        fail(f"{ids[0]} is not a tag: URI")
    for item in feed["items"]:
        if not item["_bylined"]["publishers"] or not item["_bylined"]["attribution"]:
            fail(f"{item['id']} credits nobody")

    content_type, body = fetch(base)
    index = body.decode()
    story = re.search(r'href="([^"]*/story/[^"]+)"', index)
    if content_type != "text/html" or not story:
        fail("the index links to no story")
    page = urllib.parse.urljoin(base, story[1])
    content_type, body = fetch(page)
    if content_type != "text/html" or "by" not in body.decode():
        fail(f"{page} is no story page")
    print(f"{page}: {len(body)} bytes")
    os.kill(int(process), 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
