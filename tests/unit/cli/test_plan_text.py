"""A plan on a terminal and in a pull request."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.cli.plan_markdown import markdown_of
from generator.cli.plan_text import counts_of, field_lines, text_of
from generator.publish.plan import Change, Conflict, FieldDifference, Left, Plan, PoolState, SqlChange, TriggerStep

BARE = Plan(project="p", environment="dev", workspace="ws", serial=1)
CELL = FieldDifference(path="cells[0].source", old="a\nb\nc\nd\n", new="a\nB\nc\nd\n")
FULL = BARE.model_copy(
    update={
        "changes": (
            Change(artifact="pipeline/new", action="create", reason="it is not in the workspace"),
            Change(
                artifact="notebook/n",
                action="update",
                reason="it changed in the tree",
                fields=(
                    CELL,
                    FieldDifference(path='activities["a: b -> c"].timeout', old="1 -> 2: x", new=None),
                    FieldDifference(path="description", new="ü"),
                ),
            ),
            Change(artifact="dataset/old", action="delete", reason="it left the tree"),
            Change(artifact="dataset/same", action="unchanged", reason="the workspace has it"),
        ),
        "triggers": (
            TriggerStep(trigger="t", action="stop", reason="it changes"),
            TriggerStep(trigger="t", action="start", reason="it ran before", is_restored=True),
        ),
        "conflicts": (
            Conflict(
                artifact="pipeline/c", reason="somebody made it", fields=(FieldDifference(path="x", old=1, new=2),)
            ),
        ),
        "left": (Left(artifact="pipeline/k", reason="it left the tree; `--prune` deletes it"),),
        "pools": (
            PoolState(type="SqlPoolReference", name="sql", state="Paused"),
            PoolState(type="BigDataPoolReference", name="spark", state=""),
        ),
        "missing_pools": (Left(artifact="pipeline/new", reason='the workspace has no SQL pool "x"'),),
        "sql": (SqlChange(file="sql/dev/setup.sql", action="update"),),
    }
)

TEXT = """\
plan for ws (environment dev)
  + pipeline/new: it is not in the workspace
  ~ notebook/n: it changed in the tree
      cells[0].source:
        @@ -1,3 +1,3 @@
         a
        -b
        +B
         c
      activities["a: b -> c"].timeout: "1 -> 2: x" -> null
      description: (nothing) -> "ü"
  - dataset/old: it left the tree
  stop trigger/t: it changes
  start trigger/t: it ran before
  ! pipeline/c: somebody made it
      x: 1 -> 2
  . pipeline/k is kept: it left the tree; `--prune` deletes it
  ~ sql/dev/setup.sql: T-SQL; tables and procedures change when a setup pipeline runs it
  SQL pool sql: Paused
  Spark pool spark: state not told
1 to create, 1 to update, 1 to delete; 1 unchanged; 1 trigger is stopped; 1 trigger is started; 1 in conflict"""

MARKDOWN = """\
### Plan: ws (dev)

1 to create, 1 to update, 1 to delete; 1 unchanged; 1 trigger is stopped; 1 trigger is started; 1 in conflict.

| what | where | why |
|---|---|---|
| **conflict** | `pipeline/c` | somebody made it |
| **missing pool** | `pipeline/new` | the workspace has no SQL pool "x" |
| create | `pipeline/new` | it is not in the workspace |
| update | `notebook/n` | it changed in the tree |
| **delete** | `dataset/old` | it left the tree |
| stop trigger | `trigger/t` | it changes |
| start trigger | `trigger/t` | it ran before |
| keep | `pipeline/k` | it left the tree; \\`--prune\\` deletes it |
| update T-SQL | `sql/dev/setup.sql` | T-SQL; tables and procedures change when a setup pipeline runs it |
| pool | `sql` | Paused |
| pool | `spark` | state not told |

<details><summary>pipeline/c</summary>

```diff
# x
- 1
+ 2
```

</details>

<details><summary>notebook/n</summary>

```diff
# cells[0].source
@@ -1,3 +1,3 @@
 a
-b
+B
 c
# activities["a: b -> c"].timeout
- "1 -> 2: x"
+ null
# description
- (nothing)
+ "ü"
```

