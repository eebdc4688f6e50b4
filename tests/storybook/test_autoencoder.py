import torch

from storybook.autoencoder import NormalisedAutoencoder, psnr


def test_folding_the_normalisation_changes_nothing():
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


def test_psnr_of_a_known_error():
    assert abs(psnr(torch.full((1, 3, 8, 8), 0.2), torch.zeros(1, 3, 8, 8)) - 20) < 1e-3
