"""Checkpoints of the real architectures, with random weights and hardly any of them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

transformers = pytest.importorskip("transformers", reason="the extra models is not installed")
torch = pytest.importorskip("torch", reason="the extra models is not installed")

_CHAT = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{% for c in m.content %}"
    "{% if c.type == 'video' %}<|vision_start|><|video_pad|><|vision_end|>"
    "{% else %}{{ c.text }}{% endif %}{% endfor %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
LANGUAGES = ("en", "de")
MAX_TOKENS = 24
"""Of a transcript of the tiny Whisper."""


def _bytes() -> dict[str, int]:
    """A vocabulary of single bytes: no merges, no download."""
    from tokenizers import pre_tokenizers

    return {one: number for number, one in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}


def _with_tokens(tokenizer: Any, names: Sequence[str]) -> dict[str, int]:
    tokenizer.add_tokens(list(names), special_tokens=True)
    return {name: tokenizer.convert_tokens_to_ids(name) for name in names}


def tiny_whisper(folder: Path) -> Path:
    """As `whisper-large-v3` in form: languages, tasks, no speech, time stamps."""
    tokenizer = transformers.WhisperTokenizer(vocab=_bytes(), merges=[], pad_token="<|endoftext|>")
    words = ["endoftext", "startoftranscript", *LANGUAGES, "translate", "transcribe", "startoflm"]
    words += ["startofprev", "nospeech", "notimestamps"]
    stamps = [f"<|{number * 0.02:.2f}|>" for number in range(1501)]
    ids = _with_tokens(tokenizer, [*(f"<|{word}|>" for word in words), *stamps])
    end, start = ids["<|endoftext|>"], ids["<|startoftranscript|>"]
    special = {"decoder_start_token_id": start, "eos_token_id": end, "pad_token_id": end}
    config = transformers.WhisperConfig(
        vocab_size=len(tokenizer), num_mel_bins=80, d_model=32, max_target_positions=64,
        encoder_layers=2, decoder_layers=2, encoder_attention_heads=2, decoder_attention_heads=2,
        encoder_ffn_dim=64, decoder_ffn_dim=64, begin_suppress_tokens=None, bos_token_id=end,
        **special,
    )  # fmt: skip
    torch.manual_seed(0)
    model = transformers.WhisperForConditionalGeneration(config)
    model.generation_config = transformers.GenerationConfig(
        no_timestamps_token_id=ids["<|notimestamps|>"],
        lang_to_id={f"<|{one}|>": ids[f"<|{one}|>"] for one in LANGUAGES},
        task_to_id={one: ids[f"<|{one}|>"] for one in ("transcribe", "translate")},
        is_multilingual=True,
        max_initial_timestamp_index=50,
        max_length=MAX_TOKENS,
        begin_suppress_tokens=[end],
        bos_token_id=end,
        **special,
    )
    model.save_pretrained(folder)
    extractor = transformers.WhisperFeatureExtractor(feature_size=80)
    transformers.WhisperProcessor(extractor, tokenizer).save_pretrained(folder)
    return folder


def tiny_qwen_vl(folder: Path, version: str) -> Path:
    """Qwen2.5-VL (`2.5`) or Qwen3-VL (`3`) with the processor that theirs have."""
    names = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    names += [f"<|{one}|>" for one in ("vision_start", "vision_end", "image_pad", "video_pad")]
    tokenizer = transformers.Qwen2Tokenizer(vocab=_bytes(), merges=[])
    ids = _with_tokens(tokenizer, names)
    tokenizer.pad_token, tokenizer.eos_token = "<|endoftext|>", "<|im_end|>"
    marks = {
        "image_token_id": ids["<|image_pad|>"],
        "video_token_id": ids["<|video_pad|>"],
        "vision_start_token_id": ids["<|vision_start|>"],
        "vision_end_token_id": ids["<|vision_end|>"],
    }
    rope = {"rope_type": "default", "rope_theta": 1e4, "mrope_section": [2, 3, 3]}
    text = {
        "vocab_size": len(tokenizer), "hidden_size": 32, "intermediate_size": 64,
        "num_hidden_layers": 2, "num_attention_heads": 2, "num_key_value_heads": 1,
        "head_dim": 16, "rope_parameters": rope, "pad_token_id": ids["<|endoftext|>"],
        "bos_token_id": None, "eos_token_id": ids["<|im_end|>"],
    }  # fmt: skip
    vision = {"depth": 2, "hidden_size": 32, "intermediate_size": 64, "num_heads": 2}
    vision["out_hidden_size"] = 32
    torch.manual_seed(0)
    if version == "2.5":
        more: dict[str, Any] = {"fullatt_block_indexes": [1], "patch_size": 14, "window_size": 56}
        config = transformers.Qwen2_5_VLConfig(
            text_config=text, vision_config=vision | more, **marks
        )
        model = transformers.Qwen2_5_VLForConditionalGeneration(config)
        of_videos = transformers.Qwen2VLVideoProcessor(patch_size=14)
        kind = transformers.Qwen2_5_VLProcessor
    else:
        more = {"deepstack_visual_indexes": [0], "patch_size": 16, "num_position_embeddings": 64}
        config = transformers.Qwen3VLConfig(text_config=text, vision_config=vision | more, **marks)
        model = transformers.Qwen3VLForConditionalGeneration(config)
        of_videos = transformers.Qwen3VLVideoProcessor(patch_size=16)
        kind = transformers.Qwen3VLProcessor
    model.save_pretrained(folder)
    size = of_videos.patch_size
    of_images = transformers.Qwen2VLImageProcessor(patch_size=size)
    kind(of_images, tokenizer, of_videos, chat_template=_CHAT).save_pretrained(folder)
    return folder
