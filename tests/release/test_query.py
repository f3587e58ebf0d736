"""`where` keeps the right rows, and an expression reaches nothing but the index."""

from pathlib import Path

import pyarrow as pa
import pytest

from speakervid5m.records import CONFIGS
from speakervid5m.release import GATES, QueryError, Samples, open_release

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
def test_nothing_but_the_index_is_reached(
    samples: Samples, small: Path, tmp_path: Path, expression: str
) -> None:
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
