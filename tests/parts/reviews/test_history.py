"""What forges write into commits tells how changes came in."""

from __future__ import annotations

from ostiary.parts.reviews.history import figures, owners


def commit(name: str, subject: str, body: str = "", parents: str = "p") -> str:
    return "\x1f".join(("c" * 40, name, f"{name}@example.com", "GitHub", "noreply", parents, subject, body)) + "\x1e"


def test_requests_are_seen_by_what_forges_write() -> None:
    log = "\n".join(
        [
            commit("ann", "Add parcels (#12)"),
            commit("ann", "Merge pull request #13 from x/y", parents="p q"),
            commit("ben", "Merge branch 'x' into 'main'", "See merge request team/api!14", parents="p q"),
            commit("ben", "Fix typing"),
            commit("dependabot[bot]", "Bump x"),
            commit("ann", "Mention (#1) in the middle of it all"),
        ]
    )
    found = figures(log)
    assert (found.looked_at, found.by_request, found.people) == (6, 3, 2)
    assert found.reviewed is None
    assert len(found.unreviewed) == 2


def test_trailers_name_reviewers() -> None:
    found = figures(
        commit("ann", "x", "Reviewed-by: Ben <ben@example.com>")
        + commit("ann", "y", "Reviewed-by: ann <ann@example.com>")
    )
    assert (found.reviewed, found.self_approved) == (1, 1)


def test_nothing_is_counted_of_an_empty_history() -> None:
    assert figures("").looked_at == 0


def test_owners_are_rules_with_somebody_in_them() -> None:
    assert owners(
        "# all\n* @org/all\n[Security][2] @sec\n/src/auth/ @org/security ann@example.com # why\n/docs/\n"
    ) == [
        ("*", ("@org/all",)),
        ("/src/auth/", ("@org/security", "ann@example.com")),
    ]
