from __future__ import annotations

from typing import Any

import pytest

from exchanges import answer, api_of, compiled, exchange
from inside import audited, loop, replying
from ostiary.controls.access.no_directory_listing import folders_of, hidden_in
from ostiary.evidence import Asked
from ostiary.model import Outcome
from ostiary.parts.listings import is_bucket, is_index, is_json_index
from ostiary.parts.seen.listings import lister_of
from recorded import said
from samples import every, sample, servers, situations

HTML = ("content-type", "text/html")
API = api_of({"/files/report": {"get": {"responses": {}}}})

# Software that is not among the recorded servers, in the form that it writes.
LISTINGS = {
    "IIS 10": '<html><head><title>api.test - /files/</title></head><body><H1>api.test - /files/</H1><hr>\n<pre><A HREF="/">[To Parent Directory]</A>'
              '<br><br> 1/2/2026  3:04 PM  12 <A HREF="/files/a.txt">a.txt</A><br></pre><hr></body></html>',
    "Tomcat 10": '<html><head><title>Directory Listing For [/files/]</title></head><body><h1>Directory Listing For [/files/] - <a href="/"><b>Up To [/]</b></a></h1>'
                 '<table><tr><td><a href="/files/a.txt"><tt>a.txt</tt></a></td></tr></table></body></html>',
    "Jetty 12": '<!DOCTYPE html><html><head><title>Directory: /files/</title></head><body><h1 class="title">Directory: /files/</h1><table>'
                '<tr><td class="name"><a href="../">Parent Directory</a></td></tr><tr><td><a href="/files/a.txt">a.txt&nbsp;</a></td></tr></table></body></html>',
    "serve-index 1.9": '<!DOCTYPE html><html><head><title>listing directory /files/</title></head><body><div id="wrapper"><h1><a href="/">~</a> / <a href="/files">files</a></h1>'
                       '<ul id="files" class="view-tiles"><li><a href="/files/a.txt" class="icon">a.txt</a></li></ul></div></body></html>',
    "Apache 2.4, fancy": '<html><head><title>Index of /files</title></head><body><h1>Index of /files</h1><table><tr><th><a href="?C=N;O=D">Name</a></th></tr>'
                         '<tr><td><a href="/">Parent Directory</a></td></tr><tr><td><a href="a.txt">a.txt</a></td></tr></table></body></html>',
}  # fmt: skip
HARMLESS = {
    "soft 404": "<html><head><title>Index of /files is gone</title></head><body><h1>Index of /files is gone</h1><p>Nothing here.</p></body></html>",
    "a page with a path for its title": '<html><head><title>/users</title></head><body><h1>/users</h1><a href="/docs">docs</a> <a href="/docs/b">b</a></body></html>',
    "a shop": '<html><head><title>Shop - /sale</title></head><body><a href="/a">a</a><a href="https://b.example">b</a></body></html>',
    "a book's index": '<html><head><title>Index of terms</title></head><body><a href="https://x.example/a">a</a></body></html>',
    "preformatted text": "<pre>\nno links here\n</pre>",
}


def test_guard_closes_what_the_audit_finds() -> None:
    def careless(asked: Asked) -> tuple[int, list[tuple[str, str]], bytes]:
        page = LISTINGS["Apache 2.4, fancy"].encode()
        return (
            (200, [HTML], page) if asked.target.endswith("/") else (200, [("content-type", "application/json")], b"{}")
        )

    assert loop("access.no-directory-listing", replying(careless), API) == ["FAIL", "PASS"]


@pytest.mark.parametrize("software", LISTINGS)
def test_both_halves_know_listings(software: str) -> None:
    assert lister_of(said(200, [HTML], LISTINGS[software])), "audit"
    assert is_index(LISTINGS[software].encode()), "guard"


@pytest.mark.parametrize("name", HARMLESS)
def test_neither_half_takes_another_page_for_one(name: str) -> None:
    assert not lister_of(said(200, [HTML], HARMLESS[name])), "audit"
    assert not is_index(HARMLESS[name].encode()), "guard"


@pytest.mark.parametrize("server", servers())
def test_recorded_listings_are_found_and_nothing_else_is(server: str) -> None:
    for situation in situations(server):
        if any(name == server for name, _ in every(situation)):
            came = sample(server, situation)
            assert bool(lister_of(came)) is (situation == "directory-listing"), situation
            assert (came.status == 200 and is_index(came.body)) is (situation == "directory-listing"), situation


