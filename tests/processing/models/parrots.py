"""Models of the real architectures that always say the same, whatever they hear or see.

Nothing flows through their attention: the next token follows from the place (Whisper), or from
the token before (Qwen-VL). All else is the real path: features, encoder, decoding, tokenizer.
"""

from pathlib import Path

from tests.processing.models.tiny import tiny_qwen_vl, tiny_whisper, torch, transformers

SAID = "Hello."
"""Without a space: faster-whisper suppresses tokens of one, as openai/whisper does."""
SAID_SECONDS = 2.0


def parrot_whisper(folder: Path, *, english_only: bool = False) -> Path:
    """English, `Hello.` in the first two seconds, sure of it.

    Args:
        folder: of the checkpoint.
        english_only: nothing but <|startoftranscript|> is given, as to Whisper's `.en` models.
    """
    tiny_whisper(folder)
    model = transformers.WhisperForConditionalGeneration.from_pretrained(folder)
    tokenizer = transformers.WhisperTokenizer.from_pretrained(folder)
    words = tokenizer(SAID, add_special_tokens=False).input_ids
    begin, end, language, done = (
        tokenizer.convert_tokens_to_ids(one)
        for one in ("<|0.00|>", f"<|{SAID_SECONDS:.2f}|>", "<|en|>", "<|endoftext|>")
    )
    # What follows place 0 (<|startoftranscript|>), 1 (language) and 2 (<|transcribe|>).
    said = [*([] if english_only else [language, done]), begin, *words, end, done]
    decoder = model.model.decoder
    with torch.no_grad():
        for layer in decoder.layers:
            for part in (layer.self_attn.out_proj, layer.encoder_attn.out_proj, layer.fc2):
                part.weight.zero_()
                part.bias.zero_()
        tokens = decoder.embed_tokens.weight
        tokens.copy_(torch.nn.functional.normalize(torch.randn_like(tokens), dim=-1))
        tokens.sub_(tokens.mean(dim=-1, keepdim=True))
        for place in range(len(decoder.embed_positions.weight)):
            decoder.embed_positions.weight[place] = 100 * tokens[said[min(place, len(said) - 1)]]
        decoder.layer_norm.weight.fill_(20.0)
        decoder.layer_norm.bias.zero_()
    model.generation_config.max_length = 40
    model.save_pretrained(folder)
    return folder


def parrot_qwen_vl(folder: Path, version: str, answer: str) -> Path:
    """Gives this answer to every question: one token, and the end."""
    tiny_qwen_vl(folder, version)
    processor = transformers.AutoProcessor.from_pretrained(folder)
    model = transformers.AutoModelForImageTextToText.from_pretrained(folder)
    tokenizer = processor.tokenizer
    tokenizer.add_tokens([answer])
    model.resize_token_embeddings(len(tokenizer))
    said = tokenizer.convert_tokens_to_ids(answer)
    (last,) = tokenizer("\n", add_special_tokens=False).input_ids
    with torch.no_grad():
        for layer in model.model.language_model.layers:
            layer.self_attn.o_proj.weight.zero_()
            layer.mlp.down_proj.weight.zero_()
        tokens = model.get_input_embeddings().weight
        tokens.copy_(torch.randn_like(tokens))
        head = model.get_output_embeddings().weight
        head.zero_()
        # After the prompt's last line comes the answer, after the answer the end.
        head[said] = tokens[last]
        head[tokenizer.eos_token_id] = tokens[said]
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder
