"""Trains on listening pairs with Accelerate: whose face moves while somebody else speaks.

    python examples/train_accelerate.py RELEASE
    accelerate launch --num_processes 2 examples/train_accelerate.py RELEASE

The loader splits by rank, so iterate it and do not `prepare` it. `save_state` keeps its place with
the model's and the optimizer's state. The model is a stand-in: from the speaker's audio it predicts
how much the listener moves.
"""

import argparse
from pathlib import Path

import accelerate
import torch
from torch import Tensor, nn

from speakervid5m.loaders import AudioSpec, ListeningBatch, Loader, VideoSpec
from speakervid5m.release import open_release


def movement(batch: ListeningBatch) -> Tensor:
    """Mean change of the listener's frames from one to the next (B,), 0 to 1."""
    video = batch.listener.video
    assert video is not None
    change = (video.frames[:, 1:].float() - video.frames[:, :-1].float()).abs().mean((2, 3, 4))
    both = video.mask[:, 1:] & video.mask[:, :-1]
    return (change * both).sum(1) / both.sum(1).clamp(min=1) / 255


def power(batch: ListeningBatch) -> Tensor:
    """Log power of the speaker's audio in ten parts (B, 10)."""
    audio = batch.speaker.audio
    assert audio is not None
    parts = nn.functional.adaptive_avg_pool1d(audio.waveform.square(), 10)
    return parts.add(1e-6).log10()


def main() -> None:
    """Reads the command line, trains, and prints a line for each epoch."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("release", help="folder or URL of a release")
    parser.add_argument("--config", default="listening_sft")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--checkpoint", type=Path, default=Path("accelerate_state"))
    options = parser.parse_args()

    accelerator = accelerate.Accelerator()  # before the Loader, so that it finds its rank
    accelerate.utils.set_seed(0)
    loader = Loader(
        open_release(options.release)[options.config],
        batch_size=1,
        video=VideoSpec(fps=8, height=32, width=32, num_frames=8, window="random"),
        audio=AudioSpec(sample_rate=16_000),
        num_workers=2,
    )
    model = nn.Sequential(nn.Linear(10, 32), nn.GELU(), nn.Linear(32, 1))
    optimizer = torch.optim.AdamW(model.parameters())
    model, optimizer = accelerator.prepare(model, optimizer)
    accelerator.register_for_checkpointing(loader)
    if options.checkpoint.exists():
        accelerator.load_state(str(options.checkpoint))

    while loader.epoch < options.epochs:
        epoch, losses = loader.epoch, []
        for batch in loader:
            batch = batch.to(accelerator.device)
            assert isinstance(batch, ListeningBatch)
            loss = (model(power(batch))[:, 0] - movement(batch)).square().mean()
            optimizer.zero_grad()
            accelerator.backward(loss)
            optimizer.step()
            losses.append(loss.detach())
        mean = accelerator.reduce(torch.stack(losses).mean(), "mean")
        accelerator.print(f"epoch {epoch}: training error {float(mean):.5f}")
        accelerator.save_state(str(options.checkpoint))


if __name__ == "__main__":
    main()
