import torch

from storybook.autoencoder import CELL, NormalisedAutoencoder, crops, latent_crops, psnr, random_corners


def test_folding_the_normalisation_changes_nothing() -> None:
    torch.manual_seed(0)
    model = NormalisedAutoencoder().train()
    pictures = torch.rand(4, 3, 64, 64) * 2 - 1
    for _ in range(20):
        model(pictures)
    model.eval()
    with torch.no_grad():
        before = model.encode(pictures)
        after = model.folded().encode(pictures).latents
    assert torch.allclose(before, after, atol=1e-4)


def test_psnr_of_a_known_error() -> None:
    assert abs(psnr(torch.full((1, 3, 8, 8), 0.2), torch.zeros(1, 3, 8, 8)) - 20) < 1e-3


def test_a_crop_and_its_latents_show_the_same_place() -> None:
    torch.manual_seed(0)
    cells = torch.randint(0, 256, (3, 16, 16), dtype=torch.uint8)
    pixels = cells.repeat_interleave(CELL, 1).repeat_interleave(CELL, 2)[..., None].expand(-1, -1, -1, 3)
    latents = cells[:, None].float().expand(-1, 4, -1, -1)
    index, (y, x) = torch.tensor([0, 2, 1, 2]), random_corners(4, torch.device("cpu"))
    pictures = (crops(pixels, index, y, x) + 1) * 127.5
    assert torch.allclose(pictures[:, :1, ::CELL, ::CELL].expand(-1, 4, -1, -1), latent_crops(latents, index, y, x))
