import pytest

from speakervid5m.records import CONFIGS, Interval, bucket_of, config_of, merge


def test_there_are_nine_configs() -> None:
    assert len(CONFIGS) == 9
    assert config_of("dialogue", "sft").name == "dialogue_sft"
    assert CONFIGS["dialogue_sft"].shard(10) == "data/dialogue/sft/train-000a.parquet"
    assert CONFIGS["vidchatbench"].shard(0) == "data/vidchatbench/test-0000.parquet"


def test_buckets_are_prefixes_of_one_another() -> None:
    for name in ("BK6_XIz6-ZE", "-a_b-c_d-e_", "x234567abcd"):
        fine = bucket_of(name, 8192)
        for power in range(14):
            assert bucket_of(name, 1 << power) == fine >> (13 - power)


@pytest.mark.parametrize("num_buckets", [0, 3, 16384, -1])
def test_num_buckets_is_a_power_of_two(num_buckets: int) -> None:
    with pytest.raises(ValueError, match="power of two"):
        bucket_of("BK6_XIz6-ZE", num_buckets)


def test_intervals_merge_where_they_touch() -> None:
    parts = [Interval(2.0, 3.0), Interval(0.0, 1.0), Interval(1.0, 1.5), Interval(5.0, 5.0)]
    assert merge(parts) == (Interval(0.0, 1.5), Interval(2.0, 3.0))
    with pytest.raises(ValueError, match="before it starts"):
        Interval(2.0, 1.0)
