"""Random models of the released ones' architecture, small enough to be made by a test."""

from pathlib import Path

import torch


def save_mimi(folder: Path) -> None:
    import transformers

    torch.manual_seed(0)
    config = transformers.MimiConfig(
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=2,
        head_dim=16,
        intermediate_size=32,
        num_filters=4,
        codebook_size=16,
        codebook_dim=16,
        vector_quantization_hidden_dimension=16,
        num_quantizers=8,
        upsample_groups=32,
    )
    model = transformers.MimiModel(config)
    for name, buffer in model.named_buffers():
        if name.endswith("embed_sum"):
            # A book that was never trained holds zeros alone.
            buffer.normal_(std=0.1)
    model.save_pretrained(folder / "mimi")


def save_wan21(folder: Path) -> None:
    import diffusers

    torch.manual_seed(0)
    model = diffusers.AutoencoderKLWan(
        base_dim=8,
        z_dim=4,
        dim_mult=[1, 1, 1, 1],
        num_res_blocks=1,
        temperal_downsample=[False, True, True],
    )
    model.save_pretrained(folder / "wan2.1-vae")


_SPECIAL = {
    "image_token": "<|IMAGE|>",
    "audio_token": "<|AUDIO|>",
    "video_token": "<|VIDEO|>",
    "vision_bos_token": "<|vision_bos|>",
    "vision_eos_token": "<|vision_eos|>",
    "audio_bos_token": "<|audio_bos|>",
    "audio_eos_token": "<|audio_eos|>",
}


def save_qwen25omni(folder: Path) -> None:
    import transformers
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    bytewise = Tokenizer(
        models.BPE(vocab={one: number for number, one in enumerate(alphabet)}, merges=[])
    )
    bytewise.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bytewise.decoder = decoders.ByteLevel()
    words = transformers.PreTrainedTokenizerFast(
        tokenizer_object=bytewise,
        pad_token="<|endoftext|>",
        eos_token="<|im_end|>",
        extra_special_tokens=_SPECIAL,
    )
    words.add_special_tokens({"additional_special_tokens": ["<|im_start|>"]})
    ids = {name: words.convert_tokens_to_ids(token) for name, token in _SPECIAL.items()}
    width = 64
    config = transformers.Qwen2_5OmniThinkerConfig(
        audio_config={
            "num_mel_bins": 128,
            "d_model": 32,
            "encoder_layers": 1,
            "encoder_attention_heads": 2,
            "encoder_ffn_dim": 64,
            "output_dim": width,
            "n_window": 100,
            "max_source_positions": 1500,
        },
        vision_config={
            "depth": 1,
            "hidden_size": 32,
            "intermediate_size": 64,
            "num_heads": 2,
            "patch_size": 14,
            "spatial_merge_size": 2,
            "temporal_patch_size": 2,
            "window_size": 112,
            "out_hidden_size": width,
            "fullatt_block_indexes": [0],
        },
        text_config={
            "vocab_size": len(words),
            "hidden_size": width,
            "intermediate_size": 128,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
            "max_position_embeddings": 4096,
            "rope_parameters": {
                "rope_type": "default",
                "rope_theta": 1e6,
                "mrope_section": [2, 3, 3],
            },
        },
        audio_token_index=ids["audio_token"],
        image_token_index=ids["image_token"],
        video_token_index=ids["video_token"],
        audio_start_token_id=ids["audio_bos_token"],
        audio_end_token_id=ids["audio_eos_token"],
        vision_start_token_id=ids["vision_bos_token"],
        vision_end_token_id=ids["vision_eos_token"],
        user_token_id=0,
    )
    torch.manual_seed(0)
    place = folder / "qwen2.5-omni-7b"
    transformers.Qwen2_5OmniThinkerForConditionalGeneration(config).save_pretrained(place)
    transformers.Qwen2_5OmniProcessor(
        image_processor=transformers.Qwen2VLImageProcessor(),
        video_processor=transformers.Qwen2VLVideoProcessor(),
        feature_extractor=transformers.WhisperFeatureExtractor(feature_size=128),
        tokenizer=words,
    ).save_pretrained(place)
