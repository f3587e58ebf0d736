"""`where` keeps the right rows, and an expression reaches nothing but the index."""

import subprocess
import sys
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from speakervid5m.records import CONFIGS
from speakervid5m.release import GATES, QueryError, Samples, open_release
from speakervid5m.release.read import where

OUTSIDE = pa.table({"secret": [1]})


@pytest.fixture
def samples(small: Path) -> Samples:
    return open_release(str(small))["single_pretrain"]


def test_the_right_rows_in_order(samples: Samples) -> None:
    whole = list(samples)
    kept = samples.where("dover > 0.5 and role = 'speaking'")
    wanted = [
        one for one in whole if (one.clips[0].dover or 0) > 0.5 and one.clips[0].role == "speaking"
    ]
    assert 0 < len(wanted) < len(whole)
    assert list(kept) == wanted
    again = kept.where("transcript like '%über uns'").where("language = 'en'")
    assert list(again) == [one for one in wanted if one.clips[0].language == "en"]
    for number, one in enumerate(again):
        found = [kept.media(n, "video") for n, other in enumerate(kept) if other == one]
        assert again.media(number, "video") == found[0]
    assert again.table(["clip_id"]).num_rows == len(again)


def test_what_is_unknown_is_not_kept(samples: Samples) -> None:
    known = samples.where("hand_blur > 0 or hand_blur <= 0")
    assert len(known) + len(samples.where("hand_blur is null")) == len(samples)
    assert 0 < len(known) < len(samples)


@pytest.mark.parametrize("expression", ["true", "1 = 1", "'dover' = 'dover'"])
def test_an_expression_may_name_no_column(samples: Samples, expression: str) -> None:
    assert len(samples.where(expression)) == len(samples)
    assert len(samples.where(f"not ({expression})")) == 0
    assert list(samples.where("false").where("dover > 0")) == []


@pytest.mark.parametrize("name", CONFIGS)
def test_every_column_of_the_index_can_be_asked_for(small: Path, name: str) -> None:
    samples = open_release(str(small))[name]
    for column in samples.table().column_names:
        assert len(samples.where(f"{column} is null or {column} is not null")) == len(samples)


@pytest.mark.parametrize("gate", GATES, ids=lambda gate: gate.name)
def test_a_gates_expression_says_what_the_gate_says(samples: Samples, gate: object) -> None:
    (one,) = (known for known in GATES if known is gate)
    kept = {sample.clips[0].clip_id for sample in samples.where(one.expression)}
    for sample in samples:
        answer = one.answer(sample.clips[0])
        assert answer == "not_applicable" or (answer == "pass") == (sample.clips[0].clip_id in kept)


def test_an_unknown_column_suggests(small: Path) -> None:
    samples = open_release(str(small))["dialogue_sft"]
    with pytest.raises(QueryError, match=r"nearest columns are .*responder_dover"):
        samples.where("dover > 0.6")
    with pytest.raises(QueryError, match="responder_language"):
        samples.where("responder_langage = 'en'")
    with pytest.raises(QueryError, match=r"no column 'dover'.*responder_dover"):
        samples.table(["dover"])
    with pytest.raises(QueryError, match=r"no media column 'video'.*responder_video"):
        samples.media(0, "video")


