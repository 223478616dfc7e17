"""What other stacks tell, asked before anything is declared: it becomes part of a release, whose digest a preview must know."""

import pulumi.runtime

from model.stack_output import Told

READ = "pulumi:pulumi:readStackOutputs"
"""What StackReference asks of the engine, too; that is a resource, whose values are known only later."""


def ask(stack: str) -> Told:
    """All outputs of `stack` (organization/project/stack) as its last update left them. Raises LookupError."""
    try:
        told = pulumi.runtime.invoke(READ, {"name": stack}).value
    except Exception as error:
        # The engine wraps its reason more than once, with colons in between.
        raise LookupError(" ".join(str(error).split()).rpartition("error: ")[2]) from None
    return Told(outputs=told["outputs"], secret=tuple(told["secretOutputNames"]))
