"""A cloud that is pretended: for rehearsals alone, and never without saying so.

The package `aws` answers as AWS would look: ids, ARNs and the outputs that programs build on are made up; look-ups come from
moto's data or are made up. Real is the program; which properties a resource has (the installed SDK's classes are asked); user
data, which cloud-init carries out on a lab host for each instance, up to a number; and every SSH connection to those hosts,
through the bastion if the program has one. It differs from AWS in this, besides doing nothing:

- Instances of an auto-scaling group are no machines: they come, prove themselves and go in `group_life.py`, as AWS documents it.
- Every property can be changed in place, unless `replacing.py` says otherwise.
- Ids are not checked where they are used, but for a subnet's zone. Nothing waits, nothing is eventually consistent.
- Outputs that are not known to be built on are missing.
- Instances have one address, which is both private and public, and that of their Elastic IP: another instance, another address.
- Security groups, routes and roles let everything through.
- What an instance's user data installs is on its image already; images differ by architecture alone.
"""

from plugins.aws.cloud import Cloud
from plugins.aws.instances import TYPE as INSTANCE

__all__ = ["INSTANCE", "Cloud"]