</details>"""


def updated(*fields: FieldDifference, **members: Any) -> Plan:
    change = Change(artifact="pipeline/p", action="update", reason="r", fields=fields)
    return BARE.model_copy(update={"changes": (change,)} | members)


def test_a_plan_on_a_terminal_says_everything_that_is_done() -> None:
    assert "\n".join(text_of(FULL)) == TEXT


def test_a_plan_in_a_pull_request_says_everything_that_is_done() -> None:
    assert markdown_of(FULL) == MARKDOWN


def test_a_rollback_is_called_one() -> None:
    plan = BARE.model_copy(update={"purpose": "rollback"})
    assert next(text_of(plan)) == "rollback of ws (environment dev)"
    assert markdown_of(plan).startswith("### Rollback: ws (dev)")


def test_an_empty_plan_is_short() -> None:
    counts = "0 to create, 0 to update, 0 to delete; 0 unchanged"
    assert list(text_of(BARE)) == ["plan for ws (environment dev)", counts]
    assert markdown_of(BARE) == f"### Plan: ws (dev)\n\n{counts}."
    steps = tuple(TriggerStep(trigger=name, action="stop", reason="") for name in "ab")
    assert counts_of(BARE.model_copy(update={"triggers": steps})).endswith("; 2 triggers are stopped")


def lines(**values: Any) -> list[str]:
    return list(field_lines(FieldDifference(path="p", **values)))


def test_values_that_are_short_stand_on_one_line() -> None:
    assert lines(old={"a": [True, None]}, new="x") == ['p: {"a": [true, null]} -> "x"']
    assert lines(old=None) == ["p: null -> (nothing)"]
    assert lines(old="1", new=1) == ['p: "1" -> 1']


def test_of_long_values_the_lines_that_differ_are_shown() -> None:
    old = {f"k{n}": n for n in range(60)}
    assert lines(old=old, new=old | {"k30": -1}) == [
        "p:",
        "  @@ -31,3 +31,3 @@",
        '     "k29": 29,',
        '  -  "k30": 30,',
        '  +  "k30": -1,',
        '     "k31": 31,',
    ]


def test_of_many_lines_and_of_long_lines_the_first_part_is_shown() -> None:
    found = lines(old="", new="\n".join(map(str, range(100))))
    assert (len(found), found[-1]) == (42, "   ... 61 more lines")
    (_, _, long) = lines(old="x" * 100_000)
    assert long == f"  -{'x' * 399}... 99601 more characters"


@pytest.mark.parametrize(("old", "new"), [("a\nb", "a\nb\n"), ("a\r\nb", "a\nb")])
def test_texts_that_differ_only_in_their_ends_of_lines_are_told_so(old: str, new: str) -> None:
    assert lines(old=old, new=new) == ["p:", "   only the ends of lines differ"]


NASTY = [
    "a|b",
    "a\\|b",
    "a`b",
    "``",
    "<script>alert(1)</script>",
    "</summary></details>",
    "a\nb\n\n# Title",
    "![x](https://x.example/y.png)",
    "**bold**",
    "\x1b[31mred\x07",
    "\u202egnp.exe",
    "\ud800",
    "&lt;",
]


@pytest.mark.parametrize("nasty", NASTY)
def test_names_and_reasons_cannot_break_out_of_the_table(nasty: str) -> None:
    artifact = f"pipeline/{nasty}"
    fields = (FieldDifference(path=nasty, old=nasty, new=1),)
    plan = BARE.model_copy(
        update={
            "workspace": nasty,
            "changes": (Change(artifact=artifact, action="update", reason=nasty, fields=fields),),
            "triggers": (TriggerStep(trigger=nasty, action="stop", reason=nasty),),
            "conflicts": (Conflict(artifact=artifact, reason=nasty, fields=fields),),
            "left": (Left(artifact=artifact, reason=nasty),),
            "pools": (PoolState(type="SqlPoolReference", name=nasty, state=nasty),),
            "missing_pools": (Left(artifact=artifact, reason=nasty),),
            "sql": (SqlChange(file=nasty, action="create"),),
        }
    )
    shown = markdown_of(plan)
    outside = re.sub(r"(`{3,})diff\n.*?\n\1\n", "", shown, flags=re.DOTALL).splitlines()
    rows = [line for line in outside if line.startswith("|")]
    assert len(rows) == 9
    # What GitHub's parser splits a row at: a bar that no backslash escapes.
    assert all(len(re.findall(r"(?:\\.|[^|\\])*\|", row)) == 4 for row in rows)
    others = [line for line in outside if line and not line.startswith(("|", "<details>", "</details>"))]
    assert len(others) == 2
    summaries = [line for line in outside if line.startswith("<details>")]
    assert len(summaries) == 2
    assert all(re.fullmatch(r"<details><summary>[^<>]*</summary>", line) for line in summaries)
    for row in rows:
        cell = row.rpartition(" | ")[2]
        assert not re.search(r"(?<!\\)[<>*`\[\]!_]", cell)
        assert row.count("`") - row.count("\\`") == (0 if row.startswith("|-") or "what" in row else 2)


def test_a_fence_inside_a_text_does_not_end_the_block() -> None:
    shown = markdown_of(updated(FieldDifference(path="x", old="```\n", new="a\n````\n")))
    assert re.search(r"\n`````diff\n.*\n`````\n", shown, re.DOTALL)
    assert shown.count("\n`````") == 2


@pytest.mark.parametrize("sign", ["\x1b]0;title\x07", "\r", "\x00", "\x9b31m", "\u2028", "\u202e", "\ud800"])
def test_nothing_that_a_terminal_would_obey_is_printed(sign: str) -> None:
    fields = (
        FieldDifference(path=f"p{sign}", old=f"a{sign}\nb", new=f"a{sign}{sign}\nb"),
        FieldDifference(path="q", old=sign, new=[sign]),
    )
    plan = updated(*fields, workspace=f"w{sign}", left=(Left(artifact=f"pipeline/{sign}", reason=sign),))
    for text in ("".join(text_of(plan)), markdown_of(plan).replace("\n", "")):
        assert not re.search("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]", text)
        text.encode()


def test_a_long_plan_is_cut_at_whole_parts_and_says_so() -> None:
    wide = tuple(
        Change(
            artifact=f"notebook/n{n}",
            action="update",
            reason="r",
            fields=(FieldDifference(path="x", old="", new=f"{'y' * 300}\n" * 39),),
        )
        for n in range(50)
    )
    shown = markdown_of(BARE.model_copy(update={"changes": wide}))
    assert len(shown) <= 60_000
    assert shown.endswith("`synapse-gen plan` shows all of it.")
    assert shown.count("\n```diff\n") == shown.count("\n```\n") == shown.count("</details>") > 1
    assert shown.count("| update |") == 50
    many = tuple(Change(artifact=f"pipeline/{n:05}", action="create", reason="r" * 50) for n in range(3000))
    assert len(markdown_of(BARE.model_copy(update={"changes": many}))) <= 60_000


def test_one_difference_that_is_too_long_leaves_room_for_the_others() -> None:
    huge = tuple(FieldDifference(path=f"x{n}", old="", new=f"{'y' * 390}\n" * 39) for n in range(10))
    changes = (
        Change(artifact="notebook/a", action="update", reason="r", fields=huge),
        Change(artifact="notebook/b", action="update", reason="r", fields=(CELL,)),
    )
    shown = markdown_of(BARE.model_copy(update={"changes": changes}))
    assert "<summary>notebook/b</summary>" in shown
    assert "<summary>notebook/a</summary>" not in shown
    assert shown.endswith("shows all of it.")


VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(derandomize=True, deadline=None)
@given(st.text(), VALUES, VALUES)
def test_any_difference_can_be_shown(path: str, old: Any, new: Any) -> None:
    plan = updated(FieldDifference(path=path, old=old, new=new), FieldDifference(path=path, new=new))
    assert all("\n" not in line for line in text_of(plan))
    shown = markdown_of(plan)
    shown.encode()
    assert shown.endswith("</details>")
    assert html.unescape(shown).count("</details>") >= 1