def test_a_403_on_the_folder_is_no_listing() -> None:
    assert not lister_of(sample("nginx-1.22.1", "directory-forbidden"))


BUCKETS = [
    '<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>shop</Name>',
    '\ufeff<?xml version="1.0" encoding="utf-8"?><EnumerationResults ContainerName="https://x.blob.core.windows.net/c">',
]


@pytest.mark.parametrize("body", BUCKETS)
def test_open_buckets_are_listings(body: str) -> None:
    xml = ("content-type", "application/xml")
    assert lister_of(said(200, [xml], body))
    assert is_bucket(body.encode())
    policy = compiled(API, only=["access.no-directory-listing"])
    assert answer(policy, exchange("GET", "/files/report"), 200, [xml], body.encode()).status == 404


def test_an_operation_that_declares_xml_may_list_a_bucket() -> None:
    content: dict[str, Any] = {"content": {"application/xml": {}}}
    api = api_of({"/bucket": {"get": {"responses": {"200": {"description": "", **content}}}}})
    policy = compiled(api, only=["access.no-directory-listing"])
    reply = answer(policy, exchange("GET", "/bucket"), 200, [("content-type", "application/xml")], BUCKETS[0].encode())
    assert reply.status == 200


def test_nginx_lists_in_json_and_a_collection_is_no_listing() -> None:
    listed = b'[{"name": "a.txt", "type": "file", "mtime": "Sun, 22 Nov 2026 07:12:58 GMT", "size": 4}]'
    collection = b'[{"name": "a.txt", "type": "file", "mtime": "x", "size": 4, "id": 7}]'
    json_type = ("content-type", "application/json")
    assert is_json_index(listed)
    assert lister_of(said(200, [json_type], listed))
    assert not is_json_index(collection)
    assert not lister_of(said(200, [json_type], collection))
    bare = compiled(None, only=["access.no-directory-listing"])
    assert answer(bare, exchange("GET", "/files/"), 200, [json_type], listed).status == 404
    assert answer(bare, exchange("GET", "/files/"), 200, [json_type], collection).status == 200


def test_a_folder_that_is_meant_to_be_seen_is() -> None:
    controls = {"access.no-directory-listing": {"allowed": True}}
    policy = compiled(API, only=["access.no-directory-listing"], controls=controls)
    page = LISTINGS["IIS 10"].encode()
    assert answer(policy, exchange("GET", "/files/report"), 200, [HTML], page).status == 200


def test_every_parent_is_asked_for_and_few_more() -> None:
    folders = folders_of(["/a/b/c?x=1", "/a/d"])
    assert folders[:2] == ["/a/b/", "/a/"]
    assert "/static/" in folders
    assert len(folders_of([f"/x{n}/y" for n in range(100)])) <= 20


def test_no_folder_that_answers_is_not_a_pass() -> None:
    assert audited("access.no-directory-listing", replying(lambda asked: (403, [], b"")), API).outcome is Outcome.PASS


def test_the_folders_of_files_are_asked_for_before_those_of_operations() -> None:
    targets = [*(f"/x{n}/y" for n in range(30)), "/ftp/legal.md"]
    assert folders_of(targets)[0] == "/ftp/"


def test_robots_txt_names_what_should_not_be_found() -> None:
    said = "User-agent: *\nDisallow: /ftp\nDisallow: /a/b/ # old\nDisallow: /\nDisallow: /x.html\nDisallow: /*.php$\n"
    assert hidden_in(said) == ["/ftp/", "/a/b/"]


def test_a_folder_that_only_robots_txt_names_is_found() -> None:
    def careless(asked: Asked) -> tuple[int, list[tuple[str, str]], bytes]:
        if asked.target == "/robots.txt":
            return 200, [("content-type", "text/plain")], b"User-agent: *\nDisallow: /hush\n"
        return (200, [HTML], LISTINGS["serve-index 1.9"].encode()) if asked.target == "/hush/" else (404, [], b"")

    found = audited("access.no-directory-listing", replying(careless), API)
    assert found.outcome is Outcome.FAIL
    assert found.why.startswith("/hush/ lists its files")


def test_an_operation_that_is_a_folder_itself_is_found() -> None:
    def careless(asked: Asked) -> tuple[int, list[tuple[str, str]], bytes]:
        listed = asked.target == "/files/report"
        return (200, [HTML], LISTINGS["serve-index 1.9"].encode()) if listed else (404, [], b"")

    assert audited("access.no-directory-listing", replying(careless), API).outcome is Outcome.FAIL
