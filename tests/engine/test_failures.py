"""What a run that failed means, beside what the engine says of it."""

from engine import failures

GONE = "cannot reach deploy@198.51.100.7:22 by SSH: no answer within 10 s; gave up after 61 attempts"


def test_a_bastion_that_does_not_answer_is_told_from_a_host_that_is_gone() -> None:
    failed = [
        ("eu-central-1-bastion-ready", GONE),
        ("eu-central-1-m7g-large-1", GONE),
        ("eu-central-1-m7g-large-2", "ended with 3"),
    ]
    names = failures.unreachable(failed)
    assert names == ["eu-central-1-bastion-ready", "eu-central-1-m7g-large-1"]
    assert failures.bastions(names) == ["eu-central-1-bastion"]
    assert failures.bastions(["eu-central-1-m7g-large-1"]) == []
