import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("pins", ["product.txt", "torch.txt", "cluster.txt"])
def test_the_licence_of_every_package_that_the_product_needs_is_listed(pins: str) -> None:
    needed = re.findall(r"^([\w.-]+)==", (ROOT / "requirements" / pins).read_text(), re.MULTILINE)
    listed = re.findall(r"^\| ([\w.-]+) \| .", (ROOT / "docs/licences.md").read_text(), re.MULTILINE)
    assert set(needed) <= set(listed)
