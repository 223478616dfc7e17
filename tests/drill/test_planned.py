"""What a planned drill writes into the stack file, and that it takes all of it out again."""

from pathlib import Path

from drill import planned

FILE = """config:
  slipway:regions:               # their order is their priority
    eu: {inventory: eu.json, capacity: 400}  # near the sea
    us:
      inventory: us.json         # far away
  slipway:release: {watch: 5}
"""


def test_the_region_is_drained_in_the_file_and_all_else_stays(tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.prod.yaml"
    for region, written in (("eu", "{drained: true, inventory"), ("us", "      drained: true\n")):
        file.write_text(FILE)
        planned.drain(tmp_path, "prod", region)
        assert written in file.read_text()
        with planned.changed(file) as config:
            planned.setting(config, planned.REGIONS)[region].pop("drained")
        assert [" ".join(line.split()) for line in file.read_text().splitlines()] == [
            " ".join(line.split()) for line in FILE.splitlines()
        ]
