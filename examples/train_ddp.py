"""Trains on dialogue pairs with plain PyTorch, on one process or many, and resumes exactly.

    python examples/train_ddp.py RELEASE
    torchrun --nproc-per-node 2 examples/train_ddp.py RELEASE --epochs 3

The model is a stand-in: from the initiator's frames it predicts the responder's last frame. One
checkpoint holds model, optimizer and the loader's place. After a kill, start the command again,
with any number of processes.
"""

import argparse
import os
from pathlib import Path

import torch
import torch.distributed as dist
from torch import Tensor, nn

from speakervid5m.loaders import DialogueBatch, Loader, VideoSpec
from speakervid5m.release import open_release

SIZE = 32


class Reply(nn.Module):
    """Frames of who speaks (B, T, 3, H, W) in, the last frame of who answers (B, 3, H, W) out."""

    def __init__(self) -> None:
        super().__init__()
        self.encode = nn.Sequential(nn.Conv2d(3, 32, 4, 4), nn.GELU(), nn.Conv2d(32, 32, 3, 1, 1))
        self.decode = nn.ConvTranspose2d(32, 3, 4, 4)

    def forward(self, frames: Tensor, mask: Tensor) -> Tensor:
        """The mask (B, T) says where there is a frame."""
        encoded = self.encode(frames.flatten(0, 1)).unflatten(0, frames.shape[:2])
        weights = mask / mask.sum(1, keepdim=True).clamp(min=1)
        return self.decode((encoded * weights[..., None, None, None]).sum(1))


def loss_of(model: nn.Module, batch: DialogueBatch) -> Tensor:
    """Squared error of each sample (B,)."""
    speaker, answer = batch.initiator.video, batch.responder.video
    assert speaker and answer
    last = (answer.num_frames - 1).clamp(min=0)
    target = answer.frames[torch.arange(len(last)), last].float() / 255
    predicted = model(speaker.frames.float() / 255, speaker.mask)
    return (predicted - target).square().mean((1, 2, 3))


def validate(model: nn.Module, loader: Loader) -> float:
    """Mean over all samples of all ranks; slots without a sample do not count."""
    sums = torch.zeros(2)
    with torch.no_grad():
        for batch in loader:
            assert isinstance(batch, DialogueBatch)
            sums += torch.stack([(loss_of(model, batch) * batch.valid).sum(), batch.valid.sum()])
    if dist.is_initialized():
        dist.all_reduce(sums)
    return float(sums[0] / sums[1])


def save(path: Path, model: nn.Module, optimizer: torch.optim.Optimizer, loader: Loader) -> None:
    """Writes one checkpoint, whole or not at all."""
    state = {
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "loader": loader.state_dict(),  # the same on every rank
    }
    draft = path.with_suffix(".draft")
    torch.save(state, draft)
    draft.replace(path)


def main() -> None:
    """Trains, and prints a line for each epoch."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("release", help="folder or URL of a release")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--batch-size", type=int, default=2, help="of all processes together")
    parser.add_argument("--checkpoint", type=Path, default=Path("checkpoint.pt"))
    options = parser.parse_args()
    if "RANK" in os.environ:
        dist.init_process_group("gloo")  # "nccl" on GPUs
    world_size = dist.get_world_size() if dist.is_initialized() else 1
    is_main = world_size == 1 or dist.get_rank() == 0
    torch.manual_seed(0)
    network = Reply()
    model = nn.parallel.DistributedDataParallel(network) if world_size > 1 else network
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-3)
    samples = open_release(options.release)["dialogue_sft"]
    train, held_out = samples.split_by_conversation(0.25, seed=1)
    video = VideoSpec(fps=8, height=SIZE, width=SIZE, num_frames=4, window="random")
    size = options.batch_size // world_size
    loader = Loader(train, batch_size=size, video=video, audio=None, num_workers=2)
    validation = Loader(
        held_out, batch_size=size, video=video, audio=None, shuffle=False, drop_last=False
    )
    if options.checkpoint.exists():
        saved = torch.load(options.checkpoint, weights_only=True)
        network.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        loader.load_state_dict(saved["loader"])

    while loader.epoch < options.epochs:
        epoch = loader.epoch
        for batch in loader:
            assert isinstance(batch, DialogueBatch)
            loss = loss_of(model, batch).mean()  # with drop_last, every slot holds a sample
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            if is_main:
                save(options.checkpoint, network, optimizer, loader)
        error = validate(network, validation)
        if is_main:
            print(f"epoch {epoch}: validation error {error:.4f}")


if __name__ == "__main__":
    main()
