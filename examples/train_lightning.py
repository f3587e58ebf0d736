"""Trains on dialogue pairs with Lightning; its checkpoint holds the loader's exact place.

    python examples/train_lightning.py RELEASE
    python examples/train_lightning.py RELEASE --devices 2 --resume last

The model is a stand-in: from the initiator's loudness it predicts the responder's.
"""

import argparse
from pathlib import Path
from typing import Any

import lightning
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from speakervid5m.loaders import AudioBatch, AudioSpec, DialogueBatch, Loader
from speakervid5m.release import open_release

WINDOW = 1600
"""Samples whose mean power is one number: 0.1 s at 16 kHz."""


class Pairs(lightning.LightningDataModule):
    """Training and validation batches of one config, split by conversation."""

    def __init__(self, release: str, config: str, batch_size: int) -> None:
        super().__init__()
        self.release, self.config, self.batch_size = release, config, batch_size

    def setup(self, stage: str) -> None:  # noqa: ARG002
        """Makes the loaders here, where ranks are known."""
        samples = open_release(self.release)[self.config]
        train, held_out = samples.split_by_conversation(0.25, seed=1)
        common: dict[str, Any] = {"batch_size": self.batch_size, "video": None}
        audio = AudioSpec(sample_rate=16_000, seconds=2.0)
        self.loader = Loader(train, audio=audio, num_workers=2, **common)
        self.validation = Loader(held_out, audio=audio, shuffle=False, drop_last=False, **common)

    def train_dataloader(self) -> DataLoader[Any]:
        """The loader's threads read ahead, so `DataLoader` needs no workers."""
        return DataLoader(self.loader.as_dataset(), batch_size=None)

    def val_dataloader(self) -> DataLoader[Any]:
        """The held-out conversations, in order."""
        return DataLoader(self.validation.as_dataset(), batch_size=None)

    def state_dict(self) -> dict[str, Any]:
        """Goes into Lightning's checkpoint."""
        return self.loader.state_dict()

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Comes from it, after `setup`."""
        self.loader.load_state_dict(state_dict)


class Loudness(lightning.LightningModule):
    """A recurrent network from one loudness curve to another."""

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        self.recurrent = nn.GRU(1, width, batch_first=True)
        self.head = nn.Linear(width, 1)

    def step(self, batch: DialogueBatch) -> Tensor:
        """Mean squared error over the samples of a batch."""
        assert batch.initiator.audio and batch.responder.audio
        question, answer = loudness(batch.initiator.audio), loudness(batch.responder.audio)
        hidden, _ = self.recurrent(question)
        length = min(hidden.shape[1], answer.shape[1])
        error = (self.head(hidden)[:, :length] - answer[:, :length]).square().mean((1, 2))
        return (error * batch.valid).sum() / batch.valid.sum().clamp(min=1)

    def training_step(self, batch: DialogueBatch, _: int) -> Tensor:
        """Called by Lightning for each batch."""
        return self.step(batch)

    def validation_step(self, batch: DialogueBatch, _: int) -> None:
        """Called by Lightning for each batch of the held-out conversations."""
        size = int(batch.valid.sum())
        self.log("error", self.step(batch), batch_size=size, sync_dist=True, prog_bar=True)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """AdamW at its defaults."""
        return torch.optim.AdamW(self.parameters())


def loudness(audio: AudioBatch) -> Tensor:
    """Log power of each window (B, S) -> (B, S / WINDOW, 1)."""
    windows = audio.waveform.unfold(1, WINDOW, WINDOW)
    return windows.square().mean(-1, keepdim=True).add(1e-6).log10()


def main() -> None:
    """Reads the command line and trains."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("release", help="folder or URL of a release")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--devices", type=int, default=1)
    parser.add_argument("--resume", help="a checkpoint, or `last`")
    parser.add_argument("--out", type=Path, default=Path("lightning"))
    options = parser.parse_args()
    trainer = lightning.Trainer(
        max_epochs=options.epochs,
        devices=options.devices,
        use_distributed_sampler=False,  # the loader splits by rank itself
        default_root_dir=options.out,
        callbacks=[lightning.pytorch.callbacks.ModelCheckpoint(options.out, save_last=True)],
        logger=False,
    )
    data = Pairs(options.release, "dialogue_sft", batch_size=2)
    resume = options.out / "last.ckpt" if options.resume == "last" else options.resume
    trainer.fit(Loudness(), datamodule=data, ckpt_path=resume)


if __name__ == "__main__":
    main()