@pytest.mark.parametrize(
    "expression",
    [
        "(select count(*) from read_csv('{file}')) > 0",
        "(select content from read_text('{file}')) is not null",
        "(select count(*) from glob('{folder}/*')) > 0",
        "(select count(*) from '{file}') > 0",
        "exists (from '{shard}')",
        "(select count(*) from parquet_metadata('{shard}')) > 0",
        "(select count(*) from OUTSIDE) > 0",
        "(select count(*) from numbered) > 0",
        "(select count(*) from pa.table) > 0",
        "ATTACH '{folder}/new.db'",
        "COPY samples TO '{folder}/new.csv'",
        "(COPY samples TO '{folder}/new.csv')",
        "PRAGMA database_list",
        "SET enable_external_access = true",
        "INSTALL httpfs",
        "LOAD httpfs",
        "EXPORT DATABASE '{folder}/new'",
        "true; COPY samples TO '{folder}/new.csv'",
        "true; select 1",
        "true) or (true",
        "true union select 1",
        "true order by 1",
        "true limit 1",
        "true, true",
        "*",
        "count(*) > 1",
        "dover >",
        "dover > 'x'",
        "clip_id",
        "",
        " ",
        ";",
        "--",
        "\x00",
        "(" * 5000 + "true" + ")" * 5000,
        "true or " * 2000 + "true",
    ],
)
@pytest.mark.parametrize("checked", [True, False], ids=["checked", "by DuckDB's settings alone"])
def test_nothing_but_the_index_is_reached(
    samples: Samples,
    small: Path,
    tmp_path: Path,
    expression: str,
    checked: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if not checked:
        monkeypatch.setattr(where, "check_expression", lambda *_: None)
    (tmp_path / "secret.csv").write_text("a,b\n1,2\n")
    shard = small / "data/single/sft/train-0000.parquet"
    filled = expression
    for name, value in {
        "{file}": tmp_path / "secret.csv",
        "{folder}": tmp_path,
        "{shard}": shard,
    }.items():
        filled = filled.replace(name, str(value))
    with pytest.raises(QueryError, match="where"):
        samples.where(filled)
    mine = {path.name for path in tmp_path.iterdir()} - {"datasets_cache", "hf_home"}
    assert mine == {"secret.csv"}


def test_the_same_functions_work_where_nothing_forbids_them(tmp_path: Path) -> None:
    """So that the test above can fail."""
    import duckdb

    (tmp_path / "secret.csv").write_text("a,b\n1,2\n")
    with duckdb.connect(":memory:") as database:
        found = database.sql(f"select * from read_csv('{tmp_path}/secret.csv')").fetchall()
    assert found == [(1, 2)]


@pytest.mark.parametrize(
    ("expression", "named"),
    [
        ("length(repeat(transcript, 2000000000)) > 0", "'repeat' is not allowed"),
        ("lpad(transcript, 2000000000, 'x') = ''", "'lpad' is not allowed"),
        ("len(range(100000000)) > 0", "'range' is not allowed"),
        ("sleep_ms(100000) is null", "'sleep_ms' is not allowed"),
        ("(select count(*) from range(1000000000000)) > 0", "subquery is not allowed"),
        (
            "(with recursive t(n) as (select 1 union all select n + 1 from t) "
            "select count(*) from t) > 0",
            "subquery is not allowed",
        ),
        ("damerau_levenshtein(transcript, transcript) > 0", "is not allowed"),
        ("transcript || transcript = 'x'", "is not allowed"),
        ("replace(transcript, 'a', 'aaaaaaaaa') = 'x'", "is not allowed"),
        ("len([transcript, transcript]) > 1", "a list holds constants"),
        (
            "len(list_filter(entities, lambda a: len(list_filter(entities, lambda b: a = b)) > 0)) "
            "> 0",
            "a lambda in a lambda",
        ),
        ("getenv('HOME') = 'x'", "'getenv' is not allowed"),
        ("count(*) over () > 1", "window is not allowed"),
        ("columns('dover') > 1", "star is not allowed"),
        ("$1 > 0", "parameter is not allowed"),
        ("dover > 0 order by 1", "more than one expression"),
        ("dover > 0 from range(3)", "more than one expression"),
    ],
)
def test_what_grows_or_never_ends_is_refused_by_name(
    samples: Samples, expression: str, named: str
) -> None:
    with pytest.raises(QueryError, match=named):
        samples.where(expression)


@pytest.mark.parametrize(
    "expression",
    [
        "list_contains(entities, 'desk') and not list_has_any(entities, ['x', 'y'])",
        "len(list_filter(entities, lambda one: one like 'd%')) = 1",
        "regexp_matches(transcript, 'sc.ne') and transcript ilike '%UNS'",
        "coalesce(hand_blur, 0.6) between 0.5 and 0.7 and language in ('en', 'de')",
        "case when scene > 2 then dover > 0.1 else true end and round(dover::float, 1) >= 0.1",
        "len(string_split(transcript, ' ')) = 4 and segments[1].text <> ''",
        "lower(motion) similar to 'n.*' and -dover < 0 and dover * 2 - 1 < 5",
    ],
)
def test_what_users_ask_is_allowed(samples: Samples, expression: str) -> None:
    assert 0 < len(samples.where(expression)) <= len(samples)


FOREVER = "(select count(*) from range(1000000000000)) > 0"


def test_what_takes_too_long_is_interrupted(
    samples: Samples, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(where, "check_expression", lambda *_: None)
    with pytest.raises(QueryError, match=r"more than 0\.01 seconds.*max_seconds"):
        samples.where(FOREVER, max_seconds=0.01)


def test_memory_of_a_query_is_bounded(samples: Samples, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(where, "check_expression", lambda *_: None)
    monkeypatch.setitem(where._SETTINGS, "memory_limit", "50MB")
    with pytest.raises(QueryError, match="Out of Memory"):
        samples.where("(select length(string_agg(repeat('x', 1000000))) from range(1000)) > 0")


def test_nothing_is_drawn_on_the_screen(samples: Samples, monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[object] = []

    def asked(database: duckdb.DuckDBPyConnection, _: str) -> None:
        names = ("enable_progress_bar", "lock_configuration")
        for name in names:
            found.append(database.execute(f"select current_setting('{name}')").fetchall())

    monkeypatch.setattr(where, "check_expression", asked)
    samples.where("true")
    assert found == [[(False,)], [(True,)]]


_CTRL_C = """
import os, signal, sys, threading
signal.signal(signal.SIGINT, signal.default_int_handler)
from speakervid5m.release import open_release
from speakervid5m.release.read import where
where.check_expression = lambda *_: None
begun = threading.Event()
evaluate = where._evaluate

def noted(*given):
    begun.set()
    return evaluate(*given)

def press():
    begun.wait()
    os.kill(os.getpid(), signal.SIGINT)

where._evaluate = noted
threading.Thread(target=press).start()
try:
    open_release(sys.argv[1])["single_sft"].where(sys.argv[2], max_seconds=1e6)
except KeyboardInterrupt:
    print("interrupted")
"""


def test_ctrl_c_comes_through_while_a_query_runs(small: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _CTRL_C, str(small), FOREVER],
        capture_output=True,
        text=True,
        timeout=100,
        check=True,
    )
    assert done.stdout == "interrupted\n"
